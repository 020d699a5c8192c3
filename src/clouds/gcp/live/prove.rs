//! The proof: keys by using them as the chart will, service accounts without a key by reading their bindings back.

use futures_util::future::join_all;

use super::api::{GoogleApi, GoogleObjects};
use super::key::PATIENCE;
use crate::base::names::BucketName;
use crate::base::secret::AccessKey;
use crate::clouds::call::{Answer, CallError, Failure};
use crate::clouds::gcp::plan::wanted_bindings;
use crate::clouds::gcp::policy::gives;
use crate::clouds::patience::poll;
use crate::clouds::trial::ProofOptions;
use crate::model::{Blueprint, Facts, GoogleAccount, PrincipalKind, PrincipalWant, Proof, Trial};
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
    let proofs = join_all(blueprint.principals.iter().map(|want| async move {
        let hmac = match &want.kind {
            PrincipalKind::Google(GoogleAccount::Workload(_)) => return bindings(api, gcp, want).await,
            PrincipalKind::Google(GoogleAccount::Hmac) => true,
            PrincipalKind::Brought(key) => key.file().is_none(),
            _ => false,
        };
        match facts.keys.get(&want.name) {
            _ if hmac => untried(want, "an HMAC key speaks S3, which is not tried out against Google"),
            None => untried(want, "its key is not available"),
            Some(key) => by_key(api, gcp, blueprint, want, key, options).await,
        }
    }))
    .await;
    proofs.into_iter().fold(Proof::default(), |mut all, one| {
        all.trials.extend(one.trials);
        all.untried.extend(one.untried);
        all
    })
}

fn untried(want: &PrincipalWant, why: &str) -> Proof {
    Proof { untried: vec![format!("{}: {why}", want.name)], ..Proof::default() }
}

/// Reads the policies: nothing here can take the place of the pods.
async fn bindings(api: &impl GoogleApi, gcp: &GcpCloud, want: &PrincipalWant) -> Proof {
    let mut proof = Proof::default();
    for (resource, wanted) in wanted_bindings(gcp, std::iter::once(want)) {
        let policy = api.policy(&resource).await;
        for (role, member) in wanted {
            let answer = match &policy {
                Ok(policy) if gives(policy, &role, &member) => Ok(()),
                Ok(_) => Err("the binding is not there".to_owned()),
                Err(error) => Err(reason(error)),
            };
            proof.trials.push(Trial {
                install: want.install.to_string(),
                components: want.components.clone(),
                principal: want.name.to_string(),
                bucket: resource.to_string(),
                action: role,
                passed: answer.is_ok(),
                note: Some(answer.err().unwrap_or_else(|| "read back; only its pods can use it".to_owned())),
                finding: None,
            });
        }
    }
    proof
}

/// Uses a key in each of its buckets, and where it must not reach.
async fn by_key<A: GoogleApi>(
    api: &A,
    gcp: &GcpCloud,
    blueprint: &Blueprint,
    want: &PrincipalWant,
    key: &AccessKey,
    options: ProofOptions<'_>,
) -> Proof {
    let objects = match api.with_key(key) {
        Ok(objects) => objects,
        Err(error) => return Proof { trials: vec![trial(want, "-", "sign in", &Err(error))], ..Proof::default() },
    };
    let mut proof = Proof::default();
    for grant in want.grants.iter().take_while(|_| !(options.stopped)()) {
        let writes = grant.access == Access::ReadWrite;
        proof.trials.extend(in_bucket(&objects, want, &grant.bucket, writes, options).await);
    }
    if (options.stopped)() {
        return proof;
    }
    let everywhere = want.google_roles.iter().any(|(on, _)| *on == RoleOn::Project);
    if everywhere {
        proof.trials.extend(own_bucket(&objects, gcp, want, options).await);
    } else {
        let ours = matches!(want.kind, PrincipalKind::User) && blueprint.spec.adopt.is_empty();
        proof.trials.push(refused(want, "(all buckets)", "list all", objects.list_buckets().await, ours));
        let stranger =
            blueprint.buckets.iter().find(|bucket| !want.grants.iter().any(|grant| grant.bucket == bucket.name));
        if let Some(bucket) = stranger {
            let listed = objects.list(&bucket.name, "").await;
            proof.trials.push(refused(want, bucket.name.as_str(), "list", listed, ours));
        }
    }
    proof
}

