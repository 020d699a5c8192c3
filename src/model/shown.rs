//! Changes and removals as they are shown: what every cloud's own kinds come to.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::Change;

/// A change of any cloud, for reports.
#[derive(Clone, Debug)]
pub struct Shown {
    call: &'static str,
    words: String,
    json: Value,
    makes_key: bool,
    only_adds: bool,
    only_tags: bool,
}

impl Shown {
    /// A change, as it is shown.
    pub fn of(change: &impl Change) -> Self {
        Self {
            call: change.call(),
            words: change.words(),
            json: serde_json::to_value(change).unwrap_or_default(),
            makes_key: change.makes_key(),
            only_adds: change.only_adds(),
            only_tags: change.only_tags(),
        }
    }
}

impl Change for Shown {
    fn call(&self) -> &'static str {
        self.call
    }

    fn words(&self) -> String {
        self.words.clone()
    }

    fn makes_key(&self) -> bool {
        self.makes_key
    }

    fn only_adds(&self) -> bool {
        self.only_adds
    }

    fn only_tags(&self) -> bool {
        self.only_tags
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

/// What happens to a resource that the spec no longer wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It is deleted.
    Delete,
    /// Our part leaves it, the rest stays.
    Release,
    /// It stays as it is, for a reason that the note says.
    Keep,
}

impl Fate {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Release => "release",
            Self::Keep => "keep",
        }
    }
}

/// Writes a change as its call and its words.
///
/// # Errors
/// The serializer's own.
pub fn in_words<S: Serializer>(change: &impl Change, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(2))?;
    map.serialize_entry("call", change.call())?;
    map.serialize_entry("words", &change.words())?;
    map.end()
}
