//! From single installs to the whole: each bucket once, each principal with all its grants.

use std::collections::{BTreeMap, BTreeSet};

use super::install::Built;
use crate::base::error::{Code, Error, Result};
use crate::base::names::{Arn, BucketName, DnsLabel, DnsName, IamName};
use crate::clouds::known;
use crate::clouds::known::Asked;
use crate::model::{BucketWant, PrincipalKind, PrincipalWant, tags_of};
use crate::policy::BucketGrant;
use crate::profile::{GoogleRole, RoleOn};
use crate::spec::{Install, Spec};

/// Joins the buckets of all installs.
///
/// # Errors
/// `BW0402` when two claim one bucket and one of them cannot share.
pub(super) fn merged_buckets(spec: &Spec, builds: &[Built]) -> Result<Vec<BucketWant>> {
    let mut wants: BTreeMap<BucketName, (BucketWant, bool)> = BTreeMap::new();
    let mut errors = Vec::new();
    for (built, install) in builds.iter().zip(&spec.installs) {
        for used in built.buckets.iter().filter(|used| !used.entry.at_run_time) {
            let user = (install.id.clone(), used.purpose.clone());
            let Some((want, shareable)) = wants.get_mut(&used.name) else {
                let want = BucketWant {
                    name: used.name.clone(),
                    users: vec![user],
                    existing: used.existing,
                    versioning: used.versioning,
                    kms_key: spec.kms_key.clone(),
                    abort_uploads_after_days: spec.bucket_defaults.abort_uploads_after_days,
                    expiries: used.entry.lifecycle.clone(),
                    cors: used.entry.cors.clone(),
                    tls_only: spec.bucket_defaults.tls_only,
                    tags: BTreeMap::new(),
                };
                wants.insert(used.name.clone(), (want, used.entry.shareable));
                continue;
            };
            if !(*shareable && used.entry.shareable) {
                errors.push(claimed_twice(spec, install, &used.purpose, &used.name, &want.users[0]));
                continue;
            }
            want.users.push(user);
            want.existing |= used.existing;
            want.versioning |= used.versioning;
            want.expiries.extend(
                used.entry.lifecycle.iter().filter(|rule| !want.expiries.contains(rule)).cloned().collect::<Vec<_>>(),
            );
            want.cors
                .extend(used.entry.cors.iter().filter(|rule| !want.cors.contains(rule)).cloned().collect::<Vec<_>>());
        }
    }
    Error::check(errors)?;
    Ok(wants
        .into_values()
        .map(|(mut want, _)| {
            let mut installs: Vec<&str> = want.users.iter().map(|(install, _)| install.as_str()).collect();
            installs.dedup();
            want.tags = tags_of(spec, Some(&installs.join("+")));
            want
        })
        .collect())
}

fn claimed_twice(
    spec: &Spec,
    install: &Install,
    purpose: &str,
    name: &BucketName,
    first: &(DnsLabel, String),
) -> Error {
    Error::new(
        Code::BUCKET_CLAIMED_TWICE,
        format!("the bucket `{name}` is claimed by {}.{purpose} and by {}.{}", install.id, first.0, first.1),
    )
    .why("The chart expects the bucket for itself: objects of the two would mix, and a restore or clean-up of one would hit the other.")
    .fix(format!("Name another bucket under `buckets: {{{purpose}: …}}`, or give the installs different ids."))
    .at(spec.place_in(install, &format!("buckets.{purpose}")))
}

/// Gathers each principal's grants and says what it is.
///
/// # Errors
/// `BW0405` when a policy would be too large for IAM.
pub(super) fn principal_wants(spec: &Spec, builds: &[Built]) -> Result<Vec<PrincipalWant>> {
    let mut wants = Vec::new();
    for (built, install) in builds.iter().zip(&spec.installs) {
        let names: BTreeSet<&IamName> = built.blueprint.principals.values().collect();
        for name in names {
            let components: Vec<String> = built
                .blueprint
                .principals
                .iter()
                .filter(|(_, principal)| principal == &name)
                .map(|(component, _)| component.clone())
                .collect();
            let want = PrincipalWant {
                name: name.clone(),
                install: install.id.clone(),
                kind: kind(spec, install, built, &components, name),
                grants: grants(built, &components),
                statements: built.statements.clone(),
                google_roles: google_roles(built, &components),
                kms_key: spec.kms_key.clone(),
                former_keys: spec.former_keys.clone(),
                attach: attach(install, &components),
                tags: tags_of(spec, Some(install.id.as_str())),
                components,
            };
            if let (PrincipalKind::Brought(_), false) = (&want.kind, want.attach.is_empty()) {
                return Err(nothing_to_attach_to(spec, install, name));
            }
            known(&spec.cloud).feasible(spec, install, &want)?;
            wants.push(want);
        }
    }
    Ok(wants)
}

/// The union of what the components may do, each bucket once.
fn grants(built: &Built, components: &[String]) -> Vec<BucketGrant> {
    let mut grants: BTreeMap<BucketName, BucketGrant> = BTreeMap::new();
    for used in built.buckets.iter().filter(|used| !used.entry.at_run_time) {
        for access in components.iter().filter_map(|component| used.entry.access.get(component)) {
            let extra: BTreeSet<String> = used.entry.actions.iter().map(ToString::to_string).collect();
            let roles: BTreeSet<String> = used.entry.google_roles.iter().map(ToString::to_string).collect();
            grants
                .entry(used.name.clone())
                .and_modify(|grant| {
                    grant.access = grant.access.max(*access);
                    grant.extra.extend(extra.iter().cloned());
                    grant.roles.extend(roles.iter().cloned());
                })
                .or_insert_with(|| BucketGrant { bucket: used.name.clone(), access: *access, extra, roles });
        }
    }
    grants.into_values().collect()
}

/// The user's own policies for what these components share.
fn attach(install: &Install, components: &[String]) -> Vec<Arn> {
    let lists = install.attach.iter().filter(|(component, _)| component.is_empty() || components.contains(component));
    lists.flat_map(|(_, list)| list.iter().cloned()).collect()
}

fn nothing_to_attach_to(spec: &Spec, install: &Install, name: &IamName) -> Error {
    Error::new(Code::WRONG_VALUE, format!("`attachPolicies` of `{}` has no user to attach to", install.id))
        .why(format!("The key of `{name}` is brought by you, so its user is not made or changed here."))
        .fix("Attach the policies to the user yourself, and remove `attachPolicies`.")
        .at(spec.place_in(install, "attachPolicies"))
}

/// The union of what the components need on Google Cloud beyond the buckets.
fn google_roles(built: &Built, components: &[String]) -> BTreeSet<(RoleOn, String)> {
    let needed = |role: &&GoogleRole| role.components.iter().any(|component| components.contains(component));
    built.google_roles.iter().filter(needed).map(|role| (role.on, role.role.to_string())).collect()
}

fn kind(spec: &Spec, install: &Install, built: &Built, components: &[String], name: &IamName) -> PrincipalKind {
    let mut accounts: Vec<(DnsLabel, DnsName)> = Vec::new();
    for workload in built.blueprint.workloads.iter().filter(|workload| components.contains(&workload.component)) {
        for namespace in &workload.namespaces {
            let account = (namespace.clone(), workload.service_account.clone());
            // Accounts that exist already may be shared by workloads.
            if !accounts.contains(&account) {
                accounts.push(account);
            }
        }
    }
    known(&spec.cloud).principal(Asked {
        install,
        profile: &built.blueprint.profile,
        components,
        name,
        accounts,
        hmac: built.hmac,
        federation: built.federation.as_ref(),
    })
}
