//! The plan for a server that speaks S3: buckets, and of their settings those that the server has.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::base::error::{Code, Error, Result};
use crate::base::names::{Arn, BucketName, Kind, Region};
use crate::clouds::aws::plan::bucket::differing;
use crate::clouds::aws::plan::{AwsChange, BucketObserved, BucketState, bucket_changes};
use crate::clouds::s3::store_standing;
use crate::model::{self, Blueprint, BucketWant, Change as _, Owner, SPEC_TAG, Verb, Whose, in_words, other_spec};
use crate::policy::CallerNeeds;
use crate::spec::{S3Cloud, StoreKind};

/// One change on a store.
#[derive(Clone, Debug, PartialEq)]
pub enum S3Change {
    /// Makes a bucket, with nothing but its name.
    CreateBucket,
    /// Writes a setting, as on AWS.
    Set(AwsChange),
}

impl S3Change {
    /// The setting that it writes, where it writes one.
    pub fn setting(&self) -> Option<&AwsChange> {
        match self {
            Self::CreateBucket => None,
            Self::Set(change) => Some(change),
        }
    }
}

impl model::Change for S3Change {
    fn call(&self) -> &'static str {
        match self {
            Self::CreateBucket => "s3:CreateBucket",
            Self::Set(change) => change.call(),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::CreateBucket => "make the bucket".to_owned(),
            Self::Set(change) => change.words(),
        }
    }
}

impl Serialize for S3Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        in_words(self, serializer)
    }
}

/// A step on a store.
pub type Step = model::Step<S3Change>;
/// A plan for a store.
pub type Plan = model::Plan<S3Change>;

/// A setting of a bucket that a server may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// The public access block.
    PublicAccess,
    /// Object ownership, which disables ACLs.
    Ownership,
    /// Old versions.
    Versioning,
    /// Rules that remove old objects.
    Lifecycle,
    /// The rule that removes parts of unfinished uploads.
    AbortUploads,
    /// Which web pages may reach it.
    Cors,
    /// Its policy.
    Policy,
    /// Its tags.
    Tags,
}

/// A setting that a server lacks, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The setting.
    pub setting: Setting,
    /// How that is known: what the server is, or what it answered.
    pub why: String,
}

/// Everything on a store that a blueprint is compared with.
#[derive(Clone, Debug, Default)]
pub struct StoreObserved {
    /// The buckets.
    pub buckets: BTreeMap<BucketName, StoreBucket>,
}

/// What is known of a bucket on a store.
#[derive(Clone, Debug)]
pub struct StoreBucket {
    /// The bucket.
    pub observed: BucketObserved,
    /// Whether it is among the buckets that the key lists; `None` when the key may not list.
    pub listed: Option<bool>,
    /// What the server turned out to lack.
    pub lacks: Vec<Lack>,
}

impl Setting {
    /// The setting that a change writes.
    fn of(change: &AwsChange) -> Option<Self> {
        Some(match change {
            AwsChange::BlockPublicAccess => Self::PublicAccess,
            AwsChange::EnforceOwner => Self::Ownership,
            AwsChange::EnableVersioning => Self::Versioning,
            AwsChange::SetLifecycle(_) => Self::Lifecycle,
            AwsChange::SetCors(_) => Self::Cors,
            AwsChange::RefusePlainHttp(_) | AwsChange::AllowPlainHttp { .. } => Self::Policy,
            AwsChange::TagBucket { .. } => Self::Tags,
            _ => return None,
        })
    }

    /// All that every bucket may have.
    const OF_EVERY_BUCKET: [Self; 6] =
        [Self::PublicAccess, Self::Ownership, Self::Lifecycle, Self::Cors, Self::Policy, Self::Tags];

    /// The actions that read and write it. Source: Service Authorization Reference, Amazon S3; MinIO's and Ceph's names are the same.
    fn actions(self) -> &'static [&'static str] {
        match self {
            Self::PublicAccess => &["s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"],
            Self::Ownership => &["s3:GetBucketOwnershipControls", "s3:PutBucketOwnershipControls"],
            Self::Versioning => &["s3:GetBucketVersioning", "s3:PutBucketVersioning"],
            Self::Lifecycle | Self::AbortUploads => &["s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration"],
            Self::Cors => &["s3:GetBucketCORS", "s3:PutBucketCORS"],
            Self::Policy => &["s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy"],
            Self::Tags => &["s3:GetBucketTagging", "s3:PutBucketTagging"],
        }
    }

    /// What a known server does instead of having this setting.
    ///
    /// Source: MinIO docs/minio-limits.md, and the answers of its last release; Garage documentation, "S3 Compatibility
    /// status"; VersityGW 1.8.0's answers.
    pub fn known_lack(self, kind: StoreKind) -> Option<&'static str> {
        Some(match (kind, self) {
            (StoreKind::Minio, Self::PublicAccess) => "MinIO's buckets are private until a policy opens them",
            (StoreKind::Minio | StoreKind::Garage, Self::Ownership) => "the store has no ACLs",
            (StoreKind::Minio, Self::AbortUploads) => "MinIO removes unfinished uploads by itself after a day",
            (StoreKind::Minio, Self::Cors) => {
                "MinIO has one rule for the whole server: `mc admin config set ALIAS api cors_allow_origin=…`"
            }
            (StoreKind::Versitygw, Self::PublicAccess) => "VersityGW's buckets are private until a policy opens them",
            (StoreKind::Versitygw, Self::Lifecycle | Self::AbortUploads) => "VersityGW has no lifecycles",
            (StoreKind::Garage, Self::PublicAccess) => "Garage's buckets are private unless they are made websites",
            (StoreKind::Garage, Self::Versioning) => "Garage keeps no old versions",
            (StoreKind::Garage, Self::Policy) => "Garage has no bucket policies",
            (StoreKind::Garage, Self::Tags) => "Garage's buckets have no tags",
            _ => return None,
        })
    }
}

