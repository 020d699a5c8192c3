//! The output folder compared with what would be rendered.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::ignore::Rules;
use super::{Folder, Protected, RECORD, private};
use crate::base::error::Result;
use crate::base::names::DnsLabel;
use crate::render::{Bundle, around_placeholders};

/// How a file differs from what would be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It is not there.
    Missing(String),
    /// It has another content; the lines that differ, unless it is private.
    Changed(String, Option<String>),
    /// An earlier run wrote it, and it no longer belongs.
    Superfluous(String),
}

/// What came of a comparison.
#[derive(Debug, Default)]
pub struct Comparison {
    /// What differs.
    pub differences: Vec<Difference>,
    /// Private files that are not there, as in a clone: they are kept out of version control.
    pub absent: Vec<String>,
}

/// What a comparison is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Comparing<'a> {
    /// Only this install was rendered.
    pub only: Option<&'a DnsLabel>,
    /// No secrets are wanted: that private files are not there is as it should be.
    pub placeholders: bool,
}

impl Folder {
    /// Whether any private file of a bundle is there.
    pub fn has_private(&self, bundle: &Bundle) -> bool {
        bundle.files().any(|(path, file)| file.content.is_private() && private::is_file(&self.spot(path)))
    }

    /// Compares the folder with a bundle. Of files that are encrypted or sealed again each time, only that they are there.
    ///
    /// # Errors
    /// `BW0802` when a private file is not private.
    pub fn compare(&self, protected: &Protected, comparing: Comparing<'_>) -> Result<Comparison> {
        let mut found = Comparison::default();
        let rules = self.rules()?;
        for (path, file) in protected.bundle.files() {
            let spot = self.spot(path);
            let is_private = file.content.is_private();
            let there = if is_private { private::read(&spot)? } else { private::read_public(&spot)? };
            let rendered = file.content.text();
            let difference = match there {
                None if is_private && (comparing.placeholders || rules.hide(path)) => {
                    found.absent.push(path.to_owned());
                    continue;
                }
                None => Difference::Missing(path.to_owned()),
                Some(_) if protected.fresh.contains(path) => continue,
                Some(text) if *text == rendered => continue,
                Some(text) if alike(&text, rendered) => continue,
                Some(_) if is_private => Difference::Changed(path.to_owned(), None),
                Some(text) => {
                    let diff = similar::TextDiff::from_lines(text.as_str(), rendered);
                    let lines = diff.unified_diff().context_radius(1).header("there", "rendered").to_string();
                    Difference::Changed(path.to_owned(), Some(lines))
                }
            };
            found.differences.push(difference);
        }
        if let Some(wrong) = wrong_rules(&rules, &protected.bundle) {
            found.differences.push(wrong);
        }
        found.differences.extend(self.wrong_record(&protected.bundle)?);
        let leftovers = self.leftovers(&protected.bundle, comparing.only)?.into_iter();
        found.differences.extend(leftovers.map(|leftover| Difference::Superfluous(leftover.path)));
        Ok(found)
    }
}

impl Folder {
    /// How the record fails to tell of the files that are here: then nothing tells what no longer belongs.
    fn wrong_record(&self, bundle: &Bundle) -> Result<Option<Difference>> {
        let here = bundle.files().map(|(path, _)| path).filter(|path| private::is_file(&self.spot(*path)));
        let Some(record) = self.record()? else {
            return Ok(here.take(1).last().map(|_| Difference::Missing(RECORD.to_owned())));
        };
        let mut lines = String::new();
        here.filter(|path| !record.has(path)).for_each(|path| lines.push_str(&format!("+{path}\n")));
        if record.odd > 0 {
            lines.push_str(&format!("-(lines that name no file of ours: {})\n", record.odd));
        }
        Ok((!lines.is_empty()).then(|| Difference::Changed(RECORD.to_owned(), Some(lines))))
    }
}

/// How the `.gitignore` of ours fails its files: it lets a private one through, or hides one that belongs in Git.
fn wrong_rules(rules: &Rules, bundle: &Bundle) -> Option<Difference> {
    if !rules.is_there() {
        let needed = bundle.files().any(|(_, file)| file.content.is_private());
        return needed.then(|| Difference::Missing(super::ignore::NAME.to_owned()));
    }
    let mut lines = String::new();
    for (path, file) in bundle.files().filter(|_| rules.are_ours()) {
        match (rules.hide(path), file.content.is_private()) {
            (false, true) => lines.push_str(&format!("+/{path}\n")),
            (true, false) => lines.push_str(&format!("-/{path}\n")),
            _ => {}
        }
    }
    (!lines.is_empty()).then(|| Difference::Changed(super::ignore::NAME.to_owned(), Some(lines)))
}

/// Whether two texts say the same but for keys: the rendered one has placeholders.
fn alike(there: &str, rendered: &str) -> bool {
    let (mut there, mut rendered) = (there.lines(), rendered.lines());
    loop {
        match (there.next(), rendered.next()) {
            (None, None) => return true,
            (Some(there), Some(rendered)) if there == rendered || fits(there, rendered) => {}
            _ => return false,
        }
    }
}

/// Whether a line is the rendered one with something in place of each placeholder, as it stands or in base64.
fn fits(there: &str, rendered: &str) -> bool {
    if let [first, middle @ .., last] = around_placeholders(rendered).as_slice() {
        let rest = there.strip_prefix(first).and_then(|rest| rest.strip_suffix(last));
        let after = |rest: &mut &str, part: &&str| rest.split_once(*part).map(|(_, after)| *rest = after).is_some();
        return rest.is_some_and(|mut rest| middle.iter().all(|part| after(&mut rest, part)));
    }
    let decoded = |line: &str| {
        let (key, value) = line.split_once(": \"")?;
        let bytes = STANDARD.decode(value.strip_suffix('"')?).ok()?;
        Some((key.to_owned(), Zeroizing::new(String::from_utf8(bytes).ok()?)))
    };
    match (decoded(there), decoded(rendered)) {
        (Some((key, there)), Some((same, rendered))) => key == same && alike_or_one(&there, &rendered),
        _ => false,
    }
}

/// As `alike`; where the rendered text is one placeholder, a key of several lines may stand for it.
fn alike_or_one(there: &str, rendered: &str) -> bool {
    around_placeholders(rendered) == ["", ""] || alike(there, rendered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_in_keys_alone_is_alike() {
        let encode = |text: &str| format!("  key: \"{}\"", STANDARD.encode(text));
        let placeholder = "PLACEHOLDER-acme-argo-secretAccessKey";
        for (there, rendered, same) in [
            ("a: \"b\"", "a: \"b\"", true),
            ("a: \"hush\"", &*format!("a: \"{placeholder}\""), true),
            ("b: \"hush\"", &*format!("a: \"{placeholder}\""), false),
            ("a: hush@x c", &*format!("a: {placeholder}@x c"), true),
            ("a: hush@y c", &*format!("a: {placeholder}@x c"), false),
            ("a: \"c\"", "a: \"b\"", false),
            ("a: \"hush\"\nb: 1", &*format!("a: \"{placeholder}\""), false),
            (&encode("x = 1\nk = hush\n"), &encode(&format!("x = 1\nk = {placeholder}\n")), true),
            (&encode("x = 2\nk = hush\n"), &encode(&format!("x = 1\nk = {placeholder}\n")), false),
            (&encode("{\n 1\n}"), &encode(placeholder), true),
            (&encode("x"), &encode("y"), false),
        ] {
            assert_eq!(alike(there, rendered), same, "{there}\n{rendered}");
        }
    }
}
