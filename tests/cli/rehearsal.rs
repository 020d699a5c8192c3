//! A rehearsal and what is real never take each other's place: neither folders nor keys.

use std::fs;

use crate::harness::{Sandbox, project, tree_of_text};

const KEYS: &str = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: aws, region: eu-west-1, account: \"012345678901\"}\ninstalls:\n  - {profile: argo-workflows, chartVersion: 1.0.18, identity: static-keys}\n";
const GCP: &str = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: gcp, project: acme-prod, location: europe-west2}\ninstalls:\n  - {profile: argo-workflows, chartVersion: 1.0.18, identity: static-keys}\n  - {profile: gradient, chartVersion: 1.0.0, identity: static-keys}\n";
const MINIO: &str = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: s3, endpoint: \"https://minio.example.com\", region: us-east-1, credentials: {accessKeyId: env:K, secretAccessKey: env:S}}\ninstalls:\n  - {profile: argo-workflows, chartVersion: 1.0.18, identity: static-keys, credentials: {accessKeyId: env:K, secretAccessKey: env:S}}\n";
const AZURE: &str = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: azure, subscription: 11111111-2222-3333-4444-555555555555, resourceGroup: prod, storageAccount: acmeprod, location: westeurope, accountKey: env:S}\ninstalls:\n  - {profile: gitlab, chartVersion: 9.9.1, identity: static-keys}\n";

/// A folder as a real run leaves it.
fn with_real_output(spec: &str) -> Sandbox {
    let sandbox = Sandbox::with_spec(spec);
    sandbox.write("out/argo-workflows/secrets.yaml", "real: secret\n");
    sandbox.write(
        "out/credentials/acme-argo-workflows.yaml",
        "accessKeyId: AKIAIOSFODNN7EXAMPLE\nsecretAccessKey: real\n",
    );
    sandbox
}

#[test]
fn a_rehearsal_has_a_folder_of_its_own() {
    for spec in [KEYS, GCP, MINIO, AZURE] {
        let sandbox = with_real_output(spec);
        let before = tree_of_text(&sandbox.path("out"));
        // Twice: the second finds the folder of the first.
        for _ in 0..2 {
            let said = sandbox
                .call(["apply", "--rehearse", "-o", "json"])
                .env("K", "AKIAIOSFODNN7EXAMPLE")
                .env("S", "aHVzaA==");
            assert_eq!(said.run().ok().json()["out"], "out-rehearsal", "{spec}");
        }
        assert_eq!(tree_of_text(&sandbox.path("out")), before, "{spec}");
        assert!(sandbox.path("out-rehearsal/REHEARSAL.txt").exists());
        let folders = fs::read_dir(sandbox.path("out-rehearsal")).expect("a folder").count();
        assert!(folders > 2, "{spec}");
    }
    // The same for the guided run, which asks nothing in vain.
    let sandbox = with_real_output(KEYS);
    let before = tree_of_text(&sandbox.path("out"));
    let refused = sandbox.run("--rehearse --defaults -f new.yaml --out out").exits(2);
    assert!(refused.stderr.contains("BW0815") && !sandbox.path("new.yaml").exists(), "{}", refused.stderr);
    assert_eq!(tree_of_text(&sandbox.path("out")), before);
}

/// The account in memory knows the keys that the user brings, whether their variables are set or not.
#[test]
fn a_rehearsal_on_aws_knows_brought_keys() {
    let keys = KEYS.replace("static-keys}", "static-keys, credentials: {accessKeyId: env:K, secretAccessKey: env:S}}");
    assert_ne!(keys, KEYS);
    for set in [true, false] {
        let sandbox = Sandbox::with_spec(&keys);
        let call = sandbox.call(["apply", "--rehearse"]);
        let call = if set { call.env("K", "AKIAIOSFODNN7EXAMPLE").env("S", "hush") } else { call };
        let said = call.run().ok();
        assert!(
            said.stderr.contains("acme-argo-workflows: 6 actions in acme-argo-artifacts"),
            "it is proven: {}",
            said.stderr
        );
        let written = sandbox.read("out-rehearsal/argo-workflows/secrets.yaml");
        // The id, as Kubernetes encodes it: a rehearsal takes a stand-in, whether the real one is there or not.
        assert!(!written.contains("QUtJQUlPU0ZPRE5ON0VYQU1QTEU="), "{written}");
    }
}

