//! From a failed call to words for the user: code, what, why, and the exact fix.

use crate::base::error::{Code, Error};
use crate::clouds::call::{CallError, Failure};

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        let said = said(&error);
        let new = |code, what: String| Error::new(code, what);
        let made = match error.kind {
            Failure::NoCredentials => new(Code::NO_CREDENTIALS, "no AWS credentials were found".to_owned())
                .why(format!("They are looked for in the environment, in AWS_PROFILE's profile, in a web identity and on the instance. {said}").trim().to_owned())
                .fix("Run `aws configure` or `aws sso login`, or set AWS_PROFILE. To try without an account, add `--rehearse`."),
            Failure::Expired => new(Code::EXPIRED_CREDENTIALS, format!("the credentials have expired ({})", error.call))
                .why(said)
                .fix("Log in again (`aws sso login`) and run the same command: it continues where it stopped."),
            Failure::BadCredentials => new(Code::BAD_CREDENTIALS, format!("AWS does not accept the credentials ({})", error.call))
                .why(said)
                .fix("Check AWS_PROFILE, the keys, and the clock of this machine; `aws sts get-caller-identity` shows who you are."),
            Failure::Denied => new(Code::DENIED, format!("you are not allowed to call {} on {}", error.call, error.resource))
                .why(format!("{said} The IAM action is {}.", denied(&error)))
                .fix("Ask for that action; `bucketwright plan --permissions` prints the whole policy that a run needs."),
            Failure::RegionDisabled => new(Code::REGION_DISABLED, format!("the region does not serve this account ({})", error.call))
                .why(said)
                .fix("Enable the region (`aws account enable-region --region-name REGION`) and wait, or choose another. Tokens of the global STS endpoint are refused there too: set AWS_STS_REGIONAL_ENDPOINTS=regional."),
            Failure::Throttled => new(Code::THROTTLED, format!("AWS keeps refusing {} for being asked too often", error.call))
                .why(said)
                .fix("Wait a minute and run the same command: what was made stays, the rest is made then."),
            Failure::NoAnswer => new(Code::UNREACHABLE, format!("{} on {} got no answer", error.call, error.resource))
                .why(format!("{said} It is not known whether the call took effect; the next run looks before it makes anything.").trim().to_owned())
                .fix("Check the network and AWS_ENDPOINT_URL, then run the same command again."),
            Failure::NotTheService => new(Code::CALL_FAILED, format!("{} was not answered by AWS", error.call))
                .why(said)
                .fix("A proxy or another server answered. Check HTTPS_PROXY, NO_PROXY and AWS_ENDPOINT_URL, then run the same command again."),
            Failure::Limit => new(Code::CALL_FAILED, format!("a quota of the account is reached ({} on {})", error.call, error.resource))
                .why(said)
                .fix("Ask for a higher quota, or remove what is not used."),
            Failure::Conflict if error.code.starts_with("DeleteConflict") => {
                new(Code::STILL_HELD, format!("{} stays, because something still holds it ({})", error.resource, error.call))
                    .why(said)
                    .fix("Remove what the message names (inline policies, groups, instance profiles, a login, other holders of a policy), then run the same command again.")
            }
            Failure::Conflict if !error.call.starts_with("s3:") => {
                new(Code::CALL_FAILED, format!("another operation on {} is under way ({})", error.resource, error.call))
                    .why(said)
                    .fix("Wait and run the same command again.")
            }
            Failure::Conflict => new(Code::CALL_FAILED, format!("another operation on {} is under way ({})", error.resource, error.call))
                .why(format!("{said} A bucket's name stays busy for up to an hour after it was deleted."))
                .fix("Wait and run the same command again, or choose another name."),
            _ => new(Code::CALL_FAILED, format!("{} on {} failed", error.call, error.resource))
                .why(said)
                .fix("Run the same command again; what was made stays."),
        };
        error.behind(made)
    }
}

/// The service's words, or the cause when there was no answer.
fn said(error: &CallError) -> String {
    let words = error.message.trim_end_matches('.');
    match (words.is_empty(), error.code.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!("AWS says: {}.", error.code),
        (false, true) => format!("The cause: {words}."),
        (false, false) => format!("AWS says: {words} ({}).", error.code),
    }
}

/// The IAM action that was denied: AWS's own word for it, because one call may need several, such as `s3:CreateBucket` with
/// an ownership setting or `iam:CreateUser` with tags.
fn denied(error: &CallError) -> &str {
    let named = error.message.split_once("not authorized to perform: ").and_then(|(_, rest)| rest.split(' ').next());
    let plain =
        |name: &&str| name.split_once(':').is_some_and(|(service, action)| !service.is_empty() && !action.is_empty());
    named.filter(plain).unwrap_or_else(|| action(error.call))
}

/// The IAM action that authorises a call, where its name differs. Source: Service Authorization Reference, Amazon S3.
fn action(call: &str) -> &str {
    match call {
        "s3:HeadBucket" | "s3:ListObjectsV2" => "s3:ListBucket",
        "s3:CreateMultipartUpload" | "s3:UploadPart" => "s3:PutObject",
        "s3:ListParts" => "s3:ListMultipartUploadParts",
        "s3:ListObjectVersions" => "s3:ListBucketVersions",
        "s3:DeleteObjects" => "s3:DeleteObjectVersion",
        "s3:ListMultipartUploads" => "s3:ListBucketMultipartUploads",
        "s3:DeleteBucketTagging" => "s3:PutBucketTagging",
        "s3:ListBuckets" => "s3:ListAllMyBuckets",
        "s3:GetPublicAccessBlock" => "s3:GetBucketPublicAccessBlock",
        "s3:PutPublicAccessBlock" => "s3:PutBucketPublicAccessBlock",
        "s3:GetBucketEncryption" => "s3:GetEncryptionConfiguration",
        "s3:PutBucketEncryption" => "s3:PutEncryptionConfiguration",
        "s3:GetBucketLifecycleConfiguration" => "s3:GetLifecycleConfiguration",
        "s3:PutBucketLifecycleConfiguration" | "s3:DeleteBucketLifecycle" => "s3:PutLifecycleConfiguration",
        "s3:GetBucketCors" => "s3:GetBucketCORS",
        "s3:PutBucketCors" | "s3:DeleteBucketCors" => "s3:PutBucketCORS",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_is_explained_by_the_service_that_has_it() {
        let words = |call, code: &str| {
            let error = CallError {
                call,
                resource: "acme".to_owned(),
                kind: Failure::Conflict,
                code: code.to_owned(),
                message: String::new(),
                request_id: None,
            };
            let error = Error::from(error);
            format!("{} {}", error.reason().unwrap_or_default(), error.remedy().unwrap_or_default())
        };
        assert!(words("s3:CreateBucket", "OperationAborted").contains("A bucket's name stays busy"));
        for (call, code) in [("iam:DeleteUser", "DeleteConflict"), ("iam:CreateRole", "ConcurrentModification")] {
            assert!(!words(call, code).contains("bucket"), "{call}: {}", words(call, code));
        }
        assert!(words("iam:DeletePolicy", "DeleteConflictException").contains("instance profiles"));
    }
}
