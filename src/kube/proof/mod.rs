//! The proof by Jobs in the cluster: their objects, their logs, and the rights to run them.

mod job;
mod log;
mod rights;

pub use job::{CONTAINER, JOB_LABEL, Job, Running, jobs};
pub use log::of_log;
pub use rights::rights;
