//! Associations, keys, policies, users, roles and the OIDC provider.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Added, Found, FoundAssociation, FoundPolicy, FoundProvider, FoundRole, FoundUser, Namesake, Removal, RemovalStep,
    made_by_us, our_tags,
};
use crate::base::names::{Arn, Kind};
use crate::model::{ATTACHED_TAG, Fate, Former};
use crate::policy::{Remainder, without_ours};

pub(super) fn association(found: &FoundAssociation) -> RemovalStep {
    let removal = Removal::DeleteAssociation { cluster: found.cluster.clone(), id: found.id.clone() };
    RemovalStep::new(Kind::Association, &found.name, Fate::Delete, vec![removal])
}

/// A user's keys: all of one that we made, and of an adopted one those whose secrets we hold.
pub(super) fn keys(user: &FoundUser, held: Option<&BTreeSet<String>>) -> Vec<RemovalStep> {
    let (ours, theirs): (Vec<&String>, Vec<&String>) =
        user.keys.iter().partition(|id| made_by_us(&user.tags) || held.is_some_and(|held| held.contains(*id)));
    let mut steps = Vec::new();
    if !ours.is_empty() {
        let removals = ours.into_iter().map(|id| Removal::DeleteKey(id.clone())).collect();
        steps.push(RemovalStep::new(Kind::AccessKey, user.name.as_str(), Fate::Delete, removals));
    }
    if !theirs.is_empty() {
        let ids: Vec<String> = theirs.iter().map(|id| crate::model::masked(id)).collect();
        steps.push(
            RemovalStep::new(Kind::AccessKey, user.name.as_str(), Fate::Keep, Vec::new())
                .noted(format!(
                    "The user was adopted, and the output folder does not hold the key {}: it may be someone else's.",
                    ids.join(" and ")
                ))
                .others(),
        );
    }
    steps
}

pub(super) fn policy(found: &FoundPolicy) -> RemovalStep {
    let name = found.arn.resource().trim_start_matches("policy/");
    if !found.ours || !made_by_us(&found.tags) {
        let keys = our_tags(&found.tags);
        let untag = (!keys.is_empty()).then(|| Removal::UntagPolicy(found.arn.clone(), keys)).into_iter();
        return match without_ours(&found.document) {
            Remainder::Others(document) => {
                let release = Removal::ReleasePolicy(found.arn.clone(), document);
                RemovalStep::new(Kind::Policy, name, Fate::Release, std::iter::once(release).chain(untag).collect())
            }
            Remainder::Nothing => RemovalStep::new(Kind::Policy, name, Fate::Keep, Vec::new())
                .noted("It is someone else's and holds no statement but ours; IAM allows no policy without any."),
            Remainder::Untouched => RemovalStep::new(Kind::Policy, name, Fate::Release, untag.collect()),
        };
    }
    if let Some(group) = group_of(found) {
        return RemovalStep::new(Kind::Policy, name, Fate::Keep, Vec::new())
            .noted(format!("Someone attached it to the group `{group}`: detach it there, then run this again."));
    }
    let mut removals: Vec<Removal> = found
        .holders
        .iter()
        .map(|(kind, holder)| Removal::Detach { kind: *kind, name: holder.clone(), policy: found.arn.clone() })
        .collect();
    removals.push(Removal::DeletePolicy(found.arn.clone()));
    RemovalStep::new(Kind::Policy, name, Fate::Delete, removals)
}

/// A group that holds a policy: who is in it would lose what it gives.
fn group_of(found: &FoundPolicy) -> Option<&str> {
    found.holders.iter().find(|(kind, _)| *kind == Kind::Group).map(|(_, group)| group.as_str())
}

/// Policies that are attached to a user or role of ours must leave it before it can go.
fn detached(kind: Kind, name: &str, attached: &[Arn], found: &Found) -> Vec<Removal> {
    let deleted = |policy: &FoundPolicy| policy.ours && made_by_us(&policy.tags) && group_of(policy).is_none();
    let handled = |arn: &Arn| found.policies.iter().any(|policy| deleted(policy) && &policy.arn == arn);
    let others = attached.iter().filter(|arn| !handled(arn));
    others.map(|arn| Removal::Detach { kind, name: name.to_owned(), policy: arn.clone() }).collect()
}

/// IAM deletes no user or role to which others added something.
fn held(kind: Kind, name: &str, added: &[Added]) -> RemovalStep {
    let what: Vec<&str> = added.iter().map(|one| one.what.as_str()).collect();
    let lines: Vec<String> = added.iter().map(|one| format!("`{}`", one.removal)).collect();
    RemovalStep::new(kind, name, Fate::Keep, Vec::new()).noted(format!(
        "Someone added {} to it. If it is not needed, run {}, then the same command again.",
        what.join(" and "),
        lines.join(" and ")
    ))
}

