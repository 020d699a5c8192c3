//! The page in a real browser: Debian's chromium, with axe-core for whoever does not see it.

use serde_json::{Value, json};

use super::example;
use super::results::{GIVEN, HOSTILE, hostile};
use crate::harness::{Sandbox, browser};

/// What the browser says of the page that a report writes.
fn opened(sandbox: &Sandbox, options: &str) -> Result<Value, String> {
    let _ = sandbox.run(&format!("report {options}")).ok();
    browser("check", &sandbox.path("report.html"))
}

/// What must hold of every page.
fn sound(report: &Value) {
    for scheme in ["light", "dark"] {
        let seen = &report[scheme];
        assert_eq!(seen["console"], json!([]), "no word on the console: {seen:#}");
        assert_eq!(seen["dialogs"], json!([]), "no script runs");
        assert_eq!(seen["requests"].as_array().map(Vec::len), Some(1), "nothing but the page is asked for: {seen:#}");
        assert_eq!(seen["violations"], json!([]), "axe-core finds nothing");
        assert!(seen["passed"].as_u64() > Some(20), "axe-core looked: {seen:#}");
    }
    assert_ne!(report["light"]["background"], report["dark"]["background"], "there is a dark page");
    assert_ne!(report["light"]["box"], report["dark"]["box"], "and a dark picture");
    assert_eq!(report["refused"], "script-src-elem", "the page's policy holds scripts back");
    assert_eq!(report["ran"], false);
    assert_eq!(report["overflows"], false, "a narrow window shows all of it");
    assert_eq!(report["pdf"], "%PDF-");
    assert_eq!(report["printed"]["background"], report["light"]["background"], "paper is white");
    assert_eq!(report["printed"]["nav"], "none");
    assert_eq!(report["folds"], true, "Enter folds");
    let reached: Vec<&str> = report["keyboard"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert_eq!(reached.first(), Some(&"a Skip to the content"));
    for name in ["a Signature", "summary The picture as a table", "div The picture, which may be wider than the window"]
    {
        assert!(reached.contains(&name), "{name} is not in {reached:?}");
    }
    let tree = report["tree"].as_str().expect("a tree");
    for part in [
        "navigation \"Sections\"",
        "heading \"Buckets\" [level=2]",
        "img \"Who may touch what: ",
        "columnheader \"With what\"",
    ] {
        assert!(tree.contains(part), "{part} is not in {tree}");
    }
}

#[test]
fn a_page_is_read_by_everybody() {
    for name in ["gitlab-irsa.yaml", "azure-identities.yaml", "gcp-identities.yaml", "minio-keys.yaml"] {
        let report = match opened(&example(name), "") {
            Ok(report) => report,
            Err(why) => skip!("browser.mjs", why),
        };
        sound(&report);
    }
}

#[test]
fn a_hostile_name_stays_text() {
    let sandbox = hostile();
    let report = match opened(&sandbox, GIVEN) {
        Ok(report) => report,
        Err(why) => skip!("browser.mjs", why),
    };
    sound(&report);
    let shown = HOSTILE.replace('\u{202e}', "\\u{202e}").replace('\u{7}', "\\u{7}");
    let text = report["text"].as_str().expect("a text");
    assert!(text.matches(&shown).count() >= 12, "each of them is there to be read: {text}");
    let elements = report["elements"].as_array().expect("a list");
    assert!(!elements.contains(&json!("img")), "{elements:?}");
}
