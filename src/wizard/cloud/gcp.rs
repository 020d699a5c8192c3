//! Questions about a project of Google Cloud's. Nothing is looked up.

use serde_json::{Value, json};

use super::{Identified, Words};
use crate::spec::{Identity, Provider};
use crate::wizard::ask::Wizard;
use crate::wizard::names::on_google;
use crate::wizard::{Asked, Question};

/// What the questions say of Google Cloud.
pub(super) const WORDS: Words = Words {
    choice: "Google Cloud",
    proves_to: "Google Cloud",
    bucket_names: "A bucket name can be taken once only in all of Google Cloud.",
    make: "Shall everything be made in Google Cloud now?",
    identity,
    ask: |wizard| wizard.google(),
};

fn identity(identity: Identity) -> Identified {
    let (label, means) = match identity {
        Identity::StaticKeys => (
            "Static keys, a service account's key in a Secret",
            "Works on every cluster, but whoever reads the key can use it from anywhere until it is rotated.",
        ),
        Identity::WorkloadIdentity => (
            "Workload Identity, without keys",
            "Only this chart's pods get in, and there is no key to leak or rotate; the cluster must be GKE.",
        ),
        other => return super::aws::identity(other),
    };
    Identified { label, means }
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

impl Wizard<'_, '_> {
    /// Asks for the project, and where its buckets shall lie.
    pub(in crate::wizard) fn google(&mut self) -> Asked<()> {
        let near = self.world.managed().filter(|managed| managed.provider == Provider::Gcp).cloned();
        let project = self.on_google(
            "project",
            "Project id",
            "Not its name and not its number. `gcloud projects list` shows all three.",
            near.as_ref().and_then(|near| near.project.as_deref()),
        )?;
        let number = if self.prompter.knows("cloud.projectNumber") {
            Some(self.on_google("projectNumber", "Number of the project", "", None)?)
        } else {
            None
        };
        let location = self.on_google(
            "location",
            "Location of the buckets",
            "Take your cluster's region. `gcloud storage locations list` shows them.",
            near.as_ref().map(|near| near.location.as_str()),
        )?;
        self.draft.google = Some(GoogleDraft { project, number, location });
        Ok(())
    }

    fn on_google(&mut self, key: &str, ask: &str, why: &str, proposed: Option<&str>) -> Asked<String> {
        let question = Question::new(format!("cloud.{key}"), ask, why);
        self.prompter.text(&question, proposed, &|text| on_google(key, &json!(text)))
    }
}
