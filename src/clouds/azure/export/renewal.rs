//! The lines that put new keys of the account in place of those in use.

use super::shell::{by_line, name_of_cloud};
use crate::base::secret::Reference;
use crate::base::shell::word;
use crate::clouds::task::Called;
use crate::spec::AzureCloud;

/// The lines that renew the key which is not in use and hand it over. Which one that is, the key in hand tells: the spec does not
/// know, and the order of the slots says nothing after the first time.
///
/// Source: Azure documentation, "Manage storage account access keys": move to the other key before one is renewed.
pub fn renewal_lines(azure: &AzureCloud, called: &Called) -> Vec<String> {
    let command = |verb: &str| {
        format!("az storage account keys {verb} {} --account-name {}", azure.place(), azure.storage_account)
    };
    let value = |slot: &str| format!("{} --query \"[?keyName=='{slot}'].value | [0]\" --output tsv", command("list"));
    let renew = format!("{} --key \"$slot\" --output none", command("renew"));
    let mut lines = vec![
        "# Prints the slot of the key that is not in use; the keys are compared here, and are no arguments.".to_owned(),
        "unused_slot() (".to_owned(),
        "  set -eu".to_owned(),
        format!("  in_use={}", in_hand(&azure.account_key)),
        format!("  key1=$({})", value("key1")),
        format!("  key2=$({})", value("key2")),
        "  case $in_use in".to_owned(),
        "    '') echo 'bucketwright: there is no key in hand, so it is not known which one is in use' >&2; exit 1 ;;".to_owned(),
        "    \"$key1\") echo key2 ;;".to_owned(),
        "    \"$key2\") echo key1 ;;".to_owned(),
        "    *) echo 'bucketwright: the key in hand is neither of the account, so it is not known which one is in use' >&2; exit 1 ;;"
            .to_owned(),
        "  esac".to_owned(),
        ")".to_owned(),
    ];
    lines.extend(name_of_cloud(azure));
    lines.push(format!("slot=$(unused_slot) &&\n  {renew} &&\n  {}", take(&azure.account_key, &value("$slot"))));
    lines.push(format!("# Then: bucketwright apply{}", called.options));
    lines.push(
        "# Apply the Secrets and restart the pods. When nothing has failed for a day, renew the old key,".to_owned(),
    );
    lines.push("# which is now the unused one, so that nobody who has it gets in:".to_owned());
    lines.push(format!("# slot=$(unused_slot) && {renew}"));
    lines.iter().flat_map(|text| by_line(text)).collect()
}

/// The words that give the key in hand.
fn in_hand(reference: &Reference) -> String {
    match reference {
        Reference::Env(name) => format!("${{{name}:-}}"),
        Reference::File(path) => format!("$(cat {})", word(path)),
        Reference::Kube { namespace, name, key } => format!(
            "$(kubectl get secret {name} --namespace {namespace} --output go-template='{{{{index .data \"{key}\" | base64decode}}}}')"
        ),
    }
}

/// The words that put a key where the spec looks for it. `value` is the command that prints it.
pub(super) fn take(reference: &Reference, value: &str) -> String {
    match reference {
        Reference::Env(name) => format!("{name}=\"$({value})\" && export {name}"),
        Reference::File(path) => {
            let (new, path) = (word(&format!("{path}.new")), word(path));
            format!("(umask 077; {value} > {new}) && mv {new} {path}")
        }
        Reference::Kube { namespace, name, key } => format!(
            "printf '{{\"stringData\":{{\"{key}\":\"%s\"}}}}' \"$({value})\" |\n  \
             kubectl patch secret {name} --namespace {namespace} --patch-file /dev/stdin"
        ),
    }
}
