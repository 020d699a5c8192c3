//! From the document to the checked spec: every rule that needs no profile.

use std::collections::BTreeMap;
use std::ops::Range;

use semver::Version;

use super::attach::attach;
use super::bucket_document::BucketDocument;
use super::check_keys::credentials;
use super::document::InstallDocument;
use super::{
    API_VERSION, BucketChoice, BucketDefaults, Cloud, Identity, Install, Places, Provider, Spec, SpecDocument,
};
use crate::base::error::{Code, Error, Place, Result, Source};
use crate::base::names::{BucketName, DnsLabel, DnsName, IamName, IamNameKind, SpecId, SpecName};
use crate::base::yaml::{At, Origin};

/// Collects places and errors while a document is checked, so that all problems are reported at once.
pub(super) struct Checker {
    source: Source,
    origin: Origin,
    pub(super) ranges: BTreeMap<String, Range<usize>>,
    pub(super) errors: Vec<Error>,
}

impl Checker {
    pub(super) fn place(&self, range: &Range<usize>) -> Option<Place> {
        Some(self.source.place(self.origin.of_range(range)?))
    }

    /// Notes where a key stands and parses its value; an error is kept with the place.
    pub(super) fn parse<T>(
        &mut self,
        path: &str,
        text: &At<String>,
        parse: impl FnOnce(&str) -> Result<T>,
    ) -> Option<T> {
        self.ranges.insert(path.to_owned(), text.range.clone());
        match parse(&text.value) {
            Ok(value) => Some(value),
            Err(error) => {
                // A stand-in is never wrong by itself; were it, nobody wrote it.
                if let Some(place) = self.place(&text.range) {
                    self.errors.push(error.at(Some(place)));
                }
                None
            }
        }
    }

    pub(super) fn parse_option<T>(
        &mut self,
        path: &str,
        text: Option<&At<String>>,
        parse: impl FnOnce(&str) -> Result<T>,
    ) -> Option<T> {
        text.and_then(|text| self.parse(path, text, parse))
    }

    /// Whether a value is in the text, rather than for one that is missing.
    fn is_written(&self, text: &At<String>) -> bool {
        self.origin.of_range(&text.range).is_some()
    }

    /// Refuses a text of digits without quotes: YAML readers, Helm among them, take it for a number.
    pub(super) fn quoted(&mut self, what: &str, text: &At<String>) {
        let range = self.origin.of_range(&text.range).unwrap_or_default();
        let raw = self.source.text().get(range).unwrap_or_default();
        if !raw.starts_with(['"', '\'']) {
            let place = self.place(&text.range);
            self.errors.push(
                Error::new(Code::UNQUOTED, format!("{what} stands without quotes"))
                    .why("YAML takes such a text for a number: 012345678901 becomes 1.2345678901e+10, and a leading zero is lost.")
                    .fix(format!("Write \"{raw}\", with the quotes."))
                    .at(place),
            );
        }
    }
}

/// Checks a document. Gives all problems, and the spec without the installs that have any, if the rest will do.
pub(super) fn checked(document: &SpecDocument, source: Source, origin: Origin) -> (Option<Spec>, Vec<Error>) {
    let mut checker = Checker { source, origin, ranges: BTreeMap::new(), errors: Vec::new() };
    checker.parse("apiVersion", &document.api_version, api_version);
    let name = checker.parse("name", &document.name, SpecName::parse);
    let id = checker.parse_option("id", document.id.as_ref(), SpecId::parse);
    let previous_name = checker.parse_option("previousName", document.previous_name.as_ref(), SpecName::parse);
    let retired = document.retired.iter().filter_map(|name| checker.parse("retired", name, BucketName::parse_existing));
    let retired = retired.collect();
    let cloud = super::check_cloud::cloud(&mut checker, document);
    let (kms_key, former_keys) = super::aws::check_encryption::keys(&mut checker, document, cloud.as_ref());
    let adopt = document
        .adopt
        .iter()
        .filter_map(|name| checker.parse("adopt", name, |text| IamName::parse(IamNameKind::Role, text)))
        .collect();
    let accept = super::check_accept::accepted(&mut checker, document);
    if let Some(identity) = &document.identity {
        checker.ranges.insert("identity".to_owned(), identity.range.clone());
    }
    if let Some(first) = document.installs.first() {
        checker.ranges.insert("installs".to_owned(), first.profile.range.clone());
    }
    let installs: Vec<Install> = document
        .installs
        .iter()
        .enumerate()
        .filter_map(|(index, doc)| {
            let whole = [&doc.profile, &doc.chart_version].into_iter().all(|key| checker.is_written(key));
            install(&mut checker, document, cloud.as_ref(), index, doc).filter(|_| whole)
        })
        .collect();
    if document.installs.is_empty() {
        checker.errors.push(
            Error::new(Code::MISSING_KEY, "the spec has no installs").fix("Add at least one entry below `installs`."),
        );
    }
    distinct_ids(&mut checker, &installs);
    tags(&mut checker, &document.tags);
    let defaults = document.bucket_defaults.as_ref();
    let Checker { source, origin, ranges, errors } = checker;
    let ranges = ranges.into_iter().filter_map(|(key, range)| Some((key, origin.of_range(&range)?))).collect();
    let spec = match (name, cloud) {
        (Some(name), Some(cloud)) => Some(Spec {
            name,
            says_id: id.is_some(),
            id,
            new_id: None,
            previous_name,
            retired,
            cloud,
            kms_key,
            former_keys,
            bucket_defaults: BucketDefaults {
                namespace: defaults.and_then(|d| d.namespace).unwrap_or_default(),
                tls_only: defaults.and_then(|d| d.tls_only).unwrap_or(document.cloud.provider.value == Provider::Aws),
                abort_uploads_after_days: defaults.and_then(|d| d.abort_uploads_after_days).unwrap_or(7),
            },
            adopt,
            accept,
            tags: document.tags.clone(),
            installs,
            places: Places { source, ranges },
        }),
        _ => None,
    };
    (spec, errors)
}

