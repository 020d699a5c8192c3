//! What the environment and the AWS files say, before the SDK takes it: some of it the SDK ignores without a word, some it
//! waits for without end, and at some it panics.
//!
//! Source: AWS SDKs and Tools Reference Guide, "Settings reference" (the names), "Retry behavior" (`max_attempts`,
//! `retry_mode`), "Assume role credential provider" (`mfa_serial`).

use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::profile::ProfileSet;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use aws_sdk_s3::config::SharedHttpClient;
use aws_types::os_shim_internal::{Env, Fs};

use super::process::Process;
use super::settings::sdk_region;
use crate::base::error::{Code, Error, Result};
use crate::base::names::Region;
use crate::base::yaml::did_you_mean;

/// How long the source of credentials may take: less than an attempt of a call may.
const LIMIT: Duration = Duration::from_secs(25);

/// What was found, and can be used.
pub(super) struct Environment {
    profiles: ProfileSet,
    /// How often and how patiently calls are made.
    pub(super) retries: RetryConfig,
}

impl Environment {
    /// Reads it; `attempts` is how often a call is made unless the environment says otherwise.
    ///
    /// # Errors
    /// `BW0512` for a setting that cannot be used.
    pub(super) async fn read(attempts: u32) -> Result<Self> {
        #[allow(
            clippy::default_trait_access,
            reason = "the type's name here is deprecated, its own crate no dependency"
        )]
        let profiles = aws_config::profile::load(&Fs::real(), &Env::real(), &Default::default(), None).await;
        let profiles = profiles.map_err(|error| {
            unusable("the AWS files cannot be read", std::error::Error::source(&error).unwrap_or(&error).to_string())
                .fix("Correct the file; `aws configure list` reads the same ones.")
        })?;
        let retries = retries(&profiles, attempts)?;
        Ok(Self { profiles, retries })
    }

    /// Refuses what would make somebody else of the caller: a profile that is not there, and settings that only other tools
    /// honour.
    ///
    /// # Errors
    /// `BW0511` for a profile that is not there; `BW0512`.
    pub(super) fn caller(&self) -> Result<()> {
        self.profile()?;
        if set("AWS_ACCESS_KEY_ID").is_some() && set("AWS_SECRET_ACCESS_KEY").is_some() {
            // They come first, whatever the profile says.
            return Ok(());
        }
        if let Some(path) = self.selected("ca_bundle").filter(|_| set("AWS_CA_BUNDLE").is_none()) {
            let profile = self.profiles.selected_profile();
            return Err(unusable(
                format!("`ca_bundle` of the profile `{profile}` is not honoured"),
                "Certificates of your own are taken from the environment alone.",
            )
            .fix(format!("Set AWS_CA_BUNDLE={}.", crate::base::shell::word(path))));
        }
        self.mfa()
    }

    /// The profile that was asked for is there.
    fn profile(&self) -> Result<()> {
        let (asked, variable) = match (set("AWS_PROFILE"), set("AWS_DEFAULT_PROFILE")) {
            (Some(name), _) => (name, "AWS_PROFILE"),
            (None, Some(name)) if name != "default" => {
                return Err(unusable(
                    "AWS_DEFAULT_PROFILE is not honoured",
                    "Python's AWS tools alone know it. The profile `default` would be used, which may be somebody else.",
                )
                .fix(format!("Set AWS_PROFILE={}.", crate::base::shell::word(&name))));
            }
            _ => return Ok(()),
        };
        if asked == "default" || self.profiles.get_profile(&asked).is_some() {
            return Ok(());
        }
        let mut known: Vec<&str> = self.profiles.profiles().collect();
        known.sort_unstable();
        let near = did_you_mean(&asked, known.iter().copied());
        let fix = match near {
            Some(near) => format!("Did you mean `{near}`? Known: {}.", known.join(", ")),
            None if known.is_empty() => "Make it with `aws configure`, or unset AWS_PROFILE.".to_owned(),
            None => format!("Known: {}.", known.join(", ")),
        };
        Err(Error::new(Code::NO_PROFILE, format!("{variable} names the profile `{asked}`, and there is none"))
            .why("Neither ~/.aws/config nor ~/.aws/credentials has it (AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name others). Without it the machine's own role would be taken.")
            .fix(fix))
    }

    /// A setting of the selected profile.
    fn selected(&self, name: &str) -> Option<&str> {
        self.profiles.get_profile(self.profiles.selected_profile())?.get(name)
    }

    /// A profile whose role asks for a code of an MFA device: nobody is asked for one here.
    fn mfa(&self) -> Result<()> {
        let selected = self.profiles.selected_profile();
        let mut seen = Vec::new();
        let mut next = Some(selected);
        while let Some(name) = next.filter(|name| !seen.contains(name)) {
            seen.push(name);
            let Some(profile) = self.profiles.get_profile(name) else { return Ok(()) };
            if let (Some(_), Some(device)) = (profile.get("role_arn"), profile.get("mfa_serial")) {
                return Err(unusable(
                    format!("the profile `{name}` asks for a code of the MFA device {device}"),
                    "`mfa_serial` is not honoured: no code is asked for here, so AWS would refuse the role without saying why.",
                )
                .fix(format!(
                    "Let AWS's own tool ask: `eval \"$(aws configure export-credentials --profile {} --format env)\"`, then run the same command.",
                    crate::base::shell::word(selected)
                )));
            }
            next = profile.get("source_profile");
        }
        Ok(())
    }

    /// The usual chain of sources of credentials, which answers in time or not at all.
    pub(super) async fn credentials(&self, region: &Region, client: Option<SharedHttpClient>) -> Credentials {
        let mut config = ProviderConfig::default();
        if let Some(client) = client {
            config = config.with_http_client(client);
        }
        // Keys in the environment come before every profile.
        let in_environment = set("AWS_ACCESS_KEY_ID").is_some() && set("AWS_SECRET_ACCESS_KEY").is_some();
        let process = if in_environment { None } else { Process::of(&self.profiles, LIMIT) };
        let source = match process {
            Some(process) => Source::Process(process, Box::new(config.with_region(Some(sdk_region(region))))),
            None => {
                let chain = DefaultCredentialsChain::builder().configure(config).region(sdk_region(region));
                Source::Chain(chain.build().await)
            }
        };
        Credentials(source)
    }
}

