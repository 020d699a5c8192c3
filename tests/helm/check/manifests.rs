//! What Helm makes of our values and the user's, held against what we write and whom we trust.

use serde_json::Value;

use super::fixture::{AZURE, CONFIG, GOOGLE, SPEC, chart, checked, with_helm};
use crate::harness::Sandbox;

/// The findings of a run with the user's own values, as `CODE severity`, and the whole of them.
fn findings(sandbox: &Sandbox, mine: &str) -> Result<(Vec<String>, Vec<Value>), String> {
    let json = checked(sandbox, mine, "-o json")?.any().json();
    let all = json["findings"].as_array().unwrap_or_else(|| panic!("{json:#}")).clone();
    let line = |one: &Value| format!("{} {}", one["code"].as_str().unwrap(), one["severity"].as_str().unwrap());
    Ok((all.iter().map(line).collect(), all))
}

/// Each spec, what the user's own values say, the finding that must come of it, and words of its message.
const CASES: &[(&str, &str, &str, &str)] = &[
    // A ServiceAccount of another name under which the same role is named.
    (
        "irsa",
        "extra: {kind: ServiceAccount, metadata: {name: other, annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::012345678901:role/acme-prod-argo-workflows'}}}",
        "BW1222 error",
        "system:serviceaccount:argo:other",
    ),
    (
        "azure",
        "extra: {kind: ServiceAccount, metadata: {name: other, annotations: {azure.workload.identity/client-id: PLACEHOLDER-CLIENT-ID-acme-prod-argo-workflows}}}",
        "BW1222 error",
        "system:serviceaccount:argo:other",
    ),
    ("azure", "server: {serviceAccount: {name: mine}}", "BW1223 warn", "argo/argo-argo-workflows-server"),
    // The account that the role trusts is not there any more.
    ("irsa", "server: {serviceAccount: {name: mine}}", "BW1223 warn", "argo/argo-argo-workflows-server"),
    ("irsa", "server: {serviceAccount: {name: mine}}", "BW1222 error", "system:serviceaccount:argo:mine"),
    ("irsa", "server: {env: [{name: AWS_ACCESS_KEY_ID, value: x}]}", "BW1225 error", "`AWS_ACCESS_KEY_ID`"),
    (
        "irsa",
        "server: {env: [{name: AWS_ENDPOINT_URL_S3, value: 'https://s3.example.com'}]}",
        "BW1225 error",
        "`AWS_ENDPOINT_URL_S3`",
    ),
    (
        "irsa",
        "server: {envFrom: [{secretRef: {name: keys}}]}\nextra: {kind: Secret, metadata: {name: keys}, stringData: {AWS_SECRET_ACCESS_KEY: x}}",
        "BW1225 error",
        "`AWS_SECRET_ACCESS_KEY`",
    ),
    (
        "irsa",
        "artifactRepository: {s3: {accessKeySecret: {name: own, key: id}}}",
        "BW1225 error",
        "the identity is `irsa`",
    ),
    (
        "irsa",
        "extra: {kind: Service, metadata: {name: argo-minio, labels: {app: minio}}}",
        "BW1224 error",
        "Service argo-minio belongs to",
    ),
    (
        "irsa",
        "extra: {kind: Job, metadata: {name: buckets}, spec: {template: {spec: {initContainers: [{image: 'quay.io/minio/mc:1'}]}}}}",
        "BW1224 error",
        "Job buckets belongs to",
    ),
    ("irsa", "artifactRepository: {gcs: {url: 'http://argo-minio.argo.svc:9000'}}", "BW1224 error", "`minio.argo.svc`"),
    // Base64 of `miniosecretkey`, as a Secret holds it.
    (
        "irsa",
        "extra: {kind: Secret, metadata: {name: login}, data: {password: bWluaW9zZWNyZXRrZXk=}}",
        "BW1224 error",
        "`miniosecretkey`",
    ),
    ("pod-identity", "server: {env: [{name: AWS_ACCESS_KEY_ID, value: x}]}", "BW1225 error", "`AWS_ACCESS_KEY_ID`"),
    ("pod-identity", "server: {serviceAccount: {name: mine}}", "BW1223 warn", "argo/argo-argo-workflows-server"),
    ("google", "server: {serviceAccount: {name: mine}}", "BW1222 error", "system:serviceaccount:argo:mine"),
    (
        "google",
        "artifactRepository: {gcs: {serviceAccountKeySecret: {name: own, key: k}}}",
        "BW1225 error",
        "`workload-identity`",
    ),
];

