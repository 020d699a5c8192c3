//! A teardown in words and as JSON.

use serde_json::{Value, json};

use super::Screen;
use crate::base::error::one_line;
use crate::clouds::known;
use crate::model::{Change, Fate, Remains, Teardown};
use crate::spec::Spec;

/// A teardown as a person reads it.
pub fn teardown_text<R: Change>(spec: &Spec, found: &Remains, teardown: &Teardown<R>, screen: &Screen) -> String {
    let place = known(&spec.cloud).place(found.account.as_ref());
    let mut out = format!("Teardown of {} {place}\n", spec.name);
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
pub fn teardown_json<R: Change>(spec: &Spec, found: &Remains, teardown: &Teardown<R>) -> Value {
    json!({
        "version": 1,
        "spec": spec.name,
        "account": found.account,
        "changes": teardown.changes_anything(),
        "steps": teardown.steps,
        "unread": found.unread,
    })
}
