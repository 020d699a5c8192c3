//! Questions that fill a spec. They are asked in plain words, and no cloud is called from here: what can be found out is
//! asked from the caller's [`Surroundings`].
//!
//! Every question has a stable key, such as `cloud.region` or `gitlab.chartVersion`: answers files use it, and so do
//! messages about missing answers.

mod ask;
mod buckets;
mod charts;
mod draft;
mod identity;
mod names;
mod options;
mod plain;
mod prompter;
mod scripted;
mod summary;
mod surroundings;
mod terminal;

mod text;
mod world;

pub use ask::{Outcome, ask};
pub use plain::PlainPrompter;
pub use prompter::{Check, Item, Prompter, Question};
pub use scripted::Scripted;
pub use surroundings::{Nowhere, Surroundings};
pub use terminal::{TerminalPrompter, restore_terminal};
