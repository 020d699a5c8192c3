//! What others do meanwhile: in the account, in the folder, in the cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Life;

/// What somebody else does.
#[derive(Clone, Copy, Debug)]
pub enum Hand {
    /// A statement of theirs in the trust of each role of ours.
    Trust,
    /// A statement of theirs in each policy of ours.
    Policy,
    /// A statement of theirs in the policy of each bucket of ours.
    BucketPolicy,
    /// A policy of theirs on each user of ours.
    Inline,
    /// A pod writes.
    Data,
    /// A file of the user's beside ours.
    Mine,
    /// A file of ours is edited.
    Edited,
    /// A private file becomes readable for all.
    Loose,
    /// A private file of ours is removed.
    Removed,
    /// The file that holds the id is removed.
    Unlearnt,
    /// A value of a Secret of ours is changed by another manager.
    Secret,
    /// Another manager adds a key to a Secret of ours.
    Added,
    /// Another owner makes a Secret in our namespace, with a label like ours.
    Stranger,
}

use Hand::{
    Added, BucketPolicy, Data, Edited, Inline, Loose, Mine, Policy, Removed, Secret, Stranger, Trust, Unlearnt,
};

pub fn hand() -> impl Strategy<Value = Hand> {
    prop::sample::select(vec![
        Trust,
        Policy,
        BucketPolicy,
        Inline,
        Data,
        Mine,
        Edited,
        Loose,
        Removed,
        Unlearnt,
        Secret,
        Added,
        Stranger,
    ])
}

/// What belongs to others, and must stay.
#[derive(Default)]
pub struct Theirs {
    /// The kind and the name of what holds a statement of theirs.
    pub statements: BTreeSet<(&'static str, String)>,
    pub inline: BTreeSet<String>,
    pub data: BTreeSet<String>,
    pub files: BTreeMap<String, String>,
    /// A private file of ours was made readable.
    pub loosened: bool,
    /// Whole Secrets, by the path in the API.
    pub secrets: BTreeMap<String, Value>,
    /// Secrets of ours in which another manager owns a value of ours.
    pub taken: BTreeSet<String>,
}

/// The statements of a document.
pub fn statements(document: &Value) -> Vec<Value> {
    match &document["Statement"] {
        Value::Array(list) => list.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

fn encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    text.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn iam(action: &str, parts: &[(&str, &str)]) -> Value {
    let parts: String = parts.iter().map(|(name, value)| format!("&{name}={}", encoded(value))).collect();
    json!({"service": "iam", "body": format!("Action={action}&Version=2010-05-08{parts}")})
}

/// A document with a statement of theirs more.
fn with_theirs(document: &Value, statement: Value) -> Option<Value> {
    let mut all = statements(document);
    if all.iter().any(|one| one["Sid"] == "Theirs") {
        return None;
    }
    all.push(statement);
    Some(json!({"Version": "2012-10-17", "Statement": all}))
}

fn map(value: &Value) -> impl Iterator<Item = (String, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value))
}

impl Life {
    /// Whether something in the account carries this spec's tag.
    pub fn is_ours(&self, found: &Value) -> bool {
        found["tags"]["bucketwright:spec"] == self.lab.spec.as_str()
    }

    pub fn by_hand(&mut self, hand: Hand) {
        match hand {
            Trust | Policy | BucketPolicy | Inline | Data => self.in_the_account(hand),
            Mine | Edited | Loose | Removed | Unlearnt => self.in_the_folder(hand),
            Secret | Added | Stranger => self.in_the_cluster(hand),
        }
    }

