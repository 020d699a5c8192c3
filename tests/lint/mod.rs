//! `lint-policy` through the binary: our own policies are clean, the documentation's are not.

use std::path::Path;

use serde_json::Value;

use crate::harness::{Sandbox, project};

/// Lints a text; gives the report.
fn lint(sandbox: &Sandbox, name: &str, text: &str) -> Value {
    sandbox.write(name, text);
    let run = sandbox.run(&format!("lint-policy {name} -o json"));
    assert!(matches!(run.code(), Some(0 | 3)), "{name}");
    let found = run.code() == Some(3);
    let report = run.any().json();
    assert_eq!(report["findings"].as_array().is_some_and(|list| !list.is_empty()), found, "{report:#}");
    report
}

/// What was found, as `CODE LINE: what`.
fn found(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("findings").iter();
    let one = |f: &Value| {
        assert!(f["why"].is_string() && f["fix"].is_string() && f["place"]["column"].is_u64(), "{f:#}");
        format!("{} {}: {}", f["code"].as_str().expect("code"), f["place"]["line"], f["what"].as_str().expect("what"))
    };
    findings.map(one).collect()
}

const EXAMPLES: [&str; 5] =
    ["gitlab-irsa.yaml", "argo-irsa.yaml", "massdriver-keys.yaml", "gitpod-keys.yaml", "six-installs.yaml"];

#[test]
fn the_policies_that_we_write_have_no_finding() {
    let sandbox = Sandbox::new();
    let mut linted = 0;
    for example in EXAMPLES {
        let spec = project().join("examples").join(example);
        let spec = spec.to_str().expect("a path");
        let needed = sandbox.call(["plan", "--permissions", "-f", spec]).run().ok().stdout;
        assert_eq!(found(&lint(&sandbox, "permissions.json", &needed)), Vec::<String>::new(), "{example}");
        let plan = sandbox.call(["plan", "--rehearse", "-o", "json", "-f", spec]).run().ok().json();
        for change in plan["steps"]
            .as_array()
            .expect("steps")
            .iter()
            .flat_map(|step| step["changes"].as_array().expect("changes"))
        {
            if let Some(document) = change.get("document") {
                linted += 1;
                assert_eq!(
                    found(&lint(&sandbox, "own.json", &document.to_string())),
                    Vec::<String>::new(),
                    "{document:#}"
                );
            }
        }
        // The bucket policies, from the script, which names the kind of each document.
        let script = sandbox.call(["export", "--as", "aws-cli", "-f", spec]).run();
        if script.code() == Some(0) {
            for line in script.ok().stdout.lines().filter(|line| line.starts_with("plain_http ")) {
                let Some((_, statement)) = line.trim_end_matches('\'').split_once(" '") else { continue };
                linted += 1;
                let policy = format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{statement}]}}");
                assert_eq!(found(&lint(&sandbox, "bucket.json", &policy)), Vec::<String>::new(), "{policy}");
            }
        }
    }
    assert!(linted > 40, "{linted} policies are few");
}

/// The mistakes of published guides, each with the line it stands on.
#[test]
fn mistakes_of_published_guides() {
    let sandbox = Sandbox::new();
    let stray = r#"{
  "Statement": [
    {"Action": ["s3:ListBucket"], "Effect": "Allow", "Resource": ["arn:aws:s3:::acme>"], "Sid": ""},
    {"Action": ["s3:GetObject"], "Effect": "Allow", "Resource": ["arn:aws:s3:::acme/*"], "Sid": ""}
  ],
  "Version": "2012-10-17"
}"#;
    let names = "{\n \"Version\": \"2012-10-17\",\n \"Statement\": [{\n  \"Effect\": \"Allow\",\n  \"Action\": [\"s3:HeadBucket\",\n   \"s3:ListObject*\",\n   \"s3:PutObject\"],\n  \"Resource\": \"arn:aws:s3:::acme\"\n }]\n}";
    assert_eq!(
        found(&lint(&sandbox, "stray.json", stray)),
        ["BW1012 3: `arn:aws:s3:::acme>` has a stray `>`", "BW1004 4: the Sid `` stands twice"]
    );
    let all = found(&lint(&sandbox, "names.json", names));
    for expected in [
        "BW1007 5: there is no action `s3:HeadBucket`",
        "BW1007 6: `s3:ListObject*` matches no action",
        "BW1008 7: `s3:PutObject` works on objects, and the statement names none",
        "BW1010 7: uploads are allowed without s3:AbortMultipartUpload, s3:ListBucketMultipartUploads, s3:ListMultipartUploadParts",
    ] {
        assert!(all.iter().any(|line| line == expected), "{expected}\n{all:#?}");
    }
    let text = sandbox.run("lint-policy names.json").exits(3).stdout;
    assert!(
        text.contains("BW1007") && text.contains("Did you mean `s3:ListBucket`?") && text.contains("names.json:5"),
        "{text}"
    );
}

