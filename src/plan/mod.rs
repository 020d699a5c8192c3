//! The plan: the steps from what is observed to the blueprint. Pure.

mod association;
mod attached;
mod azure;
mod bucket;
mod change;
mod encryption;
mod gcp;
mod held;
mod identity;
mod intent;
mod key;
mod leftovers;
mod listener;
mod needs;
mod observed;
mod rules;
mod standing;
mod store;

use std::collections::{BTreeMap, BTreeSet};

pub use azure::{AzureObserved, ContainerObserved, azure_plan};
pub use bucket::bucket_changes;
pub use change::Change;
pub use change::masked;
pub use gcp::{
    GcpAccount, GcpBucket, GcpChange, GcpObserved, Resource, bucket_body, bucket_patch, description, gcp_needs,
    gcp_plan, wanted_bindings,
};
pub use held::HeldKeys;
pub use identity::principal_steps;
pub use intent::{Intent, LISTED_WITHIN};
pub(crate) use key::inactive;
pub use leftovers::{Leftovers, leftovers};
pub use listener::Listener;
pub use observed::{
    AssociationState, AtHand, BucketObserved, BucketState, EncryptionState, KeyState, Observed, PolicyState,
    PrincipalObserved, PrincipalState,
};
pub use rules::{CorsChange, CorsState, LifecycleChange, RuleState, cors_id};
use serde::Serialize;
pub use standing::{Standing, standing, store_standing};
pub use store::{Lack, Setting, StoreBucket, StoreObserved, other_region, store_bucket_changes, store_plan};

use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Arn, IamName};
use crate::blueprint::{Blueprint, ID_TAG, Owner};
use crate::policy::judge::Grant;
use crate::policy::{CallerNeeds, MANAGED_POLICY_LIMIT, caller_policy, size};
use crate::spec::Spec;

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// It is made.
    Create,
    /// It exists, was made by someone else, and is used as it is, with what is missing added.
    Adopt,
    /// It is ours and something is added or corrected.
    Change,
    /// It is as it should be.
    Keep,
    /// It cannot be used; nothing is changed anywhere.
    Refuse,
}

impl Verb {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Adopt => "adopt",
            Self::Change => "change",
            Self::Keep => "keep",
            Self::Refuse => "refuse",
        }
    }
}

/// One step: a resource and what is done to it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The kind of resource: `bucket`, `user`, `role`, `policy`, `oidc-provider`, `association`, `access-key`; on Google Cloud `bucket`,
    /// `account`, `policy`, `key`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What happens.
    pub verb: Verb,
    /// The changes, in order.
    pub changes: Vec<Change>,
    /// What was wanted and cannot be done here, each with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<String>,
    /// A word about it: why it is refused, or what is adopted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The error of a refusal.
    #[serde(skip)]
    pub refusal: Option<Error>,
}

impl Step {
    fn new(kind: &'static str, name: impl Into<String>, verb: Verb, changes: Vec<Change>) -> Self {
        Self { kind, name: name.into(), verb, changes, skipped: Vec::new(), note: None, refusal: None }
    }

    fn refused(kind: &'static str, name: impl Into<String>, error: Error) -> Self {
        let note = Some(error.what().to_owned());
        Self {
            kind,
            name: name.into(),
            verb: Verb::Refuse,
            changes: Vec::new(),
            skipped: Vec::new(),
            note,
            refusal: Some(error),
        }
    }

    fn noted(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// The same with one more word about it.
    fn also_noted(mut self, note: Option<String>) -> Self {
        let notes: Vec<String> = self.note.into_iter().chain(note).collect();
        self.note = (!notes.is_empty()).then(|| notes.join(" "));
        self
    }
}

/// The whole plan.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Plan {
    /// The steps, buckets first.
    pub steps: Vec<Step>,
    /// What others gained on what is there, where `apply` does not take it away, and the spec does not name it.
    pub grants: Vec<Grant>,
    /// What could not be judged, and which permission is missing.
    pub unjudged: Vec<String>,
    /// What earlier versions of the spec left, and what `apply --prune` does about it.
    pub leftovers: Vec<crate::clouds::aws::teardown::Step>,
}

