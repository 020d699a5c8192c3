//! What an earlier run sealed, encrypted or put into a store is not written in plaintext by one that lacks the option.

use super::sandbox;
use crate::harness::{Peer, bare};

const AGE: &str = "age:age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

#[test]
fn the_form_of_secrets_changes_on_purpose_only() {
    let account = match Peer::shared() {
        Ok(peer) => peer.fresh(),
        Err(why) => skip!("account", why),
    };
    let encrypt = format!("--encrypt {AGE}");
    let ways = [
        ("form-ext", "--external-secrets aws", "external-secrets.yaml", encrypt.as_str()),
        ("form-age", encrypt.as_str(), "secrets.enc.yaml", "--external-secrets aws"),
    ];
    for (name, options, file, other) in ways {
        let sandbox = sandbox(name);
        account.call(&sandbox, &format!("apply --yes --no-proof {options}")).run().ok();
        let place = format!("out/argo-workflows/{file}");
        let before = sandbox.read(&place);
        let keys = sandbox.read(&format!("out/credentials/{name}-argo-workflows.yaml"));
        let writes = account.writes();
        for arguments in [
            "apply --yes --no-proof".to_owned(),
            "render".to_owned(),
            "rotate --yes".to_owned(),
            "rotate --yes --push --kubeconfig none".to_owned(),
            format!("apply --yes --no-proof {other}"),
            format!("render {other}"),
        ] {
            let words = account.call(&sandbox, &arguments).run().exits(1).stderr;
            let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
            let option = options.split_whitespace().next().expect("an option");
            assert!(words.contains("BW0808") && words.contains(&format!("Add `{option} ")), "{arguments}: {words}");
            assert!(words.contains(&format!("rm {place}")), "{arguments}: {words}");
            assert!(!sandbox.path("out/argo-workflows/secrets.yaml").exists(), "{arguments}");
        }
        assert_eq!(sandbox.read(&place), before);
        assert_eq!(sandbox.read(&format!("out/credentials/{name}-argo-workflows.yaml")), keys);
        assert_eq!(account.writes(), writes, "{name}: no key was made");
        // With the option it is done, and finishing needs none.
        account.call(&sandbox, &format!("rotate --yes {options}")).run().ok();
        account.call(&sandbox, "rotate --finish --yes").run().ok();
        let pushed =
            account.call(&sandbox, "push --kubeconfig none").run().exits(if name == "form-ext" { 1 } else { 2 });
        assert_eq!(
            name == "form-ext",
            pushed.stderr.contains("BW0808"),
            "what is only encrypted can be pushed: {pushed:?}"
        );
        // On purpose: as the message says, or by one run.
        let aside = bare("cp").args(["-a", "out", "aside"]).current_dir(sandbox.path("")).status();
        assert!(aside.expect("cp").success());
        std::fs::remove_file(sandbox.path(&place)).expect("removed");
        for more in ["s3cmd.enc.cfg", "artifact-repository.enc.yaml"] {
            drop(std::fs::remove_file(sandbox.path("out/argo-workflows").join(more)));
        }
        account.call(&sandbox, "render").run().ok();
        assert!(sandbox.path("out/argo-workflows/secrets.yaml").is_file());
        let said = account.call(&sandbox, "render --prune --out aside").run().ok().stderr;
        assert!(said.contains(file) && !sandbox.path(format!("aside/argo-workflows/{file}")).exists(), "{said}");
    }
}

/// Two specs, one folder: the second writes, reads and retires nothing in it.
#[test]
fn a_folder_belongs_to_one_spec() {
    let sandbox = sandbox("folder-one");
    let seal = "--external-secrets aws";
    sandbox.run(&format!("render {seal}")).ok();
    let record = sandbox.read("out/.rendered");
    assert!(record.contains("\n# spec: folder-one"), "{record}");
    let text = sandbox.read("bucketwright.yaml");
    sandbox.write("bucketwright.yaml", &text.replace("folder-one", "folder-two"));
    let before = sandbox.read("out/argo-workflows/external-secrets.yaml");
    for arguments in [
        "render",
        "render --external-secrets aws",
        "render --check",
        "render --prune",
        "plan",
        "apply --yes",
        "rotate --yes",
        "rotate --finish --yes",
        "push --dry-run=client",
        "verify",
        "destroy --yes",
    ] {
        let words = sandbox.run(arguments).exits(1).stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("BW0821"), "{arguments}: {words}");
        assert!(words.contains("`folder-one") && words.contains("`folder-two"), "{arguments}: {words}");
        assert!(words.contains("--out DIR") && words.contains("out/.rendered"), "{arguments}: {words}");
    }
    assert_eq!(sandbox.read("out/argo-workflows/external-secrets.yaml"), before);
    assert_eq!(sandbox.read("out/.rendered"), record);
    // Each has its own; a rehearsal's has nothing to lose; a folder of before is taken over.
    sandbox.run("render --placeholders --out other").ok();
    sandbox.run("apply --rehearse --yes").ok();
    sandbox.write("bucketwright.yaml", &text);
    sandbox.run("apply --rehearse --yes").ok();
    let unmarked: String =
        record.lines().filter(|line| !line.starts_with("# spec:")).map(|line| format!("{line}\n")).collect();
    sandbox.write("out/.rendered", &unmarked);
    sandbox.run(&format!("render {seal}")).ok();
    assert_eq!(sandbox.read("out/.rendered"), record);
}
