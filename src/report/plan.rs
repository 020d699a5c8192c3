//! The plan in words and as JSON.

use serde_json::{Value, json};

use super::layout::fitted;
use super::steps::steps_text;
use super::{Screen, warnings_json};
use crate::base::names::{BucketName, Kind};
use crate::clouds::known;
use crate::model::{Blueprint, Change, Plan, Shown, Step, TeardownStep, Verb};

/// The plan as a person reads it, laid out for the screen: steps that are alike in one line, those that change nothing counted. In detail each by itself.
pub fn plan_text<C: Change>(blueprint: &Blueprint, plan: &Plan<C>, screen: &Screen) -> String {
    let cloud = known(&blueprint.spec.cloud);
    let place = cloud.place(blueprint.account.as_ref());
    let mut out = format!("Plan for {} {place}, {}\n", blueprint.spec.name, blueprint.spec.cloud.region());
    out.push_str(&steps_text(plan, *screen));
    let unseen = plan.steps.is_empty() && !blueprint.buckets.is_empty();
    cloud.unasked().filter(|_| unseen).iter().for_each(|words| out.push_str(&format!("  {words}\n")));
    if let Some(by_hand) = cloud.by_hand(blueprint) {
        out.push_str(&format!("  {}\n", by_hand.title));
        for line in by_hand.lines.iter().flat_map(|lines| lines.lines()) {
            out.push_str(&format!("         {line}\n"));
        }
    }
    let said = grants_text(plan, *screen) + &leftovers_text(plan, &blueprint.spec.retired, *screen);
    out.push_str(&fitted(&said, screen.width()));
    let counts: Vec<String> = [Verb::Create, Verb::Adopt, Verb::Change, Verb::Refuse]
        .into_iter()
        .filter(|verb| plan.count(*verb) > 0)
        .map(|verb| format!("{} to {}", plan.count(verb), verb.as_str()))
        .collect();
    let quiet = plan.grants.is_empty() && plan.leftovers.is_empty() && plan.unjudged.is_empty();
    out.push_str(&match (unseen, plan.steps.is_empty(), counts.is_empty(), quiet) {
        (true, ..) => "What is there already was not looked at: the lines above make what is missing.\n".to_owned(),
        (_, true, ..) => "Nothing to make.\n".to_owned(),
        (_, _, true, true) => "No changes. Everything is as the spec says.\n".to_owned(),
        (_, _, true, false) => "No changes of ours; see what is said above.\n".to_owned(),
        _ => format!("{}.\n", counts.join(", ")),
    });
    out
}

/// What others gained, and what could not be judged.
fn grants_text<C: Change>(plan: &Plan<C>, screen: Screen) -> String {
    let mut out = String::new();
    for grant in &plan.grants {
        if grant.accepted.is_some() {
            out.push_str(&format!("  adopted with this: {}, by its {}\n", grant.error.what(), grant.place));
            continue;
        }
        let mark = screen.style().red().bold().apply_to("others");
        out.push_str(&format!("  {mark} {} {}\n", grant.error.code(), grant.error.what()));
        if !grant.statement.is_null() {
            out.push_str(&format!("         {}\n", grant.statement));
        }
        for words in [grant.error.reason(), grant.error.remedy()].into_iter().flatten() {
            out.push_str(&format!("         {words}\n"));
        }
    }
    for words in &plan.unjudged {
        out.push_str(&format!("  {} {words}\n", screen.style().yellow().apply_to("untold")));
    }
    out
}

/// What earlier versions of the spec left.
fn leftovers_text<C: Change>(plan: &Plan<C>, retired: &[BucketName], screen: Screen) -> String {
    if plan.leftovers.is_empty() {
        return String::new();
    }
    let mut out = "  Left by earlier versions of this spec, which names it no more:\n".to_owned();
    for step in &plan.leftovers {
        let fate = screen.style().yellow().apply_to("left  ");
        out.push_str(&format!("  {fate} {:<13} {}\n", step.kind, step.name));
        step.removals.iter().for_each(|removal| out.push_str(&format!("         would {}\n", removal.words())));
        step.note.iter().for_each(|note| out.push_str(&format!("         {note}\n")));
    }
    let goes = |step: &&TeardownStep<Shown>| !step.removals.is_empty();
    let stays: Vec<&str> = plan
        .leftovers
        .iter()
        // What is under an earlier name has its own words above.
        .filter(|step| !goes(step) && !step.former && step.is_open(retired))
        .map(|step| step.name.as_str())
        .collect();
    if plan.leftovers.iter().any(|step| goes(&step)) {
        let what = if stays.is_empty() { "it removes this" } else { "it does what is said above" };
        out.push_str(&format!(
            "  Once your pods use what the spec says now (`helm upgrade`), add `--prune` to `apply`: {what}. Data stays until it is named.\n"
        ));
    }
    if !stays.is_empty() {
        out.push_str(&format!(
            "  `--prune` does not remove what holds data or is held by others: {}.\n",
            stays.join(", ")
        ));
        let holds = |step: &&TeardownStep<Shown>| step.kind == Kind::Bucket && step.is_open(retired) && !goes(step);
        if let Some(bucket) = plan.leftovers.iter().find(holds) {
            let name = &bucket.name;
            out.push_str(&format!("  `bucketwright destroy` takes data that is named (`--delete-data {name}`, with everything else of the spec); `retired: [{name}]` in the spec says that it may stay behind.\n"));
        }
    }
    out
}

/// The plan as a program reads it; `docs/json.md` documents it.
pub fn plan_json<C: Change>(blueprint: &Blueprint, plan: &Plan<C>) -> Value {
    let refusals: Vec<Value> = plan
        .steps
        .iter()
        .filter_map(|step: &Step<C>| step.refusal.as_ref())
        .flat_map(|error| super::error_json(error)["errors"].as_array().cloned().unwrap_or_default())
        .collect();
    json!({
        "version": 1,
        "spec": blueprint.spec.name,
        "provider": blueprint.spec.cloud.provider().as_str(),
        "account": blueprint.account,
        "project": known(&blueprint.spec.cloud).project(),
        "region": blueprint.spec.cloud.region(),
        "changes": plan.changes_anything(),
        "steps": plan.steps,
        "userCommands": known(&blueprint.spec.cloud).by_hand(blueprint).map(|by_hand| by_hand.lines).unwrap_or_default(),
        "calls": crate::model::calls(plan),
        "warnings": warnings_json(blueprint),
        "grants": plan.grants,
        "unjudged": plan.unjudged,
        "leftovers": plan.leftovers,
        "refusals": refusals,
    })
}
