//! Policies that are attached to a user or role of the spec, and that the spec does not name.

use super::PrincipalObserved;
use crate::base::names::Arn;
use crate::base::shell::word;
use crate::clouds::aws::plan::Step;
use crate::model::{Blueprint, PrincipalWant, Verb};

/// Names the policies that are attached and that the spec does not name: one that has left `attachPolicies`, or somebody's.
pub(super) fn with_unnamed(
    step: Step,
    blueprint: &Blueprint,
    want: &PrincipalWant,
    found: &PrincipalObserved,
    own: &Arn,
) -> Step {
    let kind = step.kind;
    if step.verb == Verb::Refuse || step.note.is_some() || blueprint.may_adopt(&want.name) {
        return step;
    }
    let named = |arn: &&String| {
        *arn == own.as_str()
            || want.attach.iter().any(|other| other.as_str() == *arn)
            || blueprint.spec.accept.contains(&format!("{}/{arn}", want.name))
    };
    let lines: Vec<String> = found
        .policies
        .iter()
        .filter(|arn| !named(arn))
        .map(|arn| {
            format!(
                "{arn} is attached too, and the spec does not name it: it may be somebody's, so it stays. To detach it: aws iam detach-{kind}-policy --{kind}-name {} --policy-arn {}",
                word(want.name.as_str()),
                word(arn)
            )
        })
        .collect();
    if lines.is_empty() { step } else { step.noted(lines.join("\n")) }
}
