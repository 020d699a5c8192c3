//! What needs a warning about the installs: one text and one list for all commands.

use serde_json::{Value, json};

use super::Screen;
use crate::model::{Blueprint, InstallBlueprint, Warning};

/// The warnings as a person reads them: what is to be known and what to do; in detail, why.
pub fn warnings_text(blueprint: &Blueprint, screen: &Screen) -> Vec<String> {
    let of = |(install, warning): (&InstallBlueprint, &Warning)| {
        let mark = screen.style().yellow().apply_to("note");
        // Without something to do, the reason is what helps.
        let why = Some(&warning.why).filter(|_| screen.detailed() || warning.fix.is_none());
        let first = format!("  {mark} {} {}: {}\n", warning.code, install.id, warning.what);
        why.into_iter().chain(&warning.fix).fold(first, |text, line| text + "       " + line + "\n")
    };
    all(blueprint).map(of).collect()
}

fn all(blueprint: &Blueprint) -> impl Iterator<Item = (&InstallBlueprint, &Warning)> {
    blueprint.installs.iter().flat_map(|install| install.warnings.iter().map(move |warning| (install, warning)))
}

/// The warnings as a program reads them; `docs/json.md` documents them.
pub fn warnings_json(blueprint: &Blueprint) -> Vec<Value> {
    let of = |(install, w): (&InstallBlueprint, &Warning)| json!({"install": install.id, "code": w.code, "what": w.what, "why": w.why, "fix": w.fix});
    all(blueprint).map(of).collect()
}
