//! Azure instead of AWS.

use super::fixtures::{Account, built, catalogue};
use crate::base::error::{Code, Error, Result, Source};
use crate::profile::Catalogue;
use crate::spec::Identity;
use crate::wizard::{Answers, Earlier, PlainPrompter, Scripted, ask};

/// Answers for Azure, with the profiles that come with the program; AWS would answer, but is not asked.
fn answered(text: &str) -> Result<Answers> {
    let mut prompter = Scripted::read(&Source::new("answers.yaml", text), true)?;
    ask(&mut prompter, &mut Account, &Catalogue::embedded(), Earlier::default())
}

fn fails(text: &str) -> Error {
    answered(text).expect_err("must fail")
}

const AZURE: &str =
    "name: acme-prod\ncloud.provider: azure\ncloud.subscription: 11111111-2222-3333-4444-555555555555\n";

#[test]
fn defaults_make_identities_where_charts_can() {
    let text = format!("{AZURE}cloud.location: westeurope\ncloud.cluster.name: prod\ninstalls: [gitlab, massdriver]\n");
    let outcome = answered(&text).expect("answers suffice");
    let built = built(&outcome, &Catalogue::embedded());
    let azure = built.spec.cloud.azure().expect("Azure");
    assert_eq!((azure.resource_group.as_str(), azure.storage_account.as_str()), ("acme-prod", "acmeprod"));
    assert_eq!(azure.cluster.as_ref().map(|cluster| cluster.name.as_str()), Some("prod"));
    let identities: Vec<Identity> = built.installs.iter().map(|install| install.identity).collect();
    assert_eq!(identities, [Identity::WorkloadIdentity, Identity::StaticKeys]);
    assert!(!outcome.spec.contains("012345678901") && !outcome.spec.contains("eu-west-1"), "{}", outcome.spec);
}

#[test]
fn every_answer_is_in_the_spec() {
    let text = format!(
        "{AZURE}cloud.resourceGroup: rg-acme\ncloud.storageAccount: acmestore\ncloud.location: northeurope\n\
         cloud.cluster.name: prod\ncloud.cluster.oidcIssuer: https://x.oic.prod-aks.azure.com/a/b/\n\
         installs: [argo-workflows]\nroles: per-component\nargo-workflows.buckets.artifacts: sthree-artifacts\n"
    );
    let outcome = answered(&text).expect("answers suffice");
    let built = built(&outcome, &Catalogue::embedded());
    let azure = built.spec.cloud.azure().expect("Azure");
    assert_eq!((azure.resource_group.as_str(), azure.storage_account.as_str()), ("rg-acme", "acmestore"));
    assert_eq!(azure.location.as_str(), "northeurope");
    let issuer = azure.cluster.as_ref().and_then(|cluster| cluster.issuer.as_ref()).expect("an issuer");
    assert!(issuer.as_str().ends_with("/b/"));
    assert!(built.buckets.iter().any(|bucket| bucket.name.as_str() == "sthree-artifacts"));
    // Keys need no cluster.
    let keys =
        answered(&format!("{AZURE}cloud.location: westeurope\ninstalls: [gitlab]\ngitlab.identity: static-keys\n"));
    assert!(!keys.expect("answers suffice").spec.contains("cluster"));
}

#[test]
fn charts_that_can_may_bring_a_service_principal() {
    let text = format!(
        "{AZURE}cloud.location: westeurope\ncloud.accountKey: file:keys/account\ncloud.tenant: 99999999-2222-3333-4444-555555555555\n\
         installs: [massdriver]\nroles: per-component\nmassdriver.credentials: principal\n"
    );
    let outcome = answered(&text).expect("answers suffice");
    let built = built(&outcome, &Catalogue::embedded());
    let azure = built.spec.cloud.azure().expect("Azure");
    assert_eq!(azure.account_key.to_string(), "file:keys/account");
    assert!(azure.tenant.is_some());
    assert_eq!(built.spec.installs[0].credentials.keys().collect::<Vec<_>>(), ["massdriver"]);
    // Argo cannot use one, so one for both is not offered; nor can GitLab.
    for other in [
        "installs: [massdriver]\nroles: shared\nmassdriver.credentials: principal\n",
        "installs: [gitlab]\ngitlab.identity: static-keys\ngitlab.credentials: principal\n",
    ] {
        let error = fails(&format!("{AZURE}cloud.location: westeurope\n{other}"));
        assert!(error.what().contains("credentials"), "{other}: {error:?}");
    }
}

