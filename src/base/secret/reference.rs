//! References to secrets: what a spec may hold in place of a secret.

use crate::base::error::{Code, Error, Result};
use crate::base::names::{DnsLabel, DnsName, SecretKey};

/// Where a secret is to be found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// `env:NAME`: an environment variable.
    Env(String),
    /// `file:PATH`: a file; one trailing newline is dropped.
    File(String),
    /// `kube:NAMESPACE/NAME/KEY`: a key of a Secret in the cluster.
    Kube {
        /// The Secret's namespace.
        namespace: DnsLabel,
        /// Its name.
        name: DnsName,
        /// The key in it.
        key: SecretKey,
    },
}

impl Reference {
    /// Reads a reference.
    ///
    /// # Errors
    /// `BW0110` when the text is no reference; the text is never repeated, because it may be the secret itself.
    /// `BW0109` when it is a reference without a target.
    pub fn parse(text: &str) -> Result<Self> {
        let (scheme, target) = text.split_once(':').unwrap_or((text, ""));
        let bad = || {
            Error::new(Code::BAD_REFERENCE, format!("the reference `{scheme}:` has no usable target"))
                .fix("Write `env:NAME`, `file:PATH` or `kube:NAMESPACE/NAME/KEY`.")
        };
        let reference = match scheme {
            // The target is shown when there is none such, so it must not be the secret itself.
            "env" | "file" | "kube" if super::looks_secret(target) && !target.starts_with('/') => return Err(plain()),
            "env" => Self::Env(target.to_owned()),
            "file" => Self::File(target.to_owned()),
            "kube" => in_cluster(target).ok_or_else(bad)?,
            _ => return Err(plain()),
        };
        let good = match &reference {
            // Narrow, because the name is shown when there is no such variable: it must not be the secret itself.
            Self::Env(name) => !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'),
            Self::File(path) => !path.is_empty(),
            Self::Kube { .. } => true,
        };
        if good { Ok(reference) } else { Err(bad()) }
    }
}

/// `NAMESPACE/NAME/KEY`, each by the rules of Kubernetes.
fn in_cluster(target: &str) -> Option<Reference> {
    let mut parts = target.split('/');
    let (namespace, name, key) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(Reference::Kube {
        namespace: DnsLabel::namespace(namespace).ok()?,
        name: DnsName::parse("Secret", name).ok()?,
        key: SecretKey::parse(key).ok()?,
    })
}

fn plain() -> Error {
    Error::new(Code::PLAIN_SECRET, "plaintext credential in the spec")
        .why("A spec is meant to be committed, so it holds only references to secrets.")
        .fix("Put the value elsewhere and write `env:NAME` or `file:PATH`. If the spec was shared, replace the key.")
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
            Self::Kube { namespace, name, key } => write!(f, "kube:{namespace}/{name}/{key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_round_trip() {
        for text in ["env:ARGO_KEY", "file:/run/secrets/argo", "kube:ns/name/key"] {
            assert_eq!(Reference::parse(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn a_plain_secret_is_not_repeated() {
        let error = Reference::parse("wJalrXUtnFEMI").expect_err("plain");
        assert!(!format!("{error:?}").contains("wJalr"));
        for plain in ["env:AKIAIOSFODNN7EXAMPLE", "file:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"] {
            assert_eq!(Reference::parse(plain).expect_err(plain).code(), &Code::PLAIN_SECRET);
        }
        for bad in ["env:", "env:wJalr/UtnFEMI", "file:", "kube:a/b", "kube:a//b", "kube:a/b/c/d", "kube:A/b/c"] {
            assert_eq!(Reference::parse(bad).expect_err(bad).code(), &Code::BAD_REFERENCE);
        }
    }
}
