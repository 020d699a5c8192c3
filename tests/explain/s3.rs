//! Ways into each error that a server gives which speaks S3 and is not AWS: MinIO, and s3s-fs for what MinIO does not do.

use serde_json::json;

use super::{Said, note};
use crate::harness::{KEY, Sandbox, Store};

/// A spec for Argo on a store.
pub fn sandbox(cloud: &str) -> Sandbox {
    Sandbox::with_spec(&format!(
        "apiVersion: bucketwright/v1\nname: acme\ncloud:\n  provider: s3\n{cloud}installs:\n  - profile: argo-workflows\n    chartVersion: 1.0.18\n    credentials: {{accessKeyId: env:AWS_ACCESS_KEY_ID, secretAccessKey: env:AWS_SECRET_ACCESS_KEY}}\n"
    ))
}

/// Notes what an apply with a key says that fails.
fn apply(said: &mut Said, code: &'static str, store: &Store, cloud: &str, key: (&str, &str)) {
    let here = sandbox(cloud);
    let call = here.call(["apply", "--yes"]).env("AWS_ACCESS_KEY_ID", key.0).env("AWS_SECRET_ACCESS_KEY", key.1);
    let words = call.env("AWS_MAX_ATTEMPTS", "1").run().exits(1).stderr;
    note(said, code, &plain(store, &words));
}

/// What differs from run to run, made the same and as long, so that lines break alike.
fn plain(store: &Store, text: &str) -> String {
    let (_, port) = store.host().rsplit_once(':').expect("a port");
    let id = regex::Regex::new(r"(Request id\s+)[0-9A-F]{16}").expect("a pattern");
    id.replace_all(&text.replace(port, &"19000"[..port.len()]), "${1}1879B5D4F2A4C7E1").into_owned()
}

/// Everything that needs a store; a reason when a store is missing.
pub fn say(said: &mut Said) -> Result<(), String> {
    let store = Store::minio(true)?;
    let cloud = format!("  store: minio\n  endpoint: {}\n", store.endpoint());
    apply(said, "BW1420", &store, &cloud, KEY);
    apply(said, "BW1422", &store, &(cloud.replace("https", "http") + "  insecure: true\n"), KEY);

    let store = Store::minio_in("eu-central-1")?;
    let cloud = format!("  store: minio\n  endpoint: {}\n  insecure: true\n", store.endpoint());
    apply(said, "BW1423", &store, &cloud, KEY);
    let cloud = cloud + "  region: eu-central-1\n";
    apply(said, "BW1424", &store, &cloud, (KEY.0, "another secret"));
    let looks = json!({"Effect": "Allow", "Action": ["s3:ListAllMyBuckets", "s3:ListBucket"], "Resource": "*"});
    apply(said, "BW1425", &store, &cloud, store.user("looks-only", &looks)?);
    let elsewhere = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::elsewhere"});
    apply(said, "BW1427", &store, &cloud, store.user("elsewhere-only", &elsewhere)?);

    let store = Store::s3s()?;
    let cloud = format!("  endpoint: {}\n  region: us-east-1\n  insecure: true\n", store.endpoint());
    std::fs::remove_dir(store.data()).map_err(|error| error.to_string())?;
    apply(said, "BW1426", &store, &cloud, KEY);
    Ok(())
}