#[test]
fn wrong_answers_about_azure() {
    let rest = "cloud.location: westeurope\ncloud.cluster.name: prod\n";
    for (lines, code) in [
        ("cloud.storageAccount: acme-prod\ncloud.location: westeurope\n".to_owned(), "BW1601"),
        ("cloud.resourceGroup: acme/prod\ncloud.location: westeurope\n".to_owned(), "BW1604"),
        ("cloud.location: West Europe\n".to_owned(), "BW1605"),
        ("cloud.location: westeurope\ncloud.cluster.name: -prod\n".to_owned(), "BW0105"),
        (format!("{rest}cloud.accountKey: hunter2\n"), "BW0110"),
        (format!("{rest}cloud.cluster.oidcIssuer: http://x/\n"), "BW0207"),
        (format!("{rest}gitlab.buckets.lfs: acme--lfs\n"), "BW1602"),
        (format!("{rest}gitlab.identity: irsa\n"), "BW0902"),
        (format!("{rest}gitlab.chartVersion: 8.5.0\ngitlab.identity: workload-identity\n"), "BW0902"),
    ] {
        let error = fails(&format!("{AZURE}installs: [gitlab]\n{lines}"));
        assert_eq!(error.code().as_str(), code, "{lines}: {error:?}");
        assert!(error.place().is_some(), "{lines}: {error:?}");
    }
    let wrong = AZURE.replace("11111111-", "prod-");
    assert_eq!(fails(&format!("{wrong}installs: [gitlab]\n{rest}")).code().as_str(), "BW1603");
    // What has no default is asked for by its name.
    let missing = fails("name: acme\ncloud.provider: azure\ninstalls: [gitlab]\n");
    assert!(missing.what().contains("cloud.subscription"), "{missing:?}");
}

#[test]
fn charts_that_cannot_say_why() {
    let azure = format!("{AZURE}cloud.location: westeurope\n");
    for name in ["ona", "gradient"] {
        let error = fails(&format!("{azure}installs: [{name}]\n"));
        assert_eq!(error.code(), &Code::BAD_ANSWERS);
        assert!(error.reason().is_some_and(|reason| reason.contains("written for")), "{error:?}");
    }
    // A version that can is proposed, with what it needs; one that cannot is refused.
    let gitpod = format!("{azure}installs: [gitpod]\ngitpod.options.domain: gitpod.example.com\n");
    let outcome = answered(&gitpod).expect("answers suffice");
    assert!(built(&outcome, &Catalogue::embedded()).spec.installs[0].chart_version.to_string().starts_with("2022"));
    assert_eq!(fails(&format!("{gitpod}gitpod.chartVersion: 2026.7.0\n")).code(), &Code::IDENTITY_UNSUPPORTED);
}

/// A person answers with lines; a wrong name is asked for again.
#[test]
fn a_person_with_azure() {
    let lines = [
        "acme",
        "azure",
        "11111111-2222-3333-4444-555555555555",
        "",
        "Acme-Prod",
        "acmeprod",
        "westeurope",
        "",
        "more",
        "logs",
    ];
    let lines = lines.join("\n") + "\n";
    let mut prompter = PlainPrompter::new(lines.as_bytes(), Vec::new());
    let error = ask(&mut prompter, &mut Account, &catalogue(), Earlier::default()).expect_err("the lines end");
    let shown = String::from_utf8(prompter.into_output()).expect("text");
    assert_eq!(error.code(), &Code::NO_TERMINAL);
    for words in ["Resource group", "[acme]", "Use `acmeprod`", "Logs (legacy) (not possible)"] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    assert!(!shown.contains("Asking AWS"), "{shown}");
}
