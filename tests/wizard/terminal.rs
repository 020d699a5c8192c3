//! A person at a terminal: a pseudo-terminal with a screen of a size, on which questions are seen and answered.

use std::io::Write;
use std::num::NonZero;
use std::process::Command;
use std::time::{Duration, Instant};

use expectrl::Session;
use expectrl::process::unix::{UnixProcess, WaitStatus};

use crate::harness::Sandbox;

pub const DOWN: &str = "\u{1b}[B";
pub const ESC: &str = "\u{1b}";
pub const CTRL_C: &str = "\u{3}";
/// The sizes at which everything is tried: rows and columns.
pub const SIZES: [(u16, u16); 2] = [(24, 80), (20, 60)];
/// More rows than any run prints.
const TALL: u16 = 2000;

fn some(number: u16) -> NonZero<u16> {
    NonZero::new(number).expect("no size is zero")
}

fn parser(rows: u16, columns: u16) -> vt100::Parser {
    vt100::Parser::new(some(rows), some(columns), 0)
}

/// The program at a terminal.
pub struct Person {
    session: expectrl::session::OsSession,
    screen: vt100::Parser,
    /// The same on a screen that never scrolls: its last row is the number of lines printed.
    tall: vt100::Parser,
    /// Everything that was printed.
    pub printed: Vec<u8>,
    ended: bool,
}

impl Person {
    /// Starts the program on a screen of a size.
    pub fn start(sandbox: &Sandbox, arguments: &[&str], size: (u16, u16)) -> Self {
        let mut command = sandbox.command();
        command.args(arguments);
        Self::run(command, size)
    }

    /// Starts a command that is complete.
    pub fn run(mut command: Command, (rows, columns): (u16, u16)) -> Self {
        let known = command.get_envs().any(|(name, _)| name == "TERM");
        if !known {
            command.env("TERM", "xterm");
        }
        command.env("LANG", "C.UTF-8");
        let mut session = Session::spawn(command).expect("a terminal");
        session.get_process_mut().set_window_size(columns, rows).expect("a size");
        let screen = parser(rows, columns);
        let tall = parser(TALL, columns);
        Self { session, screen, tall, printed: Vec::new(), ended: false }
    }

    /// The window gets another size.
    pub fn resize(&mut self, (rows, columns): (u16, u16)) {
        self.session.get_process_mut().set_window_size(columns, rows).expect("a size");
        self.screen.screen_mut().set_size(some(rows), some(columns));
        self.tall.screen_mut().set_size(some(TALL), some(columns));
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        self.screen.screen().contents()
    }

    /// The screen itself, with its colours.
    pub fn shown(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// How many lines were printed so far; what vanished with an answer does not count.
    pub fn lines(&self) -> usize {
        self.tall.screen().contents().trim_end().lines().count()
    }

    /// All lines that were printed.
    pub fn transcript(&self) -> String {
        self.tall.screen().contents().trim_end().to_owned()
    }

    fn read(&mut self) {
        let mut bytes = [0; 4096];
        match self.session.try_read(&mut bytes) {
            Ok(0) => self.ended = true,
            Ok(count) => {
                self.screen.process(&bytes[..count]);
                self.tall.process(&bytes[..count]);
                self.printed.extend_from_slice(&bytes[..count]);
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(5));
            }
            // Linux says so when the program has closed its end.
            Err(_) => self.ended = true,
        }
    }

    /// Waits until the screen is as it should be.
    fn waits(&mut self, what: &str, seen: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        while !seen(&self.screen()) {
            let hopeless = self.ended || begun.elapsed() > Duration::from_mins(2);
            assert!(!hopeless, "waiting for `{what}`:\n{}\n---\n{}", self.screen(), self.transcript());
            self.read();
        }
    }

    /// Waits for words, wherever they are; the screen wraps them where it likes.
    pub fn sees(&mut self, words: &str) {
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let wanted = flat(words);
        self.waits(words, |screen| flat(screen).contains(&wanted));
    }

    /// Types keys.
    pub fn types(&mut self, keys: &str) {
        self.session.write_all(keys.as_bytes()).and_then(|()| self.session.flush()).expect("types");
    }

    /// Waits until a question is open, and answers it. Its mark and its words are on the screen: nothing has scrolled off.
    pub fn answers(&mut self, question: &str, keys: &str) {
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let open = format!("? {question}");
        self.waits(&open, |screen| flat(screen).contains(&open));
        self.types(keys);
    }

    /// Takes what is proposed for a chart's version, release and namespace.
    pub fn takes_chart(&mut self, title: &str) {
        for question in ["chart version", "Helm release", "namespace"] {
            self.answers(&format!("{title} {question}"), "\r");
        }
    }

    /// Reads to the end; gives the exit code.
    pub fn ends(&mut self) -> i32 {
        let begun = Instant::now();
        while !self.ended && begun.elapsed() < Duration::from_mins(3) {
            self.read();
        }
        assert!(self.ended, "it does not end:\n{}", self.screen());
        let process: &UnixProcess = self.session.get_process();
        match process.wait().expect("it ends") {
            WaitStatus::Exited(_, code) => code,
            WaitStatus::Signaled(_, signal, _) => 128 + signal as i32,
            other => panic!("{other:?}"),
        }
    }
}
