//! Paths of `migration.yaml`: keys joined by dots, in which `*` stands for any one key, and at a key's end for any ending.
//! `["a.b/c"]` is a key with dots.

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

/// Whether a key, or a name, fits one part of a pattern.
pub(super) fn fits(pattern: &str, key: &str) -> bool {
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
        let annotation = ["annotations".to_owned(), "eks.amazonaws.com/role-arn".to_owned()];
        assert_eq!(covers("annotations[\"eks.amazonaws.com/*\"]", &annotation), Some(2));
    }
}
