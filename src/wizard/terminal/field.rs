//! A text to type, with known answers that are found as one types.

use console::{Key, measure_text_width};

use super::Step;
use super::frame::{Frame, Room, Row, Tone, help, page, page_rows, rows, short, window};
use super::line::Line;
use crate::wizard::prompter::explained;
use crate::wizard::text::{explain, needed};
use crate::wizard::{Check, Question};

/// A text that is being typed.
pub(super) struct Field<'a> {
    question: &'a Question,
    default: Option<&'a str>,
    check: Check<'a>,
    line: Line,
    /// The known answer that the cursor is on.
    at: Option<usize>,
    message: String,
    /// Whether an answer was refused: from then on what is typed is checked with each key.
    refused: bool,
    explaining: Option<usize>,
}

impl<'a> Field<'a> {
    pub(super) fn new(question: &'a Question, default: Option<&'a str>, check: Check<'a>) -> Self {
        let line = Line::default();
        Self { question, default, check, line, at: None, message: String::new(), refused: false, explaining: None }
    }

    /// The known answers that hold what is typed.
    fn matching(&self) -> Vec<&'a str> {
        let wanted = self.line.text().to_lowercase();
        self.question.known.iter().map(String::as_str).filter(|known| known.to_lowercase().contains(&wanted)).collect()
    }

    /// Does what a key means.
    pub(super) fn key(&mut self, key: &Key, room: Room) -> Step<String> {
        if let Some(from) = self.explaining {
            let (_, last) = page(&explained(self.question, &[]), from, room);
            self.explaining = (!last && *key != Key::Escape).then(|| from + page_rows(room));
            return Step::Open;
        }
        let count = self.matching().len();
        match key {
            Key::Enter => return self.enter(),
            Key::Escape => return Step::Back,
            Key::ArrowDown if count > 0 => self.at = Some(self.at.map_or(0, |at| (at + 1) % count)),
            Key::ArrowUp if count > 0 => {
                self.at = Some(self.at.and_then(|at| at.checked_sub(1)).unwrap_or(count - 1));
            }
            Key::Char('?') if self.line.is_empty() => self.explaining = Some(0),
            // What is proposed can be edited.
            Key::Tab | Key::ArrowRight if self.line.is_empty() => self.line.set(self.default.unwrap_or_default()),
            key => {
                if self.line.key(key) {
                    // The first that fits is meant, where the known answers are likely all that there are.
                    let likely = !self.question.open && !self.line.is_empty() && !self.matching().is_empty();
                    self.at = likely.then_some(0);
                    self.judge();
                }
            }
        }
        Step::Open
    }

    /// Says what is wrong as it is typed, once something was.
    fn judge(&mut self) {
        self.message.clear();
        if self.refused {
            let text = self.line.text();
            let wrong = (self.check)(text.trim()).err().filter(|_| !text.trim().is_empty());
            self.message = wrong.map(|error| explain(&error)).unwrap_or_default();
        }
    }

    fn enter(&mut self) -> Step<String> {
        let typed = self.line.text().trim().to_owned();
        let text = match self.at.and_then(|at| self.matching().get(at).copied()) {
            // A name that is a part of another one is meant as it was typed.
            Some(known) if !self.question.known.contains(&typed) => known.to_owned(),
            _ if !typed.is_empty() => typed,
            _ => match self.default {
                Some(default) => default.to_owned(),
                None => {
                    self.message = match (self.check)("") {
                        Err(error) => needed(&error),
                        Ok(()) => "An answer is needed here: nothing can be proposed.".to_owned(),
                    };
                    return Step::Open;
                }
            },
        };
        match (self.check)(&text) {
            Ok(()) => Step::Done(text),
            Err(error) => {
                (self.message, self.refused) = (explain(&error), true);
                Step::Open
            }
        }
    }

    /// What is shown of it.
    pub(super) fn view(&self, room: Room) -> Frame {
        if let Some(from) = self.explaining {
            return page(&explained(self.question, &[]), from, room).0;
        }
        let mut shown = self.head(room);
        let place = shown.len() - 1;
        let start: usize = shown[place].iter().map(|(_, text)| measure_text_width(text)).sum();
        let (typed, column) = self.line.view(room.width.saturating_sub(start + 1));
        let proposed = self.default.filter(|default| self.line.is_empty() && !default.is_empty());
        match proposed {
            Some(default) => {
                let fits = room.width.saturating_sub(start + 1);
                shown[place].push((Tone::Dim, console::truncate_str(default, fits, "…").into_owned()));
            }
            None => shown[place].push((Tone::Plain, typed)),
        }
        let help = help(&self.question.why, room);
        let mut below = short(Tone::Bad, 2, &self.message, room, 5);
        below.push(self.foot(room));
        shown.extend(help);
        let fits = room.height.saturating_sub(1 + shown.len() + below.len()).min(8);
        shown.extend(self.offers(room, fits));
        shown.extend(below);
        Frame { rows: shown, cursor: Some((place, start + column)) }
    }

    /// The question; what is typed comes behind it, or on a row of its own where there is no room.
    fn head(&self, room: Room) -> Vec<Row> {
        let mut shown = rows(Tone::Bold, 2, &self.question.ask, room);
        if let Some(first) = shown.first_mut() {
            *first = vec![(Tone::Mark, "? ".to_owned()), (Tone::Bold, first[0].1.trim_start().to_owned())];
        }
        let used = shown.last().map_or(0, super::frame::width_of);
        match shown.last_mut() {
            Some(last) if used + 24 <= room.width => last.push((Tone::Dim, " · ".to_owned())),
            _ => shown.push(vec![(Tone::Dim, "  · ".to_owned())]),
        }
        shown
    }

    fn offers(&self, room: Room, fits: usize) -> Vec<Row> {
        let found = self.matching();
        if found.is_empty() || fits == 0 {
            return Vec::new();
        }
        let at = self.at.unwrap_or(0);
        let lines: Vec<Vec<Row>> = found
            .iter()
            .enumerate()
            .map(|(place, known)| {
                let here = self.at == Some(place);
                let mut lines = rows(if here { Tone::Mark } else { Tone::Plain }, 4, known, room);
                if let Some((_, text)) = lines.first_mut().and_then(|row| row.first_mut()).filter(|_| here) {
                    *text = format!("  > {}", text.trim_start());
                }
                lines
            })
            .collect();
        let heights: Vec<usize> = lines.iter().map(Vec::len).collect();
        let (from, to) = window(&heights, at.min(heights.len() - 1), fits);
        lines.into_iter().skip(from).take(to - from).flatten().collect()
    }

    fn foot(&self, room: Room) -> Row {
        let (found, all) = (self.matching().len(), self.question.known.len());
        let count = if all > 0 { format!("{found} of {all}; ") } else { String::new() };
        let takes = if self.default.is_some_and(|default| !default.is_empty()) { "Enter takes it, " } else { "" };
        let keys = match (all > 0, room.width < 72) {
            (false, _) => format!("{takes}Esc goes back, ? explains"),
            (true, false) => format!("{takes}typing filters, arrows choose, Esc: back, ?: explain"),
            (true, true) => "typing filters, Esc: back, ?: explain".to_owned(),
        };
        super::frame::foot(&format!("{count}{keys}"), room)
    }
}
