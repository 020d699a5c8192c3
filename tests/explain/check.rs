//! Ways into each error and finding of `check`, with a chart written for the purpose.

use super::{Said, note};
use crate::harness::Sandbox;
use crate::helm::check::fixture::{CONFIG, SPEC, chart, checked};

/// A change of the sandbox that holds a good chart.
type Change = fn(&Sandbox);

/// Notes what `check` says of a chart and values that were changed.
fn told(said: &mut Said, code: &'static str, exit: i32, change: Change) {
    let sandbox = chart(SPEC);
    change(&sandbox);
    let run = sandbox.run("check --chart argo-workflows=chart --values mine.yaml --fail-on warn").exits(exit);
    note(said, code, if exit == 3 { &run.stdout } else { &run.stderr });
}

/// Notes what `check` says of what Helm rendered elsewhere, beside the controller's configuration.
fn rendered(said: &mut Said, code: &'static str, identity: &str, manifests: &str) {
    alone(said, code, identity, &format!("{manifests}{CONFIG}"));
}

/// Notes what `check` says of what Helm rendered elsewhere.
fn alone(said: &mut Said, code: &'static str, identity: &str, manifests: &str) {
    let sandbox = chart(&SPEC.replace("identity: irsa", &format!("identity: {identity}")));
    sandbox.write("rendered.yaml", manifests);
    let call = "check --chart argo-workflows=chart --rendered rendered.yaml --fail-on warn";
    note(said, code, &sandbox.run(call).exits(3).stdout);
}

/// The ServiceAccount of the workflows with the role that trusts it.
const ACCOUNT: &str = "\
kind: ServiceAccount
metadata:
  name: argo-workflow
  annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::012345678901:role/acme-prod-argo-workflows'}
";

/// Everything that `check` finds; a reason when there is no Helm.
pub fn say(said: &mut Said) -> Result<(), String> {
    told(said, "BW1201", 2, |here| std::fs::remove_file(here.path("chart/Chart.yaml")).expect("removed"));
    told(said, "BW1202", 2, |here| _ = here.write("mine.yaml", &"# a comment\n".repeat(400_000)));
    told(said, "BW1203", 2, |here| {
        std::os::unix::fs::symlink("/etc/passwd", here.path("chart/templates/users.yaml")).expect("a link");
    });
    told(said, "BW1204", 2, |here| _ = here.write("chart/values.schema.json", "{broken"));
    let sandbox = chart(SPEC);
    let helm = sandbox.write("programs/helm", "#!/bin/sh\nexec yes\n");
    std::fs::set_permissions(helm, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a program");
    let call = sandbox.call(["check", "--chart", "argo-workflows=chart"]);
    let path = format!("{}:/usr/bin:/bin", sandbox.path("programs").display());
    note(said, "BW1205", &call.env("PATH", path).run().exits(1).stderr);
    told(said, "BW1210", 3, |here| _ = here.write("mine.yaml", "server:\n  serviceAcount:\n    name: argo\n"));
    told(said, "BW1214", 3, |here| _ = here.write("mine.yaml", "artifactRepository: {gcs: {bucket: x}}\n"));
    told(said, "BW1215", 3, |here| _ = here.write("mine.yaml", "controller: {workflowNamespaces: [argo, team]}\n"));
    told(said, "BW1211", 3, |here| _ = here.write("mine.yaml", "useDefaultArtifactRepo: true\n"));
    told(said, "BW1212", 3, |here| {
        let text = here.read("chart/Chart.yaml");
        here.write("chart/Chart.yaml", &format!("{text}dependencies: [{{name: minio, version: 5.0.0}}]\n"));
    });
    told(said, "BW1213", 3, |here| {
        here.write("chart/Chart.yaml", &here.read("chart/Chart.yaml").replace("1.0.18", "1.0.17"));
    });
    let sandbox = chart(SPEC);
    sandbox.write("chart/templates/tls.yaml", "{{ if .Values.server.secure }}{{ .Values.server.tlsName }}{{ end }}");
    let gated = checked(&sandbox, "server: {secure: false, tlsName: mine}\n", "--fail-on warn")?;
    note(said, "BW1216", &gated.exits(3).stdout);
    manifests(said);
    let sandbox = chart(SPEC);
    let pattern = r#"{"properties": {"nameOverride": {"type": "string", "pattern": "^[a-z]*$"}}}"#;
    sandbox.write("chart/values.schema.json", pattern);
    note(said, "BW1230", &checked(&sandbox, "nameOverride: ARGO\n", "")?.exits(3).stdout);
    Ok(())
}

/// What pods, ServiceAccounts and Secrets show.
fn manifests(said: &mut Said) {
    let asks = |name: &str, key: &str| {
        format!(
            "kind: Deployment\nmetadata: {{name: argo-server}}\nspec: {{template: {{spec: {{containers: [{{env: [{{valueFrom: {{secretKeyRef: {{name: {name}, key: {key}}}}}}}]}}]}}}}}}\n"
        )
    };
    rendered(said, "BW1220", "static-keys", &asks("of-another-name", "AWS_ACCESS_KEY_ID"));
    rendered(said, "BW1221", "static-keys", &asks("argo-argo-workflows-artifacts", "accessKey"));
    let runs = |account: &str, variable: &str| {
        format!(
            "kind: Deployment\nmetadata: {{name: argo-server}}\nspec: {{template: {{spec: {{serviceAccountName: {account}, containers: [{{env: [{{name: {variable}, value: x}}]}}]}}}}}}\n"
        )
    };
    let other = ACCOUNT.replace("argo-workflow\n", "mine\n");
    rendered(said, "BW1222", "irsa", &format!("{other}---\n{}", runs("mine", "LANG")));
    rendered(said, "BW1223", "irsa", ACCOUNT);
    let minio = "kind: Service\nmetadata: {name: argo-minio, labels: {app: minio}}\n";
    rendered(said, "BW1224", "irsa", &format!("{ACCOUNT}---\n{minio}"));
    rendered(said, "BW1225", "irsa", &format!("{ACCOUNT}---\n{}", runs("argo-workflow", "AWS_ACCESS_KEY_ID")));
    rendered(said, "BW1226", "irsa", "kind: ServiceAccount\nmetadata: {name: argo-workflow}\n");
    alone(
        said,
        "BW1227",
        "irsa",
        &format!("{ACCOUNT}{}", CONFIG.replace("acme-prod-argo-artifacts", "my-old-artifacts")),
    );
    alone(said, "BW1228", "irsa", ACCOUNT);
}
