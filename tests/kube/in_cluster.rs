//! `verify --in-cluster`: Jobs in a real API server. No kubelet runs, so the tests take its place: they make a Job's pod, run what it
//! asks for as a plain process, set its status, and lay its output where the API server asks a node for logs.

use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

use super::api_server;
use super::server::Server;
use crate::harness::{Peer, Sandbox};

/// A sandbox whose spec has one role, in a namespace of the test's own.
fn sandbox(namespace: &str) -> Sandbox {
    Sandbox::with_spec(&format!(
        "\
apiVersion: bucketwright/v1
name: acme
cloud: {{provider: aws, region: eu-west-1, cluster: {{name: prod}}}}
identity: irsa
installs:
  - {{profile: argo-workflows, chartVersion: 1.0.18, namespace: {namespace}}}
"
    ))
}

/// The ServiceAccounts that the Jobs of a spec run under.
fn accounts(sandbox: &Sandbox) -> Vec<String> {
    let jobs = sandbox.run("verify --print-job -o json").ok().json();
    let name = |job: &Value| job["spec"]["template"]["spec"]["serviceAccountName"].as_str().expect("a name").to_owned();
    jobs["jobs"].as_array().expect("jobs").iter().map(name).collect()
}

/// Makes a namespace with the ServiceAccounts of the chart, and gives one of them.
fn installed(server: &Server, sandbox: &Sandbox, namespace: &str) -> String {
    server.namespace(namespace);
    let accounts = accounts(sandbox);
    for name in &accounts {
        server.make("serviceaccounts", Some(namespace), &json!({"metadata": {"name": name}}));
    }
    accounts.into_iter().next().expect("an account")
}

fn jobs(server: &Server, namespace: &str) -> Vec<Value> {
    let list = server.get(&format!("/apis/batch/v1/namespaces/{namespace}/jobs"));
    list["items"].as_array().expect("a list").clone()
}

