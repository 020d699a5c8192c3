//! Every fenced `sh` block, run by a shell.

use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::{Block, blocks};
use crate::harness::{Account, Peer, Sandbox, bare, project, python, tree_of_text};
use crate::kube::server::Server;

/// What cannot be run, by a part of its text, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("tests/peers/setup", "it makes the peers that this test runs against"),
    ("just ", "it is CI's own job, or runs for hours"),
    ("cargo test", "it is this test run"),
    ("--in-cluster --image", "it takes nodes, which tests/kube/in_cluster.rs plays"),
    ("kubectl -n gitlab wait", "it takes nodes"),
    ("kubectl -n gitlab logs", "it takes nodes"),
];

/// Calls that end with another code than 0 where there is no terminal, no node and no whole chart, and why.
const OTHER_CODES: &[(&str, &[i32], &str)] = &[
    ("verify --as-caller", &[2, 3], "this is no pod"),
    ("verify", &[0, 3], "roles are tried from pods alone, and the tokens here are not the cluster's"),
    ("check", &[0, 3], "the chart is a stand-in, whose values lack most keys"),
    ("profile test", &[1, 3], "the same chart"),
    ("lint-policy", &[0, 3], "the policy has findings"),
    ("release", &[1, 3], "no release of that name runs here"),
    ("render --check", &[0, 3], "out/ may lack what another block writes"),
    ("plan --detailed-exitcode", &[3], "something is to be made"),
];

/// What a whole block may end with, by a part of its place: its setting is one that has no emulator here.
const SETTINGS: &[(&str, &str, &[i32], &str)] =
    &[("docs/azure.md", "apply", &[2], "the account's key comes from Azure: tests/azure runs it against Azurite")];

/// The programs that are not run: each says nothing and succeeds, or gives what is shown.
const STAND_INS: &[(&str, &str)] = &[
    ("cargo", "if [ \"$1\" = run ]; then shift 2; exec bucketwright \"$@\"; fi"),
    (
        "helm",
        "case \"$1\" in get) echo 'global: {hosts: {domain: example.com}}' ;; *) cat > /dev/null < /dev/null ;; esac",
    ),
    (
        "kubectl",
        "if [ \"$1\" = exec ]; then cat claims.json; else for word in \"$@\"; do if [ \"$word\" = - ]; then exec cat > /dev/null; fi; done; fi",
    ),
    ("gitpod", "cat claims.json"),
    (
        "kubeseal",
        "exec openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=sealed-secrets -keyout /dev/null 2> /dev/null",
    ),
    (
        "age-keygen",
        "if [ \"$1\" = -y ]; then echo age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p; else touch key.txt; fi",
    ),
    ("sops", "exec cat \"$2\""),
    ("terraform", ""),
    (
        "az",
        "case \"$*\" in 'aks show'*) echo https://oidc.example/ ;; *'keys list'*) ;; *--query*) echo 0 ;; *' show '*) exit 3 ;; esac",
    ),
];

/// A person says yes where a terminal asks.
const BUCKETWRIGHT: &str = r#"#!/bin/bash
yes=()
case "$1" in apply|rotate|destroy) [[ "$*" == *--permissions* || "$*" == *--dry-run* ]] || yes=(--yes) ;; esac
"$BINARY" "$@" "${yes[@]}" 2> "$LOG.last" < /dev/stdin
code=$?
cat "$LOG.last" >&2
{ echo "$code $*"; sed 's/^/  /' "$LOG.last"; } >> "$LOG"
exit 0
"#;

fn program(sandbox: &Sandbox, name: &str, text: &str) {
    let path = sandbox.write(&format!("../programs/{name}"), text);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("executable");
}

/// A folder as the pages take it for granted: a spec, what `apply` wrote, and the files that are named.
fn folder(block: &Block, account: &Account<'_>, name: &str, issuer: &str) -> Sandbox {
    let has = |words: &[&str]| words.iter().any(|word| block.text.contains(word) || block.place.contains(word));
    let keys = has(&["rotate", "--seal", "--encrypt", "--external-secrets", "README", "cluster.md"]);
    let identity = if keys { "static-keys" } else { "irsa" };
    let sandbox = Sandbox::new();
    // An export asks nothing, so the spec names the issuer; elsewhere `apply` learns it.
    let issuer = if has(&["export --as"]) { format!(", oidcIssuer: {issuer}") } else { String::new() };
    let massdriver = "  - {profile: massdriver, chartVersion: 0.2.0, identity: static-keys}\n";
    let massdriver = if has(&["massdriver"]) { massdriver } else { "" };
    let spec = format!(
        "apiVersion: bucketwright/v1\nname: {name}\ncloud:\n  provider: aws\n  region: eu-west-1\n  account: \"{}\"\n  cluster: {{name: prod{issuer}}}\nidentity: {identity}\ninstalls:\n  \
         - {{profile: gitlab, chartVersion: 9.9.1, roles: per-component}}\n{massdriver}",
        account.id
    );
    let spec = if block.place.contains("azure.md") { azure() } else { spec };
    sandbox.write("bucketwright.yaml", &spec);
    for (path, text) in tree_of_text(&project().join("examples")) {
        sandbox.write(&format!("examples/{path}"), &text);
    }
    sandbox.write("ona.yaml", &std::fs::read_to_string(project().join("examples/ona.yaml")).expect("an example"));
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}"#;
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}"#;
    let claims =
        r#"{"iss": "https://app.gitpod.io", "aud": ["sts.amazonaws.com"], "sub": "org:x/env:y", "exp": 4102444800}"#;
    let chart = "apiVersion: v2\nname: gitlab\nversion: 9.9.1\n";
    for (path, text) in [
        ("policy.json", policy),
        ("trust.json", trust),
        ("claims.json", claims),
        ("token", claims),
        ("mine.yaml", "global: {hosts: {domain: example.com}}\n"),
        ("needed.yaml", "global: {hosts: {domain: example.com}}\n"),
        ("chart/gitlab/Chart.yaml", chart),
        ("chart/gitlab/values.yaml", "global: {}\n"),
    ] {
        sandbox.write(path, text);
    }
    let tar = ["-czf", "gitlab-9.9.1.tgz", "-C", "chart", "gitlab"];
    assert!(Command::new("tar").args(tar).current_dir(sandbox.path("")).status().expect("tar").success());
    sandbox
}

