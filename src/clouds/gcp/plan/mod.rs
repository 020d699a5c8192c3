//! The plan for Google Cloud: buckets, service accounts, bindings and keys.

mod bucket;
mod change;
mod needs;
mod settings;
mod standing;

use std::collections::BTreeMap;

pub use bucket::{bucket_body, bucket_patch, label_of_origin, tags_of};
pub use change::GcpChange;
pub use needs::gcp_needs;
use serde_json::Value;
pub use standing::standing;

use crate::base::error::{Code, Error, Result};
use crate::base::names::{BucketName, IamName, Kind};
use crate::base::shell::word;
use crate::clouds::gcp::policy::{WORKLOAD_IDENTITY_USER, bucket_roles, gives};
use crate::model::keys::{KEPT, LOST, active, fallen_back};
use crate::model::{
    self, AtHand, Blueprint, GoogleAccount, HeldKeys, ID_TAG, INSTALL_TAG, KeyState, ORIGIN_TAG, Owner, PrincipalKind,
    PrincipalWant, SPEC_TAG, Standing, Verb, Whose, masked,
};
use crate::policy::judge::Grant;
use crate::profile::RoleOn;
use crate::spec::GcpCloud;

/// A step on Google Cloud.
pub type Step = model::Step<GcpChange>;
/// A plan for Google Cloud.
pub type Plan = model::Plan<GcpChange>;

/// What a policy of IAM is on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// A bucket.
    Bucket(BucketName),
    /// A service account, by its address.
    Account(String),
    /// The project.
    Project,
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bucket(name) => write!(f, "gs://{name}"),
            Self::Account(email) => f.write_str(email),
            Self::Project => f.write_str("the project"),
        }
    }
}

/// Everything on Google Cloud that a blueprint is compared with.
#[derive(Clone, Debug, Default)]
pub struct GcpObserved {
    /// The project's number, where it may be asked.
    pub number: Option<String>,
    /// The buckets, as the JSON API shows them.
    pub buckets: BTreeMap<BucketName, GcpBucket>,
    /// The service accounts.
    pub accounts: BTreeMap<IamName, GcpAccount>,
    /// The policies of the project, the buckets and the service accounts.
    pub policies: BTreeMap<Resource, Value>,
    /// What could not be read, and so is not judged.
    pub unread: Vec<String>,
    /// What the output folder tells.
    pub at_hand: AtHand,
}

/// What is known of a bucket.
#[derive(Clone, Debug)]
pub enum GcpBucket {
    /// The name is free.
    Absent,
    /// Google answers 403.
    Forbidden,
    /// It exists.
    Found(Box<Value>),
}

/// What is known of a service account.
#[derive(Clone, Debug, Default)]
pub struct GcpAccount {
    /// The account, as IAM shows it.
    pub found: Option<Value>,
    /// Its keys: those that people made.
    pub keys: Vec<KeyState>,
    /// Whether they may not be listed.
    pub unlisted: bool,
}

/// The principals with a service account of the spec's making; the others sign in with keys that were brought.
pub(crate) fn made_here(blueprint: &Blueprint) -> impl Iterator<Item = &PrincipalWant> {
    blueprint.principals.iter().filter(|want| !matches!(want.kind, PrincipalKind::Brought(_)))
}

/// Compares blueprint and observation.
///
/// # Errors
/// `BW1530` when the project is another one than the spec says.
pub fn gcp_plan(blueprint: &Blueprint, gcp: &GcpCloud, observed: &GcpObserved) -> Result<Plan> {
    if let (Some(wanted), Some(found)) = (&gcp.number, &observed.number)
        && wanted.as_str() != found
    {
        return Err(Error::new(
            Code::GCP_OTHER_PROJECT,
            format!("the project `{}` has the number {found}, the spec says {wanted}", gcp.project),
        )
        .why("Ids look alike from one environment to the next; the number tells them apart.")
        .fix("Correct `project` or `projectNumber`.")
        .at(blueprint.spec.place("cloud.projectNumber")));
    }
    let mut steps: Vec<Step> =
        blueprint.buckets.iter().map(|want| bucket::step(blueprint, gcp, want, observed)).collect();
    steps.extend(made_here(blueprint).map(|want| account_step(blueprint, gcp, want, observed)));
    steps.extend(binding_steps(gcp, made_here(blueprint), observed));
    let with_keys = made_here(blueprint).filter(|want| want.has_made_key());
    steps.extend(with_keys.map(|want| key_step(gcp, want, observed)));
    let found = standing(blueprint, gcp, observed);
    refuse_untrusted(gcp, blueprint, &found, &mut steps);
    let grants = found.grants.into_iter().filter(|grant| !grant.undone && grant.accepted != Some("accept")).collect();
    Ok(Plan { steps, grants, unjudged: found.unjudged, ..Plan::default() })
}

