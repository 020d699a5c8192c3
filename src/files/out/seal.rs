//! Bitnami SealedSecrets: only the controller of a cluster can open what is sealed for it.
//!
//! Source of the format: bitnami-labs/sealed-secrets, pkg/crypto/crypto.go (HybridEncrypt) and
//! pkg/apis/sealedsecrets/v1alpha1/sealedsecret_expansion.go (the label of each scope).

use std::time::SystemTime;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use x509_cert::Certificate as X509;
use x509_cert::der::Encode;
use x509_cert::der::oid::ObjectIdentifier;

use super::crypto::{Refusal, aes_gcm, random, refused};
use super::manifest::Manifest;
use crate::base::error::{Code, Error, Result};

/// RFC 8017: rsaEncryption.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// Where a sealed Secret may be opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Under its own name in its own namespace.
    #[default]
    Strict,
    /// Under any name in its namespace.
    NamespaceWide,
    /// Anywhere in the cluster.
    ClusterWide,
}

impl Scope {
    /// What the ciphertext is bound to.
    fn label(self, secret: &Manifest) -> String {
        match self {
            Self::Strict => format!("{}/{}", secret.namespace, secret.name),
            Self::NamespaceWide => secret.namespace.clone(),
            Self::ClusterWide => String::new(),
        }
    }

    /// The annotation that tells the controller.
    fn annotation(self) -> Option<&'static str> {
        match self {
            Self::Strict => None,
            Self::NamespaceWide => Some("sealedsecrets.bitnami.com/namespace-wide"),
            Self::ClusterWide => Some("sealedsecrets.bitnami.com/cluster-wide"),
        }
    }
}

/// The controller's public key.
#[derive(Debug)]
pub struct Certificate(OaepPublicEncryptingKey);

impl Certificate {
    /// Reads the first certificate of a PEM file. As kubeseal does, it refuses one that has expired.
    ///
    /// # Errors
    /// `BW0710` when it is none, has expired, or is not for an RSA key that the controller could have.
    pub fn parse(file: &str, text: &str, now: SystemTime) -> Result<Self> {
        let bad = |what: String, why: &str| {
            Error::new(Code::BAD_CERTIFICATE, what).why(why.to_owned()).fix(
                "`kubeseal --fetch-cert > cert.pem` gets the controller's current certificate; so does `curl` of its service's /v1/cert.pem.",
            )
        };
        let first = X509::load_pem_chain(text.as_bytes()).ok().and_then(|chain| chain.into_iter().next());
        let Some(certificate) = first else {
            return Err(bad(
                format!("{file} holds no certificate"),
                "It must be PEM: a text that begins with `-----BEGIN CERTIFICATE-----`.",
            ));
        };
        let tbs = certificate.tbs_certificate();
        let until = tbs.validity().not_after;
        if until.to_system_time() < now {
            return Err(bad(
                format!("the certificate in {file} expired at {}", until.to_date_time()),
                "The controller renews its key every 30 days; it could still open this, but its old keys may be gone after the next loss or move of the cluster.",
            ));
        }
        let info = tbs.subject_public_key_info();
        if info.algorithm.oid != RSA {
            return Err(bad(
                format!("the certificate in {file} is not for an RSA key"),
                "Sealing is RSA-OAEP, so the controller's key is RSA. This certificate belongs to something else.",
            ));
        }
        info.to_der()
            .ok()
            .and_then(|der| PublicEncryptingKey::from_der(&der).ok())
            .and_then(|key| OaepPublicEncryptingKey::new(key).ok())
            .map(Self)
            .ok_or_else(|| bad(format!("the RSA key in {file} cannot be used"), "It must have from 2048 to 8192 bits."))
    }

    /// Seals a Secret.
    pub(super) fn seal(&self, secret: &Manifest, scope: Scope) -> Result<Value> {
        let label = scope.label(secret);
        let mut sealed = Map::new();
        for (key, bytes) in &secret.data {
            let text = self.encrypt(bytes, label.as_bytes()).map_err(refused)?;
            sealed.insert(key.clone(), json!(STANDARD.encode(text)));
        }
        let mut metadata = json!({"name": secret.name, "namespace": secret.namespace});
        if let Some(annotation) = scope.annotation() {
            metadata["annotations"] = json!({annotation: "true"});
        }
        let mut template = metadata.clone();
        template["labels"] = secret.labels.clone();
        Ok(json!({
            "apiVersion": "bitnami.com/v1alpha1",
            "kind": "SealedSecret",
            "metadata": metadata,
            "spec": {"encryptedData": sealed, "template": {"metadata": template, "type": secret.kind}},
        }))
    }

    /// The length of the sealed session key, that key, and the text under it. The nonce is zero, because no session key serves
    /// twice.
    fn encrypt(&self, text: &[u8], label: &[u8]) -> std::result::Result<Vec<u8>, Refusal> {
        let session = random::<32>()?;
        let mut wrapped = vec![0; self.0.ciphertext_size()];
        let wrapped = self.0.encrypt(&OAEP_SHA256_MGF1SHA256, &session[..], &mut wrapped, Some(label))?;
        let length = u16::try_from(wrapped.len()).map_err(|_| Refusal)?;
        let mut out = length.to_be_bytes().to_vec();
        out.extend_from_slice(wrapped);
        let start = out.len();
        out.extend_from_slice(text);
        let tag = aes_gcm(&session, [0; 12], &[], &mut out[start..])?;
        out.extend_from_slice(&tag);
        Ok(out)
    }
}
