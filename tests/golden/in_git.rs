//! `render`, commit, clone, `render --check`, with the real git: green for every case, and red for each kind of difference.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use bucketwright::blueprint::blueprint;
use bucketwright::model::{GoogleAccount, PrincipalKind};
use bucketwright::profile::Catalogue;
use bucketwright::spec::Spec;
use serde_json::{Value, json};

use super::cases;
use crate::harness::{Call, Sandbox, project, tree};

/// Stands in every key of these tests.
const HUSH: &str = "hushhushhush";

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"];
    let mut command = Command::new("git");
    command.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    let output = command.args(identity).args(arguments).output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn commit(sandbox: &Sandbox) {
    git(&sandbox.path(""), &["init", "--quiet"]);
    git(&sandbox.path(""), &["add", "--all"]);
    git(&sandbox.path(""), &["commit", "--quiet", "--message", "rendered"]);
}

/// A clone in a folder of its own, as CI has it.
fn clone(of: &Sandbox) -> Sandbox {
    let sandbox = Sandbox::new();
    git(&sandbox.path(""), &["clone", "--quiet", of.path("").to_str().expect("a path"), "."]);
    sandbox
}

/// A call with the keys that a spec names in the environment.
fn with_keys<'a>(sandbox: &'a Sandbox, spec: &str, arguments: &str) -> Call<'a> {
    let names = regex::Regex::new("env:([A-Z_]+)").expect("a pattern");
    let mut call = sandbox.call(arguments.split_whitespace()).env("AZURE_STORAGE_KEY", HUSH);
    for name in names.captures_iter(spec) {
        call = call.env(&name[1], format!("{HUSH}-{}", &name[1]));
    }
    call
}

/// A case with the keys that `apply` would have kept.
fn with_kept_keys(name: &str, text: &str) -> Sandbox {
    let sandbox = Sandbox::with_spec(text);
    let spec = Spec::parse(name, text).expect(name);
    let gcp = spec.cloud.gcp().cloned();
    for principal in blueprint(spec, &Catalogue::embedded(), None).expect(name).principals {
        if !principal.has_made_key() {
            continue;
        }
        let hmac = matches!(principal.kind, PrincipalKind::Google(GoogleAccount::Hmac));
        let secret = match gcp.as_ref().filter(|_| !hmac) {
            Some(gcp) => key_file(&gcp.email(&principal.name)),
            None => format!("{HUSH}/secret"),
        };
        let key = json!({"accessKeyId": format!("AKIA{HUSH}"), "secretAccessKey": secret});
        let path = sandbox.write(&format!("out/credentials/{}.yaml", principal.name), &key.to_string());
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("a mode");
    }
    sandbox
}

/// A service account's key file.
fn key_file(email: &str) -> String {
    json!({"type": "service_account", "client_email": email, "private_key": format!("-----\n{HUSH}\n-----\n")})
        .to_string()
}

fn listed(report: &Value, list: &str) -> Vec<String> {
    report[list].as_array().expect(list).iter().map(|path| path.as_str().expect("text").to_owned()).collect()
}

