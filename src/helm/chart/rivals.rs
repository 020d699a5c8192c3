//! Values of the user's that win over ours, or send objects elsewhere: what a profile knows of them.

use serde_json::Value;

use super::patterns::fits;
use super::wrapped::value;
use super::{Chart, ValuesFile};
use crate::base::error::{Code, Error, Finding, Result};
use crate::base::yaml::{At, Tree};
use crate::model::InstallBlueprint;
use crate::profile::{Rival, in_range, split_path};

/// The rivals of our values in the user's files.
///
/// # Errors
/// `BW0303` when a condition of the profile fails.
pub fn rivals(install: &InstallBlueprint, files: &[ValuesFile]) -> Result<Vec<Finding>> {
    let expressions = &install.profile.expressions;
    let context = crate::blueprint::context(&install.variables)?;
    let mut findings = Vec::new();
    for rival in install.profile.about.rivals.iter().filter(|one| in_range(one.charts.as_ref(), &install.version)) {
        if !expressions.holds(rival.when.as_ref().map(|when| when.as_str()), &context)? {
            continue;
        }
        let parts = split_path(&rival.path)?;
        for file in files {
            let mut found = Vec::new();
            look(&file.tree, &parts, &mut Vec::new(), None, &mut found);
            findings.extend(found.iter().filter(|one| counts(rival, one.2)).map(|one| told(rival, file, one)));
        }
    }
    Ok(findings)
}

/// Documents of a controller that install somewhere else than the spec says: roles and Secrets are for one release and namespace.
pub fn other_releases(install: &InstallBlueprint, files: &[ValuesFile]) -> Vec<Finding> {
    let of = |file: &ValuesFile| {
        let target = file.target();
        let said = [
            ("release", &target.release, install.release.as_str()),
            ("namespace", &target.namespace, install.namespace.as_str()),
        ];
        let (word, theirs, ours) = said.into_iter().find_map(|(word, theirs, ours)| {
            Some((word, theirs.as_deref()?.to_owned(), ours)).filter(|(_, theirs, ours)| theirs != ours)
        })?;
        let what = format!("{} installs into the {word} `{theirs}`, and the spec says `{ours}`", file.name());
        Some(Finding::error(
            Error::new(Code::RIVAL_VALUE, what)
                .why("ServiceAccounts that roles trust, and Secrets, are of one release in one namespace.")
                .fix(format!("Write `{word}: {theirs}` for the install in the spec, or change the document.")),
        ))
    };
    files.iter().filter_map(of).collect()
}

/// Items of the user's lists that are lost: Helm does not merge lists, so ours takes the place of theirs. Of the chart's own default
/// nobody asked for an item.
///
/// Source: Helm documentation, "Values Files" (lists are replaced whole).
pub fn lost_items(chart: &Chart, ours: &[ValuesFile], files: &[ValuesFile]) -> Vec<Finding> {
    let mut lists = Vec::new();
    ours.iter().for_each(|file| collect_lists(&file.tree, &mut Vec::new(), &mut lists));
    let mut findings = Vec::new();
    for (path, list) in lists {
        let default = path.iter().try_fold(&chart.values, |tree, key| tree.get(key)).map(value);
        for file in files {
            let mut found = Vec::new();
            look(&file.tree, &path, &mut Vec::new(), None, &mut found);
            found.retain(|(.., theirs)| default.as_ref() != Some(&value(theirs)));
            for (_, key, theirs) in found {
                let Tree::List(items) = theirs else { continue };
                let lost: Vec<Value> = items.iter().map(value).filter(|item| !list.contains(item)).collect();
                if !lost.is_empty() {
                    findings.push(lost_from(&path, &lost, file, key));
                }
            }
        }
    }
    findings
}

