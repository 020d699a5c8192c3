//! A name that exists is valid: the types agree with the services' rules, written once more as patterns.

use std::cell::RefCell;
use std::collections::HashMap;

use bucketwright::base::names::{
    AccountId, Arn, BucketName, DnsLabel, DnsName, IamName, IamNameKind, Region, SecretKey, SpecName,
};
use proptest::prelude::*;
use regex::Regex;

use super::{cases, text};
use crate::harness::Sandbox;

/// Texts near to names: of their characters, with what rules forbid at the ends and in the middle.
fn near() -> impl Strategy<Value = String> {
    let edges = prop::sample::select(
        &[
            "",
            "xn--",
            "sthree-",
            "amzn-s3-demo-",
            "-",
            ".",
            "a",
            "-s3alias",
            "--ol-s3",
            ".mrap",
            "--x-s3",
            "--table-s3",
            "-an",
            "A",
            "_",
            "\n",
            "é",
        ][..],
    );
    prop_oneof![
        4 => (edges.clone(), "[a-z0-9.-]{0,64}", edges).prop_map(|(a, b, c)| format!("{a}{b}{c}")),
        2 => "[a-zA-Z0-9_+=,.@/: -]{0,70}",
        1 => "[a-z0-9]{50,70}",
        1 => text(),
    ]
}

/// Whether a whole text matches a pattern. Each pattern is compiled once; lengths are counted apart, which is faster.
fn matches(pattern: &'static str, text: &str) -> bool {
    thread_local! {
        static COMPILED: RefCell<HashMap<&'static str, Regex>> = RefCell::default();
    }
    COMPILED.with_borrow_mut(|compiled| {
        let whole = || Regex::new(&format!(r"\A(?:{pattern})\z")).expect("a pattern");
        compiled.entry(pattern).or_insert_with(whole).is_match(text)
    })
}

/// Amazon S3 User Guide, "Bucket naming rules", and no dots: they break TLS.
fn is_bucket(text: &str) -> bool {
    (3..=63).contains(&text.len())
        && matches("[a-z0-9][a-z0-9-]*[a-z0-9]", text)
        && !matches("(xn--|sthree-|amzn-s3-demo-).*", text)
        && !matches(".*(-s3alias|--ol-s3|\\.mrap|--x-s3|--table-s3)", text)
}

/// Kubernetes, "Object Names and IDs" (RFC 1123).
fn is_label(text: &str, most: usize) -> bool {
    text.len() <= most && matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?", text)
}

/// IAM API reference, CreateRole and CreatePolicy.
fn is_iam_name(text: &str, most: usize) -> bool {
    text.len() <= most && matches("[A-Za-z0-9_+=,.@-]+", text)
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn names_keep_the_services_rules(text in near()) {
        let old = (3..=255).contains(&text.len()) && matches("[A-Za-z0-9._-]+", &text) && !text.contains("..");
        let account = text.len() <= 253 && text.split('.').all(|label| is_label(label, 253));
        let key = text.len() <= 253 && matches("[A-Za-z0-9._-]+", &text) && text != "." && text != "..";
        for (what, accepted, valid) in [
            ("bucket", BucketName::parse(&text).is_ok(), is_bucket(&text)),
            ("old bucket", BucketName::parse_existing(&text).is_ok(), old),
            ("namespace", DnsLabel::namespace(&text).is_ok(), is_label(&text, 63)),
            ("release", DnsLabel::release(&text).is_ok(), is_label(&text, 53)),
            ("service account", DnsName::parse("x", &text).is_ok(), account),
            ("secret key", SecretKey::parse(&text).is_ok(), key),
            ("role", IamName::parse(IamNameKind::Role, &text).is_ok(), is_iam_name(&text, 64)),
            ("region", Region::parse(&text).is_ok(), matches("[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}", &text)),
            ("account", AccountId::parse(&text).is_ok(), text.len() == 12 && matches("[0-9]+", &text)),
            ("spec", SpecName::parse(&text).is_ok(), text.len() <= 32 && matches("[a-z]([a-z0-9-]*[a-z0-9])?", &text)),
        ] {
            prop_assert_eq!(accepted, valid, "{} {:?}", what, text);
        }
    }

    /// A name that is proposed in place of a bad one is itself good.
    #[test]
    fn proposals_are_good(text in near()) {
        if let Err(error) = BucketName::parse(&text) {
            let fix = error.remedy().expect("a fix");
            if let Some(proposal) = fix.strip_prefix("Use `").and_then(|rest| rest.strip_suffix("`, for example.")) {
                prop_assert!(is_bucket(proposal), "{:?} for {:?}", proposal, text);
            }
        }
    }

    #[test]
    fn arns_have_their_parts(partition in "aws|aws-cn|aws-us-gov|aws-eusc|gcp|", service in "[a-z0-9]{0,5}", account in "([0-9]{12})?|[0-9]{0,13}", resource in "[!-~]{0,12}") {
        let text = format!("arn:{partition}:{service}:eu-west-1:{account}:{resource}");
        let valid = matches("aws|aws-cn|aws-us-gov|aws-eusc", &partition)
            && !service.is_empty()
            && (account.is_empty() || account.len() == 12)
            && !resource.is_empty()
            && !resource.contains(['<', '>', '"', '\'', '`']);
        prop_assert_eq!(Arn::parse(&text).is_ok(), valid, "{}", text);
    }
}

/// The schema's patterns for names are the program's rules, so that an editor and the program say the same.
#[test]
fn the_schemas_patterns_are_the_programs_rules() {
    let schema = Sandbox::new().run("schema").ok().json();
    let pattern = |definition: &serde_json::Value, key: &str| {
        definition["properties"][key]["pattern"].as_str().expect(key).to_owned()
    };
    let spec = pattern(&schema, "name");
    let account = pattern(&schema["$defs"]["Cloud"], "account");
    let bucket = schema["$defs"]["BucketChoice"]["anyOf"][0]["pattern"].as_str().expect("a pattern").to_owned();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (spec, account, bucket) = (
        Regex::new(&spec).expect("spec"),
        Regex::new(&account).expect("account"),
        Regex::new(&bucket).expect("bucket"),
    );
    runner
        .run(&near().prop_filter("JSON Schema's $ is the end", |text| !text.contains('\n')), |text| {
            prop_assert_eq!(spec.is_match(&text), SpecName::parse(&text).is_ok(), "{:?}", text);
            prop_assert_eq!(account.is_match(&text), AccountId::parse(&text).is_ok(), "{:?}", text);
            prop_assert!(bucket.is_match(&text) || BucketName::parse(&text).is_err(), "{:?}", text);
            Ok(())
        })
        .expect("the schema and the program agree");
}
