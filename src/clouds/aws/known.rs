//! What AWS knows of a spec without being asked.

use serde_json::{Map, Value, json};

use super::{boundary, elsewhere};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Endpoint, IamName, Issuer, Kind};
use crate::clouds::aws::plan::caller_needs;
use crate::clouds::known::{Asked, Known, Rights};
use crate::clouds::task::{Called, LeftToTool, Task};
use crate::model::{Blueprint, BucketWant, PrincipalKind, PrincipalWant, Warning};
use crate::policy::{MANAGED_POLICY_LIMIT, Pods, Trust, caller_policy, size, trust_document};
use crate::spec::{AwsCloud, Identity, Install, Provider, Spec};

const UNLIMITED: &str = "Whoever holds these rights writes the policies of the users and roles, so they can widen them and take the rights themselves. Set `iam: {permissionsBoundary: ARN}` below `cloud`: then nobody gets further than that policy.";

impl Known for AwsCloud {
    fn principal(&self, asked: Asked<'_>) -> PrincipalKind {
        let role = |trust| PrincipalKind::Role { trust, associations: Vec::new(), session_seconds: None };
        // For what the checks before rule out: lets nobody in.
        let nobody = || Trust::WebIdentity(Vec::new());
        match asked.install.identity {
            Identity::StaticKeys => key_or_user(&asked),
            Identity::Irsa => role(Trust::WebIdentity(asked.account_names())),
            Identity::PodIdentity => {
                let cluster = self.cluster.as_ref().map(|cluster| cluster.name.clone()).unwrap_or_default();
                let accounts = asked.account_names().into_iter().collect();
                let pods = Pods { region: self.region.clone(), cluster, accounts };
                PrincipalKind::Role { trust: Trust::Pods(pods), associations: asked.accounts, session_seconds: None }
            }
            // A profile that offers it says whose tokens are let in; the loading of profiles sees to that.
            Identity::WorkloadIdentity => match asked.federation {
                Some((federated, session_seconds)) => PrincipalKind::Role {
                    trust: Trust::Federated(federated.clone()),
                    associations: Vec::new(),
                    session_seconds: *session_seconds,
                },
                None => role(nobody()),
            },
            Identity::NodeRole => {
                let node = self.cluster.as_ref().and_then(|cluster| cluster.node_role.clone());
                // The check of the identity's answers came first, so the nodes' role is there.
                role(node.map_or_else(nobody, Trust::Node))
            }
        }
    }

    fn feasible(&self, spec: &Spec, _: &Install, want: &PrincipalWant) -> Result<()> {
        fits(spec, want)
    }

    fn warnings(&self, spec: &Spec, install: &Install) -> Vec<Warning> {
        let mut warnings = elsewhere::elsewhere(spec, install);
        warnings.extend(boundary::wide(spec, install));
        warnings
    }

    fn variables(&self) -> Vec<(&'static str, Value)> {
        // An endpoint of AWS's may serve many hosts, so the path is the safe style.
        let endpoint = |endpoint: &Endpoint| {
            json!({
                "url": endpoint, "host": endpoint.host(), "secure": endpoint.is_secure(),
                "path_style": true, "checksums": crate::spec::Checksums::default(), "ca": "",
            })
        };
        self.endpoint.iter().map(|address| ("endpoint", endpoint(address))).collect()
    }

    fn reviewed(
        &self,
        blueprint: &Blueprint,
        want: &PrincipalWant,
        issuer: Option<&Issuer>,
        placeholders: bool,
    ) -> Result<Vec<(&'static str, Value)>> {
        let mut documents = vec![("policy.json", want.policy(&blueprint.spec.cloud))];
        if let PrincipalKind::Role { trust, .. } = &want.kind {
            let stand_in = if placeholders { Some(stand_in_issuer(blueprint)?) } else { None };
            let spec = self.cluster.as_ref().and_then(|cluster| cluster.issuer.as_ref());
            let issuer = issuer.or(spec).or(stand_in.as_ref());
            let document = trust_document(trust, blueprint.partition(), blueprint.account()?, issuer);
            documents.push(("trust.json", document.ok_or_else(|| blueprint.no_issuer())?));
        }
        Ok(documents)
    }

    fn refuses(&self, want: &BucketWant) -> Vec<String> {
        let mut refused = vec![
            "public access, by whatever policy (Block Public Access)".to_owned(),
            "access by ACLs (they are disabled)".to_owned(),
        ];
        refused.extend(want.tls_only.then(|| "requests without TLS, from everybody".to_owned()));
        refused
    }

