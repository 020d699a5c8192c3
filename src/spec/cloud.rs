//! The clouds, one variant each: what a spec says of the place where its buckets are.

use std::collections::BTreeMap;

use super::{Cluster, KeyReference, Provider};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{
    AccountId, Arn, BucketName, Endpoint, IamName, IamNameKind, IamPath, Issuer, Partition, Region,
};
use crate::base::secret::Reference;
use crate::spec::azure::{Guid, ResourceGroup, StorageAccount, StorageDomain, TokenIssuer};
use crate::spec::gcp::{ProjectId, ProjectNumber, WorkloadPool, service_account_id};

/// Where the buckets are.
#[derive(Clone, Debug)]
pub enum Cloud {
    /// Amazon Web Services.
    Aws(AwsCloud),
    /// A server that speaks S3.
    S3(Store),
    /// Google Cloud.
    Gcp(GcpCloud),
    /// Microsoft Azure.
    Azure(Azure),
}

/// An AWS account in a region.
#[derive(Clone, Debug)]
pub struct AwsCloud {
    /// The region.
    pub region: Region,
    /// The account, if the spec names it.
    pub account: Option<AccountId>,
    /// An endpoint other than the region's own.
    pub endpoint: Option<Endpoint>,
    /// The cluster.
    pub cluster: Option<Cluster>,
    /// What the account demands of users, roles and policies.
    pub iam: IamRules,
}

/// What an account demands of the users, roles and policies that are made in it.
#[derive(Clone, Debug, Default)]
pub struct IamRules {
    /// The policy that bounds what users and roles may do at most.
    pub boundary: Option<Arn>,
    /// The path of users, roles and policies.
    pub path: IamPath,
    /// What stands before each name.
    pub prefix: String,
    /// What stands behind each name.
    pub suffix: String,
}

/// A storage account of Azure's; its containers are the buckets.
#[derive(Clone, Debug)]
pub struct Azure {
    /// The subscription.
    pub subscription: Guid,
    /// The resource group of the account and the identities.
    pub resource_group: ResourceGroup,
    /// The storage account.
    pub storage_account: StorageAccount,
    /// The location.
    pub location: Region,
    /// The tenant, which a service principal needs.
    pub tenant: Option<Guid>,
    /// The domain that the account stands under.
    pub domain: StorageDomain,
    /// Where one of the account's keys is to be found.
    pub account_key: Reference,
    /// The client ids of managed identities that exist, by name.
    pub client_ids: BTreeMap<String, Guid>,
    /// The AKS cluster.
    pub cluster: Option<AksCluster>,
}

/// An AKS cluster.
#[derive(Clone, Debug)]
pub struct AksCluster {
    /// Its name.
    pub name: String,
    /// The issuer of its tokens, if the spec names it.
    pub issuer: Option<TokenIssuer>,
}

/// A project of Google Cloud.
#[derive(Clone, Debug)]
pub struct GcpCloud {
    /// The project.
    pub project: ProjectId,
    /// Its number, if the spec names it.
    pub number: Option<ProjectNumber>,
    /// Where the buckets lie.
    pub location: Region,
    /// The GKE cluster's name, if the spec names it.
    pub cluster: Option<String>,
    /// The pool that the cluster's ServiceAccounts belong to.
    pub pool: WorkloadPool,
}

/// A server that speaks S3, and is not AWS.
#[derive(Clone, Debug)]
pub struct Store {
    /// What it is.
    pub kind: StoreKind,
    /// Its address.
    pub endpoint: Endpoint,
    /// The region's name in its signatures.
    pub region: Region,
    /// Whether the bucket stands in the path rather than in the host name.
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

impl Cloud {
    /// Whose it is.
    pub fn provider(&self) -> Provider {
        match self {
            Self::Aws(_) => Provider::Aws,
            Self::S3(_) => Provider::S3,
            Self::Gcp(_) => Provider::Gcp,
            Self::Azure(_) => Provider::Azure,
        }
    }

    /// The region of the buckets; on Google Cloud their location.
    pub fn region(&self) -> &Region {
        match self {
            Self::Gcp(gcp) => &gcp.location,
            Self::Aws(aws) => &aws.region,
            Self::S3(store) => &store.region,
            Self::Azure(azure) => &azure.location,
        }
    }

    /// The partition that stands in ARNs. Only a region of AWS's has one of its own: a store, whatever it calls its region,
    /// knows `arn:aws:s3:::` alone.
    ///
    /// Source: MinIO, `policy/resource.go` (`arn:aws:s3:::` is the only prefix); Ceph, "Bucket Policies".
    pub fn partition(&self) -> Partition {
        self.aws().map_or(Partition::Aws, |aws| aws.region.partition())
    }

