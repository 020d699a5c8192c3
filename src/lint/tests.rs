use serde_json::{Value, json};

use super::*;

/// The codes of a policy's findings, in the order of the text.
fn codes(policy: &Value, kind: Option<PolicyKind>) -> Vec<String> {
    let source = Source::new("p.json", format!("{policy:#}"));
    lint(&source, kind).iter().map(|finding| finding.error.code().as_str().to_owned()).collect()
}

fn statement(action: &Value, resource: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})
}

fn trust(condition: &Value) -> Value {
    let provider = "arn:aws:iam::012345678901:oidc-provider/oidc.example/id/A";
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition,
    }]})
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
fn text_that_is_not_json_is_pointed_at() {
    for (text, place) in [("{\n  \"a\": >\n}", (2, 8)), ("", (1, 1)), ("{\"a\": 1,}", (1, 9))] {
        let found = lint(&Source::new("p", text), None);
        assert_eq!(found[0].error.code(), &Code::POLICY_NOT_JSON);
        assert_eq!(found[0].error.place().map(crate::error::Place::line_column), Some(place), "{text}");
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
fn principals() {
    let with = |principal: Value| {
        let mut policy = statement(&json!("s3:GetObject"), &json!("arn:aws:s3:::b/*"));
        policy["Statement"][0]["Principal"] = principal;
        policy
    };
    assert_eq!(codes(&with(json!("*")), None), ["BW1019"]);
    assert_eq!(codes(&with(json!({"AWS": ["*"]})), None), ["BW1019"]);
    let named = with(json!({"AWS": "arn:aws:iam::012345678901:role/x"}));
    assert!(codes(&named, None).is_empty());
    assert_eq!(codes(&named, Some(PolicyKind::Identity)), ["BW1018"]);
}

#[test]
fn trusts() {
    let (aud, sub) = ("oidc.example/id/A:aud", "oidc.example/id/A:sub");
    let exact = "system:serviceaccount:a:b";
    assert!(codes(&trust(&json!({"StringEquals": {aud: "sts.amazonaws.com", sub: exact}})), None).is_empty());
    assert_eq!(codes(&trust(&json!({"StringEquals": {aud: "sts.amazonaws.com"}})), None), ["BW1020"]);
    assert_eq!(codes(&trust(&json!({"StringEquals": {sub: exact}})), None), ["BW1021"]);
    let wild = json!({"StringEquals": {aud: "sts.amazonaws.com", sub: "system:serviceaccount:a:*"}});
    assert_eq!(codes(&trust(&wild), None), ["BW1017"]);
    let all = json!({"StringEquals": {aud: "sts.amazonaws.com"}, "StringLike": {sub: "system:serviceaccount:*:*"}});
    assert_eq!(codes(&trust(&all), None), ["BW1020"]);
    let pods = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": "sts:AssumeRole",
    }]});
    assert_eq!(codes(&pods, None), ["BW1020", "BW1022"]);
}

