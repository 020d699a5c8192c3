//! The questions as a whole, with small profiles.

mod fixtures;
mod plain;
mod scripted;
mod store;
