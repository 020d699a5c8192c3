//! A place to let things go wrong: an account of a case's own in the AWS emulator, with things of strangers in it, a spec,
//! and what the account must look like in the end.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::harness::{Account, Peer, REGION, Run, Sandbox};

/// A chart with an identity.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub identity: &'static str,
    pub install: &'static str,
    /// The chart's first bucket is there before, with settings of a stranger.
    pub adopted: Option<&'static str>,
}

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";
const MASSDRIVER: &str = "{profile: massdriver, chartVersion: 0.2.0}";
const GITPOD: &str = "{profile: gitpod, chartVersion: 2026.7.0, options: {domain: gitpod.example.com}}";
/// With a role, its registry has to stay on a volume (`BW0471`).
const GITPOD_VOLUME: &str =
    "{profile: gitpod, chartVersion: 2026.7.0, options: {domain: gitpod.example.com, registryStorage: volume}}";
const GRADIENT: &str = "{profile: gradient, chartVersion: 1.0.0}";
const ONA: &str = "{profile: ona, chartVersion: 2.0.0, options: {organization: 0191e223-1c3c-7607-badf-303c98b52d2f}}";
const GITLAB: &str = "{profile: gitlab, chartVersion: 9.9.1}";

/// Every profile with every identity that it knows.
pub const SCENARIOS: [Scenario; 17] = [
    scenario("argo/static-keys", "static-keys", ARGO, None),
    scenario("argo/irsa", "irsa", ARGO, None),
    scenario("argo/irsa, bucket adopted", "irsa", ARGO, Some("argo-artifacts")),
    scenario("argo/static-keys, bucket adopted", "static-keys", ARGO, Some("argo-artifacts")),
    scenario("argo/pod-identity", "pod-identity", ARGO, None),
    scenario("argo/node-role", "node-role", ARGO, None),
    scenario("massdriver/static-keys", "static-keys", MASSDRIVER, None),
    scenario("massdriver/irsa", "irsa", MASSDRIVER, None),
    scenario("massdriver/pod-identity", "pod-identity", MASSDRIVER, None),
    scenario("gitpod/static-keys", "static-keys", GITPOD, None),
    scenario("gitpod/irsa", "irsa", GITPOD_VOLUME, None),
    scenario("gradient/static-keys", "static-keys", GRADIENT, None),
    scenario("ona/workload-identity", "workload-identity", ONA, None),
    scenario("gitlab/static-keys", "static-keys", GITLAB, None),
    scenario("gitlab/irsa", "irsa", GITLAB, None),
    scenario("gitlab/pod-identity", "pod-identity", GITLAB, None),
    scenario("gitlab/node-role", "node-role", GITLAB, None),
];

const fn scenario(
    name: &'static str,
    identity: &'static str,
    install: &'static str,
    adopted: Option<&'static str>,
) -> Scenario {
    Scenario { name, identity, install, adopted }
}

/// The peer of all fault tests: their faults are of single accounts.
pub fn peer() -> Result<&'static Peer, String> {
    static PEER: OnceLock<Result<Peer, String>> = OnceLock::new();
    PEER.get_or_init(Peer::start).as_ref().map_err(Clone::clone)
}

/// An account, a spec, a folder.
pub struct Lab {
    pub account: Account<'static>,
    pub sandbox: Sandbox,
    pub spec: String,
    attempts: &'static str,
}

impl Lab {
    pub fn new(peer: &'static Peer, scenario: &Scenario) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let spec = format!("flt{:05}", NEXT.fetch_add(1, Ordering::Relaxed));
        let account = peer.fresh();
        if scenario.identity != "static-keys" {
            peer.post("cluster", &json!({"account": account.id, "name": "prod", "region": REGION}));
        }
        let sandbox = Sandbox::with_spec(&crate::aws::spec(&account, &spec, scenario.identity, scenario.install));
        let lab = Self { account, sandbox, spec, attempts: "1" };
        lab.strangers(scenario.adopted);
        lab
    }

    /// With the SDK repeating failed calls, as it does by default.
    pub fn patient(mut self) -> Self {
        self.attempts = "3";
        self
    }

