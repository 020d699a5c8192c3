//! `explain` and the pages behind it: every example in docs/errors.md is what the program says today.

mod aws;
mod check;
mod command;
mod files;
mod gcp;
mod keys;
mod kube;
mod offline;
mod policies;
mod s3;
mod verify;

use std::collections::BTreeMap;
use std::path::PathBuf;

use bucketwright::base::error::Page;

use crate::harness::{blessing, project};

/// Codes whose example no run here brings about, with the reason; their examples are held to their form only.
const MATRIX: &str = "it is a cell of what `verify --in-cluster` prints; tests/kube brings it about";
const ROW: &str = "it is a row of what `plan` and `verify` print; tests/aws/others brings it about";
const AZURE_ITSELF: &str = "only Azure itself answers so: its firewall, its faults";
const BY_HAND: &[(&str, &str)] = &[
    ("BW0211", "it is a warning, and no error; tests/spec brings it about"),
    ("BW0409", "it is a warning, and no error; tests/spec brings it about"),
    ("BW0640", "it counts the seconds since a use; tests/aws/rotate.rs brings it about"),
    ("BW0628", "two first runs at once; tests/faults/two.rs brings it about"),
    ("BW1112", MATRIX),
    ("BW1113", MATRIX),
    ("BW1114", MATRIX),
    ("BW1115", MATRIX),
    ("BW1116", MATRIX),
    ("BW1117", "two specs push into one namespace; tests/kube brings it about"),
    ("BW1330", ROW),
    ("BW1331", ROW),
    ("BW1332", ROW),
    ("BW1333", ROW),
    ("BW1334", ROW),
    ("BW1335", ROW),
    ("BW1533", ROW),
    ("BW1536", "a warning of every spec with Workload Identity; tests/gcp brings it about"),
    ("BW1622", AZURE_ITSELF),
    ("BW1623", AZURE_ITSELF),
    ("BW1624", AZURE_ITSELF),
    ("BW1625", "tests/azure brings it about, with Azurite where it is there"),
];

/// What the program said, by code.
type Said = BTreeMap<&'static str, String>;

/// Keeps the part of an output that belongs to a code: its first message.
#[track_caller]
fn note(said: &mut Said, code: &'static str, output: &str) {
    // A terminal shows its cursor again somewhere in between.
    let output = output.replace("\u{1b}[?25h", "");
    let message: Vec<&str> = output
        .lines()
        .map(|line| line.trim_end_matches('\r'))
        .skip_while(|line| *line != code)
        .enumerate()
        .take_while(|(number, line)| *number == 0 || !(is_code(line) || line.starts_with("More: ")))
        .map(|(_, line)| line.trim_end())
        .collect();
    assert!(!message.is_empty(), "{code} is not in:\n{output}");
    let before = said.insert(code, message.join("\n").trim_end().to_owned());
    assert!(before.is_none(), "{code} has two recipes");
}

fn is_code(line: &str) -> bool {
    line.len() == 6 && line.starts_with("BW") && line[2..].bytes().all(|b| b.is_ascii_digit())
}

fn document() -> PathBuf {
    project().join("docs/errors.md")
}

/// Holds the examples to what was said; with `BUCKETWRIGHT_BLESS=1` writes them.
#[track_caller]
fn hold(said: &Said) {
    let mut text = std::fs::read_to_string(document()).expect("docs/errors.md");
    let mut wrong = Vec::new();
    for (code, message) in said {
        let section = text.find(&format!("\n## {code}\n")).unwrap_or_else(|| panic!("no section `## {code}`"));
        let start = section + text[section..].find("\n```\n").expect("a block") + 5;
        let end = start + text[start..].find("\n```\n").expect("the block's end");
        if text[start..end] != *message {
            wrong.push(format!("{code}, in docs/errors.md:\n{}\nfound:\n{message}\n", &text[start..end]));
            text.replace_range(start..end, message);
        }
    }
    if blessing() {
        std::fs::write(document(), text).expect("docs/errors.md");
    } else {
        assert!(wrong.is_empty(), "{}BUCKETWRIGHT_BLESS=1 writes what is found.", wrong.concat());
    }
}

#[test]
fn examples_are_what_the_program_says() {
    let mut said = offline::said();
    policies::lint(&mut said);
    verify::offline(&mut said);
    files::offline(&mut said);
    let missing: Vec<String> =
        [s3::say, check::say, gcp::say, kube::say, aws::say].iter().filter_map(|say| say(&mut said).err()).collect();
    hold(&said);
    if !missing.is_empty() {
        skip!("peers", missing.join("; "));
    }
    for page in Page::all() {
        let by_hand = BY_HAND.iter().any(|(code, _)| *code == page.code);
        assert!(
            said.contains_key(page.code) != by_hand,
            "{}: bring it about in a file of this folder, or say in BY_HAND why nobody can",
            page.code
        );
    }
}