#[test]
fn a_clone_is_as_the_spec_says() {
    let (mut with_secrets, mut without) = (0, 0);
    for (name, case) in cases() {
        let text = fs::read_to_string(case.join("spec.yaml")).expect("spec.yaml");
        let sandbox = with_kept_keys(&name, &text);
        let _ = with_keys(&sandbox, &text, "render").run().ok();
        commit(&sandbox);
        // Where the keys are, all is compared; where they are not known, all but them.
        for arguments in ["render --check", "render --check --placeholders"] {
            assert_eq!(with_keys(&sandbox, &text, arguments).run().ok().stdout, "", "{name}: {arguments}");
            assert_eq!(sandbox.run(arguments).ok().stdout, "", "{name}: {arguments}, without keys");
        }
        let clone = clone(&sandbox);
        let files = tree(&clone.path("out"));
        assert!(files.keys().all(|path| !path.starts_with("credentials/")), "{name}: {:?}", files.keys());
        for (path, bytes) in &files {
            let text = String::from_utf8_lossy(bytes);
            let keys = [HUSH, "aHVzaGh1", "h1c2hodX", "odXNoaHVz"];
            assert!(!keys.iter().any(|key| text.contains(key)), "{name}: {path} holds a key");
        }
        for arguments in ["render --check", "render --check --placeholders"] {
            assert_eq!(clone.run(arguments).ok().stdout, "", "{name}: {arguments} in a clone");
        }
        let report = clone.run("render --check -o json").ok().json();
        let private: Vec<String> = tree(&sandbox.path("out"))
            .into_keys()
            .filter(|path| {
                !files.contains_key(path) && !path.starts_with("credentials/") && path != ".rendered.private"
            })
            .collect();
        assert_eq!(listed(&report, "absent"), private, "{name}");
        *if private.is_empty() { &mut without } else { &mut with_secrets } += 1;

        // Another file each time, so that every kind of file has its turn.
        let rendered: Vec<&String> = files.keys().filter(|path| path.contains('/')).collect();
        let turn = with_secrets + without;
        let (one, other) = (rendered[turn % rendered.len()], rendered[(turn + 1) % rendered.len()]);
        clone.write(&format!("out/{one}"), "other\n");
        fs::remove_file(clone.path(format!("out/{other}"))).expect("it is there");
        let report = clone.run("render --check -o json").exits(3).json();
        let differences: BTreeMap<&str, &str> = report["differences"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| (one["path"].as_str().expect("a path"), one["difference"].as_str().expect("a word")))
            .collect();
        assert_eq!(differences, BTreeMap::from([(one.as_str(), "changed"), (other.as_str(), "missing")]), "{name}");
    }
    assert!(with_secrets > 5 && without > 5, "{with_secrets} with secrets, {without} without");
}

fn case(name: &str) -> String {
    fs::read_to_string(project().join("tests/golden").join(name).join("spec.yaml")).expect(name)
}

