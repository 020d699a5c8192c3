//! The proof as a matrix: bucket by action.

use std::collections::BTreeMap;

use super::Screen;
use crate::model::{Proof, Trial};

/// The proof as a person reads it: a line for each principal and bucket, failures with their reason.
pub fn proof_text(proof: &Proof, screen: &Screen) -> String {
    let mut rows: BTreeMap<(&str, &str), Vec<&Trial>> = BTreeMap::new();
    for trial in &proof.trials {
        rows.entry((&trial.principal, &trial.bucket)).or_default().push(trial);
    }
    let mut out = String::from("Proof\n");
    for ((principal, bucket), trials) in rows {
        let passed = trials.iter().all(|trial| trial.passed);
        let mark = if passed {
            screen.style().green().apply_to("ok    ")
        } else {
            screen.style().red().bold().apply_to("FAILED")
        };
        let actions: Vec<&str> = trials.iter().map(|trial| trial.action.as_str().trim_start_matches("s3:")).collect();
        out.push_str(&format!("  {mark} {principal} in {bucket}: {}\n", actions.join(", ")));
        for trial in trials.iter().filter(|trial| !trial.passed || trial.note.is_some()) {
            out.push_str(&format!("         {}: {}\n", trial.action, trial.note.as_deref().unwrap_or("failed")));
        }
    }
    for untried in &proof.untried {
        out.push_str(&format!("  {} {untried}\n", screen.style().yellow().apply_to("untried")));
    }
    out
}
