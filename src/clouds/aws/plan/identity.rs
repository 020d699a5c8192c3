//! Users, roles, policies, the OIDC provider and Pod Identity associations: what is missing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::association::association_step;
use super::attached::with_unnamed;
use super::encryption::kept_note;
use super::key::key_step;
use super::standing::untrusted;
use super::{AwsChange, Observed, PolicyState, PrincipalObserved, PrincipalState};
use crate::base::error::{Code, Error};
use crate::base::names::{Arn, Issuer, Kind};
use crate::clouds::aws::plan::Step;
use crate::model::{
    ATTACHED_TAG, Blueprint, ID_TAG, ORIGIN_TAG, Owner, PrincipalKind, PrincipalWant, SPEC_TAG, Verb, Whose,
};
use crate::policy::judge::named;
use crate::policy::{
    AUDIENCE, MANAGED_POLICY_LIMIT, Merge, TRUST_POLICY_LIMIT, Trust, WrittenBy, merge, same, size, trust_document,
};

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
    let arn = Arn::iam(blueprint.partition(), &observed.account, Kind::OidcProvider, &name);
    match observed.providers.get(&issuer) {
        None => Step::new(Kind::OidcProvider, name, Verb::Create, vec![AwsChange::CreateOidcProvider(issuer)]),
        Some(audiences) if audiences.iter().any(|audience| audience == AUDIENCE) => {
            Step::new(Kind::OidcProvider, name, Verb::Keep, Vec::new())
        }
        Some(_) => Step::new(Kind::OidcProvider, name, Verb::Adopt, vec![AwsChange::AddOidcAudience(arn)]),
    }
}

