//! `report`: the page says what the rendering says, names what is new, and replaces nothing of others.

mod browser;
mod live;
mod pictures;
mod results;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::harness::{Sandbox, project, tree_of_text};

/// The examples, which are of every cloud and every identity.
pub const EXAMPLES: [&str; 9] = [
    "gitlab-irsa.yaml",
    "argo-irsa.yaml",
    "azure-identities.yaml",
    "gcp-identities.yaml",
    "gitpod-keys.yaml",
    "gradient-keys.yaml",
    "minio-keys.yaml",
    "ona.yaml",
    "six-installs.yaml",
];

/// A sandbox with an example as its spec.
pub fn example(name: &str) -> Sandbox {
    Sandbox::with_spec(&std::fs::read_to_string(project().join("examples").join(name)).expect(name))
}

/// The review of the spec.
pub fn review(sandbox: &Sandbox) -> Value {
    sandbox.run("report -o json").ok().json()["review"].clone()
}

/// The items of a list, or the one text, as texts.
pub fn texts(value: &Value) -> BTreeSet<String> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        Value::Null => BTreeSet::new(),
        one => BTreeSet::from([text(one)]),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list")).iter()
}

/// The rights that a review shows of an identity: actions and resources of each statement.
fn shown(review: &Value, identity: &str) -> BTreeSet<(BTreeSet<String>, BTreeSet<String>)> {
    let one = list(&review["identities"]).find(|one| one["name"] == identity).unwrap_or_else(|| panic!("{identity}"));
    list(&one["said"]).map(|said| (texts(&said["actions"]), texts(&said["resources"]))).collect()
}

/// What is signed is what `render` writes for the cloud: each statement of each policy, each role of each binding.
#[test]
fn the_rights_are_those_that_are_rendered() {
    let mut seen = 0;
    for name in EXAMPLES {
        let sandbox = example(name);
        let _ = sandbox.run("render --placeholders --out out").ok();
        let review = review(&sandbox);
        let iam = sandbox.path("out/iam");
        let documents = if iam.exists() { tree_of_text(&iam) } else { BTreeMap::new() };
        for (file, text) in documents {
            let document: Value = serde_json::from_str(&text).expect("JSON");
            if let Some(identity) = file.strip_suffix(".policy.json") {
                let written = list(&document["Statement"]).map(|one| (texts(&one["Action"]), texts(&one["Resource"])));
                assert_eq!(shown(&review, identity), written.collect(), "{name}: {file}");
                seen += 1;
            }
            if let Some(identity) = file.strip_suffix(".bindings.json") {
                let own = format!("serviceAccount:{}", document["serviceAccount"].as_str().expect("an address"));
                let held = list(&document["bindings"]).filter(|one| texts(&one["members"]).contains(&own));
                let held: BTreeSet<(String, String)> = held
                    .map(|one| {
                        (
                            one["role"].as_str().expect("a role").to_owned(),
                            one["resource"].as_str().expect("a resource").to_owned(),
                        )
                    })
                    .collect();
                let shown = shown(&review, identity).into_iter().flat_map(|(roles, resources)| {
                    roles
                        .into_iter()
                        .flat_map(move |role| resources.clone().into_iter().map(move |on| (role.clone(), on)))
                });
                assert_eq!(shown.collect::<BTreeSet<_>>(), held, "{name}: {file}");
                seen += 1;
            }
        }
    }
    assert!(seen > 12, "{seen} documents were compared");
}

/// The arrows into a role are the subjects that its trust policy lets in, and no others.
#[test]
fn the_arrows_are_those_of_the_trust_policies() {
    let mut seen = 0;
    for name in ["gitlab-irsa.yaml", "argo-irsa.yaml", "six-installs.yaml", "ona.yaml"] {
        let sandbox = example(name);
        let _ = sandbox.run("render --placeholders --out out").ok();
        let picture = review(&sandbox)["picture"].clone();
        for (file, text) in tree_of_text(&sandbox.path("out/iam")) {
            let Some(role) = file.strip_suffix(".trust.json") else { continue };
            let trust: Value = serde_json::from_str(&text).expect("JSON");
            let subjects: BTreeSet<String> =
                list(&trust["Statement"]).flat_map(|one| subjects(&one["Condition"])).collect();
            assert!(!subjects.is_empty(), "{file}");
            assert_eq!(into(&picture, role, "becomes"), subjects, "{name}: {file}");
            seen += 1;
        }
    }
    assert!(seen > 8, "{seen} trust policies were compared");
}

