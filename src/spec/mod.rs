//! The spec: what the user wants. Its types, its parsing with places in the text, its rules, its JSON Schema.

mod attach;
pub mod aws;
pub mod azure;
mod bucket_document;
mod check;
mod check_accept;
mod check_cloud;
mod check_keys;
mod cloud;
mod document;
pub mod gcp;
mod mark;
mod mask;
mod owners;
pub mod s3;

use std::collections::BTreeMap;
use std::ops::Range;

pub use aws::{AwsCloud, IamRules};
pub use azure::{AksCluster, AzureCloud};
pub use check::below;
pub use cloud::{Cloud, Provider};
pub use document::{BucketNamespace, Identity, Roles, SpecDocument};
pub use gcp::GcpCloud;
pub use mark::{ID_LABEL, Mark, SPEC_LABEL, mark};
pub use s3::{Authority, Checksums, S3Cloud, StoreKind, certificates};
use semver::Version;
use serde_json::{Value, json};

use crate::base::error::{Code, Error, Place, Result, Source};
use crate::base::names::{Arn, BucketName, DnsLabel, DnsName, IamName, Issuer, SpecId, SpecName};
use crate::base::secret::Reference;
use crate::base::yaml::{Recovered, read_on};

/// What stands for a missing key while more mistakes are looked for; each is valid wherever its key may stand.
const STAND_INS: [(&str, &str); 4] =
    [("apiVersion", API_VERSION), ("name", "xxx"), ("profile", "xxx"), ("chartVersion", "0.0.0")];

/// The only version of the format.
pub const API_VERSION: &str = "bucketwright/v1";

/// A spec whose every name is valid.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Names resources, tags and buckets.
    pub name: SpecName,
    /// Tells it from other specs of its name: what the spec says, or what an earlier `apply` kept.
    pub id: Option<SpecId>,
    /// The id that this run gives it, where it has none.
    pub new_id: Option<SpecId>,
    /// Whether its file says the id.
    pub says_id: bool,
    /// The name that it had before: what carries it and the same id is this spec's, too.
    pub previous_name: Option<SpecName>,
    /// Buckets that it used before and whose data may stay behind.
    pub retired: Vec<BucketName>,
    /// Where the buckets are.
    pub cloud: Cloud,
    /// The KMS key that encrypts objects, if any.
    pub kms_key: Option<Arn>,
    /// The keys that objects were encrypted with before; `None` leaves it to the policies in force.
    pub former_keys: Option<Vec<Arn>>,
    /// What is done to every bucket.
    pub bucket_defaults: BucketDefaults,
    /// IAM users and roles of others that may be added to.
    pub adopt: Vec<IamName>,
    /// What others wrote into policies and is meant, by the names that `plan` and `verify` print.
    pub accept: Vec<String>,
    /// Tags beyond our own.
    pub tags: BTreeMap<String, String>,
    /// The chart releases.
    pub installs: Vec<Install>,
    places: Places,
}

/// The Kubernetes cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// The EKS cluster's name.
    pub name: String,
    /// Its OIDC issuer, if the spec names it.
    pub issuer: Option<Issuer>,
    /// The nodes' role, if the spec names it.
    pub node_role: Option<Arn>,
}

/// What is done to every bucket.
#[derive(Clone, Debug)]
pub struct BucketDefaults {
    /// Where default names live.
    pub namespace: BucketNamespace,
    /// Whether requests without TLS are refused.
    pub tls_only: bool,
    /// Days after which parts of an unfinished upload are removed.
    pub abort_uploads_after_days: u16,
}

/// One chart release.
#[derive(Clone, Debug)]
pub struct Install {
    /// Names the output folder and the IAM resources.
    pub id: DnsLabel,
    /// The profile's name.
    pub profile: String,
    /// The chart's version.
    pub chart_version: Version,
    /// The Helm release, if the spec names it.
    pub release: Option<DnsLabel>,
    /// The namespace, if the spec names it.
    pub namespace: Option<DnsLabel>,
    /// The key of an umbrella chart below which its values are; empty without one.
    pub below: Vec<String>,
    /// How pods prove who they are.
    pub identity: Identity,
    /// How many principals it gets.
    pub roles: Roles,
    /// Buckets by purpose.
    pub buckets: BTreeMap<String, BucketChoice>,
    /// The profile's options.
    pub options: BTreeMap<String, Value>,
    /// ServiceAccounts by workload.
    pub service_accounts: BTreeMap<String, DnsName>,
    /// Secrets under other names than the profile's.
    pub secret_names: BTreeMap<String, DnsName>,
    /// Keys that the user brings; the key `""` serves every component that has no key of its own.
    pub credentials: BTreeMap<String, KeyReference>,
    /// Policies of the user's own for its roles or users, by component; `""` is the one that all share.
    pub attach: BTreeMap<String, Vec<Arn>>,
    index: usize,
}

