//! From a failed call to words for the user of a store: what to look at is another thing than on AWS.

use crate::base::error::{Code, Error};
use crate::clouds::call::{CallError, Failure};
use crate::spec::{S3Cloud, StoreKind};

/// What a failed call means.
pub fn explained(store: &S3Cloud, error: &CallError) -> Error {
    let host = store.endpoint.host();
    let said = said(error);
    let call = format!("{} on {}", error.call, error.resource);
    let made = match error.kind {
        Failure::NoCredentials => Error::new(Code::STORE_KEY_REFUSED, "no key to make the buckets with was found")
            .why(said)
            .fix("Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to a key of the store, or name one: `credentials: {accessKeyId: env:…, secretAccessKey: env:…}` below `cloud`. To try without a store, add `--rehearse`."),
        Failure::BadCredentials | Failure::Expired => Error::new(Code::STORE_KEY_REFUSED, format!("{host} does not accept the key ({})", error.call))
            .why(format!("{said}{}", clock(error)))
            .fix("Check the key and its secret: `cloud.credentials`, or AWS_ACCESS_KEY_ID and AWS_PROFILE, where a key of AWS itself may stand."),
        Failure::Denied => Error::new(Code::STORE_DENIED, format!("the key may not call {call}"))
            .why(said)
            .fix(rights(store.kind)),
        Failure::WrongRegion => other_region(store, error),
        Failure::NotTheService => not_a_store(store, error),
        Failure::NoAnswer | Failure::Malformed if error.code.is_empty() => without_answer(store, error),
        // To a HEAD a store answers 400 without a word when the region is another.
        _ if is_mute_400(error) && (store.endpoint.is_secure() || error.call.contains("Head")) => other_region(store, error),
        _ if is_mute_400(error) => without_answer(store, error),
        Failure::Throttled => Error::new(Code::STORE_CALL_FAILED, format!("{host} keeps refusing {call} for now"))
            .why(said)
            .fix("Wait a minute and run the same command: what was made stays."),
        _ => Error::new(Code::STORE_CALL_FAILED, format!("{call} failed"))
            .why(said)
            .fix("Run the same command again; what was made stays. The store's own log says more."),
    };
    error.behind(made)
}

fn is_mute_400(error: &CallError) -> bool {
    error.message.contains("HTTP status 400") && error.code.is_empty()
}

/// A web server, a proxy or a login page answered.
fn not_a_store(store: &S3Cloud, error: &CallError) -> Error {
    let host = store.endpoint.host();
    let to_tls = error.message.contains(", to https://") && !store.endpoint.is_secure();
    let fix = if to_tls {
        format!(
            "It sends to TLS: write `endpoint: https://{}` below `cloud`, and remove `insecure`.",
            store.endpoint.host_name()
        )
    } else {
        format!(
            "Write the address of the store's S3 API below `cloud.endpoint`: the page for people, such as MinIO's console, has another port or host. If a proxy asks for a login, reach the store past it: `NO_PROXY={}`. `curl -i {}` shows what answers.",
            store.endpoint.host_name(),
            store.endpoint
        )
    };
    Error::new(Code::NOT_A_STORE, format!("what answers at {host} is not an S3 store"))
        .why(format!("{} was answered with {}.", error.call, error.message))
        .fix(fix)
}

