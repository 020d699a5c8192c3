//! Files and folders that somebody filled: links, pipes and devices in them cannot be resolved.

use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::harness::{Sandbox, tree};
use crate::helm::check::fixture::{SPEC, chart};
use crate::spec::with;

/// What a run says that must end soon and fail.
#[track_caller]
fn said(sandbox: &Sandbox, command: &str, code: i32) -> String {
    let begun = Instant::now();
    let words = sandbox.run(command).exits(code).all();
    assert!(begun.elapsed() < Duration::from_secs(20), "{command} took {:?}", begun.elapsed());
    words
}

fn pipe(sandbox: &Sandbox, name: &str) {
    let made = Command::new("mkfifo").arg(sandbox.path(name)).status().expect("mkfifo");
    assert!(made.success());
}

/// A spec with keys in files.
fn keys(file: &str) -> Sandbox {
    Sandbox::with_spec(
        &(with(&[("identity: irsa", "identity: static-keys")])
            + &format!("    credentials: {{accessKeyId: \"file:{file}\", secretAccessKey: \"file:{file}\"}}\n")),
    )
}

#[test]
fn nothing_is_read_or_written_through_a_link_in_the_output_folder() {
    let sandbox = keys("key");
    sandbox.write("key", "AKIAEXAMPLE");
    let _ = sandbox.run("render").ok();
    sandbox.write("private.txt", "the user's own secret");
    let values = sandbox.path("out/argo-workflows/values.yaml");
    std::fs::remove_file(&values).expect("removed");
    symlink(sandbox.path("private.txt"), &values).expect("linked");
    for command in ["render --check", "render"] {
        let words = said(&sandbox, command, 1);
        assert!(words.contains("BW0802") && words.contains("is not a plain file"), "{words}");
        assert!(!words.contains("the user's own"), "{words}");
    }
    assert_eq!(sandbox.read("private.txt"), "the user's own secret");
    // A folder that is a link.
    std::fs::remove_dir_all(sandbox.path("out")).expect("removed");
    std::fs::create_dir_all(sandbox.path("other")).expect("made");
    std::fs::create_dir_all(sandbox.path("out")).expect("made");
    symlink("../other", sandbox.path("out/argo-workflows")).expect("linked");
    for command in ["render", "render --check", "render --placeholders"] {
        let words = said(&sandbox, command, 1);
        assert!(words.contains("BW0802") && words.contains("link"), "{command}: {words}");
        assert!(tree(&sandbox.path("other")).is_empty(), "{command}");
    }
    std::fs::create_dir_all(sandbox.path("made")).expect("made");
    symlink("../other", sandbox.path("made/credentials")).expect("linked");
    // A rehearsal's folder, as far as it looks.
    sandbox.write("made/REHEARSAL.txt", "");
    sandbox.write("bucketwright.yaml", &with(&[("identity: irsa", "identity: static-keys")]));
    let words = said(&sandbox, "apply --rehearse --yes --out made", 1);
    assert!(words.contains("BW0802") && tree(&sandbox.path("other")).is_empty(), "{words}");
    sandbox.write("bucketwright.yaml", &with(&[]));
    // The folder that the user names may be a link.
    std::fs::remove_dir_all(sandbox.path("out")).expect("removed");
    symlink("other", sandbox.path("out")).expect("linked");
    let _ = sandbox.run("render").ok();
    assert!(sandbox.path("other/argo-workflows/values.yaml").exists());
}

/// Puts something odd in a place.
type Lay = fn(&Sandbox, &str);

/// What `apply` and `migrate settings` leave for later commands is read through the folder's own door, too.
#[test]
fn what_an_earlier_command_left_is_a_plain_file() {
    let sandbox = Sandbox::with_spec(&with(&[]));
    sandbox.write("private.txt", "the user's own secret");
    std::fs::create_dir_all(sandbox.path("out")).expect("made");
    for name in ["out/learnt.yaml", "out/migration.json", "migration.json"] {
        let lay: [(&str, Lay); 4] = [
            ("a link", |sandbox, name| symlink(sandbox.path("private.txt"), sandbox.path(name)).expect("linked")),
            ("a device", |sandbox, name| symlink("/dev/zero", sandbox.path(name)).expect("linked")),
            ("a pipe", pipe),
            ("a folder", |sandbox, name| std::fs::create_dir(sandbox.path(name)).expect("made")),
        ];
        for (odd, lay) in lay {
            lay(&sandbox, name);
            let mut commands = vec!["render", "render --check"];
            if name.ends_with("learnt.yaml") {
                commands.extend([
                    "push --dry-run=client",
                    "push --permissions",
                    "export --as aws-cli",
                    "render --format set",
                ]);
            }
            for command in commands {
                let words = said(&sandbox, command, 1);
                assert!(words.contains("BW0802"), "{name}, {odd}, {command}: {words}");
                assert!(!words.contains("the user's own") && !words.contains("BW0703"), "{name}, {odd}: {words}");
            }
            let path = sandbox.path(name);
            std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir(&path)).expect("removed");
        }
    }
    // A link that cannot be resolved stands there all the same.
    symlink("nowhere", sandbox.path("out/learnt.yaml")).expect("linked");
    assert!(said(&sandbox, "render", 1).contains("BW0802"));
}

