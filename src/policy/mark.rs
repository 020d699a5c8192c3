//! Which statements of a document are ours, and how ours are put beside those of others.
//!
//! A statement is ours when its Sid begins with our mark, which nobody else uses, **and** it has the form that we write. What only
//! looks alike is never replaced or removed in a document that others wrote.

use serde_json::{Value, json};

use super::judge::{principals, uncovered};
use super::{AUDIENCE, LANGUAGE, POD_SERVICE, Remainder, same, statements};

/// What begins the Sid of every statement of ours. IAM allows letters and digits in a Sid.
pub const MARK: &str = "Bucketwright";

/// The Sid of a statement of ours.
pub fn sid_of(name: &str) -> String {
    format!("{MARK}{name}")
}

fn sid(statement: &Value) -> &str {
    statement.get("Sid").and_then(Value::as_str).unwrap_or_default()
}

/// Whether the Sid of a statement has our mark.
pub fn is_marked(statement: &Value) -> bool {
    sid(statement).starts_with(MARK)
}

/// Whether a statement is ours by mark and form.
pub fn is_ours(statement: &Value) -> bool {
    sid(statement).strip_prefix(MARK).is_some_and(|name| has_form(name, statement))
}

/// Whether a statement has the form that we give to statements of this name.
fn has_form(name: &str, statement: &Value) -> bool {
    let keys: Vec<&str> = statement.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    let only = |allowed: &[&str]| keys.iter().all(|key| ["Sid", "Effect"].contains(key) || allowed.contains(key));
    let word = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let begin = |key: &str, start: &str| {
        let all = list(statement.get(key));
        !all.is_empty() && all.iter().all(|text| text.starts_with(start))
    };
    match word {
        "TlsOnly" => {
            statement["Effect"] == "Deny" && statement["Condition"] == json!({"Bool": {"aws:SecureTransport": "false"}})
        }
        _ if statement["Effect"] != "Allow" => false,
        "ServiceAccounts" | "Tokens" | "Nodes" | "Pods" => {
            only(&["Principal", "Action", "Condition"]) && lets_in(word, statement)
        }
        "Key" | "FormerKeys" => only(&["Action", "Resource"]) && begin("Action", "kms:"),
        "Buckets" | "Objects" | "ReadBuckets" | "ReadObjects" => {
            only(&["Action", "Resource", "Condition"]) && begin("Action", "s3:") && begin("Resource", "arn:")
        }
        _ => name.starts_with("Beyond") && only(&["Action", "Resource", "Condition"]),
    }
}

/// Whether a trust statement lets in only whom a statement of this name lets in.
fn lets_in(word: &str, statement: &Value) -> bool {
    let who = principals(statement);
    let each = |start: &str| !who.is_empty() && who.iter().all(|name| name.starts_with(start) && !name.ends_with('*'));
    let asks = |end: &str, value: Option<&str>| {
        let operators = statement["Condition"].as_object().into_iter().flatten();
        let mut keys = operators.flat_map(|(_, keys)| keys.as_object().into_iter().flatten());
        keys.any(|(key, found)| key.ends_with(end) && value.is_none_or(|value| list(Some(found)) == [value]))
    };
    match word {
        "Nodes" => each("AWS:arn:") && statement.get("Condition").is_none(),
        "Pods" => who == [format!("Service:{POD_SERVICE}")],
        _ => each("Federated:arn:") && asks(":aud", Some(AUDIENCE)) && asks(":sub", None),
    }
}

fn list(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(single) => single.as_str().into_iter().collect(),
        None => Vec::new(),
    }
}

/// Whether a statement has one of the Sids that ours had before they had a mark, and the form.
fn is_old(statement: &Value) -> bool {
    has_form(sid(statement), statement)
}

/// Who wrote the document that ours are put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrittenBy {
    /// We: what has our mark and was edited by hand is put right.
    Us,
    /// Others: only what we wrote is ours.
    Others,
}

