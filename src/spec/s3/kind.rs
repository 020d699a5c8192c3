//! Servers whose habits are known, and hosted ones that are known by their addresses.

use crate::base::error::{Code, Error, Result};
use crate::base::names::{BucketName, Endpoint};

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
    /// SeaweedFS.
    Seaweedfs,
    /// VersityGW.
    Versitygw,
    /// Cloudflare R2.
    R2,
    /// DigitalOcean Spaces.
    Spaces,
    /// Hetzner Object Storage.
    Hetzner,
    /// OVHcloud Object Storage.
    Ovh,
    /// Scaleway Object Storage.
    Scaleway,
    /// Backblaze B2.
    Backblaze,
    /// Wasabi.
    Wasabi,
    /// IDrive e2.
    Idrive,
    /// Any other.
    #[default]
    Other,
}

/// A hosted store: its kind, the end of its addresses, and where in them the region is.
struct Hosted {
    kind: StoreKind,
    ending: &'static str,
    /// The first label before the ending is the region's name, behind this word.
    region_behind: Option<&'static str>,
}

/// Source: rclone documentation, "Amazon S3 Storage Providers" (endpoints of each provider); Hetzner documentation, Object Storage,
/// "Overview" (endpoints); Backblaze documentation, "Call the S3-Compatible API"; Wasabi documentation, "Service URLs for Wasabi's
/// storage regions"; Scaleway documentation, "How to use Object Storage with the AWS CLI".
const HOSTED: [Hosted; 9] = [
    Hosted { kind: StoreKind::R2, ending: ".r2.cloudflarestorage.com", region_behind: None },
    Hosted { kind: StoreKind::Spaces, ending: ".digitaloceanspaces.com", region_behind: None },
    Hosted { kind: StoreKind::Hetzner, ending: ".your-objectstorage.com", region_behind: Some("") },
    Hosted { kind: StoreKind::Ovh, ending: ".io.cloud.ovh.net", region_behind: Some("s3.") },
    Hosted { kind: StoreKind::Ovh, ending: ".io.cloud.ovh.us", region_behind: Some("s3.") },
    Hosted { kind: StoreKind::Scaleway, ending: ".scw.cloud", region_behind: Some("s3.") },
    Hosted { kind: StoreKind::Backblaze, ending: ".backblazeb2.com", region_behind: Some("s3.") },
    Hosted { kind: StoreKind::Wasabi, ending: ".wasabisys.com", region_behind: Some("s3.") },
    Hosted { kind: StoreKind::Idrive, ending: ".idrivee2.com", region_behind: Some("s3.") },
];

fn hosted(endpoint: &Endpoint) -> Option<(&'static Hosted, String)> {
    let host = endpoint.host_name().to_ascii_lowercase();
    HOSTED.iter().find_map(|one| Some((one, host.strip_suffix(one.ending)?.to_owned())))
}

impl StoreKind {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Minio,
        Self::Garage,
        Self::Ceph,
        Self::Rustfs,
        Self::Seaweedfs,
        Self::Versitygw,
        Self::R2,
        Self::Spaces,
        Self::Hetzner,
        Self::Ovh,
        Self::Scaleway,
        Self::Backblaze,
        Self::Wasabi,
        Self::Idrive,
        Self::Other,
    ];

    /// The word in specs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minio => "minio",
            Self::Garage => "garage",
            Self::Ceph => "ceph",
            Self::Rustfs => "rustfs",
            Self::Seaweedfs => "seaweedfs",
            Self::Versitygw => "versitygw",
            Self::R2 => "r2",
            Self::Spaces => "spaces",
            Self::Hetzner => "hetzner",
            Self::Ovh => "ovh",
            Self::Scaleway => "scaleway",
            Self::Backblaze => "backblaze",
            Self::Wasabi => "wasabi",
            Self::Idrive => "idrive",
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
            Self::Seaweedfs => "SeaweedFS",
            Self::Versitygw => "VersityGW",
            Self::R2 => "Cloudflare R2",
            Self::Spaces => "DigitalOcean Spaces",
            Self::Hetzner => "Hetzner Object Storage",
            Self::Ovh => "OVHcloud Object Storage",
            Self::Scaleway => "Scaleway Object Storage",
            Self::Backblaze => "Backblaze B2",
            Self::Wasabi => "Wasabi",
            Self::Idrive => "IDrive e2",
            Self::Other => "the store",
        }
    }

    /// Whether somebody else runs it, and its keys are made in a console.
    pub fn is_hosted(self) -> bool {
        HOSTED.iter().any(|one| one.kind == self)
    }

    /// The hosted stores are known by their addresses.
    pub fn of(endpoint: &Endpoint) -> Self {
        hosted(endpoint).map_or(Self::Other, |(one, _)| one.kind)
    }

    /// The region's name where nobody chose another.
    ///
    /// Source: the servers' documentation. R2: `auto`. Garage: `s3_region = "garage"` in its sample configuration.
    /// Spaces: `us-east-1`, whatever the datacentre. VersityGW: `us-east-1` unless `--region` says another. SeaweedFS takes any.
    pub fn default_region(self) -> Option<&'static str> {
        match self {
            Self::Minio | Self::Rustfs | Self::Seaweedfs | Self::Versitygw | Self::Spaces => Some("us-east-1"),
            Self::Garage => Some("garage"),
            Self::R2 => Some("auto"),
            _ => None,
        }
    }

    /// The region that an address names, such as `fr-par` in `s3.fr-par.scw.cloud`. Wasabi's oldest address names none: it is
    /// `us-east-1`'s.
    pub fn region_of(endpoint: &Endpoint) -> Option<String> {
        let (one, labels) = hosted(endpoint)?;
        if one.kind == Self::Wasabi && labels == "s3" {
            return Some("us-east-1".to_owned());
        }
        let region = labels.strip_prefix(one.region_behind?)?.split('.').next()?;
        (!region.is_empty()).then(|| region.to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_store_and_region() {
        for (address, kind, region) in [
            ("https://fsn1.your-objectstorage.com", "hetzner", Some("fsn1")),
            ("https://s3.gra.io.cloud.ovh.net", "ovh", Some("gra")),
            ("https://s3.us-east-va.io.cloud.ovh.us", "ovh", Some("us-east-va")),
            ("https://S3.fr-par.scw.cloud", "scaleway", Some("fr-par")),
            ("https://s3.us-west-004.backblazeb2.com", "backblaze", Some("us-west-004")),
            ("https://s3.eu-central-1.wasabisys.com:443", "wasabi", Some("eu-central-1")),
            ("https://s3.wasabisys.com", "wasabi", Some("us-east-1")),
            ("https://s3.us-west-1.idrivee2.com", "idrive", Some("us-west-1")),
            ("https://l4g4.ch11.idrivee2.com", "idrive", None),
            ("https://abc.eu.r2.cloudflarestorage.com", "r2", None),
            ("https://nyc3.digitaloceanspaces.com", "spaces", None),
            ("https://scw.cloud", "other", None),
            ("https://fr-par.scw.cloud.example.com", "other", None),
        ] {
            let endpoint = Endpoint::parse(address).expect(address);
            assert_eq!(StoreKind::of(&endpoint).as_str(), kind, "{address}");
            assert_eq!(StoreKind::region_of(&endpoint).as_deref(), region, "{address}");
        }
    }
}
