//! The guided run, typed through on a pseudo-terminal as a person would.

mod begin;
mod journeys;
mod picture;
pub mod terminal;
