//! What the cloud told `apply` and the spec leaves out. It is kept in the output folder, because rendering asks no cloud.

use serde::Deserialize;

use super::Facts;
use crate::blueprint::{Blueprint, PrincipalKind};
use crate::error::{Error, Result, Source};
use crate::names::{AccountId, Issuer};
use crate::spec::Spec;
use crate::yaml;

/// The file's name in the output folder.
pub const LEARNT: &str = "learnt.yaml";

/// What the cloud told, of that which the spec leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learnt {
    /// The account, which the ARNs of roles hold.
    pub account: Option<AccountId>,
    /// The cluster's OIDC issuer, which trust policies name.
    pub issuer: Option<Issuer>,
}

/// The file. It says of what it tells: it does not hold for another cluster.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    spec: String,
    region: String,
    cluster: Option<String>,
    account: Option<String>,
    oidc_issuer: Option<String>,
}

impl Learnt {
    /// What a run learnt that its spec leaves out and its files need.
    pub fn of(blueprint: &Blueprint, facts: &Facts) -> Self {
        let cloud = &blueprint.spec.cloud;
        let roles = blueprint.principals.iter().any(|want| matches!(want.kind, PrincipalKind::Role { .. }));
        let account = blueprint.account.clone().filter(|_| roles && cloud.aws().is_some() && cloud.account().is_none());
        let unnamed = cloud.cluster().is_some_and(|cluster| cluster.issuer.is_none());
        let issuer = facts.issuer.clone().filter(|_| unnamed && blueprint.needs_cluster_issuer());
        Self { account, issuer }
    }

    /// Reads the file: what it tells of this spec's cluster and region, as far as the spec leaves it out.
    ///
    /// # Errors
    /// `BW0102`–`BW0105` when the text is another one, `BW0203` and `BW0207` for names in it.
    pub fn read(source: &Source, spec: &Spec) -> Result<Self> {
        let document: Document = yaml::read(source)?;
        let cloud = &spec.cloud;
        let cluster = cloud.cluster();
        if document.spec != spec.name.as_str()
            || document.region != cloud.region().as_str()
            || document.cluster.as_deref() != cluster.map(|cluster| cluster.name.as_str())
        {
            return Ok(Self::default());
        }
        let at = |error: Error| error.at(Some(source.place(0..0)));
        let account = document.account.as_deref().map(AccountId::parse).transpose().map_err(at)?;
        let issuer = document.oidc_issuer.as_deref().map(Issuer::parse).transpose().map_err(at)?;
        Ok(Self {
            account: account.filter(|_| cloud.aws().is_some() && cloud.account().is_none()),
            issuer: issuer.filter(|_| cluster.is_some_and(|cluster| cluster.issuer.is_none())),
        })
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The lines that say the same in the spec: the place below which each belongs, and the line.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let account = self.account.iter().map(|account| ("cloud", format!("account: \"{account}\"")));
        let issuer = self.issuer.iter().map(|issuer| ("cloud.cluster", format!("oidcIssuer: {issuer}")));
        account.chain(issuer).collect()
    }

    /// The file's text; `None` when there is nothing to keep.
    pub(super) fn text(&self, spec: &Spec) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let cluster = spec.cloud.cluster().map(|cluster| cluster.name.clone());
        let entries = [
            ("spec", Some(spec.name.to_string())),
            ("region", Some(spec.cloud.region().to_string())),
            ("cluster", cluster),
            ("account", self.account.as_ref().map(ToString::to_string)),
            ("oidcIssuer", self.issuer.as_ref().map(ToString::to_string)),
        ];
        let mut text = "# Written by `bucketwright apply`: what AWS told it and the spec leaves out. `render` and `push` read it here,\n\
                        # since they ask no cloud. It holds no secret: commit it with the rest. What the spec says comes first.\n"
            .to_owned();
        for (key, value) in entries {
            if let Some(value) = value {
                text.push_str(&format!("{key}: {}\n", serde_json::Value::String(value)));
            }
        }
        Some(text)
    }
}

impl Spec {
    /// The spec with what was learnt, where it says nothing itself.
    #[must_use]
    pub fn with_learnt(mut self, learnt: &Learnt) -> Self {
        self.cloud.learn(learnt.account.as_ref(), learnt.issuer.as_ref());
        self
    }
}