/// What the key that makes the buckets must be allowed, without the actions that this kind of store refuses in a policy.
pub fn store_needs(blueprint: &Blueprint, kind: StoreKind) -> CallerNeeds {
    let mut needs = CallerNeeds::default();
    needs.add("*", &["s3:ListAllMyBuckets"]);
    for want in &blueprint.buckets {
        let arn = Arn::bucket(blueprint.partition(), want.name.as_str());
        needs.add(arn.as_str(), &["s3:CreateBucket", "s3:ListBucket"]);
        let versioning = want.versioning.then_some(Setting::Versioning);
        for setting in Setting::OF_EVERY_BUCKET.into_iter().chain(versioning) {
            if setting.known_lack(kind).is_none() {
                needs.add(arn.as_str(), setting.actions());
            }
        }
    }
    needs
}

/// Compares blueprint and observation.
///
/// # Errors
/// `BW1423` when the store answers for another region: a store has one, so that concerns all buckets.
pub fn store_plan(blueprint: &Blueprint, store: &S3Cloud, observed: &StoreObserved) -> Result<Plan> {
    for bucket in observed.buckets.values() {
        if let BucketObserved::Elsewhere(region) = &bucket.observed {
            return Err(other_region(store, region.as_ref().map(Region::as_str)).at(blueprint.spec.place("cloud")));
        }
    }
    let steps = blueprint.buckets.iter().map(|want| step(blueprint, store, want, observed.buckets.get(&want.name)));
    let grants = store_standing(blueprint, store, observed).grants.into_iter().filter(|grant| grant.accepted.is_none());
    Ok(Plan { steps: steps.collect(), grants: grants.collect(), ..Plan::default() })
}

/// A store that expects another region in signatures; it may have said which.
pub fn other_region(store: &S3Cloud, expected: Option<&str>) -> Error {
    let fix = match expected {
        Some(region) => format!("Write `region: {region}` below `cloud`."),
        None => "Write the region from the store's own configuration below `cloud`: MinIO takes any unless one was set, Garage's is `garage`.".to_owned(),
    };
    let (host, region) = (store.endpoint.host(), &store.region);
    Error::new(Code::STORE_OTHER_REGION, format!("{host} does not take signatures for the region `{region}`"))
        .why("The region is in every signature, and the store is configured with another one.")
        .fix(fix)
}

/// What is missing from a bucket and the store can do; and what it cannot, in words.
pub fn store_bucket_changes(
    blueprint: &Blueprint,
    store: &S3Cloud,
    want: &BucketWant,
    state: &BucketState,
    lacks: &[Lack],
    origin: &str,
) -> (Vec<S3Change>, Vec<String>) {
    let why = |setting: Setting| {
        let seen = || lacks.iter().find(|lack| lack.setting == setting).map(|lack| lack.why.clone());
        setting.known_lack(store.kind).map(str::to_owned).or_else(seen)
    };
    let mut changes = Vec::new();
    let mut skipped = Vec::new();
    for change in split(bucket_changes(want, state, blueprint.partition(), origin)) {
        let abort = matches!(&change, AwsChange::SetLifecycle(change) if change.abort_after_days.is_some());
        let lost = matches!(&change, AwsChange::SetLifecycle(_)).then(|| would_be_lost(&state.dropped)).flatten();
        let reason = abort.then(|| why(Setting::AbortUploads)).flatten().or(lost);
        match reason.or_else(|| Setting::of(&change).and_then(why)) {
            Some(reason) => skipped.push(format!("{} ({reason})", change.words())),
            None => changes.push(S3Change::Set(change)),
        }
    }
    (changes, skipped)
}

/// Why rules of others forbid a change: a rewrite replaces all rules, and these hold what is not understood here.
fn would_be_lost(dropped: &[String]) -> Option<String> {
    let names = dropped.join("`, `");
    (!dropped.is_empty())
        .then(|| format!("a rule that others set holds `{names}`, which a rewrite would lose: add this rule with the store's own tool"))
}