    fn besides(&self) -> &'static str {
        "Users and roles of this account whose own policies allow it, such as its administrators, reach the buckets too: a bucket's policy refuses them nothing."
    }

    fn annotations(&self, blueprint: &Blueprint, identity: Identity, role: &IamName) -> Result<Map<String, Value>> {
        let mut annotations = Map::new();
        if identity == Identity::Irsa {
            let arn = blueprint.spec.cloud.iam_arn(blueprint.account()?, Kind::Role, role.as_str());
            annotations.insert("eks.amazonaws.com/role-arn".to_owned(), json!(arn.to_string()));
            // EKS's default today, and not that of old versions of its webhook.
            annotations.insert("eks.amazonaws.com/sts-regional-endpoints".to_owned(), json!("true"));
        }
        Ok(annotations)
    }

    fn place(&self, account: Option<&AccountId>) -> String {
        format!("in account {}", account.map_or("?".to_owned(), ToString::to_string))
    }

    fn title(&self) -> &str {
        Provider::Aws.title()
    }

    fn left_to_tool(
        &self,
        _: &Spec,
        _: Task,
        _: &dyn Fn() -> Result<Blueprint>,
        _: &Called,
    ) -> Result<Option<LeftToTool>> {
        Ok(None)
    }

    fn rights(&self, blueprint: &Blueprint) -> Rights {
        let makes = |want: &PrincipalWant| matches!(want.kind, PrincipalKind::User | PrincipalKind::Role { .. });
        let unlimited = blueprint.spec.cloud.boundary().is_none() && blueprint.principals.iter().any(makes);
        Rights::Document(caller_policy(&caller_needs(blueprint)), unlimited.then_some(UNLIMITED))
    }
}

/// The key that the user brings, or a user whose key `apply` makes.
pub(crate) fn key_or_user(asked: &Asked<'_>) -> PrincipalKind {
    asked.brought().map_or(PrincipalKind::User, |key| PrincipalKind::Brought(key.clone()))
}

/// What stands for the issuer of a cluster whose issuer is not known.
fn stand_in_issuer(blueprint: &Blueprint) -> Result<Issuer> {
    let (region, suffix) = (blueprint.spec.cloud.region(), blueprint.partition().dns_suffix());
    Issuer::parse(&format!("https://oidc.eks.{region}.{suffix}/id/PLACEHOLDER-ISSUER"))
}

/// Whether the policy of a principal is within IAM's limit.
///
/// # Errors
/// `BW0405`.
pub(crate) fn fits(spec: &Spec, want: &PrincipalWant) -> Result<()> {
    let found = size(&want.policy(&spec.cloud));
    if found <= MANAGED_POLICY_LIMIT {
        return Ok(());
    }
    Err(Error::new(Code::POLICY_TOO_LARGE, format!("the policy of `{}` would have {found} characters", want.name))
        .why(format!("IAM allows {MANAGED_POLICY_LIMIT} characters in a managed policy, white space not counted."))
        .fix("Use `roles: per-component`, or shorter bucket names.")
        .at(spec.place("installs")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    use crate::base::names::{BucketName, DnsLabel, IamNameKind};
    use crate::policy::BucketGrant;
    use crate::profile::Access;

    #[test]
    fn a_policy_is_measured_before_it_is_sent() {
        let text = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: aws, region: eu-west-1}\nidentity: static-keys\ninstalls:\n  - {profile: demo, chartVersion: 1.0.0}\n";
        let spec = Spec::parse("t.yaml", text).expect("a spec");
        let want = |buckets: u32| {
            let grant = |number| BucketGrant {
                bucket: BucketName::parse(&format!("{}-{number:03}", "b".repeat(59))).expect("a name"),
                access: Access::ReadWrite,
                extra: BTreeSet::new(),
                roles: BTreeSet::new(),
            };
            PrincipalWant {
                name: IamName::parse(IamNameKind::User, "acme").expect("a name"),
                install: DnsLabel::namespace("demo").expect("a label"),
                components: Vec::new(),
                kind: PrincipalKind::User,
                grants: (0..buckets).map(grant).collect(),
                statements: Vec::new(),
                google_roles: BTreeSet::new(),
                kms_key: None,
                former_keys: None,
                attach: Vec::new(),
                tags: BTreeMap::new(),
            }
        };
        fits(&spec, &want(30)).expect("it fits");
        let error = fits(&spec, &want(45)).expect_err("it does not fit");
        assert_eq!(error.code(), &Code::POLICY_TOO_LARGE);
    }
}
