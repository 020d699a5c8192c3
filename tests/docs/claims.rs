//! Sentences of the pages, held to what they speak of.

use std::collections::BTreeSet;

use crate::harness::{Sandbox, project};

fn page(name: &str) -> String {
    std::fs::read_to_string(project().join(name)).expect(name)
}

/// The ranges of codes that errors.md gives to profiles are those that profiles have, and every profile with checks is named.
#[test]
fn the_codes_of_profiles_are_where_the_page_says() {
    let head = page("docs/errors.md");
    let head = head.split("## BW0101").next().expect("a head");
    let ranges = [(412, 499), (1541, 1599), (1641, 1699)];
    for (first, last) in ranges {
        assert!(head.contains(&format!("`BW{first:04}` to `BW{last:04}`")), "{head}");
    }
    let mut profiles = BTreeSet::new();
    for (path, text) in crate::harness::tree_of_text(&project().join("charts-profiles")) {
        for code in text.lines().filter_map(|line| line.trim().strip_prefix("code: BW")) {
            let code: u32 = code.parse().expect("a number");
            assert!(ranges.iter().any(|(first, last)| (*first..=*last).contains(&code)), "{path}: BW{code:04}");
            profiles.insert(path.split('/').next().expect("a profile").to_owned());
        }
    }
    for profile in profiles {
        assert!(
            head.contains(&format!("profiles/{profile}.md")),
            "{profile} has checks, and errors.md does not name it"
        );
    }
}

/// The words of the profile format that name clouds, and the kinds of references, are those that the program knows.
#[test]
fn lists_of_words_are_whole() {
    let format = page("docs/profile-format.md");
    let line = format.lines().find(|line| line.starts_with("| `cloud` |")).expect("the variable");
    for cloud in ["aws", "s3", "gcp", "azure"] {
        assert!(line.contains(&format!("'{cloud}'")), "{cloud}");
    }
    let architecture = page("docs/architecture.md");
    let line = architecture.lines().find(|line| line.starts_with("| **spec** |")).expect("the spec");
    for kind in ["env:", "file:", "kube:"] {
        assert!(line.contains(kind), "{kind}");
    }
    // The guided questions know every cloud that a page might say they do not.
    for name in ["docs/gcp.md", "docs/azure.md", "docs/stores.md"] {
        assert!(!page(name).contains("guided questions ask for AWS only"), "{name}");
    }
}

/// Documents of our own carry a version; those that the page lists do not.
#[test]
fn documents_carry_the_version() {
    let sandbox = Sandbox::with_spec(&page("examples/gitlab-irsa.yaml"));
    for (command, versioned) in [
        ("render -o json", true),
        ("render --check -o json", true),
        ("plan --rehearse -o json", true),
        ("apply --rehearse --no-proof -o json", true),
        ("export --as terraform -o json", true),
        ("report -o json", true),
        ("explain BW0203 -o json", true),
        ("profile list -o json", true),
        ("profile show gitlab -o json", true),
        ("push --dry-run=client -o json", true),
        ("render --only nothing -o json", true),
        ("plan --permissions -o json", false),
        ("push --permissions", false),
        ("render --out - -o json", true),
        ("schema", false),
    ] {
        let json = sandbox.run(command).any().json();
        assert_eq!(json.get("version") == Some(&1.into()), versioned, "{command}: {json:#}");
    }
}

/// The builder's C library is not newer than that of the image that runs the program.
#[test]
fn the_dockerfile_has_one_debian() {
    let verify = page("docs/verify.md");
    let build = verify.lines().find(|line| line.starts_with("FROM rust:")).expect("a builder");
    let run = verify.lines().find(|line| line.starts_with("FROM gcr.io/distroless/")).expect("an image");
    let releases = [("bookworm", "debian12"), ("trixie", "debian13")];
    let fits = releases.iter().any(|(name, number)| build.contains(name) && run.contains(number));
    assert!(fits, "{build}\n{run}");
}

/// The files that migrate.md lists are those that are written.
#[test]
fn the_files_of_a_migration_are_listed() {
    let sandbox = Sandbox::new();
    sandbox
        .write("now.yaml", "global: {hosts: {domain: example.com}, appConfig: {lfs: {connection: {secret: mine}}}}\n");
    let _ = sandbox
        .run("migrate settings --profile gitlab --chart-version 9.9.1 --values now.yaml --name acme --region eu-west-1 --out s3")
        .ok();
    let written: BTreeSet<String> = crate::harness::tree_of_text(&sandbox.path("s3")).into_keys().collect();
    let migrate = page("docs/migrate.md");
    for file in ["bucketwright.yaml", "migration.txt", "migration.json", ".gitignore", ".rendered"] {
        assert!(written.contains(file) && migrate.contains(&format!("`{file}`")), "{file}: {written:?}");
    }
    let known = ["gitlab/", "iam/", "bucketwright.yaml", "migration.txt", "migration.json", ".gitignore", ".rendered"];
    assert!(written.iter().all(|file| known.iter().any(|start| file.starts_with(start))), "{written:?}");
    assert!(written.contains("gitlab/values.undo.yaml") && migrate.contains("values.undo.yaml"), "{written:?}");
}
