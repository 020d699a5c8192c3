//! The same against the AWS emulator: what `apply` learns, and a move that is not done.

use super::{pasted, printed};
use crate::harness::{Account, Peer, Sandbox, tree_of_text};

/// The README's own spec, whose cluster has a name and no issuer.
fn readme(account: &Account<'_>, name: &str) -> String {
    format!(
        "apiVersion: bucketwright/v1\nname: {name}\ncloud:\n  provider: aws\n  region: eu-west-1\n  account: \"{}\"\n  cluster:\n    name: prod\nidentity: irsa\ninstalls:\n  \
         - profile: argo-workflows\n    chartVersion: 1.0.18\n",
        account.id
    )
}

macro_rules! own {
    () => {
        match Peer::start() {
            Ok(peer) => peer,
            Err(why) => skip!("account", why),
        }
    };
}

/// What `apply` learnt is where `render` finds it, in a clean clone too, and the lines that it prints are those that are missing.
#[test]
fn what_apply_learnt_is_known_afterwards() {
    let peer = own!();
    let account = peer.account();
    let sandbox = Sandbox::with_spec(&readme(&account, "learnt"));
    // Before: each command says what is missing, with this spec's values. Offline looks need nothing.
    for command in ["render", "export --as terraform"] {
        let said = sandbox.run(command).exits(2).stderr;
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("BW0703") && said.contains("the cluster `prod`"), "{command}: {said}");
        assert!(said.contains("aws eks describe-cluster --region eu-west-1 --name prod"), "{command}: {said}");
        assert!(!said.contains("NAME"), "{command}: {said}");
    }
    let _ = sandbox.run("render --placeholders --out looks").ok();
    assert!(sandbox.read("looks/iam/learnt-argo-workflows.trust.json").contains("PLACEHOLDER-ISSUER"));
    let _ = sandbox.run("push --dry-run=client").ok();

    let said = account.call(&sandbox, "apply --yes").run().ok().stderr;
    let line = said.lines().find(|line| line.contains("oidcIssuer:")).unwrap_or_else(|| panic!("no line in {said}"));
    let (below, line) = line.trim().split_once(":  ").expect("a place and a line");
    assert_eq!(below, "below `cloud.cluster`");
    for command in ["render", "render --check", "push --dry-run=client", "export --as terraform", "export --as aws-cli"]
    {
        let _ = sandbox.run(command).ok();
    }
    // A clean clone has the spec and what may be committed.
    let clone = Sandbox::with_spec(&readme(&account, "learnt"));
    for (path, text) in
        tree_of_text(&sandbox.path("out")).into_iter().filter(|(path, _)| !path.starts_with("credentials/"))
    {
        clone.write(&format!("out/{path}"), &text);
    }
    let _ = clone.run("render --check").ok();
    // It holds for this cluster alone, and the spec comes first.
    clone.write("bucketwright.yaml", &readme(&account, "learnt").replace("name: prod", "name: other"));
    assert!(clone.run("render").exits(2).stderr.contains("BW0703"));
    let told = readme(&account, "learnt").replace("name: prod\n", &format!("name: prod\n    {line}\n"));
    clone.write("bucketwright.yaml", &told);
    std::fs::remove_file(clone.path("out/learnt.yaml")).expect("removed");
    let _ = clone.run("render --check").ok();
    let _ = clone.run("render --out fresh").ok();
    assert!(!clone.path("fresh/learnt.yaml").exists());
}

/// An account that only the cloud told is known afterwards, too.
#[test]
fn an_account_is_learnt_as_an_issuer_is() {
    let peer = own!();
    let account = peer.account();
    let spec = readme(&account, "unsaid").replace(&format!("  account: \"{}\"\n", account.id), "");
    let sandbox = Sandbox::with_spec(&spec);
    let said = sandbox.run("render").exits(2).stderr;
    assert!(said.contains("aws sts get-caller-identity"), "{said}");
    let said = account.call(&sandbox, "apply --yes --no-proof").run().ok().stderr;
    assert!(said.contains(&format!("below `cloud`:  account: \"{}\"", account.id)), "{said}");
    let _ = sandbox.run("render --check").ok();
}

