//! The spec as it is written: the shape of `bucketwright.yaml`, before any rule is checked.
//!
//! The doc comments here become the descriptions in the JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Provider;
use super::attach::AttachDocument;
use super::bucket_document::BucketDocument;
use super::{Checksums, StoreKind};
use crate::base::yaml::At;

/// What you want: which charts, on which cloud, with which identity and buckets. It never holds a secret, so it is safe to commit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "bucketwright spec", rename = "Spec")]
pub struct SpecDocument {
    /// The version of this format: `bucketwright/v1`.
    #[schemars(example = &"bucketwright/v1", regex(pattern = r"^bucketwright/v1$"))]
    pub api_version: At<String>,
    /// Names resources, tags and buckets. 1 to 32 characters: lower-case letters, digits and `-`.
    #[schemars(example = &"acme-prod", regex(pattern = r"^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$"))]
    pub name: At<String>,
    /// Tells this spec from others of the same name in one account: everything that is made carries it as a tag. `apply` makes
    /// one where it is missing, keeps it in its folder, and prints the line. Never change it.
    #[schemars(example = &"k3m9q2x7", regex(pattern = r"^[a-z0-9][a-z0-9-]{2,30}[a-z0-9]$"))]
    pub id: Option<At<String>>,
    /// AWS: the name that this spec had before, with the same `id`: what carries it is taken over, tag by tag. Names of buckets, users
    /// and roles are made of the new one, so name the buckets that are to be kept.
    #[schemars(example = &"acme-staging")]
    pub previous_name: Option<At<String>>,
    /// AWS: buckets that this spec used before and whose data may stay behind. `plan` lists them, and no empty bucket in their
    /// place is refused.
    #[serde(default)]
    #[schemars(example = ["acme-prod-artifacts"])]
    pub retired: Vec<At<String>>,
    /// Where the buckets are.
    pub cloud: CloudDocument,
    /// How pods prove who they are. An install may choose its own.
    pub identity: Option<At<Identity>>,
    /// One role (or user) for all of an install, or one per component of the chart. An install may choose its own.
    pub roles: Option<Roles>,
    /// How objects are encrypted; without it, S3's own keys (SSE-S3) are used.
    pub encryption: Option<EncryptionDocument>,
    /// What is done to every bucket.
    pub bucket_defaults: Option<BucketDefaultsDocument>,
    /// IAM users and roles that exist, were made by someone else, and may be added to.
    #[serde(default)]
    #[schemars(example = ["acme-prod-gitlab"])]
    pub adopt: Vec<At<String>>,
    /// AWS: what others wrote into trust, IAM and bucket policies and lifecycle rules and is meant; a store: the lifecycle rules:
    /// the names that `plan` and `verify` print. A statement or rule that changes has another name.
    #[serde(default)]
    #[schemars(example = ["acme-prod-gitlab/Debug@0123456789abcdef", "acme-prod-gitlab/arn:aws:iam::aws:policy/ReadOnlyAccess"])]
    pub accept: Vec<At<String>>,
    /// Tags for everything that is made, beyond bucketwright's own.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The chart releases.
    #[schemars(length(min = 1))]
    pub installs: Vec<InstallDocument>,
}