fn spec(identity: &str) -> String {
    match identity {
        "google" => GOOGLE.to_owned(),
        "azure" => AZURE.to_owned(),
        _ => SPEC.replace("identity: irsa", &format!("identity: {identity}")),
    }
}

#[test]
fn each_mistake_is_named_and_our_own_values_hold_none() {
    for identity in ["irsa", "pod-identity", "static-keys", "node-role", "google", "azure"] {
        let text = spec(identity)
            .replace("    name: prod\n", "    name: prod\n    nodeRole: arn:aws:iam::012345678901:role/nodes\n");
        match findings(&chart(&text), "") {
            Ok((codes, all)) => assert!(codes.is_empty(), "{identity}: {all:#?}"),
            Err(why) => skip!("helm", why),
        }
    }
    for (identity, mine, finding, words) in CASES {
        let (codes, all) = findings(&chart(&spec(identity)), mine).expect("helm is there");
        let at = codes.iter().position(|code| code == finding).unwrap_or_else(|| panic!("{mine}: {all:#?}"));
        let found = all.iter().any(|one| {
            finding.starts_with(one["code"].as_str().unwrap()) && one["what"].as_str().unwrap().contains(words)
        });
        assert!(found, "{mine}: {all:#?}");
        if *finding != "BW1223 warn" {
            assert_eq!(all[at]["place"]["file"], "argo-workflows/templates/all.yaml", "{mine}");
        }
    }
}

/// The name, the key and the namespace of a Secret, each wrong by itself.
#[test]
fn secrets_are_held_by_name_key_and_namespace() {
    let ours = "argo-argo-workflows-artifacts";
    for (mine, finding, words) in [
        (
            format!("artifactRepository: {{s3: {{caSecret: {{name: {ours}, key: nope}}}}}}"),
            "BW1221 error",
            "the key `nope`",
        ),
        ("extra: {kind: Secret, metadata: {name: unrelated}}".to_owned(), "", ""),
    ] {
        let sandbox = chart(&spec("static-keys"));
        let (codes, all) = match findings(&sandbox, &mine) {
            Ok(found) => found,
            Err(why) => skip!("helm", why),
        };
        let wanted: Vec<&str> = Some(finding).filter(|finding| !finding.is_empty()).into_iter().collect();
        assert_eq!(codes, wanted, "{mine}: {all:#?}");
        assert!(all.iter().all(|one| one["what"].as_str().unwrap().contains(words)), "{all:#?}");
    }
    // The chart itself asks elsewhere: another namespace, another name, one key of two.
    let asks = |namespace: &str, name: &str, key: &str| {
        format!(
            "kind: Pod\nmetadata: {{name: p, namespace: {namespace}}}\nspec: {{containers: [{{env: [{{valueFrom: {{secretKeyRef: {{name: {name}, key: {key}}}}}}}]}}]}}\n"
        )
    };
    for (manifest, finding, words) in [
        (asks("elsewhere", ours, "AWS_ACCESS_KEY_ID"), "BW1220", "in the namespace elsewhere"),
        (asks("argo", "other", "AWS_ACCESS_KEY_ID"), "BW1220", "No rendered object mentions it"),
        (asks("argo", ours, "AWS_ACCESS_KEY_ID"), "BW1220", "`AWS_SECRET_ACCESS_KEY`"),
        (asks("argo", ours, "accessKey"), "BW1221", "Pod p asks for the key `accessKey`"),
    ] {
        let sandbox = chart(&spec("static-keys"));
        sandbox.write("rendered.yaml", &manifest);
        let text = sandbox.run("check --chart argo-workflows=chart --rendered rendered.yaml").any().all();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(finding) && text.contains(words), "{manifest}: {text}");
    }
}

#[test]
fn a_role_of_another_name_is_found() {
    let sandbox = chart(SPEC);
    let account = "kind: ServiceAccount\nmetadata: {name: argo-workflow, annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::012345678901:role/old'}}\n";
    sandbox.write("rendered.yaml", account);
    let text = sandbox.run("check --chart argo-workflows=chart --rendered rendered.yaml").exits(3).all();
    assert!(text.contains("BW1226") && text.contains("`old`") && text.contains("rendered.yaml:1:1"), "{text}");
    sandbox.write("rendered.yaml", "kind: ServiceAccount\nmetadata: {name: argo-workflow}\n");
    let text = sandbox.run("check --chart argo-workflows=chart --rendered rendered.yaml").exits(3).all();
    assert!(text.contains("BW1226") && text.contains("names no role"), "{text}");
}

