//! The user's values as Helm merges them, each with the place that it comes from.

use serde_json::Value;

use crate::base::error::{Code, Error, Place, Result};
use crate::base::yaml::Tree;
use crate::helm::chart::ValuesFile;

/// A node of the merged values.
#[derive(Clone, Debug)]
pub struct Old {
    /// What is there.
    pub shape: Shape,
    /// Where it is said; the chart's own defaults have no place.
    pub place: Option<Place>,
    /// The key of an umbrella's values below which it is said.
    pub above: Vec<String>,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Keys with what is below them, in the order of the files.
    Map(Vec<(String, Old)>),
    /// Anything else; `null` takes a default of the chart away.
    Leaf(Value),
}

impl Old {
    /// Merges values files as Helm does: later files win, maps are merged, anything else is replaced.
    ///
    /// Source: Helm, pkg/cli/values (`mergeMaps`).
    ///
    /// # Errors
    /// `BW1701` for a file that holds no values.
    pub fn merged(files: &[ValuesFile]) -> Result<Self> {
        let mut merged = Self { shape: Shape::Map(Vec::new()), place: None, above: Vec::new() };
        for file in files {
            is_values(file)?;
            merged.take(Self::read(file, &file.tree));
        }
        Ok(merged)
    }

    fn read(file: &ValuesFile, tree: &Tree) -> Self {
        let shape = match tree {
            Tree::Map(entries) => Shape::Map(
                entries
                    .iter()
                    // `helm get values` begins with this line.
                    .filter(|(key, _)| !HEADINGS.contains(&key.as_str()))
                    .map(|(key, tree)| {
                        (key.value.clone(), Self { place: Some(file.place(key)), ..Self::read(file, tree) })
                    })
                    .collect(),
            ),
            other => Shape::Leaf(value(other)),
        };
        Self { shape, place: None, above: file.above().to_vec() }
    }

    fn take(&mut self, over: Self) {
        match (&mut self.shape, over.shape) {
            (Shape::Map(base), Shape::Map(over)) => {
                for (key, old) in over {
                    match base.iter_mut().find(|(there, _)| *there == key) {
                        Some((_, there)) => there.take(old),
                        None => base.push((key, old)),
                    }
                }
            }
            (shape, over) => *shape = over,
        }
        self.place = over.place;
        self.above = over.above;
    }

    /// The entries of a map.
    pub fn entries(&self) -> &[(String, Old)] {
        if let Shape::Map(entries) = &self.shape { entries } else { &[] }
    }

    /// What stands at a path, unless it is `null`.
    pub fn at(&self, path: &[String]) -> Option<&Self> {
        let found = path
            .iter()
            .try_fold(self, |old, key| old.entries().iter().find(|(name, _)| name == key).map(|(_, below)| below));
        found.filter(|old| !matches!(old.shape, Shape::Leaf(Value::Null)))
    }

    /// The leaf at a path, or the default unless the user took it away.
    pub fn leaf<'a>(&'a self, path: &[String], default: Option<&'a Value>) -> Option<&'a Value> {
        let mut old = self;
        for key in path {
            match old.entries().iter().find(|(name, _)| name == key) {
                Some((_, below)) => old = below,
                None => return default,
            }
        }
        if let Shape::Leaf(value) = &old.shape { Some(value).filter(|value| !value.is_null()) } else { None }
    }

    /// The leaf at a path, where the chart reads a single value.
    ///
    /// # Errors
    /// `BW1703` when a map stands there, or a single value where the chart has a map.
    pub fn single<'a>(&'a self, path: &[String], default: Option<&'a Value>) -> Result<Option<&'a Value>> {
        let mut old = self;
        for (depth, key) in path.iter().enumerate() {
            if old.value().is_some_and(|value| !value.is_null()) {
                return Err(odd(&path[..depth], "a mapping of keys", old.place.as_ref()));
            }
            let Some((_, below)) = old.entries().iter().find(|(name, _)| name == key) else { break };
            old = below;
            if depth + 1 == path.len() && old.value().is_none() {
                return Err(odd(path, "a single value", old.place.as_ref()));
            }
        }
        Ok(self.leaf(path, default))
    }

    /// Writes the names of release and namespace where texts have the two templates for them; charts pass endpoints and the
    /// names of Secrets through `tpl`.
    pub fn name_release(&mut self, release: &str, namespace: &str) {
        match &mut self.shape {
            Shape::Map(entries) => {
                entries.iter_mut().for_each(|(_, below)| below.name_release(release, namespace));
            }
            // A text of several lines is no name: it is read by whoever knows its form, and what is left of it stays as it is.
            Shape::Leaf(Value::String(text)) if text.contains("{{") && !text.contains('\n') => {
                *text = named(text, release, namespace);
            }
            Shape::Leaf(_) => {}
        }
    }

    /// Adds a default of the chart, unless the user said something there.
    pub fn add_default(&mut self, path: &[String], value: &Value) {
        let (Shape::Map(entries), Some((first, rest))) = (&mut self.shape, path.split_first()) else { return };
        let index = entries.iter().position(|(key, _)| key == first).unwrap_or_else(|| {
            let shape = if rest.is_empty() { Shape::Leaf(value.clone()) } else { Shape::Map(Vec::new()) };
            entries.push((first.clone(), Self { shape, place: None, above: Vec::new() }));
            entries.len() - 1
        });
        entries[index].1.add_default(rest, value);
    }

