//! What a spec says of an S3-compatible server.

pub(super) mod check;
mod kind;

pub use check::certificates;
pub use kind::StoreKind;

use serde_json::{Value, json};

use crate::base::error::{Code, Error, Result};
use crate::base::names::{BucketName, Endpoint, Region};
use crate::spec::check::Checker;
use crate::spec::cloud::{Checked, Settings};
use crate::spec::{KeyReference, SpecDocument};

/// A server that speaks S3, and is not AWS.
#[derive(Clone, Debug)]
pub struct S3Cloud {
    /// What it is.
    pub kind: StoreKind,
    /// Its address.
    pub endpoint: Endpoint,
    /// The region's name in its signatures.
    pub region: Region,
    /// Whether the bucket is in the path instead of the host name.
    pub path_style: bool,
    /// The certificates that it is trusted by, beside the public ones.
    pub ca: Option<Authority>,
    /// Which checksums clients may send.
    pub checksums: Checksums,
    /// The key that makes the buckets; without it, the one in the environment.
    pub credentials: Option<KeyReference>,
}

/// A file of certificates of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// Its path, as the spec has it.
    pub path: String,
    /// Its certificates, once the file is read.
    pub pem: Option<String>,
}

/// Which checksums clients may send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Checksums {
    /// Only where the API demands one: what every server understands.
    #[default]
    WhenRequired,
    /// With every upload, as AWS's SDKs do since 2025.
    WhenSupported,
}

impl Checksums {
    /// The word in specs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WhenRequired => "when-required",
            Self::WhenSupported => "when-supported",
        }
    }
}

impl Checked for S3Cloud {
    const KEYS: &'static [&'static str] =
        &["region", "endpoint", "store", "pathStyle", "ca", "insecure", "checksums", "credentials"];
    const NEEDED: &'static [&'static str] = &["endpoint"];

    fn check(checker: &mut Checker, document: &SpecDocument) -> Option<Self> {
        check::beyond_a_store(checker, document);
        check::store(checker, &document.cloud)
    }

    fn example(_: &[String]) -> Value {
        json!({"provider": "s3", "store": "minio", "endpoint": "https://minio.example.com:9000"})
    }
}

impl Settings for S3Cloud {
    fn region(&self) -> &Region {
        &self.region
    }

    fn endpoint(&self) -> Option<&Endpoint> {
        Some(&self.endpoint)
    }

    fn bucket_name(&self, text: &str) -> Result<BucketName> {
        self.kind.bucket_name(text)
    }

    /// With the bucket in the host's name, a dot makes one label more than a certificate's `*` covers.
    ///
    /// Source: RFC 6125, section 6.4.3.
    fn existing_bucket(&self, text: &str) -> Result<BucketName> {
        let name = BucketName::parse_existing(text)?;
        if !self.path_style && self.endpoint.is_secure() && text.contains('.') {
            let host = self.endpoint.host_name();
            return Err(Error::new(Code::STORE_BUCKET, format!("the bucket `{text}` has a dot, and `pathStyle: false` makes it a part of the host"))
                .why(format!("No certificate for `*.{host}` covers `{text}.{host}`, so every program that checks certificates refuses it."))
                .fix("Write `pathStyle: true` below `cloud`, or use a bucket without a dot."));
        }
        Ok(name)
    }
}