impl Plan {
    /// Whether anything would change.
    pub fn changes_anything(&self) -> bool {
        self.steps.iter().any(|step| !step.changes.is_empty())
    }

    /// Whether nothing that exists would change, and no key of a user that exists would be made.
    pub fn only_adds(&self) -> bool {
        let made = |name: &str| {
            self.steps.iter().any(|step| step.kind == "user" && step.name == name && step.verb == Verb::Create)
        };
        self.steps.iter().all(|step| match step.verb {
            Verb::Keep | Verb::Refuse => true,
            Verb::Create => step.kind != "access-key" || made(&step.name),
            Verb::Adopt | Verb::Change => {
                step.changes.iter().all(|change| matches!(change, Change::AddOidcAudience(_)))
            }
        })
    }

    /// Whether others have gained something that the spec does not accept.
    pub fn is_open_to_others(&self) -> bool {
        self.grants.iter().any(|grant| grant.accepted.is_none())
    }

    /// Whether users, roles, keys or associations are made or changed: pods have to be brought to them before others can go.
    pub fn moves_identities(&self) -> bool {
        let identity = |step: &&Step| ["user", "role", "access-key", "association"].contains(&step.kind);
        let tags = |change: &Change| matches!(change, Change::TagRole(_) | Change::TagUser(_));
        self.steps.iter().filter(identity).any(|step| !step.changes.iter().all(tags))
    }

    /// How many steps have a verb.
    pub fn count(&self, verb: Verb) -> usize {
        self.steps.iter().filter(|step| step.verb == verb).count()
    }

    /// Stops when a step is refused, before anything is changed.
    ///
    /// # Errors
    /// The refusals, joined.
    pub fn accepted(&self) -> Result<()> {
        Error::check(self.steps.iter().filter_map(|step| step.refusal.clone()).collect())
    }
}

/// Compares blueprint and observation.
///
/// # Errors
/// `BW0505` when the credentials belong to another account than the spec names, `BW0605` when the issuer is needed and
/// unknown. What cannot be done to one resource is a refused step, not an error.
pub fn plan(blueprint: &Blueprint, observed: &Observed) -> Result<Plan> {
    same_account(&blueprint.spec, &observed.account, &observed.caller)?;
    if blueprint.needs_cluster_issuer() && observed.issuer.is_none() {
        let cluster = blueprint.spec.cloud.cluster().map_or("?", |cluster| cluster.name.as_str());
        return Err(Error::new(Code::NO_ISSUER, format!("the OIDC issuer of the cluster `{cluster}` is not known"))
            .why("IRSA's trust policies name it, and EKS has no cluster of this name in the region, or did not tell.")
            .fix("Correct `cloud.cluster.name`, or add `oidcIssuer` below it.")
            .at(blueprint.spec.place("cloud.cluster.name")));
    }
    let mut steps: Vec<Step> = blueprint.buckets.iter().map(|want| bucket::step(blueprint, want, observed)).collect();
    steps.extend(identity::provider_steps(blueprint, observed));
    for want in &blueprint.principals {
        steps.extend(principal_steps(blueprint, want, observed));
    }
    let found = standing(blueprint, observed);
    refuse_claims(blueprint, observed, &found, &mut steps);
    let shown = |grant: &Grant| grant.accepted != Some("accept");
    let grants = found.grants.into_iter().filter(shown).collect();
    Ok(Plan { steps, grants, unjudged: found.unjudged, leftovers: Vec::new() })
}

