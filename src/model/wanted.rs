//! What is wanted: everything that must exist and everything that must be written.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use semver::Version;
use serde_json::{Map, Value};
use tera::Context;

use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Arn, BucketName, DnsLabel, DnsName, IamName, Issuer, Kind, Partition};
use crate::base::secret::Reference;
use crate::base::shell::word;
use crate::policy::{BucketGrant, KmsKeys, NamedKeys, Scope, Trust, keys_named, permissions};
use crate::profile::{Cors, Expiry, Note, Profile, RoleOn, in_range};
use crate::spec::azure::Guid;
use crate::spec::{Cloud, Identity, KeyReference, Spec};

/// The whole blueprint.
#[derive(Debug)]
pub struct Blueprint {
    /// The spec it was made from.
    pub spec: Spec,
    /// The account, if it is known.
    pub account: Option<AccountId>,
    /// One entry an install, in the spec's order.
    pub installs: Vec<InstallBlueprint>,
    /// Every bucket, each once, by name.
    pub buckets: Vec<BucketWant>,
    /// Every user and role, in the installs' order.
    pub principals: Vec<PrincipalWant>,
}

/// One install, with every question answered.
#[derive(Debug)]
pub struct InstallBlueprint {
    /// Its id.
    pub id: DnsLabel,
    /// Its profile.
    pub profile: Rc<Profile>,
    /// The chart's version.
    pub version: Version,
    /// The Helm release.
    pub release: DnsLabel,
    /// The namespace.
    pub namespace: DnsLabel,
    /// The key of an umbrella chart below which its values are; empty without one.
    pub below: Vec<String>,
    /// How its pods prove who they are.
    pub identity: Identity,
    /// Its pods that reach storage.
    pub workloads: Vec<WorkloadWant>,
    /// Its buckets by purpose.
    pub buckets: BTreeMap<String, BucketName>,
    /// The name of the principal of each component.
    pub principals: BTreeMap<String, IamName>,
    /// What needs a warning.
    pub warnings: Vec<Warning>,
    /// The variables of its expressions, all but the credentials.
    pub variables: Map<String, Value>,
}

/// A pod that reaches storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadWant {
    /// Its name in the chart.
    pub name: String,
    /// Its component.
    pub component: String,
    /// Its ServiceAccount.
    pub service_account: DnsName,
    /// Whether the spec names the ServiceAccount.
    pub given: bool,
    /// Whether others than the chart make the ServiceAccount.
    pub existing: bool,
    /// Its namespaces.
    pub namespaces: Vec<DnsLabel>,
}

/// A word of warning from a profile's check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Its code.
    pub code: String,
    /// What is to be known.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub fix: Option<String>,
}

/// A bucket that must exist.
#[derive(Clone, Debug, PartialEq)]
pub struct BucketWant {
    /// Its name.
    pub name: BucketName,
    /// Who uses it: install ids and purposes.
    pub users: Vec<(DnsLabel, String)>,
    /// Whether it must exist already.
    pub existing: bool,
    /// Whether old versions are kept.
    pub versioning: bool,
    /// The KMS key that encrypts it.
    pub kms_key: Option<Arn>,
    /// Days after which parts of an unfinished upload are removed.
    pub abort_uploads_after_days: u16,
    /// Rules that remove old objects.
    pub expiries: Vec<Expiry>,
    /// Which web pages may reach it.
    pub cors: Vec<Cors>,
    /// Whether requests without TLS are refused.
    pub tls_only: bool,
    /// Our tags and the spec's.
    pub tags: BTreeMap<String, String>,
}

/// The id of our rule that removes parts of unfinished uploads.
pub const ABORT_RULE: &str = "bucketwright-abort-uploads";

/// A user or role that must exist.
#[derive(Clone, Debug)]
pub struct PrincipalWant {
    /// Its name, also its policy's.
    pub name: IamName,
    /// The install it serves.
    pub install: DnsLabel,
    /// The components that use it.
    pub components: Vec<String>,
    /// What it is.
    pub kind: PrincipalKind,
    /// What it may do with buckets.
    pub grants: Vec<BucketGrant>,
    /// What else it may do: statements of its policy.
    pub statements: Vec<Value>,
    /// Roles on Google Cloud beyond the buckets'.
    pub google_roles: BTreeSet<(RoleOn, String)>,
    /// The KMS key it needs.
    pub kms_key: Option<Arn>,
    /// The keys that old objects were encrypted with; `None` where the spec does not say.
    pub former_keys: Option<Vec<Arn>>,
    /// Policies of the user's own that it holds too.
    pub attach: Vec<Arn>,
    /// Our tags and the spec's.
    pub tags: BTreeMap<String, String>,
}

