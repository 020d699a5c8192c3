//! A teardown in words and as JSON.

use serde_json::{Value, json};

use super::Screen;
use crate::base::error::one_line;
use crate::clouds::aws::teardown::{Fate, Found, Teardown};
use crate::model::Change as _;
use crate::spec::Spec;

/// A teardown as a person reads it.
pub fn teardown_text(spec: &Spec, found: &Found, teardown: &Teardown, screen: &Screen) -> String {
    let mut out = format!("Teardown of {} in account {}\n", spec.name, found.account);
    for step in &teardown.steps {
        let style = match step.fate {
            Fate::Delete => screen.style().red(),
            Fate::Release => screen.style().yellow(),
            Fate::Keep => screen.style().dim(),
        };
        let fate = style.apply_to(format!("{:<7}", step.fate.as_str()));
        out.push_str(&format!("  {fate} {:<13} {}\n", step.kind, one_line(&step.name)));
        step.removals.iter().for_each(|removal| out.push_str(&format!("          {}\n", one_line(&removal.words()))));
        step.note.iter().for_each(|note| out.push_str(&format!("          {}\n", one_line(note))));
    }
    for sentence in &found.unread {
        out.push_str(&format!("  {} {}\n", screen.style().yellow().apply_to("note"), one_line(sentence)));
    }
    let counts: Vec<String> = [Fate::Delete, Fate::Release, Fate::Keep]
        .into_iter()
        .filter(|fate| teardown.count(*fate) > 0)
        .map(|fate| format!("{} to {}", teardown.count(fate), fate.as_str()))
        .collect();
    let none = || format!("Nothing carries the tag bucketwright:spec={}", spec.name);
    out.push_str(&format!("{}.\n", if counts.is_empty() { none() } else { counts.join(", ") }));
    out
}

/// A teardown as a program reads it; `docs/day-two.md` documents it.
pub fn teardown_json(spec: &Spec, found: &Found, teardown: &Teardown) -> Value {
    json!({
        "version": 1,
        "spec": spec.name,
        "account": found.account,
        "changes": teardown.changes_anything(),
        "steps": teardown.steps,
        "unread": found.unread,
    })
}
