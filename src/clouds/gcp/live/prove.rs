//! The proof: keys by using them as the chart will, service accounts without a key by reading their bindings back.

use super::api::{GoogleApi, GoogleObjects};
use super::key::PATIENCE;
use super::observe::observe;
use crate::base::error::Code;
use crate::base::names::BucketName;
use crate::base::secret::AccessKey;
use crate::clouds::gcp::plan::{standing, wanted_bindings};
use crate::clouds::gcp::policy::gives;
use crate::clouds::trial::outcome::{reason, trial};
use crate::clouds::trial::{NO_KEY, ProofOptions, in_buckets, patiently, prove_each, prove_with, untried};
use crate::model::proof::{Probe, ProbeBucket, TrialAction, judged};
use crate::model::{AtHand, Blueprint, Facts, GoogleAccount, PrincipalKind, PrincipalWant, Proof, Trial};
use crate::profile::{Access, RoleOn};
use crate::spec::GcpCloud;

/// Proves every principal.
pub(super) async fn prove<A: GoogleApi>(
    api: &A,
    gcp: &GcpCloud,
    blueprint: &Blueprint,
    facts: &Facts,
    options: ProofOptions<'_>,
) -> Proof {
    let options = ProofOptions { patience: PATIENCE, ..options };
    let mut all = prove_each(blueprint, async |want| {
        let probe = Probe::of(blueprint, want);
        let hmac = match &want.kind {
            PrincipalKind::Google(GoogleAccount::Workload(_)) => return bindings(api, gcp, want, &probe).await,
            PrincipalKind::Google(GoogleAccount::Hmac) => true,
            PrincipalKind::Brought(key) => key.file().is_none(),
            _ => false,
        };
        match facts.keys.get(&want.name) {
            _ if hmac => untried(want, "an HMAC key speaks S3, which is not tried out against Google"),
            None => untried(want, NO_KEY),
            Some(key) => with_key(api, gcp, (want, probe), key, options).await,
        }
    })
    .await;
    if options.whole && !(options.stopped)() {
        all.extend([others(api, gcp, blueprint).await]);
    }
    all
}

/// What others gained in the project, by the same reads and the same judge as `plan`.
async fn others(api: &impl GoogleApi, gcp: &GcpCloud, blueprint: &Blueprint) -> Proof {
    match observe(api, gcp, blueprint, AtHand::default()).await {
        Ok(observed) => judged(blueprint, &standing(blueprint, gcp, &observed)),
        Err(error) => {
            const WHAT: &str = "who else may become the service accounts or reach the buckets is not judged";
            let words = format!("{WHAT}: {}", error.what());
            if error.code() == &Code::GCP_NO_CREDENTIALS {
                return Proof { unjudged: vec![words], ..Proof::default() };
            }
            Proof { untried: vec![words], ..Proof::default() }
        }
    }
}

/// Reads the policies: nothing here can take the place of the pods.
async fn bindings(api: &impl GoogleApi, gcp: &GcpCloud, want: &PrincipalWant, probe: &Probe) -> Proof {
    let mut proof = Proof::default();
    for (resource, wanted) in wanted_bindings(gcp, std::iter::once(want)) {
        let policy = api.policy(&resource).await;
        for (role, member) in wanted {
            let answer = match &policy {
                Ok(policy) if gives(policy, &role, &member) => Ok(()),
                Ok(_) => Err("the binding is not there".to_owned()),
                Err(error) => Err(reason(error)),
            };
            let passed = answer.is_ok();
            let note = answer.err().unwrap_or_else(|| "read back; only its pods can use it".to_owned());
            let read = probe.trial(&resource.to_string(), role, passed, Some(note));
            proof.trials.push(Trial { components: want.components.clone(), ..read });
        }
    }
    proof
}

/// Uses a key in each of its buckets, and where it must not reach.
async fn with_key<A: GoogleApi>(
    api: &A,
    gcp: &GcpCloud,
    (want, probe): (&PrincipalWant, Probe),
    key: &AccessKey,
    options: ProofOptions<'_>,
) -> Proof {
    let objects = match api.with_key(key) {
        Ok(objects) => objects,
        Err(error) => {
            return Proof { trials: vec![trial(&probe, "-", TrialAction::SignIn, &Err(error))], ..Proof::default() };
        }
    };
    if !want.google_roles.iter().any(|(on, _)| *on == RoleOn::Project) {
        return prove_with(&objects, &probe, options).await;
    }
    // A role on the project reaches every bucket, so nothing has to be refused.
    let probe = Probe { ours: false, outside: None, ..probe };
    let mut trials = in_buckets(&objects, &probe, options).await;
    if !(options.stopped)() {
        trials.extend(own_bucket(&objects, gcp, (want, probe), options).await);
    }
    Proof { trials, ..Proof::default() }
}

/// Where buckets are made at run time, the proof makes one, uses it and removes it.
async fn own_bucket(
    objects: &impl GoogleObjects,
    gcp: &GcpCloud,
    (want, probe): (&PrincipalWant, Probe),
    options: ProofOptions<'_>,
) -> Vec<Trial> {
    let Ok(name) = BucketName::parse_of_google(&format!("{}-proof-{}", gcp.project, want.name)) else {
        return Vec::new();
    };
    let components = want.components.clone();
    let own = ProbeBucket { name: name.clone(), access: Access::ReadWrite, components, preflights: Vec::new() };
    let probe = Probe { buckets: vec![own], ..probe };
    let made = patiently(options, || objects.create_bucket(&name, gcp.location.as_str())).await;
    let mut trials = vec![trial(&probe, name.as_str(), TrialAction::MakeBucket, &made)];
    if made.is_ok() {
        trials.extend(in_buckets(objects, &probe, options).await);
        let mut removed = trial(&probe, name.as_str(), TrialAction::RemoveBucket, &objects.delete_bucket(&name).await);
        removed.note = removed.note.map(|note| format!("{note}; the bucket is left"));
        trials.push(removed);
    }
    trials
}
