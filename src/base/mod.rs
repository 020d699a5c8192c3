//! What knows nothing of the product: errors with codes, checked names, YAML with places, secret values, quoted words.

pub mod error;
pub mod names;
pub mod secret;
pub mod shell;
pub mod yaml;
