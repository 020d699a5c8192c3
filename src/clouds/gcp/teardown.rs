//! Removing what carries a spec's mark: the steps from what was found to a project without the spec. Pure.
//!
//! The mark is the labels of a bucket and the description of a service account. What the spec's runs made is deleted; an adopted bucket
//! is released. Whatever carries no mark stays: an adopted service account carries none.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::plan::Resource;
use crate::base::error::Result;
use crate::base::names::{BucketName, IamName, Kind, SpecName};
use crate::model::{
    self, Change, Fate, Former, INSTALL_TAG, Named, ORIGIN_TAG, RemainingBucket, RemainingIdentity, Remains, SPEC_TAG,
    TeardownScope, in_words,
};

/// What begins the labels that are ours.
const LABEL_PREFIX: &str = "bucketwright-";

type Tags = BTreeMap<String, String>;
/// A step on Google Cloud.
pub type RemovalStep = model::TeardownStep<Removal>;
/// A teardown on Google Cloud.
pub type Teardown = model::Teardown<Removal>;

/// Everything that carries the mark.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The buckets.
    pub buckets: Vec<FoundBucket>,
    /// The service accounts.
    pub accounts: Vec<FoundAccount>,
    /// The roles that service accounts have on the project and on these buckets: resource, role, member, and whether under a condition.
    pub bindings: Vec<Binding>,
    /// What could not be looked at, in sentences.
    pub unread: Vec<String>,
    /// What carries the id of a spec of this name, while this spec has none: kind, name and id.
    pub unproven: Vec<(Kind, String, String)>,
    /// What carries this spec's id and another name: the spec was renamed.
    pub former: Vec<Former>,
}

/// A role that a member has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// On what.
    pub on: Resource,
    /// The role.
    pub role: String,
    /// The member.
    pub member: String,
}

/// A bucket.
#[derive(Clone, Debug)]
pub struct FoundBucket {
    /// Its name.
    pub name: BucketName,
    /// Its tags.
    pub tags: Tags,
    /// The keys of its labels that are ours.
    pub labels: Vec<String>,
    /// What it holds.
    pub contents: Contents,
}

/// What a bucket holds, as far as one look tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Objects and old versions that are not the proof's.
    pub objects: usize,
    /// Those that the proof left.
    pub proof: usize,
    /// Whether there is more than was counted.
    pub more: bool,
}

/// A service account.
#[derive(Clone, Debug)]
pub struct FoundAccount {
    /// Its id.
    pub name: IamName,
    /// Its address.
    pub email: String,
    /// Its tags.
    pub tags: Tags,
}

impl Found {
    /// Only what a spec does not name any more.
    #[must_use]
    pub fn beyond(mut self, named: &Named) -> Self {
        self.buckets.retain(|one| !named.has(Kind::Bucket, one.name.as_str()));
        self.accounts.retain(|one| !named.has(Kind::ServiceAccount, one.name.as_str()));
        self.former.retain(|one| one.kind == Kind::Bucket || !named.has(one.kind, &one.name));
        self
    }

    /// What everybody is told of it.
    pub fn told(&self) -> Remains {
        let installs = |tags: &Tags| tags.get(INSTALL_TAG).cloned();
        let bucket = |one: &FoundBucket| RemainingBucket {
            name: one.name.clone(),
            installs: installs(&one.tags),
            holds: (one.contents.objects > 0 || one.contents.more).then(|| one.contents.to_string()),
        };
        let identity = |one: &FoundAccount| RemainingIdentity {
            kind: Kind::ServiceAccount,
            name: one.name.clone(),
            installs: installs(&one.tags),
        };
        Remains {
            account: None,
            buckets: self.buckets.iter().map(bucket).collect(),
            identities: self.accounts.iter().map(identity).collect(),
            unread: self.unread.clone(),
            unproven: self.unproven.clone(),
            former: self.former.clone(),
        }
    }
}

/// Compares what was found with what the user wants.
///
/// # Errors
/// `BW0621` when data of an adopted bucket is to be deleted, `BW0622` when a bucket is named that is not this spec's.
pub fn teardown(spec: &SpecName, found: &Found, wanted: &TeardownScope) -> Result<Teardown> {
    let mark = SPEC_TAG.replace(':', "-");
    let made = |name: &BucketName| found.buckets.iter().find(|one| &one.name == name).map(FoundBucket::is_made);
    wanted.refusals(spec, ("label", &mark), made)?;
    let mut buckets: Vec<RemovalStep> = found.buckets.iter().map(|one| bucket(one, wanted)).collect();
    buckets.iter_mut().for_each(|step| {
        let name = step.name.clone();
        wanted.spare(step, Kind::Bucket, &name, "labels");
    });
    let going: Vec<&FoundAccount> =
        found.accounts.iter().filter(|one| wanted.takes(Kind::ServiceAccount, one.name.as_str())).collect();
    // With a bucket its policy goes.
    let deleted = |on: &Resource| {
        let of = |step: &RemovalStep| matches!(on, Resource::Bucket(name) if name.as_str() == step.name);
        buckets.iter().any(|step| of(step) && step.removals.contains(&Removal::DeleteBucket))
    };
    let mut taken: BTreeMap<Resource, Vec<Binding>> = BTreeMap::new();
    for binding in found.bindings.iter().filter(|one| !deleted(&one.on)) {
        if going.iter().any(|one| binding.member == format!("serviceAccount:{}", one.email)) {
            taken.entry(binding.on.clone()).or_default().push(binding.clone());
        }
    }
    let unbind = |(on, bindings): (Resource, Vec<Binding>)| {
        RemovalStep::new(Kind::Policy, on.to_string(), Fate::Release, vec![Removal::Unbind(on, bindings)])
    };
    let mut steps: Vec<RemovalStep> = taken.into_iter().map(unbind).collect();
    steps.extend(found.accounts.iter().map(|one| account(one, wanted)));
    steps.extend(buckets);
    steps.extend(found.former.iter().map(former));
    Ok(Teardown { steps })
}

