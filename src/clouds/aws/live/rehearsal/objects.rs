//! What a key can do with buckets: each call is decided by the policies of its user and of the bucket.

use aws_sdk_s3::types::CorsRule;
use serde_json::{Value, json};

use super::evaluate::decide;
use super::state::{Brought, Bucket, State};
use super::{RehearsalAccount, failure};
use crate::base::names::{Arn, BucketName, Kind};
use crate::base::secret::AccessKey;
use crate::clouds::call::{Answer, CallError, Failure};
use crate::clouds::trial::Objects;
use crate::model::proof::{PREFIX, Preflight};
use crate::policy::matches;

/// Someone who holds a key.
#[derive(Debug)]
pub struct KeyHolder<'a> {
    pub(super) account: &'a RehearsalAccount,
    pub(super) key: AccessKey,
}

impl KeyHolder<'_> {
    /// Finds the user of the key and the documents that decide for it.
    fn sign(&self, call: &'static str, resource: &str, state: &mut State) -> Result<(String, Vec<Value>), CallError> {
        if self.account.any_key {
            let all = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
            return Ok(("anyone".to_owned(), vec![all]));
        }
        // One key may be brought for several components: it may do what all of them do.
        let same = |brought: &&Brought| brought.key.id.is(&self.key.id) && brought.key.secret.is(&self.key.secret);
        let brought: Vec<&Brought> = state.brought.iter().filter(same).collect();
        if let Some(first) = brought.first() {
            return Ok((first.user.clone(), brought.iter().map(|brought| brought.policy.clone()).collect()));
        }
        let unknown = || failure(call, resource, Failure::BadCredentials, "InvalidAccessKeyId");
        let found = state.principals.values_mut().find_map(|principal| {
            let key = principal.keys.iter_mut().find(|key| {
                key.info.id == self.key.id.expose() && key.halves.secret.expose() == self.key.secret.expose()
            })?;
            let known = key.unknown_for == 0 && key.info.active;
            key.used |= known;
            key.unknown_for = key.unknown_for.saturating_sub(1);
            known.then(|| principal.clone())
        });
        let user = found.ok_or_else(unknown)?;
        let documents = state.documents(&user).into_iter().cloned().collect();
        Ok((user.name, documents))
    }

    fn act<T>(
        &self,
        call: &'static str,
        action: &str,
        bucket: &BucketName,
        object: Option<&str>,
        work: impl FnOnce(&mut Bucket) -> Option<T>,
    ) -> Answer<T> {
        let mut state = self.account.state.borrow_mut();
        let (_, documents) = self.sign(call, bucket.as_str(), &mut state)?;
        let arn = Arn::bucket(self.account.partition(), bucket.as_str());
        let resource = object.map_or_else(|| arn.to_string(), |object| format!("{arn}/{object}"));
        let keys = self.account.request();
        let denied = || failure(call, bucket.as_str(), Failure::Denied, "AccessDenied");
        let Some(found) = state.buckets.get_mut(bucket) else {
            return Err(if state.foreign.contains(bucket) {
                denied()
            } else {
                failure(call, bucket.as_str(), Failure::NotFound, "NoSuchBucket")
            });
        };
        let own: Vec<&Value> = documents.iter().collect();
        let by_bucket = found.policy.as_ref().map(|policy| decide(&[policy], action, &resource, &keys));
        if decide(&own, action, &resource, &keys) != "allowed" || by_bucket == Some("explicitDeny") {
            return Err(denied());
        }
        for (action, key) in kms_needs(action, found, object) {
            if decide(&own, action, &key, &keys) != "allowed" {
                let message = format!(
                    "not authorized to perform: {action} because no identity-based policy allows the {action} action"
                );
                return Err(CallError { message, ..denied() });
            }
        }
        work(found).ok_or_else(|| failure(call, bucket.as_str(), Failure::NotFound, "NoSuchKey"))
    }
}

/// What an action on an object takes of a KMS key: to write, of the one that encrypts by default; to read, of the object's own.
///
/// Source: Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys", permissions.
fn kms_needs(action: &str, bucket: &Bucket, object: Option<&str>) -> Vec<(&'static str, String)> {
    let default = || bucket.default_key().map(|key| ("kms:GenerateDataKey", key.to_owned()));
    let own = || Some(("kms:Decrypt", bucket.encrypted.get(object?)?.clone()));
    match action {
        "s3:PutObject" => default().into_iter().collect(),
        "s3:GetObject" => own().into_iter().collect(),
        _ => Vec::new(),
    }
}

