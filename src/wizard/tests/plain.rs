//! A person who types lines.

use std::cell::RefCell;

use super::fixtures::{Account, built, catalogue, spec};
use crate::base::error::{Code, Result, Source};
use crate::base::names::{AccountId, Region};
use crate::kube::live::Current;
use crate::profile::Catalogue;
use crate::spec::Identity;
use crate::wizard::{Answers, Earlier, Kept, Nowhere, PlainPrompter, Surroundings, ask, kept_text, of_spec, read_kept};

/// Types the lines; gives the outcome and what was shown.
fn typed(lines: &[&str], surroundings: &mut dyn Surroundings, catalogue: &Catalogue) -> (Result<Answers>, String) {
    let input = lines.join("\n") + "\n";
    let mut prompter = PlainPrompter::new(input.as_bytes(), Vec::new());
    let outcome = ask(&mut prompter, surroundings, catalogue, Earlier::default());
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

fn unwrapped(shown: &str) -> String {
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Name to summary for the shop, by number and by word, with nothing but Enter after the cluster.
const SHOP: [&str; 10] = ["acme", "", "eu-west-1", "012345678901", "shop", "", "", "", "", "prod"];
const REST: [&str; 7] = ["", "", "", "", "", "", ""];

fn with(more: &[&'static str]) -> Vec<&'static str> {
    [&SHOP[..], &REST, more].concat()
}

#[test]
fn straight_through() {
    let (outcome, shown) = done(typed(&with(&["1"]), &mut Nowhere, &catalogue()));
    assert!(!outcome.provision);
    assert_eq!(built(&outcome, &catalogue()).installs[0].identity, Identity::PodIdentity);
    for words in [
        "AWS does not answer with your credentials",
        "1. Recommended: EKS Pod Identity",
        "`more` shows 1 more",
        "Shop invoices: acme-invoices",
        "There is one thing to know first: ? shows it.",
        "change Shop Helm release · shop",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    for words in ["(not possible)", "It belongs to Google", "Legacy"] {
        assert!(!shown.contains(words), "{words} is folded\n{shown}");
    }
}

#[test]
fn what_is_folded_is_shown_on_demand_and_reasons_in_full() {
    let mut lines = SHOP.to_vec();
    lines.splice(4..5, ["more", "?", "shop"]);
    lines.splice(10..11, ["?", "more", "5", ""]);
    let (_, shown) = done(typed(&[&lines[..], &REST, &["?", "1"]].concat(), &mut Nowhere, &catalogue()));
    for words in [
        "2. Logs (legacy)",
        "Nobody maintains it.",
        "5. Workload identity (not possible)",
        "workload-identity is not possible: It belongs to Google Cloud and Azure.",
        "Good to know about Shop (BW0492)",
        "Install the add-on.",
    ] {
        assert!(unwrapped(&shown).contains(words), "{words}\n{shown}");
    }
}

#[test]
fn a_step_back_and_forth() {
    // The region again, after a look at the account; then back from the summary to the names, which are taken again.
    let lines = [&["acme", "", "eu-west-1", "<", "eu-west-3"], &SHOP[3..], &REST, &["<", "1", "1"]].concat();
    let (outcome, shown) = done(typed(&lines, &mut Nowhere, &catalogue()));
    assert_eq!(spec(&outcome).cloud.region().as_str(), "eu-west-3");
    assert!(shown.contains("Answer [eu-west-1]: "), "the first answer is proposed\n{shown}");
    let (outcome, shown) = done(typed(&[&["<"][..], &with(&["1"])].concat(), &mut Nowhere, &catalogue()));
    assert!(shown.contains("This is the first question."), "{shown}");
    assert_eq!(spec(&outcome).name.as_str(), "acme");
}

#[test]
fn answers_are_kept_and_taken_up_again() {
    let kept = RefCell::new(Kept::new());
    let run = |lines: &[&str]| {
        let input = lines.join("\n") + "\n";
        let mut prompter = PlainPrompter::new(input.as_bytes(), Vec::new());
        let before = kept.borrow().clone();
        let keep = Box::new(|answers: &Kept| *kept.borrow_mut() = answers.clone());
        let earlier = Earlier { kept: before, complete: false, keep };
        let outcome = ask(&mut prompter, &mut Nowhere, &catalogue(), earlier);
        (outcome, String::from_utf8(prompter.into_output()).expect("text"))
    };
    assert_eq!(run(&SHOP[..6]).0.expect_err("the lines end").code(), &Code::NO_TERMINAL);
    let text = kept_text(&kept.borrow());
    assert!(text.contains("cloud.region: \"eu-west-1\"") && text.contains("shop.chartVersion"), "{text}");
    assert_eq!(read_kept(&Source::new("draft", text)).expect("reads"), *kept.borrow());
    let (outcome, shown) = run(&[&SHOP[6..], &REST, &["1"]].concat());
    let outcome = outcome.unwrap_or_else(|error| panic!("{error:?}\n{shown}"));
    assert!(!shown.contains("Name of this installation\n"), "what is answered is not asked again\n{shown}");
    assert_eq!(outcome, done(typed(&with(&["1"]), &mut Nowhere, &catalogue())).0);
}

#[test]
fn a_specs_answers_make_the_same_spec() {
    let names = ["shop.buckets.archive", "acme-attic", "1"];
    let mut lines = with(&[]);
    lines[15] = "archive";
    lines.truncate(16);
    let (outcome, shown) = done(typed(&[&lines[..], &names, &["1"]].concat(), &mut Nowhere, &catalogue()));
    assert!(outcome.spec.contains("acme-attic"), "{}\n{shown}", outcome.spec);
    let (kept, unasked) = of_spec(&Source::new("spec", &outcome.spec), &catalogue()).expect("reads");
    assert!(unasked.is_empty(), "{unasked:?}");
    let mut prompter = PlainPrompter::new("1\n".as_bytes(), Vec::new());
    let earlier = Earlier { kept, complete: true, ..Earlier::default() };
    let again = ask(&mut prompter, &mut Nowhere, &catalogue(), earlier).expect("nothing is asked but the summary");
    assert_eq!(again.spec, outcome.spec);
    let more =
        outcome.spec.replace("roles:", "adopt: {roles: [a]}\nroles:").replace("release:", "id: other\n    release:");
    let (_, unasked) = of_spec(&Source::new("spec", more), &catalogue()).expect("reads");
    assert_eq!(unasked, ["adopt", "shop.id"]);
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
        "shop",
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
    let (outcome, shown) = done(typed(&[&lines[..], &["1"]].concat(), &mut Nowhere, &catalogue()));
    let unwrapped = unwrapped(&shown);
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
    ] {
        assert!(unwrapped.contains(words), "{words}\n{shown}");
    }
    assert_eq!(spec(&outcome).installs[0].chart_version.to_string(), "1.9.0");
}

#[test]
fn a_wrong_bucket_name_and_a_right_one() {
    // The first bucket, a wrong name, the other bucket's name, a right name; then the names are taken.
    let names = ["2", "Acme_Bills", "acme-pictures", "acme-bills", "1"];
    let (outcome, shown) = done(typed(&[&SHOP[..], &REST[..6], &names, &["1"]].concat(), &mut Nowhere, &catalogue()));
    assert!(shown.contains("Use `acme-bills`, for example."), "{shown}");
    assert!(shown.contains("is claimed by"), "{shown}");
    assert_eq!(built(&outcome, &catalogue()).installs[0].buckets["invoices"].as_str(), "acme-bills");
}

#[test]
fn minds_change_at_the_summary() {
    // The name; then a chart version that pod identity does not know; then a second chart.
    let changes = ["name", "umbra", "shop.chartVersion", "1.2.0", "irsa", "installs", "1, 2", "", "", "", "", "", "1"];
    let (outcome, shown) = done(typed(&with(&changes), &mut Nowhere, &catalogue()));
    let built = built(&outcome, &catalogue());
    let shop = built.installs.iter().find(|install| install.id.as_str() == "shop").expect("shop");
    assert_eq!((shop.identity, shop.version.to_string().as_str()), (Identity::Irsa, "1.2.0"));
    assert_eq!(shop.buckets["invoices"].as_str(), "umbra-invoices", "default names follow the name\n{shown}");
    assert_eq!(built.installs.len(), 2);
}

#[test]
fn even_the_cloud_can_be_changed() {
    let changes = ["cloud.provider", "gcp", "acme-prod", "europe-west2"];
    let input = ["acme", "", "eu-west-1", "", "gitlab", "", "", "", "", "", "prod", "", "", "", ""];
    let lines = [&input[..14], &changes, &[""; 12]].concat();
    let (outcome, shown) = done(typed(&lines, &mut Nowhere, &Catalogue::embedded()));
    assert!(outcome.spec.contains("provider: \"gcp\"") && !outcome.spec.contains("eu-west-1"), "{}", outcome.spec);
    assert!(shown.contains("No longer asked with these answers, so left out: "), "{shown}");
}

#[test]
fn a_change_takes_what_no_longer_fits_with_it() {
    // The optional archive is marked, then the chart goes back to a version without it.
    let start = [&SHOP[..], &["", "", "", "", "", "1", ""]].concat();
    let changes = ["shop.chartVersion", "1.2.0", "irsa", "1"];
    let (outcome, shown) = done(typed(&[&start[..], &changes].concat(), &mut Nowhere, &catalogue()));
    let shown = unwrapped(&shown);
    assert!(shown.contains("left out: shop.optionalBuckets, shop.options.mail"), "{shown}");
    assert!(!outcome.spec.contains("archive"), "{}", outcome.spec);
}

#[test]
fn what_aws_tells_is_offered() {
    // Name and region by Enter; shop; its answers; a cluster that is not there; the second cluster; the old bucket.
    let start = ["", "", "", "shop", "", "", "", "irsa", "tset", "no", "test", "2", "", "", "", "", ""];
    let names = ["shop.buckets.pictures", "Old_Pictures", "1", "1"];
    let (outcome, shown) = done(typed(&[&start[..], &names].concat(), &mut Account, &catalogue()));
    for words in [
        "Account of your AWS credentials: 012345678901",
        "Known: prod, test",
        "eu-west-1 has no EKS cluster `tset`. Use it all the same? Did you mean `test`?",
        "acme-prod-invoices (free)",
        "acme-prod-pictures (exists in your account)",
    ] {
        assert!(unwrapped(&shown).contains(words), "{words}\n{shown}");
    }
    assert!(outcome.provision, "with AWS available, the plan comes first");
    let spec = spec(&outcome);
    let cluster = spec.cloud.cluster().expect("cluster");
    assert_eq!((cluster.name.as_str(), cluster.issuer.is_some()), ("test", true));
    let built = built(&outcome, &catalogue());
    assert!(built.buckets.iter().any(|bucket| bucket.name.as_str() == "Old_Pictures" && bucket.existing));
}

/// A name that cannot be had is refused where it is given, with the reason.
#[test]
fn whose_a_bucket_is_is_looked_up() {
    let start = ["", "", "", "logs", "", "", "", "", ""];
    let names = ["2", "taken-logs", "1", "2", "other-logs", "1", "2", "free-logs", "1", "1"];
    let (outcome, shown) = done(typed(&[&start[..], &names].concat(), &mut Account, &catalogue()));
    let shown = unwrapped(&shown);
    for words in [
        "taken-logs (taken by another account)",
        "The bucket taken-logs cannot be used. Another account has it, or a policy hides it from you.",
        "other-logs (of the spec other)",
        "The spec `other` made it.",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    assert!(outcome.spec.contains("free-logs"), "{}", outcome.spec);
}

#[test]
fn a_key_is_made_or_brought() {
    let start = ["", "", "", "logs", "", "", "", ""];
    let key = ["2", "hush", "env:LOGS_ID", "file:keys/logs", "1", "1"];
    let (outcome, shown) = done(typed(&[&start[..], &key].concat(), &mut Account, &catalogue()));
    assert!(shown.contains("1. Recommended: Make one, with a user of its own"), "{shown}");
    assert!(outcome.spec.contains("env:LOGS_ID") && outcome.spec.contains("file:keys/logs"), "{}", outcome.spec);
    let (outcome, _) = done(typed(&[&start[..], &["", "1", "1"]].concat(), &mut Account, &catalogue()));
    assert!(!outcome.spec.contains("credentials"), "{}", outcome.spec);
}

#[test]
fn what_helm_runs_is_proposed() {
    struct Running(Account);
    impl Surroundings for Running {
        fn region(&self) -> Option<Region> {
            self.0.region()
        }
        fn account(&mut self) -> Option<AccountId> {
            self.0.account()
        }
        fn clusters(&mut self, region: &Region) -> Vec<String> {
            self.0.clusters(region)
        }
        fn buckets(&mut self) -> Vec<String> {
            Vec::new()
        }
        fn releases(&mut self) -> Vec<crate::kube::live::Running> {
            self.0.releases()
        }
        fn current(&self) -> Option<Current> {
            let name = "arn:aws:eks:eu-west-1:012345678901:cluster/test".to_owned();
            Some(Current { name, server: String::new(), arguments: Vec::new() })
        }
    }
    let lines = [&["acme", "", "", "shop", "", "", "", "", ""][..], &[""; 10]].concat();
    let (outcome, shown) = done(typed(&lines, &mut Running(Account), &catalogue()));
    for words in ["Answer [1.4.0]", "Answer [corner]", "Answer [high-street]", "Answer [test]"] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    assert!(outcome.spec.contains("release: \"corner\""), "{}", outcome.spec);
}

#[test]
fn the_own_namespace_can_be_taken_and_left() {
    let start = ["", "", "", "logs", "", "", "", "", ""];
    let (outcome, _) = done(typed(&[&start[..], &["own", "1"]].concat(), &mut Account, &catalogue()));
    assert!(outcome.spec.contains("namespace: \"account-regional\""));
    let (outcome, _) =
        done(typed(&[&start[..], &["own", "buckets", "take", "1"]].concat(), &mut Account, &catalogue()));
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
