//! Questions about a project of Google Cloud's. Nothing is looked up.

use serde_json::{Value, json};

use super::Words;
use crate::base::error::Result;
use crate::spec::Identity;
use crate::wizard::Question;
use crate::wizard::ask::Wizard;
use crate::wizard::names::on_google;

/// What the questions say of Google Cloud.
pub(super) const WORDS: Words = Words {
    choice: "Google Cloud",
    proves_to: "Google Cloud",
    bucket_names: "A bucket name can be taken once only in all of Google Cloud.",
    make: "Shall everything be made in Google Cloud now?",
    identity,
    ask: |wizard| wizard.google(),
};

fn identity(identity: Identity) -> &'static str {
    match identity {
        Identity::StaticKeys => "static keys: a service account's key in a Secret",
        Identity::WorkloadIdentity => "Workload Identity: pods act as a service account by their ServiceAccount",
        other => super::aws::identity(other),
    }
}

/// What was answered about Google Cloud.
#[derive(Clone, Debug, Default)]
pub(in crate::wizard) struct GoogleDraft {
    pub(in crate::wizard) project: String,
    pub(in crate::wizard) number: Option<String>,
    pub(in crate::wizard) location: String,
}

impl GoogleDraft {
    /// The keys of the spec, with the reason for each.
    pub(in crate::wizard) fn keys(&self) -> Vec<(&'static str, Value, &'static str)> {
        let number = self.number.as_ref().map(|number| {
            (
                "projectNumber",
                json!(number),
                "Compared with what Google says, so that no other project is taken for it.",
            )
        });
        [("project", json!(self.project), "Where buckets and service accounts are made.")]
            .into_iter()
            .chain(number)
            .chain([("location", json!(self.location), "Where the buckets lie; a bucket never moves.")])
            .collect()
    }
}

impl Wizard<'_> {
    /// Asks for the project, and where its buckets shall lie.
    pub(in crate::wizard) fn google(&mut self) -> Result<()> {
        let before = self.draft.google.clone();
        let project = self.on_google(
            "project",
            "Which project? (its id)",
            "Not its name and not its number. `gcloud projects list` shows all three.",
            before.as_ref().map(|google| google.project.as_str()),
        )?;
        let number = if self.prompter.knows("cloud.projectNumber") {
            Some(self.on_google("projectNumber", "What is the project's number?", "", None)?)
        } else {
            None
        };
        let location = self.on_google(
            "location",
            "In which location?",
            "Take your cluster's region. `gcloud storage locations list` shows them.",
            before.as_ref().map(|google| google.location.as_str()),
        )?;
        self.draft.google = Some(GoogleDraft { project, number, location });
        Ok(())
    }

    fn on_google(&mut self, key: &str, ask: &str, why: &str, proposed: Option<&str>) -> Result<String> {
        let question = Question::new(format!("cloud.{key}"), ask, why);
        self.prompter.text(&question, proposed, &|text| on_google(key, &json!(text)))
    }
}
