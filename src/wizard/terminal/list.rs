//! A list to choose from: what is typed filters it, what is rarely wanted is folded, and `?` explains.

use console::Key;

use super::Step;
use super::frame::{Frame, Room, Row, Tone, help, page, page_rows, rows, short, window};
use super::line::Line;
use crate::wizard::prompter::explained;
use crate::wizard::text::first_sentence;
use crate::wizard::{Item, Question};

/// A row to move to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Item(usize),
    /// Opens what is folded.
    Fold,
}

/// A list that is open.
#[derive(Debug)]
pub(super) struct List<'a> {
    question: &'a Question,
    items: &'a [Item],
    /// Which are marked, where several may be.
    marked: Option<Vec<bool>>,
    least: usize,
    filter: Line,
    unfolded: bool,
    at: usize,
    message: String,
    /// The first row of the explanation that is shown.
    explaining: Option<usize>,
}

impl<'a> List<'a> {
    /// A list of which one is chosen.
    pub(super) fn one(question: &'a Question, items: &'a [Item], default: Option<usize>) -> Self {
        let mut list = Self::new(question, items, None, 1);
        list.unfolded = default.is_some_and(|index| items[index].folded);
        let proposed = default.map(Entry::Item);
        list.at = list.entries().iter().position(|entry| Some(*entry) == proposed).unwrap_or_default();
        list
    }

    /// A list of which several are chosen, at least so many.
    pub(super) fn many(question: &'a Question, items: &'a [Item], default: &[usize], least: usize) -> Self {
        let marked = (0..items.len()).map(|index| default.contains(&index)).collect();
        let mut list = Self::new(question, items, Some(marked), least);
        list.unfolded = default.iter().any(|index| items[*index].folded);
        list
    }

    fn new(question: &'a Question, items: &'a [Item], marked: Option<Vec<bool>>, least: usize) -> Self {
        // A list that has nothing else is not folded.
        let unfolded = items.iter().all(|item| item.folded);
        let (filter, message) = (Line::default(), String::new());
        Self { question, items, marked, least, filter, unfolded, at: 0, message, explaining: None }
    }

    fn matching(&self) -> Vec<usize> {
        let wanted = self.filter.text().to_lowercase();
        let parts: Vec<&str> = wanted.split_whitespace().collect();
        let found = |item: &Item| {
            let text = format!("{} {}", item.word, item.marked()).to_lowercase();
            parts.iter().all(|part| text.contains(part))
        };
        (0..self.items.len()).filter(|index| found(&self.items[*index])).collect()
    }

    fn entries(&self) -> Vec<Entry> {
        let found = self.matching();
        let (folded, open): (Vec<usize>, Vec<usize>) = found.into_iter().partition(|index| self.items[*index].folded);
        let mut entries: Vec<Entry> = open.into_iter().map(Entry::Item).collect();
        match (self.unfolded || !self.filter.is_empty(), folded.is_empty()) {
            (true, _) => entries.extend(folded.into_iter().map(Entry::Item)),
            (false, false) => entries.push(Entry::Fold),
            (false, true) => {}
        }
        entries
    }

    fn entry(&self) -> Option<Entry> {
        self.entries().get(self.at).copied()
    }

    /// Does what a key means.
    pub(super) fn key(&mut self, key: &Key, room: Room) -> Step<Vec<usize>> {
        if let Some(from) = self.explaining {
            let (_, last) = page(&self.explanation(), from, room);
            self.explaining = (!last && *key != Key::Escape).then(|| from + page_rows(room));
            return Step::Open;
        }
        self.message.clear();
        let count = self.entries().len();
        match key {
            Key::ArrowDown | Key::Tab => self.at = if self.at + 1 < count { self.at + 1 } else { 0 },
            Key::ArrowUp | Key::BackTab => self.at = self.at.checked_sub(1).unwrap_or(count.saturating_sub(1)),
            Key::PageDown => self.at = (self.at + 8).min(count.saturating_sub(1)),
            Key::PageUp => self.at = self.at.saturating_sub(8),
            Key::Home => self.at = 0,
            Key::End => self.at = count.saturating_sub(1),
            Key::Escape if !self.filter.is_empty() => self.refilter(""),
            Key::Escape => return Step::Back,
            Key::Char('?') => self.explaining = Some(0),
            Key::Char(' ') if self.marked.is_some() => self.mark(),
            Key::Enter => return self.enter(),
            key => {
                if self.filter.key(key) {
                    self.at = 0;
                }
            }
        }
        Step::Open
    }

    fn refilter(&mut self, text: &str) {
        self.filter.set(text);
        self.at = 0;
    }

    fn blocked(&mut self, index: usize) -> bool {
        let Some(why) = &self.items[index].blocked else { return false };
        self.message = format!("{} is not possible: {why}", self.items[index].label);
        true
    }

    fn mark(&mut self) {
        match self.entry() {
            Some(Entry::Item(index)) => {
                if !self.blocked(index)
                    && let Some(mark) = self.marked.as_mut().and_then(|marked| marked.get_mut(index))
                {
                    *mark = !*mark;
                }
                // The next one is looked for in the whole list.
                if !self.filter.is_empty() && self.message.is_empty() {
                    self.filter.set("");
                    self.at = self.entries().iter().position(|entry| *entry == Entry::Item(index)).unwrap_or_default();
                }
            }
            Some(Entry::Fold) => self.unfolded = true,
            None => {}
        }
    }

