//! What the chart will do in its buckets.

use futures_util::future::join_all;

use super::outcome::{mismatch, reason, refused, same, trial};
use super::{Objects, ProofOptions, patiently};
use crate::clouds::call::Failure;
use crate::model::Trial;
use crate::model::proof::{BODY, PREFIX, Probe, ProbeBucket, TrialAction};
use crate::profile::Access;

/// What the chart will do in each bucket of a probe, in all of them at once.
pub(crate) async fn in_buckets(objects: &impl Objects, probe: &Probe, options: ProofOptions<'_>) -> Vec<Trial> {
    let trials = probe.buckets.iter().map(async |bucket| match bucket.access {
        _ if (options.stopped)() => Vec::new(),
        Access::Read => read_only(objects, probe, bucket, options).await,
        Access::ReadWrite => read_write(objects, probe, bucket, options).await,
    });
    join_all(trials).await.into_iter().flatten().collect()
}

/// Writes, uses and removes an object. What is written is removed whatever happens, unless the program is killed; then
/// the next run does, because the object's name is the same.
async fn read_write(
    objects: &impl Objects,
    probe: &Probe,
    bucket: &ProbeBucket,
    options: ProofOptions<'_>,
) -> Vec<Trial> {
    let key = probe.object();
    let put = patiently(options, || objects.put(&bucket.name, &key, BODY)).await;
    let mut trials = vec![trial(probe, bucket.name.as_str(), TrialAction::Put, &put)];
    if !(options.stopped)() {
        trials.extend(with_object(objects, probe, bucket, put.is_ok(), options).await);
    }
    trials.push(removed(objects, probe, bucket, put.is_ok()).await);
    trials
}

/// Uses the object that was written, until it is to stop.
async fn with_object(
    objects: &impl Objects,
    probe: &Probe,
    bucket: &ProbeBucket,
    written: bool,
    options: ProofOptions<'_>,
) -> Vec<Trial> {
    let (name, place, key) = (&bucket.name, bucket.name.as_str(), probe.object());
    let mut trials = vec![trial(probe, place, TrialAction::Get, &same(name, objects.get(name, &key).await))];
    if (options.stopped)() {
        return trials;
    }
    let listed = objects.list(name, &key).await;
    let listed =
        listed.and_then(|keys| if written && !keys.contains(&key) { Err(mismatch("list", name)) } else { Ok(()) });
    trials.push(trial(probe, place, TrialAction::List, &listed));
    if (options.stopped)() {
        return trials;
    }
    trials.extend(in_parts(objects, probe, bucket).await);
    if options.whole && !(options.stopped)() {
        trials.extend(by_browsers(objects, probe, bucket, options).await);
    }
    if written && !(options.stopped)() {
        trials.extend(older(objects, probe, bucket).await);
    }
    trials
}

/// An upload in parts, begun and aborted, where the cloud has such.
async fn in_parts(objects: &impl Objects, probe: &Probe, bucket: &ProbeBucket) -> Vec<Trial> {
    let (name, place, key) = (&bucket.name, bucket.name.as_str(), probe.object());
    match objects.begin_multipart(name, &key).await {
        Ok(None) => Vec::new(),
        Ok(Some(upload)) => {
            let aborted = objects.abort_multipart(name, &key, &upload).await;
            vec![
                trial(probe, place, TrialAction::Multipart, &Ok(())),
                trial(probe, place, TrialAction::Abort, &aborted),
            ]
        }
        Err(error) => vec![trial(probe, place, TrialAction::Multipart, &Err(error))],
    }
}

/// What browsers do: follow a link without credentials, and ask before a page reaches the bucket.
async fn by_browsers(
    objects: &impl Objects,
    probe: &Probe,
    bucket: &ProbeBucket,
    options: ProofOptions<'_>,
) -> Vec<Trial> {
    let (name, place, key) = (&bucket.name, bucket.name.as_str(), probe.object());
    let linked = objects.get_presigned(name, &key).await.transpose();
    let mut trials: Vec<Trial> =
        linked.map(|got| trial(probe, place, TrialAction::PresignedGet, &same(name, got))).into_iter().collect();
    for question in &bucket.preflights {
        if (options.stopped)() {
            break;
        }
        // A browser asks before anything is there, so no object is needed.
        let (action, nothing) = (format!("preflight {}", question.method), format!("{PREFIX}preflight"));
        let answer = objects.preflight(name, &nothing, question).await.transpose();
        trials.extend(answer.map(|answer| trial(probe, place, action, &answer)));
    }
    trials
}

/// What the chart will do in a bucket that it may only read. That an object which is not there is missing, and not
/// refused, shows the right to get. Source: Amazon S3 API, GetObject, "Permissions"; Cloud Storage answers likewise.
async fn read_only(
    objects: &impl Objects,
    probe: &Probe,
    bucket: &ProbeBucket,
    options: ProofOptions<'_>,
) -> Vec<Trial> {
    let (name, place, key) = (&bucket.name, bucket.name.as_str(), probe.object());
    let listed = patiently(options, || objects.list(name, PREFIX)).await.map(drop);
    let mut trials = vec![trial(probe, place, TrialAction::List, &listed)];
    if (options.stopped)() {
        return trials;
    }
    trials.extend(older(objects, probe, bucket).await);
    if !options.whole || (options.stopped)() {
        return trials;
    }
    let got = match objects.get(name, &key).await {
        Err(error) if error.kind == Failure::NotFound => Ok(()),
        other => other.map(drop),
    };
    trials.push(trial(probe, place, TrialAction::Get, &got));
    if (options.stopped)() {
        return trials;
    }
    let put = objects.put(name, &key, BODY).await;
    let written = put.is_ok();
    trials.push(refused(probe, place, TrialAction::Put, put));
    if written {
        trials.push(removed(objects, probe, bucket, true).await);
    }
    trials
}

/// Removes what the proof wrote, and names it where that fails.
async fn removed(objects: &impl Objects, probe: &Probe, bucket: &ProbeBucket, written: bool) -> Trial {
    let key = probe.object();
    let mut deleted =
        trial(probe, bucket.name.as_str(), TrialAction::Delete, &objects.delete(&bucket.name, &key).await);
    if written {
        deleted.note = deleted.note.map(|note| format!("{note}; {key} is left in the bucket"));
    }
    deleted
}

/// Reads the first byte of an object that was there before: it may be encrypted with a key to which the rights are gone. Nothing is
/// tried where there is none, or where the call fails for another reason than a missing right: that the key works the other
/// trials show.
async fn older(objects: &impl Objects, probe: &Probe, bucket: &ProbeBucket) -> Option<Trial> {
    let key = objects.older(&bucket.name).await.ok()??;
    let (passed, note) = match objects.read_one(&bucket.name, &key).await {
        Ok(()) => (true, None),
        Err(error) if error.kind == Failure::Denied => (false, Some(lost(&reason(&error)))),
        Err(_) => return None,
    };
    Some(probe.trial(bucket.name.as_str(), TrialAction::GetOlder, passed, note))
}

fn lost(why: &str) -> String {
    format!("{why}; it was written before, perhaps with a key that `encryption.formerKeys` should name")
}
