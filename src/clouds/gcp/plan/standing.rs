//! What others gained on a spec's service accounts and buckets: every binding and setting that is live, held against the blueprint.
//! `plan` and `verify` judge by this alone.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::settings::of_bucket;
use super::{GcpBucket, GcpObserved, Resource, made_here, wanted_bindings};
use crate::base::error::{Code, Error};
use crate::base::names::Kind;
use crate::base::shell::word;
use crate::clouds::gcp::policy::{bindings, members};
use crate::model::{Blueprint, PrincipalWant, Standing, masked};
use crate::policy::judge::{Grant, named_by, or_accept};
use crate::spec::GcpCloud;

/// What lets its holder act as a service account. Source: IAM documentation, "Service account permissions", "Roles for service account
/// authentication".
const BECOMES: [&str; 3] = [
    "roles/iam.serviceAccountOpenIdTokenCreator",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.workloadIdentityUser",
];

/// Roles on a service account that only look. Source: IAM documentation, "IAM basic and predefined roles reference".
const LOOKS: [&str; 4] =
    ["roles/browser", "roles/iam.securityReviewer", "roles/iam.serviceAccountViewer", "roles/viewer"];

/// What every bucket gives to the basic roles of its project. Source: Cloud Storage, "IAM roles for Cloud Storage", "Basic roles".
const USUAL: [(&str, &str); 6] = [
    ("roles/storage.legacyBucketOwner", "projectEditor"),
    ("roles/storage.legacyBucketOwner", "projectOwner"),
    ("roles/storage.legacyBucketReader", "projectViewer"),
    ("roles/storage.legacyObjectOwner", "projectEditor"),
    ("roles/storage.legacyObjectOwner", "projectOwner"),
    ("roles/storage.legacyObjectReader", "projectViewer"),
];

/// Holds everything that was observed against a blueprint.
pub fn standing(blueprint: &Blueprint, gcp: &GcpCloud, observed: &GcpObserved) -> Standing {
    let judge = Judge { blueprint, gcp, observed, wanted: wanted_bindings(gcp, made_here(blueprint)) };
    let mut found = Standing { unjudged: observed.unread.clone(), ..Standing::default() };
    for want in made_here(blueprint) {
        if observed.accounts.get(&want.name).is_some_and(|account| account.found.is_some()) {
            found.judged.insert((Kind::ServiceAccount, want.name.to_string()));
            found.grants.extend(judge.keys(want));
        }
    }
    for (resource, policy) in &observed.policies {
        for binding in bindings(policy) {
            let role = binding["role"].as_str().unwrap_or_default();
            found.grants.extend(members(binding).filter_map(|member| judge.member(resource, role, member, binding)));
        }
    }
    for want in &blueprint.buckets {
        if let Some(GcpBucket::Found(bucket)) = observed.buckets.get(&want.name) {
            found.judged.insert((Kind::Bucket, want.name.to_string()));
            found.grants.extend(of_bucket(blueprint, want, bucket));
        }
    }
    found.settle(blueprint);
    found
}

struct Judge<'a> {
    blueprint: &'a Blueprint,
    gcp: &'a GcpCloud,
    observed: &'a GcpObserved,
    wanted: BTreeMap<Resource, Vec<(String, String)>>,
}

