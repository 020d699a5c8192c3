//! The account's answers to the calls of [`RemovalApi`].

use super::change::{holder_key, key};
use super::{RehearsalAccount, failure};
use crate::base::names::{Arn, BucketName, IamName, Kind, Region};
use crate::clouds::aws::live::api::{Holder, Tags};
use crate::clouds::aws::live::removals::{ObjectVersion, Page, RemovalApi, RoleTrust, TaggedAssociation, Upload};
use crate::clouds::call::{Answer, CallError, Failure};

impl RemovalApi for RehearsalAccount {
    async fn object_versions(&self, bucket: &BucketName, _: &Region) -> Answer<Page<ObjectVersion>> {
        self.in_bucket("s3:ListObjectVersions", bucket, |found| {
            let all = found.objects.keys().map(|key| ObjectVersion { key: key.clone(), version: "null".to_owned() });
            Page { items: all.take(1000).collect(), more: found.objects.len() > 1000 }
        })
    }

    async fn delete_versions(&self, bucket: &BucketName, _: &Region, versions: &[ObjectVersion]) -> Answer<()> {
        self.set_bucket("s3:DeleteObjects", bucket, |found| {
            found.objects.retain(|key, _| !versions.iter().any(|one| &one.key == key));
        })
    }

    async fn uploads(&self, bucket: &BucketName, _: &Region) -> Answer<Page<Upload>> {
        self.in_bucket("s3:ListMultipartUploads", bucket, |found| {
            let all = found.uploads.iter().map(|id| Upload { key: id.clone(), id: id.clone() });
            Page { items: all.collect(), more: false }
        })
    }

    async fn abort_upload(&self, bucket: &BucketName, _: &Region, upload: &Upload) -> Answer<()> {
        self.set_bucket("s3:AbortMultipartUpload", bucket, |found| {
            found.uploads.remove(&upload.id);
        })
    }

    async fn delete_bucket(&self, bucket: &BucketName, _: &Region) -> Answer<()> {
        const CALL: &str = "s3:DeleteBucket";
        self.change(CALL, bucket.as_str(), |state| {
            if state.buckets.get(bucket).is_some_and(|found| !found.objects.is_empty()) {
                return Err(failure(CALL, bucket.as_str(), Failure::Other, "BucketNotEmpty"));
            }
            state.buckets.remove(bucket);
            Ok(())
        })
    }

    async fn users(&self) -> Answer<Vec<String>> {
        self.look("iam:ListUsers", "*", |state| {
            state
                .principals
                .iter()
                .filter(|(key, _)| key.starts_with("user/"))
                .map(|(_, one)| one.name.clone())
                .collect()
        })
    }

    async fn roles(&self) -> Answer<Vec<RoleTrust>> {
        self.look("iam:ListRoles", "*", |state| {
            let roles = state.principals.iter().filter(|(key, _)| key.starts_with("role/"));
            roles.map(|(_, one)| RoleTrust { name: one.name.clone(), trust: one.trust.clone() }).collect()
        })
    }

    async fn policies(&self) -> Answer<Vec<String>> {
        self.look("iam:ListPolicies", "*", |state| state.policies.keys().cloned().collect())
    }

    async fn detach_policy(&self, holder: Holder<'_>, policy: &Arn) -> Answer<()> {
        let (kind, name) = holder_key(holder);
        self.change("iam:DetachPolicy", name.as_str(), |state| {
            if let Some(found) = state.principals.get_mut(&key(kind, name.as_str())) {
                found.attached.retain(|arn| arn != policy.as_str());
            }
            Ok(())
        })
    }

    async fn delete_policy(&self, policy: &Arn) -> Answer<()> {
        const CALL: &str = "iam:DeletePolicy";
        self.change(CALL, policy.as_str(), |state| {
            let held = state.principals.values().any(|one| one.attached.iter().any(|arn| arn == policy.as_str()));
            let versions = state.policies.get(policy.as_str()).map_or(0, |found| found.versions.len());
            if held || versions > 1 {
                return Err(conflict(CALL, policy.as_str()));
            }
            state.policies.remove(policy.as_str());
            Ok(())
        })
    }

