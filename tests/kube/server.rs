//! The API server peer, and what tests do in it as its administrator.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::harness::{project, python};

/// A running API server; it ends when the test run does, because its standard input closes then.
pub struct Server {
    _process: Child,
    ready: Value,
}

impl Server {
    /// The one that all tests share; each uses a namespace of its own.
    pub fn shared() -> Result<&'static Self, String> {
        static SHARED: OnceLock<Result<Server, String>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref().map_err(Clone::clone)
    }

    fn start() -> Result<Self, String> {
        let python = python()?;
        let peers = python.ancestors().nth(3).ok_or("no peers")?;
        if !peers.join("bin/kube-apiserver").exists() {
            return Err("kube-apiserver is not there; tests/peers/setup all builds it".to_owned());
        }
        let mut process = Command::new(&python)
            .arg("-B")
            .arg(project().join("tests/peers/kube.py"))
            .arg("--peers")
            .arg(peers)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut line = String::new();
        let stdout = process.stdout.take().ok_or("no standard output")?;
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        let ready = serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))?;
        Ok(Self { _process: process, ready })
    }

    /// The kubeconfig of a user.
    pub fn user(&self, name: &str) -> String {
        self.ready["users"][name].as_str().expect("a kubeconfig").to_owned()
    }

    /// Makes an object.
    #[track_caller]
    pub fn make(&self, resource: &str, namespace: Option<&str>, object: &Value) {
        let group = match resource {
            "jobs" => "apis/batch/v1",
            "deployments" | "statefulsets" => "apis/apps/v1",
            role if role.contains("role") => "apis/rbac.authorization.k8s.io/v1",
            _ => "api/v1",
        };
        let scope = namespace.map(|name| format!("namespaces/{name}/")).unwrap_or_default();
        self.http("POST", &format!("/{group}/{scope}{resource}"), "application/json", &object.to_string());
    }

    /// What a POST to a path answers.
    #[track_caller]
    pub fn post(&self, path: &str, object: &Value) -> Value {
        self.http("POST", path, "application/json", &object.to_string())
    }

    /// Deletes an object.
    #[track_caller]
    pub fn delete(&self, path: &str) {
        self.http("DELETE", path, "application/json", "");
    }

    /// Its own account of itself: `server`, `ca`, `users`.
    pub fn ready(&self, name: &str) -> &str {
        self.ready[name].as_str().expect("a text")
    }

    /// The keys of a Secret, decoded.
    #[track_caller]
    pub fn secret(&self, namespace: &str, name: &str) -> Value {
        let script = "import sys,json,base64; print(json.dumps({k: base64.b64decode(v).decode() for k, v in json.load(sys.stdin)['data'].items()}))";
        let secret = self.get(&format!("/api/v1/namespaces/{namespace}/secrets/{name}"));
        serde_json::from_str(&Self::python(&["-c", script], &secret.to_string())).expect("JSON")
    }

    /// Lets Helm's own SDK install a chart that has nothing but a ConfigMap.
    #[track_caller]
    pub fn install(&self, chart: &std::path::Path, driver: &str, namespace: &str, release: &str, values: &Value) {
        let script = "\
import json, sys
import helm_python as helm
kubeconfig, chart, driver, namespace, release = sys.argv[1:]
with helm.Config(kubeconfig_path=kubeconfig, namespace=namespace, storage_driver=driver) as config:
    config.install(chart, release, json.load(sys.stdin), namespace=namespace)
";
        let chart = chart.to_str().expect("a path");
        Self::python(&["-c", script, &self.user("admin"), chart, driver, namespace, release], &values.to_string());
    }

    /// Changes an object as another manager would.
    #[track_caller]
    pub fn patch(&self, path: &str, change: &Value) {
        self.http("PATCH", path, "application/merge-patch+json", &change.to_string());
    }

    /// Reads something.
    #[track_caller]
    pub fn get(&self, path: &str) -> Value {
        self.http("GET", path, "application/json", "")
    }

    /// Makes a namespace.
    #[track_caller]
    pub fn namespace(&self, name: &str) {
        self.make("namespaces", None, &json!({"metadata": {"name": name}}));
    }

    /// Removes what specs pushed into a namespace.
    #[track_caller]
    pub fn clear(&self, namespace: &str) {
        for kind in ["secrets", "serviceaccounts"] {
            let path = format!("/api/v1/namespaces/{namespace}/{kind}?labelSelector=bucketwright%2Fspec");
            self.http("DELETE", &path, "application/json", "");
        }
    }

    /// Gives a user exactly the printed Roles, and waits until the server's own cache of Roles knows them.
    #[track_caller]
    pub fn grant(&self, roles: &Value, subject: &Value, user: &str) {
        for role in roles["items"].as_array().expect("roles") {
            let namespace = role["metadata"]["namespace"].as_str();
            let (roles, bindings) =
                if namespace.is_some() { ("roles", "rolebindings") } else { ("clusterroles", "clusterrolebindings") };
            self.make(roles, namespace, role);
            let of = json!({"kind": role["kind"], "name": role["metadata"]["name"], "apiGroup": "rbac.authorization.k8s.io"});
            self.make(
                bindings,
                namespace,
                &json!({"metadata": {"name": "pusher"}, "subjects": [subject], "roleRef": of}),
            );
            for rule in role["rules"].as_array().expect("rules") {
                self.until_allowed(user, namespace, rule);
            }
        }
    }

    #[track_caller]
    fn until_allowed(&self, user: &str, namespace: Option<&str>, rule: &Value) {
        let verb = &rule["verbs"][0];
        let resource = rule["resources"][0].as_str().expect("a resource");
        let (resource, part) = resource.split_once('/').unwrap_or((resource, ""));
        let attributes = json!({"namespace": namespace, "verb": verb, "group": rule["apiGroups"][0],
            "resource": resource, "subresource": part, "name": rule["resourceNames"][0]});
        let review = json!({"spec": {"user": user, "resourceAttributes": attributes}}).to_string();
        let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        while self.http("POST", path, "application/json", &review)["status"]["allowed"] != true {
            std::thread::yield_now();
        }
    }

    /// A release as Helm packs it.
    #[track_caller]
    pub fn packed(release: &Value) -> String {
        let script =
            "import sys,gzip,base64; print(base64.b64encode(gzip.compress(sys.stdin.buffer.read())).decode(), end='')";
        Self::python(&["-c", script], &release.to_string())
    }

    #[track_caller]
    fn http(&self, method: &str, path: &str, kind: &str, body: &str) -> Value {
        const CALL: &str = "\
import json, ssl, sys, urllib.request
config, method, path, kind = sys.argv[1:]
config = json.load(open(config))
user, cluster = config['users'][0]['user'], config['clusters'][0]['cluster']
context = ssl.create_default_context(cafile=cluster['certificate-authority'])
context.load_cert_chain(user['client-certificate'], user['client-key'])
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
request = urllib.request.Request(cluster['server'] + path, sys.stdin.buffer.read() or None, {'Content-Type': kind}, method=method)
try:
    print(opener.open(request).read().decode())
except urllib.error.HTTPError as error:
    sys.exit(error.read().decode())
";
        let said = Self::python(&["-c", CALL, &self.user("admin"), method, path, kind], body);
        serde_json::from_str(&said).expect("JSON")
    }

    #[track_caller]
    fn python(arguments: &[&str], stdin: &str) -> String {
        let mut child = Command::new(python().expect("the peers' Python"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("Python starts");
        child.stdin.take().expect("stdin").write_all(stdin.as_bytes()).expect("written");
        let output = child.wait_with_output().expect("Python ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }
}
