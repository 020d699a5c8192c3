//! How much work a profile may ask for: it may come from anybody, and Tera alone would loop and double without end.

use std::cell::Cell;
use std::io::{Error, Write};

/// How long one text with expressions may be.
const LONGEST_TEXT: usize = 1 << 15;
/// How long one expression or tag may be.
const LONGEST_TAG: usize = 1 << 10;
/// How long a text may become.
const LONGEST_RESULT: usize = 1 << 20;
/// What all expressions of a profile may cost for one install, each time that it is computed or rendered; the largest profile costs
/// some thousands.
const MOST_WORK: usize = 100_000;
/// The tags that a text may hold: choices, and loops over what is there.
const TAGS: [&str; 6] = ["if", "elif", "else", "endif", "for", "endfor"];

/// What speaks against a text with expressions, if anything does. `bare`: it is an expression, without braces.
pub(super) fn objection(text: &str, bare: bool) -> Option<String> {
    if text.len() > LONGEST_TEXT {
        return Some(format!("it is longer than {} KiB", LONGEST_TEXT >> 10));
    }
    if bare {
        let open = unquoted(text);
        if let Some(brace) = ["{{", "}}", "{%", "%}", "{#", "#}"].into_iter().find(|brace| open.contains(brace)) {
            return Some(format!("`{brace}` is in it, and the whole text is an expression already"));
        }
        return too_long(text).or_else(|| (loops(text) > 1).then(nested));
    }
    let mut depth = 0_usize;
    for (kind, inside) in tags(text) {
        if let Some(why) = too_long(inside) {
            return Some(why);
        }
        let word = inside.trim_start_matches('-').split_whitespace().next().unwrap_or_default().trim_end_matches('-');
        let mut inner = loops(inside);
        if kind == '%' {
            if !TAGS.contains(&word) {
                return Some(format!("`{word}` is not one of the tags that a profile can use: {}", TAGS.join(", ")));
            }
            match word {
                "for" => {
                    depth += 1;
                    inner = inner.saturating_sub(1);
                }
                "endfor" => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if depth + inner > 1 {
            return Some(nested());
        }
    }
    None
}

fn too_long(tag: &str) -> Option<String> {
    (tag.len() > LONGEST_TAG).then(|| format!("one expression in it is longer than {} KiB", LONGEST_TAG >> 10))
}

fn nested() -> String {
    "a loop inside a loop".to_owned()
}

/// What each evaluation of a text costs: its tags, those in a loop as often as it may run.
pub(super) fn cost(text: &str, bare: bool) -> usize {
    let often = if bare { loops(text) > 0 } else { tags(text).any(|(_, inside)| loops(inside) > 0) };
    let tags = if bare { 1 } else { tags(text).count() };
    tags * if often { super::filters::MOST_ITEMS } else { 1 }
}

/// The expressions (`{`) and tags (`%`) of a text, without their braces; quoted text in them may hold braces.
fn tags(text: &str) -> impl Iterator<Item = (char, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.match_indices('{').map(|(at, _)| at).find(|at| rest[at + 1..].starts_with(['{', '%']))?;
        let kind = if rest[start + 1..].starts_with('%') { '%' } else { '{' };
        let inside = &rest[start + 2..];
        let end = end(inside, if kind == '%' { "%}" } else { "}}" });
        rest = inside.get(end + 2..).unwrap_or_default();
        Some((kind, &inside[..end]))
    })
}

/// The expressions and tags of a text.
pub(super) fn expressions(text: &str) -> Vec<&str> {
    tags(text).map(|(_, inside)| inside).collect()
}

fn end(inside: &str, close: &str) -> usize {
    let mut quote = None;
    for (at, c) in inside.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            None if "\"'`".contains(c) => quote = Some(c),
            None if inside[at..].starts_with(close) => return at,
            _ => {}
        }
    }
    inside.len()
}

/// How many loops an expression begins: the word `for` outside of quotes.
fn loops(tag: &str) -> usize {
    unquoted(tag).split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| *word == "for").count()
}

/// An expression with its quoted texts left empty.
pub(super) fn unquoted(tag: &str) -> String {
    let mut quote = None;
    let keep = tag.chars().filter(|c| match quote {
        Some(open) => {
            let ends = *c == open;
            if ends {
                quote = None;
            }
            ends
        }
        None => {
            quote = Some(*c).filter(|c| "\"'`".contains(*c));
            true
        }
    });
    keep.collect()
}

/// What is left of the work that a profile may ask for, for the install that is computed now.
#[derive(Debug)]
pub(super) struct Budget(Cell<usize>);

impl Default for Budget {
    fn default() -> Self {
        Self(Cell::new(MOST_WORK))
    }
}

impl Budget {
    /// Begins with another install, so that a spec may have as many as it likes.
    pub(super) fn renew(&self) {
        self.0.set(MOST_WORK);
    }

    /// Takes from it; `None` when that is more than there is.
    pub(super) fn take(&self, cost: usize) -> Option<()> {
        self.0.set(self.0.get().checked_sub(cost)?);
        Some(())
    }
}

/// A text that can grow only so far.
#[derive(Default)]
pub(super) struct Room(pub(super) Vec<u8>);

impl Write for Room {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST_RESULT {
            return Err(Error::other(format!("it gives more than {} KiB", LONGEST_RESULT >> 10)));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_in_loops_and_other_tags_are_refused() {
        for good in [
            "{% if a %}x{% elif b %}y{% else %}z{% endif %}",
            "{% for a in b %}{{ a }}{% endfor %}{%- for a in b -%}{{ a }}{%- endfor -%}",
            "wait for it: {{ 'for for' }}",
        ] {
            assert_eq!(objection(good, false), None, "{good}");
        }
        for bad in [
            "{% set a = a ~ a %}",
            "{%set a = 1%}",
            "{% for a in b %}{% for c in d %}{% endfor %}{% endfor %}",
            "{% for a in b %}{{ [x for x in a] }}{% endfor %}",
            "{% include 'x' %}",
            "{%- include 'x' -%}",
            "{{ '}}' }}{% raw %}",
        ] {
            assert!(objection(bad, false).is_some(), "{bad}");
        }
        assert_eq!(objection("[x for x in item]", true), None);
        assert!(objection("true %}{% set a = b %}{% if true", true).is_some());
        assert!(objection("[[y for y in x] for x in item]", true).is_some());
        assert!(objection(&"x ~ ".repeat(300), true).is_some());
    }

    #[test]
    fn each_install_has_its_own_budget() {
        let budget = Budget::default();
        for _ in 0..10_000 {
            budget.renew();
            assert_eq!(budget.take(5_000), Some(()));
        }
        budget.renew();
        assert_eq!((budget.take(MOST_WORK), budget.take(1)), (Some(()), None));
    }

    #[test]
    fn a_loop_costs_what_it_may_run() {
        assert_eq!((cost("a", true), cost("{{ a }}-{{ b }}", false)), (1, 2));
        assert_eq!(cost("{% for a in b %}{{ a }}{% endfor %}", false), 3 * crate::profile::filters::MOST_ITEMS);
    }
}
