use serde_json::{Value, json};

use super::*;

mod principals;

/// The codes of a policy's findings, in the order of the text.
fn codes(policy: &Value, kind: Option<PolicyKind>) -> Vec<String> {
    let source = Source::new("p.json", format!("{policy:#}"));
    lint(&source, kind).iter().map(|finding| finding.error.code().as_str().to_owned()).collect()
}

fn statement(action: &Value, resource: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})
}

#[test]
fn actions_and_resources() {
    let (bucket, objects) = (json!("arn:aws:s3:::b"), json!("arn:aws:s3:::b/*"));
    for (action, resource, expected) in [
        (json!("s3:ListBucket"), &bucket, vec![]),
        (json!("S3:listbucket"), &bucket, vec![]),
        (json!("s3:GetObject"), &objects, vec![]),
        (json!("s3:HeadBucket"), &bucket, vec!["BW1007"]),
        (json!("s3:ListObject*"), &objects, vec!["BW1007"]),
        (json!("s4:GetObject"), &objects, vec!["BW1007"]),
        (json!("ec2:RunInstances"), &json!("*"), vec![]),
        (json!("*"), &json!("*"), vec!["BW1011"]),
        (json!("*:*"), &json!("*"), vec!["BW1011"]),
        (json!("*:**"), &json!("*"), vec!["BW1011"]),
        (json!("*:GetObject"), &objects, vec!["BW1011"]),
        (json!("s*:GetObject"), &objects, vec!["BW1007"]),
        (json!("s?:*"), &json!("*"), vec!["BW1007"]),
        (json!("GetObject"), &objects, vec!["BW1007"]),
        (json!("s3:GetObject"), &bucket, vec!["BW1008"]),
        (json!("s3:ListBucket"), &objects, vec!["BW1008"]),
        (json!("s3:*"), &objects, vec!["BW1011", "BW1026", "BW1010"]),
        (json!("s3:*"), &bucket, vec!["BW1011", "BW1026"]),
        (json!("s3:Get*"), &bucket, vec!["BW1026"]),
        (json!("s3:Get*"), &objects, vec![]),
        (json!("s3:List*"), &objects, vec!["BW1026"]),
        (json!(["s3:List*", "s3:ListBucket"]), &json!([bucket, objects]), vec![]),
        (json!("sts:GetCallerIdentity"), &bucket, vec!["BW1008"]),
    ] {
        // A resource that no action works on says so, too.
        let mut found = codes(&statement(&action, resource), None);
        found.retain(|code| code != "BW1009");
        assert_eq!(found, expected, "{action} on {resource}");
    }
    assert_eq!(codes(&statement(&json!("s3:GetObject"), &json!([bucket, objects])), None), ["BW1009"]);
    assert_eq!(codes(&statement(&json!("s3:PutObject"), &objects), None), ["BW1010"]);
}

#[test]
fn arns() {
    for (resource, code) in [
        ("arn:aws:s3:::b>/*", "BW1012"),
        ("arn:aws:s3:::<bucket>/*", "BW1012"),
        ("b/*", "BW1012"),
        ("arn:awz:s3:::b/*", "BW1012"),
        ("arn:aws:s3:eu-west-1:012345678901:b/*", "BW1012"),
        ("arn:aws:s3:::${BUCKET}/*", "BW1013"),
    ] {
        assert!(
            codes(&statement(&json!("s3:GetObject"), &json!(resource)), None).contains(&code.to_owned()),
            "{resource}"
        );
    }
    assert!(codes(&statement(&json!("s3:GetObject"), &json!("arn:aws:s3:::b/${aws:username}/*")), None).is_empty());
    let mixed = json!(["arn:aws:s3:::b/*", "arn:aws-cn:s3:::b/*"]);
    assert_eq!(codes(&statement(&json!("s3:GetObject"), &mixed), None), ["BW1014"]);
}

