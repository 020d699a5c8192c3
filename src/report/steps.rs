//! The steps of a plan in words: what is alike stands in one line, and what stays as it is is counted.

use console::Style;

use super::Screen;
use super::layout::{folded, hanging};
use crate::base::names::Kind;
use crate::model::{Change, Plan, Step, Verb};

/// The widest column of kinds.
const WIDEST_KIND: usize = 18;

/// Steps of one kind to which the same is done.
struct Group<'a> {
    verb: Verb,
    kind: Kind,
    names: Vec<&'a str>,
    /// What is done, and what is said of it.
    words: Vec<String>,
    skipped: Vec<String>,
    note: Option<&'a str>,
}

impl<'a> Group<'a> {
    fn of<C: Change>(step: &'a Step<C>, detailed: bool) -> Self {
        let words = step.changes.iter().map(Change::words);
        let words = if detailed { words.collect() } else { words.filter_map(|words| short(step, &words)).collect() };
        Self {
            verb: step.verb,
            kind: step.kind,
            names: vec![&step.name],
            words,
            skipped: step.skipped.clone(),
            note: step.note.as_deref(),
        }
    }

    /// Whether another says the same of another name.
    fn is_like(&self, other: &Self) -> bool {
        (self.verb, self.kind, self.note) == (other.verb, other.kind, other.note)
            && self.verb != Verb::Refuse
            && (&self.words, &self.skipped) == (&other.words, &other.skipped)
    }

    /// Whether there is nothing to say of it.
    fn is_silent(&self) -> bool {
        self.verb == Verb::Keep && self.words.is_empty() && self.skipped.is_empty() && self.note.is_none()
    }

    /// What it is: how many of which kind, with the verb where the sign in front does not say it.
    fn head(&self) -> String {
        let verb = match self.verb {
            Verb::Adopt | Verb::Refuse => format!("{} ", self.verb.as_str()),
            Verb::Create | Verb::Change | Verb::Keep => String::new(),
        };
        let count = self.names.len();
        let number = if count > 1 { format!("{count} ") } else { String::new() };
        format!("{verb}{number}{}", word(self.kind, count))
    }
}

/// What a change adds to its line, which says already what is made and which name it has; `None` when that is nothing.
fn short<C>(step: &Step<C>, words: &str) -> Option<String> {
    if words.ends_with(step.name.as_str()) {
        return None;
    }
    let made = [step.kind.as_str(), word(step.kind, 1).as_str()]
        .into_iter()
        .find_map(|kind| words.strip_prefix("make the ")?.strip_prefix(kind));
    let Some(rest) = made else { return Some(words.to_owned()) };
    let rest = rest.trim_start_matches([',', ' ']);
    (!rest.is_empty() && !rest.starts_with('(')).then(|| rest.to_owned())
}

/// The kind of that many.
fn word(kind: Kind, count: usize) -> String {
    let one = match kind {
        Kind::OidcProvider => "OIDC provider",
        Kind::AccessKey => "access key",
        Kind::ServiceAccount => "service account",
        other => other.as_str(),
    };
    match (count, one.strip_suffix('y').filter(|_| one == "policy")) {
        (1, _) => one.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{one}s"),
    }
}

/// All steps, in their order.
pub(super) fn steps_text<C: Change>(plan: &Plan<C>, screen: Screen) -> String {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for step in &plan.steps {
        let group = Group::of(step, screen.detailed());
        let same = groups.iter_mut().find(|there| there.is_like(&group)).filter(|_| !screen.detailed());
        match same {
            Some(same) => same.names.extend(group.names),
            None => groups.push(group),
        }
    }
    let shown = |group: &&Group<'_>| screen.detailed() || !group.is_silent();
    let widest = groups.iter().filter(shown).map(|group| group.head().len()).max().unwrap_or_default();
    let column = widest.min(WIDEST_KIND);
    let mut out: String = groups.iter().filter(shown).map(|group| group_text(group, column, screen)).collect();
    if !screen.detailed() {
        out.push_str(&kept(&groups, screen));
    }
    out
}

fn group_text(group: &Group<'_>, column: usize, screen: Screen) -> String {
    let (sign, style) = sign(group.verb, screen);
    let head = format!("  {} {:<column$}  ", style.apply_to(sign), group.head());
    let mut out = hanging(&head, &folded(&group.names), screen.width());
    out.push('\n');
    let indent = " ".repeat(column + 6);
    let mut say = |text: &str| out.push_str(&format!("{}\n", hanging(&indent, text, screen.width())));
    if screen.detailed() {
        group.words.iter().for_each(|words| say(words));
    } else if !group.words.is_empty() {
        say(&group.words.join(" · "));
    }
    group.skipped.iter().for_each(|line| say(&format!("skipped: {line}")));
    group.note.iter().flat_map(|note| note.lines()).for_each(say);
    out
}

/// What stays as it is, in one line.
fn kept(groups: &[Group<'_>], screen: Screen) -> String {
    let mut kinds: Vec<(Kind, usize)> = Vec::new();
    for group in groups.iter().filter(|group| group.is_silent()) {
        match kinds.iter_mut().find(|(kind, _)| *kind == group.kind) {
            Some((_, count)) => *count += group.names.len(),
            None => kinds.push((group.kind, group.names.len())),
        }
    }
    if kinds.is_empty() {
        return String::new();
    }
    let words: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {}", word(*kind, *count))).collect();
    let (sign, style) = sign(Verb::Keep, screen);
    let head = format!("  {} ", style.apply_to(sign));
    format!("{}\n", hanging(&head, &format!("unchanged: {}", words.join(", ")), screen.width()))
}

fn sign(verb: Verb, screen: Screen) -> (&'static str, Style) {
    match verb {
        Verb::Create => ("+", screen.style().green()),
        Verb::Adopt | Verb::Change => ("~", screen.style().yellow()),
        Verb::Keep => ("=", screen.style().dim()),
        Verb::Refuse => ("✗", screen.style().red().bold()),
    }
}
