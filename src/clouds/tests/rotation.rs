//! The lines of `rotate` for every kind of store.

use crate::blueprint::blueprint;
use crate::clouds::s3::rotation::rotation_lines;
use crate::clouds::task::Called;
use crate::profile::Catalogue;
use crate::spec::{Cloud, Spec, StoreKind};

/// By the time of the last line the spec's reference leads to the new key, so no line after `apply` may use it.
#[test]
fn what_goes_last_is_named_by_the_id_that_was_kept() {
    for kind in StoreKind::ALL {
        let text = format!(
            "apiVersion: bucketwright/v1\nname: acme\ncloud: {{provider: s3, store: {}, endpoint: \"https://s.example.com\", region: auto}}\nidentity: static-keys\ninstalls:\n  - profile: argo-workflows\n    chartVersion: 1.0.18\n    credentials: {{accessKeyId: env:THE_ID, secretAccessKey: env:THE_SECRET}}\n",
            kind.as_str()
        );
        let spec = Spec::parse("bucketwright.yaml", &text).expect("a spec");
        let built = blueprint(spec.clone(), &Catalogue::embedded(), None).expect("a blueprint");
        let Cloud::S3(store) = &spec.cloud else { panic!("a store") };
        let lines =
            rotation_lines(&spec, store, &built.principals.iter().collect::<Vec<_>>(), &Called::default()).join("\n");
        let (before, after) = lines.split_once("bucketwright apply").expect("two halves");
        assert!(before.contains("OLD_ACME_ARGO_WORKFLOWS=\"$THE_ID\""), "{lines}");
        assert!(after.contains("$OLD_ACME_ARGO_WORKFLOWS") && !after.contains("THE_ID"), "{lines}");
        assert!(!lines.contains("THE_SECRET"), "{lines}");
    }
}
