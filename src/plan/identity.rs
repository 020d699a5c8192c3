//! Users, roles, policies, the OIDC provider and Pod Identity associations: what is missing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::key::key_step;
use super::standing::untrusted;
use super::{
    AssociationState, Change, ORIGIN_TAG, Observed, PolicyState, PrincipalObserved, PrincipalState, Step, Verb,
    adoptable,
};
use crate::blueprint::{Blueprint, INSTALL_TAG, PrincipalKind, PrincipalWant, SPEC_TAG};
use crate::error::{Code, Error};
use crate::names::{Arn, Issuer};
use crate::policy::{AUDIENCE, TRUST_POLICY_LIMIT, Trust, merged_trust, same, size, trust_document};

/// How long a session of a role lasts at most unless it says so, in seconds. Source: IAM API, CreateRole, MaxSessionDuration.
const SESSION_SECONDS: u32 = 3600;

/// The steps for the OIDC providers that are needed.
pub(super) fn provider_steps(blueprint: &Blueprint, observed: &Observed) -> Vec<Step> {
    blueprint
        .issuers(observed.issuer.as_ref())
        .into_iter()
        .map(|issuer| provider_step(blueprint, issuer, observed))
        .collect()
}

fn provider_step(blueprint: &Blueprint, issuer: Issuer, observed: &Observed) -> Step {
    let name = issuer.host_path().to_owned();
    let arn = Arn::iam(blueprint.partition(), &observed.account, "oidc-provider", &name);
    match observed.providers.get(&issuer) {
        None => Step::new("oidc-provider", name, Verb::Create, vec![Change::CreateOidcProvider(issuer)]),
        Some(audiences) if audiences.iter().any(|audience| audience == AUDIENCE) => {
            Step::new("oidc-provider", name, Verb::Keep, Vec::new())
        }
        Some(_) => Step::new("oidc-provider", name, Verb::Adopt, vec![Change::AddOidcAudience(arn)]),
    }
}

/// The steps for one user or role: its policy, itself, its key or associations.
pub fn principal_steps(blueprint: &Blueprint, want: &PrincipalWant, observed: &Observed) -> Vec<Step> {
    if matches!(want.kind, PrincipalKind::Brought(_) | PrincipalKind::Google(_)) {
        return Vec::new();
    }
    let nothing = PrincipalObserved::default();
    let found = observed.principals.get(&want.name).unwrap_or(&nothing);
    let mut steps = vec![policy_step(blueprint, want, found.policy.as_ref())];
    match &want.kind {
        PrincipalKind::User => {
            let step = user_step(blueprint, want, found);
            let refused = step.verb == Verb::Refuse;
            steps.push(step);
            if !refused {
                let keys = found.principal.as_ref().map_or(&[][..], |state| state.keys.as_slice());
                steps.push(key_step(want, keys, &observed.at_hand));
            }
        }
        PrincipalKind::Role { trust, associations, session_seconds } => {
            steps.push(role_step(blueprint, want, (trust, *session_seconds), found, observed));
            let role = blueprint.spec.cloud.iam_arn(&observed.account, "role", want.name.as_str());
            for (namespace, account) in associations {
                let there = observed.associations.get(&(namespace.clone(), account.clone()));
                steps.push(association_step(&role, namespace.as_str(), account.as_str(), there));
            }
        }
        PrincipalKind::Brought(_)
        | PrincipalKind::Google(_)
        | PrincipalKind::AccountKey(_)
        | PrincipalKind::ManagedIdentity { .. } => {}
    }
    steps
}

/// Whether tags say that a resource is this spec's.
pub(super) fn ours(blueprint: &Blueprint, tags: &BTreeMap<String, String>) -> bool {
    tags.get(SPEC_TAG).is_some_and(|spec| spec == blueprint.spec.name.as_str())
}

fn foreign(kind: &str, want: &PrincipalWant, tags: &BTreeMap<String, String>) -> Error {
    let owner = match tags.get(SPEC_TAG) {
        Some(spec) => format!("It carries the tag of the spec `{spec}`."),
        None => format!(
            "It has no `{SPEC_TAG}` tag, so someone else made it, and may trust or allow things that you do not expect."
        ),
    };
    Error::new(Code::FOREIGN_IDENTITY, format!("the {kind} `{}` exists and is not this spec's", want.name))
        .why(owner)
        .fix(format!("Give the install another `id`. If it is yours to use, add `adopt: [{}]` to the spec: then it is added to, and nothing of it is taken away.", want.name))
}