pub(super) fn user(user: &FoundUser, found: &Found) -> RemovalStep {
    let name = user.name.as_str();
    if made_by_us(&user.tags) && !user.added.is_empty() {
        return held(Kind::User, name, &user.added);
    }
    if made_by_us(&user.tags) {
        let mut removals = detached(Kind::User, name, &user.attached, found);
        removals.push(Removal::DeleteUser);
        return RemovalStep::new(Kind::User, name, Fate::Delete, removals);
    }
    let mut removals = attached_by_us(Kind::User, name, &user.tags, &user.attached);
    removals.push(Removal::UntagUser(our_tags(&user.tags)));
    RemovalStep::new(Kind::User, name, Fate::Release, removals).noted("It was adopted: what others gave it stays.")
}

pub(super) fn role(role: &FoundRole, found: &Found) -> RemovalStep {
    let name = role.name.as_str();
    if made_by_us(&role.tags) && !role.added.is_empty() {
        return held(Kind::Role, name, &role.added);
    }
    if made_by_us(&role.tags) {
        let mut removals = detached(Kind::Role, name, &role.attached, found);
        removals.push(Removal::DeleteRole);
        return RemovalStep::new(Kind::Role, name, Fate::Delete, removals);
    }
    let mut removals = attached_by_us(Kind::Role, name, &role.tags, &role.attached);
    let note = match without_ours(&role.trust) {
        Remainder::Others(trust) => {
            removals.push(Removal::ReleaseTrust(trust));
            "It was adopted: what others gave it stays."
        }
        Remainder::Nothing => "It was adopted; its trust has no statement but ours, and IAM allows none without any.",
        Remainder::Untouched => "It was adopted: what others gave it stays.",
    };
    removals.push(Removal::UntagRole(our_tags(&role.tags)));
    RemovalStep::new(Kind::Role, name, Fate::Release, removals).noted(note)
}

/// The policy of its own name that we attached to an adopted user or role, which our tag says.
fn attached_by_us(kind: Kind, name: &str, tags: &BTreeMap<String, String>, attached: &[Arn]) -> Vec<Removal> {
    let own = |arn: &&Arn| tags.contains_key(ATTACHED_TAG) && arn.name().eq_ignore_ascii_case(name);
    let detach = |arn: &Arn| Removal::Detach { kind, name: name.to_owned(), policy: arn.clone() };
    attached.iter().filter(own).map(detach).collect()
}

/// The provider serves every role of the cluster: it goes only when no other role trusts it.
pub(super) fn provider(provider: &FoundProvider, goes: impl Fn(&str) -> bool) -> RemovalStep {
    let name = provider.name();
    // A role that stays without our statements may trust it no more.
    let trusts = |trust: &Value| match without_ours(trust) {
        Remainder::Others(rest) => rest.to_string().contains(&format!("\"{}\"", provider.arn)),
        Remainder::Untouched | Remainder::Nothing => true,
    };
    let released = |role: &str, trust: &Value| !goes(role) && trusts(trust);
    let others: Vec<&str> =
        provider.used_by.iter().filter(|(role, trust)| released(role, trust)).map(|(role, _)| role.as_str()).collect();
    if let Some(owner) = &provider.others {
        let after = if others.is_empty() {
            let arn = &provider.arn;
            format!(
                "When this is done no role trusts it any more: `aws iam delete-open-id-connect-provider --open-id-connect-provider-arn {arn}` removes it."
            )
        } else {
            format!("Other roles trust it: {}.", others.join(", "))
        };
        return RemovalStep::new(Kind::OidcProvider, name, Fate::Keep, Vec::new())
            .noted(format!("It was made by {owner}, and stays. {after}"))
            .others();
    }
    if others.is_empty() {
        return RemovalStep::new(
            Kind::OidcProvider,
            name,
            Fate::Delete,
            vec![Removal::DeleteProvider(provider.arn.clone())],
        );
    }
    RemovalStep::new(Kind::OidcProvider, name, Fate::Keep, Vec::new())
        .noted(format!("Other roles trust it: {}. Without it their pods lose their rights.", others.join(", ")))
}

/// What an earlier name of the spec is on: it may be this spec's, and the spec has to say so.
pub(super) fn former(found: &Former) -> RemovalStep {
    let old = &found.spec;
    let note = format!(
        "It carries this spec's id under the name `{old}`. If that was this spec's name, add `previousName: {old}`: then it is this spec's, and `--prune` or `destroy --leftovers` removes it."
    );
    RemovalStep { former: true, ..RemovalStep::new(found.kind, &found.name, Fate::Keep, Vec::new()).noted(note) }
}

/// What has the name of something of the spec's, and is not the spec's by its tags.
pub(super) fn namesake(found: &Namesake) -> RemovalStep {
    let whose = found.whose.as_ref().map_or_else(
        || "It has no tag `bucketwright:spec`, so it is nobody's".to_owned(),
        |owner| format!("By its tags it belongs to {owner}"),
    );
    RemovalStep::new(found.kind, &found.name, Fate::Keep, Vec::new())
        .noted(format!("{whose}. It has the name of something of this spec's, and stays: if it is, remove it by hand."))
}
