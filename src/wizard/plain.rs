//! Questions as plain lines: nothing is redrawn and no cursor moves, for screen readers and simple terminals.

use std::io::{BufRead, BufReader, IsTerminal, Stderr, Stdin, Write};

use super::prompter::explained;
use super::text::{WIDTH, explain, first_sentence, indented, wrapped};
use super::{Asked, Check, Item, Prompter, Question, Unanswered};
use crate::base::error::{Code, Error, visible};

/// How many known answers are shown at most.
const SHOWN: usize = 20;
/// Shows what is folded.
const MORE: &str = "more";

/// Asks in numbered lines and reads answers line by line.
#[derive(Debug)]
pub struct PlainPrompter<R, W> {
    input: R,
    output: W,
    /// Whether the answers must be repeated, because no terminal shows what is typed.
    echo: bool,
}

impl PlainPrompter<BufReader<Stdin>, Stderr> {
    /// Reads from standard input and writes to standard error.
    pub fn stdio() -> Self {
        let echo = !std::io::stdin().is_terminal();
        Self { input: BufReader::new(std::io::stdin()), output: std::io::stderr(), echo }
    }
}

impl<R: BufRead, W: Write> PlainPrompter<R, W> {
    /// Reads and writes where it is told to, and repeats the answers that it reads.
    #[cfg(test)]
    pub(crate) fn new(input: R, output: W) -> Self {
        Self { input, output, echo: true }
    }

    /// What was written to.
    #[cfg(test)]
    pub(crate) fn into_output(self) -> W {
        self.output
    }

    fn print(&mut self, text: &str) {
        // Whoever went away does not read; the answers that then fail to come end the run.
        let _ = write!(self.output, "{text}").and_then(|()| self.output.flush());
    }

    fn head(&mut self, question: &Question) {
        let why = first_sentence(&question.why);
        let why = if why.is_empty() { String::new() } else { format!("\n{}", indented(why, 2)) };
        self.say(&format!("\n{}{why}", question.ask));
        match question.known.len() {
            0 => {}
            all if all > SHOWN => self.say(&format!("  {all} are known; `?` lists them.")),
            _ => self.say(&indented(&format!("Known: {}", question.known.join(", ")), 2)),
        }
    }

    /// The items that are shown at once come first, so that numbers stay as they are when the others are shown.
    fn list(&mut self, items: &[Item], folded: bool) {
        for (place, index) in order(items).into_iter().enumerate().filter(|(_, index)| items[*index].folded == folded) {
            self.say(&format!("{}. {}", place + 1, items[index].marked()));
        }
        let hidden = items.iter().filter(|item| item.folded).count();
        if !folded && hidden > 0 {
            self.say(&format!("`{MORE}` shows {hidden} more: rarely wanted, or not possible here."));
        }
    }

    /// Asks for a line; an empty one means the default.
    fn line(&mut self, question: &Question, items: &[Item], hint: &str, default: Option<&str>) -> Asked<String> {
        loop {
            let typed = self.read(question, hint, default)?;
            match typed.as_str() {
                "?" => self.say(&format!("\n{}", explained(question, items))),
                "<" => return Err(Unanswered::Back),
                MORE if items.iter().any(|item| item.folded) => self.list(items, true),
                _ => return Ok(typed),
            }
        }
    }

    fn read(&mut self, question: &Question, hint: &str, default: Option<&str>) -> Asked<String> {
        match default.filter(|default| !default.is_empty()) {
            Some(default) if hint.len() + default.len() > WIDTH / 2 => {
                self.print(&format!("An empty line takes: {default}\n{hint}: "));
            }
            Some(default) => self.print(&format!("{hint} [{default}]: ")),
            None => self.print(&format!("{hint}: ")),
        }
        let mut line = String::new();
        match self.input.read_line(&mut line) {
            Ok(read) if read > 0 => {
                let typed = line.trim();
                if self.echo {
                    self.print(&format!("{typed}\n"));
                }
                Ok(if typed.is_empty() { default.unwrap_or_default().to_owned() } else { typed.to_owned() })
            }
            Ok(_) => Err(ended(question, "the input ended").into()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Err(super::interrupted().into()),
            Err(error) => Err(ended(question, &format!("the input cannot be read ({error})")).into()),
        }
    }
}

fn ended(question: &Question, what: &str) -> Error {
    Error::new(Code::NO_TERMINAL, format!("{what} at the question `{}`; nothing was written", question.key))
        .why(question.ask.clone())
        .fix(format!(
            "Answer it, or give `{}: …` in a file with `--answers FILE`; `--defaults` takes what is proposed.",
            question.key
        ))
}

/// The items in the order in which they are shown.
fn order(items: &[Item]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|index| items[*index].folded);
    order
}

