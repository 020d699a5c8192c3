//! Whose a resource is, as its tags tell it.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::error::{Code, Error};
use crate::base::names::{Kind, SpecId, SpecName};
use crate::spec::Spec;

/// The tag that names the spec a resource belongs to.
pub const SPEC_TAG: &str = "bucketwright:spec";
/// The tag that tells that spec from others of its name.
pub const ID_TAG: &str = "bucketwright:id";
/// The tag that names the install a resource belongs to.
pub const INSTALL_TAG: &str = "bucketwright:install";
/// The tag that says whether a resource was made by us or adopted; what was adopted is never deleted.
pub const ORIGIN_TAG: &str = "bucketwright:origin";

/// The tag of an adopted user or role to which we attached the policy of its name.
pub const ATTACHED_TAG: &str = "bucketwright:attached";

type Tags = BTreeMap<String, String>;

/// What a spec's resources are told by: its name, and its id once it has one.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    name: &'a SpecName,
    id: Option<&'a SpecId>,
    new_id: Option<&'a SpecId>,
    previous: Option<&'a SpecName>,
}

/// Whose a resource is. Tags alone never prove it: whoever may make a resource may write them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// This spec's.
    Ours,
    /// No spec's. What it was before counts no more.
    Nobodys,
    /// Of a spec of this name with this id, while this spec has none: perhaps it is the same spec.
    Unproven(String),
    /// Another spec's, in words.
    Anothers(String),
}

impl<'a> Owner<'a> {
    /// What the resources of a spec are told by.
    pub fn of(spec: &'a Spec) -> Self {
        Self {
            name: &spec.name,
            id: spec.id.as_ref(),
            new_id: spec.new_id.as_ref(),
            previous: spec.previous_name.as_ref(),
        }
    }

    /// Whose a resource with these tags is. One of this name without an id is ours: exports of a spec without an id make such.
    pub fn judge(&self, tags: &Tags) -> Whose {
        let (name, id) = (tags.get(SPEC_TAG), tags.get(ID_TAG));
        let Some(name) = name else { return Whose::Nobodys };
        if name != self.name.as_str() {
            let renamed = id.is_some_and(|id| self.id.is_some_and(|ours| ours.as_str() == id));
            if renamed && self.previous.is_some_and(|previous| previous.as_str() == name) {
                return Whose::Ours;
            }
            let words = if renamed { ", which has the id of this one: was it renamed?" } else { "" };
            return Whose::Anothers(format!("the spec `{name}`{words}"));
        }
        match (id, self.id) {
            (Some(id), Some(ours)) if id != ours.as_str() => {
                Whose::Anothers(format!("another spec of the name `{name}`, with the id `{id}`"))
            }
            (Some(id), None) => Whose::Unproven(id.clone()),
            _ => Whose::Ours,
        }
    }

    /// The name beside this spec's id, where it is neither the spec's name nor its `previousName`: an earlier one, most likely.
    pub fn former_name<'t>(&self, tags: &'t Tags) -> Option<&'t str> {
        let (name, id) = (tags.get(SPEC_TAG)?, tags.get(ID_TAG)?);
        let known = |one: Option<&SpecName>| one.is_some_and(|one| one.as_str() == name);
        let ours = self.id.is_some_and(|ours| ours.as_str() == id);
        (ours && !known(Some(self.name)) && !known(self.previous)).then_some(name)
    }

    /// Whether a resource with these tags is this spec's.
    pub fn owns(&self, tags: &Tags) -> bool {
        self.judge(tags) == Whose::Ours
    }

    /// Whether it is this spec's, or may be: what else a command needs of it, such as a key that is kept, must tell.
    pub fn may_own(&self, tags: &Tags) -> bool {
        matches!(self.judge(tags), Whose::Ours | Whose::Unproven(_))
    }

    /// Whose a resource is that was made meanwhile, told with the id that this run gives the spec.
    pub fn judge_made(&self, tags: &Tags) -> Whose {
        Self { id: self.id.or(self.new_id), ..*self }.judge(tags)
    }

    /// The word for where a resource with these tags comes from, as it is to be told from now on. What was released, or never was
    /// ours, is adopted, whatever it says.
    pub fn origin<'t>(&self, tags: &'t Tags) -> &'t str {
        match self.judge(tags) {
            Whose::Ours | Whose::Unproven(_) => tags.get(ORIGIN_TAG).map_or("adopted", String::as_str),
            Whose::Nobodys | Whose::Anothers(_) => "adopted",
        }
    }

    /// The ids of specs of this name that resources carry; `None` stands for a resource without one.
    pub fn ids<'t>(&self, all: impl IntoIterator<Item = &'t Tags>) -> BTreeSet<Option<SpecId>> {
        let named = all.into_iter().filter(|tags| tags.get(SPEC_TAG).is_some_and(|name| name == self.name.as_str()));
        named.map(|tags| SpecId::parse(tags.get(ID_TAG)?).ok()).collect()
    }

    /// The refusal of a change to what carries an id while this spec has none.
    pub fn unproven(&self, kind: Kind, name: &str, id: &str) -> Error {
        let what = format!(
            "the {kind} `{name}` belongs to a spec `{}` with the id `{id}`, and this spec has no id",
            self.name
        );
        Error::new(Code::UNPROVEN_SPEC, what)
            .why("It may be this spec, applied from another folder, or another spec of the same name. This run would change what it made, or leave it behind.")
            .fix(format!(
                "If it is this spec, add `id: {id}` below its `name`. If not, give this spec another `name`, or an `id` of its own."
            ))
    }
}

