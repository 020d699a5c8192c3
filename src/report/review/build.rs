//! From blueprint and bundle to the review.

use super::drawn::{access_words, accounts, kind_words, picture};
use super::model::{Bucket, Identity, Installed, Planned, Review, Step, Warned};
use super::secrets::secrets;
use crate::base::error::Result;
use crate::clouds::known;
use crate::model::{Blueprint, BucketWant, GoogleAccount, PrincipalKind, PrincipalWant};
use crate::policy::Trust;
use crate::render::Bundle;

/// The review of a blueprint; `bundle` is what it renders to, with placeholders.
///
/// # Errors
/// `BW0305` when a rendered Secret cannot be read.
pub fn review(blueprint: &Blueprint, bundle: &Bundle) -> Result<Review> {
    let cloud = known(&blueprint.spec.cloud);
    Ok(Review {
        spec: blueprint.spec.name.to_string(),
        cloud: cloud.title().to_owned(),
        place: cloud.place(blueprint.account.as_ref()),
        region: blueprint.spec.cloud.region().to_string(),
        installs: installs(blueprint),
        picture: picture(blueprint),
        identities: blueprint.principals.iter().map(|want| identity(blueprint, want)).collect(),
        buckets: blueprint.buckets.iter().map(|want| bucket(blueprint, want)).collect(),
        besides: cloud.besides().to_owned(),
        accepted: blueprint.spec.accept.clone(),
        secrets: secrets(blueprint, bundle)?,
        plan: plan(blueprint),
        ..Review::default()
    })
}

fn installs(blueprint: &Blueprint) -> Vec<Installed> {
    let warned = |warning: &crate::model::Warning| Warned {
        code: warning.code.clone(),
        what: warning.what.clone(),
        why: warning.why.clone(),
        fix: warning.fix.clone(),
    };
    let one = |install: &crate::model::InstallBlueprint| Installed {
        id: install.id.to_string(),
        chart: format!("{} {}", install.profile.about.title, install.version),
        release: install.release.to_string(),
        namespace: install.namespace.to_string(),
        identity: install.identity.to_string(),
        warnings: install.warnings.iter().map(warned).collect(),
    };
    blueprint.installs.iter().map(one).collect()
}

fn identity(blueprint: &Blueprint, want: &PrincipalWant) -> Identity {
    let boundary = blueprint.spec.cloud.boundary();
    let bounded = boundary.filter(|_| matches!(want.kind, PrincipalKind::User | PrincipalKind::Role { .. }));
    let mut limits: Vec<String> =
        bounded.iter().map(|arn| format!("The permissions boundary {arn} bounds it.")).collect();
    limits.extend(want.attach.iter().map(|arn| format!("It holds your policy {arn} too; this page does not show it.")));
    if matches!(want.kind, PrincipalKind::Brought(_)) {
        limits.push("You bring this key: it needs these rights, and whether it has more is not known here.".to_owned());
    }
    Identity {
        name: want.name.to_string(),
        kind: kind_words(&want.kind).to_owned(),
        install: want.install.to_string(),
        components: want.components.clone(),
        whom: whom(blueprint, &want.kind),
        said: known(&blueprint.spec.cloud).granted(blueprint, want),
        limits,
    }
}

