//! The proof in words: who may do what where, and what failed.

use std::collections::BTreeMap;

use super::Screen;
use super::layout::{folded, hanging};
use crate::model::{Proof, Trial};

/// What a principal tried, each action once, with what is said of it.
#[derive(PartialEq, Eq)]
struct Tried<'a> {
    principal: &'a str,
    passed: bool,
    actions: Vec<&'a str>,
    notes: Vec<(&'a str, &'a str)>,
}

impl<'a> Tried<'a> {
    fn of(principal: &'a str, trials: &[&'a Trial]) -> Self {
        let (mut actions, mut notes): (Vec<&str>, Vec<(&str, &str)>) = (Vec::new(), Vec::new());
        for trial in trials {
            let action = trial.action.as_str().trim_start_matches("s3:");
            if !actions.contains(&action) {
                actions.push(action);
            }
            let words = trial.note.as_deref().or((!trial.passed).then_some("failed"));
            let note = words.map(|words| (trial.action.as_str(), words));
            notes.extend(note.filter(|note| !notes.contains(note)));
        }
        Self { principal, passed: trials.iter().all(|trial| trial.passed), actions, notes }
    }

    /// What it could do in these buckets; in sum where all went well.
    fn text(&self, buckets: &[&str], screen: Screen) -> String {
        let style = screen.style();
        let mark = if self.passed { style.green().apply_to("✓") } else { style.red().bold().apply_to("✗ FAILED") };
        let summed_up = self.passed && !screen.detailed() && self.actions.len() > 1;
        let actions = if summed_up { format!("{} actions", self.actions.len()) } else { self.actions.join(", ") };
        let place = match buckets {
            [""] => String::new(),
            [bucket] => format!(" in {bucket}"),
            all => format!(" in each of {} buckets: {}", all.len(), folded(all)),
        };
        let what = if summed_up || buckets.len() > 1 {
            format!("{}: {actions}{place}", self.principal)
        } else {
            format!("{}{place}: {actions}", self.principal)
        };
        let line = |beginning: &str, what: &str| format!("{}\n", hanging(beginning, what, screen.width()));
        let beginning = format!("  {mark} ");
        match (self.passed, self.actions.as_slice(), self.notes.as_slice()) {
            (true, [_], [(_, note)]) => line(&beginning, &format!("{what}: {note}")),
            (_, _, notes) => notes.iter().fold(line(&beginning, &what), |text, (action, note)| {
                text + &line("      ", &format!("{action}: {note}"))
            }),
        }
    }
}

/// The proof as a person reads it: a line for all buckets in which a principal could do the same, failures with their reason. In detail
/// a line for each bucket, with its actions.
pub fn proof_text(proof: &Proof, screen: &Screen) -> String {
    let mut rows: BTreeMap<(&str, &str), Vec<&Trial>> = BTreeMap::new();
    for trial in &proof.trials {
        rows.entry((&trial.principal, &trial.bucket)).or_default().push(trial);
    }
    let mut groups: Vec<(Tried<'_>, Vec<&str>)> = Vec::new();
    for ((principal, bucket), trials) in rows {
        let tried = Tried::of(principal, &trials);
        let alike = groups.iter_mut().find(|(there, _)| *there == tried && tried.passed && !screen.detailed());
        match alike {
            Some((_, buckets)) => buckets.push(bucket),
            None => groups.push((tried, vec![bucket])),
        }
    }
    let mut out = String::from("Proof\n");
    // What failed comes last, where it is seen.
    groups.sort_by_key(|(tried, _)| !tried.passed);
    groups.iter().for_each(|(tried, buckets)| out.push_str(&tried.text(buckets, *screen)));
    for untried in &proof.untried {
        let mark = screen.style().yellow().apply_to("untried");
        out.push_str(&format!("{}\n", hanging(&format!("  {mark} "), untried, screen.width())));
    }
    out
}
