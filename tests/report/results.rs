//! What other commands found, as the page takes it in.

use serde_json::{Value, json};

use super::{example, into};
use crate::harness::Sandbox;

/// What a hostile chart, cloud or account may put into a result.
pub const HOSTILE: &str = "\"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}\u{202e}\u{7}]]>-->";

/// A sandbox whose result files are full of hostile words.
pub fn hostile() -> Sandbox {
    let sandbox = example("argo-irsa.yaml");
    let finding = json!({"code": HOSTILE, "why": HOSTILE, "fix": HOSTILE, "statement": {"Sid": HOSTILE}});
    let cell = json!({"action": HOSTILE, "passed": false, "note": HOSTILE, "finding": finding});
    let row = json!({"install": HOSTILE, "principal": "acme-prod-argo-workflows-workflow", "component": HOSTILE, "bucket": "acme-prod-argo-artifacts", "cells": [cell]});
    let verify = json!({"version": 1, "proven": false, "rows": [row], "untried": [HOSTILE], "unjudged": [HOSTILE]});
    let place = json!({"file": HOSTILE, "line": 1, "column": 1});
    let check = json!({"version": 1, "findings": [{"code": HOSTILE, "severity": HOSTILE, "what": HOSTILE, "why": HOSTILE, "fix": HOSTILE, "place": place}]});
    let step =
        json!({"verb": HOSTILE, "kind": HOSTILE, "name": HOSTILE, "changes": [{"call": HOSTILE, "words": HOSTILE}]});
    let plan = json!({"version": 1, "spec": "acme-prod", "steps": [step], "userCommands": [HOSTILE]});
    for (file, value) in [("verify.json", verify), ("check.json", check), ("plan.json", plan)] {
        sandbox.write(file, &value.to_string());
    }
    sandbox
}

/// The options that name those files.
pub const GIVEN: &str = "--verify verify.json --check check.json --plan plan.json";

#[test]
fn hostile_words_are_words() {
    let sandbox = hostile();
    let _ = sandbox.run(&format!("report {GIVEN}")).ok();
    let page = sandbox.read("report.html");
    assert_eq!(page.matches("<script").count(), 1, "the data alone");
    assert!(!page.contains("<img") && !page.contains('\u{202e}') && !page.contains('\u{7}'));
    assert!(page.contains("&lt;script&gt;alert(1)") && page.contains("7 * 7") && page.contains(r"\u{202e}"));
    let again = sandbox.run(&format!("report {GIVEN} -o json")).ok().json();
    assert_eq!(again["review"]["others"][0]["what"], json!(HOSTILE), "the page gave back what it was given");
    assert_eq!(again["difference"], Value::Null);
    for format in ["svg", "dot", "mermaid"] {
        let text = sandbox.run(&format!("report {GIVEN} -o {format}")).ok().stdout;
        assert!(!text.contains('\u{202e}') && text.contains("alert(1)"), "{text}");
        // DOT's texts stand between quotes, and Graphviz escapes what it makes of them.
        assert!(format == "dot" || !text.contains("<script"), "{text}");
    }
}

/// A plan of the same spec takes the place of the blueprint's; what was refused by a check is open.
#[test]
fn plans_and_checks_are_shown() {
    let sandbox = example("argo-irsa.yaml");
    let plan = sandbox.run("plan --rehearse -o json").ok();
    sandbox.write("plan.json", &plan.stdout);
    let finding = |severity: &str| json!({"code": "BW1201", "severity": severity, "what": "a key is ignored", "why": null, "fix": null, "place": null});
    sandbox.write("check.json", &json!({"version": 1, "findings": [finding("warn")]}).to_string());
    sandbox.write("other.json", &json!({"version": 1, "findings": [finding("error")]}).to_string());
    let review =
        sandbox.run("report --plan plan.json --check check.json --check other.json -o json").ok().json()["review"]
            .clone();
    let steps = plan.json()["steps"].as_array().expect("steps").len();
    assert_eq!(review["plan"]["steps"].as_array().map(Vec::len), Some(steps));
    assert!(
        review["plan"]["steps"][0]["verb"] == "create"
            && review["plan"]["source"].as_str().is_some_and(|digest| digest.len() == 64)
    );
    let passed: Vec<&Value> = review["results"].as_array().expect("results").iter().map(|one| &one["passed"]).collect();
    assert_eq!(passed, [true, false]);
    let page = sandbox.read("report.html");
    assert!(page.contains("0 errors and 1 warning.") && page.contains("check: open"), "{page}");
    // What is called by another word is no less than an error.
    for severity in ["refused", "ERROR", "Warn", ""] {
        sandbox.write("odd.json", &json!({"findings": [finding(severity)]}).to_string());
        let odd = sandbox.run("report --check odd.json -o json").ok().json();
        assert_eq!(odd["review"]["results"][0]["passed"], false, "{severity}: {odd:#}");
    }
}

