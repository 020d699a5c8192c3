//! The account against a scripted server: what is sent, and what the answers become.

mod failures;
mod server;

use aws_sdk_s3::types::TransitionDefaultMinimumObjectSize;
use serde_json::json;

use self::server::{Reply, Server, body, header, s3_error};
use crate::base::names::{AccountId, Arn, BucketName, IamName, IamNameKind, IamPath, Region};
use crate::base::secret::{AccessKey, Secret};
use crate::clouds::aws::live::api::{AwsApi, BucketApi, BucketHead, Encryption, Lifecycle, Making, Tags};
use crate::clouds::call::Failure;
use crate::clouds::trial::Objects as _;

fn region(text: &str) -> Region {
    Region::parse(text).expect("region")
}

fn bucket() -> BucketName {
    BucketName::parse("acme-artifacts").expect("bucket")
}

fn user() -> IamName {
    IamName::parse(IamNameKind::User, "acme-gitlab").expect("user")
}

/// What is made with nothing beside its name.
fn plain() -> Making<'static> {
    static PATH: std::sync::LazyLock<IamPath> = std::sync::LazyLock::new(IamPath::default);
    static TAGS: Tags = Tags::new();
    Making { path: &PATH, boundary: None, tags: &TAGS }
}

fn arn(text: &str) -> Arn {
    Arn::parse(text).expect("ARN")
}

#[tokio::test]
async fn head_tells_ours_elsewhere_forbidden_and_absent() {
    let there = Some(region("eu-west-1"));
    let account_id = AccountId::parse("012345678901").expect("account");
    for (status, line, expected) in [
        (200, "x-amz-bucket-region: eu-west-1", BucketHead::Ours { region: there.clone() }),
        (301, "x-amz-bucket-region: eu-west-1", BucketHead::Elsewhere { region: there.clone() }),
        (301, "", BucketHead::Elsewhere { region: None }),
        (400, "x-amz-bucket-region: eu-west-1", BucketHead::Elsewhere { region: there.clone() }),
        (403, "x-amz-bucket-region: eu-west-1", BucketHead::Forbidden { region: there.clone() }),
        (404, "", BucketHead::Absent),
    ] {
        let server = Server::start([header(status, line)]);
        let account = server.account("us-east-1");
        let told = account.head_bucket(&bucket(), &region("us-east-1"), Some(&account_id)).await.expect("an answer");
        assert_eq!(told, expected, "{status} {line}");
        let request = server.requests().remove(0);
        assert!(request.starts_with("HEAD /acme-artifacts"), "addressed by path: {request}");
        assert!(request.contains("x-amz-expected-bucket-owner: 012345678901"), "{request}");
    }
}

#[tokio::test]
async fn head_400_of_the_same_region_is_not_elsewhere() {
    let account_id = AccountId::parse("012345678901").expect("account");
    for line in ["x-amz-bucket-region: us-east-1", ""] {
        let account = Server::start([header(400, line)]).account("us-east-1");
        let error = account.head_bucket(&bucket(), &region("us-east-1"), Some(&account_id)).await.expect_err("400");
        assert_eq!((error.call, error.kind), ("s3:HeadBucket", Failure::Other));
        assert_eq!(error.message, "HTTP status 400");
    }
}

#[tokio::test]
async fn creation_names_the_region_but_not_us_east_1() {
    let server = Server::start([header(200, ""), header(200, "")]);
    let account = server.account("us-east-1");
    account.create_bucket(&bucket(), &region("us-east-1"), &Tags::new()).await.expect("created");
    let owner = AccountId::parse("012345678901").expect("account");
    let regional = BucketName::account_regional("acme", &owner, &region("eu-west-1")).expect("name");
    account.create_bucket(&regional, &region("eu-west-1"), &Tags::new()).await.expect("created");
    let [first, second] = server.requests().try_into().expect("two requests");
    assert!(!first.contains("LocationConstraint") && !first.contains("bucket-namespace"), "{first}");
    assert!(first.contains("x-amz-object-ownership: BucketOwnerEnforced"), "{first}");
    assert!(first.contains(concat!("lib/bucketwright/", env!("CARGO_PKG_VERSION"))), "{first}");
    assert!(second.contains("<LocationConstraint>eu-west-1</LocationConstraint>"), "{second}");
    assert!(second.contains("x-amz-bucket-namespace: account-regional"), "{second}");
    assert!(second.contains("/eu-west-1/s3/aws4_request"), "signed for the bucket's region: {second}");
}