#[test]
fn a_device_or_pipe_in_the_output_folder_ends_nothing() {
    let sandbox = Sandbox::with_spec(&with(&[]));
    std::fs::create_dir_all(sandbox.path("out/argo-workflows")).expect("made");
    symlink("/dev/zero", sandbox.path("out/.gitignore")).expect("linked");
    assert!(said(&sandbox, "render", 1).contains("BW0802"));
    std::fs::remove_file(sandbox.path("out/.gitignore")).expect("removed");
    pipe(&sandbox, "out/.gitignore");
    assert!(said(&sandbox, "render", 1).contains("BW0802"));
    std::fs::remove_file(sandbox.path("out/.gitignore")).expect("removed");
    let _ = sandbox.run("render").ok();
    std::fs::remove_file(sandbox.path("out/argo-workflows/values.yaml")).expect("removed");
    pipe(&sandbox, "out/argo-workflows/values.yaml");
    assert!(said(&sandbox, "render --check", 1).contains("BW0802"));
}

#[test]
fn what_a_spec_names_is_a_plain_file() {
    for odd in ["pipe", "zero", "folder"] {
        let sandbox = keys(odd);
        pipe(&sandbox, "pipe");
        symlink("/dev/zero", sandbox.path("zero")).expect("linked");
        std::fs::create_dir(sandbox.path("folder")).expect("made");
        let words = sandbox.run("render").any().all();
        assert!(words.contains("not a plain file"), "{odd}: {words}");
        let store = with(&[
            (
                "  provider: aws\n",
                &format!("  provider: s3\n  store: minio\n  endpoint: https://s3.example.com\n  ca: {odd}\n"),
            ),
            (
                "  region: eu-west-1\n  account: \"012345678901\"\n  cluster:\n    name: prod\n    oidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF\n",
                "  region: us-east-1\n",
            ),
            ("identity: irsa", "identity: static-keys"),
        ]);
        sandbox.write("bucketwright.yaml", &store);
        let words = said(&sandbox, "render --placeholders", 2);
        assert!(words.contains("BW1404") && words.contains("not a plain file"), "{odd}: {words}");
    }
    // A mounted Secret is a link to a plain file.
    let sandbox = keys("key");
    sandbox.write("..data", "AKIAEXAMPLE");
    symlink("..data", sandbox.path("key")).expect("linked");
    let _ = sandbox.run("render").ok();
    sandbox.write("..data", &"x".repeat(2 << 20));
    assert!(sandbox.run("render").any().all().contains("it is larger than 1 MiB"));
}

#[test]
fn what_the_command_line_names_ends_too() {
    let sandbox = chart(SPEC);
    pipe(&sandbox, "pipe");
    symlink("/dev/zero", sandbox.path("zero")).expect("linked");
    for odd in ["pipe", "zero", "/dev/zero", "/dev/urandom"] {
        for command in [
            format!("render -f {odd} --placeholders"),
            format!("lint-policy {odd}"),
            format!("check --chart argo-workflows={odd}"),
            format!("check --chart argo-workflows=chart --values {odd}"),
            format!("check --chart argo-workflows=chart --rendered {odd}"),
        ] {
            let words = said(&sandbox, &command, 2);
            assert!(words.contains("not a plain file"), "{command}: {words}");
        }
    }
    // What a shell hands over is read to its end.
    for path in ["-", "/dev/stdin", "/dev/fd/0"] {
        let call = sandbox.call(["render", "--placeholders", "--out", "-", "-f", path]);
        assert!(call.stdin(&sandbox.read("bucketwright.yaml")).run().ok().stdout.contains("# ---- argo-workflows/"));
    }
    let _ = sandbox.run("check --chart argo-workflows=chart --values /dev/null").ok();
}

#[test]
fn a_folder_of_profiles_or_a_chart_holds_no_links() {
    let sandbox = super::shop();
    sandbox.write("private.yaml", "profile: the user's own");
    let file = sandbox.path("profiles/shop/documents.yaml");
    std::fs::remove_file(&file).expect("removed");
    symlink(sandbox.path("private.yaml"), &file).expect("linked");
    let words = said(&sandbox, "--profiles profiles profile list", 2);
    assert!(words.contains("BW0113") && !words.contains("the user's own"), "{words}");
    std::fs::remove_file(&file).expect("removed");
    pipe(&sandbox, "profiles/shop/documents.yaml");
    assert!(said(&sandbox, "--profiles profiles profile list", 2).contains("BW0113"));
    std::fs::remove_file(&file).expect("removed");
    symlink(sandbox.path("home"), sandbox.path("profiles/link")).expect("linked");
    std::fs::create_dir(sandbox.path("home")).expect("made");
    assert!(said(&sandbox, "--profiles profiles profile list", 2).contains("BW0113"));
    let charts = chart(SPEC);
    pipe(&charts, "chart/templates/pipe.yaml");
    assert!(said(&charts, "check --chart argo-workflows=chart", 2).contains("is no plain file"));
}

#[test]
fn new_files_are_written_through_no_link() {
    let sandbox = Sandbox::new();
    sandbox.write("other/keep", "");
    std::fs::create_dir(sandbox.path("man")).expect("made");
    symlink("../other/page", sandbox.path("man/bucketwright.1")).expect("linked");
    assert!(said(&sandbox, "man --out man", 1).contains("BW0802"));
    symlink("other", sandbox.path("shop")).expect("linked");
    let _ = sandbox.run("profile new shop").exits(2);
    assert_eq!(tree(&sandbox.path("other")).len(), 1);
}
