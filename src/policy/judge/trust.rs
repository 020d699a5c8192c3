//! Who may become a role.

use serde_json::Value;

use super::covers::texts;
use super::{Grant, named, or_accept, principals, uncovered, words};
use crate::base::error::{Code, Error};
use crate::base::names::{AccountId, Kind};
use crate::base::shell::word;
use crate::policy::{WrittenBy, gives_way, is_marked};

/// Every statement of a role's trust that lets in somebody whom the wanted one does not.
/// `by` is who wrote it.
pub fn judge_trust(role: &str, live: &Value, (wanted, by): (&Value, WrittenBy), account: &AccountId) -> Vec<Grant> {
    let one = |statement: Value| {
        let who = words::who(&statement, account);
        let ours = gives_way(&statement, wanted, by);
        let name = named(role, &statement);
        let put_back = format!(
            "aws iam update-assume-role-policy --role-name {} --policy-document file://iam/{}",
            word(role),
            word(&format!("{role}.trust.json"))
        );
        let fix = if ours {
            "`bucketwright apply` puts back the statement that the spec says.".to_owned()
        } else {
            format!(
                "Remove the statement. In the output folder, `{put_back}` puts back what the spec says alone. {}",
                or_accept(&name)
            )
        };
        let error = Error::new(Code::FOREIGN_TRUST, format!("{who} may become the role `{role}`"))
            .why(format!(
                "The trust policy allows {}, and the spec does not name whom it lets in.",
                words::what(&statement)
            ))
            .fix(fix);
        Grant {
            kind: Kind::Role,
            resource: role.to_owned(),
            place: "trust policy".to_owned(),
            name: Some(name),
            undone: ours,
            accepted: None,
            error,
            statement,
        }
    };
    uncovered(live, wanted).into_iter().map(one).collect()
}

/// Whether a statement lets in others than what an earlier spec of ours may have named: a cluster's pods, its agent, its nodes.
pub fn admits_others(statement: &Value, account: &AccountId) -> bool {
    if !is_marked(statement) || statement.get("NotPrincipal").is_some() {
        return true;
    }
    let of_account = |name: &str, kind: Kind| name.contains(&format!(":iam::{account}:{kind}/")) && !name.contains('*');
    let ours = |name: &String| match name.split_once(':') {
        Some(("Service", name)) => name == "pods.eks.amazonaws.com",
        Some(("AWS", name)) => of_account(name, Kind::Role),
        Some(("Federated", name)) => of_account(name, Kind::OidcProvider) && names_pods(statement),
        _ => false,
    };
    let all = principals(statement);
    all.is_empty() || !all.iter().all(ours)
}

/// Whether a statement names pods by namespace and name.
fn names_pods(statement: &Value) -> bool {
    let condition = statement.get("Condition").and_then(|condition| condition.get("StringEquals"));
    let keys = condition.and_then(Value::as_object).into_iter().flatten();
    keys.filter(|(key, _)| key.ends_with(":sub")).any(|(_, values)| {
        let values = texts(Some(values));
        !values.is_empty() && values.iter().all(|value| value.starts_with("system:serviceaccount:"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const WANTED: &str = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "BucketwrightPods", "Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}]}"#;

    fn grants(extra: &Value) -> Vec<Grant> {
        let wanted: Value = serde_json::from_str(WANTED).expect("JSON");
        let mut live = wanted.clone();
        if extra["Sid"] == "BucketwrightPods" {
            live["Statement"] = json!([extra]);
        } else {
            live["Statement"].as_array_mut().expect("a list").push(extra.clone());
        }
        judge_trust("acme", &live, (&wanted, WrittenBy::Us), &AccountId::parse("012345678901").expect("an account"))
    }

    #[test]
    fn every_statement_is_judged() {
        for (principal, words) in [
            (json!({"AWS": "*"}), "anybody in any account may become"),
            (json!("*"), "anybody in any account may become"),
            (json!({"AWS": "arn:aws:iam::111122223333:root"}), "whoever the account 111122223333 allows may become"),
            (
                json!({"Service": ["pods.eks.amazonaws.com", "lambda.amazonaws.com"]}),
                "the AWS service lambda.amazonaws.com",
            ),
        ] {
            let found =
                grants(&json!({"Sid": "Debug", "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}));
            assert_eq!(found.len(), 1, "{principal}");
            assert!(found[0].error.what().contains(words), "{}", found[0].error.what());
            let name = found[0].name.clone().expect("a name");
            assert!(name.starts_with("acme/Debug@") && found[0].error.remedy().expect("a fix").contains(&name));
        }
        let narrower =
            json!({"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": "sts:AssumeRole"});
        assert!(grants(&narrower).is_empty());
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"});
        assert!(grants(&deny).is_empty());
        // Our own statement, widened by hand: apply replaces it.
        let widened = grants(
            &json!({"Sid": "BucketwrightPods", "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}),
        );
        assert!(widened.len() == 1 && widened[0].undone, "{widened:?}");
    }

    #[test]
    fn what_an_earlier_spec_wrote_is_told_from_what_only_has_its_sid() {
        let account = AccountId::parse("012345678901").expect("an account");
        let with = |sid: &str, principal: Value| json!({"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
        assert!(!admits_others(&with("BucketwrightPods", json!({"Service": "pods.eks.amazonaws.com"})), &account));
        assert!(!admits_others(
            &with("BucketwrightNodes", json!({"AWS": "arn:aws:iam::012345678901:role/nodes"})),
            &account
        ));
        for (sid, principal) in [
            ("BucketwrightNodes", json!("*")),
            ("BucketwrightNodes", json!({"AWS": "arn:aws:iam::012345678901:root"})),
            ("BucketwrightNodes", json!({"AWS": "arn:aws:iam::111122223333:role/nodes"})),
            ("BucketwrightTokens", json!({"Federated": "arn:aws:iam::012345678901:oidc-provider/app.gitpod.io"})),
            ("Mine", json!({"Service": "pods.eks.amazonaws.com"})),
        ] {
            assert!(admits_others(&with(sid, principal.clone()), &account), "{sid} {principal}");
        }
    }
}