#[tokio::test]
async fn what_is_not_set_is_no_error() {
    let (name, place) = (bucket(), region("us-east-1"));
    let absent = |code: &str| Server::start([s3_error(404, code)]).account("us-east-1");
    let account = absent("NoSuchPublicAccessBlockConfiguration");
    assert_eq!(account.public_access_block(&name, &place).await.expect("none"), None);
    let account = absent("OwnershipControlsNotFoundError");
    assert_eq!(account.ownership(&name, &place).await.expect("none"), None);
    let account = absent("ServerSideEncryptionConfigurationNotFoundError");
    assert_eq!(account.encryption(&name, &place).await.expect("none"), None);
    let account = absent("NoSuchLifecycleConfiguration");
    assert_eq!(account.lifecycle(&name, &place).await.expect("none"), Lifecycle::default());
    assert_eq!(absent("NoSuchBucketPolicy").bucket_policy(&name, &place).await.expect("none"), None);
    assert_eq!(absent("NoSuchCORSConfiguration").cors(&name, &place).await.expect("none"), []);
    assert_eq!(absent("NoSuchTagSet").bucket_tags(&name, &place).await.expect("none"), Tags::new());
    let error = absent("NoSuchBucket").bucket_tags(&name, &place).await.expect_err("no bucket");
    assert_eq!((error.kind, error.resource.as_str()), (Failure::NotFound, "acme-artifacts"));
}

#[tokio::test]
async fn the_lifecycles_minimum_size_survives_a_rewrite() {
    let rules = "<LifecycleConfiguration><Rule><ID>theirs</ID><Status>Enabled</Status><Filter><Prefix/></Filter>\
                 <Expiration><Days>3</Days></Expiration></Rule></LifecycleConfiguration>";
    let line = "x-amz-transition-default-minimum-object-size: varies_by_storage_class";
    let server = Server::start([Reply::Answer(200, line, rules.to_owned()), header(200, "")]);
    let account = server.account("us-east-1");
    let found = account.lifecycle(&bucket(), &region("us-east-1")).await.expect("rules");
    assert_eq!(found.minimum_object_size, Some(TransitionDefaultMinimumObjectSize::VariesByStorageClass));
    account.put_lifecycle(&bucket(), &region("us-east-1"), found).await.expect("written");
    let written = server.requests().remove(1);
    assert!(written.contains(line) && written.contains("<ID>theirs</ID>"), "{written}");
}

#[tokio::test]
async fn kms_encryption_turns_the_bucket_key_on() {
    let server = Server::start([header(200, ""), header(200, "")]);
    let account = server.account("us-east-1");
    let kms = Encryption::Kms(Some("arn:aws:kms:us-east-1:012345678901:key/k".to_owned()));
    account.put_encryption(&bucket(), &region("us-east-1"), &kms).await.expect("written");
    account.put_encryption(&bucket(), &region("us-east-1"), &Encryption::S3).await.expect("written");
    let [with_kms, plain] = server.requests().try_into().expect("two requests");
    assert!(with_kms.contains("<BucketKeyEnabled>true</BucketKeyEnabled>") && with_kms.contains("key/k"), "{with_kms}");
    assert!(!plain.contains("BucketKeyEnabled") && plain.contains("AES256"), "{plain}");
}

#[tokio::test]
async fn access_keys_come_from_all_pages() {
    let page = |id: &str, more: &str| {
        body(
            200,
            format!(
                "<ListAccessKeysResponse><ListAccessKeysResult><AccessKeyMetadata><member><AccessKeyId>{id}</AccessKeyId>\
                 <Status>Active</Status><CreateDate>1970-01-01T00:01:00Z</CreateDate></member></AccessKeyMetadata>{more}\
                 </ListAccessKeysResult></ListAccessKeysResponse>"
            ),
        )
    };
    let first = page("AKIA1", "<IsTruncated>true</IsTruncated><Marker>m</Marker>");
    let server = Server::start([first, page("AKIA2", "<IsTruncated>false</IsTruncated>")]);
    let keys = server.account("us-east-1").access_keys(&user()).await.expect("keys");
    assert_eq!(keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["AKIA1", "AKIA2"]);
    assert!(keys.iter().all(|key| key.active && key.created == 60));
}

