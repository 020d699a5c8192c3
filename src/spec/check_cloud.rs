//! The rules of `cloud`: which keys belong to which provider, and what their values may be.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::check::Checker;
use super::document::CloudDocument;
use super::owners::OWNERS;
use super::{Authority, AwsCloud, BucketNamespace, Cloud, Cluster, Provider, SpecDocument, Store, StoreKind};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Arn, Endpoint, Issuer, Region};
use crate::base::yaml::At;

/// Checks `cloud`.
pub(super) fn cloud(checker: &mut Checker, document: &SpecDocument) -> Option<Cloud> {
    let doc = &document.cloud;
    // A whole mapping is pointed at by its first value.
    checker.ranges.insert("cloud".to_owned(), doc.provider.range.clone());
    keys_of_others(checker, doc);
    match doc.provider.value {
        Provider::Aws => {
            let cloud = aws(checker, doc)?;
            super::aws::check_partition::addresses(checker, document, &cloud);
            Some(Cloud::Aws(cloud))
        }
        Provider::S3 => {
            beyond_a_store(checker, document);
            store(checker, doc).map(Cloud::S3)
        }
        Provider::Gcp => super::gcp::check::gcp(checker, document).map(Cloud::Gcp),
        Provider::Azure => super::azure::check::azure(checker, document).map(Cloud::Azure),
    }
}

/// Refuses keys that only another provider has: they would be ignored without a word.
fn keys_of_others(checker: &mut Checker, doc: &CloudDocument) {
    let range = |text: Option<&At<String>>| text.map(|text| text.range.clone());
    let there = |key: &str| match key {
        "region" => range(doc.region.as_ref()),
        "allowUnknownRegion" => doc.allow_unknown_region.as_ref().map(|value| value.range.clone()),
        "endpoint" => range(doc.endpoint.as_ref()),
        "project" => range(doc.project.as_ref()),
        "projectNumber" => range(doc.project_number.as_ref()),
        "location" => range(doc.location.as_ref()),
        "subscription" => range(doc.subscription.as_ref()),
        "resourceGroup" => range(doc.resource_group.as_ref()),
        "storageAccount" => range(doc.storage_account.as_ref()),
        "tenant" => range(doc.tenant.as_ref()),
        "domain" => range(doc.domain.as_ref()),
        "accountKey" => range(doc.account_key.as_ref()),
        "clientIds" => doc.client_ids.values().next().map(|id| id.range.clone()),
        "account" => range(doc.account.as_ref()),
        "iam" => doc.iam.as_ref().map(|_| doc.provider.range.clone()),
        "cluster" => doc.cluster.as_ref().map(|cluster| cluster.name.range.clone()),
        "store" => doc.store.as_ref().map(|value| value.range.clone()),
        "pathStyle" => doc.path_style.as_ref().map(|value| value.range.clone()),
        "ca" => range(doc.ca.as_ref()),
        "insecure" => doc.insecure.as_ref().map(|value| value.range.clone()),
        "checksums" => doc.checksums.as_ref().map(|value| value.range.clone()),
        "credentials" => doc.credentials.as_ref().map(|_| doc.provider.range.clone()),
        _ => None,
    };
    let provider = doc.provider.value;
    for (key, owners) in OWNERS.iter().filter(|(_, owners)| !owners.contains(&provider)) {
        if let Some(range) = there(key) {
            let place = checker.place(&range);
            let owners: Vec<String> = owners.iter().map(|owner| format!("`provider: {}`", owner.as_str())).collect();
            let only = if let [one] = owners.as_slice() {
                format!("Only {one} has it")
            } else {
                format!("Only {} have it", owners.join(" and "))
            };
            let instead = match (*key, provider) {
                ("region", Provider::Gcp) => "Write `location: …`, as Google calls it.".to_owned(),
                _ => format!("Remove `{key}`, or write {}.", owners.join(" or ")),
            };
            checker.errors.push(
                Error::new(
                    Code::OTHER_PROVIDERS_KEY,
                    format!("`cloud.{key}` does not go with `provider: {}`", provider.as_str()),
                )
                .why(format!("{only}; here nothing would read it."))
                .fix(instead)
                .at(place),
            );
        }
    }
}

pub(super) fn missing(checker: &mut Checker, key: &str, doc: &CloudDocument) {
    let place = checker.place(&doc.provider.range);
    checker.errors.push(
        Error::new(Code::MISSING_KEY, format!("the key `{key}` is missing"))
            .fix(format!("Add `{key}: …` here."))
            .at(place),
    );
}