#[test]
fn trust_in_pod_identity() {
    let of = |condition: Value| {
        let actions = ["sts:AssumeRole", "sts:TagSession"];
        let mut one = json!({"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": actions});
        if !condition.is_null() {
            one["Condition"] = condition;
        }
        json!({"Version": "2012-10-17", "Statement": [one]})
    };
    let (cluster, space, name) = (
        "aws:RequestTag/eks-cluster-arn",
        "aws:RequestTag/kubernetes-namespace",
        "aws:RequestTag/kubernetes-service-account",
    );
    let arn = "arn:aws:eks:eu-west-1:012345678901:cluster/prod";
    for tight in [
        json!({"StringEquals": {cluster: arn, space: "argo", name: ["server", "controller"]}}),
        json!({"StringEquals": {space: "argo", name: "server"}, "ArnEquals": {"aws:SourceArn": arn}}),
        json!({"StringLike": {"aws:requesttag/eks-cluster-name": "prod", space: "argo", name: "argo-*"}}),
    ] {
        assert!(codes(&of(tight.clone()), None).is_empty(), "{tight}");
    }
    for open in [
        Value::Null,
        json!({"StringEquals": {"aws:SourceAccount": "012345678901"}}),
        json!({"StringEquals": {space: "argo", name: "server"}}),
        json!({"StringEquals": {cluster: arn, name: "server"}}),
        json!({"StringEquals": {cluster: arn, space: "argo"}}),
        json!({"StringLike": {cluster: arn, space: "argo", name: "*"}}),
        json!({"StringNotEquals": {cluster: arn, space: "argo", name: "server"}}),
        json!({"StringEqualsIfExists": {cluster: arn, space: "argo", name: "server"}}),
        json!({"ForAllValues:StringEquals": {cluster: arn, space: "argo", name: "server"}}),
    ] {
        assert_eq!(codes(&of(open.clone()), None), ["BW1020"], "{open}");
    }
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

/// A trust for a provider, with a condition.
fn of(provider: &str, condition: &Value) -> Vec<String> {
    let mut policy = trust(condition);
    policy["Statement"][0]["Principal"]["Federated"] =
        json!(format!("arn:aws:iam::012345678901:oidc-provider/{provider}"));
    codes(&policy, None)
}

#[test]
fn each_issuer_has_its_own_question() {
    let (aud, sub) = ("app.gitpod.io:aud", "app.gitpod.io:sub");
    let aws = "sts.amazonaws.com";
    for (condition, expected) in [
        (json!({"StringEquals": {aud: aws}}), vec!["BW1020"]),
        (json!({"StringEquals": {aud: aws}, "StringLike": {sub: "org:0191/*"}}), vec![]),
        (json!({"StringEquals": {aud: aws}, "StringLike": {sub: "org:*"}}), vec!["BW1027"]),
        (json!({"StringEquals": {aud: aws}, "StringLike": {sub: ["org:0191/*", "organization_id:*"]}}), vec!["BW1027"]),
        (json!({"StringEquals": {aud: aws, sub: "no-context"}}), vec!["BW1027"]),
        (json!({"StringEquals": {aud: aws, "api.gitpod.io/idp:sub": "x"}}), vec!["BW1025"]),
        (json!({"StringEquals": {aud: aws}, "StringNotEquals": {sub: "org:0191"}}), vec!["BW1024"]),
        (json!({"StringEquals": {aud: aws}, "ForAllValues:StringEquals": {sub: "org:0191"}}), vec!["BW1023"]),
        (json!({"StringEquals": {aud: aws}, "StringEqualsIfExists": {sub: "org:0191"}}), vec!["BW1023"]),
        (json!({"StringEquals": {aud: aws}, "Null": {sub: "false"}}), vec!["BW1023"]),
    ] {
        assert_eq!(of("app.gitpod.io", &condition), expected, "{condition}");
    }
    let github = "token.actions.githubusercontent.com";
    let like = |sub: &str| json!({"StringEquals": {format!("{github}:aud"): aws}, "StringLike": {format!("{github}:sub"): sub}});
    assert_eq!(of(github, &like("repo:*/*")), ["BW1027"]);
    assert!(of(github, &like("repo:acme/app:*")).is_empty());
    // Pulumi's customers are told by the audience.
    assert_eq!(of("api.pulumi.com/oidc", &json!({"StringEquals": {"api.pulumi.com/oidc:aud": aws}})), ["BW1027"]);
    assert!(of("api.pulumi.com/oidc", &json!({"StringEquals": {"api.pulumi.com/oidc:aud": "aws:acme"}})).is_empty());
}

#[test]
fn the_words_fit_the_issuer() {
    let said = |provider: &str| {
        let mut policy = trust(&json!({}));
        policy["Statement"][0]["Principal"]["Federated"] =
            json!(format!("arn:aws:iam::012345678901:oidc-provider/{provider}"));
        let found = lint(&Source::new("p.json", format!("{policy:#}")), None);
        let first = found.iter().find(|one| one.error.code() == &Code::TRUST_WITHOUT_SUB).expect("BW1020");
        format!(
            "{} {} {}",
            first.error.what(),
            first.error.reason().unwrap_or_default(),
            first.error.remedy().unwrap_or_default()
        )
    };
    let ona = said("app.gitpod.io");
    assert!(
        ona.contains("All customers of Ona") && ona.contains("org:ORGANISATION/*") && !ona.contains("serviceaccount"),
        "{ona}"
    );
    assert!(said("oidc.eks.eu-west-1.amazonaws.com/id/AB").contains("Every ServiceAccount of the cluster"));
    assert!(said("login.example.com").contains("Everybody who has a token of `login.example.com`"));
}

#[test]
fn a_namespace_that_only_begins_is_open() {
    let key = "oidc.example/id/A:sub";
    for (pattern, expected) in [
        ("system:serviceaccount:prod*:*", vec!["BW1020"]),
        ("system:serviceaccount:*", vec!["BW1020"]),
        ("system:*", vec!["BW1020"]),
        ("*", vec!["BW1020"]),
        ("system:serviceaccount:prod:*", vec![]),
    ] {
        let condition =
            json!({"StringEquals": {"oidc.example/id/A:aud": "sts.amazonaws.com"}, "StringLike": {key: pattern}});
        assert_eq!(codes(&trust(&condition), None), expected, "{pattern}");
    }
}

#[test]
fn a_condition_that_asks_nothing_leaves_everybody_in() {
    let with = |condition: Value| {
        let statement = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": condition});
        codes(&json!({"Version": "2012-10-17", "Statement": statement}), Some(PolicyKind::Bucket))
    };
    for open in [
        json!({"Bool": {"aws:SecureTransport": "true"}}),
        json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}),
        json!({"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}),
        json!({"StringLike": {"aws:PrincipalArn": "*"}}),
        json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
    ] {
        assert_eq!(with(open.clone()), ["BW1019"], "{open}");
    }
    assert!(with(json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}})).is_empty());
}
