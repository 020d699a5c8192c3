//! Questions that fill a spec. They are asked in plaintext words, and no cloud is called from here: what can be found out
//! is asked from the caller's [`Surroundings`].
//!
//! Every question has a stable key: answers files use it, and so do messages about missing answers. `ID` is a profile's
//! name.
//!
//! | key | answer |
//! | --- | --- |
//! | `name`, `cloud.region` | a text |
//! | `cloud.provider` | `aws`, `s3`, `azure`, `gcp`; asked of a file only if it has it |
//! | `cloud.account` | 12 digits in quotes; asked of a file only if it has it |
//! | `cloud.store` | `minio`, `garage` …; this and the next five for `s3` |
//! | `cloud.endpoint` | `https://HOST:PORT`; `http://` makes `cloud.insecure` a question |
//! | `cloud.insecure` | a boolean |
//! | `cloud.region` | the word in signatures; not asked for R2 |
//! | `cloud.pathStyle` | a boolean |
//! | `cloud.ca` | a PEM file's path, or empty |
//! | `cloud.subscription`, `cloud.resourceGroup`, `cloud.storageAccount`, `cloud.location` | a text; for `azure` |
//! | `cloud.project`, `cloud.location` | a text; for `gcp` |
//! | `cloud.projectNumber` | a text; for `gcp`, asked only if the file has it |
//! | `installs` | a list of profiles |
//! | `ID.chartVersion`, `ID.release`, `ID.namespace` | a text |
//! | `ID.identity` | `irsa`, `pod-identity`, `node-role`, `static-keys`, `workload-identity` |
//! | `ID.store` | `new`, `minio`; asked of a person, for a chart that may run on MinIO |
//! | `cloud.cluster.name` | a text; asked if an identity needs the cluster |
//! | `cloud.cluster.oidcIssuer` | a text; asked only if the file has it |
//! | `cloud.cluster.nodeRole` | an ARN; asked for `node-role` |
//! | `roles` | `shared`, `per-component`; asked if a chart has several parts |
//! | `ID.options.NAME` | a boolean, a word, a text or a list, as the profile says |
//! | `ID.optionalBuckets` | a list of purposes; asked if the profile has optional buckets |
//! | `ID.credentials` | on a store: `env`, `file`, or `type`, which asks for `ID.credentials.accessKeyId` and `.secretAccessKey`; on AWS also `make` |
//! | `ID.buckets.PURPOSE` | a bucket's name; asked of a file only if it has it |
//! | `buckets` | `take`, `own` (names in the account's own namespace) |
//! | `provision` | a boolean |
//!
//! A person is also asked `summary`, and `cloud.cluster.unknown.NAME` for a cluster that is not there; `roles` only where there are
//! roles, `provision` as a part of the summary.

mod ask;
mod buckets;
mod charts;
mod cloud;
mod draft;
mod earlier;
mod identity;
mod journal;
mod names;
mod options;
mod plain;
mod prompter;
mod scripted;
mod summary;
mod surroundings;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
mod world;

pub use ask::{Answers, Earlier, Leaving, ask};
pub use earlier::{kept_text, of_spec, read_kept};
pub use journal::Kept;
pub use plain::PlainPrompter;
pub use prompter::{Asked, Check, Given, Item, Prompter, Question, Unanswered};
pub use scripted::Scripted;
#[cfg(test)]
pub(crate) use surroundings::Nowhere;
pub use surroundings::{BucketState, Surroundings};
pub use terminal::{TerminalPrompter, interrupted, restore_terminal};
