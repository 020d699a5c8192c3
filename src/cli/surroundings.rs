//! What AWS can tell while questions are asked.

use std::time::Duration;

use super::context::Context;
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Issuer, Region};
use crate::clouds::aws::live::api::{AwsApi, BucketApi};
use crate::clouds::aws::live::sdk::{SdkAccount, configured_region};
use crate::wizard::Surroundings;

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

    fn buckets(&mut self) -> Vec<String> {
        self.asked(None, async |account| account.list_buckets().await.ok()).unwrap_or_default()
    }
}
