//! What to run next: what is printed can be pasted, names files that are there, and is proposed only where it is true.

mod aws;

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::harness::{Run, Sandbox, bare};

/// A program that says what it was asked, and fails where a file that it is to read is not there.
const STAND_IN: &str = r#"#!/bin/sh
echo "$(basename "$0") $*" >> "$LOG"
read=no
for word in "$@"; do
  if [ "$read" = yes ] && [ "$word" != - ] && [ ! -e "$word" ]; then echo "no file $word" >&2; exit 9; fi
  case "$word" in -f|--config) read=yes ;; *) read=no ;; esac
done
"#;

/// The lines below "What to run next", as they are printed.
pub fn printed(stderr: &str) -> String {
    let (_, next) = stderr.split_once("What to run next:\n").unwrap_or_else(|| panic!("nothing to run in\n{stderr}"));
    let lines = next.lines().take_while(|line| line.starts_with("  "));
    lines.map(|line| format!("{}\n", &line[2..])).collect()
}

/// Pastes lines into a shell, in the folder in which the program ran, with stand-ins for what is not installed here; gives
/// what they were asked, a line each.
#[track_caller]
pub fn pasted(sandbox: &Sandbox, lines: &str) -> Vec<String> {
    let log = sandbox.path("../asked");
    std::fs::write(&log, "").expect("a log");
    for name in ["helm", "kubectl", "gitpod-installer", "sops", "terraform", "bucketwright", "rclone"] {
        let program = sandbox.write(&format!("../stand-ins/{name}"), STAND_IN);
        std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).expect("executable");
    }
    let path = format!("{}:/usr/bin:/bin", sandbox.path("../stand-ins").display());
    let mut shell: Command = bare("/bin/bash");
    shell
        .args(["-euo", "pipefail", "-c", lines])
        .env("PATH", path)
        .env("LOG", &log)
        .env("HOME", sandbox.path("../home"));
    let output = shell.current_dir(sandbox.path("")).output().expect("bash");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}\n{lines}");
    std::fs::read_to_string(log).expect("the log").lines().map(str::to_owned).collect()
}

