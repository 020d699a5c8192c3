//! What others gained on a spec's users, roles and buckets: everything that is live, held against the blueprint. `plan` and `verify`
//! judge by this alone.

use serde_json::{Value, json};

use super::needs::Limits;
use super::{BucketObserved, BucketState, Observed, PrincipalObserved, PrincipalState};
use crate::base::error::{Code, Error};
use crate::base::names::{Arn, Kind};
use crate::base::shell::word;
use crate::model::{Blueprint, BucketWant, ORIGIN_TAG, PrincipalKind, PrincipalWant, Standing, accepted};
use crate::policy::judge::{
    Grant, HeldPolicy, OpenBucket, PolicyFrom, admits_others, judge_bucket, judge_holder, judge_loss, judge_rights,
    judge_trust, unbounded,
};
use crate::policy::{CallerNeeds, trust_document, with_tls_only};

/// Holds everything that was observed against a blueprint.
pub fn standing(blueprint: &Blueprint, observed: &Observed) -> Standing {
    let mut found = Standing::default();
    for want in &blueprint.principals {
        if let Some(there) = observed.principals.get(&want.name) {
            of_principal(&mut found, blueprint, want, there, observed);
        }
    }
    let ours: Vec<(Arn, Value)> = blueprint
        .principals
        .iter()
        .map(|want| {
            let arn = blueprint.spec.cloud.iam_arn(&observed.account, want.arn_kind(), want.name.as_str());
            (arn, want.policy(&blueprint.spec.cloud))
        })
        .collect();
    for want in &blueprint.buckets {
        let Some(BucketObserved::Ours(state)) = observed.buckets.get(&want.name) else { continue };
        let name = want.name.as_str();
        found.judged.insert((Kind::Bucket, name.to_owned()));
        let policy = state.policy.as_ref();
        let mended = want.tls_only && with_tls_only(policy, blueprint.partition(), &want.name).is_some();
        let open = OpenBucket { name, policy, blocked: state.public_access_blocked, acl: &state.acl, mended };
        found.grants.extend(judge_bucket(&open, &observed.account, &ours));
        let words = |what: &String| format!("who may reach the bucket {name} is not judged: missing permission {what}");
        found.unjudged.extend(state.unread.iter().map(words));
        let words =
            |what: &String| format!("not all settings of the bucket {name} are judged: missing permission {what}");
        found.unjudged.extend(state.unseen.iter().map(words));
        found.grants.extend(losses_of(want, state, true));
    }
    // A policy of a group or one that is attached twice is named once.
    found.settle(blueprint);
    found
}

/// The rules of others that remove a bucket's objects, or put them away.
pub(crate) fn losses_of(want: &BucketWant, state: &BucketState, on_aws: bool) -> Vec<Grant> {
    let found = super::rules::losses(want, state).into_iter();
    found.map(|(id, words, rule)| judge_loss(want.name.as_str(), &id, &words, rule, on_aws)).collect()
}

fn of_principal(
    found: &mut Standing,
    blueprint: &Blueprint,
    want: &PrincipalWant,
    there: &PrincipalObserved,
    observed: &Observed,
) {
    let (kind, name) = (want.arn_kind(), want.name.as_str());
    of_policy(found, blueprint, want, there, observed);
    let Some(state) = &there.principal else { return };
    found.judged.insert((kind, name.to_owned()));
    if let PrincipalKind::Role { .. } = &want.kind {
        match wanted_trust(blueprint, want, observed) {
            Some(wanted) => found.grants.extend(trusts(blueprint, name, state, &wanted, observed)),
            None => found
                .unjudged
                .push(format!("the trust of the role {name} is not judged: the issuer of the cluster is not known")),
        }
    }
    let boundary = blueprint.spec.cloud.boundary().filter(|wanted| state.boundary.as_deref() != Some(wanted.as_str()));
    found.grants.extend(boundary.map(|wanted| {
        let undone = super::identity::ours(blueprint, &state.tags);
        unbounded(kind, name, state.boundary.as_deref(), wanted, undone)
    }));
    let live = there.policy.as_ref().map(|policy| &policy.document);
    let wanted = want.policy_beside(&blueprint.spec.cloud, live);
    if let Some(policy) = there.policy.as_ref().filter(|_| there.attached) {
        let from = PolicyFrom::Own(super::identity::written_by(blueprint, &policy.tags));
        let own = HeldPolicy { from, document: policy.document.clone() };
        found.grants.extend(judge_rights(kind, name, &own, &wanted));
    }
    // What the spec attaches is meant.
    let meant = |held: &&HeldPolicy| matches!(&held.from, PolicyFrom::Attached(arn) if want.attach.iter().any(|one| one.as_str() == arn));
    for held in there.held.policies.iter().filter(|held| !meant(held)) {
        found.grants.extend(judge_rights(kind, name, held, &wanted));
    }
    found.unjudged.extend(there.held.unread_words(kind, name));
}

