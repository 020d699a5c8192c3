//! Which profile works with which identity on which cloud. The blueprint is asked, so the matrix says what a user would be
//! told, by the profile's identities and by its checks; there is no second table.

use semver::Version;
use serde_json::Value;

use super::variants::{Variant, options, refuses, spec};
use crate::base::error::{Code, Error, Result};
use crate::blueprint::blueprint;
use crate::profile::{Catalogue, ChartRange, Profile};
use crate::spec::{Identity, Provider, Roles};

/// A profile with an identity on a cloud.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The cloud.
    pub cloud: Provider,
    /// The identity.
    pub identity: Identity,
    /// Of the profile's example versions, those that work.
    pub versions: Vec<Version>,
    /// The versions that the profile says work, where it limits them.
    pub charts: Option<ChartRange>,
    /// The option without which it does not work.
    pub with: Option<(String, Value)>,
    /// The code of the refusal, where nothing works.
    pub code: Option<Code>,
    /// Why, or why not.
    pub why: String,
}

impl Cell {
    /// Whether it works with any version.
    pub fn works(&self) -> bool {
        !self.versions.is_empty()
    }
}

/// Every cloud and identity, with the verdict on a profile.
///
/// # Errors
/// When the profile's own data make no valid spec; a refusal is no error.
pub fn matrix(catalogue: &Catalogue, profile: &Profile) -> Result<Vec<Cell>> {
    let pairs = Provider::ALL.into_iter().flat_map(|cloud| Identity::ALL.map(|identity| (cloud, identity)));
    pairs.map(|(cloud, identity)| cell(catalogue, profile, cloud, identity)).collect()
}

/// What came of one version. Refusals are those of the defaults.
enum Tried {
    Works { option: Option<(String, Value)>, without: Option<Error> },
    Refused(Option<Error>),
}

/// One of them.
///
/// # Errors
/// As [`matrix`].
pub fn cell(catalogue: &Catalogue, profile: &Profile, cloud: Provider, identity: Identity) -> Result<Cell> {
    let mut versions = Vec::new();
    let (mut refusal, mut with) = (None, None);
    for version in &profile.about.chart.examples {
        match tried(catalogue, profile, cloud, identity, version)? {
            Tried::Works { option, without } => {
                versions.push(version.clone());
                (with, refusal) = (option, without.or(refusal));
            }
            Tried::Refused(error) => refusal = error.or(refusal),
        }
    }
    let mut supports = profile.about.identities.iter().filter(|one| one.cloud == cloud && one.identity == identity);
    let support = supports.find(|support| support.works);
    let charts = support.filter(|_| !versions.is_empty()).and_then(|support| support.charts.clone());
    let refused = |error: &Error| match (error.what(), error.reason()) {
        (_, Some(why)) if error.code() == &Code::IDENTITY_UNSUPPORTED => why.to_owned(),
        (what, Some(why)) => format!("{what} {why}"),
        (what, None) => what.to_owned(),
    };
    let reason = refusal.as_ref().map(refused).unwrap_or_default();
    let why = match support {
        Some(support) if !versions.is_empty() && with.is_none() => support.why.clone(),
        Some(support) if !versions.is_empty() => format!("{} Without the option: {reason}", support.why),
        _ => reason,
    };
    let code = refusal.filter(|_| versions.is_empty()).map(|error| error.code().clone());
    Ok(Cell { cloud, identity, versions, charts, with, code, why })
}

fn tried(
    catalogue: &Catalogue,
    profile: &Profile,
    cloud: Provider,
    identity: Identity,
    version: &Version,
) -> Result<Tried> {
    let mut refusal = None;
    for option in options(profile, version) {
        let (version, roles) = (version.clone(), Roles::Shared);
        let variant = Variant { cloud, version, identity, roles, optional: false, option: option.clone() };
        match blueprint(spec(profile, &variant)?, catalogue, None) {
            Ok(_) => return Ok(Tried::Works { option, without: refusal }),
            // No option makes up for an identity that the cloud or the chart does not know.
            Err(error) if error.code() == &Code::IDENTITY_UNSUPPORTED => {
                return Ok(Tried::Refused(Some(error)));
            }
            Err(error) if refuses(profile, &error) => refusal = refusal.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    Ok(Tried::Refused(refusal))
}
