//! Keys that a chart does not know, and keys that it knew once.

use std::collections::BTreeSet;

use super::known::Known;
use super::mentions::Use;
use super::read::Chart;
use super::values::ValuesFile;
use crate::error::{Code, Error, Finding};
use crate::profile::{Dropped, Profile, in_range};
use crate::yaml::{At, Tree, did_you_mean};

/// The keys of values files that the chart does not know.
pub fn unknown_keys(chart: &Chart, profile: Option<&Profile>, files: &[ValuesFile]) -> Vec<Finding> {
    let (known, words) = Known::of(chart);
    let version = semver::Version::parse(&chart.version).ok();
    let dropped = profile.into_iter().flat_map(|profile| &profile.about.dropped);
    let dropped: Vec<&Dropped> =
        dropped.filter(|one| version.as_ref().is_some_and(|version| in_range(Some(&one.charts), version))).collect();
    let mut findings = Vec::new();
    for file in files {
        let mut search = Search { chart, words: &words, dropped: &dropped, file, findings: &mut findings };
        search.walk(&file.tree, &known, "");
    }
    findings
}

struct Search<'a> {
    chart: &'a Chart,
    words: &'a BTreeSet<String>,
    dropped: &'a [&'a Dropped],
    file: &'a ValuesFile,
    findings: &'a mut Vec<Finding>,
}

impl Search<'_> {
    fn walk(&mut self, tree: &Tree, known: &Known, path: &str) {
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
            match known.below.get(key.as_str()) {
                // Of a place that is only asked whether it is there, nothing is known.
                Some(next) if !next.below.is_empty() => self.walk(below, next, &path),
                Some(_) if self.dropped.iter().any(|one| one.path.starts_with(&format!("{path}."))) => {
                    let free = Known { open: Use::Free, ..Known::default() };
                    self.walk(below, &free, &path);
                }
                Some(_) => {}
                None => self.unknown(key, known, &path),
            }
        }
    }

    fn unknown(&mut self, key: &At<String>, known: &Known, path: &str) {
        let near = did_you_mean(key, known.below.keys().map(String::as_str));
        let word = self.words.contains(key.as_str());
        let severity = match known.open {
            Use::Closed if !word => Finding::error,
            Use::Closed => Finding::warn,
            Use::Passed if !word && near.is_some() => Finding::warn,
            Use::Passed | Use::Free => return,
        };
        let fix = match near {
            Some(near) => format!("Did you mean `{near}`?"),
            None if known.below.is_empty() => "Remove it.".to_owned(),
            None => {
                let keys: Vec<&str> = known.below.keys().map(String::as_str).take(12).collect();
                let more = if known.below.len() > 12 { " …" } else { "" };
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
