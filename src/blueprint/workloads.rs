//! The pods of one install that reach storage, and their ServiceAccounts.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Value, json};

use super::context;
use super::install::Builder;
use crate::base::error::{Error, Result};
use crate::base::names::{DnsLabel, DnsName};
use crate::model::WorkloadWant;
use crate::profile::in_range;

impl Builder<'_> {
    /// Computes the ServiceAccounts by the chart's rules.
    pub(super) fn workloads(&mut self, in_use: &BTreeSet<String>) -> Result<Vec<WorkloadWant>> {
        let profile = Rc::clone(&self.profile);
        let version = &self.install.chart_version;
        let now = context(&self.variables)?;
        let mut workloads = Vec::new();
        let mut known = Vec::new();
        for entry in &profile.about.workloads {
            let holds = in_range(entry.charts.as_ref(), version)
                && profile.expressions.holds(entry.when.as_ref().map(|when| when.as_str()), &now)?;
            if !holds {
                continue;
            }
            known.push(entry.name.as_str());
            if !in_use.contains(&entry.component) {
                continue;
            }
            let given = self.install.service_accounts.get(&entry.name);
            let service_account = match given {
                Some(name) => name.clone(),
                None => DnsName::parse("ServiceAccount", &profile.expressions.text(&entry.service_account, &now)?)?,
            };
            let namespaces = match &entry.namespaces {
                None => vec![self.namespace.clone()],
                Some(list) => namespaces(&profile.expressions.list(list, &now)?)?,
            };
            workloads.push(WorkloadWant {
                name: entry.name.clone(),
                component: entry.component.clone(),
                service_account,
                given: given.is_some(),
                existing: match &entry.existing {
                    Some(when) => profile.expressions.holds(Some(when.as_str()), &now)?,
                    None => false,
                },
                namespaces,
            });
        }
        let unknown: Vec<Error> = self
            .install
            .service_accounts
            .keys()
            .filter(|name| !known.contains(&name.as_str()))
            .map(|name| self.unknown("workload", name, "serviceAccounts", known.iter().copied()))
            .collect();
        self.errors.extend(unknown);
        let variables = workloads
            .iter()
            .map(|workload| (workload.name.clone(), json!({"name": workload.service_account, "given": workload.given})))
            .collect();
        self.set("service_accounts", Value::Object(variables));
        Ok(workloads)
    }
}

/// Namespaces from a list, each once.
fn namespaces(items: &[Value]) -> Result<Vec<DnsLabel>> {
    let mut names = Vec::new();
    for item in items {
        let name = DnsLabel::namespace(item.as_str().unwrap_or_default())?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}
