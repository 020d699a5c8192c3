//! A person who types lines.

use super::fixtures::{Account, built, catalogue, spec};
use crate::base::error::{Code, Result};
use crate::profile::Catalogue;
use crate::spec::Identity;
use crate::wizard::{Answers, Nowhere, PlainPrompter, Surroundings, ask};

/// Types the lines; gives the outcome and what was shown.
fn typed(lines: &[&str], surroundings: &mut dyn Surroundings, catalogue: &Catalogue) -> (Result<Answers>, String) {
    let input = lines.join("\n") + "\n";
    let mut prompter = PlainPrompter::new(input.as_bytes(), Vec::new());
    let outcome = ask(&mut prompter, surroundings, catalogue);
    let shown = String::from_utf8(prompter.into_output()).expect("text");
    for line in shown.lines() {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
    assert!(!shown.contains('\u{1b}'), "no escape sequences");
    (outcome, shown)
}

fn done((outcome, shown): (Result<Answers>, String)) -> (Answers, String) {
    (outcome.unwrap_or_else(|error| panic!("{error:?}\n{shown}")), shown)
}

/// Name to summary for the shop, by number and by word, with nothing but Enter after the cluster.
const SHOP: [&str; 10] = ["acme", "", "eu-west-1", "012345678901", "shop", "", "", "", "", "prod"];
const REST: [&str; 8] = ["", "", "", "", "", "", "", ""];

fn with(more: &[&'static str]) -> Vec<&'static str> {
    [&SHOP[..], &REST, more].concat()
}

#[test]
fn straight_through() {
    let (outcome, shown) = done(typed(&with(&["1"]), &mut Nowhere, &catalogue()));
    assert!(!outcome.provision);
    assert_eq!(built(&outcome, &catalogue()).installs[0].identity, Identity::PodIdentity);
    for words in [
        "AWS cannot be reached with your credentials",
        "(recommended)",
        "5. workload identity (not possible)",
        "   It belongs to Google Cloud and Azure.",
        "1. Logs (legacy)",
        "Nobody maintains it.",
        "  Shop invoices  acme-invoices",
        "Good to know about Shop (BW0492)",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
}

#[test]
fn wrong_answers_are_explained_and_asked_again() {
    let lines = [
        "Acme Prod",
        "acme",
        "cloudy",
        "aws",
        "eu-west-1a",
        "eu-west-1",
        "123",
        "",
        "nothing",
        "2",
        "9",
        "1.9.0",
        "bad",
        "shop",
        "No!",
        "web",
        "pod-identity",
        "7",
        "irsa",
        "-x",
        "prod",
        "",
        "",
        "",
        "",
        "",
    ];
    let (outcome, shown) = done(typed(&[&lines[..], &["maybe", "no", "1"]].concat(), &mut Nowhere, &catalogue()));
    let unwrapped = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "lower-case letters",
        "has the form of an availability zone",
        "is not an account id",
        "Type numbers from 1 to 2",
        "is not a full chart version",
        "The release cannot be called bad.",
        "cannot be the name of a namespace",
        "pod-identity is not possible: The SDK of 2.0 knows it",
        "cannot be the name of an EKS cluster",
        "Type a number from 1 to 5.",
        "Type `yes` or `no`.",
    ] {
        assert!(unwrapped.contains(words), "{words}\n{shown}");
    }
    assert_eq!(spec(&outcome).installs[0].chart_version.to_string(), "1.9.0");
}

#[test]
fn a_wrong_bucket_name_and_a_right_one() {
    // change, the first bucket, a wrong name, the other bucket's name, a right name, then take.
    let names = ["2", "1", "Acme_Bills", "acme-pictures", "acme-bills", "1"];
    let lines = [&SHOP[..], &["", "", "", "", "", ""], &names, &["", "1"]].concat();
    let (outcome, shown) = done(typed(&lines, &mut Nowhere, &catalogue()));
    assert!(shown.contains("Use `acme-bills`, for example."), "{shown}");
    assert!(shown.contains("is claimed by"), "{shown}");
    assert_eq!(built(&outcome, &catalogue()).installs[0].buckets["invoices"].as_str(), "acme-bills");
}

#[test]
fn minds_change_at_the_summary() {
    // The name; then a chart version that pod identity does not know; then a second chart.
    let changes = ["2", "1", "umbra", "2", "6", "1.2.0", "irsa", "2", "5", "all", "", "", "", "", "1"];
    let (outcome, shown) = done(typed(&with(&changes), &mut Nowhere, &catalogue()));
    assert!(shown.contains("Shop 1.2.0 cannot use pod-identity."), "{shown}");
    let built = built(&outcome, &catalogue());
    let shop = built.installs.iter().find(|install| install.id.as_str() == "shop").expect("shop");
    assert_eq!((shop.identity, shop.version.to_string().as_str()), (Identity::Irsa, "1.2.0"));
    assert_eq!(shop.buckets["invoices"].as_str(), "umbra-invoices", "default names follow the name");
    assert_eq!(built.installs.len(), 2);
}

#[test]
fn a_change_takes_what_no_longer_fits_with_it() {
    // The optional archive is marked, then the chart goes back to a version without it.
    let start = [&SHOP[..], &["", "", "", "", "", "1", "", ""]].concat();
    let changes = ["2", "6", "1.2.0", "irsa", "1"];
    let (outcome, shown) = done(typed(&[&start[..], &changes].concat(), &mut Nowhere, &catalogue()));
    assert!(shown.contains("Shop has no bucket `archive` with these answers"), "{shown}");
    assert!(!outcome.spec.contains("archive"), "{}", outcome.spec);
}

#[test]
fn what_aws_tells_is_offered() {
    // Name and region by Enter; shop; its answers; the second cluster; roles and options; the old bucket for pictures.
    let start = ["", "", "", "2", "", "", "", "irsa", "2", "2", "", "", "", "", ""];
    let names = ["2", "2", "Old_Pictures", "1"];
    let (outcome, shown) = done(typed(&[&start[..], &names, &["", "1"]].concat(), &mut Account, &catalogue()));
    assert!(shown.contains("Your credentials belong to the account 012345678901."), "{shown}");
    assert!(shown.contains("acme-prod-invoices (exists in your account)"), "{shown}");
    assert!(outcome.provision, "with AWS available, making it now is proposed");
    let spec = spec(&outcome);
    let cluster = spec.cloud.cluster().expect("cluster");
    assert_eq!((cluster.name.as_str(), cluster.issuer.is_some()), ("test", true));
    let built = built(&outcome, &catalogue());
    assert!(built.buckets.iter().any(|bucket| bucket.name.as_str() == "Old_Pictures" && bucket.existing));
}

#[test]
fn the_own_namespace_can_be_taken_and_left() {
    let start = ["", "", "", "1", "", "", "", ""];
    let (outcome, shown) = done(typed(&[&start[..], &["own", "1", "", "1"]].concat(), &mut Account, &catalogue()));
    assert!(shown.contains("acme-prod-logs-012345678901-eu-west-1-an"), "{shown}");
    assert!(outcome.spec.contains("namespace: \"account-regional\""));
    let (outcome, _) = done(typed(&[&start[..], &["own", "plain", "1", "", "1"]].concat(), &mut Account, &catalogue()));
    assert!(!outcome.spec.contains("account-regional"));
}

#[test]
fn stopping_and_leaving() {
    let (outcome, _) = typed(&with(&["stop"]), &mut Nowhere, &catalogue());
    assert_eq!(outcome.expect_err("stopped").code(), &Code::NOT_CONFIRMED);
    let (outcome, _) = typed(&["acme", ""], &mut Nowhere, &catalogue());
    let error = outcome.expect_err("ended");
    assert_eq!(error.code(), &Code::NO_TERMINAL);
    assert!(
        error.remedy().is_some_and(|fix| fix.contains("`cloud.region: …`") && fix.contains("--answers FILE")),
        "{error:?}"
    );
}

#[test]
fn the_programs_own_profiles_fit_the_lines() {
    let catalogue = Catalogue::embedded();
    let needs_answers = |name: &&str| {
        catalogue.get(name).expect("a profile").about.options.iter().any(|choice| choice.example.is_some())
    };
    let silent: Vec<&str> = catalogue.names().filter(|name| !needs_answers(name)).collect();
    let charts = silent.join(",");
    let lines = [&["acme", "", "eu-west-1", &charts][..], &[""; 100]].concat();
    let (outcome, _) = done(typed(&lines, &mut Account, &catalogue));
    assert_eq!(built(&outcome, &catalogue).installs.len(), silent.len());
}

/// What has no sensible default is asked until it is answered.
#[test]
fn an_answer_that_nobody_can_propose() {
    let catalogue = Catalogue::embedded();
    let id = "0191e223-1c3c-7607-badf-303c98b52d2f";
    let lines = [&["acme", "", "eu-west-1", "ona", "", "", "", "", "acme", id][..], &[""; 20]].concat();
    let (outcome, shown) = done(typed(&lines, &mut Account, &catalogue));
    assert_eq!(shown.matches("must be the organisation's UUID").count(), 2, "{shown}");
    assert!(outcome.spec.contains(id));
}
