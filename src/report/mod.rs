//! What a person or a program reads: words, tables, progress, JSON. The only room that prints.

mod clean;
mod errors;
mod explain;
mod findings;
mod layout;
mod matrix;
mod migrate;
mod plan;
mod profile;
mod progress;
mod proof;
pub mod review;
mod screen;
mod steps;
mod support;
mod teardown;
mod topics;
mod trust;
mod warnings;

pub use clean::json_text;
pub use errors::{error_json, error_text};
pub use explain::{Explained, explained_json, explained_text};
pub use findings::{findings_json, findings_sarif, findings_text};
pub use layout::table;
pub use matrix::{matrix_json, matrix_junit, matrix_text};
pub use migrate::{migrate_json, migrate_text};
pub use plan::{plan_json, plan_text};
pub use profile::{profile_markdown, profile_text};
pub use progress::Progress;
pub use proof::proof_text;
pub use screen::{Colour, Screen};
pub use support::{Row, cell_json, support_markdown, support_text};
pub use teardown::{teardown_json, teardown_text};
pub use topics::topic;
pub use trust::{time, trust_json, trust_text};
pub use warnings::{warnings_json, warnings_text};