fn begin(sandbox: &Sandbox, user: &str, more: &str) -> Child {
    let arguments = format!("verify --in-cluster --kubeconfig {user} {more}");
    let mut command = sandbox.command();
    command.args(arguments.split_whitespace()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the binary starts")
}

/// Runs `verify --in-cluster`, and lets `node` do what a node would with each Job. Afterwards no Job of it is left.
fn verified(
    server: &Server,
    sandbox: &Sandbox,
    (namespace, user): (&str, &str),
    more: &str,
    mut node: impl FnMut(&Value),
) -> Said {
    let mut child = begin(sandbox, user, more);
    let mut known = Vec::new();
    while child.try_wait().expect("the binary runs").is_none() {
        for job in jobs(server, namespace) {
            if !known.contains(&job["metadata"]["uid"]) && job["metadata"]["labels"]["foreign"].is_null() {
                known.push(job["metadata"]["uid"].clone());
                node(&job);
            }
        }
        std::thread::yield_now();
    }
    Said::of(child)
}

/// What a run said, and its exit code.
struct Said {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Said {
    fn of(child: Child) -> Self {
        let Output { status, stdout, stderr } = child.wait_with_output().expect("the binary ends");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// Expects an exit code and words, wherever they stand and are broken.
    #[track_caller]
    fn says(&self, code: i32, words: &[&str]) {
        let all = format!("{}\n{}", self.stdout, self.stderr);
        assert_eq!(self.code, Some(code), "{all}");
        let whole = all.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words {
            assert!(whole.contains(word), "{word}: {all}");
        }
    }
}

/// Makes the pod of a Job on the node, and gives its name.
fn pod(server: &Server, job: &Value) -> String {
    let mut pod = job["spec"]["template"].clone();
    let namespace = job["metadata"]["namespace"].as_str().expect("a namespace");
    let name = format!("{}-pod", job["metadata"]["uid"].as_str().expect("a uid"));
    pod["metadata"]["name"] = json!(name);
    pod["metadata"]["ownerReferences"] = json!([{"apiVersion": "batch/v1", "kind": "Job", "controller": true,
        "name": job["metadata"]["name"], "uid": job["metadata"]["uid"]}]);
    pod["spec"]["nodeName"] = json!(server.ready("node"));
    server.make("pods", Some(namespace), &pod);
    name
}

/// Sets the state of a pod's container.
fn set(server: &Server, job: &Value, pod: &str, phase: &str, state: &Value) {
    let namespace = job["metadata"]["namespace"].as_str().expect("a namespace");
    let status =
        json!({"name": "verify", "ready": false, "restartCount": 0, "image": "", "imageID": "", "state": state});
    let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/status");
    server.patch(&path, &json!({"status": {"phase": phase, "containerStatuses": [status]}}));
}

/// Ends a pod with an exit code; what it printed is its log.
fn end(server: &Server, job: &Value, pod: &str, log: &str, code: i32) {
    let namespace = job["metadata"]["namespace"].as_str().expect("a namespace");
    let folder = std::path::Path::new(server.ready("logs")).join(namespace).join(pod);
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("verify"), log).expect("a log");
    let phase = if code == 0 { "Succeeded" } else { "Failed" };
    set(server, job, pod, phase, &json!({"terminated": {"exitCode": code}}));
}

#[test]
fn the_proof_runs_under_the_charts_own_account() {
    let server = api_server!();
    let peer = match Peer::start() {
        Ok(peer) => peer,
        Err(why) => skip!("account.py", why),
    };
    let account = peer.account();
    let sandbox = sandbox("proven");
    let _ = account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let _ = installed(server, &sandbox, "proven");
    let prover = server.user("prover");
    let denied = verified(server, &sandbox, ("proven", &prover), "", |_| panic!("nothing may be made"));
    let named = "kubectl create role bucketwright --verb=get --resource=serviceaccounts --resource-name=argo";
    denied.says(1, &["BW1103", "the cluster denies `get`", named]);
    let roles = sandbox.run("verify --in-cluster --permissions").ok().json();
    server.grant(&roles, &json!({"kind": "User", "name": "prover", "apiGroup": "rbac.authorization.k8s.io"}), "prover");
    let issuer = peer.ready["cluster"]["oidc_issuer"].as_str().expect("an issuer");
    let role = format!("arn:aws:iam::{}:role/acme-argo-workflows", account.id);
    // As EKS does: the role and a token of the ServiceAccount, in the pod's environment.
    let run = |job: &Value| {
        let pod = pod(server, job);
        let spec = &job["spec"]["template"]["spec"];
        let sub = format!("system:serviceaccount:proven:{}", spec["serviceAccountName"].as_str().expect("a name"));
        let token = peer.post("token", &json!({"issuer": issuer, "sub": sub, "aud": "sts.amazonaws.com"}));
        let token = sandbox.write("token", token["token"].as_str().expect("a token"));
        let container = &spec["containers"][0];
        let mut process = sandbox.command();
        process.args(container["args"].as_array().expect("arguments").iter().filter_map(Value::as_str));
        for variable in container["env"].as_array().expect("variables") {
            process.env(variable["name"].as_str().expect("a name"), variable["value"].as_str().expect("a value"));
        }
        process.env("AWS_ROLE_ARN", &role).env("AWS_WEB_IDENTITY_TOKEN_FILE", token);
        let said = process.env("AWS_ENDPOINT_URL", peer.endpoint()).output().expect("it runs");
        // A container's log holds both streams.
        let log = [said.stderr, said.stdout].concat();
        end(server, job, &pod, &String::from_utf8(log).expect("UTF-8"), said.status.code().expect("a code"));
    };
    let done = verified(server, &sandbox, ("proven", &prover), "-o json", run);
    done.says(0, &["passed, 0 could not be tried."]);
    let report: Value = serde_json::from_str(&done.stdout).expect("JSON");
    let rows = report["rows"].as_array().expect("rows");
    let session = format!("arn:aws:sts::{}:assumed-role/acme-argo-workflows/", account.id);
    for name in accounts(&sandbox) {
        let mut own = rows.iter().filter(|row| row["serviceAccount"] == format!("proven/{name}"));
        let seen = own.clone().any(|row| {
            row["bucket"] == "(identity)"
                && row["cells"][0]["note"].as_str().is_some_and(|note| note.starts_with(&session))
        });
        assert!(seen, "{report:#}");
        assert!(own.any(|row| row["cells"].as_array().expect("cells").iter().any(|cell| cell["action"] == "put")));
    }
    assert_eq!(jobs(server, "proven"), Vec::<Value>::new());
    // A right less, and the matrix says so: in XML too.
    account.python("arn = [one['PolicyArn'] for one in iam.list_attached_role_policies(RoleName='acme-argo-workflows')['AttachedPolicies']]\n[iam.detach_role_policy(RoleName='acme-argo-workflows', PolicyArn=one) for one in arn]");
    let failed = verified(server, &sandbox, ("proven", &prover), "-o junit", run);
    failed.says(3, &["<testsuite name=\"argo-workflows acme-argo-workflows as proven/", "<failure message="]);
    assert_eq!(jobs(server, "proven"), Vec::<Value>::new());
}

#[test]
fn what_hinders_a_job_is_told_and_leaves_none() {
    let server = api_server!();
    let sandbox = sandbox("hindered");
    let admin = server.user("admin");
    server.namespace("hindered");
    let at = ("hindered", admin.as_str());
    verified(server, &sandbox, at, "", |_| panic!("no Job without an account"))
        .says(3, &["untried BW1112: the ServiceAccount hindered/", "bucketwright push --service-accounts"]);
    for name in accounts(&sandbox) {
        server.make("serviceaccounts", Some("hindered"), &json!({"metadata": {"name": name}}));
    }
    let unplaced = |_: &Value| {};
    verified(server, &sandbox, at, "--timeout 1", unplaced)
        .says(3, &["BW1113", "after 1 seconds: no pod was made yet"]);
    assert_eq!(jobs(server, "hindered"), Vec::<Value>::new());
    let unpulled = |job: &Value| {
        let waiting = json!({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}});
        set(server, job, &pod(server, job), "Pending", &waiting);
    };
    let said = verified(server, &sandbox, at, "--timeout 4", unpulled);
    said.says(3, &["BW1113", "after 4 seconds: ImagePullBackOff: Back-off pulling image", "--image IMAGE"]);
    let unlogged = |job: &Value| set(server, job, &pod(server, job), "Failed", &json!({"terminated": {"exitCode": 1}}));
    verified(server, &sandbox, at, "", unlogged)
        .says(3, &["BW1114: the log of the pod of hindered/", "cannot be read", "exit code 1"]);
    let another = |job: &Value| end(server, job, &pod(server, job), "\u{1b}[31mhello\n", 0);
    let said = verified(server, &sandbox, at, "", another);
    said.says(3, &["BW1114: the pod of hindered/", "printed no matrix. It says: [31mhello"]);
    assert!(!said.stdout.contains('\u{1b}'));
    let nobody = |job: &Value| {
        let pod = pod(server, job);
        let mut process = sandbox.command();
        process
            .args(["verify", "--as-caller", "-o", "json"])
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_REGION", "eu-west-1");
        let probe = job["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"].as_str().expect("a probe");
        let said = process.env("BUCKETWRIGHT_PROBE", probe).output().expect("it runs");
        end(server, job, &pod, &String::from_utf8(said.stdout).expect("UTF-8"), 1);
    };
    verified(server, &sandbox, at, "", nobody).says(3, &["BW1114", "It says: BW0501: "]);
    assert_eq!(jobs(server, "hindered"), Vec::<Value>::new());
}

#[test]
fn a_job_of_an_earlier_run_is_replaced_and_that_of_another_is_not() {
    let server = api_server!();
    let sandbox = sandbox("taken");
    let _ = installed(server, &sandbox, "taken");
    let admin = server.user("admin");
    let mut earlier = sandbox.run("verify --print-job -o json").ok().json()["jobs"][0].clone();
    server.make("jobs", Some("taken"), &earlier);
    let mut seen = Vec::new();
    verified(server, &sandbox, ("taken", &admin), "", |job| {
        seen.push(job["metadata"]["name"].clone());
        end(server, job, &pod(server, job), "{\"rows\": [], \"untried\": [\"nothing\"]}", 3);
    })
    .says(3, &["untried taken/", ": nothing"]);
    assert!(seen.contains(&earlier["metadata"]["name"]));
    assert_eq!(jobs(server, "taken"), Vec::<Value>::new());
    earlier["metadata"]["labels"] = json!({"foreign": "yes"});
    server.make("jobs", Some("taken"), &earlier);
    let other = |job: &Value| end(server, job, &pod(server, job), "", 0);
    verified(server, &sandbox, ("taken", &admin), "", other)
        .says(3, &["BW1115", "is there already", "kubectl get job"]);
    assert_eq!(jobs(server, "taken").len(), 1);
}

#[test]
fn a_signal_takes_the_jobs_away() {
    let server = api_server!();
    let sandbox = sandbox("stopped");
    let _ = installed(server, &sandbox, "stopped");
    for signal in ["-INT", "-TERM"] {
        let child = begin(&sandbox, &server.user("admin"), "");
        while jobs(server, "stopped").is_empty() {
            std::thread::yield_now();
        }
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
        assert!(sent.success());
        Said::of(child).says(130, &["BW0903", "Its Job was removed."]);
        assert_eq!(jobs(server, "stopped"), Vec::<Value>::new());
    }
}

/// A Role without `delete`: the Job stays, and whoever runs it is told how to take it away.
#[test]
fn a_job_that_may_not_be_deleted_is_named() {
    let server = api_server!();
    let sandbox = sandbox("kept");
    let name = installed(server, &sandbox, "kept");
    let mut roles = sandbox.run("verify --in-cluster --permissions").ok().json();
    for rule in roles["items"][0]["rules"].as_array_mut().expect("rules") {
        rule["verbs"].as_array_mut().expect("verbs").retain(|verb| verb != "delete");
    }
    let keeper = server.user("reader");
    server.grant(&roles, &json!({"kind": "User", "name": "reader", "apiGroup": "rbac.authorization.k8s.io"}), "reader");
    let ended = |job: &Value| end(server, job, &pod(server, job), "{\"rows\": [], \"untried\": []}", 0);
    let said = verified(server, &sandbox, ("kept", &keeper), "", ended);
    said.says(3, &["BW1116: the Job kept/", "the cluster denies `delete`", "kubectl delete job", &name]);
}
