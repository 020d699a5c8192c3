//! How a service account proves who it is: a JSON Web Token, signed with its private key.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::json;

use super::credentials::ServiceAccount;
use crate::base::secret::Secret;

/// A signed assertion, good for an hour; `None` when the private key is none.
///
/// Source: Google Identity documentation, "Using OAuth 2.0 for server to server applications".
pub(super) fn assertion(account: &ServiceAccount, scope: &str, now: i64) -> Option<Secret> {
    let key = PrivatePkcs8KeyDer::from_pem_slice(account.private_key.expose().as_bytes()).ok()?;
    let key = KeyPair::from_pkcs8(key.secret_pkcs8_der()).ok()?;
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": account.key_id});
    let claims = json!({
        "iss": account.email, "scope": scope, "aud": account.token_uri, "iat": now, "exp": now + 3600
    });
    let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let text = format!("{}.{}", encoded(header.to_string().as_bytes()), encoded(claims.to_string().as_bytes()));
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).ok()?;
    Some(Secret::new(format!("{text}.{}", encoded(&signature))))
}
