//! The fault sweep on Google Cloud: each call of a clean run fails once in each way, or the run is killed around it; a run without
//! faults must then end where the clean one did. What passes by itself must not even be noticed.

use std::collections::BTreeMap;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{ARGO, ARGO_PODS, google, spec};
use crate::faults::say;
use crate::harness::{Google, Sandbox};

/// A call of a clean run: the `nth` of its permission.
#[derive(Clone, Debug)]
struct Call {
    permission: String,
    method: String,
    nth: usize,
}

impl Call {
    fn makes_key(&self) -> bool {
        matches!(self.permission.as_str(), "iam.serviceAccountKeys.create" | "storage.hmacKeys.create")
    }
}

/// How a call fails, and whether the run gets over it by itself.
struct Kind {
    name: &'static str,
    fault: fn() -> Value,
    can: fn(&Call) -> bool,
    passes: bool,
    /// Whether it is unknown afterwards if the call took effect.
    open: bool,
}

const fn kind(name: &'static str, fault: fn() -> Value, can: fn(&Call) -> bool, passes: bool, open: bool) -> Kind {
    Kind { name, fault, can, passes, open }
}

fn any(_: &Call) -> bool {
    true
}
fn writes(call: &Call) -> bool {
    call.method != "GET" && !call.permission.ends_with("getIamPolicy") && call.permission != "oauth2.token"
}
fn guarded(call: &Call) -> bool {
    call.permission.ends_with("setIamPolicy") || call.permission == "storage.buckets.update"
}
fn says(status: u16, reason: &str) -> Value {
    json!({"status": status, "reason": reason, "message": "Try again."})
}

const KINDS: [Kind; 14] = [
    kind("429", || says(429, "rateLimitExceeded"), any, true, false),
    kind("403 for a quota", || says(403, "rateLimitExceeded"), any, true, false),
    kind("408", || says(408, "requestTimeout"), any, true, true),
    kind("500", || says(500, "backendError"), any, true, true),
    kind("502", || says(502, "badGateway"), any, true, true),
    kind("503 with Retry-After", || json!({"status": 503, "headers": {"Retry-After": "0"}}), any, true, true),
    kind("503 although it took effect", || json!({"status": 503, "act": true}), writes, true, true),
    kind("reply lost after the call took effect", || json!({"lost": true}), any, true, true),
    kind("reply torn in the middle", || json!({"torn": true}), any, true, true),
    kind("connection ended before", || json!({"reset": true}), any, true, true),
    kind("401", || says(401, "UNAUTHENTICATED"), any, false, false),
    kind("403", || says(403, "PERMISSION_DENIED"), any, false, false),
    kind("400", || says(400, "INVALID_ARGUMENT"), writes, false, false),
    kind("changed meanwhile", || says(412, "conditionNotMet"), guarded, true, false),
];

/// A project, a spec and a folder, for one case after the other.
struct Lab<'a> {
    google: &'a Google,
    sandbox: Sandbox,
}

impl<'a> Lab<'a> {
    fn new(google: &'a Google, installs: &[&str]) -> Self {
        google.peer(&json!({"empty": true}));
        google.peer(&json!({
            "buckets": {"stranger": {"name": "stranger", "location": "US", "projectNumber": "123456789012", "metageneration": "1", "labels": {"team": "data"}}},
            "policies": {"project": {"version": 1, "etag": "P", "bindings": [{"role": "roles/owner", "members": ["user:a@example.com"]}]}}
        }));
        Self { google, sandbox: Sandbox::with_spec(&spec(installs)) }
    }

    fn apply(&self, more: &str) -> (Option<i32>, String) {
        let run = self.google.call(&self.sandbox, &format!("apply --yes {more}")).run();
        (run.code(), run.any().all())
    }

