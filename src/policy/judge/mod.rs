//! Who has gained what: policies as they are, held against what the spec wants. Pure.

mod covers;
mod force;
mod issuers;
mod words;

pub use covers::uncovered;
pub use force::{Force, base, force, takes_patterns};
pub use issuers::{SharedIssuer, shared_issuer};
pub use words::{what, who};
