//! Old roles and keys go, wherever they stand, and accounts that are there stay as they are.

use serde_json::Value;

use super::elsewhere::report;
use super::helm::{charts, merges};
use super::{COMMON, ROLE as IRSA};
use crate::harness::{Sandbox, project, python};

const POD: &str = "--identity pod-identity --account 012345678901 --cluster prod";
const ROLE: &str = "arn:aws:iam::012345678901:role/old-role";

/// What Helm makes of old values, overlay and new values, over the chart's own, or over nothing.
fn merged(sandbox: &Sandbox, profile: &str, version: &str) -> Option<Value> {
    let python = python().ok()?;
    let real = charts().map(|folder| folder.join(format!("{profile}-{version}"))).filter(|folder| folder.is_dir())?;
    let new = ["values.undo.yaml", "values.yaml", "values.secret.yaml"];
    let new = new.iter().map(|name| sandbox.path("s3").join(profile).join(name)).filter(|path| path.exists());
    let files = std::iter::once(sandbox.path("old.yaml")).chain(new).collect();
    merges(&python, &[(real, files)]).pop()
}

#[test]
fn old_roles_and_keys_go() {
    let global = format!(
        "global: {{serviceAccount: {{enabled: true, annotations: {{eks.amazonaws.com/role-arn: \"{ROLE}\"}}}}}}\n"
    );
    let parts = format!(
        "gitlab: {{webservice: {{serviceAccount: {{annotations: {{eks.amazonaws.com/role-arn: \"{ROLE}\", team: kept}}}}, annotations: {{iam.amazonaws.com/role: \"{ROLE}\"}}}}}}\nregistry: {{serviceAccount: {{annotations: {{eks.amazonaws.com/role-arn: \"{ROLE}\"}}}}}}\n"
    );
    let keys = "global: {extraEnv: {AWS_ACCESS_KEY_ID: old-role, TZ: UTC}}\ngitlab: {sidekiq: {extraEnv: {AWS_SECRET_ACCESS_KEY: old-role}}, toolbox: {extraEnvFrom: {AWS_ACCESS_KEY_ID: {secretKeyRef: {name: old-role, key: a}}}}}\nregistry: {extraEnv: {AWS_ENDPOINT_URL_S3: \"http://old-role\"}}\n";
    let irsa = IRSA;
    for old in [global.as_str(), &parts, keys] {
        for identity in
            ["", "--per-component", POD, &format!("{POD} --per-component"), irsa, &format!("{irsa} --per-component")]
        {
            let (sandbox, said) = report("gitlab", "9.9.1", old, identity);
            let decide =
                said["settings"].as_array().expect("settings").iter().filter(|line| line["outcome"] == "decide");
            assert_eq!(decide.count(), 0, "{said:#}");
            let Some(merged) = merged(&sandbox, "gitlab", "9.9.1") else { continue };
            assert!(!merged.to_string().contains("old-role"), "{old} {identity}: {merged:#}");
            // What the chart asks for being there, is not: the global annotations would win over those of the parts.
            let global = merged.pointer("/global/serviceAccount/annotations").filter(|there| !there.is_null());
            let there = global.and_then(Value::as_object).map_or(0, serde_json::Map::len);
            assert_eq!(there > 0, identity == irsa, "{old} {identity}: {global:?}");
        }
    }
    let (sandbox, _) = report("gitlab", "9.9.1", &parts, POD);
    if let Some(merged) = merged(&sandbox, "gitlab", "9.9.1") {
        let kept = merged.pointer("/gitlab/webservice/serviceAccount/annotations/team");
        assert_eq!(kept, Some(&Value::from("kept")), "what is the user's own stays");
    }
}

#[test]
fn argos_roles_go_and_lists_are_emptied_or_shown() {
    let minio = "artifactRepository: {s3: {endpoint: \"minio:9000\", bucket: b}}\n";
    let old = format!(
        "{minio}workflow: {{serviceAccount: {{annotations: {{eks.amazonaws.com/role-arn: \"{ROLE}\"}}}}}}\nserver: {{podAnnotations: {{iam.amazonaws.com/role: \"{ROLE}\"}}, extraEnv: [{{name: AWS_ACCESS_KEY_ID, value: old-role}}]}}\n"
    );
    let (sandbox, _) = report("argo-workflows", "1.0.18", &old, POD);
    if let Some(merged) = merged(&sandbox, "argo-workflows", "1.0.18") {
        assert!(!merged.to_string().contains("old-role"), "{merged:#}");
    }
    let old =
        format!("{minio}mainContainer: {{env: [{{name: TZ, value: UTC}}, {{name: AWS_REGION, value: old-role}}]}}\n");
    let (_, said) = report("argo-workflows", "1.0.18", &old, POD);
    let line = said["settings"].as_array().unwrap().iter().find(|line| line["path"] == "mainContainer.env").unwrap();
    assert_eq!(line["outcome"], "decide");
    assert!(line["what"].as_str().unwrap().ends_with("take AWS_REGION out of it"), "{line:#}");
}

