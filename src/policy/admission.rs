//! Whether a trust policy lets someone in, and which of its conditions decide that.
//!
//! Source: IAM User Guide, "Policy evaluation logic" (a deny wins, then an allow, else no), "IAM JSON policy elements:
//! Principal", "Condition operators" and "Condition keys with multiple values".

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{matches, statements};
use crate::base::names::{AccountId, Arn, Issuer, Kind, Partition};

/// Who asks to become a role.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// What is asked, such as `sts:AssumeRoleWithWebIdentity`.
    pub action: &'static str,
    /// The kind of principal, as policies write it: `Federated`, `Service` or `AWS`.
    pub kind: &'static str,
    /// The principal.
    pub principal: String,
    /// The condition keys of the request that are known, in lower case.
    pub keys: BTreeMap<String, Vec<String>>,
}

impl Visitor {
    /// Someone with a token of an OIDC issuer. Of its claims AWS makes only these condition keys.
    ///
    /// Source: IAM User Guide, "Available keys for AWS OIDC federation".
    pub fn with_token(
        partition: Partition,
        account: &AccountId,
        issuer: &Issuer,
        audiences: &[String],
        subject: &str,
    ) -> Self {
        let host = issuer.host_path();
        let provider = Arn::iam(partition, account, Kind::OidcProvider, host).to_string();
        let key = |name: &str| format!("{host}:{name}").to_lowercase();
        Self {
            action: "sts:AssumeRoleWithWebIdentity",
            kind: "Federated",
            keys: BTreeMap::from([
                (key("aud"), audiences.to_vec()),
                (key("sub"), vec![subject.to_owned()]),
                ("aws:federatedprovider".to_owned(), vec![provider.clone()]),
            ]),
            principal: provider,
        }
    }
}

/// What a trust policy says to a visitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Whether the visitor is let in; `None` when that hangs on something that cannot be known here.
    pub admitted: Option<bool>,
    /// Each statement with its checks.
    pub statements: Vec<StatementVerdict>,
}

/// What a statement says to a visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementVerdict {
    /// Its name, if it has one.
    pub sid: Option<String>,
    /// `Allow` or `Deny`.
    pub effect: String,
    /// Whether it applies to the visitor; `None` when that cannot be known here.
    pub applies: Option<bool>,
    /// What it asks for.
    pub checks: Vec<Check>,
}

/// One thing that a statement asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// The condition's operator, or `Principal` or `Action`.
    pub operator: String,
    /// The condition's key, or the kind of principal.
    pub key: String,
    /// What the policy names.
    pub wanted: Vec<String>,
    /// What the visitor has; nothing when the request has no such key.
    pub found: Vec<String>,
    /// Whether it holds; `None` when that cannot be known here.
    pub holds: Option<bool>,
}

/// Asks a trust policy.
pub fn admission(document: &Value, visitor: &Visitor) -> Admission {
    let statements: Vec<StatementVerdict> = statements(document).iter().map(|one| verdict(one, visitor)).collect();
    let any = |effect: &str, applies: Option<bool>| {
        statements.iter().any(|one| (one.effect == "Deny") == (effect == "Deny") && one.applies == applies)
    };
    let admitted = if any("Deny", Some(true)) {
        Some(false)
    } else if any("Deny", None) {
        None
    } else if any("Allow", Some(true)) {
        Some(true)
    } else if any("Allow", None) {
        None
    } else {
        Some(false)
    };
    Admission { admitted, statements }
}

fn verdict(statement: &Value, visitor: &Visitor) -> StatementVerdict {
    let mut checks = vec![principal(statement, visitor), action(statement, visitor)];
    let conditions = statement.get("Condition").and_then(Value::as_object);
    for (operator, keys) in conditions.into_iter().flatten() {
        for (key, wanted) in keys.as_object().into_iter().flatten() {
            checks.push(condition(operator, key, texts(wanted), visitor));
        }
    }
    let applies = if checks.iter().any(|check| check.holds == Some(false)) {
        Some(false)
    } else {
        checks.iter().all(|check| check.holds == Some(true)).then_some(true)
    };
    let text = |name: &str| statement.get(name).and_then(Value::as_str).map(str::to_owned);
    StatementVerdict { sid: text("Sid"), effect: text("Effect").unwrap_or_default(), applies, checks }
}