/// Who else holds the policy of a user or role. Whether that one exists is no matter: the policy counts for whoever holds it.
fn of_policy(
    found: &mut Standing,
    blueprint: &Blueprint,
    want: &PrincipalWant,
    there: &PrincipalObserved,
    observed: &Observed,
) {
    let (kind, name) = (want.arn_kind(), want.name.as_str());
    let Some(policy) = &there.policy else { return };
    let arn = blueprint.spec.cloud.iam_arn(&observed.account, Kind::Policy, name);
    let Some(holders) = &policy.holders else {
        found.unjudged.push(format!(
            "who else holds the policy {name} is not judged: missing permission iam:ListEntitiesForPolicy on {arn}"
        ));
        return;
    };
    let meant = |(holder, held_by): &&(Kind, String)| {
        blueprint.principals.iter().any(|other| {
            let attaches = other.name == want.name || other.attach.contains(&arn);
            attaches && other.arn_kind() == *holder && other.name.same_as(held_by)
        })
    };
    let others = holders.iter().filter(|one| !meant(one));
    found.grants.extend(others.map(|(holder, held_by)| judge_holder((kind, name), &arn, (*holder, held_by))));
}

/// The trust policy that the spec wants; `None` when the issuer is needed and not known.
fn wanted_trust(blueprint: &Blueprint, want: &PrincipalWant, observed: &Observed) -> Option<Value> {
    let PrincipalKind::Role { trust, .. } = &want.kind else { return None };
    trust_document(trust, blueprint.partition(), &observed.account, observed.issuer.as_ref())
}

fn trusts(
    blueprint: &Blueprint,
    role: &str,
    state: &PrincipalState,
    wanted: &Value,
    observed: &Observed,
) -> Vec<Grant> {
    let by = super::identity::written_by(blueprint, &state.tags);
    let judged = state.trust.as_ref().map(|live| judge_trust(role, live, (wanted, by), &observed.account));
    judged.unwrap_or_default()
}

/// The refusal of a role that lets in somebody whom neither this spec nor an earlier one named. Its tags prove nothing: whoever may
/// make roles may write them.
pub(super) fn untrusted(
    blueprint: &Blueprint,
    want: &PrincipalWant,
    state: &PrincipalState,
    wanted: &Value,
    observed: &Observed,
) -> Option<Error> {
    let name = want.name.as_str();
    let foreign: Vec<Grant> = trusts(blueprint, name, state, wanted, observed)
        .into_iter()
        .filter(|grant| {
            !grant.undone && accepted(blueprint, grant).is_none() && admits_others(&grant.statement, &observed.account)
        })
        .collect();
    let first = foreign.first()?;
    let names: Vec<String> =
        foreign.iter().filter_map(|grant| grant.name.as_ref().map(|name| format!("\"{name}\""))).collect();
    let statements: Vec<&Value> = foreign.iter().map(|grant| &grant.statement).collect();
    // Whoever overwrites the trust of a role that others made takes it from them, for good.
    let adopted = state.tags.get(ORIGIN_TAG).is_some_and(|origin| origin == "adopted");
    let first_look = if adopted {
        format!(
            "Its tag `{ORIGIN_TAG}` says that a run of this spec adopted it. Put `adopt: [{name}]` back into the spec; or drop the install and release the role: `apply --prune` takes out of it what is ours. If nobody of yours adopted it: look who made it"
        )
    } else {
        "Look who made it".to_owned()
    };
    Some(
        Error::new(Code::UNTRUSTED_ROLE, first.error.what().to_owned())
            .why(format!(
                "The spec does not name whom its trust policy lets in: {}. That the role carries the spec's tags proves nothing, since whoever may make a role may write them.",
                json!(statements)
            ))
            .fix(format!(
                "{first_look} (CloudTrail: CreateRole, UpdateAssumeRolePolicy). Remove what is not meant, or delete the role: in the output folder, where `render` writes the file, `aws iam update-assume-role-policy --role-name {} --policy-document file://iam/{}` puts back what the spec says alone. What is meant is accepted by `accept: [{}]` in the spec; `adopt: [{name}]` uses the role as it is.",
                word(name),
                word(&format!("{name}.trust.json")),
                names.join(", "),
            )),
    )
}

/// What the caller must be allowed to read, so that nothing passes unjudged. Every action only reads.
pub(super) fn needs(needs: &mut CallerNeeds, limits: &Limits<'_>) {
    const POLICIES: [&str; 2] = ["iam:GetPolicy", "iam:GetPolicyVersion"];
    let (blueprint, prefix) = (limits.blueprint, &limits.prefix);
    let mut any = false;
    for want in &blueprint.principals {
        let (kind, actions): (Kind, &[&'static str]) = match &want.kind {
            PrincipalKind::User => {
                (Kind::User, &["iam:GetUserPolicy", "iam:ListGroupsForUser", "iam:ListUserPolicies"])
            }
            PrincipalKind::Role { .. } => (Kind::Role, &["iam:GetRolePolicy", "iam:ListRolePolicies"]),
            _ => continue,
        };
        any = true;
        limits.reads(needs, kind, want, actions);
        if kind == Kind::User {
            needs.add(
                format!("{prefix}:group/*"),
                &["iam:GetGroupPolicy", "iam:ListAttachedGroupPolicies", "iam:ListGroupPolicies"],
            );
        }
    }
    if any {
        // Whatever somebody attaches is to be read, AWS's own policies included.
        needs.add(format!("{prefix}:policy/*"), &POLICIES);
        needs.add(format!("arn:{}:iam::aws:policy/*", blueprint.partition()), &POLICIES);
    }
}
