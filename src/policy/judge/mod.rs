//! Who has gained what: policies as they are, held against what the spec wants. Pure.
//!
//! A grant is what a statement gives beyond the spec: to become a role, to do more, or to reach a bucket. Statements that deny
//! give nothing. A tag proves nothing, so none is looked at.

mod bucket;
mod covers;
mod force;
mod holders;
mod issuers;
mod losses;
mod ranges;
mod rights;
mod trust;
mod whom;
mod words;

use crate::base::names::Kind;
use aws_lc_rs::digest::{SHA256, digest};
pub use bucket::{AclGrant, OpenBucket, judge_bucket, judge_public};
pub(super) use covers::{principals, texts, uncovered};
pub use force::{Force, base, force, takes_patterns};
pub use holders::judge_holder;
pub use issuers::{SharedIssuer, shared_issuer};
pub use losses::judge_loss;
pub use rights::{Held, HeldPolicy, PolicyFrom, judge_rights, unbounded};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;
pub use trust::{admits_others, judge_trust};
pub use whom::tells_whom;

use crate::base::error::{Code, Error};

/// What somebody gained that the spec does not give.
#[derive(Clone, Debug)]
pub struct Grant {
    /// What it is about: `role`, `user` or `bucket`.
    pub kind: Kind,
    /// Its name.
    pub resource: String,
    /// Where it stands: `trust policy`, `inline policy NAME`, `bucket policy`, `lifecycle` …
    pub place: String,
    /// What accepts it below the spec's `accept`; `None` where nothing does.
    pub name: Option<String>,
    /// Whether `apply` takes it away by itself.
    pub undone: bool,
    /// What accepts it in the spec, if anything does: `accept` its name, `adopt` all of the user or role.
    pub accepted: Option<&'static str>,
    /// Who gains what, why it matters, and the fix.
    pub error: Error,
    /// The statement, or what stands for one.
    pub statement: Value,
}

impl Grant {
    /// Who holds a policy of the spec's, where it is about that: a kind and a name.
    pub fn holder(&self) -> Option<(Kind, &str)> {
        let text = |key: &str| self.statement.get(key).and_then(Value::as_str);
        let about = self.error.code() == &Code::FOREIGN_HOLDER;
        Kind::parse(text("kind")?).zip(text("holder")).filter(|_| about)
    }

    /// Whether it is about who may become a role.
    pub fn is_trust(&self) -> bool {
        self.error.code() == &Code::FOREIGN_TRUST
    }
}

impl Serialize for Grant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.error.code().as_str())?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("resource", &self.resource)?;
        map.serialize_entry("place", &self.place)?;
        map.serialize_entry("what", self.error.what())?;
        map.serialize_entry("why", &self.error.reason())?;
        map.serialize_entry("fix", &self.error.remedy())?;
        map.serialize_entry("accept", &self.name)?;
        map.serialize_entry("accepted", &self.accepted)?;
        map.serialize_entry("statement", &self.statement)?;
        map.end()
    }
}

/// The name of a statement: its Sid or the name of its policy, and what it says. A statement that changes has another name, so what
/// was accepted stays what it was.
fn labelled(resource: &str, label: &str, statement: &Value) -> String {
    let mut said = statement.clone();
    if let Some(entries) = said.as_object_mut() {
        entries.shift_remove("Sid");
    }
    let sum = digest(&SHA256, super::normal(&said).to_string().as_bytes());
    let begin = sum.as_ref().iter().take(8).fold(0_u64, |begin, byte| (begin << 8) | u64::from(*byte));
    format!("{resource}/{label}@{begin:016x}")
}

/// The name under which a spec accepts a statement of a trust policy, or of the policy of a user's or role's own name.
pub fn named(resource: &str, statement: &Value) -> String {
    labelled(resource, sid(statement), statement)
}

/// The name under which a spec accepts what has neither Sid nor ARN: a binding, a setting, a rule. `what` is a word for it.
pub fn named_by(resource: &str, what: &str, said: &Value) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    labelled(resource, &what.chars().map(plain).collect::<String>(), said)
}

/// The Sid of a statement, or nothing.
fn sid(statement: &Value) -> &str {
    statement.get("Sid").and_then(Value::as_str).unwrap_or_default()
}

/// The words that accept a grant, by its name.
pub fn or_accept(name: &str) -> String {
    format!("If it is meant, accept it in the spec: `accept: [\"{name}\"]`.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_holds_what_the_statement_says() {
        let one = json!({"Sid": "A", "Effect": "Allow", "Action": ["x", "y"]});
        let same = json!({"Effect": "Allow", "Action": ["y", "x"], "Sid": "A"});
        let other = json!({"Sid": "A", "Effect": "Allow", "Action": "*"});
        assert_eq!(labelled("acme", "A", &one), labelled("acme", "A", &same));
        assert_ne!(labelled("acme", "A", &one), labelled("acme", "A", &other));
        assert_eq!(labelled("acme", "A", &one).len(), "acme/A@".len() + 16);
    }
}
