//! Finds secrets in texts, in every form in which one may get out.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What RFC 3986 leaves as it is.
const URL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Secrets with the forms to look for.
pub struct Search(Vec<(usize, &'static str, String)>);

impl Search {
    /// Looks for these.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a String>) -> Self {
        let mut forms = Vec::new();
        for (number, secret) in secrets.into_iter().enumerate() {
            assert!(secret.len() >= 16, "too short to be told from other texts");
            let mut add = |name, form: String| forms.push((number, name, form));
            add("plain", secret.clone());
            add("URL-encoded", utf8_percent_encode(secret, URL).to_string());
            add("URL-encoded", utf8_percent_encode(secret, URL).to_string().replace("%2F", "/"));
            add("URL-encoded", utf8_percent_encode(secret, URL).to_string().to_lowercase());
            add("hex", secret.bytes().map(|byte| format!("{byte:02x}")).collect());
            add("as bytes", secret.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", "));
            add("backwards", secret.chars().rev().collect());
            for before in 0..3 {
                // At each place in a group of three bytes; the groups at the ends also hold what stands around.
                let text = [&vec![b'x'; before][..], secret.as_bytes()].concat();
                for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                    let coded = engine.encode(&text[..text.len() / 3 * 3]);
                    add("base64", coded[if before == 0 { 0 } else { 4 }..].to_owned());
                }
            }
            // base64 of base64, as Helm keeps its releases and people their Secrets.
            add("base64 twice", STANDARD_NO_PAD.encode(&STANDARD_NO_PAD.encode(secret)[..secret.len() / 3 * 3]));
        }
        Self(forms)
    }

    /// The forms of secrets that a text holds.
    pub fn found(&self, text: &[u8]) -> Vec<&'static str> {
        let holds = |form: &str| text.windows(form.len()).any(|window| window == form.as_bytes());
        self.0.iter().filter(|(_, _, form)| holds(form)).map(|(_, name, _)| *name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A deliberate leak in each form is found: this search can fail.
    #[test]
    fn every_form_is_found() {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned();
        let search = Search::new([&secret]);
        let coded = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        for leak in [
            format!("ERROR: key {secret} refused"),
            format!("GET /?secret={}", utf8_percent_encode(&secret, NON_ALPHANUMERIC)),
            "GET /?secret=wJalrXUtnFEMI%2fK7MDENG%2bbPxRfiCYEXAMPLEKEY".to_lowercase(),
            coded(&secret),
            coded(&format!("a{secret}z")),
            coded(&format!("{{\"k\": \"{secret}\"}}")),
            coded(&format!("id:{secret}\n")),
            URL_SAFE_NO_PAD.encode(format!("key={secret}")),
            coded(&coded(&secret)),
            format!("{:?}", secret.as_bytes()),
            secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
        ] {
            assert!(!search.found(leak.as_bytes()).is_empty(), "{leak}");
        }
    }

    #[test]
    fn nothing_else_is() {
        let search = Search::new([&"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()]);
        for clean in ["", "wJalrXUtnFEMI/K7MDENG", "acme-prod-argo", "ENC[AES256_GCM,data:wJalrXUtnFEMI=]"] {
            assert_eq!(search.found(clean.as_bytes()), Vec::<&str>::new(), "{clean}");
        }
    }
}
