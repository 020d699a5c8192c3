//! Tries a profile: every cloud, identity, chart version, layout of roles and option, rendered and read back.

use semver::Version;
use serde_json::{Value, json};

use crate::base::error::{Code, Error, Result};
use crate::blueprint::blueprint;
use crate::model::{Blueprint, Facts};
use crate::profile::{Catalogue, Choice, ChoiceKind, Profile, in_range};
use crate::render::{Bundle, Content, FileKind, RenderOptions, render};
use crate::spec::{Identity, Provider, Roles, Spec};

/// One way to use a profile.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The cloud.
    pub cloud: Provider,
    /// The chart's version.
    pub version: Version,
    /// The identity.
    pub identity: Identity,
    /// The layout of roles.
    pub roles: Roles,
    /// Whether the optional buckets are used too.
    pub optional: bool,
    /// An option that differs from its default.
    pub option: Option<(String, Value)>,
}

impl std::fmt::Display for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let buckets = if self.optional { "all buckets" } else { "needed buckets" };
        write!(f, "{} {} {} {} {buckets}", self.version, self.cloud.as_str(), self.identity, self.roles.as_str())?;
        self.option.as_ref().map_or(Ok(()), |(name, value)| write!(f, " {name}={value}"))
    }
}

/// How a variant went.
#[derive(Debug)]
pub enum VariantResult {
    /// It rendered.
    Rendered(Box<(Blueprint, Bundle)>),
    /// One of the profile's own checks refuses it.
    Refused(Code),
}

/// Every variant of its example versions that the profile says works.
pub fn variants(profile: &Profile) -> Vec<Variant> {
    variants_of(profile, &profile.about.chart.examples)
}

/// Every variant of these versions that the profile says works.
pub fn variants_of(profile: &Profile, versions: &[Version]) -> Vec<Variant> {
    let mut all = Vec::new();
    for version in versions {
        let verdicts = Provider::ALL
            .into_iter()
            .flat_map(|cloud| profile.verdicts(cloud, version).into_iter().map(move |verdict| (cloud, verdict)));
        for (cloud, verdict) in verdicts.filter(|(_, verdict)| verdict.works) {
            for roles in [Roles::Shared, Roles::PerComponent] {
                for optional in [false, true] {
                    for option in options(profile, version) {
                        all.push(Variant {
                            cloud,
                            version: version.clone(),
                            identity: verdict.identity,
                            roles,
                            optional,
                            option,
                        });
                    }
                }
            }
        }
    }
    all
}

/// All options at their defaults, then one at a time at each other value.
pub(super) fn options(profile: &Profile, version: &Version) -> Vec<Option<(String, Value)>> {
    let known = profile.about.options.iter().filter(|choice| in_range(choice.charts.as_ref(), version));
    std::iter::once(None)
        .chain(known.flat_map(|choice| others(choice).into_iter().map(|value| Some((choice.name.clone(), value)))))
        .collect()
}

fn others(choice: &Choice) -> Vec<Value> {
    let all = match choice.kind {
        ChoiceKind::Bool => vec![json!(true), json!(false)],
        ChoiceKind::Choice => choice.choices.iter().map(|word| json!(word)).collect(),
        ChoiceKind::Text | ChoiceKind::List => Vec::new(),
    };
    all.into_iter().filter(|value| value != &choice.default.value).collect()
}

/// The spec of a variant.
///
/// # Errors
/// When the profile's own data make no valid spec.
pub fn spec(profile: &Profile, variant: &Variant) -> Result<Spec> {
    let components = profile.about.buckets.iter().flat_map(|bucket| bucket.access.keys());
    let names = components.map(|component| format!("-{component}")).chain([String::new()]);
    let identities: Vec<String> = names.map(|name| format!("trial-{}{name}", profile.name())).collect();
    let mut install = json!({"profile": profile.name(), "chartVersion": variant.version.to_string()});
    if variant.optional {
        let optional = profile
            .about
            .buckets
            .iter()
            .filter(|bucket| bucket.optional && in_range(bucket.charts.as_ref(), &variant.version));
        install["buckets"] =
            optional.map(|bucket| (bucket.purpose.clone(), json!(true))).collect::<serde_json::Map<_, _>>().into();
    }
    if variant.cloud == Provider::S3 {
        install["credentials"] = json!({"accessKeyId": "env:TRIAL_KEY_ID", "secretAccessKey": "env:TRIAL_SECRET"});
    }
    let known = profile.about.options.iter().filter(|choice| in_range(choice.charts.as_ref(), &variant.version));
    let examples = known.filter_map(|choice| Some((choice.name.clone(), choice.example.clone()?)));
    let mut options: serde_json::Map<_, _> = examples.collect();
    options.extend(variant.option.clone());
    if !options.is_empty() {
        install["options"] = options.into();
    }
    let spec = json!({
        "apiVersion": crate::spec::API_VERSION,
        "name": "trial",
        "cloud": variant.cloud.example(&identities),
        "identity": variant.identity,
        "roles": variant.roles.as_str(),
        "installs": [install]
    });
    Spec::parse("variant", &crate::base::yaml::write(&crate::base::yaml::Node::Leaf(spec, None)))
}

/// Renders a variant and reads every file back.
///
/// # Errors
/// Whatever goes wrong, but for a refusal by one of the profile's own checks.
pub fn run(catalogue: &Catalogue, profile: &Profile, variant: &Variant) -> Result<VariantResult> {
    let blueprint = match blueprint(spec(profile, variant)?, catalogue, None) {
        Ok(blueprint) => blueprint,
        Err(error) if refuses(profile, &error) => return Ok(VariantResult::Refused(error.code().clone())),
        Err(error) => return Err(error),
    };
    let bundle =
        render(&blueprint, &Facts::default(), &RenderOptions { placeholders: true, ..RenderOptions::default() })?;
    for (path, file) in bundle.files() {
        if let (FileKind::Values | FileKind::Config, true, Content::Public(text)) =
            (file.kind, std::path::Path::new(path).extension().is_some_and(|end| end == "yaml"), &file.content)
        {
            crate::base::yaml::read_back(text)
                .map_err(|why| Error::new(Code::NOT_READ_BACK, format!("{path} does not read back: {why}")))?;
        }
    }
    Ok(VariantResult::Rendered(Box::new((blueprint, bundle))))
}

/// Whether an error is the word of one of the profile's own checks.
pub(super) fn refuses(profile: &Profile, error: &Error) -> bool {
    profile.about.checks.iter().any(|check| check.code.value == error.code().as_str())
}
