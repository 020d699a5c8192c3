//! What a spec says of an S3-compatible server.

pub(super) mod check;

pub use check::certificates;

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

/// Servers whose habits are known.
///
/// Source: the documentation of each, as gathered in docs/stores.md.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// MinIO and its forks.
    Minio,
    /// Garage.
    Garage,
    /// Ceph's RADOS Gateway.
    Ceph,
    /// RustFS.
    Rustfs,
    /// Cloudflare R2.
    R2,
    /// DigitalOcean Spaces.
    Spaces,
    /// Any other.
    #[default]
    Other,
}

impl StoreKind {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Minio, Self::Garage, Self::Ceph, Self::Rustfs, Self::R2, Self::Spaces, Self::Other];

    /// The word in specs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minio => "minio",
            Self::Garage => "garage",
            Self::Ceph => "ceph",
            Self::Rustfs => "rustfs",
            Self::R2 => "r2",
            Self::Spaces => "spaces",
            Self::Other => "other",
        }
    }

    /// Its name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Minio => "MinIO",
            Self::Garage => "Garage",
            Self::Ceph => "Ceph",
            Self::Rustfs => "RustFS",
            Self::R2 => "Cloudflare R2",
            Self::Spaces => "DigitalOcean Spaces",
            Self::Other => "the store",
        }
    }

    /// The hosted stores are known by their addresses.
    pub fn of(endpoint: &Endpoint) -> Self {
        let host = endpoint.host_name().to_ascii_lowercase();
        if host.ends_with(".r2.cloudflarestorage.com") {
            Self::R2
        } else if host.ends_with(".digitaloceanspaces.com") {
            Self::Spaces
        } else {
            Self::Other
        }
    }

    /// The region's name where nobody chose another.
    ///
    /// Source: the servers' documentation. R2: `auto`. Garage: `s3_region = "garage"` in its sample configuration.
    /// Spaces: `us-east-1`, whatever the datacentre.
    pub fn default_region(self) -> Option<&'static str> {
        match self {
            Self::Minio | Self::Rustfs | Self::Spaces => Some("us-east-1"),
            Self::Garage => Some("garage"),
            Self::R2 => Some("auto"),
            Self::Ceph | Self::Other => None,
        }
    }

    /// Checks a bucket name by the rules of all stores, and by this one's own.
    ///
    /// Source: MinIO, docs/minio-limits.md and `cmd/utils.go` (the name `minio` is the server's own path).
    ///
    /// # Errors
    /// `BW0201`, `BW1403`.
    pub fn bucket_name(self, text: &str) -> Result<BucketName> {
        let name = BucketName::parse_of_store(text)?;
        if self == Self::Minio && text == "minio" {
            return Err(Error::new(Code::STORE_BUCKET, "MinIO has no bucket called `minio`")
                .why("`/minio` is the path of MinIO's own pages, so the server refuses the name. On AWS it would do.")
                .fix("Use another name, such as `acme-minio`."));
        }
        Ok(name)
    }
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
}
