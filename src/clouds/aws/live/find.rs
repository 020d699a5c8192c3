//! What carries a spec's tags, found in the account itself: also what the spec's file no longer names.
//!
//! Names of users, roles and policies hold the spec's name and an install's (`SPEC-INSTALL…`), so only those that have one of
//! both are asked for their tags; of buckets, whose names are free, all are. The tags decide.

use std::cell::RefCell;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use futures_util::try_join;

use super::api::{AwsApi, BucketHead, Holder, Tags};
use super::removals::{ObjectVersion, RemovalApi, RoleTrust};
use super::standing::Bearer;
use crate::base::error::Result;
use crate::base::names::{AccountId, Arn, BucketName, IamName, IamNameKind, Kind, Region};
use crate::base::shell::word;
use crate::clouds::aws::plan::same_account;
use crate::clouds::aws::teardown::{
    Added, Contents, Found, FoundAssociation, FoundBucket, FoundPolicy, FoundProvider, FoundRole, FoundUser, Namesake,
};
use crate::clouds::call::{Answer, CallError, Failure};
use crate::model::proof::PREFIX;
use crate::model::{Former, Owner, Whose};
use crate::policy::{Remainder, without_ours};
use crate::spec::Spec;

/// How many reads are under way at the same time: an account may have thousands of buckets, and IAM throttles.
const AT_ONCE: usize = 16;

/// Finds everything that carries the tags of a spec.
///
/// # Errors
/// `BW05xx` when a read fails for another reason than that the thing is gone; a bucket that may not be read is said
/// instead.
pub async fn find(api: &impl RemovalApi, spec: &Spec) -> Result<Found> {
    let caller = api.caller().await?;
    same_account(spec, &caller.account, &caller.arn)?;
    let account = caller.account;
    let search = Search { api, spec, owner: Owner::of(spec), seen: RefCell::default() };
    let (all_roles, buckets, users, providers) =
        try_join!(api.roles(), search.buckets(&account), search.users(), search.providers())?;
    let roles = search.roles(&all_roles).await?;
    let (policies, associations) = try_join!(search.policies(&users, &roles), search.associations(&roles))?;
    let providers = providers.into_iter().filter_map(|(arn, others)| {
        let trusts = |role: &RoleTrust| role.trust.to_string().contains(&format!("\"{arn}\""));
        let ours = |role: &RoleTrust| roles.iter().any(|found| found.name.same_as(&role.name));
        let used_by: Vec<&RoleTrust> = all_roles.iter().filter(|role| trusts(role)).collect();
        // What others made matters only where roles of this spec trust it.
        (others.is_none() || used_by.iter().any(|role| ours(role))).then(|| FoundProvider {
            others,
            used_by: used_by.into_iter().map(|role| (role.name.clone(), role.trust.clone())).collect(),
            arn,
        })
    });
    let providers = providers.collect();
    let Seen { mut unread, untold, unproven, former, namesakes } = search.seen.into_inner();
    if !untold.is_empty() {
        let names = untold.join(", ");
        unread.push(format!("Whether these carry this spec's id under an earlier name of the spec could not be read (iam:GetUser, iam:GetRole, iam:GetPolicy): {names}."));
    }
    Ok(Found { account, buckets, users, roles, policies, associations, providers, unread, unproven, former, namesakes })
}

/// What a search notices beside what it looks for.
#[derive(Default)]
struct Seen {
    unread: Vec<String>,
    /// What only an earlier name of the spec could have made, and may not be read.
    untold: Vec<String>,
    unproven: Vec<(Kind, String, String)>,
    former: Vec<Former>,
    namesakes: Vec<Namesake>,
}

/// A search for what carries a spec's tags.
struct Search<'a, A> {
    api: &'a A,
    spec: &'a Spec,
    owner: Owner<'a>,
    seen: RefCell<Seen>,
}

/// Whether a name may be this spec's, whatever `namePrefix` stood before it when it was made.
fn may_be_ours(spec: &Spec, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    std::iter::once(&spec.name).chain(&spec.previous_name).any(|spec| name.contains(&format!("{spec}-")))
}

/// Whether a name may be of an install of this spec, whatever the spec was called when it was made. Only an id proves that.
fn may_be_former(spec: &Spec, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
    let holds = |id: &str| {
        let part = format!("-{id}");
        name.match_indices(&part).any(|(at, _)| ends(&name[at + part.len()..]))
    };
    spec.id.is_some() && spec.installs.iter().any(|install| holds(install.id.as_str()))
}