impl Judge<'_> {
    /// The spec's own account that a member is.
    fn own(&self, member: &str) -> Option<&PrincipalWant> {
        let email = member.strip_prefix("serviceAccount:")?;
        made_here(self.blueprint).find(|want| self.gcp.email(&want.name) == email)
    }

    /// What a member gains by a binding, where the spec does not say so.
    fn member(&self, on: &Resource, role: &str, member: &str, binding: &Value) -> Option<Grant> {
        let is = |(wanted, whom): &(String, String)| wanted == role && whom == member;
        let wanted = self.wanted.get(on).is_some_and(|wanted| wanted.iter().any(is));
        // What was deleted gains nothing. Source: IAM documentation, "Policies with deleted principals".
        if wanted || member.starts_with("deleted:") {
            return None;
        }
        if let Some(own) = self.own(member) {
            return Some(self.rights(own, on, role, binding));
        }
        match on {
            Resource::Bucket(name) if !self.is_usual(role, member) => {
                let what = format!("{} has {role} on the bucket `{name}`", who(member));
                let why = "Its policy says so, and the spec does not.";
                Some(self.grant(
                    (Kind::Bucket, name.as_str()),
                    (Code::FOREIGN_ACCESS, what, why),
                    (on, role, member),
                    binding,
                ))
            }
            Resource::Account(email) if !LOOKS.contains(&role) => {
                let want = made_here(self.blueprint).find(|want| self.gcp.email(&want.name) == *email)?;
                let does = if BECOMES.contains(&role) { "may become" } else { "may change, or act as," };
                let what = format!("{} {does} the service account `{email}` ({role})", who(member));
                let why = "Whoever becomes it may do all that it may. The spec does not name this one.";
                let subject = (Kind::ServiceAccount, want.name.as_str());
                Some(self.grant(subject, (Code::FOREIGN_TRUST, what, why), (on, role, member), binding))
            }
            Resource::Project => self.of_project(role, member, binding),
            _ => None,
        }
    }

    /// What reaches the spec's accounts and buckets from the project's policy: that of everybody, and of those who may become any account.
    fn of_project(&self, role: &str, member: &str, binding: &Value) -> Option<Grant> {
        let public = ["allUsers", "allAuthenticatedUsers"].contains(&member);
        if !(public || BECOMES.contains(&role) && !self.is_agent(member)) {
            return None;
        }
        let (about, project) = ((&Resource::Project, role, member), &self.gcp.project);
        match made_here(self.blueprint).next() {
            Some(first) => {
                let what =
                    format!("{} may become every service account of the project {project} ({role})", who(member));
                let why = "The project's policy says so, and the spec's accounts are among them.";
                let subject = (Kind::ServiceAccount, first.name.as_str());
                Some(self.grant(subject, (Code::FOREIGN_TRUST, what, why), about, binding))
            }
            None => {
                let first = self.blueprint.buckets.first()?;
                let what = format!("{} has {role} on every bucket of the project {project}", who(member));
                let why = "The project's policy says so, and the spec does not.";
                let subject = (Kind::Bucket, first.name.as_str());
                public.then(|| self.grant(subject, (Code::FOREIGN_ACCESS, what, why), about, binding))
            }
        }
    }

    /// What an account of the spec may do beyond it.
    fn rights(&self, want: &PrincipalWant, on: &Resource, role: &str, binding: &Value) -> Grant {
        let email = self.gcp.email(&want.name);
        let what = format!("the service account `{email}` has {role} on {on}");
        let why = "The spec does not give it that, and whoever holds its key, or is its pod, has it.";
        let member = format!("serviceAccount:{email}");
        let subject = (Kind::ServiceAccount, want.name.as_str());
        self.grant(subject, (Code::FOREIGN_RIGHTS, what, why), (on, role, &member), binding)
    }

    /// Keys of an account that is meant to have none: whoever holds one is the account.
    fn keys(&self, want: &PrincipalWant) -> Vec<Grant> {
        let account = self.observed.accounts.get(&want.name);
        let keys = account.into_iter().flat_map(|account| &account.keys);
        if want.has_made_key() {
            return Vec::new();
        }
        let email = self.gcp.email(&want.name);
        let grant = |id: &str| {
            let name = want.name.as_str();
            let statement = json!({"key": masked(id), "on": email});
            let error = Error::new(
                Code::FOREIGN_TRUST,
                format!("whoever holds the key {} is the service account `{email}`", masked(id)),
            )
            .why("The spec gives this account no key: it was made under another identity of the install, or by somebody else.")
            .fix(format!("When nothing uses it any more: `gcloud iam service-accounts keys delete {} --iam-account {email}`.", word(id)));
            finished(Kind::ServiceAccount, name, "keys", None, error, statement)
        };
        keys.filter(|key| key.active).map(|key| grant(&key.id)).collect()
    }

    fn is_usual(&self, role: &str, member: &str) -> bool {
        let own = |(kind, project): (&str, &str)| project == self.gcp.project.as_str() && USUAL.contains(&(role, kind));
        member.split_once(':').is_some_and(own)
    }

    /// Whether a member is an agent of Google's own for this project. Source: IAM documentation, "Service agents".
    fn is_agent(&self, member: &str) -> bool {
        let Some(number) = &self.observed.number else { return false };
        let agent = format!("serviceAccount:service-{number}@");
        member.starts_with(&agent) && member.ends_with(".iam.gserviceaccount.com") && member.contains("@gcp-sa-")
    }

    fn grant(
        &self,
        (kind, resource): (Kind, &str),
        (code, what, why): (Code, String, &str),
        (on, role, member): (&Resource, &str, &str),
        binding: &Value,
    ) -> Grant {
        let mut statement = json!({"on": on.to_string(), "role": role, "member": member});
        let condition = binding.get("condition").filter(|condition| !condition.is_null());
        if let Some(condition) = condition {
            statement["condition"] = condition.clone();
        }
        let name = named_by(resource, role, &statement);
        let line = self.removal(on, role, member, condition.is_some());
        let error = Error::new(code, what).why(why).fix(format!("Remove it: `{line}`. {}", or_accept(&name)));
        let place = match on {
            Resource::Bucket(_) => "bucket policy",
            Resource::Account(_) => "account policy",
            Resource::Project => "project policy",
        };
        finished(kind, resource, place, Some(name), error, statement)
    }

    /// The line that takes a role from a member. Source: gcloud reference, `remove-iam-policy-binding`.
    fn removal(&self, on: &Resource, role: &str, member: &str, conditional: bool) -> String {
        let target = match on {
            Resource::Bucket(name) => format!("gcloud storage buckets remove-iam-policy-binding gs://{name}"),
            Resource::Account(email) => {
                format!("gcloud iam service-accounts remove-iam-policy-binding {email} --project {}", self.gcp.project)
            }
            Resource::Project => format!("gcloud projects remove-iam-policy-binding {}", self.gcp.project),
        };
        let condition = if conditional {
            " --all"
        } else if matches!(on, Resource::Bucket(_)) {
            ""
        } else {
            " --condition None"
        };
        format!("{target} --member {} --role {}{condition}", word(member), word(role))
    }
}

