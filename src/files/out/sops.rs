//! Files that `sops --decrypt` opens: every value encrypted on its own, keys left readable, the whole under a MAC.
//!
//! Source of the format: getsops/sops 3.11, aes/cipher.go (values), sops.go (paths and MAC), stores/ (metadata and formats).

use std::time::SystemTime;

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U32;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes256;
use aws_lc_rs::digest::{Context, SHA512};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use x509_cert::der::DateTime;
use zeroize::{Zeroize, Zeroizing};

use super::Recipient;
use super::crypto::{Refusal, random, refused};
use super::manifest::documents;
use crate::base::error::Result;
use crate::base::secret::Secret;
use crate::base::yaml;
use crate::base::yaml::Node;

/// The release whose files these are like.
const VERSION: &str = "3.11.0";

/// Which values of a file are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// All.
    All,
    /// Those of a Secret: its name and kind stay readable, as tools that apply manifests from Git need them.
    Data,
}

impl Which {
    /// The rule as SOPS is told of it, so that `sops edit` keeps to it.
    fn rule(self) -> (&'static str, &'static str) {
        match self {
            Self::All => ("unencrypted_suffix", "_unencrypted"),
            Self::Data => ("encrypted_regex", "^(data|stringData)$"),
        }
    }

    fn covers(self, path: &[String]) -> bool {
        match self {
            Self::All => !path.iter().any(|key| key.ends_with("_unencrypted")),
            Self::Data => path.iter().any(|key| ["data", "stringData"].contains(&key.as_str())),
        }
    }
}

/// A file encrypted for recipients, as SOPS would by its name: YAML and JSON value by value, all else as one.
pub(super) fn encrypt(name: &str, text: &Secret, recipients: &[Recipient], now: SystemTime) -> Result<String> {
    let which = if name.ends_with("secrets.yaml") { Which::Data } else { Which::All };
    let ending = name.rsplit('.').next().unwrap_or_default();
    let trees = match ending {
        "yaml" | "json" => documents(text)?,
        _ => vec![json!({"data": text.expose()})],
    };
    let trees = sealed(trees, which, recipients, now).map_err(refused)?;
    let texts = trees.into_iter().map(|tree| match ending {
        "yaml" => yaml::write(&Node::Leaf(tree, None)),
        _ => format!("{tree:#}\n"),
    });
    Ok(texts.collect::<Vec<_>>().join("---\n"))
}

/// The trees with their values encrypted, each with the metadata of all.
fn sealed(
    trees: Vec<Value>,
    which: Which,
    recipients: &[Recipient],
    now: SystemTime,
) -> std::result::Result<Vec<Value>, Refusal> {
    let mut file = File { key: random::<32>()?, digest: Context::new(&SHA512), which };
    let mut sealed = Vec::new();
    for tree in trees {
        sealed.push(file.walk(tree, &mut Vec::new())?);
    }
    let metadata = file.metadata(recipients, now)?;
    for tree in &mut sealed {
        tree["sops"] = metadata.clone();
    }
    Ok(sealed)
}

struct File {
    key: Zeroizing<[u8; 32]>,
    digest: Context,
    which: Which,
}

impl File {
    fn walk(&mut self, value: Value, path: &mut Vec<String>) -> std::result::Result<Value, Refusal> {
        match value {
            Value::Object(entries) => {
                let mut walked = Map::new();
                for (key, value) in entries {
                    path.push(key.clone());
                    walked.insert(key, self.walk(value, path)?);
                    path.pop();
                }
                Ok(Value::Object(walked))
            }
            // The items of a list have the list's own path.
            Value::Array(items) => items
                .into_iter()
                .map(|item| self.walk(item, path))
                .collect::<std::result::Result<_, _>>()
                .map(Value::Array),
            Value::Null => Ok(Value::Null),
            Value::String(mut text) => {
                let sealed = self.leaf("str", &text, path)?;
                if sealed.is_some() {
                    text.zeroize();
                }
                Ok(sealed.unwrap_or(Value::String(text)))
            }
            Value::Bool(flag) => {
                let word = if flag { "True" } else { "False" };
                Ok(self.leaf("bool", word, path)?.unwrap_or(Value::Bool(flag)))
            }
            Value::Number(number) => {
                let kind = if number.is_f64() { "float" } else { "int" };
                Ok(self.leaf(kind, &number.to_string(), path)?.unwrap_or(Value::Number(number)))
            }
        }
    }

    /// The value encrypted and bound to its path; `None` where it stays readable. An empty text has nothing to hide.
    fn leaf(&mut self, kind: &str, text: &str, path: &[String]) -> std::result::Result<Option<Value>, Refusal> {
        self.digest.update(text.as_bytes());
        if text.is_empty() || !self.which.covers(path) {
            return Ok(None);
        }
        self.value(kind, text, &format!("{}:", path.join(":"))).map(|sealed| Some(json!(sealed)))
    }

    fn value(&self, kind: &str, text: &str, bound: &str) -> std::result::Result<String, Refusal> {
        let nonce = random::<32>()?;
        let mut bytes = text.as_bytes().to_vec();
        // SOPS has nonces of 32 bytes and falls over others when it encrypts again; aws-lc has only those of 12.
        let cipher = AesGcm::<Aes256, U32>::new((&*self.key).into());
        let tag = cipher
            .encrypt_inout_detached((&*nonce).into(), bound.as_bytes(), bytes.as_mut_slice().into())
            .map_err(|_| Refusal)?;
        let [data, nonce, tag] = [&bytes[..], &nonce[..], &tag[..]].map(|part| STANDARD.encode(part));
        Ok(format!("ENC[AES256_GCM,data:{data},iv:{nonce},tag:{tag},type:{kind}]"))
    }

    fn metadata(&self, recipients: &[Recipient], now: SystemTime) -> std::result::Result<Value, Refusal> {
        let mut age = Vec::new();
        for recipient in recipients {
            age.push(json!({"recipient": recipient.as_str(), "enc": recipient.encrypt(&self.key[..])?}));
        }
        let modified = DateTime::from_system_time(now).map_err(|_| Refusal)?.to_string();
        let digest = self.digest.clone().finish();
        let digits: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        let mac = self.value("str", &digits.concat(), &modified)?;
        let (rule, words) = self.which.rule();
        Ok(json!({"age": age, "lastmodified": modified, "mac": mac, rule: words, "version": VERSION}))
    }
}
