//! What the cloud told `apply` and the spec leaves out. It is kept in the output folder, because rendering asks no cloud.

use serde::Deserialize;

use crate::base::error::{Error, Result, Source};
use crate::base::names::{AccountId, Issuer, SpecId};
use crate::base::yaml;
use crate::model::{Blueprint, Facts, PrincipalKind};
use crate::spec::{Mark, Spec};

/// The file's name in the output folder.
pub const LEARNT: &str = "learnt.yaml";

/// What the cloud told, of that which the spec leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learnt {
    /// The account, which the ARNs of roles hold.
    pub account: Option<AccountId>,
    /// The cluster's OIDC issuer, which trust policies name.
    pub issuer: Option<Issuer>,
    /// The id that an `apply` gave the spec.
    pub id: Option<SpecId>,
}

/// The file. It says of what it tells: it does not hold for another cluster.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    spec: String,
    id: Option<String>,
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
        let account = blueprint.account.clone().filter(|_| roles && cloud.has_accounts() && cloud.account().is_none());
        let unnamed = cloud.cluster().is_some_and(|cluster| cluster.issuer.is_none());
        let issuer = facts.issuer.clone().filter(|_| unnamed && blueprint.needs_cluster_issuer());
        let id = blueprint.spec.id.clone().or(blueprint.spec.new_id.clone()).filter(|_| !blueprint.spec.says_id);
        Self { account, issuer, id }
    }

    /// What this tells, and what another does where this tells nothing.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            account: self.account.or_else(|| other.account.clone()),
            issuer: self.issuer.or_else(|| other.issuer.clone()),
            id: self.id.or_else(|| other.id.clone()),
        }
    }

    /// Reads the file: what it tells of this spec's cluster and region, as far as the spec leaves it out.
    ///
    /// # Errors
    /// `BW0102`–`BW0105` when the text is another one, `BW0203` and `BW0207` for names in it.
    pub fn read(source: &Source, spec: &Spec) -> Result<Self> {
        let document: Document = yaml::read(source)?;
        let cloud = &spec.cloud;
        let cluster = cloud.cluster();
        let at = |error: Error| error.at(Some(source.place(0..0)));
        // A spec keeps its id when it is renamed.
        let renamed = spec.id.as_ref().is_some_and(|id| document.id.as_deref() == Some(id.as_str()));
        if document.spec != spec.name.as_str() && !renamed {
            return Ok(Self::default());
        }
        let id = document.id.as_deref().map(SpecId::parse).transpose().map_err(at)?.filter(|_| !spec.says_id);
        if document.region != cloud.region().as_str()
            || document.cluster.as_deref() != cluster.map(|cluster| cluster.name.as_str())
        {
            return Ok(Self { id, ..Self::default() });
        }
        let account = document.account.as_deref().map(AccountId::parse).transpose().map_err(at)?;
        let issuer = document.oidc_issuer.as_deref().map(Issuer::parse).transpose().map_err(at)?;
        Ok(Self {
            id,
            account: account.filter(|_| cloud.has_accounts() && cloud.account().is_none()),
            issuer: issuer.filter(|_| cluster.is_some_and(|cluster| cluster.issuer.is_none())),
        })
    }

    /// The spec that the file was written for; nothing where the text is not one of ours.
    pub fn whose(source: &Source) -> Option<Mark> {
        let document: Document = yaml::read(source).ok()?;
        Mark::read(&format!("{} {}", document.spec, document.id.unwrap_or_default()))
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The lines that say the same in the spec: where each belongs, and the line.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let id = self.id.iter().map(|id| ("after `name`", format!("id: {id}")));
        let account = self.account.iter().map(|account| ("below `cloud`", format!("account: \"{account}\"")));
        let issuer = self.issuer.iter().map(|issuer| ("below `cloud.cluster`", format!("oidcIssuer: {issuer}")));
        id.chain(account).chain(issuer).collect()
    }

    /// The file's text, which holds no secret; `None` when there is nothing to keep.
    pub fn text(&self, spec: &Spec) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let cluster = spec.cloud.cluster().map(|cluster| cluster.name.clone());
        let entries = [
            ("spec", Some(spec.name.to_string())),
            ("id", self.id.as_ref().map(ToString::to_string)),
            ("region", Some(spec.cloud.region().to_string())),
            ("cluster", cluster),
            ("account", self.account.as_ref().map(ToString::to_string)),
            ("oidcIssuer", self.issuer.as_ref().map(ToString::to_string)),
        ];
        let mut text = "# Written by `bucketwright apply`: what the spec leaves out. `render` and `push` read it here,\n\
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
        self = self.with_id(learnt);
        self.cloud.learn(learnt.account.as_ref(), learnt.issuer.as_ref());
        self
    }

    /// The spec with the id that an earlier `apply` gave it. What else was learnt the cloud is asked again.
    #[must_use]
    pub fn with_id(mut self, learnt: &Learnt) -> Self {
        self.id = self.id.or_else(|| learnt.id.clone());
        self
    }
}