/// Credentials with a deadline.
#[derive(Debug)]
pub(super) struct Credentials(Source);

/// Where they come from.
#[derive(Debug)]
enum Source {
    /// The usual chain.
    Chain(DefaultCredentialsChain),
    /// A program, which has a deadline of its own, and perhaps a role that is taken with its key.
    Process(Process, Box<ProviderConfig>),
}

impl Credentials {
    async fn in_time(&self) -> provider::Result {
        let (limit, answer): (_, future::ProvideCredentials<'_>) = match &self.0 {
            Source::Chain(chain) => (LIMIT, chain.provide_credentials()),
            Source::Process(process, config) => {
                (2 * LIMIT, future::ProvideCredentials::new(process.credentials(config)))
            }
        };
        let late = || format!("no source of credentials answered within {} seconds", limit.as_secs());
        tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| Err(CredentialsError::provider_error(late())))
    }
}

impl ProvideCredentials for Credentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.in_time())
    }
}

/// A variable that is set, and not to nothing.
fn set(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn unusable(what: impl Into<String>, why: impl Into<String>) -> Error {
    Error::new(Code::AWS_SETTING, what).why(why)
}

/// A setting and where it stands.
fn setting(profiles: &ProfileSet, variable: &str, key: &str) -> Option<(String, String)> {
    if let Some(value) = set(variable) {
        return Some((value, variable.to_owned()));
    }
    let selected = profiles.selected_profile();
    let value = profiles.get_profile(selected)?.get(key)?.to_owned();
    Some((value, format!("`{key}` of the profile `{selected}`")))
}

/// How often and how patiently calls are made. The SDK panics at what is no such number or mode.
fn retries(profiles: &ProfileSet, attempts: u32) -> Result<RetryConfig> {
    let config = match setting(profiles, "AWS_RETRY_MODE", "retry_mode") {
        Some((mode, _)) if mode.eq_ignore_ascii_case("adaptive") => RetryConfig::adaptive(),
        // The oldest mode is Python's own; the next of kin serves.
        Some((mode, _)) if ["standard", "legacy"].iter().any(|known| mode.eq_ignore_ascii_case(known)) => {
            RetryConfig::standard()
        }
        Some((mode, place)) => {
            return Err(unusable(
                format!("{place} is `{mode}`, which is no retry mode"),
                "It says how calls are repeated.",
            )
            .fix("Write `standard` or `adaptive`, or leave it out."));
        }
        None => RetryConfig::standard(),
    };
    let Some((number, place)) = setting(profiles, "AWS_MAX_ATTEMPTS", "max_attempts") else {
        return Ok(config.with_max_attempts(attempts));
    };
    match number.trim().parse::<u32>() {
        Ok(number) if number > 0 => Ok(config.with_max_attempts(number)),
        _ => Err(unusable(
            format!("{place} is `{number}`, which is no number of attempts"),
            "It says how often a call is made at most, the first time included.",
        )
        .fix(format!("Write a number from 1 on, or leave it out: then it is {attempts}."))),
    }
}