/// The index of the item that a word or a number from 1 means.
fn index_of(items: &[Item], typed: &str) -> Option<usize> {
    let by_word = items.iter().position(|item| item.word.eq_ignore_ascii_case(typed));
    by_word.or_else(|| {
        let place = typed.trim_end_matches('.').parse::<usize>().ok()?.checked_sub(1)?;
        order(items).get(place).copied()
    })
}

impl<R: BufRead, W: Write> Prompter for PlainPrompter<R, W> {
    fn text(&mut self, question: &Question, default: Option<&str>, check: Check<'_>) -> Asked<String> {
        self.head(question);
        loop {
            let typed = self.line(question, &[], "Answer", default)?;
            match check(&typed) {
                Ok(()) if typed.is_empty() && default.is_none() => {
                    self.say("An answer is needed here: nothing can be proposed.");
                }
                Ok(()) => return Ok(typed),
                Err(error) => self.say(&explain(&error)),
            }
        }
    }

    fn choose(&mut self, question: &Question, items: &[Item], default: Option<usize>) -> Asked<usize> {
        self.head(question);
        self.list(items, false);
        let place =
            |index: usize| order(items).iter().position(|one| *one == index).map(|place| (place + 1).to_string());
        let proposed = default.and_then(place);
        loop {
            let typed = self.line(question, items, "Number", proposed.as_deref())?;
            match index_of(items, &typed).map(|index| (index, &items[index])) {
                Some((_, Item { blocked: Some(why), word, .. })) => self.say(&format!("{word} is not possible: {why}")),
                Some((index, _)) => return Ok(index),
                None => self.say(&format!("Type a number from 1 to {}.", items.len())),
            }
        }
    }

    fn choose_many(
        &mut self,
        question: &Question,
        items: &[Item],
        default: &[usize],
        least: usize,
    ) -> Asked<Vec<usize>> {
        self.head(question);
        self.list(items, false);
        let proposed = match default {
            [] if least == 0 => "none".to_owned(),
            marked => marked.iter().map(|index| items[*index].word.as_str()).collect::<Vec<_>>().join(", "),
        };
        loop {
            let typed = self.line(question, items, "Numbers, with commas between", Some(&proposed))?;
            let words: Vec<&str> = typed.split([',', ' ']).filter(|word| !word.is_empty()).collect();
            let found: Option<Vec<usize>> = match words.as_slice() {
                ["none"] => Some(Vec::new()),
                words => words.iter().map(|word| index_of(items, word)).collect(),
            };
            match found {
                Some(chosen) if chosen.iter().any(|index| items[*index].blocked.is_some()) => {
                    for item in chosen.iter().map(|index| &items[*index]) {
                        item.blocked.iter().for_each(|why| self.say(&format!("{} is not possible: {why}", item.word)));
                    }
                }
                Some(mut chosen) if chosen.len() >= least => {
                    chosen.sort_unstable();
                    chosen.dedup();
                    return Ok(chosen);
                }
                Some(_) => self.say("At least one is needed."),
                None => self.say(&format!("Type numbers from 1 to {}, such as `1, 2`, or `none`.", items.len())),
            }
        }
    }

    fn confirm(&mut self, question: &Question, default: bool) -> Asked<bool> {
        self.head(question);
        loop {
            let proposed = Some(if default { "yes" } else { "no" });
            match self.line(question, &[], "Yes or no", proposed)?.to_lowercase().as_str() {
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => self.say("Type `yes` or `no`."),
            }
        }
    }

    fn keys(&self) -> &'static str {
        "An empty line takes what is proposed, `<` goes back, `?` explains. Stop with Ctrl-C: the next run offers your \
         answers."
    }

    fn say(&mut self, text: &str) {
        self.print(&format!("{}\n", wrapped(&visible(text), WIDTH)));
    }
}
