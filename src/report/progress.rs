//! Progress on stderr: one line that is redrawn on a terminal, a line for each finished step elsewhere.

use std::cell::RefCell;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Screen;
use super::clean::clean;
use crate::base::error::one_line;
use crate::base::names::Kind;

/// Shows how the work goes.
#[derive(Debug)]
pub struct Progress {
    screen: Screen,
    bar: ProgressBar,
    last_reason: RefCell<String>,
    each: bool,
}

impl Progress {
    /// Progress over a number of steps. On a terminal the count says how far it is; elsewhere each step has its line.
    pub fn new(screen: Screen, steps: usize) -> Self {
        let target = if screen.live() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(steps as u64), target);
        if let Ok(style) = ProgressStyle::with_template("  {spinner} {pos}/{len} {wide_msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { screen, bar, last_reason: RefCell::default(), each: !screen.live() || screen.detailed() }
    }

    /// The same without a line for each step, for work in memory; in detail they are shown.
    #[must_use]
    pub fn summed_up(mut self) -> Self {
        self.each = self.screen.detailed();
        self
    }

    /// A step makes a change.
    pub fn doing(&self, kind: Kind, name: &str, words: &str) {
        self.now(&format!("{kind} {name}: {words}"));
        tracing::debug!(%kind, name, words, "doing");
    }

    /// What is under way; the time beside it counts from here.
    fn now(&self, words: &str) {
        self.bar.reset_elapsed();
        self.bar.set_message(one_line(words));
    }

    /// A step is done.
    pub fn done(&self, kind: Kind, name: &str) {
        self.bar.inc(1);
        if self.each {
            self.line(&format!("  {} {kind} {name}", self.screen.style().green().apply_to("done")));
        }
    }

    /// Something cannot be done here.
    pub fn skipped(&self, kind: Kind, name: &str, words: &str) {
        self.line(&format!("  skipped {kind} {name}: {words}"));
    }

    /// Something has to be waited for; the same reason is said once.
    pub fn waiting(&self, reason: &str) {
        let mut last = self.last_reason.borrow_mut();
        if *last != reason {
            self.now(&format!("waiting for {reason}"));
        }
        if !self.screen.live() && *last != reason {
            self.screen.say(&format!("  waiting for {reason}"));
        }
        reason.clone_into(&mut last);
    }

    fn line(&self, line: &str) {
        if self.screen.live() { self.bar.println(clean(line, self.screen.colour())) } else { self.screen.say(line) }
    }

    /// Clears the line.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
