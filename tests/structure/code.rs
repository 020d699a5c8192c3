//! The project's code without its comments and texts.

use std::fs;

use crate::harness::{project, tree};

/// A file of `src/`.
pub struct Code {
    /// Its path from the project's folder.
    pub path: String,
    /// The module of `src/` that it belongs to.
    pub module: String,
    /// Its code; comments and the contents of texts are left out.
    pub text: String,
    /// How many lines it has.
    pub lines: usize,
}

/// Every file of `src/`.
pub fn of_the_project() -> Vec<Code> {
    let src = project().join("src");
    let names: Vec<String> = tree(&src).into_keys().filter(|name| name.ends_with(".rs")).collect();
    assert!(names.len() > 20, "src/ is not where it was");
    names
        .into_iter()
        .map(|name| {
            let whole = fs::read_to_string(src.join(&name)).expect("a file of src/");
            let module = name.split(['/', '.']).next().unwrap_or_default().to_owned();
            Code { path: format!("src/{name}"), module, text: bare(&whole), lines: whole.lines().count() }
        })
        .collect()
}

impl Code {
    /// The names that follow the crate's root in paths: `crate::NAME`, also within braces, and in a module's own file `super::NAME`.
    pub fn names_from_the_root(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut roots = vec!["crate::", "bucketwright::"];
        let is_module_file =
            self.path == format!("src/{}/mod.rs", self.module) || self.path == format!("src/{}.rs", self.module);
        if is_module_file {
            roots.push("super::");
        }
        for root in roots {
            for (at, _) in self.text.match_indices(root) {
                names.extend(heads(&self.text[at + root.len()..]));
            }
        }
        names
    }
}

/// The first name of a path, or of each path in a group in braces.
fn heads(text: &str) -> Vec<String> {
    let Some(group) = text.strip_prefix('{') else {
        return vec![identifier(text)];
    };
    let mut names = Vec::new();
    let mut depth = 0;
    let mut fresh = true;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && !c.is_whitespace() => {
                names.push(identifier(&group[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    names
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Code without comments and without what stands in texts and characters.
fn bare(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) =
            raw_text(rest).filter(|_| !out.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        {
            length
        } else if c == '"' {
            quoted(rest, '"')
        } else if c == '\'' && (rest.starts_with("'\\") || rest.chars().nth(2) == Some('\'')) {
            // A character, not a lifetime.
            quoted(rest, '\'')
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        rest = &rest[skipped..];
    }
    out
}

/// The length of the raw text that begins here.
fn raw_text(text: &str) -> Option<usize> {
    let after = text.strip_prefix('r')?;
    let signs = after.chars().take_while(|c| *c == '#').count();
    let inner = after[signs..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(signs));
    Some(1 + signs + 1 + inner.find(&end)? + end.len())
}

/// The length of the quoted text that begins here.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[test]
#[allow(clippy::needless_raw_string_hashes, reason = "the text holds a raw string itself")]
fn comments_and_texts_are_left_out() {
    let code = r##"let a = "x // \" y"; // crate::no
let b = r#"crate::"no""#; let c = '"'; /* crate::no */ fn f<'a>(x: &'a str) { crate::yes(x) } use crate::{one, two::{three}, four};"##;
    let code = Code { path: "src/x/y.rs".into(), module: "x".into(), text: bare(code), lines: 2 };
    assert_eq!(code.names_from_the_root(), ["yes", "one", "two", "four"]);
    assert!(code.text.contains("fn f<'a>(x: &'a str)"), "{}", code.text);
}
