//! Keys that a chart does not know, and keys that it knew once.

use std::collections::{BTreeMap, BTreeSet};

use super::known::KnownKeys;
use super::mentions::Use;
use super::{Chart, Knowledge, ValuesFile};
use crate::base::error::{Code, Error, Finding};
use crate::base::yaml::{At, Tree, did_you_mean};
use crate::profile::{Dropped, Profile, in_range};

/// The keys of values files that the chart does not know.
pub fn unknown_keys(chart: &Chart, knowledge: &Knowledge, profile: &Profile, files: &[ValuesFile]) -> Vec<Finding> {
    let version = semver::Version::parse(&chart.version).ok();
    let in_force = |one: &&Dropped| version.as_ref().is_some_and(|version| in_range(Some(&one.charts), version));
    let dropped: Vec<&Dropped> = profile.about.dropped.iter().filter(in_force).collect();
    let mut findings = Vec::new();
    for file in files {
        let mut search = Search { chart, knowledge, dropped: &dropped, file, findings: &mut findings };
        search.walk(&file.tree, &[&knowledge.known, &knowledge.shared], "");
    }
    findings
}

/// Maps of Kubernetes' own, which charts write out as they are. Source: Kubernetes API, Container, PodSpec and ObjectMeta.
const OF_KUBERNETES: [&str; 10] = [
    "affinity",
    "annotations",
    "containerSecurityContext",
    "labels",
    "nodeSelector",
    "podAnnotations",
    "podLabels",
    "podSecurityContext",
    "resources",
    "securityContext",
];

/// A place in which every key may stand.
static FREE: KnownKeys = KnownKeys { below: BTreeMap::new(), open: Use::Free, root: false, listed: false };

struct Search<'a> {
    chart: &'a Chart,
    knowledge: &'a Knowledge,
    dropped: &'a [&'a Dropped],
    file: &'a ValuesFile,
    findings: &'a mut Vec<Finding>,
}

impl Search<'_> {
    /// Holds a place in the values against all that is known of it, which is in several layers.
    fn walk(&mut self, tree: &Tree, layers: &[&KnownKeys], path: &str) {
        for (key, below) in tree.entries() {
            let path = if path.is_empty() { key.value.clone() } else { format!("{path}.{}", key.value) };
            if let Some(dropped) = self.dropped.iter().find(|dropped| dropped.path == path) {
                self.findings.push(Finding::error(
                    Error::new(Code::DROPPED_VALUE, format!("`{path}` does nothing: {}", dropped.since))
                        .why(dropped.why.clone())
                        .fix(dropped.instead.clone())
                        .at(Some(self.file.place(key))),
                ));
                continue;
            }
            let mut next: Vec<&KnownKeys> = layers.iter().filter_map(|known| known.below.get(key.as_str())).collect();
            if next.is_empty() {
                // Keys that begin so hold anchors for other places in the file.
                if !key.starts_with(['.', '_']) && !key.starts_with("x-") {
                    self.unknown(key, layers, &path);
                }
                continue;
            }
            if next.iter().any(|known| known.open == Use::Absent) {
                continue;
            }
            if next.iter().any(|known| known.root) {
                next.push(&self.knowledge.shared);
            } else if (layers.iter().any(|known| known.open == Use::Computed) && !next.iter().any(|known| known.listed))
                || OF_KUBERNETES.contains(&key.as_str())
                || next.iter().any(|known| known.open >= Use::Free)
            {
                // What is written out as a whole is written out with all that is below.
                next.push(&FREE);
            }
            // Of a place that is only asked whether it is there, nothing is known.
            if next.iter().any(|known| !known.below.is_empty()) {
                self.walk(below, &next, &path);
            } else if self.dropped.iter().any(|one| one.path.starts_with(&format!("{path}."))) {
                self.walk(below, &[&FREE], &path);
            }
        }
    }

    fn unknown(&mut self, key: &At<String>, layers: &[&KnownKeys], path: &str) {
        let known: BTreeSet<&str> = layers.iter().flat_map(|known| known.below.keys().map(String::as_str)).collect();
        let open = layers.iter().map(|known| known.open).max().unwrap_or(Use::Free);
        let near = did_you_mean(key, known.iter().copied());
        let word = self.knowledge.words.contains(key.as_str());
        let severity = match open {
            Use::Closed if !word => Finding::error,
            Use::Closed => Finding::warn,
            Use::Passed if !word && near.is_some() => Finding::warn,
            Use::Passed | Use::Free | Use::Computed | Use::Absent => return,
        };
        let fix = match near {
            Some(near) => format!("Did you mean `{near}`?"),
            None if known.is_empty() => "Remove it.".to_owned(),
            None => {
                let keys: Vec<&str> = known.iter().copied().take(12).collect();
                let more = if known.len() > 12 { " …" } else { "" };
                format!("Remove it, or use a key that is known here: {}{more}.", keys.join(", "))
            }
        };
        let chart = self.chart;
        self.findings.push(severity(
            Error::new(Code::UNKNOWN_VALUE, format!("{} {} does not know `{path}`", chart.name, chart.version))
                .why("Neither its values.yaml, nor its schema, nor a template mentions it; Helm ignores it silently.")
                .fix(fix)
                .at(Some(self.file.place(key))),
        ));
    }
}
