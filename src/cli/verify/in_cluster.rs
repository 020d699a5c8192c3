//! `verify --in-cluster`: the same proof by Jobs under the chart's own ServiceAccounts.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::{VerifyArguments, job, told};
use crate::base::error::{Code, Error, Result};
use crate::cli::Outcome;
use crate::cli::context::Context;
use crate::cli::interrupt::Stop;
use crate::kube::live::{Cluster, Watch};
use crate::kube::proof::{Job, of_log, rights};
use crate::model::proof::Matrix;

/// What goes wrong in the same way for every Job.
const FOR_ALL: [Code; 4] =
    [Code::CLUSTER_UNREACHABLE, Code::UNKNOWN_TO_CLUSTER, Code::CLUSTER_DENIED, Code::INTERRUPTED];

pub(super) fn run(context: &Context, arguments: &VerifyArguments) -> Result<Outcome> {
    let jobs = job::wanted(context, arguments)?;
    if arguments.permissions {
        // Apart from those of a push: whoever verifies need not write Secrets, and whoever pushes need not run pods.
        context.print_foreign(&json!({"apiVersion": "v1", "kind": "List", "items": rights(&jobs)}));
        return Ok(Outcome::Done);
    }
    let matrix = Context::block_on(async {
        let cluster = arguments.cluster.connect().await?;
        let _careful = Stop::careful();
        all(context, arguments, &cluster, &jobs).await
    })?;
    Ok(told(context, &matrix, None))
}

/// Runs all Jobs. Those of one role take turns, because they write the same objects.
async fn all(context: &Context, arguments: &VerifyArguments, cluster: &Cluster, jobs: &[Job]) -> Result<Matrix> {
    let tell = |words: &str| context.screen.say(words);
    let patience = Duration::from_secs(arguments.timeout.into());
    let watch = Watch { patience, stopped: &Stop::asked, tell: &tell };
    let mut roles: BTreeMap<&str, Vec<&Job>> = BTreeMap::new();
    jobs.iter().for_each(|job| roles.entry(&job.principal).or_default().push(job));
    let in_turn = roles.into_values().map(|jobs| async move {
        let mut matrix = Matrix::default();
        for job in jobs {
            matrix.extend([one(cluster, job, watch).await?]);
        }
        Ok(matrix)
    });
    // All come to their end, and their Jobs go, before one that failed is told.
    let (mut matrix, mut errors) = (Matrix::default(), Vec::new());
    for ran in join_all(in_turn).await {
        match ran {
            Ok(part) => matrix.extend([part]),
            Err(error) => errors.push(error),
        }
    }
    if let Some(at) = errors.iter().position(|error: &Error| error.code() == &Code::INTERRUPTED) {
        return Err(errors.swap_remove(at));
    }
    Error::check(errors)?;
    Ok(matrix)
}

/// Runs a Job. What hinders it alone is told as untried, so that the others still count.
async fn one(cluster: &Cluster, job: &Job, watch: Watch<'_>) -> Result<Matrix> {
    let ran = cluster.run(job, watch).await;
    let mut matrix = match ran.log.and_then(|log| of_log(job, &log)) {
        Ok(matrix) => matrix,
        Err(error) if FOR_ALL.contains(error.code()) => return Err(with_left(error, ran.left)),
        Err(error) => Matrix { untried: vec![sentence(&error)], ..Matrix::default() },
    };
    matrix.untried.extend(ran.left.as_ref().map(sentence));
    Ok(matrix)
}

/// Says with an error what it left behind.
fn with_left(error: Error, left: Option<Error>) -> Error {
    match left {
        Some(left) => {
            let why = format!("{} {}", error.reason().unwrap_or_default(), sentence(&left));
            error.why(why.trim_start())
        }
        None if error.code() == &Code::INTERRUPTED => error.why("Its Job was removed."),
        None => error,
    }
}

/// An error in a line.
fn sentence(error: &Error) -> String {
    let rest: Vec<&str> = [error.reason(), error.remedy()].into_iter().flatten().collect();
    format!("{}: {}. {}", error.code(), error.what(), rest.join(" ").replace('\n', " "))
}