/// A document with our statements beside those of others.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The document.
    pub document: Value,
    /// The statements that go and whose rights the new ones do not give.
    pub lost: Vec<Value>,
}

/// What becomes of a document when our statements are put into it.
#[derive(Clone, Debug, PartialEq)]
pub enum Merge {
    /// It has them already.
    Same,
    /// It changes.
    Changed(Merged),
    /// A statement of others has a Sid of ours, and would have to be replaced.
    Blocked(Value),
}

impl Merge {
    /// The document, if it changes.
    pub fn changed(self) -> Option<Merged> {
        match self {
            Self::Changed(merged) => Some(merged),
            Self::Same | Self::Blocked(_) => None,
        }
    }
}

fn without_sid(statement: &Value) -> Value {
    let mut statement = statement.clone();
    if let Some(entries) = statement.as_object_mut() {
        entries.shift_remove("Sid");
    }
    statement
}

/// Whether a statement of a document gives way to what is wanted.
pub fn gives_way(statement: &Value, wanted: &Value, by: WrittenBy) -> bool {
    let says_the_same = || statements(wanted).iter().any(|one| same(&without_sid(one), &without_sid(statement)));
    match by {
        WrittenBy::Us => is_marked(statement) || is_old(statement),
        WrittenBy::Others => is_ours(statement) || (is_old(statement) && says_the_same()),
    }
}

/// Puts the wanted statements into a document. Statements of others stay as they are, and so does what is `kept`.
pub fn merge(current: &Value, wanted: &Value, by: WrittenBy, kept: impl Fn(&Value) -> bool) -> Merge {
    let there = statements(current);
    let ours = statements(wanted);
    let goes = |one: &Value| gives_way(one, wanted, by) && !kept(one);
    let stays: Vec<&Value> = there.iter().filter(|one| !goes(one)).collect();
    if let Some(taken) = stays.iter().find(|one| ours.iter().any(|new| sid(new) == sid(one))) {
        return Merge::Blocked((*taken).clone());
    }
    let went: Vec<&Value> = there.iter().filter(|one| goes(one)).collect();
    let equal = |one: &&Value| ours.iter().any(|new| same(new, one));
    if went.len() == ours.len() && went.iter().all(equal) {
        return Merge::Same;
    }
    let all: Vec<Value> = stays.into_iter().cloned().chain(ours).collect();
    let version = current.get("Version").cloned().unwrap_or_else(|| json!(LANGUAGE));
    let mut document = json!({"Version": version, "Statement": all});
    if let Some(id) = current.get("Id") {
        document["Id"] = id.clone();
    }
    let went: Vec<Value> = went.into_iter().cloned().collect();
    let lost = uncovered(&json!({"Statement": went}), &document);
    Merge::Changed(Merged { document, lost })
}

