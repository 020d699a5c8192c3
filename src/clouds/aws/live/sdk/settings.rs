//! How the SDK is set up: whose credentials, which endpoints, how many attempts.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, FrameworkMetadata, SdkConfig};
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation, SharedHttpClient};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_types::service_config::ServiceConfigKey;

use super::account::signing;
use super::environment::Environment;
use super::limit::AnswerLimit;
use super::owner::Owner;
use super::recorder::Recorder;
use crate::base::error::Result;
use crate::base::names::{Endpoint, Partition, Region};
use crate::base::secret::AccessKey;
use crate::clouds::patience::asked_pause;
use crate::spec::{Checksums, S3Cloud};

/// How often a call that may be repeated is made, unless `AWS_MAX_ATTEMPTS` says otherwise.
const ATTEMPTS: u32 = 5;
/// The same for a store: it is near, and what keeps it from answering seldom passes by itself.
const STORE_ATTEMPTS: u32 = 3;
/// How long one attempt may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a call may take with all its attempts.
const CALL_TIMEOUT: Duration = Duration::from_secs(90);

/// What all clients have in common.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    base: SdkConfig,
    s3_endpoint: Option<String>,
    store: Option<S3Cloud>,
    recorder: Recorder,
    owner: Owner,
    /// Certificates to be trusted beside the machine's own.
    authority: Option<String>,
}

impl Settings {
    /// Reads the environment and the AWS files, as every AWS tool does.
    pub(super) async fn load(region: &Region, endpoint: Option<&Endpoint>, authority: Option<&str>) -> Result<Self> {
        let environment = Environment::read(ATTEMPTS).await?;
        environment.caller()?;
        let client = authority.map(trusting);
        let credentials = environment.credentials(region, client.clone()).await;
        let mut loader = loader(region, environment.retries.clone()).credentials_provider(credentials);
        if let Some(client) = client {
            loader = loader.http_client(client);
        }
        let mut base = loader.load().await;
        if let (Some(pause), Some(retries)) = (asked_pause(), base.retry_config().cloned()) {
            base = base.into_builder().retry_config(retries.with_initial_backoff(pause)).build();
        }
        Ok(Self { authority: authority.map(str::to_owned), ..Self::new(base, endpoint) })
    }

    /// Settings on top of a configuration of the SDK. The endpoint, where there is one, is for S3 alone.
    pub(super) fn new(mut base: SdkConfig, endpoint: Option<&Endpoint>) -> Self {
        // `lib/bucketwright/VERSION` in the user agent; the application's name stays the user's (`AWS_SDK_UA_APP_ID`).
        if let Ok(metadata) = FrameworkMetadata::new(env!("CARGO_PKG_NAME"), Some(env!("CARGO_PKG_VERSION"))) {
            base = base.into_builder().framework_metadata(metadata).build();
        }
        let s3_endpoint = endpoint.map(|endpoint| endpoint.as_str().to_owned()).or_else(|| configured_endpoint(&base));
        Self { base, s3_endpoint, store: None, recorder: Recorder::default(), owner: Owner::default(), authority: None }
    }

    /// Settings for a server that speaks S3 and is not AWS.
    ///
    /// The AWS files still say how often and how patiently; the address is the spec's, and the key is the one given, else
    /// the environment's.
    pub(super) async fn for_store(store: &S3Cloud, key: Option<&AccessKey>, authority: Option<&str>) -> Result<Self> {
        let environment = Environment::read(STORE_ATTEMPTS).await?;
        let own = store.ca.as_ref().and_then(|ca| ca.pem.as_deref());
        let pem: Vec<&str> = own.into_iter().chain(authority).collect();
        let client = (!pem.is_empty()).then(|| trusting(&pem.join("\n")));
        let mut loader = loader(&store.region, environment.retries.clone()).endpoint_url(store.endpoint.as_str());
        if let Some(key) = key {
            loader = loader.credentials_provider(signing(key));
        } else {
            environment.caller()?;
            loader = loader.credentials_provider(environment.credentials(&store.region, client.clone()).await);
        }
        if let Some(client) = client {
            loader = loader.http_client(client);
        }
        let base = Self::new(loader.load().await, Some(&store.endpoint));
        Ok(Self { store: Some(store.clone()), ..base })
    }

    /// Whether this is a server that is not AWS.
    pub(super) fn is_store(&self) -> bool {
        self.store.is_some()
    }

    /// Whose every bucket must be; a store has no accounts.
    pub(super) fn owner(&self) -> Option<&Owner> {
        (!self.is_store()).then_some(&self.owner)
    }