    async fn untag(&self, holder: Holder<'_>, keys: &[String]) -> Answer<()> {
        let (kind, name) = holder_key(holder);
        self.change("iam:Untag", name.as_str(), |state| {
            if let Some(found) = state.principals.get_mut(&key(kind, name.as_str())) {
                found.tags.retain(|tag, _| !keys.contains(tag));
            }
            Ok(())
        })
    }

    async fn untag_policy(&self, policy: &Arn, keys: &[String]) -> Answer<()> {
        self.change("iam:UntagPolicy", policy.as_str(), |state| {
            if let Some(found) = state.policies.get_mut(policy.as_str()) {
                found.tags.retain(|tag, _| !keys.contains(tag));
            }
            Ok(())
        })
    }

    async fn delete_user(&self, name: &IamName) -> Answer<()> {
        self.delete_principal("iam:DeleteUser", Kind::User, name)
    }

    async fn delete_role(&self, name: &IamName) -> Answer<()> {
        self.delete_principal("iam:DeleteRole", Kind::Role, name)
    }

    async fn set_key_active(&self, user: &IamName, id: &str, active: bool) -> Answer<()> {
        const CALL: &str = "iam:UpdateAccessKey";
        self.set_principal(CALL, Kind::User, user, |state, principal| {
            let keys = state.principals.get_mut(principal).map(|found| &mut found.keys);
            let found = keys.into_iter().flatten().find(|one| one.info.id == id);
            let found = found.ok_or_else(|| failure(CALL, user.as_str(), Failure::NotFound, "NoSuchEntity"))?;
            found.info.active = active;
            Ok(())
        })
    }

    async fn oidc_providers(&self) -> Answer<Vec<String>> {
        self.look("iam:ListOpenIDConnectProviders", "*", |state| state.providers.keys().cloned().collect())
    }

    async fn oidc_tags(&self, provider: &Arn) -> Answer<Tags> {
        self.look("iam:ListOpenIDConnectProviderTags", provider.as_str(), |state| {
            state.provider_tags.get(provider.as_str()).cloned().unwrap_or_default()
        })
    }

    async fn delete_oidc_provider(&self, provider: &Arn) -> Answer<()> {
        self.change("iam:DeleteOpenIDConnectProvider", provider.as_str(), |state| {
            state.providers.remove(provider.as_str());
            state.provider_tags.remove(provider.as_str());
            Ok(())
        })
    }

    async fn associations(&self, cluster: &str) -> Answer<Vec<TaggedAssociation>> {
        self.look("eks:ListPodIdentityAssociations", cluster, |state| {
            let here = state.association_tags.iter().filter(|((there, ..), _)| there == cluster);
            let tagged = here.map(|((_, namespace, account), tags)| TaggedAssociation {
                id: format!("a-{namespace}-{account}"),
                namespace: namespace.clone(),
                service_account: account.clone(),
                tags: tags.clone(),
            });
            tagged.collect()
        })
    }

    async fn delete_association(&self, cluster: &str, id: &str) -> Answer<()> {
        self.change("eks:DeletePodIdentityAssociation", id, |state| {
            let this = |(there, namespace, account): &(String, String, String)| {
                there == cluster && format!("a-{namespace}-{account}") == id
            };
            state.associations.retain(|pair, _| !this(pair));
            state.association_tags.retain(|pair, _| !this(pair));
            Ok(())
        })
    }
}

impl RehearsalAccount {
    fn delete_principal(&self, call: &'static str, kind: Kind, name: &IamName) -> Answer<()> {
        self.change(call, name.as_str(), |state| {
            let key = key(kind, name.as_str());
            if state.principals.get(&key).is_some_and(|found| !found.attached.is_empty() || !found.keys.is_empty()) {
                return Err(conflict(call, name.as_str()));
            }
            state.principals.remove(&key);
            Ok(())
        })
    }
}

fn conflict(call: &'static str, resource: &str) -> CallError {
    failure(call, resource, Failure::Conflict, "DeleteConflict")
}
