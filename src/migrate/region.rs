//! The region of buckets that are on S3 already, which the spec takes over.

use super::address::{bare, is_aws};
use super::pattern::keys;
use super::{FoundStore, MigrationOptions, Old, Where};
use crate::base::error::{Code, Error, Place, Result};
use crate::profile::Means;

/// Refuses a part whose buckets are on S3 in another region than the spec's: a spec has one, and the new values would name it.
///
/// # Errors
/// `BW1705`, with both regions.
pub(super) fn same(old: &Old, found: &[FoundStore<'_>], request: &MigrationOptions) -> Result<()> {
    for one in found.iter().filter(|one| one.place_of_objects == Where::Aws) {
        let other = said(old, one).into_iter().find(|(region, _)| *region != request.region);
        let Some((region, place)) = other else { continue };
        let name = format!("`{}/{}`", request.profile, one.name());
        return Err(Error::new(
            Code::CANNOT_STAY,
            format!("the buckets of {name} are on S3 in {region}, and `--region` says {}", request.region),
        )
        .why("They are taken over as they are. A bucket does not change its region, and a spec has one region for all of its buckets.")
        .fix(format!("Use `--region {region}`. If the other buckets must be in {}, copy those of {name} to that region first.", request.region))
        .at(place));
    }
    Ok(())
}

/// Whether anything says in which region the buckets of a part are.
pub(super) fn is_known(old: &Old, found: &FoundStore<'_>) -> bool {
    !said(old, found).is_empty()
}

/// The regions that the values say: in the endpoint's host, and in a setting of its own.
fn said(old: &Old, found: &FoundStore<'_>) -> Vec<(String, Option<Place>)> {
    let endpoint = found.told.iter().filter(|(sign, _)| sign.means == Means::Endpoint);
    let endpoint = endpoint.filter_map(|(_, path)| {
        let host = old.leaf(path, None)?.as_str()?;
        Some((of_host(host)?, old.at(path)?.place.clone()))
    });
    let settings = found.store.regions.iter().filter_map(|setting| {
        let path = keys(&setting.path);
        let region = old.leaf(&path, setting.default.as_ref())?.as_str().filter(|region| is_region(region))?;
        Some((region.to_owned(), old.at(&path).and_then(|leaf| leaf.place.clone())))
    });
    endpoint.chain(settings).collect()
}

/// The region in the host of an S3 endpoint; the global one, `s3.amazonaws.com`, has none.
///
/// Source: docs.aws.amazon.com/general/latest/gr/s3.html; AmazonS3/latest/userguide/VirtualHosting.html (dash Region endpoints)
fn of_host(host: &str) -> Option<String> {
    let name = bare(host).split(':').next().filter(|_| is_aws(host))?;
    let mut labels = name.rsplit('.').map(|label| label.strip_prefix("s3-").unwrap_or(label));
    labels.find(|label| is_region(label)).map(str::to_owned)
}

/// Whether a text is a region: `eu-west-1`, `us-gov-east-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    (2..=3).contains(&words.len())
        && words[0].len() == 2
        && words.iter().all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_says_its_region() {
        for (host, region) in [
            ("s3.us-west-2.amazonaws.com", Some("us-west-2")),
            ("https://s3.dualstack.eu-central-1.amazonaws.com:443/", Some("eu-central-1")),
            ("s3-fips.us-gov-east-1.amazonaws.com", Some("us-gov-east-1")),
            ("s3-ap-southeast-2.amazonaws.com", Some("ap-southeast-2")),
            ("s3.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
            ("eu-west-9.s3.us-east-1.amazonaws.com", Some("us-east-1")),
            ("s3.amazonaws.com", None),
            ("s3.us-west-2.example.com", None),
        ] {
            assert_eq!(of_host(host).as_deref(), region, "{host}");
        }
    }
}
