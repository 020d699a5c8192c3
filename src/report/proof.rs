//! The proof in words: who may do what where, and what failed.

use std::collections::{BTreeMap, BTreeSet};

use super::Screen;
use super::layout::{folded, hanging};
use crate::model::{Proof, Trial};

/// The proof as a person reads it: a line for all buckets in which a principal could do the same, failures with their reason. In detail
/// a line for each bucket, with its actions.
pub fn proof_text(proof: &Proof, screen: &Screen) -> String {
    let mut rows: BTreeMap<(&str, &str), Vec<&Trial>> = BTreeMap::new();
    for trial in &proof.trials {
        rows.entry((&trial.principal, &trial.bucket)).or_default().push(trial);
    }
    // What went well, by who and what; the rest stands alone.
    let mut alike: BTreeMap<(&str, Vec<&str>), Vec<&str>> = BTreeMap::new();
    let mut out = String::from("Proof\n");
    let mut alone = String::new();
    for ((principal, bucket), trials) in rows {
        let plain = trials.iter().all(|trial| trial.passed && trial.note.is_none());
        if plain && !screen.detailed() {
            alike.entry((principal, actions(&trials))).or_default().push(bucket);
        } else {
            alone.push_str(&row(principal, bucket, &trials, *screen));
        }
    }
    let ok = screen.style().green().apply_to("✓");
    for ((principal, actions), buckets) in alike {
        let many = |count: usize| if count == 1 { String::new() } else { format!("each of {count} ") };
        let what = match (actions.len(), buckets.as_slice()) {
            (1, _) => actions[0].to_owned(),
            (count, _) => format!("{count} actions"),
        };
        let place = match buckets.as_slice() {
            [""] => String::new(),
            [bucket] => format!(" in {bucket}"),
            all => format!(" in {}buckets: {}", many(all.len()), folded(all)),
        };
        out.push_str(&format!(
            "{}\n",
            hanging(&format!("  {ok} "), &format!("{principal}: {what}{place}"), screen.width())
        ));
    }
    out.push_str(&alone);
    for untried in &proof.untried {
        let mark = screen.style().yellow().apply_to("untried");
        out.push_str(&format!("{}\n", hanging(&format!("  {mark} "), untried, screen.width())));
    }
    out
}

/// What was tried, each once.
fn actions<'a>(trials: &[&'a Trial]) -> Vec<&'a str> {
    let all: BTreeSet<&str> = trials.iter().map(|trial| trial.action.as_str().trim_start_matches("s3:")).collect();
    all.into_iter().collect()
}

/// One principal in one bucket.
fn row(principal: &str, bucket: &str, trials: &[&Trial], screen: Screen) -> String {
    let mark = if trials.iter().all(|trial| trial.passed) {
        screen.style().green().apply_to("✓")
    } else {
        screen.style().red().bold().apply_to("✗ FAILED")
    };
    let place = if bucket.is_empty() { String::new() } else { format!(" in {bucket}") };
    let actions: Vec<&str> = trials.iter().map(|trial| trial.action.as_str().trim_start_matches("s3:")).collect();
    let what = format!("{principal}{place}: {}", actions.join(", "));
    let line = |what: &str| format!("{}\n", hanging(&format!("  {mark} "), what, screen.width()));
    if let [Trial { passed: true, note: Some(note), .. }] = trials {
        return line(&format!("{what}: {note}"));
    }
    let mut out = line(&what);
    for trial in trials.iter().filter(|trial| !trial.passed || trial.note.is_some()) {
        let words = format!("{}: {}", trial.action, trial.note.as_deref().unwrap_or("failed"));
        out.push_str(&format!("{}\n", hanging("      ", &words, screen.width())));
    }
    out
}
