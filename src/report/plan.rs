//! The plan in words and as JSON.

use serde_json::{Value, json};

use super::Screen;
use crate::blueprint::Blueprint;
use crate::plan::{Plan, Step, Verb};

/// The plan as a person reads it.
pub fn plan_text(blueprint: &Blueprint, plan: &Plan, screen: &Screen) -> String {
    let mut out = String::new();
    let account = blueprint.account.as_ref().map_or("?".to_owned(), ToString::to_string);
    out.push_str(&format!("Plan for {} in account {account}, {}\n", blueprint.spec.name, blueprint.spec.cloud.region));
    for step in &plan.steps {
        out.push_str(&format!("  {} {:<13} {}\n", verb(step.verb, *screen), step.kind, step.name));
        for change in &step.changes {
            out.push_str(&format!("         {}\n", change.words()));
        }
        if let Some(note) = &step.note {
            out.push_str(&format!("         {note}\n"));
        }
    }
    for install in &blueprint.installs {
        for warning in &install.warnings {
            let mark = screen.style().yellow().apply_to("note");
            out.push_str(&format!(
                "  {mark} {} {}: {}\n       {}\n",
                warning.code, install.id, warning.what, warning.why
            ));
            if let Some(fix) = &warning.fix {
                out.push_str(&format!("       {fix}\n"));
            }
        }
    }
    let counts: Vec<String> = [Verb::Create, Verb::Adopt, Verb::Change, Verb::Keep, Verb::Refuse]
        .into_iter()
        .filter(|verb| plan.count(*verb) > 0)
        .map(|verb| format!("{} to {}", plan.count(verb), verb.as_str()))
        .collect();
    out.push_str(&format!("{}.\n", if counts.is_empty() { "Nothing to make".to_owned() } else { counts.join(", ") }));
    out
}

fn verb(verb: Verb, screen: Screen) -> String {
    let style = match verb {
        Verb::Create => screen.style().green(),
        Verb::Adopt | Verb::Change => screen.style().yellow(),
        Verb::Keep => screen.style().dim(),
        Verb::Refuse => screen.style().red().bold(),
    };
    style.apply_to(format!("{:<6}", verb.as_str())).to_string()
}

/// The plan as a program reads it; `docs/json.md` documents it.
pub fn plan_json(blueprint: &Blueprint, plan: &Plan) -> Value {
    let refusals: Vec<Value> = plan
        .steps
        .iter()
        .filter_map(|step: &Step| step.refusal.as_ref())
        .flat_map(|error| super::error_json(error)["errors"].as_array().cloned().unwrap_or_default())
        .collect();
    let warnings: Vec<Value> = blueprint
        .installs
        .iter()
        .flat_map(|install| {
            install
                .warnings
                .iter()
                .map(|w| json!({"install": install.id, "code": w.code, "what": w.what, "why": w.why, "fix": w.fix}))
        })
        .collect();
    json!({
        "version": 1,
        "spec": blueprint.spec.name,
        "account": blueprint.account,
        "region": blueprint.spec.cloud.region,
        "changes": plan.changes_anything(),
        "steps": plan.steps,
        "calls": crate::plan::calls(plan),
        "warnings": warnings,
        "refusals": refusals,
    })
}
