//! Rendered manifests against what we write: Secrets and keys, ServiceAccounts and who trusts them, leftovers of MinIO.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::blueprint::{Blueprint, InstallBlueprint, PrincipalKind};
use crate::error::{Code, Error, Finding, Result, Source};
use crate::policy::Trust;
use crate::yaml::read;

/// The Secrets that we write: namespace and name, and their keys.
pub type Written = BTreeMap<(String, String), BTreeSet<String>>;

/// The objects of a manifest of several documents.
///
/// # Errors
/// `BW0102` for a document that is not YAML.
pub fn objects(name: &str, text: &str) -> Result<Vec<Value>> {
    let documents = format!("\n{text}").split("\n---").map(str::to_owned).collect::<Vec<_>>();
    let said = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    documents
        .iter()
        .filter(|text| text.lines().any(said))
        .map(|text| {
            // A document may hold a Secret: an error shows none of it.
            crate::yaml::read_shown_as(text, &Source::new(name, "*".repeat(text.len())))
        })
        .collect()
}

/// The names and keys of the Secrets in one of our manifests; the values are dropped at once.
///
/// # Errors
/// As `objects`.
pub fn written(text: &str) -> Result<Written> {
    let secrets = objects("secrets.yaml", text)?;
    let keys = |one: &Value| one["data"].as_object().map(|data| data.keys().cloned().collect()).unwrap_or_default();
    Ok(secrets.iter().map(|one| ((meta(one, "namespace"), meta(one, "name")), keys(one))).collect())
}

fn meta(object: &Value, key: &str) -> String {
    object["metadata"][key].as_str().unwrap_or_default().to_owned()
}

/// A place in a manifest that asks for a Secret; no key means all of them.
struct Asked {
    by: String,
    namespace: String,
    secret: String,
    key: Option<String>,
}

/// Holds the rendered objects of an install against what we write and whom we trust.
pub fn rendered(
    blueprint: &Blueprint,
    install: &InstallBlueprint,
    objects: &[Value],
    written: &Written,
) -> Vec<Finding> {
    let mut asked = Vec::new();
    for object in objects {
        let by = format!("{} {}", object["kind"].as_str().unwrap_or("object"), meta(object, "name"));
        let namespace = Some(meta(object, "namespace")).filter(|name| !name.is_empty());
        let namespace = namespace.unwrap_or_else(|| install.namespace.to_string());
        asks(object, &by, &namespace, &mut asked);
        // Argo's repository stands as YAML in the text of a ConfigMap.
        for text in object["data"].as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str()) {
            if object["kind"] == "ConfigMap"
                && let Ok(inside) = read::<Value>(&Source::new("configmap", text))
            {
                asks(&inside, &by, &namespace, &mut asked);
            }
        }
    }
    let mut findings = secrets(&asked, written);
    findings.extend(accounts(blueprint, install, objects, &asked, written));
    findings.extend(minio(install, objects));
    findings
}

