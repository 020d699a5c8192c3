//! The rules of `cloud`: which keys belong to which provider, and what their values may be.

use super::check::Checker;
use super::document::CloudDocument;
use super::owners::owned;
use super::{Cloud, Provider, SpecDocument};
use crate::base::error::{Code, Error};
use crate::base::yaml::At;

/// Checks `cloud`.
pub(super) fn cloud(checker: &mut Checker, document: &SpecDocument) -> Option<Cloud> {
    let doc = &document.cloud;
    // A whole mapping is pointed at by its first value.
    checker.ranges.insert("cloud".to_owned(), doc.provider.range.clone());
    keys_of_others(checker, doc);
    doc.provider.value.check(checker, document)
}

/// Refuses keys that only another provider has: they would be ignored without a word.
fn keys_of_others(checker: &mut Checker, doc: &CloudDocument) {
    let range = |text: Option<&At<String>>| text.map(|text| text.range.clone());
    let there = |key: &str| match key {
        "region" => range(doc.region.as_ref()),
        "allowUnknownRegion" => doc.allow_unknown_region.as_ref().map(|value| value.range.clone()),
        "endpoint" => range(doc.endpoint.as_ref()),
        "project" => range(doc.project.as_ref()),
        "projectNumber" => range(doc.project_number.as_ref()),
        "location" => range(doc.location.as_ref()),
        "subscription" => range(doc.subscription.as_ref()),
        "resourceGroup" => range(doc.resource_group.as_ref()),
        "storageAccount" => range(doc.storage_account.as_ref()),
        "tenant" => range(doc.tenant.as_ref()),
        "domain" => range(doc.domain.as_ref()),
        "accountKey" => range(doc.account_key.as_ref()),
        "softDeleteDays" => doc.soft_delete_days.as_ref().map(|value| value.range.clone()),
        "clientIds" => doc.client_ids.values().next().map(|id| id.range.clone()),
        "account" => range(doc.account.as_ref()),
        "iam" => doc.iam.as_ref().map(|_| doc.provider.range.clone()),
        "cluster" => doc.cluster.as_ref().map(|cluster| cluster.name.range.clone()),
        "store" => doc.store.as_ref().map(|value| value.range.clone()),
        "pathStyle" => doc.path_style.as_ref().map(|value| value.range.clone()),
        "ca" => range(doc.ca.as_ref()),
        "insecure" => doc.insecure.as_ref().map(|value| value.range.clone()),
        "checksums" => doc.checksums.as_ref().map(|value| value.range.clone()),
        "credentials" => doc.credentials.as_ref().map(|_| doc.provider.range.clone()),
        _ => None,
    };
    let provider = doc.provider.value;
    for (key, owners) in owned().into_iter().filter(|(_, owners)| !owners.contains(&provider)) {
        if let Some(range) = there(key) {
            let place = checker.place(&range);
            let owners: Vec<String> = owners.iter().map(|owner| format!("`provider: {}`", owner.as_str())).collect();
            let only = if let [one] = owners.as_slice() {
                format!("Only {one} has it")
            } else {
                format!("Only {} have it", owners.join(" and "))
            };
            let instead = match (key, provider) {
                ("region", Provider::Gcp) => "Write `location: …`, as Google calls it.".to_owned(),
                _ => format!("Remove `{key}`, or write {}.", owners.join(" or ")),
            };
            checker.errors.push(
                Error::new(
                    Code::OTHER_PROVIDERS_KEY,
                    format!("`cloud.{key}` does not go with `provider: {}`", provider.as_str()),
                )
                .why(format!("{only}; here nothing would read it."))
                .fix(instead)
                .at(place),
            );
        }
    }
}

pub(super) fn missing(checker: &mut Checker, key: &str, doc: &CloudDocument) {
    let place = checker.place(&doc.provider.range);
    checker.errors.push(
        Error::new(Code::MISSING_KEY, format!("the key `{key}` is missing"))
            .fix(format!("Add `{key}: …` here."))
            .at(place),
    );
}

/// For how many days what was deleted can be brought back, where the cloud takes that number.
pub(super) fn soft_delete_days(
    checker: &mut Checker,
    doc: &CloudDocument,
    cloud: &str,
    takes: fn(u16) -> bool,
) -> Option<u16> {
    let days = doc.soft_delete_days.as_ref()?;
    if takes(days.value) {
        return Some(days.value);
    }
    let good: Vec<u16> = (0..=365).filter(|days| takes(*days)).collect();
    let (first, last) =
        (good.iter().find(|days| **days > 0).copied().unwrap_or_default(), good.last().copied().unwrap_or_default());
    let none = if takes(0) { ", or 0 for not at all" } else { "" };
    let error = Error::new(Code::WRONG_VALUE, format!("what was deleted cannot be kept for {} days", days.value))
        .why(format!("{cloud} keeps it for {first} to {last} days{none}."))
        .fix(format!("Write a number of days between {first} and {last}, or remove `softDeleteDays`."));
    checker.errors.push(error.at(checker.place(&days.range)));
    None
}
