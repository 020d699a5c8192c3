//! The single changes on Google Cloud.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::Resource;
use crate::base::names::Region;
use crate::model::{Change, in_words};
use crate::profile::{Cors, Expiry};

/// One change on Google Cloud.
#[derive(Clone, Debug, PartialEq)]
pub enum GcpChange {
    /// Makes a bucket with all its settings.
    CreateBucket(Region),
    /// Switches ACLs off.
    UniformAccess,
    /// Keeps the public out.
    PreventPublicAccess,
    /// Keeps old versions.
    EnableVersioning,
    /// Keeps deleted objects for days, in which they can be brought back; 0 keeps none.
    KeepDeleted(u16),
    /// Adds rules: abort unfinished uploads after days, and expiries.
    AddLifecycle {
        /// Days after which parts of an unfinished upload are removed; `None` when a rule is there.
        abort_after_days: Option<u16>,
        /// Rules that are missing.
        expiries: Vec<Expiry>,
    },
    /// Adds CORS rules.
    AddCors(Vec<Cors>),
    /// Adds labels to a bucket.
    Label(BTreeMap<String, String>),
    /// Makes a service account, with this description.
    CreateAccount(String),
    /// Adds a member to a role.
    Bind {
        /// Whose policy.
        on: Resource,
        /// The role.
        role: String,
        /// The member.
        member: String,
    },
    /// Makes a key and puts it into the secrets.
    CreateKey {
        /// Whether it is an HMAC key.
        hmac: bool,
    },
}

impl Change for GcpChange {
    fn makes_key(&self) -> bool {
        matches!(self, Self::CreateKey { .. })
    }

    fn call(&self) -> &'static str {
        match self {
            Self::CreateBucket(_) => "storage.buckets.insert",
            Self::UniformAccess
            | Self::PreventPublicAccess
            | Self::EnableVersioning
            | Self::KeepDeleted(_)
            | Self::AddLifecycle { .. }
            | Self::AddCors(_)
            | Self::Label(_) => "storage.buckets.patch",
            Self::CreateAccount(_) => "iam.serviceAccounts.create",
            Self::Bind { on: Resource::Bucket(_), .. } => "storage.buckets.setIamPolicy",
            Self::Bind { on: Resource::Account(_), .. } => "iam.serviceAccounts.setIamPolicy",
            Self::Bind { on: Resource::Project, .. } => "resourcemanager.projects.setIamPolicy",
            Self::CreateKey { hmac: true } => "storage.hmacKeys.create",
            Self::CreateKey { hmac: false } => "iam.serviceAccounts.keys.create",
        }
    }

    fn words(&self) -> String {
        match self {
            Self::CreateBucket(location) => format!("make the bucket in {location}"),
            Self::UniformAccess => "switch ACLs off (uniform access)".to_owned(),
            Self::PreventPublicAccess => "keep the public out".to_owned(),
            Self::EnableVersioning => "keep old versions".to_owned(),
            Self::KeepDeleted(0) => "keep no deleted objects".to_owned(),
            Self::KeepDeleted(days) => format!("keep deleted objects for {days} days"),
            Self::AddLifecycle { abort_after_days, expiries } => {
                let abort = abort_after_days.iter().map(|days| format!("abort unfinished uploads after {days} days"));
                let expire = expiries
                    .iter()
                    .map(|rule| format!("expire `{}*` after {} days", rule.prefix, rule.expire_after_days));
                abort.chain(expire).collect::<Vec<_>>().join(", ")
            }
            Self::AddCors(rules) => {
                let origins: Vec<&str> = rules.iter().flat_map(|rule| &rule.origins).map(String::as_str).collect();
                format!("allow browsers from {}", origins.join(", "))
            }
            Self::Label(labels) => {
                let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
                format!("label {}", labels.join(", "))
            }
            Self::CreateAccount(_) => "make the service account".to_owned(),
            Self::Bind { role, member, .. } => format!("give {role} to {member}"),
            Self::CreateKey { hmac: true } => "make an HMAC key and keep it in the secrets".to_owned(),
            Self::CreateKey { hmac: false } => "make a key file and keep it in the secrets".to_owned(),
        }
    }
}

impl Serialize for GcpChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        in_words(self, serializer)
    }
}
