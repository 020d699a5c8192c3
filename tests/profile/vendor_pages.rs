//! `docs/from/`: a page for each vendor's page. Its spec renders, and every file, code and line that it names is there.

use std::collections::BTreeSet;
use std::fs;

use crate::harness::{Sandbox, project, tree_of_text};

/// The pages by name.
fn pages() -> Vec<(String, String)> {
    let pages: Vec<_> = tree_of_text(&project().join("docs/from")).into_iter().collect();
    assert!(pages.len() >= 5, "{pages:?}");
    pages
}

/// The first block of YAML of a page.
fn spec(page: &str) -> &str {
    let (_, rest) = page.split_once("```yaml\n").expect("a spec");
    rest.split_once("```").expect("its end").0
}

/// What is in backticks.
fn quoted(page: &str) -> BTreeSet<&str> {
    page.lines().filter(|line| !line.starts_with("```")).flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn what_the_pages_name_is_there() {
    for (name, page) in pages() {
        let sandbox = Sandbox::with_spec(spec(&page));
        let _ = sandbox.run("render --placeholders").ok();
        let words = quoted(&page);
        let files: Vec<_> = words.iter().filter(|word| word.starts_with("out/") && !word.ends_with('/')).collect();
        assert!(files.len() > 2, "{name}: {words:?}");
        for file in files {
            assert!(sandbox.path(file).exists(), "{name}: {file} is not written");
        }
        for line in words.iter().filter_map(|word| word.strip_prefix("bucketwright ")) {
            let command: Vec<&str> = line.split_whitespace().take_while(|word| !word.starts_with('-')).collect();
            let known = command.iter().take_while(|word| !word.contains('.')).copied();
            let _ = sandbox.call(known.chain(["--help"])).run().ok();
        }
        let codes = page.match_indices("BW").filter_map(|(at, _)| page.get(at..at + 6));
        for code in codes.filter(|code| code[2..].bytes().all(|byte| byte.is_ascii_digit())) {
            let _ = sandbox.run(&format!("explain {code}")).ok();
        }
    }
}

#[test]
fn the_readme_links_every_page() {
    let readme = fs::read_to_string(project().join("README.md")).expect("README.md");
    for (name, _) in pages() {
        assert!(readme.contains(&format!("(docs/from/{name})")), "{name}");
    }
}
