//! Who else may reach a bucket: its policy, its access control list, its public access block.

use serde_json::{Value, json};

use super::{Grant, named, or_accept, principals, rights, tells_whom, uncovered, words};
use crate::base::error::{Code, Error};
use crate::base::names::{AccountId, Arn, Kind};
use crate::base::shell::word;
use crate::policy::{is_tls_only, statements};

/// A bucket as it is, as far as it says who may reach it.
#[derive(Clone, Debug, Default)]
pub struct OpenBucket<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its policy.
    pub policy: Option<&'a Value>,
    /// Whether all four public access blocks are on.
    pub blocked: bool,
    /// What its access control list grants to others; nothing where ACLs are disabled.
    pub acl: &'a [AclGrant],
    /// Whether `apply` puts back our statement that refuses requests without TLS, whatever somebody made of it.
    pub mended: bool,
}

/// What an access control list grants to others than the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AclGrant {
    /// A group's URI, or an account's canonical id.
    pub grantee: String,
    /// `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`.
    pub permission: String,
}

/// Every way into a bucket that is none of the account's own identities' policies. `ours` are the spec's users and roles with what
/// the spec lets them do: a bucket's policy may say that, too, and no more.
pub fn judge_bucket(bucket: &OpenBucket<'_>, account: &AccountId, ours: &[(Arn, Value)]) -> Vec<Grant> {
    let mut grants = Vec::new();
    let statements = bucket.policy.map(|policy| uncovered(policy, &rights::nothing())).unwrap_or_default();
    grants.extend(
        statements
            .into_iter()
            .filter(|one| reaches_others(one, account, ours))
            .map(|one| statement(bucket, one, account)),
    );
    grants.extend(bucket.acl.iter().map(|grant| listed(bucket.name, grant)));
    if !bucket.blocked {
        grants.push(unblocked(bucket.name));
    }
    grants
}

/// What the policy of a bucket on a store lets anybody do without signing in. Whom else it names only the store knows.
/// `fix` takes all of it away.
pub fn judge_public(name: &str, policy: Option<&Value>, fix: &str) -> Vec<Grant> {
    let statements = policy.map(|policy| uncovered(policy, &rights::nothing())).unwrap_or_default();
    let is_public = |one: &Value| {
        let all = one.get("NotPrincipal").is_some() || principals(one).iter().any(|who| who == "*" || who == "AWS:*");
        all && tells_whom(one).is_empty()
    };
    let judged = |statement: Value| {
        let accepted = named(name, &statement);
        let error = Error::new(
            Code::FOREIGN_ACCESS,
            format!("anybody may call {} without signing in", words::what(&statement)),
        )
        .why(format!("The policy of the bucket `{name}` says so, and the spec does not."))
        .fix(format!("{fix} {}", or_accept(&accepted)));
        Grant {
            kind: Kind::Bucket,
            resource: name.to_owned(),
            place: "bucket policy".to_owned(),
            name: Some(accepted),
            undone: false,
            accepted: None,
            error,
            statement,
        }
    };
    statements.into_iter().filter(is_public).map(judged).collect()
}

/// Whether a statement gives somebody what the policies of this account's own users and roles do not give already: the account as
/// a whole is given nothing, since within an account either policy is enough, and only one of an identity names whom.
///
/// Source: IAM User Guide, "Determining whether a request is allowed or denied within an account".
fn reaches_others(statement: &Value, account: &AccountId, ours: &[(Arn, Value)]) -> bool {
    if statement.get("NotPrincipal").is_some() {
        return true;
    }
    let root = format!(":iam::{account}:root");
    let ours = |name: &String| match name.split_once(':') {
        Some(("AWS", name)) => {
            let may_anyway = |(arn, wanted): &(Arn, Value)| arn.as_str() == name && within(statement, wanted);
            name.ends_with(&root) || name == account.as_str() || ours.iter().any(may_anyway)
        }
        _ => false,
    };
    principals(statement).iter().any(|name| !ours(name))
}

/// Whether a statement lets its principals do no more than a policy of their own. That the bucket is the account's own, which such a
/// policy asks, is so here.
fn within(statement: &Value, wanted: &Value) -> bool {
    let without = |one: &Value, key: &str| {
        let mut one = one.clone();
        if let Some(entries) = one.as_object_mut() {
            entries.shift_remove(key);
        }
        one
    };
    let wanted: Vec<Value> = statements(wanted).iter().map(|one| without(one, "Condition")).collect();
    uncovered(&json!({"Statement": [without(statement, "Principal")]}), &json!({"Statement": wanted})).is_empty()
}

fn statement(bucket: &OpenBucket<'_>, statement: Value, account: &AccountId) -> Grant {
    let (name, who) = (bucket.name, words::who(&statement, account));
    let accepted = named(name, &statement);
    let alone = bucket.policy.is_some_and(|policy| statements(policy).len() == 1);
    let undone = bucket.mended && is_tls_only(&statement);
    let fix = if undone {
        "`bucketwright apply` puts back the statement that the spec says.".to_owned()
    } else if alone {
        format!("Remove the policy: `aws s3api delete-bucket-policy --bucket {}`.", word(name))
    } else {
        format!(
            "Remove the statement: `aws s3api get-bucket-policy --bucket {0} --query Policy --output text > policy.json`, edit it, `aws s3api put-bucket-policy --bucket {0} --policy file://policy.json`.",
            word(name)
        )
    };
    let error = Error::new(Code::FOREIGN_ACCESS, format!("{who} may call {}", words::what(&statement)))
        .why(format!("The policy of the bucket `{name}` says so, and the spec does not."))
        .fix(if undone { fix } else { format!("{fix} {}", or_accept(&accepted)) });
    Grant {
        kind: Kind::Bucket,
        resource: name.to_owned(),
        place: "bucket policy".to_owned(),
        name: (!undone).then_some(accepted),
        undone,
        accepted: None,
        error,
        statement,
    }
}