/// A new key and a new binding are tried until Google knows them.
async fn patiently<T, F: Future<Output = Answer<T>>>(call: impl Fn() -> F, options: ProofOptions<'_>) -> Answer<T> {
    let passing =
        |error: &CallError| matches!(error.kind, Failure::Denied | Failure::NotFound | Failure::BadCredentials);
    poll(PATIENCE, passing, call, || (options.waiting)("the key and its roles to take effect")).await
}

async fn in_bucket(
    objects: &impl GoogleObjects,
    want: &PrincipalWant,
    bucket: &BucketName,
    writes: bool,
    options: ProofOptions<'_>,
) -> Vec<Trial> {
    let name = bucket.as_str();
    if !writes {
        let listed = patiently(|| objects.list(bucket, "bucketwright-proof/"), options).await;
        return vec![trial(want, name, "list", &listed)];
    }
    let object = format!("bucketwright-proof/{}", want.name);
    let body = "Written by bucketwright to prove that this bucket can be used. It may be deleted.";
    let put = patiently(|| objects.put(bucket, &object, body), options).await;
    let mut trials = vec![trial(want, name, "put", &put)];
    let got =
        objects.get(bucket, &object).await.and_then(|text| if text == body { Ok(()) } else { Err(mismatch(bucket)) });
    trials.push(trial(want, name, "get", &got));
    trials.push(trial(want, name, "list", &objects.list(bucket, &object).await));
    trials.push(trial(want, name, "delete", &objects.delete(bucket, &object).await));
    trials
}

/// Where buckets are made at run time, the proof makes one, uses it and removes it.
async fn own_bucket(
    objects: &impl GoogleObjects,
    gcp: &GcpCloud,
    want: &PrincipalWant,
    options: ProofOptions<'_>,
) -> Vec<Trial> {
    let Ok(bucket) = BucketName::parse_of_google(&format!("{}-proof-{}", gcp.project, want.name)) else {
        return Vec::new();
    };
    let name = bucket.as_str();
    let made = patiently(|| objects.create_bucket(&bucket, gcp.location.as_str()), options).await;
    let mut trials = vec![trial(want, name, "make bucket", &made)];
    if made.is_ok() {
        trials.extend(in_bucket(objects, want, &bucket, true, options).await);
        trials.push(trial(want, name, "remove bucket", &objects.delete_bucket(&bucket).await));
    }
    trials
}

fn trial(want: &PrincipalWant, bucket: &str, action: &str, answer: &Answer<()>) -> Trial {
    let note = answer.as_ref().err().map(reason);
    Trial {
        install: want.install.to_string(),
        components: want.components.clone(),
        principal: want.name.to_string(),
        bucket: bucket.to_owned(),
        action: action.to_owned(),
        passed: answer.is_ok(),
        note,
        finding: None,
    }
}

/// A trial that passes when Google refuses. What was adopted or brought may have rights of its own.
fn refused(want: &PrincipalWant, bucket: &str, action: &str, answer: Answer<()>, ours: bool) -> Trial {
    let (passed, note) = match answer {
        Err(error) if error.kind == Failure::Denied => (true, "refused, as it should be".to_owned()),
        Err(error) => (false, reason(&error)),
        Ok(()) if !ours => (true, "allowed by rights that it has from elsewhere".to_owned()),
        Ok(()) => (false, "allowed, though its bindings do not say so: it can do too much".to_owned()),
    };
    let (principal, bucket, action) = (want.name.to_string(), bucket.to_owned(), action.to_owned());
    let (install, components) = (want.install.to_string(), want.components.clone());
    Trial { install, principal, components, bucket, action, passed, note: Some(note), finding: None }
}

fn reason(error: &CallError) -> String {
    if error.code.is_empty() { error.to_string() } else { format!("{}: {}", error.call, error.code) }
}

fn mismatch(bucket: &BucketName) -> CallError {
    CallError {
        call: "storage.objects.get",
        resource: bucket.to_string(),
        kind: Failure::Other,
        code: "ContentMismatch".to_owned(),
        message: "what was read is not what was written".to_owned(),
        request_id: None,
    }
}