fn policy_step(blueprint: &Blueprint, want: &PrincipalWant, found: Option<&PolicyState>) -> Step {
    let name = want.name.as_str();
    let document = want.policy(&blueprint.spec.cloud);
    match found {
        None => Step::new("policy", name, Verb::Create, vec![Change::CreatePolicy(document)]),
        Some(state) if ours(blueprint, &state.tags) => {
            let changes =
                if same(&state.document, &document) { Vec::new() } else { vec![Change::UpdatePolicy(document)] };
            let verb = if changes.is_empty() { Verb::Keep } else { Verb::Change };
            Step::new("policy", name, verb, changes)
        }
        // CloudFormation cannot tag managed policies. One that says exactly what is wanted is used as it is.
        Some(state) if !state.tags.contains_key(SPEC_TAG) && same(&state.document, &document) => {
            Step::new("policy", name, Verb::Keep, Vec::new())
        }
        Some(state) if adoptable(blueprint, &want.name) => match with_ours(&state.document, &document) {
            None => Step::new("policy", name, Verb::Keep, Vec::new()),
            Some(merged) => Step::new("policy", name, Verb::Adopt, vec![Change::UpdatePolicy(merged)]),
        },
        Some(state) => Step::refused("policy", name, foreign("policy", want, &state.tags)),
    }
}

/// A policy with our statements added to those there; `None` when they are there.
fn with_ours(current: &Value, wanted: &Value) -> Option<Value> {
    merged_trust(current, wanted)
}

fn user_step(blueprint: &Blueprint, want: &PrincipalWant, found: &PrincipalObserved) -> Step {
    let name = want.name.as_str();
    match &found.principal {
        None => {
            let changes = [Change::CreateUser, Change::AttachUserPolicy].into_iter().chain(further(want, found));
            Step::new("user", name, Verb::Create, changes.collect())
        }
        Some(state) => existing(blueprint, want, "user", state, found.attached, further(want, found)),
    }
}

fn role_step(
    blueprint: &Blueprint,
    want: &PrincipalWant,
    (trust, session_seconds): (&Trust, Option<u32>),
    found: &PrincipalObserved,
    observed: &Observed,
) -> Step {
    let name = want.name.as_str();
    // Only ever lengthened: somebody may need more than we do.
    let there = found.principal.as_ref().and_then(|state| state.session_seconds).unwrap_or(SESSION_SECONDS);
    let sessions = session_seconds.filter(|wanted| *wanted > there).map(Change::LengthenSessions);
    let Some(wanted) = trust_document(trust, blueprint.partition(), &observed.account, observed.issuer.as_ref()) else {
        return Step::refused(
            "role",
            name,
            Error::new(Code::NO_ISSUER, format!("the issuer that `{name}` should trust is not known")),
        );
    };
    match &found.principal {
        None => {
            if let Some(error) = too_large(want, &wanted) {
                return Step::refused("role", name, error);
            }
            let changes = [Change::CreateRole(wanted), Change::AttachRolePolicy].into_iter().chain(sessions);
            let changes = changes.chain(further(want, found));
            Step::new("role", name, Verb::Create, changes.collect())
        }
        Some(state) => {
            let foreign = (ours(blueprint, &state.tags) && !adoptable(blueprint, &want.name))
                .then(|| untrusted(blueprint, want, state, &wanted, observed));
            if let Some(error) = foreign.flatten() {
                return Step::refused("role", name, error);
            }
            let merged = merged_trust(state.trust.as_ref().unwrap_or(&json!({})), &wanted);
            if let Some(error) = merged.as_ref().and_then(|document| too_large(want, document)) {
                return Step::refused("role", name, error);
            }
            existing(
                blueprint,
                want,
                "role",
                state,
                found.attached,
                merged.map(Change::UpdateTrust).into_iter().chain(sessions).chain(further(want, found)).collect(),
            )
        }
    }
}

/// The user's own policies that are not attached yet. One that is attached and not named is somebody's, and stays.
fn further(want: &PrincipalWant, found: &PrincipalObserved) -> Vec<Change> {
    let missing = want.attach.iter().filter(|arn| !found.policies.iter().any(|other| other == arn.as_str())).cloned();
    let role = matches!(want.kind, PrincipalKind::Role { .. });
    missing.map(if role { Change::AttachFurtherToRole } else { Change::AttachFurtherToUser }).collect()
}

fn too_large(want: &PrincipalWant, trust: &Value) -> Option<Error> {
    let found = size(trust);
    (found > TRUST_POLICY_LIMIT).then(|| {
        Error::new(Code::POLICY_TOO_LARGE, format!("the trust policy of `{}` would have {found} characters", want.name))
            .why(format!("IAM allows {TRUST_POLICY_LIMIT} characters, unless the quota is raised."))
            .fix("Use `roles: per-component`, or fewer namespaces.")
    })
}

