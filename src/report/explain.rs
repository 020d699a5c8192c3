//! What is known of a code: its page, and the checks of profiles that carry it.

use std::fmt::Write;

use console::Style;
use serde_json::{Value, json};
use textwrap::{WordSeparator, WordSplitter};

use crate::base::error::{Code, ErrorKind, Page};
use crate::profile::{Check, CheckSeverity};

/// The width of a page.
const WIDTH: usize = 80;

/// What is known of one code.
#[derive(Clone, Debug)]
pub struct Explained<'a> {
    /// The code.
    pub code: Code,
    /// Its page, when it is a code of the program.
    pub page: Option<Page>,
    /// The profiles that use it for a check, each with that check.
    pub checks: Vec<(&'a str, &'a Check)>,
}

impl Explained<'_> {
    /// The first line of a list.
    fn title(&self) -> String {
        match (&self.page, self.checks.as_slice()) {
            (Some(page), _) => page.title.to_owned(),
            (None, []) => String::new(),
            (None, [(profile, check), more @ ..]) => {
                let profiles: Vec<&str> =
                    std::iter::once(*profile).chain(more.iter().map(|(profile, _)| *profile)).collect();
                let what = if more.is_empty() { readable(&check.what) } else { "see each of them".to_owned() };
                format!("{}: {what}", profiles.join(", "))
            }
        }
    }
}

/// One code as a page, or a list of several by their titles.
pub fn explained_text(all: &[Explained<'_>], whole: bool) -> String {
    let mut out = String::new();
    for one in all {
        if !whole {
            let title = wrapped(&one.title(), "        ");
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{}  {}", one.code, title.trim_start());
            continue;
        }
        if let Some(page) = &one.page {
            page_text(&mut out, page, one.code.kind());
        }
        if one.page.is_none() {
            let code = Style::new().bold().apply_to(&one.code);
            let _ = writeln!(out, "{code}  {}\n", wrapped(&one.title(), "        ").trim_start());
        }
        for (profile, check) in &one.checks {
            check_text(&mut out, profile, check);
        }
    }
    out.trim_end().to_owned() + "\n"
}

fn page_text(out: &mut String, page: &Page, kind: ErrorKind) {
    let bold = Style::new().bold();
    let _ = writeln!(out, "{}  {}\n", bold.apply_to(page.code), page.title);
    part(out, "Cause", &reflowed(page.cause));
    let _ = writeln!(out, "{}", bold.apply_to("Example"));
    for line in page.example.lines() {
        let _ = writeln!(out, "{}", format!("  {line}").trim_end());
    }
    out.push('\n');
    part(out, "Fix", &reflowed(page.fix));
    part(out, "Exit code", &format!("{}: {}.", kind.exit(), kind.words()));
}

fn check_text(out: &mut String, profile: &str, check: &Check) {
    let does = match check.severity {
        CheckSeverity::Refuse => "refuses",
        CheckSeverity::Warn => "remarks on",
    };
    let code = Style::new().bold().apply_to(&check.code.value);
    let _ = writeln!(out, "{code}  What the profile {profile} {does}.\n");
    part(out, "Message", &readable(&check.what));
    let charts = check.charts.as_ref().map(|charts| format!("\nfor charts {charts}")).unwrap_or_default();
    part(out, "When", &format!("{}{charts}", check.when.value.trim()));
    part(out, "Why", &readable(&check.why));
    part(out, "Fix", &readable(check.fix.as_deref().unwrap_or_default()));
    part(out, "Source", check.source.as_deref().unwrap_or_default());
}

fn part(out: &mut String, name: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}", Style::new().bold().apply_to(name));
    for line in text.lines() {
        let _ = writeln!(out, "{}", wrapped(line, "  "));
    }
    out.push('\n');
}

/// The paragraphs of Markdown, a line each: where their lines end in the page's source means nothing.
fn reflowed(text: &str) -> String {
    text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect::<Vec<_>>().join("\n")
}

fn wrapped(text: &str, indent: &str) -> String {
    let options = textwrap::Options::new(WIDTH)
        .initial_indent(indent)
        .subsequent_indent(indent)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

/// A profile's text as a person reads it: `{{ name }}` stands for what the user's spec says, `{% … %}` for a choice.
fn readable(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let tag = |open: &str, close: &str| from.strip_prefix(open).and_then(|inner| inner.split_once(close));
        if let Some((expression, after)) = tag("{{", "}}") {
            let _ = write!(out, "<{}>", expression.trim());
            rest = after;
        } else if let Some((_, after)) = tag("{%", "%}") {
            rest = after;
        } else {
            out.push('{');
            rest = &from[1..];
        }
    }
    out.push_str(rest);
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same for a program.
pub fn explained_json(all: &[Explained<'_>]) -> Value {
    let check = |(profile, check): &(&str, &Check)| {
        json!({
            "profile": profile,
            "refuses": check.severity == CheckSeverity::Refuse,
            "when": check.when.value,
            "charts": check.charts.as_ref().map(ToString::to_string),
            "what": check.what.value,
            "why": check.why,
            "fix": check.fix,
            "source": check.source,
        })
    };
    let one = |one: &Explained<'_>| {
        json!({
            "code": one.code.as_str(),
            "exit": one.code.kind().exit(),
            "title": one.title(),
            "cause": one.page.map(|page| page.cause),
            "example": one.page.map(|page| page.example),
            "fix": one.page.map(|page| page.fix),
            "checks": one.checks.iter().map(check).collect::<Vec<_>>(),
        })
    };
    json!({"version": 1, "codes": all.iter().map(one).collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn what_a_profile_says_reads_without_its_template() {
        assert_eq!(readable("no {{ a.b }} for{% if x %} lfs{% endif %} {c: 1}"), "no <a.b> for lfs {c: 1}");
        assert_eq!(readable("{{ open"), "{{ open");
    }
}
