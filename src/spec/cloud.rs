//! The clouds, one variant each: what a spec says of the place where its buckets are.

use super::aws::AwsCloud;
use super::azure::Azure;
use super::gcp::GcpCloud;
use super::s3::Store;
use super::{Cluster, Provider};
use crate::base::error::Result;
use crate::base::names::{AccountId, Arn, BucketName, Endpoint, IamName, IamNameKind, Issuer, Kind, Partition, Region};
use crate::spec::gcp::service_account_id;

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

    /// The partition that is in ARNs. Only a region of AWS's has one of its own: a store, whatever it calls its region,
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

    /// What follows `user/`, `role/` or `policy/` in the ARN of this name: its path, then the name.
    pub fn path_and_name(&self, name: &str) -> String {
        format!("{}{name}", self.aws().map_or("", |aws| aws.iam.path.in_arn()))
    }

    /// The policy that bounds what users and roles may do at most.
    pub fn boundary(&self) -> Option<&Arn> {
        self.aws()?.iam.boundary.as_ref()
    }

    /// The ARN of a user, role or policy that is made here. `kind` is `user`, `role` or `policy`.
    pub fn iam_arn(&self, account: &AccountId, kind: Kind, name: &str) -> Arn {
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

    /// Whether its buckets belong to accounts of AWS.
    pub fn has_accounts(&self) -> bool {
        matches!(self, Self::Aws(_))
    }

    /// Whether it has projects, with roles beyond the buckets'.
    pub fn has_projects(&self) -> bool {
        matches!(self, Self::Gcp(_))
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