/// Collects every reference to a Secret, wherever it stands.
fn asks(value: &Value, by: &str, namespace: &str, asked: &mut Vec<Asked>) {
    let ask = |asked: &mut Vec<Asked>, secret: &Value, key: Option<&Value>| {
        if let Some(secret) = secret.as_str() {
            let key = key.and_then(Value::as_str).map(str::to_owned);
            asked.push(Asked { by: by.to_owned(), namespace: namespace.to_owned(), secret: secret.to_owned(), key });
        }
    };
    match value {
        Value::Object(map) => {
            for (name, below) in map {
                match name.as_str() {
                    "secretKeyRef" | "accessKeySecret" | "secretKeySecret" => {
                        ask(asked, &below["name"], Some(&below["key"]));
                    }
                    "secretRef" => ask(asked, &below["name"], None),
                    "secretName" => ask(asked, below, None),
                    "secret" => {
                        let source =
                            if below["secretName"].is_string() { &below["secretName"] } else { &below["name"] };
                        match below["items"].as_array() {
                            Some(items) => items.iter().for_each(|item| ask(asked, source, Some(&item["key"]))),
                            None => ask(asked, source, None),
                        }
                        continue;
                    }
                    _ => {}
                }
                asks(below, by, namespace, asked);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| asks(item, by, namespace, asked)),
        _ => {}
    }
}

fn secrets(asked: &[Asked], written: &Written) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut said = BTreeSet::new();
    for ((namespace, name), keys) in written {
        let users: Vec<&Asked> =
            asked.iter().filter(|one| &one.secret == name && &one.namespace == namespace).collect();
        if users.is_empty() {
            let elsewhere = asked.iter().find(|one| &one.secret == name);
            let why = match elsewhere {
                Some(one) => format!("{} asks for a Secret of this name in the namespace {}.", one.by, one.namespace),
                None => "No rendered object mentions it, so the chart uses other credentials than ours.".to_owned(),
            };
            let error =
                Error::new(Code::UNUSED_SECRET, format!("nothing uses the Secret {namespace}/{name} that we write"));
            findings.push(Finding::error(error.why(why).fix("Pass our values file to Helm after your own.")));
        }
        for one in users {
            let Some(key) = one.key.as_ref().filter(|key| !keys.contains(*key)) else { continue };
            if said.insert((name, key)) {
                let has = keys.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                let what =
                    format!("{} asks for the key `{key}` of the Secret {namespace}/{name}, which has none", one.by);
                let error = Error::new(Code::MISSING_SECRET_KEY, what).why("The pod would not start.");
                findings.push(Finding::error(error.fix(format!("Name one of its keys: {has}."))));
            }
        }
    }
    findings
}

/// The pod below an object: its own spec or that of its template.
fn pod(object: &Value) -> Option<&Value> {
    let spec = &object["spec"];
    match object["kind"].as_str()? {
        "Pod" => Some(spec),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" => Some(&spec["template"]["spec"]),
        "CronJob" => Some(&spec["jobTemplate"]["spec"]["template"]["spec"]),
        _ => None,
    }
}

/// The ServiceAccounts (namespace, name) that the install's principals trust.
fn trusted(blueprint: &Blueprint, install: &InstallBlueprint) -> BTreeSet<(String, String)> {
    let mut trusted = BTreeSet::new();
    for principal in blueprint.principals.iter().filter(|one| install.principals.values().any(|name| name == &one.name))
    {
        if let PrincipalKind::Role { trust, associations, .. } = &principal.kind {
            if let Trust::WebIdentity(accounts) = trust {
                trusted.extend(accounts.iter().cloned());
            }
            trusted.extend(associations.iter().map(|(namespace, name)| (namespace.to_string(), name.to_string())));
        }
    }
    trusted
}

fn accounts(
    blueprint: &Blueprint,
    install: &InstallBlueprint,
    objects: &[Value],
    asked: &[Asked],
    written: &Written,
) -> Vec<Finding> {
    let trusted = trusted(blueprint, install);
    if trusted.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let namespace = |object: &Value| match meta(object, "namespace") {
        name if name.is_empty() => install.namespace.to_string(),
        name => name,
    };
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    for object in objects {
        let by = format!("{} {}", object["kind"].as_str().unwrap_or_default(), meta(object, "name"));
        if object["kind"] == "ServiceAccount" {
            let account = (namespace(object), meta(object, "name"));
            if object["metadata"]["annotations"]["eks.amazonaws.com/role-arn"].is_string()
                && !trusted.contains(&account)
            {
                findings.push(untrusted(&by, &account, &trusted));
            }
            seen.insert(account);
        }
        let Some(pod) = pod(object) else { continue };
        let account = (namespace(object), pod["serviceAccountName"].as_str().unwrap_or("default").to_owned());
        let ours = |one: &&Asked| one.by == by && written.contains_key(&(one.namespace.clone(), one.secret.clone()));
        if trusted.contains(&account) {
            findings.extend(keys_beside_role(&by, pod));
        } else if asked.iter().any(|one| ours(&one)) {
            findings.push(untrusted(&by, &account, &trusted));
        }
        seen.insert(account);
    }
    for (namespace, name) in trusted.difference(&seen) {
        let what = format!("the role trusts the ServiceAccount {namespace}/{name}, which the chart does not render");
        findings.push(Finding::warn(
            Error::new(Code::ACCOUNT_NOT_RENDERED, what)
                .why("Either the pod is turned off in the values, or it runs under another name and gets no credentials.")
                .fix("Compare `release`, `namespace` and `serviceAccounts` in the spec with your values."),
        ));
    }
    findings
}

