//! Regions, partitions, accounts, ARNs and addresses.

use super::Kind;
use super::checked_text;
use super::regions::meant;
use crate::base::error::{Code, Error, Result};

/// An AWS partition. It follows from the region and is never typed by hand.
///
/// Source: botocore `partitions.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Partition {
    /// The commercial regions.
    Aws,
    /// The regions of China.
    China,
    /// The US government regions.
    UsGov,
    /// The European sovereign cloud.
    EuSovereign,
}

impl Partition {
    /// The word that is in ARNs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::China => "aws-cn",
            Self::UsGov => "aws-us-gov",
            Self::EuSovereign => "aws-eusc",
        }
    }

    /// The domain of the partition's endpoints.
    pub fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::UsGov => "amazonaws.com",
            Self::China => "amazonaws.com.cn",
            Self::EuSovereign => "amazonaws.eu",
        }
    }
}

impl std::fmt::Display for Partition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name of an AWS region, such as `eu-west-1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(pub(super) String);
checked_text!(Region);

impl Region {
    /// Checks the form of a region's name; a region that opens tomorrow passes too.
    ///
    /// # Errors
    /// `BW0202` when the text has not the form of a region.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = |fix: String| {
            Err(Error::new(Code::BAD_REGION, format!("`{text}` is not the name of a region"))
                .why("A region's name has the form `eu-west-1`; the partition is derived from it.")
                .fix(fix))
        };
        let zone = text.strip_suffix(|c: char| c.is_ascii_lowercase()).filter(|region| Self::has_form(region));
        if let Some(region) = zone.map(|region| Self(region.to_owned())) {
            let known = if region.is_known() { format!("its region is `{region}`.") } else { meant(region.as_str()) };
            return bad(format!("`{text}` has the form of an availability zone: {known}"));
        }
        if !Self::has_form(text) {
            return bad(meant(text));
        }
        if text.split('-').nth(1).is_some_and(|part| part.starts_with("iso")) {
            return bad(
                "It lies in an isolated partition, whose ARNs and domains bucketwright does not know.".to_owned()
            );
        }
        Ok(Self(text.to_owned()))
    }

    /// Checks the region name of an S3 server other than AWS, which is whatever its operator wrote: `garage`, `auto`, `home`.
    ///
    /// # Errors
    /// `BW0202` when a signature could not hold it.
    pub fn parse_of_store(text: &str) -> Result<Self> {
        let good =
            (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if good {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::new(Code::BAD_REGION, format!("`{text}` cannot be the region of an S3 server"))
            .why("It is a part of every signature: 1 to 64 letters, digits, `-` and `_`.")
            .fix("Write the word from the server's configuration, such as `us-east-1` (MinIO) or `garage` (Garage)."))
    }

    /// A location whose form its cloud has checked.
    pub(crate) fn checked(text: String) -> Self {
        Self(text)
    }

    /// `xx-words-1`: two to four letters, one or more words, a number.
    pub(crate) fn has_form(text: &str) -> bool {
        let parts: Vec<&str> = text.split('-').collect();
        let [first, middle @ .., last] = parts.as_slice() else { return false };
        let word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
        (2..=4).contains(&first.len())
            && word(first)
            && !middle.is_empty()
            && middle.iter().all(word)
            && (1..=2).contains(&last.len())
            && last.bytes().all(|b| b.is_ascii_digit())
    }

    /// The partition the region lies in.
    pub fn partition(&self) -> Partition {
        match self.0.split('-').collect::<Vec<_>>().as_slice() {
            ["cn", ..] => Partition::China,
            ["us", "gov", ..] => Partition::UsGov,
            ["eusc", ..] => Partition::EuSovereign,
            _ => Partition::Aws,
        }
    }

    /// Whether CreateBucket must send no LocationConstraint.
    ///
    /// Source: Amazon S3 API, CreateBucket.
    pub fn is_us_east_1(&self) -> bool {
        self.0 == "us-east-1"
    }
}

/// An AWS account id: 12 digits, kept as text because a leading zero counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);
checked_text!(AccountId);

impl AccountId {
    /// Checks an account id.
    ///
    /// # Errors
    /// `BW0203` when it is not 12 digits.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::new(Code::BAD_ACCOUNT, format!("`{text}` is not an account id"))
            .why("An account id is a text of 12 digits.")
            .fix(
                "`aws sts get-caller-identity --query Account` prints it; write it in quotes, as in \"012345678901\".",
            ))
    }
}

/// An Amazon Resource Name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn(String);
checked_text!(Arn);

impl Arn {
    /// Checks an ARN's form: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
    ///
    /// # Errors
    /// `BW0206` when a part is missing or odd.
    pub fn parse(text: &str) -> Result<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let good = parts.len() == 6
            && parts[0] == "arn"
            && ["aws", "aws-cn", "aws-us-gov", "aws-eusc"].contains(&parts[1])
            && !parts[2].is_empty()
            && (parts[4].is_empty() || AccountId::parse(parts[4]).is_ok() || parts[4] == "aws")
            && !parts[5].is_empty()
            && text.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"'`".contains(&b));
        if good {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::new(Code::BAD_ARN, format!("`{text}` is not an ARN"))
            .why("An ARN has six parts: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.")
            .fix("Copy it from AWS, such as `arn:aws:iam::012345678901:role/nodes`."))
    }

    /// The ARN of an IAM resource.
    pub fn iam(partition: Partition, account: &AccountId, kind: Kind, name: &str) -> Self {
        Self(format!("arn:{partition}:iam::{account}:{kind}/{name}"))
    }

    /// The ARN of an EKS cluster.
    pub fn eks_cluster(partition: Partition, region: &Region, account: &AccountId, name: &str) -> Self {
        Self(format!("arn:{partition}:eks:{region}:{account}:cluster/{name}"))
    }

    /// The ARN of a bucket.
    pub fn bucket(partition: Partition, bucket: &str) -> Self {
        Self(format!("arn:{partition}:s3:::{bucket}"))
    }

    /// The account, if the ARN names one.
    pub fn account(&self) -> Option<AccountId> {
        self.0.split(':').nth(4).and_then(|text| AccountId::parse(text).ok())
    }

    /// The name at its end, without a path: of `role/acme/nodes`, `nodes`.
    pub fn name(&self) -> &str {
        self.0.rsplit(['/', ':']).next().unwrap_or_default()
    }

    /// The partition's word.
    pub fn partition(&self) -> &str {
        self.0.split(':').nth(1).unwrap_or_default()
    }

    /// The service, such as `iam`.
    pub fn service(&self) -> &str {
        self.0.split(':').nth(2).unwrap_or_default()
    }

    /// The resource part, such as `role/nodes`.
    pub fn resource(&self) -> &str {
        self.0.splitn(6, ':').nth(5).unwrap_or_default()
    }
}

