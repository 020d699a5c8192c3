//! The account's answers to the calls of [`AwsApi`] that are about no bucket.

use serde_json::Value;

use super::change::{fits, forget_key, holder_key, tag};
use super::evaluate::decide;
use super::state::{Key, Policy, Principal, State};
use super::{RehearsalAccount, failure};
use crate::base::names::{Arn, IamName, Issuer, Kind};
use crate::base::secret::{AccessKey, REHEARSED, REHEARSED_SECRET, Secret};
use crate::clouds::Caller;
use crate::clouds::aws::live::api::{
    Association, AwsApi, Decision, Holder, Making, Policy as PolicyAnswer, PolicyVersion, Role, Tags, User,
};
use crate::clouds::call::{Answer, Failure};
use crate::clouds::clock::now;
use crate::model::{KeyState, LastUse, Use};
use crate::policy::AUDIENCE;

impl AwsApi for RehearsalAccount {
    async fn caller(&self) -> Answer<Caller> {
        self.look("sts:GetCallerIdentity", "*", |_| ())?;
        Ok(Caller { account: self.account.clone(), arn: self.arn(Kind::User, "rehearsal") })
    }

    async fn user(&self, name: &IamName) -> Answer<Option<User>> {
        self.principal("iam:GetUser", Kind::User, name, |found| User {
            arn: self.arn(Kind::User, &format!("{}{}", found.path, found.name)).to_string(),
            boundary: found.boundary.clone(),
            tags: found.tags.clone(),
        })
    }

    async fn create_user(&self, name: &IamName, making: &Making<'_>) -> Answer<()> {
        self.new_principal("iam:CreateUser", Kind::User, name, Value::Null, making)
    }

    async fn put_boundary(&self, holder: Holder<'_>, boundary: &Arn) -> Answer<()> {
        let (kind, name) = holder_key(holder);
        self.set_principal("iam:PutPermissionsBoundary", kind, name, |state, key| {
            let bound = |found: &mut Principal| found.boundary = Some(boundary.to_string());
            state.principals.entry(key.to_owned()).and_modify(bound);
            Ok(())
        })
    }

    async fn tag_user(&self, name: &IamName, tags: &Tags) -> Answer<()> {
        self.set_principal("iam:TagUser", Kind::User, name, |state, key| {
            tag(state, key, tags);
            Ok(())
        })
    }

    async fn access_keys(&self, user: &IamName) -> Answer<Vec<KeyState>> {
        self.principal("iam:ListAccessKeys", Kind::User, user, |found| {
            found.keys.iter().map(|key| key.info.clone()).collect()
        })?
        .ok_or_else(|| failure("iam:ListAccessKeys", user.as_str(), Failure::NotFound, "NoSuchEntity"))
    }

    async fn create_access_key(&self, user: &IamName) -> Answer<AccessKey> {
        const CALL: &str = "iam:CreateAccessKey";
        self.set_principal(CALL, Kind::User, user, |state, key| {
            state.keys_made += 1;
            let (number, unknown_for) = (state.keys_made, state.unknown_uses);
            let Some(found) = state.principals.get_mut(key) else {
                return Err(failure(CALL, key, Failure::NotFound, "NoSuchEntity"));
            };
            if found.keys.len() >= 2 {
                return Err(failure(CALL, user.as_str(), Failure::Limit, "LimitExceeded"));
            }
            let id = format!("AKIA{REHEARSED}{number:07}");
            let key = AccessKey {
                id: Secret::new(id.as_str()),
                secret: Secret::new(format!("{REHEARSED_SECRET}-{number:07}")),
            };
            let info = KeyState { id, active: true, created: now(), used: Use::Unasked };
            found.keys.push(Key { info, halves: key.clone(), unknown_for, used: false });
            Ok(key)
        })
    }

    /// Nobody uses a rehearsed key but the proof, and that only once its secret is kept.
    async fn last_use(&self, user: &IamName, id: &str) -> Answer<Option<LastUse>> {
        self.look("iam:GetAccessKeyLastUsed", user.as_str(), |state| {
            let keys = state.principals.values().flat_map(|one| &one.keys);
            let ever = keys.filter(|one| one.info.id == id).any(|one| one.used);
            ever.then(|| LastUse { at: 0, service: "s3".to_owned(), region: self.region.to_string() })
        })
    }

    async fn delete_access_key(&self, user: &IamName, id: &str) -> Answer<()> {
        self.set_principal("iam:DeleteAccessKey", Kind::User, user, |state, key| forget_key(state, key, id))
    }

    async fn role(&self, name: &IamName) -> Answer<Option<Role>> {
        self.principal("iam:GetRole", Kind::Role, name, |found| Role {
            arn: self.arn(Kind::Role, &format!("{}{}", found.path, found.name)).to_string(),
            boundary: found.boundary.clone(),
            trust: found.trust.clone(),
            session_seconds: found.session_seconds,
            last_used: None,
            tags: found.tags.clone(),
        })
    }

