//! Whether a role's live trust lets in exactly the pods that the blueprint names.

use std::collections::BTreeMap;

use super::api::{AwsApi, Role};
use crate::base::names::{AccountId, Arn, Issuer, Kind};
use crate::clouds::call::CallError;
use crate::clouds::trial::outcome::reason;
use crate::model::proof::{Probe, TrialAction};
use crate::model::{Blueprint, PrincipalKind, PrincipalWant, Proof, Trial, WorkloadWant};
use crate::policy::{AUDIENCE, POD_ACTIONS, Pods, Trust, Visitor, admission};

/// The place of these trials in the matrix.
const PLACE: &str = "(trust)";

/// Nobody has this name.
const STRANGER: &str = "bucketwright-stranger";

/// Holds a role's live trust, the OIDC provider and the pod identity associations to the blueprint.
pub(super) async fn trusted(
    api: &impl AwsApi,
    blueprint: &Blueprint,
    want: &PrincipalWant,
    account: &AccountId,
) -> Proof {
    let PrincipalKind::Role { trust, .. } = &want.kind else { return Proof::default() };
    let probe = Probe::of(blueprint, want);
    let mut proof = Proof::default();
    let untried =
        |what: &str, error: &CallError| format!("{}: {what} could not be read ({})", want.name, reason(error));
    let role = match api.role(&want.name).await {
        Ok(Some(role)) => role,
        Ok(None) => {
            let note = format!("there is no role {}: run `bucketwright apply`", want.name);
            proof.trials.push(probe.trial(PLACE, TrialAction::Exists, false, Some(note)));
            return proof;
        }
        Err(error) => {
            proof.untried.push(untried("the trust policy", &error));
            return proof;
        }
    };
    proof.trials.push(probe.trial(PLACE, TrialAction::Exists, true, None));
    let look = Look { blueprint, want, probe: &probe, role: &role, account };
    let made = match trust {
        Trust::WebIdentity(_) => match issuer(api, blueprint, &probe, &mut proof).await {
            Ok(Some(issuer)) => look.web_identity(api, &issuer).await,
            Ok(None) => {
                let why = "the issuer of the cluster is not known: name the cluster or `oidcIssuer` in the spec";
                proof.trials.push(probe.trial(PLACE, TrialAction::Issuer, false, Some(why.to_owned())));
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        },
        Trust::Federated(federated) => {
            let provider = look.provider(api, &federated.issuer).await;
            provider.map(|mut trials| {
                let samples =
                    federated.subjects.iter().map(|subject| (Vec::new(), subject.replace('*', "x"), subject.clone()));
                trials.extend(look.tokens(&federated.issuer, &samples.collect::<Vec<_>>()));
                trials
            })
        }
        Trust::Pods(pods) => look.pods(api, pods).await,
        Trust::Node(node) => Ok(vec![look.asked(
            "nodes' role",
            &[],
            &Visitor { action: "sts:AssumeRole", kind: "AWS", principal: node.to_string(), keys: BTreeMap::new() },
        )]),
    };
    match made {
        Ok(trials) => proof.trials.extend(trials),
        Err(error) => proof.untried.push(untried("the trust", &error)),
    }
    proof
}

/// The cluster's issuer as EKS tells it. A spec that names another is of an older cluster of that name.
async fn issuer(
    api: &impl AwsApi,
    blueprint: &Blueprint,
    probe: &Probe,
    proof: &mut Proof,
) -> Result<Option<Issuer>, CallError> {
    let Some(cluster) = blueprint.spec.cloud.cluster() else { return Ok(None) };
    let live = match (api.cluster_issuer(&cluster.name).await, &cluster.issuer) {
        (Ok(live), _) => live,
        // The spec's word must do for those who may not ask EKS.
        (Err(_), Some(_)) => None,
        (Err(error), None) => return Err(error),
    };
    if let (Some(live), Some(named)) = (&live, &cluster.issuer) {
        let note = (live != named).then(|| format!("the cluster `{}` has {live}, the spec says {named}", cluster.name));
        proof.trials.push(probe.trial(PLACE, TrialAction::Issuer, live == named, note));
    }
    Ok(live.or_else(|| cluster.issuer.clone()))
}

/// A subject that must be let in: the components that rely on it, the subject, and what it is called.
type Sample = (Vec<String>, String, String);

/// A role under examination.
struct Look<'a> {
    blueprint: &'a Blueprint,
    want: &'a PrincipalWant,
    probe: &'a Probe,
    role: &'a Role,
    account: &'a AccountId,
}