/// A document without our statements.
pub fn without_ours(document: &Value) -> Remainder {
    let all = statements(document);
    let kept: Vec<Value> = all.iter().filter(|one| !is_ours(one)).cloned().collect();
    if kept.len() == all.len() {
        return Remainder::Untouched;
    }
    if kept.is_empty() {
        return Remainder::Nothing;
    }
    let mut rest = document.clone();
    rest["Statement"] = Value::Array(kept);
    Remainder::Others(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &Value) -> bool {
        false
    }

    fn buckets(sid: &str, bucket: &str) -> Value {
        json!({"Sid": sid, "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [format!("arn:aws:s3:::{bucket}")]})
    }

    fn document(statements: &[Value]) -> Value {
        json!({"Version": "2012-10-17", "Statement": statements})
    }

    #[test]
    fn words_that_others_use_are_not_our_mark() {
        let theirs = [
            buckets("Buckets", "theirs"),
            json!({"Sid": "Key", "Effect": "Allow", "Action": "kms:*", "Resource": "*"}),
        ];
        let ours = document(&[buckets("BucketwrightBuckets", "ours")]);
        let merged = merge(&document(&theirs), &ours, WrittenBy::Others, none).changed().expect("a change");
        assert_eq!(merged.document["Statement"].as_array().expect("a list").len(), 3);
        assert!(merged.lost.is_empty());
        assert_eq!(merge(&merged.document, &ours, WrittenBy::Others, none), Merge::Same);
        assert_eq!(without_ours(&merged.document), Remainder::Others(document(&theirs)));
        assert_eq!(without_ours(&document(&theirs)), Remainder::Untouched);
    }

    #[test]
    fn what_we_wrote_before_gives_way_and_what_is_lost_is_told() {
        let live = document(&[buckets("BucketwrightBuckets", "old"), buckets("Theirs", "x")]);
        let wanted = document(&[buckets("BucketwrightBuckets", "new")]);
        for by in [WrittenBy::Us, WrittenBy::Others] {
            let merged = merge(&live, &wanted, by, none).changed().expect("a change");
            assert_eq!(merged.lost, [buckets("BucketwrightBuckets", "old")]);
            assert_eq!(merged.document, document(&[buckets("Theirs", "x"), buckets("BucketwrightBuckets", "new")]));
        }
        // A bucket more: nothing is lost.
        let mut more = buckets("BucketwrightBuckets", "old");
        more["Resource"] = json!(["arn:aws:s3:::old", "arn:aws:s3:::new"]);
        assert!(merge(&live, &document(&[more]), WrittenBy::Us, none).changed().expect("a change").lost.is_empty());
    }

    #[test]
    fn an_edited_statement_of_ours_is_put_right_only_where_we_wrote_the_document() {
        let edited = json!({"Sid": "BucketwrightBuckets", "Effect": "Allow", "Action": "iam:*", "Resource": "*"});
        let wanted = document(&[buckets("BucketwrightBuckets", "ours")]);
        let live = document(std::slice::from_ref(&edited));
        let merged = merge(&live, &wanted, WrittenBy::Us, none).changed().expect("a change");
        assert_eq!((merged.document, merged.lost), (wanted.clone(), vec![edited.clone()]));
        assert_eq!(merge(&live, &wanted, WrittenBy::Others, none), Merge::Blocked(edited));
        assert_eq!(without_ours(&live), Remainder::Untouched);
    }

    #[test]
    fn sids_from_before_the_mark_are_taken_for_ours_only_where_nothing_of_others_can_be_meant() {
        let old = document(&[buckets("Buckets", "ours")]);
        let wanted = document(&[buckets("BucketwrightBuckets", "ours")]);
        for by in [WrittenBy::Us, WrittenBy::Others] {
            let merged = merge(&old, &wanted, by, none).changed().expect("a change");
            assert_eq!((merged.document, merged.lost.len()), (wanted.clone(), 0), "{by:?}");
        }
        let another = document(&[buckets("Buckets", "another")]);
        let merged = merge(&another, &wanted, WrittenBy::Others, none).changed().expect("a change");
        assert_eq!(merged.document["Statement"].as_array().expect("a list").len(), 2);
    }

    #[test]
    fn the_form_of_a_trust_counts_too() {
        let token = json!({"Sid": "BucketwrightServiceAccounts", "Effect": "Allow",
            "Principal": {"Federated": "arn:aws:iam::012345678901:oidc-provider/x.example"}, "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {"x.example:aud": "sts.amazonaws.com", "x.example:sub": ["system:serviceaccount:a:b"]}}});
        assert!(is_ours(&token));
        for (key, value) in [
            ("Principal", json!("*")),
            ("Principal", json!({"AWS": "arn:aws:iam::111122223333:root"})),
            ("Condition", json!({"StringEquals": {"x.example:sub": "a"}})),
            ("Condition", Value::Null),
            ("Effect", json!("Deny")),
        ] {
            let mut other = token.clone();
            other[key] = value;
            assert!(!is_ours(&other) && is_marked(&other), "{other}");
        }
    }
}
