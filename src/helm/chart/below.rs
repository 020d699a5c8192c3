//! The values of a chart inside an umbrella's: those below a key, with the umbrella's `global`.
//!
//! Source: Helm, pkg/chart/common/util/coalesce.go (`coalesceGlobals`: a parent's globals win over a subchart's own, and maps are merged).

use super::known::{Knowledge, ROOT};
use super::{Chart, Suspect, ValuesFile};
use crate::base::error::{Code, Error, Finding, Result};
use crate::base::yaml::Tree;

/// How deep a chart's values are looked for in an umbrella's.
const DEEPEST: usize = 3;

/// What a subchart gets of values files, as further files in Helm's order: later ones win. What is below the key comes first, then
/// the globals of each chart above it, and the outermost last.
///
/// # Errors
/// `BW1701` when no file has the key, or it holds no values.
pub fn below(files: &[ValuesFile], key: &[String]) -> Result<Vec<ValuesFile>> {
    let mut parts = Vec::new();
    let mut found = files.is_empty();
    for depth in (0..=key.len()).rev() {
        let above = &key[..depth];
        for file in files {
            let Some(tree) = at(&file.tree, above) else { continue };
            if !matches!(tree, Tree::Map(_)) {
                let path = above.join(".");
                return Err(Error::new(Code::NOT_VALUES, format!("{} holds no values below `{path}`", file.name()))
                    .why("What is there is not a mapping of keys.")
                    .fix("Name the key below which the umbrella's values have those of the chart."));
            }
            found |= depth == key.len();
            let entries = tree.entries().iter().filter(|(name, _)| depth == key.len() || name.as_str() == "global");
            parts.push(file.part(Tree::Map(entries.cloned().collect()), above));
        }
    }
    if found {
        return Ok(parts);
    }
    let keys = files.iter().flat_map(|file| file.tree.entries()).map(|(key, _)| format!("`{}`", key.as_str()));
    let keys: std::collections::BTreeSet<String> = keys.take(12).collect();
    Err(Error::new(Code::NOT_VALUES, format!("no values file has the key `{}`", key.join(".")))
        .why("Then the chart has no values of yours, and its defaults alone would be read.")
        .fix(format!(
            "Correct the key of `--below`. At the top there is {}.",
            keys.into_iter().collect::<Vec<_>>().join(", ")
        )))
}

fn at<'t>(tree: &'t Tree, path: &[String]) -> Option<&'t Tree> {
    path.iter().try_fold(tree, |tree, key| tree.get(key))
}

/// A key below which a file has what a chart knows, while it knows nothing of the file's own keys: an umbrella's values.
pub fn umbrella(knowledge: &Knowledge, file: &ValuesFile) -> Option<Vec<String>> {
    let at_root = &knowledge.place(ROOT).below;
    let knows = |tree: &Tree| {
        let own = tree.entries().iter().filter(|(key, _)| key.as_str() != "global");
        own.filter(|(key, _)| at_root.contains_key(key.as_str())).count()
    };
    if knows(&file.tree) > 0 {
        return None;
    }
    let mut best: Option<(usize, Vec<String>)> = None;
    candidates(&file.tree, &mut Vec::new(), &mut |path, tree| {
        let count = knows(tree);
        if count > 0 && count * 2 >= tree.entries().len() && best.as_ref().is_none_or(|(most, _)| count > *most) {
            best = Some((count, path.to_vec()));
        }
    });
    best.map(|(_, path)| path)
}

/// Every map in which a subchart's values may be, the outer ones first.
fn candidates(tree: &Tree, path: &mut Vec<String>, each: &mut impl FnMut(&[String], &Tree)) {
    for (key, below) in tree.entries().iter().filter(|(key, _)| key.as_str() != "global") {
        path.push(key.value.clone());
        if matches!(below, Tree::Map(_)) && path.len() <= DEEPEST {
            each(path, below);
            candidates(below, path, each);
        }
        path.pop();
    }
}

/// Whether a key of a subchart's values is the condition of its dependency, which the umbrella reads and the subchart need not.
///
/// Source: Helm, "Tags and Condition fields in dependencies"; `KEY.enabled` is the custom.
pub(super) fn is_condition(file: &ValuesFile, path: &[String]) -> bool {
    !file.above().is_empty() && path == ["enabled"]
}

/// The suspects that are left, and what is said of a file that is an umbrella's in the place of all of its own.
pub fn of_umbrellas(
    chart: &Chart,
    knowledge: &Knowledge,
    files: &[ValuesFile],
    suspects: Vec<Suspect>,
) -> (Vec<Suspect>, Vec<Finding>) {
    let keys: Vec<Option<Vec<String>>> = files.iter().map(|file| umbrella(knowledge, file)).collect();
    let findings = files.iter().zip(&keys).filter_map(|(file, key)| {
        let key = key.as_ref()?.join(".");
        let place = file.tree.entries().first().map(|(first, _)| file.place(first));
        let what =
            format!("{} looks like an umbrella's values: those of {} are below `{key}`", file.name(), chart.name);
        Some(Finding::error(
            Error::new(Code::UNKNOWN_VALUE, what)
                .why("The chart knows none of the keys at the top of the file, so nothing of it was checked.")
                .fix(format!("Give `--below {key}`."))
                .at(place),
        ))
    });
    let findings = findings.collect();
    let is_own = |one: &Suspect| {
        keys.get(one.file).is_none_or(Option::is_none)
            && !files.get(one.file).is_some_and(|file| is_condition(file, &one.path))
    };
    let left = suspects.into_iter().filter(is_own).collect();
    (left, findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::helm::chart::wrapped::value;

    #[test]
    fn a_parents_globals_come_last() {
        let one =
            ValuesFile::parse("a.yaml", "global: {x: 1}\np: {global: {x: 2, y: 2}, argo: {global: {x: 3}, z: 3}}\n");
        let two = ValuesFile::parse("b.yaml", "p: {argo: {z: 4}}\nother: 1\n");
        let files = [one.expect("values"), two.expect("values")];
        let key = ["p".to_owned(), "argo".to_owned()];
        let parts = below(&files, &key).expect("parts");
        let shown: Vec<String> = parts.iter().map(|part| format!("{} {}", part.name(), value(&part.tree))).collect();
        assert_eq!(
            shown,
            [
                r#"a.yaml {"global":{"x":3},"z":3}"#,
                r#"b.yaml {"z":4}"#,
                r#"a.yaml {"global":{"x":2,"y":2}}"#,
                "b.yaml {}",
                r#"a.yaml {"global":{"x":1}}"#,
                "b.yaml {}",
            ]
        );
        assert_eq!(parts[0].full(&["z".to_owned()]), "p.argo.z");
        assert!(below(&files, &["q".to_owned()]).expect_err("none").what().contains("`q`"));
    }
}
