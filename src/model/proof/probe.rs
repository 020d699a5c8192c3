//! What one identity has to show, as a document: made from the blueprint, carried out here or in a pod.

use serde::{Deserialize, Deserializer, Serialize};

use super::TrialAction;
use crate::base::error::{Code, Error, Result};
use crate::base::names::{Arn, BucketName, Endpoint, Region};
use crate::model::{Blueprint, PrincipalKind, PrincipalWant, Trial};
use crate::profile::{Access, Cors};

/// The version of the document.
const VERSION: u32 = 1;

/// What one identity has to show. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Probe {
    /// The version of this document.
    pub version: u32,
    /// The install that the identity serves.
    pub install: String,
    /// The user's or role's name.
    pub principal: String,
    /// Its ARN, if the account is known: what STS must answer.
    #[serde(default, deserialize_with = "arn", skip_serializing_if = "Option::is_none")]
    pub arn: Option<Arn>,
    /// The region of the buckets.
    #[serde(deserialize_with = "region")]
    pub region: Region,
    /// The S3 endpoint, where it is not the region's own.
    #[serde(default, deserialize_with = "endpoint", skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Endpoint>,
    /// Its buckets.
    pub buckets: Vec<ProbeBucket>,
    /// A bucket that it must not reach.
    #[serde(default, deserialize_with = "optional_bucket", skip_serializing_if = "Option::is_none")]
    pub outside: Option<BucketName>,
    /// Whether its rights are ours alone: then more than we gave is a failure.
    pub ours: bool,
}

/// One bucket of a probe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProbeBucket {
    /// Its name.
    #[serde(deserialize_with = "bucket")]
    pub name: BucketName,
    /// How far the access goes.
    pub access: Access,
    /// The components that use it.
    pub components: Vec<String>,
    /// What a browser asks before it reaches the bucket.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preflights: Vec<Preflight>,
}

/// A question that a browser asks. Source: Fetch standard, "CORS-preflight request".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preflight {
    /// Where the page comes from.
    pub origin: String,
    /// What the page wants to do.
    pub method: String,
}

impl Probe {
    /// What a principal of the blueprint has to show.
    pub fn of(blueprint: &Blueprint, want: &PrincipalWant) -> Self {
        let adopted = blueprint.spec.adopt.iter().any(|name| name.same_as(want.name.as_str()));
        let brought = matches!(want.kind, PrincipalKind::Brought(_));
        // The name of a key that is brought is ours, its user's is not.
        let account = blueprint.account.as_ref().filter(|_| !brought);
        let reached = |bucket: &BucketName| want.grants.iter().any(|grant| &grant.bucket == bucket);
        Self {
            version: VERSION,
            install: want.install.to_string(),
            principal: want.name.to_string(),
            arn: account.map(|id| blueprint.spec.cloud.iam_arn(id, want.arn_kind(), want.name.as_str())),
            region: blueprint.spec.cloud.region().clone(),
            endpoint: blueprint.spec.cloud.endpoint().cloned(),
            buckets: want
                .grants
                .iter()
                .map(|grant| ProbeBucket {
                    name: grant.bucket.clone(),
                    access: grant.access,
                    components: components(blueprint, want, &grant.bucket),
                    preflights: preflights(blueprint, &grant.bucket),
                })
                .collect(),
            outside: blueprint.buckets.iter().map(|bucket| bucket.name.clone()).find(|name| !reached(name)),
            ours: !adopted && !brought,
        }
    }

    /// Reads the document.
    ///
    /// # Errors
    /// `BW1303` when it is none, or of a version that this program does not know.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = |why: String| {
            Error::new(Code::BAD_PROBE, "this is no probe document")
                .why(why)
                .fix("Create it again with `bucketwright verify --print-probe` of the same version.")
        };
        let probe: Self = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
        if probe.version == VERSION { Ok(probe) } else { Err(bad(format!("Its version is {}.", probe.version))) }
    }

    /// The object that the proof writes into each bucket. It is the same in every run, so a run that was killed leaves
    /// nothing behind that the next does not remove.
    pub fn object(&self) -> String {
        format!("{}{}", crate::model::proof::PREFIX, self.principal)
    }

    /// Whether an ARN that STS told is this identity: its user, or a session of its role.
    ///
    /// Source: STS API Reference, GetCallerIdentity: `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, without the role's path.
    pub fn is(&self, seen: &str) -> bool {
        let Ok(seen) = Arn::parse(seen) else { return false };
        let account = self.arn.as_ref().is_none_or(|arn| arn.account() == seen.account());
        let name = match seen.resource().split_once('/') {
            Some(("assumed-role", rest)) => rest.split('/').next(),
            Some(("user" | "role", rest)) => rest.rsplit('/').next(),
            _ => None,
        };
        account && name.is_some_and(|name| name.eq_ignore_ascii_case(&self.principal))
    }

    /// A trial in a bucket, or of the principal as a whole.
    pub fn trial(&self, place: &str, action: impl Into<TrialAction>, passed: bool, note: Option<String>) -> Trial {
        let bucket = self.buckets.iter().find(|bucket| bucket.name.as_str() == place);
        Trial {
            install: self.install.clone(),
            principal: self.principal.clone(),
            components: bucket.map(|bucket| bucket.components.clone()).unwrap_or_default(),
            bucket: place.to_owned(),
            action: action.into(),
            passed,
            note,
            finding: None,
        }
    }
}