fn principal(statement: &Value, visitor: &Visitor) -> Check {
    let named = statement.get("Principal");
    let wanted = match named {
        Some(Value::String(all)) => vec![all.clone()],
        Some(kinds) => kinds.get(visitor.kind).map(texts).unwrap_or_default(),
        None => Vec::new(),
    };
    let fits = |name: &String| {
        name == "*" || *name == visitor.principal || (visitor.kind == "AWS" && is_account(name, &visitor.principal))
    };
    // `NotPrincipal` is not for trust policies; who uses it all the same is not judged.
    let holds = named.map(|_| wanted.iter().any(fits));
    let found = vec![visitor.principal.clone()];
    Check { operator: "Principal".to_owned(), key: visitor.kind.to_owned(), wanted, found, holds }
}

/// Whether a principal is the whole account of an ARN: its id, or its root.
fn is_account(name: &str, arn: &str) -> bool {
    let account = arn.split(':').nth(4).unwrap_or_default();
    !account.is_empty() && (name == account || name.ends_with(&format!(":iam::{account}:root")))
}

fn action(statement: &Value, visitor: &Visitor) -> Check {
    let (wanted, negated) = match statement.get("Action") {
        Some(actions) => (texts(actions), false),
        None => (statement.get("NotAction").map(texts).unwrap_or_default(), true),
    };
    let asked = visitor.action.to_lowercase();
    let holds = wanted.iter().any(|pattern| matches(&pattern.to_lowercase(), &asked)) != negated;
    let operator = if negated { "NotAction" } else { "Action" }.to_owned();
    Check { operator, key: "sts".to_owned(), wanted, found: vec![visitor.action.to_owned()], holds: Some(holds) }
}

fn condition(operator: &str, key: &str, wanted: Vec<String>, visitor: &Visitor) -> Check {
    let known = visitor.keys.get(&key.to_lowercase());
    let found = known.cloned().unwrap_or_default();
    // What AWS itself knows of a request, such as where it comes from, is not known here.
    let of_aws = ["aws:", "sts:"].iter().any(|prefix| key.to_lowercase().starts_with(prefix));
    let holds = if known.is_none() && of_aws { None } else { holds(operator, &wanted, &found) };
    Check { operator: operator.to_owned(), key: key.to_owned(), wanted, found, holds }
}

/// Whether a condition holds; `None` for operators on dates, numbers and addresses, and for policy variables.
pub(super) fn holds(operator: &str, wanted: &[String], found: &[String]) -> Option<bool> {
    let (all_values, rest) = match operator.strip_prefix("ForAllValues:") {
        Some(rest) => (true, rest),
        None => (false, operator.strip_prefix("ForAnyValue:").unwrap_or(operator)),
    };
    let (if_exists, name) = match rest.strip_suffix("IfExists") {
        Some(name) => (true, name),
        None => (false, rest),
    };
    if name == "Null" {
        return Some(wanted.iter().any(|word| word.eq_ignore_ascii_case("true")) == found.is_empty());
    }
    let (negated, equal): (bool, fn(&str, &str) -> bool) = match name {
        "StringEquals" => (false, |a, b| a == b),
        "StringNotEquals" => (true, |a, b| a == b),
        "StringEqualsIgnoreCase" | "Bool" => (false, str::eq_ignore_ascii_case),
        "StringNotEqualsIgnoreCase" => (true, str::eq_ignore_ascii_case),
        "StringLike" | "ArnLike" | "ArnEquals" => (false, matches),
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => (true, matches),
        _ => return None,
    };
    if wanted.iter().any(|value| value.contains("${")) {
        return None;
    }
    if found.is_empty() {
        return Some(negated || if_exists || all_values);
    }
    let fits = |value: &String| wanted.iter().any(|pattern| equal(pattern, value)) != negated;
    Some(if all_values || negated { found.iter().all(fits) } else { found.iter().any(fits) })
}

