//! What errors become, and what is not repeated.

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

use super::server::{Reply, Server, body, config, query_error, s3_error};
use super::{bucket, plain, region, user};
use crate::clouds::aws::live::api::{AwsApi, BucketApi, Tags};
use crate::clouds::aws::live::sdk::SdkAccount;
use crate::clouds::call::Failure;

#[tokio::test]
async fn s3_codes_become_kinds() {
    for (status, code, kind) in [
        (400, "ExpiredToken", Failure::Expired),
        (403, "InvalidAccessKeyId", Failure::BadCredentials),
        (403, "SignatureDoesNotMatch", Failure::BadCredentials),
        (403, "RequestTimeTooSkewed", Failure::BadCredentials),
        (400, "InvalidToken", Failure::BadCredentials),
        (403, "AccessDenied", Failure::Denied),
        (403, "SomethingNew", Failure::Denied),
        (404, "NoSuchBucket", Failure::NotFound),
        (409, "BucketAlreadyExists", Failure::Exists),
        (409, "BucketAlreadyOwnedByYou", Failure::Exists),
        (400, "TooManyBuckets", Failure::Limit),
        (409, "OperationAborted", Failure::Conflict),
        (503, "SlowDown", Failure::Throttled),
        (503, "SomethingNew", Failure::Throttled),
        (301, "PermanentRedirect", Failure::WrongRegion),
        (400, "IllegalLocationConstraintException", Failure::WrongRegion),
        (400, "AuthorizationHeaderMalformed", Failure::WrongRegion),
        (400, "MalformedPolicy", Failure::Malformed),
        (500, "InternalError", Failure::NoAnswer),
        (400, "SomethingNew", Failure::Other),
    ] {
        let account = Server::start([s3_error(status, code)]).account("us-east-1");
        let error = account.create_bucket(&bucket(), &region("us-east-1"), &Tags::new()).await.expect_err(code);
        assert_eq!(error.kind, kind, "{error}");
        assert_eq!((error.code.as_str(), error.message.as_str()), (code, "words"));
    }
}

#[tokio::test]
async fn iam_and_sts_codes_become_kinds() {
    for (status, code, kind) in [
        (409, "EntityAlreadyExists", Failure::Exists),
        (409, "LimitExceeded", Failure::Limit),
        (409, "ConcurrentModification", Failure::Conflict),
        (409, "EntityTemporarilyUnmodifiable", Failure::Conflict),
        (400, "MalformedPolicyDocument", Failure::Malformed),
        (400, "Throttling", Failure::Throttled),
        (403, "InvalidClientTokenId", Failure::BadCredentials),
        (403, "ExpiredToken", Failure::Expired),
        (500, "ServiceFailure", Failure::NoAnswer),
    ] {
        let account = Server::start([query_error(status, code)]).account("us-east-1");
        let error = account.create_user(&user(), &plain()).await.expect_err(code);
        assert_eq!((error.call, error.kind), ("iam:CreateUser", kind), "{error}");
    }
}

#[tokio::test]
async fn a_region_that_is_off_is_told_from_wrong_credentials() {
    let account = Server::start([s3_error(400, "InvalidToken")]).account("me-south-1");
    let error = account.create_bucket(&bucket(), &region("me-south-1"), &Tags::new()).await.expect_err("off");
    assert_eq!(error.kind, Failure::RegionDisabled);

    let identity = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>012345678901</Account>\
        <Arn>arn:aws:iam::012345678901:user/u</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let server = Server::start([query_error(403, "InvalidClientTokenId"), body(200, identity)]);
    let error = server.account("me-south-1").caller().await.expect_err("off");
    assert_eq!((error.kind, error.code.as_str()), (Failure::RegionDisabled, "InvalidClientTokenId"));
    assert!(server.requests()[1].contains("/us-east-1/sts/"));

    let server = Server::start([query_error(403, "InvalidClientTokenId"), query_error(403, "InvalidClientTokenId")]);
    let error = server.account("me-south-1").caller().await.expect_err("unknown key");
    assert_eq!(error.kind, Failure::BadCredentials);
}

#[tokio::test]
async fn creations_are_not_repeated_and_reads_are() {
    let server = Server::start([]);
    let account = server.account("us-east-1");
    let error = account.create_access_key(&user()).await.expect_err("dropped");
    assert_eq!((error.kind, error.code.as_str()), (Failure::NoAnswer, ""));
    assert_eq!(server.requests().len(), 1, "a second attempt would make a second key");
    account.create_user(&user(), &plain()).await.expect_err("dropped");
    account.create_role(&user(), &serde_json::json!({}), &plain()).await.expect_err("dropped");
    account.create_policy(&user(), &serde_json::json!({}), &plain()).await.expect_err("dropped");
    account.create_bucket(&bucket(), &region("us-east-1"), &Tags::new()).await.expect_err("dropped");
    assert_eq!(server.requests().len(), 5);
    account.user(&user()).await.expect_err("dropped");
    assert_eq!(server.requests().len(), 8, "three attempts");
    let attempts: Vec<(String, u32)> = account.calls().into_iter().map(|call| (call.call, call.attempts)).collect();
    assert_eq!(attempts[0], ("iam:CreateAccessKey".to_owned(), 1));
    assert_eq!(attempts[5], ("iam:GetUser".to_owned(), 3));
    assert!(account.calls().iter().all(|call| call.started <= call.ended));
}