/// What a principal is.
#[derive(Clone, Debug)]
pub enum PrincipalKind {
    /// A user with an access key that `apply` makes; on Google Cloud, a service account with a key file.
    User,
    /// A service account of Google Cloud without a key file.
    Google(GoogleAccount),
    /// A key that the user of the tool brings; nothing is made.
    Brought(KeyReference),
    /// A role.
    Role {
        /// Who may become it.
        trust: Trust,
        /// ServiceAccounts (namespace, name) that are associated with it by EKS.
        associations: Vec<(DnsLabel, DnsName)>,
        /// How long a session may last, in seconds, where AWS's 3600 do not do.
        session_seconds: Option<u32>,
    },
    /// Azure: a key of the storage account, which Azure makes.
    AccountKey(Reference),
    /// Azure: a managed identity.
    ManagedIdentity {
        /// The ServiceAccounts (namespace, name) that become it.
        accounts: Vec<(DnsLabel, DnsName)>,
        /// Roles on the whole storage account, beyond those in its containers.
        account_roles: Vec<String>,
        /// Its client id, once it is known.
        client_id: Option<Guid>,
    },
}

/// How a service account of Google Cloud is used, where not by a key file.
#[derive(Clone, Debug)]
pub enum GoogleAccount {
    /// By an HMAC key that `apply` makes.
    Hmac,
    /// By Kubernetes ServiceAccounts (namespace, name) that act as it.
    Workload(Vec<(DnsLabel, DnsName)>),
}

impl Blueprint {
    /// What a principal of the spec's is called where it is made: a user, a role, or a service account.
    pub fn kind_of(&self, want: &PrincipalWant) -> Kind {
        if self.spec.cloud.has_projects() { Kind::ServiceAccount } else { want.arn_kind() }
    }

    /// The partition that its ARNs are of.
    pub fn partition(&self) -> Partition {
        self.spec.cloud.partition()
    }

    /// The account.
    ///
    /// # Errors
    /// `BW0703` when neither spec nor cloud told it.
    pub fn account(&self) -> Result<&AccountId> {
        self.account.as_ref().ok_or_else(|| {
            Error::new(Code::UNKNOWN_FACT, "the account id is not known")
                .why("The ARNs of roles hold it, and no cloud is asked here. `apply` asks, and keeps the answer in its folder.")
                .fix("Run `bucketwright apply`, or name the folder that it wrote. Or add `account: \"…\"` below `cloud`, in quotes, with what this prints:\n  aws sts get-caller-identity --query Account --output text")
                .at(self.spec.place("cloud"))
        })
    }

    /// A cluster whose issuer neither the spec nor an earlier `apply` tells: `BW0703`.
    pub fn no_issuer(&self) -> Error {
        let (cluster, region) =
            (self.spec.cloud.cluster().map_or("", |cluster| &cluster.name), self.spec.cloud.region());
        Error::new(Code::UNKNOWN_FACT, format!("the OIDC issuer of the cluster `{cluster}` is not known"))
            .why("IRSA's trust policies name it, and no cloud is asked here. `apply` asks, and keeps the answer in its folder.")
            .fix(format!(
                "Run `bucketwright apply`, or name the folder that it wrote. Or add `oidcIssuer: …` below `cloud.cluster`, with what this prints:\n  aws eks describe-cluster --region {region} --name {} --query cluster.identity.oidc.issuer --output text",
                word(cluster)
            ))
            .at(self.spec.place("cloud.cluster.name"))
    }

    /// Whether any principal uses a key of the storage account.
    pub fn takes_account_key(&self) -> bool {
        self.principals.iter().any(|principal| matches!(principal.kind, PrincipalKind::AccountKey(_)))
    }

