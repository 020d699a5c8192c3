//! The actions of AWS as data: `data/aws-actions.tsv`, whose head names source and date.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("../../../../data/aws-actions.tsv")));

/// Services, actions, resources and condition keys.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Every service's prefix, those without actions here included.
    pub(super) prefixes: BTreeSet<&'static str>,
    /// By service, then by kind: the pattern of its ARNs.
    resources: BTreeMap<&'static str, BTreeMap<&'static str, String>>,
    /// By service.
    actions: BTreeMap<&'static str, Vec<Action>>,
}

/// One action.
#[derive(Debug)]
pub(super) struct Action {
    pub(super) service: &'static str,
    pub(super) name: &'static str,
    pub(super) level: &'static str,
    /// The kinds of resources that it works on; none means that only `*` will do.
    pub(super) kinds: Vec<&'static str>,
    /// The condition keys beyond the global ones, as patterns.
    pub(super) keys: Vec<String>,
}

/// The table.
pub(super) fn table() -> &'static Table {
    &TABLE
}

impl Table {
    fn parse(text: &'static str) -> Self {
        let mut table = Self::default();
        let mut keys: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
        for line in text.lines() {
            match line.split('\t').collect::<Vec<_>>().as_slice() {
                ["prefix", names] => table.prefixes = names.split(',').collect(),
                ["resource", service, kind, arn] => {
                    table.resources.entry(service).or_default().insert(kind, pattern(arn));
                }
                ["keys", service, number, list] => {
                    let list = list.split(',').filter(|key| !key.is_empty()).map(pattern).collect();
                    keys.insert((service, number), list);
                }
                ["action", service, name, level, kinds, number] => {
                    let kinds = kinds.split(',').filter(|kind| !kind.is_empty()).collect();
                    let keys = keys.get(&(*service, *number)).cloned().unwrap_or_default();
                    table.actions.entry(service).or_default().push(Action { service, name, level, kinds, keys });
                }
                _ => {}
            }
        }
        table
    }

    /// The actions of a service; `None` when the table does not have them.
    pub(super) fn service(&self, name: &str) -> Option<&[Action]> {
        self.actions.get(name.to_lowercase().as_str()).map(Vec::as_slice)
    }

    /// Whether a statement's resource may be of a kind that an action works on.
    pub(super) fn takes(&self, action: &Action, resource: &str) -> bool {
        resource == "*" || action.kinds.iter().any(|kind| self.may_be(action.service, kind, resource))
    }

    fn may_be(&self, service: &str, kind: &str, resource: &str) -> bool {
        // A bucket's pattern would match objects too: the slash tells the two apart.
        if let ("s3", Some(path)) = (service, resource.splitn(6, ':').nth(5))
            && resource.split(':').nth(4) == Some("")
        {
            match kind {
                "bucket" => return !path.contains('/'),
                "object" => return path.contains('/') || path.ends_with('*'),
                _ => return false,
            }
        }
        let pattern = self.resources.get(service).and_then(|kinds| kinds.get(kind));
        pattern.is_some_and(|pattern| {
            // Part by part: no wildcard reaches over a colon before the resource.
            let (left, right) = (pattern.splitn(6, ':'), resource.splitn(6, ':'));
            left.zip(right).all(|(left, right)| overlap(left.as_bytes(), right.as_bytes()))
        })
    }
}

/// A form of the Reference as a pattern: `${Name}` and `<key>` stand for anything.
fn pattern(form: &str) -> String {
    let mut out = String::new();
    let mut rest = form;
    while let Some(start) = rest.find("${").or_else(|| rest.find('<')) {
        out.push_str(&rest[..start]);
        out.push('*');
        rest = rest[start..].find(['}', '>']).map_or("", |end| &rest[start + end + 1..]);
    }
    out + rest
}

/// Whether a text matches a pattern with `*` and `?`; letters of both cases are the same.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == b'?' || pattern[p] == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((at, from)) = star {
            p = at + 1;
            t = from + 1;
            star = Some((at, t));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Whether some text matches both patterns.
fn overlap(left: &[u8], right: &[u8]) -> bool {
    let mut row = vec![false; right.len() + 1];
    row[0] = true;
    for (index, byte) in right.iter().enumerate() {
        row[index + 1] = row[index] && *byte == b'*';
    }
    for l in left {
        let mut next = vec![false; right.len() + 1];
        next[0] = row[0] && *l == b'*';
        for (index, r) in right.iter().enumerate() {
            let same = row[index] && (l == r || *l == b'?' || *r == b'?' || *l == b'*' || *r == b'*');
            next[index + 1] = same
                || (*l == b'*' && (next[index] || row[index + 1]))
                || (*r == b'*' && (row[index + 1] || next[index]));
        }
        row = next;
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let count = |service: &str| table().service(service).map_or(0, <[Action]>::len);
        assert!(count("s3") >= 168 && count("iam") >= 187 && count("sts") >= 16 && count("eks") >= 68);
        assert!(table().prefixes.len() > 400);
        for service in ["s3", "iam", "sts", "eks", "kms", "secretsmanager", "s3express"] {
            for action in table().service(service).expect(service) {
                for kind in &action.kinds {
                    assert!(table().resources[service].contains_key(kind), "{service}:{}: {kind}", action.name);
                }
            }
        }
    }

    #[test]
    fn buckets_are_told_from_objects() {
        let find = |name: &str| table().service("s3").expect("s3").iter().find(|a| a.name == name).expect("action");
        let (list, put) = (find("ListBucket"), find("PutObject"));
        assert!(table().takes(list, "arn:aws:s3:::b") && !table().takes(list, "arn:aws:s3:::b/*"));
        assert!(!table().takes(put, "arn:aws:s3:::b") && table().takes(put, "arn:aws:s3:::b/x"));
        assert!(table().takes(put, "arn:aws:s3:::b*") && table().takes(list, "*"));
    }

    #[test]
    fn patterns() {
        assert!(matches("s3:Get*Acl", "S3:GetObjectAcl") && !matches("s3:ListObject*", "s3:ListBucket"));
        assert_eq!(pattern("arn:${P}:s3:::${B}/${O}"), "arn:*:s3:::*/*");
        assert!(overlap(b"arn:*:iam::*:role/*", b"arn:aws:iam::1:role/x"));
        assert!(!overlap(b"arn:*:iam::*:role/*", b"arn:aws:iam::1:user/x"));
    }
}
