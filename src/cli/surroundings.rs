//! What AWS can tell while questions are asked.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use futures_util::future::join_all;

use super::context::Context;
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, BucketName, Endpoint, Issuer, Region};
use crate::clouds::aws::live::api::{AwsApi, BucketApi, BucketHead};
use crate::clouds::aws::live::sdk::{SdkAccount, configured_region};
use crate::kube::live::{Cluster, Current, Running, current};
use crate::model::SPEC_TAG;
use crate::wizard::{BucketState, Surroundings};

/// How long a question waits for a store to take a connection.
const SHORT: Duration = Duration::from_secs(3);
/// How long a question waits for AWS.
const PATIENCE: Duration = Duration::from_secs(10);

/// The AWS account of the caller's credentials; offline, only what the environment says.
#[derive(Debug)]
pub(super) struct Cloud {
    context: Context,
    offline: bool,
    region: Option<Region>,
    plans: Plans,
}

/// What follows the questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plans {
    /// Nothing: only the spec is wanted.
    No,
    /// A plan.
    Yes,
    /// A plan of what is made in memory.
    Rehearsed,
}

impl Cloud {
    pub(super) fn new(context: &Context, offline: bool, plans: Plans) -> Self {
        Self { context: context.clone(), offline, region: None, plans }
    }

    /// Asks one thing of an account; no answer in time is none.
    fn asked<T>(&self, region: Option<&Region>, question: impl AsyncFnOnce(&SdkAccount) -> Option<T>) -> Option<T> {
        if self.offline {
            return None;
        }
        let found = region.cloned().or_else(|| self.region()).or_else(|| Region::parse("us-east-1").ok())?;
        let work = async {
            let account = self.context.account(&found, None).await?;
            let answer = tokio::time::timeout(PATIENCE, question(&account)).await.ok().flatten();
            answer.ok_or_else(|| Error::new(Code::UNREACHABLE, "no answer"))
        };
        let answer: Result<T> = Context::block_on(work);
        answer.ok()
    }
}

/// What AWS tells of a bucket's name; `None` when it does not answer.
async fn state(cloud: &SdkAccount, name: &BucketName, region: &Region, account: &AccountId) -> Option<BucketState> {
    Some(match cloud.head_bucket(name, region, Some(account)).await.ok()? {
        BucketHead::Absent => BucketState::Free,
        BucketHead::Forbidden { .. } => BucketState::Taken,
        BucketHead::Elsewhere { .. } => BucketState::Elsewhere,
        BucketHead::Ours { .. } => {
            let tags = cloud.bucket_tags(name, region).await.unwrap_or_default();
            tags.get(SPEC_TAG).map_or(BucketState::Yours, |spec| BucketState::OfSpec(spec.clone()))
        }
    })
}

impl Surroundings for Cloud {
    fn folder(&self) -> Option<String> {
        Some(std::env::current_dir().ok()?.file_name()?.to_string_lossy().into_owned())
    }

    fn plans(&self) -> bool {
        self.plans != Plans::No
    }

    fn rehearses(&self) -> bool {
        self.plans == Plans::Rehearsed
    }

    fn asks(&self) -> bool {
        !self.offline
    }

    fn region(&self) -> Option<Region> {
        self.region.clone().or_else(|| Context::block_on(async { Ok(configured_region().await) }).ok().flatten())
    }

    fn account(&mut self) -> Option<AccountId> {
        self.asked(None, async |account| Some(account.caller().await.ok()?.account))
    }

    fn clusters(&mut self, region: &Region) -> Vec<String> {
        self.region = Some(region.clone());
        self.asked(Some(region), async |account| account.clusters().await.ok()).unwrap_or_default()
    }

    fn issuer(&mut self, region: &Region, cluster: &str) -> Option<Issuer> {
        self.asked(Some(region), async |account| account.cluster_issuer(cluster).await.ok().flatten())
    }

    fn current(&self) -> Option<Current> {
        current()
    }

    fn releases(&mut self) -> Vec<Running> {
        let work = async {
            let cluster = Cluster::connect(None, None).await?;
            let found = tokio::time::timeout(PATIENCE, cluster.releases()).await;
            found.unwrap_or_else(|_| Err(Error::new(Code::CLUSTER_UNREACHABLE, "no answer")))
        };
        if self.offline { Vec::new() } else { Context::block_on(work).unwrap_or_default() }
    }

    fn states(&mut self, names: &[BucketName], region: &Region, account: &AccountId) -> Vec<Option<BucketState>> {
        let ask = async |cloud: &SdkAccount| {
            Some(join_all(names.iter().map(|name| state(cloud, name, region, account))).await)
        };
        self.asked(Some(region), ask).unwrap_or_default()
    }

    fn answers(&mut self, endpoint: &Endpoint) -> bool {
        let port = endpoint.host().strip_prefix(endpoint.host_name()).and_then(|port| port.strip_prefix(':'));
        let usual = if endpoint.is_secure() { 443 } else { 80 };
        let port = port.and_then(|port| port.parse().ok()).unwrap_or(usual);
        let host = endpoint.host_name().trim_matches(['[', ']']);
        let Ok(addresses) = (host, port).to_socket_addrs() else { return false };
        addresses.into_iter().take(4).any(|address| TcpStream::connect_timeout(&address, SHORT).is_ok())
    }

    fn buckets(&mut self) -> Vec<String> {
        self.asked(None, async |account| account.list_buckets().await.ok()).unwrap_or_default()
    }
}