impl Objects for KeyHolder<'_> {
    const NEW_KEYS_FLICKER: bool = true;

    async fn who(&self) -> Answer<Option<String>> {
        let (name, _) = self.sign("sts:GetCallerIdentity", "*", &mut self.account.state.borrow_mut())?;
        Ok(Some(self.account.arn(Kind::User, &name).to_string()))
    }

    async fn put(&self, bucket: &BucketName, key: &str, body: &str) -> Answer<()> {
        self.act("s3:PutObject", "s3:PutObject", bucket, Some(key), |found| {
            found.objects.insert(key.to_owned(), body.to_owned());
            found.encrypted.remove(key);
            let encrypted = found.default_key().map(str::to_owned);
            found.encrypted.extend(encrypted.map(|by| (key.to_owned(), by)));
            Some(())
        })
    }

    async fn get(&self, bucket: &BucketName, key: &str) -> Answer<String> {
        self.act("s3:GetObject", "s3:GetObject", bucket, Some(key), |found| found.objects.get(key).cloned())
    }

    async fn get_presigned(&self, bucket: &BucketName, key: &str) -> Answer<Option<String>> {
        self.get(bucket, key).await.map(Some)
    }

    async fn preflight(&self, bucket: &BucketName, _: &str, question: &Preflight) -> Answer<Option<()>> {
        let state = self.account.state.borrow();
        let rules = state.buckets.get(bucket).map_or(&[][..], |found| &found.cors);
        let any = |patterns: &[String], text: &str| patterns.iter().any(|pattern| matches(pattern, text));
        let lets = |rule: &CorsRule| {
            any(rule.allowed_origins(), &question.origin) && any(rule.allowed_methods(), &question.method)
        };
        if rules.iter().any(lets) {
            return Ok(Some(()));
        }
        Err(failure("s3:OptionsObject", bucket.as_str(), Failure::Denied, "AccessForbidden"))
    }

    async fn older(&self, bucket: &BucketName) -> Answer<Option<String>> {
        self.act("s3:ListObjectsV2", "s3:ListBucket", bucket, None, |found| {
            Some(found.objects.keys().find(|key| !key.starts_with(PREFIX)).cloned())
        })
    }

    async fn read_one(&self, bucket: &BucketName, key: &str) -> Answer<()> {
        self.get(bucket, key).await.map(drop)
    }

    async fn list(&self, bucket: &BucketName, prefix: &str) -> Answer<Vec<String>> {
        self.act("s3:ListObjectsV2", "s3:ListBucket", bucket, None, |found| {
            Some(found.objects.keys().filter(|key| key.starts_with(prefix)).cloned().collect())
        })
    }

    async fn begin_multipart(&self, bucket: &BucketName, key: &str) -> Answer<Option<String>> {
        let upload = format!("upload-{key}");
        self.act("s3:CreateMultipartUpload", "s3:PutObject", bucket, Some(key), |found| {
            found.uploads.insert(upload.clone());
            Some(())
        })?;
        self.act("s3:ListParts", "s3:ListMultipartUploadParts", bucket, Some(key), |_| Some(()))?;
        Ok(Some(upload))
    }

    async fn abort_multipart(&self, bucket: &BucketName, key: &str, upload: &str) -> Answer<()> {
        self.act("s3:AbortMultipartUpload", "s3:AbortMultipartUpload", bucket, Some(key), |found| {
            found.uploads.remove(upload).then_some(())
        })
    }

    async fn delete(&self, bucket: &BucketName, key: &str) -> Answer<()> {
        self.act("s3:DeleteObject", "s3:DeleteObject", bucket, Some(key), |found| {
            found.objects.remove(key);
            Some(())
        })
    }

    async fn list_all_buckets(&self) -> Answer<Option<()>> {
        let (_, documents) = self.sign("s3:ListBuckets", "*", &mut self.account.state.borrow_mut())?;
        let own: Vec<&Value> = documents.iter().collect();
        if decide(&own, "s3:ListAllMyBuckets", "*", &self.account.request()) == "allowed" {
            return Ok(Some(()));
        }
        Err(failure("s3:ListBuckets", "*", Failure::Denied, "AccessDenied"))
    }
}
