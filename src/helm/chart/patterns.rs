//! Patterns of profiles over keys and names.

/// Whether a name fits one of the patterns between `|`, each with at most one `*`.
pub(super) fn fits(patterns: &str, name: &str) -> bool {
    patterns.split('|').any(|pattern| match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => {
            name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
        }
    })
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
