//! The answers so far, and the spec they make.

use std::collections::BTreeMap;
use std::rc::Rc;

use semver::Version;
use serde_json::{Map, Value, json};

use super::cloud::azure::AzureDraft;
use super::cloud::gcp::GoogleDraft;
use super::cloud::s3::{KeyDraft, StoreDraft};
use super::names::without_place;
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, BucketName, Issuer, Region};
use crate::base::yaml::{Node, write};
use crate::blueprint::blueprint;
use crate::model::{Blueprint, InstallBlueprint};
use crate::profile::{Catalogue, Profile};
use crate::spec::{API_VERSION, Identity, Provider, Roles, Spec};

/// The answers so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) name: String,
    /// The store, Azure's storage account, or Google's project; without any of them the cloud is AWS.
    pub(super) store: Option<StoreDraft>,
    pub(super) azure: Option<AzureDraft>,
    pub(super) google: Option<GoogleDraft>,
    pub(super) region: Option<Region>,
    pub(super) account: Option<AccountId>,
    pub(super) cluster: Option<String>,
    pub(super) issuer: Option<Issuer>,
    /// AKS's ends with a slash, which EKS's do not have.
    pub(super) aks_issuer: Option<String>,
    pub(super) node_role: Option<String>,
    pub(super) roles: Roles,
    /// Whether default names lie in the account's own namespace.
    pub(super) own_namespace: bool,
    pub(super) installs: Vec<InstallDraft>,
    pub(super) provision: bool,
}

/// The answers for one chart.
#[derive(Clone, Debug)]
pub(super) struct InstallDraft {
    pub(super) profile: Rc<Profile>,
    pub(super) version: Version,
    pub(super) release: String,
    pub(super) namespace: String,
    pub(super) identity: Identity,
    /// Whether Helm runs it in the cluster.
    pub(super) runs: bool,
    pub(super) options: BTreeMap<String, Value>,
    pub(super) optional: Vec<String>,
    pub(super) buckets: BTreeMap<String, NamedBucket>,
    /// Where the keys that the user brings are found.
    pub(super) keys: Vec<KeyDraft>,
}

/// A bucket with a name of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedBucket {
    pub(super) name: BucketName,
    pub(super) existing: bool,
}

impl InstallDraft {
    /// All of the profile's proposals.
    pub(super) fn new(profile: Rc<Profile>) -> Self {
        let about = &profile.about;
        Self {
            version: about.chart.default.clone(),
            release: about.release.clone(),
            namespace: about.namespace.clone(),
            identity: about
                .identities
                .iter()
                .find(|support| support.works)
                .map_or(Identity::StaticKeys, |support| support.identity),
            runs: false,
            options: BTreeMap::new(),
            optional: Vec::new(),
            buckets: BTreeMap::new(),
            keys: Vec::new(),
            profile,
        }
    }

    /// The id, which is also the first part of the install's question keys.
    pub(super) fn id(&self) -> &str {
        self.profile.name()
    }

    /// The product's name.
    pub(super) fn title(&self) -> &str {
        &self.profile.about.title
    }
}

impl Draft {
    /// The cloud.
    pub(super) fn provider(&self) -> Provider {
        match (&self.store, &self.azure, &self.google) {
            (Some(_), ..) => Provider::S3,
            (_, Some(_), _) => Provider::Azure,
            (.., Some(_)) => Provider::Gcp,
            _ => Provider::Aws,
        }
    }

    /// A bucket name that is good there.
    ///
    /// # Errors
    /// `BW0201`, `BW1403`, `BW1504`, `BW1602`.
    pub(super) fn bucket_name(&self, text: &str) -> Result<BucketName> {
        match &self.store {
            Some(store) => store.kind.bucket_name(text),
            None if self.azure.is_some() => BucketName::parse_container(text),
            None if self.google.is_some() => BucketName::parse_of_google(text),
            None => BucketName::parse(text),
        }
    }

    /// Whether an install has roles, or what is like them, rather than keys.
    pub(super) fn has_roles(&self) -> bool {
        self.installs.iter().any(|install| install.identity != Identity::StaticKeys)
    }

    /// Whether an install's identity needs the cluster's name.
    pub(super) fn needs_cluster(&self) -> bool {
        self.installs.iter().any(|install| match install.identity {
            Identity::Irsa | Identity::PodIdentity | Identity::NodeRole => true,
            Identity::WorkloadIdentity => self.azure.is_some(),
            Identity::StaticKeys => false,
        })
    }

