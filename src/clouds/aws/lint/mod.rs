//! What is wrong in an IAM policy that somebody wrote: each finding with its place, why it matters and the fix. Pure.

mod answer;
mod claim;
mod condition;
mod document;
mod json;
mod named;
mod pods;
mod principal;
mod reach;
mod resource;
mod statement;
mod subject;
mod table;

use std::ops::Range;

use answer::Answer;
use json::Node;
use serde_json::Value;

use crate::base::error::{Code, Error, Finding, Severity, Source};

/// What a policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// A user, group or role.
    Identity,
    /// A bucket.
    Bucket,
    /// A role, as the answer to who may become it.
    Trust,
}

/// Reads a policy and names what is wrong, in the order of the text. Without a kind, the policy's own form tells it. Of an answer of
/// AWS's the policies in it are read.
pub fn lint(source: &Source, kind: Option<PolicyKind>) -> Vec<Finding> {
    let mut findings = Findings { source, all: Vec::new() };
    let mut inner = Vec::new();
    match json::read(source.text()) {
        Err(error) => findings.not_json(&error),
        Ok((value, root)) => {
            let parts = answer::parts(&root);
            if parts.is_empty() {
                document::check(&mut findings, &value, &root, kind.unwrap_or_else(|| document::kind(&root)));
            }
            for part in parts {
                let kind = kind.or_else(|| part.kind());
                match &part.found {
                    Answer::Object(node) => {
                        let value = findings.value(node);
                        document::check(&mut findings, &value, node, kind.unwrap_or_else(|| document::kind(node)));
                    }
                    Answer::Text(text) => {
                        let name = format!("{} ({})", source.name(), part.path);
                        inner.extend(lint(&Source::new(name, text.as_str()), kind));
                    }
                }
            }
        }
    }
    findings.all.sort_by_key(|finding| finding.error.place().map_or(0, crate::base::error::Place::offset));
    findings.all.extend(inner);
    findings.all
}

/// Where the policies are in an answer of AWS's, such as `Role.AssumeRolePolicyDocument`; nothing when the text is a policy itself.
pub fn parts(source: &Source) -> Vec<String> {
    let Ok((_, root)) = json::read(source.text()) else { return Vec::new() };
    answer::parts(&root).into_iter().map(|part| part.path).collect()
}

/// The findings so far, and where to point.
struct Findings<'a> {
    source: &'a Source,
    all: Vec<Finding>,
}

impl Findings<'_> {
    fn not_json(&mut self, error: &serde_json::Error) {
        // At the end of the text there is no word to point at.
        let place = self.source.place_at(error.line().max(1), error.column().max(1));
        let what = error.to_string();
        let what = what.split(" at line").next().unwrap_or_default().to_owned();
        let error = Error::new(Code::POLICY_NOT_JSON, format!("the policy is not JSON: {what}"))
            .why("IAM takes strict JSON: no comments, no comma after the last item, nothing around the document.")
            .fix("Correct the text at the place shown.")
            .at(Some(place));
        self.all.push(Finding::error(error));
    }

    /// A part of the text as plain JSON.
    fn value(&self, node: &Node) -> Value {
        serde_json::from_str(&self.source.text()[node.range.clone()]).unwrap_or_default()
    }

    fn error(&mut self, node: &Node, code: Code, what: impl Into<String>, why: &str, fix: impl Into<String>) {
        self.add(Severity::Error, node.range.clone(), code, what, why, fix);
    }

    fn warn(&mut self, node: &Node, code: Code, what: impl Into<String>, why: &str, fix: impl Into<String>) {
        self.add(Severity::Warn, node.range.clone(), code, what, why, fix);
    }

    fn add(
        &mut self,
        severity: Severity,
        range: Range<usize>,
        code: Code,
        what: impl Into<String>,
        why: &str,
        fix: impl Into<String>,
    ) {
        // A list or statement over many lines is pointed at by its first.
        let end = self.source.text()[range.clone()].find('\n').map_or(range.end, |length| range.start + length);
        let error = Error::new(code, what).why(why).fix(fix).at(Some(self.source.place(range.start..end)));
        self.all.push(Finding { severity, error });
    }
}

#[cfg(test)]
mod tests;
