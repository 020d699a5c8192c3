//! Who a statement means, and what it lets them do, in words.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Principal".

use serde_json::Value;

use super::covers::{conditions, texts};
use super::{Force, force, principals, shared_issuer, takes_patterns, tells_whom};
use crate::base::names::{AccountId, Arn};

/// Whom a statement lets in, as the subject of a sentence.
pub fn who(statement: &Value, account: &AccountId) -> String {
    if let Some(others) = statement.get("NotPrincipal") {
        return format!("everybody but {}", texts(Some(others)).join(", "));
    }
    let all: Vec<String> = principals(statement).iter().map(|name| one(name, statement, account)).collect();
    if all.is_empty() { "nobody".to_owned() } else { all.join(" and ") }
}

fn one(name: &str, statement: &Value, account: &AccountId) -> String {
    let (kind, name) = name.split_once(':').unwrap_or(("AWS", name));
    match kind {
        _ if name == "*" => match tells_whom(statement).as_slice() {
            [] => "anybody in any account".to_owned(),
            keys => format!("anybody in any account with the right {}", keys.join(" and ")),
        },
        "Service" => format!("the AWS service {name}"),
        "CanonicalUser" => format!("the account with the canonical id {name}"),
        "Federated" => federated(name, statement),
        _ => aws(name, account),
    }
}

fn aws(name: &str, account: &AccountId) -> String {
    let id = Arn::parse(name).ok().and_then(|arn| arn.account()).or_else(|| AccountId::parse(name).ok());
    let whole = name.ends_with(":root") || AccountId::parse(name).is_ok();
    match id {
        Some(id) if whole && &id == account => {
            "every user and role of this account whose own policies allow it".to_owned()
        }
        Some(id) if whole => format!("whoever the account {id} allows"),
        Some(id) if &id != account => format!("{name} (another account)"),
        Some(_) => name.to_owned(),
        None => format!("{name} (deleted, or known to IAM alone)"),
    }
}

fn federated(name: &str, statement: &Value) -> String {
    let Some(issuer) = name.split_once(":oidc-provider/").map(|(_, path)| path).or(shared_issuer(name).map(|_| name))
    else {
        return format!("whoever {name} vouches for");
    };
    let shared = shared_issuer(issuer);
    let claim = shared.map_or("sub", |shared| shared.claim);
    let key = format!("{issuer}:{claim}").to_lowercase();
    let asked: Vec<(String, bool)> = conditions(statement)
        .into_iter()
        .filter(|(operator, name, _)| *name == key && force(operator) == Force::Narrows)
        .flat_map(|(operator, _, values)| values.into_iter().map(move |value| (value, takes_patterns(&operator))))
        .collect();
    let fixed = shared.is_none_or(|shared| asked.iter().all(|(value, pattern)| shared.fixes_customer(value, *pattern)));
    match (shared, asked.as_slice()) {
        (Some(shared), _) if asked.is_empty() || !fixed => {
            format!("every customer of {} (tokens of {issuer})", shared.name)
        }
        (_, []) => format!("everybody with a token of {issuer}"),
        (_, some) => {
            let values = some.iter().map(|(value, _)| format!("`{value}`")).collect::<Vec<_>>().join(", ");
            format!("whoever has a token of {issuer} with the {claim} {values}")
        }
    }
}

/// What a statement lets do: actions and resources, the first of each and how many more.
pub fn what(statement: &Value) -> String {
    let actions = match statement.get("Action") {
        Some(actions) => few(&texts(Some(actions))),
        None => format!("everything but {}", few(&texts(statement.get("NotAction")))),
    };
    match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(resources), _) => format!("{actions} on {}", few(&texts(Some(resources)))),
        (None, Some(others)) => format!("{actions} on everything but {}", few(&texts(Some(others)))),
        (None, None) => actions,
    }
}

fn few(all: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = all.iter().take(SHOWN).map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_principal_has_its_words() {
        let account = AccountId::parse("012345678901").expect("an account");
        let github = "arn:aws:iam::012345678901:oidc-provider/token.actions.githubusercontent.com";
        let key = "token.actions.githubusercontent.com:sub";
        for (principal, condition, words) in [
            (json!("*"), json!({}), "anybody in any account"),
            (
                json!({"AWS": "*"}),
                json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
                "anybody in any account with the right aws:principalorgid",
            ),
            (json!({"AWS": "*"}), json!({"Bool": {"aws:SecureTransport": "true"}}), "anybody in any account"),
            (json!({"AWS": "*"}), json!({"StringEquals": {"sts:ExternalId": "acme"}}), "anybody in any account"),
            (
                json!({"AWS": "*"}),
                json!({"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}),
                "anybody in any account",
            ),
            (json!({"AWS": "111122223333"}), json!({}), "whoever the account 111122223333 allows"),
            (
                json!({"AWS": "arn:aws:iam::111122223333:role/x"}),
                json!({}),
                "arn:aws:iam::111122223333:role/x (another account)",
            ),
            (
                json!({"AWS": "arn:aws:iam::012345678901:root"}),
                json!({}),
                "every user and role of this account whose own policies allow it",
            ),
            (json!({"Service": "ec2.amazonaws.com"}), json!({}), "the AWS service ec2.amazonaws.com"),
            (
                json!({"Federated": github}),
                json!({}),
                "every customer of GitHub Actions (tokens of token.actions.githubusercontent.com)",
            ),
            (
                json!({"Federated": github}),
                json!({"StringLike": {key: "repo:*"}}),
                "every customer of GitHub Actions (tokens of token.actions.githubusercontent.com)",
            ),
            (
                json!({"Federated": github}),
                json!({"StringLike": {key: "repo:acme/app:*"}}),
                "whoever has a token of token.actions.githubusercontent.com with the sub `repo:acme/app:*`",
            ),
        ] {
            assert_eq!(who(&json!({"Principal": principal, "Condition": condition}), &account), words);
        }
    }
}