    /// Whether an install's identity needs the nodes' role.
    pub(super) fn needs_node_role(&self) -> bool {
        self.installs.iter().any(|install| install.identity == Identity::NodeRole)
    }

    /// The blueprint of what was answered.
    ///
    /// # Errors
    /// Whatever the spec or a profile refuses.
    pub(super) fn blueprint(&self, catalogue: &Catalogue) -> Result<Blueprint> {
        blueprint(Spec::parse("bucketwright.yaml (not written)", &self.text())?, catalogue, None)
    }

    /// The blueprint of one install, with stand-ins for what is not answered yet.
    ///
    /// # Errors
    /// Whatever the spec or a profile refuses in spite of them; without a place.
    pub(super) fn trial(&self, index: usize, catalogue: &Catalogue) -> Result<InstallBlueprint> {
        let mut single = self.with_stand_ins();
        single.installs = single.installs.get(index).cloned().into_iter().collect();
        let blueprint = single.blueprint(catalogue).map_err(|error| without_place(&error))?;
        let gone = || Error::new(Code::MISSING_ANSWER, "there is no such install");
        blueprint.installs.into_iter().next().ok_or_else(gone)
    }

    /// Whether two installs or purposes claim one bucket.
    pub(super) fn claimed_twice(&self, catalogue: &Catalogue) -> Option<Error> {
        let error = self.with_stand_ins().blueprint(catalogue).err()?;
        error.all().find(|error| error.code() == &Code::BUCKET_CLAIMED_TWICE).map(without_place)
    }

    fn with_stand_ins(&self) -> Self {
        let mut draft = self.clone();
        let partition = self.region.as_ref().map_or("aws", |region| region.partition().as_str());
        draft.cluster.get_or_insert_with(|| "cluster".to_owned());
        draft.node_role.get_or_insert_with(|| format!("arn:{partition}:iam::000000000000:role/nodes"));
        if draft.store.is_some() {
            let (id, secret) = ("env:KEY_ID".to_owned(), "env:KEY_SECRET".to_owned());
            let key = KeyDraft { component: None, id, secret };
            // Whose keys they are follows from the other answers, so those available say nothing here.
            draft.installs.iter_mut().for_each(|install| install.keys = vec![key.clone()]);
        } else if draft.account.is_none() {
            draft.account = AccountId::parse("000000000000").ok();
        }
        draft
    }

    /// The spec as text.
    pub(super) fn text(&self) -> String {
        let mut top = vec![
            leaf(
                "apiVersion",
                API_VERSION,
                "What bucketwright shall make, and for which charts. It holds no secret, so it is safe to commit. \
                 `bucketwright plan` shows what would change, `bucketwright apply` makes it.",
            ),
            leaf("name", &self.name, "A part of the names of buckets, roles and users, and of the tags on them."),
            ("cloud".to_owned(), self.cloud()),
        ];
        if self.own_namespace {
            let why = "Default bucket names get the form PREFIX-ACCOUNT-REGION-an, which no other account can take.";
            top.push(("bucketDefaults".to_owned(), Node::Map(vec![leaf("namespace", "account-regional", why)])));
        }
        let why = match self.roles {
            Roles::Shared => "One role (or user) for each install; `per-component` gives each part of a chart its own.",
            Roles::PerComponent => {
                "Each part of a chart has its own role (or user), which reaches only that part's buckets."
            }
        };
        top.push(leaf("roles", self.roles.as_str(), why));
        let installs: String = self.installs.iter().map(|install| install_text(self.provider(), install)).collect();
        format!("{}installs:\n{installs}", write(&Node::Map(top)))
    }

