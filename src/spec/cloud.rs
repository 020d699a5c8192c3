//! The clouds, a line each: what a spec says of the place where its buckets are.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::aws::AwsCloud;
use super::azure::AzureCloud;
use super::check::Checker;
use super::gcp::GcpCloud;
use super::s3::S3Cloud;
use super::{Cluster, SpecDocument};
use crate::base::error::Result;
use crate::base::names::{AccountId, Arn, BucketName, Endpoint, IamName, IamNameKind, Issuer, Kind, Partition, Region};

/// What a spec says of one cloud. What a method does not say, holds for most clouds.
pub(super) trait Settings {
    /// The region of the buckets.
    fn region(&self) -> &Region;

    /// The address of S3 where it is not the region's own.
    fn endpoint(&self) -> Option<&Endpoint> {
        None
    }

    /// Checks the name of a user or role that is to be made here.
    ///
    /// # Errors
    /// `BW0205`; `BW1502` on Google Cloud.
    fn principal_name(&self, kind: IamNameKind, text: &str) -> Result<IamName> {
        IamName::parse(kind, text)
    }

    /// Checks the name of a bucket that is to be made here.
    ///
    /// # Errors
    /// The codes of [`Cloud::bucket_name`].
    fn bucket_name(&self, text: &str) -> Result<BucketName>;

    /// Checks the name of a bucket that exists already.
    ///
    /// # Errors
    /// The codes of [`Cloud::existing_bucket`].
    fn existing_bucket(&self, text: &str) -> Result<BucketName> {
        BucketName::parse_existing(text)
    }
}

/// What a spec may say of one cloud, and the rules of it.
pub(super) trait Checked: Settings + Sized {
    /// The keys below `cloud` that belong to it, and to others perhaps.
    const KEYS: &'static [&'static str];
    /// Those that it needs.
    const NEEDED: &'static [&'static str];

    /// Checks them.
    fn check(checker: &mut Checker, document: &SpecDocument) -> Option<Self>;

    /// A place of which everything is known, to try a profile in. `identities` are the names that its identities will have.
    fn example(identities: &[String]) -> Value;
}

/// Declares the clouds: a line makes a variant of [`Cloud`] and of [`Provider`], and all that is asked of each.
macro_rules! clouds {
    ($($(#[$doc:meta])* $cloud:ident($settings:ty) = $word:literal, $title:literal;)+) => {
        /// Where the buckets are.
        #[derive(Clone, Debug)]
        pub enum Cloud {
            $($(#[$doc])* $cloud($settings),)+
        }

        /// The cloud.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
        #[serde(rename_all = "lowercase")]
        pub enum Provider {
            $($(#[$doc])* $cloud,)+
        }

        impl Provider {
            /// All clouds.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$cloud),+];

            /// The word in specs and profiles.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$cloud => $word,)+
                }
            }

            /// Its name in a sentence.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$cloud => $title,)+
                }
            }

            /// The keys below `cloud` that belong to it.
            pub(super) fn keys(self) -> &'static [&'static str] {
                match self {
                    $(Self::$cloud => <$settings>::KEYS,)+
                }
            }

            /// The keys below `cloud` that it needs.
            pub(super) fn needed(self) -> &'static [&'static str] {
                match self {
                    $(Self::$cloud => <$settings>::NEEDED,)+
                }
            }

            /// A place of which everything is known, to try a profile in: `cloud` of a spec.
            pub(crate) fn example(self, identities: &[String]) -> Value {
                match self {
                    $(Self::$cloud => <$settings>::example(identities),)+
                }
            }

            /// Checks the keys below `cloud`.
            pub(super) fn check(self, checker: &mut Checker, document: &SpecDocument) -> Option<Cloud> {
                match self {
                    $(Self::$cloud => <$settings>::check(checker, document).map(Cloud::$cloud),)+
                }
            }
        }

        impl Cloud {
            /// Whose it is.
            pub fn provider(&self) -> Provider {
                match self {
                    $(Self::$cloud(_) => Provider::$cloud,)+
                }
            }

            fn settings(&self) -> &dyn Settings {
                match self {
                    $(Self::$cloud(settings) => settings,)+
                }
            }
        }
    };
}

clouds! {

    /// Amazon Web Services.
    Aws(AwsCloud) = "aws", "AWS";
    /// A server that speaks S3: MinIO, Garage, Ceph, Cloudflare R2 and others.
    S3(S3Cloud) = "s3", "an S3 server";
    /// Google Cloud.
    Gcp(GcpCloud) = "gcp", "Google Cloud";
    /// Microsoft Azure.
    Azure(AzureCloud) = "azure", "Azure";
}

impl Cloud {
    /// The region of the buckets; on Google Cloud their location.
    pub fn region(&self) -> &Region {
        self.settings().region()
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
        self.settings().endpoint()
    }

    /// The EKS cluster.
    pub fn cluster(&self) -> Option<&Cluster> {
        self.aws()?.cluster.as_ref()
    }

    /// AWS's settings, where it is one.
    pub fn aws(&self) -> Option<&AwsCloud> {
        if let Self::Aws(settings) = self { Some(settings) } else { None }
    }

    /// A store's settings, where it is one.
    pub fn store(&self) -> Option<&S3Cloud> {
        if let Self::S3(settings) = self { Some(settings) } else { None }
    }

    /// Google Cloud's settings, where it is one.
    pub fn gcp(&self) -> Option<&GcpCloud> {
        if let Self::Gcp(settings) = self { Some(settings) } else { None }
    }

    /// Azure's settings, where it is one.
    pub fn azure(&self) -> Option<&AzureCloud> {
        if let Self::Azure(settings) = self { Some(settings) } else { None }
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
        self.settings().principal_name(kind, text)
    }

    /// Checks the name of a bucket that is to be made here.
    ///
    /// # Errors
    /// `BW0201`; `BW1403` for a name that only this store keeps for itself; `BW1504` on Google Cloud; `BW1602` on Azure.
    pub fn bucket_name(&self, text: &str) -> Result<BucketName> {
        self.settings().bucket_name(text)
    }

    /// Checks the name of a bucket that exists already.
    ///
    /// # Errors
    /// `BW0201`; `BW1403` for a name that this store could not be asked for.
    pub fn existing_bucket(&self, text: &str) -> Result<BucketName> {
        self.settings().existing_bucket(text)
    }
}
