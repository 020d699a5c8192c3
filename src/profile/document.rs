//! The profile format: the types of `profile.yaml`.
//!
//! `docs/profile-format.md` explains every key to people who write profiles.

use std::collections::BTreeMap;

use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    BlobRole, ChartRange, Dropped, Federation, GoogleKey, GoogleRole, ObjectAction, Rival, Shown, StorageRole,
    StoreAction,
};
use crate::base::names::{ChartName, FileName, RepositoryUrl};
use crate::base::yaml::At;
use crate::spec::{Identity, Provider};

/// `profile.yaml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileDocument {
    /// The profile's name: the folder's name.
    pub profile: String,
    /// The product's name.
    pub title: String,
    /// One line for lists.
    pub summary: String,
    /// Why the product is legacy, if it is.
    pub legacy: Option<String>,
    /// How the product is installed.
    pub kind: ChartKind,
    /// The chart.
    pub chart: Chart,
    /// The name of the table's file, where it is not `values.yaml`.
    pub values_file: Option<FileName>,
    /// The command that installs it, where it is not `helm upgrade --install`. `out` is the output folder with its `/`,
    /// `folder` the install's own in it.
    pub command: Option<At<String>>,
    /// What the chart demands of the user's own values, where it does not render without any.
    pub demands: Option<At<String>>,
    /// The commands that restart what reads the keys, a line each, where `app.kubernetes.io/instance` does not find it.
    pub restart: Option<At<String>>,
    /// The default release.
    pub release: String,
    /// The default namespace.
    pub namespace: String,
    /// What the user may choose.
    #[serde(default)]
    pub options: Vec<Choice>,
    /// The buckets, by purpose.
    pub buckets: Vec<Bucket>,
    /// The pods that reach storage.
    pub workloads: Vec<Workload>,
    /// Which identities work, and why others do not.
    pub identities: Vec<Support>,
    /// Whose tokens become the role, with the identity `workload-identity` on AWS.
    pub federation: Option<Federation>,
    /// What the principals may do beyond their buckets.
    #[serde(default)]
    pub permissions: Vec<Permission>,
    /// Roles on Google Cloud beyond the buckets': for programs that make buckets, or sign links, by themselves.
    #[serde(default)]
    pub google_roles: Vec<GoogleRole>,
    /// What cannot work, or needs a warning.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// Keys that the chart knew once and ignores now.
    #[serde(default)]
    pub dropped: Vec<Dropped>,
    /// Values of the user's that win over ours, or send objects elsewhere.
    #[serde(default)]
    pub rivals: Vec<Rival>,
    /// What rendered manifests must say of storage.
    #[serde(default)]
    pub shows: Vec<Shown>,
    /// Paragraphs of the notes.
    #[serde(default)]
    pub notes: Vec<Note>,
}

/// How a product is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChartKind {
    /// By Helm.
    Helm,
    /// By an installer of its own, which reads a config file.
    Installer,
    /// Not at all: a service that others run, which is told what to use.
    Service,
}

/// The chart that a profile configures.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Chart {
    /// Its name.
    pub name: ChartName,
    /// The versions that the profile covers.
    pub versions: ChartRange,
    /// The version that the wizard proposes.
    pub default: Version,
    /// One version of each variant, for `profile test`.
    pub examples: Vec<Version>,
    /// Where Helm finds it.
    pub repository: Option<Repository>,
}

/// Where Helm finds a chart.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// The name that `helm repo add` gives it.
    pub name: ChartName,
    /// Its URL.
    pub url: RepositoryUrl,
}

/// Something that the user may choose.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Choice {
    /// The key in the spec.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ChoiceKind,
    /// The words allowed, for `choice`.
    #[serde(default)]
    pub choices: Vec<String>,
    /// The value when the spec is silent; strings may hold expressions.
    pub default: At<Value>,
    /// A value for `profile test`, where the default is no answer.
    pub example: Option<Value>,
    /// The chart versions that know it.
    pub charts: Option<ChartRange>,
    /// The wizard's question; without it the wizard does not ask.
    pub ask: Option<String>,
    /// What it decides.
    pub why: String,
    /// The rule's source.
    pub source: Option<String>,
}

/// The type of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChoiceKind {
    /// `true` or `false`.
    Bool,
    /// One of a few words.
    Choice,
    /// Any text.
    Text,
    /// A list of texts.
    List,
}