/// A grant that `apply` does not take away.
pub(super) fn finished(
    kind: Kind,
    resource: &str,
    place: &str,
    name: Option<String>,
    error: Error,
    statement: Value,
) -> Grant {
    let (resource, place) = (resource.to_owned(), place.to_owned());
    Grant { kind, resource, place, name, undone: false, accepted: None, error, statement }
}

/// A member of a policy in words. Source: IAM documentation, "Principal identifiers".
fn who(member: &str) -> String {
    let pods = member.strip_prefix("serviceAccount:").and_then(|rest| rest.split_once(".svc.id.goog["));
    match (member, pods, member.split_once(':')) {
        ("allUsers", ..) => "anybody without signing in".to_owned(),
        ("allAuthenticatedUsers", ..) => "everybody with a Google account".to_owned(),
        (_, Some((pool, account)), _) => {
            let account = account.trim_end_matches(']');
            format!("the pods of the ServiceAccount {account} in every cluster of {pool}")
        }
        (_, _, Some(("serviceAccount", email))) => format!("the service account {email}"),
        (_, _, Some(("domain", domain))) => format!("everybody of the domain {domain}"),
        (_, _, Some((kind @ ("user" | "group"), name))) => format!("the {kind} {name}"),
        _ => format!("`{member}`"),
    }
}
