//! What `render` does with its output: twice the same, compared, in part, on stdout, as JSON.

use serde_json::json;

use crate::harness::{Sandbox, project, tree};

/// A spec with two installs and private files.
fn two() -> Sandbox {
    let text =
        |case: &str| std::fs::read_to_string(project().join("tests/golden").join(case).join("spec.yaml")).expect(case);
    Sandbox::with_spec(&text("gitpod-main"))
}

#[test]
fn the_same_spec_gives_the_same_bytes() {
    let sandbox = two();
    let _ = sandbox.run("render --placeholders --out one").ok();
    let _ = sandbox.run("render --placeholders --out two").ok();
    let first = tree(&sandbox.path("one"));
    assert!(first.len() > 10);
    assert_eq!(first, tree(&sandbox.path("two")));
    // Over itself too.
    let _ = sandbox.run("render --placeholders --out one").ok();
    assert_eq!(first, tree(&sandbox.path("one")));
}

#[test]
fn a_check_tells_what_differs_and_writes_nothing() {
    let sandbox = two();
    let none = sandbox.run("render --placeholders --check").exits(3);
    assert!(none.stdout.lines().all(|line| line.starts_with("missing  ")), "{}", none.stdout);
    assert!(!sandbox.path("out").exists());
    let _ = sandbox.run("render --placeholders").ok();
    assert_eq!(sandbox.run("render --placeholders --check").ok().stdout, "");

    let values = sandbox.read("out/keys/gitpod.config.yaml");
    sandbox.write("out/keys/gitpod.config.yaml", &values.replace("keys.example.com", "other.example.com"));
    std::fs::remove_file(sandbox.path("out/keys/NOTES.md")).expect("remove");
    let before = tree(&sandbox.path("out"));
    let some = sandbox.run("render --placeholders --check").exits(3);
    insta::assert_snapshot!(some.stdout, @r#"
    missing  keys/NOTES.md
    changed  keys/gitpod.config.yaml
    --- there
    +++ rendered
    @@ -5,3 +5,3 @@
     # The domain that Gitpod runs under.
    -domain: "other.example.com"
    +domain: "keys.example.com"
     metadata:
    "#);
    assert_eq!(
        some.stderr.lines().last(),
        Some("2 of 18 files differ. `bucketwright render --placeholders` writes them.")
    );
    let json = sandbox.run("render --placeholders --check -o json").exits(3).json();
    assert_eq!(json["version"], 1);
    let told: Vec<_> =
        json["differences"].as_array().expect("a list").iter().map(|d| (&d["path"], &d["difference"])).collect();
    assert_eq!(
        told,
        [(&json!("keys/NOTES.md"), &json!("missing")), (&json!("keys/gitpod.config.yaml"), &json!("changed"))]
    );
    assert_eq!(tree(&sandbox.path("out")), before);
}

#[test]
fn a_check_does_not_show_private_files() {
    let sandbox = two();
    let _ = sandbox.run("render --placeholders").ok();
    let path = sandbox.path("out/keys/secrets.yaml");
    std::fs::write(&path, "hush: \"hush\"\n").expect("write");
    let told = sandbox.run("render --placeholders --check").exits(3);
    assert_eq!(told.stdout, "changed  keys/secrets.yaml (private: not shown)\n");
    let json = sandbox.run("render --placeholders --check -o json").exits(3);
    assert!(!told.all().contains("hush") && !json.all().contains("hush"));
}

#[test]
fn one_install_alone() {
    let sandbox = two();
    let _ = sandbox.run("render --placeholders --only keys").ok();
    let files = tree(&sandbox.path("out"));
    assert!(files.contains_key("keys/gitpod.config.yaml") && files.contains_key("iam/acme-keys-storage.policy.json"));
    assert!(
        files.keys().all(|name| !name.starts_with("gitpod/") && !name.starts_with("iam/acme-gitpod")),
        "{:?}",
        files.keys()
    );
    let _ = sandbox.run("render --placeholders --only keys --check").ok();
    let _ = sandbox.run("render --placeholders --check").exits(3);
}

#[test]
fn everything_on_stdout() {
    let sandbox = two();
    let printed = sandbox.run("render --placeholders --out -").ok();
    assert!(!sandbox.path("-").exists() && !sandbox.path("out").exists());
    let _ = sandbox.run("render --placeholders").ok();
    let mut files = tree(&sandbox.path("out"));
    files.retain(|name, _| ![".gitignore", ".rendered", ".rendered.private"].contains(&name.as_str()));
    let mut expected = String::new();
    for (name, bytes) in &files {
        expected += &format!("# ---- {name}\n{}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(printed.stdout, expected);
    let json = sandbox.run("render --placeholders --out - -o json").ok().json();
    for (name, bytes) in &files {
        assert_eq!(json["files"][name].as_str().map(str::as_bytes), Some(bytes.as_slice()), "{name}");
    }
    assert_eq!(json["files"].as_object().map(serde_json::Map::len), Some(files.len()));
    assert_eq!((&json["version"], &json["warnings"][0]["code"]), (&json!(1), &json!("BW0476")));
}

#[test]
fn what_was_written_as_json() {
    let sandbox = two();
    let json = sandbox.run("render --placeholders -o json").ok().json();
    assert_eq!((&json["version"], &json["out"]), (&json!(1), &json!("out")));
    let mut files = tree(&sandbox.path("out"));
    files.retain(|name, _| ![".gitignore", ".rendered", ".rendered.private"].contains(&name.as_str()));
    let told: Vec<_> =
        json["files"].as_array().expect("a list").iter().map(|f| f["path"].as_str().expect("a path")).collect();
    assert_eq!(told, files.keys().collect::<Vec<_>>());
    let secrets =
        json["files"].as_array().expect("a list").iter().find(|f| f["path"] == "keys/secrets.yaml").expect("secrets");
    assert_eq!((&secrets["kind"], &secrets["private"]), (&json!("secret"), &json!(true)));
}

/// Files of an earlier identity do not stay out of version control by luck: the rules grow with the files.
#[test]
fn private_files_are_kept_out_of_version_control() {
    let text = std::fs::read_to_string(project().join("tests/golden/argo-pods-and-nodes/spec.yaml")).expect("a case");
    let sandbox = Sandbox::with_spec(&text);
    let _ = sandbox.run("render --placeholders").ok();
    assert!(!sandbox.read("out/.gitignore").contains("secrets.yaml"));
    sandbox.write("bucketwright.yaml", &text.replace("identity: pod-identity", "identity: static-keys"));
    let _ = sandbox.run("render --placeholders").ok();
    let rules = sandbox.read("out/.gitignore");
    assert!(rules.lines().any(|line| line == "/pods/secrets.yaml"), "{rules}");
    // Rules of one's own stay.
    sandbox.write("out/.gitignore", "*\n");
    let _ = sandbox.run("render --placeholders").ok();
    assert!(sandbox.read("out/.gitignore").starts_with("*\n"));
}