    async fn create_role(&self, name: &IamName, trust: &Value, making: &Making<'_>) -> Answer<()> {
        self.new_principal("iam:CreateRole", Kind::Role, name, trust.clone(), making)
    }

    async fn update_trust(&self, name: &IamName, trust: &Value) -> Answer<()> {
        self.set_role("iam:UpdateAssumeRolePolicy", name, |found| found.trust = trust.clone())
    }

    async fn set_session_seconds(&self, name: &IamName, seconds: u32) -> Answer<()> {
        self.set_role("iam:UpdateRole", name, |found| found.session_seconds = Some(seconds))
    }

    async fn tag_role(&self, name: &IamName, tags: &Tags) -> Answer<()> {
        self.set_principal("iam:TagRole", Kind::Role, name, |state, key| {
            tag(state, key, tags);
            Ok(())
        })
    }

    async fn policy(&self, arn: &Arn) -> Answer<Option<PolicyAnswer>> {
        self.look("iam:GetPolicy", arn.as_str(), |state| {
            let found = state.policies.get(arn.as_str())?;
            Some(PolicyAnswer { default_version: found.default.clone(), tags: found.tags.clone() })
        })
    }

    async fn policy_document(&self, arn: &Arn, version: &str) -> Answer<Value> {
        const CALL: &str = "iam:GetPolicyVersion";
        let find = |state: &State| {
            Some(state.policies.get(arn.as_str())?.versions.iter().find(|(id, _)| id == version)?.1.clone())
        };
        self.look(CALL, arn.as_str(), find)?
            .ok_or_else(|| failure(CALL, arn.as_str(), Failure::NotFound, "NoSuchEntity"))
    }

    async fn create_policy(&self, name: &IamName, document: &Value, making: &Making<'_>) -> Answer<()> {
        const CALL: &str = "iam:CreatePolicy";
        fits(CALL, name.as_str(), document)?;
        let arn = self.arn(Kind::Policy, &format!("{}{name}", making.path.in_arn())).to_string();
        self.change(CALL, name.as_str(), |state| {
            let named = |other: &String| other.rsplit('/').next().is_some_and(|other| name.same_as(other));
            if state.policies.keys().any(named) {
                return Err(failure(CALL, name.as_str(), Failure::Exists, "EntityAlreadyExists"));
            }
            let policy = Policy {
                versions: vec![("v1".to_owned(), document.clone())],
                default: "v1".to_owned(),
                made: 1,
                tags: making.tags.clone(),
            };
            state.policies.insert(arn, policy);
            Ok(())
        })
    }

    async fn policy_versions(&self, arn: &Arn) -> Answer<Vec<PolicyVersion>> {
        self.look("iam:ListPolicyVersions", arn.as_str(), |state| {
            let found = state.policies.get(arn.as_str());
            let versions = found
                .into_iter()
                .flat_map(|found| found.versions.iter().enumerate().map(move |(index, (id, _))| (found, index, id)));
            versions
                .map(|(found, index, id)| PolicyVersion {
                    id: id.clone(),
                    default: id == &found.default,
                    created: i64::try_from(index).unwrap_or(0),
                })
                .collect()
        })
    }

    async fn create_policy_version(&self, arn: &Arn, document: &Value) -> Answer<()> {
        const CALL: &str = "iam:CreatePolicyVersion";
        fits(CALL, arn.as_str(), document)?;
        self.set_policy(CALL, arn, |policy| {
            if policy.versions.len() >= 5 {
                return Err(failure(CALL, arn.as_str(), Failure::Limit, "LimitExceeded"));
            }
            policy.made += 1;
            policy.default = format!("v{}", policy.made);
            policy.versions.push((policy.default.clone(), document.clone()));
            Ok(())
        })
    }

    async fn delete_policy_version(&self, arn: &Arn, version: &str) -> Answer<()> {
        self.set_policy("iam:DeletePolicyVersion", arn, |policy| {
            policy.versions.retain(|(id, _)| id != version);
            Ok(())
        })
    }

    async fn tag_policy(&self, arn: &Arn, tags: &Tags) -> Answer<()> {
        self.set_policy("iam:TagPolicy", arn, |policy| {
            policy.tags.extend(tags.clone());
            Ok(())
        })
    }

    async fn attached_policies(&self, holder: Holder<'_>) -> Answer<Vec<String>> {
        let (kind, name) = holder_key(holder);
        self.principal("iam:ListAttachedPolicies", kind, name, |found| found.attached.clone())?
            .ok_or_else(|| failure("iam:ListAttachedPolicies", name.as_str(), Failure::NotFound, "NoSuchEntity"))
    }