    fn enter(&mut self) -> Step<Vec<usize>> {
        let chosen = self.chosen();
        match self.entry() {
            Some(Entry::Fold) if chosen.is_empty() || self.marked.is_none() => {
                self.unfolded = true;
                return Step::Open;
            }
            // Who has marked nothing, or has looked for one, means the one that the cursor is on.
            Some(Entry::Item(index))
                if self.marked.is_none() || chosen.len() < self.least || !self.filter.is_empty() =>
            {
                if self.blocked(index) {
                    return Step::Open;
                }
                let mut chosen = chosen;
                chosen.push(index);
                chosen.sort_unstable();
                chosen.dedup();
                return Step::Done(chosen);
            }
            None if self.marked.is_none() || chosen.len() < self.least => {
                self.message = format!("Nothing matches `{}`. Esc shows everything again.", self.filter.text());
                return Step::Open;
            }
            _ => {}
        }
        Step::Done(chosen)
    }

    fn chosen(&self) -> Vec<usize> {
        let marked = self.marked.iter().flatten().enumerate();
        marked.filter(|(_, marked)| **marked).map(|(index, _)| index).collect()
    }

    fn explanation(&self) -> String {
        explained(self.question, self.items)
    }

    /// What is shown of it.
    pub(super) fn view(&self, room: Room) -> Frame {
        if let Some(from) = self.explaining {
            return page(&self.explanation(), from, room).0;
        }
        let mut shown = self.head(room);
        let entries = self.entries();
        let mut below = self.detail(room);
        below.extend(short(Tone::Bad, 2, &self.message, room, 4));
        below.push(self.foot(&entries, room));
        let fits = room.height.saturating_sub(1 + shown.len() + below.len()).max(1);
        let lines: Vec<Vec<Row>> =
            entries.iter().enumerate().map(|(place, entry)| self.line(*entry, place == self.at, room)).collect();
        let heights: Vec<usize> = lines.iter().map(Vec::len).collect();
        let (from, to) = window(&heights, self.at, fits);
        shown.extend(lines.into_iter().skip(from).take(to - from).flatten());
        shown.extend(below);
        Frame { rows: shown, cursor: None }
    }

    fn head(&self, room: Room) -> Vec<Row> {
        let mut shown = rows(Tone::Bold, 2, &self.question.ask, room);
        if let Some(first) = shown.first_mut() {
            *first = vec![(Tone::Mark, "? ".to_owned()), (Tone::Bold, first[0].1.trim_start().to_owned())];
        }
        if let Some(last) = shown.last_mut().filter(|_| !self.filter.is_empty()) {
            last.push((Tone::Plain, format!("  {}", self.filter.view(20).0)));
        }
        shown.extend(help(&self.question.why, room));
        shown
    }

    fn line(&self, entry: Entry, here: bool, room: Room) -> Vec<Row> {
        let (label, mark) = match entry {
            Entry::Item(index) => {
                let mark = match self.marked.as_ref().map(|marked| marked[index]) {
                    Some(true) => "[x] ",
                    Some(false) => "[ ] ",
                    None => "",
                };
                (self.items[index].marked(), mark)
            }
            Entry::Fold => {
                let folded = self.items.iter().filter(|item| item.folded);
                let blocked = folded.clone().all(|item| item.blocked.is_some());
                let what = if blocked { "not possible here" } else { "rarely wanted, or not possible here" };
                (format!("{} more: {what}", folded.count()), "+ ")
            }
        };
        let tone = if here { Tone::Mark } else { Tone::Plain };
        let mut lines = rows(tone, 2, &format!("{mark}{label}"), room);
        if let Some((_, text)) = lines.first_mut().and_then(|row| row.first_mut()).filter(|_| here) {
            *text = format!("> {}", text.trim_start());
        }
        lines
    }

    /// A few words about the one that the cursor is on.
    fn detail(&self, room: Room) -> Vec<Row> {
        let Some(Entry::Item(index)) = self.entry() else { return Vec::new() };
        let reason = self.items[index].reason();
        if reason.is_empty() { Vec::new() } else { short(Tone::Dim, 4, first_sentence(reason), room, 2) }
    }

    fn foot(&self, entries: &[Entry], room: Room) -> Row {
        let keys = match (self.marked.is_some(), room.width < 72) {
            (false, false) => "Enter takes it, typing filters, Esc goes back, ? explains",
            (false, true) => "Enter: take, Esc: back, ?: explain",
            (true, false) => "Space marks, Enter continues, typing filters, Esc: back, ?: explain",
            (true, true) => "Space: mark, Enter: go on, Esc: back, ?: explain",
        };
        let found = entries.iter().filter(|entry| matches!(entry, Entry::Item(_))).count();
        let count = if found < self.items.len() && !self.filter.is_empty() || self.items.len() > 12 {
            format!("{found} of {}; ", self.items.len())
        } else {
            String::new()
        };
        super::frame::foot(&format!("{count}{keys}"), room)
    }
}
