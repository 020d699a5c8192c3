//! The plan for AWS: buckets, users, roles, policies, keys, providers and associations. Pure.

mod association;
mod attached;
pub(crate) mod bucket;
mod change;
mod encryption;
mod identity;
pub(crate) mod key;
mod needs;
mod observed;
mod rules;
mod standing;

use std::collections::BTreeMap;

pub use bucket::bucket_changes;
pub use change::AwsChange;
pub use identity::principal_steps;
pub(crate) use key::inactive;
pub use observed::{
    AssociationState, BucketObserved, BucketState, EncryptionState, Observed, PolicyState, PrincipalObserved,
    PrincipalState,
};
pub use rules::{CorsChange, CorsState, LifecycleChange, RuleState, cors_id};
pub(crate) use standing::losses_of;
pub use standing::standing;

/// A step on AWS.
pub type Step = model::Step<AwsChange>;
/// A plan for AWS.
pub type Plan = model::Plan<AwsChange>;

use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Arn};
use crate::model::{self, Blueprint, ID_TAG, Owner, Standing};
use crate::policy::judge::Grant;
use crate::policy::{CallerNeeds, MANAGED_POLICY_LIMIT, caller_policy, size};
use crate::spec::Spec;

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
        // A user that the spec had before holds the policy, too, until it is pruned.
        if grant.holder().is_some() {
            continue;
        }
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