impl Look<'_> {
    /// The pods of this principal.
    fn workloads(&self) -> impl Iterator<Item = &WorkloadWant> {
        let install = self.blueprint.installs.iter().find(|install| install.id == self.want.install);
        let workloads = install.map(|install| install.workloads.as_slice()).unwrap_or_default();
        workloads.iter().filter(|workload| self.want.components.contains(&workload.component))
    }

    /// Each ServiceAccount once, with the components that run under it.
    fn accounts(&self) -> Vec<(String, String, Vec<String>)> {
        let mut accounts: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for workload in self.workloads() {
            for namespace in &workload.namespaces {
                let components =
                    accounts.entry((namespace.to_string(), workload.service_account.to_string())).or_default();
                if !components.contains(&workload.component) {
                    components.push(workload.component.clone());
                }
            }
        }
        accounts.into_iter().map(|((namespace, name), components)| (namespace, name, components)).collect()
    }

    fn trial(
        &self,
        components: &[String],
        action: impl Into<TrialAction>,
        passed: bool,
        note: Option<String>,
    ) -> Trial {
        Trial { components: components.to_vec(), ..self.probe.trial(PLACE, action, passed, note) }
    }

    /// Whether the live trust lets a visitor in.
    fn asked(&self, what: &str, components: &[String], visitor: &Visitor) -> Trial {
        let admitted = admission(&self.role.trust, visitor).admitted;
        let note = match admitted {
            Some(true) => None,
            Some(false) => Some(format!("the trust policy of {} does not let it in", self.want.name)),
            None => Some("the trust policy has a condition that cannot be judged here".to_owned()),
        };
        self.trial(components, what, admitted == Some(true), note)
    }

    /// The provider that AWS asks for the issuer's keys, and whether it takes the audience.
    async fn provider(&self, api: &impl AwsApi, issuer: &Issuer) -> Result<Vec<Trial>, CallError> {
        let arn = Arn::iam(self.blueprint.partition(), self.account, Kind::OidcProvider, issuer.host_path());
        let note = match api.oidc_audiences(&arn).await? {
            Some(audiences) if audiences.iter().any(|audience| audience == AUDIENCE) => None,
            Some(_) => Some(format!("the OIDC provider of {issuer} does not list the audience {AUDIENCE}")),
            None => Some(format!("the account has no OIDC provider for {issuer}")),
        };
        Ok(vec![self.trial(&[], TrialAction::OidcProvider, note.is_none(), note)])
    }

    async fn web_identity(&self, api: &impl AwsApi, issuer: &Issuer) -> Result<Vec<Trial>, CallError> {
        let mut trials = self.provider(api, issuer).await?;
        let samples = self.accounts().into_iter().map(|(namespace, name, components)| {
            (components, format!("system:serviceaccount:{namespace}:{name}"), format!("{namespace}/{name}"))
        });
        trials.extend(self.tokens(issuer, &samples.collect::<Vec<_>>()));
        Ok(trials)
    }

    /// Tokens of an issuer: each subject that must be let in, another audience, a
    /// stranger, and subjects that nobody asked for.
    fn tokens(&self, issuer: &Issuer, subjects: &[Sample]) -> Vec<Trial> {
        let token = |audience: &str, subject: &str| {
            Visitor::with_token(self.blueprint.partition(), self.account, issuer, &[audience.to_owned()], subject)
        };
        let mut trials = Vec::new();
        for (components, subject, called) in subjects {
            trials.push(self.asked(called, components, &token(AUDIENCE, subject)));
        }
        let first = subjects.first().map(|(_, subject, _)| subject.as_str()).unwrap_or_default();
        trials.push(self.kept_out("another audience", &token(STRANGER, first)));
        trials.push(self.kept_out("an unknown subject", &token(AUDIENCE, STRANGER)));
        let pods = format!("system:serviceaccount:{STRANGER}:{STRANGER}");
        trials.push(self.kept_out("another ServiceAccount", &token(AUDIENCE, &pods)));
        // What the live policy lists beyond that: a ServiceAccount of a release that is gone, for instance.
        let judged = admission(&self.role.trust, &token(AUDIENCE, first));
        let checks = judged.statements.iter().filter(|one| one.effect == "Allow").flat_map(|one| &one.checks);
        let named = checks.filter(|check| check.key.to_lowercase().ends_with(":sub")).flat_map(|check| &check.wanted);
        let known = |name: &&String| subjects.iter().any(|(_, subject, called)| *name == subject || *name == called);
        let mut others: Vec<&String> = named.filter(|name| !known(name)).collect();
        others.dedup();
        for other in others {
            let note = if self.probe.ours { "it is let in, and the spec does not name it" } else { "let in by others" };
            trials.push(self.trial(&[], other.as_str(), !self.probe.ours, Some(note.to_owned())));
        }
        trials
    }

    fn kept_out(&self, what: &str, visitor: &Visitor) -> Trial {
        let out = admission(&self.role.trust, visitor).admitted == Some(false);
        let note = if out { "refused, as it should be" } else { "it is let in: the trust policy is too wide" };
        self.trial(&[], what, out || !self.probe.ours, Some(note.to_owned()))
    }

    /// EKS Pod Identity: the service is let in for each ServiceAccount and for no other pod, and each is associated with this
    /// role.
    async fn pods(&self, api: &impl AwsApi, pods: &Pods) -> Result<Vec<Trial>, CallError> {
        let mut trials = Vec::new();
        let visitor = |pods: &Pods, account: &AccountId, action, pair: (&str, &str)| {
            pods.visitor(self.blueprint.partition(), account, action, pair)
        };
        for (namespace, name, components) in self.accounts() {
            for action in POD_ACTIONS {
                let what = format!("{namespace}/{name}, {action}");
                let pod = visitor(pods, self.account, action, (&namespace, &name));
                trials.push(self.asked(&what, &components, &pod));
            }
        }
        let action = POD_ACTIONS[0];
        let first =
            pods.accounts.first().map_or((STRANGER, STRANGER), |(namespace, name)| (namespace.as_str(), name.as_str()));
        let elsewhere = Pods { cluster: STRANGER.to_owned(), ..pods.clone() };
        let of_strangers = visitor(pods, self.account, action, (STRANGER, STRANGER));
        trials.push(self.kept_out("another ServiceAccount", &of_strangers));
        trials.push(self.kept_out("another cluster", &visitor(&elsewhere, self.account, action, first)));
        let Some(cluster) = self.blueprint.spec.cloud.cluster() else { return Ok(trials) };
        for (namespace, name, components) in self.accounts() {
            let note = match api.association(&cluster.name, &namespace, &name).await? {
                Some(found) if found.role_arn == self.role.arn && found.session_tags => None,
                Some(found) if found.role_arn == self.role.arn => {
                    Some("it turns session tags off, and the trust asks for them".to_owned())
                }
                Some(found) => Some(format!("it is associated with {}", found.role_arn)),
                None => Some(format!("the cluster `{}` has no association for it", cluster.name)),
            };
            trials.push(self.trial(&components, format!("{namespace}/{name}"), note.is_none(), note));
        }
        Ok(trials)
    }
}
