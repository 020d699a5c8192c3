//! The words that people read: plain, standard English. CONTRIBUTING.md lists what to write instead.

use std::path::Path;

use crate::harness::{project, tree};

/// Words that read as translated, and what to write instead.
const AVOID: &[(&str, &str)] = &[
    (" anew", "again"),
    ("leads nowhere", "is not set, cannot be resolved"),
    ("as you wished", "cancelled"),
    ("nobody here", "not … here"),
    ("stands in the", "is in the"),
    ("stands below", "is below"),
    ("stands behind", "follows"),
    ("stands beside", "is beside"),
    ("stands under", "is under"),
    ("goes on where", "continues where"),
    ("goes on working", "keeps working"),
    ("takes away", "removes"),
    ("taken away", "removed"),
    (" at hand", "available"),
    ("account peer", "AWS emulator"),
    ("look-alike", "S3-compatible"),
    ("said aloud", "allowed explicitly"),
    ("deserves", "needs"),
    ("Mend ", "Fix "),
    ("a stranger", "somebody else, an unknown subject"),
    ("strangers ", "others, anybody"),
    ("of one's own", "your own, custom"),
    ("held against", "checked against"),
];

/// What is not for people, or quotes others.
fn is_read(name: &str) -> bool {
    let path = Path::new(name);
    let text = ["md", "rs", "yaml", "tera"].iter().any(|end| path.extension().is_some_and(|found| found == *end));
    let quotes = name == "CHANGELOG.md" || name == "CONTRIBUTING.md" || name.starts_with("docs/runs/");
    text && !quotes && !name.contains("/tests") && !name.ends_with("tests.rs")
}

/// The texts of a Rust file; all of any other.
fn words(name: &str, text: &str) -> String {
    if !name.ends_with(".rs") {
        return text.to_owned();
    }
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = code.lines().filter(|line| {
        let line = line.trim_start();
        // Doc comments of arguments are the help.
        name.starts_with("src/cli/") && line.starts_with("///") || !line.starts_with("//")
    });
    lines.filter(|line| line.contains('"') || line.trim_start().starts_with("///")).collect::<Vec<_>>().join("\n")
}

/// Every file that may be read, with its path.
fn of_the_project() -> impl Iterator<Item = (String, Vec<u8>)> {
    let folders = ["src", "docs", "templates", "charts-profiles"].into_iter().flat_map(|folder| {
        tree(&project().join(folder)).into_iter().map(move |(name, bytes)| (format!("{folder}/{name}"), bytes))
    });
    let readme = std::fs::read(project().join("README.md")).expect("README.md");
    folders.chain([("README.md".to_owned(), readme)])
}

#[test]
fn what_people_read_is_plain_english() {
    let mut found = Vec::new();
    let mut read = 0;
    for (name, bytes) in of_the_project() {
        let Some(text) = String::from_utf8(bytes).ok().filter(|_| is_read(&name)) else { continue };
        read += 1;
        let text = words(&name, &text);
        for (word, better) in AVOID {
            found.extend(text.lines().filter(|line| line.contains(word)).map(|line| {
                let line: String = line.trim().chars().take(120).collect();
                format!("{name}: `{}`: write {better}: {line}", word.trim())
            }));
        }
    }
    assert!(read > 200, "the search itself is broken: {read} files");
    assert!(found.is_empty(), "{}", found.join("\n"));
}