/// What the spec says of one bucket.
#[derive(Clone, Debug)]
pub enum BucketChoice {
    /// Not wanted.
    Unwanted,
    /// Wanted, with the profile's default name.
    Default,
    /// Wanted, with this name.
    Named {
        /// The name.
        name: BucketName,
        /// Whether it must exist already.
        existing: bool,
        /// Whether old versions are kept; `None` leaves it to the profile.
        versioning: Option<bool>,
    },
}

/// References to the two halves of an access key; where both are the same, to a service account's key file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyReference {
    /// The key's id.
    pub access_key_id: Reference,
    /// The secret half.
    pub secret_access_key: Reference,
}

impl KeyReference {
    /// The reference to a key file, if it is one.
    pub fn file(&self) -> Option<&Reference> {
        (self.access_key_id == self.secret_access_key).then_some(&self.access_key_id)
    }
}

impl Spec {
    /// Reads and checks a spec.
    ///
    /// # Errors
    /// Every problem that can be found without a profile, joined, each with its place: `BW01xx` and `BW02xx`.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let (spec, errors) = Self::examined(name, text);
        Error::check(errors)?;
        spec.ok_or_else(|| Error::new(Code::WRONG_VALUE, "the spec is not complete"))
    }

    /// Reads and checks a spec; with mistakes, gives all that do not depend on each other, and what is left of the spec without
    /// what is wrong: good for finding more of them, and for nothing else.
    pub fn examined(name: &str, text: &str) -> (Option<Self>, Vec<Error>) {
        let source = Source::new(name, mask::masked(text));
        let Recovered { document, mut errors, origin } = read_on::<SpecDocument>(text, &source, &STAND_INS);
        let Some(document) = document else { return (None, errors) };
        let (spec, more) = check::checked(&document, source, origin);
        errors.extend(more);
        (spec, errors)
    }

    /// The path of the file of certificates, where one is named and not read yet.
    pub fn unread_authority(&self) -> Option<&str> {
        let ca = self.cloud.store()?.ca.as_ref()?;
        ca.pem.is_none().then_some(ca.path.as_str())
    }

    /// Takes the text of the file of certificates.
    ///
    /// # Errors
    /// `BW1404` when it holds no certificate, or a private key.
    pub fn with_authority(mut self, pem: &str) -> Result<Self> {
        let place = self.place("cloud.ca");
        if let Cloud::S3(S3Cloud { ca: Some(ca), .. }) = &mut self.cloud {
            ca.pem = Some(certificates(&ca.path, pem).map_err(|error| error.at(place))?);
        }
        Ok(self)
    }

    /// Its text, without what may be a secret.
    pub fn text(&self) -> &str {
        self.places.source.text()
    }

    /// The place of a key, such as `cloud.endpoint`; of the nearest key above it when it is not written.
    pub fn place(&self, path: &str) -> Option<Place> {
        self.places.find(path)
    }

    /// A word of the spec as messages may repeat it: not at all where it is hidden, because it may be a secret.
    pub fn shown<'a>(&self, word: &'a str) -> &'a str {
        if self.text().contains(word) { word } else { "…" }
    }

    /// The place of a key of an install, such as `release`.
    pub fn place_in(&self, install: &Install, key: &str) -> Option<Place> {
        self.places.find(&format!("installs[{}].{key}", install.index))
    }
}

/// Where each key's value is in the text.
#[derive(Clone, Debug)]
struct Places {
    source: Source,
    ranges: BTreeMap<String, Range<usize>>,
}

impl Places {
    fn find(&self, path: &str) -> Option<Place> {
        let mut path = path;
        loop {
            if let Some(range) = self.ranges.get(path) {
                return Some(self.source.place(range.clone()));
            }
            path = &path[..path.rfind('.')?];
        }
    }
}

/// The JSON Schema of a spec, for editors and other programs. It takes the given profiles alone, each with a pattern of its
/// charts' versions.
pub fn schema(profiles: &[(String, String)]) -> Value {
    let mut schema = schemars::schema_for!(SpecDocument);
    schema.insert("$id".to_owned(), Value::String("https://bucketwright.dev/schema/v1.json".to_owned()));
    let mut schema = schema.to_value();
    if let Some(install) = schema.pointer_mut("/$defs/Install") {
        let names: Vec<&str> = profiles.iter().map(|(name, _)| name.as_str()).collect();
        install["properties"]["profile"]["enum"] = json!(names);
        let versions = profiles.iter().map(|(name, pattern)| {
            let of = json!({"properties": {"profile": {"const": name}}, "required": ["profile"]});
            json!({"if": of, "then": {"properties": {"chartVersion": {"pattern": pattern}}}})
        });
        install["allOf"] = versions.collect();
    }
    schema
}
