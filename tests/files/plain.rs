//! A chart that takes its key only as a plain value: said loudly, kept apart, with the better way.

use super::{MASSDRIVER, SECRET, brought, render};
use crate::harness::tree_of_text;

#[test]
fn the_plan_says_it_and_offers_the_better_way() {
    let sandbox = brought(MASSDRIVER);
    for arguments in ["plan --rehearse", "apply --rehearse --no-proof"] {
        let call = sandbox.call(arguments.split_whitespace()).env("KEY_ID", super::ID).env("KEY_SECRET", SECRET);
        let said = call.run().ok().all();
        for words in ["BW0457", "only as a plain value", "Helm's release record", "`identity: irsa`", "--encrypt age:"]
        {
            assert!(said.contains(words), "{words} in {said}");
        }
    }
    let call = sandbox.call(["plan", "--rehearse", "-o", "json"]).env("KEY_ID", super::ID).env("KEY_SECRET", SECRET);
    let plan = call.run().ok().json();
    let warnings = plan["warnings"].as_array().expect("warnings");
    let warning = warnings.iter().find(|warning| warning["code"] == "BW0457").expect("the warning");
    assert!(warning["fix"].as_str().is_some_and(|fix| fix.contains("irsa")), "{warning:#}");
}

/// Only the key is in `values.secret.yaml`, and only there, in Secrets and in s3cmd's config.
#[test]
fn the_key_is_kept_apart() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = brought(MASSDRIVER);
    render(&sandbox, "").ok();
    let files = tree_of_text(&sandbox.path("out/massdriver"));
    let with: Vec<_> = files.iter().filter(|(_, text)| text.contains(SECRET)).map(|(name, _)| name.as_str()).collect();
    assert_eq!(with, ["s3cmd.cfg", "values.secret.yaml"]);
    let mode =
        std::fs::metadata(sandbox.path("out/massdriver/values.secret.yaml")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(sandbox.read("out/.gitignore").contains("/massdriver/values.secret.yaml"));
    let leaves = files["values.secret.yaml"].lines().filter(|line| line.contains(": \"")).count();
    assert_eq!(leaves, 2, "{}", files["values.secret.yaml"]);
    assert!(files["NOTES.md"].contains("-f massdriver/values.yaml -f massdriver/values.secret.yaml"));
}

/// Stdout is a terminal: refused unless asked for, and nothing is shown.
#[test]
fn a_terminal_is_refused() {
    use expectrl::{Eof, Expect, Session};
    let sandbox = brought(MASSDRIVER);
    for (arguments, shown) in [("render --out -", false), ("render --out - --show-secrets", true)] {
        let mut command = sandbox.command();
        command.args(arguments.split_whitespace()).env("KEY_ID", super::ID).env("KEY_SECRET", SECRET);
        let mut session = Session::spawn(command).expect("a terminal");
        session.set_expect_timeout(Some(std::time::Duration::from_mins(2)));
        let said = String::from_utf8_lossy(session.expect(Eof).expect("its end").as_bytes()).into_owned();
        assert_eq!(said.contains(SECRET), shown, "{said}");
        assert_eq!(said.contains("BW0803"), !shown, "{said}");
    }
}

/// What is checked of files whose bytes are new each time.
#[test]
fn protected_files_are_checked_for_being_there() {
    let Ok((_, recipient)) = super::encrypted::identity() else { skip!("sops", "no pyrage") };
    let sandbox = brought(MASSDRIVER);
    let sink = format!("--encrypt age:{recipient}");
    render(&sandbox, &sink).ok();
    let said = render(&sandbox, &format!("--check {sink}")).ok().stderr;
    assert!(said.contains("Not compared") && said.contains("massdriver/secrets.enc.yaml"), "{said}");
    std::fs::remove_file(sandbox.path("out/massdriver/secrets.enc.yaml")).expect("remove");
    let said = render(&sandbox, &format!("--check {sink}")).exits(3).stdout;
    assert_eq!(said, "missing  massdriver/secrets.enc.yaml\n");
}
