//! A values file: its keys with their places, and a text to show in which every value is masked.

use super::wrapped::{Held, Target, held, value};
use crate::base::error::{Error, Place, Result, Source};
use crate::base::yaml::{At, Tree, read_shown_as};

/// A values file.
#[derive(Clone, Debug)]
pub struct ValuesFile {
    /// Its keys.
    pub tree: Tree,
    shown: Source,
    wrapped: bool,
    /// The key of an umbrella's values below which they are.
    target: Target,
    above: Vec<String>,
}

impl ValuesFile {
    /// Reads a values file. Its values may be secrets, so messages show its keys alone.
    ///
    /// # Errors
    /// `BW0102` when it is not YAML, `BW0107` when a key is there twice, `BW1701` when it is another document of Kubernetes than
    /// those that hold values.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let tree = tree(text, &Source::new(name, masked(text, &[])))?;
        let first: Vec<_> = tree.entries().first().map(|(key, _)| key.range.clone()).into_iter().collect();
        let at_its_top = |error: Error| {
            let shown = Source::new(name, masked(text, &first));
            error.at(first.first().map(|range| shown.place(range.clone())))
        };
        let (tree, target) = match held(name, tree).map_err(at_its_top)? {
            Held::Whole(tree) => (tree, None),
            Held::Inside(tree, target) => (tree, Some(target)),
        };
        let mut keys = Vec::new();
        collect(&tree, &mut keys);
        Ok(Self {
            shown: Source::new(name, masked(text, &keys)),
            tree,
            wrapped: target.is_some(),
            target: target.unwrap_or_default(),
            above: Vec::new(),
        })
    }

    /// The values as JSON: what Helm gets. They may hold secrets.
    pub fn json(&self) -> String {
        value(&self.tree).to_string()
    }

    /// The values as JSON, where they are inside of another document: what Helm would get. They may hold secrets.
    pub fn inside(&self) -> Option<String> {
        self.wrapped.then(|| self.json())
    }

    /// The release that the document makes, where the values are inside of one.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// A part of the file as a file by itself: what is at a path.
    pub(super) fn part(&self, tree: Tree, above: &[String]) -> Self {
        let above = [self.above.as_slice(), above].concat();
        Self { tree, shown: self.shown.clone(), wrapped: true, target: self.target.clone(), above }
    }

    /// The key of an umbrella's values below which they are; none for those of the chart alone.
    pub fn above(&self) -> &[String] {
        &self.above
    }

    /// A path as the user's file has it.
    pub fn full(&self, path: &[String]) -> String {
        [self.above.as_slice(), path].concat().join(".")
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        self.shown.name()
    }

    /// Where a key stands.
    pub fn place(&self, key: &At<String>) -> Place {
        self.shown.place(key.range.clone())
    }
}

/// Reads values; a file of comments alone has none.
pub(super) fn tree(text: &str, shown: &Source) -> Result<Tree> {
    let says_nothing = |line: &str| line.is_empty() || line.starts_with('#') || line == "---";
    if text.lines().all(|line| says_nothing(line.trim())) {
        return Ok(Tree::Map(Vec::new()));
    }
    read_shown_as(text, shown)
}

fn collect(tree: &Tree, keys: &mut Vec<std::ops::Range<usize>>) {
    match tree {
        Tree::Map(entries) => entries.iter().for_each(|(key, below)| {
            keys.push(key.range.clone());
            collect(below, keys);
        }),
        Tree::List(items) => items.iter().for_each(|item| collect(item, keys)),
        Tree::Leaf(_) => {}
    }
}

/// The text with everything but blanks, punctuation and keys replaced by stars, at the same length.
fn masked(text: &str, keys: &[std::ops::Range<usize>]) -> String {
    let mut shown: Vec<u8> = text
        .bytes()
        .map(|byte| if byte.is_ascii_whitespace() || b":-{}[],".contains(&byte) { byte } else { b'*' })
        .collect();
    for range in keys.iter().filter(|range| range.end <= text.len()) {
        shown[range.clone()].copy_from_slice(&text.as_bytes()[range.clone()]);
    }
    String::from_utf8(shown).unwrap_or_default()
}
