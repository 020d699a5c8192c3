//! Patterns of profiles over keys and names.

use crate::policy::matches;

/// Whether a name fits one of the patterns between `|`; in each `*` is any text.
pub(super) fn fits(patterns: &str, name: &str) -> bool {
    patterns.split('|').any(|pattern| matches(pattern, name))
}

/// Whether a path fits; `**` is any number of parts.
pub(super) fn fits_path(patterns: &[String], path: &[String]) -> bool {
    let Some((pattern, rest)) = patterns.split_first() else { return path.is_empty() };
    if pattern == "**" {
        return (0..=path.len()).any(|from| fits_path(rest, &path[from..]));
    }
    path.split_first().is_some_and(|(part, below)| fits(pattern, part) && fits_path(rest, below))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::split_path;

    #[test]
    fn a_star_is_any_text_and_may_be_there_twice() {
        for (patterns, name, fit) in [
            ("a*", "abc", true),
            ("*toolbox*", "gitlab-toolbox-backup", true),
            ("*toolbox*", "gitlab-webservice", false),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "abbc", true),
            ("a*bc", "abbc", true),
            ("ab*ba", "aba", false),
            ("x|*y", "why", true),
            ("*", "", true),
        ] {
            assert_eq!(fits(patterns, name), fit, "{patterns} {name}");
        }
    }

    #[test]
    fn two_stars_are_any_number_of_parts() {
        let fit = |patterns: &str, path: &str| {
            fits_path(&split_path(patterns).expect(patterns), &split_path(path).expect(path))
        };
        for path in ["a.env.X.value", "env.X.value", "a.b.c.env.X.value"] {
            assert!(fit("**.env.X|Y.value", path), "{path}");
        }
        for path in ["a.env.Z.value", "a.env.X", "a.env.X.value.more", "a.envs.X.value"] {
            assert!(!fit("**.env.X|Y.value", path), "{path}");
        }
        assert!(fit("a.**", "a") && fit("a.**", "a.b.c") && !fit("a.**", "b"));
        assert!(fit("a.*-config.b", "a.my-config.b") && !fit("a.*.b", "a.b"));
    }
}