    /// Certificates to be trusted beside the machine's own.
    pub(super) fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// The record of all clients' calls.
    pub(super) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// A client's configuration for S3 in a region.
    ///
    /// A server that is not AWS's own is addressed by path, because `BUCKET.HOST` need not resolve there, and gets only
    /// the checksums that the API requires, because many refuse the newer ones.
    pub(super) fn s3(&self, region: &Region) -> aws_sdk_s3::config::Builder {
        let builder = aws_sdk_s3::config::Builder::from(&self.base)
            .region(sdk_region(region))
            .interceptor(self.recorder.clone())
            .interceptor(AnswerLimit);
        if let Some(store) = &self.store {
            return of_store(builder, store);
        }
        let builder = builder.interceptor(self.owner.clone());
        match &self.s3_endpoint {
            Some(endpoint) if is_aws(endpoint) => builder.endpoint_url(endpoint),
            Some(endpoint) => builder
                .endpoint_url(endpoint)
                .force_path_style(true)
                .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
                .response_checksum_validation(ResponseChecksumValidation::WhenRequired),
            None => builder,
        }
    }

    /// A client's configuration for STS in a region.
    pub(super) fn sts(&self, region: &Region) -> aws_sdk_sts::config::Builder {
        aws_sdk_sts::config::Builder::from(&self.base)
            .region(sdk_region(region))
            .interceptor(self.recorder.clone())
            .interceptor(AnswerLimit)
    }

    /// A client's configuration for IAM, which has one endpoint a partition.
    pub(super) fn iam(&self) -> aws_sdk_iam::config::Builder {
        aws_sdk_iam::config::Builder::from(&self.base).interceptor(self.recorder.clone()).interceptor(AnswerLimit)
    }

    /// A client's configuration for Secrets Manager in a region.
    pub(super) fn secrets(&self, region: &Region) -> aws_sdk_secretsmanager::config::Builder {
        aws_sdk_secretsmanager::config::Builder::from(&self.base)
            .region(sdk_region(region))
            .interceptor(self.recorder.clone())
            .interceptor(AnswerLimit)
    }

    /// A client's configuration for EKS.
    pub(super) fn eks(&self) -> aws_sdk_eks::config::Builder {
        aws_sdk_eks::config::Builder::from(&self.base).interceptor(self.recorder.clone()).interceptor(AnswerLimit)
    }
}

/// What every configuration has.
fn loader(region: &Region, retries: RetryConfig) -> aws_config::ConfigLoader {
    let timeouts =
        TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).operation_timeout(CALL_TIMEOUT).build();
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(sdk_region(region))
        .timeout_config(timeouts)
        .retry_config(retries)
}

/// S3's part of a store's settings.
fn of_store(builder: aws_sdk_s3::config::Builder, store: &S3Cloud) -> aws_sdk_s3::config::Builder {
    let builder = builder.endpoint_url(store.endpoint.as_str()).force_path_style(store.path_style);
    match store.checksums {
        Checksums::WhenRequired => builder
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired),
        Checksums::WhenSupported => builder,
    }
}

/// A client that trusts these certificates beside the machine's own. They were checked when the spec was read.
fn trusting(pem: &str) -> SharedHttpClient {
    let client = aws_smithy_http_client::Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc));
    match context(pem) {
        Some(context) => client.tls_context(context).build_https(),
        // Without the certificates the server is not trusted, and the first call says so.
        None => client.build_https(),
    }
}

/// A connector that trusts these certificates beside the machine's own, for what is sent past the SDK.
pub(super) fn connector(pem: &str) -> Option<Connector> {
    let connector = Connector::builder().tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc));
    Some(connector.tls_context(context(pem)?).build())
}

fn context(pem: &str) -> Option<TlsContext> {
    let trust = TrustStore::default().with_pem_certificate(pem.as_bytes());
    TlsContext::builder().with_trust_store(trust).build().ok()
}

/// The region in the SDK's words.
pub(super) fn sdk_region(region: &Region) -> aws_config::Region {
    aws_config::Region::new(region.as_str().to_owned())
}

/// The S3 endpoint that the environment or the AWS files set, for S3 alone or for all services.
fn configured_endpoint(base: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id("S3").env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok();
    let own = key.and_then(|key| base.service_config().and_then(|service| service.load_config(key)));
    own.or_else(|| base.endpoint_url().map(str::to_owned))
}

/// Whether an address is one of AWS's own, such as a FIPS or a VPC endpoint.
fn is_aws(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().unwrap_or_default().to_ascii_lowercase();
    let partitions = [Partition::Aws, Partition::China, Partition::UsGov, Partition::EuSovereign];
    let domains = partitions.iter().map(|partition| partition.dns_suffix()).chain(["api.aws"]);
    domains.into_iter().any(|domain| host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_addresses_are_told_from_others() {
        for own in [
            "https://s3.eu-west-1.amazonaws.com",
            "https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com/",
            "https://s3.cn-north-1.amazonaws.com.cn:443",
            "https://s3.dualstack.eusc-de-east-1.amazonaws.eu",
            "https://s3.eu-west-1.api.aws",
        ] {
            assert!(is_aws(own), "{own}");
        }
        for other in ["http://127.0.0.1:9000", "https://notamazonaws.com", "https://amazonaws.com.evil.org", "minio"] {
            assert!(!is_aws(other), "{other}");
        }
    }
}
