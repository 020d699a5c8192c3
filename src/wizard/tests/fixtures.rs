//! Two small profiles, and surroundings with and without AWS.

use std::collections::BTreeMap;

use crate::base::names::{AccountId, BucketName, Issuer, Region};
use crate::blueprint::blueprint;
use crate::kube::live::Running;
use crate::model::Blueprint;
use crate::profile::Catalogue;
use crate::spec::Spec;
use crate::wizard::{Answers, BucketState, Surroundings};

const SHOP: &str = r#"
profile: shop
title: Shop
summary: A shop with pictures and invoices.
kind: helm
chart: {name: shop, versions: ">=1.0, <3", default: 2.1.0, examples: [1.0.0, 2.1.0]}
release: shop
namespace: web
options:
  - {name: spaces, type: list, default: ["{{ namespace }}"], ask: "In which namespaces do pickers run?", why: "Each gets the Secret."}
  - {name: mail, type: bool, default: false, charts: ">=2", ask: "Shall invoices be mailed?", why: "Mails link to the bucket."}
  - {name: images, type: choice, choices: [s3, disk], default: s3, ask: "Where do pictures lie?", why: "Disk needs no bucket."}
  - {name: domain, type: text, default: "", ask: "Under which domain? (May be empty.)", why: "Links need it."}
buckets:
  - {purpose: pictures, name: "{{ spec.name }}-pictures", when: "options.images == 's3'", access: {web: read-write}, why: "Pictures of goods."}
  - {purpose: invoices, name: "{{ spec.name }}-invoices", access: {billing: read-write, web: read}, why: "Invoices."}
  - {purpose: archive, name: "{{ spec.name }}-archive", optional: true, charts: ">=2", access: {billing: read-write}, why: "Old invoices."}
workloads:
  - {name: web, component: web, serviceAccount: "{{ release }}-web"}
  - {name: billing, component: billing, serviceAccount: "{{ release }}-billing"}
identities:
  - {cloud: aws, identity: pod-identity, works: true, charts: ">=2", why: "The SDK of 2.0 knows it; that of 1.x is too old."}
  - {cloud: aws, identity: irsa, works: true, why: "The SDK's default chain."}
  - {cloud: aws, identity: node-role, works: true, why: "Pods can be annotated."}
  - {cloud: aws, identity: static-keys, works: true, why: "The chart takes a Secret."}
  - {cloud: aws, identity: workload-identity, works: false, why: "It belongs to Google Cloud and Azure."}
checks:
  - {when: "options.images == 'disk' and options.mail", severity: refuse, code: BW0490, at: install.options.mail, what: "Mails cannot show pictures on a disk.", why: "They link to the bucket.", fix: "Use `images: s3`."}
  - {when: "release == 'bad'", severity: refuse, code: BW0491, what: "The release cannot be called bad.", why: "The chart crashes."}
  - {when: "identity == 'pod-identity'", severity: warn, code: BW0492, what: "The agent must run on the nodes.", why: "It hands out roles.", fix: "Install the add-on."}
"#;

const LOGS: &str = r#"
profile: logs
title: Logs
summary: Old log keeper.
legacy: "Nobody maintains it."
kind: helm
chart: {name: logs, versions: "^1", default: 1.5.0, examples: [1.5.0]}
release: logs
namespace: logs
buckets:
  - {purpose: chunks, name: "{{ spec.name }}-logs", access: {logs: read-write}, why: "Log chunks."}
workloads:
  - {name: logs, component: logs, serviceAccount: logs}
identities:
  - {cloud: aws, identity: static-keys, works: true, why: "It only takes keys."}
  - {cloud: aws, identity: irsa, works: false, why: "Its client refuses empty keys."}
  - {cloud: aws, identity: pod-identity, works: false, why: "Its client refuses empty keys."}
  - {cloud: aws, identity: node-role, works: false, why: "Its client refuses empty keys."}
  - {cloud: aws, identity: workload-identity, works: false, why: "It belongs to Google Cloud and Azure."}
"#;

/// The profiles `logs` and `shop`.
pub(super) fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    for (name, text) in [("shop", SHOP), ("logs", LOGS)] {
        catalogue.add(name, name, &BTreeMap::from([("profile.yaml".to_owned(), text.to_owned())]));
    }
    catalogue
}

/// An account with a cluster and a few buckets.
pub(super) struct Account;

impl Surroundings for Account {
    fn folder(&self) -> Option<String> {
        Some("Acme_Prod".to_owned())
    }

    fn region(&self) -> Option<Region> {
        Region::parse("eu-west-1").ok()
    }

    fn account(&mut self) -> Option<AccountId> {
        AccountId::parse("012345678901").ok()
    }

    fn clusters(&mut self, region: &Region) -> Vec<String> {
        if region.as_str() == "eu-west-1" { vec!["prod".to_owned(), "test".to_owned()] } else { Vec::new() }
    }

    fn issuer(&mut self, region: &Region, cluster: &str) -> Option<Issuer> {
        Issuer::parse(&format!("https://oidc.eks.{region}.amazonaws.com/id/{cluster}")).ok()
    }

    fn states(&mut self, names: &[BucketName], _: &Region, _: &AccountId) -> Vec<Option<BucketState>> {
        let state = |name: &BucketName| match name.as_str() {
            "acme-prod-pictures" | "Old_Pictures" => BucketState::Yours,
            "taken-logs" => BucketState::Taken,
            "other-logs" => BucketState::OfSpec("other".to_owned()),
            _ => BucketState::Free,
        };
        names.iter().map(|name| Some(state(name))).collect()
    }

    fn releases(&mut self) -> Vec<Running> {
        vec![Running {
            release: "corner".to_owned(),
            namespace: "high-street".to_owned(),
            chart: "shop".to_owned(),
            version: "1.4.0".to_owned(),
        }]
    }

    fn buckets(&mut self) -> Vec<String> {
        ["acme-prod-invoices", "Old_Pictures", "unrelated"].map(str::to_owned).to_vec()
    }
}

/// The spec as a file would be read.
pub(super) fn spec(outcome: &Answers) -> Spec {
    Spec::parse("bucketwright.yaml", &outcome.spec).unwrap_or_else(|error| panic!("{error:?}\n{}", outcome.spec))
}

/// Its blueprint.
pub(super) fn built(outcome: &Answers, catalogue: &Catalogue) -> Blueprint {
    blueprint(spec(outcome), catalogue, None).unwrap_or_else(|error| panic!("{error:?}\n{}", outcome.spec))
}
