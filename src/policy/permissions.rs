//! What a principal may do: the least-privilege permission policy.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::keys::key_statements;
use super::mark::sid_of;
use super::{KmsKeys, LANGUAGE};
use crate::base::names::{Arn, BucketName, Partition};
use crate::profile::Access;

/// Rights on the bucket itself. Source: Distribution, storage driver s3, "S3 permission scopes"; HeadBucket is authorised
/// by `s3:ListBucket` (Amazon S3 API, HeadBucket).
const BUCKET_ACTIONS: [&str; 3] = ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"];
/// Rights to read only: the bucket without uploads.
const BUCKET_READ_ACTIONS: [&str; 2] = ["s3:ListBucket", "s3:GetBucketLocation"];
/// Rights on objects. Source: the same.
const OBJECT_ACTIONS: [&str; 5] =
    ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"];
/// Rights to read objects.
const OBJECT_READ_ACTIONS: [&str; 1] = ["s3:GetObject"];
/// What begins the Sid of a statement that a profile asks for beyond the buckets.
pub const BEYOND_PREFIX: &str = "BucketwrightBeyond";

/// What a principal may do with one bucket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BucketGrant {
    /// The bucket.
    pub bucket: BucketName,
    /// How far it goes.
    pub access: Access,
    /// Actions beyond the base set.
    pub extra: BTreeSet<String>,
    /// Roles on Google Cloud beyond the access level's own.
    pub roles: BTreeSet<String>,
}

/// The actions of an access level: on the bucket, and on its objects.
pub fn actions_for(access: Access) -> (&'static [&'static str], &'static [&'static str]) {
    match access {
        Access::Read => (&BUCKET_READ_ACTIONS, &OBJECT_READ_ACTIONS),
        Access::ReadWrite => (&BUCKET_ACTIONS, &OBJECT_ACTIONS),
    }
}

/// Where a policy is to hold.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The partition of its ARNs.
    pub partition: Partition,
    /// Whether it reaches buckets of the principal's own account alone: AWS knows whose a bucket is, a store does not.
    pub own_account: bool,
}

/// Holds for buckets of the principal's own account: a bucket that was deleted, and whose name somebody else registered, is
/// another account's. The variable says whose account it is, so a policy is the same before the account is known.
///
/// Source: Service Authorization Reference, Amazon S3, `s3:ResourceAccount`; IAM User Guide, "AWS global condition context
/// keys", `aws:PrincipalAccount`. AWS's own managed policies say it in these words, such as `AWSAppFabricServiceRolePolicy`.
pub fn own_account() -> Value {
    json!({"StringEquals": {"s3:ResourceAccount": "${aws:PrincipalAccount}"}})
}

/// A statement about S3 that reaches no further than the principal's own account, where the policy is to be so limited.
fn limited(scope: Scope, mut statement: Value) -> Value {
    let of_s3 = |action: &Value| action.as_str().is_some_and(|action| action.to_ascii_lowercase().starts_with("s3:"));
    let about_s3 = match &statement["Action"] {
        Value::Array(actions) => !actions.is_empty() && actions.iter().all(of_s3),
        single => of_s3(single),
    };
    if scope.own_account && about_s3 && statement.get("Condition").is_none() {
        statement["Condition"] = own_account();
    }
    statement
}

