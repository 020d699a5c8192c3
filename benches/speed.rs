//! Speed, side by side with what a user would pick instead. Prints a table; asserts nothing.
//!
//! `cargo bench` runs it. The comparison with the AWS CLI needs the test peers (`tests/peers/setup`); without them it is left
//! out with a line that says so. Each figure is the median of several whole processes.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a benchmark prints its table and stops when its set-up fails"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The binary that is measured: the one just built, or another that `BUCKETWRIGHT_BIN` names.
static BIN: LazyLock<String> = LazyLock::new(|| {
    std::env::var("BUCKETWRIGHT_BIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_bucketwright").to_owned())
});

fn main() {
    println!("| what | measured |\n| --- | --- |");
    row("size of the binary", &format!("{:.1} MB", size_mb(Path::new(&*BIN))));
    row("`bucketwright --version`, whole process", &format!("{:.1} ms", ms(median(21, || run(&["--version"])))));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("six");
    let six = ["render", "-f", "examples/six-installs.yaml", "--placeholders", "--out", text(&out)];
    row("render of the six-install example, whole process", &format!("{:.1} ms", ms(median(21, || run(&six)))));
    thousand(folder.path());
    if let Err(why) = beside_aws_cli(folder.path()) {
        println!("| apply beside the AWS CLI | left out: {why} |");
    }
}

/// A thousand installs in one spec: time and the largest resident size.
fn thousand(folder: &Path) {
    let mut spec = String::from(
        "apiVersion: bucketwright/v1\nname: big\ncloud:\n  provider: aws\n  region: eu-west-1\n  account: \"012345678901\"\n  cluster:\n    name: prod\n    \
         oidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF\nidentity: irsa\ninstalls:\n",
    );
    for number in 0..1000 {
        spec.push_str(&format!(
            "  - {{id: argo-{number}, profile: argo-workflows, chartVersion: 1.0.18, release: argo-{number}, namespace: argo-{number}, buckets: {{artifacts: big-argo-{number}}}}}\n"
        ));
    }
    let file = folder.join("big.yaml");
    std::fs::write(&file, spec).expect("the spec is written");
    let out = folder.join("big");
    let started = Instant::now();
    let mut child = Command::new(&*BIN)
        .args(["render", "-f", text(&file), "--out", text(&out)])
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let peak = peak_mb(&mut child);
    row(
        "render of 1,000 installs in one spec, files written",
        &format!("{:.2} s, {peak:.0} MB", started.elapsed().as_secs_f64()),
    );
    let started = Instant::now();
    let mut child = Command::new(&*BIN)
        .args(["render", "-f", text(&file), "--out", "-"])
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let peak = peak_mb(&mut child);
    row("the same to a pipe", &format!("{:.2} s, {peak:.0} MB", started.elapsed().as_secs_f64()));
}

/// The same work by bucketwright and by a script of `aws` commands, on equal account peers, in the same run.
///
/// Both peers have carried out one apply of another spec before: they load their services at the first call of each.
fn beside_aws_cli(folder: &Path) -> Result<(), String> {
    let (our_peer, their_peer) = (Peer::start()?, Peer::start()?);
    our_peer.apply(folder, "warm");
    their_peer.apply(folder, "warm");
    let mut runs: Vec<(Duration, String)> =
        ["first", "second", "acme-prod"].map(|name| our_peer.apply(folder, name)).into();
    let (again, _) = our_peer.apply(folder, "acme-prod");
    runs.sort();
    let (ours, trips) = &runs[1];
    let script = folder.join("by-hand.sh");
    std::fs::write(&script, by_hand(&folder.join("acme-prod"), &their_peer.venv)).expect("the script is written");
    let started = Instant::now();
    let by_hand = their_peer.command("bash").arg(&script).output().expect("it runs");
    let theirs = started.elapsed();
    assert!(by_hand.status.success(), "{}", String::from_utf8_lossy(&by_hand.stderr));
    let commands = std::fs::read_to_string(&script).expect("the script").matches("\naws ").count();
    row(
        "GitLab's buckets and one role: `bucketwright apply`",
        &format!("{:.2} s; round trips on the critical path: {trips}", ours.as_secs_f64()),
    );
    row("the same again, nothing to do", &format!("{:.2} s", again.as_secs_f64()));
    row(&format!("the same by a script of {commands} `aws` commands"), &format!("{:.1} s", theirs.as_secs_f64()));
    row("ratio", &format!("{:.0} times faster", theirs.as_secs_f64() / ours.as_secs_f64()));
    Ok(())
}