fn azure() -> String {
    let page = blocks("yaml").into_iter().find(|block| block.place.starts_with("docs/azure.md")).expect("a spec");
    format!("apiVersion: bucketwright/v1\nname: acme\n{}", page.text)
}

/// Whether `apply` comes before a block.
fn needs_applied(block: &Block) -> bool {
    let none = ["docs/azure.md", "docs/migrate.md", "README.md"].iter().any(|page| block.place.starts_with(page));
    let first = ["bucketwright apply", "export --as"].iter().any(|word| block.text.contains(word));
    !none && !first && block.text.contains("bucketwright ")
}

#[test]
fn every_block_runs() {
    let peer = match Peer::start() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    let server = match Server::shared() {
        Ok(server) => server,
        Err(why) => skip!("kube.py", why),
    };
    let account = peer.account();
    let issuer = account.python("say(eks.describe_cluster(name='prod')['cluster']['identity']['oidc']['issuer'])");
    let issuer = issuer.as_str().expect("an issuer");
    // They are there as they are where the charts run.
    ["gitlab", "massdriver"].iter().for_each(|name| server.namespace(name));
    let venv = python().expect("the AWS emulator has it").parent().expect("bin/").display().to_string();
    let mut wrong = String::new();
    let mut ran = 0;
    for (number, block) in blocks("sh").iter().enumerate() {
        let lines = block.text.lines().filter(|line| !LEFT_OUT.iter().any(|(part, _)| line.contains(part)));
        let name = format!("docs-{number}");
        // The pages call their spec acme; here each has a name of its own, since names of buckets are shared by all.
        let text: String = lines.map(|line| format!("{}\n", line.replace("acme-", &format!("{name}-")))).collect();
        if text.is_empty() {
            continue;
        }
        // Each is another spec, and what one spec pushed no other takes over.
        ["gitlab", "massdriver"].iter().for_each(|name| server.clear(name));
        let sandbox = folder(block, &account, &name, issuer);
        for (name, body) in STAND_INS {
            program(&sandbox, name, &format!("#!/bin/sh\n{body}\n"));
        }
        program(&sandbox, "bucketwright", BUCKETWRIGHT);
        let log = sandbox.path("../log");
        std::fs::write(&log, "").expect("a log");
        if needs_applied(block) {
            let _ = account.call(&sandbox, "apply --yes --no-proof").run().ok();
        }
        let mut shell = bare("/bin/bash");
        shell.env("AWS_DEFAULT_REGION", crate::harness::REGION);
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin:{venv}", sandbox.path("../programs").display());
        shell.args(["-euo", "pipefail", "-c", &text]).envs(account.environment()).env("PATH", path);
        shell
            .env("LOG", &log)
            .env("BINARY", env!("CARGO_BIN_EXE_bucketwright"))
            .env("KUBECONFIG", server.user("admin"));
        shell
            .env("HOME", sandbox.path("../home"))
            .env("NO_COLOR", "1")
            .env("AZURE_CLIENT_ID", "x")
            .env("AZURE_TENANT_ID", "x");
        shell.env("AZURE_FEDERATED_TOKEN_FILE", sandbox.path("token"));
        let output = shell.current_dir(sandbox.path("")).output().expect("bash");
        if !output.status.success() {
            let _ = writeln!(
                wrong,
                "{}: the block ends with {}\n{}",
                block.place,
                output.status,
                String::from_utf8_lossy(&output.stderr)
            );
        }
        let said = std::fs::read_to_string(&log).expect("the log");
        for call in said.lines().filter(|line| !line.starts_with("  ")) {
            ran += 1;
            let (code, arguments) = call.split_once(' ').unwrap_or((call, ""));
            let code: i32 = code.parse().expect("a code");
            let setting = SETTINGS
                .iter()
                .find(|(place, start, ..)| block.place.starts_with(place) && arguments.starts_with(start));
            let other = OTHER_CODES.iter().find(|(start, ..)| arguments.starts_with(start));
            let allowed: &[i32] = match (setting, other, arguments) {
                (Some((_, _, codes, _)), ..) | (_, Some((_, codes, _)), _) => codes,
                // Nobody is there to be asked.
                (_, _, "" | "init") => &[2],
                _ => &[0],
            };
            if !allowed.contains(&code) {
                let _ = writeln!(wrong, "{}: `bucketwright {arguments}` exits with {code}\n{said}", block.place);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(ran > 40, "{ran} calls were made");
}