fn account(found: &FoundAccount, wanted: &TeardownScope) -> RemovalStep {
    let (kind, name) = (Kind::ServiceAccount, found.name.as_str());
    let removals = vec![Removal::DeleteAccount(found.email.clone())];
    let mut step = RemovalStep::new(kind, name, Fate::Delete, removals)
        .noted("With it go its keys. Google does not say when it was used last: see first that no pod uses it.");
    wanted.spare(&mut step, kind, name, "description");
    step
}

impl FoundBucket {
    /// Whether a run of ours made it.
    fn is_made(&self) -> bool {
        self.tags.get(ORIGIN_TAG).is_some_and(|origin| origin == "created")
    }
}

fn bucket(found: &FoundBucket, wanted: &TeardownScope) -> RemovalStep {
    let (name, contents) = (found.name.as_str(), found.contents);
    if !found.is_made() {
        let removals = vec![Removal::Unlabel(found.labels.clone())];
        return RemovalStep::new(Kind::Bucket, name, Fate::Release, removals)
            .noted("It was adopted: its data and all settings stay, the rules that were added too.");
    }
    let step = |removals| RemovalStep::new(Kind::Bucket, name, Fate::Delete, removals);
    if wanted.delete_data.contains(&found.name) {
        return step(vec![Removal::EmptyBucket { proof: false, contents }, Removal::DeleteBucket]);
    }
    if contents.objects > 0 || contents.more {
        return RemovalStep::new(Kind::Bucket, name, Fate::Keep, Vec::new())
            .noted(format!("It holds {contents}. `--delete-data {name}` deletes them for good."));
    }
    if contents.proof > 0 {
        return step(vec![Removal::EmptyBucket { proof: true, contents }, Removal::DeleteBucket]);
    }
    step(vec![Removal::DeleteBucket])
}

/// What an earlier name of the spec is on: it may be this spec's, and the spec has to say so.
fn former(found: &Former) -> RemovalStep {
    let old = &found.spec;
    let note = format!(
        "It carries this spec's id under the name `{old}`. If that was this spec's name, add `previousName: {old}`: then it is this spec's, and `--prune` or `destroy --leftovers` removes it."
    );
    RemovalStep { former: true, ..RemovalStep::new(found.kind, &found.name, Fate::Keep, Vec::new()).noted(note) }
}

/// The keys of our labels among those there.
pub fn our_labels<'a>(labels: impl Iterator<Item = &'a String>) -> Vec<String> {
    labels.filter(|key| key.starts_with(LABEL_PREFIX)).cloned().collect()
}

/// One removal. A policy is read and written once more when it is made.
#[derive(Clone, Debug, PartialEq)]
pub enum Removal {
    /// Takes roles from members that go.
    Unbind(Resource, Vec<Binding>),
    /// Deletes a service account, by its address, with its keys.
    DeleteAccount(String),
    /// Deletes the objects of a bucket, with all versions; `proof`: only those that our own proof left.
    EmptyBucket {
        /// Only the proof's.
        proof: bool,
        /// What there was.
        contents: Contents,
    },
    /// Deletes a bucket.
    DeleteBucket,
    /// Removes our labels from a bucket.
    Unlabel(Vec<String>),
}

impl Change for Removal {
    fn call(&self) -> &'static str {
        match self {
            Self::Unbind(Resource::Project, _) => "resourcemanager.projects.setIamPolicy",
            Self::Unbind(Resource::Account(_), _) => "iam.serviceAccounts.setIamPolicy",
            Self::Unbind(Resource::Bucket(_), _) => "storage.buckets.setIamPolicy",
            Self::DeleteAccount(_) => "iam.serviceAccounts.delete",
            Self::EmptyBucket { .. } => "storage.objects.delete",
            Self::DeleteBucket => "storage.buckets.delete",
            Self::Unlabel(_) => "storage.buckets.patch",
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Unbind(_, bindings) => {
                let all: Vec<String> = bindings.iter().map(|one| format!("{} from {}", one.role, one.member)).collect();
                format!("take {}", all.join(", "))
            }
            Self::DeleteAccount(_) => "delete the service account".to_owned(),
            Self::EmptyBucket { proof: false, contents } => format!("delete its data for good: {contents}"),
            Self::EmptyBucket { proof: true, contents } => {
                format!("delete {} objects that our own proof left", contents.proof)
            }
            Self::DeleteBucket => "delete the bucket".to_owned(),
            Self::Unlabel(_) => "remove our labels".to_owned(),
        }
    }
}

impl Serialize for Removal {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        in_words(self, serializer)
    }
}

impl std::fmt::Display for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let more = if self.more { "more than " } else { "" };
        write!(f, "{more}{} objects and old versions", self.objects + self.proof)
    }
}
