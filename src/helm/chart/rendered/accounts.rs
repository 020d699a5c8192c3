//! Under which ServiceAccounts storage is reached, against those that roles trust.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Release;
use super::environment::beside;
use crate::base::error::{Code, Error, Finding};
use crate::helm::chart::Object;
use crate::model::{Blueprint, GoogleAccount, InstallBlueprint, PrincipalKind};
use crate::policy::Trust;
use crate::render::stand_in_client_id;
use crate::spec::Identity;

/// Where a ServiceAccount names its role. Source: EKS User Guide, "Assign IAM roles to Kubernetes service accounts"; GKE
/// documentation, "Authenticate to Google Cloud APIs from GKE workloads"; Azure Workload Identity, "Service account annotations".
const ANNOTATIONS: [&str; 3] =
    ["eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "azure.workload.identity/client-id"];

/// A ServiceAccount: its namespace and its name.
type Account = (String, String);

/// Who trusts a ServiceAccount.
#[derive(Default)]
struct Trusting {
    /// The roles.
    roles: BTreeSet<String>,
    /// Whether its token is exchanged for a role that its annotation names.
    annotated: bool,
}

/// The ServiceAccounts that the install's principals trust: by a role's trust policy, by an association of EKS, as a member of
/// a service account of Google's, or by a federated credential of a managed identity of Azure's.
fn trusted(blueprint: &Blueprint, install: &InstallBlueprint) -> BTreeMap<Account, Trusting> {
    let mut trusted: BTreeMap<Account, Trusting> = BTreeMap::new();
    let ours = |name| install.principals.values().any(|one| one == name);
    for principal in blueprint.principals.iter().filter(|one| ours(&one.name)) {
        // What the annotation names: the role, but on Azure the identity's client id.
        let name = match &principal.kind {
            PrincipalKind::ManagedIdentity { client_id, .. } => {
                client_id.as_ref().map_or_else(|| stand_in_client_id(&principal.name), ToString::to_string)
            }
            _ => principal.name.to_string(),
        };
        let mut trust = |account: Account, annotated: bool| {
            let trusting = trusted.entry(account).or_default();
            trusting.roles.insert(name.clone());
            trusting.annotated |= annotated;
        };
        match &principal.kind {
            PrincipalKind::Role { trust: Trust::WebIdentity(accounts), .. } => {
                accounts.iter().for_each(|account| trust(account.clone(), true));
            }
            PrincipalKind::Role { associations, .. } => {
                associations
                    .iter()
                    .for_each(|(namespace, name)| trust((namespace.to_string(), name.to_string()), false));
            }
            PrincipalKind::Google(GoogleAccount::Workload(accounts))
            | PrincipalKind::ManagedIdentity { accounts, .. } => {
                accounts.iter().for_each(|(namespace, name)| trust((namespace.to_string(), name.to_string()), true));
            }
            _ => {}
        }
    }
    trusted
}

/// The role that an annotation names: the end of an ARN, or the beginning of an address of Google's.
fn annotated(object: &Object) -> Option<&str> {
    let annotations = &object.value["metadata"]["annotations"];
    let text = ANNOTATIONS.iter().find_map(|name| annotations[*name].as_str())?;
    let role = text.rsplit('/').next().unwrap_or(text);
    Some(role.split('@').next().unwrap_or(role))
}

impl Release<'_> {
    pub(super) fn accounts(&self, blueprint: &Blueprint) -> Vec<Finding> {
        let trusted = trusted(blueprint, self.install);
        let mut findings = self.left_roles();
        findings.extend(self.in_other_namespaces(&trusted));
        if trusted.is_empty() {
            return findings;
        }
        let mut seen: BTreeSet<Account> = BTreeSet::new();
        for object in self.objects {
            if object.is("ServiceAccount") {
                let account = (self.namespace(object), object.meta("name").to_owned());
                findings.extend(self.annotation(object, &account, &trusted));
                seen.insert(account);
            } else if let Some(account) = self.account(object) {
                match trusted.get(&account) {
                    None if self.touches(object) => findings.push(untrusted(object, &account, &trusted)),
                    _ => {}
                }
                seen.insert(account);
            }
        }
        // An account that others make is none of the chart's.
        let existing = |(_, name): &Account| {
            self.install.workloads.iter().any(|one| one.existing && one.service_account.as_str() == name)
        };
        let missing = trusted.keys().filter(|account| !seen.contains(*account) && !existing(account));
        findings.extend(missing.map(not_rendered));
        findings
    }

    /// Roles that ServiceAccounts of ours name, where the identity is another: a token comes before what the node or EKS hands out.
    /// Source: AWS SDKs and Tools Reference Guide, "Standardized credential providers" (order).
    fn left_roles(&self) -> Vec<Finding> {
        if !matches!(self.install.identity, Identity::PodIdentity | Identity::NodeRole) {
            return Vec::new();
        }
        let annotated = |object: &&Object| {
            let role = object.value["metadata"]["annotations"][ANNOTATIONS[0]].as_str();
            object.is("ServiceAccount")
                && self.is_ours(object.namespace(self.install).as_str(), object.meta("name"))
                && role.is_some_and(|role| !role.is_empty())
        };
        self.objects.iter().filter(annotated).map(|object| left_role(object, self.install.identity)).collect()
    }

    /// ServiceAccounts of ours by name, and pods that run as one, in a namespace where the spec has none: neither role nor Secret of
    /// ours is for them. One that names a role is judged by that.
    fn in_other_namespaces(&self, trusted: &BTreeMap<Account, Trusting>) -> Vec<Finding> {
        if self.install.identity == Identity::NodeRole || trusted.values().any(|one| one.annotated) {
            return Vec::new();
        }
        let elsewhere = |object: &&Object| {
            let own =
                object.is("ServiceAccount").then(|| (object.namespace(self.install), object.meta("name").to_owned()));
            own.or_else(|| self.account(object)).is_some_and(|(namespace, name)| {
                let mut workloads = self.install.workloads.iter();
                name != "default"
                    && workloads.any(|one| one.service_account.as_str() == name)
                    && !self.is_ours(&namespace, &name)
            })
        };
        let told = |object: &Object| self.in_another_namespace(object);
        self.objects.iter().filter(elsewhere).map(told).collect()
    }

    fn in_another_namespace(&self, object: &Object) -> Finding {
        let namespaces = self.install.workloads.iter().flat_map(|one| &one.namespaces).map(ToString::to_string);
        let namespaces = namespaces.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ");
        let (title, namespace) = (object.title(), object.namespace(self.install));
        let what = format!("{title} is in the namespace {namespace}, which the spec does not name for it");
        Finding::error(
            Error::new(Code::UNTRUSTED_ACCOUNT, what)
                .why(format!("Its pods get neither a role nor a Secret of ours there. The spec's namespaces: {namespaces}."))
                .fix("Correct `namespace` or the list of namespaces in the spec, or remove the namespace from your values.")
                .at(Some(object.place.clone())),
        )
    }

    /// Whether the role that an annotation names is of our AWS account, and not one of the same name elsewhere.
    fn in_our_account(&self, object: &Object) -> bool {
        let Some(arn) = object.value["metadata"]["annotations"][ANNOTATIONS[0]].as_str() else { return true };
        let principals = self.install.variables.get("principals").and_then(Value::as_object);
        let mut ours = principals.into_iter().flatten().filter_map(|(_, one)| one["arn"].as_str()).peekable();
        ours.peek().is_none() || ours.any(|one| one == arn)
    }

    /// Whether pods of the profile's that reach storage run under a ServiceAccount.
    pub(super) fn is_ours(&self, namespace: &str, name: &str) -> bool {
        let mut workloads = self.install.workloads.iter();
        workloads.any(|one| {
            one.service_account.as_str() == name && one.namespaces.iter().any(|other| other.as_str() == namespace)
        })
    }

    /// The ServiceAccount of the pods of an object.
    pub(super) fn account(&self, object: &Object) -> Option<Account> {
        let pod = object.pod()?;
        let name = ["serviceAccountName", "serviceAccount"].iter().find_map(|key| pod[*key].as_str());
        Some((self.namespace(object), name.filter(|name| !name.is_empty()).unwrap_or("default").to_owned()))
    }

    /// Whether an object asks for one of our Secrets.
    pub(super) fn touches(&self, object: &Object) -> bool {
        let mut mine = self.asked.iter().filter(|one| std::ptr::eq(one.by, object));
        mine.any(|one| self.written.keys().any(|(namespace, name)| one.is_for(namespace, name)))
    }

    /// What a ServiceAccount says of its role, against what the roles say of it.
    fn annotation(&self, object: &Object, account: &Account, trusted: &BTreeMap<Account, Trusting>) -> Option<Finding> {
        let named = annotated(object);
        match (trusted.get(account), named) {
            (Some(trusting), _) if !trusting.annotated => None,
            (Some(trusting), Some(role)) if trusting.roles.contains(role) && self.in_our_account(object) => None,
            (Some(trusting), named) => Some(wrong_role(object, account, trusting, named)),
            (None, named) => {
                let known = |role: &str| trusted.values().any(|trusting| trusting.roles.contains(role));
                // A chart may annotate all its ServiceAccounts alike. Then the Secrets tell whose pods reach storage.
                let silent = !self.written.is_empty();
                named.filter(|role| known(role) && !silent).map(|_| untrusted(object, account, trusted))
            }
        }
    }

    /// Keys in a document of a ConfigMap, as in Argo's repository, where the identity is a role.
    pub(super) fn keys_in_documents(&self) -> Vec<Finding> {
        if self.install.identity == Identity::StaticKeys || self.keeps_minio() {
            return Vec::new();
        }
        let keyed = |object: &&Object| object.documents().any(|document| names_key(&document));
        let finding = |object: &Object| {
            let what =
                format!("{} names keys for storage, and the identity is `{}`", object.title(), self.install.identity);
            let fix = "Remove `accessKeySecret`, `secretKeySecret` or `serviceAccountKeySecret` from the values.";
            beside(what, fix, object)
        };
        self.objects.iter().filter(keyed).map(finding).collect()
    }
}

