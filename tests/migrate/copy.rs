//! The printed commands, run by a shell: rclone carries the objects from a MinIO into the buckets that `apply` made.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use serde_json::Value;

use crate::harness::{Account, KEY, Peer, Sandbox, Store, bare};

/// Stands in for kubectl: the port is reached already, and a Secret has MinIO's login.
const KUBECTL: &str = "#!/bin/sh\ncase \"$*\" in\n*accesskey*|*root-user*) printf %s \"$LOGIN_ID\" | base64 ;;\n*secretkey*|*root-password*) printf %s \"$LOGIN_SECRET\" | base64 ;;\n*'get deployment'*) printf 'webservice   3\\nregistry   2\\n' ;;\n*'get cronjob'*) echo toolbox-backup ;;\n*scale*|*patch*) echo \"$*\" >>\"$HOME/scaled\" ;;\n*port-forward*|*annotate*) ;;\n*) exit 9 ;;\nesac\n";

/// A move that is under way: MinIO on one side, the account on the other.
struct Move<'a> {
    old: &'a Store,
    account: &'a Account<'a>,
    sandbox: Sandbox,
    report: Value,
}

impl Move<'_> {
    /// The commands of a step.
    fn commands(&self, title: &str) -> Vec<&str> {
        let steps = self.report["steps"].as_array().expect("steps");
        let step = steps.iter().find(|step| step["title"] == title).unwrap_or_else(|| panic!("{title}"));
        step["commands"].as_array().expect("commands").iter().filter_map(Value::as_str).collect()
    }

    /// Types what reaches the stores, and then a script, as a person would. The test's own are the servers' addresses alone,
    /// and that the peer does not answer at a host for each bucket, as rclone wants it of AWS.
    fn shell(&self, script: &str) -> Output {
        let reach = self.commands("Reach both stores").join("\n");
        let here = format!(
            "export RCLONE_CONFIG_OLD_ENDPOINT={} RCLONE_CONFIG_NEW_ENDPOINT={} RCLONE_CONFIG_NEW_PROVIDER=Other",
            self.old.endpoint(),
            self.account.peer().endpoint()
        );
        let mut command: Command = bare("bash");
        command.args(["-euo", "pipefail", "-c", &format!("{reach}\n{here}\n{script}")]);
        command.envs(self.account.environment()).env("LOGIN_ID", KEY.0).env("LOGIN_SECRET", KEY.1);
        let bin = self.sandbox.path("bin");
        command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display())).env("HOME", &bin);
        command.current_dir(self.sandbox.path("")).output().expect("bash")
    }

    /// The same, which must succeed; gives what it printed.
    fn runs(&self, script: &str) -> String {
        let output = self.shell(script);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn step(&self, title: &str) -> String {
        self.runs(&self.commands(title).join("\n"))
    }
}

/// The report of a set-up on `old`, and the new buckets made in the account.
fn begun<'a>(old: &'a Store, account: &'a Account<'a>, values: &str, arguments: &str) -> Move<'a> {
    let sandbox = Sandbox::new();
    sandbox.write("now.yaml", values);
    let kubectl = sandbox.write("bin/kubectl", KUBECTL);
    std::fs::set_permissions(kubectl, PermissionsExt::from_mode(0o755)).expect("permissions");
    let command = format!("migrate settings {arguments} --values now.yaml --region eu-west-1 --out new -o json");
    let report = sandbox.run(&command).ok().json();
    let begun = Move { old, account, sandbox, report };
    let apply = begun.commands("Make the buckets")[0].strip_prefix("bucketwright ").expect("a command").to_owned();
    let _ = account.call(&begun.sandbox, &format!("{apply} --yes")).run().ok();
    begun
}

#[test]
fn rclone_carries_everything_and_says_when_it_did_not() {
    let (peer, old) = match Peer::shared().and_then(|peer| Ok((peer, Store::minio(false)?))) {
        Ok(peers) => peers,
        Err(why) => skip!("minio", why),
    };
    if bare("rclone").arg("version").output().is_err() {
        skip!("rclone", "it is not installed");
    }
    let account = peer.account();
    let values = "global: {minio: {enabled: true}}\n";
    let gitlab = begun(&old, &account, values, "--profile gitlab --chart-version 9.9.1 --name mvgitlab");
    gitlab.runs(
        "for bucket in git-lfs gitlab-artifacts gitlab-uploads gitlab-packages registry gitlab-backups tmp; do \
         rclone mkdir old:$bucket; echo \"of $bucket\" | rclone rcat old:$bucket/a/b; echo gone | rclone rcat \"old:$bucket/to be deleted\"; done",
    );
    gitlab.step("Sync");
    gitlab.runs("for bucket in git-lfs registry; do rclone deletefile \"old:$bucket/to be deleted\"; echo late | rclone rcat old:$bucket/c; done");
    let early = gitlab.shell(&gitlab.commands("Verify").join("\n"));
    assert!(!early.status.success(), "what was written since the sync is missing");
    gitlab.step("Freeze");
    gitlab.step("Sync again");
    gitlab.step("Verify");
    // Frozen twice, each deployment still comes back as it was.
    gitlab.step("Freeze");
    gitlab.step("Thaw");
    let scaled = gitlab.sandbox.read("bin/scaled");
    assert!(
        scaled.ends_with(
            "deployment webservice --replicas 3\n--namespace gitlab scale deployment registry --replicas 2\n\
             --namespace gitlab patch cronjob toolbox-backup --patch {\"spec\": {\"suspend\": false}}\n"
        ),
        "{scaled}"
    );
    assert_eq!(gitlab.runs("rclone lsf -R --files-only new:mvgitlab-registry | sort"), "a/b\nc\n");
    assert_eq!(gitlab.runs("rclone cat new:mvgitlab-lfs/a/b"), "of git-lfs\n");
    gitlab.runs("echo other | rclone rcat new:mvgitlab-uploads/a/b");
    let output = gitlab.shell(&gitlab.commands("Verify").join("\n"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("1 differences found"), "{said}");

    // A bucket for each user becomes a folder for each user.
    let gitpod = begun(
        &old,
        &account,
        "domain: gitpod.example.com\nobjectStorage: {inCluster: true}\n",
        "--profile gitpod --chart-version 2022.11.3 --name mvgitpod",
    );
    gitpod.runs("for one in 1 2; do rclone mkdir old:gitpod-user-$one; echo $one | rclone rcat old:gitpod-user-$one/workspaces/w; done");
    gitpod.step("Sync");
    gitpod.step("Sync again");
    gitpod.step("Verify");
    assert_eq!(gitpod.runs("rclone lsf -R --files-only new:mvgitpod-gitpod"), "1/workspaces/w\n2/workspaces/w\n");
}