#[tokio::test]
async fn a_throttled_read_is_repeated_until_it_answers() {
    let replies = [s3_error(503, "SlowDown"), s3_error(404, "NoSuchTagSet")];
    let server = Server::start(replies);
    let tags = server.account("us-east-1").bucket_tags(&bucket(), &region("us-east-1")).await;
    assert_eq!(tags.expect("an answer"), Tags::new());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn no_error_repeats_a_secret() {
    // An answer that breaks off after the secret.
    let broken = "<CreateAccessKeyResponse><CreateAccessKeyResult><AccessKey><SecretAccessKey>hush-secret</Secret";
    let account = Server::start([body(200, broken)]).account("us-east-1");
    let error = account.create_access_key(&user()).await.expect_err("broken");
    assert_eq!(error.kind, Failure::NoAnswer);
    assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");

    // A refusal that quotes the request which was signed.
    let quoting = "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>The signature does not match.\n\n\
        The Canonical String was\nx-amz-security-token:hush-token</Message></Error></ErrorResponse>";
    let account = Server::start([body(403, quoting)]).account("us-east-1");
    let error = account.caller().await.expect_err("refused");
    assert_eq!(error.message, "The signature does not match.");
    assert!(!format!("{account:?}").contains("hush"), "{account:?}");
}

#[tokio::test]
async fn a_new_key_stays_secret() {
    let answer = "<CreateAccessKeyResponse><CreateAccessKeyResult><AccessKey><UserName>u</UserName>\
        <AccessKeyId>AKIANEW</AccessKeyId><Status>Active</Status><SecretAccessKey>hush-secret</SecretAccessKey>\
        </AccessKey></CreateAccessKeyResult></CreateAccessKeyResponse>";
    let account = Server::start([body(200, answer)]).account("us-east-1");
    let key = account.create_access_key(&user()).await.expect("a key");
    assert_eq!((key.id.expose(), key.secret.expose()), ("AKIANEW", "hush-secret"));
    let shown = format!("{account:?} {:?} {key:?}", account.calls());
    assert!(!shown.contains("hush") && !shown.contains("AKIANEW"), "{shown}");
}

#[tokio::test]
async fn a_server_that_is_not_there_gives_no_answer() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let account = SdkAccount::from_config(config(&format!("http://{port}")), &region("us-east-1"), None);
    let error = account.caller().await.expect_err("nobody there");
    assert_eq!(error.kind, Failure::NoAnswer);
    assert!(error.message.contains("refused"), "{error}");
}

#[tokio::test]
async fn a_page_of_html_is_not_an_answer() {
    let account = Server::start([body(200, "<html>Log in to the guest network")]).account("us-east-1");
    let error = account.caller().await.expect_err("a portal");
    assert_eq!(
        (error.kind, error.message.as_str()),
        (Failure::NoAnswer, "the answer (HTTP status 200) could not be read")
    );
    let account = Server::start([body(200, "<html>Log in to the guest network")]).account("us-east-1");
    account.user(&user()).await.expect_err("not: there is no such user");
    let proxy = || body(502, "<html>Bad gateway");
    let account = Server::start([proxy(), proxy(), proxy()]).account("us-east-1");
    assert_eq!(account.caller().await.expect_err("a proxy").kind, Failure::NoAnswer);
}

/// A credentials provider that fails.
#[derive(Debug)]
struct Nobody(fn() -> CredentialsError);

impl ProvideCredentials for Nobody {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err((self.0)()))
    }
}

#[tokio::test]
async fn missing_credentials_are_told_from_expired_ones() {
    for (provider, kind) in [
        (
            Nobody(|| CredentialsError::not_loaded("no credentials found in chain. Attempted:\n Env")),
            Failure::NoCredentials,
        ),
        (Nobody(|| CredentialsError::provider_error("the SSO token has expired")), Failure::Expired),
        (Nobody(|| CredentialsError::invalid_configuration("profile `x` is not defined")), Failure::NoCredentials),
    ] {
        let server = Server::start([Reply::Drop]);
        let config =
            server.config().into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build();
        let error = SdkAccount::from_config(config, &region("us-east-1"), None).caller().await.expect_err("nobody");
        assert_eq!(error.kind, kind, "{error}");
        assert!(server.requests().is_empty());
    }
}
