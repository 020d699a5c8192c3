//! Google Cloud instead of AWS.

use super::fixtures::{Account, built};
use crate::base::error::{Error, Result, Source};
use crate::profile::Catalogue;
use crate::spec::{Cloud, Identity};
use crate::wizard::{Answers, Earlier, Scripted, ask};

/// Answers for Google Cloud; AWS would answer, but is not asked.
fn answered(text: &str) -> Result<Answers> {
    let text = format!("name: acme-prod\ncloud.provider: gcp\n{text}");
    let mut prompter = Scripted::read(&Source::new("answers.yaml", text), true)?;
    ask(&mut prompter, &mut Account, &Catalogue::embedded(), Earlier::default())
}

fn fails(text: &str) -> Error {
    answered(text).expect_err("must fail")
}

const PLACE: &str = "cloud.project: acme-prod\ncloud.location: europe-west2\n";

#[test]
fn defaults_make_identities_where_charts_can() {
    let outcome = answered(&format!("{PLACE}installs: [gitlab, massdriver]\n")).expect("answers suffice");
    let built = built(&outcome, &Catalogue::embedded());
    let Cloud::Gcp(google) = &built.spec.cloud else { panic!("{}", outcome.spec) };
    assert_eq!((google.project.as_str(), google.location.as_str()), ("acme-prod", "europe-west2"));
    let identities: Vec<Identity> = built.installs.iter().map(|install| install.identity).collect();
    assert_eq!(identities, [Identity::WorkloadIdentity, Identity::StaticKeys]);
    assert!(!outcome.spec.contains("012345678901") && !outcome.spec.contains("eu-west-1"), "{}", outcome.spec);
}

#[test]
fn every_answer_is_in_the_spec() {
    let outcome = answered(&format!(
        "{PLACE}cloud.projectNumber: \"123456789012\"\ninstalls: [argo-workflows]\nargo-workflows.identity: static-keys\nargo-workflows.buckets.artifacts: acme_artifacts\n"
    ));
    let outcome = outcome.expect("answers suffice");
    let built = built(&outcome, &Catalogue::embedded());
    assert!(outcome.spec.contains("123456789012"), "{}", outcome.spec);
    assert!(built.buckets.iter().any(|bucket| bucket.name.as_str() == "acme_artifacts"));
    assert_eq!(built.installs[0].identity, Identity::StaticKeys);
}

#[test]
fn wrong_answers_about_google() {
    for (lines, code) in [
        ("cloud.project: \"123456789012\"\ncloud.location: europe-west2\n".to_owned(), "BW1501"),
        (format!("{PLACE}gitlab.buckets.lfs: goog-lfs\n"), "BW1504"),
        (format!("{PLACE}gitlab.identity: irsa\n"), "BW0902"),
    ] {
        let error = fails(&format!("installs: [gitlab]\n{lines}"));
        assert_eq!(error.code().as_str(), code, "{lines}: {error:?}");
        assert!(error.place().is_some(), "{lines}: {error:?}");
    }
    let missing = fails("installs: [gitlab]\n");
    assert!(missing.what().contains("cloud.project"), "{missing:?}");
}