/// Nothing that could be read came back: TLS, the port, the name or the network.
fn without_answer(store: &S3Cloud, error: &CallError) -> Error {
    let endpoint = &store.endpoint;
    let host = endpoint.host();
    let message = error.message.as_str();
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let authority = store.ca.as_ref().map_or_else(
        || "`ca: FILE` below `cloud`".to_owned(),
        |ca| format!("another file than `{}` under `cloud.ca`", ca.path),
    );
    let show = format!("`openssl s_client -connect {} -showcerts </dev/null` shows what it presents", with_port(store));
    if has(&["UnknownIssuer", "BadSignature", "CaUsedAsEndEntity"]) {
        return Error::new(Code::UNTRUSTED_CERTIFICATE, format!("the certificate of {host} is not trusted"))
            .why(format!("It was signed by an authority that is not among the public ones{}. {show}.", if store.ca.is_some() { ", nor in your file" } else { "" }))
            .fix(format!("Name the authority's PEM file: {authority}. The charts then get it too. Checking is never turned off: then anybody could pass for the store."));
    }
    if has(&["NotValidForName", "certificate not valid for name"]) {
        if !store.path_style && !error.resource.is_empty() && error.resource != host {
            return for_each_bucket(store, &error.resource);
        }
        return Error::new(Code::UNTRUSTED_CERTIFICATE, format!("the certificate of {host} is for another name"))
            .why(format!("{show}."))
            .fix("Write the endpoint with a name that is in the certificate, or have the name added to it.");
    }
    if has(&["Expired", "NotValidYet"]) {
        return Error::new(Code::UNTRUSTED_CERTIFICATE, format!("the certificate of {host} is not valid today"))
            .why(format!("{show}."))
            .fix("Renew the store's certificate; check the clock of this machine.");
    }
    if endpoint.is_secure() && has(&["InvalidContentType", "invalid content type", "corrupt message"]) {
        return Error::new(Code::WRONG_PROTOCOL, format!("{host} does not speak TLS on this port"))
            .why(format!("The cause: {message}."))
            .fix(format!(
                "Use the port that speaks TLS; or write `endpoint: http://{host}` and allow it with `insecure: true`."
            ));
    }
    if !endpoint.is_secure() && is_mute_400(error) {
        return Error::new(Code::WRONG_PROTOCOL, format!("{host} does not answer plain HTTP as a store does"))
            .why("It answers 400 without a word of S3, as a port does that expects TLS.")
            .fix(format!("Write `endpoint: https://{host}` and remove `insecure`."));
    }
    Error::new(Code::STORE_UNREACHABLE, format!("{host} got no answer to {}", error.call))
        .why(format!("The cause: {}.", message.trim_end_matches('.')))
        .fix(format!("Check the address and port in `cloud.endpoint`, and that this machine can reach it: `curl -v {endpoint}`. An address inside a cluster needs `kubectl port-forward`; the charts would still want the inner one."))
}

/// With `pathStyle: false` each bucket is a host of its own, which the certificate must name.
fn for_each_bucket(store: &S3Cloud, bucket: &str) -> Error {
    let host = store.endpoint.host_name();
    Error::new(Code::UNTRUSTED_CERTIFICATE, format!("the certificate of {host} is not for {bucket}.{host}"))
        .why("With `pathStyle: false` each bucket is a host of its own, and a certificate has to name them: `*.HOST`.")
        .fix(format!("Write `pathStyle: true` below `cloud`, or have `*.{host}` added to the certificate."))
}

fn with_port(store: &S3Cloud) -> String {
    let host = store.endpoint.host();
    if host == store.endpoint.host_name() { format!("{host}:443") } else { host.to_owned() }
}

fn other_region(store: &S3Cloud, error: &CallError) -> Error {
    let expected = error.message.split_once("expecting '").and_then(|(_, rest)| rest.split('\'').next());
    crate::clouds::s3::other_region(store, expected).why(said(error))
}

/// How to give a key the right to make buckets.
fn rights(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::Garage => {
            "Allow it: `garage key allow --create-bucket KEY`, and `garage bucket allow --read --write --owner BUCKET --key KEY` for buckets that exist."
        }
        StoreKind::Minio => {
            "Use a key that may make buckets, such as the root user's or one with the policy `consoleAdmin`; or make the buckets yourself and write `existing: true`."
        }
        StoreKind::R2 => {
            "Use an API token with the permission `Admin Read & Write`; or make the buckets in Cloudflare and write `existing: true`."
        }
        _ => "Use a key that may make buckets; or make the buckets yourself and write `existing: true`.",
    }
}

fn clock(error: &CallError) -> &'static str {
    if error.code.contains("Skewed") { " The clocks of this machine and of the store differ." } else { "" }
}

/// The store's words, or the cause when there was no answer.
fn said(error: &CallError) -> String {
    let words = error.message.trim_end_matches('.');
    match (words.is_empty(), error.code.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!("The store says: {}.", error.code),
        (false, true) => format!("The cause: {words}."),
        (false, false) => format!("The store says: {words} ({}).", error.code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::names::{Endpoint, Region};

    #[test]
    fn a_certificate_that_does_not_name_the_buckets_host_is_told_as_that() {
        let store = |path_style| S3Cloud {
            kind: StoreKind::Other,
            endpoint: Endpoint::parse("https://s3.example.com:9000").expect("an address"),
            region: Region::parse_of_store("x").expect("a region"),
            path_style,
            ca: None,
            checksums: crate::spec::Checksums::WhenRequired,
            credentials: None,
        };
        let error = CallError {
            call: "s3:HeadBucket",
            resource: "acme-lfs".to_owned(),
            kind: Failure::NoAnswer,
            code: String::new(),
            message: "invalid peer certificate: certificate not valid for name \"acme-lfs.s3.example.com\"".to_owned(),
            request_id: None,
        };
        let by_host = explained(&store(false), &error);
        assert!(by_host.what().contains("acme-lfs.s3.example.com"), "{by_host:?}");
        assert!(!explained(&store(true), &error).what().contains("acme-lfs."));
    }
}
