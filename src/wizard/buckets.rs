//! Questions about the buckets' names.

use std::collections::BTreeMap;

use super::ask::Wizard;
use super::cloud::words;
use super::draft::{Draft, NamedBucket};
use super::text::{WIDTH, explain};
use super::{Item, Question};
use crate::base::error::Result;
use crate::base::names::{BucketName, Partition};

/// How many buckets that exist are offered at most.
const OFFERED: usize = 30;

/// One bucket of an install, with all the purposes that share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) index: usize,
    pub(super) title: String,
    pub(super) purposes: Vec<String>,
    pub(super) name: BucketName,
}

impl Row {
    fn heading(&self) -> String {
        format!("{} {}", self.title, self.purposes.join(" and "))
    }
}

impl Wizard<'_> {
    /// Every bucket with its name; installs whose answers do not go together have none.
    pub(super) fn rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for (index, install) in self.draft.installs.iter().enumerate() {
            let names: BTreeMap<String, BucketName> =
                self.draft.trial(index, self.catalogue).map(|blueprint| blueprint.buckets).unwrap_or_default();
            for (purpose, name) in names {
                match rows.iter_mut().find(|row| row.index == index && row.name == name) {
                    Some(row) => row.purposes.push(purpose),
                    None => rows.push(Row { index, title: install.title().to_owned(), purposes: vec![purpose], name }),
                }
            }
        }
        rows
    }

    /// Shows the names that are proposed and lets the user change them.
    pub(super) fn buckets(&mut self) -> Result<()> {
        self.given_names()?;
        if self.world.reachable() && self.prompter.interactive() && !self.world.looked_for_buckets() {
            self.say("\nLooking for buckets that exist …");
        }
        loop {
            self.show_rows();
            let (question, items) = self.names_question();
            let chosen = self.prompter.choose(&question, &items, Some(0))?;
            match items[chosen].word.as_str() {
                "change" => self.change_name()?,
                "own" => self.use_own_namespace(true)?,
                "plain" => self.use_own_namespace(false)?,
                _ => return Ok(()),
            }
            if !self.prompter.interactive() {
                return Ok(());
            }
        }
    }

    fn names_question(&self) -> (Question, Vec<Item>) {
        let question =
            Question::new("buckets", "Shall the buckets have these names?", words(self.draft.provider()).bucket_names);
        let mut items = vec![Item::new("take", "take these names")];
        if self.prompter.interactive() && !self.rows().is_empty() {
            items.push(Item::new("change", "change a name, or use a bucket that exists"));
        }
        if self.draft.own_namespace {
            items.push(Item::new("plain", "go back to names without account and region"));
        } else if let Some(item) = self.own_item() {
            items.push(item);
        }
        (question, items)
    }

    /// The account-regional namespace is offered where it exists and the account is known.
    fn own_item(&self) -> Option<Item> {
        let (account, region) = (self.draft.account.as_ref()?, self.draft.region.as_ref()?);
        let note = format!(
            "Names such as PREFIX-{account}-{region}-an belong to your account alone: nobody else can take them."
        );
        (region.partition() != Partition::EuSovereign)
            .then(|| Item::new("own", "own: names in your account's own namespace").note(note))
    }

    /// Takes the names that are available without asking.
    fn given_names(&mut self) -> Result<()> {
        for row in self.rows() {
            let id = self.draft.installs[row.index].id().to_owned();
            for purpose in &row.purposes {
                if self.prompter.knows(&format!("{id}.buckets.{purpose}")) {
                    let one = Row { purposes: vec![purpose.clone()], ..row.clone() };
                    self.type_name(&one)?;
                }
            }
        }
        Ok(())
    }

    fn show_rows(&mut self) {
        let rows = self.rows();
        let mut text = String::from("\nThe buckets and their names:");
        let widest = rows.iter().map(|row| row.heading().chars().count()).max().unwrap_or_default().min(WIDTH / 2);
        for row in &rows {
            let exists = self.world.buckets().iter().any(|name| name == row.name.as_str());
            let mark = if exists { " (exists in your account)" } else { "" };
            let line = format!("  {:widest$}  {}{mark}", row.heading(), row.name);
            if line.chars().count() <= WIDTH && row.heading().chars().count() <= widest {
                text.push_str(&format!("\n{line}"));
            } else {
                text.push_str(&format!("\n  {}\n    {}{mark}", row.heading(), row.name));
            }
        }
        for index in 0..self.draft.installs.len() {
            if let Err(error) = self.draft.trial(index, self.catalogue) {
                let title = self.draft.installs[index].title();
                text.push_str(&format!(
                    "\n  {title} has no buckets yet, because its answers do not go together.\n  {}",
                    explain(&error)
                ));
            }
        }
        self.say(&text);
    }

    /// Turns the account's own namespace on or off, if the names then still fit.
    fn use_own_namespace(&mut self, on: bool) -> Result<()> {
        let mut candidate = self.draft.clone();
        candidate.own_namespace = on;
        match (0..candidate.installs.len()).find_map(|index| self.broken(index, &candidate)) {
            Some(error) => self.prompter.refuse("buckets", error),
            None => {
                self.draft = candidate;
                Ok(())
            }
        }
    }

    fn change_name(&mut self) -> Result<()> {
        let rows = self.rows();
        let mut items: Vec<Item> = rows
            .iter()
            .map(|row| Item::new(row.purposes.join("+"), format!("{}: {}", row.heading(), row.name)))
            .collect();
        items.push(Item::new("none", "none, go back"));
        let question = Question::new("buckets.change", "Which bucket's name shall be changed?", "");
        let chosen = self.prompter.choose(&question, &items, Some(0))?;
        match rows.get(chosen) {
            Some(row) => self.pick_or_type(row),
            None => Ok(()),
        }
    }

    /// Offers the buckets that exist, if there are any.
    fn pick_or_type(&mut self, row: &Row) -> Result<()> {
        let existing = self.offered(row);
        if existing.is_empty() {
            return self.type_name(row);
        }
        let mut items = vec![Item::new("type", "type a name")];
        items.extend(existing.iter().map(|name| Item::new(name, format!("{name} (exists in your account)"))));
        let question =
            Question::new("buckets.existing", format!("Which bucket for {}?", row.heading()), self.purpose_why(row));
        let chosen = self.prompter.choose(&question, &items, Some(0))?;
        match chosen.checked_sub(1).and_then(|at| existing.get(at)) {
            Some(name) => self.put(row, name),
            None => self.type_name(row),
        }
    }

    /// Buckets that exist, the likely ones first.
    fn offered(&mut self, row: &Row) -> Vec<String> {
        let prefix = self.draft.name.clone();
        let likely =
            |name: &String| name.contains(&prefix) || row.purposes.iter().any(|purpose| name.contains(purpose));
        let mut names: Vec<String> =
            self.world.buckets().iter().filter(|name| BucketName::parse_existing(name).is_ok()).cloned().collect();
        names.sort_by_key(|name| (!likely(name), name.clone()));
        names.truncate(OFFERED);
        names
    }

    fn purpose_why(&self, row: &Row) -> String {
        let buckets = &self.draft.installs[row.index].profile.about.buckets;
        buckets
            .iter()
            .find(|bucket| bucket.purpose == row.purposes[0])
            .map(|bucket| bucket.why.clone())
            .unwrap_or_default()
    }

    fn type_name(&mut self, row: &Row) -> Result<()> {
        let id = self.draft.installs[row.index].id();
        let question = Question::new(
            format!("{id}.buckets.{}", row.purposes[0]),
            format!("Name of the bucket for {}?", row.heading()),
            self.purpose_why(row),
        );
        let existing = self.world.buckets().to_vec();
        let asked_again = self.prompter.interactive();
        let (draft, catalogue) = (&self.draft, self.catalogue);
        let check = |text: &str| {
            let bucket = named(draft, text, &existing)?;
            let mut candidate = draft.clone();
            for purpose in &row.purposes {
                candidate.installs[row.index].buckets.insert(purpose.clone(), bucket.clone());
            }
            // Names from a file come one by one; whether two clash is known when all are there.
            match candidate.claimed_twice(catalogue).filter(|_| asked_again) {
                Some(error) => Err(error),
                None => Ok(()),
            }
        };
        let answer = self.prompter.text(&question, Some(row.name.as_str()), &check)?;
        self.put(row, &answer)
    }

    /// Gives a bucket a name. The default name is not written down, so that it follows the spec's name.
    fn put(&mut self, row: &Row, name: &str) -> Result<()> {
        let bucket = named(&self.draft, name, self.world.buckets())?;
        for purpose in &row.purposes {
            let buckets = &mut self.draft.installs[row.index].buckets;
            buckets.remove(purpose);
            if bucket.existing || !self.is_default(row.index, purpose, &bucket.name) {
                self.draft.installs[row.index].buckets.insert(purpose.clone(), bucket.clone());
            }
        }
        if bucket.existing {
            self.say(&format!("{name} exists in your account and will be used; what is in it stays."));
        }
        Ok(())
    }

    fn is_default(&self, index: usize, purpose: &str, name: &BucketName) -> bool {
        self.draft.trial(index, self.catalogue).is_ok_and(|install| install.buckets.get(purpose) == Some(name))
    }
}

/// The bucket that a name means: one that exists may have a name by S3's older rules.
fn named(draft: &Draft, text: &str, existing: &[String]) -> Result<NamedBucket> {
    if existing.iter().any(|name| name == text) {
        return Ok(NamedBucket { name: BucketName::parse_existing(text)?, existing: true });
    }
    Ok(NamedBucket { name: draft.bucket_name(text)?, existing: false })
}
