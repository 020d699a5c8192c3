//! Lifecycle and CORS rules of a bucket: those that carry an id of ours are what the spec says; those of others stay.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{AwsChange, BucketState};
use crate::clouds::aws::teardown::{RULE_PREFIX, ours_in_buckets};
use crate::model::{ABORT_RULE, BucketWant};
use crate::profile::{Cors, Expiry};

/// A lifecycle rule, as far as it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleState {
    /// Its id.
    pub id: String,
    /// Whether it is enabled.
    pub enabled: bool,
    /// The prefix of what it is for.
    pub prefix: String,
    /// What narrows it beside the prefix, in words: tags and sizes.
    pub narrowed: Option<String>,
    /// Days after which it removes parts of unfinished uploads.
    pub abort_after_days: Option<i32>,
    /// Days after which it removes objects.
    pub expire_after_days: Option<i32>,
    /// The day on which it removes objects.
    pub expire_on: Option<String>,
    /// The class from which objects cannot be read at once, and when it moves them there.
    pub archive: Option<String>,
    /// Whether it does something else, too.
    pub more: bool,
}

impl RuleState {
    /// What it is for.
    fn scope(&self) -> String {
        let prefix = if self.prefix.is_empty() { "every object".to_owned() } else { format!("`{}*`", self.prefix) };
        match &self.narrowed {
            Some(words) => format!("{prefix} {words}"),
            None => prefix,
        }
    }

    /// What it does with objects that are complete: removes them, or puts them where they cannot be read; in words.
    fn loses(&self) -> Vec<String> {
        let scope = self.scope();
        let days = self.expire_after_days.map(|days| format!("removes {scope} {}", after(days)));
        let on = self.expire_on.iter().map(|day| format!("removes {scope} on {day}"));
        let archive = self.archive.iter().map(|words| format!("moves {scope} to {words}"));
        days.into_iter().chain(on).chain(archive).collect()
    }

    /// The rule in words.
    fn words(&self) -> String {
        let mut parts = self.loses();
        parts.extend(self.abort_after_days.map(|days| format!("aborts unfinished uploads {}", after(days))));
        if self.more {
            parts.push("more".to_owned());
        }
        if !self.enabled {
            parts.push("disabled".to_owned());
        }
        if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
    }

    /// The rule as a statement: what it says, and nothing that S3 adds.
    fn statement(&self) -> Value {
        let mut said = Map::from_iter([("ID".to_owned(), json!(self.id)), ("Prefix".to_owned(), json!(self.prefix))]);
        let entries = [
            ("Only", self.narrowed.as_ref().map(|words| json!(words))),
            ("ExpirationInDays", self.expire_after_days.map(|days| json!(days))),
            ("ExpirationDate", self.expire_on.as_ref().map(|day| json!(day))),
            ("Transition", self.archive.as_ref().map(|words| json!(words))),
        ];
        said.extend(entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
        Value::Object(said)
    }

    fn is_abort(&self, days: u16) -> bool {
        *self
            == Self {
                id: ABORT_RULE.to_owned(),
                enabled: true,
                abort_after_days: Some(i32::from(days)),
                ..Self::default()
            }
    }

    fn is_expiry(&self, wanted: &Expiry) -> bool {
        *self
            == Self {
                id: wanted.rule_id(),
                enabled: true,
                prefix: wanted.prefix.clone(),
                expire_after_days: Some(wanted.expire_after_days),
                ..Self::default()
            }
    }
}

/// "after 1 day", "after 30 days".
pub(super) fn after(days: i32) -> String {
    format!("after {days} {}", if days == 1 { "day" } else { "days" })
}

/// A CORS rule that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsState {
    /// Its id, which says whose it is.
    pub id: Option<String>,
    /// What it allows.
    pub rule: Cors,
}

/// Rules of ours that are written, and those of ours that they take the place of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LifecycleChange {
    /// Days after which parts of an unfinished upload are removed; `None` when a rule is there.
    pub abort_after_days: Option<u16>,
    /// Rules that are missing.
    pub expiries: Vec<Expiry>,
    /// Rules of ours that say something else: their ids, and what they say.
    pub replaced: Vec<(String, String)>,
    /// Whether the bucket has no rule then.
    pub empties: bool,
}

