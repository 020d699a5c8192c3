//! Where the questions begin: at the first, at the answers of an earlier run, or at a spec that is there.

use std::path::{Path, PathBuf};

use crate::base::error::{Code, Error, Result, Source};
use crate::files::out::{read_public, remove_public, write_public};
use crate::profile::Catalogue;
use crate::wizard::{Item, Kept, Prompter, Question, Unanswered, kept_text, of_spec, read_kept};

/// The file that keeps answers until the spec is written.
#[derive(Debug)]
pub(super) struct Draft {
    path: PathBuf,
}

impl Draft {
    /// Beside the spec.
    pub(super) fn of(spec: &Path) -> Self {
        let mut name = spec.as_os_str().to_owned();
        name.push(".draft");
        Self { path: PathBuf::from(name) }
    }

    /// Keeps the answers. A folder that takes no draft takes no spec either, and that is said when it is written.
    pub(super) fn keep(&self, kept: &Kept) {
        let _ = write_public(&self.path, &kept_text(kept));
    }

    /// The spec is written, so nobody needs the draft.
    pub(super) fn remove(&self) {
        let _ = remove_public(&self.path);
    }

    fn read(&self) -> Option<Kept> {
        let text = read_public(&self.path).ok().flatten()?;
        let kept = read_kept(&Source::new(self.path.display().to_string(), text.as_str())).ok()?;
        Some(kept).filter(|kept| !kept.is_empty())
    }
}

/// What the questions begin with.
#[derive(Debug)]
pub(super) enum Start {
    /// They are asked.
    Ask {
        /// What is answered.
        kept: Kept,
        /// Whether the rest takes what is proposed.
        complete: bool,
    },
    /// They are not: the spec that is there is wanted as it is.
    Plan,
}

impl Default for Start {
    fn default() -> Self {
        Self::Ask { kept: Kept::new(), complete: false }
    }
}

/// What is there before the first question.
pub(super) struct Beginning<'a> {
    /// The text of a spec, unless it is to be replaced.
    pub(super) spec: Option<&'a str>,
    /// Answers of an earlier run.
    pub(super) draft: &'a Draft,
    /// Whether a plan may follow.
    pub(super) plans: bool,
}

impl Beginning<'_> {
    /// Asks where to begin, if there is more than one way.
    ///
    /// # Errors
    /// Those of the prompter.
    pub(super) fn ask(&self, prompter: &mut dyn Prompter, path: &Path, catalogue: &Catalogue) -> Result<Start> {
        let kept = self.draft.read();
        let name = path.display().to_string();
        let mut ways: Vec<(Item, Start)> = Vec::new();
        if let Some(kept) = kept {
            let item = Item::new("continue", format!("Continue with the {} answers of the last run", kept.len()));
            ways.push((item.note("It stopped before its spec was written."), Start::Ask { kept, complete: false }));
        }
        if let Some(text) = self.spec {
            if self.plans {
                let item = Item::new("plan", format!("Plan {name} as it is"));
                ways.push((item.note("Shows what would change; nothing is made before you say yes."), Start::Plan));
            }
            ways.push(change(&name, text, catalogue));
        }
        if ways.is_empty() {
            return Ok(Start::default());
        }
        let item = Item::new("new", "Begin again");
        let item = if self.spec.is_some() { item.note("The old spec is kept beside the new one.") } else { item };
        ways.push((item, Start::default()));
        let question = match self.spec {
            Some(_) => Question::new(
                "begin",
                format!("{name} is there already"),
                "Nothing is replaced before the last answer.",
            ),
            None => {
                Question::new("begin", "An earlier run left answers", "They are in a file beside the spec's place.")
            }
        };
        let items: Vec<Item> = ways.iter().map(|(item, _)| item.clone()).collect();
        let first = items.iter().position(|item| item.blocked.is_none());
        match prompter.choose(&question, &items, first) {
            Ok(chosen) => Ok(ways.into_iter().nth(chosen).map(|(_, start)| start).unwrap_or_default()),
            Err(Unanswered::Failed(error)) => Err(error),
            Err(_) => Err(Error::new(Code::NOT_CONFIRMED, "Cancelled; nothing was changed")),
        }
    }
}

/// A spec that says more than the questions ask for would lose it.
fn change(name: &str, text: &str, catalogue: &Catalogue) -> (Item, Start) {
    let item = Item::new("change", "Change its answers");
    match of_spec(&Source::new(name, text), catalogue) {
        Ok((kept, unasked)) if unasked.is_empty() => {
            (item.note("All are shown; you change those that you choose."), Start::Ask { kept, complete: true })
        }
        Ok((_, unasked)) => {
            let why = format!("No question asks for {}, which would be lost. Edit {name} instead.", unasked.join(", "));
            (item.blocked(why), Start::default())
        }
        Err(error) => (item.blocked(format!("It cannot be read: {}.", error.what())), Start::default()),
    }
}