fn untrusted(by: &str, (namespace, name): &(String, String), trusted: &BTreeSet<(String, String)>) -> Finding {
    let known = trusted.iter().map(|(namespace, name)| format!("{namespace}/{name}")).collect::<Vec<_>>().join(", ");
    let what = format!("{by} touches storage as system:serviceaccount:{namespace}:{name}, which no role trusts");
    Finding::error(
        Error::new(Code::UNTRUSTED_ACCOUNT, what).why(format!("AWS would refuse its token. Trusted: {known}.")).fix(
            "Correct `release`, `namespace` or `serviceAccounts` in the spec, or the ServiceAccount in your values.",
        ),
    )
}

/// A key always wins over a role. Source: AWS SDKs, "Credential provider chain": the environment comes first.
fn keys_beside_role(by: &str, pod: &Value) -> Option<Finding> {
    const KEYS: [&str; 4] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"];
    let containers = ["containers", "initContainers"].into_iter().filter_map(|key| pod[key].as_array()).flatten();
    let mut names = containers.filter_map(|one| one["env"].as_array()).flatten().filter_map(|one| one["name"].as_str());
    let name = names.find(|name| KEYS.contains(name))?;
    Some(Finding::error(
        Error::new(Code::KEYS_BESIDE_ROLE, format!("{by} has a role, and `{name}` in its environment"))
            .why("A key or an endpoint in the environment wins over the role.")
            .fix(format!("Remove `{name}` from the values.")),
    ))
}

fn minio(install: &InstallBlueprint, objects: &[Value]) -> Vec<Finding> {
    let options = install.variables.get("options").and_then(Value::as_object);
    if options.into_iter().flatten().any(|(_, value)| value == "minio") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for object in objects {
        let name = meta(object, "name");
        let by = format!("{} {name}", object["kind"].as_str().unwrap_or("object"));
        if let Some(word) = login(object) {
            findings.push(leftover(&format!("{by} names MinIO: `{word}`")));
        } else if pod(object).is_some_and(|pod| images(pod).any(|image| image.contains("minio/minio"))) {
            findings.push(leftover(&format!("{by} runs the bundled MinIO")));
        }
    }
    findings
}

fn images(pod: &Value) -> impl Iterator<Item = &str> {
    pod["containers"].as_array().into_iter().flatten().filter_map(|one| one["image"].as_str())
}

/// MinIO's default login, or its endpoint in the cluster.
fn login(value: &Value) -> Option<&'static str> {
    const WORDS: [&str; 4] = ["minio-svc", "minio.svc", "minioaccesskey", "miniosecretkey"];
    match value {
        Value::String(text) => WORDS.into_iter().find(|word| text.contains(word)),
        Value::Array(items) => items.iter().find_map(login),
        Value::Object(map) => map.values().find_map(login),
        _ => None,
    }
}

fn leftover(what: &str) -> Finding {
    Finding::error(
        Error::new(Code::MINIO_LEFT, what)
            .why("Its storage is to be S3 alone; what is left of MinIO serves old data or a known password.")
            .fix("Pass our values file to Helm after your own, and turn MinIO off."),
    )
}
