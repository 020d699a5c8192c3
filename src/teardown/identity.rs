//! Associations, keys, policies, users, roles and the OIDC provider.

use std::collections::BTreeSet;

use super::found::{Found, FoundAssociation, FoundPolicy, FoundProvider, FoundRole, FoundUser};
use super::{Fate, Removal, Step, made_by_us, our_tags};
use crate::names::Arn;
use crate::policy::{Remainder, without_our_permissions, without_our_trust};

pub(super) fn association(found: &FoundAssociation) -> Step {
    let removal = Removal::DeleteAssociation { cluster: found.cluster.clone(), id: found.id.clone() };
    Step::new("association", &found.name, Fate::Delete, vec![removal])
}

/// A user's keys: all of one that we made, and of an adopted one those whose secrets we hold.
pub(super) fn keys(user: &FoundUser, held: Option<&BTreeSet<String>>) -> Vec<Step> {
    let (ours, theirs): (Vec<&String>, Vec<&String>) =
        user.keys.iter().partition(|id| made_by_us(&user.tags) || held.is_some_and(|held| held.contains(*id)));
    let mut steps = Vec::new();
    if !ours.is_empty() {
        let removals = ours.into_iter().map(|id| Removal::DeleteKey(id.clone())).collect();
        steps.push(Step::new("access-key", user.name.as_str(), Fate::Delete, removals));
    }
    if !theirs.is_empty() {
        let ids: Vec<String> = theirs.iter().map(|id| crate::plan::masked(id)).collect();
        steps.push(Step::new("access-key", user.name.as_str(), Fate::Keep, Vec::new()).noted(format!(
            "The user was adopted, and the output folder does not hold the key {}: it may be someone else's.",
            ids.join(" and ")
        )));
    }
    steps
}

pub(super) fn policy(found: &FoundPolicy) -> Step {
    let name = found.arn.resource().trim_start_matches("policy/");
    if !found.ours {
        return match without_our_permissions(&found.document) {
            Remainder::Others(document) => {
                Step::new("policy", name, Fate::Release, vec![Removal::ReleasePolicy(found.arn.clone(), document)])
            }
            Remainder::Nothing => Step::new("policy", name, Fate::Keep, Vec::new())
                .noted("It is someone else's and holds no statement but ours; IAM allows no policy without any."),
            Remainder::Untouched => Step::new("policy", name, Fate::Release, Vec::new()),
        };
    }
    if let Some((_, group)) = found.holders.iter().find(|(kind, _)| *kind == "group") {
        return Step::new("policy", name, Fate::Keep, Vec::new())
            .noted(format!("Someone attached it to the group `{group}`: detach it there, then run this again."));
    }
    let mut removals: Vec<Removal> = found
        .holders
        .iter()
        .map(|(kind, holder)| Removal::Detach { kind, name: holder.clone(), policy: found.arn.clone() })
        .collect();
    removals.push(Removal::DeletePolicy(found.arn.clone()));
    Step::new("policy", name, Fate::Delete, removals)
}

/// Policies of others that are attached to a user or role of ours must leave it before it can go.
fn detached(kind: &'static str, name: &str, attached: &[Arn], found: &Found) -> Vec<Removal> {
    let handled = |arn: &Arn| found.policies.iter().any(|policy| policy.ours && &policy.arn == arn);
    let others = attached.iter().filter(|arn| !handled(arn));
    others.map(|arn| Removal::Detach { kind, name: name.to_owned(), policy: arn.clone() }).collect()
}

pub(super) fn user(user: &FoundUser, found: &Found) -> Step {
    let name = user.name.as_str();
    if made_by_us(&user.tags) {
        let mut removals = detached("user", name, &user.attached, found);
        removals.push(Removal::DeleteUser);
        return Step::new("user", name, Fate::Delete, removals);
    }
    Step::new("user", name, Fate::Release, vec![Removal::UntagUser(our_tags(&user.tags))])
        .noted("It was adopted: what others gave it stays.")
}

pub(super) fn role(role: &FoundRole, found: &Found) -> Step {
    let name = role.name.as_str();
    if made_by_us(&role.tags) {
        let mut removals = detached("role", name, &role.attached, found);
        removals.push(Removal::DeleteRole);
        return Step::new("role", name, Fate::Delete, removals);
    }
    let untag = Removal::UntagRole(our_tags(&role.tags));
    let (removals, note) = match without_our_trust(&role.trust) {
        Remainder::Others(trust) => {
            (vec![Removal::ReleaseTrust(trust), untag], "It was adopted: what others gave it stays.")
        }
        Remainder::Nothing => {
            (vec![untag], "It was adopted; its trust has no statement but ours, and IAM allows none without any.")
        }
        Remainder::Untouched => (vec![untag], "It was adopted: what others gave it stays."),
    };
    Step::new("role", name, Fate::Release, removals).noted(note)
}

/// The provider serves every role of the cluster: it goes only when no other role trusts it.
pub(super) fn provider(provider: &FoundProvider, found: &Found) -> Step {
    let name = provider.arn.resource().trim_start_matches("oidc-provider/");
    let goes = |role: &str| found.roles.iter().any(|one| one.name.same_as(role) && made_by_us(&one.tags));
    let others: Vec<&str> = provider.used_by.iter().map(String::as_str).filter(|role| !goes(role)).collect();
    if others.is_empty() {
        return Step::new("oidc-provider", name, Fate::Delete, vec![Removal::DeleteProvider(provider.arn.clone())]);
    }
    Step::new("oidc-provider", name, Fate::Keep, Vec::new())
        .noted(format!("Other roles trust it: {}. Without it their pods lose their rights.", others.join(", ")))
}
