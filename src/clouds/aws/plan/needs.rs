//! What the caller of `apply` needs in IAM and EKS. Nothing here lets anybody reach further than the names of the spec.
//!
//! Source: Service Authorization Reference, IAM and EKS (the condition keys of each action); IAM User Guide, "Permissions
//! boundaries for IAM entities" (delegating to others with `iam:PermissionsBoundary`).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::base::names::{Arn, Kind};
use crate::model::{Blueprint, PrincipalKind, PrincipalWant, SPEC_TAG};
use crate::policy::{CallerNeeds, POD_SERVICE, own_account};

/// The names that the caller's rights are limited to.
pub(super) struct Limits<'a> {
    pub(super) blueprint: &'a Blueprint,
    /// `arn:PARTITION:iam::ACCOUNT`.
    pub(super) prefix: String,
    /// Whether one pattern stands for all names of the spec, because the policy would be too large otherwise. The tags still
    /// say whose a thing is.
    pub(super) wide: bool,
}

impl Limits<'_> {
    fn arn(&self, kind: Kind, name: &str) -> String {
        let spec = &self.blueprint.spec;
        let pattern = || spec.cloud.identity_text(&format!("{}-*", spec.name));
        let name = if self.wide { pattern() } else { name.to_owned() };
        format!("{}:{kind}/{}", self.prefix, spec.cloud.path_and_name(&name))
    }

    /// The policies of the spec, and those that it attaches: no other may be attached.
    fn policies(&self) -> Vec<String> {
        let made = |want: &&PrincipalWant| matches!(want.kind, PrincipalKind::User | PrincipalKind::Role { .. });
        let mut arns: Vec<String> = self
            .blueprint
            .principals
            .iter()
            .filter(made)
            .map(|want| self.arn(Kind::Policy, want.name.as_str()))
            .collect();
        arns.dedup();
        let further: BTreeSet<&Arn> = self.blueprint.principals.iter().flat_map(|want| &want.attach).collect();
        arns.extend(further.into_iter().map(ToString::to_string));
        arns
    }

    /// Conditions that hold for what carries the spec's tag; what is adopted gets it on the way, so none is asked of it.
    fn tagged(&self, want: &PrincipalWant, key: &str) -> Value {
        if self.blueprint.may_adopt(&want.name) {
            return json!({});
        }
        json!({"StringEquals": {format!("aws:{key}/{SPEC_TAG}"): self.blueprint.spec.name}})
    }

    /// The same, within the permissions boundary, where the spec has one.
    fn bounded(&self, want: &PrincipalWant, mut condition: Value) -> Value {
        let boundary = self.blueprint.spec.cloud.boundary();
        // What is adopted keeps the boundary that it has.
        if let Some(boundary) = boundary.filter(|_| !self.blueprint.may_adopt(&want.name)) {
            condition["StringEquals"]["iam:PermissionsBoundary"] = json!(boundary);
        }
        condition
    }

    /// Reads of a user or role. Of what is not there yet IAM knows no path, so it is asked for without one, too.
    pub(super) fn reads(&self, needs: &mut CallerNeeds, kind: Kind, want: &PrincipalWant, actions: &[&'static str]) {
        let arn = self.arn(kind, want.name.as_str());
        let path = self.blueprint.spec.cloud.path_and_name("");
        needs.add(arn.replace(&format!("{kind}/{path}"), &format!("{kind}/")), actions);
        needs.add(arn, actions);
    }

    /// What the caller needs for one principal.
    pub(super) fn principal(&self, needs: &mut CallerNeeds, want: &PrincipalWant) {
        let policy = self.arn(Kind::Policy, want.name.as_str());
        let (kind, joins, reads, mends): (Kind, &'static str, &[&'static str], &[&'static str]) = match &want.kind {
            PrincipalKind::User => (
                Kind::User,
                "iam:AttachUserPolicy",
                &["iam:GetAccessKeyLastUsed", "iam:GetUser", "iam:ListAccessKeys", "iam:ListAttachedUserPolicies"],
                &[],
            ),
            PrincipalKind::Role { session_seconds: Some(_), .. } => {
                (Kind::Role, "iam:AttachRolePolicy", &ROLE_READS, &["iam:UpdateAssumeRolePolicy", "iam:UpdateRole"])
            }
            PrincipalKind::Role { .. } => {
                (Kind::Role, "iam:AttachRolePolicy", &ROLE_READS, &["iam:UpdateAssumeRolePolicy"])
            }
            _ => return,
        };
        let (create, tag, bound): (&[&'static str], &[&'static str], &[&'static str]) = match kind {
            Kind::User => (&["iam:CreateUser"], &["iam:TagUser"], &["iam:PutUserPermissionsBoundary"]),
            _ => (&["iam:CreateRole"], &["iam:TagRole"], &["iam:PutRolePermissionsBoundary"]),
        };
        let (made, ours) = (self.tagged(want, "RequestTag"), self.tagged(want, "ResourceTag"));
        needs.add(&policy, &["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions"]);
        needs.add_if(&policy, &["iam:CreatePolicy", "iam:TagPolicy"], &made);
        needs.add_if(&policy, &["iam:CreatePolicyVersion", "iam:DeletePolicyVersion"], &ours);
        let arn = self.arn(kind, want.name.as_str());
        self.reads(needs, kind, want, reads);
        needs.add_if(&arn, create, &self.bounded(want, made.clone()));
        needs.add_if(&arn, tag, &made);
        needs.add_if(&arn, tag, &ours);
        let mut attach = self.bounded(want, ours.clone());
        attach["ArnLike"] = json!({"iam:PolicyARN": self.policies()});
        needs.add_if(&arn, &[joins], &attach);
        needs.add_if(&arn, mends, &self.bounded(want, ours.clone()));
        if kind == Kind::User {
            needs.add_if(&arn, &["iam:CreateAccessKey", "iam:DeleteAccessKey"], &ours);
        }
        if self.blueprint.spec.cloud.boundary().is_some() && !self.blueprint.may_adopt(&want.name) {
            needs.add_if(&arn, bound, &self.bounded(want, ours));
        }
        if matches!(&want.kind, PrincipalKind::Role { associations, .. } if !associations.is_empty()) {
            needs.add_if(&arn, &["iam:PassRole"], &json!({"StringEquals": {"iam:PassedToService": POD_SERVICE}}));
        }
    }

    /// What looks for what earlier versions of the spec left: reads alone. Lists are of the whole account; users, roles and policies are
    /// read by names that hold the spec's.
    pub(super) fn leftovers(&self, needs: &mut CallerNeeds) {
        needs.add("*", &LISTS);
        needs.add_if(format!("arn:{}:s3:::*", self.blueprint.partition()), &BUCKET_TAGS, &own_account());
        let spec = &self.blueprint.spec.name;
        let of = |kind: Kind| format!("{}:{kind}/*{spec}-*", self.prefix);
        needs.add(of(Kind::Role), &["iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]);
        needs.add(
            of(Kind::User),
            &[
                "iam:GetAccessKeyLastUsed",
                "iam:GetUser",
                "iam:ListAccessKeys",
                "iam:ListAttachedUserPolicies",
                "iam:ListGroupsForUser",
                "iam:ListUserPolicies",
            ],
        );
        needs.add(of(Kind::Policy), &["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListEntitiesForPolicy"]);
        // What an earlier name of the spec made is told by its tags. Where the policy would be too large, every name may be read.
        if self.wide {
            needs.add("*", &["iam:GetPolicy", "iam:GetRole", "iam:GetUser"]);
            return;
        }
        for install in &self.blueprint.spec.installs {
            let of = |kind: Kind| format!("{}:{kind}/*-{}*", self.prefix, install.id);
            needs.add(of(Kind::Role), &["iam:GetRole"]);
            needs.add(of(Kind::User), &["iam:GetUser"]);
            needs.add(of(Kind::Policy), &["iam:GetPolicy"]);
        }
    }

    /// What the caller needs for OIDC providers: those that the roles trust, and no other.
    pub(super) fn providers(&self, needs: &mut CallerNeeds) {
        let cluster = self.blueprint.spec.cloud.cluster();
        let known = cluster.and_then(|cluster| cluster.issuer.as_ref());
        let mut paths: Vec<String> =
            self.blueprint.issuers(known).iter().map(|issuer| issuer.host_path().to_owned()).collect();
        if known.is_none() && self.blueprint.needs_cluster_issuer() {
            // EKS has not been asked; its issuers of the region have this form.
            let (region, suffix) = (self.blueprint.spec.cloud.region(), self.blueprint.partition().dns_suffix());
            paths.push(format!("oidc.eks.{region}.{suffix}/id/*"));
        }
        for path in paths {
            needs.add(
                format!("{}:oidc-provider/{path}", self.prefix),
                &[
                    "iam:AddClientIDToOpenIDConnectProvider",
                    "iam:CreateOpenIDConnectProvider",
                    "iam:GetOpenIDConnectProvider",
                    "iam:TagOpenIDConnectProvider",
                ],
            );
        }
    }

    /// What the caller needs for the cluster.
    pub(super) fn cluster(&self, needs: &mut CallerNeeds, eks: &str, cluster: &str) {
        if self.blueprint.needs_cluster_issuer() {
            needs.add(format!("{eks}:cluster/{cluster}"), &["eks:DescribeCluster"]);
        }
        // Associations that were made in another cluster are told by their tags.
        if self.blueprint.principals.iter().any(|want| matches!(want.kind, PrincipalKind::Role { .. })) {
            needs.add("*", &["eks:ListClusters"]);
            needs.add(format!("{eks}:cluster/*"), &["eks:ListPodIdentityAssociations"]);
            needs.add(format!("{eks}:podidentityassociation/*"), &["eks:DescribePodIdentityAssociation"]);
        }
        let associated = |want: &PrincipalWant| matches!(&want.kind, PrincipalKind::Role { associations, .. } if !associations.is_empty());
        if self.blueprint.principals.iter().any(associated) {
            needs.add(
                format!("{eks}:cluster/{cluster}"),
                &["eks:CreatePodIdentityAssociation", "eks:ListPodIdentityAssociations"],
            );
            needs.add(
                format!("{eks}:podidentityassociation/{cluster}/*"),
                &["eks:DescribePodIdentityAssociation", "eks:TagResource", "eks:UpdatePodIdentityAssociation"],
            );
        }
    }
}

/// The lists of what there is. Source: Service Authorization Reference: none of them takes a resource.
const LISTS: [&str; 6] = [
    "iam:ListOpenIDConnectProviderTags",
    "iam:ListOpenIDConnectProviders",
    "iam:ListPolicies",
    "iam:ListRoles",
    "iam:ListUsers",
    "s3:ListAllMyBuckets",
];
const BUCKET_TAGS: [&str; 2] = ["s3:GetBucketTagging", "s3:ListTagsForResource"];
const ROLE_READS: [&str; 3] = ["iam:GetRole", "iam:ListAttachedRolePolicies", "iam:SimulatePrincipalPolicy"];
