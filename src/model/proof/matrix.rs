//! The matrix: component by bucket by action.

use serde::{Deserialize, Serialize};

use crate::model::{Finding, Proof};

/// What was proven, row by row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Matrix {
    /// One row for each component and bucket.
    pub rows: Vec<Row>,
    /// What could not be tried, and why.
    pub untried: Vec<String>,
    /// What is not judged, since the run has no credentials for the account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unjudged: Vec<String>,
}

/// What a component can do with a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The install.
    pub install: String,
    /// The user or role.
    pub principal: String,
    /// The ServiceAccount whose pod tried it, as `NAMESPACE/NAME`; `None` when it was tried from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
    /// The component; `None` when the row is about the principal as a whole.
    pub component: Option<String>,
    /// The bucket, or what the row is about instead.
    pub bucket: String,
    /// One cell for each action, in the order in which they were tried.
    pub cells: Vec<Cell>,
}

/// How one action went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    /// The action.
    pub action: String,
    /// Whether it went as it should.
    pub passed: bool,
    /// Why, or what was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What somebody gained, where that is what failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Box<Finding>>,
}

impl Row {
    /// Who tried it: the user or role, and the ServiceAccount that it was tried under.
    pub fn identity(&self) -> String {
        match &self.service_account {
            Some(account) => format!("{} as {account}", self.principal),
            None => self.principal.clone(),
        }
    }
}

impl Extend<Self> for Matrix {
    fn extend<I: IntoIterator<Item = Self>>(&mut self, others: I) {
        for other in others {
            self.rows.extend(other.rows);
            self.untried.extend(other.untried);
            self.unjudged.extend(other.unjudged);
        }
    }
}

impl Matrix {
    /// The matrix of a proof: a trial counts for each component that relies on it.
    pub fn of(proof: &Proof) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        for trial in &proof.trials {
            let components: Vec<Option<&String>> = match trial.components.as_slice() {
                [] => vec![None],
                some => some.iter().map(Some).collect(),
            };
            for component in components {
                let cell = Cell {
                    action: trial.action.to_string(),
                    passed: trial.passed,
                    note: trial.note.clone(),
                    finding: trial.finding.clone(),
                };
                let same = |row: &&mut Row| {
                    row.principal == trial.principal
                        && row.component.as_ref() == component
                        && row.bucket == trial.bucket
                };
                match rows.iter_mut().find(same) {
                    Some(row) => row.cells.push(cell),
                    None => rows.push(Row {
                        install: trial.install.clone(),
                        principal: trial.principal.clone(),
                        service_account: None,
                        component: component.cloned(),
                        bucket: trial.bucket.clone(),
                        cells: vec![cell],
                    }),
                }
            }
        }
        // Installs and principals stay in the spec's order, which is that of their first trial.
        let first = |row: &Row| proof.trials.iter().position(|trial| trial.principal == row.principal);
        let mut keyed: Vec<_> = rows.into_iter().map(|row| (first(&row), row)).collect();
        keyed.sort_by(|(a, one), (b, other)| {
            (a, &one.component, &one.bucket).cmp(&(b, &other.component, &other.bucket))
        });
        Self {
            rows: keyed.into_iter().map(|(_, row)| row).collect(),
            untried: proof.untried.clone(),
            unjudged: proof.unjudged.clone(),
        }
    }

    /// How many cells there are, and how many of them failed.
    pub fn count(&self) -> (usize, usize) {
        let cells = || self.rows.iter().flat_map(|row| &row.cells);
        (cells().count(), cells().filter(|cell| !cell.passed).count())
    }

    /// Whether everything was tried, and nothing failed. A matrix without a cell proves nothing.
    pub fn proven(&self) -> bool {
        let (all, failed) = self.count();
        all > 0 && failed == 0 && self.untried.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Trial;

    fn trial(components: &[&str], bucket: &str, action: &str, passed: bool) -> Trial {
        Trial {
            install: "gitlab".into(),
            principal: "acme".into(),
            components: components.iter().map(|name| (*name).to_owned()).collect(),
            bucket: bucket.into(),
            action: action.into(),
            passed,
            note: None,
            finding: None,
        }
    }

    #[test]
    fn a_shared_trial_counts_for_each_component() {
        let trials = vec![
            trial(&["web", "jobs"], "b", "put", true),
            trial(&["web", "jobs"], "b", "get", false),
            trial(&[], "-", "identity", true),
        ];
        let matrix = Matrix::of(&Proof { trials, ..Proof::default() });
        let rows: Vec<_> = matrix.rows.iter().map(|row| (row.component.as_deref(), row.cells.len())).collect();
        assert_eq!(rows, [(None, 1), (Some("jobs"), 2), (Some("web"), 2)]);
        assert_eq!(matrix.count(), (5, 2));
        assert!(!matrix.proven());
    }

    #[test]
    fn nothing_tried_is_nothing_proven() {
        assert!(!Matrix::default().proven());
        let trials = vec![trial(&["web"], "b", "put", true)];
        assert!(Matrix::of(&Proof { trials: trials.clone(), ..Proof::default() }).proven());
        assert!(!Matrix::of(&Proof { trials, untried: vec!["the simulator".into()], ..Proof::default() }).proven());
    }
}