    /// Every leaf that is not `null`, with its path.
    pub fn leaves(&self) -> Vec<(Vec<String>, &Self)> {
        let mut leaves = Vec::new();
        self.collect(&mut Vec::new(), &mut leaves);
        leaves
    }

    fn collect<'a>(&'a self, path: &mut Vec<String>, leaves: &mut Vec<(Vec<String>, &'a Self)>) {
        match &self.shape {
            Shape::Map(entries) => entries.iter().for_each(|(key, below)| {
                path.push(key.clone());
                below.collect(path, leaves);
                path.pop();
            }),
            Shape::Leaf(Value::Null) => {}
            Shape::Leaf(_) => leaves.push((path.clone(), self)),
        }
    }

    /// The value of a leaf.
    pub fn value(&self) -> Option<&Value> {
        if let Shape::Leaf(value) = &self.shape { Some(value) } else { None }
    }
}

/// A text with the names of release and namespace in the place of the two templates for them.
pub(super) fn named(text: &str, release: &str, namespace: &str) -> String {
    let mut named = text.to_owned();
    for (key, name) in [("Name", release), ("Namespace", namespace)] {
        for form in ["{{ .Release.K }}", "{{.Release.K}}", "{{ $.Release.K }}", "{{- .Release.K -}}"] {
            named = named.replace(&form.replace('K', key), name);
        }
    }
    named
}

/// What is said of a setting of another kind than the chart reads. Its value is not repeated: it may be a secret.
pub(super) fn odd(path: &[String], wanted: &str, said: Option<&Place>) -> Error {
    Error::new(Code::ODD_SETTING, format!("`{}` is not {wanted}", path.join(".")))
        .why("The chart would read it in another way than you mean, so nobody can say what runs now.")
        .fix("Correct it in the file, quotes included: \"true\" is a text, and true is not.")
        .at(said.cloned())
}

/// What `helm get values` prints above the values.
const HEADINGS: [&str; 2] = ["USER-SUPPLIED VALUES", "COMPUTED VALUES"];

/// Refuses what is YAML and holds no values.
fn is_values(file: &ValuesFile) -> Result<()> {
    let tree = &file.tree;
    let wrong = |what: &str, fix: &str| {
        let place = tree.entries().first().map(|(key, _)| file.place(key));
        Err(Error::new(Code::NOT_VALUES, format!("{} {what}", file.name())).fix(fix).at(place))
    };
    if !matches!(tree, Tree::Map(_)) {
        return wrong(
            "holds no values: its top is not a mapping of keys",
            "Give the file that `helm upgrade -f` takes.",
        );
    }
    let api = tree.get("apiVersion").and_then(Tree::text).unwrap_or_default();
    if api.starts_with("bucketwright/") {
        return wrong(
            "is a spec of bucketwright, not values",
            "Give the values that run now: `helm get values RELEASE --namespace NAMESPACE -o yaml`.",
        );
    }
    Ok(())
}

/// A leaf's data. Bare words that YAML 1.1 takes for booleans are booleans to Helm.
fn value(tree: &Tree) -> Value {
    match tree {
        Tree::Leaf(Value::String(text)) => match text.as_str() {
            "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
            "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Bool(false),
            _ => Value::String(text.clone()),
        },
        Tree::Leaf(value) => value.clone(),
        Tree::List(items) => Value::Array(items.iter().map(value).collect()),
        Tree::Map(entries) => {
            Value::Object(entries.iter().map(|(key, tree)| (key.value.clone(), value(tree))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(texts: &[&str]) -> Result<Old> {
        let files = texts.iter().enumerate();
        let files = files.map(|(number, text)| ValuesFile::parse(&format!("{number}.yaml"), text));
        Old::merged(&files.collect::<Result<Vec<_>>>()?)
    }

    fn keys(path: &str) -> Vec<String> {
        path.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn later_files_win_and_places_follow() {
        let old = merged(&["a: {b: 1, c: 2}\nd: [1]\n", "a:\n  b: 3\n  e: off\nd: [2]\n"]).expect("values");
        assert_eq!(old.leaf(&keys("a.b"), None), Some(&json!(3)));
        assert_eq!(old.leaf(&keys("a.e"), None), Some(&json!(false)));
        assert_eq!(old.leaf(&keys("d"), None), Some(&json!([2])));
        let place = |path: &str| old.at(&keys(path)).and_then(|old| old.place.clone()).expect("a place");
        assert_eq!((place("a.b").file().to_owned(), place("a.b").line_column()), ("1.yaml".to_owned(), (2, 3)));
        assert_eq!((place("a.c").file().to_owned(), place("a.c").line_column()), ("0.yaml".to_owned(), (1, 11)));
    }

    #[test]
    fn null_takes_the_default_away() {
        let old = merged(&["a: {b: 1}\n", "a: {b: null}\n"]).expect("values");
        assert_eq!(old.leaf(&keys("a.b"), Some(&json!("default"))), None);
        assert_eq!(old.leaf(&keys("a.c"), Some(&json!("default"))), Some(&json!("default")));
        assert!(old.at(&keys("a.b")).is_none() && old.leaves().is_empty());
    }

    #[test]
    fn what_holds_no_values_is_refused() {
        for text in ["[a]\n", "text\n", "apiVersion: bucketwright/v1\n", "kind: Secret\nmetadata: {name: a}\n"] {
            assert_eq!(merged(&[text]).expect_err(text).code(), &Code::NOT_VALUES);
        }
        assert!(merged(&["USER-SUPPLIED VALUES:\na: 1\n"]).expect("values").entries().len() == 1);
    }
}
