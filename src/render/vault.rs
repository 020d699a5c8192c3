//! Secrets while documents are built: expressions see only marks, and the marks are exchanged for the secrets when the
//! final text is written, escaped for its format.

use crate::base::error::{Code, Error, Result};
use crate::base::names::IamName;
use crate::base::secret::{AccessKey, MARK, Secret};

/// How a placeholder begins.
const PLACEHOLDER: &str = "PLACEHOLDER-";
/// What the parts of a key are called at a placeholder's end.
const PARTS: [&str; 4] = ["-accessKeyId", "-secretAccessKey", "-privateKey", "-clientEmail"];

/// The stretches of a text between its placeholders for keys: one more than there are placeholders.
pub fn around_placeholders(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(at) = text[from..].find(PLACEHOLDER).map(|at| from + at) {
        let end = PARTS.iter().filter_map(|part| text[at..].find(part).map(|found| at + found + part.len())).min();
        from = at + PLACEHOLDER.len();
        if let Some(end) = end {
            parts.push(&text[start..at]);
            (start, from) = (end, end);
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Secrets by mark.
#[derive(Debug, Default)]
pub struct Vault(Vec<Secret>);

/// The marks of an access key's halves.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// Stands for the key's id.
    pub id: String,
    /// Stands for the secret half; where the key is a service account's file, for the whole file.
    pub secret: String,
    /// What is in the file.
    pub file: Option<KeyFile>,
}

/// The parts of a service account's key file.
///
/// Source: IAM documentation, "Create and delete service account keys".
#[derive(Clone, Debug)]
pub struct KeyFile {
    /// The service account's address.
    pub email: String,
    /// The mark of the private key, in PEM.
    pub private_key: String,
}

/// What is read of a key file.
#[derive(serde::Deserialize)]
struct ServiceAccountKey {
    client_email: String,
    #[serde(deserialize_with = "secret")]
    private_key: Secret,
}

fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Secret, D::Error> {
    serde::Deserialize::deserialize(deserializer).map(|text: String| Secret::new(text))
}

impl Vault {
    /// Keeps a key and gives its marks.
    pub fn keep(&mut self, key: &AccessKey) -> Keys {
        Keys { id: self.mark(key.id.clone()), secret: self.mark(key.secret.clone()), file: None }
    }

    /// Looks into a key that is a service account's file.
    ///
    /// # Errors
    /// `BW1510` when it is no such file. Nothing of it is repeated.
    pub fn open_file(&mut self, keys: Keys, key: &AccessKey, principal: &IamName) -> Result<Keys> {
        let file: ServiceAccountKey = serde_json::from_str(key.secret.expose()).map_err(|_| {
            Error::new(Code::BAD_KEY_FILE, format!("the key of `{principal}` is not a service account's key file"))
                .why("Such a file is JSON with `type: service_account`, `client_email` and `private_key`.")
                .fix("Name the file that `gcloud iam service-accounts keys create FILE --iam-account ADDRESS` writes.")
        })?;
        let private_key = self.mark(file.private_key);
        Ok(Keys { file: Some(KeyFile { email: file.client_email, private_key }), ..keys })
    }

    /// A placeholder for a service account's file.
    pub fn placeholder_file(&mut self, keys: Keys, principal: &IamName, email: &str) -> Keys {
        let private_key = self.mark(placeholder(principal, PARTS[2]));
        Keys { file: Some(KeyFile { email: email.to_owned(), private_key }), ..keys }
    }

    /// Marks that stand for placeholders, for renders without secrets.
    pub fn placeholders(&mut self, principal: &IamName) -> Keys {
        let mut mark = |part: &str| self.mark(placeholder(principal, part));
        Keys { id: mark(PARTS[0]), secret: mark(PARTS[1]), file: None }
    }

    fn mark(&mut self, secret: Secret) -> String {
        self.0.push(secret);
        format!("{MARK}{}{MARK}", self.0.len() - 1)
    }

    /// Whether a text holds a mark.
    pub fn marks(text: &str) -> bool {
        text.contains(MARK)
    }

    /// The text with every mark exchanged for its secret.
    pub fn reveal(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for (index, part) in text.split(MARK).enumerate() {
            if index % 2 == 0 {
                out.push_str(part);
            } else if let Some(secret) = part.parse::<usize>().ok().and_then(|number| self.0.get(number)) {
                out.push_str(secret.expose());
            }
        }
        out
    }
}

fn placeholder(principal: &IamName, part: &str) -> Secret {
    Secret::new(format!("{PLACEHOLDER}{principal}{part}"))
}

/// Stands for the address in a key file that is not known.
pub(super) fn unknown_email(principal: &IamName) -> String {
    format!("{PLACEHOLDER}{principal}{}", PARTS[3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_what_is_around_them() {
        let text = "a PLACEHOLDER-x-accessKeyId:PLACEHOLDER-x-y-secretAccessKey@b PLACEHOLDER-CLIENT-ID-z";
        assert_eq!(around_placeholders(text), ["a ", ":", "@b PLACEHOLDER-CLIENT-ID-z"]);
        assert_eq!(around_placeholders("none"), ["none"]);
    }

    #[test]
    fn marks_are_exchanged_and_tell_nothing() {
        let mut vault = Vault::default();
        let keys = vault.keep(&AccessKey { id: Secret::new("AKIA1"), secret: Secret::new("hush") });
        let text = format!("id={} secret={}!", keys.id, keys.secret);
        assert!(Vault::marks(&text) && !text.contains("hush"));
        assert_eq!(vault.reveal(&text), "id=AKIA1 secret=hush!");
        assert_eq!(vault.reveal("plain"), "plain");
    }
}
