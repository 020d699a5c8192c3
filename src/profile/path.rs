//! Paths in a profile's tables: keys joined by dots; a key with dots or slashes is in `["…"]`.

use crate::base::error::{Code, Error, Result};

/// How many keys a path may have: far more than any chart nests.
const MOST_KEYS: usize = 32;

/// Splits a path into its keys.
///
/// # Errors
/// `BW0302` when a bracket does not hold a key in quotes, a key is empty, or there are too many. An item of a list has no
/// meaning yet: Helm replaces lists whole.
pub fn split_path(path: &str) -> Result<Vec<String>> {
    let bad = |why: &str| {
        Error::new(Code::BAD_PROFILE, format!("`{path}` is not a path")).why(why).fix(
            "Join keys by dots; write `[\"a.b/c\"]` for a key with dots, and the whole list as `value` for a list.",
        )
    };
    let mut keys = Vec::new();
    let mut rest = path;
    loop {
        let key;
        if let Some(inside) = rest.strip_prefix('[') {
            let Some(quoted) = inside.strip_prefix('"') else {
                return Err(bad("A bracket holds a key in quotes; the items of a list cannot be named."));
            };
            let end = quoted.find("\"]").ok_or_else(|| bad("A bracket is not closed."))?;
            (key, rest) = (&quoted[..end], &quoted[end + 2..]);
        } else {
            (key, rest) = rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()));
        }
        if key.is_empty() {
            return Err(bad("A key is empty."));
        }
        keys.push(key.to_owned());
        if keys.len() > MOST_KEYS {
            return Err(bad("It has more than 32 keys."));
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(keys),
            None if rest.starts_with('[') => {}
            None => return Err(bad("Behind a bracket comes a dot, another bracket, or the end.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_split_at_dots_outside_brackets() {
        let path = split_path(r#"global.serviceAccount.annotations["eks.amazonaws.com/role-arn"]"#).expect("path");
        assert_eq!(path, ["global", "serviceAccount", "annotations", "eks.amazonaws.com/role-arn"]);
        assert_eq!(split_path(r#"a["b.c"].d"#).expect("path"), ["a", "b.c", "d"]);
        assert_eq!(split_path(r#"a["b"]["c"]"#).expect("path"), ["a", "b", "c"]);
    }

    #[test]
    fn what_is_no_path_is_refused_and_ends() {
        let deep = ["a"; 33].join(".");
        for bad in [
            "",
            ".",
            "a..b",
            "a.",
            ".a",
            r#"a["b"#,
            "a[",
            "a[]",
            "a[99]",
            "a[0].b",
            "[",
            "[[",
            r#"a[""]"#,
            r#"a["b"]c"#,
            "a['b']",
            &deep,
        ] {
            assert!(split_path(bad).is_err(), "{bad}");
        }
    }
}
