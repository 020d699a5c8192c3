//! Hides what may be a secret in the text of a spec, so that no message that shows a line can show one.
//!
//! The masked text is only ever shown, never read, so hiding too much does no harm.

use std::iter::repeat_n;

use crate::base::secret::looks_secret;

/// What the names of keys hold below which a secret may stand, in lower case and without `-` and `_`.
const WORDS: [&str; 5] = ["credential", "secret", "accesskey", "password", "token"];

/// The keys that are in `credentials`.
const KEYS: [&str; 3] = ["accessKeyId", "secretAccessKey", "components"];

/// The text with everything below such keys masked, but for other keys and references, and everywhere what looks like a
/// secret: one may have been put where a name belongs. Every byte keeps its place.
pub(super) fn masked(text: &str) -> String {
    without_logins(&without_lookalikes(&without_credentials(text)))
}

/// The text with what stands before an `@` in an address masked: a user, and often its password.
fn without_logins(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(scheme) = rest.find("://") {
        let (before, address) = rest.split_at(scheme + 3);
        out.push_str(before);
        let end = address.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(address.len());
        let login = address[..end].rfind('@').unwrap_or_default();
        out.extend(repeat_n('*', login));
        rest = &address[login..];
    }
    out + rest
}

fn without_lookalikes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(is_plain) {
        let bare = word.trim_end_matches(is_plain).trim_end_matches(':');
        // What follows the scheme of a reference counts, and what stands between other signs.
        let hidden = bare.split(':').any(|part| looks_secret(part) && !part.starts_with('/'));
        let length = if hidden { bare.len() } else { 0 };
        out.extend(repeat_n('*', length));
        out.push_str(&word[length..]);
    }
    out
}

/// What stands between words.
fn is_plain(c: char) -> bool {
    c.is_whitespace() || "\"'{}[],".contains(c)
}

fn without_credentials(text: &str) -> String {
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
    let mut first = true;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if is_plain(c) { c.len_utf8() } else { rest.find(is_plain).unwrap_or(rest.len()) };
        let word = &rest[..length];
        let key = word.strip_suffix(':').unwrap_or(word);
        let is_key = (first && key.len() < length && may_be_shown(key)) || KEYS.contains(&key);
        if is_plain(c) || is_key || [":", "-", "#"].contains(&word) || is_reference(word) {
            out.push_str(word);
        } else {
            out.extend(repeat_n('*', length));
        }
        first &= is_plain(c);
        rest = &rest[length..];
    }
}

/// Whether a key is one of those that belong here, a slip of the finger away from one, or short enough for a component's name.
fn may_be_shown(key: &str) -> bool {
    KEYS.iter().any(|known| strsim::levenshtein(known, key) <= 2)
        || (key.len() <= 16 && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
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
            ("credentials:\n  Hush1: env:A", "credentials:\n  ****** env:A"),
            ("credentials:\n  hushhushhushhushhush: env:A", "credentials:\n  ********************* env:A"),
            ("endpoint: https://me:hu,sh/@h@minio.example.com", "endpoint: https://***********@minio.example.com"),
            ("a: http://b\nendpoint: \"s3://hush@h\" # a@b", "a: http://b\nendpoint: \"s3://****@h\" # a@b"),
            ("AKIAIOSFODNN7EXAMPLE: x", "********************: x"),
            ("  - {AKIAIOSFODNN7EXAMPLE: x}", "  - {********************: x}"),
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
