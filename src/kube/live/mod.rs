//! The Kubernetes cluster: what is pushed into it and read from it, through its API server.

mod apply;
mod bounds;
mod connect;
mod failure;
mod job;
mod plugin;
mod pod;
mod read;
mod restart;

pub use apply::{Applied, ApplyOptions};
pub use connect::contexts;
pub use job::Watch;
use kube::Client;

/// A connection to a cluster's API server.
pub struct Cluster {
    client: Client,
    /// The server's address.
    pub address: String,
}
