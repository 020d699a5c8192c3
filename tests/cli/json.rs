//! With `-o json`, stdout is one JSON document, whatever comes of the command.

use std::collections::BTreeSet;

use crate::harness::{Sandbox, project};

use super::commands;

const KEYS: &str = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: aws, region: eu-west-1, account: \"012345678901\"}\ninstalls:\n  - {profile: argo-workflows, chartVersion: 1.0.18, identity: static-keys}\n";

/// Each command, done and failed, with what it ends with.
const CALLS: [(&str, i32); 55] = [
    ("init -f new.yaml --offline --answers answers.yaml --defaults", 0),
    ("init", 2),
    ("--rehearse --defaults -f new.yaml --answers answers.yaml", 0),
    ("--rehearse --answers nope.yaml", 2),
    ("plan --rehearse", 0),
    ("plan --rehearse -f refused.yaml", 1),
    ("plan --rehearse --detailed-exitcode", 3),
    ("plan --permissions", 0),
    ("plan", 1),
    ("apply --rehearse", 0),
    ("apply --rehearse -f refused.yaml", 1),
    ("apply --out -", 1),
    ("apply --yes", 1),
    ("rotate --yes", 1),
    ("rotate --push --permissions", 0),
    ("destroy --rehearse", 0),
    ("destroy --rehearse --dry-run", 0),
    ("destroy --yes", 1),
    ("destroy -f azure.yaml", 2),
    ("render --placeholders", 0),
    ("render --placeholders --out -", 0),
    ("render --placeholders --file argo-workflows/values.yaml", 0),
    ("render --placeholders --check --out nowhere", 3),
    ("render --format set", 0),
    ("render", 2),
    ("render -f mistakes.yaml", 2),
    ("push --permissions", 0),
    ("push --dry-run=client", 0),
    ("push", 2),
    ("release", 2),
    ("report", 0),
    ("report --check nope.json", 2),
    ("export --as terraform", 0),
    ("export --as az", 2),
    ("lint-policy policy.json", 3),
    ("lint-policy nope.json", 2),
    ("check --chart nothing=.", 2),
    ("verify", 3),
    ("verify --print-probe --principal acme-argo-workflows", 0),
    ("verify --print-job", 2),
    ("verify trust --token-file nope", 2),
    (
        "migrate settings --profile argo-workflows --chart-version 1.0.18 --values now.yaml --name acme --region eu-west-1 --out s3",
        0,
    ),
    (
        "migrate settings --profile argo-workflows --chart-version 1.0.18 --values nope.yaml --name acme --region eu-west-1 --out s3",
        2,
    ),
    ("profile list", 0),
    ("profile list --matrix", 0),
    ("profile show gitlab", 0),
    ("profile show gitlub", 2),
    ("profile show gitlab --svg", 0),
    ("profile new shop --dir mine", 0),
    ("profile test massdriver", 0),
    ("explain BW0101", 0),
    ("explain BW9999", 2),
    ("schema", 0),
    ("completions bash", 0),
    ("man", 0),
];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_spec(KEYS);
    sandbox.write(
        "refused.yaml",
        &KEYS.replace("static-keys}", "static-keys, buckets: {artifacts: {name: acme-there, existing: true}}}"),
    );
    sandbox.write("mistakes.yaml", &KEYS.replace("static-keys", "static-kays"));
    let azure = std::fs::read_to_string(project().join("examples/azure-identities.yaml")).expect("an example");
    sandbox.write("azure.yaml", &azure);
    sandbox.write(
        "answers.yaml",
        "name: acme\ncloud.region: eu-west-1\ninstalls: [argo-workflows]\nargo-workflows.identity: static-keys\n",
    );
    sandbox.write("policy.json", "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}]}");
    sandbox.write("now.yaml", "artifactRepository: {s3: {endpoint: minio:9000}}\n");
    sandbox
}

#[test]
fn one_document_whatever_happens() {
    let known: BTreeSet<String> = commands(&Sandbox::new()).into_iter().filter(|one| !one.is_empty()).collect();
    let parents = ["migrate", "profile"];
    for command in known.iter().filter(|one| !parents.contains(&one.as_str())) {
        assert!(CALLS.iter().any(|(call, _)| call.starts_with(command)), "{command} is not tried");
    }
    for (arguments, code) in CALLS {
        let run = sandbox().run(&format!("{arguments} -o json"));
        let ended = run.code();
        let said = run.any();
        let value: Result<serde_json::Value, _> = serde_json::from_str(&said.stdout);
        let value = value.unwrap_or_else(|error| panic!("{arguments}: {error}: {}", said.all()));
        assert_eq!(ended, Some(code), "{arguments}: {}", said.all());
        assert_eq!(value.get("errors").is_some(), matches!(code, 1 | 2), "{arguments}: {value:#}");
    }
}

/// The plan and why it is refused are in the same document.
#[test]
fn a_refused_plan_is_one_document() {
    let sandbox = sandbox();
    let plan = sandbox.run("plan --rehearse -f refused.yaml -o json").exits(1).json();
    assert_eq!(plan["errors"][0]["code"], plan["refusals"][0]["code"], "{plan:#}");
    assert!(plan["steps"].as_array().is_some_and(|steps| !steps.is_empty()), "{plan:#}");
}
