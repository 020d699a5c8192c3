//! One stop for every command and every phase: Ctrl-C or SIGTERM.
//!
//! Signals are heard from the first moment on, by a thread of its own, so that neither a hanging call, nor a child that
//! hangs, nor a command that forgot to listen can swallow one. The first asks everybody to stop: what only looks is dropped
//! at its next pause, what changes something finishes the call under way and removes what it wrote for a proof. What
//! does not come to its end within seconds is cut off. The second signal does not wait at all.

mod children;

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::context::Context;
use crate::base::error::{Code, Error, ErrorKind, Result};

/// How often it is looked whether somebody has asked to stop.
const TICK: Duration = Duration::from_millis(50);
/// How long calls under way have to come to their end, once it was asked.
const GRACE: Duration = Duration::from_secs(5);
/// How much longer than everybody else the listening thread waits before it ends the program itself.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many signals came.
static ASKED: AtomicUsize = AtomicUsize::new(0);
/// Wakes the works that look for a stop, so that they need not look again and again.
static HEARD: Notify = Notify::const_new();
/// How many works are under way that look for a stop.
static WATCHED: AtomicUsize = AtomicUsize::new(0);
/// How many of them come to their end by themselves.
static CAREFUL: AtomicUsize = AtomicUsize::new(0);
/// Whether the end has begun: the command is over, and what is to be said is said.
static OVER: AtomicBool = AtomicBool::new(false);
/// What is done, and what to run, if it stops from here on.
static STORY: Mutex<Option<(String, String)>> = Mutex::new(None);

/// What is done, and what to run, where nobody has said more.
const DONE: &str = "What was done stays done.";
const GO_ON: &str = "Run the same command again: it continues where this one stopped.";

/// Whether the user has asked to stop. There is one for the whole program, whoever asks for it.
#[derive(Debug)]
pub(super) enum Stop {}

impl Stop {
    /// Whether the user has asked to stop.
    pub(super) fn asked() -> bool {
        ASKED.load(Ordering::SeqCst) > 0
    }

    /// Stops before a change when the user has asked to.
    pub(super) fn check(before: impl FnOnce() -> String) -> Result<()> {
        if !Self::asked() {
            return Ok(());
        }
        let (done, next) = told_story().unwrap_or_else(|| (DONE.to_owned(), GO_ON.to_owned()));
        Err(Error::new(Code::INTERRUPTED, format!("interrupted before: {}", before())).why(done).fix(next))
    }

    /// Says what is done and what to run, if it stops from here on.
    pub(super) fn story(done: impl Into<String>, next: impl Into<String>) {
        *STORY.lock().unwrap_or_else(PoisonError::into_inner) = Some((done.into(), next.into()));
    }

    /// Says that changes begin: what was said before of what is done holds no longer.
    pub(super) fn begins() {
        Self::story(DONE, GO_ON);
    }

    /// While this lives, the work stops by itself, between two calls: it asks [`Stop::asked`] or [`Stop::check`].
    pub(super) fn careful() -> Counted {
        Counted::of(&CAREFUL)
    }
}

