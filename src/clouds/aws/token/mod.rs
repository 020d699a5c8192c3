//! What a web identity token claims, and why a role lets its bearer in or does not.
//!
//! A token is as good as a password while it lasts: it is never kept and never shown. Of its claims only `iss`, `aud`,
//! `sub` and `exp` are.

mod discovery;
mod judge;
mod subject;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
pub use discovery::{CONFIGURATION, judge_configuration};
pub use judge::{Judged, Provider, TokenVerdict, judge};
use serde_json::{Map, Value};
pub use subject::SubjectForm;

use crate::base::error::{Code, Error, Result};
use crate::base::secret::Secret;

/// The claims that decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `iss`: who made the token.
    pub issuer: String,
    /// `aud`: whom it is for.
    pub audiences: Vec<String>,
    /// `sub`: whose it is.
    pub subject: String,
    /// `exp`: when it ends, in seconds since 1970.
    pub expires: Option<i64>,
}

impl Claims {
    /// Reads a token, or the JSON that a tool printed of it. Its signature is not looked at: AWS does that.
    ///
    /// Source: RFC 7519, "JSON Web Token", sections 3 and 4.1.
    ///
    /// # Errors
    /// `BW1310` when it is neither, `BW1311` when `iss`, `aud` or `sub` is missing. Nothing of the text is repeated.
    pub fn read(token: &Secret) -> Result<Self> {
        let text = token.expose().trim();
        let claims = if text.contains('{') { decoded(text) } else { encoded(text) };
        Self::of(&claims?)
    }

    fn of(claims: &Map<String, Value>) -> Result<Self> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let audiences = match claims.get("aud") {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(one)) => vec![one.clone()],
            _ => Vec::new(),
        };
        let found = Self {
            issuer: text("iss"),
            audiences,
            subject: text("sub"),
            expires: claims.get("exp").and_then(|exp| exp.as_i64().or_else(|| whole_seconds(exp.as_f64()?))),
        };
        let missing =
            [("iss", found.issuer.is_empty()), ("aud", found.audiences.is_empty()), ("sub", found.subject.is_empty())];
        let missing: Vec<&str> = missing.into_iter().filter(|(_, missing)| *missing).map(|(name, _)| name).collect();
        if missing.is_empty() {
            return Ok(found);
        }
        Err(Error::new(Code::MISSING_CLAIM, format!("the token has no {}", missing.join(", no ")))
            .why("AWS looks at iss, aud and sub to find the provider and to evaluate the trust policy.")
            .fix("Give the token as the pod or environment has it: the legacy tokens of Secrets have no `aud`, for instance. A projected token lies at AWS_WEB_IDENTITY_TOKEN_FILE."))
    }
}

/// Numbers may have a fraction. Source: RFC 7519, section 2, "NumericDate".
#[allow(
    clippy::cast_possible_truncation,
    reason = "a fraction of a second does not matter, and no token ends after i64"
)]
fn whole_seconds(seconds: f64) -> Option<i64> {
    seconds.is_finite().then_some(seconds as i64)
}

/// The claims in the middle of a compact token.
fn encoded(text: &str) -> Result<Map<String, Value>> {
    let parts: Vec<&str> = text.split('.').collect();
    let [_, middle, _] = parts.as_slice() else {
        return Err(no_token("It has not three parts with a dot between them."));
    };
    let bytes = URL_SAFE_NO_PAD.decode(middle).map_err(|_| no_token("Its middle part is not base64url."))?;
    serde_json::from_slice(&bytes).map_err(|_| no_token("Its middle part does not hold a JSON object."))
}

/// The claims in what a tool printed: an object, alone, after the header's, or within one as its payload.
fn decoded(text: &str) -> Result<Map<String, Value>> {
    let from = text.find('{').unwrap_or_default();
    let objects = serde_json::Deserializer::from_str(&text[from..]).into_iter::<Map<String, Value>>();
    for mut object in objects.map_while(std::result::Result::ok) {
        if object.contains_key("iss") || object.contains_key("sub") {
            return Ok(object);
        }
        for name in ["Payload", "payload", "Claims", "claims"] {
            if let Some(Value::Object(inner)) = object.remove(name) {
                return Ok(inner);
            }
        }
    }
    Err(no_token("It is no JSON object with the claims `iss`, `aud` and `sub`."))
}

fn no_token(why: &str) -> Error {
    Error::new(Code::NOT_A_TOKEN, "this is not a token")
        .why(why)
        .fix("Give the content of AWS_WEB_IDENTITY_TOKEN_FILE of a pod, or what `gitpod idp token --audience sts.amazonaws.com` prints, with or without `--decode`.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn jwt(claims: &Value) -> Secret {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        Secret::new(format!("{}.{}.c2ln\n", part(&json!({"alg": "RS256"})), part(claims)))
    }

    #[test]
    fn a_token_and_what_tools_print_of_it_say_the_same() {
        let claims =
            json!({"iss": "https://i", "aud": ["sts.amazonaws.com"], "sub": "s", "exp": 1_800_000_000, "email": "a@b"});
        let expected = Claims::read(&jwt(&claims)).expect("claims");
        assert_eq!(
            (expected.issuer.as_str(), expected.subject.as_str(), expected.expires),
            ("https://i", "s", Some(1_800_000_000))
        );
        for printed in [
            claims.to_string(),
            format!("Token:\n{claims:#}\n"),
            format!("{{\"alg\": \"RS256\"}}\n{claims:#}"),
            json!({"Header": {"alg": "RS256"}, "Payload": claims}).to_string(),
        ] {
            assert_eq!(Claims::read(&Secret::new(printed.clone())).expect(&printed), expected);
        }
        let single = json!({"iss": "https://i", "aud": "sts.amazonaws.com", "sub": "s", "exp": 1_800_000_000.5});
        assert_eq!(Claims::read(&jwt(&single)).expect("claims"), expected);
    }

    #[test]
    fn what_is_no_token_is_not_repeated() {
        for text in ["", "hush", "hush.hush", "a.hush!.c", "{hush", "{\"hush\": 1}", "a.aHVzaA.c", "[\"{hush\"]"] {
            let error = Claims::read(&Secret::new(text)).expect_err(text);
            assert_eq!(error.code(), &Code::NOT_A_TOKEN, "{text}");
            assert!(!format!("{error:?}{:?}", error.reason()).contains("hush"), "{error:?}");
        }
        let legacy = jwt(&json!({"iss": "kubernetes/serviceaccount", "sub": "system:serviceaccount:a:b"}));
        let error = Claims::read(&legacy).expect_err("no aud");
        assert_eq!((error.code(), error.what()), (&Code::MISSING_CLAIM, "the token has no aud"));
    }
}
