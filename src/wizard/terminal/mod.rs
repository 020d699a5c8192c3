//! Questions on a terminal. What is open is drawn again after each key and vanishes with the answer, of which one line stays.
//! Everything is drawn on stderr.

mod field;
mod frame;
mod line;
mod list;
#[cfg(test)]
mod tests;

use std::io::{ErrorKind, IsTerminal};
use std::sync::atomic::{AtomicUsize, Ordering};

use console::{Emoji, Key, Style, Term};

use self::field::Field;
use self::frame::{Frame, Room, Tone, rows, width_of};
use self::list::List;
use super::prompter::labels;
use super::text::{WIDTH, wrapped};
use super::{Asked, Check, Item, Prompter, Question, Unanswered};
use crate::base::error::{Code, Error, Result, visible};

/// What a key came to.
enum Step<T> {
    /// The question is still open.
    Open,
    /// The question before it is wanted.
    Back,
    /// It is answered.
    Done(T),
}

/// The frame of what is still open, else what came of the key.
type Drawn<T> = std::result::Result<Frame, Step<T>>;

/// How many rows of an open question are above the cursor. One for the process, as its terminal is: whoever ends it, however
/// that comes, leaves no half of a question behind.
static ABOVE: AtomicUsize = AtomicUsize::new(NOTHING);
/// Shows the cursor.
const SHOWN: &str = "\u{1b}[?25h";
/// No question is open.
const NOTHING: usize = usize::MAX;

/// Removes what is left of an open question, and shows the cursor, which a list hides.
pub fn restore_terminal() {
    let term = Term::stderr();
    let above = ABOVE.swap(NOTHING, Ordering::SeqCst);
    if above != NOTHING {
        // There is nobody left to tell if the terminal is gone.
        let _ = term.write_str(&removal(above)).and_then(|()| term.show_cursor());
    }
}

/// What removes an open question of which so many rows are above the cursor.
fn removal(above: usize) -> String {
    match above {
        NOTHING => String::new(),
        0 => "\r\u{1b}[J".to_owned(),
        above => format!("\u{1b}[{above}A\r\u{1b}[J"),
    }
}

/// What Ctrl-C means.
pub fn interrupted() -> Error {
    Error::new(Code::INTERRUPTED, "interrupted; no spec was written")
        .fix("Run the same command again: it offers the answers that you gave.")
}

/// Asks with lists to move in and lines to type.
pub struct TerminalPrompter {
    term: Term,
    colour: bool,
    /// What is on the screen for a moment only: the width of each row up to the cursor.
    drawn: Vec<usize>,
}

impl std::fmt::Debug for TerminalPrompter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TerminalPrompter").field("term", &self.term).finish_non_exhaustive()
    }
}

impl TerminalPrompter {
    /// A prompter on the terminal, with colours or without.
    ///
    /// # Errors
    /// `BW0901` when stdin or stderr is no terminal.
    pub fn new(colour: bool) -> Result<Self> {
        let term = Term::stderr();
        if !term.is_term() || !std::io::stdin().is_terminal() {
            return Err(Error::new(Code::NO_TERMINAL, "there is no terminal to ask on")
                .why("The questions need a keyboard and a screen.")
                .fix("Use `--answers FILE` to answer from a file, `--defaults` to take what is proposed, or both."));
        }
        Ok(Self { term, colour, drawn: Vec::new() })
    }

    fn room(&self) -> Room {
        let (rows, columns) = self.term.size();
        Room::new(usize::from(rows), usize::from(columns))
    }

    fn paint(&self, tone: Tone, text: &str) -> String {
        let style = Style::new().for_stderr().force_styling(self.colour);
        let style = match tone {
            Tone::Plain => style,
            Tone::Bold => style.bold(),
            Tone::Dim => style.dim(),
            Tone::Mark => style.cyan(),
            Tone::Good => style.green(),
            Tone::Bad => style.red(),
        };
        style.apply_to(text).to_string()
    }

    fn painted(&self, rows: &[frame::Row]) -> String {
        let row = |row: &frame::Row| row.iter().map(|(tone, text)| self.paint(*tone, text)).collect::<String>();
        rows.iter().map(row).collect::<Vec<_>>().join("\n")
    }

    /// Removes what was drawn. The window may have become narrower, so that a row takes several lines now.
    fn erase(&mut self) {
        if ABOVE.swap(NOTHING, Ordering::SeqCst) == NOTHING {
            return;
        }
        let columns = usize::from(self.term.size().1).max(1);
        let lines = self.drawn.iter().map(|width| width.div_ceil(columns).max(1)).sum::<usize>();
        self.write(&removal(lines.saturating_sub(1)));
    }

    fn write(&self, text: &str) {
        // A terminal that is gone shows itself when the answer is read.
        let _ = self.term.write_str(text);
    }