#[test]
fn documents() {
    let whole = statement(&json!("s3:GetObject"), &json!("arn:aws:s3:::b/*"));
    let with = |change: fn(&mut Value)| {
        let mut policy = whole.clone();
        change(&mut policy);
        codes(&policy, None)
    };
    assert!(with(|_| ()).is_empty());
    assert_eq!(with(|p| p["Version"] = json!("2008-10-17")), ["BW1003"]);
    assert_eq!(with(|p| p["Version"] = json!("2024-01-01")), ["BW1003"]);
    assert_eq!(with(|p| p["Statement"][0]["effect"] = json!("Allow")), ["BW1002"]);
    assert_eq!(with(|p| p["Statement"][0]["Effect"] = json!("allow")), ["BW1002"]);
    assert_eq!(with(|p| p["Statement"] = json!([])), ["BW1002"]);
    assert_eq!(with(|p| p["Statement"][0]["Sid"] = json!("a b")), ["BW1002"]);
    assert_eq!(with(|p| p["Statement"][0]["Resource"] = json!("arn:aws:s3:::b/\u{2019}")), ["BW1005"]);
    let many: Vec<String> = (0..300).map(|number| format!("arn:aws:s3:::bucket-{number:03}/*")).collect();
    assert_eq!(codes(&statement(&json!("s3:GetObject"), &json!(many)), None), ["BW1006"]);
    let twice = json!({"Sid": "A", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"});
    assert_eq!(codes(&json!({"Version": "2012-10-17", "Statement": [twice, twice]}), None), ["BW1004"]);
}

#[test]
fn the_policies_in_an_answer_are_linted() {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]});
    let rights = statement(&json!("s3:HeadBucket"), &json!("arn:aws:s3:::b"));
    let open = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]});
    let encoded: String =
        percent_encoding::utf8_percent_encode(&rights.to_string(), percent_encoding::NON_ALPHANUMERIC).to_string();
    for (answer, path, code) in [
        (
            json!({"Role": {"RoleName": "r", "Description": "\u{2019}", "AssumeRolePolicyDocument": trust, "Tags": []}}),
            "Role.AssumeRolePolicyDocument",
            "BW1019",
        ),
        (json!({"PolicyVersion": {"Document": rights, "VersionId": "v1"}}), "PolicyVersion.Document", "BW1007"),
        (json!({"UserName": "u", "PolicyName": "p", "PolicyDocument": rights}), "PolicyDocument", "BW1007"),
        (json!({"PolicyVersion": {"Document": encoded}}), "PolicyVersion.Document", "BW1007"),
        (json!({"Policy": open.to_string()}), "Policy", "BW1019"),
        (json!({"Roles": [{"AssumeRolePolicyDocument": trust}]}), "Roles[0].AssumeRolePolicyDocument", "BW1019"),
    ] {
        let source = Source::new("p.json", format!("{answer:#}"));
        assert_eq!(parts(&source), [path]);
        let found = codes(&answer, None);
        assert!(found.iter().any(|one| one == code) && !found.contains(&"BW1002".to_owned()), "{path}: {found:?}");
    }
    // A trust without a principal is one all the same.
    let bare = json!({"Role": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}}});
    assert_eq!(codes(&bare, None), ["BW1018"]);
    assert!(parts(&Source::new("p.json", rights.to_string())).is_empty());
    // This answer has no policy in it.
    let without = json!({"Policy": {"Arn": "arn:aws:iam::012345678901:policy/p", "DefaultVersionId": "v3"}});
    let found = lint(&Source::new("p.json", without.to_string()), None);
    let fix = "get-policy-version --policy-arn arn:aws:iam::012345678901:policy/p --version-id v3";
    assert!(found.iter().any(|one| one.error.remedy().is_some_and(|said| said.contains(fix))), "{found:?}");
}

#[test]
fn text_that_is_not_json_is_pointed_at() {
    for (text, place) in [("{\n  \"a\": >\n}", (2, 8)), ("", (1, 1)), ("{\"a\": 1,}", (1, 9))] {
        let found = lint(&Source::new("p", text), None);
        assert_eq!(found[0].error.code(), &Code::POLICY_NOT_JSON);
        assert_eq!(found[0].error.place().map(crate::base::error::Place::line_column), Some(place), "{text}");
    }
}

#[test]
fn conditions() {
    let with = |condition: Value| {
        let mut policy = statement(&json!(["s3:ListBucket"]), &json!("arn:aws:s3:::b"));
        policy["Statement"][0]["Condition"] = condition;
        codes(&policy, None)
    };
    assert!(with(json!({"StringLike": {"s3:prefix": "home/*"}})).is_empty());
    assert!(with(json!({"ForAllValues:StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}})).is_empty());
    assert_eq!(with(json!({"StringEquals": {"s3:prefix": "home/*"}})), ["BW1017"]);
    assert_eq!(with(json!({"StringEqual": {"s3:prefix": "home"}})), ["BW1015"]);
    assert_eq!(with(json!({"StringEquals": {"s3:x-amz-acl": "private"}})), ["BW1016"]);
}

#[test]
fn patterns_that_another_statement_completes_are_whole() {
    let allow = |action: &str, resource: &str| json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let deny = |resource: Value| {
        let statement = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resource, "Condition": {"Bool": {"aws:SecureTransport": "false"}}});
        codes(&json!({"Version": "2012-10-17", "Statement": statement}), Some(PolicyKind::Bucket))
    };
    let both = json!({"Version": "2012-10-17", "Statement": [allow("s3:*", "arn:aws:s3:::b"), allow("s3:*", "arn:aws:s3:::b/*")]});
    assert!(!codes(&both, None).contains(&"BW1026".to_owned()));
    assert_eq!(deny(json!("arn:aws:s3:::b")), ["BW1026"], "objects stay reachable without TLS");
    assert!(deny(json!(["arn:aws:s3:::b", "arn:aws:s3:::b/*"])).is_empty());
}
