//! The questions as a whole, with small profiles.

mod azure;
mod fixtures;
mod google;
mod plain;
mod scripted;
mod store;
