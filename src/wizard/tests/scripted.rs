//! Answers from a file.

use super::fixtures::{Account, built, catalogue, spec};
use crate::base::error::{Code, Error, Result, Source};
use crate::profile::{Catalogue, in_range};
use crate::spec::{BucketNamespace, Identity, Roles};
use crate::wizard::{Answers, Earlier, Nowhere, Scripted, ask};

fn answered(text: &str, defaults: bool) -> Result<Answers> {
    let mut prompter = Scripted::read(&Source::new("answers.yaml", text), defaults)?;
    ask(&mut prompter, &mut Nowhere, &catalogue(), Earlier::default())
}

fn fails(text: &str) -> Error {
    answered(text, true).expect_err("must fail")
}

const SHOP: &str = "name: acme\ncloud.region: eu-west-1\ninstalls: [shop]\ncloud.cluster.name: prod\n";

#[test]
fn one_chart_from_a_file_and_defaults() {
    let outcome = answered(SHOP, true).expect("answers suffice");
    assert!(!outcome.provision, "without a person nothing is made by default");
    let built = built(&outcome, &catalogue());
    assert_eq!(built.installs[0].identity, Identity::PodIdentity);
    let names: Vec<&str> = built.installs[0].buckets.values().map(crate::base::names::BucketName::as_str).collect();
    assert_eq!(names, ["acme-invoices", "acme-pictures"]);
    assert_eq!(
        outcome.spec.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n"),
        "apiVersion: \"bucketwright/v1\"\nname: \"acme\"\ncloud:\n  provider: \"aws\"\n  region: \"eu-west-1\"\n  cluster:\n    \
         name: \"prod\"\nroles: \"shared\"\ninstalls:\n  - profile: \"shop\"\n    chartVersion: \"2.1.0\"\n    release: \"shop\"\n    \
         namespace: \"web\"\n    identity: \"pod-identity\""
    );
    assert!(outcome.spec.contains("    # The SDK of 2.0 knows it"), "the reason is in the spec");
}

#[test]
fn several_charts_with_every_answer() {
    let outcome = answered(
        "name: acme\ncloud.provider: aws\ncloud.region: cn-north-1\ncloud.account: \"012345678901\"\ninstalls: [shop, logs]\n\
         cloud.cluster.name: prod\ncloud.cluster.oidcIssuer: https://oidc.eks.cn-north-1.amazonaws.com.cn/id/AB\n\
         cloud.cluster.nodeRole: arn:aws-cn:iam::012345678901:role/nodes\nroles: per-component\nbuckets: take\nprovision: yes\n\
         shop.chartVersion: 1.4.0\nshop.release: store\nshop.namespace: front\nshop.identity: node-role\n\
         shop.options.spaces: [front, back]\nshop.options.images: s3\nshop.options.domain: shop.example\n\
         shop.buckets.invoices: acme-bills\nlogs.chartVersion: 1.5.0\nlogs.release: logs\nlogs.namespace: logs\nlogs.identity: static-keys\n",
        false,
    )
    .expect("answers suffice");
    assert!(outcome.provision);
    let spec = spec(&outcome);
    assert_eq!(spec.cloud.account().map(crate::base::names::AccountId::as_str), Some("012345678901"));
    assert!(spec.installs.iter().all(|install| install.roles == Roles::PerComponent));
    let built = built(&outcome, &catalogue());
    let shop = built.installs.iter().find(|install| install.id.as_str() == "shop").expect("shop");
    assert_eq!((shop.release.as_str(), shop.namespace.as_str(), shop.identity), ("store", "front", Identity::NodeRole));
    assert_eq!(shop.buckets["invoices"].as_str(), "acme-bills");
    assert_eq!(shop.variables["options"]["spaces"], serde_json::json!(["front", "back"]));
    assert_eq!(built.buckets.len(), 3);
}