    fn in_the_account(&mut self, hand: Hand) {
        let state = self.state();
        let mut requests = Vec::new();
        let user = format!("arn:aws:iam::{}:root", self.lab.account.id);
        let ours = |kind: &str| -> Vec<(String, Value)> {
            map(&state[kind]).filter(|(_, found)| self.is_ours(found)).map(|(name, one)| (name, one.clone())).collect()
        };
        let mut statements = Vec::new();
        match hand {
            Trust => {
                for (name, role) in ours("roles") {
                    let theirs = json!({"Sid": "Theirs", "Effect": "Deny", "Principal": {"AWS": user}, "Action": "sts:AssumeRole"});
                    let Some(trust) = with_theirs(&role["trust"], theirs) else { continue };
                    let trust = trust.to_string();
                    requests.push(iam("UpdateAssumeRolePolicy", &[("RoleName", &name), ("PolicyDocument", &trust)]));
                    statements.push(("roles", name));
                }
            }
            Policy => {
                for (arn, policy) in ours("policies").into_iter().filter(|(_, policy)| policy["versions"] != 5) {
                    let theirs = json!({"Sid": "Theirs", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::guests/*"});
                    let Some(document) = with_theirs(&policy["document"], theirs) else { continue };
                    let document = document.to_string();
                    let parts = [("PolicyArn", arn.as_str()), ("PolicyDocument", &document), ("SetAsDefault", "true")];
                    requests.push(iam("CreatePolicyVersion", &parts));
                    statements.push(("policies", arn));
                }
            }
            BucketPolicy => {
                for (name, bucket) in ours("buckets") {
                    let theirs = json!({"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObjectVersion", "Resource": format!("arn:aws:s3:::{name}/theirs/*")});
                    let Some(policy) = with_theirs(&bucket["policy"], theirs) else { continue };
                    requests.push(json!({"service": "s3", "method": "PUT", "path": format!("/{name}?policy"), "body": policy.to_string()}));
                    statements.push(("buckets", name));
                }
            }
            Inline => {
                let rights = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Theirs", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::guests/*"}]}).to_string();
                for (name, _) in ours("users") {
                    let parts = [("UserName", name.as_str()), ("PolicyName", "theirs"), ("PolicyDocument", &rights)];
                    requests.push(iam("PutUserPolicy", &parts));
                    self.theirs.inline.insert(name);
                }
            }
            _ => {
                for (name, _) in ours("buckets") {
                    requests.push(
                        json!({"service": "s3", "method": "PUT", "path": format!("/{name}/data"), "body": "data"}),
                    );
                    self.theirs.data.insert(name);
                }
            }
        }
        self.theirs.statements.extend(statements);
        self.lab.ask("setup", json!({"requests": requests}));
    }

    fn in_the_folder(&mut self, hand: Hand) {
        let sandbox = &self.lab.sandbox;
        let place = if sandbox.path("out/argo-workflows").is_dir() { "out/argo-workflows" } else { "out" };
        let secrets = sandbox.path("out/argo-workflows/secrets.yaml");
        match hand {
            Mine => {
                for name in [format!("{place}/mine.yaml"), format!("{place}/values.mine.yaml")] {
                    sandbox.write(&name, "mine: yes\n");
                    self.theirs.files.insert(name, "mine: yes\n".to_owned());
                }
            }
            Edited => {
                for name in ["out/argo-workflows/values.yaml", "out/argo-workflows/NOTES.md"] {
                    if sandbox.path(name).exists() {
                        sandbox.write(name, &format!("{}# edited\n", sandbox.read(name)));
                    }
                }
            }
            Loose if secrets.exists() => {
                std::fs::set_permissions(secrets, std::fs::Permissions::from_mode(0o644)).expect("chmod");
                self.theirs.loosened = true;
            }
            Removed if secrets.exists() => std::fs::remove_file(secrets).expect("rm"),
            Unlearnt if sandbox.path("out/learnt.yaml").exists() => {
                std::fs::remove_file(sandbox.path("out/learnt.yaml")).expect("rm");
            }
            _ => {}
        }
    }

    fn in_the_cluster(&mut self, hand: Hand) {
        let namespace = self.says.namespace(&self.lab.spec);
        let place = format!("/api/v1/namespaces/{namespace}/secrets");
        if matches!(hand, Stranger) {
            let known =
                self.server.get("/api/v1/namespaces").to_string().contains(&format!("\"name\":\"{namespace}\""));
            let path = format!("{place}/theirs");
            if known && !self.theirs.secrets.contains_key(&path) {
                let labels = json!({"bucketwright/spec": "other", "theirs": "yes"});
                let secret = json!({"metadata": {"name": "theirs", "labels": labels}, "stringData": {"theirs": "yes"}});
                self.server.make("secrets", Some(&namespace), &secret);
                self.theirs.secrets.insert(path.clone(), self.server.get(&path));
            }
            return;
        }
        let all = self.server.get(&place);
        for secret in all["items"].as_array().into_iter().flatten() {
            let name = secret["metadata"]["name"].as_str().expect("a name");
            let Some((key, _)) = map(&secret["data"]).next().filter(|_| name != "theirs") else { continue };
            let path = format!("{place}/{name}");
            let key = if matches!(hand, Added) { "theirs".to_owned() } else { key };
            self.server.patch(&format!("{path}?fieldManager=argocd"), &json!({"data": {(key.clone()): "b3RoZXI="}}));
            if key != "theirs" {
                self.theirs.taken.insert(path);
            }
        }
    }
}