/// CORS rules of ours that are written, and those of ours that they take the place of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CorsChange {
    /// Rules that are missing.
    pub rules: Vec<Cors>,
    /// Rules of ours that say something else: their ids, and what they say.
    pub replaced: Vec<(String, String)>,
    /// Whether the bucket has no rule then.
    pub empties: bool,
}

impl LifecycleChange {
    /// The ids of the rules that are written or go.
    pub fn ids(&self) -> BTreeSet<String> {
        let abort = self.abort_after_days.map(|_| ABORT_RULE.to_owned());
        let written = self.expiries.iter().map(Expiry::rule_id).chain(abort);
        written.chain(self.replaced.iter().map(|(id, _)| id.clone())).collect()
    }

    /// The same in two: the rule about unfinished uploads is separate, because servers that know lifecycles may not know it.
    pub fn split(self) -> Vec<Self> {
        let (of_abort, others): (Vec<_>, Vec<_>) = self.replaced.into_iter().partition(|(id, _)| id == ABORT_RULE);
        let rest = Self { abort_after_days: None, expiries: self.expiries, replaced: others, empties: self.empties };
        let abort = Self { abort_after_days: self.abort_after_days, replaced: of_abort, ..Self::default() };
        [rest, abort].into_iter().filter(|part| !part.ids().is_empty()).collect()
    }

    pub(super) fn words(&self) -> String {
        let was = |id: &str| self.replaced.iter().find(|(other, _)| other == id).map(|(_, words)| words);
        let with = |words: String, id: &str| match was(id) {
            Some(was) => format!("{words} (ours now: {was})"),
            None => words,
        };
        let abort = self
            .abort_after_days
            .map(|days| with(format!("abort unfinished uploads {}", after(i32::from(days))), ABORT_RULE));
        let mut parts: Vec<String> = abort.into_iter().collect();
        parts.extend(
            self.expiries.iter().map(|rule| {
                with(format!("expire `{}*` {}", rule.prefix, after(rule.expire_after_days)), &rule.rule_id())
            }),
        );
        let written = Self { replaced: Vec::new(), ..self.clone() }.ids();
        let gone = self.replaced.iter().filter(|(id, _)| !written.contains(id));
        parts.extend(gone.map(|(id, words)| format!("remove our rule `{id}`, which the spec does not want ({words})")));
        parts.join(", ")
    }
}

impl CorsChange {
    pub(super) fn words(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        if !self.rules.is_empty() {
            parts.push(format!("allow browsers from {}", origins(&self.rules)));
        }
        parts.extend(self.replaced.iter().map(|(id, words)| {
            let verb = if self.rules.is_empty() { "remove our rule" } else { "in place of our rule" };
            format!("{verb} `{id}` ({words})")
        }));
        parts.join(", ")
    }
}

/// The id of a CORS rule of ours: it is made of the rule, because ids are unique in a bucket. S3 allows 255 characters.
pub fn cors_id(cors: &Cors) -> String {
    let id = format!("{RULE_PREFIX}{} {}", cors.methods.join(","), cors.origins.join(","));
    id.chars().take(255).collect()
}

fn origins(rules: &[Cors]) -> String {
    rules.iter().flat_map(|rule| rule.origins.clone()).collect::<Vec<_>>().join(", ")
}

/// What a CORS rule says, in words.
fn cors_words(rule: &Cors) -> String {
    format!("{} from {}", rule.methods.join(", "), rule.origins.join(", "))
}

