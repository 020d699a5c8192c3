//! From an answer to a trial: whether it passed, and the note about it.

use crate::base::names::BucketName;
use crate::clouds::call::{Answer, CallError, Failure};
use crate::model::Trial;
use crate::model::proof::{BODY, Probe, TrialAction};

/// A trial that passes when the call works.
pub(crate) fn trial(probe: &Probe, place: &str, action: impl Into<TrialAction>, answer: &Answer<()>) -> Trial {
    probe.trial(place, action, answer.is_ok(), answer.as_ref().err().map(reason))
}

/// A trial that passes when the call is refused.
pub(crate) fn refused(probe: &Probe, place: &str, action: impl Into<TrialAction>, answer: Answer<()>) -> Trial {
    match answer {
        Err(error) if error.kind == Failure::Denied => beyond(probe, place, action, true),
        Err(error) => probe.trial(place, action, false, Some(reason(&error))),
        Ok(()) => beyond(probe, place, action, false),
    }
}

/// Whether what must be refused was.
///
/// A principal that was adopted, or a key that was brought, may have rights of its own: that is worth a word, and no failure.
pub(crate) fn beyond(probe: &Probe, place: &str, action: impl Into<TrialAction>, denied: bool) -> Trial {
    let (passed, note) = match (denied, probe.ours) {
        (true, _) => (true, "refused, as it should be"),
        (false, false) => (true, "allowed by rights that it has from elsewhere"),
        (false, true) => (false, "allowed, though its policy does not say so: it can do too much"),
    };
    probe.trial(place, action, passed, Some(note.to_owned()))
}

/// Why a call failed: the service's code, and which kind of policy refused, where AWS tells.
pub(crate) fn reason(error: &CallError) -> String {
    if error.code.is_empty() {
        return error.to_string();
    }
    let because = error.message.split_once(" because ").map(|(_, why)| why.trim_end_matches('.'));
    let because = because.or_else(|| Some(error.message.split_once(" with an ")?.1.trim_end_matches('.')));
    let words = because.map(|why| format!(" ({why})")).unwrap_or_default();
    format!("{}: {}{words}", error.call, error.code)
}

/// What was read must be what was written.
pub(super) fn same(bucket: &BucketName, answer: Answer<String>) -> Answer<()> {
    if answer? == BODY { Ok(()) } else { Err(mismatch("get", bucket)) }
}

/// A call that worked, and gave something else than what was written.
pub(super) fn mismatch(call: &'static str, bucket: &BucketName) -> CallError {
    CallError {
        call,
        resource: bucket.to_string(),
        kind: Failure::Other,
        code: "ContentMismatch".to_owned(),
        message: "what was found is not what was written".to_owned(),
        request_id: None,
    }
}