fn aws(checker: &mut Checker, doc: &CloudDocument) -> Option<AwsCloud> {
    if doc.region.is_none() {
        missing(checker, "region", doc);
    }
    let confirmed = doc.allow_unknown_region.as_ref().is_some_and(|confirmed| confirmed.value);
    let parse = if confirmed { Region::parse } else { Region::parse_known };
    // A typing mistake is told; the rest is looked at all the same.
    let region = checker
        .parse_option("cloud.region", doc.region.as_ref(), parse)
        .or_else(|| Region::parse(doc.region.as_ref()?.as_str()).ok());
    let account = checker.parse_option("cloud.account", doc.account.as_ref(), AccountId::parse);
    if let (Some(text), Some(_)) = (&doc.account, &account) {
        checker.quoted("the account id", text);
    }
    let endpoint = checker.parse_option("cloud.endpoint", doc.endpoint.as_ref(), Endpoint::parse);
    let cluster = doc.cluster.as_ref().and_then(|cluster| {
        if let Some(pool) = &cluster.workload_pool {
            super::gcp::check::not_here(checker, "workloadPool", &pool.range, Provider::Aws, Provider::Gcp);
        }
        let issuer = checker.parse_option("cloud.cluster.oidcIssuer", cluster.oidc_issuer.as_ref(), Issuer::parse);
        let node_role = checker.parse_option("cloud.cluster.nodeRole", cluster.node_role.as_ref(), role_arn);
        let name = checker.parse("cloud.cluster.name", &cluster.name, cluster_name)?;
        Some(Cluster { name, issuer, node_role })
    });
    let region = region?;
    same_partition(checker, &region, "cloud.cluster.nodeRole", cluster.as_ref().and_then(|c| c.node_role.as_ref()));
    let iam = super::aws::check_iam::rules(checker, doc, &region, account.as_ref());
    Some(AwsCloud { region, account, endpoint, cluster, iam })
}

fn store(checker: &mut Checker, doc: &CloudDocument) -> Option<Store> {
    if doc.endpoint.is_none() {
        missing(checker, "endpoint", doc);
    }
    let endpoint = checker.parse_option("cloud.endpoint", doc.endpoint.as_ref(), Endpoint::parse);
    if let Some(path_style) = &doc.path_style {
        checker.ranges.insert("cloud.pathStyle".to_owned(), path_style.range.clone());
    }
    if let Some(ca) = &doc.ca {
        checker.ranges.insert("cloud.ca".to_owned(), ca.range.clone());
    }
    let credentials =
        doc.credentials.as_ref().and_then(|key| super::check_keys::key(checker, "cloud.credentials", key));
    let endpoint = endpoint?;
    aloud(checker, doc, &endpoint);
    let by_address = StoreKind::of(&endpoint);
    let kind = doc.store.as_ref().map_or(by_address, |store| store.value);
    let region = region(checker, doc, kind);
    Some(Store {
        kind,
        endpoint,
        region: region?,
        path_style: doc.path_style.as_ref().is_none_or(|style| style.value),
        ca: doc.ca.as_ref().map(|path| Authority { path: path.value.clone(), pem: None }),
        checksums: doc.checksums.as_ref().map(|checksums| checksums.value).unwrap_or_default(),
        credentials,
    })
}

/// Plain HTTP must be said aloud; and what `insecure` says must be true.
fn aloud(checker: &mut Checker, doc: &CloudDocument, endpoint: &Endpoint) {
    let insecure = doc.insecure.as_ref().is_some_and(|insecure| insecure.value);
    let at = |range: Option<&std::ops::Range<usize>>| range.cloned();
    let (range, error) = match (endpoint.is_secure(), insecure) {
        (false, false) => (
            at(doc.endpoint.as_ref().map(|endpoint| &endpoint.range)),
            Error::new(Code::PLAIN_HTTP, format!("`{endpoint}` speaks plain HTTP, and nothing says that this is meant"))
                .why("Everything on the way can read the objects, and change them.")
                .fix("Use https://, with `ca:` for a certificate of your own; or allow it with `insecure: true` below `cloud`."),
        ),
        (true, true) => (
            at(doc.insecure.as_ref().map(|insecure| &insecure.range)),
            Error::new(Code::PLAIN_HTTP, "`insecure: true` says plain HTTP, but the endpoint begins with https://")
                .why("It never turns off the check of certificates: then anybody could pass for the store.")
                .fix("Remove `insecure`. For a certificate that no public authority signed, name your authority's: `ca: FILE`."),
        ),
        _ => return,
    };
    let place = range.and_then(|range| checker.place(&range));
    checker.errors.push(error.at(place));
}

/// The region's name: the spec's, else the store's usual one.
fn region(checker: &mut Checker, doc: &CloudDocument, kind: StoreKind) -> Option<Region> {
    let Some(text) = &doc.region else {
        let default = kind.default_region().and_then(|region| Region::parse_of_store(region).ok());
        if default.is_none() {
            let place = checker.place(&doc.provider.range);
            checker.errors.push(
                Error::new(Code::STORE_REGION, "the region of the store is not known")
                    .why("It is a part of every signature. MinIO's is `us-east-1` unless it was changed, Garage's is `garage`, Ceph's is the zonegroup's name.")
                    .fix("Add `region: …` below `cloud`; or say which store it is, such as `store: minio`.")
                    .at(place),
            );
        }
        return default;
    };
    let region = checker.parse("cloud.region", text, Region::parse_of_store)?;
    if kind == StoreKind::R2 && region.as_str() != "auto" {
        let place = checker.place(&text.range);
        checker.errors.push(
            Error::new(Code::STORE_REGION, format!("Cloudflare R2 has no region `{region}`"))
                .why("R2 knows one region only, `auto`; where a bucket lies is chosen in Cloudflare, when it is made.")
                .fix("Write `region: auto`, or leave it out.")
                .at(place),
        );
        return None;
    }
    Some(region)
}

