//! Users of a store: they are made with the store's own tool, since S3 has no call for it.

use crate::base::error::{Code, Error};
use crate::base::secret::Reference;
use crate::base::shell::word;
use crate::model::PrincipalWant;
use crate::policy::BucketGrant;
use crate::profile::Access;
use crate::spec::{Install, S3Cloud, Spec, StoreKind};

/// The lines that make a principal's user on a store and give it its rights, for a person with the store's administration.
/// None of them holds a secret: the tools ask for it, or print it.
///
/// Source: MinIO client, `mc admin user add --help` and `mc admin policy --help`; Garage documentation, "Quick start"
/// (`garage key create`, `garage bucket allow`); Ceph documentation, "Admin Guide" (`radosgw-admin user create`).
pub fn user_commands(spec: &Spec, store: &S3Cloud, want: &PrincipalWant) -> Vec<String> {
    let (alias, name) = (&spec.name, &want.name);
    match store.kind {
        StoreKind::Minio | StoreKind::Rustfs => mc(spec, store)
            .chain([
                format!("mc admin policy create {alias} {name} iam/{name}.policy.json"),
                format!("mc admin user add {alias}  # asks for the id and the secret of the key for {name}"),
                format!("mc admin policy attach {alias} {name} --user {}", id_of(want)),
            ])
            .collect(),
        StoreKind::Garage => std::iter::once(format!("garage key create {name}  # prints the id and the secret"))
            .chain(want.grants.iter().map(|grant| {
                let rights = if grant.access == Access::Read { "--read" } else { "--read --write" };
                format!("garage bucket allow {rights} {} --key {name}", grant.bucket)
            }))
            .collect(),
        StoreKind::Ceph => vec![
            format!("radosgw-admin user create --uid={name} --display-name={name}  # prints the id and the secret"),
            format!(
                "# Then let it into its buckets by a bucket policy for arn:aws:iam:::user/{name}: {}.",
                buckets(&want.grants)
            ),
        ],
        StoreKind::Versitygw => vec![
            administered(store),
            format!(
                "versitygw admin create-user --access {} --secret \"$SECRET\" --role user  # a secret of your own",
                id_of(want)
            ),
            format!(
                "# Then let it into its buckets by a bucket policy for this user as the principal: {}.",
                buckets(&want.grants)
            ),
        ],
        StoreKind::Seaweedfs => want
            .grants
            .iter()
            .map(|grant| seaweed(&format!("-user {name} {}", seaweed_rights(grant)), &id_of(want)))
            .collect(),
        _ => vec![format!(
            "# Make a key in the store's console, limited to reading and writing objects in: {}.",
            buckets(&want.grants)
        )],
    }
}

/// A line of SeaweedFS's shell that gives a user a key.
///
/// Source: SeaweedFS, `s3.configure` in `weed shell`: another access key is added to those that the user has.
pub(super) fn seaweed(what: &str, id: &str) -> String {
    format!("echo 's3.configure {what} -access_key '{id}' -secret_key '\"$SECRET\"' -apply' | weed shell")
}

fn seaweed_rights(grant: &BucketGrant) -> String {
    let actions = if grant.access == Access::Read { "Read,List" } else { "Read,Write,List,Tagging" };
    format!("-buckets {} -actions {actions}", grant.bucket)
}

/// Where `versitygw admin` finds the server; its key is in the environment too.
///
/// Source: VersityGW, `versitygw admin --help`.
pub(super) fn administered(store: &S3Cloud) -> String {
    format!(
        "export ADMIN_ENDPOINT_URL={} ADMIN_REGION={}  # the administrator's key: ADMIN_ACCESS_KEY_ID, ADMIN_SECRET_ACCESS_KEY",
        store.endpoint, store.region
    )
}

/// How MinIO's client finds the server. Its administrator's key is asked for.
pub(super) fn mc(spec: &Spec, store: &S3Cloud) -> impl Iterator<Item = String> {
    let alias = format!("mc alias set {} {}  # asks for the administrator's key", spec.name, store.endpoint);
    trusted(spec, store).into_iter().chain([alias])
}

/// What makes MinIO's client trust an authority of one's own: it has a folder for them.
///
/// Source: MinIO client, `mc alias set` and its folder `certs/CAs`.
fn trusted(spec: &Spec, store: &S3Cloud) -> Option<String> {
    let path = &store.ca.as_ref()?.path;
    let file = format!("~/.mc/certs/CAs/{}.crt", spec.name);
    Some(format!("mkdir -p ~/.mc/certs/CAs && cp {} {file}  # the path is seen from the spec's folder", word(path)))
}

/// How a shell names the id of the key.
pub(super) fn id_of(want: &PrincipalWant) -> String {
    match &want.kind {
        crate::model::PrincipalKind::Brought(key) => match &key.access_key_id {
            Reference::Env(name) => format!("\"${name}\""),
            Reference::File(path) => format!("\"$(cat {})\"", word(path)),
            Reference::Kube { .. } => "KEY_ID".to_owned(),
        },
        _ => "KEY_ID".to_owned(),
    }
}

pub(super) fn buckets(grants: &[BucketGrant]) -> String {
    grants.iter().map(|grant| grant.bucket.as_str()).collect::<Vec<_>>().join(", ")
}

/// An install on a store that brings no key.
pub(crate) fn no_key(spec: &Spec, install: &Install, store: &S3Cloud, want: &PrincipalWant) -> Error {
    let variable = want.name.as_str().to_uppercase().replace('-', "_");
    let commands = user_commands(spec, store, want).join("\n  ");
    Error::new(Code::NO_STORE_KEY, format!("`{}` has no key for {}", want.name, want.components.join(" and ")))
        .why("S3 has no call that makes users: on a store, keys are made with its own tool and brought as references.")
        .fix(format!(
            "Add `credentials: {{accessKeyId: env:{variable}_ID, secretAccessKey: env:{variable}_SECRET}}` to the install. `bucketwright render --placeholders` writes the policies; then:\n  {commands}"
        ))
        .at(spec.place_in(install, "profile"))
}
