//! What a profile asks for beyond buckets: whose tokens become the role, and what else principals may do.

use std::collections::BTreeMap;

use semver::Version;
use serde_json::{Value, json};
use tera::Context;

use crate::base::error::{Code, Error, Result};
use crate::base::names::{Arn, BucketName, Issuer, Partition};
use crate::policy::judge::shared_issuer;
use crate::policy::{BEYOND_PREFIX, Federated};
use crate::profile::{Profile, StoreAction, in_range};

/// Refuses subjects that let in more than they seem to.
///
/// Source: IAM User Guide, "Available keys for AWS OIDC federation": a trust policy must say whose tokens it means; "Identity-provider
/// controls for shared OIDC providers".
fn narrow(issuer: &Issuer, subject: &str) -> Result<()> {
    let loose = |why: String, fix: String| {
        Err(Error::new(Code::LOOSE_SUBJECT, format!("the subject `{subject}` cannot be trusted")).why(why).fix(fix))
    };
    // A trust policy of ours takes `*` as a pattern as soon as one subject has it.
    let shared = shared_issuer(issuer.host_path());
    if let Some(shared) = shared.filter(|shared| shared.claim == "sub" && !shared.fixes_customer(subject, true)) {
        return loose(
            format!(
                "All customers of {} have tokens of the issuer {issuer}, and this subject does not name one {}: others would become the role.",
                shared.name, shared.whom
            ),
            format!("Write the customer out, such as `{}`.", shared.example),
        );
    }
    let why = match subject.split_once(['*', '?']) {
        Some(("", _)) => "A `*` at the start lets in the tokens of every customer of the issuer.",
        Some((before, _)) if !before.ends_with(['/', ':']) => {
            "A `*` right behind an id also matches longer ids: end the id with the separator first."
        }
        _ if subject.is_empty() => "An empty subject matches no token.",
        _ => return Ok(()),
    };
    let example =
        shared.map_or("`org:ID/*` or `organization_id:ID:*`".to_owned(), |shared| format!("`{}`", shared.example));
    loose(why.to_owned(), format!("Name the organisation and a separator before `*`, such as {example}."))
}

/// A profile with the variables of an install.
pub(crate) struct Beyond<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) version: &'a Version,
    pub(crate) now: Context,
    pub(crate) buckets: &'a BTreeMap<String, BucketName>,
    pub(crate) partition: Partition,
}

impl Beyond<'_> {
    /// Whose tokens are let in, and how long a session may last, in seconds.
    ///
    /// # Errors
    /// `BW0207` for an issuer that is none; `BW0404` when no subject is let in.
    pub(crate) fn federation(&self) -> Result<Option<(Federated, Option<u32>)>> {
        let Some(federation) = &self.profile.about.federation else { return Ok(None) };
        let expressions = &self.profile.expressions;
        let issuer = Issuer::parse(&expressions.text(&federation.issuer, &self.now)?)?;
        let mut subjects = Vec::new();
        for subject in federation.subjects.iter().filter(|subject| in_range(subject.charts.as_ref(), self.version)) {
            if expressions.holds(subject.when.as_ref().map(|when| when.as_str()), &self.now)? {
                match expressions.value(&subject.sub.value, &self.now)? {
                    Value::Array(items) => subjects.extend(items.iter().filter_map(Value::as_str).map(str::to_owned)),
                    other => subjects.push(other.as_str().unwrap_or_default().to_owned()),
                }
            }
        }
        if subjects.is_empty() {
            return Err(Error::new(Code::MISSING_ANSWER, format!("no token of {issuer} would be let in"))
                .why("A role that nobody can become is of no use, and one that everybody can become is worse.")
                .fix("Set the options that say who is let in: `bucketwright profile show NAME` lists them."));
        }
        subjects.iter().try_for_each(|subject| narrow(&issuer, subject))?;
        let seconds = match &federation.session_seconds {
            Some(at) => expressions.value(&at.value, &self.now)?.as_u64().and_then(|value| u32::try_from(value).ok()),
            None => None,
        };
        Ok(Some((Federated { issuer, subjects }, seconds)))
    }

    /// Refuses a resource outside of the install's buckets.
    fn in_own_bucket(&self, sid: &str, resource: &str) -> Result<()> {
        let own = self.buckets.values().any(|bucket| {
            let arn = Arn::bucket(self.partition, bucket.as_str()).to_string();
            resource.strip_prefix(&arn).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        if own {
            return Ok(());
        }
        let profile = self.profile.name();
        Err(Error::new(Code::RIGHTS_BEYOND, format!("the profile `{profile}` asks for rights on `{resource}`"))
            .why(format!("Its permission `{sid}` reaches beyond the buckets of the install, and a profile may come from anybody."))
            .fix("Write the resource as `{{ buckets.PURPOSE.arn }}` or `{{ buckets.PURPOSE.arn }}/*`. What else the product needs, give it by a policy of your own."))
    }

    /// The statements of the principals' policy beyond the buckets.
    ///
    /// # Errors
    /// `BW0303` when an expression fails.
    pub(crate) fn statements(&self) -> Result<Vec<Value>> {
        let expressions = &self.profile.expressions;
        let mut statements = Vec::new();
        for entry in self.profile.about.permissions.iter().filter(|entry| in_range(entry.charts.as_ref(), self.version))
        {
            if !expressions.holds(entry.when.as_ref().map(|when| when.as_str()), &self.now)? {
                continue;
            }
            let resources: Vec<String> =
                entry.resources.iter().map(|text| expressions.text(text, &self.now)).collect::<Result<_>>()?;
            if !entry.actions.iter().all(StoreAction::is_of_no_bucket) {
                resources.iter().try_for_each(|resource| self.in_own_bucket(&entry.sid, resource))?;
            }
            let sid = format!("{BEYOND_PREFIX}{}", entry.sid);
            statements.push(json!({"Sid": sid, "Effect": "Allow", "Action": entry.actions, "Resource": resources}));
        }
        Ok(statements)
    }
}