/// The steps for one user or role: its policy, itself, its key or associations.
pub fn principal_steps(blueprint: &Blueprint, want: &PrincipalWant, observed: &Observed) -> Vec<Step> {
    if matches!(want.kind, PrincipalKind::Brought(_) | PrincipalKind::Google(_)) {
        return Vec::new();
    }
    let nothing = PrincipalObserved::default();
    let found = observed.principals.get(&want.name).unwrap_or(&nothing);
    let own = blueprint.spec.cloud.iam_arn(&observed.account, Kind::Policy, want.name.as_str());
    let mut steps = vec![policy_step(blueprint, want, found.policy.as_ref())];
    match &want.kind {
        PrincipalKind::User => {
            let step = with_unnamed(user_step(blueprint, want, found), blueprint, want, found, &own);
            let refused = step.verb == Verb::Refuse;
            steps.push(step);
            if !refused {
                let keys = found.principal.as_ref().map_or(&[][..], |state| state.keys.as_slice());
                steps.push(key_step(want, keys, &observed.at_hand));
            }
        }
        PrincipalKind::Role { trust, associations, session_seconds } => {
            let step = role_step(blueprint, want, (trust, *session_seconds), found, observed);
            steps.push(with_unnamed(step, blueprint, want, found, &own));
            let role = blueprint.spec.cloud.iam_arn(&observed.account, Kind::Role, want.name.as_str());
            for (namespace, account) in associations {
                let there = observed.associations.get(&(namespace.clone(), account.clone()));
                steps.push(association_step(blueprint, &role, (namespace.as_str(), account.as_str()), there));
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
    Owner::of(&blueprint.spec).may_own(tags)
}

/// Why a user, role or policy may not be changed; `None` when it may. What belongs to another spec is never adopted: that spec
/// would lose it, and its `destroy` would take it from this one.
fn barred(blueprint: &Blueprint, want: &PrincipalWant, kind: Kind, tags: &BTreeMap<String, String>) -> Option<Error> {
    let name = want.name.as_str();
    let rename =
        "Give the install another `id`, or the spec names of its own with `iam: {namePrefix: …}` below `cloud`";
    let error = |why: String, fix: String| {
        let what = format!("the {kind} `{name}` exists and is not this spec's");
        Some(Error::new(Code::FOREIGN_IDENTITY, what).why(why).fix(fix))
    };
    let spec = &blueprint.spec;
    let has_our_id = spec.id.as_ref().is_some_and(|id| tags.get(ID_TAG).is_some_and(|there| there == id.as_str()));
    match (Owner::of(spec).judge(tags), tags.get(SPEC_TAG)) {
        (Whose::Anothers(_), Some(other)) if has_our_id => error(
            format!(
                "Its tags have the id of this spec beside the name `{other}`: the spec was renamed, or somebody edited the tag `{SPEC_TAG}`."
            ),
            format!(
                "If it was renamed, add `previousName: {other}` to the spec. If the tag was edited, put `{}` back into it. If it is another spec's after all, {}.",
                spec.name,
                rename.replacen('G', "g", 1)
            ),
        ),
        (Whose::Anothers(other), _) => error(
            format!(
                "It belongs to {other}, which would lose it: names of users and roles are made of the spec's name and the install's, so those of two specs can meet."
            ),
            format!("{rename}."),
        ),
        (Whose::Nobodys, _) if !blueprint.may_adopt(&want.name) => error(
            format!(
                "It has no `{SPEC_TAG}` tag, so someone else made it, and may trust or allow things that you do not expect."
            ),
            format!(
                "{rename}. If it is yours to use, add `adopt: [{name}]` to the spec: then it is added to, and nothing of it is removed."
            ),
        ),
        _ => None,
    }
}

/// A change to what carries an id of a spec of this name, while this spec has none, is refused.
pub(super) fn proven(blueprint: &Blueprint, tags: &BTreeMap<String, String>, step: Step) -> Step {
    let owner = Owner::of(&blueprint.spec);
    match owner.judge(tags) {
        Whose::Unproven(id) if !step.changes.is_empty() => {
            Step::refused(step.kind, step.name.clone(), owner.unproven(step.kind, &step.name, &id))
        }
        _ => step,
    }
}

/// Who wrote what carries these tags: only a document that we made is put right where somebody edited a statement of ours.
pub(super) fn written_by(blueprint: &Blueprint, tags: &BTreeMap<String, String>) -> WrittenBy {
    let made = tags.get(ORIGIN_TAG).is_some_and(|origin| origin == "created");
    if made && ours(blueprint, tags) { WrittenBy::Us } else { WrittenBy::Others }
}

fn policy_step(blueprint: &Blueprint, want: &PrincipalWant, found: Option<&PolicyState>) -> Step {
    let live = found.map(|state| &state.document);
    let document = want.policy_beside(&blueprint.spec.cloud, live);
    let step = policy_step_to(blueprint, want, found, document);
    let noted = step.verb != Verb::Refuse;
    let step = with_room(step, found);
    step.also_noted(kept_note(blueprint, &want.kept_keys(live).all()).filter(|_| noted))
}

/// The step with what makes room for a new version, in front of it.
fn with_room(mut step: Step, found: Option<&PolicyState>) -> Step {
    let crowded = found.map_or(&[][..], |state| &state.crowded_by);
    if let Some(index) = step.changes.iter().position(|change| matches!(change, AwsChange::UpdatePolicy(_))) {
        step.changes.splice(index..index, crowded.iter().cloned().map(AwsChange::DeletePolicyVersion));
    }
    step
}

fn policy_step_to(blueprint: &Blueprint, want: &PrincipalWant, found: Option<&PolicyState>, document: Value) -> Step {
    let name = want.name.as_str();
    let Some(state) = found else {
        return Step::new(Kind::Policy, name, Verb::Create, vec![AwsChange::CreatePolicy(document)]);
    };
    // CloudFormation cannot tag managed policies. One that says exactly what is wanted is used as it is.
    if !state.tags.contains_key(SPEC_TAG) && same(&state.document, &document) {
        return Step::new(Kind::Policy, name, Verb::Keep, Vec::new());
    }
    if let Some(error) = barred(blueprint, want, Kind::Policy, &state.tags) {
        return Step::refused(Kind::Policy, name, error);
    }
    let mut changes = Vec::new();
    match merge(&state.document, &document, written_by(blueprint, &state.tags), kept(blueprint, want)) {
        Merge::Same => {}
        Merge::Blocked(statement) => return Step::refused(Kind::Policy, name, blocked(Kind::Policy, name, &statement)),
        Merge::Changed(merged) if size(&merged.document) > MANAGED_POLICY_LIMIT => {
            return Step::refused(Kind::Policy, name, crowded(name, &merged.document));
        }
        Merge::Changed(merged) => changes.push(AwsChange::UpdatePolicy(merged)),
    }
    let tags = missing_tags(blueprint, want, &state.tags);
    if !tags.is_empty() {
        changes.push(AwsChange::TagPolicy(tags));
    }
    let verb = match (changes.is_empty(), ours(blueprint, &state.tags)) {
        (true, _) => Verb::Keep,
        (false, true) => Verb::Change,
        (false, false) => Verb::Adopt,
    };
    proven(blueprint, &state.tags, Step::new(Kind::Policy, name, verb, changes))
}

/// Whether the spec accepts a statement by its name: then it stays, whatever its Sid.
fn kept<'a>(blueprint: &'a Blueprint, want: &'a PrincipalWant) -> impl Fn(&Value) -> bool + 'a {
    |statement| blueprint.spec.accept.contains(&named(want.name.as_str(), statement))
}

/// A statement of others has a Sid of ours: IAM allows each once.
fn blocked(kind: Kind, name: &str, statement: &Value) -> Error {
    let what = format!("the {kind} `{name}` has a statement of others with a Sid of ours");
    Error::new(Code::FOREIGN_IDENTITY, what)
        .why(format!("It says what this program does not write, so it is not replaced: {statement}. A Sid is unique in a document."))
        .fix("Give that statement another Sid, or remove it, and run the same command again.")
}

fn crowded(name: &str, document: &Value) -> Error {
    let what = format!("the policy `{name}` would have {} characters", size(document));
    Error::new(Code::POLICY_TOO_LARGE, what)
        .why(format!("IAM allows {MANAGED_POLICY_LIMIT}, and what others wrote into it stays."))
        .fix("Remove what is not needed from it; or use `roles: per-component`, or fewer buckets.")
}

/// The tags that a user, role or policy lacks. Of what was adopted only ours are set: others may have put a meaning into theirs.
fn missing_tags(
    blueprint: &Blueprint,
    want: &PrincipalWant,
    there: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let made = written_by(blueprint, there) == WrittenBy::Us;
    let mut tags = want.tags.clone();
    tags.insert(ORIGIN_TAG.to_owned(), Owner::of(&blueprint.spec).origin(there).to_owned());
    tags.retain(|key, value| match there.get(key) {
        None => true,
        Some(found) => found != value && (made || key.starts_with("bucketwright:")),
    });
    tags
}

fn user_step(blueprint: &Blueprint, want: &PrincipalWant, found: &PrincipalObserved) -> Step {
    let name = want.name.as_str();
    match &found.principal {
        None => {
            let changes = [AwsChange::CreateUser, AwsChange::AttachUserPolicy].into_iter().chain(further(want, found));
            Step::new(Kind::User, name, Verb::Create, changes.collect())
        }
        Some(state) => existing(blueprint, want, Kind::User, state, found.attached, further(want, found)),
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
    let sessions = session_seconds.filter(|wanted| *wanted > there).map(AwsChange::LengthenSessions);
    let Some(wanted) = trust_document(trust, blueprint.partition(), &observed.account, observed.issuer.as_ref()) else {
        return Step::refused(
            Kind::Role,
            name,
            Error::new(Code::NO_ISSUER, format!("the issuer that `{name}` should trust is not known")),
        );
    };
    match &found.principal {
        None => {
            if let Some(error) = too_large(want, &wanted) {
                return Step::refused(Kind::Role, name, error);
            }
            let changes = [AwsChange::CreateRole(wanted), AwsChange::AttachRolePolicy].into_iter().chain(sessions);
            let changes = changes.chain(further(want, found));
            Step::new(Kind::Role, name, Verb::Create, changes.collect())
        }
        Some(state) => {
            let foreign = (ours(blueprint, &state.tags) && !blueprint.may_adopt(&want.name))
                .then(|| untrusted(blueprint, want, state, &wanted, observed));
            if let Some(error) = foreign.flatten() {
                return Step::refused(Kind::Role, name, error);
            }
            let live = state.trust.clone().unwrap_or_else(|| json!({}));
            let merged = match merge(&live, &wanted, written_by(blueprint, &state.tags), kept(blueprint, want)) {
                Merge::Blocked(statement) if barred(blueprint, want, Kind::Role, &state.tags).is_none() => {
                    return Step::refused(Kind::Role, name, blocked(Kind::Role, name, &statement));
                }
                merge => merge.changed(),
            };
            if let Some(error) = merged.as_ref().and_then(|merged| too_large(want, &merged.document)) {
                return Step::refused(Kind::Role, name, error);
            }
            let changes = merged.map(AwsChange::UpdateTrust).into_iter().chain(sessions).chain(further(want, found));
            let step = existing(blueprint, want, Kind::Role, state, found.attached, changes.collect());
            let noted = step.verb != Verb::Refuse;
            step.also_noted(longer(there, session_seconds).filter(|_| noted))
        }
    }
}

/// A word about sessions that may last longer than is needed: it is somebody's choice.
fn longer(there: u32, wanted: Option<u32>) -> Option<String> {
    let enough = wanted.unwrap_or(SESSION_SECONDS);
    (there > enough).then(|| format!("Its sessions may last {there} seconds, {enough} would do: that stays as it is."))
}

/// The user's own policies that are not attached yet. One that is attached and not named is somebody's, and stays.
fn further(want: &PrincipalWant, found: &PrincipalObserved) -> Vec<AwsChange> {
    let missing = want.attach.iter().filter(|arn| !found.policies.iter().any(|other| other == arn.as_str())).cloned();
    let role = matches!(want.kind, PrincipalKind::Role { .. });
    missing.map(if role { AwsChange::AttachFurtherToRole } else { AwsChange::AttachFurtherToUser }).collect()
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
    kind: Kind,
    state: &PrincipalState,
    attached: bool,
    mut changes: Vec<AwsChange>,
) -> Step {
    let name = want.name.as_str();
    let mine = ours(blueprint, &state.tags);
    if let Some(error) = barred(blueprint, want, kind, &state.tags) {
        return Step::refused(kind, name, error);
    }
    if let Some(error) = other_path(blueprint, want, kind, &state.arn) {
        return Step::refused(kind, name, error);
    }
    let unbounded = blueprint.spec.cloud.boundary().filter(|wanted| state.boundary.as_deref() != Some(wanted.as_str()));
    if let Some(boundary) = unbounded.filter(|_| mine) {
        // First, because what follows may be allowed within the boundary only.
        let bound = if kind == Kind::Role { AwsChange::BoundRole } else { AwsChange::BoundUser };
        changes.insert(0, bound(boundary.clone()));
    }
    if !attached {
        changes.push(if kind == Kind::Role { AwsChange::AttachRolePolicy } else { AwsChange::AttachUserPolicy });
    }
    let mut tags = missing_tags(blueprint, want, &state.tags);
    if !attached && written_by(blueprint, &state.tags) == WrittenBy::Others {
        tags.insert(ATTACHED_TAG.to_owned(), "policy".to_owned());
    }
    if !tags.is_empty() {
        changes.push(if kind == Kind::Role { AwsChange::TagRole(tags) } else { AwsChange::TagUser(tags) });
    }
    let verb = match (changes.is_empty(), mine) {
        (true, _) => Verb::Keep,
        (false, true) => Verb::Change,
        (false, false) => Verb::Adopt,
    };
    let step = proven(blueprint, &state.tags, Step::new(kind, name, verb, changes));
    match unbounded.filter(|_| !mine) {
        Some(boundary) => step
            .noted(format!("It was adopted, so it keeps its own limits: {boundary} is not its permissions boundary.")),
        None => step,
    }
}

/// A user or role under another path than the spec's: every ARN that is written out would name one that is not there.
///
/// Source: IAM User Guide, "IAM identifiers": a role's path cannot be changed.
fn other_path(blueprint: &Blueprint, want: &PrincipalWant, kind: Kind, found: &str) -> Option<Error> {
    let rest = found.splitn(6, ':').nth(5)?.strip_prefix(kind.as_str())?;
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
