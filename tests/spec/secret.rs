//! Secrets that stand where they must not, and references that cannot be resolved. No message ever repeats a secret.

use insta::assert_snapshot;

use super::{install_with, refused, refused_in, with};
use crate::harness::Sandbox;

const SECRET: &str = "hushXwJalrXUtnFEMI/K7MDENG";

/// A spec with static keys and lines below `credentials:`.
fn credentials(lines: &str) -> String {
    with(&[("identity: irsa", "identity: static-keys")]) + "    credentials:" + lines
}

/// What is said of a spec that holds a secret; the secret must not be in it, in words or in JSON.
#[track_caller]
fn refused_without_the_secret(spec: &str) -> String {
    assert!(spec.contains("hush"), "the spec holds the secret");
    let words = refused(spec);
    let json = Sandbox::with_spec(spec).run("render -o json -vv").exits(2).all();
    for text in [&words, &json] {
        for part in ["hush", "wJalr", "K7MDENG"] {
            assert!(!text.contains(part), "`{part}` of the secret in\n{text}");
        }
    }
    words
}

#[test]
fn a_secret_in_plain() {
    let spec = credentials(&format!("\n      accessKeyId: env:ARGO_KEY_ID\n      secretAccessKey: {SECRET}\n"));
    assert_snapshot!(refused_without_the_secret(&spec), @"
    BW0110

      × plaintext credential in the spec
        ╭─[bucketwright.yaml:16:24]
     16 │       secretAccessKey: **************************
        ·                        ──────────────────────────
        ╰────
      help: A spec is meant to be committed, so it holds only references to secrets.
            Put the value elsewhere and write `env:NAME` or `file:PATH`. If the spec was shared,
            replace the key.
    ");
}

#[test]
fn a_secret_in_plain_is_not_repeated_however_it_is_written() {
    let id = "accessKeyId: env:ARGO_KEY_ID";
    for lines in [
        format!("\n      {id}\n      secretAccessKey: \"{SECRET}\"\n"),
        format!("\n      {id}\n      secretAccessKey: '{SECRET}'\n"),
        format!("\n      {id}\n      \"secretAccessKey\": {SECRET}\n"),
        format!("\n      {id}\n      secretAccessKey : {SECRET}\n"),
        format!("\n      {id}\n      secretAccessKey:\n        {SECRET}\n"),
        format!("\n      {id}\n      secretAccessKey:\n\n      # why\n        {SECRET}\n"),
        format!("\n      {id}\n      secretAccessKey: |\n        {SECRET}\n"),
        format!("\n      {id}\n      secretAccessKey: >-\n        {SECRET}\n"),
        format!("\n      {id}\n      secretAccessKey: begin\n        {SECRET}\n"),
        format!("\n      {id}\n      secretAccessKey: \"ab\\\"{SECRET}\"\n"),
        format!("\n      {id}\n      secretAccessKey: \"{SECRET}\n"),
        format!("\n      {id}\n      secretAccessKey: [{SECRET}]\n"),
        format!("\n      {id}\n      secretAccessKey:\n        - {SECRET}\n"),
        format!("\n      {id}\n      secretAccessKey: {{value: {SECRET}}}\n"),
        format!("\n      {id}\n      secretAccessKey: !!binary {SECRET}\n"),
        format!("\n      {id}\n      secretAccessKey: &a {SECRET}\n"),
        format!("\n      {id}\n      secretAccessKey: \"env:{SECRET} \"\n"),
        format!("\n      {id}\n      secretAccesKey: {SECRET}\n"),
        format!("\n      {id}\n      {SECRET}\n"),
        format!("\n      {id}\n      - {SECRET}\n"),
        format!("\n      accessKeyId: {SECRET}\n      secretAccessKey: env:ARGO_SECRET\n"),
        format!("\n      components: {SECRET}\n"),
        format!("\n      components: {{workflow: {SECRET}}}\n"),
        format!("\n      components:\n        workflow: {{{id}, secretAccessKey: {SECRET}}}\n"),
        format!(
            "\n      components:\n        workflow:\n          {id}\n          secretAccessKey :\n            {SECRET}\n"
        ),
        format!(" {SECRET}\n"),
        format!(" [{SECRET}]\n"),
        format!(" {{accessKeyId: {SECRET}, secretAccessKey: {SECRET}}}\n"),
        format!(" {{accessKeyId: env:A,\n  secretAccessKey: {SECRET}}}\n"),
    ] {
        let _ = refused_without_the_secret(&credentials(&lines));
    }
}

/// The secret stands where none belongs at all.
#[test]
fn a_secret_at_an_unknown_key_is_not_repeated() {
    for line in ["    secretAccessKey: ", "    password: ", "    secretaccesskey:\n      "] {
        let _ = refused_without_the_secret(&install_with(&format!("{line}{SECRET}\n")));
    }
}

#[test]
fn half_a_key() {
    assert_snapshot!(refused(&credentials("\n      accessKeyId: env:ARGO_KEY_ID\n")), @"
    BW0406

      × half of a key is missing
        ╭─[bucketwright.yaml:15:20]
     15 │       accessKeyId: env:ARGO_KEY_ID
        ·                    ───────────────
        ╰────
      help: Give both `accessKeyId` and `secretAccessKey`.
    ");
    assert_snapshot!(refused(&credentials("\n      secretAccessKey: env:ARGO_SECRET\n")), @"
    BW0406

      × half of a key is missing
        ╭─[bucketwright.yaml:15:24]
     15 │       secretAccessKey: env:ARGO_SECRET
        ·                        ───────────────
        ╰────
      help: Give both `accessKeyId` and `secretAccessKey`.
    ");
}

#[test]
fn half_a_key_of_a_component() {
    assert_snapshot!(refused(&credentials("\n      components:\n        workflow: {accessKeyId: env:ARGO_KEY_ID}\n")), @"
    BW0406

      × half of a key is missing
        ╭─[bucketwright.yaml:16:33]
     16 │         workflow: {accessKeyId: env:ARGO_KEY_ID}
        ·                                 ───────────────
        ╰────
      help: Give both `accessKeyId` and `secretAccessKey`.
    ");
}

#[test]
fn a_key_for_a_component_that_is_not_there() {
    let lines = "\n      components:\n        workflows: {accessKeyId: env:A, secretAccessKey: env:B}\n";
    assert_snapshot!(refused(&credentials(lines)), @"
    BW0403

      × `workflows` is no component of the profile `argo-workflows` for chart 1.0.18
        ╭─[bucketwright.yaml:16:34]
     16 │         workflows: {accessKeyId: env:A, secretAccessKey: env:B}
        ·                                  ─────
        ╰────
      help: Did you mean `workflow`? Known: workflow.
    ");
}

#[test]
fn a_reference_without_a_target() {
    assert_snapshot!(refused(&credentials("\n      accessKeyId: \"env:\"\n      secretAccessKey: kube:argo/s3\n")), @r#"
    BW0109

      × the reference `env:` has no usable target
        ╭─[bucketwright.yaml:15:20]
     15 │       accessKeyId: "env:"
        ·                    ──────
        ╰────
      help: Write `env:NAME`, `file:PATH` or `kube:NAMESPACE/NAME/KEY`.
    BW0109

      × the reference `kube:` has no usable target
        ╭─[bucketwright.yaml:16:24]
     16 │       secretAccessKey: kube:argo/s3
        ·                        ────────────
        ╰────
      help: Write `env:NAME`, `file:PATH` or `kube:NAMESPACE/NAME/KEY`.
    "#);
}

const KEYS: &str = "\n      accessKeyId: env:ARGO_KEY_ID\n      secretAccessKey: file:argo.secret\n";

#[test]
fn references_that_lead_nowhere() {
    let sandbox = Sandbox::with_spec(&credentials(KEYS));
    assert_snapshot!(sandbox.run("render").exits(2).messages(), @"
    BW0701

      × 2 references cannot be resolved: `env:ARGO_KEY_ID`, `file:argo.secret`
      help: The environment variable ARGO_KEY_ID is not set.
            file:argo.secret: There is no such file.
            Run `export ARGO_KEY_ID=VALUE`. Write the file, or correct its path in the spec.
            `bucketwright render --placeholders` needs no secret.
    ");
    assert!(!sandbox.path("out").exists());
}

#[test]
fn a_secret_with_a_stray_blank() {
    let sandbox = Sandbox::with_spec(&credentials(KEYS));
    sandbox.write("argo.secret", &format!("{SECRET} \n"));
    let words = sandbox.call(["render"]).env("ARGO_KEY_ID", "").run().exits(2).messages();
    assert!(!words.contains("hush"));
    assert_snapshot!(words, @"
    BW0701

      × what `env:ARGO_KEY_ID`, `file:argo.secret` name is empty or has blanks at its ends
      help: A key with a stray blank or newline signs wrongly, and the charts do not trim it.
            Set it again without blanks: `printf %s VALUE > FILE` writes none, `echo` does.
    ");
}

#[test]
fn a_reference_into_a_cluster() {
    let keys = "\n      accessKeyId: env:ARGO_KEY_ID\n      secretAccessKey: kube:argo/s3/secret\n";
    let words =
        Sandbox::with_spec(&credentials(keys)).call(["render"]).env("ARGO_KEY_ID", "AKIA").run().exits(2).messages();
    assert_snapshot!(words, @"
    BW1101

      × there is no usable kubeconfig or context
      help: Neither KUBECONFIG nor ~/.kube/config is there, and this is no pod of a cluster.
            Name them with `--kubeconfig FILE` and `--context NAME`, or set KUBECONFIG.
    ");
}

#[test]
fn keys_that_apply_has_not_made_yet() {
    let spec = with(&[("identity: irsa", "identity: static-keys")]);
    assert_snapshot!(Sandbox::with_spec(&spec).run("render").exits(2).messages(), @"
    BW0703

      × the access key of `acme-argo-workflows` is not available
        ╭─[bucketwright.yaml:10:11]
     10 │ identity: static-keys
        ·           ───────────
        ╰────
      help: Rendering makes no keys: they come from `apply`, which keeps them in the output folder, or
            from references in the spec.
            Run `bucketwright apply` first, or add `credentials` with references to the install.
            `bucketwright render --placeholders` needs neither.
    ");
}

/// Gitpod's main reads the key from an INI file, which takes a leading `$` for the name of a variable.
#[test]
fn a_secret_that_a_format_cannot_carry() {
    let spec =
        with(&[("identity: irsa", "identity: static-keys"), ("argo-workflows", "gitpod"), ("1.0.18", "2026.7.0")])
            + "    options: {domain: gitpod.example.com}\n    credentials:"
            + "\n      accessKeyId: env:KEY_ID\n      secretAccessKey: env:KEY\n";
    let sandbox = Sandbox::with_spec(&spec);
    let words = sandbox
        .call(["render"])
        .env("KEY_ID", "AKIAEXAMPLE")
        .env("KEY", format!("${SECRET}"))
        .run()
        .exits(2)
        .messages();
    assert!(!words.contains("hush"));
    assert_snapshot!(words, @"
    BW0702

      × aws-credentials.ini cannot carry the value of `aws_secret_access_key`
      help: In this format, a value that begins with `$` is taken for the name of an environment
            variable.
            Use another key or password: for a secret of your own choice, letters and digits are
            always safe.
    ");
    assert!(!sandbox.path("out").exists());
}

#[test]
fn a_profile_that_sees_a_secret_cannot_tell_it() {
    // Expressions see marks, never the secret: a profile cannot print, compare or transform it.
    let sandbox = Sandbox::with_spec(
        &(with(&[("identity: irsa", "identity: static-keys"), ("argo-workflows", "curious"), ("1.0.18", "1.0.0")])
            + "    credentials: {accessKeyId: env:KEY_ID, secretAccessKey: env:KEY}\n"),
    );
    let _ = sandbox.run("profile new curious --dir profiles").ok();
    let notes = "notes:\n  - text: \"{{ credentials.app.secret_access_key }} {{ credentials.app.secret_access_key | upper }}\"\n";
    let profile = sandbox.read("profiles/curious/profile.yaml").replace("notes:\n", notes);
    sandbox.write("profiles/curious/profile.yaml", &profile);
    let call = sandbox.call(["--profiles", "profiles", "render"]).env("KEY_ID", "AKIAEXAMPLE").env("KEY", SECRET);
    let said = call.run().ok().all();
    assert!(!said.contains("hush") && !said.contains("HUSH"));
    let notes = sandbox.read("out/curious/NOTES.md").to_lowercase();
    assert!(!notes.contains("hush"), "{notes}");
}

#[test]
fn a_spec_on_standard_input_has_a_name_in_messages() {
    let sandbox = Sandbox::new();
    let words = sandbox.call(["render", "-f", "-"]).stdin(&with(&[("acme", "Acme")])).run().exits(2).stderr;
    assert!(words.contains("[standard input:2:7]"), "{words}");
    let _ = refused_in(&Sandbox::with_spec(&with(&[("acme", "Acme")])), "render");
}
