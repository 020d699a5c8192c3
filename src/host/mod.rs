//! What the edges ask of the operating system: files through one interface, programs through another.
//!
//! Whoever reads, writes or runs something goes through here, so that no file of others leads out of its folder, blocks, or
//! fills the memory, and no program outlives the call that started it. `clippy.toml` forbids the ways around it.

pub mod child;
pub mod files;
pub mod folder;
