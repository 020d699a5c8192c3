//! Whether a statement grants anything that others do not grant already.
//!
//! Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements". What cannot be told to be covered is not.

use serde_json::Value;

use super::{base, takes_patterns};
use crate::policy::{matches, same, statements};

/// The items of a value as IAM reads it: a single one is a list of itself.
pub fn texts(value: Option<&Value>) -> Vec<String> {
    let one = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.iter().map(one).collect(),
        Some(other) => vec![one(other)],
    }
}

/// The principals of a statement, as `KIND:NAME`; everybody is `*`, however it is written.
pub fn principals(statement: &Value) -> Vec<String> {
    match statement.get("Principal") {
        Some(Value::Object(kinds)) => kinds
            .iter()
            .flat_map(|(kind, names)| texts(Some(names)).into_iter().map(move |name| format!("{kind}:{name}")))
            .map(|name| if name == "AWS:*" { "*".to_owned() } else { name })
            .collect(),
        other => texts(other),
    }
}

/// The statements that allow something which the wanted document does not allow.
pub fn uncovered(live: &Value, wanted: &Value) -> Vec<Value> {
    let wanted = statements(wanted);
    let allows = |one: &Value| one.get("Effect").and_then(Value::as_str) != Some("Deny");
    statements(live).into_iter().filter(|one| allows(one) && !covered(one, &wanted)).collect()
}

fn covered(one: &Value, wanted: &[Value]) -> bool {
    if wanted.iter().any(|other| same(&without_sid(one), &without_sid(other))) {
        return true;
    }
    if ["NotPrincipal", "NotAction", "NotResource"].iter().any(|key| one.get(key).is_some()) {
        return false;
    }
    let or_nothing =
        |list: Vec<String>| if list.is_empty() { vec![None] } else { list.into_iter().map(Some).collect() };
    let whos = or_nothing(principals(one));
    let actions = texts(one.get("Action"));
    let resources = or_nothing(texts(one.get("Resource")));
    !actions.is_empty()
        && whos.iter().all(|who| {
            actions.iter().all(|action| {
                resources.iter().all(|resource| {
                    let part = Part { who: who.as_deref(), action, resource: resource.as_deref(), whole: one };
                    wanted.iter().any(|other| part.lies_in(other))
                })
            })
        })
}

fn without_sid(statement: &Value) -> Value {
    let mut statement = statement.clone();
    if let Some(entries) = statement.as_object_mut() {
        entries.shift_remove("Sid");
    }
    statement
}

/// One principal, action and resource of a statement.
struct Part<'a> {
    who: Option<&'a str>,
    action: &'a str,
    resource: Option<&'a str>,
    whole: &'a Value,
}

impl Part<'_> {
    /// Whether another statement allows it, too. A pattern here lies in one there when that matches it letter by letter.
    fn lies_in(&self, other: &Value) -> bool {
        let who = match self.who {
            None => other.get("Principal").is_none(),
            Some(name) => principals(other).iter().any(|there| there == name),
        };
        let action =
            texts(other.get("Action")).iter().any(|there| matches(&there.to_lowercase(), &self.action.to_lowercase()));
        let resource = match self.resource {
            None => other.get("Resource").is_none(),
            Some(name) => texts(other.get("Resource")).iter().any(|there| matches(there, name)),
        };
        other.get("Effect").and_then(Value::as_str) == Some("Allow")
            && who
            && action
            && resource
            && ["NotPrincipal", "NotAction", "NotResource"].iter().all(|key| other.get(key).is_none())
            && conditions(other).iter().all(|asked| self.asks(asked))
    }

    /// Whether the statement asks at least as much.
    fn asks(&self, (operator, key, values): &(String, String, Vec<String>)) -> bool {
        conditions(self.whole).iter().any(|(mine, name, found)| {
            // `StringEquals` asks for more than `StringLike` with the same value.
            let as_strict = mine == operator || (base(operator) == "StringLike" && mine == "StringEquals");
            let fits = |value: &String| {
                values.iter().any(|wanted| wanted == value || (takes_patterns(operator) && matches(wanted, value)))
            };
            as_strict && name == key && !found.is_empty() && found.iter().all(fits)
        })
    }
}

