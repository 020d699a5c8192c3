//! `--seal`: what is sealed is opened with the controller's private key, by another implementation.

use serde_json::Value;

use super::{GITLAB, MASSDRIVER, a_rotation_hands_out, brought, documents, nothing_in_plain, peer, printed, render};
use crate::harness::{Sandbox, tree};

/// Makes the controller's key and certificates in `work/`, or says why not.
fn controller(sandbox: &Sandbox) -> Result<(), String> {
    let mut make = peer("sealed.py make")?;
    make.arg(sandbox.path(""));
    printed(make);
    Ok(())
}

fn opened(sandbox: &Sandbox, file: &str) -> Vec<Value> {
    let mut open = peer("sealed.py open").expect("the peers' Python");
    open.arg(sandbox.path("key.pem")).arg(sandbox.path(file));
    printed(open).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn the_controller_makes_the_same_secrets_in_every_scope() {
    let sandbox = brought(GITLAB);
    if let Err(why) = controller(&sandbox) {
        skip!("sealed.py", why);
    }
    render(&sandbox, "--out plain").ok();
    let meant = documents(&sandbox.read("plain/gitlab/secrets.yaml"));
    assert!(meant.len() > 2);
    for scope in ["strict", "namespace-wide", "cluster-wide"] {
        render(&sandbox, &format!("--out {scope} --seal cert.pem --seal-scope {scope}")).ok();
        let file = format!("{scope}/gitlab/sealed-secrets.yaml");
        assert_eq!(opened(&sandbox, &file), meant, "{scope}");
        nothing_in_plain(&sandbox, scope);
        // Sealing covers Secrets; the plain copies of their documents are left out.
        let files: Vec<String> =
            tree(&sandbox.path(scope)).into_keys().filter(|name| name.starts_with("gitlab/")).collect();
        assert_eq!(files, ["gitlab/NOTES.md", "gitlab/sealed-secrets.yaml", "gitlab/values.yaml"]);
        let notes = sandbox.read(&format!("{scope}/gitlab/NOTES.md"));
        assert!(
            notes.contains("kubectl apply -f gitlab/sealed-secrets.yaml") && !notes.contains("s3cmd.cfg`"),
            "{notes}"
        );
    }
    // A Secret that was sealed for its name opens under no other.
    let moved =
        sandbox.read("strict/gitlab/sealed-secrets.yaml").replace("namespace: \"gitlab\"", "namespace: \"other\"");
    sandbox.write("moved.yaml", &moved);
    let mut open = peer("sealed.py open").expect("the peers' Python");
    open.arg(sandbox.path("key.pem")).arg(sandbox.path("moved.yaml"));
    assert!(!open.output().expect("the peers' Python starts").status.success());
}

#[test]
fn a_rotation_seals_the_new_key() {
    let sandbox = super::sandbox("seal-rot");
    if let Err(why) = controller(&sandbox) {
        skip!("sealed.py", why);
    }
    a_rotation_hands_out(&sandbox, "seal-rot", "--seal cert.pem", || {
        let opened = opened(&sandbox, "out/argo-workflows/sealed-secrets.yaml");
        opened.iter().map(Value::to_string).collect()
    });
}

#[test]
fn certificates_that_cannot_seal_are_refused() {
    let sandbox = brought(GITLAB);
    if let Err(why) = controller(&sandbox) {
        skip!("sealed.py", why);
    }
    for (file, words) in [
        ("expired.pem", "expired at 20"),
        ("ec.pem", "is not for an RSA key"),
        ("short.pem", "cannot be used"),
        ("key.pem", "holds no certificate"),
    ] {
        let said = render(&sandbox, &format!("--seal {file}")).exits(2).stderr;
        assert!(said.contains("BW0710") && said.contains(words) && said.contains("kubeseal --fetch-cert"), "{said}");
    }
    let said = render(&sandbox, "--seal none.pem").exits(2).stderr;
    assert!(said.contains("BW0101"), "{said}");
    assert!(!sandbox.path("out").exists());
}

/// A chart that takes its key only as a plain value: refused, with the two ways out.
#[test]
fn what_cannot_be_sealed_is_refused_or_encrypted() {
    let sandbox = brought(MASSDRIVER);
    if let Err(why) = controller(&sandbox) {
        skip!("sealed.py", why);
    }
    let said = render(&sandbox, "--seal cert.pem").exits(2).stderr;
    assert!(said.contains("BW0804") && said.contains("--encrypt age:") && said.contains("irsa"), "{said}");
    assert!(!sandbox.path("out").exists());
    let recipient = super::encrypted::identity().expect("pyrage").1;
    render(&sandbox, &format!("--seal cert.pem --encrypt age:{recipient}")).ok();
    nothing_in_plain(&sandbox, "out");
    assert_eq!(opened(&sandbox, "out/massdriver/sealed-secrets.yaml").len(), 1);
    assert!(sandbox.path("out/massdriver/values.secret.enc.yaml").exists());
}

/// Secrets that an earlier run left in plaintext would be committed with the sealed ones.
#[test]
fn plain_secrets_of_an_earlier_run_are_told() {
    let sandbox = brought(GITLAB);
    if let Err(why) = controller(&sandbox) {
        skip!("sealed.py", why);
    }
    render(&sandbox, "").ok();
    let before = tree(&sandbox.path("out"));
    let said = render(&sandbox, "--seal cert.pem").exits(1).stderr;
    assert!(said.contains("BW0805") && said.contains("rm out/gitlab/"), "{said}");
    assert_eq!(tree(&sandbox.path("out")), before);
    for (name, _) in before.iter().filter(|(name, _)| name.starts_with("gitlab/") && !name.ends_with(".md")) {
        std::fs::remove_file(sandbox.path("out").join(name)).expect("remove");
    }
    render(&sandbox, "--seal cert.pem").ok();
    nothing_in_plain(&sandbox, "out");
}
