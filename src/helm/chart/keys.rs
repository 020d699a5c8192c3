//! Keys that a chart does not know, and keys that it knew once.

use std::collections::BTreeSet;

use super::elsewhere::Elsewhere;
use super::known::{Knowledge, Known, Open, Place, ROOT};
use super::{Chart, ValuesFile};
use crate::base::error::{Code, Error, Finding};
use crate::base::yaml::{At, Tree, did_you_mean};
use crate::profile::{Dropped, Profile, in_range};

/// A key of a values file that seems to have no effect.
#[derive(Debug)]
pub struct Suspect {
    /// Which of the files it is in.
    pub file: usize,
    /// Its path in the file.
    pub path: Vec<String>,
    /// What is to be said of it, if it has none.
    pub finding: Finding,
    /// Whether it is one only if Helm renders the same without it: its place may be there to be filled.
    pub only_if_proven: bool,
}

/// What is said of the keys of values files: of those that the chart dropped, and of those that it does not know.
#[derive(Debug, Default)]
pub struct Keys {
    /// Keys that the chart dropped.
    pub dropped: Vec<Finding>,
    /// Keys that it does not know.
    pub suspects: Vec<Suspect>,
}

/// The keys of values files that the chart does not know. Our own files tell which of several places is meant.
pub fn unknown_keys(
    chart: &Chart,
    knowledge: &Knowledge,
    profile: &Profile,
    files: &[ValuesFile],
    ours: &[ValuesFile],
) -> Keys {
    let version = semver::Version::parse(&chart.version).ok();
    let in_force = |one: &&Dropped| version.as_ref().is_some_and(|version| in_range(Some(&one.charts), version));
    let dropped: Vec<&Dropped> = profile.about.dropped.iter().filter(in_force).collect();
    let mut keys = Keys::default();
    let elsewhere = Elsewhere::new(knowledge, ours);
    for (number, file) in files.iter().enumerate() {
        keys.dropped.extend(dropped.iter().filter_map(|dropped| gone(dropped, file)));
        let search = Search { chart, knowledge, dropped: &dropped, file, number, elsewhere: &elsewhere };
        search.walk(&file.tree, &[ROOT], &mut Vec::new(), &mut keys.suspects);
    }
    keys
}

/// A key that the chart dropped, if a file has it. What is set to null is taken out, which is as it should be.
fn gone(dropped: &Dropped, file: &ValuesFile) -> Option<Finding> {
    let mut tree = &file.tree;
    let mut last: Option<&At<String>> = None;
    for name in dropped.path.split('.') {
        let (key, below) = tree.entries().iter().find(|(key, _)| key.as_str() == name)?;
        (tree, last) = (below, Some(key));
    }
    let key = last.filter(|_| !is_null(tree))?;
    let path: Vec<String> = dropped.path.split('.').map(str::to_owned).collect();
    let what = format!("`{}` does nothing: {}", file.full(&path), dropped.since);
    let error = Error::new(Code::DROPPED_VALUE, what).why(dropped.why.clone()).fix(dropped.instead.clone());
    Some(Finding::error(error.at(Some(file.place(key)))))
}

fn is_null(tree: &Tree) -> bool {
    matches!(tree, Tree::Leaf(value) if value.is_null())
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

struct Search<'a> {
    chart: &'a Chart,
    knowledge: &'a Knowledge,
    dropped: &'a [&'a Dropped],
    file: &'a ValuesFile,
    number: usize,
    elsewhere: &'a Elsewhere,
}

