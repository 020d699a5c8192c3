//! bucketwright gives Helm charts their object storage.
//!
//! The program is `cli`; a library user begins with [`spec::Spec::parse`], [`blueprint::blueprint`] and [`render::render`],
//! which touch nothing:
//!
//! ```
//! use bucketwright::{blueprint::blueprint, profile::Catalogue, render, spec::Spec};
//!
//! # fn main() -> bucketwright::base::error::Result<()> {
//! let text = include_str!("../examples/gitlab-irsa.yaml");
//! let blueprint = blueprint(Spec::parse("gitlab-irsa.yaml", text)?, &Catalogue::embedded(), None)?;
//! let bundle = render::render(&blueprint, &render::Facts::default(), &render::Request::default())?;
//! assert!(bundle.get("gitlab/values.yaml").is_some());
//! # Ok(())
//! # }
//! ```
//!
//! # The map
//!
//! Data goes through once, from left to right:
//! `wizard` or a file → [`spec`] → [`blueprint`] → [`plan`] → [`cloud`] → [`render`] → [`sink`].
//!
//! | modules | what is in them |
//! | --- | --- |
//! | [`error`], [`names`], [`yaml`], [`secret`], [`shell`] | below everything: errors with codes, checked names, YAML with places, secret values, quoted words |
//! | [`spec`], [`profile`], [`blueprint`] | what the user wants, what a chart needs, and both together |
//! | [`policy`], [`plan`], [`proof`], [`token`], [`rotation`], [`teardown`], [`export`] | what is to exist in the cloud: documents, steps, trials, and other tools' forms |
//! | [`render`], [`trial`] | values, documents, Secrets and notes; every variant of a profile |
//! | [`chart`], [`release`], [`push`], [`migrate`], [`lint`] | what is held against others' charts, releases, clusters, old values and policies |
//! | [`host`], [`cloud`], [`cluster`], [`input`], [`sink`], [`wizard`], [`report`] | the edges, which talk to the world; none knows another |
//! | [`cli`] | the door: one file a command |
//!
//! All but the edges and the door are pure functions over values. `docs/architecture.md` says more, and a test holds the arrows.
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests make files as they need them"))]

pub mod base;
pub mod blueprint;
pub mod cli;
pub mod clouds;
pub mod files;
pub mod helm;
pub mod host;
pub mod kube;
pub mod migrate;
pub mod model;
pub mod policy;
pub mod profile;
pub mod render;
pub mod report;
pub mod spec;
pub mod wizard;
