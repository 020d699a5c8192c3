//! What a spec says of AWS alone.

pub(super) mod check;
pub(super) mod check_encryption;
pub(super) mod check_iam;
pub(super) mod check_partition;

use serde_json::{Value, json};

use crate::base::error::Result;
use crate::base::names::{AccountId, Arn, BucketName, Endpoint, IamPath, Region};
use crate::spec::check::Checker;
use crate::spec::cloud::{Checked, Settings};
use crate::spec::{Cluster, SpecDocument};

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
    /// What follows each name.
    pub suffix: String,
}

impl Checked for AwsCloud {
    const KEYS: &'static [&'static str] = &["region", "allowUnknownRegion", "account", "iam", "endpoint", "cluster"];
    const NEEDED: &'static [&'static str] = &["region"];

    fn check(checker: &mut Checker, document: &SpecDocument) -> Option<Self> {
        let cloud = check::aws(checker, &document.cloud)?;
        check_partition::addresses(checker, document, &cloud);
        Some(cloud)
    }

    fn example(_: &[String]) -> Value {
        json!({
            "provider": "aws",
            "region": "eu-west-1",
            "account": "012345678901",
            "cluster": {
                "name": "prod",
                "oidcIssuer": "https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF",
                "nodeRole": "arn:aws:iam::012345678901:role/nodes"
            }
        })
    }
}

impl Settings for AwsCloud {
    fn region(&self) -> &Region {
        &self.region
    }

    fn endpoint(&self) -> Option<&Endpoint> {
        self.endpoint.as_ref()
    }

    fn bucket_name(&self, text: &str) -> Result<BucketName> {
        BucketName::parse(text)
    }
}
