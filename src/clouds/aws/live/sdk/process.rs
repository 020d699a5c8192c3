//! A profile's `credential_process`, run within bounds: the SDK would read all that it prints, and leave it running.
//!
//! Source: AWS SDKs and Tools Reference Guide, "Process credential provider" (what it prints), "Assume role credential
//! provider" (`source_profile`).

use std::time::Duration;

use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::Value;

use crate::host::child;
use crate::host::child::{Failure, Limits};

/// What a program that prints a key may take: far more than any needs.
const PRINTED: usize = 16 << 20;
/// How much of its complaints is kept.
const COMPLAINTS: usize = 64 << 10;

/// The program of the profile in use, or of one that it takes its role from.
#[derive(Clone, Debug)]
pub(super) struct Process {
    /// The profile that names it.
    profile: String,
    command: String,
    /// The roles that are taken with its key, as a profile file with a place for the key.
    roles: Option<Roles>,
    time: Duration,
}

#[derive(Clone, Debug)]
struct Roles {
    selected: String,
    text: String,
}

/// What another source of credentials in the same profile is known by; it comes before the program.
const OTHERS: [&str; 7] = [
    "credential_source",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "sso_role_name",
    "login_session",
];
/// What a profile says of the role that is taken by it.
const ROLE: [&str; 6] =
    ["role_arn", "source_profile", "role_session_name", "external_id", "duration_seconds", "region"];

impl Process {
    /// The program, where the profile in use gets its key from one.
    pub(super) fn of(profiles: &ProfileSet, time: Duration) -> Option<Self> {
        let selected = profiles.selected_profile();
        let (mut name, mut text) = (selected, String::new());
        loop {
            let profile = profiles.get_profile(name)?;
            if profile.get("role_arn").is_none() {
                break;
            }
            let source = profile.get("source_profile")?;
            // A profile that names itself is the last one; any other circle is the SDK's to refuse.
            let again = text.contains(&format!("[profile {source}]\n"));
            if source != name && again {
                return None;
            }
            text.push_str(&format!("[profile {name}]\n"));
            let said = ROLE.iter().filter_map(|key| Some((key, profile.get(key)?)));
            text.extend(said.map(|(key, value)| format!("{key} = {value}\n")));
            if source == name {
                break;
            }
            name = source;
        }
        let profile = profiles.get_profile(name)?;
        if OTHERS.iter().any(|key| profile.get(key).is_some()) {
            return None;
        }
        let roles = (!text.is_empty()).then(|| Roles { selected: selected.to_owned(), text });
        Some(Self { profile: name.to_owned(), command: profile.get("credential_process")?.to_owned(), roles, time })
    }

    /// Its key, or the credentials of the role that is taken with it.
    pub(super) async fn credentials(&self, config: &ProviderConfig) -> provider::Result {
        let key = self.key().await?;
        match &self.roles {
            None => Ok(key),
            Some(roles) => self.role(roles, &key, config).await,
        }
    }

    /// Runs the program.
    async fn key(&self) -> provider::Result {
        let (command, time) = (self.command.clone(), self.time);
        let run = move || {
            let mut shell = child::trusted("sh");
            shell.args(["-c", &command]);
            child::run(shell, Limits { time, printed: PRINTED, complaints: COMPLAINTS })
        };
        let ended = match tokio::task::spawn_blocking(run).await {
            Ok(Ok(ended)) => ended,
            Ok(Err(Failure::TooLong)) => {
                return Err(self.failed(&format!("did not answer within {} seconds; it was ended", time.as_secs())));
            }
            Ok(Err(Failure::TooMuch)) => return Err(self.failed("printed more than 16 MiB; it was ended")),
            Ok(Err(Failure::Missing)) => return Err(self.failed("needs `sh`, and there is none")),
            Ok(Err(Failure::Broken(error))) => return Err(self.failed(&format!("cannot be run: {error}"))),
            Err(error) => return Err(self.failed(&format!("cannot be run: {error}"))),
        };
        if !ended.status.success() {
            let words = String::from_utf8_lossy(&ended.complaints).into_owned();
            let first = words.lines().find(|line| !line.trim().is_empty()).unwrap_or("it gave no reason");
            return Err(self.failed(&format!("failed ({}): {first}", ended.status)));
        }
        let document = serde_json::from_slice(&ended.printed).map_err(|_| self.failed("printed no JSON"))?;
        parsed(&document).map_err(|what| self.failed(what))
    }

    fn failed(&self, what: &str) -> CredentialsError {
        CredentialsError::provider_error(format!("the credential_process of the profile `{}` {what}", self.profile))
    }

    /// Takes the role, by the SDK's own provider and a profile file in memory that holds the key.
    #[allow(deprecated, reason = "the types' names here are deprecated, their own crate is no dependency")]
    async fn role(&self, roles: &Roles, key: &Credentials, config: &ProviderConfig) -> provider::Result {
        use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};

        let halves = [
            ("aws_access_key_id", Some(key.access_key_id())),
            ("aws_secret_access_key", Some(key.secret_access_key())),
            ("aws_session_token", key.session_token()),
        ];
        let mut text = format!("{}[profile {}]\n", roles.text, self.profile);
        for (name, value) in halves.iter().filter_map(|(name, value)| Some((name, (*value)?))) {
            if value.contains(|c: char| c.is_whitespace() || c.is_control()) {
                return Err(self.failed("printed a key that holds blanks"));
            }
            text.push_str(&format!("{name} = {value}\n"));
        }
        let files = ProfileFiles::builder().with_contents(ProfileFileKind::Config, text).build();
        let provider = ProfileFileCredentialsProvider::builder()
            .configure(config)
            .profile_files(files)
            .profile_name(roles.selected.clone())
            .build();
        provider.provide_credentials().await
    }
}

/// The credentials that a program printed; what is wrong with them, without them.
fn parsed(document: &Value) -> Result<Credentials, &'static str> {
    let entries = document.as_object().ok_or("printed no JSON object")?;
    let entry =
        |wanted: &str| entries.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value);
    let text = |wanted: &str| entry(wanted).and_then(Value::as_str).map(str::to_owned);
    if entry("Version").and_then(Value::as_i64) != Some(1) {
        return Err("printed no `Version` 1");
    }
    let id = text("AccessKeyId").ok_or("printed no `AccessKeyId`")?;
    let secret = text("SecretAccessKey").ok_or("printed no `SecretAccessKey`")?;
    let until = match text("Expiration") {
        Some(until) => {
            let until = DateTime::from_str(&until, Format::DateTimeWithOffset)
                .map_err(|_| "printed an `Expiration` that is no time")?;
            Some(until.try_into().map_err(|_| "printed an `Expiration` that is no time")?)
        }
        None => None,
    };
    Ok(Credentials::new(id, secret, text("SessionToken"), until, "CredentialProcess"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_program_prints_is_read_as_the_sdk_reads_it() {
        let good = json!({"version": 1, "accessKeyId": "AKIA", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": "2026-05-02T18:36:00+00:00"});
        let key = parsed(&good).expect("a key");
        assert_eq!((key.access_key_id(), key.session_token(), key.expiry().is_some()), ("AKIA", Some("t"), true));
        for bad in [json!([]), json!({}), json!({"Version": 2}), json!({"Version": 1, "AccessKeyId": "AKIA"})] {
            assert!(parsed(&bad).is_err(), "{bad}");
        }
        let mut late = good;
        late["Expiration"] = json!("tomorrow");
        assert!(parsed(&late).is_err());
    }
}
