//! Whether a statement's conditions hold for a request whose keys are all known.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition" and "IAM policy elements: Variables and tags".

use std::collections::BTreeMap;

use serde_json::Value;

use super::admission::{holds, texts};

/// The condition keys of a request, in lower case, with their values.
pub type Keys = BTreeMap<String, Vec<String>>;

/// Whether all conditions of a statement hold; `None` when one of them cannot be judged here. A variable stands for the
/// request's own key.
pub fn conditions_hold(statement: &Value, keys: &Keys) -> Option<bool> {
    let mut all = Some(true);
    for (operator, tests) in statement.get("Condition").and_then(Value::as_object).into_iter().flatten() {
        for (key, wanted) in tests.as_object().into_iter().flatten() {
            let wanted: Vec<String> = texts(wanted).iter().map(|text| filled(text, keys)).collect();
            let found = keys.get(&key.to_lowercase()).cloned().unwrap_or_default();
            match holds(operator, &wanted, &found) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => all = None,
            }
        }
    }
    all
}

/// A text with its variables replaced; one that the request does not carry stays, and is not judged.
fn filled(text: &str, keys: &Keys) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once("${") {
        let Some((name, behind)) = from.split_once('}') else { break };
        out.push_str(before);
        match keys.get(&name.to_lowercase()).and_then(|values| values.first()) {
            Some(value) => out.push_str(value),
            None => out.push_str(&format!("${{{name}}}")),
        }
        rest = behind;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_variable_is_the_requests_own_key() {
        let statement = json!({"Condition": {"StringEquals": {"s3:ResourceAccount": "${aws:PrincipalAccount}"}}});
        let keys = |owner: &str| {
            let pairs = [("s3:resourceaccount", owner), ("aws:principalaccount", "012345678901")];
            pairs.map(|(key, value)| (key.to_owned(), vec![value.to_owned()])).into_iter().collect::<Keys>()
        };
        assert_eq!(conditions_hold(&statement, &keys("012345678901")), Some(true));
        assert_eq!(conditions_hold(&statement, &keys("111122223333")), Some(false));
        assert_eq!(conditions_hold(&statement, &Keys::new()), None, "an unknown variable is not judged");
        assert_eq!(conditions_hold(&json!({"Effect": "Allow"}), &Keys::new()), Some(true));
        let tls = json!({"Condition": {"Bool": {"aws:SecureTransport": "false"}}});
        let secure = Keys::from([("aws:securetransport".to_owned(), vec!["true".to_owned()])]);
        assert_eq!(conditions_hold(&tls, &secure), Some(false));
    }
}