/// The texts of a list, or the single one that stands for a list.
pub(super) fn texts(value: &Value) -> Vec<String> {
    let one = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    value.as_array().map_or_else(|| vec![one(value)], |items| items.iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn visitor(sub: &str) -> Visitor {
        Visitor {
            action: "sts:AssumeRoleWithWebIdentity",
            kind: "Federated",
            principal: "arn:aws:iam::012345678901:oidc-provider/app.gitpod.io".into(),
            keys: BTreeMap::from([
                ("app.gitpod.io:aud".into(), vec!["sts.amazonaws.com".into()]),
                ("app.gitpod.io:sub".into(), vec![sub.into()]),
            ]),
        }
    }

    fn policy(condition: &Value) -> Value {
        json!({"Statement": {
            "Effect": "Allow",
            "Principal": {"Federated": "arn:aws:iam::012345678901:oidc-provider/app.gitpod.io"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": condition,
        }})
    }

    #[test]
    fn each_operator_decides_as_iam_documents() {
        for (condition, admitted) in [
            (json!({"StringEquals": {"app.gitpod.io:sub": ["org:2", "org:1"]}}), Some(true)),
            (json!({"StringEquals": {"APP.gitpod.io:SUB": "org:1"}}), Some(true)),
            (json!({"StringEquals": {"app.gitpod.io:sub": "org:*"}}), Some(false)),
            (json!({"StringLike": {"app.gitpod.io:sub": "org:*"}}), Some(true)),
            (json!({"StringLike": {"app.gitpod.io:sub": "ORG:*"}}), Some(false)),
            (json!({"StringEqualsIgnoreCase": {"app.gitpod.io:sub": "ORG:1"}}), Some(true)),
            (json!({"StringNotEquals": {"app.gitpod.io:sub": "org:1"}}), Some(false)),
            (json!({"StringNotLike": {"app.gitpod.io:sub": "other:*"}}), Some(true)),
            (json!({"StringEquals": {"app.gitpod.io:email": "a@b"}}), Some(false)),
            (json!({"StringNotEquals": {"app.gitpod.io:email": "a@b"}}), Some(true)),
            (json!({"StringEqualsIfExists": {"app.gitpod.io:email": "a@b"}}), Some(true)),
            (json!({"ForAnyValue:StringEquals": {"app.gitpod.io:aud": ["x", "sts.amazonaws.com"]}}), Some(true)),
            (json!({"ForAllValues:StringEquals": {"app.gitpod.io:amr": "x"}}), Some(true)),
            (json!({"Null": {"app.gitpod.io:sub": "true"}}), Some(false)),
            (json!({"Null": {"app.gitpod.io:sub": "false"}}), Some(true)),
            (json!({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}), None),
            (
                json!({"StringEquals": {"app.gitpod.io:sub": "org:2"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}),
                Some(false),
            ),
            (json!({"StringLike": {"app.gitpod.io:sub": "org:${aws:username}"}}), None),
        ] {
            assert_eq!(admission(&policy(&condition), &visitor("org:1")).admitted, admitted, "{condition}");
        }
    }

    #[test]
    fn a_deny_wins_and_a_stranger_stays_out() {
        let mut both = policy(&json!({}));
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Condition": {"StringLike": {"app.gitpod.io:sub": "org:1*"}}});
        both["Statement"] = json!([both["Statement"], deny]);
        assert_eq!(admission(&both, &visitor("org:1")).admitted, Some(false));
        assert_eq!(admission(&both, &visitor("org:2")).admitted, Some(true));
        let other = Visitor { principal: "arn:aws:iam::012345678901:oidc-provider/other".into(), ..visitor("org:2") };
        assert_eq!(admission(&both, &other).admitted, Some(false));
        assert_eq!(admission(&json!({}), &other).admitted, Some(false));
    }

    #[test]
    fn an_account_stands_for_all_its_principals() {
        let node = Visitor {
            action: "sts:AssumeRole",
            kind: "AWS",
            principal: "arn:aws:iam::012345678901:role/nodes".into(),
            keys: BTreeMap::new(),
        };
        for (principal, admitted) in [
            ("arn:aws:iam::012345678901:role/nodes", true),
            ("arn:aws:iam::012345678901:root", true),
            ("012345678901", true),
            ("arn:aws:iam::111122223333:root", false),
        ] {
            let policy = json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": ["sts:assumerole", "sts:TagSession"]}});
            assert_eq!(admission(&policy, &node).admitted, Some(admitted), "{principal}");
        }
    }
}