fn argo(more: &str) -> String {
    format!(
        "apiVersion: bucketwright/v1\nname: acme\ncloud: {{provider: aws, region: eu-west-1, account: \"012345678901\"}}\nidentity: static-keys\ninstalls:\n  \
         - {{profile: argo-workflows, chartVersion: 1.0.18, credentials: {{accessKeyId: env:K, secretAccessKey: env:S}}{more}}}\n"
    )
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    sandbox.call(arguments).env("K", "AKIAIOSFODNN7EXAMPLE").env("S", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY").run()
}

/// Whatever the output folder and the spec are called, the lines find every file from where the program was called.
#[test]
fn paths_begin_in_the_current_folder() {
    for (out, spec) in [
        ("out", "bucketwright.yaml"),
        ("my out", "my spec.yaml"),
        ("a/b/", "specs/it's.yaml"),
        ("./-out", "./bucketwright.yaml"),
        (".", "bucketwright.yaml"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write(spec, &argo(""));
        let said = run(&sandbox, &["render", "-f", spec, "--out", out]).ok().stderr;
        sandbox.write("YOUR-VALUES.yaml", "{}\n");
        let asked = pasted(&sandbox, &printed(&said));
        let folder = if out == "." { String::new() } else { format!("{}/", out.trim_end_matches('/')) };
        assert!(asked.contains(&format!("kubectl apply -f {folder}argo-workflows/secrets.yaml")), "{out}: {asked:#?}");
        let helm = format!("-f YOUR-VALUES.yaml -f {folder}argo-workflows/values.yaml");
        assert!(
            asked.iter().any(|line| line.starts_with("helm upgrade") && line.ends_with(&helm)),
            "{out}: {asked:#?}"
        );
        // The release is compared in words, since nobody knows whether one runs.
        let quoted = if spec == "bucketwright.yaml" { String::new() } else { " -f ".to_owned() };
        assert!(said.contains(&format!("#   bucketwright release{quoted}")), "{said}");
        assert!(said.contains("helm get values argo --namespace argo --output yaml > argo.now.yaml"), "{said}");
    }
}

/// Encrypted and sealed files are named as they are, and the lines fit a screen.
#[test]
fn every_profile_and_form_can_be_pasted() {
    let recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    for case in ["gitpod-keys", "gradient-shared", "massdriver-keys", "gitlab-keys", "argo-keys", "ona-v2"] {
        let text = std::fs::read_to_string(crate::harness::project().join("tests/golden").join(case).join("spec.yaml"));
        let text = text.expect(case);
        for encrypt in [false, true] {
            let sandbox = Sandbox::with_spec(&brought(&text));
            let mut arguments = vec!["render", "--out", "o o"];
            let wanted = format!("age:{recipient}");
            if encrypt {
                arguments.extend(["--encrypt", &wanted]);
            }
            let said = run(&sandbox, &arguments).ok().stderr;
            let lines = printed(&said);
            assert!(
                lines.lines().all(|line| line.starts_with(['#', '(']) || line.chars().count() <= 101),
                "{case}:\n{lines}"
            );
            sandbox.write("YOUR-VALUES.yaml", "{}\n");
            // Inside of an environment there are other programs; the rest must find its files.
            if case != "ona-v2" {
                let asked = pasted(&sandbox, &lines);
                assert!(!asked.is_empty(), "{case}: {lines}");
                assert_eq!(lines.contains("sops --decrypt 'o o'/"), encrypt, "{case}: {lines}");
            }
        }
    }
}

/// A spec of the golden cases whose keys are brought.
fn brought(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        out.push_str(line);
        out.push('\n');
        if let Some(indent) =
            line.find("chartVersion:").filter(|_| !line.contains('{') && !text.contains("credentials:"))
        {
            out.push_str(&format!(
                "{}credentials: {{accessKeyId: env:K, secretAccessKey: env:S}}\n",
                " ".repeat(indent)
            ));
        }
    }
    if text.contains("identity: static-keys") { out } else { text.to_owned() }
}

/// What the chart demands of the user's own values is said, and they come first.
#[test]
fn own_values_come_first_and_say_what_they_need() {
    for (profile, version, words) in [
        ("gitlab", "9.9.1", "does not render without `global.hosts.domain`"),
        ("massdriver", "0.2.0", "does not render without `domain`, `licenseKey`"),
        ("argo-workflows", "1.0.18", "Where you have none, leave it out."),
    ] {
        let spec = argo("").replace("argo-workflows", profile).replace("1.0.18", version);
        let sandbox = Sandbox::with_spec(&spec);
        let said = run(&sandbox, &["render"]).ok().stderr;
        assert!(said.contains(words), "{said}");
        let notes = sandbox.read(&format!("out/{profile}/NOTES.md"));
        assert!(notes.contains(words) && notes.contains("-f YOUR-VALUES.yaml"), "{notes}");
        let json = run(&sandbox, &["render", "-o", "json"]).ok().json();
        let commands: Vec<&str> =
            json["next"][0]["commands"].as_array().expect("commands").iter().filter_map(|one| one.as_str()).collect();
        let helm = commands.last().expect("helm");
        let (yours, ours) = (helm.find("YOUR-VALUES.yaml"), helm.find(&format!("out/{profile}/values.yaml")));
        assert!(yours.is_some() && yours < ours, "{helm}");
    }
}

/// Neither a rehearsal nor placeholders are to be installed.
#[test]
fn nothing_is_proposed_for_what_is_not_real() {
    let sandbox = Sandbox::with_spec(&argo(""));
    let placeholders = sandbox.run("render --placeholders").ok().stderr;
    assert!(!placeholders.contains("What to run next") && !placeholders.contains("helm upgrade"), "{placeholders}");
    assert!(placeholders.contains("Placeholders stand for the secrets"), "{placeholders}");
    let sandbox =
        Sandbox::with_spec(&argo("").replace(", credentials: {accessKeyId: env:K, secretAccessKey: env:S}", ""));
    let rehearsal = sandbox.run("apply --rehearse").ok();
    assert!(
        !rehearsal.all().contains("What to run next") && !rehearsal.all().contains("helm upgrade"),
        "{}",
        rehearsal.all()
    );
    assert_eq!(sandbox.run("apply --rehearse -o json").ok().json()["next"], serde_json::json!([]));
    assert_eq!(sandbox.run("render --placeholders -o json --out two").ok().json()["next"], serde_json::json!([]));
}

/// Every command that computes an install's settings says the warnings: once in words, once in JSON.
#[test]
fn warnings_are_said_once_by_every_command() {
    let gitlab =
        std::fs::read_to_string(crate::harness::project().join("examples/gitlab-irsa.yaml")).expect("an example");
    for command in [
        "plan --rehearse",
        "apply --rehearse --no-proof",
        "render",
        "render --check",
        "render --out -",
        "render --file gitlab/values.yaml",
        "render --format set",
        "export --as terraform --out made.tf.json",
        "push --dry-run=client",
        "push --permissions",
        "plan --permissions",
        "release",
        "check --chart gitlab=.",
        "rotate --push --permissions",
        "destroy --rehearse",
        "verify --print-job",
        "verify --print-probe --principal acme-prod-gitlab",
        "verify trust --token-file claims.json",
    ] {
        let sandbox = Sandbox::with_spec(&gitlab);
        sandbox
            .write("claims.json", "{\"iss\": \"https://example.com\", \"aud\": \"sts.amazonaws.com\", \"sub\": \"a\"}");
        let said = sandbox.run(command).any();
        assert_eq!(said.stderr.matches("BW0427 gitlab: ").count(), 1, "{command}: {}", said.all());
        // Others read what stands on stdout.
        assert!(!said.stdout.contains("BW0427 gitlab: "), "{command}: {}", said.all());
        assert!(
            said.stderr.contains("bucketwright migrate settings --profile gitlab --chart-version 9.9.1"),
            "{command}"
        );
        let said = sandbox.run(&format!("{command} -o json")).any();
        let json = said.json();
        // To a document whose form others have set, nothing is added.
        if json.get("version") != Some(&1.into()) || command.contains("--print-probe") {
            assert!(!said.stdout.contains("BW0427"), "{command}: {json:#}");
            assert_eq!(said.stderr.matches("BW0427 gitlab: ").count(), 1, "{command}: {}", said.all());
            continue;
        }
        assert_eq!(said.stdout.matches("\"BW0427\"").count(), 1, "{command}: {json:#}");
        assert!(!said.stderr.contains("BW0427"), "{command}: {}", said.all());
        let warnings = json.get("warnings").unwrap_or_else(|| &json["plan"]["warnings"]);
        assert_eq!(warnings[0]["code"], "BW0427", "{command}: {json:#}");
    }
}

/// What GitLab's workloads share is named once, and trusted once.
#[test]
fn one_account_for_all_is_named_once() {
    let install = "    options: {serviceAccounts: existing}\n    serviceAccounts: {webservice: gl, sidekiq: gl, migrations: gl, toolbox: gl, registry: gl}\n";
    let gitlab =
        std::fs::read_to_string(crate::harness::project().join("examples/gitlab-irsa.yaml")).expect("an example");
    let sandbox = Sandbox::with_spec(&format!("{}\n{install}", gitlab.trim_end()));
    let _ = sandbox.run("render").ok();
    let notes = sandbox.read("out/gitlab/NOTES.md");
    assert!(notes.contains("`gl`, which all parts share") && notes.contains("push --service-accounts"), "{notes}");
    let trust = sandbox.read("out/iam/acme-prod-gitlab.trust.json");
    assert_eq!(trust.matches("system:serviceaccount:gitlab:gl").count(), 1, "{trust}");
}

/// A file that is no spec is not looked for with `-f`.
#[test]
fn only_a_missing_spec_is_named_by_its_option() {
    let sandbox = Sandbox::new();
    let policy = sandbox.run("lint-policy nothing.json").exits(2).stderr;
    assert!(policy.contains("BW0101") && !policy.contains("-f FILE") && !policy.contains("init"), "{policy}");
    assert!(sandbox.run("plan").exits(2).stderr.contains("`-f FILE`"));
}

/// Whoever has the program has the pages that its words name.
#[test]
fn no_words_name_a_file_of_the_repository() {
    let sandbox = Sandbox::new();
    let _ = sandbox.run("man --out pages").ok();
    for (name, text) in crate::harness::tree_of_text(&sandbox.path("pages")) {
        assert!(!text.contains("docs/"), "{name} names a file of the repository");
    }
    let errors = std::fs::read_to_string(crate::harness::project().join("docs/errors.md")).expect("the page");
    let sections = errors.split_once("## BW0101").expect("a section").1;
    assert!(!sections.contains("docs/"), "a section names a file of the repository");
    let profiles = crate::harness::tree_of_text(&crate::harness::project().join("charts-profiles"));
    for (name, text) in profiles {
        let words = text.lines().filter(|line| !line.contains("source:") && !line.trim_start().starts_with('#'));
        assert!(words.clone().all(|line| !line.contains("`docs/")), "{name}");
    }
    for topic in ["azure", "check", "day-two", "migrate", "profile-format", "verify", "json"] {
        let page = std::fs::read_to_string(crate::harness::project().join(format!("docs/{topic}.md"))).expect(topic);
        assert_eq!(sandbox.run(&format!("explain {topic}")).ok().stdout.trim_end(), page.trim_end());
    }
}