fn collect_lists(tree: &Tree, path: &mut Vec<String>, lists: &mut Vec<(Vec<String>, Vec<Value>)>) {
    match tree {
        Tree::Map(entries) => entries.iter().for_each(|(key, below)| {
            path.push(key.value.clone());
            collect_lists(below, path, lists);
            path.pop();
        }),
        Tree::List(items) => lists.push((path.clone(), items.iter().map(value).collect())),
        Tree::Leaf(_) => {}
    }
}

fn lost_from(path: &[String], lost: &[Value], file: &ValuesFile, key: &At<String>) -> Finding {
    let path = file.full(path);
    let count = if lost.len() == 1 { "an item".to_owned() } else { format!("{} items", lost.len()) };
    // Names alone are shown: other items may hold secrets.
    let names: Vec<&str> = lost.iter().filter_map(Value::as_str).collect();
    let shown = if path.ends_with("Namespaces") { format!(" ({})", names.join(", ")) } else { String::new() };
    let error = Error::new(Code::LOST_ITEMS, format!("`{path}` loses {count} of yours{shown}"))
        .why("Our values have this list too, and Helm does not merge lists: the file that is given last wins whole.")
        .fix("Say the items in the spec, where the profile has an option for them (`bucketwright profile show`), or give a values file with the whole list after ours.");
    Finding::error(error.at(Some(file.place(key))))
}

/// A place in a file: its path, its key and what is there.
type Place<'t> = (Vec<String>, &'t At<String>, &'t Tree);

/// Finds what a path means; `*` is any text.
fn look<'t>(
    tree: &'t Tree,
    parts: &[String],
    path: &mut Vec<String>,
    last: Option<&'t At<String>>,
    found: &mut Vec<Place<'t>>,
) {
    let Some((part, rest)) = parts.split_first() else {
        found.extend(last.map(|key| (path.clone(), key, tree)));
        return;
    };
    for (key, below) in tree.entries().iter().filter(|(key, _)| fits(part, key.as_str())) {
        path.push(key.value.clone());
        look(below, rest, path, Some(key), found);
        path.pop();
    }
    let Tree::List(items) = tree else { return };
    for item in items {
        let Some((key, Tree::Leaf(Value::String(name)))) =
            item.entries().iter().find(|(key, _)| key.as_str() == "name")
        else {
            continue;
        };
        if fits(part, name) {
            path.push(name.clone());
            look(item, rest, path, Some(key), found);
            path.pop();
        }
    }
}

/// Whether what is there makes it a rival. What is null is taken out, which is as it should be.
fn counts(rival: &Rival, tree: &Tree) -> bool {
    let there = value(tree);
    match &rival.is {
        Some(wanted) => there == *wanted,
        None => {
            !there.is_null() && there != Value::Object(serde_json::Map::new()) && there != Value::String(String::new())
        }
    }
}

fn told(rival: &Rival, file: &ValuesFile, (path, key, _): &Place<'_>) -> Finding {
    let error = Error::new(Code::RIVAL_VALUE, format!("`{}` {}", file.full(path), rival.what));
    Finding::error(error.why(rival.why.clone()).fix(rival.fix.clone()).at(Some(file.place(key))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_find_keys_and_items() {
        let file =
            ValuesFile::parse("v.yaml", "a: {b: {AWS_X: 1, OTHER: 2}, c: [{name: AWS_Y, value: 3}, {name: Z}]}\n");
        let file = file.expect("values");
        let found = |path: &str| -> Vec<String> {
            let mut found = Vec::new();
            look(&file.tree, &split_path(path).expect(path), &mut Vec::new(), None, &mut found);
            found.into_iter().map(|(path, ..)| path.join(".")).collect()
        };
        assert_eq!(found("a.*.AWS_*"), ["a.b.AWS_X", "a.c.AWS_Y"]);
        assert_eq!(found("a.b"), ["a.b"]);
        assert_eq!(found("a.b.AWS_Z|OTHER"), ["a.b.OTHER"]);
        assert_eq!(found("a.b.AWS_X.deeper"), Vec::<String>::new());
        assert_eq!(found("x"), Vec::<String>::new());
    }
}