/// The seeds' commands, for the same buckets and settings under other names, with the documents that bucketwright wrote.
fn by_hand(out: &Path, venv: &Path) -> String {
    let policy = out.join("iam/acme-prod-gitlab.policy.json");
    let trust = out.join("iam/acme-prod-gitlab.trust.json");
    let document: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&policy).expect("the policy")).expect("JSON");
    let buckets: Vec<String> = document["Statement"][0]["Resource"]
        .as_array()
        .expect("buckets")
        .iter()
        .filter_map(|arn| Some(arn.as_str()?.rsplit(':').next()?.replace("acme-prod", "acme-hand")))
        .collect();
    let mut script = format!("set -e\nexport PATH={}:$PATH\n", venv.join("bin").display());
    let lifecycle = r#"{"Rules":[{"ID":"abort","Status":"Enabled","Filter":{"Prefix":""},"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":7}}]}"#;
    for bucket in buckets {
        let tls = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::{bucket}","arn:aws:s3:::{bucket}/*"],"Condition":{{"Bool":{{"aws:SecureTransport":"false"}}}}}}]}}"#
        );
        script.push_str(&format!(
            "\naws s3api head-bucket --bucket {bucket} >/dev/null 2>&1 || \\\naws s3api create-bucket --bucket {bucket} --region eu-west-1 --create-bucket-configuration LocationConstraint=eu-west-1 --object-ownership BucketOwnerEnforced\n\
             aws s3api put-public-access-block --bucket {bucket} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true\n\
             aws s3api put-bucket-lifecycle-configuration --bucket {bucket} --lifecycle-configuration '{lifecycle}'\n\
             aws s3api put-bucket-tagging --bucket {bucket} --tagging 'TagSet=[{{Key=bucketwright:spec,Value=hand}},{{Key=bucketwright:install,Value=gitlab}},{{Key=bucketwright:origin,Value=created}}]'\n\
             aws s3api put-bucket-policy --bucket {bucket} --policy '{tls}'\n"
        ));
    }
    let tags = "--tags Key=bucketwright:spec,Value=hand Key=bucketwright:install,Value=gitlab Key=bucketwright:origin,Value=created";
    script.push_str(&format!(
        "\naws sts get-caller-identity --query Account --output text\n\
         issuer=$(\naws eks describe-cluster --name prod --query cluster.identity.oidc.issuer --output text)\n\
         \naws iam list-open-id-connect-providers --output text | grep -q \"${{issuer#https://}}\" || \\\naws iam create-open-id-connect-provider --url \"$issuer\" --client-id-list sts.amazonaws.com {tags}\n\
         arn=$(\naws iam create-policy --policy-name acme-hand --policy-document file://{} {tags} --query Policy.Arn --output text)\n\
         \naws iam create-role --role-name acme-hand --assume-role-policy-document file://{} {tags}\n\
         \naws iam attach-role-policy --role-name acme-hand --policy-arn $arn\n",
        policy.display(),
        trust.display()
    ));
    script
}

/// The account peer of the tests.
struct Peer {
    child: Child,
    endpoint: String,
    key: (String, String),
    venv: PathBuf,
}

impl Peer {
    fn start() -> Result<Self, String> {
        let home = std::env::var("HOME").unwrap_or_default();
        let peers = std::env::var("BUCKETWRIGHT_PEERS").unwrap_or_else(|_| format!("{home}/.cache/bucketwright/peers"));
        let venv = PathBuf::from(peers).join("venv");
        if !venv.join("bin/python").exists() {
            return Err("run tests/peers/setup first".to_owned());
        }
        let mut child = Command::new(venv.join("bin/python"))
            .args(["tests/peers/account.py", "--enforce", "--eks-cluster", "prod", "--region", "eu-west-1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("no output")?;
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        let ready: serde_json::Value = serde_json::from_str(&line).map_err(|error| error.to_string())?;
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let key = (text(&ready["admin"]["access_key_id"]), text(&ready["admin"]["secret_access_key"]));
        Ok(Self { child, endpoint: text(&ready["endpoint"]), key, venv })
    }

    /// Applies the GitLab example under another name; the time, and the round trips that were counted.
    fn apply(&self, folder: &Path, name: &str) -> (Duration, String) {
        let spec =
            std::fs::read_to_string("examples/gitlab-irsa.yaml").expect("the example").replace("acme-prod", name);
        let spec = spec.lines().filter(|line| !line.contains("account:")).collect::<Vec<_>>().join("\n");
        let file = folder.join(format!("{name}.yaml"));
        std::fs::write(&file, &spec).expect("the spec is written");
        let out = folder.join(name);
        let arguments = ["apply", "-f", text(&file), "--out", text(&out), "--yes", "--no-proof", "-v"];
        let started = Instant::now();
        let applied = self.command(&BIN).args(arguments).output().expect("it runs");
        let took = started.elapsed();
        let words = String::from_utf8_lossy(&applied.stderr);
        assert!(applied.status.success(), "{words}");
        let trips = words.lines().find_map(|line| line.split("round trips on the critical path: ").nth(1));
        (took, trips.unwrap_or("?").to_owned())
    }

    /// A command with the peer's account in its environment.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", &self.key.0)
            .env("AWS_SECRET_ACCESS_KEY", &self.key.1)
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_PAGER", "")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The peer ends when its standard input closes; killing it only hurries that.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(arguments: &[&str]) {
    let output = Command::new(&*BIN).args(arguments).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn median(times: usize, mut work: impl FnMut()) -> Duration {
    let mut all: Vec<Duration> = (0..times)
        .map(|_| {
            let started = Instant::now();
            work();
            started.elapsed()
        })
        .collect();
    all.sort();
    all[times / 2]
}

/// Waits for a child and gives the largest resident size that was seen, in MB.
fn peak_mb(child: &mut Child) -> f64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0_f64;
    loop {
        if let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kb = line.and_then(|rest| rest.split_whitespace().next()).and_then(|kb| kb.parse::<f64>().ok());
            peak = peak.max(kb.unwrap_or(0.0) / 1024.0);
        }
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            _ => return peak,
        }
    }
}

fn size_mb(path: &Path) -> f64 {
    std::fs::metadata(path).map_or(0.0, |found| found.len() as f64 / 1e6)
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}

fn row(what: &str, measured: &str) {
    println!("| {what} | {measured} |");
    let _ = std::io::stdout().flush();
}
