//! The rules of `cloud` for an S3-compatible server.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::base::error::{Code, Error, Result};
use crate::base::names::{Endpoint, Region};
use crate::spec::check::Checker;
use crate::spec::check_cloud::missing;
use crate::spec::document::CloudDocument;
use crate::spec::{Authority, BucketNamespace, S3Cloud, SpecDocument, StoreKind};

pub(in crate::spec) fn store(checker: &mut Checker, doc: &CloudDocument) -> Option<S3Cloud> {
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
        doc.credentials.as_ref().and_then(|key| crate::spec::check_keys::key(checker, "cloud.credentials", key));
    let endpoint = endpoint?;
    aloud(checker, doc, &endpoint);
    let by_address = StoreKind::of(&endpoint);
    let kind = doc.store.as_ref().map_or(by_address, |store| store.value);
    let region = region(checker, doc, kind, &endpoint);
    Some(S3Cloud {
        kind,
        endpoint,
        region: region?,
        path_style: doc.path_style.as_ref().is_none_or(|style| style.value),
        ca: doc.ca.as_ref().map(|path| Authority { path: path.value.clone(), pem: None }),
        checksums: doc.checksums.as_ref().map(|checksums| checksums.value).unwrap_or_default(),
        credentials,
    })
}

/// Plain HTTP must be allowed explicitly; and what `insecure` says must be true.
fn aloud(checker: &mut Checker, doc: &CloudDocument, endpoint: &Endpoint) {
    let insecure = doc.insecure.as_ref().is_some_and(|insecure| insecure.value);
    let at = |range: Option<&std::ops::Range<usize>>| range.cloned();
    let (range, error) = match (endpoint.is_secure(), insecure) {
        (false, false) => (
            at(doc.endpoint.as_ref().map(|endpoint| &endpoint.range)),
            Error::new(Code::PLAIN_HTTP, format!("`{endpoint}` speaks plain HTTP, and nothing says that this is meant"))
                .why("Anybody on the network path can read and change the objects.")
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

/// The region's name: the spec's, else what the address says, else the store's usual one.
fn region(checker: &mut Checker, doc: &CloudDocument, kind: StoreKind, endpoint: &Endpoint) -> Option<Region> {
    let by_address = StoreKind::region_of(endpoint);
    let Some(text) = &doc.region else {
        let default = by_address.as_deref().or(kind.default_region());
        let default = default.and_then(|region| Region::parse_of_store(region).ok());
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
    if let Some(named) = by_address.filter(|named| named != region.as_str()) {
        let place = checker.place(&text.range);
        let error =
            Error::new(Code::STORE_REGION, format!("the region is `{region}`, and the address is that of `{named}`"))
                .why(format!(
                    "{} has an address for each region, and refuses signatures for another one.",
                    kind.title()
                ))
                .fix(format!("Write `region: {named}`, or leave it out; or correct `endpoint`."));
        checker.errors.push(error.at(place));
        return None;
    }
    Some(region)
}

/// What only AWS has, and stands outside `cloud`.
pub(in crate::spec) fn beyond_a_store(checker: &mut Checker, document: &SpecDocument) {
    let mut refuse = |range: Option<std::ops::Range<usize>>, what: &str, why: &str, fix: &str| {
        let range = range.unwrap_or_else(|| document.cloud.provider.range.clone());
        let place = checker.place(&range);
        checker.errors.push(Error::new(Code::STORE_LACKS, what).why(why).fix(fix).at(place));
    };
    if let Some(encryption) = &document.encryption {
        refuse(
            crate::spec::aws::check_encryption::place(encryption),
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
        Err(Error::new(Code::BAD_AUTHORITY, what).why(why).fix("Name the PEM file of the authority that signed the store's certificate: `-----BEGIN CERTIFICATE-----` is in it."))
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
            return bad(format!("`{path}` holds a block that is no certificate"), "What is in the block is not X.509.");
        }
        Ok(_) => {}
    }
    Ok(text.replace("\r\n", "\n"))
}
