//! What goes into a cluster and what is found there: objects, Jobs, the rights for them. Only `live` makes calls.

pub mod live;
pub mod proof;
pub mod push;