#[tokio::test]
async fn the_simulator_answers_in_two_forms() {
    let answer = "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>\
        <member><EvalActionName>s3:GetObject</EvalActionName><EvalResourceName>*</EvalResourceName>\
        <EvalDecision>implicitDeny</EvalDecision><ResourceSpecificResults>\
        <member><EvalResourceName>arn:aws:s3:::a/*</EvalResourceName><EvalResourceDecision>allowed</EvalResourceDecision></member>\
        <member><EvalResourceName>arn:aws:s3:::b/*</EvalResourceName><EvalResourceDecision>explicitDeny</EvalResourceDecision></member>\
        </ResourceSpecificResults></member>\
        <member><EvalActionName>s3:ListBucket</EvalActionName><EvalResourceName>arn:aws:s3:::a</EvalResourceName>\
        <EvalDecision>allowed</EvalDecision></member>\
        </EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>";
    let account = Server::start([body(200, answer)]).account("us-east-1");
    let principal = arn("arn:aws:iam::012345678901:user/u");
    let told = account.simulate(&principal, &["s3:GetObject", "s3:ListBucket"], &[]).await.expect("decisions");
    let told: Vec<_> = told.iter().map(|one| format!("{} {} {}", one.action, one.resource, one.answer)).collect();
    let expected = [
        "s3:GetObject arn:aws:s3:::a/* allowed",
        "s3:GetObject arn:aws:s3:::b/* explicitDeny",
        "s3:ListBucket arn:aws:s3:::a allowed",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_roles_trust_is_decoded() {
    let answer = "<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>R</RoleName><RoleId>I</RoleId>\
        <Arn>arn:aws:iam::012345678901:role/R</Arn><CreateDate>1970-01-01T00:01:00Z</CreateDate>\
        <AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D</AssumeRolePolicyDocument>\
        <Tags><member><Key>k</Key><Value>v</Value></member></Tags></Role></GetRoleResult></GetRoleResponse>";
    let account = Server::start([body(200, answer)]).account("us-east-1");
    let role = account.role(&user()).await.expect("an answer").expect("a role");
    assert_eq!(role.trust, json!({"Version": "2012-10-17"}));
    assert_eq!(role.tags.get("k").map(String::as_str), Some("v"));
}

#[tokio::test]
async fn an_association_is_created_with_a_lasting_token() {
    let again = body(409, r#"{"__type": "ResourceInUseException", "message": "words"}"#);
    let created = body(200, r#"{"association": {"associationId": "a-1"}}"#);
    let server = Server::start([Reply::Drop, created, again]);
    let account = server.account("us-east-1");
    let role = arn("arn:aws:iam::012345678901:role/R");
    account.create_association("c", "ns", "sa", &role, &Tags::new()).await.expect("repeated, then created");
    let error = account.create_association("c", "ns", "sa", &role, &Tags::new()).await.expect_err("again");
    assert_eq!((error.kind, error.resource.as_str()), (Failure::Exists, "c/ns/sa"));
    let tokens: Vec<String> = server.requests().iter().filter_map(|request| token(request)).collect();
    assert_eq!(tokens.len(), 3);
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
}

fn token(request: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(request.split_once("\r\n\r\n")?.1).ok()?;
    Some(body.get("clientRequestToken")?.as_str()?.to_owned())
}

#[tokio::test]
async fn a_key_holder_signs_with_its_key_and_sends_no_new_checksums() {
    let server = Server::start([header(200, "")]);
    let key = AccessKey { id: Secret::new("AKIDOTHER"), secret: Secret::new("hush") };
    let account = server.account("us-east-1");
    account.as_key(&key, &region("eu-west-1")).put(&bucket(), "probe", "words").await.expect("put");
    let request = server.requests().remove(0);
    assert!(request.starts_with("PUT /acme-artifacts/probe"), "{request}");
    assert!(request.contains("Credential=AKIDOTHER/") && request.contains("/eu-west-1/s3/"), "{request}");
    assert!(!request.contains("x-amz-checksum") && !request.contains("x-amz-trailer"), "{request}");
    assert!(!request.contains("hush"), "neither the secret nor the operator's token: {request}");
    assert_eq!(account.calls()[0].call, "s3:PutObject");
}

#[tokio::test]
async fn an_upload_that_cannot_go_on_is_aborted() {
    let created = "<InitiateMultipartUploadResult><UploadId>u-1</UploadId></InitiateMultipartUploadResult>";
    let server = Server::start([body(200, created), s3_error(403, "AccessDenied"), header(204, "")]);
    let key = AccessKey { id: Secret::new("AKIDOTHER"), secret: Secret::new("hush") };
    let account = server.account("us-east-1");
    let error = account.as_key(&key, &region("us-east-1")).begin_multipart(&bucket(), "k").await.expect_err("denied");
    assert_eq!((error.call, error.kind), ("s3:UploadPart", Failure::Denied));
    assert!(server.requests()[2].starts_with("DELETE /acme-artifacts/k?"));
}
