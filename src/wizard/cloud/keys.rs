//! Keys on AWS, which are made or brought.

use super::s3::proposed;
use crate::spec::Identity;
use crate::wizard::ask::Wizard;
use crate::wizard::{Asked, Item, Question};

impl Wizard<'_, '_> {
    /// Asks whether `apply` makes a user with a key, or the user brings one. A file is asked only if it says so.
    pub(super) fn make_or_bring(&mut self, index: usize) -> Asked<()> {
        let install = &self.draft.installs[index];
        let (id, title) = (install.id().to_owned(), install.title().to_owned());
        let key = format!("{id}.credentials");
        let asked = self.prompter.interactive() || self.prompter.knows(&key);
        if install.identity != Identity::StaticKeys || !asked {
            return Ok(());
        }
        let question = Question::new(
            key,
            format!("Key of {title}"),
            "A key that is made here is kept in the output folder, and `bucketwright rotate` replaces it.",
        );
        let items = [
            Item::new("make", "Make one, with a user of its own")
                .recommended()
                .note("It reaches these buckets and nothing else."),
            Item::new("type", "I have one").note("You say where it is found; what it may do is then up to you."),
        ];
        if self.prompter.choose(&question, &items, Some(0))? == 0 {
            self.draft.installs[index].keys = Vec::new();
            return Ok(());
        }
        let mut keys = Vec::new();
        for (component, name) in self.users(index) {
            keys.push(self.typed_key(&id, proposed(component, &name, false))?);
        }
        self.draft.installs[index].keys = keys;
        Ok(())
    }
}
