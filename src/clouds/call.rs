//! What can go wrong with a call to AWS, before it becomes words for the user.

use std::fmt;

use crate::base::error::Error;

/// A call that failed. It holds no secret: neither request nor response bodies.
#[derive(Clone, Debug)]
pub struct CallError {
    /// The call, such as `s3:CreateBucket`.
    pub call: &'static str,
    /// What it was about, such as a bucket's name.
    pub resource: String,
    /// What kind of failure it is.
    pub kind: Failure,
    /// The service's own code, such as `AccessDenied`; empty when there was no answer.
    pub code: String,
    /// The service's own words, or the cause when there was no answer.
    pub message: String,
    /// The request id, for support.
    pub request_id: Option<String>,
}

impl CallError {
    /// The error that it becomes, with this call behind it and the request id that support asks for.
    pub(crate) fn behind(&self, made: Error) -> Error {
        let made = made.caused_by(self);
        match &self.request_id {
            Some(id) => {
                let why = made.reason().unwrap_or_default().to_owned();
                made.why(format!("{why} Request id {id}.").trim().to_owned())
            }
            None => made,
        }
    }
}

/// The kinds of failure that are treated differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No credentials were found.
    NoCredentials,
    /// The credentials have expired.
    Expired,
    /// The credentials are unknown, or their secret is wrong.
    BadCredentials,
    /// The caller may not do this.
    Denied,
    /// It does not exist.
    NotFound,
    /// It exists already: ours or somebody else's.
    Exists,
    /// A quota is reached.
    Limit,
    /// A conflicting operation is under way.
    Conflict,
    /// Asked too often.
    Throttled,
    /// The region or its endpoint does not serve this request.
    WrongRegion,
    /// The region is not enabled for the account.
    RegionDisabled,
    /// The document or argument is malformed.
    Malformed,
    /// The server does not have this call.
    NotImplemented,
    /// No answer came: it is not known whether the call took effect.
    NoAnswer,
    /// Something else answered: a proxy, a login page, a web server.
    NotTheService,
    /// The service is out of order for the moment: it is not known whether the call took effect.
    Unavailable,
    /// Another error of the service.
    Other,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {} failed", self.call, self.resource)?;
        if !self.code.is_empty() {
            write!(f, ": {}", self.code)?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for CallError {}

/// What a call gives.
pub type Answer<T> = Result<T, CallError>;
