//! What deserves a word about the installs: one text and one list for all commands.

use serde_json::{Value, json};

use super::Screen;
use crate::blueprint::Blueprint;

/// The warnings as a person reads them; nothing when there are none.
pub fn warnings_text(blueprint: &Blueprint, screen: &Screen) -> String {
    let mut out = String::new();
    for install in &blueprint.installs {
        for warning in &install.warnings {
            let mark = screen.style().yellow().apply_to("note");
            out.push_str(&format!(
                "  {mark} {} {}: {}\n       {}\n",
                warning.code, install.id, warning.what, warning.why
            ));
            out.push_str(&warning.fix.as_ref().map(|fix| format!("       {fix}\n")).unwrap_or_default());
        }
    }
    out
}

/// The warnings as a program reads them; `docs/json.md` documents them.
pub fn warnings_json(blueprint: &Blueprint) -> Vec<Value> {
    let of = |install: &crate::blueprint::InstallBlueprint| {
        let id = install.id.clone();
        let one = move |w: &crate::blueprint::Warning| json!({"install": id, "code": w.code, "what": w.what, "why": w.why, "fix": w.fix});
        install.warnings.iter().map(one).collect::<Vec<_>>()
    };
    blueprint.installs.iter().flat_map(of).collect()
}