/// A result of one of two roles says that it is a part.
#[test]
fn a_part_is_a_part() {
    let sandbox = example("argo-irsa.yaml");
    let row = |principal: &str| json!({"install": "x", "principal": principal, "component": null, "bucket": "b", "cells": [{"action": "put", "passed": true}]});
    let (workflow, server) = (row("acme-prod-argo-workflows-workflow"), row("acme-prod-argo-workflows-server"));
    for (rows, words) in
        [(json!([workflow]), "It is about 1 of 2 users"), (json!([workflow, server]), "It is about 2 of 2 users")]
    {
        sandbox.write("verify.json", &json!({"proven": true, "rows": rows, "untried": []}).to_string());
        let review = sandbox.run("report --verify verify.json -o json").ok().json()["review"].clone();
        let summary = review["results"][0]["summary"].as_str().expect("a summary");
        assert!(summary.contains(words), "{summary}");
    }
}

/// A file that is something else, or about another spec, is never signed as if it were ours.
#[test]
fn other_files_are_refused() {
    let sandbox = example("argo-irsa.yaml");
    sandbox.write("a.json", "{\"findings\": \"hunter2-is-a-secret\"}");
    sandbox.write("b.json", "not JSON: hunter2-is-a-secret");
    let plan =
        sandbox.run("plan --rehearse -o json").ok().stdout.replace("\"spec\": \"acme-prod\"", "\"spec\": \"acme-dev\"");
    sandbox.write("c.json", &plan);
    let row = json!({"install": "x", "principal": "somebody", "component": null, "bucket": "b", "cells": []});
    sandbox.write("d.json", &json!({"proven": true, "rows": [row], "untried": []}).to_string());
    sandbox.write("e.html", "<html></html>");
    for (arguments, words) in [
        ("--check a.json", "a.json is not what `check -o json` prints"),
        ("--verify b.json", "the text is not JSON"),
        ("--plan c.json", "c.json is not about the spec `acme-prod`"),
        ("--verify d.json", "d.json is not about the spec `acme-prod`"),
        ("--since e.html", "e.html is no report"),
        ("--plan a.json --check b.json", "b.json is not what"),
    ] {
        let refused = sandbox.run(&format!("report {arguments}")).exits(2);
        let said = refused.stderr.replace("\n  │ ", " ").replace("\n        ", " ");
        assert!(said.contains("BW0114") && said.contains(words), "{arguments}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
        assert!(!sandbox.path("report.html").exists());
    }
    assert!(sandbox.run("report --check nowhere.json").exits(2).stderr.contains("BW0101"));
}

/// What others gained is an arrow of its own.
#[test]
fn a_grant_is_an_arrow() {
    let sandbox = hostile();
    let review = sandbox.run(&format!("report {GIVEN} -o json")).ok().json()["review"].clone();
    assert_eq!(into(&review["picture"], "acme-prod-argo-artifacts", "has more").len(), 1);
    let page = sandbox.read("report.html");
    assert!(
        page.contains("1 other has more than the spec gives them.") && page.contains("Somebody else has more"),
        "{page}"
    );
}