#[test]
fn fail_on_and_formats() {
    let sandbox = chart(SPEC);
    // One warning and no error: the account is not rendered.
    let rendered = "kind: ServiceAccount\nmetadata: {name: argo-workflow, annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::012345678901:role/acme-prod-argo-workflows'}}\n";
    sandbox.write("rendered.yaml", &format!("{rendered}{CONFIG}"));
    let call = "check --chart argo-workflows=chart --rendered rendered.yaml";
    let said = sandbox.run(call).ok().stderr;
    assert!(said.contains("0 errors, 1 warnings."), "{said}");
    let _ = sandbox.run(&format!("{call} --fail-on error")).ok();
    let json = sandbox.run(&format!("{call} --fail-on warn -o json")).exits(3).json();
    assert_eq!((&json["version"], &json["findings"][0]["code"]), (&1.into(), &"BW1223".into()));
    sandbox.write(
        "rendered.yaml",
        &format!("{rendered}{CONFIG}---\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{password: console123}}\n"),
    );
    let sarif = sandbox.run(&format!("{call} -o sarif")).exits(3).sarif();
    let result = &sarif["runs"][0]["results"][1];
    assert_eq!((&result["ruleId"], &result["level"]), (&"BW1224".into(), &"error".into()));
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(
        (&place["artifactLocation"]["uri"], &place["region"]["startLine"]),
        (&"rendered.yaml".into(), &12.into())
    );
    // Nothing at all: the exit code is 0 even for warnings.
    let server = rendered.replace("argo-workflow,", "argo-argo-workflows-server,");
    sandbox.write("rendered.yaml", &format!("{rendered}---\n{server}{CONFIG}"));
    let _ = sandbox.run(&format!("{call} --fail-on warn")).ok();
}

#[test]
fn helms_refusal_stands_beside_the_other_findings_without_values() {
    let sandbox = chart(SPEC);
    sandbox.write(
        "chart/values.schema.json",
        r#"{"properties": {"nameOverride": {"type": "string", "pattern": "^[a-z]*$"}}}"#,
    );
    let text = match checked(&sandbox, "nameOverride: HUNTER2\nserverr: {}\n", "") {
        Ok(run) => run.exits(3).all(),
        Err(why) => skip!("helm", why),
    };
    assert!(text.contains("BW1230") && text.contains("nameOverride") && text.contains("BW1210"), "{text}");
    assert!(!text.contains("HUNTER2"), "{text}");
    sandbox.write("chart/values.schema.json", "{broken");
    let text = checked(&sandbox, "", "").unwrap().exits(2).all();
    assert!(text.contains("BW1204") && text.contains("values.schema.json is not JSON"), "{text}");
    std::fs::remove_file(sandbox.path("chart/values.schema.json")).unwrap();
    sandbox.write("chart/Chart.yaml", "apiVersion: v2\nname: argo-workflows\nversion: 1.0.17\n");
    let text = checked(&sandbox, "", "--fail-on warn").unwrap().exits(3).all();
    assert!(text.contains("BW1213") && text.contains("1.0.17"), "{text}");
}

/// Every variant of a profile against a chart: all hold, and a chart that reads another key of the Secret is found out.
#[test]
fn a_profile_is_held_against_a_chart() {
    let sandbox = chart(SPEC);
    let call = "profile test argo-workflows --chart chart --values mine.yaml --only";
    let lines = match with_helm(&sandbox, &format!("{call} shared")) {
        Ok(call) => call.run().ok().stdout,
        Err(why) => skip!("helm", why),
    };
    for way in ["aws irsa", "aws static-keys", "aws pod-identity", "gcp workload-identity", "s3 static-keys"] {
        assert!(lines.contains(&format!("ok       argo-workflows 1.0.18 {way} shared")), "{way}: {lines}");
    }
    assert!(!lines.contains("found"), "{lines}");
    sandbox.write("mine.yaml", "server: {serviceAccount: {name: other}}\n");
    let json = with_helm(&sandbox, &format!("{call} irsa -o json")).unwrap().run().exits(3).json();
    let first = &json["variants"][0];
    assert_eq!((&first["result"], &first["findings"][0]["code"]), (&"found".into(), &"BW1222".into()), "{first:#}");
    let text = sandbox.run("profile test gitlab --chart chart").exits(2).stderr;
    assert!(text.contains("does not cover argo-workflows 1.0.18"), "{text}");
    let text = sandbox.run("profile test --chart chart").exits(2).stderr;
    assert!(text.contains("`--chart` is for one profile"), "{text}");
}