/// The ServiceAccounts, as `NAMESPACE/NAME`, or the subjects that the conditions of a trust policy let in.
fn subjects(conditions: &Value) -> Vec<String> {
    let of = |end: &str| {
        let keys =
            conditions.as_object().expect("conditions").values().flat_map(|keys| keys.as_object().expect("keys"));
        keys.filter(|(key, _)| key.ends_with(end)).flat_map(|(_, values)| texts(values)).collect::<Vec<_>>()
    };
    let account = |subject: String| match subject.strip_prefix("system:serviceaccount:") {
        Some(rest) => rest.replace(':', "/"),
        None => subject,
    };
    let names = of("/kubernetes-service-account");
    let pods = of("/kubernetes-namespace")
        .into_iter()
        .flat_map(|namespace| names.iter().map(move |name| format!("{namespace}/{name}")).collect::<Vec<_>>());
    of(":sub").into_iter().map(account).chain(pods).collect()
}

/// The names of the nodes whose arrows with these words reach a node.
pub fn into(picture: &Value, name: &str, words: &str) -> BTreeSet<String> {
    let nodes = picture["nodes"].as_array().expect("nodes");
    let node = |at: &Value| &nodes[at.as_u64().expect("a number") as usize];
    let edges = list(&picture["edges"])
        .filter(|edge| edge["words"] == words && texts(&node(&edge["to"])["names"]).contains(name));
    edges.flat_map(|edge| texts(&node(&edge["from"])["names"])).collect()
}

/// Every key, and every Secret and file that would hold one, has its place; where pods get roles there is none.
#[test]
fn each_secret_has_its_place() {
    for name in EXAMPLES {
        let sandbox = example(name);
        let rendered = sandbox.run("render --placeholders --out out -o json").ok().json();
        let review = review(&sandbox);
        let places: Vec<&str> = list(&review["secrets"]).map(|one| one["place"].as_str().expect("a place")).collect();
        let private: Vec<&Value> = list(&rendered["files"]).filter(|file| file["private"] == true).collect();
        for file in &private {
            let path = file["path"].as_str().expect("a path");
            assert!(places.contains(&format!("{path} in the output folder").as_str()), "{name}: {path} in {places:?}");
        }
        if private.is_empty() && !["azure-identities.yaml"].contains(&name) {
            assert!(places.is_empty(), "{name}: {places:?}");
        }
    }
    let keys = review(&example("minio-keys.yaml"));
    let keys = keys["secrets"].to_string();
    assert!(keys.contains("env:") && keys.contains("Secret gitlab/"), "{keys}");
}