/// The principal's components that a bucket is for.
fn components(blueprint: &Blueprint, want: &PrincipalWant, bucket: &BucketName) -> Vec<String> {
    let Some(install) = blueprint.installs.iter().find(|install| install.id == want.install) else { return Vec::new() };
    let purposes: Vec<&String> =
        install.buckets.iter().filter(|(_, name)| *name == bucket).map(|(purpose, _)| purpose).collect();
    let entries = || install.profile.about.buckets.iter().filter(|entry| purposes.contains(&&entry.purpose));
    let uses = |component: &&String| entries().any(|entry| entry.access.contains_key(*component));
    want.components.iter().filter(uses).cloned().collect()
}

/// What a browser asks of a bucket: each method of each of its rules, from each origin.
fn preflights(blueprint: &Blueprint, bucket: &BucketName) -> Vec<Preflight> {
    let rules = blueprint.buckets.iter().filter(|want| &want.name == bucket).flat_map(|want| &want.cors);
    let asked = |rule: &Cors| {
        let origins = rule.origins.iter().map(|origin| match origin.as_str() {
            "*" => "https://bucketwright.invalid".to_owned(),
            origin => origin.replace('*', "bucketwright"),
        });
        let pairs = origins.flat_map(|origin| {
            rule.methods.iter().map(move |method| Preflight { origin: origin.clone(), method: method.clone() })
        });
        pairs.collect::<Vec<_>>()
    };
    rules.flat_map(asked).collect()
}

/// Reads a checked name.
fn checked<'de, D: Deserializer<'de>, T>(from: D, parse: fn(&str) -> Result<T>) -> std::result::Result<T, D::Error> {
    parse(&String::deserialize(from)?).map_err(serde::de::Error::custom)
}

fn bucket<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<BucketName, D::Error> {
    // A bucket that was there before may have a name by older rules.
    checked(from, BucketName::parse_existing)
}

fn optional_bucket<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<BucketName>, D::Error> {
    bucket(from).map(Some)
}

fn region<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Region, D::Error> {
    checked(from, Region::parse)
}

fn endpoint<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<Endpoint>, D::Error> {
    checked(from, Endpoint::parse).map(Some)
}

fn arn<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<Arn>, D::Error> {
    checked(from, Arn::parse).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe() -> Probe {
        Probe {
            version: VERSION,
            install: "argo".into(),
            principal: "acme-argo".into(),
            arn: Arn::parse("arn:aws:iam::012345678901:role/acme-argo").ok(),
            region: Region::parse("eu-west-1").expect("a region"),
            endpoint: None,
            buckets: vec![ProbeBucket {
                name: BucketName::parse("acme-artifacts").expect("a name"),
                access: Access::ReadWrite,
                components: vec!["workflow".into()],
                preflights: Vec::new(),
            }],
            outside: None,
            ours: true,
        }
    }

    #[test]
    fn the_document_reads_back() {
        let text = serde_json::to_string(&probe()).expect("JSON");
        assert_eq!(Probe::parse(&text).expect("a probe"), probe());
        let other = text.replace("\"version\":1", "\"version\":2");
        for bad in
            ["", "[]", "{\"version\":1}", &other, &text.replace("acme-artifacts", "A"), &text.replace("ours", "o")]
        {
            assert_eq!(Probe::parse(bad).expect_err(bad).code(), &Code::BAD_PROBE);
        }
    }

    /// Whatever a spec takes, its probe takes: names by old rules, regions that opened later, any IAM name.
    #[test]
    fn a_probe_takes_every_name_that_a_spec_takes() {
        for bucket in ["Acme_Legacy", "acme.example.com", "a_b", &*"A".repeat(255)] {
            let name = BucketName::parse_existing(bucket).expect(bucket);
            let one = ProbeBucket { name: name.clone(), ..probe().buckets.remove(0) };
            let region = Region::parse("xx-future-9").expect("a region");
            let principal = "Team+Legacy,=.@_-".to_owned();
            let probe = Probe { buckets: vec![one], outside: Some(name), region, principal, ..probe() };
            let text = serde_json::to_string(&probe).expect("JSON");
            assert_eq!(Probe::parse(&text).expect(bucket), probe);
        }
    }

    #[test]
    fn a_session_is_of_its_role_and_account() {
        for (seen, is) in [
            ("arn:aws:sts::012345678901:assumed-role/acme-argo/pod", true),
            ("arn:aws:iam::012345678901:user/team/acme-argo", true),
            ("arn:aws:sts::012345678901:assumed-role/nodes/i-0abc", false),
            ("arn:aws:sts::111122223333:assumed-role/acme-argo/pod", false),
            ("arn:aws:sts::012345678901:assumed-role/acme-argo-2/acme-argo", false),
            ("arn:aws:iam::012345678901:root", false),
            ("", false),
        ] {
            assert_eq!(probe().is(seen), is, "{seen}");
        }
    }

    #[test]
    fn a_trial_knows_who_relies_on_it() {
        assert_eq!(probe().trial("acme-artifacts", "put", true, None).components, ["workflow"]);
        assert!(probe().trial("-", "identity", true, None).components.is_empty());
    }
}
