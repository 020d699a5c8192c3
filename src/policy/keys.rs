//! The KMS keys of a principal's policy.

use serde_json::{Value, json};

use super::mark::sid_of;
use super::{same, sid_text, statements};
use crate::base::names::Arn;

/// Rights on the key of an encrypted bucket. Source: Amazon S3 User Guide, "Using SSE-KMS": writers need GenerateDataKey,
/// readers and multipart writers Decrypt.
pub const KMS_ACTIONS: [&str; 2] = ["kms:GenerateDataKey", "kms:Decrypt"];
/// Rights on keys that old objects were encrypted with.
const FORMER_ACTIONS: [&str; 1] = ["kms:Decrypt"];
/// What follows the mark in the Sids of the statements about the keys in use, and about former ones.
const CURRENT: &str = "Key";
const FORMER: &str = "FormerKeys";

/// The keys that a principal has rights to.
#[derive(Clone, Copy, Debug, Default)]
pub struct KmsKeys<'a> {
    /// The one that encrypts.
    pub current: Option<&'a Arn>,
    /// Those that did until now, which pods may still write with.
    pub kept: &'a [Arn],
    /// Those that old objects were encrypted with.
    pub former: &'a [Arn],
}

/// The keys that the statements of a policy name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedKeys {
    /// To write and to read with.
    pub full: Vec<Arn>,
    /// To read with.
    pub read: Vec<Arn>,
}

impl NamedKeys {
    /// All of them, each once.
    pub fn all(&self) -> Vec<Arn> {
        let others = self.read.iter().filter(|key| !self.full.contains(key));
        self.full.iter().chain(others).cloned().collect()
    }

    /// The same without a key.
    #[must_use]
    pub fn without(mut self, key: Option<&Arn>) -> Self {
        self.full.retain(|one| Some(one) != key);
        self.read.retain(|one| Some(one) != key && !self.full.contains(one));
        self
    }
}

/// The statements about keys.
pub(super) fn key_statements(keys: KmsKeys<'_>) -> Vec<Value> {
    let full: Vec<&Arn> = keys.current.into_iter().chain(keys.kept).collect();
    let current = (!full.is_empty())
        .then(|| json!({"Sid": sid_of(CURRENT), "Effect": "Allow", "Action": KMS_ACTIONS, "Resource": full}));
    let former = (!keys.former.is_empty())
        .then(|| json!({"Sid": sid_of(FORMER), "Effect": "Allow", "Action": FORMER_ACTIONS, "Resource": keys.former}));
    current.into_iter().chain(former).collect()
}

/// The keys that our statements of a policy name, by their whole ARNs: patterns are none of ours.
pub fn keys_named(policy: &Value) -> NamedKeys {
    let mut named = NamedKeys::default();
    for statement in statements(policy).iter().filter(|one| one["Effect"] == "Allow") {
        // Before there was a mark the Sid was the bare word; only what says what we write is ours.
        let (current, former) = match sid_text(statement) {
            sid if sid == sid_of(CURRENT) || sid == CURRENT => (true, false),
            sid => (false, sid == sid_of(FORMER)),
        };
        let says = |actions: &[&str]| same(&statement["Action"], &json!(actions));
        if !(current && says(&KMS_ACTIONS) || former && says(&FORMER_ACTIONS)) {
            continue;
        }
        let texts = match &statement["Resource"] {
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            single => single.as_str().into_iter().collect::<Vec<_>>(),
        };
        let whole = |arn: &Arn| {
            arn.service() == "kms" && arn.resource().starts_with("key/") && !arn.as_str().contains(['*', '?'])
        };
        let keys = if former { &mut named.read } else { &mut named.full };
        for key in texts.into_iter().filter_map(|text| Arn::parse(text).ok()).filter(whole) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_statements_and_whole_arns_name_keys() {
        let key = |id: &str| format!("arn:aws:kms:eu-west-1:012345678901:key/{id}");
        let policy = json!({"Statement": [
            {"Sid": "Key", "Effect": "Allow", "Action": KMS_ACTIONS, "Resource": key("a")},
            {"Sid": sid_of(FORMER), "Effect": "Allow", "Action": FORMER_ACTIONS, "Resource": [key("b"), key("a"), key("*"), "*"]},
            {"Sid": "Key", "Effect": "Allow", "Action": "kms:*", "Resource": key("e")},
            {"Sid": "Theirs", "Effect": "Allow", "Action": KMS_ACTIONS, "Resource": key("c")},
            {"Sid": "BucketwrightKey", "Effect": "Deny", "Action": KMS_ACTIONS, "Resource": key("d")},
        ]});
        let texts = |keys: &[Arn]| keys.iter().map(ToString::to_string).collect::<Vec<_>>();
        let named = keys_named(&policy);
        assert_eq!((texts(&named.full), texts(&named.read)), (vec![key("a")], vec![key("b"), key("a")]));
        assert_eq!(texts(&named.all()), [key("a"), key("b")]);
        let rest = named.without(Arn::parse(&key("a")).ok().as_ref());
        assert_eq!((rest.full.len(), texts(&rest.read)), (0, vec![key("b")]));
    }
}
