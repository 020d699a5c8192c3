//! No answer of a cluster is read without end: a limit for its size, and a deadline for reads.

use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::TryFutureExt;
use futures_util::future::MapOk;
use http::Response;
use http_body_util::Limited;
use tower_layer::Layer;
use tower_service::Service;

use super::failure::Asked;
use crate::base::error::Result;

/// No answer is larger: a release has at most 1 MiB, and Helm keeps ten revisions unless told otherwise.
pub(super) const MAX_BYTES: usize = 64 * 1024 * 1024;
/// A whole answer is there by then.
const PATIENCE: Duration = Duration::from_secs(30);

/// Limits the answers of the service below.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds;

/// A service whose answers end, with an error where they are too long.
#[derive(Clone, Debug)]
pub(super) struct Bounded<S>(S);

impl<S> Layer<S> for Bounds {
    type Service = Bounded<S>;

    fn layer(&self, inner: S) -> Bounded<S> {
        Bounded(inner)
    }
}

impl<S, R, B> Service<R> for Bounded<S>
where
    S: Service<R, Response = Response<B>>,
{
    type Response = Response<Limited<B>>;
    type Error = S::Error;
    type Future = MapOk<S::Future, fn(Response<B>) -> Response<Limited<B>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let limited: fn(Response<B>) -> Response<Limited<B>> =
            |response| response.map(|body| Limited::new(body, MAX_BYTES));
        self.0.call(request).map_ok(limited)
    }
}

impl Asked<'_> {
    /// What a read gives, in time.
    ///
    /// # Errors
    /// Those of the call, and `BW1102` when its answer does not come to its end.
    pub(super) async fn read<T>(&self, call: impl Future<Output = kube::Result<T>>) -> Result<T> {
        match tokio::time::timeout(PATIENCE, call).await {
            Ok(answer) => answer.map_err(|error| self.failed(&error)),
            Err(_) => Err(self.endless(&format!("Its answer was not complete after {} seconds.", PATIENCE.as_secs()))),
        }
    }
}
