//! What other commands found, read from their JSON and added to a review. Whatever is in it is somebody else's word.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use super::difference::fingerprint;
use super::model::{Checked, Found, Other, Planned, Review, Step};
use super::picture::{Column, Node, Tone, counted};
use crate::base::error::{Code, Error, Result};
use crate::model::proof::{Cell, Matrix, Row};

/// The document of `verify -o json`.
#[derive(Deserialize)]
struct Verified {
    #[serde(rename = "proven")]
    _proven: bool,
    #[serde(flatten)]
    matrix: Matrix,
}

/// The document of `check -o json`.
#[derive(Deserialize)]
struct Findings {
    findings: Vec<Told>,
}

/// A finding, or an error, which has no severity.
#[derive(Deserialize)]
struct Told {
    code: String,
    #[serde(default = "refused")]
    severity: String,
    what: String,
    why: Option<String>,
    fix: Option<String>,
    place: Option<Value>,
}

fn refused() -> String {
    "refused".to_owned()
}

impl From<Told> for Found {
    fn from(told: Told) -> Self {
        Self {
            about: told.place.as_ref().map(place).unwrap_or_default(),
            severity: told.severity,
            code: told.code,
            what: told.what,
            why: told.why.unwrap_or_default(),
            fix: told.fix.unwrap_or_default(),
        }
    }
}

/// The document of `plan -o json`.
#[derive(Deserialize)]
struct PlanDocument {
    spec: String,
    steps: Vec<PlanStep>,
    #[serde(default)]
    grants: Vec<PlanGrant>,
    #[serde(default)]
    unjudged: Vec<String>,
    #[serde(default, rename = "userCommands")]
    user_commands: Vec<String>,
    #[serde(default)]
    refusals: Vec<Told>,
}

#[derive(Deserialize)]
struct PlanStep {
    verb: String,
    kind: String,
    name: String,
    #[serde(default)]
    changes: Vec<PlanChange>,
}

#[derive(Deserialize)]
struct PlanChange {
    words: String,
}

#[derive(Deserialize)]
struct PlanGrant {
    code: String,
    resource: String,
    what: String,
    why: Option<String>,
    fix: Option<String>,
    #[serde(default)]
    statement: Value,
}

/// Adds what `verify -o json` printed.
///
/// # Errors
/// `BW0114` when the text is no such document, or one of another spec.
pub fn add_verified(review: &mut Review, file: &str, text: &str) -> Result<()> {
    let Verified { matrix, .. } = read(file, text, "verify")?;
    let known =
        |row: &Row| row.principal.starts_with('(') || review.identities.iter().any(|one| one.name == row.principal);
    if !matrix.rows.is_empty() && !matrix.rows.iter().any(known) {
        return Err(of_another_spec(file, &review.spec));
    }
    let mut findings = Vec::new();
    for row in &matrix.rows {
        for cell in row.cells.iter().filter(|cell| !cell.passed) {
            if let Some(found) = &cell.finding {
                let what = cell.note.clone().unwrap_or_else(|| cell.action.clone());
                let about = if row.bucket.starts_with('(') { &row.principal } else { &row.bucket };
                add_other(
                    review,
                    Other {
                        code: found.code.clone(),
                        about: about.clone(),
                        what,
                        why: found.why.clone(),
                        fix: found.fix.clone(),
                        statement: statement(&found.statement),
                    },
                );
            }
            findings.push(failed(row, cell));
        }
    }
    let (all, failed) = matrix.count();
    let untried = matrix.untried.len();
    // A run with `--principal` proves a part, and is no less green.
    let about = |name: &String| matrix.rows.iter().any(|row| &row.principal == name);
    let tried = review.identities.iter().filter(|one| about(&one.name)).count();
    let there = counted(review.identities.len(), "user, role or key", "users, roles or keys");
    review.results.push(Checked {
        command: "verify".to_owned(),
        digest: fingerprint(text),
        passed: matrix.proven(),
        summary: format!(
            "{} of {all} trials passed, {untried} could not be tried. It is about {tried} of {there}.",
            all - failed
        ),
        findings,
        untried: matrix.untried.iter().chain(&matrix.unjudged).cloned().collect(),
    });
    Ok(())
}

fn failed(row: &Row, cell: &Cell) -> Found {
    let finding = cell.finding.as_deref();
    Found {
        severity: "failed".to_owned(),
        code: finding.map(|found| found.code.clone()).unwrap_or_default(),
        about: format!("{} in {}: {}", row.identity(), row.bucket, cell.action),
        what: cell.note.clone().unwrap_or_else(|| "it failed".to_owned()),
        why: finding.map(|found| found.why.clone()).unwrap_or_default(),
        fix: finding.map(|found| found.fix.clone()).unwrap_or_default(),
    }
}

