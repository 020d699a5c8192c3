//! What others gained, as trials: who else may become a role, what else it may do, who else may reach a bucket.

use crate::base::names::Kind;
use crate::model::{Blueprint, Finding, Proof, Standing, Trial};
use crate::policy::judge::Grant;

/// The place of trials about who may become a role, and about what a user or role may do beyond the spec.
const TRUST: &str = "(trust)";
const RIGHTS: &str = "(rights)";
/// What is in place of a user or role where a trial is about a bucket.
const BUCKETS: &str = "(buckets)";

/// A trial for each grant that the spec does not accept, and one for each subject that has none.
pub fn judged(blueprint: &Blueprint, standing: &Standing) -> Proof {
    let mut trials = Vec::new();
    let of = |kind: Kind, name: &str| -> Vec<&Grant> {
        standing.grants.iter().filter(|grant| grant.kind == kind && grant.resource == name).collect()
    };
    for want in &blueprint.principals {
        let (kind, name) = (blueprint.kind_of(want), want.name.as_str());
        if !standing.judged.contains(&(kind, name.to_owned())) {
            continue;
        }
        let (trust, rights): (Vec<&Grant>, Vec<&Grant>) =
            of(kind, name).into_iter().partition(|grant| grant.is_trust());
        let subject =
            |place: &'static str| Subject { install: want.install.to_string(), principal: name.to_owned(), place };
        if [Kind::Role, Kind::ServiceAccount].contains(&kind) {
            subject(TRUST).add_trials("nobody else", &trust, &mut trials);
        }
        subject(RIGHTS).add_trials("nothing else", &rights, &mut trials);
    }
    for want in &blueprint.buckets {
        let name = want.name.as_str();
        if standing.judged.contains(&(Kind::Bucket, name.to_owned())) {
            let install = want.users.first().map(|(install, _)| install.to_string()).unwrap_or_default();
            Subject { install, principal: BUCKETS.to_owned(), place: name }.add_trials(
                "nobody else",
                &of(Kind::Bucket, name),
                &mut trials,
            );
        }
    }
    Proof { trials, untried: standing.unjudged.clone(), ..Proof::default() }
}

/// Whom or what a trial is about.
struct Subject<'a> {
    install: String,
    principal: String,
    place: &'a str,
}

impl Subject<'_> {
    /// Adds a trial for each grant; one that passes where there is none.
    fn add_trials(&self, nothing: &str, grants: &[&Grant], trials: &mut Vec<Trial>) {
        if grants.is_empty() {
            trials.push(self.trial(nothing, None));
        }
        trials.extend(grants.iter().map(|grant| self.trial(&grant.place, Some(grant))));
    }

    fn trial(&self, action: &str, grant: Option<&Grant>) -> Trial {
        Trial {
            install: self.install.clone(),
            principal: self.principal.clone(),
            components: Vec::new(),
            bucket: self.place.to_owned(),
            action: action.into(),
            passed: grant.is_none_or(|grant| grant.accepted.is_some()),
            note: grant.map(|grant| match grant.accepted {
                Some(by) => format!("accepted (`{by}`): {}", grant.error.what()),
                None => grant.error.what().to_owned(),
            }),
            finding: grant.filter(|grant| grant.accepted.is_none()).map(|grant| Box::new(Finding::of(grant))),
        }
    }
}

impl Finding {
    fn of(grant: &Grant) -> Self {
        Self {
            code: grant.error.code().as_str().to_owned(),
            why: grant.error.reason().unwrap_or_default().to_owned(),
            fix: grant.error.remedy().unwrap_or_default().to_owned(),
            statement: grant.statement.clone(),
            accept: grant.name.clone(),
        }
    }
}