#[test]
fn answers_that_equal_the_default_follow_it() {
    let outcome = answered(
        &format!("{SHOP}shop.namespace: front\nshop.options.spaces: front\nshop.buckets.invoices: acme-invoices\n"),
        true,
    );
    let outcome = outcome.expect("answers suffice");
    assert!(!outcome.spec.contains("options:") && !outcome.spec.contains("buckets:"), "{}", outcome.spec);
}

#[test]
fn a_named_optional_bucket_is_used() {
    let outcome = answered(&format!("{SHOP}shop.buckets.archive: acme-attic\n"), true).expect("answers suffice");
    assert_eq!(built(&outcome, &catalogue()).installs[0].buckets["archive"].as_str(), "acme-attic");
    let outcome = answered(&format!("{SHOP}shop.optionalBuckets: archive\n"), true).expect("answers suffice");
    assert_eq!(built(&outcome, &catalogue()).installs[0].buckets["archive"].as_str(), "acme-archive");
}

#[test]
fn the_accounts_own_namespace() {
    let outcome =
        answered(&format!("{SHOP}cloud.account: \"012345678901\"\nbuckets: own\n"), true).expect("answers suffice");
    assert_eq!(spec(&outcome).bucket_defaults.namespace, BucketNamespace::AccountRegional);
    let built = built(&outcome, &catalogue());
    assert_eq!(built.installs[0].buckets["invoices"].as_str(), "acme-invoices-012345678901-eu-west-1-an");
    let long = SHOP.replace("acme", "a-name-of-thirty-two-characters1");
    let error = fails(&format!("{long}cloud.account: \"012345678901\"\nbuckets: own\n"));
    assert_eq!(error.code(), &Code::BAD_BUCKET);
}

#[test]
fn every_default_with_what_aws_tells() {
    let outcome =
        ask(&mut Scripted::defaults(), &mut Account, &catalogue(), Earlier::default()).expect("defaults suffice");
    let spec = spec(&outcome);
    assert_eq!((spec.name.as_str(), spec.cloud.region().as_str()), ("acme-prod", "eu-west-1"));
    assert_eq!(spec.installs.len(), 1);
    assert_eq!(spec.installs[0].profile, "shop", "the first that is not legacy");
    assert_eq!(spec.cloud.cluster().map(|cluster| cluster.name.as_str()), Some("prod"));
}

#[test]
fn what_is_missing_is_named() {
    let error = fails("name: acme\n");
    assert_eq!(error.code(), &Code::BAD_ANSWERS);
    assert!(
        error.what().contains("`cloud.region`") && error.remedy().is_some_and(|fix| fix.contains("AWS_REGION")),
        "{error:?}"
    );
    let error = fails("name: acme\ncloud.regoin: eu-west-1\n");
    assert!(error.remedy().is_some_and(|fix| fix.contains("`cloud.regoin`: did you mean `cloud.region`")), "{error:?}");
    let error = answered(&format!("{SHOP}provision: true\n"), false).expect_err("strict");
    let fix = error.remedy().expect("fix");
    assert!(
        fix.contains("  shop.chartVersion: \"2.1.0\"\n")
            && fix.contains("  roles: shared\n")
            && !fix.contains("provision"),
        "{fix}"
    );
}

/// A region that nobody knows is confirmed, and the spec says so; a typing mistake is refused with what was meant.
#[test]
fn a_new_region_is_confirmed() {
    let new = SHOP.replace("eu-west-1", "eu-atlantis-1");
    let outcome = answered(&format!("{new}cloud.allowUnknownRegion: true\n"), true).expect("it is confirmed");
    assert!(outcome.spec.contains("allowUnknownRegion: true"), "{}", outcome.spec);
    assert_eq!(spec(&outcome).cloud.region().as_str(), "eu-atlantis-1");
    let error = answered(&SHOP.replace("eu-west-1", "eu-wst-1"), true).expect_err("a typing mistake");
    assert_eq!(error.code(), &Code::BAD_REGION);
    assert!(error.remedy().is_some_and(|fix| fix.contains("`eu-west-1`")), "{error:?}");
}