/// The conditions of a statement: operator, key in lower case, values.
pub fn conditions(statement: &Value) -> Vec<(String, String, Vec<String>)> {
    let operators = statement.get("Condition").and_then(Value::as_object);
    let each = operators.into_iter().flatten().flat_map(|(operator, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        keys.map(move |(key, values)| (operator.clone(), key.to_lowercase(), texts(Some(values))))
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(statements: &Value) -> Value {
        json!({"Version": "2012-10-17", "Statement": statements})
    }

    #[test]
    fn what_grants_less_is_covered_and_what_grants_more_is_not() {
        let wanted = document(&json!([
            {"Sid": "Buckets", "Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::b"]},
            {"Sid": "Objects", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::a/*"],
             "Condition": {"StringEquals": {"s3:ResourceAccount": "012345678901"}}}
        ]));
        let within = json!({"StringEquals": {"s3:resourceaccount": ["012345678901"]}});
        for (statement, covered) in [
            (json!({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b"}), true),
            (json!({"Effect": "Allow", "Action": "S3:LISTBUCKET", "Resource": ["arn:aws:s3:::a"]}), true),
            (
                json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/x/*", "Condition": within}),
                true,
            ),
            (
                json!({"Effect": "Allow", "Action": ["s3:ListBucket", "s3:DeleteBucket"], "Resource": "arn:aws:s3:::b"}),
                false,
            ),
            (json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}), false),
            (json!({"Effect": "Allow", "Action": "s3:List*", "Resource": "arn:aws:s3:::b"}), false),
            (json!({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}), false),
            (json!({"Effect": "Allow", "NotAction": "s3:ListBucket", "Resource": "arn:aws:s3:::b"}), false),
            (json!({"Effect": "Allow", "Action": "iam:*", "Resource": "*"}), false),
            (json!({"Effect": "Deny", "Action": "*", "Resource": "*"}), true),
        ] {
            assert_eq!(uncovered(&document(&json!([statement])), &wanted).is_empty(), covered, "{statement}");
        }
    }

    #[test]
    fn a_trust_is_held_to_its_principals_and_conditions() {
        let provider = "arn:aws:iam::012345678901:oidc-provider/oidc.example/id/A";
        let with = |principal: Value, condition: Value| {
            document(
                &json!([{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition}]),
            )
        };
        let subs = json!(["system:serviceaccount:a:b", "system:serviceaccount:a:c"]);
        let wanted = with(
            json!({"Federated": provider}),
            json!({"StringEquals": {"x:aud": "sts.amazonaws.com", "x:sub": subs}}),
        );
        for (live, covered) in [
            (wanted.clone(), true),
            (
                with(
                    json!({"Federated": [provider]}),
                    json!({"StringEquals": {"x:aud": "sts.amazonaws.com", "x:sub": "system:serviceaccount:a:b"}}),
                ),
                true,
            ),
            (with(json!({"Federated": provider}), json!({"StringEquals": {"x:aud": "sts.amazonaws.com"}})), false),
            (
                with(
                    json!({"Federated": provider}),
                    json!({"StringLike": {"x:aud": "sts.amazonaws.com", "x:sub": "system:serviceaccount:*"}}),
                ),
                false,
            ),
            (
                with(
                    json!({"Federated": [provider, "other"]}),
                    json!({"StringEquals": {"x:aud": "sts.amazonaws.com", "x:sub": subs}}),
                ),
                false,
            ),
            (with(json!("*"), json!({"StringEquals": {"x:aud": "sts.amazonaws.com", "x:sub": subs}})), false),
            (with(json!({"AWS": "*"}), json!({})), false),
        ] {
            assert_eq!(uncovered(&live, &wanted).is_empty(), covered, "{live}");
        }
    }
}
