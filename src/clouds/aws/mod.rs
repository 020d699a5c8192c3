//! Amazon Web Services. Only `live` makes calls.

pub mod export;
pub mod lint;
pub mod live;
pub mod rotation;
pub mod teardown;
pub mod token;
