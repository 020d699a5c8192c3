//! Helm's charts, values and releases: what they hold, and what is wrong with them. Pure.

pub mod chart;
pub mod release;
