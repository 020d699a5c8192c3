//! What an issuer says of itself, which AWS reads to check its tokens.
//!
//! Source: OpenID Connect Discovery 1.0, section 4.3: the `issuer` in the answer is exactly the URL that was asked; IAM User Guide,
//! "Create an OpenID Connect (OIDC) identity provider in IAM": the keys are fetched from `jwks_uri`.

use serde_json::Value;

/// The path of the document below the issuer's URL.
pub const CONFIGURATION: &str = "/.well-known/openid-configuration";

/// Whether an issuer's configuration lets AWS check its tokens.
///
/// # Errors
/// What is wrong, in words.
pub fn judge_configuration(issuer: &str, text: &str) -> Result<(), String> {
    let document: Value = serde_json::from_str(text).map_err(|_| "the answer is not JSON".to_owned())?;
    let told = document["issuer"].as_str().ok_or("the answer names no issuer")?;
    if told != issuer {
        return Err(format!("it says that it is `{told}`, and the trust names `{issuer}`: no token would be let in"));
    }
    match document["jwks_uri"].as_str() {
        Some(keys) if keys.starts_with("https://") => Ok(()),
        Some(keys) => Err(format!("its keys are at `{keys}`, which is not https")),
        None => Err("the answer does not say where its keys are (`jwks_uri`)".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_names_its_issuer_and_its_keys() {
        let issuer = "https://app.example.com";
        let good = r#"{"issuer": "https://app.example.com", "jwks_uri": "https://app.example.com/keys"}"#;
        assert_eq!(judge_configuration(issuer, good), Ok(()));
        for (text, words) in [
            (good.replace("https://app.example.com\",", "https://app.example.com/\","), "no token would be let in"),
            (good.replace("https://app.example.com/keys", "http://app.example.com/keys"), "not https"),
            (good.replace("jwks_uri", "keys"), "where its keys are"),
            (r#"{"jwks_uri": "https://x"}"#.to_owned(), "names no issuer"),
            ("<html>".to_owned(), "not JSON"),
        ] {
            let wrong = judge_configuration(issuer, &text).expect_err(&text);
            assert!(wrong.contains(words), "{wrong}");
        }
    }
}
