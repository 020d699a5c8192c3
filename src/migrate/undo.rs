//! The overlay that undoes old settings, as text.

use serde_json::Value;

use crate::base::yaml::{Node, write};

/// The overlay's text.
pub(super) fn overlay(undo: &[(Vec<String>, Value, String)]) -> String {
    let mut root = Vec::new();
    for (path, value, why) in undo {
        insert(&mut root, path, value, why);
    }
    let heading = "# Removes what the old values say of MinIO. Helm merges values, so what is not undone stays.\n\
                   # Give it to Helm after the old values and before the new ones. Once the old values are cleaned up, it can go.\n";
    format!("{heading}{}", write(&Node::Map(root)))
}

fn insert(entries: &mut Vec<(String, Node)>, path: &[String], value: &Value, why: &str) {
    let Some((first, rest)) = path.split_first() else { return };
    let index = entries.iter().position(|(key, _)| key == first).unwrap_or_else(|| {
        entries.push((first.clone(), Node::Map(Vec::new())));
        entries.len() - 1
    });
    match (&mut entries[index].1, rest) {
        (node, []) => *node = Node::Leaf(value.clone(), Some(why.to_owned())),
        (Node::Map(inner), rest) => insert(inner, rest, value, why),
        // What is above is undone as a whole.
        (Node::Leaf(..), _) => {}
    }
}