/// Source: Amazon S3 User Guide, "Access control list (ACL) overview".
fn listed(bucket: &str, grant: &AclGrant) -> Grant {
    let who = match grant.grantee.rsplit('/').next() {
        Some("AllUsers") => "anybody without signing in".to_owned(),
        Some("AuthenticatedUsers") => "every user of every AWS account".to_owned(),
        Some("LogDelivery") => "S3's log delivery".to_owned(),
        _ => format!("the account with the canonical id {}", grant.grantee),
    };
    let error = Error::new(Code::FOREIGN_ACCESS, format!("{who} has {} on the bucket `{bucket}`", grant.permission))
        .why("Its access control list says so, and the spec does not.")
        .fix(format!(
            "`aws s3api put-bucket-acl --bucket {} --acl private`; then `bucketwright apply` disables ACLs.",
            word(bucket)
        ));
    Grant {
        kind: Kind::Bucket,
        resource: bucket.to_owned(),
        place: "access control list".to_owned(),
        name: None,
        undone: false,
        accepted: None,
        error,
        statement: json!({"Grantee": grant.grantee, "Permission": grant.permission}),
    }
}

fn unblocked(bucket: &str) -> Grant {
    let error = Error::new(Code::FOREIGN_ACCESS, format!("the bucket `{bucket}` may be opened to everybody"))
        .why("Not all of its public access blocks are on: a policy or an access control list that names everybody takes effect.")
        .fix("`bucketwright apply` turns them on.");
    Grant {
        kind: Kind::Bucket,
        resource: bucket.to_owned(),
        place: "public access block".to_owned(),
        name: None,
        undone: true,
        accepted: None,
        error,
        statement: Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(statement: &Value) -> Vec<Grant> {
        grants_on(statement, false)
    }

    fn grants_on(statement: &Value, mended: bool) -> Vec<Grant> {
        let account = AccountId::parse("012345678901").expect("an account");
        let arn = Arn::parse("arn:aws:iam::012345678901:role/acme").expect("an ARN");
        let wanted = json!({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"s3:ResourceAccount": "012345678901"}}}]});
        let ours = [(arn, wanted)];
        let policy = json!({"Statement": [statement]});
        judge_bucket(&OpenBucket { name: "b", policy: Some(&policy), blocked: true, acl: &[], mended }, &account, &ours)
    }

    #[test]
    fn others_are_named_and_the_account_itself_is_not() {
        let with = |principal: Value| json!({"Sid": "X", "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"});
        for principal in [
            json!("*"),
            json!({"AWS": "*"}),
            json!({"AWS": "111122223333"}),
            json!({"AWS": ["arn:aws:iam::012345678901:root", "arn:aws:iam::111122223333:root"]}),
            json!({"AWS": "arn:aws:iam::012345678901:role/other"}),
            json!({"Service": "logging.s3.amazonaws.com"}),
            json!({"CanonicalUser": "abc"}),
        ] {
            let found = grants(&with(principal.clone()));
            assert_eq!(found.len(), 1, "{principal}");
            assert!(found[0].error.remedy().expect("a fix").contains("delete-bucket-policy --bucket b"), "{found:?}");
        }
        for principal in
            [json!({"AWS": "arn:aws:iam::012345678901:root"}), json!({"AWS": "arn:aws:iam::012345678901:role/acme"})]
        {
            assert!(grants(&with(principal.clone())).is_empty(), "{principal}");
        }
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"});
        assert!(grants(&deny).is_empty());
        // One of ours that gets more than the spec says.
        let more = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::012345678901:role/acme"}, "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"});
        assert_eq!(grants(&more).len(), 1);
    }

    /// Whoever edited our statement is not sent to remove by hand what the same run puts back.
    #[test]
    fn what_is_put_back_is_not_to_be_removed_by_hand() {
        let edited = |sid: &str| json!({"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"});
        for (sid, mended, undone) in
            [("BucketwrightTlsOnly", true, true), ("BucketwrightTlsOnly", false, false), ("Theirs", true, false)]
        {
            let [found] = &grants_on(&edited(sid), mended)[..] else { panic!("{sid}") };
            let fix = found.error.remedy().expect("a fix");
            assert_eq!((found.undone, fix.contains("delete-bucket-policy")), (undone, !undone), "{sid}: {fix}");
        }
    }

    #[test]
    fn lists_and_blocks_count() {
        let account = AccountId::parse("012345678901").expect("an account");
        let acl =
            [AclGrant { grantee: "http://acs.amazonaws.com/groups/global/AllUsers".into(), permission: "READ".into() }];
        let open = OpenBucket { name: "b", policy: None, blocked: false, acl: &acl, mended: false };
        let found = judge_bucket(&open, &account, &[]);
        let words: Vec<&str> = found.iter().map(|one| one.error.what()).collect();
        assert_eq!(
            words,
            ["anybody without signing in has READ on the bucket `b`", "the bucket `b` may be opened to everybody"]
        );
    }
}
