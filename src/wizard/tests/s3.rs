//! A store instead of AWS.

use super::fixtures::{Account, built, catalogue, spec};
use crate::base::error::{Code, Error, Result, Source};
use crate::base::secret::Reference;
use crate::model::PrincipalKind;
use crate::profile::Catalogue;
use crate::spec::{Identity, StoreKind};
use crate::wizard::{Answers, Earlier, PlainPrompter, Scripted, ask};

/// Answers for a store, with the profiles that come with the program; AWS would answer, but is not asked.
fn answered(text: &str, defaults: bool) -> Result<Answers> {
    let mut prompter = Scripted::read(&Source::new("answers.yaml", text), defaults)?;
    ask(&mut prompter, &mut Account, &Catalogue::embedded(), Earlier::default())
}

fn fails(text: &str) -> Error {
    answered(text, true).expect_err("must fail")
}

const MINIO: &str = "name: acme\ncloud.provider: s3\ncloud.endpoint: https://minio.example.com:9000\n";

#[test]
fn defaults_make_a_minio() {
    let outcome = answered(&format!("{MINIO}installs: [gitlab, argo-workflows]\n"), true).expect("answers suffice");
    let built = built(&outcome, &Catalogue::embedded());
    let store = built.spec.cloud.store().expect("a store");
    assert_eq!((store.kind, store.region.as_str(), store.path_style), (StoreKind::Minio, "us-east-1", true));
    assert!(built.installs.iter().all(|install| install.identity == Identity::StaticKeys));
    assert!(!outcome.spec.contains("account") && !outcome.spec.contains("eu-west-1"), "{}", outcome.spec);
    let PrincipalKind::Brought(key) = &built.principals[0].kind else { panic!("{:?}", built.principals[0]) };
    assert_eq!(key.access_key_id, Reference::Env("ACME_ARGO_WORKFLOWS_ID".to_owned()));
}

#[test]
fn every_answer_is_in_the_spec() {
    let outcome = answered(
        "name: acme\ncloud.provider: s3\ncloud.store: ceph\ncloud.endpoint: http://rgw.example.com:8080\ncloud.insecure: true\n\
         cloud.region: default\ncloud.pathStyle: false\ninstalls: [gitlab]\nroles: per-component\n\
         gitlab.credentials: type\ngitlab.credentials.rails.accessKeyId: file:keys/rails.id\n",
        true,
    )
    .expect("answers suffice");
    let built = built(&outcome, &Catalogue::embedded());
    let store = built.spec.cloud.store().expect("a store");
    assert_eq!((store.kind, store.region.as_str(), store.path_style), (StoreKind::Ceph, "default", false));
    assert_eq!(store.endpoint.as_str(), "http://rgw.example.com:8080");
    let keys: Vec<&Reference> = built
        .principals
        .iter()
        .filter_map(|want| match &want.kind {
            PrincipalKind::Brought(key) => Some(&key.access_key_id),
            _ => None,
        })
        .collect();
    assert_eq!(keys.len(), built.principals.len(), "each has a key");
    assert!(keys.contains(&&Reference::File("keys/rails.id".to_owned())), "{keys:?}");
    assert!(keys.contains(&&Reference::Env("ACME_GITLAB_REGISTRY_ID".to_owned())), "{keys:?}");
}

#[test]
fn wrong_answers_about_a_store() {
    for (lines, code) in [
        ("cloud.endpoint: https://minio.example.com/s3\n", "BW0209"),
        ("cloud.endpoint: s3://minio.example.com\n", "BW0209"),
        ("cloud.endpoint: http://minio.example.com\n", "BW1402"),
        ("cloud.store: r2\ncloud.endpoint: https://abc.r2.cloudflarestorage.com\ncloud.region: eu\n", "BW1405"),
        ("cloud.store: minoi\ncloud.endpoint: https://minio.example.com\n", "BW0902"),
        ("cloud.endpoint: https://minio.example.com\ngitlab.buckets.lfs: minio\n", "BW1403"),
        (
            "cloud.endpoint: https://minio.example.com\ngitlab.credentials: type\ngitlab.credentials.secretAccessKey: hush\n",
            "BW0110",
        ),
    ] {
        let error = fails(&format!("name: acme\ncloud.provider: s3\ninstalls: [gitlab]\n{lines}"));
        assert_eq!(error.code().as_str(), code, "{lines}: {error:?}");
        assert!(error.place().is_some(), "{lines}: {error:?}");
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
    }
}

#[test]
fn charts_that_cannot_say_why() {
    let error = fails(&format!("{MINIO}installs: [ona]\n"));
    assert_eq!(error.code(), &Code::BAD_ANSWERS);
    assert!(error.reason().is_some_and(|reason| reason.contains("written for")), "{error:?}");
    // A version that can is proposed, and one that cannot is refused.
    let gitpod = format!("{MINIO}installs: [gitpod]\ngitpod.options.domain: gitpod.example.com\n");
    let outcome = answered(&gitpod, true).expect("answers suffice");
    assert!(spec(&outcome).installs[0].chart_version.to_string().starts_with("2022"), "{}", outcome.spec);
    assert_eq!(fails(&format!("{gitpod}gitpod.chartVersion: 2026.7.0\n")).code(), &Code::IDENTITY_UNSUPPORTED);
    // The option without which nothing works is set.
    let outcome = answered(&format!("{MINIO}installs: [massdriver]\n"), true).expect("answers suffice");
    assert!(outcome.spec.contains("massdriver: \"minio\""), "{}", outcome.spec);
}

/// A person answers with lines; charts that know AWS alone are marked and refused.
#[test]
fn a_person_with_a_garage() {
    let lines = ["acme", "s3", "garage", "https://garage.example.com", "", "", "", "more", "logs"].join("\n") + "\n";
    let mut prompter = PlainPrompter::new(lines.as_bytes(), Vec::new());
    let error = ask(&mut prompter, &mut Account, &catalogue(), Earlier::default()).expect_err("the lines end");
    let shown = String::from_utf8(prompter.into_output()).expect("text");
    assert_eq!(error.code(), &Code::NO_TERMINAL);
    for words in ["Region that the store", "[garage]", "Logs (legacy) (not possible)", "logs is not possible"] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    assert!(!shown.contains("Asking AWS"), "{shown}");
}
