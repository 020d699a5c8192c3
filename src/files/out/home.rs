//! Where a kept key is of use: in one account of AWS, or in one project of Google Cloud.

use std::fmt;
use std::path::Path;

use serde_json::{Value, json};

use crate::base::error::{Code, Error, Result};
use crate::base::names::AccountId;
use crate::base::yaml::Node;

/// The account or project that a key is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    kind: &'static str,
    id: String,
}

/// What is in a file of ours.
const KINDS: [&str; 2] = ["account", "project"];

impl Home {
    /// An account of AWS.
    pub fn account(id: &AccountId) -> Self {
        Self { kind: KINDS[0], id: id.to_string() }
    }

    /// A project of Google Cloud.
    pub fn project(id: &str) -> Self {
        Self { kind: KINDS[1], id: id.to_owned() }
    }

    /// What a file says; `None` where it was written before files said so.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let named = |kind: &'static str| Some(Self { kind, id: value[kind].as_str()?.to_owned() });
        KINDS.into_iter().find_map(named)
    }

    /// The entry of a file.
    pub(super) fn entry(&self) -> (String, Node) {
        (self.kind.to_owned(), Node::Leaf(json!(self.id), None))
    }

    /// Sees that a file is of the account or project that a run works in.
    ///
    /// # Errors
    /// `BW0820` when it is of another.
    pub(super) fn same(path: &Path, found: Option<&Self>, wanted: Option<&Self>) -> Result<()> {
        let (Some(found), Some(wanted)) = (found, wanted) else { return Ok(()) };
        if found == wanted {
            return Ok(());
        }
        let way = if found.kind == KINDS[0] {
            "use its credentials (AWS_PROFILE), and name it in the spec (`cloud.account`), so that no other is taken by mistake"
        } else {
            "name it in the spec (`cloud.project`)"
        };
        Err(Error::new(Code::OTHER_HOME, format!("{} is of {found}, and this run works in {wanted}", path.display()))
            .why("It may be the only copy of a key that works there. Nothing was done.")
            .fix(format!("If {found} is meant, {way}. Otherwise keep the keys of {wanted} in a folder of their own: `--keys DIR`.")))
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.id)
    }
}
