//! The lines that list what earlier versions of the spec left, each thing with the line that removes it. They remove nothing.

use super::shell::{PLACE, mine};
use crate::clouds::azure::SPEC_METADATA;
use crate::model::{Blueprint, PrincipalKind, PrincipalWant};

/// The lines for all that carries the spec's mark and is no longer wanted.
pub(super) fn left(blueprint: &Blueprint) -> Vec<String> {
    let spec = &blueprint.spec.name;
    let managed = |want: &&PrincipalWant| matches!(want.kind, PrincipalKind::ManagedIdentity { .. });
    let wanted: Vec<&PrincipalWant> = blueprint.principals.iter().filter(managed).collect();
    let names = wanted.iter().map(|want| want.name.as_str());
    let marked = format!("[?{}=='{spec}'].name", mine().replace('"', "\\\""));
    let identity = Left {
        list: format!("identity list {PLACE} --query \"{marked}\""),
        what: format!("the identity $name carries the mark of the spec {spec}, which wants it no more"),
        remove: format!("identity delete {PLACE} --name $name"),
    };
    let containers = blueprint.buckets.iter().map(|want| want.name.as_str());
    let on_account = format!("{PLACE} --storage-account \"$account\"");
    let container = Left {
        list: format!("storage container-rm list {on_account} --query \"[?metadata.{SPEC_METADATA}=='{spec}'].name\""),
        what: format!(
            "the container $name carries the mark of the spec {spec}, which wants it no more; its data stays until you remove it"
        ),
        remove: format!("storage container-rm delete {on_account} --name $name"),
    };
    let mut lines = vec!["# What earlier versions of the spec left is listed, and stays:".to_owned()];
    lines.push(identity.lines(names));
    lines.push(container.lines(containers));
    lines.extend(wanted.iter().filter_map(|want| credentials(want)));
    lines
}

/// Credentials of an identity for ServiceAccounts that the spec wants no more: a namespace that changed, a cluster that was replaced.
fn credentials(want: &PrincipalWant) -> Option<String> {
    let PrincipalKind::ManagedIdentity { accounts, .. } = &want.kind else { return None };
    let subjects: Vec<String> = accounts
        .iter()
        .map(|(namespace, account)| format!("subject=='system:serviceaccount:{namespace}:{account}'"))
        .collect();
    let of = format!("{PLACE} --identity-name {}", want.name);
    let credential = Left {
        list: format!(
            "identity federated-credential list {of} --query \"[?issuer!='$issuer' || !({})].name\"",
            subjects.join(" || ")
        ),
        what: format!(
            "the credential $name of the identity {} lets in an account that the spec wants no more",
            want.name
        ),
        remove: format!("identity federated-credential delete {of} --name $name"),
    };
    Some(credential.lines(std::iter::empty()))
}

/// A kind of thing that may be left.
struct Left {
    /// The command that lists what there is.
    list: String,
    /// What is said of one, `$name`.
    what: String,
    /// The command that removes it.
    remove: String,
}

impl Left {
    /// Says of each thing that is not among the wanted ones that it is left.
    fn lines<'a>(&self, wanted: impl Iterator<Item = &'a str>) -> String {
        let wanted: Vec<&str> = wanted.collect();
        format!(
            "all=$(az {} --output tsv)\nfor name in $(printf '%s\\n' \"$all\"); do\n  case ' {} ' in *\" $name \"*) ;; *) say \"{}: az {}\" ;; esac\ndone",
            self.list,
            wanted.join(" "),
            self.what,
            self.remove.replace('"', "")
        )
    }
}
