//! The lines that remove what carries the spec's mark, and nothing else.

use super::shell::{PLACE, block, each, mark, names};
use crate::clouds::azure::SPEC_METADATA;
use crate::model::{Blueprint, PrincipalKind};

/// The lines that remove what was made for a blueprint; containers last, with all that is in them. Each line looks at the mark
/// first: what was adopted or is another's stays.
pub fn removal_lines(blueprint: &Blueprint) -> Vec<String> {
    let Some(azure) = blueprint.spec.cloud.azure() else { return Vec::new() };
    let spec = &blueprint.spec.name;
    let mut lines = names(azure);
    let managed = blueprint.principals.iter().filter(|want| matches!(want.kind, PrincipalKind::ManagedIdentity { .. }));
    let managed: Vec<&str> = managed.map(|want| want.name.as_str()).collect();
    if !managed.is_empty() {
        lines.push(each("identity", managed.into_iter(), &identity(spec.as_str())));
    }
    let ours: Vec<&str> =
        blueprint.buckets.iter().filter(|want| !want.existing).map(|want| want.name.as_str()).collect();
    if !ours.is_empty() {
        lines.push("# With all that is in them, and for good; az asks before each:".to_owned());
        lines.push(each("container", ours.into_iter(), &container(spec.as_str())));
    }
    let mut lines = block(lines);
    let brought = blueprint.principals.iter().filter(|want| matches!(want.kind, PrincipalKind::Brought(_)));
    lines.extend(brought.map(|want| {
        format!("# You brought the service principal of `{}`; with nothing else that uses it: az ad sp delete --id ITS_APP_ID", want.install)
    }));
    lines
}

/// An identity goes with all that it was assigned: Azure keeps assignments of identities that are gone.
fn identity(spec: &str) -> String {
    let show = format!("identity show {PLACE} --name \"$identity\"");
    format!(
        "there {show} || continue\n\
         {}\n\
         [ \"$spec\" = {spec} ] || {{ say \"the identity $identity stays: it was made for ${{spec:-nobody known}}, not for {spec}\"; continue; }}\n\
         principal=$(az {show} --query principalId --output tsv)\n\
         ids=$(az role assignment list --subscription \"$subscription\" --all --assignee \"$principal\" --query '[].id' --output tsv)\n\
         [ -z \"$ids\" ] || printf '%s\\n' \"$ids\" | xargs az role assignment delete --ids\n\
         az identity delete {PLACE} --name \"$identity\"",
        mark(&show)
    )
}

fn container(spec: &str) -> String {
    let of = |verb: &str| {
        format!("storage container-rm {verb} {PLACE} --storage-account \"$account\" --name \"$container\"")
    };
    format!(
        "there {} || continue\n\
         spec=$(az {} --query \"metadata.{SPEC_METADATA} || ''\" --output tsv)\n\
         [ \"$spec\" = {spec} ] || {{ say \"the container $container stays: it was made for ${{spec:-nobody known}}, not for {spec}\"; continue; }}\n\
         az {}",
        of("show"),
        of("show"),
        of("delete")
    )
}