    fn cloud(&self) -> Node {
        let keys = self.store.as_ref().map(StoreDraft::keys);
        let keys = keys.or(self.azure.as_ref().map(AzureDraft::keys)).or(self.google.as_ref().map(GoogleDraft::keys));
        if let Some(keys) = keys {
            let mut cloud = vec![plain("provider", json!(self.provider().as_str()))];
            cloud.extend(
                keys.into_iter().map(|(key, value, why)| (key.to_owned(), Node::Leaf(value, Some(why.to_owned())))),
            );
            cloud.extend(self.aks_cluster().map(|cluster| ("cluster".to_owned(), cluster)));
            return Node::Map(cloud);
        }
        let region = self.region.as_ref().map_or("", Region::as_str);
        let mut cloud = vec![
            plain("provider", json!("aws")),
            leaf("region", region, "Where the buckets are made; the partition follows from it."),
        ];
        if self.region.as_ref().is_some_and(|region| !region.is_known()) {
            let why = "This version of bucketwright does not know the region; you confirmed it.";
            cloud.push(("allowUnknownRegion".to_owned(), Node::Leaf(json!(true), Some(why.to_owned()))));
        }
        if let Some(account) = &self.account {
            cloud.push(leaf("account", account.as_str(), "In quotes, because a leading zero counts."));
        }
        if let Some(name) = self.cluster.as_ref().filter(|_| self.needs_cluster()) {
            let mut cluster = vec![leaf("name", name, "The EKS cluster whose pods get the roles.")];
            if let Some(issuer) = &self.issuer {
                cluster.push(leaf("oidcIssuer", issuer.as_str(), "With it, roles can be rendered without asking AWS."));
            }
            if let Some(role) = self.node_role.as_ref().filter(|_| self.needs_node_role()) {
                cluster.push(leaf("nodeRole", role, "The nodes' role, which may hand out the pods' roles."));
            }
            cloud.push(("cluster".to_owned(), Node::Map(cluster)));
        }
        Node::Map(cloud)
    }

    fn aks_cluster(&self) -> Option<Node> {
        let name = self.cluster.as_ref().filter(|_| self.azure.is_some() && self.needs_cluster())?;
        let mut cluster = vec![leaf("name", name, "The AKS cluster whose tokens the identities take.")];
        let why = "With it, `az` need not ask AKS. It is compared letter by letter.";
        cluster.extend(self.aks_issuer.as_ref().map(|issuer| leaf("oidcIssuer", issuer, why)));
        Some(Node::Map(cluster))
    }
}

fn plain(key: &str, value: Value) -> (String, Node) {
    (key.to_owned(), Node::Leaf(value, None))
}

fn leaf(key: &str, value: &str, why: &str) -> (String, Node) {
    (key.to_owned(), Node::Leaf(json!(value), Some(why.to_owned())))
}

fn credentials(keys: &[KeyDraft]) -> Value {
    let pair = |key: &KeyDraft| json!({"accessKeyId": key.id, "secretAccessKey": key.secret});
    match keys {
        [key @ KeyDraft { component: None, .. }] => pair(key),
        keys => {
            let each = keys.iter().filter_map(|key| Some((key.component.clone()?, pair(key))));
            json!({"components": each.collect::<Map<_, _>>()})
        }
    }
}

/// One entry below `installs`.
fn install_text(provider: Provider, install: &InstallDraft) -> String {
    let about = &install.profile.about;
    let verdict = install.profile.verdicts(provider, &install.version);
    let why = verdict.iter().find(|verdict| verdict.identity == install.identity).map_or("", |verdict| verdict.why);
    let mut entries = vec![
        plain("profile", json!(install.id())),
        plain("chartVersion", json!(install.version.to_string())),
        plain("release", json!(install.release)),
        plain("namespace", json!(install.namespace)),
        leaf("identity", install.identity.as_str(), why),
    ];
    if !install.keys.is_empty() {
        let why = "Where the keys are found; they never stand here.";
        entries.push(("credentials".to_owned(), Node::Leaf(credentials(&install.keys), Some(why.to_owned()))));
    }
    let mut buckets = Map::new();
    for purpose in &install.optional {
        buckets.insert(purpose.clone(), json!(true));
    }
    for (purpose, bucket) in &install.buckets {
        let value = if bucket.existing { json!({"name": bucket.name, "existing": true}) } else { json!(bucket.name) };
        buckets.insert(purpose.clone(), value);
    }
    if !buckets.is_empty() {
        let why = "Buckets that are not named here take their default names.";
        entries.push(("buckets".to_owned(), Node::Leaf(Value::Object(buckets), Some(why.to_owned()))));
    }
    if !install.options.is_empty() {
        let reason =
            |name: &String| about.options.iter().find(|choice| &choice.name == name).map(|choice| choice.why.clone());
        let options =
            install.options.iter().map(|(name, value)| (name.clone(), Node::Leaf(value.clone(), reason(name))));
        entries.push(("options".to_owned(), Node::Map(options.collect())));
    }
    let body = write(&Node::Map(entries));
    let lines =
        body.lines().enumerate().map(|(index, line)| format!("  {} {line}\n", if index == 0 { "-" } else { " " }));
    format!(
        "  # {}: {}\n{}",
        about.title,
        about.summary.split_whitespace().collect::<Vec<_>>().join(" "),
        lines.collect::<String>()
    )
}