/// Where the buckets are. Which keys there are depends on `provider`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Cloud", transform = super::owners::by_provider)]
pub struct CloudDocument {
    /// The cloud.
    pub provider: At<Provider>,
    /// The region of the buckets. On AWS the partition follows from it; a store has one only in its signatures, and
    /// where `store` is known it may be left out.
    #[schemars(example = &"eu-west-1")]
    pub region: Option<At<String>>,
    /// AWS, Google Cloud and Azure: `true` confirms a region that was opened after this version of bucketwright. Others are
    /// taken for typing mistakes.
    pub allow_unknown_region: Option<At<bool>>,
    /// AWS: the account id, 12 digits in quotes. Asked from the cloud when missing; needed to render roles offline.
    #[schemars(example = &"012345678901", regex(pattern = r"^[0-9]{12}$"))]
    pub account: Option<At<String>>,
    /// AWS: what the account demands of the users, roles and policies that are made in it.
    pub iam: Option<IamDocument>,
    /// AWS: an S3 endpoint other than the region's own, such as a VPC endpoint. A store: its address, `https://HOST[:PORT]`.
    #[schemars(example = &"https://bucket.vpce-1a2b3c4d-5e6f.s3.eu-west-1.vpce.amazonaws.com")]
    #[schemars(example = &"https://minio.example.com:9000")]
    pub endpoint: Option<At<String>>,
    /// AWS, Google Cloud and Azure: the Kubernetes cluster that the charts run in.
    pub cluster: Option<ClusterDocument>,
    /// Google Cloud: the project's id, which is neither its number nor its display name.
    #[schemars(example = &"acme-prod", regex(pattern = r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$"))]
    pub project: Option<At<String>>,
    /// Google Cloud: the project's number, in quotes. Where it is given, it is compared with the one that Google tells.
    #[schemars(example = &"123456789012", regex(pattern = r"^[1-9][0-9]{0,18}$"))]
    pub project_number: Option<At<String>>,
    /// Google Cloud: where the buckets lie: a region, or `EU`, `US`, `ASIA`; Azure: the storage account's location. It
    /// cannot be changed later.
    #[schemars(example = &"europe-west2")]
    pub location: Option<At<String>>,
    /// A store: what it is, so that its region, its bucket names and its commands are known.
    pub store: Option<At<StoreKind>>,
    /// A store: whether the bucket is in the path (default: true) or in the host name.
    pub path_style: Option<At<bool>>,
    /// A store: a file of PEM certificates that its certificate is checked with, beside the public ones.
    #[schemars(example = &"certs/ca.crt")]
    pub ca: Option<At<String>>,
    /// A store: `true` confirms that the endpoint speaks plain HTTP, so that everything on the way can read and change
    /// objects.
    pub insecure: Option<At<bool>>,
    /// A store: which checksums clients send (default: `when-required`, which every server understands).
    pub checksums: Option<At<Checksums>>,
    /// A store: references to the key that makes the buckets; without it, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
    pub credentials: Option<KeyDocument>,
    /// Azure: the subscription's id, a GUID.
    #[schemars(example = &"11111111-2222-3333-4444-555555555555")]
    pub subscription: Option<At<String>>,
    /// Azure: the resource group of the storage account and the identities.
    #[schemars(example = &"acme-prod")]
    pub resource_group: Option<At<String>>,
    /// Azure: the storage account that holds the containers. 3 to 24 lower-case letters and digits.
    #[schemars(example = &"acmeprod", regex(pattern = r"^[a-z0-9]{3,24}$"))]
    pub storage_account: Option<At<String>>,
    /// Azure: the tenant's id, a GUID; needed where a chart takes a service principal.
    #[schemars(example = &"66666666-7777-8888-9999-000000000000")]
    pub tenant: Option<At<String>>,
    /// Azure: the domain of the cloud's storage accounts (default: that of the location's cloud, such as `core.windows.net`).
    #[schemars(example = &"core.chinacloudapi.cn")]
    pub domain: Option<At<String>>,
    /// Azure: a reference to one of the storage account's keys (default: `env:AZURE_STORAGE_KEY`).
    #[schemars(example = &"env:AZURE_STORAGE_KEY")]
    pub account_key: Option<At<String>>,
    /// For how many days what was deleted can be brought back (default: not set). Azure: blobs and containers of the account, 1 to 365.
    /// Google Cloud: objects of the buckets that are made, 7 to 90, or 0.
    #[schemars(range(max = 365))]
    pub soft_delete_days: Option<At<u16>>,
    /// Azure: the client ids of managed identities by name, for `workload-identity`.
    #[serde(default)]
    pub client_ids: BTreeMap<String, At<String>>,
}