#[test]
fn accounts_that_are_there_are_carried_over() {
    let old = "global:\n  serviceAccount: {enabled: true, create: false, name: gitlab-sa}\n";
    for identity in ["", POD, IRSA] {
        let (sandbox, _) = report("gitlab", "9.9.1", old, identity);
        let spec = sandbox.read("s3/bucketwright.yaml");
        for words in ["serviceAccounts: \"existing\"", "toolbox: \"gitlab-sa\"", "registry: \"gitlab-sa\""] {
            assert!(spec.contains(words), "{words} in\n{spec}");
        }
        if identity == IRSA {
            let trust = crate::harness::tree_of_text(&sandbox.path("s3/iam"));
            let trust = format!("{trust:?}");
            assert!(trust.contains(":gitlab-sa") && !trust.contains(":gitlab-webservice"), "{trust}");
        }
        let Some(merged) = merged(&sandbox, "gitlab", "9.9.1") else { continue };
        for (pointer, wanted) in [
            ("/global/serviceAccount/create", Value::from(false)),
            ("/global/serviceAccount/enabled", Value::from(true)),
            ("/global/serviceAccount/name", Value::from("gitlab-sa")),
            ("/gitlab/toolbox/serviceAccount/name", Value::from("gitlab-sa")),
        ] {
            assert_eq!(merged.pointer(pointer), Some(&wanted), "{identity}: {pointer}");
        }
    }
    // A name of one part alone wins over the global one, as in the chart.
    let old = "global: {serviceAccount: {enabled: true, create: false, name: all}}\nregistry: {serviceAccount: {name: images}}\n";
    let (sandbox, _) = report("gitlab", "9.9.1", old, POD);
    let spec = sandbox.read("s3/bucketwright.yaml");
    assert!(spec.contains("registry: \"images\"") && spec.contains("sidekiq: \"all\""), "{spec}");
}

#[test]
fn argos_own_accounts_are_carried_over() {
    let start = "artifactRepository: {s3: {endpoint: \"minio:9000\"}}\n";
    for (old, spec, values) in [
        (
            "workflow: {serviceAccount: {create: false, name: argo-sa}}\n",
            &["workflowAccount: existing", "workflowServiceAccount: argo-sa"][..],
            &[("/workflow/serviceAccount/create", "false"), ("/workflow/serviceAccount/name", "\"argo-sa\"")][..],
        ),
        (
            "server: {serviceAccount: {create: false, name: ui}}\n",
            &["serverAccount: existing", "server: ui"],
            &[("/server/serviceAccount/create", "false"), ("/server/serviceAccount/name", "\"ui\"")],
        ),
        (
            "server: {serviceAccount: {create: false}}\n",
            &["serverAccount: existing"],
            &[("/server/serviceAccount/create", "false")],
        ),
        (
            "controller: {serviceAccount: {create: false, name: c}}\n",
            &[],
            &[("/workflow/serviceAccount/create", "true")],
        ),
        ("workflow: {serviceAccount: {create: true}}\n", &[], &[("/workflow/serviceAccount/create", "true")]),
        (
            "controller: {workflowNamespaces: [argo, team-a, team-b]}\n",
            &["team-a", "team-b"],
            &[("/controller/workflowNamespaces/2", "\"team-b\"")],
        ),
    ] {
        let (sandbox, report) = report("argo-workflows", "1.0.18", &format!("{start}{old}"), IRSA);
        let text = sandbox.read("s3/bucketwright.yaml").replace('"', "");
        for words in spec {
            assert!(text.contains(words), "{old}: {text}");
        }
        let new: Value = serde_yaml::from_str(&sandbox.read("s3/argo-workflows/values.yaml")).expect("YAML");
        for (pointer, value) in values {
            assert_eq!(new.pointer(pointer).map(ToString::to_string).as_deref(), Some(*value), "{old}: {new:#}");
        }
        let undo = std::fs::read_to_string(sandbox.path("s3/argo-workflows/values.undo.yaml")).unwrap_or_default();
        assert!(!undo.contains("create") && !undo.contains("workflowNamespaces"), "{old}: {undo}");
        let lines = report["settings"].as_array().expect("settings");
        let mut own = lines.iter().filter(|line| !line["place"].is_null());
        assert!(own.all(|line| line["outcome"] != "decide"), "{old}: {report:#}");
    }
}

/// A profile without the answer stands for any list that no option has.
#[test]
fn items_that_a_list_of_ours_replaces_are_told() {
    let sandbox = Sandbox::new();
    for name in ["profile.yaml", "values.yaml", "documents.yaml", "migration.yaml"] {
        let text = std::fs::read_to_string(project().join("charts-profiles/argo-workflows").join(name));
        let Ok(text) = text else { continue };
        let answer = "  - {path: controller.workflowNamespaces, option: workflowNamespaces}\n";
        assert!(name != "migration.yaml" || text.contains(answer));
        sandbox.write(&format!("profiles/argo-workflows/{name}"), &text.replace(answer, ""));
    }
    let old = "artifactRepository: {s3: {endpoint: \"minio:9000\"}}\ncontroller: {workflowNamespaces: [argo, mine]}\n";
    sandbox.write("old.yaml", old);
    let command = format!(
        "--profiles profiles migrate settings --profile argo-workflows --chart-version 1.0.18 --values old.yaml {COMMON} -o json"
    );
    let report = sandbox.run(&command).ok().json();
    let lines = report["settings"].as_array().expect("settings");
    let line = lines.iter().find(|line| line["path"] == "controller.workflowNamespaces").expect("a line");
    assert!(line["outcome"] == "decide" && line["what"].to_string().contains("an item of yours"), "{line:#}");
}