/// The step for a user or role that exists.
fn existing(
    blueprint: &Blueprint,
    want: &PrincipalWant,
    kind: &'static str,
    state: &PrincipalState,
    attached: bool,
    mut changes: Vec<Change>,
) -> Step {
    let name = want.name.as_str();
    let mine = ours(blueprint, &state.tags);
    if !mine && !adoptable(blueprint, &want.name) {
        return Step::refused(kind, name, foreign(kind, want, &state.tags));
    }
    if let Some(error) = other_path(blueprint, want, kind, &state.arn) {
        return Step::refused(kind, name, error);
    }
    let unbounded = blueprint.spec.cloud.boundary().filter(|wanted| state.boundary.as_deref() != Some(wanted.as_str()));
    if let Some(boundary) = unbounded.filter(|_| mine) {
        // First, because what follows may be allowed within the boundary only.
        let bound = if kind == "role" { Change::BoundRole } else { Change::BoundUser };
        changes.insert(0, bound(boundary.clone()));
    }
    if !attached {
        changes.push(if kind == "role" { Change::AttachRolePolicy } else { Change::AttachUserPolicy });
    }
    let origin = state.tags.get(ORIGIN_TAG).map_or("adopted", String::as_str);
    let mut tags = want.tags.clone();
    tags.insert(ORIGIN_TAG.to_owned(), origin.to_owned());
    tags.retain(|key, value| match state.tags.get(key) {
        None => true,
        Some(there) => (key == SPEC_TAG || key == INSTALL_TAG) && there != value,
    });
    if !tags.is_empty() {
        changes.push(if kind == "role" { Change::TagRole(tags) } else { Change::TagUser(tags) });
    }
    let verb = match (changes.is_empty(), mine) {
        (true, _) => Verb::Keep,
        (false, true) => Verb::Change,
        (false, false) => Verb::Adopt,
    };
    let step = Step::new(kind, name, verb, changes);
    match unbounded.filter(|_| !mine) {
        Some(boundary) => step
            .noted(format!("It was adopted, so it keeps its own limits: {boundary} is not its permissions boundary.")),
        None => step,
    }
}

/// A user or role under another path than the spec's: every ARN that is written out would name one that is not there.
///
/// Source: IAM User Guide, "IAM identifiers": a role's path cannot be changed.
fn other_path(blueprint: &Blueprint, want: &PrincipalWant, kind: &str, found: &str) -> Option<Error> {
    let rest = found.splitn(6, ':').nth(5)?.strip_prefix(kind)?;
    let path = &rest[..=rest.rfind('/')?];
    let wanted = blueprint.spec.cloud.aws().map(|aws| &aws.iam.path)?;
    (path != wanted.as_str()).then(|| {
        Error::new(
            Code::OTHER_PATH,
            format!("the {kind} `{}` exists under the path `{path}`, not `{wanted}`", want.name),
        )
        .why("Values, annotations and policies name it by its ARN, path included, and IAM cannot move a role.")
        .fix(format!(
            "Set `iam: {{path: {path}}}` below `cloud`; or give the install another `id`, so that a new one is made."
        ))
        .at(blueprint.spec.place("cloud.iam.path"))
    })
}

fn association_step(role: &Arn, namespace: &str, account: &str, there: Option<&AssociationState>) -> Step {
    let name = format!("{namespace}/{account}");
    match there {
        None => Step::new(
            "association",
            name,
            Verb::Create,
            vec![Change::CreateAssociation { namespace: namespace.to_owned(), service_account: account.to_owned() }],
        ),
        Some(there) if there.role == role.as_str() && there.session_tags => {
            Step::new("association", name, Verb::Keep, Vec::new())
        }
        Some(there) if there.role == role.as_str() => Step::refused(
            "association",
            name.clone(),
            Error::new(Code::FOREIGN_ASSOCIATION, format!("the association of {name} turns session tags off"))
                .why("The role's trust asks by these tags which pod it is, so it would let nobody in.")
                .fix("Turn them on: `aws eks update-pod-identity-association --no-disable-session-tags` with its cluster and id; `aws eks list-pod-identity-associations` shows them."),
        ),
        Some(AssociationState { role: other, .. }) => Step::refused(
            "association",
            name.clone(),
            Error::new(Code::FOREIGN_ASSOCIATION, format!("the ServiceAccount {name} is associated with {other}"))
                .why("EKS allows one role for each ServiceAccount.")
                .fix("Remove that association, or name another ServiceAccount under `serviceAccounts`."),
        ),
    }
}