fn api_version(text: &str) -> Result<()> {
    if text == API_VERSION {
        return Ok(());
    }
    Err(Error::new(Code::WRONG_VALUE, format!("`{text}` is not a version of this format"))
        .fix(format!("Write `apiVersion: {API_VERSION}`.")))
}

fn install(
    checker: &mut Checker,
    document: &SpecDocument,
    cloud: Option<&Cloud>,
    index: usize,
    doc: &InstallDocument,
) -> Option<Install> {
    let at = |key: &str| format!("installs[{index}].{key}");
    checker.ranges.insert(format!("installs[{index}]"), doc.profile.range.clone());
    checker.ranges.insert(at("profile"), doc.profile.range.clone());
    let id_text = doc.id.as_ref().unwrap_or(&doc.profile);
    let id = checker.parse(&at("id"), id_text, DnsLabel::install_id);
    let chart_version = checker.parse(&at("chartVersion"), &doc.chart_version, chart_version);
    let release = checker.parse_option(&at("release"), doc.release.as_ref(), DnsLabel::release);
    let namespace = checker.parse_option(&at("namespace"), doc.namespace.as_ref(), DnsLabel::namespace);
    let below = checker.parse_option(&at("below"), doc.below.as_ref(), below);
    let identity = identity(checker, document, index, doc);
    for (key, first) in [
        ("buckets", doc.buckets.values().next().map(|bucket| &bucket.range)),
        ("serviceAccounts", doc.service_accounts.values().next().map(|name| &name.range)),
        ("secretNames", doc.secret_names.values().next().map(|name| &name.range)),
        ("options", doc.options.values().next().map(|value| &value.range)),
    ] {
        // A whole mapping is pointed at by its first value.
        if let Some(range) = first {
            checker.ranges.insert(at(key), range.clone());
        }
    }
    let mut buckets = BTreeMap::new();
    for (purpose, bucket) in &doc.buckets {
        if let Some(choice) = bucket_choice(checker, cloud, &at(&format!("buckets.{purpose}")), bucket) {
            buckets.insert(purpose.clone(), choice);
        }
    }
    let mut names = |key: &str, what: &'static str, given: &BTreeMap<String, At<String>>| {
        let parse = |(name, text): (&String, &At<String>)| {
            let path = at(&format!("{key}.{name}"));
            Some((name.clone(), checker.parse(&path, text, |text| DnsName::parse(what, text))?))
        };
        given.iter().filter_map(parse).collect()
    };
    let service_accounts = names("serviceAccounts", "ServiceAccount", &doc.service_accounts);
    let secret_names = names("secretNames", "Secret", &doc.secret_names);
    for (option, value) in &doc.options {
        checker.ranges.insert(at(&format!("options.{option}")), value.range.clone());
    }
    let credentials = doc
        .credentials
        .as_ref()
        .map(|doc| credentials(checker, document.cloud.provider.value, &at("credentials"), doc))
        .unwrap_or_default();
    let roles = doc.roles.or(document.roles).unwrap_or_default();
    let whose = (document.cloud.provider.value, cloud);
    let attach = doc
        .attach_policies
        .as_ref()
        .map(|list| attach(checker, whose, roles, &at("attachPolicies"), list))
        .unwrap_or_default();
    Some(Install {
        id: id?,
        profile: doc.profile.value.clone(),
        chart_version: chart_version?,
        release,
        namespace,
        below: below.unwrap_or_default(),
        identity: identity?,
        roles,
        buckets,
        options: doc.options.iter().map(|(name, value)| (name.clone(), value.value.clone())).collect(),
        service_accounts,
        secret_names,
        credentials,
        attach,
        index,
    })
}

