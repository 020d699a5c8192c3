//! Amazon Web Services. Only `live` makes calls.

pub(crate) mod boundary;
pub(crate) mod elsewhere;
pub mod export;
pub(crate) mod federation;
pub(crate) mod known;
pub mod lint;
pub mod live;
pub mod plan;
pub mod rotation;
pub mod teardown;
pub mod token;
