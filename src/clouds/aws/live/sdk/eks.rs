//! EKS: clusters, their issuers, and Pod Identity associations.

use std::collections::HashMap;

use aws_sdk_eks::Client;

use super::failure::{Call, ToAnswer, if_any};
use crate::base::names::{Arn, Issuer, Region};
use crate::clouds::aws::live::api::{Association, Tags};
use crate::clouds::aws::live::removals::TaggedAssociation;
use crate::clouds::call::Answer;

const NOT_FOUND: &[&str] = &["ResourceNotFoundException"];

/// EKS in the account's home region.
#[derive(Clone, Debug)]
pub(super) struct Eks {
    client: Client,
    region: Region,
}

impl Eks {
    pub(super) fn new(client: Client, region: Region) -> Self {
        Self { client, region }
    }

    fn call<'a>(&'a self, name: &'static str, resource: &'a str) -> Call<'a> {
        Call::on(name, resource).in_region(&self.region)
    }

    pub(super) async fn clusters(&self) -> Answer<Vec<String>> {
        let call = self.call("eks:ListClusters", self.region.as_str());
        let names = self.client.list_clusters().into_paginator().items().send();
        names.collect::<Result<Vec<_>, _>>().await.answer(call)
    }

    pub(super) async fn cluster_issuer(&self, cluster: &str) -> Answer<Option<Issuer>> {
        let call = self.call("eks:DescribeCluster", cluster);
        let answer = self.client.describe_cluster().name(cluster).send().await.answer(call);
        let Some(described) = if_any(answer, NOT_FOUND)? else { return Ok(None) };
        let oidc = described.cluster().and_then(|cluster| cluster.identity()).and_then(|identity| identity.oidc());
        let Some(issuer) = oidc.and_then(|oidc| oidc.issuer()) else {
            return Err(call.odd("the cluster has no OIDC issuer"));
        };
        Issuer::parse(issuer).map(Some).map_err(|error| call.odd(error.what()))
    }

    pub(super) async fn association(
        &self,
        cluster: &str,
        namespace: &str,
        account: &str,
    ) -> Answer<Option<Association>> {
        let resource = format!("{cluster}/{namespace}/{account}");
        let call = self.call("eks:ListPodIdentityAssociations", &resource);
        let list = self.client.list_pod_identity_associations().cluster_name(cluster);
        let list = list.namespace(namespace).service_account(account).into_paginator().items().send();
        let Some(found) = if_any(list.collect::<Result<Vec<_>, _>>().await.answer(call), NOT_FOUND)? else {
            return Ok(None);
        };
        let Some(id) = found.iter().find_map(|summary| summary.association_id()) else { return Ok(None) };
        let call = self.call("eks:DescribePodIdentityAssociation", &resource);
        let describe = self.client.describe_pod_identity_association().cluster_name(cluster).association_id(id);
        let Some(described) = if_any(describe.send().await.answer(call), NOT_FOUND)? else { return Ok(None) };
        let told = described.association();
        let session_tags = told.is_none_or(|told| told.disable_session_tags != Some(true));
        let tags = told.and_then(|told| told.tags()).into_iter().flatten();
        let tags = tags.map(|(key, value)| (key.clone(), value.clone())).collect();
        match told.and_then(|told| told.role_arn()) {
            Some(role) => Ok(Some(Association { id: id.to_owned(), role_arn: role.to_owned(), session_tags, tags })),
            None => Err(call.odd("the association names no role")),
        }
    }

    pub(super) async fn associations(&self, cluster: &str) -> Answer<Vec<TaggedAssociation>> {
        let call = self.call("eks:ListPodIdentityAssociations", cluster);
        let list = self.client.list_pod_identity_associations().cluster_name(cluster).into_paginator().items().send();
        let found = if_any(list.collect::<Result<Vec<_>, _>>().await.answer(call), NOT_FOUND)?.unwrap_or_default();
        let mut associations = Vec::new();
        for id in found.iter().filter_map(|summary| summary.association_id()) {
            let call = self.call("eks:DescribePodIdentityAssociation", cluster);
            let describe = self.client.describe_pod_identity_association().cluster_name(cluster).association_id(id);
            let described = if_any(describe.send().await.answer(call), NOT_FOUND)?;
            let Some(told) = described.and_then(|described| described.association) else { continue };
            associations.push(TaggedAssociation {
                id: id.to_owned(),
                namespace: told.namespace.unwrap_or_default(),
                service_account: told.service_account.unwrap_or_default(),
                tags: told.tags.into_iter().flatten().collect(),
            });
        }
        Ok(associations)
    }

    pub(super) async fn delete_association(&self, cluster: &str, id: &str) -> Answer<()> {
        let delete = self.client.delete_pod_identity_association().cluster_name(cluster).association_id(id);
        let answer = delete.send().await.answer(self.call("eks:DeletePodIdentityAssociation", cluster));
        if_any(answer, NOT_FOUND).map(drop)
    }

    pub(super) async fn update_association(&self, cluster: &str, id: &str, role: &Arn) -> Answer<()> {
        let update = self.client.update_pod_identity_association().cluster_name(cluster).association_id(id);
        let update = update.role_arn(role.as_str()).disable_session_tags(false);
        update.send().await.answer(self.call("eks:UpdatePodIdentityAssociation", cluster)).map(drop)
    }

    pub(super) async fn create_association(
        &self,
        cluster: &str,
        namespace: &str,
        account: &str,
        role: &Arn,
        tags: &Tags,
    ) -> Answer<()> {
        let resource = format!("{cluster}/{namespace}/{account}");
        let call = self.call("eks:CreatePodIdentityAssociation", &resource);
        let create = self.client.create_pod_identity_association().cluster_name(cluster).namespace(namespace);
        let create = create.service_account(account).role_arn(role.as_str()).set_tags(tag_map(tags));
        let create = create.client_request_token(token(&[cluster, namespace, account, role.as_str()], tags));
        create.send().await.answer(call).map(drop)
    }
}

fn tag_map(tags: &Tags) -> Option<HashMap<String, String>> {
    (!tags.is_empty()).then(|| tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// The idempotency token of a creation: equal arguments give an equal token, in every run and version of the program.
///
/// The arguments themselves are longer than a token may be, and `std`'s hasher may change with the compiler, so the
/// token is a hash of fixed definition over all arguments, each ended by a byte that UTF-8 never has. It need not
/// withstand an attacker: EKS asks only whether two requests of one account are the same request.
fn token(arguments: &[&str], tags: &Tags) -> String {
    let tags = tags.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
    let bytes = arguments.iter().copied().chain(tags).flat_map(|text| text.bytes().chain([0xff]));
    format!("bucketwright-{:032x}", fnv_1a(bytes))
}

/// The 128-bit FNV-1a hash. Source: G. Fowler, L. C. Noll, K.-P. Vo, "FNV Hash", parameters for 128 bits.
fn fnv_1a(bytes: impl Iterator<Item = u8>) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = (1 << 88) + 0x13b;
    bytes.fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_arguments_give_an_equal_token_and_others_another() {
        let tags = Tags::from([("a".to_owned(), "b".to_owned())]);
        let known = token(&["c", "ns", "sa", "arn"], &tags);
        assert_eq!(known, token(&["c", "ns", "sa", "arn"], &tags));
        assert_ne!(known, token(&["cn", "s", "sa", "arn"], &tags));
        assert_ne!(known, token(&["c", "ns", "sa", "arn"], &Tags::new()));
        assert!(known.len() <= 64);
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv_1a(b"".iter().copied()), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(fnv_1a(b"a".iter().copied()), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