impl Search<'_> {
    /// Compares a place in the values with all that is known of it: by its own name, and by any name.
    fn walk(&self, tree: &Tree, places: &[Place], path: &mut Vec<String>, suspects: &mut Vec<Suspect>) {
        let known: Vec<&Known> = places.iter().map(|place| self.knowledge.place(*place)).collect();
        if known.iter().any(|known| known.open >= Open::Whole) {
            return;
        }
        if let Tree::List(items) = tree {
            let any: Vec<Place> = known.iter().filter_map(|known| known.any).collect();
            let looked_into = any.iter().any(|any| !self.knowledge.place(*any).below.is_empty());
            items.iter().filter(|_| looked_into).for_each(|item| self.walk(item, &any, path, suspects));
        }
        for (key, below) in tree.entries() {
            path.push(key.value.clone());
            let exact: Vec<Place> = known.iter().filter_map(|known| known.below.get(key.as_str()).copied()).collect();
            let next: Vec<Place> = exact.iter().copied().chain(known.iter().filter_map(|known| known.any)).collect();
            if !next.is_empty() {
                // Of a place that is only asked whether it is there, nothing is known.
                let told = |place: &Place| !self.knowledge.place(*place).below.is_empty();
                if !OF_KUBERNETES.contains(&key.as_str()) && next.iter().any(told) {
                    self.walk(below, &next, path, suspects);
                }
            } else if !is_null(below) && !holds_anchors(key) && !self.is_dropped(below, path) {
                suspects.push(self.suspect(key, below, &known, path));
            }
            path.pop();
        }
    }

    /// Whether all that is here was dropped, which is told already.
    fn is_dropped(&self, tree: &Tree, path: &[String]) -> bool {
        let joined = path.join(".");
        self.dropped.iter().any(|one| one.path == joined)
            || (!tree.entries().is_empty()
                && self.dropped.iter().any(|one| one.path.starts_with(&format!("{joined}.")))
                && tree.entries().iter().all(|(key, below)| {
                    is_null(below) || self.is_dropped(below, &[path, std::slice::from_ref(&key.value)].concat())
                }))
    }

    fn suspect(&self, key: &At<String>, below: &Tree, known: &[&Known], path: &[String]) -> Suspect {
        let names: BTreeSet<&str> = known.iter().flat_map(|known| known.below.keys().map(String::as_str)).collect();
        // Of several charts one may have defaults where another has none.
        let listed = |known: &&&Known| known.below.values().any(|below| self.knowledge.place(*below).listed);
        let may_be_filled = known.iter().any(|known| known.open == Open::Empty) && known.iter().find(listed).is_none();
        let near = did_you_mean(key, names.iter().copied()).or_else(|| longer(key, &names));
        let places = self.elsewhere.of(path, below);
        // A key of a similar name, below which all of it is known, is rather meant than another place.
        let holds_all = |near: &str| {
            let near = known.iter().find_map(|known| known.below.get(near)).map(|place| self.knowledge.place(*place));
            let holds = |near: &Known| below.entries().iter().all(|(key, _)| near.below.contains_key(key.as_str()));
            !below.entries().is_empty() && near.is_some_and(holds)
        };
        let is_meant = |place: &str| match near {
            Some(near) => {
                !holds_all(near) && longer(key, &names) != Some(near) && self.elsewhere.is_meant(path, below, place)
            }
            None => true,
        };
        let fix = match (places.as_slice(), near) {
            ([place, rest @ ..], _) if is_meant(place) => {
                let others = rest
                    .iter()
                    .map(|place| format!("`{}`", self.file.full(std::slice::from_ref(place))))
                    .collect::<Vec<_>>()
                    .join(", ");
                let others = if rest.is_empty() { String::new() } else { format!(" It is also known at {others}.") };
                format!("Move it to `{}`.{others}", self.file.full(std::slice::from_ref(place)))
            }
            (_, Some(near)) => format!("Did you mean `{near}`?"),
            _ if names.is_empty() => "Remove it.".to_owned(),
            _ => {
                let some: Vec<&str> = names.iter().copied().take(12).collect();
                let more = if names.len() > 12 { " …" } else { "" };
                format!("Remove it, or use a key that is known here: {}{more}.", some.join(", "))
            }
        };
        let (chart, path) = (self.chart, path.to_vec());
        let what = format!("{} {} does not know `{}`", chart.name, chart.version, self.file.full(&path));
        let error = Error::new(Code::UNKNOWN_VALUE, what)
            .why("Neither its values.yaml, nor its schema, nor a template reads it there; Helm ignores it silently.")
            .fix(fix)
            .at(Some(self.file.place(key)));
        let finding = if may_be_filled { Finding::warn(error) } else { Finding::error(error) };
        let only_if_proven = may_be_filled && near.is_none() && names.is_empty();
        Suspect { file: self.number, path, finding, only_if_proven }
    }
}

/// A key beside another that has the whole of its name at the end: `extraEnv` for `env`.
fn longer<'n>(key: &str, names: &BTreeSet<&'n str>) -> Option<&'n str> {
    let end = format!("{}{}", key.get(..1)?.to_uppercase(), key.get(1..)?);
    let mut found = names.iter().copied().filter(|name| name.ends_with(&end));
    found.next().filter(|_| key.len() > 2 && found.next().is_none())
}

/// Keys that begin so hold anchors for other places in the file.
fn holds_anchors(key: &str) -> bool {
    key.starts_with(['.', '_']) || key.starts_with("x-")
}