/// The key of an umbrella chart below which a chart's values are: names of subcharts, joined by dots.
///
/// Source: Helm, "Subcharts and Global Values".
///
/// # Errors
/// `BW0203` with the rule.
pub fn below(text: &str) -> Result<Vec<String>> {
    let keys: Vec<String> = text.split('.').map(str::to_owned).collect();
    let is_name = |key: &String| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        !key.is_empty() && key != "global" && key.bytes().all(plain)
    };
    if keys.iter().all(is_name) {
        return Ok(keys);
    }
    Err(Error::new(Code::WRONG_VALUE, format!("`{text}` is not the key of a subchart"))
        .why("An umbrella gives a subchart what is below its name or alias, and `global` to all of them.")
        .fix("Write the name or alias that the umbrella's Chart.yaml has for the chart; join keys by dots for a chart inside of another."))
}

fn identity(checker: &mut Checker, document: &SpecDocument, index: usize, doc: &InstallDocument) -> Option<Identity> {
    if let Some(identity) = &doc.identity {
        checker.ranges.insert(format!("installs[{index}].identity"), identity.range.clone());
        return Some(identity.value);
    }
    if let Some(identity) = &document.identity {
        checker.ranges.insert(format!("installs[{index}].identity"), identity.range.clone());
        return Some(identity.value);
    }
    if document.cloud.provider.value == Provider::S3 {
        // The only one that there is.
        return Some(Identity::StaticKeys);
    }
    let place = checker.place(&doc.profile.range);
    checker.errors.push(
        Error::new(Code::MISSING_KEY, "neither the spec nor this install says which identity to use")
            .fix(match document.cloud.provider.value {
                Provider::Gcp | Provider::Azure => {
                    "Add `identity: workload-identity` (or static-keys) at the top or here."
                }
                _ => "Add `identity: irsa` (or pod-identity, node-role, static-keys) at the top or here.",
            })
            .at(place),
    );
    None
}

fn chart_version(text: &str) -> Result<Version> {
    Version::parse(text.trim_start_matches('v')).map_err(|_| {
        Error::new(Code::WRONG_VALUE, format!("`{text}` is not a full chart version"))
            .why("Charts differ from one patch version to the next, so the whole version must be known.")
            .fix("Write three numbers, such as `9.9.1`; `helm search repo` shows them.")
    })
}

fn bucket_choice(
    checker: &mut Checker,
    cloud: Option<&Cloud>,
    path: &str,
    bucket: &At<BucketDocument>,
) -> Option<BucketChoice> {
    checker.ranges.insert(path.to_owned(), bucket.range.clone());
    let (name, existing, versioning) = match &bucket.value {
        BucketDocument::Wanted(true) => return Some(BucketChoice::Default),
        BucketDocument::Wanted(false) => return Some(BucketChoice::Unwanted),
        BucketDocument::Named(name) => (name, false, None),
        BucketDocument::Detailed(details) => (&details.name, details.existing, details.versioning),
    };
    let parsed = match cloud {
        Some(cloud) if existing => cloud.existing_bucket(name),
        None if existing => BucketName::parse_existing(name),
        Some(cloud) => cloud.bucket_name(name),
        // The cloud's own errors come first; a name that no cloud takes is wrong all the same.
        None => BucketName::parse_of_store(name),
    };
    match parsed {
        Ok(name) => Some(BucketChoice::Named { name, existing, versioning }),
        Err(error) => {
            let place = checker.place(&bucket.range);
            checker.errors.push(error.at(place));
            None
        }
    }
}

fn distinct_ids(checker: &mut Checker, installs: &[Install]) {
    for (position, install) in installs.iter().enumerate() {
        if installs[..position].iter().any(|earlier| earlier.id == install.id) {
            let place = checker.ranges.get(&format!("installs[{}].id", install.index)).and_then(|r| checker.place(r));
            checker.errors.push(
                Error::new(Code::DUPLICATE_ID, format!("two installs have the id `{}`", install.id))
                    .why("The id names the output folder and the IAM resources.")
                    .fix("Give one of them an `id` of its own.")
                    .at(place),
            );
        }
    }
}

/// Source: IAM API reference, Tag; the narrower of IAM's and S3's rules.
fn tags(checker: &mut Checker, tags: &BTreeMap<String, String>) {
    let allowed = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    for (key, value) in tags {
        let why = if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            "A tag's key has 1 to 128 characters and its value at most 256."
        } else if !key.chars().chain(value.chars()).all(allowed) {
            "Tags hold letters, digits, blanks and `_.:/=+-@`."
        } else if key.starts_with("aws:") || key.starts_with("bucketwright:") {
            "Tags that begin with `aws:` or `bucketwright:` are reserved."
        } else {
            continue;
        };
        checker.errors.push(Error::new(Code::WRONG_VALUE, format!("the tag `{key}` cannot be used")).why(why));
    }
}