/// The Kubernetes cluster that the charts run in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Cluster")]
pub struct ClusterDocument {
    /// The cluster's name.
    #[schemars(example = &"prod")]
    pub name: At<String>,
    /// Google Cloud: the workload identity pool; the project's own (`PROJECT.svc.id.goog`) when missing.
    #[schemars(example = &"acme-prod.svc.id.goog")]
    pub workload_pool: Option<At<String>>,
    /// AWS and Azure: the cluster's OIDC issuer; AKS's end with a slash. Looked up when missing; needed to render IRSA's trust policies offline.
    #[schemars(example = &"https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF")]
    pub oidc_issuer: Option<At<String>>,
    /// AWS: the ARN of the nodes' role, for the identity `node-role`.
    #[schemars(example = &"arn:aws:iam::012345678901:role/nodes")]
    pub node_role: Option<At<String>>,
}

/// What the account demands of users, roles and policies.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Iam")]
pub struct IamDocument {
    /// The ARN of the policy that bounds what users and roles may do at most, whatever their own policies say.
    #[schemars(example = &"arn:aws:iam::012345678901:policy/boundary")]
    pub permissions_boundary: Option<At<String>>,
    /// The path of users, roles and policies (default: `/`).
    #[schemars(example = &"/acme/apps/")]
    pub path: Option<At<String>>,
    /// What stands before the name of every user, role and policy: `PREFIXname-install`.
    #[schemars(example = &"app-")]
    pub name_prefix: Option<At<String>>,
    /// What follows the name of every user, role and policy.
    #[schemars(example = &"-eu")]
    pub name_suffix: Option<At<String>>,
}

/// How objects are encrypted.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Encryption")]
pub struct EncryptionDocument {
    /// The ARN of a KMS key. An alias will not do: it is resolved in the caller's account. Without it, S3's own keys are used.
    #[schemars(example = &"arn:aws:kms:eu-west-1:012345678901:key/1234abcd-12ab-34cd-56ef-1234567890ab")]
    pub kms_key: Option<At<String>>,
    /// The ARNs of keys that objects in the buckets were encrypted with before: the right to read them stays. Where it is
    /// missing, the rights to the keys that the policies in force name stay as they are, and `plan` says so; an empty list gives them up.
    #[schemars(example = ["arn:aws:kms:eu-west-1:012345678901:key/0987dcba-09fe-87dc-65ba-ab0987654321"])]
    pub former_keys: Option<Vec<At<String>>>,
}

/// What is done to every bucket.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "BucketDefaults")]
pub struct BucketDefaultsDocument {
    /// `account-regional` gives default names the form PREFIX-ACCOUNT-REGION-an, which nobody else can take.
    pub namespace: Option<BucketNamespace>,
    /// Whether a bucket policy refuses requests without TLS (default: true on AWS; false on a store, where a proxy that
    /// ends TLS would make every request look plain).
    pub tls_only: Option<bool>,
    /// Days after which parts of an unfinished upload are removed (default: 7).
    #[schemars(range(min = 1, max = 365))]
    pub abort_uploads_after_days: Option<u16>,
}

/// One chart release.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Install")]
pub struct InstallDocument {
    /// Names the output folder and the IAM resources; the profile's name when missing.
    pub id: Option<At<String>>,
    /// The profile: `bucketwright profile list` shows them.
    #[schemars(example = &"gitlab")]
    pub profile: At<String>,
    /// The chart's version, as `helm install --version` takes it.
    #[schemars(example = &"9.9.1")]
    pub chart_version: At<String>,
    /// The Helm release; the profile's default when missing.
    pub release: Option<At<String>>,
    /// The namespace; the profile's default when missing.
    pub namespace: Option<At<String>>,
    /// The key of an umbrella chart below which the chart's values are, such as its name or alias there; keys joined by dots.
    #[schemars(example = &"argo-workflows")]
    pub below: Option<At<String>>,
    /// How this install's pods prove who they are.
    pub identity: Option<At<Identity>>,
    /// One role (or user) for all of this install, or one per component.
    pub roles: Option<Roles>,
    /// Buckets by purpose: a name, `true` for the default name of an optional bucket, `false` for none, or a mapping.
    #[serde(default)]
    pub buckets: BTreeMap<String, At<BucketDocument>>,
    /// The profile's options: `bucketwright profile show NAME` lists them.
    #[serde(default)]
    pub options: BTreeMap<String, At<Value>>,
    /// Names of ServiceAccounts that differ from the chart's own, by workload.
    #[serde(default)]
    pub service_accounts: BTreeMap<String, At<String>>,
    /// Secrets under other names than the profile's, such as a new name beside an immutable Secret; the values follow.
    #[serde(default)]
    pub secret_names: BTreeMap<String, At<String>>,
    /// References to keys that you bring yourself; without them, `apply` makes a user and a key.
    pub credentials: Option<CredentialsDocument>,
    /// AWS: ARNs of managed policies of your own that this install's role or user gets too, such as one that reads from Secrets
    /// Manager. With `roles: per-component`, a list for each component. A policy that leaves this list stays attached.
    #[schemars(example = ["arn:aws:iam::012345678901:policy/read-secrets"])]
    pub attach_policies: Option<At<AttachDocument>>,
}