/// Refuses to give anything to an account that somebody else may become. Its description proves nothing: whoever may make accounts may
/// write it. An account that has all that the spec wants already is only told of.
fn refuse_untrusted(gcp: &GcpCloud, blueprint: &Blueprint, found: &Standing, steps: &mut [Step]) {
    for want in made_here(blueprint) {
        let foreign = |grant: &&Grant| {
            grant.is_trust()
                && grant.accepted.is_none()
                && grant.resource == want.name.as_str()
                && grant.place == "account policy"
        };
        let Some(grant) = found.grants.iter().find(foreign) else { continue };
        let email = gcp.email(&want.name);
        let gains = |change: &GcpChange| match change {
            GcpChange::Bind { member, .. } => *member == format!("serviceAccount:{email}"),
            _ => false,
        };
        if !steps.iter().any(|step| step.changes.iter().any(gains)) {
            continue;
        }
        let error = Error::new(Code::UNTRUSTED_ROLE, grant.error.what().to_owned())
            .why("The spec does not name it, and this run would give the account more. That its description names this spec proves nothing, since whoever may make accounts may write it.")
            .fix(grant.error.remedy().unwrap_or_default().to_owned());
        let own = |step: &&mut Step| step.kind == Kind::ServiceAccount && step.name == email && step.refusal.is_none();
        if let Some(step) = steps.iter_mut().find(own) {
            *step = Step::refused(Kind::ServiceAccount, email, error);
        }
    }
}

/// The text that says in a service account's description whose it is: accounts have no labels.
pub fn description(want: &PrincipalWant) -> String {
    let word = |(key, tag): (&str, &str)| want.tags.get(tag).map(|value| format!(" {key}={value}"));
    WORDS.into_iter().filter_map(word).fold(MARK.to_owned(), |text, word| text + &word)
}

/// What begins the description of a service account of a spec's making.
const MARK: &str = "bucketwright";
/// The words in it, and the tags that they stand for.
const WORDS: [(&str, &str); 3] = [("spec", SPEC_TAG), ("id", ID_TAG), ("install", INSTALL_TAG)];

/// What the description of a service account says of whose it is. Only made ones have one that begins like this.
pub fn account_tags(account: &Value) -> BTreeMap<String, String> {
    let said = account["description"].as_str().unwrap_or_default();
    let Some(words) = said.strip_prefix(MARK).and_then(|rest| rest.strip_prefix(' ')) else { return BTreeMap::new() };
    let tag = |word: &str| {
        let (key, value) = word.split_once('=')?;
        let (_, tag) = WORDS.into_iter().find(|(known, _)| *known == key)?;
        Some((tag.to_owned(), value.to_owned()))
    };
    let made = (ORIGIN_TAG.to_owned(), "created".to_owned());
    words.split(' ').filter_map(tag).chain([made]).collect()
}

fn account_step(blueprint: &Blueprint, gcp: &GcpCloud, want: &PrincipalWant, observed: &GcpObserved) -> Step {
    let email = gcp.email(&want.name);
    let found = observed.accounts.get(&want.name).and_then(|account| account.found.as_ref());
    let Some(found) = found else {
        let changes = vec![(GcpChange::CreateAccount(description(want)))];
        return Step::new(Kind::ServiceAccount, email, Verb::Create, changes);
    };
    let owner = Owner::of(&blueprint.spec);
    let whose = owner.judge(&account_tags(found));
    if found["disabled"] == true {
        return Step::refused(
            Kind::ServiceAccount,
            email.clone(),
            Error::new(Code::GCP_FOREIGN_ACCOUNT, format!("the service account `{email}` is disabled"))
                .why("Somebody switched it off, and nothing could sign in with it.")
                .fix(format!("`gcloud iam service-accounts enable {email}`, if it is to be used again.")),
        );
    }
    match &whose {
        Whose::Ours => return Step::new(Kind::ServiceAccount, email, Verb::Keep, Vec::new()),
        Whose::Unproven(id) => {
            let error = owner.unproven(Kind::ServiceAccount, &email, id);
            return Step::refused(Kind::ServiceAccount, email, error);
        }
        Whose::Nobodys | Whose::Anothers(_) => {}
    }
    if blueprint.may_adopt(&want.name) {
        return Step::new(Kind::ServiceAccount, email, Verb::Keep, Vec::new())
            .noted("It is someone else's, and used as it is.");
    }
    let owner = match whose {
        Whose::Anothers(other) => format!("Its description names {other}."),
        _ => "Its description does not name this spec, so someone else made it, and it may have rights that you do not expect.".to_owned(),
    };
    Step::refused(
        Kind::ServiceAccount,
        email.clone(),
        Error::new(Code::GCP_FOREIGN_ACCOUNT, format!("the service account `{email}` exists and is not this spec's"))
            .why(owner)
            .fix(format!(
                "Give the install another `id`. If it is yours to use, add `adopt: [{}]` to the spec.",
                want.name
            )),
    )
}

