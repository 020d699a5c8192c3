//! What `apply` would make, gathered for the writers, with every document complete.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::base::error::Result;
use crate::base::names::{DnsLabel, DnsName, IamPath, Issuer};
use crate::clouds::aws::plan::cors_id;
use crate::model::{ABORT_RULE, Blueprint, BucketWant, ORIGIN_TAG, PrincipalKind, PrincipalWant, tags_of};
use crate::policy::{Trust, trust_document, with_tls_only};

/// Tags by key.
pub(super) type Tags = BTreeMap<String, String>;

/// Everything to be made.
pub(super) struct Wanted<'a> {
    pub(super) blueprint: &'a Blueprint,
    /// The issuers that need a provider.
    pub(super) issuers: Vec<Issuer>,
    pub(super) principals: Vec<Principal<'a>>,
    /// `created` or `adopted`: whether a later `destroy` may remove what this makes.
    origin: &'static str,
}

/// A user or role with its documents.
pub(super) struct Principal<'a> {
    pub(super) want: &'a PrincipalWant,
    pub(super) policy: Value,
    /// A role's; a user has none.
    pub(super) trust: Option<Value>,
    pub(super) associations: &'a [(DnsLabel, DnsName)],
    /// How long a role's sessions may last, in seconds, where 3600 do not do.
    pub(super) session_seconds: Option<u32>,
}

/// Gathers what a blueprint needs.
///
/// # Errors
/// `BW0703` when the account or the issuer is needed and not known.
pub(super) fn wanted<'a>(blueprint: &'a Blueprint, origin: &'static str) -> Result<Wanted<'a>> {
    let issuer = if blueprint.needs_cluster_issuer() { Some(issuer(blueprint)?) } else { None };
    let mut principals = Vec::new();
    for want in &blueprint.principals {
        let policy = want.policy(&blueprint.spec.cloud);
        match &want.kind {
            PrincipalKind::Brought(_)
            | PrincipalKind::Google(_)
            | PrincipalKind::AccountKey(_)
            | PrincipalKind::ManagedIdentity { .. } => {}
            PrincipalKind::User => {
                principals.push(Principal { want, policy, trust: None, associations: &[], session_seconds: None });
            }
            PrincipalKind::Role { trust, associations, session_seconds } => {
                let trust = trust_of(blueprint, trust, issuer)?;
                principals.push(Principal { want, policy, trust, associations, session_seconds: *session_seconds });
            }
        }
    }
    Ok(Wanted { blueprint, issuers: blueprint.issuers(issuer), principals, origin })
}

fn trust_of(blueprint: &Blueprint, trust: &Trust, issuer: Option<&Issuer>) -> Result<Option<Value>> {
    Ok(trust_document(trust, blueprint.partition(), blueprint.account()?, issuer))
}

fn issuer(blueprint: &Blueprint) -> Result<&Issuer> {
    let cluster = blueprint.spec.cloud.cluster();
    cluster.and_then(|cluster| cluster.issuer.as_ref()).ok_or_else(|| blueprint.no_issuer())
}

impl Wanted<'_> {
    /// The tags of a bucket or principal, and where they come from.
    pub(super) fn tags(&self, tags: &Tags) -> Tags {
        let mut tags = tags.clone();
        tags.insert(ORIGIN_TAG.to_owned(), self.origin.to_owned());
        tags
    }

    /// The tags of what serves all installs.
    pub(super) fn common_tags(&self) -> Tags {
        self.tags(&tags_of(&self.blueprint.spec, None))
    }

    /// The path of users, roles and policies, where it is not the plain one.
    pub(super) fn path(&self) -> Option<&IamPath> {
        let path = &self.blueprint.spec.cloud.aws()?.iam.path;
        (!path.in_arn().is_empty()).then_some(path)
    }

    /// A bucket's policy, if it gets one.
    pub(super) fn bucket_policy(&self, want: &BucketWant) -> Option<Value> {
        if want.tls_only { with_tls_only(None, self.blueprint.partition(), &want.name) } else { None }
    }
}

/// A bucket's lifecycle rules as S3's API takes them.
pub(super) fn lifecycle(want: &BucketWant) -> Value {
    let mut rules = vec![json!({
        "ID": ABORT_RULE, "Status": "Enabled", "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": want.abort_uploads_after_days},
    })];
    rules.extend(want.expiries.iter().map(|expiry| {
        json!({
            "ID": expiry.rule_id(), "Status": "Enabled", "Filter": {"Prefix": expiry.prefix},
            "Expiration": {"Days": expiry.expire_after_days},
        })
    }));
    json!({"Rules": rules})
}

/// A bucket's CORS rules as S3's API takes them; empty lists are left out.
pub(super) fn cors(want: &BucketWant) -> Value {
    let rules = want.cors.iter().map(|cors| {
        let mut rule = json!({"ID": cors_id(cors), "AllowedOrigins": cors.origins, "AllowedMethods": cors.methods});
        for (name, list) in [("AllowedHeaders", &cors.headers), ("ExposeHeaders", &cors.expose)] {
            if !list.is_empty() {
                rule[name] = json!(list);
            }
        }
        if let Some(seconds) = cors.max_age_seconds {
            rule["MaxAgeSeconds"] = json!(seconds);
        }
        rule
    });
    json!({"CORSRules": rules.collect::<Vec<_>>()})
}
