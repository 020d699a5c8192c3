//! Managed policies, their versions, and the simulator.

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult};
use serde_json::Value;

use super::{ABSENT, Iam, document, from_tags, once, to_tags};
use crate::base::names::{Arn, IamName};
use crate::clouds::aws::live::api::{Decision, Making, Policy, PolicyVersion, Tags};
use crate::clouds::aws::live::sdk::failure::{Call, ToAnswer, if_any};
use crate::clouds::call::Answer;

impl Iam {
    pub async fn policy(&self, arn: &Arn) -> Answer<Option<Policy>> {
        let call = Call::on("iam:GetPolicy", arn.as_str());
        let answer = self.0.get_policy().policy_arn(arn.as_str()).send().await;
        let Some(found) = if_any(answer.answer(call), ABSENT)? else { return Ok(None) };
        let policy = found.policy.ok_or_else(|| call.odd("the answer holds no policy"))?;
        let Some(default_version) = policy.default_version_id else {
            return Err(call.odd("the policy has no version"));
        };
        Ok(Some(Policy { default_version, tags: from_tags(policy.tags) }))
    }

    pub async fn policy_document(&self, arn: &Arn, version: &str) -> Answer<Value> {
        let call = Call::on("iam:GetPolicyVersion", arn.as_str());
        let answer =
            self.0.get_policy_version().policy_arn(arn.as_str()).version_id(version).send().await.answer(call)?;
        document(call, answer.policy_version().and_then(|version| version.document()))
    }

    pub async fn create_policy(&self, name: &IamName, document: &Value, making: &Making<'_>) -> Answer<()> {
        let call = Call::on("iam:CreatePolicy", name.as_str());
        let create = self.0.create_policy().policy_name(name.as_str()).policy_document(document.to_string());
        let create = create.set_tags(to_tags(call, making.tags)?).path(making.path.as_str());
        create.customize().config_override(once()).send().await.answer(call).map(drop)
    }

    pub async fn policy_versions(&self, arn: &Arn) -> Answer<Vec<PolicyVersion>> {
        let call = Call::on("iam:ListPolicyVersions", arn.as_str());
        let versions = self.0.list_policy_versions().policy_arn(arn.as_str()).into_paginator().items().send();
        let versions = versions.collect::<Result<Vec<_>, _>>().await.answer(call)?;
        let told = versions.into_iter().filter_map(|version| {
            Some(PolicyVersion {
                default: version.is_default_version,
                created: version.create_date.map_or(0, |date| date.secs()),
                id: version.version_id?,
            })
        });
        Ok(told.collect())
    }

    /// Not repeated by the SDK: a policy has room for five versions.
    pub async fn create_policy_version(&self, arn: &Arn, document: &Value) -> Answer<()> {
        let call = Call::on("iam:CreatePolicyVersion", arn.as_str());
        let create = self.0.create_policy_version().policy_arn(arn.as_str()).policy_document(document.to_string());
        let create = create.set_as_default(true);
        create.customize().config_override(once()).send().await.answer(call).map(drop)
    }

    pub async fn delete_policy_version(&self, arn: &Arn, version: &str) -> Answer<()> {
        let call = Call::on("iam:DeletePolicyVersion", arn.as_str());
        let delete = self.0.delete_policy_version().policy_arn(arn.as_str()).version_id(version);
        delete.send().await.answer(call).map(drop)
    }

    pub async fn tag_policy(&self, arn: &Arn, tags: &Tags) -> Answer<()> {
        let call = Call::on("iam:TagPolicy", arn.as_str());
        let tag = self.0.tag_policy().policy_arn(arn.as_str()).set_tags(to_tags(call, tags)?);
        tag.send().await.answer(call).map(drop)
    }

    pub async fn simulate(&self, principal: &Arn, actions: &[&str], resources: &[String]) -> Answer<Vec<Decision>> {
        let call = Call::on("iam:SimulatePrincipalPolicy", principal.as_str());
        let simulate = self.0.simulate_principal_policy().policy_source_arn(principal.as_str());
        let simulate = simulate.set_action_names(Some(actions.iter().map(|&action| action.to_owned()).collect()));
        let simulate = simulate.set_context_entries(Some(own_account(call, principal)?));
        let simulate = simulate.set_resource_arns((!resources.is_empty()).then(|| resources.to_vec()));
        let results = simulate.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.answer(call)?;
        Ok(results.into_iter().flat_map(decisions).collect())
    }
}

/// What the simulator must be told of a request: its buckets are the principal's own account's. It takes for unknown what is
/// not sent. Source: IAM API Reference, SimulatePrincipalPolicy, `ContextEntries`.
fn own_account(call: Call<'_>, principal: &Arn) -> Answer<Vec<ContextEntry>> {
    let account = principal.account().ok_or_else(|| call.odd("the ARN names no account"))?;
    let entry = |name: &str| {
        let entry = ContextEntry::builder().context_key_name(name).context_key_type(ContextKeyTypeEnum::String);
        entry.context_key_values(account.as_str()).build()
    };
    Ok(["s3:ResourceAccount", "aws:PrincipalAccount"].map(entry).into())
}

/// The decisions in one result: one for each resource where they are listed, else the one of the result itself.
fn decisions(result: EvaluationResult) -> Vec<Decision> {
    let action = result.eval_action_name;
    let each: Vec<Decision> = result
        .resource_specific_results
        .into_iter()
        .flatten()
        .map(|one| Decision {
            action: action.clone(),
            resource: one.eval_resource_name,
            answer: one.eval_resource_decision.as_str().to_owned(),
        })
        .collect();
    if !each.is_empty() {
        return each;
    }
    let resource = result.eval_resource_name.unwrap_or_else(|| "*".to_owned());
    vec![Decision { action, resource, answer: result.eval_decision.as_str().to_owned() }]
}