/// What only AWS has, and stands outside `cloud`.
fn beyond_a_store(checker: &mut Checker, document: &SpecDocument) {
    let mut refuse = |range: Option<std::ops::Range<usize>>, what: &str, why: &str, fix: &str| {
        let range = range.unwrap_or_else(|| document.cloud.provider.range.clone());
        let place = checker.place(&range);
        checker.errors.push(Error::new(Code::STORE_LACKS, what).why(why).fix(fix).at(place));
    };
    if let Some(encryption) = &document.encryption {
        refuse(
            super::aws::check_encryption::place(encryption),
            "a store has no AWS KMS key",
            "The key is named in every upload, and only AWS could use it.",
            "Remove `encryption`; turn on encryption in the store itself.",
        );
    }
    let defaults = document.bucket_defaults.as_ref();
    if defaults.and_then(|defaults| defaults.namespace) == Some(BucketNamespace::AccountRegional) {
        refuse(
            None,
            "`bucketDefaults.namespace: account-regional` is AWS's alone",
            "A store has no accounts of 12 digits; its bucket names are shared by its own users only.",
            "Remove `namespace`.",
        );
    }
    let plain = document.cloud.insecure.as_ref().is_some_and(|insecure| insecure.value);
    if plain && defaults.and_then(|defaults| defaults.tls_only) == Some(true) {
        refuse(
            document.cloud.insecure.as_ref().map(|insecure| insecure.range.clone()),
            "`tlsOnly: true` and `insecure: true` exclude each other",
            "The bucket policy would refuse every request of your charts.",
            "Remove `tlsOnly`, or use an https:// endpoint.",
        );
    }
}

/// Checks that a file holds certificates and nothing that must stay secret.
///
/// # Errors
/// `BW1404`; the text is never repeated.
pub fn certificates(path: &str, text: &str) -> Result<String> {
    let bad = |what: String, why: &str| {
        Err(Error::new(Code::BAD_AUTHORITY, what).why(why).fix("Name the PEM file of the authority that signed the store's certificate: `-----BEGIN CERTIFICATE-----` stands in it."))
    };
    if text.contains("PRIVATE KEY-----") {
        return bad(
            format!("`{path}` holds a private key"),
            "The file's content goes into values and Secrets of the charts.",
        );
    }
    let found: std::result::Result<Vec<CertificateDer<'_>>, _> =
        CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match found {
        Err(_) => return bad(format!("`{path}` is not a PEM file"), "A block in it is cut off, or not base64."),
        Ok(none) if none.is_empty() => {
            return bad(format!("`{path}` holds no certificate"), "No PEM block `CERTIFICATE` was found in it.");
        }
        Ok(some) if some.iter().any(|one| webpki::anchor_from_trusted_cert(one).is_err()) => {
            return bad(
                format!("`{path}` holds a block that is no certificate"),
                "What stands in the block is not X.509.",
            );
        }
        Ok(_) => {}
    }
    Ok(text.replace("\r\n", "\n"))
}

pub(super) fn same_partition(checker: &mut Checker, region: &Region, path: &str, arn: Option<&Arn>) {
    if let Some(arn) = arn.filter(|arn| arn.partition() != region.partition().as_str()) {
        let place = checker.ranges.get(path).and_then(|range| checker.place(range));
        checker.errors.push(
            Error::new(Code::OTHER_PARTITION, format!("`{arn}` lies in another partition than {region}"))
                .why(format!(
                    "The partition of {region} is `{}`; nothing reaches across partitions.",
                    region.partition()
                ))
                .fix("Correct the ARN or the region.")
                .at(place),
        );
    }
}

/// Source: EKS API reference, CreateCluster.
fn cluster_name(text: &str) -> Result<String> {
    let good = !text.is_empty()
        && text.len() <= 100
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if good {
        return Ok(text.to_owned());
    }
    Err(Error::new(Code::WRONG_VALUE, format!("`{text}` cannot be the name of an EKS cluster"))
        .fix("`aws eks list-clusters` shows the names."))
}

fn role_arn(text: &str) -> Result<Arn> {
    let arn = Arn::parse(text)?;
    if arn.service() == "iam" && arn.resource().starts_with("role/") {
        return Ok(arn);
    }
    Err(Error::new(Code::BAD_ARN, format!("`{text}` is not the ARN of a role"))
        .fix("Write `arn:aws:iam::ACCOUNT:role/NAME`."))
}