/// A page is the same bytes for the same spec, and names what changed until something else does.
#[test]
fn what_is_new_is_named() {
    let sandbox = example("gitlab-irsa.yaml");
    let first = sandbox.run("report").ok();
    assert!(first.stderr.contains("Wrote report.html, sha256:"), "{}", first.stderr);
    let signed = sandbox.read("report.html");
    let _ = sandbox.run("report").ok();
    assert_eq!(sandbox.read("report.html"), signed, "the same spec gives the same bytes");
    sandbox.write("signed.html", &signed);

    let spec = sandbox.read("bucketwright.yaml");
    sandbox.write(
        "bucketwright.yaml",
        &spec.replace("terraformState: true", "lfs: acme-files\n      terraformState: true"),
    );
    let changed = sandbox.run("report -o json").ok().json();
    let lines = |value: &Value| texts(value);
    let (added, removed) = (lines(&changed["difference"]["added"]), lines(&changed["difference"]["removed"]));
    assert!(
        added
            .contains("acme-prod-gitlab may read objects on arn:aws:s3:::acme-files/*, in buckets of its own account."),
        "{added:#?}"
    );
    assert!(
        removed.contains(
            "acme-prod-gitlab may list the objects on arn:aws:s3:::acme-prod-lfs, in buckets of its own account."
        ),
        "{removed:#?}"
    );
    assert!(added.iter().all(|line| line.contains("acme-files")), "{added:#?}");
    assert!(removed.iter().all(|line| line.contains("acme-prod-lfs")), "{removed:#?}");

    let page = sandbox.read("report.html");
    let _ = sandbox.run("report").ok();
    assert_eq!(sandbox.read("report.html"), page, "what is new stays named");
    sandbox.write("bucketwright.yaml", &spec);
    let back = sandbox.run("report -o json").ok().json();
    assert_eq!((lines(&back["difference"]["added"]), lines(&back["difference"]["removed"])), (removed, added));
    let since = sandbox.run("report --since signed.html").ok();
    assert!(since.stderr.contains("Nothing changed since the last report."), "{}", since.stderr);
}

/// Only a page of this spec is replaced.
#[test]
fn nothing_of_others_is_replaced() {
    let sandbox = example("argo-irsa.yaml");
    for (text, why) in [
        ("mine", "is no report"),
        ("<html><script type=\"application/json\" id=\"bucketwright-report\">{}</script>", "is no report"),
    ] {
        sandbox.write("page.html", text);
        let refused = sandbox.run("report --out page.html").exits(2);
        assert!(refused.stderr.contains("BW0905") && refused.stderr.contains(why), "{}", refused.stderr);
        assert_eq!(sandbox.read("page.html"), text);
    }
    std::fs::remove_file(sandbox.path("page.html")).expect("removed");
    let _ = sandbox.run("report --out page.html").ok();
    let page = sandbox.read("page.html");
    let spec = sandbox.read("bucketwright.yaml");
    sandbox.write("bucketwright.yaml", &spec.replace("name: acme-prod", "name: acme-dev"));
    let refused = sandbox.run("report --out page.html").exits(2);
    assert!(refused.stderr.contains("is the report of the spec `acme-prod`"), "{}", refused.stderr);
    assert_eq!(sandbox.read("page.html"), page);
    let other = sandbox.run("report --since page.html --out dev.html -o json").ok().json();
    assert_eq!(other["difference"]["with"], json!("acme-prod"));
    std::os::unix::fs::symlink("page.html", sandbox.path("link.html")).expect("a link");
    assert!(sandbox.run("report --out link.html").exits(1).stderr.contains("BW0802"));
    let _ = sandbox.run("apply --rehearse --out rehearsed").ok();
    assert!(sandbox.run("report --out rehearsed/report.html").exits(2).stderr.contains("BW0816"));
}

/// A picture alone writes no page, and a page can be printed.
#[test]
fn nothing_is_written_that_was_not_asked_for() {
    let sandbox = example("argo-irsa.yaml");
    for format in ["svg", "dot", "mermaid"] {
        assert!(!sandbox.run(&format!("report -o {format}")).ok().stdout.is_empty());
    }
    let printed = sandbox.run("report --out -").ok().stdout;
    assert!(printed.starts_with("<!doctype html>") && printed.trim_end().ends_with("</html>"));
    assert!(!sandbox.path("report.html").exists());
    let _ = sandbox.run("report").ok();
    assert_eq!(sandbox.read("report.html"), printed);
    // A folder gets the page, and a switch of another command is no file.
    let call = sandbox.call(["report"]).env("BUCKETWRIGHT_OUT", "pages/").env("BUCKETWRIGHT_CHECK", "1");
    let _ = call.run().ok();
    assert_eq!(sandbox.read("pages/report.html"), printed);
    assert!(sandbox.run("plan --rehearse -o svg").exits(2).stderr.contains("only report prints a picture"));
}
