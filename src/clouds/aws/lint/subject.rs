//! The subjects of pods' tokens: `system:serviceaccount:NAMESPACE:NAME`.
//!
//! Source: Kubernetes documentation, "Configure Service Accounts for Pods"; what namespaces and names may hold: "Object Names and IDs".

use crate::policy::judge::base;

const START: &str = "system:serviceaccount:";

/// Whether a pattern leaves the namespace open. Anybody who may make a namespace chooses its name, so a namespace that only begins
/// as written is open, too.
pub(super) fn every_namespace(text: &str) -> bool {
    let Some(wild) = text.find(['*', '?']) else { return false };
    match text.strip_prefix(START) {
        Some(rest) => rest.find(':').is_none_or(|end| wild - START.len() < end),
        None => START.starts_with(&text[..wild]),
    }
}

/// Whether no token of a cluster has such a subject. `pattern` says whether `*` and `?` are wildcards in the text.
pub(super) fn never(text: &str, operator: &str, pattern: bool) -> bool {
    let text = if base(operator).ends_with("IgnoreCase") { text.to_lowercase() } else { text.to_owned() };
    // A variable may be anything; a pattern where none works is said elsewhere.
    if text.contains("${") || !pattern && text.contains(['*', '?']) {
        return false;
    }
    // How far a subject may have come behind what is read of the pattern.
    let mut places = [false; LAST + 1];
    places[0] = true;
    for byte in text.bytes() {
        let mut next = [false; LAST + 1];
        for place in (0..=LAST).filter(|place| places[*place]) {
            match byte {
                b'*' => next[place..].fill(true),
                b'?' => (place..=LAST).filter(|to| follows(place, *to, None)).for_each(|to| next[to] = true),
                _ => (place..=LAST).filter(|to| follows(place, *to, Some(byte))).for_each(|to| next[to] = true),
            }
        }
        places = next;
    }
    !places[LAST]
}

/// Where the namespace begins; one further it has a letter; then comes the name, and at last it has a letter, too.
const NAMESPACE: usize = START.len();
const LAST: usize = NAMESPACE + 3;

/// Whether a letter, any at `None`, leads from one place of a subject to another.
fn follows(from: usize, to: usize, byte: Option<u8>) -> bool {
    let is = |good: &dyn Fn(u8) -> bool| byte.is_none_or(good);
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match from {
        _ if from < NAMESPACE => to == from + 1 && is(&|byte| byte == START.as_bytes()[from]),
        NAMESPACE => to == NAMESPACE + 1 && is(&plain),
        _ if from == NAMESPACE + 1 => (to == from && is(&plain)) || (to == from + 1 && is(&|byte| byte == b':')),
        _ => to == LAST && is(&|byte| plain(byte) || byte == b'.'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_parts_behind_the_beginning_are_a_subject() {
        for (text, operator, never_holds) in [
            ("system:serviceaccount:a:b", "StringEquals", false),
            ("system:serviceaccount:kube-system:aws.node-1", "StringEquals", false),
            ("system:serviceaccounts:a:b", "StringEquals", true),
            ("system:serviceaccount:a", "StringEquals", true),
            ("system:serviceaccount:a:", "StringEquals", true),
            ("system:serviceaccount::b", "StringEquals", true),
            ("system:serviceaccount:a:b:c", "StringEquals", true),
            ("system:serviceaccount:a/b", "StringEquals", true),
            ("system:serviceaccount:A:b", "StringEquals", true),
            ("system:serviceaccount:A:b", "StringEqualsIgnoreCase", false),
            ("system:serviceaccount:a_b:c", "StringEquals", true),
            ("system:serviceAccount:a:b", "StringEquals", true),
            ("system:serviceaccount:NAMESPACE:NAME", "StringEquals", true),
            ("serviceaccount:a:b", "StringEquals", true),
            ("a:b", "StringEquals", true),
            ("system:node:ip-10-0-0-1", "StringEquals", true),
            ("system:serviceaccount:a:*", "StringLike", false),
            ("system:serviceaccount:a:b-?", "StringLike", false),
            ("system:serviceaccount:*", "StringLike", false),
            ("system:serviceaccount:a*", "StringLike", false),
            ("*:b", "StringLike", false),
            ("*", "StringLike", false),
            ("system:serviceaccount?a:b", "StringLike", false),
            ("system:serviceaccounts:a:*", "StringLike", true),
            ("system:serviceaccount:a:b:*", "StringLike", true),
            ("system:serviceaccount:a:b:*", "StringEquals", false),
            ("*:a:b:c", "StringLike", true),
            ("repo:*", "StringLike", true),
            ("system:serviceaccount:${aws:username}:b", "StringEquals", false),
        ] {
            assert_eq!(never(text, operator, operator == "StringLike"), never_holds, "{text}");
        }
    }
}