    /// What others have in the account: none of it may change.
    fn strangers(&self, adopted: Option<&str>) {
        let (spec, id) = (&self.spec, &self.account.id);
        let mut requests = Vec::new();
        let buckets = [Some(format!("{spec}-stranger")), adopted.map(|name| format!("{spec}-{name}"))];
        for bucket in buckets.into_iter().flatten() {
            let mut put = |query: &str, body: String| {
                requests
                    .push(json!({"service": "s3", "method": "PUT", "path": format!("/{bucket}{query}"), "body": body}));
            };
            put(
                "",
                format!(
                    "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
                ),
            );
            let statement = json!({"Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{id}:root")}, "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{bucket}/theirs/*")});
            put("?policy", json!({"Version": "2012-10-17", "Statement": [statement]}).to_string());
            put("?lifecycle", "<LifecycleConfiguration><Rule><ID>theirs</ID><Filter><Prefix>theirs/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>".to_owned());
            put(
                "?tagging",
                "<Tagging><TagSet><Tag><Key>theirs</Key><Value>yes</Value></Tag></TagSet></Tagging>".to_owned(),
            );
            put("?cors", "<CORSConfiguration><CORSRule><AllowedOrigin>https://theirs.example.com</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>".to_owned());
        }
        for action in [format!("CreateUser&UserName={spec}-person"), format!("CreateAccessKey&UserName={spec}-person")]
        {
            requests.push(json!({"service": "iam", "body": format!("Action={action}&Version=2010-05-08")}));
        }
        self.ask("setup", json!({"requests": requests}));
    }

    /// Asks the peer for something about this account.
    pub fn ask(&self, name: &str, mut body: Value) -> Value {
        body["account"] = json!(self.account.id);
        if !matches!(name, "calls" | "mend" | "fail" | "stale") {
            body["region"] = json!(REGION);
        }
        self.account.peer().post(name, &body)
    }

    /// Lets calls of this account fail.
    pub fn fail(&self, fault: Value) {
        self.ask("fail", fault);
    }

    /// Ends all faults of this account.
    pub fn mend(&self) {
        self.ask("mend", json!({}));
    }

    pub fn calls(&self) -> Vec<Value> {
        self.ask("calls", json!({})).as_array().expect("a list").clone()
    }

    pub fn apply(&self, more: &str) -> Run {
        self.run(&format!("apply --yes {more}"))
    }

    pub fn run(&self, arguments: &str) -> Run {
        let call = self.account.call(&self.sandbox, arguments);
        self.surroundings().into_iter().fold(call, |call, (name, value)| call.env(name, value)).run()
    }

    /// What a run here has in its environment beside the account: pauses of milliseconds.
    pub fn surroundings(&self) -> [(&'static str, &'static str); 2] {
        [("AWS_MAX_ATTEMPTS", self.attempts), ("BUCKETWRIGHT_PAUSE_MS", "2")]
    }

    /// Everything in the account, with the names of this case taken out; keys are counted, and held to the kept ones.
    pub fn state(&self) -> Result<Value, String> {
        let mut state = self.ask("state", json!({}));
        for (user, found) in state["users"].as_object_mut().expect("users") {
            let keys = found["keys"].take();
            let keys = keys.as_array().expect("keys");
            let path = self.sandbox.path(format!("out/credentials/{user}.yaml"));
            if let Ok(text) = std::fs::read_to_string(&path) {
                let kept: Value = serde_yaml::from_str(&text).map_err(|error| format!("{user}: {error}"))?;
                let works = |key: &Value| {
                    key["id"] == kept["accessKeyId"]
                        && key["secret"] == kept["secretAccessKey"]
                        && key["active"] == true
                };
                if !keys.iter().any(works) {
                    return Err(format!("the kept key of {user} is not one that works"));
                }
            }
            let intent = self.sandbox.path(format!("out/credentials/intents/{user}.yaml"));
            if intent.exists() {
                return Err(format!("the intent of {user} is open"));
            }
            found["keys"] = json!(keys.len());
        }
        let text = state.to_string().replace(&self.spec, "SPEC").replace(&self.account.id, "ACCOUNT");
        // Each life of a spec has an id of its own.
        let id = regex::Regex::new("\"bucketwright:id\":\"[a-z0-9]+\"").expect("a pattern");
        let text = id.replace_all(&text, "\"bucketwright:id\":\"ID\"").into_owned();
        let issuer = regex::Regex::new("id/[0-9A-F]{32}").expect("a pattern");
        Ok(serde_json::from_str(&issuer.replace_all(&text, "id/ISSUER")).expect("JSON"))
    }

    /// Runs without faults to the end, and compares what is there with what a clean run leaves.
    pub fn recovers(&self, clean: &Value) -> Result<(), String> {
        let run = self.apply("");
        let code = run.code();
        let said = run.any().all();
        if code != Some(0) {
            return Err(format!("the run without faults ended with {code:?}:\n{said}"));
        }
        let state = self.state()?;
        let text = |value: &Value| serde_json::to_string_pretty(value).expect("JSON");
        if &state == clean {
            Ok(())
        } else {
            let (clean, found) = (text(clean), text(&state));
            Err(similar::TextDiff::from_lines(&clean, &found).unified_diff().to_string())
        }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.ask("forget", json!({}));
        }
    }
}