/// The names that may be this spec's, or were when it had another name.
fn candidates(spec: &Spec, kind: IamNameKind, names: impl IntoIterator<Item = String>) -> Vec<IamName> {
    let names = names.into_iter().filter(|name| may_be_ours(spec, name) || may_be_former(spec, name));
    let mut names: Vec<IamName> = names.filter_map(|name| IamName::parse(kind, &name).ok()).collect();
    names.sort();
    names
}

fn arns(texts: &[String]) -> Vec<Arn> {
    texts.iter().filter_map(|text| Arn::parse(text).ok()).collect()
}

impl<A: RemovalApi> Search<'_, A> {
    /// Whether what carries these tags is the spec's. What may be is noted, and what is under a name of its.
    fn ours(&self, kind: Kind, name: &str, tags: &Tags) -> bool {
        let mut seen = self.seen.borrow_mut();
        let name = name.to_owned();
        match (self.owner.judge(tags), self.owner.former_name(tags)) {
            (Whose::Ours, _) => return true,
            (Whose::Unproven(id), _) => seen.unproven.push((kind, name, id)),
            (_, Some(spec)) => seen.former.push(Former { kind, name, spec: spec.to_owned() }),
            (Whose::Anothers(owner), None) => seen.namesakes.push(Namesake { kind, name, whose: Some(owner) }),
            // What was adopted and released bears no tag, as it did before.
            (Whose::Nobodys, None) if kind == Kind::Bucket || kind == Kind::Association => {}
            (Whose::Nobodys, None) if self.spec.adopt.iter().any(|adopted| adopted.same_as(&name)) => {}
            (Whose::Nobodys, None) => seen.namesakes.push(Namesake { kind, name, whose: None }),
        }
        false
    }

    /// What was read of a user, role or policy. One that only an earlier name of the spec could have made may be others', so it stops
    /// nothing that it may not be read.
    fn told<T>(&self, name: &str, answer: Answer<Option<T>>) -> Answer<Option<T>> {
        match answer {
            Err(error) if error.kind == Failure::Denied && !may_be_ours(self.spec, name) => {
                self.seen.borrow_mut().untold.push(name.to_owned());
                Ok(None)
            }
            other => other,
        }
    }

    async fn buckets(&self, account: &AccountId) -> Answer<Vec<FoundBucket>> {
        let names = self.api.list_buckets().await?;
        let mut names: Vec<BucketName> =
            names.iter().filter_map(|name| BucketName::parse_existing(name).ok()).collect();
        names.sort();
        let tagged: Vec<_> = stream::iter(names)
            .map(|name| async move {
                let read = bucket_tags(self.api, &name, self.spec.cloud.region(), account).await;
                Ok::<_, CallError>(match read {
                    Err(error) if error.kind == Failure::Denied => (name, Err(())),
                    Err(error) if error.kind == Failure::NotFound => (name, Ok(None)),
                    other => (name, Ok(other?)),
                })
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let mut unread = Vec::new();
        let mut found = Vec::new();
        for (name, tags) in tagged {
            match tags {
                Ok(Some((tags, region))) if self.ours(Kind::Bucket, name.as_str(), &tags) => {
                    match bucket(self.api, name.clone(), region, tags).await {
                        Err(error) if error.kind == Failure::Denied => {
                            self.unread(&format!("The bucket {name} could not be looked into ({}).", error.call));
                        }
                        looked => found.push(looked?),
                    }
                }
                Ok(_) => {}
                Err(()) => unread.push(name.to_string()),
            }
        }
        if !unread.is_empty() {
            let rights = "s3:GetBucketTagging, s3:ListBucket";
            let sentence = format!("The tags of these buckets could not be read ({rights}): {}.", unread.join(", "));
            self.unread(&sentence);
        }
        Ok(found)
    }

    fn unread(&self, sentence: &str) {
        self.seen.borrow_mut().unread.push(sentence.to_owned());
    }

    async fn users(&self) -> Answer<Vec<FoundUser>> {
        let names = candidates(self.spec, IamNameKind::User, self.api.users().await?);
        let users = stream::iter(names).map(|name| async move {
            let user = self.told(name.as_str(), self.api.user(&name).await)?;
            let Some(user) = user.filter(|user| self.ours(Kind::User, name.as_str(), &user.tags)) else {
                return Ok(None);
            };
            let (keys, attached, added) = try_join!(
                self.api.access_keys(&name),
                self.api.attached_policies(Holder::User(&name)),
                added(self.api, Holder::User(&name))
            )?;
            let keys = keys.into_iter().map(|key| key.id).collect();
            Ok(Some(FoundUser { name, tags: user.tags, keys, added, attached: arns(&attached) }))
        });
        Ok(users.buffered(AT_ONCE).try_collect::<Vec<_>>().await?.into_iter().flatten().collect())
    }

    async fn roles(&self, all: &[RoleTrust]) -> Answer<Vec<FoundRole>> {
        let names = candidates(self.spec, IamNameKind::Role, all.iter().map(|role| role.name.clone()));
        let roles = stream::iter(names).map(|name| async move {
            let role = self.told(name.as_str(), self.api.role(&name).await)?;
            let Some(role) = role.filter(|role| self.ours(Kind::Role, name.as_str(), &role.tags)) else {
                return Ok(None);
            };
            let holder = Holder::Role(&name);
            let (attached, added) = try_join!(self.api.attached_policies(holder), added(self.api, holder))?;
            Ok(Some(FoundRole { name, tags: role.tags, trust: role.trust, added, attached: arns(&attached) }))
        });
        Ok(roles.buffered(AT_ONCE).try_collect::<Vec<_>>().await?.into_iter().flatten().collect())
    }

    /// The spec's policies, and those of others that hold our statements: an adopted policy has the name of its user or role.
    async fn policies(&self, users: &[FoundUser], roles: &[FoundRole]) -> Answer<Vec<FoundPolicy>> {
        let api = self.api;
        let all = api.policies().await?;
        let may_be = |arn: &Arn| may_be_ours(self.spec, arn.name()) || may_be_former(self.spec, arn.name());
        let mut arns: Vec<Arn> = arns(&all).into_iter().filter(may_be).collect();
        arns.sort();
        let attached = |arn: &Arn| {
            let namesake = |name: &IamName| name.same_as(arn.name());
            users.iter().any(|user| namesake(&user.name) && user.attached.contains(arn))
                || roles.iter().any(|role| namesake(&role.name) && role.attached.contains(arn))
        };
        let found = stream::iter(arns).map(|arn| async move {
            let Some(policy) = self.told(arn.name(), api.policy(&arn).await)? else { return Ok(None) };
            let adopted = attached(&arn) && !self.owner.may_own(&policy.tags);
            let ours = !adopted && self.ours(Kind::Policy, arn.name(), &policy.tags);
            if !ours && !attached(&arn) {
                return Ok(None);
            }
            let (document, holders) =
                try_join!(api.policy_document(&arn, &policy.default_version), api.policy_holders(&arn))?;
            let touched = ours || without_ours(&document) != Remainder::Untouched;
            Ok(touched.then_some(FoundPolicy { arn, ours, tags: policy.tags, document, holders }))
        });
        Ok(found.buffered(AT_ONCE).try_collect::<Vec<_>>().await?.into_iter().flatten().collect())
    }

    /// All providers, and who made each, where it was not this spec. One that was adopted has no tags.
    async fn providers(&self) -> Answer<Vec<(Arn, Option<String>)>> {
        let all = match self.api.oidc_providers().await {
            Err(error) if error.kind == Failure::Denied => {
                self.unread("OIDC providers were not looked at (iam:ListOpenIDConnectProviders).");
                return Ok(Vec::new());
            }
            other => other?,
        };
        let found = stream::iter(arns(&all)).map(|arn| async move {
            let tags = self.api.oidc_tags(&arn).await?;
            if let Some(spec) = self.owner.former_name(&tags) {
                let name = arn.resource().trim_start_matches("oidc-provider/").to_owned();
                self.seen.borrow_mut().former.push(Former { kind: Kind::OidcProvider, name, spec: spec.to_owned() });
                return Ok(None);
            }
            let others = match self.owner.judge(&tags) {
                Whose::Ours => None,
                Whose::Unproven(id) => Some(format!("a spec of this name with the id `{id}`")),
                Whose::Nobodys => Some("others".to_owned()),
                Whose::Anothers(owner) => Some(owner),
            };
            Ok::<_, CallError>(Some((arn, others)))
        });
        Ok(found.buffered(AT_ONCE).try_collect::<Vec<_>>().await?.into_iter().flatten().collect())
    }

    /// The associations in the spec's cluster. Where the spec has a role, those of the region's other clusters, too: its trust tells
    /// only whom it lets in now, not what was made for it in a cluster that the spec named before.
    async fn associations(&self, roles: &[FoundRole]) -> Answer<Vec<FoundAssociation>> {
        let told = if roles.is_empty() { Ok(Vec::new()) } else { self.api.clusters().await };
        let mut clusters = match told {
            Err(error) if error.kind == Failure::Denied => {
                self.unread("Clusters other than the spec's were not looked at (eks:ListClusters).");
                Vec::new()
            }
            other => other?,
        };
        clusters.extend(self.spec.cloud.cluster().iter().map(|cluster| cluster.name.clone()));
        clusters.sort();
        clusters.dedup();
        let mut found = Vec::new();
        for cluster in clusters {
            let there = match self.api.associations(&cluster).await {
                Err(error) if error.kind == Failure::Denied => {
                    self.unread("Pod Identity associations were not looked at (eks:ListPodIdentityAssociations).");
                    continue;
                }
                other => other?,
            };
            for one in there {
                let name = format!("{}/{}", one.namespace, one.service_account);
                let one = (FoundAssociation { cluster: cluster.clone(), id: one.id, name }, one.tags);
                if self.ours(Kind::Association, &one.0.key(), &one.1) {
                    found.push(one.0);
                }
            }
        }
        Ok(found)
    }
}

/// What others added to a user or role and IAM does not delete with it: inline policies, and groups.
async fn added(api: &impl AwsApi, holder: Holder<'_>) -> Answer<Vec<Added>> {
    let (bearer, kind, name) = match holder {
        Holder::User(name) => (Bearer::User(name), "user", name),
        Holder::Role(name) => (Bearer::Role(name), "role", name),
    };
    // Whoever may not look finds out when IAM refuses.
    let allowed = |answer: Answer<Vec<String>>| match answer {
        Err(error) if error.kind == Failure::Denied => Ok(Vec::new()),
        other => other,
    };
    let inline = allowed(api.inline_policies(bearer).await)?.into_iter().map(|policy| Added {
        removal: format!("aws iam delete-{kind}-policy --{kind}-name {name} --policy-name {}", word(&policy)),
        what: format!("the inline policy {policy}"),
    });
    let mut found: Vec<Added> = inline.collect();
    if let Holder::User(user) = holder {
        found.extend(allowed(api.groups(user).await)?.into_iter().map(|group| Added {
            removal: format!("aws iam remove-user-from-group --user-name {user} --group-name {}", word(&group)),
            what: format!("the membership in the group {group}"),
        }));
    }
    Ok(found)
}

/// A bucket's tags and its region; the spec's region is tried first, because nearly all are there.
async fn bucket_tags(
    api: &impl AwsApi,
    name: &BucketName,
    home: &Region,
    account: &AccountId,
) -> Answer<Option<(Tags, Region)>> {
    match api.bucket_tags(name, home).await {
        Ok(tags) => Ok(Some((tags, home.clone()))),
        Err(error) if error.kind == Failure::WrongRegion => {
            let (BucketHead::Elsewhere { region: Some(region) }
            | BucketHead::Ours { region: Some(region) }
            | BucketHead::Forbidden { region: Some(region) }) = api.head_bucket(name, home, Some(account)).await?
            else {
                return Err(error);
            };
            Ok(Some((api.bucket_tags(name, &region).await?, region)))
        }
        Err(error) => Err(error),
    }
}

async fn bucket(api: &impl RemovalApi, name: BucketName, region: Region, tags: Tags) -> Answer<FoundBucket> {
    let (policy, lifecycle, cors, versions, uploads) = try_join!(
        api.bucket_policy(&name, &region),
        api.lifecycle(&name, &region),
        api.cors(&name, &region),
        api.object_versions(&name, &region),
        api.uploads(&name, &region),
    )?;
    let proof = |one: &&ObjectVersion| one.key.starts_with(PREFIX);
    let of_the_proof = versions.items.iter().filter(proof).count();
    let contents = Contents {
        versions: versions.items.len() - of_the_proof,
        proof: of_the_proof,
        uploads: uploads.items.len(),
        more: versions.more || uploads.more,
    };
    let lifecycle = lifecycle.rules.iter().filter_map(|rule| rule.id().map(str::to_owned)).collect();
    let cors = cors.iter().filter_map(|rule| rule.id().map(str::to_owned)).collect();
    Ok(FoundBucket { name, region, tags, contents, policy, lifecycle, cors })
}
