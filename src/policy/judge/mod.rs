//! Who has gained what: policies as they are, held against what the spec wants. Pure.

mod force;
mod issuers;

pub use force::{Force, base, force, takes_patterns};
pub use issuers::{SharedIssuer, shared_issuer};
