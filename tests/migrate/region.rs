//! Buckets that are on S3 already are taken over, in the region that they are in.

use super::COMMON;
use super::elsewhere::report;
use crate::harness::Sandbox;

/// The region of the tests is `eu-west-1`.
#[test]
fn another_region_is_refused() {
    let old_argo = |s3: &str| format!("argo-workflows: {{artifactRepository: {{s3: {{{s3}, bucket: mine}}}}}}\n");
    for (version, old, part, region) in [
        (
            "0.2.0",
            "massdriver: {blobStorage: {type: s3, massdriverBucket: a, stateBucket: b, s3: {region: us-west-2}}}\n"
                .to_owned(),
            "massdriver",
            "us-west-2",
        ),
        // The chart's own region.
        (
            "0.2.0",
            "massdriver: {blobStorage: {type: s3, massdriverBucket: a, stateBucket: b}}\n".to_owned(),
            "massdriver",
            "us-east-1",
        ),
        ("0.0.12", "massdriver: {blobStorage: {type: s3}}\n".to_owned(), "massdriver", "us-east-1"),
        ("0.2.0", old_argo("endpoint: s3.us-west-2.amazonaws.com"), "argo", "us-west-2"),
        ("0.2.0", old_argo("endpoint: s3.dualstack.us-west-2.amazonaws.com, region: us-west-2"), "argo", "us-west-2"),
        ("0.2.0", old_argo("endpoint: s3.amazonaws.com, region: ap-south-1"), "argo", "ap-south-1"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write("old.yaml", &old);
        let command =
            format!("migrate settings --profile massdriver --chart-version {version} --values old.yaml {COMMON}");
        let said = sandbox.run(&command).exits(2).all();
        for words in [
            "BW1705",
            &format!("`massdriver/{part}` are on S3 in {region}"),
            "eu-west-1",
            &format!("Use `--region {region}`"),
        ] {
            assert!(said.contains(words), "{words}: {old}: {said}");
        }
        assert!(!sandbox.path("s3").exists());
    }
}

#[test]
fn the_same_region_is_taken_and_an_unknown_one_is_to_be_looked_at() {
    for (s3, decide) in [
        ("endpoint: s3.eu-west-1.amazonaws.com", false),
        ("endpoint: s3.amazonaws.com, region: eu-west-1", false),
        ("endpoint: s3.amazonaws.com", true),
    ] {
        let old = format!("argo-workflows: {{artifactRepository: {{s3: {{{s3}, bucket: mine}}}}}}\n");
        let (sandbox, report) = report("massdriver", "0.2.0", &old, "");
        assert!(sandbox.read("s3/bucketwright.yaml").contains("mine"));
        let lines = report["settings"].as_array().expect("settings").iter();
        let mut buckets = lines.filter(|line| line["path"] == "argo-workflows.artifactRepository.s3.bucket");
        let line = buckets.next().expect("the bucket");
        assert_eq!(line["outcome"] == "decide", decide, "{line:#}");
        assert_eq!(line.to_string().contains("make sure that it is in eu-west-1"), decide, "{line:#}");
    }
}
