//! The lines that remove what a spec made on a store: S3 has no call for users, and the tags that the store itself keeps say whose a
//! bucket is.

use super::plan::Setting;
use super::users::{administered, id_of, mc};
use crate::base::shell::word;
use crate::model::{Blueprint, ID_TAG, ORIGIN_TAG, PrincipalWant, SPEC_TAG};
use crate::spec::{S3Cloud, Spec, StoreKind};

/// What the lines for buckets begin with: a bucket goes when its own tags say that this spec made it, and the store refuses to remove
/// one that holds objects.
const REMOVE: &str = "remove() {
  tag() { aws s3api get-bucket-tagging --bucket \"$1\" --query \"TagSet[?Key=='$2'].Value | [0]\" --output text; }
";

/// The lines that remove the buckets and users of a spec. `None` where the store keeps no tags: nothing could be told from others' then.
///
/// Source: AWS CLI, `aws s3api get-bucket-tagging` and `delete-bucket` (it refuses a bucket that is not empty); MinIO client,
/// `mc admin user remove`; VersityGW, `versitygw admin delete-user`; SeaweedFS, `s3.configure`; Ceph, `radosgw-admin user rm`.
pub fn removal_lines(blueprint: &Blueprint, store: &S3Cloud) -> Option<Vec<String>> {
    Setting::Tags.known_lack(store.kind).is_none().then_some(())?;
    let spec = &blueprint.spec;
    let mut lines = reached(store);
    let id = spec
        .id
        .as_ref()
        .map(|id| format!(" && [ \"$(tag \"$1\" {ID_TAG})\" = {} ]", word(id.as_str())))
        .unwrap_or_default();
    lines.push(format!(
        "{REMOVE}  if [ \"$(tag \"$1\" {SPEC_TAG})\" = {name} ] && [ \"$(tag \"$1\" {ORIGIN_TAG})\" = created ]{id}; then
    aws s3api delete-bucket --bucket \"$1\"
  else
    echo \"$1 stays: its tags do not say that the spec {name} made it\" >&2
  fi
}}",
        name = word(spec.name.as_str()),
    ));
    lines.push("# A bucket with objects in it is refused: empty it first, once nothing is needed any more.".to_owned());
    let ours = blueprint.buckets.iter().filter(|want| !want.existing);
    lines.extend(ours.map(|want| format!("remove {}", word(want.name.as_str()))));
    for want in &blueprint.principals {
        lines.extend(user_removal(spec, store, want));
    }
    Some(lines)
}

/// The AWS CLI, told where the store is. The key is that of the environment.
fn reached(store: &S3Cloud) -> Vec<String> {
    let mut lines = vec![
        "# The AWS CLI, with the key that made the buckets:".to_owned(),
        format!("export AWS_ENDPOINT_URL={} AWS_REGION={}", word(store.endpoint.as_str()), word(store.region.as_str())),
    ];
    lines.extend(
        store
            .ca
            .as_ref()
            .map(|ca| format!("export AWS_CA_BUNDLE={}  # the path is seen from the spec's folder", word(&ca.path))),
    );
    lines
}

fn user_removal(spec: &Spec, store: &S3Cloud, want: &PrincipalWant) -> Vec<String> {
    let (alias, name) = (&spec.name, &want.name);
    match store.kind {
        StoreKind::Minio | StoreKind::Rustfs => mc(spec, store)
            .chain([
                format!("mc admin user remove {alias} {}", id_of(want)),
                format!("mc admin policy remove {alias} {name}"),
            ])
            .collect(),
        StoreKind::Garage => vec![format!("garage key delete --yes {name}")],
        StoreKind::Ceph => vec![format!("radosgw-admin user rm --uid={name}")],
        StoreKind::Versitygw => {
            vec![administered(store), format!("versitygw admin delete-user --access {}", id_of(want))]
        }
        StoreKind::Seaweedfs => vec![format!("echo 's3.configure -user {name} -delete -apply' | weed shell")],
        _ => vec![format!("# Remove the key for {name} in the store's console.")],
    }
}
