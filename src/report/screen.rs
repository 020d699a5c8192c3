//! The only owner of stdout and stderr. Data goes to stdout; words, progress and notices to stderr.

use std::io::{IsTerminal, Write};

use console::Style;

use super::clean::clean;

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
}

impl Screen {
    /// A screen. `plain` turns off everything that redraws.
    pub fn new(colour: Colour, plain: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        let colour = match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && !no_color && !dumb,
        };
        console::set_colors_enabled_stderr(colour);
        console::set_colors_enabled(colour && std::io::stdout().is_terminal());
        Self { colour, live: terminal && !plain && !dumb }
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
    /// is no error.
    pub fn data(&self, text: &str) {
        print_to(&mut std::io::stdout().lock(), &clean(text, self.colour));
    }

    /// Prints what programs read, byte for byte: a file's text, JSON. On a terminal it is shown as [`Screen::data`] does.
    pub fn exact(&self, text: &str) {
        if Self::stdout_is_terminal() {
            return self.data(text);
        }
        print_to(&mut std::io::stdout().lock(), text);
    }

    /// Prints words for a person, as [`Screen::data`] does.
    pub fn say(&self, text: &str) {
        print_to(&mut std::io::stderr().lock(), &clean(text, self.colour));
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
    // A closed pipe is the reader's way to say that it has seen enough.
    let _ = write!(stream, "{text}{newline}").and_then(|()| stream.flush());
}