/// Our tags and the spec's own, for everything that a spec makes for these installs; without any, for what serves all.
pub fn tags_of(spec: &Spec, install: Option<&str>) -> Tags {
    let mut tags = spec.tags.clone();
    tags.insert(SPEC_TAG.to_owned(), spec.name.to_string());
    if let Some(id) = spec.id.as_ref().or(spec.new_id.as_ref()) {
        tags.insert(ID_TAG.to_owned(), id.to_string());
    }
    if let Some(install) = install {
        tags.insert(INSTALL_TAG.to_owned(), install.to_owned());
    }
    tags
}

/// The refusal of a bucket that carries the tag (or label) of another spec.
pub fn other_spec(name: &str, owner: &str, tag: &str) -> Error {
    Error::new(Code::OTHER_SPEC, format!("the bucket `{name}` belongs to {owner}"))
        .why("Two specs that both own a bucket would undo each other's settings.")
        .fix(format!("Choose another name. To take it over for good, remove the tag `{tag}` from it first: it is then adopted, and never deleted."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_name_is_no_proof_where_there_are_ids() {
        let name = SpecName::parse("prod").expect("a name");
        let id = SpecId::parse("aaaa").expect("an id");
        let (without, with) = (
            Owner { name: &name, id: None, new_id: None, previous: None },
            Owner { name: &name, id: Some(&id), new_id: None, previous: None },
        );
        let ours = tags(&[(SPEC_TAG, "prod")]);
        assert!(without.owns(&ours) && with.owns(&ours));
        let same = tags(&[(SPEC_TAG, "prod"), (ID_TAG, "aaaa")]);
        assert!(with.owns(&same));
        assert_eq!(without.judge(&same), Whose::Unproven("aaaa".to_owned()));
        let other = tags(&[(SPEC_TAG, "prod"), (ID_TAG, "bbbb")]);
        assert!(matches!(with.judge(&other), Whose::Anothers(words) if words.contains("`bbbb`")));
        let renamed = tags(&[(SPEC_TAG, "old"), (ID_TAG, "aaaa")]);
        assert!(matches!(with.judge(&renamed), Whose::Anothers(words) if words.contains("renamed")));
        let before = SpecName::parse("old").expect("a name");
        assert_eq!((with.former_name(&renamed), with.former_name(&same)), (Some("old"), None));
        assert_eq!(Owner { previous: Some(&before), ..with }.former_name(&renamed), None);
        assert_eq!(without.former_name(&renamed), None, "without an id nothing proves it");
        assert!(Owner { previous: Some(&before), ..with }.owns(&renamed));
        assert!(
            !Owner { previous: Some(&before), ..with }.owns(&tags(&[(SPEC_TAG, "old")])),
            "a name alone proves nothing"
        );
        assert_eq!(with.judge(&tags(&[(ID_TAG, "aaaa")])), Whose::Nobodys);
        assert_eq!(with.ids([&same, &other, &renamed]).len(), 2);
    }

    #[test]
    fn released_means_released() {
        let name = SpecName::parse("prod").expect("a name");
        let owner = Owner { name: &name, id: None, new_id: None, previous: None };
        assert_eq!(owner.origin(&tags(&[(ORIGIN_TAG, "created")])), "adopted");
        assert_eq!(owner.origin(&tags(&[(SPEC_TAG, "other"), (ORIGIN_TAG, "created")])), "adopted");
        assert_eq!(owner.origin(&tags(&[(SPEC_TAG, "prod"), (ORIGIN_TAG, "created")])), "created");
    }
}