/// One more of something, as long as this lives.
#[derive(Debug)]
#[must_use = "it counts only while it lives"]
pub(super) struct Counted(&'static AtomicUsize);

impl Counted {
    fn of(counter: &'static AtomicUsize) -> Self {
        counter.fetch_add(1, Ordering::SeqCst);
        Self(counter)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Does work until it ends or the user asks to stop. All asynchronous work of the program goes through here.
///
/// # Errors
/// What the work fails with; `BW0903` when it was stopped.
pub(super) async fn until_stopped<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let _watched = Counted::of(&WATCHED);
    let mut work = pin!(work);
    let mut since = None;
    loop {
        let mut heard = pin!(HEARD.notified());
        // Before the look at the count, so that no signal comes between the two.
        heard.as_mut().enable();
        let asked = ASKED.load(Ordering::SeqCst);
        if asked > 0 && CAREFUL.load(Ordering::SeqCst) == 0 {
            return Err(stopped());
        }
        if asked > 1 || (asked > 0 && since.get_or_insert_with(Instant::now).elapsed() >= GRACE) {
            return Err(cut_off());
        }
        tokio::select! {
            biased;
            result = &mut work => return result,
            () = heard, if asked == 0 => {}
            () = sleep(TICK), if asked > 0 => {}
        }
    }
}

/// What is said when work was dropped that changes nothing, or nothing any more.
fn stopped() -> Error {
    let (done, next) = told_story().unwrap_or_else(|| {
        ("Nothing was changed by what was under way.".to_owned(), "Run the same command again.".to_owned())
    });
    Error::new(Code::INTERRUPTED, "interrupted").why(done).fix(next)
}

/// What is said when calls that change something were cut off.
fn cut_off() -> Error {
    let done = told_story().map(|(done, _)| format!(" {done}")).unwrap_or_default();
    Error::new(Code::INTERRUPTED, "interrupted in the middle of calls")
        .why(format!("It is not known whether they took effect. A key that was being made may be lost, an object of the proof may be left.{done}"))
        .fix("Run the same command again: it looks before it changes anything.")
}

fn told_story() -> Option<(String, String)> {
    STORY.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// An error as it is told: whoever has asked to stop is told of that first, and of what failed meanwhile too.
pub(super) fn told(error: Error) -> Error {
    if !Stop::asked() || error.all().any(|one| one.code().kind() == ErrorKind::Interrupted) {
        return error;
    }
    Error::join(vec![stopped(), error]).unwrap_or_else(stopped)
}

/// Says that the command is over: from now on a signal only hastens the end. Programs that were started end with it.
pub(super) fn over() {
    OVER.store(true, Ordering::SeqCst);
    if Stop::asked() {
        children::end();
    }
}

/// Begins to listen; the handlers are there when this returns.
pub(super) fn listen(context: &Context) {
    let context = context.clone();
    let (ready, is_ready) = mpsc::channel();
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(watch(&context, &ready));
    });
    // Without handlers the channel closes, and a signal ends the program as the system does it.
    let _ = is_ready.recv();
}

/// The next signal.
async fn next(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Hears signals, and ends what does not end by itself.
async fn watch(context: &Context, ready: &mpsc::Sender<()>) {
    let handlers = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = handlers else { return };
    let _ = ready.send(());
    next(&mut interrupt, &mut terminate).await;
    ASKED.store(1, Ordering::SeqCst);
    HEARD.notify_waiters();
    crate::wizard::restore_terminal();
    if CAREFUL.load(Ordering::SeqCst) > 0 {
        context.screen.say("  stopping after the calls under way; press Ctrl-C again to stop at once");
    }
    let (mut state, mut since) = (now(), Instant::now());
    loop {
        tokio::select! {
            () = next(&mut interrupt, &mut terminate) => drop(ASKED.fetch_add(1, Ordering::SeqCst)),
            () = sleep(TICK) => {}
        }
        if now() != state {
            (state, since) = (now(), Instant::now());
        }
        let patience = match state {
            State { over: true, .. } | State { asked: 2.., .. } => PATIENCE / 2,
            State { careful: true, .. } => GRACE + PATIENCE,
            _ => PATIENCE,
        };
        // A program that was started and hangs must not keep this one.
        if !state.careful && (!state.watched || since.elapsed() >= PATIENCE / 2) {
            children::end();
        }
        if since.elapsed() >= patience {
            end(context, state.over);
        }
    }
}

/// How the program stands to a stop.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    asked: usize,
    watched: bool,
    careful: bool,
    over: bool,
}

fn now() -> State {
    State {
        asked: ASKED.load(Ordering::SeqCst),
        watched: WATCHED.load(Ordering::SeqCst) > 0,
        careful: CAREFUL.load(Ordering::SeqCst) > 0,
        over: OVER.load(Ordering::SeqCst),
    }
}

/// Ends the program from outside of its work, which hangs in a call, a read of a terminal, or a computation.
#[allow(clippy::exit, reason = "whoever hangs cannot be asked to return")]
fn end(context: &Context, said: bool) -> ! {
    children::end();
    if !said {
        let error = if CAREFUL.load(Ordering::SeqCst) > 0 { cut_off() } else { stopped() };
        let context = context.clone();
        let (done, is_done) = mpsc::channel();
        // Whoever hangs may hold the stream that this is said on.
        std::thread::spawn(move || {
            super::failed(&context, &error);
            let _ = done.send(());
        });
        let _ = is_done.recv_timeout(PATIENCE / 2);
    }
    std::process::exit(ErrorKind::Interrupted.exit().into())
}
