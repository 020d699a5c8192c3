//! No command replaces a file of the user's in silence.

use crate::harness::Sandbox;

const ROLE: &str = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: aws, region: eu-west-1, account: \"012345678901\", cluster: {name: prod, oidcIssuer: \"https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF\"}}\ninstalls:\n  - {profile: argo-workflows, chartVersion: 1.0.18, identity: irsa}\n";
const AZURE: &str = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: azure, subscription: 11111111-2222-3333-4444-555555555555, resourceGroup: prod, storageAccount: acmeprod, location: westeurope, accountKey: env:S}\ninstalls:\n  - {profile: gitlab, chartVersion: 9.9.1, identity: static-keys}\n";

#[test]
fn an_export_replaces_an_export_alone() {
    for (form, spec) in [("terraform", ROLE), ("aws-cli", ROLE), ("cloudformation", ROLE), ("az", AZURE)] {
        let sandbox = Sandbox::with_spec(spec);
        sandbox.write("acme.md", "mine\n");
        sandbox.write("there/acme.tf.json", "{}\n");
        sandbox.write("there/acme.sh", "mine\n");
        sandbox.write("there/acme.cfn.yaml", "mine\n");
        for out in ["bucketwright.yaml", "acme.md", "there", "there/"] {
            let refused = sandbox.run(&format!("export --as {form} --out {out}")).exits(2);
            assert!(
                refused.stderr.contains("BW0905") && refused.stderr.contains("--out PATH"),
                "{form}: {}",
                refused.stderr
            );
        }
        assert_eq!((sandbox.read("bucketwright.yaml").as_str(), sandbox.read("acme.md").as_str()), (spec, "mine\n"));
        // Its own file is replaced, an older one too; the file of another form is not.
        for _ in 0..2 {
            let _ = sandbox.run(&format!("export --as {form} --out made")).ok();
            let text = sandbox.read("made");
            sandbox.write("made", &format!("{text}\n"));
        }
        if form != "az" {
            let other = if form == "aws-cli" { "terraform" } else { "aws-cli" };
            assert!(sandbox.run(&format!("export --as {other} --out made")).exits(2).stderr.contains("BW0905"));
        }
    }
}

#[test]
fn an_export_to_a_dash_is_printed() {
    let sandbox = Sandbox::with_spec(ROLE);
    let printed = sandbox.run("export --as terraform --out -").ok().stdout;
    assert_eq!(printed, sandbox.run("export --as terraform").ok().stdout);
    assert!(!sandbox.path("-").exists());
}

#[test]
fn an_export_goes_into_no_rehearsal() {
    let sandbox = Sandbox::with_spec(ROLE);
    let _ = sandbox.run("apply --rehearse").ok();
    for out in ["out-rehearsal", "out-rehearsal/", "out-rehearsal/a.sh", "out-rehearsal/iam/a.sh"] {
        let refused = sandbox.run(&format!("export --as aws-cli --out {out}")).exits(2);
        assert!(refused.stderr.contains("BW0816"), "{out}: {}", refused.stderr);
    }
}

#[test]
fn a_migration_replaces_nothing_of_others() {
    let sandbox = Sandbox::new();
    let values = "global: {hosts: {domain: example.com}, appConfig: {lfs: {connection: {secret: mine}}}}\n";
    sandbox.write("now.yaml", values);
    let migrate = "migrate settings --profile gitlab --chart-version 9.9.1 --values now.yaml --name acme --region eu-west-1 --out s3";
    for path in ["migration.txt", "migration.json", "gitlab/values.undo.yaml", "bucketwright.yaml"] {
        sandbox.write(&format!("s3/{path}"), "mine\n");
        let refused = sandbox.run(migrate).exits(2).stderr;
        assert!(refused.contains("BW1706"), "{path}: {refused}");
        std::fs::remove_dir_all(sandbox.path("s3")).expect("removed");
    }
    sandbox.write("s3/gitlab/values.yaml", "mine\n");
    assert!(sandbox.run(migrate).exits(2).stderr.contains("BW0807"));
    std::fs::remove_dir_all(sandbox.path("s3")).expect("removed");
    for _ in 0..2 {
        let _ = sandbox.run(migrate).ok();
    }
}

#[test]
fn a_manual_replaces_its_own_pages_alone() {
    let sandbox = Sandbox::new();
    for _ in 0..2 {
        let _ = sandbox.run("man --out man").ok();
    }
    sandbox.write("man/bucketwright-apply.1", "mine\n");
    assert!(sandbox.run("man --out man").exits(2).stderr.contains("BW0905"));
    assert_eq!(sandbox.read("man/bucketwright-apply.1"), "mine\n");
}
