//! The real account, through the official SDK.
//!
//! The SDK's types end here: what the service answers is turned into the types of [`super::api`], its errors into
//! [`crate::clouds::call::CallError`]. Neither request nor response bodies are logged, because some hold secrets.

mod account;
pub mod discovery;
mod dropped;
mod eks;
mod environment;
mod failure;
mod iam;
mod limit;
mod objects;
mod owner;
mod process;
mod recorder;
mod removals;
mod s3;
mod secrets;
mod settings;
mod standing;
mod sts;
#[cfg(test)]
mod tests;
mod web;

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

#[cfg(test)]
use aws_config::SdkConfig;
pub use objects::KeyHolder;
pub use recorder::RecordedCall;

use self::eks::Eks;
use self::iam::Iam;
use self::s3::Bucket;
use self::settings::Settings;
use crate::base::error::Result;
use crate::base::names::{AccountId, BucketName, Endpoint, Region};
use crate::base::secret::AccessKey;
use crate::clouds::aws::live::api::AwsApi;
use crate::clouds::call::Answer;
use crate::spec::S3Cloud;

/// An AWS account, reached with the credentials of the environment.
///
/// Calls may be made concurrently: every method takes `&self`, and the clients share their credentials.
#[derive(Debug)]
pub struct SdkAccount {
    settings: Settings,
    home: Region,
    sts: aws_sdk_sts::Client,
    iam: Iam,
    eks: Eks,
    /// One client a region: the SDK does not follow S3 to another region.
    s3: Mutex<HashMap<Region, aws_sdk_s3::Client>>,
}

impl SdkAccount {
    /// Connects as every AWS tool does: `AWS_PROFILE`, `AWS_ENDPOINT_URL` and the like are honoured.
    ///
    /// The region is the home of the calls that name none. The endpoint, where there is one, is for S3 alone and comes
    /// before the environment's. `authority` holds certificates (PEM) to be trusted beside the machine's own. Credentials are
    /// looked up by the first call, so their absence is its failure.
    ///
    /// # Errors
    /// `BW0511`, `BW0512` for settings that cannot be used. Nothing is asked over the network.
    pub async fn connect(region: &Region, endpoint: Option<&Endpoint>, authority: Option<&str>) -> Result<Self> {
        Ok(Self::with(Settings::load(region, endpoint, authority).await?, region))
    }

    /// Connects to a server that speaks S3 and is not AWS: only its buckets can be used.
    ///
    /// # Errors
    /// `BW0511`, `BW0512` for settings that cannot be used.
    pub async fn for_store(store: &S3Cloud, key: Option<&AccessKey>, authority: Option<&str>) -> Result<Self> {
        Ok(Self::with(Settings::for_store(store, key, authority).await?, &store.region))
    }

    /// Connects with a configuration of the SDK that was made elsewhere.
    #[cfg(test)]
    pub(crate) fn from_config(config: SdkConfig, region: &Region, endpoint: Option<&Endpoint>) -> Self {
        let config = config.into_builder().region(settings::sdk_region(region)).build();
        Self::with(Settings::new(config, endpoint), region)
    }

    /// Says whose the buckets must be; without it, they must be the caller's own account's.
    #[must_use]
    pub fn owning(self, account: Option<&AccountId>) -> Self {
        if let (Some(owner), Some(account)) = (self.settings.owner(), account) {
            owner.is(account);
        }
        self
    }

    /// Writes a line of JSON for each request that is sent from now on: time, call, resource, outcome, request id, attempt.
    #[must_use]
    pub fn audited(self, file: Option<Box<dyn Write + Send>>) -> Self {
        if let Some(file) = file {
            self.settings.recorder().audit.write_to(file);
        }
        self
    }

    fn with(settings: Settings, home: &Region) -> Self {
        Self {
            sts: aws_sdk_sts::Client::from_conf(settings.sts(home).build()),
            iam: Iam::new(aws_sdk_iam::Client::from_conf(settings.iam().build())),
            eks: Eks::new(aws_sdk_eks::Client::from_conf(settings.eks().build()), home.clone()),
            s3: Mutex::default(),
            home: home.clone(),
            settings,
        }
    }

    /// The calls that were made so far, those with single keys included, in the order of their ends.
    pub fn calls(&self) -> Vec<RecordedCall> {
        self.settings.recorder().calls()
    }

    /// The S3 client of a region, made when first asked for. Clones share their connections.
    fn s3(&self, region: &Region) -> aws_sdk_s3::Client {
        let mut clients = self.s3.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(region) {
            return client.clone();
        }
        let client = aws_sdk_s3::Client::from_conf(self.settings.s3(region).build());
        clients.insert(region.clone(), client.clone());
        client
    }

    /// A bucket, once it is known whose it must be.
    async fn bucket<'a>(&self, name: &'a BucketName, region: &'a Region) -> Answer<Bucket<'a>> {
        if let Some(owner) = self.settings.owner() {
            owner.known(Box::pin(async { Ok(self.caller().await?.account) })).await?;
        }
        Ok(Bucket { client: self.s3(region), name, region })
    }
}

/// The region that the environment or the profile names, without asking any network.
pub async fn configured_region() -> Option<Region> {
    use aws_config::environment::region::EnvironmentVariableRegionProvider;
    use aws_config::meta::region::ProvideRegion;
    use aws_config::profile::region::ProfileFileRegionProvider;
    let found = match EnvironmentVariableRegionProvider::new().region().await {
        Some(region) => Some(region),
        None => ProfileFileRegionProvider::builder().build().region().await,
    };
    found.and_then(|region| Region::parse(region.as_ref()).ok())
}
