//! The lines of gcloud for what is left to it.

use super::plan::made_here;
use crate::base::shell;
use crate::clouds::task::Called;
use crate::model::{Blueprint, GoogleAccount, PrincipalKind, PrincipalWant};
use crate::spec::GcpCloud;

/// The lines that put a second key in place of the first; nothing where no key is made. The old one is named by the file that kept it,
/// and goes last.
pub(crate) fn rotation(blueprint: &Blueprint, gcp: &GcpCloud, called: &Called) -> Vec<String> {
    let keys: Vec<(String, &PrincipalWant)> =
        made_here(blueprint).filter(|want| want.has_made_key()).map(|want| (gcp.email(&want.name), want)).collect();
    if keys.is_empty() {
        return Vec::new();
    }
    let mut lines = vec!["# A second key beside the first. Both work until the old one is disabled.".to_owned()];
    lines.extend(
        keys.iter().map(|(_, want)| format!("mv {} {}", kept(called, want, "yaml"), kept(called, want, "old"))),
    );
    lines.push(format!("bucketwright apply --second-key{}", called.options));
    lines.push(
        "# Bring the new Secrets into the cluster and restart what reads them. When all of it runs with the new key:"
            .to_owned(),
    );
    lines.extend(keys.iter().map(|(email, want)| old_key(called, email, want, "disable", "update", " --deactivate")));
    lines.push("# When nothing has failed for a day:".to_owned());
    lines.extend(keys.iter().map(|(email, want)| old_key(called, email, want, "delete", "delete", "")));
    lines.extend(keys.iter().map(|(_, want)| format!("rm {}", kept(called, want, "old"))));
    lines
}

/// The file of a kept key with this ending, as a word.
fn kept(called: &Called, want: &PrincipalWant, ending: &str) -> String {
    shell::path(&called.keys.join(format!("{}.{ending}", want.name)))
}

/// The line that does something to the old key, whose id is in the file that kept it.
fn old_key(
    called: &Called,
    email: &str,
    want: &PrincipalWant,
    verb: &str,
    hmac_verb: &str,
    hmac_option: &str,
) -> String {
    let id = format!(r#""$(sed -n 's/^accessKeyId: "\(.*\)"$/\1/p' {})""#, kept(called, want, "old"));
    if matches!(want.kind, PrincipalKind::Google(GoogleAccount::Hmac)) {
        return format!("gcloud storage hmac {hmac_verb} {id}{hmac_option}");
    }
    format!("gcloud iam service-accounts keys {verb} {id} --iam-account {email} --quiet")
}
