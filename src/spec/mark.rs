//! The mark of a spec on what it writes: by it no other spec takes that for its own.

use std::collections::BTreeMap;
use std::fmt;

use super::Spec;

/// The label of what a spec brings into a cluster: its name.
pub const SPEC_LABEL: &str = "bucketwright/spec";
/// The label of what a spec brings into a cluster: its id, where it has one.
pub const ID_LABEL: &str = "bucketwright/spec-id";

/// A spec's name, and its id where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    name: String,
    id: Option<String>,
}

/// The mark of a spec.
pub fn mark(spec: &Spec) -> Mark {
    let id = spec.id.as_ref().or(spec.new_id.as_ref());
    Mark { name: spec.name.to_string(), id: id.map(ToString::to_string) }
}

impl Mark {
    /// Reads what its `Display` writes: `NAME` or `NAME ID`.
    pub fn read(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let name = words.next()?.to_owned();
        Some(Self { name, id: words.next().map(str::to_owned) })
    }

    /// The spec's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its id, where it is known.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The same mark, with the id of another one of the same spec where it has none.
    #[must_use]
    pub fn completed(self, other: Option<&Self>) -> Self {
        let id = self.id.or_else(|| other.and_then(|other| other.id.clone()));
        Self { id, ..self }
    }

    /// The same mark without an id.
    #[must_use]
    pub fn without_id(self) -> Self {
        Self { id: None, ..self }
    }

    /// Reads the labels of an object; `None` where it has none of ours.
    pub fn of_labels(label: impl Fn(&str) -> Option<String>) -> Option<Self> {
        Some(Self { name: label(SPEC_LABEL)?, id: label(ID_LABEL) })
    }

    /// The labels that say it.
    pub fn labels(&self) -> BTreeMap<&'static str, &str> {
        let id = self.id.iter().map(|id| (ID_LABEL, id.as_str()));
        std::iter::once((SPEC_LABEL, self.name.as_str())).chain(id).collect()
    }

    /// Whether two marks are of one spec: ids decide where both have one, and a spec keeps its id when it is renamed.
    pub fn is_of(&self, other: &Self) -> bool {
        match (&self.id, &other.id) {
            (Some(one), Some(another)) => one == another,
            _ => self.name == other.name,
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.id.as_ref().map_or(Ok(()), |id| write!(f, " {id}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_decide_where_both_have_one() {
        let mark = |text: &str| Mark::read(text).expect(text);
        for (one, other, same) in [
            ("a", "a", true),
            ("a", "b", false),
            ("a 1", "a", true),
            ("a", "a 1", true),
            ("a 1", "a 2", false),
            ("a 1", "b 1", true),
            ("a 1", "b", false),
        ] {
            assert_eq!(mark(one).is_of(&mark(other)), same, "{one}, {other}");
            assert_eq!(mark(one).to_string(), one);
        }
        assert_eq!(Mark::read(" "), None);
        assert_eq!(Mark::of_labels(|_| None), None);
    }
}
