//! `rotate` where the keys are left to a cloud's own tool: the lines repeat what it was called with, and concern what was meant alone.

use crate::harness::Sandbox;

/// A spec of each cloud that prints lines, with the command by which its keys are handed on.
const CLOUDS: [(&str, &str); 3] = [
    (
        "{provider: gcp, project: acme-prod, projectNumber: \"123456789012\", location: europe-west2}",
        "apply --second-key",
    ),
    (
        "{provider: azure, subscription: 11111111-2222-3333-4444-555555555555, resourceGroup: acme-prod, storageAccount: acmeprod, location: westeurope}",
        "apply",
    ),
    ("{provider: s3, store: minio, endpoint: \"https://minio.example.com\", region: us-east-1}", "apply"),
];

#[test]
fn lines_repeat_the_call() {
    for (cloud, command) in CLOUDS {
        let key = if cloud.contains("provider: s3") {
            ", credentials: {accessKeyId: env:A, secretAccessKey: env:B}"
        } else {
            ""
        };
        let spec = format!(
            "apiVersion: bucketwright/v1\nname: acme\ncloud: {cloud}\nidentity: static-keys\ninstalls:\n  - {{profile: argo-workflows, id: argo, chartVersion: 1.0.18{key}}}\n"
        );
        let sandbox = Sandbox::new();
        sandbox.write("specs/acme.yaml", &spec);
        let lines = sandbox.call(["rotate", "-f", "specs/acme.yaml", "--out", "my files"]).run().exits(2).stdout;
        assert!(
            lines.contains(&format!("bucketwright {command} -f specs/acme.yaml --out 'my files'\n")),
            "{cloud}: {lines}"
        );
        sandbox.write("bucketwright.yaml", &spec);
        let lines = sandbox.run("rotate --install argo").exits(2).stdout;
        assert!(lines.contains(&format!("bucketwright {command}\n")), "{cloud}: {lines}");
        // A name that nothing has rotates nothing, and says what there is.
        for none in ["--install arog", "--principal acme-arog"] {
            let said = sandbox.run(&format!("rotate {none}")).exits(1);
            assert!(said.stdout.is_empty() && said.stderr.contains("BW0630"), "{cloud} {none}: {}", said.all());
            assert!(said.messages().contains("acme-argo (install argo)"), "{cloud} {none}: {}", said.messages());
        }
    }
}
