//! Secrets while documents are built: expressions see only marks, and the marks are exchanged for the secrets when the
//! final text is written, escaped for its format.

use crate::names::IamName;
use crate::secret::{AccessKey, MARK, Secret};

/// Secrets by mark.
#[derive(Debug, Default)]
pub struct Vault(Vec<Secret>);

/// The marks of an access key's halves.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Stands for the key's id.
    pub id: String,
    /// Stands for the secret half.
    pub secret: String,
}

impl Vault {
    /// Keeps a key and gives its marks.
    pub fn keep(&mut self, key: &AccessKey) -> Keys {
        Keys { id: self.mark(key.id.clone()), secret: self.mark(key.secret.clone()) }
    }

    /// Marks that stand for placeholders, for renders without secrets.
    pub fn placeholders(&mut self, principal: &IamName) -> Keys {
        let mut mark = |half: &str| self.mark(Secret::new(format!("PLACEHOLDER-{principal}-{half}")));
        Keys { id: mark("accessKeyId"), secret: mark("secretAccessKey") }
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

#[cfg(test)]
mod tests {
    use super::*;

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