/// Who becomes a principal, or uses its key: a sentence each.
fn whom(blueprint: &Blueprint, kind: &PrincipalKind) -> Vec<String> {
    let pods = |by: &str| {
        let one = |account: &String| format!("Pods that run as the ServiceAccount {account}, {by}.");
        accounts(kind).iter().map(one).collect::<Vec<_>>()
    };
    match kind {
        PrincipalKind::User | PrincipalKind::Google(GoogleAccount::Hmac) => {
            vec!["Whoever holds its key, which apply makes.".to_owned()]
        }
        PrincipalKind::Brought(key) if key.file().is_some() => {
            vec![format!("Whoever holds the key file that {} names.", key.access_key_id)]
        }
        PrincipalKind::Brought(key) => {
            vec![format!("Whoever holds the key that {} and {} name.", key.access_key_id, key.secret_access_key)]
        }
        PrincipalKind::AccountKey(key) => {
            vec![format!("Whoever holds a key of the storage account, such as the one that {key} names.")]
        }
        PrincipalKind::Google(GoogleAccount::Workload(_)) => pods("in any cluster of the project's workload pool"),
        PrincipalKind::ManagedIdentity { .. } => pods("by a token of the cluster's OIDC issuer"),
        PrincipalKind::Role { trust, .. } => match trust {
            Trust::WebIdentity(_) => {
                let issuer = blueprint.spec.cloud.cluster().and_then(|cluster| cluster.issuer.as_ref());
                let of = issuer.map_or("the cluster's OIDC issuer".to_owned(), |issuer| issuer.host_path().to_owned());
                pods(&format!("by a token of {of} for STS"))
            }
            Trust::Pods(to) => pods(&format!("in the cluster {}, by EKS Pod Identity", to.cluster)),
            Trust::Node(role) => vec![format!(
                "Every program that can use the nodes' role {role}. kube2iam or kiam passes it on by pod annotation, and nothing in AWS limits it to certain pods."
            )],
            Trust::Federated(federated) => {
                let issuer = federated.issuer.host_path();
                let one = |subject: &String| format!("Whoever has a token of {issuer} with the subject {subject}.");
                federated.subjects.iter().map(one).collect()
            }
        },
    }
}

fn bucket(blueprint: &Blueprint, want: &BucketWant) -> Bucket {
    let who = blueprint.principals.iter().filter_map(|principal| {
        let grant = principal.grants.iter().find(|grant| grant.bucket == want.name)?;
        let more = if grant.extra.is_empty() {
            String::new()
        } else {
            format!(", and {}", grant.extra.iter().cloned().collect::<Vec<_>>().join(", "))
        };
        let words = match principal.kind {
            PrincipalKind::AccountKey(_) => "does everything with it",
            _ => access_words(grant.access),
        };
        Some(format!("{} {words}{more}", principal.name))
    });
    Bucket {
        name: want.name.to_string(),
        uses: want.users.iter().map(|(install, purpose)| format!("{install}: {purpose}")).collect(),
        who: who.collect(),
        refuses: known(&blueprint.spec.cloud).refuses(want),
        settings: settings(want),
    }
}

fn settings(want: &BucketWant) -> Vec<String> {
    let mut words = Vec::new();
    if want.existing {
        words.push("It exists already; what others set there stays.".to_owned());
    }
    if want.versioning {
        words.push("Old versions are kept.".to_owned());
    }
    words.extend(want.kms_key.iter().map(|key| format!("It is encrypted with {key}.")));
    words.push(format!("Parts of unfinished uploads go after {} days.", want.abort_uploads_after_days));
    words.extend(want.expiries.iter().map(|rule| {
        let below = if rule.prefix.is_empty() { String::new() } else { format!(" below {}", rule.prefix) };
        format!("Objects{below} are deleted after {} days.", rule.expire_after_days)
    }));
    words.extend(
        want.cors
            .iter()
            .map(|rule| format!("Web pages of {} may send {}.", rule.origins.join(", "), rule.methods.join(", "))),
    );
    words
}

/// What the blueprint asks for. Nobody has looked what exists.
fn plan(blueprint: &Blueprint) -> Planned {
    let buckets = blueprint.buckets.iter().map(|want| Step {
        verb: if want.existing { "use" } else { "make where it is missing" }.to_owned(),
        kind: "bucket".to_owned(),
        name: want.name.to_string(),
        changes: settings(want),
    });
    let principals = blueprint.principals.iter().map(|want| {
        let brought = matches!(want.kind, PrincipalKind::Brought(_) | PrincipalKind::AccountKey(_));
        Step {
            verb: if brought { "use" } else { "make where it is missing" }.to_owned(),
            kind: kind_words(&want.kind).to_owned(),
            name: want.name.to_string(),
            changes: Vec::new(),
        }
    });
    let by_hand = known(&blueprint.spec.cloud).by_hand(blueprint);
    let (title, lines) = by_hand.map(|by_hand| (by_hand.title, by_hand.lines)).unwrap_or_default();
    Planned { source: String::new(), steps: buckets.chain(principals).collect(), by_hand: title, lines }
}
