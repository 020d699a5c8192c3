//! What is new since another review: facts that came, and facts that went.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::model::{Identity, Review};
use crate::policy::Said;

/// What differs between two reviews.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The spec of the other review.
    pub with: String,
    /// The fingerprint of the other review.
    pub fingerprint: String,
    /// What holds now and did not.
    pub added: Vec<String>,
    /// What held and does no more.
    pub removed: Vec<String>,
}

/// What differs from an older review to a newer.
pub fn difference(old: &Review, new: &Review) -> Difference {
    let (before, now) = (facts(old), facts(new));
    let beyond = |some: &BTreeSet<String>, others: &BTreeSet<String>| some.difference(others).cloned().collect();
    Difference {
        with: old.spec.clone(),
        fingerprint: old.fingerprint(),
        added: beyond(&now, &before),
        removed: beyond(&before, &now),
    }
}

impl Review {
    /// What tells this review from every other: the SHA-256 of its data.
    pub fn fingerprint(&self) -> String {
        fingerprint(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// The SHA-256 of a text, in hexadecimal digits.
pub fn fingerprint(text: &str) -> String {
    let mut digits = String::new();
    for byte in digest(&SHA256, text.as_bytes()).as_ref() {
        digits.push_str(&format!("{byte:02x}"));
    }
    digits
}

/// Everything that a review says, one sentence each.
fn facts(review: &Review) -> BTreeSet<String> {
    let place = format!("The buckets are {}, {}.", review.place, review.region);
    let installs = review.installs.iter().flat_map(|one| {
        let install =
            format!("{}: {} as {} in {}, with {}.", one.id, one.chart, one.release, one.namespace, one.identity);
        let warnings = one.warnings.iter().map(|warning| format!("{}: {} {}", one.id, warning.code, warning.what));
        std::iter::once(install).chain(warnings).collect::<Vec<_>>()
    });
    let buckets = review.buckets.iter().flat_map(|bucket| {
        let of = |words: &String| format!("Bucket {}: {words}", bucket.name);
        let refuses = bucket.refuses.iter().map(|words| format!("Bucket {}: refuses {words}", bucket.name));
        bucket.uses.iter().chain(&bucket.who).chain(&bucket.settings).map(of).chain(refuses).collect::<Vec<_>>()
    });
    let others = review.others.iter().map(|one| format!("Others: {} {} ({})", one.code, one.what, one.about));
    let accepted = review.accepted.iter().map(|name| format!("The spec accepts {name}."));
    let secrets =
        review.secrets.iter().map(|one| format!("Secret, {}: {}, read by {}", one.what, one.place, one.readers));
    let results = review.results.iter().flat_map(|one| {
        let found =
            one.findings.iter().map(|found| format!("{}: {} {} {}", one.command, found.code, found.about, found.what));
        let untried = one.untried.iter().map(|words| format!("{}: not tried: {words}", one.command));
        found.chain(untried).collect::<Vec<_>>()
    });
    let all = std::iter::once(place).chain(installs).chain(review.identities.iter().flat_map(of_identity));
    all.chain(buckets).chain(others).chain(accepted).chain(secrets).chain(results).collect()
}

fn of_identity(identity: &Identity) -> Vec<String> {
    let name = &identity.name;
    let mut facts = vec![format!("{name} is a {}.", identity.kind)];
    facts.extend(
        identity.components.iter().map(|component| format!("{name} serves {component} of {}.", identity.install)),
    );
    facts.extend(identity.whom.iter().map(|words| format!("{name} is used by: {words}")));
    facts.extend(identity.limits.iter().map(|words| format!("{name}: {words}")));
    facts.extend(identity.said.iter().flat_map(|said| of_statement(name, said)));
    facts
}

fn of_statement(name: &str, said: &Said) -> Vec<String> {
    let may = if said.allows { "may" } else { "may not" };
    let only = if said.conditions.is_empty() { String::new() } else { format!(", {}", said.conditions.join(", ")) };
    let pairs = said.words.iter().flat_map(|words| said.resources.iter().map(move |resource| (words, resource)));
    pairs.map(|(words, resource)| format!("{name} {may} {words} on {resource}{only}.")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_that_came_and_one_that_went_are_named() {
        let said = |action: &str| Said::allowed(vec![action.to_owned()], vec!["arn:aws:s3:::a/*".to_owned()]);
        let identity = |actions: &[&str]| Identity {
            name: "acme".into(),
            kind: "role".into(),
            install: "gitlab".into(),
            components: Vec::new(),
            whom: Vec::new(),
            said: actions.iter().map(|action| said(action)).collect(),
            limits: Vec::new(),
        };
        let of = |actions| Review { identities: vec![identity(actions)], ..Review::default() };
        let found = difference(&of(&["s3:GetObject", "s3:PutObject"]), &of(&["s3:DeleteObject", "s3:GetObject"]));
        assert_eq!(found.added, ["acme may delete objects on arn:aws:s3:::a/*."]);
        assert_eq!(found.removed, ["acme may write objects on arn:aws:s3:::a/*."]);
        let same = difference(&of(&["s3:GetObject"]), &of(&["s3:GetObject"]));
        assert!(same.added.is_empty() && same.removed.is_empty());
    }
}