/// An OIDC issuer: an https URL without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Issuer(String);
checked_text!(Issuer);

impl Issuer {
    /// Checks an issuer's URL.
    ///
    /// # Errors
    /// `BW0207` when it is not an https URL, or ends with a slash.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = |why: &str| {
            Err(Error::new(Code::BAD_ISSUER, format!("`{text}` is not an OIDC issuer"))
                .why(why)
                .fix("`aws eks describe-cluster --name CLUSTER --query cluster.identity.oidc.issuer` prints it."))
        };
        let Some(rest) = text.strip_prefix("https://") else { return bad("An issuer is an https URL.") };
        if rest.is_empty() || rest.ends_with('/') || rest.contains(['?', '#', ' ', '<', '>', '"']) {
            return bad("An issuer is compared letter by letter, so it must have no trailing slash, query or blank.");
        }
        Ok(Self(text.to_owned()))
    }

    /// The issuer without `https://`: what is in the provider's ARN and in condition keys.
    pub fn host_path(&self) -> &str {
        &self.0["https://".len()..]
    }
}

/// The address of an S3 endpoint other than the region's own: `http(s)://HOST[:PORT]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint(String);
checked_text!(Endpoint);

impl Endpoint {
    /// Checks an endpoint.
    ///
    /// # Errors
    /// `BW0209` when the scheme is missing or another, when a path, a user or a bucket follows, or the port is no port.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = |why: &str, fix: String| {
            // What stands before an `@` may be a secret.
            let shown = text.rsplit_once('@').map_or_else(|| text.to_owned(), |(_, host)| format!("…@{host}"));
            Err(Error::new(Code::BAD_ENDPOINT, format!("`{shown}` is not an endpoint")).why(why).fix(fix))
        };
        let form = || "Write `https://HOST` or `https://HOST:PORT`.".to_owned();
        if text.contains('@') {
            return bad("A user or key has no place in an address: it would end up in every file and log.", form());
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return bad(
                "An endpoint begins with `https://` or `http://`.",
                format!("Write `https://{text}`, if it speaks TLS."),
            );
        };
        if !["https", "http"].contains(&scheme) {
            return bad(
                "An endpoint begins with `https://` or `http://`, in small letters.",
                format!("Write `https://{rest}`, if it speaks TLS."),
            );
        }
        if let Some((host, path)) = rest.split_once('/') {
            let why = if path.is_empty() {
                "A slash at the end is a path, and the charts join it to the bucket's name."
            } else {
                "An endpoint is a host with an optional port, without a path: clients put the bucket there."
            };
            return bad(why, format!("Write `{scheme}://{host}`."));
        }
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let known = match bare {
            Some(address) => address.parse::<core::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)),
        };
        if !known {
            return bad("An endpoint is a host with an optional port, without a path.", form());
        }
        if port.is_some_and(|port| port.parse::<u16>().map_or(true, |port| port == 0)) {
            return bad("A port is a number from 1 to 65535.", form());
        }
        Ok(Self(text.to_owned()))
    }

    /// The host, with the port if there is one.
    pub fn host(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, host)| host)
    }

    /// The host without the port.
    pub fn host_name(&self) -> &str {
        let host = self.host();
        match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => name,
            _ => host,
        }
    }

    /// Whether it speaks TLS.
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https://")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partition_follows_from_the_region() {
        for (region, partition, suffix) in [
            ("eu-west-1", "aws", "amazonaws.com"),
            ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
            ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
            ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
            ("ap-southeast-7", "aws", "amazonaws.com"),
        ] {
            let found = Region::parse(region).expect(region).partition();
            assert_eq!((found.as_str(), found.dns_suffix()), (partition, suffix));
        }
    }

    #[test]
    fn a_zone_is_told_from_a_region() {
        let error = Region::parse("eu-west-1a").expect_err("zone");
        assert!(error.remedy().is_some_and(|fix| fix.contains("`eu-west-1`")));
        for bad in ["", "europe", "eu-west", "EU-WEST-1", "eu west 1", "-1", "e-1", "eu-west-123"] {
            assert!(Region::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn account_ids_are_twelve_digits() {
        assert!(AccountId::parse("012345678901").is_ok());
        for bad in ["12345678901", "0123456789012", "01234567890a", "1.2345678901e+10"] {
            assert!(AccountId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn arns_with_stray_characters_are_refused() {
        assert!(Arn::parse("arn:aws:iam::012345678901:role/nodes").is_ok());
        for bad in
            ["arn:aws:s3:::bucket>", "arn:foo:iam::012345678901:role/x", "arn:aws:iam::1:role/x", "arn:aws:s3:::"]
        {
            assert!(Arn::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn issuers_and_endpoints_keep_to_their_form() {
        assert_eq!(
            Issuer::parse("https://oidc.eks.eu-west-1.amazonaws.com/id/AB").expect("ok").host_path(),
            "oidc.eks.eu-west-1.amazonaws.com/id/AB"
        );
        assert!(Issuer::parse("http://x").is_err());
        assert!(Issuer::parse("https://x/").is_err());
        assert_eq!(Endpoint::parse("http://minio.local:9000").expect("ok").host(), "minio.local:9000");
        assert_eq!(Endpoint::parse("https://[::1]:9000").expect("ok").host_name(), "[::1]");
        for (bad, word) in [
            ("minio.local:9000", "`https://minio.local:9000`"),
            ("ftp://minio.local", "`https://minio.local`"),
            ("HTTPS://minio.local", "`https://minio.local`"),
            ("https://minio.local/path", "`https://minio.local`"),
            ("https://minio.local/", "`https://minio.local`"),
            ("https://key:secret@minio.local", "HOST"),
            ("https://minio.local:99999", "HOST"),
            ("https://", "HOST"),
            ("https://[::zz]", "HOST"),
        ] {
            let error = Endpoint::parse(bad).expect_err(bad);
            assert!(error.remedy().is_some_and(|fix| fix.contains(word)), "{bad}: {error:?}");
        }
    }
}
