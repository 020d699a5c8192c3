//! The regions that AWS is known to have, and what was probably meant by others.

use super::Region;
use crate::base::error::{Code, Error, Result};

/// Name and place of each region whose partition this program knows.
///
/// Source: botocore 1.43.11, `endpoints.json`, `partitions[].regions`.
const KNOWN: [(&str, &str); 39] = [
    ("af-south-1", "Cape Town"),
    ("ap-east-1", "Hong Kong"),
    ("ap-east-2", "Taipei"),
    ("ap-northeast-1", "Tokyo"),
    ("ap-northeast-2", "Seoul"),
    ("ap-northeast-3", "Osaka"),
    ("ap-south-1", "Mumbai"),
    ("ap-south-2", "Hyderabad"),
    ("ap-southeast-1", "Singapore"),
    ("ap-southeast-2", "Sydney"),
    ("ap-southeast-3", "Jakarta"),
    ("ap-southeast-4", "Melbourne"),
    ("ap-southeast-5", "Malaysia"),
    ("ap-southeast-6", "New Zealand"),
    ("ap-southeast-7", "Thailand"),
    ("ca-central-1", "Canada"),
    ("ca-west-1", "Calgary"),
    ("eu-central-1", "Frankfurt"),
    ("eu-central-2", "Zurich"),
    ("eu-north-1", "Stockholm"),
    ("eu-south-1", "Milan"),
    ("eu-south-2", "Spain"),
    ("eu-west-1", "Ireland"),
    ("eu-west-2", "London"),
    ("eu-west-3", "Paris"),
    ("il-central-1", "Tel Aviv"),
    ("me-central-1", "UAE"),
    ("me-south-1", "Bahrain"),
    ("mx-central-1", "Mexico"),
    ("sa-east-1", "Sao Paulo"),
    ("us-east-1", "N. Virginia"),
    ("us-east-2", "Ohio"),
    ("us-west-1", "N. California"),
    ("us-west-2", "Oregon"),
    ("cn-north-1", "Beijing"),
    ("cn-northwest-1", "Ningxia"),
    ("us-gov-east-1", "GovCloud US-East"),
    ("us-gov-west-1", "GovCloud US-West"),
    ("eusc-de-east-1", "Germany"),
];

/// The letters and digits of a text, in small letters.
fn folded(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The known regions nearest to a text, by name or place: at most three, and none when it is far from all.
fn nearest(text: &str) -> Vec<&'static str> {
    let text = folded(text);
    // The letter of an availability zone is no part of the region's name.
    let without_zone = text.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(&text);
    let far = |(name, place): &(&'static str, &str)| {
        let by_name = |text: &str| strsim::damerau_levenshtein(text, &folded(name));
        let by_place = if folded(place) == text { 0 } else { usize::MAX };
        by_name(&text).min(by_name(without_zone)).min(by_place)
    };
    let near = KNOWN.iter().map(far).min().filter(|near| *near <= 2);
    KNOWN.iter().filter(|known| Some(far(known)) == near).map(|(name, _)| *name).take(3).collect()
}

/// `Did you mean …?`, where something is near, and what else would help.
pub(super) fn meant(text: &str) -> String {
    match nearest(text).as_slice() {
        [] => "Use a region such as `eu-west-1`, `us-gov-west-1` or `cn-north-1`.".to_owned(),
        near => format!("Did you mean `{}`?", near.join("` or `")),
    }
}

impl Region {
    /// The names of the regions that are known.
    pub fn known() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(name, _)| *name)
    }

    /// Whether AWS was known to have it when this program was made.
    pub fn is_known(&self) -> bool {
        KNOWN.iter().any(|(name, _)| *name == self.as_str())
    }

    /// Checks the name of a region that somebody typed: one that AWS is known to have.
    ///
    /// # Errors
    /// `BW0202` when the text has not the form of a region, or no known region has the name.
    pub fn parse_known(text: &str) -> Result<Self> {
        let region = Self::parse(text)?;
        if region.is_known() {
            return Ok(region);
        }
        let near = match nearest(text).as_slice() {
            [] => format!("Known: {}.", KNOWN.map(|(name, _)| name).join(", ")),
            _ => meant(text),
        };
        Err(Error::new(Code::BAD_REGION, format!("no region `{text}` is known"))
            .why("The name goes into endpoints, policies and bucket names, so a typing mistake in it is found late.")
            .fix(format!("{near} For a region that AWS opened after this version of bucketwright, add `allowUnknownRegion: true` below `cloud`.")))
    }

    /// The known region that the host of an AWS endpoint names, such as `oidc.eks.eu-west-1.amazonaws.com`.
    pub fn of_host(host: &str) -> Option<Self> {
        let host = host.split(['/', ':']).next().unwrap_or_default();
        let of_aws = [
            ".amazonaws.com",
            ".amazonaws.com.cn",
            ".amazonaws.eu",
            ".api.aws",
            ".api.amazonwebservices.com.cn",
            ".api.amazonwebservices.eu",
        ];
        of_aws.iter().any(|domain| host.ends_with(domain)).then_some(())?;
        host.split('.').filter_map(|label| Self::parse(label).ok()).find(Self::is_known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_mistakes_name_the_region_that_was_meant() {
        for (text, near) in [
            ("eu-wst-1", "`eu-west-1`?"),
            ("eu-wset-1", "`eu-west-1`?"),
            ("eu-wst-1a", "`eu-west-1`?"),
            ("EU-WEST-1", "`eu-west-1`?"),
            ("eu_west_1", "`eu-west-1`?"),
            ("euwest1", "`eu-west-1`?"),
            ("us-est-1", "`us-east-1` or `us-west-1`?"),
            ("eu-west-11", "`eu-west-1`?"),
            ("us-gov-wst-1", "`us-gov-west-1`?"),
            ("cn-norht-1", "`cn-north-1`?"),
            ("Ireland", "`eu-west-1`?"),
            ("frankfurt", "`eu-central-1`?"),
            ("xx-nowhere-1", "eusc-de-east-1."),
        ] {
            let error = Region::parse_known(text).expect_err(text);
            assert_eq!(error.code(), &Code::BAD_REGION);
            assert!(error.remedy().is_some_and(|fix| fix.contains(near)), "{text}: {:?}", error.remedy());
        }
        for (name, _) in KNOWN {
            assert!(Region::parse_known(name).is_ok(), "{name}");
        }
    }

    /// The partition of these is none of those that this program knows, so every ARN would be wrong.
    #[test]
    fn isolated_regions_are_refused() {
        for text in ["us-iso-east-1", "us-isob-west-1", "us-isof-south-1", "eu-isoe-west-1"] {
            assert!(Region::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hosts_name_their_region() {
        let of = |host: &str| Region::of_host(host).map(|region| region.to_string());
        assert_eq!(of("oidc.eks.us-east-1.amazonaws.com/id/AB").as_deref(), Some("us-east-1"));
        assert_eq!(of("bucket.vpce-1a.s3.eu-west-1.vpce.amazonaws.com:443").as_deref(), Some("eu-west-1"));
        assert_eq!(of("s3.cn-north-1.amazonaws.com.cn").as_deref(), Some("cn-north-1"));
        assert_eq!(of("s3.dualstack.cn-north-1.api.amazonwebservices.com.cn").as_deref(), Some("cn-north-1"));
        for none in ["oidc.example.com/eu-west-1", "eu-west-1.example.com", "s3.amazonaws.com", ""] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
