//! age: a file for the holders of X25519 identities.
//!
//! Source: the age format, version 1 (C2SP, "The age file encryption format"). Only what encrypts a short text for X25519 recipients
//! is here, over the one crypto library of this program; the crate that has the rest brings a second one.

use aws_lc_rs::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use zeroize::Zeroizing;

use super::crypto::{Refusal, chacha, random};
use crate::base::error::{Code, Error, Result};

/// Whoever holds the identity that belongs to this can read what is encrypted for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    text: String,
    key: [u8; 32],
}

impl Recipient {
    /// Reads a recipient such as `age1…`.
    ///
    /// # Errors
    /// `BW0711` when it is none; an identity, which is a secret, is never repeated.
    pub fn parse(text: &str) -> Result<Self> {
        if text.to_ascii_uppercase().starts_with("AGE-SECRET-KEY-") {
            return Err(Error::new(Code::BAD_RECIPIENT, "this is an age identity, which decrypts, and not a recipient")
                .why("Arguments can be seen by others on this machine and stay in the shell's history.")
                .fix("Give the recipient, which begins with `age1`: `age-keygen -y FILE` prints it. Consider making a new identity."));
        }
        let key = match bech32::decode(text) {
            Ok((hrp, bytes)) if hrp.as_str() == "age" => <[u8; 32]>::try_from(bytes).ok(),
            _ => None,
        };
        key.map(|key| Self { text: text.to_owned(), key }).ok_or_else(|| {
            Error::new(Code::BAD_RECIPIENT, format!("`{text}` is not an age recipient"))
                .why("A recipient is `age1` and 58 letters and digits; the last six tell a slip. SSH keys and plugins are not supported.")
                .fix("`age-keygen -o key.txt` makes an identity and prints its recipient.")
        })
    }

    /// The recipient as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// A text for this recipient alone, armored as SOPS keeps it. At most one chunk of 64 KiB.
    pub(super) fn encrypt(&self, text: &[u8]) -> std::result::Result<String, Refusal> {
        let file_key = random::<16>()?;
        let mut out = self.header(&file_key)?.into_bytes();
        let nonce = random::<16>()?;
        out.extend_from_slice(&*nonce);
        let payload_key = derive(&file_key[..], &nonce[..], b"payload")?;
        // The stream's nonce: the chunk's number, then 1 for the last.
        let mut last = [0; 12];
        last[11] = 1;
        let mut body = text.to_vec();
        let tag = chacha(&payload_key, last, &mut body)?;
        out.extend_from_slice(&body);
        out.extend_from_slice(&tag);
        Ok(armored(&out))
    }

    fn header(&self, file_key: &[u8; 16]) -> std::result::Result<String, Refusal> {
        let own = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new())?;
        let share = own.compute_public_key()?;
        let salt = [share.as_ref(), &self.key].concat();
        let theirs = UnparsedPublicKey::new(&X25519, self.key);
        // A recipient of low order makes the agreement fail, as the format asks.
        let wrap_key =
            agree_ephemeral(own, theirs, Refusal, |shared| derive(shared, &salt, b"age-encryption.org/v1/X25519"))?;
        let mut wrapped = file_key.to_vec();
        let tag = chacha(&wrap_key, [0; 12], &mut wrapped)?;
        wrapped.extend_from_slice(&tag);
        let head = format!(
            "age-encryption.org/v1\n-> X25519 {}\n{}\n---",
            STANDARD_NO_PAD.encode(share),
            STANDARD_NO_PAD.encode(wrapped)
        );
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*derive(file_key, &[], b"header")?);
        let mac = hmac::sign(&key, head.as_bytes());
        Ok(format!("{head} {}\n", STANDARD_NO_PAD.encode(mac)))
    }
}

/// Thirty-two bytes, as HKDF wants to be told.
struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        32
    }
}

fn derive(secret: &[u8], salt: &[u8], info: &[u8]) -> std::result::Result<Zeroizing<[u8; 32]>, Refusal> {
    let mut key = Zeroizing::new([0; 32]);
    Salt::new(HKDF_SHA256, salt).extract(secret).expand(&[info], Length)?.fill(&mut *key)?;
    Ok(key)
}

fn armored(file: &[u8]) -> String {
    let text = STANDARD.encode(file);
    let mut out = "-----BEGIN AGE ENCRYPTED FILE-----\n".to_owned();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out + "-----END AGE ENCRYPTED FILE-----\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The recipient of the format's own test vectors ("testkit").
    const RECIPIENT: &str = "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z";

    #[test]
    fn recipients_are_read_and_slips_are_told() {
        assert_eq!(Recipient::parse(RECIPIENT).expect("a recipient").as_str(), RECIPIENT);
        for bad in
            ["", "age1", &RECIPIENT.replace('q', "p"), "ssh-ed25519 AAAA", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"]
        {
            assert_eq!(Recipient::parse(bad).expect_err(bad).code(), &Code::BAD_RECIPIENT);
        }
    }

    #[test]
    fn an_identity_is_not_repeated() {
        let error = Recipient::parse("AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33")
            .expect_err("secret");
        assert!(!format!("{error:?}").contains("GQ9778"), "{error:?}");
    }

    #[test]
    fn no_two_files_are_alike() {
        let recipient = Recipient::parse(RECIPIENT).expect("a recipient");
        let files = [recipient.encrypt(b"hush").expect("encrypts"), recipient.encrypt(b"hush").expect("encrypts")];
        assert_ne!(files[0], files[1]);
        assert!(files[0].lines().all(|line| line.len() <= 64), "{}", files[0]);
    }
}
