//! The picture of a profile, for its page: its proposed version with the first identity that works.

use super::drawn::picture;
use super::svg::svg;
use crate::base::error::{Code, Error, Result};
use crate::blueprint::blueprint;
use crate::profile::{Catalogue, Profile};
use crate::render::variants::{spec, variants_of};

/// The picture of a profile as SVG.
///
/// # Errors
/// When the profile's own data make no valid spec, or nothing of it works.
pub fn profile_picture(catalogue: &Catalogue, profile: &Profile) -> Result<String> {
    let mut refusal = None;
    for variant in variants_of(profile, std::slice::from_ref(&profile.about.chart.default)) {
        let title = format!(
            "Who may touch what: {} {} with {} on {}",
            profile.about.title,
            variant.version,
            variant.identity,
            variant.cloud.title()
        );
        match blueprint(spec(profile, &variant)?, catalogue, None) {
            Ok(blueprint) => return Ok(svg(&picture(&blueprint), &title)),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    Err(refusal.unwrap_or_else(|| {
        Error::new(Code::IDENTITY_UNSUPPORTED, format!("no identity of `{}` works anywhere", profile.name()))
    }))
}