#[test]
fn what_answers_nothing_is_named() {
    let error = fails(&format!("{SHOP}shop.chartVersoin: 2.0.0\n"));
    assert_eq!(error.code(), &Code::BAD_ANSWERS);
    assert!(error.remedy().is_some_and(|fix| fix.contains("Did you mean `shop.chartVersion`?")), "{error:?}");
    assert_eq!(error.place().map(|place| place.line_column().0), Some(5));
}

#[test]
fn wrong_answers_point_at_the_file() {
    for (line, code, word) in [
        ("shop.buckets.invoices: Acme_Bills", &Code::BAD_BUCKET, "acme-bills"),
        ("shop.identity: workload-identity", &Code::BAD_ANSWERS, "Use one of: pod-identity, irsa"),
        ("shop.identity: isra", &Code::BAD_ANSWERS, "Did you mean `irsa`"),
        ("shop.chartVersion: 3.0.0", &Code::UNCOVERED_VERSION, "2.1.0"),
        ("shop.chartVersion: 2.1", &Code::BAD_ANSWERS, "in quotes"),
        ("shop.options.mail: maybe", &Code::BAD_ANSWERS, "`true` or `false`"),
        ("provision: 3", &Code::BAD_ANSWERS, "`true` or `false`"),
    ] {
        let error = fails(&format!("{SHOP}{line}\n"));
        assert_eq!(error.code(), code, "{line}: {error:?}");
        assert!(error.remedy().is_some_and(|fix| fix.contains(word)), "{line}: {error:?}");
        assert_eq!(error.place().map(|place| place.line_column().0), Some(5), "{line}");
    }
}

#[test]
fn a_profiles_refusal_stops_at_the_answer() {
    let error = fails(&format!("{SHOP}shop.options.mail: true\nshop.options.images: disk\n"));
    assert_eq!((error.code().as_str(), error.place().map(|place| place.line_column().0)), ("BW0490", Some(6)));
    let error = fails(&format!("{SHOP}shop.release: bad\n"));
    assert_eq!(error.code().as_str(), "BW0491");
    let error = fails(&format!("{SHOP}shop.buckets.invoices: acme-same\nshop.buckets.pictures: acme-same\n"));
    assert_eq!(error.code(), &Code::BUCKET_CLAIMED_TWICE);
}

#[test]
fn buckets_that_exist_are_used_as_they_are() {
    let text = "installs: [shop]\nshop.buckets.pictures: Old_Pictures\n";
    let mut prompter = Scripted::read(&Source::new("answers.yaml", text), true).expect("reads");
    let outcome = ask(&mut prompter, &mut Account, &catalogue(), Earlier::default()).expect("answers suffice");
    let built = built(&outcome, &catalogue());
    assert!(
        built.buckets.iter().any(|bucket| bucket.name.as_str() == "Old_Pictures" && bucket.existing),
        "{}",
        outcome.spec
    );
}

#[test]
fn every_profile_that_comes_with_the_program_can_be_asked_about() {
    let catalogue = Catalogue::embedded();
    let names: Vec<&str> = catalogue.names().collect();
    for name in names {
        let mut text = format!("name: acme\ncloud.region: eu-west-1\ninstalls: [{name}]\n");
        let about = &catalogue.get(name).expect("a profile").about;
        let asked = about
            .options
            .iter()
            .filter(|choice| choice.ask.is_some() && in_range(choice.charts.as_ref(), &about.chart.default));
        for (choice, example) in asked.filter_map(|choice| Some((choice, choice.example.as_ref()?))) {
            text.push_str(&format!("{name}.options.{}: {example}\n", choice.name));
        }
        let mut prompter = Scripted::read(&Source::new("answers.yaml", text), true).expect("reads");
        let outcome = ask(&mut prompter, &mut Account, &catalogue, Earlier::default())
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(built(&outcome, &catalogue).installs.len(), 1);
    }
}
