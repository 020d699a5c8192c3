//! The Kubernetes cluster: what is pushed into it and read from it, through its API server.

mod apply;
mod bounds;
mod connect;
mod current;
mod failure;
mod job;
mod plugin;
mod pod;
mod read;
mod releases;
mod restart;

pub use apply::{Applied, ApplyOptions};
pub use connect::contexts;
pub use current::{Current, current};
pub use job::Watch;
use kube::Client;
pub use releases::Running;

/// A connection to a cluster's API server.
pub struct Cluster {
    client: Client,
    /// The server's address.
    pub address: String,
}
