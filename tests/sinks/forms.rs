//! What an earlier run sealed, encrypted or put into a store is not written in plain by one that lacks the option.

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
