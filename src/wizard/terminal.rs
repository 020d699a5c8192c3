//! Questions on a terminal, with lists to move in. Everything is drawn on stderr.

use std::io::{ErrorKind, IsTerminal};

use console::{Style, Term};
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Confirm, Input, MultiSelect, Select};

use super::text::{WIDTH, cut, explain, indented, wrapped};
use super::{Check, Item, Prompter, Question};
use crate::base::error::{Code, Error, Result, visible};

/// Shows the cursor again, which a list under way has hidden.
pub fn restore_terminal() {
    let term = Term::stderr();
    if term.is_term() {
        // There is nobody left to tell if the terminal is gone.
        let _ = term.show_cursor();
    }
}

/// The room that a theme's mark takes in front of an error.
const MARK: usize = "error: ".len();

/// What Ctrl-C means.
pub fn interrupted() -> Error {
    Error::new(Code::INTERRUPTED, "interrupted; nothing was written").fix("Run the same command again: it asks again.")
}

/// Asks with dialoguer.
pub struct TerminalPrompter {
    term: Term,
    theme: Box<dyn Theme>,
    bold: Style,
    dim: Style,
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
        let theme: Box<dyn Theme> = if colour { Box::new(ColorfulTheme::default()) } else { Box::new(SimpleTheme) };
        let style = Style::new().for_stderr().force_styling(colour);
        Ok(Self { term, theme, bold: style.clone().bold(), dim: style.dim() })
    }

    fn width(&self) -> usize {
        usize::from(self.term.size().1).min(WIDTH)
    }

    fn line(&self, text: &str) {
        // A terminal that is gone shows itself when the answer is read.
        let _ = self.term.write_line(text);
    }

    /// The question, and what depends on it.
    fn head(&self, question: &Question) {
        self.line("");
        for line in wrapped(&question.ask, self.width()).lines() {
            self.line(&self.bold.apply_to(line).to_string());
        }
        for line in wrapped(&indented(&question.why, 2), self.width()).lines() {
            self.line(&self.dim.apply_to(line).to_string());
        }
    }

    /// The reasons, in full, above the list: its lines are cut.
    fn reasons(&self, items: &[Item]) {
        for item in items.iter().filter(|item| !item.reason().is_empty()) {
            let mark = if item.blocked.is_some() { " (not possible)" } else { "" };
            let text = format!("{}{mark}: {}", item.word, item.reason());
            self.line(&wrapped(&indented(&text, 2), self.width()));
        }
    }

    fn labels(&self, items: &[Item]) -> Vec<String> {
        items.iter().map(|item| cut(&item.marked(), self.width().saturating_sub(8))).collect()
    }

    /// What was answered stays on the screen as one line.
    fn answered(&self, prompt: &str, answer: &str) {
        let answer = if answer.is_empty() { "(empty)" } else { answer };
        let mut line = String::new();
        if self.theme.format_input_prompt_selection(&mut line, prompt, answer).is_ok() {
            self.line(&cut(&line, self.width()));
        }
    }
}

impl Drop for TerminalPrompter {
    fn drop(&mut self) {
        restore_terminal();
    }
}

/// Turns a failed prompt into an error, with the cursor shown again.
fn read<T>(question: &Question, result: dialoguer::Result<T>) -> Result<T> {
    result.map_err(|dialoguer::Error::IO(error)| {
        restore_terminal();
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

impl Prompter for TerminalPrompter {
    fn text(&mut self, question: &Question, default: Option<&str>, check: Check<'_>) -> Result<String> {
        self.head(question);
        let width = self.width();
        let shown = default.filter(|default| !default.is_empty());
        // A long default would push what is typed over the line's end.
        let inline = shown.is_some_and(|default| default.len() <= width / 3);
        if let Some(default) = shown.filter(|_| !inline) {
            self.line(&format!("  Enter takes: {default}"));
        }
        let validator =
            |typed: &String| check(typed.trim()).map_err(|error| wrapped(&explain(&error), width.saturating_sub(MARK)));
        let mut input = Input::<String>::with_theme(self.theme.as_ref())
            .with_prompt("Answer")
            .report(false)
            .show_default(inline)
            .validate_with(validator);
        if let Some(default) = default {
            input = input.default(default.to_owned());
        }
        let typed = read(question, input.interact_text_on(&self.term))?.trim().to_owned();
        self.answered("Answer", &typed);
        Ok(typed)
    }

    fn choose(&mut self, question: &Question, items: &[Item], default: Option<usize>) -> Result<usize> {
        self.head(question);
        self.reasons(items);
        let labels = self.labels(items);
        loop {
            let select = Select::with_theme(self.theme.as_ref())
                .with_prompt("Choice")
                .report(false)
                .items(&labels)
                .default(default.unwrap_or(0));
            let index = read(question, select.interact_on(&self.term))?;
            match &items[index].blocked {
                Some(why) => self.say(&format!("{} is not possible: {why}", items[index].label)),
                None => {
                    self.answered("Choice", &items[index].label);
                    return Ok(index);
                }
            }
        }
    }

    fn choose_many(
        &mut self,
        question: &Question,
        items: &[Item],
        default: &[usize],
        least: usize,
    ) -> Result<Vec<usize>> {
        self.head(question);
        self.reasons(items);
        let labels = self.labels(items);
        let marked: Vec<bool> = (0..items.len()).map(|index| default.contains(&index)).collect();
        loop {
            let select = MultiSelect::with_theme(self.theme.as_ref())
                .with_prompt("Choice (the space bar marks, Enter continues)")
                .report(false)
                .items(&labels)
                .defaults(&marked);
            let chosen = read(question, select.interact_on(&self.term))?;
            let blocked = chosen.iter().filter_map(|index| Some((&items[*index], items[*index].blocked.as_ref()?)));
            let blocked: Vec<String> =
                blocked.map(|(item, why)| format!("{} is not possible: {why}", item.label)).collect();
            if !blocked.is_empty() {
                self.say(&blocked.join("\n"));
                continue;
            }
            if chosen.len() < least {
                self.say("At least one is needed: move to it and press the space bar.");
                continue;
            }
            let words: Vec<&str> = chosen.iter().map(|index| items[*index].word.as_str()).collect();
            self.answered("Choice", &if words.is_empty() { "none".to_owned() } else { words.join(", ") });
            return Ok(chosen);
        }
    }

    fn confirm(&mut self, question: &Question, default: bool) -> Result<bool> {
        self.head(question);
        let confirm = Confirm::with_theme(self.theme.as_ref())
            .with_prompt("Yes or no")
            .report(false)
            .default(default)
            .wait_for_newline(true);
        let answer = read(question, confirm.interact_on(&self.term))?;
        self.answered("Yes or no", if answer { "yes" } else { "no" });
        Ok(answer)
    }

    fn say(&mut self, text: &str) {
        self.line(&wrapped(&visible(text), self.width()));
    }
}