#[test]
fn a_rehearsal_writes_over_nothing_else() {
    let real = with_real_output(KEYS);
    let notes = Sandbox::with_spec(KEYS);
    notes.write("out/notes.txt", "mine");
    for sandbox in [&real, &notes] {
        let before = tree_of_text(&sandbox.path("out"));
        for command in ["apply --rehearse --yes", "plan --rehearse", "destroy --rehearse --yes"] {
            let refused = sandbox.run(&format!("{command} --out out")).exits(2);
            assert!(
                refused.stderr.contains("BW0815") && refused.stderr.contains("out-rehearsal"),
                "{command}: {}",
                refused.stderr
            );
            // Nothing is said of a plan: it is refused before anything.
            assert!(!refused.stderr.contains("create "), "{command}: {}", refused.stderr);
        }
        assert_eq!(tree_of_text(&sandbox.path("out")), before);
    }
    // Nor over real keys in a folder of their own, or in a folder of its own that somebody put them into.
    let refused = real.run("apply --rehearse --keys out/credentials").exits(2);
    assert!(refused.stderr.contains("--keys"), "{}", refused.stderr);
    let _ = real.run("apply --rehearse").ok();
    let key = "credentials/acme-argo-workflows.yaml";
    let copy = real.path(format!("out-rehearsal/{key}"));
    fs::copy(real.path(format!("out/{key}")), &copy).expect("copied");
    fs::set_permissions(copy, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("chmod");
    assert!(real.run("apply --rehearse").exits(2).stderr.contains("BW0815"));
    assert_eq!(real.read(&format!("out-rehearsal/{key}")), real.read(&format!("out/{key}")));
    // The line of the README, on a fresh clone, and once more.
    let sandbox = Sandbox::new();
    for _ in 0..2 {
        let spec = project().join("examples/gitlab-irsa.yaml");
        let _ = sandbox.call(["apply", "--rehearse", "-f", spec.to_str().expect("a path"), "--out", "out"]).run().ok();
        assert!(sandbox.path("out/gitlab/NOTES.md").exists());
    }
}

#[test]
fn no_real_run_uses_a_rehearsals_folder() {
    let sandbox = Sandbox::with_spec(KEYS);
    let _ = sandbox.run("apply --rehearse").ok();
    sandbox.write("now.yaml", "artifactRepository: {s3: {endpoint: minio:9000}}\n");
    let before = tree_of_text(&sandbox.path("out-rehearsal"));
    let age = "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z";
    let encrypted = format!("render --encrypt age:{age}");
    for command in [
        "plan",
        "apply --yes",
        "render",
        "render --check",
        "render --external-secrets store",
        &encrypted,
        "push",
        "push --dry-run=client",
        "rotate --yes",
        "rotate --finish --yes",
        "verify",
        "destroy --yes",
        "destroy --dry-run",
        "migrate settings --profile argo-workflows --chart-version 1.0.18 --values now.yaml --name acme --region eu-west-1",
    ] {
        let refused = sandbox.run(&format!("{command} --out out-rehearsal")).exits(2);
        assert!(
            refused.stderr.contains("BW0816") && refused.stderr.contains("--out DIR"),
            "{command}: {}",
            refused.stderr
        );
    }
    assert_eq!(tree_of_text(&sandbox.path("out-rehearsal")), before);
}

#[test]
fn no_real_run_takes_a_rehearsals_key() {
    for spec in [KEYS, GCP] {
        let sandbox = Sandbox::with_spec(spec);
        let _ = sandbox.run("apply --rehearse").ok();
        let kept = tree_of_text(&sandbox.path("out-rehearsal/credentials"));
        assert!(!kept.is_empty());
        // Copied by hand, with the first line that says what it is and without.
        for lines in [0, 1] {
            for (name, text) in &kept {
                let text: Vec<&str> = text.lines().skip(lines).collect();
                let path = sandbox.write(&format!("out/credentials/{name}"), &format!("{}\n", text.join("\n")));
                fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("chmod");
            }
            for command in [
                "render",
                "push",
                "render --out - --keys out/credentials",
                "render --out elsewhere --keys out-rehearsal/credentials",
            ] {
                let refused = sandbox.run(command).exits(2);
                assert!(refused.stderr.contains("BW0817") && refused.stdout.is_empty(), "{command}: {}", refused.all());
            }
        }
    }
    // Brought as if it were a real one.
    let sandbox = Sandbox::with_spec(MINIO);
    for (id, secret) in [("AKIAREHEARSAL0000001", "hush"), ("AKIAIOSFODNN7EXAMPLE", "rehearsal-not-a-secret-0000001")] {
        let refused = sandbox.call(["render"]).env("K", id).env("S", secret).run().exits(2);
        assert!(refused.stderr.contains("BW0817") && !refused.stderr.contains(secret), "{}", refused.stderr);
    }
}

/// Keys stay where they are, whatever folder the files go into.
#[test]
fn the_folder_of_keys_is_a_setting_of_its_own() {
    let sandbox = Sandbox::with_spec(KEYS);
    let key =
        sandbox.write("safe/acme-argo-workflows.yaml", "accessKeyId: AKIAIOSFODNN7EXAMPLE\nsecretAccessKey: hush\n");
    fs::set_permissions(key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("chmod");
    let _ = sandbox.run("render --out first --keys safe").ok();
    let _ = sandbox.run("render --out second --keys safe").ok();
    assert_eq!(sandbox.read("first/argo-workflows/secrets.yaml"), sandbox.read("second/argo-workflows/secrets.yaml"));
    assert!(!sandbox.path("first/credentials").exists());
    let printed = sandbox.run("render --out - --keys safe").ok().stdout;
    assert!(printed.contains("kind: \"Secret\""), "{printed}");
    // Plain Secrets that an earlier run left: no advice ends at a key that nobody has.
    let age = "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z";
    let refused = sandbox.run(&format!("render --out first --keys safe --encrypt age:{age}")).exits(1).stderr;
    assert!(refused.contains("BW0805") && refused.contains("--keys safe"), "{refused}");
    // Whatever is in the way: no other folder is advised without the keys of this one.
    let link = sandbox.path("linked/argo-workflows");
    fs::create_dir_all(sandbox.path("linked")).expect("a folder");
    std::os::unix::fs::symlink(sandbox.path("first"), link).expect("a link");
    sandbox.write("file", "");
    for (out, code) in [("linked", "BW0802"), ("file/out", "BW0801")] {
        let refused = sandbox.run(&format!("render --out {out} --keys safe")).exits(1).stderr;
        assert!(refused.contains(code) && refused.contains("`--out DIR --keys DIR`"), "{out}: {refused}");
    }
}

/// A file below the words "the keys are not keys" holds none, whatever the environment has.
#[test]
fn a_rehearsal_writes_no_real_key() {
    let azure = AZURE.replace("accountKey: env:S", "accountKey: file:key");
    for spec in [MINIO, &azure, &MINIO.replace("env:S", "file:key")] {
        let sandbox = Sandbox::with_spec(spec);
        sandbox.write("key", "aHVzaGh1c2hodXNo");
        let call = sandbox.call(["apply", "--rehearse"]).env("K", "AKIAIOSFODNN7EXAMPLE").env("S", "aHVzaGh1c2hodXNo");
        let _ = call.run().ok();
        for (name, text) in tree_of_text(&sandbox.path("out-rehearsal")) {
            for key in
                ["aHVzaGh1c2hodXNo", "AKIAIOSFODNN7EXAMPLE", "YUhWemFHaDFjMmhvZFhObw", "QUtJQUlPU0ZPRE5ON0VYQU1QTEU"]
            {
                assert!(!text.contains(key), "{name}: {text}");
            }
        }
    }
}

#[test]
fn a_plan_of_a_rehearsal_says_so() {
    let sandbox = Sandbox::with_spec(KEYS);
    let planned = sandbox.run("plan --rehearse").ok();
    assert!(planned.stderr.starts_with("REHEARSAL: planned against an empty in-memory account."), "{}", planned.stderr);
    let _ = sandbox.run("plan --rehearse -o json").ok().json();
}
