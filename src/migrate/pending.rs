//! A move that is not done, as its report remembers it: the objects are not copied yet, and nobody may switch.

use serde_json::Value;

use super::order::{BUCKETS, Step};

/// A move that is not done.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The install that moves.
    pub install: String,
    /// The report for people.
    pub report: String,
    /// The steps that are left after the buckets are made, with their numbers in the report.
    pub steps: Vec<(usize, Step)>,
}

impl Pending {
    /// Reads `migration.json`; `None` when it is of another spec, or no such report. `report` is the path of the one for people.
    pub fn read(text: &str, spec: &str, report: &str) -> Option<Self> {
        let document: Value = serde_json::from_str(text).ok()?;
        if document["version"] != 1 || document["spec"] != spec {
            return None;
        }
        let words = |value: &Value| value.as_str().map(str::to_owned);
        let all = document["steps"].as_array()?;
        let first = all.iter().position(|step| step["title"] == BUCKETS)? + 1;
        let step = |value: &Value| {
            let commands = value["commands"].as_array()?.iter().map(words).collect::<Option<_>>()?;
            Some(Step { title: words(&value["title"])?, why: words(&value["why"])?, commands })
        };
        let steps = all.iter().enumerate().skip(first).map(|(index, one)| Some((index + 1, step(one)?)));
        Some(Self {
            install: words(&document["install"])?,
            report: report.to_owned(),
            steps: steps.collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_begins_after_the_buckets() {
        let text = r#"{"version": 1, "spec": "acme", "install": "gitlab", "steps": [
            {"title": "Make the buckets", "why": "w", "commands": ["bucketwright apply"]},
            {"title": "Sync", "why": "w", "commands": ["rclone copy a b"]}]}"#;
        let pending = Pending::read(text, "acme", "s3/migration.txt").expect("pending");
        assert_eq!((pending.install.as_str(), pending.steps.len()), ("gitlab", 1));
        assert_eq!((pending.steps[0].0, pending.steps[0].1.title.as_str()), (2, "Sync"));
        for (text, spec) in [(text, "other"), ("{}", "acme"), ("no JSON", "acme")] {
            assert!(Pending::read(text, spec, "r").is_none(), "{text}");
        }
    }
}