/// With a role, the Secrets hold settings only: they belong in Git, and a change of them is seen.
#[test]
fn content_decides_what_is_private() {
    let sandbox = Sandbox::with_spec(&case("gitlab-irsa"));
    let _ = sandbox.run("render").ok();
    assert!(!sandbox.read("out/.gitignore").contains("secrets.yaml"));
    let mode = fs::metadata(sandbox.path("out/gitlab/secrets.yaml")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    assert!(sandbox.read("out/gitlab/NOTES.md").contains("There is no key in it, so it may be committed."));
    sandbox.write("out/gitlab/secrets.yaml", "other\n");
    let told = sandbox.run("render --check").exits(3);
    assert!(told.stdout.starts_with("changed  gitlab/secrets.yaml\n--- there"), "{}", told.stdout);
    // On a terminal it may be shown, and sealing has nothing to seal.
    let json = sandbox.run("render -o json").ok().json();
    assert!(json["files"].as_array().expect("files").iter().all(|file| file["private"] == false), "{json}");
}

/// What the values take from a key file, a clone cannot know.
#[test]
fn a_key_file_of_another_account_is_no_difference() {
    let spec = case("massdriver-gcp")
        .replace("chartVersion: 0.2.0}", "chartVersion: 0.2.0, credentials: {keyFile: \"file:key.json\"}}");
    let sandbox = Sandbox::with_spec(&spec);
    sandbox.write("key.json", &key_file("other@elsewhere.iam.gserviceaccount.com"));
    sandbox.write(".gitignore", "/key.json\n");
    let _ = sandbox.run("render").ok();
    assert!(sandbox.read("out/md/values.yaml").contains("other@elsewhere"));
    commit(&sandbox);
    for arguments in ["render --check", "render --check --placeholders"] {
        assert_eq!(sandbox.run(arguments).ok().stdout, "");
        assert_eq!(clone(&sandbox).run(arguments).ok().stdout, "");
    }
}

/// The rules of an earlier identity do not hide what now belongs in Git.
#[test]
fn rules_follow_the_identity() {
    let keys = case("argo-pods-and-nodes").replace("identity: pod-identity", "identity: static-keys");
    let sandbox = Sandbox::with_spec(&keys);
    let _ = sandbox.run("render --placeholders").ok();
    assert!(sandbox.read("out/.gitignore").contains("/pods/secrets.yaml\n"));
    let rules = sandbox.read("out/.gitignore");
    sandbox.write("out/.gitignore", &rules.replace("/pods/secrets.yaml\n", ""));
    let told = sandbox.run("render --placeholders --check").exits(3);
    assert_eq!(told.stdout, "changed  .gitignore\n+/pods/secrets.yaml\n");
    fs::remove_file(sandbox.path("out/.gitignore")).expect("it is there");
    let told = sandbox.run("render --placeholders --check").exits(3);
    assert_eq!(told.stdout, "missing  .gitignore\n");

    sandbox.write("bucketwright.yaml", &case("gitlab-irsa"));
    sandbox.write("out/.gitignore", &format!("{rules}/gitlab/secrets.yaml\n"));
    let told = sandbox.run("render --check").exits(3);
    assert!(told.stdout.contains("changed  .gitignore\n-/gitlab/secrets.yaml\n"), "{}", told.stdout);
    let _ = sandbox.run("render").ok();
    assert!(!sandbox.read("out/.gitignore").contains("/gitlab/secrets.yaml"));
}

#[test]
fn what_no_longer_belongs_is_a_difference_and_pruned() {
    let text = case("gitpod-main");
    let sandbox = Sandbox::with_spec(&text);
    let _ = sandbox.run("render --placeholders").ok();
    sandbox.write("out/keys/mine.yaml", "mine\n");
    sandbox.write("out/keys/NOTES.md", "edited\n");
    sandbox.write("out/iam/mine.policy.json", "{}\n");
    let (before, after) = text.split_once("  - profile: gitpod\n    chartVersion: 2026.7.0\n    id: keys").expect("it");
    let after = &after[after.find("  - profile").expect("one more")..];
    sandbox.write("bucketwright.yaml", &format!("{before}{after}"));

    let told = sandbox.run("render --placeholders --check").exits(3);
    insta::assert_snapshot!(told.stdout, @r"
    superfluous  iam/acme-keys-registry.policy.json (an earlier run wrote it)
    superfluous  iam/acme-keys-storage.policy.json (an earlier run wrote it)
    superfluous  keys/NOTES.md (an earlier run wrote it)
    superfluous  keys/aws-credentials.ini (an earlier run wrote it)
    superfluous  keys/gitpod.config.yaml (an earlier run wrote it)
    superfluous  keys/s3cmd-registry.cfg (an earlier run wrote it)
    superfluous  keys/s3cmd.cfg (an earlier run wrote it)
    superfluous  keys/secrets.yaml (an earlier run wrote it)
    ");
    assert!(told.stderr.ends_with("With `--prune` it removes what is superfluous.\n"), "{}", told.stderr);
    let json = sandbox.run("render --placeholders --check -o json").exits(3).json();
    let all = json["differences"].as_array().expect("a list");
    assert!(all.iter().all(|one| one["difference"] == "superfluous"), "{json}");

    // Without the flag they are named and stay; of one install alone, nothing is said of another.
    let said = sandbox.run("render --placeholders").ok().stderr;
    assert!(said.contains("`bucketwright render --placeholders --prune` removes them."), "{said}");
    assert!(sandbox.path("out/keys/secrets.yaml").exists());
    let said = sandbox.run("render --placeholders --only gitpod").ok().stderr;
    assert!(!said.contains("--prune"), "{said}");

    let json = sandbox.run("render --placeholders --prune -o json").ok().json();
    assert_eq!(listed(&json, "superfluous"), ["keys/NOTES.md"]);
    assert!(listed(&json, "removed").contains(&"iam/acme-keys-storage.policy.json".to_owned()), "{json}");
    let mut left: Vec<String> = tree(&sandbox.path("out")).into_keys().filter(|path| path.contains("keys")).collect();
    left.sort();
    assert_eq!(left, ["keys/NOTES.md", "keys/mine.yaml"], "what others wrote or edited stays");
    assert!(sandbox.path("out/iam/mine.policy.json").exists());
    // The edited file is a difference until somebody removes it.
    let told = sandbox.run("render --placeholders --check").exits(3);
    assert_eq!(told.stdout, "superfluous  keys/NOTES.md (an earlier run wrote it)\n");
    fs::remove_file(sandbox.path("out/keys/NOTES.md")).expect("it is there");
    assert_eq!(sandbox.run("render --placeholders --check").ok().stdout, "");
}

#[test]
fn an_old_trust_policy_is_a_difference() {
    let sandbox = Sandbox::with_spec(&case("gitlab-irsa"));
    let _ = sandbox.run("render").ok();
    sandbox.write("bucketwright.yaml", &case("gitlab-irsa").replace("identity: irsa", "identity: static-keys"));
    let _ = sandbox.run("render --placeholders").ok();
    let told = sandbox.run("render --placeholders --check").exits(3);
    assert!(told.stdout.contains("superfluous  iam/acme-gitlab.trust.json"), "{}", told.stdout);
    let _ = sandbox.run("render --placeholders --prune").ok();
    assert_eq!(sandbox.run("render --placeholders --check").ok().stdout, "");
}

/// The line that removes what is superfluous is for the same spec, folder and options.
#[test]
fn the_line_that_prunes_is_for_the_same_folder() {
    let (text, all) = (case("gitlab-irsa"), case("gitpod-main"));
    let sandbox = Sandbox::new();
    sandbox.write("other.yaml", &text);
    sandbox.write("all.yaml", &all);
    let age = "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z";
    let options =
        ["--out", "a b", "--keys", "k", "--placeholders", "--encrypt", &format!("age:{age}")].map(str::to_owned);
    let call = |spec: &str, more: &[&str]| {
        let call = sandbox.call(["render", "-f", spec]);
        more.iter().fold(options.iter().fold(call, Call::arg), Call::arg).run()
    };
    let _ = call("all.yaml", &[]).ok();
    let line = format!("`bucketwright render -f other.yaml --out 'a b' --keys k --encrypt age:{age} --placeholders");
    let said = call("other.yaml", &[]).ok().stderr;
    assert!(said.contains(&format!("{line} --prune` removes them.")), "{said}");
    let told = call("other.yaml", &["--check"]).exits(3).stderr;
    assert!(told.contains(&format!("{line}` writes them. With `--prune` it removes what is superfluous.")), "{told}");
    let _ = call("other.yaml", &["--prune"]).ok();
    let _ = call("other.yaml", &["--check"]).ok();
}

/// A private file is removed when its checksum proves that it is what was written, and never where keys are kept.
#[test]
fn a_private_line_proves_nothing() {
    let only = |spec: &str| {
        let (before, after) =
            spec.split_once("  - profile: gitpod\n    chartVersion: 2026.7.0\n    id: keys").expect("it");
        format!("{before}{}", &after[after.find("  - profile").expect("one more")..])
    };
    let text = case("gitpod-main");
    let private = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("a mode");
    for keys in [None, Some("out/mykeys"), Some("elsewhere")] {
        let sandbox = Sandbox::with_spec(&text);
        let flag = keys.map(|keys| format!(" --keys {keys}")).unwrap_or_default();
        let _ = sandbox.run(&format!("render --placeholders{flag}")).ok();
        // A file of the user's, keys in use and keys of an earlier run; all of them are in the record of a pull request.
        for folder in ["other", "mykeys", "oldkeys", "credentials"] {
            private(&sandbox.write(&format!("out/{folder}/precious.yaml"), "mine\n"));
        }
        sandbox.write("out/oldkeys/.gitignore", "# Written by bucketwright: keys are kept here.\n*\n");
        let sum = "0d9a19b5a9ad29a9ba4b2a4a9d6b3a2a4b1b1f7a2f7f6a6a4d7b3a2a4b1b1f7a";
        let lines: String = ["other", "mykeys", "oldkeys", "credentials"]
            .iter()
            .map(|folder| format!("private  {folder}/precious.yaml\n{sum}  {folder}/precious.yaml.bak\n"))
            .collect();
        sandbox.write("out/.rendered", &format!("{}{lines}", sandbox.read("out/.rendered")));
        // Git keeps no mode 0600, so checksums from there are none; the file of this machine is written again.
        let forged = sandbox.write("out/.rendered.private", &format!("{sum}  other/precious.yaml\n"));
        fs::set_permissions(forged, fs::Permissions::from_mode(0o644)).expect("a mode");
        let _ = sandbox.run(&format!("render --placeholders{flag}")).ok();
        // One private file is edited, another stays as it was; then their install leaves the spec.
        let edited = sandbox.path("out/keys/secrets.yaml");
        fs::write(&edited, format!("{}# mine\n", fs::read_to_string(&edited).expect("it is there"))).expect("edited");
        sandbox.write("bucketwright.yaml", &only(&text));
        let said = sandbox.run(&format!("render --placeholders --prune{flag}")).ok().stderr;
        assert!(said.contains("edited after they were written: keys/secrets.yaml."), "{said}");
        assert!(said.contains("nothing here proves it:") && said.contains("other/precious.yaml"), "{said}");
        assert!(!said.contains("oldkeys/") && !said.contains("credentials/"), "{said}");
        assert_eq!(said.contains("mykeys/"), keys != Some("out/mykeys"), "{said}");
        assert!(edited.exists() && !sandbox.path("out/keys/s3cmd.cfg").exists(), "{said}");
        for folder in ["other", "mykeys", "oldkeys", "credentials"] {
            assert!(sandbox.path(format!("out/{folder}/precious.yaml")).exists(), "{folder}");
        }
    }
}

/// A record that was lost or spoiled tells of nothing that no longer belongs, so it is a difference itself.
#[test]
fn a_broken_record_is_a_difference() {
    let sandbox = Sandbox::with_spec(&case("gitlab-irsa"));
    let _ = sandbox.run("render").ok();
    let whole = sandbox.read("out/.rendered");
    let less: String =
        whole.lines().filter(|line| !line.contains("values.yaml")).map(|line| format!("{line}\n")).collect();
    for (broken, said) in [
        (format!("{whole}<<<<<<< HEAD\n"), "changed  .rendered\n-(lines that name no file of ours: 1)\n\n"),
        (less, "changed  .rendered\n+gitlab/values.yaml\n\n"),
    ] {
        sandbox.write("out/.rendered", &broken);
        assert_eq!(sandbox.run("render --check").exits(3).stdout.trim_end(), said.trim_end());
    }
    fs::remove_file(sandbox.path("out/.rendered")).expect("it is there");
    assert_eq!(sandbox.run("render --check").exits(3).stdout, "missing  .rendered\n");
    let _ = sandbox.run("render").ok();
    assert_eq!(sandbox.run("render --check").ok().stdout, "");
    assert_eq!(sandbox.read("out/.rendered"), whole);
}

/// Files that no run of ours wrote are not replaced.
#[test]
fn files_of_the_user_stay() {
    let sandbox = Sandbox::with_spec(&case("gitlab-irsa"));
    for path in ["gitlab/values.yaml", "iam/acme-gitlab.policy.json", "gitlab/secrets.yaml"] {
        let out = sandbox.path("out");
        sandbox.write(&format!("out/{path}"), "mine: true\n");
        for command in ["render", "render --placeholders", "render --prune"] {
            let refused = sandbox.run(command).exits(2);
            assert!(
                refused.stderr.contains("BW0807") && refused.stderr.contains(&format!("out/{path}")),
                "{}",
                refused.stderr
            );
            assert!(refused.stderr.contains(&format!("`mv out/{path} YOUR-VALUES.yaml`")), "{}", refused.stderr);
        }
        assert_eq!(tree(&out).len(), 1, "nothing else was written");
        fs::remove_dir_all(out).expect("removed");
    }
    // What an earlier run wrote is replaced, also where it is from before there was a record.
    let _ = sandbox.run("render").ok();
    let values = sandbox.read("out/gitlab/values.yaml");
    for record in [true, false] {
        sandbox.write("out/gitlab/values.yaml", "old: true\n");
        if !record {
            fs::remove_file(sandbox.path("out/.rendered")).expect("it is there");
        }
        let _ = sandbox.run("render").ok();
        assert_eq!(sandbox.read("out/gitlab/values.yaml"), values);
    }
}

/// Who may change the record, in a pull request, removes nothing outside the folder, and no kept key.
#[test]
fn a_record_from_others_removes_nothing_else() {
    let sandbox = Sandbox::with_spec(&case("gitlab-irsa"));
    let _ = sandbox.run("render").ok();
    sandbox.write("mine/a.txt", "mine\n");
    sandbox.write("out/credentials/acme.yaml", "mine\n");
    std::os::unix::fs::symlink("../mine", sandbox.path("out/link")).expect("a link");
    let bad = ["../mine/a.txt", "gitlab/../../mine/a.txt", "link/a.txt", "credentials/acme.yaml", "/etc/hostname"];
    let lines: String = bad.iter().map(|path| format!("private  {path}\n")).collect();
    sandbox.write("out/.rendered", &format!("{}{lines}", sandbox.read("out/.rendered")));
    let json = sandbox.run("render --prune -o json").ok().json();
    assert_eq!((listed(&json, "removed"), listed(&json, "superfluous")), (Vec::new(), Vec::new()));
    assert!(sandbox.path("mine/a.txt").exists() && sandbox.path("out/credentials/acme.yaml").exists());
}
