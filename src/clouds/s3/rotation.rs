//! The lines that put a second key in place of the first on a store, with the store's own tool. The old one goes last, by the id that was
//! kept before anything changed: what the spec refers to is the new key by then.

use super::users::{administered, buckets, id_of, mc, seaweed};
use crate::clouds::task::Called;
use crate::model::PrincipalWant;
use crate::profile::Access;
use crate::spec::{S3Cloud, Spec, StoreKind};

/// The lines, in their order. None of them holds a secret.
///
/// Source: MinIO client, `mc admin user --help`; Garage documentation, `garage key`; Ceph documentation, "Admin Guide" (`radosgw-admin key
/// create`, `key rm`); VersityGW, `versitygw admin --help`; SeaweedFS, `s3.configure`.
pub fn rotation_lines(spec: &Spec, store: &S3Cloud, wants: &[&PrincipalWant], called: &Called) -> Vec<String> {
    let mut lines = vec!["# The id of each key that is in use, before anything changes:".to_owned()];
    lines.extend(wants.iter().map(|want| format!("{}={}", old(want), id_of(want))));
    lines.push("# A second key beside it, with the same rights:".to_owned());
    lines.extend(reached(spec, store));
    lines.extend(wants.iter().flat_map(|want| second(spec, store, want)));
    lines.push("# Let `credentials` in the spec lead to the new key. Then:".to_owned());
    lines.push(format!("bucketwright apply{}", called.options));
    lines.push("# When the charts have restarted with the new Secrets, the old key goes:".to_owned());
    lines.extend(wants.iter().map(|want| without_old(spec, store, want)));
    lines
}

/// The shell's variables for the ids of the two keys of a user.
fn old(want: &PrincipalWant) -> String {
    variable("OLD", want)
}

fn variable(which: &str, want: &PrincipalWant) -> String {
    format!("{which}_{}", want.name.as_str().to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_"))
}

fn reached(spec: &Spec, store: &S3Cloud) -> Vec<String> {
    match store.kind {
        StoreKind::Minio | StoreKind::Rustfs => mc(spec, store).collect(),
        StoreKind::Versitygw => vec![administered(store)],
        _ => Vec::new(),
    }
}

/// A new id, as long as MinIO takes at most.
fn made(new: &str) -> String {
    format!("{new}=\"$(openssl rand -hex 10)\"; echo \"${new}\"  # the id of the new key")
}

fn second(spec: &Spec, store: &S3Cloud, want: &PrincipalWant) -> Vec<String> {
    let (alias, name, new) = (&spec.name, &want.name, variable("NEW", want));
    match store.kind {
        StoreKind::Minio | StoreKind::Rustfs => vec![
            made(&new),
            format!("mc admin user add {alias} \"${new}\"  # asks for the secret of the new key"),
            format!("mc admin policy attach {alias} {name} --user \"${new}\""),
        ],
        // A name of its own each time: Garage takes the same one twice, and then refuses it as not unique.
        StoreKind::Garage => vec![
            format!("{new}={name}-$(date +%Y%m%d)"),
            format!("garage key create \"${new}\"  # prints the id and the secret"),
        ]
        .into_iter()
        .chain(want.grants.iter().map(|grant| {
            let rights = if grant.access == Access::Read { "--read" } else { "--read --write" };
            format!("garage bucket allow {rights} {} --key \"${new}\"", grant.bucket)
        }))
        .collect(),
        StoreKind::Ceph => vec![format!(
            "radosgw-admin key create --uid={name} --key-type=s3 --gen-access-key --gen-secret  # prints the id and the secret"
        )],
        StoreKind::Versitygw => vec![
            made(&new),
            format!(
                "versitygw admin create-user --access \"${new}\" --secret \"$SECRET\" --role user  # a secret of your own"
            ),
            format!("# Then let it into its buckets by their policies, beside the first: {}.", buckets(&want.grants)),
        ],
        StoreKind::Seaweedfs => vec![
            made(&new),
            format!("{}  # a secret of your own", seaweed(&format!("-user {name}"), &format!("\"${new}\""))),
        ],
        _ => vec![format!(
            "# Make a second key in the store's console, limited to reading and writing objects in: {}.",
            buckets(&want.grants)
        )],
    }
}

fn without_old(spec: &Spec, store: &S3Cloud, want: &PrincipalWant) -> String {
    let (alias, name, old) = (&spec.name, &want.name, old(want));
    match store.kind {
        StoreKind::Minio | StoreKind::Rustfs => format!("mc admin user remove {alias} \"${old}\""),
        StoreKind::Garage => format!("garage key delete --yes \"${old}\""),
        StoreKind::Ceph => format!("radosgw-admin key rm --uid={name} --key-type=s3 --access-key=\"${old}\""),
        StoreKind::Versitygw => format!("versitygw admin delete-user --access \"${old}\""),
        StoreKind::Seaweedfs => {
            format!("echo 's3.configure -user {name} -access_key '\"${old}\"' -delete -apply' | weed shell")
        }
        _ => format!("# Remove the key of this id in the store's console: `echo \"${old}\"`."),
    }
}
