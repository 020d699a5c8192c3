//! Tables of facts: which hold, what they say, and the tree they make.

use std::collections::BTreeSet;

use serde_json::Value;
use tera::Context;

use super::{Bundle, Content, FileKind, Folder, Vault, document};
use crate::base::error::{Result, one_line};
use crate::base::yaml::Node;
use crate::model::InstallBlueprint;
use crate::profile::{ChartKind, Fact, in_range, split_path};

/// A fact that holds for an install, with its path and value known.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved<'a> {
    /// The keys from the top.
    pub path: Vec<String>,
    /// The value.
    pub value: Value,
    /// Whether the value is the chart's own default.
    pub is_default: bool,
    /// The fact it comes from.
    pub why: &'a str,
    /// Why the chart's defaults do not list it.
    pub unlisted: Option<&'a str>,
}

/// The facts of a table that hold, in the table's order. One that says the chart's own default is left out.
///
/// # Errors
/// `BW0303` when an expression fails, `BW0302` when a path is malformed.
pub fn resolve<'a>(facts: &'a [Fact], install: &InstallBlueprint, context: &Context) -> Result<Vec<Resolved<'a>>> {
    let mut resolved = resolve_all(facts, install, context)?;
    resolved.retain(|fact| !fact.is_default);
    Ok(resolved)
}

/// The facts of a table that hold, those too that say the chart's own default.
///
/// # Errors
/// As `resolve`.
pub fn resolve_all<'a>(facts: &'a [Fact], install: &InstallBlueprint, context: &Context) -> Result<Vec<Resolved<'a>>> {
    let expressions = &install.profile.expressions;
    let mut resolved = Vec::new();
    for fact in facts.iter().filter(|fact| in_range(fact.charts.as_ref(), &install.version)) {
        let items = match &fact.each {
            None => vec![None],
            Some(each) => expressions.list(&each.value, context)?.into_iter().map(Some).collect(),
        };
        for item in items {
            let own;
            let context = match item {
                None => context,
                Some(item) => {
                    let mut with_item = context.clone();
                    with_item.insert("item", &item);
                    own = with_item;
                    &own
                }
            };
            if !expressions.holds(fact.when.as_ref().map(|when| when.as_str()), context)? {
                continue;
            }
            let value = expressions.value(&fact.value.value, context)?;
            let is_default = fact.default.as_ref() == Some(&value);
            let path = split_path(&expressions.text(&fact.path, context)?)?;
            resolved.push(Resolved { path, value, is_default, why: &fact.why, unlisted: fact.unlisted.as_deref() });
        }
    }
    Ok(resolved)
}

/// The tree of resolved facts; a later fact wins over an earlier one with the same path. A comment stands where it is true first.
pub(super) fn tree(facts: &[Resolved<'_>], comments: bool) -> Node {
    let mut root = Vec::new();
    for fact in facts {
        let comment = comments.then(|| fact.why.to_owned());
        insert(&mut root, &fact.path, Node::Leaf(fact.value.clone(), comment));
    }
    let mut root = Node::Map(root);
    once(&mut root, &mut BTreeSet::new());
    root
}

/// Takes away the comments that stand further up.
fn once(node: &mut Node, said: &mut BTreeSet<String>) {
    match node {
        Node::Map(entries) => entries.iter_mut().for_each(|(_, node)| once(node, said)),
        Node::Leaf(_, comment) => *comment = comment.take().filter(|text| said.insert(text.clone())),
    }
}

fn insert(entries: &mut Vec<(String, Node)>, path: &[String], leaf: Node) {
    let Some((first, rest)) = path.split_first() else { return };
    let index = entries.iter().position(|(key, _)| key == first).unwrap_or_else(|| {
        entries.push((first.clone(), Node::Map(Vec::new())));
        entries.len() - 1
    });
    let node = &mut entries[index].1;
    if rest.is_empty() {
        *node = leaf;
        return;
    }
    if !matches!(node, Node::Map(_)) {
        *node = Node::Map(Vec::new());
    }
    if let Node::Map(inner) = node {
        insert(inner, rest, leaf);
    }
}

/// A path as the chart that Helm installs has it: below an umbrella's key, but for `global`, where the umbrella's wins.
///
/// Source: Helm, pkg/chart/common/util/coalesce.go (`coalesceGlobals`).
pub fn placed(path: &[String], below: &[String]) -> Vec<String> {
    if path.first().is_some_and(|first| first == "global") {
        return path.to_vec();
    }
    [below, path].concat()
}

/// Writes the table of values; what holds a secret goes into a private file beside it.
pub(super) fn values(folder: &Folder<'_>, bundle: &mut Bundle) -> Result<()> {
    let profile = &folder.install.profile;
    let mut facts = resolve(&profile.values, folder.install, folder.context)?;
    facts.iter_mut().for_each(|fact| fact.path = placed(&fact.path, &folder.install.below));
    let (private, public): (Vec<_>, Vec<_>) = facts.into_iter().partition(|fact| holds_mark(&fact.value));
    let name = profile.values_file();
    if !public.is_empty() {
        let text = header(folder) + &document::yaml(&tree(&public, true), folder.vault)?;
        bundle.add(folder.path(name), FileKind::Values, Content::Public(text), Some("#"), folder.banner);
    }
    if !private.is_empty() {
        let text = header(folder) + &document::yaml(&tree(&private, true), folder.vault)?;
        let secret = Content::Private(crate::base::secret::Secret::new(text));
        bundle.add(folder.path(&private_name(name)), FileKind::Secret, secret, Some("#"), folder.banner);
    }
    Ok(())
}

/// What the file is, for which chart and spec, and how it is used.
fn header(folder: &Folder<'_>) -> String {
    let install = folder.install;
    let version = &install.version;
    let place = match install.profile.about.kind {
        ChartKind::Service => String::new(),
        _ => format!(", release {} in namespace {}", install.release, install.namespace),
    };
    format!(
        "# Object storage for {title} {version}{place}. Written by bucketwright for the spec {}.\n\
         # It is replaced each time: your own settings go into a file of their own. NOTES.md says how both are used.\n",
        folder.mark.name(),
        title = one_line(&install.profile.about.title)
    )
}

/// `values.yaml` becomes `values.secret.yaml`.
pub(super) fn private_name(name: &str) -> String {
    name.strip_suffix(".yaml").map_or_else(|| format!("{name}.secret"), |stem| format!("{stem}.secret.yaml"))
}

/// Whether a value holds the mark of a secret.
pub(super) fn holds_mark(value: &Value) -> bool {
    match value {
        Value::String(text) => Vault::marks(text),
        Value::Array(items) => items.iter().any(holds_mark),
        Value::Object(entries) => entries.values().any(holds_mark),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn later_facts_win_and_order_is_kept() {
        let fact = |path: &[&str], value: Value| Resolved {
            path: path.iter().map(ToString::to_string).collect(),
            value,
            is_default: false,
            why: "w",
            unlisted: None,
        };
        let facts = [
            fact(&["b", "x"], json!(1)),
            fact(&["a"], json!(2)),
            fact(&["b", "x"], json!(3)),
            fact(&["b", "y"], json!(4)),
        ];
        assert_eq!(tree(&facts, false).value(), json!({"b": {"x": 3, "y": 4}, "a": 2}));
    }
}
