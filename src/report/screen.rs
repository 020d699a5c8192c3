//! The only owner of stdout and stderr. Data goes to stdout; words, progress and notices to stderr.

use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;

use console::{Style, Term};

use super::clean::clean;
use super::layout::fitted;
use crate::base::error::{Code, Error, Result};

/// What is lost since a write failed, and why, where no reader's leaving explains it. One for the process, as its streams are: whoever prints
/// cannot forget to ask, because [`Screen::complete`] is asked once, at the end of every command.
static LOST: OnceLock<String> = OnceLock::new();

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where everything is printed.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    colour: bool,
    live: bool,
    detailed: bool,
    quiet: bool,
    forced: bool,
    stdout: bool,
}

impl Screen {
    /// A screen. `plain` turns off everything that redraws.
    pub fn new(colour: Colour, plain: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        let forced = colour == Colour::Always;
        let colour = match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && !no_color && !dumb,
        };
        console::set_colors_enabled_stderr(colour);
        console::set_colors_enabled(colour && std::io::stdout().is_terminal());
        Self { colour, live: terminal && !plain && !dumb, detailed: false, quiet: false, forced, stdout: false }
    }

    /// The same for what is printed on stdout: as wide as that, and coloured where that is a terminal.
    #[must_use]
    pub fn on_stdout(self) -> Self {
        Self { colour: self.forced || (self.colour && Self::stdout_is_terminal()), stdout: true, ..self }
    }

    /// The same, on which nothing is summed up.
    #[must_use]
    pub fn in_detail(self, detailed: bool) -> Self {
        Self { detailed, ..self }
    }

    /// The same, on which no words are said; errors and what a question is about still are, by [`Screen::aloud`].
    #[must_use]
    pub fn in_silence(self, quiet: bool) -> Self {
        Self { quiet, live: self.live && !quiet, ..self }
    }

    /// The same for words that are said in any case.
    #[must_use]
    pub fn aloud(self) -> Self {
        Self { quiet: false, ..self }
    }

    /// Whether everything is shown one by one.
    pub fn detailed(&self) -> bool {
        self.detailed
    }

    /// The columns of the terminal that is printed on; `None` where they go to a file or a program, which wants whole lines.
    pub fn width(&self) -> Option<usize> {
        let (terminal, there) = if self.stdout {
            (Term::stdout(), Self::stdout_is_terminal())
        } else {
            (Term::stderr(), std::io::stderr().is_terminal())
        };
        there.then(|| usize::from(terminal.size().1))
    }

    /// Whether colours are used on stderr.
    pub fn colour(&self) -> bool {
        self.colour
    }

    /// Whether lines may be redrawn.
    pub fn live(&self) -> bool {
        self.live
    }

    /// Whether stdout is a terminal.
    pub fn stdout_is_terminal() -> bool {
        std::io::stdout().is_terminal()
    }

    /// Whether there is a terminal to ask on.
    pub fn can_ask() -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Prints what people read on stdout. What others wrote into it is shown and never obeyed. A reader that has gone away
    /// is no error; anything else that is lost is one of [`Screen::complete`].
    pub fn data(&self, text: &str) {
        self.data_lines(&fitted(&clean(text, self.colour), self.on_stdout().width()));
    }

    /// The same for what is laid out already, or is to be copied: no line is broken.
    pub fn data_lines(&self, text: &str) {
        print_to(&mut std::io::stdout().lock(), &clean(text, self.colour));
    }

    /// Prints what programs read, byte for byte: a file's text, JSON. On a terminal it is shown as
    /// [`Screen::data_lines`] does.
    pub fn exact(&self, text: &str) {
        if Self::stdout_is_terminal() {
            return self.data_lines(text);
        }
        print_to(&mut std::io::stdout().lock(), text);
    }

    /// Prints words for a person, as [`Screen::data`] does.
    pub fn say(&self, text: &str) {
        self.say_lines(&fitted(&clean(text, self.colour), self.width()));
    }

    /// Prints lines for a person to copy: none is broken.
    pub fn say_lines(&self, text: &str) {
        if self.quiet {
            return;
        }
        print_to(&mut std::io::stderr().lock(), &clean(text, self.colour));
    }

    /// A file whose failed writes are errors of [`Screen::complete`], too.
    pub fn noted(file: impl Write + Send, name: &'static str) -> impl Write + Send {
        Noted { file, name }
    }

    /// Whether everything that was printed has reached its stream.
    ///
    /// # Errors
    /// `BW0818` when a write failed for another reason than a pipe that its reader has closed.
    pub fn complete() -> Result<()> {
        let Some(what) = LOST.get() else { return Ok(()) };
        Err(Error::new(Code::LOST_OUTPUT, what)
            .why("The command did its work, but a part of its output did not reach its place.")
            .fix("Make room where the output goes, or send it elsewhere, and run the same command again."))
    }

    /// A style for stderr.
    pub fn style(&self) -> Style {
        Style::new().for_stderr().force_styling(self.colour)
    }

    /// A style for stdout.
    pub fn data_style(&self) -> Style {
        Style::new().for_stdout().force_styling(self.colour && Self::stdout_is_terminal())
    }
}

fn print_to(stream: &mut impl Write, text: &str) {
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    write_to(stream, &format!("{text}{newline}"));
}

fn write_to(stream: &mut impl Write, text: &str) {
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        // A closed pipe is the reader's way to say that it has seen enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => lost("what was printed", &error),
        _ => {}
    }
}

/// Keeps the first reason: it is the one that counts.
fn lost(what: &str, error: &std::io::Error) {
    let words = error.to_string();
    let why = words.split(" (os error").next().unwrap_or(&words).to_lowercase();
    let _ = LOST.set(format!("{what} is not complete: {why}"));
}

/// A file whose failed writes are remembered.
struct Noted<W> {
    file: W,
    name: &'static str,
}

impl<W: Write> Write for Noted<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes).inspect_err(|error| lost(self.name, error))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush().inspect_err(|error| lost(self.name, error))
    }
}