/// The rule about unfinished uploads is separate, because servers that know lifecycles may not know it.
fn split(changes: Vec<AwsChange>) -> Vec<AwsChange> {
    let mut all = Vec::new();
    for change in changes {
        match change {
            AwsChange::SetLifecycle(change) => all.extend(change.split().into_iter().map(AwsChange::SetLifecycle)),
            other => all.push(other),
        }
    }
    all
}

fn step(blueprint: &Blueprint, store: &S3Cloud, want: &BucketWant, found: Option<&StoreBucket>) -> Step {
    let name = want.name.as_str();
    let refuse = |error: Error| {
        let place = want.users.first().and_then(|(install, purpose)| {
            let install = blueprint.spec.installs.iter().find(|candidate| &candidate.id == install)?;
            blueprint.spec.place_in(install, &format!("buckets.{purpose}"))
        });
        Step::refused(Kind::Bucket, name, error.at(place))
    };
    let lacks = found.map_or(&[][..], |found| found.lacks.as_slice());
    match found.map(|found| (&found.observed, found.listed)) {
        None | Some((BucketObserved::Absent, _)) if want.existing => refuse(
            Error::new(Code::STORE_FOREIGN_BUCKET, format!("the bucket `{name}` does not exist"))
                .fix("Correct the name, or remove `existing: true` to have it made."),
        ),
        None | Some((BucketObserved::Absent, _)) => {
            let (changes, skipped) =
                store_bucket_changes(blueprint, store, want, &BucketState::default(), lacks, "created");
            let changes = std::iter::once(S3Change::CreateBucket).chain(changes).collect();
            Step { skipped, ..Step::new(Kind::Bucket, name, Verb::Create, changes) }
        }
        // The whole plan is refused for a bucket elsewhere.
        Some((BucketObserved::Forbidden | BucketObserved::Elsewhere(_), _)) => refuse(kept_out(store, want)),
        Some((BucketObserved::Ours(state), listed)) => {
            let owner = Owner::of(&blueprint.spec);
            let whose = owner.judge(&state.tags);
            match &whose {
                Whose::Anothers(other) => return refuse(other_spec(name, other, SPEC_TAG)),
                Whose::Nobodys if listed != Some(true) && !want.existing => return refuse(not_listed(want, listed)),
                _ => {}
            }
            let step = there(blueprint, store, want, state, lacks);
            match whose {
                Whose::Unproven(id) if !step.changes.is_empty() => refuse(owner.unproven(Kind::Bucket, name, &id)),
                _ => step,
            }
        }
    }
}

/// The step for a bucket that exists and may be used.
fn there(blueprint: &Blueprint, store: &S3Cloud, want: &BucketWant, state: &BucketState, lacks: &[Lack]) -> Step {
    let owner = Owner::of(&blueprint.spec);
    let mine = owner.judge(&state.tags) != Whose::Nobodys;
    let origin = owner.origin(&state.tags);
    let (changes, skipped) = store_bucket_changes(blueprint, store, want, state, lacks, origin);
    let verb = match (mine, changes.is_empty()) {
        (_, true) => Verb::Keep,
        (true, false) => Verb::Change,
        (false, false) => Verb::Adopt,
    };
    let tagless = Setting::Tags.known_lack(store.kind).is_some() || lacks.iter().any(|l| l.setting == Setting::Tags);
    let step = Step { skipped, ..Step::new(Kind::Bucket, want.name.as_str(), verb, changes) };
    let step = match (mine, tagless) {
        (true, _) => step,
        (false, true) => step
            .noted("It exists, and the store keeps no tags that say for whom: it is used, and will never be removed."),
        (false, false) => step.noted("It exists; what others set stays as it is."),
    };
    step.also_noted(differing(want, state, origin))
}

fn kept_out(store: &S3Cloud, want: &BucketWant) -> Error {
    Error::new(Code::STORE_FOREIGN_BUCKET, format!("your key may not look at the bucket `{}`", want.name))
        .why(format!(
            "{} answers 403: the bucket is another user's, a policy keeps you out, or it is not there and the key may not ask.",
            store.endpoint.host()
        ))
        .fix("Choose another name; or give the key that makes the buckets rights on it, and write `existing: true`.")
}

fn not_listed(want: &BucketWant, listed: Option<bool>) -> Error {
    let why = match listed {
        Some(_) => "Your key reaches it, but does not list it among its own: someone else opened it to you.",
        None => {
            "Your key may not list buckets, and the bucket carries no tag of this spec, so nothing says whose it is."
        }
    };
    Error::new(Code::STORE_FOREIGN_BUCKET, format!("the bucket `{}` exists, and may be someone else's", want.name))
        .why(why)
        .fix(format!("If it is meant, write `{{name: {}, existing: true}}`; else choose another name.", want.name))
}
