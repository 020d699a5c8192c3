//! Words of others in messages: made visible, without what could be a secret, and short.
//!
//! A spec, a profile, a chart, a cloud's answer or a program may say anything. What they say reaches terminals, which obey
//! control characters, and the logs of CI, which obey some lines.

/// How much of what a foreign program says is repeated.
const LONGEST: usize = 800;

/// A text in which nothing is obeyed: control characters but newline and tab, and characters that turn the direction of
/// writing or cannot be seen, become escapes such as `\u{1b}`.
///
/// Source: Unicode Technical Report 36, "Bidirectional Text Spoofing"; ECMA-48, which has C1 beside C0.
pub fn visible(text: &str) -> String {
    if !text.chars().any(is_hidden) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    shown
}

/// The same on one line: for a value that has no business with a second one.
pub fn one_line(text: &str) -> String {
    visible(text).replace('\n', "\\n")
}

/// What the lines of GitHub's and Azure DevOps' runners begin with that are orders; the first anywhere in a line.
///
/// Source: GitHub, "Workflow commands for GitHub Actions"; Azure Pipelines, "Logging commands".
pub const ORDERS: [&str; 2] = ["##[", "##vso["];

/// A text without lines that a CI service takes for orders.
pub fn without_orders(text: String) -> String {
    let ordered = |line: &str| line.trim_start().starts_with("::");
    if !text.lines().any(ordered) && !ORDERS.iter().any(|order| text.contains(order)) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive('\n') {
        if ordered(line) { shown.push_str(&line.replacen("::", r"\u{3a}:", 1)) } else { shown.push_str(line) }
    }
    ORDERS.iter().fold(shown, |shown, order| shown.replace(order, &order.replacen('#', r"\u{23}", 1)))
}

/// Whether a character acts on a terminal or a reader instead of being seen.
pub fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{61c}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// What a program of others said: visible, short, and without what looks like a token, a key or a password.
pub fn masked(words: &str) -> String {
    let text = visible(words.trim());
    let mut shown = String::with_capacity(text.len());
    let (mut secret_next, mut in_key) = (false, false);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.find(between).unwrap_or(rest.len()));
        let gap = after.find(|c| !between(c)).unwrap_or(after.len());
        if word.contains("-----BEGIN") {
            in_key = true;
        } else if word.contains("-----END") {
            in_key = false;
        }
        let hide = !word.is_empty() && (in_key || secret_next || looks_secret(word));
        shown.push_str(if hide { "…" } else { word });
        shown.push_str(&after[..gap]);
        if !word.is_empty() {
            // `token: x`, `password=x`, `\"id_token\":\"x\"`, `Authorization: Bearer x`
            let named = names_a_secret(word) && after[..gap].contains([':', '=', '"', '\'']);
            secret_next = named || word.eq_ignore_ascii_case("bearer") || (secret_next && is_scheme(word));
        }
        rest = &after[gap..];
    }
    if shown.len() <= LONGEST {
        return shown;
    }
    format!("{} […]", &shown[..shown.floor_char_boundary(LONGEST)])
}

fn between(c: char) -> bool {
    c.is_whitespace() || "\"'`{}[]()<>,;:=&?@|\\".contains(c)
}

fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "token"].contains(&word.to_ascii_lowercase().as_str())
}

/// Whether a word says that the next one is a secret.
fn names_a_secret(word: &str) -> bool {
    const NAMES: [&str; 10] =
        ["token", "secret", "password", "passwd", "pwd", "authorization", "bearer", "basic", "signature", "accesskey"];
    let lower = word.to_ascii_lowercase().replace(['-', '_', '.'], "");
    NAMES.iter().any(|name| lower.ends_with(name)) || lower.ends_with("apikey") || lower.ends_with("privatekey")
}

/// Whether a word looks like a secret by itself.
fn looks_secret(word: &str) -> bool {
    const STARTS: [&str; 18] = [
        "eyJ",
        "ghp_",
        "gho_",
        "ghs_",
        "github_pat_",
        "glpat-",
        "xox",
        "hvs.",
        "k8s-aws-v1.",
        "ya29.",
        "sk-",
        "AIza",
        "dop_v1_",
        "npm_",
        "pypi-",
        "s.",
        "AGE-SECRET-KEY-",
        "shpat_",
    ];
    if word.len() >= 16 && STARTS.iter().any(|start| word.starts_with(start)) {
        return true;
    }
    // A long run of letters and digits in both cases, as keys in Base64 are. A path has more slashes, a name no digits.
    let has = |what: fn(&u8) -> bool| word.as_bytes().iter().any(&what);
    let slashes = word.bytes().filter(|byte| *byte == b'/').count();
    word.len() >= 30
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/_-.~%".contains(&byte))
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && !word.starts_with(['/', '.', '~'])
        && slashes * 12 <= word.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hidden_is_left() {
        assert_eq!(visible("plain äöü\n\ttext"), "plain äöü\n\ttext");
        assert_eq!(visible("a\u{1b}[2Jb\u{9b}31m\r\u{7}"), r"a\u{1b}[2Jb\u{9b}31m\u{d}\u{7}");
        assert_eq!(visible("\u{202e}gpj.exe\u{200b}\u{2066}\u{feff}"), r"\u{202e}gpj.exe\u{200b}\u{2066}\u{feff}");
        assert_eq!(one_line("a\n::error::x"), r"a\n::error::x");
    }

    #[test]
    fn what_looks_like_a_secret_is_left_out() {
        let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln";
        for (words, secret) in [
            (format!("error: got {jwt} from server"), jwt),
            ("Authorization: Bearer abc.def".to_owned(), "abc.def"),
            ("Authorization: Basic dXNlcjpwYXNz".to_owned(), "dXNlcjpwYXNz"),
            ("{\"token\":\"hunter2\"}".to_owned(), "hunter2"),
            ("{\"SecretAccessKey\": \"hunter2\", \"a\": 1}".to_owned(), "hunter2"),
            (r#"stderr: "{\"id_token\": \"hunter2\"}\n""#.to_owned(), "hunter2"),
            ("password=hunter2&x=1".to_owned(), "hunter2"),
            ("--token=hunter2".to_owned(), "hunter2"),
            ("AWS_SECRET_ACCESS_KEY=hunter2".to_owned(), "hunter2"),
            ("key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY given".to_owned(), "wJalr"),
            ("ghp_0123456789abcdefghij".to_owned(), "ghp_"),
            ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----".to_owned(), "MIIE"),
            ("X-Amz-Signature=abcdef0123".to_owned(), "abcdef0123"),
        ] {
            let shown = masked(&words);
            assert!(!shown.contains(secret) && shown.contains('…'), "{shown}");
        }
    }

    #[test]
    fn what_is_none_stays() {
        for plain in [
            "executable aws not found; no such file /home/me/.kube/cache/Aa1/Bb2/Cc3/Dd4/Ee5/Ff6",
            "arn:aws:iam::012345678901:role/acme-prod-gitlab-registry is not authorized",
            "request id 6f1e6f9e-0d5f-4a52-9a6b-0f6d0d3c1a2b",
            "the token has expired",
            "values don't meet the specifications of the schema(s): global.appConfig.objectStore.connection",
        ] {
            assert_eq!(masked(plain), plain);
        }
        assert!(masked(&"many words ".repeat(1000)).len() < 900);
    }
}
