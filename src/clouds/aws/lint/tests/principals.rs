//! Who is meant: principals, conditions, trust policies.

use serde_json::{Value, json};

use super::{codes, statement};
use crate::clouds::aws::lint::*;

fn trust(condition: &Value) -> Value {
    let provider = "arn:aws:iam::012345678901:oidc-provider/oidc.example/id/A";
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition,
    }]})
}

/// A trust for a provider, with a condition.
fn of(provider: &str, condition: &Value) -> Vec<String> {
    let mut policy = trust(condition);
    policy["Statement"][0]["Principal"]["Federated"] =
        json!(format!("arn:aws:iam::012345678901:oidc-provider/{provider}"));
    codes(&policy, None)
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
fn principals_that_are_none() {
    let trust = |principal: Value, action: &str| {
        let one = json!({"Effect": "Allow", "Principal": principal, "Action": action});
        codes(&json!({"Version": "2012-10-17", "Statement": one}), Some(PolicyKind::Trust))
    };
    for principal in [
        json!({"AWS": "arn:aws:iam::*:root"}),
        json!({"AWS": "?*"}),
        json!({"AWS": "role/*"}),
        json!({"AWS": ["arn:aws:iam::012345678901:role/a", "arn:aws:iam::012345678901:role/*"]}),
        json!({"Service": "*"}),
        json!({"CanonicalUser": "*"}),
        json!({"Aws": "arn:aws:iam::012345678901:root"}),
        json!({"AWS": []}),
        json!("arn:aws:iam::012345678901:root"),
        json!({}),
    ] {
        assert_eq!(trust(principal.clone(), "sts:AssumeRole"), ["BW1018"], "{principal}");
    }
    assert_eq!(trust(json!({"Federated": "*"}), "sts:AssumeRoleWithWebIdentity"), ["BW1018"]);
    for principal in [json!({"Service": "*"}), json!({"CanonicalUser": "*"}), json!({"AWS": "arn:aws:iam::*:root"})] {
        let mut policy = statement(&json!("s3:GetObject"), &json!("arn:aws:s3:::b/*"));
        policy["Statement"][0]["Principal"] = principal.clone();
        assert_eq!(codes(&policy, Some(PolicyKind::Bucket)), ["BW1018"], "{principal}");
        policy["Statement"][0]["Effect"] = json!("Deny");
        assert_eq!(codes(&policy, Some(PolicyKind::Bucket)), ["BW1018"], "{principal}");
    }
}

#[test]
fn a_subject_that_no_token_has_is_named() {
    let eks = "oidc.eks.eu-west-1.amazonaws.com/id/AB";
    let with = |provider: &str, sub: &str| {
        let (aud, key) = (format!("{provider}:aud"), format!("{provider}:sub"));
        of(provider, &json!({"StringEquals": {aud: "sts.amazonaws.com", key: sub}}))
    };
    for sub in ["system:serviceaccounts:a:b", "system:serviceaccount:a", "a:b"] {
        assert_eq!(with(eks, sub), ["BW1028"], "{sub}");
    }
    assert!(with(eks, "system:serviceaccount:a:b").is_empty());
    // Of another issuer only what looks like a pod's subject is held to its form.
    assert_eq!(with("oidc.example/id", "System:ServiceAccount:a:b"), ["BW1028"]);
    assert!(with("oidc.example/id", "user-1").is_empty());
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
        json!({"StringEquals": {space: "argo", name: "server"}, "ArnLike": {"aws:SourceArn": "arn:aws:eks:*:012345678901:cluster/prod-*"}}),
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
        json!({"StringLike": {cluster: arn, space: "argo", name: "**"}}),
        json!({"StringLike": {cluster: arn, space: "argo", name: "?*"}}),
        json!({"StringLike": {cluster: arn, space: "argo", name: ["server", "*"]}}),
        json!({"StringLike": {cluster: arn, space: "?*", name: "server"}}),
        json!({"StringLike": {cluster: arn, space: "argo*", name: "server"}}),
        json!({"StringLike": {cluster: arn, space: "*-argo", name: "server"}}),
        json!({"StringEquals": {cluster: arn, space: "${aws:RequestTag/kubernetes-namespace}", name: "server"}}),
        json!({"StringLike": {cluster: "arn:aws:eks:*", space: "argo", name: "server"}}),
        json!({"StringLike": {cluster: "*", space: "argo", name: "server"}}),
        json!({"StringLike": {"aws:RequestTag/eks-cluster-name": "?*", space: "argo", name: "server"}}),
        json!({"StringEquals": {space: "argo", name: "server"}, "ArnLike": {"aws:SourceArn": "arn:aws:eks:*:*:cluster/*"}}),
        json!({"StringEquals": {space: "argo", name: "server"}, "ArnEquals": {"aws:SourceArn": "arn:aws:eks:eu-west-1:012345678901:cluster/?*"}}),
        json!({"StringEquals": {space: "argo", name: "server"}, "ArnLike": {"aws:SourceArn": "arn:aws:eks:eu-west-1:012345678901:*"}}),
        json!({"StringNotEquals": {cluster: arn, space: "argo", name: "server"}}),
        json!({"StringEqualsIfExists": {cluster: arn, space: "argo", name: "server"}}),
        json!({"ForAllValues:StringEquals": {cluster: arn, space: "argo", name: "server"}}),
    ] {
        assert_eq!(codes(&of(open.clone()), None), ["BW1020"], "{open}");
    }
}

/// Which conditions say who is meant is tried where they are judged; here, that both kinds of policies ask.
#[test]
fn a_principal_star_needs_a_condition_that_says_who_is_meant() {
    let found = |kind: PolicyKind, condition: &Value| {
        let mut one =
            json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": condition});
        if kind == PolicyKind::Bucket {
            one["Action"] = json!("s3:GetObject");
            one["Resource"] = json!("arn:aws:s3:::b/*");
        }
        let policy = json!({"Version": "2012-10-17", "Statement": [one]});
        lint(&Source::new("p.json", format!("{policy:#}")), Some(kind))
    };
    for kind in [PolicyKind::Trust, PolicyKind::Bucket] {
        for (condition, said) in [
            (json!({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}), "on `aws:CurrentTime` does"),
            (json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}), "on `aws:PrincipalArn` does"),
            (json!({"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}), "on `aws:SourceIp` does"),
            (
                json!({"StringEquals": {"aws:UserAgent": "x"}, "Bool": {"aws:SecureTransport": "true"}}),
                "on `aws:UserAgent`, `aws:SecureTransport` do",
            ),
        ] {
            let all = found(kind, &condition);
            assert_eq!(all.len(), 1, "{condition}");
            assert_eq!(all[0].error.code(), &Code::WILDCARD_PRINCIPAL);
            assert!(all[0].error.reason().is_some_and(|why| why.contains(said)), "{:?}", all[0].error.reason());
        }
        assert!(found(kind, &json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}})).is_empty());
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