/// What is to be done about the lifecycle rules.
pub(super) fn lifecycle_change(want: &BucketWant, state: &BucketState) -> Option<AwsChange> {
    let wanted = |rule: &RuleState| {
        rule.is_abort(want.abort_uploads_after_days) || want.expiries.iter().any(|expiry| rule.is_expiry(expiry))
    };
    // Two rules of one id are no document that S3 takes; a look-alike may have them.
    let twice = |id: &str| state.lifecycle.iter().filter(|rule| rule.id == id).count() > 1;
    let odd = |rule: &&RuleState| ours_in_buckets(&rule.id) && (!wanted(rule) || twice(&rule.id));
    let replaced: Vec<(String, String)> =
        state.lifecycle.iter().filter(odd).map(|rule| (rule.id.clone(), rule.words())).collect();
    let kept: Vec<&RuleState> =
        state.lifecycle.iter().filter(|rule| replaced.iter().all(|(id, _)| id != &rule.id)).collect();
    let aborts = |rule: &&RuleState| {
        rule.enabled && rule.prefix.is_empty() && rule.narrowed.is_none() && rule.abort_after_days.is_some()
    };
    let expires = |rule: &RuleState, wanted: &Expiry| {
        rule.enabled
            && rule.narrowed.is_none()
            && rule.prefix == wanted.prefix
            && rule.expire_after_days == Some(wanted.expire_after_days)
    };
    let change = LifecycleChange {
        abort_after_days: (!kept.iter().any(aborts)).then_some(want.abort_uploads_after_days),
        expiries: want
            .expiries
            .iter()
            .filter(|expiry| !kept.iter().any(|rule| expires(rule, expiry)))
            .cloned()
            .collect(),
        replaced,
        empties: kept.is_empty(),
    };
    let empties = change.empties && change.abort_after_days.is_none() && change.expiries.is_empty();
    (!change.ids().is_empty()).then(|| AwsChange::SetLifecycle(LifecycleChange { empties, ..change }))
}

/// What is to be done about the CORS rules.
pub(super) fn cors_change(want: &BucketWant, state: &BucketState) -> Option<AwsChange> {
    let is_ours = |there: &CorsState| there.id.as_deref().is_some_and(ours_in_buckets);
    let odd = |there: &&CorsState| is_ours(there) && !want.cors.iter().any(|wanted| equal(wanted, &there.rule));
    let replaced: Vec<(String, String)> = state
        .cors
        .iter()
        .filter(odd)
        .map(|there| (there.id.clone().unwrap_or_default(), cors_words(&there.rule)))
        .collect();
    let gone = |there: &CorsState| replaced.iter().any(|(id, _)| there.id.as_ref() == Some(id));
    let kept: Vec<&CorsState> = state.cors.iter().filter(|there| !gone(there)).collect();
    let rules: Vec<Cors> =
        want.cors.iter().filter(|rule| !kept.iter().any(|there| allows(&there.rule, rule))).cloned().collect();
    let empties = kept.is_empty() && rules.is_empty();
    let change = CorsChange { rules, replaced, empties };
    (!change.rules.is_empty() || !change.replaced.is_empty()).then_some(AwsChange::SetCors(change))
}

/// Whether two CORS rules say the same; the order of lists does not count.
fn equal(one: &Cors, other: &Cors) -> bool {
    let set = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
    set(&one.origins) == set(&other.origins)
        && set(&one.methods) == set(&other.methods)
        && set(&one.headers) == set(&other.headers)
        && set(&one.expose) == set(&other.expose)
        && one.max_age_seconds == other.max_age_seconds
}

/// Whether a CORS rule allows all that another asks for.
fn allows(there: &Cors, wanted: &Cors) -> bool {
    let covers =
        |have: &[String], need: &[String]| have.iter().any(|h| h == "*") || need.iter().all(|n| have.contains(n));
    covers(&there.origins, &wanted.origins)
        && wanted.methods.iter().all(|method| there.methods.contains(method))
        && covers(&there.headers, &wanted.headers)
        && covers(&there.expose, &wanted.expose)
}

/// The rules of others that remove what the charts store, or move it to where it cannot be read at once: in words, and as a
/// statement. One that removes nothing before the spec's own rules do is none.
pub(super) fn losses(want: &BucketWant, state: &BucketState) -> Vec<(String, Vec<String>, Value)> {
    let harmless = |rule: &RuleState| {
        let days = rule.expire_after_days.filter(|_| rule.expire_on.is_none() && rule.archive.is_none());
        let sooner = |wanted: &Expiry| {
            rule.prefix.starts_with(&wanted.prefix) && days.is_some_and(|days| days >= wanted.expire_after_days)
        };
        want.expiries.iter().any(sooner)
    };
    let others = state.lifecycle.iter().filter(|rule| rule.enabled && !ours_in_buckets(&rule.id) && !harmless(rule));
    others
        .map(|rule| (rule.id.clone(), rule.loses(), rule.statement()))
        .filter(|(_, words, _)| !words.is_empty())
        .collect()
}

#[cfg(test)]
mod tests;
