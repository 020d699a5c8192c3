//! What Helm rendered, by template, without the lines that are new each time.

use std::collections::{BTreeMap, BTreeSet};

/// The lines of each template. Source: Helm, `helm template` writes `# Source: PATH` above each document.
type Lines<'t> = BTreeMap<&'t str, Vec<&'t str>>;

/// Manifests to compare others with.
#[derive(Debug)]
pub(super) struct Manifests {
    /// By template; a line that is another each time is left out.
    steady: BTreeMap<String, Vec<Option<String>>>,
    /// Templates of which nothing stays the same.
    unsteady: BTreeSet<String>,
}

impl Manifests {
    /// What two renders have in common, but for the lines that hold one of the marks.
    pub(super) fn steady(one: &str, other: &str, marks: &[&str]) -> Self {
        let (one, mut other) = (lines(one), lines(other));
        for lines in other.values_mut() {
            lines.retain(|line| !marks.iter().any(|mark| line.contains(mark)));
        }
        let mut new = Self { steady: BTreeMap::new(), unsteady: BTreeSet::new() };
        for (template, lines) in &one {
            match other.get(template).filter(|other| other.len() == lines.len()) {
                Some(other) => {
                    let same = |(a, b): (&&str, &&str)| (a == b).then(|| (*a).to_owned());
                    new.steady.insert((*template).to_owned(), lines.iter().zip(other).map(same).collect());
                }
                None => _ = new.unsteady.insert((*template).to_owned()),
            }
        }
        new.unsteady.extend(other.keys().filter(|template| !one.contains_key(*template)).map(|one| (*one).to_owned()));
        new
    }

    /// Whether every template can be compared.
    pub(super) fn is_steady(&self) -> bool {
        self.unsteady.is_empty()
    }

    /// Whether another render says the same.
    pub(super) fn is_same(&self, text: &str) -> bool {
        let other = lines(text);
        let same = |(template, lines): (&String, &Vec<Option<String>>)| {
            other.get(template.as_str()).is_some_and(|other| {
                other.len() == lines.len()
                    && lines.iter().zip(other).all(|(line, other)| line.as_ref().is_none_or(|line| line == other))
            })
        };
        self.steady.iter().all(same)
            && other.keys().all(|template| self.steady.contains_key(*template) || self.unsteady.contains(*template))
    }
}

fn lines(text: &str) -> Lines<'_> {
    let mut found = Lines::new();
    let mut template = "";
    for line in text.lines() {
        match line.strip_prefix("# Source: ") {
            Some(name) => template = name,
            None if line == "---" => {}
            None => found.entry(template).or_default().push(line),
        }
    }
    found
}