    fn draw(&mut self, frame: &Frame) {
        self.erase();
        let last = frame.rows.len().saturating_sub(1);
        let mut text = format!("\u{1b}[?25l{}", self.painted(&frame.rows));
        let mut drawn: Vec<usize> = frame.rows.iter().map(width_of).collect();
        if let Some((row, column)) = frame.cursor {
            let up = if last > row { format!("\u{1b}[{}A", last - row) } else { String::new() };
            let right = if column > 0 { format!("\u{1b}[{column}C") } else { String::new() };
            text.push_str(&format!("{up}\r{right}\u{1b}[?25h"));
            drawn.truncate(row);
            drawn.push(column);
        }
        self.drawn = drawn;
        ABOVE.store(self.drawn.len().saturating_sub(1), Ordering::SeqCst);
        self.write(&text);
    }

    /// Reads a key, with the screen put in order if there is none.
    fn key(&mut self, question: &Question) -> Result<Key> {
        let read = self.term.read_key();
        // Esc twice in a row arrives as one sequence.
        let read = read.map(|key| if key == Key::UnknownEscSeq(vec!['\u{1b}']) { Key::Escape } else { key });
        read.map_err(|error| {
            self.erase();
            self.write(SHOWN);
            if error.kind() == ErrorKind::Interrupted {
                return interrupted();
            }
            Error::new(
                Code::NO_TERMINAL,
                format!("the terminal cannot be read at the question `{}`: {error}", question.key),
            )
            .fix("Use `--answers FILE` to answer from a file, `--defaults` to take what is proposed, or both.")
        })
    }

    /// Shows a question until it is answered.
    fn open<T>(&mut self, question: &Question, view: &mut dyn FnMut(Option<&Key>, Room) -> Drawn<T>) -> Asked<T> {
        let mut key = None;
        loop {
            match view(key.as_ref(), self.room()) {
                Ok(frame) => self.draw(&frame),
                Err(step) => {
                    self.erase();
                    self.write(SHOWN);
                    return match step {
                        Step::Done(answer) => Ok(answer),
                        _ => Err(Unanswered::Back),
                    };
                }
            }
            key = Some(self.key(question)?);
        }
    }

    /// What was answered stays on the screen.
    fn answered(&mut self, question: &Question, answer: &str) {
        let mark = Emoji("✔", "*").to_string();
        let answer = if answer.is_empty() { "(empty)" } else { answer };
        let room = self.room();
        let ask = question.ask.trim_end_matches(['?', ':']);
        let mut shown = rows(Tone::Plain, 2, &format!("{ask} · {answer}"), room);
        if let Some((_, text)) = shown.first_mut().and_then(|row| row.first_mut()) {
            *text = format!("{} {}", self.paint(Tone::Good, &mark), text.trim_start());
        }
        let text = self.painted(&shown);
        self.write(&format!("{text}\n"));
    }
}

impl Drop for TerminalPrompter {
    fn drop(&mut self) {
        restore_terminal();
    }
}

/// The frame of what is still open, else what came of the key.
fn shown<T>(step: Step<T>, view: impl FnOnce() -> Frame) -> Drawn<T> {
    if matches!(step, Step::Open) { Ok(view()) } else { Err(step) }
}

impl Prompter for TerminalPrompter {
    fn text(&mut self, question: &Question, default: Option<&str>, check: Check<'_>) -> Asked<String> {
        let mut field = Field::new(question, default, check);
        let typed = self.open(question, &mut |key, room| {
            let step = key.map_or(Step::Open, |key| field.key(key, room));
            shown(step, || field.view(room))
        })?;
        self.answered(question, &typed);
        Ok(typed)
    }

    fn choose(&mut self, question: &Question, items: &[Item], default: Option<usize>) -> Asked<usize> {
        let mut list = List::one(question, items, default);
        let chosen = self.open(question, &mut |key, room| {
            let step = key.map_or(Step::Open, |key| list.key(key, room));
            shown(step, || list.view(room))
        })?;
        let index = chosen.first().copied().unwrap_or_default();
        if !items[index].leads {
            self.answered(question, &items[index].label);
        }
        Ok(index)
    }

    fn choose_many(
        &mut self,
        question: &Question,
        items: &[Item],
        default: &[usize],
        least: usize,
    ) -> Asked<Vec<usize>> {
        let mut list = List::many(question, items, default, least);
        let chosen = self.open(question, &mut |key, room| {
            let step = key.map_or(Step::Open, |key| list.key(key, room));
            shown(step, || list.view(room))
        })?;
        self.answered(question, &labels(items, &chosen));
        Ok(chosen)
    }

    fn confirm(&mut self, question: &Question, default: bool) -> Asked<bool> {
        let items = [Item::new("yes", "Yes"), Item::new("no", "No")];
        Ok(self.choose(question, &items, Some(usize::from(!default)))? == 0)
    }

    fn say(&mut self, text: &str) {
        self.erase();
        let width = usize::from(self.term.size().1).min(WIDTH);
        self.write(&format!("{}\n", wrapped(&visible(text), width)));
    }

    fn wait(&mut self, text: &str) {
        let rows = rows(Tone::Dim, 2, &visible(text), self.room());
        self.draw(&Frame { rows, cursor: None });
    }
}