/// References to keys that you bring yourself.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Credentials")]
pub struct CredentialsDocument {
    /// The key's id: `env:NAME`, `file:PATH` or `kube:NAMESPACE/NAME/KEY`.
    #[schemars(example = &"env:ARGO_KEY_ID")]
    pub access_key_id: Option<At<String>>,
    /// The secret: `env:NAME`, `file:PATH` or `kube:NAMESPACE/NAME/KEY`.
    #[schemars(example = &"file:/run/secrets/argo")]
    pub secret_access_key: Option<At<String>>,
    /// Google Cloud: a service account's key file, in place of the two halves.
    #[schemars(example = &"file:/run/secrets/gitlab.json")]
    pub key_file: Option<At<String>>,
    /// Keys for single components, with `roles: per-component`.
    #[serde(default)]
    pub components: BTreeMap<String, KeyDocument>,
}

/// References to one key.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Key")]
pub struct KeyDocument {
    /// The key's id: `env:NAME`, `file:PATH` or `kube:NAMESPACE/NAME/KEY`.
    pub access_key_id: Option<At<String>>,
    /// The secret: `env:NAME`, `file:PATH` or `kube:NAMESPACE/NAME/KEY`.
    pub secret_access_key: Option<At<String>>,
    /// Google Cloud: a service account's key file, in place of the two halves.
    pub key_file: Option<At<String>>,
}

/// How pods prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Identity {
    /// IAM roles for service accounts: the pod's token is exchanged for a role.
    Irsa,
    /// EKS Pod Identity: the cluster's agent hands out a role.
    PodIdentity,
    /// The node's role lets kube2iam or kiam hand out a role by pod annotation.
    NodeRole,
    /// An IAM user's access key in a Secret.
    StaticKeys,
    /// The workload's own token, of an issuer other than the cluster's on AWS, is exchanged for a role; Workload Identity of
    /// Google Cloud or Azure.
    WorkloadIdentity,
}

impl Identity {
    /// All identities, in the order of the design.
    pub const ALL: [Self; 5] =
        [Self::Irsa, Self::PodIdentity, Self::NodeRole, Self::StaticKeys, Self::WorkloadIdentity];

    /// The word in specs and profiles.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Irsa => "irsa",
            Self::PodIdentity => "pod-identity",
            Self::NodeRole => "node-role",
            Self::StaticKeys => "static-keys",
            Self::WorkloadIdentity => "workload-identity",
        }
    }

    /// Whether pods assume a role, rather than hold a key.
    pub fn uses_role(self) -> bool {
        !matches!(self, Self::StaticKeys)
    }
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many principals an install gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Roles {
    /// One role or user for the whole install.
    #[default]
    Shared,
    /// One role or user for each component of the chart.
    PerComponent,
}

impl Roles {
    /// The word in specs and profiles.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::PerComponent => "per-component",
        }
    }
}

/// Where a bucket's name lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BucketNamespace {
    /// One namespace for everybody in the partition.
    #[default]
    Global,
    /// The account's own namespace in the region.
    AccountRegional,
}