/// As long as the switch is pending, `apply` and `render` print what is left, in the order of the report, and no shorter way.
#[test]
fn a_move_off_minio_is_remembered() {
    let peer = own!();
    let account = peer.account();
    let sandbox = Sandbox::new();
    sandbox
        .write("old.yaml", "global: {hosts: {domain: example.com}, appConfig: {lfs: {connection: {secret: mine}}}}\n");
    let _ = sandbox
        .run("migrate settings --profile gitlab --chart-version 9.9.1 --values old.yaml --name moved --region eu-west-1 --out s3")
        .ok();
    let notes = sandbox.read("s3/gitlab/NOTES.md");
    assert!(notes.contains("moving off MinIO"), "{notes}");
    for command in
        ["apply --yes --no-proof -f s3/bucketwright.yaml --out s3", "render -f s3/bucketwright.yaml --out s3"]
    {
        let said = account.call(&sandbox, command).run().ok().stderr;
        let next = printed(&said);
        let at = |words: &str| next.find(words).unwrap_or_else(|| panic!("{words} in\n{next}"));
        assert!(
            [". Sync. ", ". Freeze", ". Verify", ". Switch. ", "helm upgrade", ". Thaw"].map(at).is_sorted(),
            "{next}"
        );
        let helm = next.split("helm upgrade").nth(1).expect("helm");
        let order = ["-f old.yaml", "-f s3/gitlab/values.undo.yaml", "-f s3/gitlab/values.yaml"];
        assert!(order.map(|file| helm.find(file).unwrap_or_else(|| panic!("{file} in {helm}"))).is_sorted(), "{helm}");
        assert_eq!(next.matches("helm upgrade").count(), 1, "{next}");
    }
    assert!(sandbox.read("s3/gitlab/NOTES.md").contains("moving off MinIO"));
    // Elsewhere too: the report lies beside the spec.
    let said = account.call(&sandbox, "apply --yes --no-proof -f s3/bucketwright.yaml --out s3").run().ok().stderr;
    assert!(printed(&said).contains("in the order of s3/migration.txt"), "{said}");
    // When it is done, the report's last step says so.
    std::fs::remove_file(sandbox.path("s3/migration.json")).expect("the report");
    let said = account.call(&sandbox, "render -f s3/bucketwright.yaml --out s3").run().ok().stderr;
    sandbox.write("YOUR-VALUES.yaml", "{}\n");
    let asked = pasted(&sandbox, &printed(&said));
    assert!(asked.iter().any(|line| line.starts_with("helm upgrade")), "{asked:#?}");
    assert!(!sandbox.read("s3/gitlab/NOTES.md").contains("moving off MinIO"));
}

/// The keys of a service are entered where it asks for them: nothing of it runs in a cluster.
#[test]
fn a_service_has_nothing_to_restart() {
    let peer = own!();
    let account = peer.fresh();
    let spec = readme(&account, "console")
        .replace("identity: irsa", "identity: static-keys")
        .replace("profile: argo-workflows\n    chartVersion: 1.0.18", "profile: gradient\n    chartVersion: 1.0.0");
    let sandbox = Sandbox::with_spec(&spec);
    let _ = account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let said = account.call(&sandbox, "rotate --yes").run().ok().stderr;
    assert!(!said.contains("kubectl"), "{said}");
    assert!(said.contains("out/gradient/console-form.yaml"), "{said}");
}

/// Where a cluster answers, it is known whether the release runs, and the lines say so.
#[test]
fn a_cluster_tells_whether_the_release_runs() {
    let peer = own!();
    let server = match crate::kube::server::Server::shared() {
        Ok(server) => server,
        Err(why) => skip!("kube.py", why),
    };
    let account = peer.account();
    let admin = server.user("admin");
    let spec = |name: &str| {
        let text = readme(&account, name).replace("identity: irsa", "identity: static-keys");
        Sandbox::with_spec(&format!("{text}    namespace: {name}\n"))
    };
    server.namespace("next-runs");
    let sandbox = spec("next-runs");
    server.install(&crate::kube::release::chart(&sandbox), "secret", "next-runs", "argo", &serde_json::json!({}));
    let said = account.call(&sandbox, "apply --yes --no-proof").arg("--kubeconfig").arg(&admin).run().ok().stderr;
    let asked = pasted(&sandbox, &printed(&said));
    let at = |start: &str| {
        asked.iter().position(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start}: {asked:#?}"))
    };
    assert!(at("bucketwright release --only argo-workflows --kubeconfig") < at("helm get values argo"), "{asked:#?}");
    assert!(asked[at("helm upgrade")].contains("-f argo.now.yaml -f out/argo-workflows/values.yaml"), "{asked:#?}");
    // A first installation has no values to lose, and what was pushed is not applied again.
    let sandbox = spec("next-first");
    let call = account.call(&sandbox, "apply --yes --no-proof --push --create-namespaces");
    let said = call.arg("--kubeconfig").arg(&admin).run().ok().stderr;
    let lines = printed(&said);
    assert!(!lines.contains("release runs") && !lines.contains("YOUR-VALUES"), "{lines}");
    assert!(!lines.contains("kubectl") && lines.contains("helm upgrade"), "{lines}");
}