    /// Everything in the project, without what differs from run to run; the key that is kept must be one that is there.
    fn state(&self) -> Result<Value, String> {
        let mut there = self.google.peer(&json!({}));
        for (email, keys) in there["keys"].as_object_mut().expect("keys") {
            let name = email.split('@').next().unwrap_or_default();
            let path = self.sandbox.path(format!("out/credentials/{name}.yaml"));
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            let all = keys.as_array().expect("a list").clone();
            if !all.is_empty() && !all.iter().any(|key| kept.contains(key.as_str().expect("an id"))) {
                return Err(format!("the kept key of {email} is not there: {all:?}"));
            }
            if self.sandbox.path(format!("out/credentials/intents/{name}.yaml")).exists() {
                return Err(format!("the intent of {name} is open"));
            }
            *keys = json!(!all.is_empty());
        }
        for part in ["journal", "hmac"] {
            there[part].take();
        }
        let policies = there["policies"].as_object_mut().expect("policies");
        policies.retain(|_, policy| policy["bindings"].as_array().is_some_and(|bindings| !bindings.is_empty()));
        for policy in policies.values_mut() {
            policy["bindings"].as_array_mut().expect("bindings").sort_by_key(Value::to_string);
        }
        let mut text = there.to_string();
        for (pattern, with) in [
            (r#""bucketwright-id":"[a-z0-9]+""#, r#""id":"ID""#),
            (r" id=[a-z0-9]+", " id=ID"),
            (r#""(etag|uniqueId|metageneration)":"[^"]*""#, r#""$1":"""#),
        ] {
            text = regex::Regex::new(pattern).expect("a pattern").replace_all(&text, with).into_owned();
        }
        Ok(serde_json::from_str(&text).expect("JSON"))
    }

    /// Runs without faults; where a key's answer was lost, as the message says.
    fn recovers(&self, clean: &Value, lost_key: bool) -> Result<(), String> {
        self.google.peer(&json!({"mend": true}));
        let (mut code, mut said) = self.apply("");
        if lost_key && code == Some(1) && said.contains("BW1527") {
            (code, said) = self.apply("--second-key");
        }
        if code != Some(0) {
            return Err(format!("the run without faults ended with {code:?}:\n{said}"));
        }
        let state = self.state()?;
        if &state == clean {
            return Ok(());
        }
        let (clean, found) = (format!("{clean:#}"), format!("{state:#}"));
        Err(similar::TextDiff::from_lines(&clean, &found).unified_diff().to_string())
    }
}

/// The calls of a clean run, and what it leaves.
fn clean(google: &Google, installs: &[&str]) -> (Vec<Call>, Value) {
    let lab = Lab::new(google, installs);
    let (code, said) = lab.apply("");
    assert_eq!(code, Some(0), "{said}");
    let mut seen = BTreeMap::new();
    let journal = google.peer(&json!({}))["journal"].as_array().expect("a journal").clone();
    let calls = journal.iter().map(|call| {
        let text = |name: &str| call[name].as_str().unwrap_or_default().to_owned();
        let nth = seen.entry(text("permission")).and_modify(|nth| *nth += 1).or_insert(0_usize);
        Call { permission: text("permission"), method: text("method"), nth: *nth }
    });
    (calls.collect(), lab.state().expect("a sound state"))
}

fn fault(call: &Call, fault: Value) -> Value {
    let mut fault = fault;
    (fault["permission"], fault["after"]) = (json!(call.permission), json!(call.nth));
    json!({"faults": [fault]})
}

fn case(google: &Google, installs: &[&str], call: &Call, kind: &Kind, clean: &Value) -> Result<(), String> {
    let lab = Lab::new(google, installs);
    google.peer(&fault(call, (kind.fault)()));
    let (code, said) = lab.apply("");
    let lost_key = kind.open && call.makes_key();
    let orderly = code == Some(0) || code == Some(1) && said.contains("BW") && said.contains("help: ");
    if !orderly || said.contains("panicked") || (kind.passes && !lost_key && code != Some(0)) {
        return Err(format!("the run with the fault ended with {code:?}:\n{said}"));
    }
    lab.recovers(clean, lost_key)
}

/// By default each kind at the first call of each permission; with `BUCKETWRIGHT_FAULTS=gcp` at every call.
#[test]
fn every_call_in_every_way() {
    let google = google!();
    let whole = std::env::var("BUCKETWRIGHT_FAULTS").is_ok_and(|asked| asked == "gcp");
    let installs: &[&str] = &[ARGO, ARGO_PODS];
    let (calls, state) = clean(&google, installs);
    let (mut survived, mut failures) = (0, Vec::new());
    for (c, call) in calls.iter().enumerate().filter(|(_, call)| whole || call.nth == 0) {
        for (k, kind) in KINDS.iter().enumerate().filter(|(_, kind)| (kind.can)(call)) {
            if !whole && (c + k) % 5 != 0 && !call.makes_key() {
                continue;
            }
            match case(&google, installs, call, kind, &state) {
                Ok(()) => survived += 1,
                Err(error) => {
                    failures.push(format!("== {} at {} ({})\n{error}", kind.name, call.permission, call.nth + 1));
                }
            }
        }
    }
    say(&format!(
        "Google Cloud: {} calls: {} faults injected, {survived} survived",
        calls.len(),
        survived + failures.len()
    ));
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Killed right before and right after each call that changes something.
#[test]
fn killed_between_any_two_calls() {
    let google = google!();
    let installs: &[&str] = &[ARGO];
    let (calls, state) = clean(&google, installs);
    let (mut killed, mut moments) = (0, 0);
    for call in calls.iter().filter(|call| writes(call)) {
        for act in [false, true] {
            let lab = Lab::new(&google, installs);
            let pid = lab.sandbox.path("pid").display().to_string();
            google.peer(&fault(call, json!({"kill": pid, "act": act})));
            let program = google.command(&lab.sandbox);
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", "echo $$ > pid; exec \"$0\" apply --yes"]).arg(program.get_program());
            shell.current_dir(lab.sandbox.path("")).env_clear();
            shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
            shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let status = shell.status().expect("it ends");
            moments += 1;
            killed += usize::from(status.code().is_none());
            let sound = lab.recovers(&state, call.makes_key());
            assert!(sound.is_ok(), "killed at {} ({}, {act}): {}", call.permission, call.nth, sound.unwrap_err());
        }
    }
    say(&format!("Google Cloud: killed at {killed} of {moments} moments, {killed} recovered"));
    assert!(killed * 10 >= moments * 9);
}

/// A server that says when to come again is not asked before, and one that wants too much is given up.
#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO]));
    let busy = |after: &str, times: u32| json!({"faults": [{"permission": "storage.buckets.get", "status": 503, "headers": {"Retry-After": after}, "times": times}]});
    google.peer(&busy("1", 1));
    let start = std::time::Instant::now();
    let _ = google.call(&sandbox, "plan").run().ok();
    assert!(start.elapsed().as_secs() >= 1);
    google.peer(&busy("4000", 1));
    let said = google.call(&sandbox, "plan").run().exits(1).messages();
    assert!(said.contains("BW1523"), "{said}");
    google.peer(&json!({"mend": true}));
    google.peer(&busy("0", 1000));
    let said = google.call(&sandbox, "plan").run().exits(1).messages();
    assert!(said.contains("BW1523") && said.contains("for two minutes"), "{said}");
}