/// The policies in the guides themselves, where they are available.
#[test]
fn the_guides_themselves() {
    let folder = project().join("../shared/seeds");
    let folder = if folder.exists() { folder } else { project().join("../../shared/seeds") };
    if !folder.exists() {
        skip!("guides", "../shared/seeds is not there");
    }
    let sandbox = Sandbox::new();
    for (file, expected) in [
        ("000-gitpod-object-storage.md", &["BW1012", "BW1013", "BW1004"][..]),
        ("003-gradient-storage-providers.md", &["BW1011", "BW1010"][..]),
        ("004-massdriver-argo-s3.md", &["BW1007", "BW1010", "BW1011", "BW1012"][..]),
    ] {
        let all: Vec<String> = policies(&folder.join(file))
            .iter()
            .flat_map(|policy| found(&lint(&sandbox, "guide.json", policy)))
            .collect();
        for code in expected {
            assert!(all.iter().any(|line| line.starts_with(code)), "{file}: no {code} in {all:#?}");
        }
        if file.starts_with("004") {
            assert!(
                all.iter().any(|line| line.contains("s3:HeadBucket"))
                    && all.iter().any(|line| line.contains("s3:ListObject*")),
                "{all:#?}"
            );
        }
    }
}

/// The policies among the fenced texts of a page.
fn policies(page: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(page).expect("a guide");
    let blocks: Vec<String> = text
        .split("```")
        .skip(1)
        .step_by(2)
        .map(|block| block.split_once('\n').map_or("", |(_, rest)| rest).to_owned())
        .collect();
    let found: Vec<String> = blocks
        .into_iter()
        .filter(|block| block.trim_start().starts_with('{') && block.contains("\"Statement\""))
        .collect();
    assert!(!found.is_empty(), "{}", page.display());
    found
}

#[test]
fn what_the_exit_code_says() {
    let sandbox = Sandbox::new();
    let warns = r#"{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}}"#;
    sandbox.write("warns.json", warns);
    let _ = sandbox.run("lint-policy warns.json").exits(3);
    let _ = sandbox.run("lint-policy warns.json --fail-on error").ok();
    let _ = sandbox.run("lint-policy missing.json").exits(2);
    let report = sandbox.call(["lint-policy", "-", "-o", "json"]).stdin("{\n  \"a\": >\n}").run().exits(3).json();
    assert_eq!(found(&report), ["BW1001 2: the policy is not JSON: expected value"]);
    assert_eq!(report["findings"][0]["place"]["file"], "standard input");
    let sarif = sandbox.run("lint-policy warns.json -o sarif").exits(3).sarif();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&"BW1003".into(), &"warning".into()), "{sarif:#}");
    assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "warns.json");
    let _ = sandbox.run("schema -o sarif").exits(2);
}

/// An issuer that all customers share: the words are about its customers, and a subject must name one.
#[test]
fn a_shared_issuer_asks_for_its_customer() {
    let sandbox = Sandbox::new();
    let trust = |provider: &str, condition: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"Federated": "arn:aws:iam::012345678901:oidc-provider/{provider}"}}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {condition}}}]}}"#
        )
    };
    let ona = "app.gitpod.io";
    let open =
        lint(&sandbox, "open.json", &trust(ona, r#"{"StringEquals": {"app.gitpod.io:aud": "sts.amazonaws.com"}}"#));
    assert_eq!(found(&open), ["BW1020 1: the trust does not ask which customer of Ona it is"]);
    assert!(!open.to_string().contains("serviceaccount"), "{open:#}");
    let other = r#"{"StringEquals": {"app.gitpod.io:aud": "sts.amazonaws.com", "api.gitpod.io/idp:sub": "https://github.com/acme/app"}}"#;
    let other = lint(&sandbox, "other.json", &trust(ona, other));
    assert_eq!(
        found(&other),
        ["BW1025 1: the condition names the issuer `api.gitpod.io/idp`, and the provider is `app.gitpod.io`"]
    );
    assert!(other["findings"][0]["why"].as_str().expect("why").contains("never holds"), "{other:#}");
    for (provider, subject) in [
        (ona, "org:*"),
        (ona, "organization_id:*"),
        ("api.gitpod.io/idp", "https://*"),
        ("api.gitpod.io/idp", "https://github.com/*"),
        ("token.actions.githubusercontent.com", "repo:*:ref:refs/heads/main"),
        ("gitlab.com", "project_path:*"),
        ("app.terraform.io", "organization:*"),
    ] {
        let condition = format!(
            r#"{{"StringEquals": {{"{provider}:aud": "sts.amazonaws.com"}}, "StringLike": {{"{provider}:sub": "{subject}"}}}}"#
        );
        let report = lint(&sandbox, "shared.json", &trust(provider, &condition));
        assert!(
            found(&report).len() == 1 && found(&report)[0].starts_with("BW1027 "),
            "{provider} {subject}: {report:#}"
        );
    }
}

/// The answer of `aws iam get-role` is linted where the policy is, and what is said is about its condition.
#[test]
fn a_whole_answer_of_aws_is_linted() {
    let sandbox = Sandbox::new();
    let role = r#"{
  "Role": {
    "RoleName": "acme",
    "AssumeRolePolicyDocument": {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Principal": {"AWS": "*"},
          "Action": "sts:AssumeRole",
          "Condition": {"StringEquals": {"sts:ExternalId": "acme"}}
        }
      ]
    }
  }
}"#;
    let report = lint(&sandbox, "role.json", role);
    assert_eq!(found(&report), ["BW1019 9: this allows everybody, in every account"]);
    assert_eq!(report["parts"], serde_json::json!(["Role.AssumeRolePolicyDocument"]));
    let run = sandbox.run("lint-policy role.json").exits(3);
    assert!(
        run.stderr.contains("role.json holds policies, which are linted: Role.AssumeRolePolicyDocument."),
        "{}",
        run.stderr
    );
    assert!(
        run.stdout.contains("The condition on `sts:ExternalId` does not say who is meant: anybody can meet it."),
        "{}",
        run.stdout
    );
}
