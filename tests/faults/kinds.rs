//! What can go wrong with one call.

use serde_json::{Value, json};

/// A kind of fault: what the peer is asked to do, and to which calls it can happen.
pub struct Kind {
    pub name: &'static str,
    fault: fn(&Call) -> Value,
    can: fn(&Call) -> bool,
}

/// A call of a clean run: the `nth` of its operation.
#[derive(Clone, Debug)]
pub struct Call {
    pub service: String,
    pub operation: String,
    pub write: bool,
    pub nth: usize,
}

impl Kind {
    /// The fault for a call; `None` where this cannot happen.
    pub fn at(&self, call: &Call) -> Option<Value> {
        if !(self.can)(call) {
            return None;
        }
        let mut fault = (self.fault)(call);
        fault["operation"] = json!(call.operation);
        fault["after"] = json!(call.nth);
        Some(fault)
    }
}

const fn kind(name: &'static str, can: fn(&Call) -> bool, fault: fn(&Call) -> Value) -> Kind {
    Kind { name, fault, can }
}

fn any(_: &Call) -> bool {
    true
}
fn s3(call: &Call) -> bool {
    call.service == "s3"
}
fn not_s3(call: &Call) -> bool {
    !s3(call)
}
fn write(call: &Call) -> bool {
    call.write
}
fn says(status: u16, code: &str) -> Value {
    json!({"status": status, "code": code})
}
fn elsewhere(status: u16, code: &str) -> Value {
    json!({"status": status, "code": code, "headers": {"x-amz-bucket-region": "us-west-2"}})
}

/// All kinds.
pub const KINDS: [Kind; 22] = [
    kind("reply lost after the call took effect", any, |_| json!({"lose_reply": true})),
    kind("reply torn in the middle", any, |_| json!({"tear_reply": true})),
    kind("connection reset before", any, |_| json!({"reset": true})),
    kind("500", any, |call| says(500, if s3(call) { "InternalError" } else { "ServiceFailure" })),
    kind(
        "500 although it took effect",
        write,
        |call| json!({"status": 500, "code": if s3(call) { "InternalError" } else { "ServiceFailure" }, "act": true}),
    ),
    kind("503 ServiceUnavailable", any, |_| says(503, "ServiceUnavailable")),
    kind("503 SlowDown", s3, |_| says(503, "SlowDown")),
    kind("400 Throttling", not_s3, |_| says(400, "Throttling")),
    kind("429 TooManyRequests", not_s3, |_| says(429, "TooManyRequestsException")),
    kind("ExpiredToken", any, |call| says(if s3(call) { 400 } else { 403 }, "ExpiredToken")),
    kind("RequestTimeTooSkewed", any, |_| says(403, "RequestTimeTooSkewed")),
    kind("AccessDenied", any, |_| says(403, "AccessDenied")),
    kind("delay", any, |_| json!({"delay": 150})),
    kind("not found, as before it was spread", any, |call| {
        says(
            404,
            match call.service.as_str() {
                "s3" => "NoSuchBucket",
                "eks" => "ResourceNotFoundException",
                _ => "NoSuchEntity",
            },
        )
    }),
    kind("301 another region", s3, |_| elsewhere(301, "PermanentRedirect")),
    kind("400 another region", s3, |_| elsewhere(400, "AuthorizationHeaderMalformed")),
    kind("403 another region", s3, |_| elsewhere(403, "AccessDenied")),
    kind("409 OperationAborted", |call| s3(call) && write(call), |_| says(409, "OperationAborted")),
    kind("409 ConcurrentModification", |call| not_s3(call) && write(call), |_| says(409, "ConcurrentModification")),
    kind(
        "409 EntityTemporarilyUnmodifiable",
        |call| not_s3(call) && write(call),
        |_| says(409, "EntityTemporarilyUnmodifiable"),
    ),
    kind("409 LimitExceeded", |call| not_s3(call) && write(call), |_| says(409, "LimitExceeded")),
    kind(
        "400 MalformedPolicy, principal unknown",
        |call| call.write && call.operation.contains("Policy"),
        |call| {
            let code = if s3(call) { "MalformedPolicy" } else { "MalformedPolicyDocument" };
            json!({"status": 400, "code": code, "message": "Invalid principal in policy"})
        },
    ),
];