/// The bindings that principals need, by resource.
pub fn wanted_bindings<'a>(
    gcp: &GcpCloud,
    wants: impl Iterator<Item = &'a PrincipalWant>,
) -> BTreeMap<Resource, Vec<(String, String)>> {
    let mut bindings: BTreeMap<Resource, Vec<(String, String)>> = BTreeMap::new();
    for want in wants {
        let email = gcp.email(&want.name);
        let member = format!("serviceAccount:{email}");
        for grant in &want.grants {
            let roles = bucket_roles(grant).into_iter().map(|role| (role, member.clone()));
            bindings.entry(Resource::Bucket(grant.bucket.clone())).or_default().extend(roles);
        }
        for (on, role) in &want.google_roles {
            let resource = match on {
                RoleOn::Project => Resource::Project,
                RoleOn::Account => Resource::Account(email.clone()),
            };
            bindings.entry(resource).or_default().push((role.clone(), member.clone()));
        }
        if let PrincipalKind::Google(GoogleAccount::Workload(accounts)) = &want.kind {
            let members = accounts.iter().map(|(namespace, name)| {
                (WORKLOAD_IDENTITY_USER.to_owned(), gcp.pool.member(namespace.as_str(), name.as_str()))
            });
            bindings.entry(Resource::Account(email)).or_default().extend(members);
        }
    }
    bindings
}

fn binding_steps<'a>(
    gcp: &GcpCloud,
    wants: impl Iterator<Item = &'a PrincipalWant>,
    observed: &GcpObserved,
) -> Vec<Step> {
    let step = |(resource, wanted): (Resource, Vec<(String, String)>)| {
        let policy = observed.policies.get(&resource).unwrap_or(&Value::Null);
        let missing = wanted.into_iter().filter(|(role, member)| !gives(policy, role, member));
        let changes: Vec<GcpChange> =
            missing.map(|(role, member)| GcpChange::Bind { on: resource.clone(), role, member }).collect();
        let verb = if changes.is_empty() { Verb::Keep } else { Verb::Change };
        let step = Step::new(Kind::Policy, resource.to_string(), verb, changes);
        if resource == Resource::Project && verb == Verb::Change {
            step.noted("These roles hold for EVERY bucket of the project, those of other programs too.")
        } else {
            step
        }
    };
    wanted_bindings(gcp, wants).into_iter().map(step).collect()
}

/// The step for a service account's key: its secret is shown only once, so a key is of use only while we hold it.
fn key_step(gcp: &GcpCloud, want: &PrincipalWant, observed: &GcpObserved) -> Step {
    let email = gcp.email(&want.name);
    let hmac = matches!(want.kind, PrincipalKind::Google(GoogleAccount::Hmac));
    let keys = observed.accounts.get(&want.name).map_or(&[][..], |account| account.keys.as_slice());
    let nothing = HeldKeys::default();
    let held = observed.at_hand.held.get(&want.name).unwrap_or(&nothing);
    if let Some(used) = held.usable(active(keys)) {
        let kept = Step::new(Kind::ServiceAccountKey, email, Verb::Keep, Vec::new());
        return match fallen_back(held, used, keys) {
            Some(note) => kept.noted(note),
            None => kept,
        };
    }
    if keys.is_empty() || observed.at_hand.second_key {
        return Step::new(Kind::ServiceAccountKey, email, Verb::Create, vec![(GcpChange::CreateKey { hmac })]);
    }
    if let Some(off) = held.inactive(active(keys)) {
        return Step::refused(Kind::ServiceAccountKey, email.clone(), switched_off(&email, off, hmac));
    }
    let intent = observed.at_hand.intents.get(&want.name);
    let interrupted = keys.iter().any(|key| intent.is_some_and(|intent| intent.is_fresh(&key.id)));
    let ids = keys.iter().map(|key| masked(&key.id)).collect::<Vec<_>>().join(", ");
    let why = if interrupted {
        "Google shows a secret only once. An interrupted run seems to have made one of these; Google does not say whether a key was ever used, so nothing is removed by itself.".to_owned()
    } else {
        format!("Google shows a secret only once. {KEPT}")
    };
    let what = format!("the service account `{email}` has the key {ids}, and its secret is not in this folder");
    Step::refused(
        Kind::ServiceAccountKey,
        email,
        Error::new(Code::GCP_ORPHAN_KEY, what)
            .why(why)
            .fix(format!("Name the folder that holds it: `--keys DIR`. {LOST}")),
    )
}

/// A key that is kept here and switched off: only whoever did that knows whether it may work again.
fn switched_off(email: &str, id: &str, hmac: bool) -> Error {
    let line = if hmac {
        format!("gcloud storage hmac update {} --activate", word(id))
    } else {
        format!("gcloud iam service-accounts keys enable {} --iam-account {email}", word(id))
    };
    Error::new(Code::INACTIVE_KEY, format!("the key {} of the service account `{email}` is inactive", masked(id)))
        .why("Its secret is kept in this folder, and somebody switched the key off.")
        .fix(format!("Switch it on, and run the same command again: `{line}`. To leave it inactive, run `bucketwright apply --second-key`: it makes a second key beside it."))
}
