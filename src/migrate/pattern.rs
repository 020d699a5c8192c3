//! Paths of `migration.yaml`: keys joined by dots, in which `*` stands for any one key, and at a key's end for any ending.
//! `["a.b/c"]` is a key with dots. `AWS_*` stands for the variables that say who an AWS SDK is and where it goes, and for no other.

use super::Old;
use crate::profile::split_path;

/// The keys of a path.
pub(super) fn keys(path: &str) -> Vec<String> {
    split_path(path).unwrap_or_else(|_| path.split('.').map(str::to_owned).collect())
}

/// How many keys of a path a pattern takes, if it fits the path or what is above it.
pub(super) fn covers(pattern: &str, path: &[String]) -> Option<usize> {
    let pattern = keys(pattern);
    let fits = pattern.len() <= path.len() && pattern.iter().zip(path).all(|(pattern, key)| fits(pattern, key));
    fits.then_some(pattern.len())
}

/// What a pattern finds, with its path.
pub(super) fn find<'a>(old: &'a Old, pattern: &str) -> Vec<(Vec<String>, &'a Old)> {
    let mut found = vec![(Vec::new(), old)];
    for part in keys(pattern) {
        found = found
            .into_iter()
            .flat_map(|(path, old)| {
                let below = old.entries().iter().filter(|(key, _)| fits(&part, key));
                below
                    .map(move |(key, old)| ([path.as_slice(), std::slice::from_ref(key)].concat(), old))
                    .collect::<Vec<_>>()
            })
            .collect();
    }
    found
}

/// The variables of AWS SDKs with credentials, a role, a profile, a region or an endpoint; others, such as `AWS_CA_BUNDLE`, go with no
/// store. A `*` at the end stands for any ending.
///
/// Source: docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html (Environment variables)
const AWS: [&str; 13] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL*",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_CREDENTIALS_*",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN*",
];

/// Whether a key, or a name, fits one part of a pattern.
pub(super) fn fits(pattern: &str, key: &str) -> bool {
    if pattern == "AWS_*" {
        return AWS.iter().any(|pattern| fits(pattern, key));
    }
    pattern.strip_suffix('*').map_or(pattern == key, |begin| key.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_one_key_or_an_ending() {
        let path = keys("global.appConfig.lfs.connection.secret");
        assert_eq!(covers("global.appConfig.*.connection", &path), Some(4));
        assert_eq!(covers("global.appConfig.*.bucket", &path), None);
        assert_eq!(covers("global.appConfig.lfs.connection.secret.more", &path), None);
        assert_eq!(covers("extraEnv.AWS_*", &keys("extraEnv.AWS_REGION")), Some(2));
        assert_eq!(covers("extraEnv.AWS_*", &keys("extraEnv.HOME")), None);
        for name in
            ["AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL_S3", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_PROFILE"]
        {
            assert!(fits("AWS_*", name), "{name}");
        }
        for name in ["AWS_CA_BUNDLE", "AWS_MAX_ATTEMPTS", "AWS_REGION_X", "AWS_", "AWS_USE_FIPS_ENDPOINT"] {
            assert!(!fits("AWS_*", name), "{name}");
        }
        let annotation = ["annotations".to_owned(), "eks.amazonaws.com/role-arn".to_owned()];
        assert_eq!(covers("annotations[\"eks.amazonaws.com/*\"]", &annotation), Some(2));
    }
}
