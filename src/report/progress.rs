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
}

impl Progress {
    /// Progress over a number of steps.
    pub fn new(screen: Screen, steps: usize) -> Self {
        let target = if screen.live() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(steps as u64), target);
        if let Ok(style) = ProgressStyle::with_template("  {spinner} {pos}/{len} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { screen, bar, last_reason: RefCell::default() }
    }

    /// A step makes a change.
    pub fn doing(&self, kind: Kind, name: &str, words: &str) {
        self.bar.set_message(one_line(&format!("{kind} {name}: {words}")));
        tracing::debug!(%kind, name, words, "doing");
    }

    /// A step is done.
    pub fn done(&self, kind: Kind, name: &str) {
        self.bar.inc(1);
        self.line(&format!("  {} {kind} {name}", self.screen.style().green().apply_to("done")));
    }

    /// Something cannot be done here.
    pub fn skipped(&self, kind: Kind, name: &str, words: &str) {
        self.line(&format!("  skipped {kind} {name}: {words}"));
    }

    /// Something has to be waited for; the same reason is said once.
    pub fn waiting(&self, reason: &str) {
        self.bar.set_message(one_line(&format!("waiting for {reason}")));
        let mut last = self.last_reason.borrow_mut();
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
