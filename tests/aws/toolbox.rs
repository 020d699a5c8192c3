//! The lines that GitLab's notes give to ask the toolbox who it is, run by the real AWS CLI as the pod would.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::programs::installed;
use super::{own, shared, spec};
use crate::harness::{Sandbox, bare};

/// The commands of the notes that run in the toolbox, without what reaches it.
fn lines(notes: &str) -> Vec<String> {
    let reach = "kubectl -n gitlab exec deploy/gitlab-toolbox -- ";
    let found = notes.lines().filter_map(|line| line.trim().strip_prefix(reach));
    found.filter(|line| line.starts_with("aws sts") || line.starts_with("sh -c")).map(str::to_owned).collect()
}

#[test]
fn the_toolbox_says_who_it_is() {
    let peer = own!();
    let account = peer.account();
    let sandbox = Sandbox::with_spec(&spec(&account, "box", "irsa", "{profile: gitlab, chartVersion: 9.9.1}"));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let notes = sandbox.read("out/gitlab/NOTES.md");
    let lines = lines(&notes);
    assert_eq!(lines.len(), 2, "{notes}");
    let trust: Value = serde_json::from_str(&sandbox.read("out/iam/box-gitlab.trust.json")).expect("JSON");
    let condition = trust["Statement"][0]["Condition"]["StringEquals"].as_object().expect("conditions");
    let key = condition.keys().find(|key| key.ends_with(":sub")).expect("sub");
    let issuer = format!("https://{}", key.trim_end_matches(":sub"));
    let aws = account.peer_python().get_program().to_owned();
    let programs = Path::new(&aws).parent().expect("a folder").display().to_string();
    let run = |line: &str, sub: &str| -> Output {
        let token = account.peer().post("token", &json!({"issuer": issuer, "sub": sub, "aud": "sts.amazonaws.com"}));
        let token = sandbox.write("token", token["token"].as_str().expect("a token"));
        let mut command = bare("bash");
        command.args(["-c", line]).env("PATH", format!("{programs}:/usr/bin:/bin"));
        // The CLI keeps what it exchanged below HOME, by the role's ARN, which other peers have too.
        command.env("HOME", sandbox.path("home"));
        command.env("AWS_ENDPOINT_URL", account.peer().endpoint()).env("AWS_DEFAULT_REGION", "eu-west-1");
        command.env("AWS_ROLE_ARN", format!("arn:aws:iam::{}:role/box-gitlab", account.id));
        command.env("AWS_WEB_IDENTITY_TOKEN_FILE", token).env("AWS_MAX_ATTEMPTS", "1").output().expect("bash starts")
    };
    let toolbox = "system:serviceaccount:gitlab:gitlab-toolbox";
    let said = |output: &Output| String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let who = run(&lines[0], toolbox);
    assert!(said(&who).contains("assumed-role/box-gitlab/"), "{who:?}");
    let exchanged = run(&lines[1], toolbox);
    let right = format!("arn:aws:sts::{}:assumed-role/box-gitlab/gitlab", account.id);
    assert_eq!(said(&exchanged), right, "{exchanged:?}");
    assert!(notes.contains(&format!("The right answer is `{right}`")), "{notes}");
    // A pod under another ServiceAccount gets the words that the notes explain.
    let stranger = run(&lines[1], "system:serviceaccount:gitlab:default");
    let refusal = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    assert!(String::from_utf8_lossy(&stranger.stderr).contains(refusal) && notes.contains(refusal), "{stranger:?}");
}

/// What a restore does before it empties a bucket: everything in it is copied into the bucket for backups in progress, by the program
/// that makes the backups, with its own file. Small objects are copied in one call, large ones in parts.
#[test]
fn a_restore_copies_from_bucket_to_bucket() {
    if !installed("s3cmd") {
        skip!("s3cmd", "it is not installed");
    }
    let account = shared!().fresh();
    let sandbox = Sandbox::with_spec(&spec(
        &account,
        "copies",
        "static-keys",
        "{profile: gitlab, chartVersion: 9.9.1, options: {backupTool: s3cmd}}",
    ));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let config = sandbox.path("out/gitlab/s3cmd.cfg");
    let text = std::fs::read_to_string(&config).expect("s3cmd.cfg");
    assert!(text.contains("acl_public = False") && text.contains("preserve_attrs = False"), "{text}");
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_else(|| panic!("{key}"));
        line.trim_start_matches([' ', '=']).to_owned()
    };
    // Parts as small as S3 takes them, so that a large object need not be one of gigabytes.
    let small = sandbox.write("s3cmd.cfg", &format!("{text}multipart_copy_chunk_size_mb = 5\n"));
    let host = account.peer().endpoint().trim_start_matches("http://").to_owned();
    let data = sandbox.path("data");
    std::fs::create_dir_all(&data).expect("a folder");
    std::fs::write(data.join("small"), "a small object").expect("a file");
    std::fs::write(data.join("large"), vec![7_u8; 12 << 20]).expect("a file");
    let (from, to) = ("s3://copies-lfs/", "s3://copies-backups-tmp/");
    let ran = |command: &mut Command| {
        let output = command.output().expect("the program starts");
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let s3cmd = |arguments: &[&str]| {
        let mut command = bare("s3cmd");
        command.arg("--config").arg(&small).arg(format!("--host={host}")).arg(format!("--host-bucket={host}"));
        ran(command.arg("--no-ssl").args(arguments))
    };
    s3cmd(&["sync", &format!("{}/", data.display()), from]);
    s3cmd(&["sync", from, &format!("{to}s3cmd/")]);
    let aws = |arguments: &[&str]| {
        let mut command = account.peer_python();
        let program = Path::new(command.get_program()).with_file_name("aws");
        command = bare(program.to_str().expect("a path"));
        command.env("AWS_ACCESS_KEY_ID", value("access_key")).env("AWS_SECRET_ACCESS_KEY", value("secret_key"));
        command.env("AWS_ENDPOINT_URL", account.peer().endpoint()).env("AWS_DEFAULT_REGION", "eu-west-1");
        ran(command.env("HOME", sandbox.path("home")).args(["s3"]).args(arguments))
    };
    aws(&["sync", "--only-show-errors", from, &format!("{to}awscli/")]);
    for tool in ["s3cmd", "awscli"] {
        let listed = aws(&["ls", "--recursive", &format!("{to}{tool}/")]);
        let sizes: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
        assert_eq!(sizes, ["12582912", "14"], "{tool}: {listed}");
    }
}