/// The permission policy of a principal: two statements for each access level, those beyond, and those for KMS keys.
pub fn permissions(scope: Scope, grants: &[BucketGrant], beyond: &[Value], keys: KmsKeys<'_>) -> Value {
    let partition = scope.partition;
    let mut groups: BTreeMap<(Access, &BTreeSet<String>), Vec<&BucketName>> = BTreeMap::new();
    for grant in grants {
        groups.entry((grant.access, &grant.extra)).or_default().push(&grant.bucket);
    }
    let mut statements = Vec::new();
    let many = groups.len() > 1;
    for (number, ((access, extra), buckets)) in groups.into_iter().enumerate() {
        let suffix = if many { (number + 1).to_string() } else { String::new() };
        let word = if access == Access::Read { "Read" } else { "" };
        let (on_bucket, on_objects) = actions_for(access);
        let arns: Vec<Arn> = buckets.iter().map(|bucket| Arn::bucket(partition, bucket.as_str())).collect();
        let objects: Vec<String> = arns.iter().map(|arn| format!("{arn}/*")).collect();
        let object_actions: Vec<&str> = on_objects.iter().copied().chain(extra.iter().map(String::as_str)).collect();
        statements.push(
            json!({"Sid": sid_of(&format!("{word}Buckets{suffix}")), "Effect": "Allow", "Action": on_bucket, "Resource": arns}),
        );
        statements.push(json!({"Sid": sid_of(&format!("{word}Objects{suffix}")), "Effect": "Allow", "Action": object_actions, "Resource": objects}));
    }
    statements.extend(beyond.iter().cloned());
    let mut statements: Vec<Value> = statements.into_iter().map(|one| limited(scope, one)).collect();
    statements.extend(key_statements(keys));
    json!({"Version": LANGUAGE, "Statement": statements})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{MANAGED_POLICY_LIMIT, size};

    fn grant(name: &str, access: Access) -> BucketGrant {
        BucketGrant {
            bucket: BucketName::parse(name).expect("name"),
            access,
            extra: BTreeSet::new(),
            roles: BTreeSet::new(),
        }
    }

    fn own(partition: Partition) -> Scope {
        Scope { partition, own_account: true }
    }

    #[test]
    fn every_statement_about_s3_is_for_the_own_account_where_there_are_accounts() {
        let beyond = [
            json!({"Sid": "BeyondAll", "Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::acme-a/*"]}),
            json!({"Sid": "BeyondMixed", "Effect": "Allow", "Action": "sts:GetFederationToken", "Resource": ["*"]}),
        ];
        let grants = [grant("acme-a", Access::ReadWrite), grant("acme-b", Access::Read)];
        let limited = |scope| {
            let policy = permissions(scope, &grants, &beyond, KmsKeys::default());
            let statements = policy["Statement"].as_array().cloned().unwrap_or_default();
            statements.iter().filter(|one| one["Condition"] == own_account()).count()
        };
        assert_eq!(limited(own(Partition::Aws)), 5);
        assert_eq!(limited(Scope { partition: Partition::Aws, own_account: false }), 0);
    }

    #[test]
    fn the_base_set_is_the_documented_one() {
        let policy =
            permissions(own(Partition::China), &[grant("acme-lfs", Access::ReadWrite)], &[], KmsKeys::default());
        assert_eq!(
            policy,
            json!({"Version": "2012-10-17", "Statement": [
                {"Sid": "BucketwrightBuckets", "Effect": "Allow", "Action": BUCKET_ACTIONS, "Resource": ["arn:aws-cn:s3:::acme-lfs"], "Condition": own_account()},
                {"Sid": "BucketwrightObjects", "Effect": "Allow", "Action": OBJECT_ACTIONS, "Resource": ["arn:aws-cn:s3:::acme-lfs/*"], "Condition": own_account()}
            ]})
        );
    }

    #[test]
    fn levels_get_statements_of_their_own_with_unique_sids() {
        let policy = permissions(
            own(Partition::Aws),
            &[grant("acme-a", Access::ReadWrite), grant("acme-b", Access::Read)],
            &[],
            KmsKeys::default(),
        );
        let sids: BTreeSet<&str> =
            policy["Statement"].as_array().expect("list").iter().filter_map(|s| s["Sid"].as_str()).collect();
        assert_eq!(sids.len(), 4);
        assert!(!policy.to_string().contains("HeadBucket"));
    }

    #[test]
    fn fourteen_long_names_fit() {
        let grants: Vec<BucketGrant> =
            (10..24).map(|n| grant(&format!("{}{n}", "a".repeat(61)), Access::ReadWrite)).collect();
        assert!(size(&permissions(own(Partition::Aws), &grants, &[], KmsKeys::default())) < MANAGED_POLICY_LIMIT);
    }
}
