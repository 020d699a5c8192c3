//! Guards against files that nothing reads.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{project, tree};

/// Every module file is declared by another, from `main.rs` on: a forgotten one would hold tests that never run.
#[test]
fn every_file_is_part_of_the_binary() {
    let tests = project().join("tests");
    let there: BTreeSet<PathBuf> = tree(&tests)
        .into_keys()
        // What `null_cloud/prove` compiles is a part of the program's own copy.
        .filter(|name| name.ends_with(".rs") && !name.starts_with("peers/") && !name.starts_with("null_cloud/"))
        .map(|name| tests.join(name))
        .collect();
    let mut declared = BTreeSet::new();
    declare(&tests.join("main.rs"), &tests, &mut declared);
    assert_eq!(declared, there);
}

/// Adds a file and the files of the modules that it declares; `folder` is where those are.
fn declare(file: &Path, folder: &Path, declared: &mut BTreeSet<PathBuf>) {
    declared.insert(file.to_owned());
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let modules = text.lines().map(|line| line.strip_prefix("pub ").unwrap_or(line));
    for name in modules.filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')) {
        let single = folder.join(format!("{name}.rs"));
        let below = folder.join(name);
        if single.exists() {
            declare(&single, &below, declared);
        } else {
            declare(&below.join("mod.rs"), &below, declared);
        }
    }
}
