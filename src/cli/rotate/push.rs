//! `rotate --push`: the new keys go into the cluster, and just those workloads restart that read them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Rotating;
use crate::base::error::Result;
use crate::base::names::DnsLabel;
use crate::cli::cluster::PushOptions;
use crate::cli::interrupt::Stop;
use crate::kube::live::{Applied, Cluster};
use crate::kube::push::{Consumer, Object, ObjectKind, objects};
use crate::model::Facts;
use crate::render::{RenderOptions, render};

/// What came of a push.
pub(super) struct Pushed {
    pub(super) address: String,
    pub(super) objects: Vec<Applied>,
    /// What reads the Secrets: restarted, but for those that say why not.
    pub(super) consumers: Vec<Consumer>,
}

impl Pushed {
    /// How a program reads it.
    pub(super) fn report(&self) -> Value {
        json!({"cluster": self.address, "objects": self.objects, "consumers": self.consumers})
    }
}

impl<A> Rotating<'_, A> {
    /// The cluster, once it is known to take the Secrets and the restarts: it is asked before a key is made.
    pub(super) async fn ready(&self, installs: &BTreeSet<&DnsLabel>) -> Result<Option<Cluster>> {
        let Some(options) = self.push else { return Ok(None) };
        let draft = self.objects(options, installs, &Facts::default(), true)?;
        let cluster = options.cluster.connect().await?;
        options.checked(&cluster, &draft).await?;
        for one in consumers(&cluster, &draft).await?.iter().filter(|one| one.by_hand.is_none()) {
            cluster.restart(one, &self.when(), true).await?;
        }
        Ok(Some(cluster))
    }

    /// Applies the Secrets with the new keys, then restarts what reads them.
    pub(super) async fn pushed(
        &self,
        cluster: &Cluster,
        installs: &BTreeSet<&DnsLabel>,
        facts: &Facts,
    ) -> Result<Option<Pushed>> {
        let Some(options) = self.push else { return Ok(None) };
        let objects = self.objects(options, installs, facts, false)?;
        let applied = options.applied(cluster, &objects).await?;
        let consumers = consumers(cluster, &objects).await?;
        for one in consumers.iter().filter(|one| one.by_hand.is_none()) {
            Stop::check(|| format!("restarting {:?} {}/{}", one.kind, one.namespace, one.name))?;
            cluster.restart(one, &self.when(), false).await?;
        }
        Ok(Some(Pushed { address: cluster.address.clone(), objects: applied, consumers }))
    }

    /// The time of this run, as the annotation holds it.
    fn when(&self) -> String {
        crate::report::time(self.now)
    }

    fn objects(
        &self,
        options: &PushOptions,
        installs: &BTreeSet<&DnsLabel>,
        facts: &Facts,
        placeholders: bool,
    ) -> Result<Vec<Object>> {
        let mut all = Vec::new();
        for install in installs {
            let request = RenderOptions { only: Some((*install).clone()), placeholders, ..RenderOptions::default() };
            all.extend(objects(self.blueprint, &render(self.blueprint, facts, &request)?, options.wishes())?);
        }
        Ok(all)
    }
}

/// The workloads that read a Secret of a push. A namespace that is still to be made has none.
async fn consumers(cluster: &Cluster, objects: &[Object]) -> Result<Vec<Consumer>> {
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for object in objects.iter().filter(|object| object.kind == ObjectKind::Secret) {
        names.entry(object.namespace.as_deref().unwrap_or_default()).or_default().insert(&object.name);
    }
    let mut found = Vec::new();
    for (namespace, names) in names {
        found.extend(cluster.consumers(namespace, &names).await?);
    }
    Ok(found)
}
