//! What a Job's pod printed, read back. Whoever made the image wrote it, so nothing in it is taken on trust.

use serde_json::{Deserializer, Value};

use super::Job;
use crate::base::error::{Code, Error, Result};
use crate::model::proof::Matrix;

/// How much of a log that is no matrix is told.
const TOLD: usize = 600;

/// Reads the matrix that `verify --as-caller -o json` printed in a Job's pod. Words that stand beside it are passed over, because a
/// log holds both streams. Whom it is about is the Job's to say.
///
/// # Errors
/// `BW1114` when there is none: the program could not begin, and its own error is told, or another program ran.
pub fn of_log(job: &Job, text: &str) -> Result<Matrix> {
    let report = documents(text).find(|value| value["rows"].is_array() || value["errors"].is_array());
    let Some(report) = report else { return Err(no_matrix(job, &ending(text))) };
    if let Some(error) = report["errors"].get(0) {
        let part = |name: &str| error[name].as_str().map(plain).filter(|part| !part.is_empty());
        let parts: Vec<String> = ["code", "what", "why", "fix"].into_iter().filter_map(part).collect();
        return Err(no_matrix(job, &parts.join(": ")));
    }
    let read = serde_json::from_value::<Matrix>(report);
    let mut matrix = read.map_err(|error| no_matrix(job, &plain(&error.to_string())))?;
    for row in &mut matrix.rows {
        row.install.clone_from(&job.install);
        row.principal.clone_from(&job.principal);
        row.service_account = Some(job.place());
        row.bucket = plain(&row.bucket);
        row.component = row.component.as_deref().map(plain);
        for cell in &mut row.cells {
            cell.action = plain(&cell.action);
            cell.note = cell.note.as_deref().map(plain);
        }
    }
    for untried in &mut matrix.untried {
        *untried = format!("{}: {}", job.place(), plain(untried));
    }
    Ok(matrix)
}

/// The JSON objects that begin a line.
fn documents(text: &str) -> impl Iterator<Item = Value> {
    let starts = text.match_indices('{').map(|(at, _)| at).filter(|at| *at == 0 || text.as_bytes()[at - 1] == b'\n');
    starts.filter_map(|at| Deserializer::from_str(&text[at..]).into_iter::<Value>().next()?.ok())
}

fn no_matrix(job: &Job, why: &str) -> Error {
    Error::new(Code::UNREADABLE_LOG, format!("the pod of {} printed no matrix", job.place()))
        .why(if why.is_empty() { "Its log is empty.".to_owned() } else { format!("It says: {why}") })
        .fix("Check that `--image` names an image of this program and of this version.")
}

/// The end of a text: there the reason stands.
fn ending(text: &str) -> String {
    let text = plain(text);
    let text = text.trim();
    let from = text.char_indices().rev().nth(TOLD - 1).map_or(0, |(at, _)| at);
    text[from..].to_owned()
}

/// A text without what could steer a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job() -> Job {
        Job {
            install: "argo".into(),
            principal: "acme-argo".into(),
            namespace: "argo".into(),
            service_account: "runner".into(),
            name: "bucketwright-verify-acme-argo-runner".into(),
            manifest: Value::Null,
        }
    }

    #[test]
    fn a_matrix_is_found_between_words_and_is_the_jobs_own() {
        let cell = json!({"action": "put\u{1b}[2J", "passed": true});
        let row = json!({"install": "x", "principal": "admin", "component": null, "bucket": "b", "cells": [cell]});
        let report = json!({"version": 1, "rows": [row], "untried": ["the list"]});
        let text = format!("{{not json\nwarming up {{}}\n{report:#}\n1 of 1 passed\n");
        let matrix = of_log(&job(), &text).expect("a matrix");
        assert_eq!(matrix.rows[0].identity(), "acme-argo as argo/runner");
        assert_eq!(matrix.rows[0].cells[0].action, "put [2J");
        assert_eq!(matrix.untried, ["argo/runner: the list"]);
    }

    #[test]
    fn what_is_no_matrix_says_what_it_is() {
        let failed = "{\"errors\": [{\"code\": \"BW0501\", \"what\": \"no credentials\", \"why\": null}]}";
        for (text, why) in [
            ("", "Its log is empty."),
            ("exec /bin/x: no such file\u{7}\n", "It says: exec /bin/x: no such file"),
            (failed, "It says: BW0501: no credentials"),
            ("{\"rows\": [{}], \"untried\": []}", "It says: missing field `install`"),
        ] {
            let error = of_log(&job(), text).expect_err(text);
            assert_eq!((error.code(), error.reason()), (&Code::UNREADABLE_LOG, Some(why)));
        }
        let long = of_log(&job(), &"é".repeat(10_000)).expect_err("too long");
        assert_eq!(long.reason().map(|why| why.chars().count()), Some(TOLD + "It says: ".len()));
    }
}