/// A bucket purpose.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bucket {
    /// The key in the spec.
    pub purpose: String,
    /// The default name.
    pub name: At<String>,
    /// Whether it is made only when the spec names it.
    #[serde(default)]
    pub optional: bool,
    /// When it is used.
    pub when: Option<At<String>>,
    /// The chart versions that use it.
    pub charts: Option<ChartRange>,
    /// What each component may do with it.
    pub access: BTreeMap<String, Access>,
    /// Whether old versions are kept.
    #[serde(default)]
    pub versioning: bool,
    /// Rules that remove old objects.
    #[serde(default)]
    pub lifecycle: Vec<Expiry>,
    /// Which web pages may reach it from a browser.
    #[serde(default)]
    pub cors: Vec<Cors>,
    /// Whether another purpose or install may use the same bucket.
    #[serde(default)]
    pub shareable: bool,
    /// Whether the product makes buckets by itself when it runs: none is made here, and only the components are known.
    #[serde(default)]
    pub at_run_time: bool,
    /// IAM actions beyond the base set.
    #[serde(default)]
    pub actions: Vec<ObjectAction>,
    /// Roles on Google Cloud beyond the access level's own, such as `roles/storage.legacyBucketReader`.
    #[serde(default)]
    pub google_roles: Vec<StorageRole>,
    /// What is kept in it.
    pub why: String,
    /// The rule's source.
    pub source: Option<String>,
}

/// What a component may do with a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// List and get.
    Read,
    /// List, get, put, delete, and multipart uploads.
    ReadWrite,
}

impl Access {
    /// The word in profiles.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadWrite => "read-write",
        }
    }
}

/// A lifecycle rule that removes old objects.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expiry {
    /// The rule's id; ours begins with `bucketwright-`.
    pub id: String,
    /// The prefix of the objects.
    #[serde(default)]
    pub prefix: String,
    /// Days after which they go.
    pub expire_after_days: i32,
}

impl Expiry {
    /// The id of the rule in S3.
    pub fn rule_id(&self) -> String {
        format!("bucketwright-{}", self.id)
    }
}

/// A CORS rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cors {
    /// Allowed origins.
    pub origins: Vec<String>,
    /// Allowed methods.
    pub methods: Vec<String>,
    /// Allowed request headers.
    #[serde(default)]
    pub headers: Vec<String>,
    /// Response headers that the page may read.
    #[serde(default)]
    pub expose: Vec<String>,
    /// Seconds for which a browser keeps the answer.
    pub max_age_seconds: Option<i32>,
}

/// Pods that reach storage.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Workload {
    /// Its name in the chart.
    pub name: String,
    /// The component whose principal it uses.
    pub component: String,
    /// The chart's rule for its ServiceAccount's name.
    pub service_account: At<String>,
    /// Its namespaces, where they are not the install's.
    pub namespaces: Option<At<Value>>,
    /// When its ServiceAccount is made by others than the chart, so that `push --service-accounts` may make it.
    pub existing: Option<At<String>>,
    /// When it exists.
    pub when: Option<At<String>>,
    /// The chart versions that have it.
    pub charts: Option<ChartRange>,
    /// The rule's source.
    pub source: Option<String>,
}

/// Whether an identity works on a cloud.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Support {
    /// The cloud.
    pub cloud: Provider,
    /// The identity.
    pub identity: Identity,
    /// Whether it works.
    pub works: bool,
    /// The chart versions for which it works.
    pub charts: Option<ChartRange>,
    /// The kind of key, with `static-keys` on Google Cloud.
    #[serde(default)]
    pub key: GoogleKey,
    /// Why it works, or why not.
    pub why: String,
    /// Azure: roles that it needs on the whole storage account, beyond those in its containers.
    #[serde(default)]
    pub account_roles: Vec<BlobRole>,
    /// The rule's source.
    pub source: Option<String>,
}

/// A statement of the principals' policy beyond their buckets.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Permission {
    /// Its id in the policy.
    pub sid: String,
    /// The IAM actions.
    pub actions: Vec<StoreAction>,
    /// The ARNs; strings may hold expressions.
    pub resources: Vec<At<String>>,
    /// When it is there.
    pub when: Option<At<String>>,
    /// The versions for which it is there.
    pub charts: Option<ChartRange>,
    /// What it is for.
    pub why: String,
    /// The rule's source.
    pub source: Option<String>,
}

/// What cannot work, or needs a warning.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Check {
    /// When it applies.
    pub when: At<String>,
    /// The chart versions it applies to.
    pub charts: Option<ChartRange>,
    /// Whether it stops the work.
    pub severity: CheckSeverity,
    /// Its stable code.
    pub code: At<String>,
    /// The spec key to point at; `install.KEY` for a key of the install.
    pub at: Option<String>,
    /// What is wrong.
    pub what: At<String>,
    /// Why it matters.
    pub why: String,
    /// The exact fix.
    pub fix: Option<String>,
    /// The rule's source.
    pub source: Option<String>,
}

/// Whether a check stops the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckSeverity {
    /// It stops.
    Refuse,
    /// It is said, and the work continues.
    Warn,
}

/// A paragraph of the notes.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Note {
    /// When it applies.
    pub when: Option<At<String>>,
    /// The chart versions it applies to.
    pub charts: Option<ChartRange>,
    /// Markdown.
    pub text: At<String>,
}