    /// The references to keys that the user brings.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.principals.iter().flat_map(|principal| match &principal.kind {
            PrincipalKind::Brought(key) => vec![&key.access_key_id, &key.secret_access_key],
            PrincipalKind::AccountKey(key) => vec![key],
            _ => Vec::new(),
        })
    }

    /// Whether a user or role may be added to although it is not ours.
    pub fn may_adopt(&self, name: &IamName) -> bool {
        self.spec.adopt.iter().any(|adopted| adopted.same_as(name.as_str()))
    }

    /// A principal by name.
    pub fn principal(&self, name: &IamName) -> Option<&PrincipalWant> {
        self.principals.iter().find(|principal| &principal.name == name)
    }

    /// Whether the cluster's OIDC provider must exist.
    pub fn needs_cluster_issuer(&self) -> bool {
        self.trusts().any(|trust| matches!(trust, Trust::WebIdentity(_)))
    }

    /// The issuers that need an OIDC provider, each once: the cluster's, if roles trust it and it is known, and others.
    pub fn issuers(&self, cluster: Option<&Issuer>) -> Vec<Issuer> {
        let cluster = cluster.filter(|_| self.needs_cluster_issuer()).cloned();
        let others = self.trusts().filter_map(|trust| match trust {
            Trust::Federated(federated) => Some(federated.issuer.clone()),
            _ => None,
        });
        let all: BTreeSet<Issuer> = cluster.into_iter().chain(others).collect();
        all.into_iter().collect()
    }

    fn trusts(&self) -> impl Iterator<Item = &Trust> {
        self.principals.iter().filter_map(|principal| match &principal.kind {
            PrincipalKind::Role { trust, .. } => Some(trust),
            _ => None,
        })
    }
}

impl InstallBlueprint {
    /// The paragraphs that hold for it.
    ///
    /// # Errors
    /// `BW0303` when an expression fails.
    pub fn notes(&self, notes: &[Note], context: &Context) -> Result<Vec<String>> {
        let expressions = &self.profile.expressions;
        let mut paragraphs = Vec::new();
        for note in notes.iter().filter(|note| in_range(note.charts.as_ref(), &self.version)) {
            if expressions.holds(note.when.as_ref().map(|when| when.as_str()), context)? {
                paragraphs.push(expressions.text(&note.text, context)?.trim().to_owned());
            }
        }
        Ok(paragraphs)
    }
}

impl PrincipalWant {
    /// Its permission policy, as the cloud's policy language has it.
    pub fn policy(&self, cloud: &Cloud) -> Value {
        self.policy_with(cloud, &[], self.former_keys.as_deref().unwrap_or_default())
    }

    fn policy_with(&self, cloud: &Cloud, kept: &[Arn], former: &[Arn]) -> Value {
        let scope = Scope { partition: cloud.partition(), own_account: cloud.has_accounts() };
        let keys = KmsKeys { current: self.kms_key.as_ref(), kept, former };
        permissions(scope, &self.grants, &self.statements, keys)
    }

    /// The keys that the live policy of its name gives rights to, the spec's own left out, where the spec does not say which
    /// keys old objects were encrypted with.
    pub fn kept_keys(&self, live: Option<&Value>) -> NamedKeys {
        let named = live.filter(|_| self.former_keys.is_none()).map(keys_named).unwrap_or_default();
        named.without(self.kms_key.as_ref())
    }

    /// Its permission policy where this one is live: the rights to the keys that it names stay as they are, until the spec says;
    /// pods may still write with a key that they were told.
    pub fn policy_beside(&self, cloud: &Cloud, live: Option<&Value>) -> Value {
        let kept = self.kept_keys(live);
        match &self.former_keys {
            Some(_) => self.policy(cloud),
            None => self.policy_with(cloud, &kept.full, &kept.read),
        }
    }

    /// Whether `apply` makes a key for it.
    pub fn has_made_key(&self) -> bool {
        matches!(self.kind, PrincipalKind::User | PrincipalKind::Google(GoogleAccount::Hmac))
    }

    /// Whether tokens of an OIDC issuer become it.
    pub fn trusts_issuer(&self) -> bool {
        matches!(&self.kind, PrincipalKind::Role { trust: Trust::WebIdentity(_) | Trust::Federated(_), .. })
    }

    /// Its ARN's kind: `user` or `role`.
    pub fn arn_kind(&self) -> Kind {
        match self.kind {
            PrincipalKind::User
            | PrincipalKind::Google(_)
            | PrincipalKind::Brought(_)
            | PrincipalKind::AccountKey(_) => Kind::User,
            PrincipalKind::Role { .. } | PrincipalKind::ManagedIdentity { .. } => Kind::Role,
        }
    }
}