fn names_key(document: &Value) -> bool {
    const KEYS: [&str; 3] = ["accessKeySecret", "secretKeySecret", "serviceAccountKeySecret"];
    match document {
        Value::Object(map) => map.iter().any(|(key, below)| {
            (KEYS.contains(&key.as_str()) && below["name"].as_str().is_some_and(|name| !name.is_empty()))
                || names_key(below)
        }),
        Value::Array(items) => items.iter().any(names_key),
        _ => false,
    }
}

fn untrusted(object: &Object, (namespace, name): &Account, trusted: &BTreeMap<Account, Trusting>) -> Finding {
    let known = trusted.keys().map(|(namespace, name)| format!("{namespace}/{name}")).collect::<Vec<_>>().join(", ");
    let title = object.title();
    let what = format!("{title} touches storage as system:serviceaccount:{namespace}:{name}, which no role trusts");
    let fix = "Correct `release`, `namespace` or `serviceAccounts` in the spec, or the ServiceAccount in your values.";
    Finding::error(
        Error::new(Code::UNTRUSTED_ACCOUNT, what)
            .why(format!("The cloud would refuse its token. Trusted: {known}."))
            .fix(fix)
            .at(Some(object.place.clone())),
    )
}

fn left_role(object: &Object, identity: Identity) -> Finding {
    let what = format!("{} names a role by IRSA, and the identity is `{identity}`", object.title());
    Finding::error(
        Error::new(Code::WRONG_ROLE, what)
            .why("The AWS SDK takes the token for that role before it asks for the identity of the spec.")
            .fix("Set `eks.amazonaws.com/role-arn` to null in your values.")
            .at(Some(object.place.clone())),
    )
}

fn not_rendered((namespace, name): &Account) -> Finding {
    let what = format!("the role trusts the ServiceAccount {namespace}/{name}, which the chart does not render");
    Finding::warn(
        Error::new(Code::ACCOUNT_NOT_RENDERED, what)
            .why("Either the pod is turned off in the values, or it runs under another name and gets no credentials.")
            .fix("Compare `release`, `namespace` and `serviceAccounts` in the spec with your values."),
    )
}

fn wrong_role(object: &Object, (namespace, name): &Account, trusting: &Trusting, named: Option<&str>) -> Finding {
    let role = trusting.roles.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let what = match named {
        Some(named) => {
            format!("the ServiceAccount {namespace}/{name} names the role `{named}`, and `{role}` trusts it")
        }
        None => format!("the ServiceAccount {namespace}/{name} names no role, and `{role}` trusts it"),
    };
    Finding::error(
        Error::new(Code::WRONG_ROLE, what)
            .why("A pod gets the role that the annotation of its ServiceAccount names, and no other.")
            .fix("Pass our values file to Helm after your own, and leave the annotations of ServiceAccounts to it.")
            .at(Some(object.place.clone())),
    )
}
