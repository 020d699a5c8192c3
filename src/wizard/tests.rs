//! The questions as a whole, with small profiles.

mod azure;
mod fixtures;
mod plain;
mod scripted;
mod store;
