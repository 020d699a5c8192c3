//! Checks of typed answers by the spec's own rules, so that there is one set of rules.

use semver::Version;
use serde_json::{Value, json};

use crate::base::error::{Code, Error, Result};
use crate::base::names::Region;
use crate::profile::Profile;
use crate::spec::{API_VERSION, Spec};

/// Whether a text can be a cluster's name.
///
/// # Errors
/// What the spec says of it.
pub(super) fn cluster_name(region: &Region, text: &str) -> Result<()> {
    cluster(region, &json!({"name": text}))
}

/// Whether a text is the ARN of a role in the region's partition.
///
/// # Errors
/// What the spec says of it.
pub(super) fn node_role(region: &Region, text: &str) -> Result<()> {
    cluster(region, &json!({"name": "cluster", "nodeRole": text}))
}

/// Whether a text is an OIDC issuer.
///
/// # Errors
/// What the spec says of it.
pub(super) fn issuer(region: &Region, text: &str) -> Result<()> {
    cluster(region, &json!({"name": "cluster", "oidcIssuer": text}))
}

/// Whether an answer can stand below `cloud` on Azure, whatever the others are.
///
/// # Errors
/// What the spec says of it.
pub(super) fn on_azure(key: &str, answer: &Value) -> Result<()> {
    let mut cloud = json!({
        "provider": "azure",
        "subscription": "00000000-0000-0000-0000-000000000000",
        "resourceGroup": "group",
        "storageAccount": "account",
        "location": "westeurope",
    });
    cloud[key] = answer.clone();
    good(&cloud)
}

/// Whether an answer can stand below `cloud` on Google Cloud, whatever the others are.
///
/// # Errors
/// What the spec says of it.
pub(super) fn on_google(key: &str, answer: &Value) -> Result<()> {
    let mut cloud = json!({"provider": "gcp", "project": "project", "location": "europe-west2"});
    cloud[key] = answer.clone();
    good(&cloud)
}

fn cluster(region: &Region, cluster: &Value) -> Result<()> {
    // The region was asked before, and confirmed if it is not known.
    good(&json!({"provider": "aws", "region": region, "allowUnknownRegion": true, "cluster": cluster}))
}

/// Whether a path names a file of certificates, as the spec reads it.
///
/// # Errors
/// What is wrong with the file.
pub(super) fn authority(path: &str) -> Result<()> {
    let store = json!({"provider": "s3", "endpoint": "https://store.example.com", "region": "us-east-1", "ca": path});
    let spec = Spec::parse("check", &smallest(&store)).and_then(crate::files::input::with_authority);
    spec.map(drop).map_err(|error| without_place(&error))
}

/// Puts a cloud into the smallest spec and reads that.
pub(super) fn good(cloud: &Value) -> Result<()> {
    Spec::parse("check", &smallest(cloud)).map(drop).map_err(|error| without_place(&error))
}

fn smallest(cloud: &Value) -> String {
    let spec = json!({
        "apiVersion": API_VERSION,
        "name": "check",
        "cloud": cloud,
        "identity": "static-keys",
        "installs": [{"profile": "check", "chartVersion": "1.0.0"}],
    });
    crate::base::yaml::write(&crate::base::yaml::Node::Leaf(spec, None))
}

/// The same error without the place, which lies in a text that the user never saw.
pub(super) fn without_place(error: &Error) -> Error {
    let same = error.all().map(|error| {
        let mut same = Error::new(error.code().clone(), error.what());
        if let Some(why) = error.reason() {
            same = same.why(why);
        }
        if let Some(fix) = error.remedy() {
            same = same.fix(fix);
        }
        same
    });
    Error::join(same.collect()).unwrap_or_else(|| error.clone())
}

/// The chart version that a text means, if the profile covers it.
///
/// # Errors
/// `BW0105` when it is no full version, `BW0304` when the profile does not cover it.
pub(super) fn chart_version(profile: &Profile, text: &str) -> Result<Version> {
    let chart = &profile.about.chart;
    let version = Version::parse(text.trim_start_matches('v')).map_err(|_| {
        Error::new(Code::WRONG_VALUE, format!("`{text}` is not a full chart version"))
            .fix(format!("Type three numbers, such as {}.", chart.default))
    })?;
    if chart.versions.contains(&version) {
        return Ok(version);
    }
    Err(Error::new(
        Code::UNCOVERED_VERSION,
        format!("the profile `{}` does not cover chart version {version}", profile.name()),
    )
    .why(format!("It knows the versions {}; others may have other keys.", chart.versions))
    .fix(format!("Choose one in that range, such as {}.", chart.default)))
}

/// A spec's name made from a folder's name, if one can be made.
pub(super) fn proposal(folder: &str) -> Option<String> {
    let mapped: String =
        folder.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(32).collect();
    let parts: Vec<&str> = mapped.split('-').filter(|part| !part.is_empty()).collect();
    let name = parts.join("-").trim_start_matches(|c: char| !c.is_ascii_lowercase()).to_owned();
    crate::base::names::SpecName::parse(&name).ok().map(|name| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_and_roles_follow_the_specs_rules() {
        let region = Region::parse("cn-north-1").expect("region");
        assert!(cluster_name(&region, "prod").is_ok());
        assert!(cluster_name(&region, "-prod").expect_err("dash").place().is_none());
        assert!(node_role(&region, "arn:aws-cn:iam::012345678901:role/nodes").is_ok());
        let error = node_role(&region, "arn:aws:iam::012345678901:role/nodes").expect_err("partition");
        assert_eq!(error.code(), &Code::OTHER_PARTITION);
        assert!(issuer(&region, "http://x").is_err());
    }

    #[test]
    fn a_folder_gives_a_name() {
        for (folder, name) in
            [("Acme Prod", Some("acme-prod")), ("2024_infra", Some("infra")), ("---", None), ("tmp.x7", Some("tmp-x7"))]
        {
            assert_eq!(proposal(folder).as_deref(), name, "{folder}");
        }
    }
}
