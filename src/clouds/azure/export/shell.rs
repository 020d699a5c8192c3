//! What the lines for the Azure CLI have in common: a block for a POSIX shell, its variables and its functions.

use crate::base::shell::word;
use crate::model::SPEC_TAG;
use crate::spec::azure::AzureEnvironment;
use crate::spec::{AzureCloud, Spec};

/// The subscription and the resource group, as every command takes them.
pub(super) const PLACE: &str = "--subscription \"$subscription\" --resource-group \"$group\"";

/// Tells what does not exist from what cannot be asked: nothing may be made over what is there.
///
/// Source: Azure CLI, `show_exception_handler` in azure/cli/core/commands/arm.py: `show` ends with 3 for an answer 404 and with
/// nothing else.
const THERE: &str = "\
# `show` ends with 3 where a thing does not exist. After any other failure nobody knows, so everything stops.
there() {
  code=0
  said=$(az \"$@\" --output none 2>&1) || code=$?
  case $code in 0) ;; 3) return 1 ;; *) stop \"az $* failed: $said\" ;; esac
}";

/// Ends the block with a sentence.
const STOP: &str = "stop() { say \"$1\"; exit 1; }";

/// Says something, and goes on.
const SAY: &str = "say() { printf 'bucketwright: %s\\n' \"$1\" >&2; }";

/// Lines that end at the first failure, and leave the shell of whoever runs them as it was.
pub(super) fn block(lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let head = ["(set -eu", SAY, STOP, THERE].map(str::to_owned);
    head.into_iter().chain(lines).chain([")".to_owned()]).flat_map(|text| by_line(&text)).collect()
}

pub(super) fn by_line(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// The line that leads the Azure CLI to another of Azure's clouds than its own default.
pub(super) fn name_of_cloud(azure: &AzureCloud) -> Option<String> {
    let environment = azure.environment();
    (environment != AzureEnvironment::Public).then(|| format!("az cloud set --name {}", environment.name()))
}

/// What the lines after them call by name, in the cloud that they are for.
pub(super) fn names(azure: &AzureCloud) -> Vec<String> {
    let AzureCloud { subscription, storage_account, location, .. } = azure;
    let group = word(azure.resource_group.as_str());
    let mut lines: Vec<String> = name_of_cloud(azure).into_iter().collect();
    lines.extend([
        format!("subscription={subscription} group={group} account={storage_account} location={location}"),
        "scope=\"/subscriptions/$subscription/resourceGroups/$group/providers/Microsoft.Storage/storageAccounts/$account\""
            .to_owned(),
    ]);
    lines
}

/// One line that makes a thing that does not exist. What is there keeps its settings: `create` would overwrite them.
pub(super) fn missing(show: &str, create: &str) -> String {
    format!("there {show} ||\n  az {create} --output none")
}

/// The tags of what is made: the spec's mark, and the spec's own.
pub(super) fn tags(spec: &Spec) -> String {
    let ours = format!("{SPEC_TAG}={}", spec.name);
    let theirs = spec.tags.iter().map(|(key, value)| word(&format!("{key}={value}")));
    std::iter::once(ours).chain(theirs).collect::<Vec<_>>().join(" ")
}

/// The mark of an identity, in a query.
pub(super) fn mine() -> String {
    format!("tags.\"{SPEC_TAG}\"")
}

/// A line that sets `spec` to the spec that the mark of an identity names, or to nothing.
pub(super) fn mark(show: &str) -> String {
    format!("spec=$(az {show} --query \"{} || ''\" --output tsv)", mine().replace('"', "\\\""))
}

/// A command for each word of a list.
pub(super) fn each<'a>(name: &str, words: impl Iterator<Item = &'a str>, command: &str) -> String {
    let words: Vec<&str> = words.collect();
    format!("for {name} in {}; do\n  {}\ndone", words.join(" "), command.replace('\n', "\n  "))
}