/// Refuses what carries the spec's tags without its id and gives others something: whoever may make a resource may write tags, so
/// it may have been made to catch what this spec would put there.
fn refuse_claims(blueprint: &Blueprint, observed: &Observed, found: &Standing, steps: &mut [Step]) {
    let proven = |tags: &BTreeMap<String, String>| {
        blueprint.spec.id.as_ref().is_some_and(|id| tags.get(ID_TAG).is_some_and(|there| there == id.as_str()))
    };
    let owner = Owner::of(&blueprint.spec);
    for grant in found.grants.iter().filter(|grant| grant.accepted.is_none() && !grant.undone) {
        let Some(tags) = observed.tags_of(grant.kind, &grant.resource) else { continue };
        if !owner.owns(tags) || proven(tags) {
            continue;
        }
        let same = |step: &&mut Step| step.kind == grant.kind && step.name == grant.resource && step.refusal.is_none();
        if let Some(step) = steps.iter_mut().find(same) {
            let what = format!(
                "the {} `{}` carries the spec's tags and no id, and {}",
                grant.kind,
                grant.resource,
                grant.error.what()
            );
            let fix = grant.error.remedy().unwrap_or_default();
            let error = Error::new(Code::UNTRUSTED_ROLE, what)
                .why("Tags prove nothing: whoever may make it may write them. It would be used with what it gives to others.")
                .fix(format!("{fix} Or delete it, if it was not meant for this spec."));
            *step = Step::refused(step.kind, step.name.clone(), error);
        }
    }
}

/// Whether the caller's account is the one that the spec names, if it names one.
///
/// # Errors
/// `BW0505` when it is another.
pub fn same_account(spec: &Spec, found: &AccountId, caller: &Arn) -> Result<()> {
    match spec.cloud.account() {
        Some(account) if account != found => Err(Error::new(
            Code::OTHER_ACCOUNT,
            format!("the credentials belong to account {found}, the spec names {account}"),
        )
        .why(format!("The caller is {caller}."))
        .fix("Use the credentials of the right account (AWS_PROFILE), or correct `cloud.account`.")
        .at(spec.place("cloud.account"))),
        _ => Ok(()),
    }
}

/// The permissions that the caller needs for a whole run, whatever exists already.
pub fn caller_needs(blueprint: &Blueprint) -> CallerNeeds {
    let exact = needs_in(blueprint, false);
    if size(&caller_policy(&exact)) <= MANAGED_POLICY_LIMIT { exact } else { needs_in(blueprint, true) }
}

fn needs_in(blueprint: &Blueprint, wide: bool) -> CallerNeeds {
    let mut needs = CallerNeeds::default();
    let partition = blueprint.partition();
    let account = blueprint.account.as_ref().map_or("*".to_owned(), ToString::to_string);
    let limits = needs::Limits { blueprint, prefix: format!("arn:{partition}:iam::{account}"), wide };
    needs.add("*", &["sts:GetCallerIdentity"]);
    for bucket in &blueprint.buckets {
        bucket::needs(&mut needs, bucket, partition);
    }
    for want in &blueprint.principals {
        limits.principal(&mut needs, want);
    }
    standing::needs(&mut needs, &limits);
    limits.leftovers(&mut needs);
    limits.providers(&mut needs);
    if let Some(cluster) = blueprint.spec.cloud.cluster() {
        let region = blueprint.spec.cloud.region();
        limits.cluster(&mut needs, &format!("arn:{partition}:eks:{region}:{account}"), &cluster.name);
    }
    needs
}

/// The names that may be added to although they are not ours.
fn adoptable(blueprint: &Blueprint, name: &IamName) -> bool {
    blueprint.spec.adopt.iter().any(|adopted| adopted.same_as(name.as_str()))
}

/// The API calls of a plan, each once, in order of first use.
pub fn calls(plan: &Plan) -> Vec<&'static str> {
    let mut seen = BTreeSet::new();
    plan.steps.iter().flat_map(|step| &step.changes).map(Change::call).filter(|call| seen.insert(*call)).collect()
}
