//! Hides what may be a secret in the text of a spec, so that no message that shows a line can show one.
//!
//! The masked text is only ever shown, never read, so hiding too much does no harm.

use std::iter::repeat_n;

/// What the names of keys hold below which a secret may stand, in lower case and without `-` and `_`.
const WORDS: [&str; 5] = ["credential", "secret", "accesskey", "password", "token"];

/// The text with everything below such keys masked, but for other keys and references. Every byte keeps its place.
pub(super) fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut below: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        if below.is_some_and(|key| ends(line, key)) {
            below = None;
        }
        if below.is_some() {
            hide(&mut out, line);
        } else if let Some((column, value)) = key(line) {
            out.push_str(&line[..value]);
            hide(&mut out, &line[value..]);
            below = Some(column);
        } else {
            out.push_str(line);
        }
    }
    out
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Whether a line ends the value of a key that stands at a column. Blank lines and comments do not; nor do the items of a
/// list, which may stand below the key itself.
fn ends(line: &str, column: usize) -> bool {
    match line.trim_start().chars().next() {
        None | Some('#') => false,
        Some('-') => indent(line) < column,
        Some(_) => indent(line) <= column,
    }
}

/// The first key of a line below which a secret may stand: its column, and where what follows its colon begins.
fn key(line: &str) -> Option<(usize, usize)> {
    for (colon, _) in line.match_indices(':') {
        let before = line[..colon].trim_end().trim_end_matches(['"', '\'']);
        let name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        let start = before.trim_end_matches(name).len();
        let name = before[start..].trim_start_matches('-').to_lowercase().replace(['-', '_'], "");
        if WORDS.iter().any(|word| name.contains(word)) {
            let before = line[..start].trim_end_matches(['"', '\'']);
            let is_first = before.trim_matches([' ', '-']).is_empty();
            return Some((if is_first { before.len() } else { indent(line) }, colon + 1));
        }
    }
    None
}

/// Writes a text with stars for its words, but for keys and references.
fn hide(out: &mut String, text: &str) {
    let plain = |c: char| c.is_whitespace() || "\"'{}[],".contains(c);
    let mut first = true;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if plain(c) { c.len_utf8() } else { rest.find(plain).unwrap_or(rest.len()) };
        let word = &rest[..length];
        let key = word.strip_suffix(':').unwrap_or(word);
        let is_key = (first && key.len() < length && key.bytes().all(|b| b.is_ascii_alphabetic()))
            || ["accessKeyId", "secretAccessKey", "components"].contains(&key);
        if plain(c) || is_key || [":", "-", "#"].contains(&word) || is_reference(word) {
            out.push_str(word);
        } else {
            out.extend(repeat_n('*', length));
        }
        first &= plain(c);
        rest = &rest[length..];
    }
}

/// Whether a word is a reference to a secret, rather than one that only begins like it.
fn is_reference(word: &str) -> bool {
    let Some((scheme, target)) = word.split_once(':') else { return false };
    match scheme {
        "env" => target.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'),
        "file" | "kube" => target.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./~".contains(&b)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_hidden() {
        for (text, shown) in [
            ("secretAccessKey: hush/1", "secretAccessKey: ******"),
            ("secretAccessKey : \"hush\"", "secretAccessKey : \"****\""),
            ("  secretAccesKey: hush\n  id: a", "  secretAccesKey: ****\n  id: a"),
            ("credentials:\n  accessKeyId: hush\nid: a", "credentials:\n  accessKeyId: ****\nid: a"),
            ("secretAccessKey:\n\n# why\n  hush\n- hush", "secretAccessKey:\n\n# ***\n  ****\n- ****"),
            (
                "- {id: a, credentials: {accessKeyId: hush,\n   b: hush}}",
                "- {id: a, credentials: {accessKeyId: ****,\n   b: ****}}",
            ),
            ("secretAccessKey: |\n  hush: hush\n  a1: hush", "secretAccessKey: *\n  hush: ****\n  *** ****"),
            ("client_token: 'hüsh'", "client_token: '*****'"),
            ("credentials: hush", "credentials: ****"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    #[test]
    fn references_and_everything_else_are_shown() {
        for text in [
            "credentials:\n  accessKeyId: env:ARGO_KEY_ID\n  secretAccessKey: \"file:/run/secrets/argo-1\"\n",
            "credentials: {accessKeyId: env:A, secretAccessKey: kube:ns/name/key}\n",
            "kmsKey: arn:aws:kms:eu-west-1:012345678901:key/1\n",
            "  - profile: gitlab # no secret here\n    chartVersion: 9.9.1\n",
        ] {
            assert_eq!(masked(text), text);
        }
        assert_eq!(masked("accessKeyId: env:hush/1"), "accessKeyId: **********");
    }
}
