//! What the new values do not reach, or change beside the store, is said.

use serde_json::Value;

use super::elsewhere::report;

const STORE: &str = "s3: {endpoint: 'minio:9000', insecure: true, bucket: b1, accessKeySecret: {name: mk, key: ak}, secretKeySecret: {name: mk, key: sk}}";

/// Argo's values on MinIO, with more, by themselves and in Massdriver.
fn both(more: &str) -> [(&'static str, &'static str, String, &'static str); 2] {
    let argo = format!("artifactRepository: {{{STORE}}}\n{more}\n");
    let below: String = argo.lines().map(|line| format!("  {line}\n")).collect();
    [
        ("argo-workflows", "1.0.18", argo, ""),
        ("massdriver", "0.2.0", format!("argo-workflows:\n{below}"), "argo-workflows."),
    ]
}

/// The outcome of a setting, and all that its line says.
fn line(report: &Value, path: &str) -> Option<(String, String)> {
    let mut lines = report["settings"].as_array().expect("settings").iter();
    let line = lines.find(|line| line["path"] == path)?;
    Some((line["outcome"].as_str().expect("an outcome").to_owned(), line.to_string()))
}

#[test]
fn a_repository_out_of_reach_is_to_be_looked_at() {
    let annotated = "[{apiVersion: v1, kind: ConfigMap, metadata: {name: mine, annotations: {workflows.argoproj.io/default-artifact-repository: d}}}]";
    for (more, path, words) in [
        ("controller: {configMap: {create: false, name: mycm}}", "controller.configMap.create", "`mycm`"),
        ("controller: {configMap: {create: false}}", "controller.configMap.create", "left as it is"),
        (
            "controller: {workflowDefaults: {spec: {artifactRepositoryRef: {configMap: my-repos, key: default}}}}",
            "controller.workflowDefaults.spec.artifactRepositoryRef.configMap",
            "not the one that moves",
        ),
        (
            "controller: {workflowDefaults: {spec: {artifactRepositoryRef: {key: default}}}}",
            "controller.workflowDefaults.spec.artifactRepositoryRef.key",
            "not the one that moves",
        ),
        (
            "controller: {workflowDefaults: {spec: {templateDefaults: {archiveLocation: {s3: {bucket: b}}}}}}",
            "controller.workflowDefaults.spec.templateDefaults.archiveLocation.s3.bucket",
            "not the repository that moves",
        ),
        (&format!("extraObjects: {annotated}"), "extraObjects", "Your objects stay"),
        (
            "extraObjects: [\"kind: ConfigMap\\nmetadata: {name: artifact-repositories}\"]",
            "extraObjects",
            "Your objects stay",
        ),
        (
            "extraObjects: [{kind: WorkflowTemplate, spec: {artifactRepositoryRef: {key: x}}}]",
            "extraObjects",
            "Your objects stay",
        ),
    ] {
        for (profile, version, old, below) in both(more) {
            let (_, report) = report(profile, version, &old, "");
            let said = line(&report, &format!("{below}{path}")).unwrap_or_else(|| panic!("{old}: {report:#}"));
            assert!(said.0 == "decide" && said.1.contains(words), "{old}: {said:?}");
        }
    }
    for (more, path) in [
        ("controller: {configMap: {create: true, name: mycm}}", "controller.configMap.create"),
        ("extraObjects: [{kind: ConfigMap, metadata: {name: mine}}]", "extraObjects"),
    ] {
        for (profile, version, old, below) in both(more) {
            let (_, report) = report(profile, version, &old, "");
            assert!(line(&report, &format!("{below}{path}")).is_none(), "{old}: {report:#}");
        }
    }
}

#[test]
fn the_account_of_workflows_is_kept_and_that_of_the_collector_is_said() {
    let defaults =
        "controller: {workflowDefaults: {spec: {serviceAccountName: my-sa, artifactGC: {serviceAccountName: gc-sa}}}}";
    let [(profile, version, old, _), _] = both(defaults);
    let (sandbox, report) = report(profile, version, &old, "");
    let spec = sandbox.read("s3/bucketwright.yaml");
    for words in ["workflowServiceAccount: \"my-sa\"", "workflowAccount: \"existing\""] {
        assert!(spec.contains(words), "{words}: {spec}");
    }
    let said = line(&report, "controller.workflowDefaults.spec.serviceAccountName").expect("a line");
    assert!(said.0 == "moved" && said.1.contains("workflowServiceAccount"), "{said:?}");
    let said = line(&report, "controller.workflowDefaults.spec.artifactGC.serviceAccountName").expect("a line");
    assert!(said.0 == "decide" && said.1.contains("says something else"), "{said:?}");
    let made = format!("{defaults}\nworkflow: {{serviceAccount: {{create: true, name: my-sa}}}}");
    let [(profile, version, old, _), _] = both(&made);
    let (sandbox, _) = super::elsewhere::report(profile, version, &old, "");
    assert!(!sandbox.read("s3/bucketwright.yaml").contains("existing"));
}

#[test]
fn the_charts_own_namespaces_go_aloud() {
    for (more, wanted) in [
        ("", Some("decide")),
        ("controller: {workflowNamespaces: [argo, ci]}", Some("moved")),
        ("controller: {workflowNamespaces: [default]}", Some("moved")),
    ] {
        let [(profile, version, old, _), _] = both(more);
        let (_, report) = report(profile, version, &old, "");
        let said = line(&report, "controller.workflowNamespaces");
        assert_eq!(said.as_ref().map(|said| said.0.as_str()), wanted, "{old}: {said:?}");
        assert_eq!(said.expect("a line").1.contains("of the chart's own"), more.is_empty(), "{old}");
    }
    let [(profile, version, old, _), _] = both("");
    let (_, report) = report(profile, version, &old, "--namespace default");
    assert_eq!(line(&report, "controller.workflowNamespaces"), None);
}

#[test]
fn variables_that_are_no_credentials_stay() {
    for (variables, wanted) in [
        ("[{name: AWS_CA_BUNDLE, value: /x}]", None),
        ("[{name: AWS_MAX_ATTEMPTS, value: \"3\"}]", None),
        ("[{name: AWS_REGION, value: x}]", Some("dropped")),
        ("[{name: AWS_ENDPOINT_URL_S3, value: x}, {name: AWS_SESSION_TOKEN, value: x}]", Some("dropped")),
        ("[{name: AWS_REGION, value: x}, {name: AWS_CA_BUNDLE, value: /x}]", Some("decide")),
    ] {
        for (profile, version, old, below) in both(&format!("executor: {{env: {variables}}}")) {
            let (_, report) = report(profile, version, &old, "");
            let said = line(&report, &format!("{below}executor.env")).map(|said| said.0);
            assert_eq!(said.as_deref(), wanted, "{old}");
        }
    }
    let old = "global: {extraEnv: {AWS_ACCESS_KEY_ID: a, AWS_CA_BUNDLE: /etc/ca.pem}}\n";
    let (_, report) = report("gitlab", "9.9.1", old, "");
    assert_eq!(line(&report, "global.extraEnv.AWS_ACCESS_KEY_ID").map(|said| said.0).as_deref(), Some("dropped"));
    assert_eq!(line(&report, "global.extraEnv.AWS_CA_BUNDLE"), None);
}

#[test]
fn a_subchart_that_is_off_is_said() {
    for (old, wanted) in [("argo-workflows: {enabled: false}\n", true), ("argo-workflows: {enabled: true}\n", false)] {
        let (_, report) = report("massdriver", "0.2.0", old, "");
        let said = line(&report, "argo-workflows.enabled");
        assert_eq!(said.is_some_and(|said| said.0 == "decide"), wanted, "{old}");
    }
}
