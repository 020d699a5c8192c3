//! bucketwright gives Helm charts their object storage.
//!
//! The program is `cli`; a library user begins with [`spec::Spec::parse`], [`blueprint::blueprint`] and [`render::render`],
//! which touch nothing:
//!
//! ```
//! use bucketwright::{blueprint::blueprint, model, profile::Catalogue, render, spec::Spec};
//!
//! # fn main() -> bucketwright::base::error::Result<()> {
//! let text = include_str!("../examples/gitlab-irsa.yaml");
//! let blueprint = blueprint(Spec::parse("gitlab-irsa.yaml", text)?, &Catalogue::embedded(), None)?;
//! let bundle = render::render(&blueprint, &model::Facts::default(), &render::RenderOptions::default())?;
//! assert!(bundle.get("gitlab/values.yaml").is_some());
//! # Ok(())
//! # }
//! ```
//!
//! # The map
//!
//! Data passes through once, from left to right:
//! `wizard` or a file → [`spec`] → [`blueprint`] → plan → apply → [`render`] → folder, stdout or cluster.
//!
//! | module | what is in it |
//! | --- | --- |
//! | [`base`] | errors with codes, checked names, YAML with places, secret values, quoted words |
//! | `host` | files, folders and child processes through one interface |
//! | [`spec`], [`profile`], [`policy`] | what the user wants, what a chart needs, documents in IAM's policy language |
//! | [`model`] | the types that all clouds share: what is wanted, plan, keys, proof |
//! | `clouds` | one folder for each cloud; only their `live` makes calls. [`lint`] reads any policy of AWS |
//! | [`blueprint`], [`render`] | spec and profile → what is wanted; with facts → files |
//! | [`helm`], `kube`, [`migrate`] | charts, values and releases; what goes into a cluster; leaving MinIO |
//! | `files`, [`wizard`], [`report`], [`cli`] | the edges: disk, questions, words, one file a command |
//!
//! `docs/architecture.md` says more, and a test holds the order.
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests make files as they need them"))]

pub mod base;
pub mod blueprint;
pub mod cli;
pub(crate) mod clouds;
pub(crate) mod files;
pub mod helm;
pub(crate) mod host;
pub(crate) mod kube;
pub mod migrate;
pub mod model;
pub mod policy;
pub mod profile;
pub mod render;
pub mod report;
pub mod spec;
pub mod wizard;

pub use clouds::aws::lint;
