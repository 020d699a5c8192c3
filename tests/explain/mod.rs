//! `explain` and the pages behind it: every example in docs/errors.md is what the program says today.

mod account;
mod command;
mod offline;
mod policies;
mod stores;
mod verify;

use std::collections::BTreeMap;
use std::path::PathBuf;

use bucketwright::error::Page;

use crate::harness::{blessing, project};

/// Codes whose example no run here brings about, with the reason; their examples are held to their form only.
const ROTATE: &str =
    "tests/account/rotate.rs brings it about, with keys that others made or runs that were interrupted";
const DESTROY: &str = "tests/account/destroy.rs brings it about, with buckets that hold data or that were adopted";
const SINKS: &str = "tests/sinks brings it about, with certificates, folders and stores made for it";
const CHECK: &str = "its words are the source's; tests/check brings about those that a small chart can, and not all";
const CLUSTER: &str = "tests/cluster brings it about, in a real API server";
const FAULTS: &str = "tests/faults brings it about, with runs that are interrupted or at work at the same time";
const GOOGLE: &str = "tests/google brings it about, with a project of Google Cloud on loopback";
const AZURE: &str = "tests/azure brings it about, with Azurite where it is there";
const AZURE_ITSELF: &str = "only Azure itself answers so: its firewall, its faults";
const BY_HAND: &[(&str, &str)] = &[
    ("BW0612", FAULTS),
    ("BW0613", FAULTS),
    ("BW0620", DESTROY),
    ("BW0621", DESTROY),
    ("BW0622", DESTROY),
    ("BW0623", DESTROY),
    ("BW0630", ROTATE),
    ("BW0631", ROTATE),
    ("BW0632", ROTATE),
    ("BW0633", ROTATE),
    ("BW0710", SINKS),
    ("BW0711", SINKS),
    ("BW0712", SINKS),
    ("BW0804", SINKS),
    ("BW0805", SINKS),
    ("BW0806", SINKS),
    ("BW1101", CLUSTER),
    ("BW1102", CLUSTER),
    ("BW1103", CLUSTER),
    ("BW1104", CLUSTER),
    ("BW1105", CLUSTER),
    ("BW1106", CLUSTER),
    ("BW1107", CLUSTER),
    ("BW1108", CLUSTER),
    ("BW1109", CLUSTER),
    ("BW1110", CLUSTER),
    ("BW1111", CLUSTER),
    ("BW1112", CLUSTER),
    ("BW1113", CLUSTER),
    ("BW1114", CLUSTER),
    ("BW1115", CLUSTER),
    ("BW1116", CLUSTER),
    ("BW1201", CHECK),
    ("BW1202", CHECK),
    ("BW1203", CHECK),
    ("BW1204", CHECK),
    ("BW1210", CHECK),
    ("BW1211", CHECK),
    ("BW1212", CHECK),
    ("BW1213", CHECK),
    ("BW1220", CHECK),
    ("BW1221", CHECK),
    ("BW1222", CHECK),
    ("BW1223", CHECK),
    ("BW1224", CHECK),
    ("BW1225", CHECK),
    ("BW1226", CHECK),
    ("BW1230", CHECK),
    ("BW1509", "it needs a program that was built without the feature `gcp`"),
    ("BW1522", GOOGLE),
    ("BW1523", GOOGLE),
    ("BW1524", GOOGLE),
    ("BW1525", GOOGLE),
    ("BW1526", GOOGLE),
    ("BW1527", GOOGLE),
    ("BW1528", GOOGLE),
    ("BW1530", GOOGLE),
    ("BW1531", GOOGLE),
    ("BW1532", GOOGLE),
    ("BW1622", AZURE_ITSELF),
    ("BW1623", AZURE_ITSELF),
    ("BW1624", AZURE_ITSELF),
    ("BW1625", AZURE),
];

/// What the program said, by code.
type Said = BTreeMap<&'static str, String>;

/// Keeps the part of an output that belongs to a code: its first message.
#[track_caller]
fn note(said: &mut Said, code: &'static str, output: &str) {
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
    if let Err(why) = stores::say(&mut said) {
        hold(&said);
        skip!("store", why);
    }
    match crate::harness::Peer::start() {
        Ok(peer) => account::say(&peer, &mut said),
        Err(why) => {
            hold(&said);
            skip!("account", why);
        }
    }
    hold(&said);
    for page in Page::all() {
        let by_hand = BY_HAND.iter().any(|(code, _)| *code == page.code);
        assert!(
            said.contains_key(page.code) != by_hand,
            "{}: bring it about in offline.rs or account.rs, or say in BY_HAND why nobody can",
            page.code
        );
    }
}
