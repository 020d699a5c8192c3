//! Whether a pattern of actions reaches what it seems to: S3 has actions on buckets and on objects, and a resource is one of
//! the two.

use super::Findings;
use super::json::Node;
use super::statement::allows;
use super::table::{Action, matches, table};
use crate::base::error::Code;

/// What whoever writes a pattern means by it, on each kind of resource. Source: Service Authorization Reference, Amazon S3.
const ON_OBJECTS: [&str; 3] = ["GetObject", "PutObject", "DeleteObject"];
const ON_BUCKETS: [&str; 1] = ["ListBucket"];

/// Names the patterns that match actions on objects where a policy names only buckets, or the other way round.
pub(super) fn check(findings: &mut Findings<'_>, statements: &[Node]) {
    for one in statements.iter().filter(|one| one.get("Resource").is_some()) {
        for pattern in one.get("Action").map_or(&[][..], Node::items) {
            let Some(text) = pattern.text().filter(|text| text.contains('*')) else { continue };
            let (meant, there, missing) = if names(one, is_bucket) && !names(one, is_object) {
                (&ON_OBJECTS[..], "buckets", "objects")
            } else if names(one, is_object) && !names(one, is_bucket) {
                (&ON_BUCKETS[..], "objects", "buckets")
            } else {
                continue;
            };
            let lost: Vec<&Action> = actions(meant).filter(|action| matches(text, &full(action))).collect();
            let same = |other: &&Node| allows(other) == allows(one);
            if lost.is_empty()
                || lost.iter().any(|action| statements.iter().filter(same).any(|other| reaches(other, action)))
            {
                continue;
            }
            let example = full(lost[0]);
            let why = if allows(one) {
                format!("`{example}` and its like are not allowed by it, though the pattern reads as if they were.")
            } else {
                format!("`{example}` and its like are not denied by it, though the pattern reads as if they were.")
            };
            let arn = bucket_of(one).unwrap_or("arn:aws:s3:::BUCKET");
            let add = if missing == "objects" { format!("{arn}/*") } else { arn.to_owned() };
            findings.warn(
                pattern,
                Code::HALF_REACH,
                format!("`{text}` is given only {there}, and does nothing on {missing}"),
                &why,
                format!("Add `{add}` to `Resource`, or name the actions that are meant."),
            );
        }
    }
}

fn actions(names: &[&'static str]) -> impl Iterator<Item = &'static Action> {
    table().service("s3").unwrap_or_default().iter().filter(|action| names.contains(&action.name))
}

fn full(action: &Action) -> String {
    format!("{}:{}", action.service, action.name)
}

/// Whether a statement has an action, on a resource that it works on.
fn reaches(one: &Node, action: &Action) -> bool {
    let has = |name: &str| one.get(name).map_or(&[][..], Node::items);
    let named = has("Action").iter().any(|node| node.text().is_some_and(|text| matches(text, &full(action))));
    let on = one.get("NotResource").is_some()
        || has("Resource").iter().any(|node| node.text().is_some_and(|arn| table().takes(action, arn)));
    named && on
}

fn names(one: &Node, kind: fn(&str) -> bool) -> bool {
    let resources = one.get("Resource").map_or(&[][..], Node::items);
    resources.iter().any(|node| node.text().is_some_and(|text| text == "*" || kind(text)))
}

fn is_bucket(arn: &str) -> bool {
    path(arn).is_some_and(|path| !path.contains('/'))
}

fn is_object(arn: &str) -> bool {
    path(arn).is_some_and(|path| path.contains('/') || path.ends_with('*'))
}

/// The part of an S3 ARN behind the five colons.
fn path(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    (parts.len() == 6 && parts[2] == "s3" && parts[4].is_empty()).then(|| parts[5])
}

/// The ARN of the first bucket that a statement speaks of.
fn bucket_of(one: &Node) -> Option<&str> {
    let arn = one.get("Resource").map_or(&[][..], Node::items).iter().find_map(Node::text)?;
    path(arn)?;
    Some(arn.split('/').next().unwrap_or(arn))
}
