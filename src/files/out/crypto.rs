//! The few operations that sealing and encrypting share, all of aws-lc.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::base::error::{Code, Error};

/// What the library says when it refuses: nothing.
pub(super) use aws_lc_rs::error::Unspecified as Refusal;

/// Random bytes, wiped when dropped.
pub(super) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, Refusal> {
    let mut bytes = Zeroizing::new([0; N]);
    rand::fill(&mut *bytes)?;
    Ok(bytes)
}

/// Encrypts in place; gives the tag.
pub(super) fn aes_gcm(
    key: &[u8; 32],
    nonce: [u8; NONCE_LEN],
    bound: &[u8],
    text: &mut [u8],
) -> Result<Vec<u8>, Refusal> {
    aead(&AES_256_GCM, key, nonce, bound, text)
}

/// Encrypts in place; gives the tag.
pub(super) fn chacha(key: &[u8; 32], nonce: [u8; NONCE_LEN], text: &mut [u8]) -> Result<Vec<u8>, Refusal> {
    aead(&CHACHA20_POLY1305, key, nonce, &[], text)
}

fn aead(
    algorithm: &'static Algorithm,
    key: &[u8; 32],
    nonce: [u8; NONCE_LEN],
    bound: &[u8],
    text: &mut [u8],
) -> Result<Vec<u8>, Refusal> {
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key)?);
    let tag = key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound), text)?;
    Ok(tag.as_ref().to_vec())
}

/// A refusal of the library in words. None is known to happen: keys and lengths are checked before.
pub(super) fn refused(_: Refusal) -> Error {
    Error::new(Code::UNWRITABLE, "the crypto library refused to encrypt")
        .why("Nothing was written.")
        .fix("Run the same command again; if it stays, please report it.")
}
