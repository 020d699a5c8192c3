//! Questions about the buckets' names.

use std::collections::BTreeMap;

use super::ask::Wizard;
use super::cloud::words;
use super::draft::{Draft, NamedBucket};
use super::{Asked, BucketState, Item, Question, Unanswered};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{BucketName, Partition};

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

impl Wizard<'_, '_> {
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
    pub(super) fn buckets(&mut self) -> Asked<()> {
        if self.world.reachable() && !self.world.looked_for_buckets() {
            self.prompter.wait("Looking for buckets that exist …");
        }
        self.given_names()?;
        loop {
            let key = "buckets";
            let question = Question::new(key, "Bucket names", words(self.draft.provider()).bucket_names);
            let rows = self.rows();
            self.look_at(&rows);
            let items = self.names(&rows);
            let chosen = self.prompter.choose(&question, &items, Some(0))?;
            match (items[chosen].word.as_str(), rows.get(chosen.wrapping_sub(1))) {
                ("own", _) => {
                    if self.use_own_namespace(key)? {
                        return Ok(());
                    }
                }
                (_, Some(row)) if items[chosen].leads => return Err(Unanswered::Change(self.key_of(row))),
                _ => match self.unusable(&rows) {
                    Some(error) => self.prompter.refuse(key, error)?,
                    None => return Ok(()),
                },
            }
        }
    }

    /// Asks AWS whose the names are.
    fn look_at(&mut self, rows: &[Row]) {
        if let Some(region) = self.draft.region.clone().filter(|_| self.prompter.interactive()) {
            let names: Vec<BucketName> = rows.iter().map(|row| row.name.clone()).collect();
            self.world.look_at(&names, &region);
        }
    }

    /// The first name that cannot be had.
    fn unusable(&self, rows: &[Row]) -> Option<Error> {
        rows.iter().find_map(|row| {
            let why = match self.world.state(&row.name)? {
                BucketState::Taken => "Another account has it, or a policy hides it from you.".to_owned(),
                BucketState::Elsewhere => "Your account has it in another region.".to_owned(),
                BucketState::OfSpec(spec) if *spec != self.draft.name => format!("The spec `{spec}` made it."),
                _ => return None,
            };
            let what = format!("the bucket {} cannot be used", row.name);
            Some(
                Error::new(Code::BUCKET_ELSEWHERE, what)
                    .why(why)
                    .fix("Choose it in the list and give it another name."),
            )
        })
    }

    /// Taking the names comes first, then each name, then the other way to make them.
    fn names(&self, rows: &[Row]) -> Vec<Item> {
        let mut items = vec![Item::new("take", "Use these names").recommended()];
        if !self.prompter.interactive() {
            items.extend(self.own_item());
            return items;
        }
        items.extend(rows.iter().map(|row| {
            let note = "Enter changes the name, or takes a bucket that exists.";
            Item::new(self.key_of(row), format!("{}: {}", row.heading(), self.marked_name(row))).note(note).leads()
        }));
        items.extend(self.own_item());
        items
    }

    fn key_of(&self, row: &Row) -> String {
        format!("{}.buckets.{}", self.draft.installs[row.index].id(), row.purposes[0])
    }

    fn marked_name(&self, row: &Row) -> String {
        let exists = self.world.known_buckets().iter().any(|name| name == row.name.as_str());
        let mark = match self.world.state(&row.name) {
            Some(BucketState::Free) => " (free)".to_owned(),
            Some(BucketState::Taken) => " (taken by another account)".to_owned(),
            Some(BucketState::Elsewhere) => " (in another region)".to_owned(),
            Some(BucketState::OfSpec(spec)) => format!(" (of the spec {spec})"),
            Some(BucketState::Yours) => " (exists in your account)".to_owned(),
            None if exists => " (exists in your account)".to_owned(),
            None => String::new(),
        };
        format!("{}{mark}", row.name)
    }

    /// The account-regional namespace is offered where it exists and the account is known.
    fn own_item(&self) -> Option<Item> {
        let (account, region) = (self.draft.account.as_ref()?, self.draft.region.as_ref()?);
        let note = format!(
            "Names such as PREFIX-{account}-{region}-an belong to your account alone: nobody else can take them."
        );
        (region.partition() != Partition::EuSovereign)
            .then(|| Item::new("own", "Names that only your account can have").note(note))
    }

    /// Takes the names that are available without asking.
    fn given_names(&mut self) -> Asked<()> {
        for row in self.rows() {
            for purpose in &row.purposes {
                let one = Row { purposes: vec![purpose.clone()], ..row.clone() };
                if self.prompter.knows(&self.key_of(&one)) {
                    let named = self.named_together(&row, one);
                    self.type_name(&named)?;
                }
            }
        }
        Ok(())
    }

    /// A person names a bucket for all that it is for, unless some of that has a name of its own.
    fn named_together(&self, row: &Row, one: Row) -> Row {
        if !self.prompter.interactive() || one.purposes[0] != row.purposes[0] {
            return one;
        }
        let id = self.draft.installs[row.index].id();
        let mut purposes = one.purposes;
        let others = row.purposes.iter().skip(1);
        purposes.extend(others.filter(|purpose| !self.prompter.knows(&format!("{id}.buckets.{purpose}"))).cloned());
        Row { purposes, ..row.clone() }
    }

    /// Takes names in the account's own namespace, if they fit.
    fn use_own_namespace(&mut self, key: &str) -> Asked<bool> {
        let mut candidate = self.draft.clone();
        candidate.own_namespace = true;
        match (0..candidate.installs.len()).find_map(|index| self.broken(index, &candidate)) {
            Some(error) => Ok(self.prompter.refuse(key, error).map(|()| false)?),
            None => {
                self.draft = candidate;
                Ok(true)
            }
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

    fn type_name(&mut self, row: &Row) -> Asked<()> {
        let question = Question::new(self.key_of(row), format!("Bucket for {}", row.heading()), self.purpose_why(row))
            .known(self.offered(row))
            .open();
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
        Ok(self.put(row, &answer)?)
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