    /// The name of the user or role of an install, with what the account wants around it.
    pub fn identity_text(&self, text: &str) -> String {
        self.aws().map_or_else(|| text.to_owned(), |aws| format!("{}{text}{}", aws.iam.prefix, aws.iam.suffix))
    }

    /// What stands behind `user/`, `role/` or `policy/` in the ARN of this name: its path, then the name.
    pub fn path_and_name(&self, name: &str) -> String {
        format!("{}{name}", self.aws().map_or("", |aws| aws.iam.path.in_arn()))
    }

    /// The policy that bounds what users and roles may do at most.
    pub fn boundary(&self) -> Option<&Arn> {
        self.aws()?.iam.boundary.as_ref()
    }

    /// The ARN of a user, role or policy that is made here. `kind` is `user`, `role` or `policy`.
    pub fn iam_arn(&self, account: &AccountId, kind: &str, name: &str) -> Arn {
        Arn::iam(self.partition(), account, kind, &self.path_and_name(name))
    }

    /// The AWS account, if the spec names it.
    pub fn account(&self) -> Option<&AccountId> {
        self.aws()?.account.as_ref()
    }

    /// Takes what the cloud told, where the spec says nothing.
    pub fn learn(&mut self, account: Option<&AccountId>, issuer: Option<&Issuer>) {
        let Self::Aws(aws) = self else { return };
        aws.account = aws.account.take().or_else(|| account.cloned());
        if let Some(cluster) = &mut aws.cluster {
            cluster.issuer = cluster.issuer.take().or_else(|| issuer.cloned());
        }
    }

    /// The address of S3 where it is not the region's own.
    pub fn endpoint(&self) -> Option<&Endpoint> {
        match self {
            Self::Aws(aws) => aws.endpoint.as_ref(),
            Self::S3(store) => Some(&store.endpoint),
            Self::Gcp(_) | Self::Azure(_) => None,
        }
    }

    /// The EKS cluster.
    pub fn cluster(&self) -> Option<&Cluster> {
        self.aws()?.cluster.as_ref()
    }

    /// AWS's answers.
    pub fn aws(&self) -> Option<&AwsCloud> {
        match self {
            Self::Aws(aws) => Some(aws),
            Self::S3(_) | Self::Gcp(_) | Self::Azure(_) => None,
        }
    }

    /// A store's answers.
    pub fn store(&self) -> Option<&Store> {
        match self {
            Self::S3(store) => Some(store),
            Self::Aws(_) | Self::Gcp(_) | Self::Azure(_) => None,
        }
    }

    /// Google Cloud's answers.
    pub fn gcp(&self) -> Option<&GcpCloud> {
        match self {
            Self::Gcp(gcp) => Some(gcp),
            Self::Aws(_) | Self::S3(_) | Self::Azure(_) => None,
        }
    }

    /// Azure's answers.
    pub fn azure(&self) -> Option<&Azure> {
        match self {
            Self::Azure(azure) => Some(azure),
            Self::Aws(_) | Self::S3(_) | Self::Gcp(_) => None,
        }
    }

    /// Whether its buckets are reached by S3's protocol.
    pub fn speaks_s3(&self) -> bool {
        matches!(self, Self::Aws(_) | Self::S3(_))
    }

    /// Checks the name of a user or role that is to be made here; on Google Cloud, of a service account.
    ///
    /// # Errors
    /// `BW0205`; `BW1502`.
    pub fn principal_name(&self, kind: IamNameKind, text: &str) -> Result<IamName> {
        if let Self::Gcp(_) = self {
            service_account_id(text)?;
        }
        IamName::parse(kind, text)
    }

    /// Checks the name of a bucket that is to be made here.
    ///
    /// # Errors
    /// `BW0201`; `BW1403` for a name that only this store keeps for itself; `BW1504` on Google Cloud; `BW1602` on Azure.
    pub fn bucket_name(&self, text: &str) -> Result<BucketName> {
        match self {
            Self::Gcp(_) => BucketName::parse_of_google(text),
            Self::Aws(_) => BucketName::parse(text),
            Self::S3(store) => store.kind.bucket_name(text),
            Self::Azure(_) => BucketName::parse_container(text),
        }
    }
}

impl GcpCloud {
    /// The address of a service account that is made here.
    pub fn email(&self, id: &IamName) -> String {
        self.project.service_account(id.as_str())
    }
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

impl Checksums {
    /// The word in specs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WhenRequired => "when-required",
            Self::WhenSupported => "when-supported",
        }
    }
}