/// Adds what `check -o json` printed.
///
/// # Errors
/// `BW0114` when the text is no such document.
pub fn add_checked(review: &mut Review, file: &str, text: &str) -> Result<()> {
    let Findings { findings } = read(file, text, "check")?;
    let warnings = findings.iter().filter(|finding| finding.severity == "warn").count();
    // What is called something else is no less than an error.
    let errors = findings.len() - warnings;
    review.results.push(Checked {
        command: "check".to_owned(),
        digest: fingerprint(text),
        passed: errors == 0,
        summary: format!("{} and {}.", counted(errors, "error", "errors"), counted(warnings, "warning", "warnings")),
        findings: findings.into_iter().map(Found::from).collect(),
        untried: Vec::new(),
    });
    Ok(())
}

/// `FILE:LINE` of a place.
fn place(place: &Value) -> String {
    match (place["file"].as_str(), place["line"].as_u64()) {
        (Some(file), Some(line)) => format!("{file}:{line}"),
        (Some(file), None) => file.to_owned(),
        _ => String::new(),
    }
}

/// Takes the plan that `plan -o json` printed in place of the blueprint's.
///
/// # Errors
/// `BW0114` when the text is no such document, or one of another spec.
pub fn add_planned(review: &mut Review, file: &str, text: &str) -> Result<()> {
    let plan: PlanDocument = read(file, text, "plan")?;
    if plan.spec != review.spec {
        return Err(of_another_spec(file, &review.spec));
    }
    for grant in plan.grants {
        let (why, fix) = (grant.why.unwrap_or_default(), grant.fix.unwrap_or_default());
        let statement = statement(&grant.statement);
        add_other(review, Other { code: grant.code, about: grant.resource, what: grant.what, why, fix, statement });
    }
    let step = |step: PlanStep| Step {
        verb: step.verb,
        kind: step.kind,
        name: step.name,
        changes: step.changes.into_iter().map(|change| change.words).collect(),
    };
    let by_hand = std::mem::take(&mut review.plan.by_hand);
    review.plan = Planned {
        source: fingerprint(text),
        steps: plan.steps.into_iter().map(step).collect(),
        by_hand,
        lines: plan.user_commands,
    };
    if !plan.unjudged.is_empty() || !plan.refusals.is_empty() {
        review.results.push(Checked {
            command: "plan".to_owned(),
            digest: fingerprint(text),
            passed: false,
            summary: format!("{} refused, {} could not be judged.", plan.refusals.len(), plan.unjudged.len()),
            findings: plan.refusals.into_iter().map(Found::from).collect(),
            untried: plan.unjudged,
        });
    }
    Ok(())
}

/// Adds what somebody else has, once, to the list and to the picture.
fn add_other(review: &mut Review, other: Other) {
    if review.others.contains(&other) {
        return;
    }
    let names = |node: &Node| node.names.iter().any(|name| name == &other.about);
    let picture = &mut review.picture;
    if let Some(to) = picture.nodes.iter().position(|node| node.column >= Column::Identity && names(node)) {
        let detail = format!("{}: {}", other.code, other.about);
        let names = vec![other.what.clone()];
        let from = picture.add(Node { column: Column::Workload, names, detail, tone: Tone::Others });
        picture.edge(from, to, "has more", Tone::Others);
    }
    review.others.push(other);
}

fn statement(value: &Value) -> String {
    if value.is_null() { String::new() } else { value.to_string() }
}

fn read<T: DeserializeOwned>(file: &str, text: &str, command: &str) -> Result<T> {
    // The reader's own words repeat what is there, and a file that was named by mistake may hold anything.
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let why = match error.classify() {
            Category::Data => "a key of that document is missing or has another type",
            _ => "the text is not JSON",
        };
        Error::new(Code::NO_RESULT, format!("{file} is not what `{command} -o json` prints"))
            .why(format!("Line {line}, column {column}: {why}."))
            .fix(format!("Write it again: `bucketwright {command} -o json > FILE`, and name that file."))
    })
}

fn of_another_spec(file: &str, spec: &str) -> Error {
    Error::new(Code::NO_RESULT, format!("{file} is not about the spec `{spec}`"))
        .why("It names none of this spec's users, roles or keys, and would be signed as if it did.")
        .fix("Run the command again with this spec, and name the file that it writes.")
}
