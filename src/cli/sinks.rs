//! What `apply` and `render` are told about secrets: sealed, encrypted, or kept in a store.

use std::path::PathBuf;
use std::time::SystemTime;

use clap::{Args, ValueEnum};

use super::connect::carried_out_here;
use super::context::Context;
use crate::base::error::{Code, Error, Result};
use crate::clouds::task::Task;
use crate::files::out::{Certificate, ExternalStore, Guard, Protection, Recipient, Scope};
use crate::spec::Spec;

/// How secrets leave. Without any of these they are written in plaintext, into files that only their owner reads.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Secrets")]
pub(super) struct SinkArguments {
    /// Seal Secrets for a cluster's sealed-secrets controller: `kubeseal --fetch-cert > cert.pem`.
    #[arg(long, value_name = "CERT", conflicts_with = "external_secrets")]
    seal: Option<PathBuf>,
    /// Where a sealed Secret may be opened.
    #[arg(long, value_name = "SCOPE", default_value = "strict", requires = "seal")]
    seal_scope: SealScope,
    /// Encrypt private files for SOPS: `--encrypt age:age1…`; may be given several times. With --seal or
    /// --external-secrets, those care for Secrets and this for the rest.
    #[arg(long, value_name = "age:RECIPIENT")]
    encrypt: Vec<String>,
    /// Put Secrets into AWS Secrets Manager (`apply` does) and write ExternalSecrets that refer to them. The name of a
    /// ClusterSecretStore, or `SecretStore/NAME`.
    #[arg(long, value_name = "STORE")]
    external_secrets: Option<String>,
}

/// Where a sealed Secret may be opened.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum SealScope {
    /// Under its name in its namespace.
    #[default]
    Strict,
    /// Under any name in its namespace.
    NamespaceWide,
    /// Anywhere in the cluster.
    ClusterWide,
}

impl From<SealScope> for Scope {
    fn from(scope: SealScope) -> Self {
        match scope {
            SealScope::Strict => Self::Strict,
            SealScope::NamespaceWide => Self::NamespaceWide,
            SealScope::ClusterWide => Self::ClusterWide,
        }
    }
}

impl SinkArguments {
    /// Reads what was given, for the spec that it is given with.
    pub(super) fn protection(&self, context: &Context, spec: &Spec) -> Result<Protection> {
        if self.external_secrets.is_some() {
            carried_out_here(context, spec, Task::ExternalSecrets)?;
        }
        let now = SystemTime::now();
        let guard = match (&self.seal, &self.external_secrets) {
            (Some(file), _) => {
                let certificate =
                    Certificate::parse(&file.display().to_string(), &crate::files::input::text(file)?, now)?;
                Guard::Seal(certificate, self.seal_scope.into())
            }
            (None, Some(store)) => Guard::ExternalStore(ExternalStore::parse(store)?),
            (None, None) => Guard::None,
        };
        let recipients = self.encrypt.iter().map(|text| recipient(text)).collect::<Result<_>>()?;
        Ok(Protection { guard, recipients, now, asked: self.options() })
    }

    /// The options that ask for the same again, as words.
    fn options(&self) -> Vec<String> {
        let mut words = Vec::new();
        if let Some(file) = &self.seal {
            words.extend(["--seal".to_owned(), file.display().to_string()]);
            if let Some(scope) =
                self.seal_scope.to_possible_value().filter(|_| !matches!(self.seal_scope, SealScope::Strict))
            {
                words.extend(["--seal-scope".to_owned(), scope.get_name().to_owned()]);
            }
        }
        words.extend(self.encrypt.iter().flat_map(|recipient| ["--encrypt".to_owned(), recipient.clone()]));
        words.extend(self.external_secrets.iter().flat_map(|store| ["--external-secrets".to_owned(), store.clone()]));
        words
    }
}

fn recipient(text: &str) -> Result<Recipient> {
    match text.strip_prefix("age:") {
        Some(recipient) => Recipient::parse(recipient),
        None if text.to_ascii_lowercase().starts_with("age") => Recipient::parse(text),
        None => Err(Error::new(Code::BAD_RECIPIENT, "only recipients of age are known")
            .fix("Write `--encrypt age:age1…`; `age-keygen -o key.txt` makes an identity and prints its recipient.")),
    }
}