    async fn attach_policy(&self, holder: Holder<'_>, policy: &Arn) -> Answer<()> {
        const CALL: &str = "iam:AttachPolicy";
        let (kind, name) = holder_key(holder);
        self.set_principal(CALL, kind, name, |state, key| {
            // One of another name than its holder's is the user's own, and nobody is here to ask for it.
            let made_here = policy.resource().rsplit('/').next().is_some_and(|other| name.same_as(other));
            if made_here && !state.policies.contains_key(policy.as_str()) {
                return Err(failure(CALL, policy.as_str(), Failure::NotFound, "NoSuchEntity"));
            }
            state.principals.entry(key.to_owned()).and_modify(|found| {
                if !found.attached.contains(&policy.to_string()) {
                    found.attached.push(policy.to_string());
                }
            });
            Ok(())
        })
    }

    async fn oidc_audiences(&self, provider: &Arn) -> Answer<Option<Vec<String>>> {
        self.look("iam:GetOpenIDConnectProvider", provider.as_str(), |state| {
            state.providers.get(provider.as_str()).cloned()
        })
    }

    async fn create_oidc_provider(&self, issuer: &Issuer, tags: &Tags) -> Answer<()> {
        const CALL: &str = "iam:CreateOpenIDConnectProvider";
        let arn = self.arn(Kind::OidcProvider, issuer.host_path()).to_string();
        self.change(CALL, issuer.as_str(), |state| {
            if state.providers.contains_key(&arn) {
                return Err(failure(CALL, issuer.as_str(), Failure::Exists, "EntityAlreadyExists"));
            }
            state.provider_tags.insert(arn.clone(), tags.clone());
            state.providers.insert(arn, vec![AUDIENCE.to_owned()]);
            Ok(())
        })
    }

    async fn add_oidc_audience(&self, provider: &Arn, audience: &str) -> Answer<()> {
        self.change("iam:AddClientIDToOpenIDConnectProvider", provider.as_str(), |state| {
            state.providers.entry(provider.to_string()).or_default().push(audience.to_owned());
            Ok(())
        })
    }

    async fn simulate(&self, principal: &Arn, actions: &[&str], resources: &[String]) -> Answer<Vec<Decision>> {
        const CALL: &str = "iam:SimulatePrincipalPolicy";
        self.look(CALL, principal.as_str(), |state| {
            let kind = Kind::parse(principal.resource().split('/').next()?)?;
            let found = state.principals.get(&super::change::key(kind, principal.name()))?;
            let (documents, keys) = (state.documents(found), &self.request());
            let decisions = actions.iter().flat_map(|action| {
                let documents = &documents;
                resources.iter().map(move |resource| Decision {
                    action: (*action).to_owned(),
                    resource: resource.clone(),
                    answer: decide(documents, action, resource, keys).to_owned(),
                })
            });
            Some(decisions.collect())
        })?
        .ok_or_else(|| failure(CALL, principal.as_str(), Failure::NotFound, "NoSuchEntity"))
    }

    async fn clusters(&self) -> Answer<Vec<String>> {
        Ok(Vec::new())
    }

    async fn cluster_issuer(&self, cluster: &str) -> Answer<Option<Issuer>> {
        self.look("eks:DescribeCluster", cluster, |_| if self.any_cluster { self.issuer() } else { None })
    }

    async fn association(&self, cluster: &str, namespace: &str, service_account: &str) -> Answer<Option<Association>> {
        let pair = (cluster.to_owned(), namespace.to_owned(), service_account.to_owned());
        self.look("eks:ListPodIdentityAssociations", service_account, |state| {
            state.associations.get(&pair).map(|role| Association {
                id: format!("a-{namespace}-{service_account}"),
                role_arn: role.clone(),
                session_tags: true,
                tags: state.association_tags.get(&pair).cloned().unwrap_or_default(),
            })
        })
    }

    async fn update_association(&self, cluster: &str, id: &str, role: &Arn) -> Answer<()> {
        self.change("eks:UpdatePodIdentityAssociation", id, |state| {
            let this = |pair: &(String, String, String)| pair.0 == cluster && id == format!("a-{}-{}", pair.1, pair.2);
            let found = state.associations.iter_mut().filter(|(pair, _)| this(pair));
            found.for_each(|(_, held)| *held = role.to_string());
            Ok(())
        })
    }

    async fn create_association(
        &self,
        cluster: &str,
        namespace: &str,
        service_account: &str,
        role: &Arn,
        tags: &Tags,
    ) -> Answer<()> {
        const CALL: &str = "eks:CreatePodIdentityAssociation";
        let pair = (cluster.to_owned(), namespace.to_owned(), service_account.to_owned());
        self.change(CALL, service_account, |state| {
            if state.associations.contains_key(&pair) {
                return Err(failure(CALL, service_account, Failure::Exists, "ResourceInUseException"));
            }
            state.association_tags.insert(pair.clone(), tags.clone());
            state.associations.insert(pair, role.to_string());
            Ok(())
        })
    }
}
