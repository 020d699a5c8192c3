//! `attachPolicies`: policies of the user's own that join a role or user beyond what the buckets need.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::check::Checker;
use super::{Cloud, Provider, Roles};
use crate::base::error::{Code, Error, Result};
use crate::base::names::Arn;
use crate::base::yaml::At;

/// Policies for the one role or user of an install, or for those of its components.
#[derive(Clone, Debug, PartialEq)]
pub enum AttachDocument {
    /// A list: for the one that all components share.
    Shared(Vec<String>),
    /// A list for each component.
    Components(BTreeMap<String, Vec<String>>),
}

impl<'de> Deserialize<'de> for AttachDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Shapes;
        impl<'de> Visitor<'de> for Shapes {
            type Value = AttachDocument;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of ARNs of policies, or such a list for each component")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> std::result::Result<Self::Value, A::Error> {
                Deserialize::deserialize(serde::de::value::SeqAccessDeserializer::new(list)).map(AttachDocument::Shared)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<Self::Value, A::Error> {
                Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    .map(AttachDocument::Components)
            }
        }
        deserializer.deserialize_any(Shapes)
    }
}

impl JsonSchema for AttachDocument {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AttachPolicies".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let list = serde_json::json!({
            "type": "array",
            "items": {"type": "string", "pattern": "^arn:aws(-[a-z-]+)?:iam::(aws|[0-9]{12}):policy/"}
        });
        json_schema!({
            "description": "ARNs of policies, or a list of them for each component.",
            "anyOf": [list, {"type": "object", "additionalProperties": list}]
        })
    }
}

/// Checks `attachPolicies`: lists by component; `""` stands for the role or user that all share.
pub(super) fn attach(
    checker: &mut Checker,
    (provider, cloud): (Provider, Option<&Cloud>),
    roles: Roles,
    path: &str,
    document: &At<AttachDocument>,
) -> BTreeMap<String, Vec<Arn>> {
    checker.ranges.insert(path.to_owned(), document.range.clone());
    if provider != Provider::Aws {
        super::gcp::check::not_here(checker, "attachPolicies", &document.range, provider, Provider::Aws);
        return BTreeMap::new();
    }
    let lists: BTreeMap<String, &Vec<String>> = match (&document.value, roles) {
        (AttachDocument::Shared(list), Roles::Shared) => BTreeMap::from([(String::new(), list)]),
        (AttachDocument::Components(lists), Roles::PerComponent) => {
            lists.iter().map(|(component, list)| (component.clone(), list)).collect()
        }
        (AttachDocument::Shared(_), Roles::PerComponent) => {
            let why =
                "Each component has a role of its own, and a right for all of them is more than one of them needs.";
            let fix = "Write a list for each component that needs it, such as `attachPolicies: {toolbox: [ARN]}`.";
            wrong(checker, document, "`attachPolicies` does not say whose policies these are", why, fix);
            return BTreeMap::new();
        }
        (AttachDocument::Components(_), Roles::Shared) => {
            let why = "With `roles: shared` all components are one role or user.";
            let fix = "Write one list, `attachPolicies: [ARN]`, or set `roles: per-component`.";
            wrong(checker, document, "`attachPolicies` names components, and they share one role", why, fix);
            return BTreeMap::new();
        }
    };
    let mut found = BTreeMap::new();
    for (component, list) in lists {
        let mut arns: Vec<Arn> = Vec::new();
        for text in list {
            match policy(text, cloud) {
                Ok(arn) if arns.contains(&arn) => {}
                Ok(arn) => arns.push(arn),
                Err(error) => {
                    let place = checker.place(&document.range);
                    checker.errors.push(error.at(place));
                }
            }
        }
        found.insert(component, arns);
    }
    found
}

fn wrong(checker: &mut Checker, document: &At<AttachDocument>, what: &str, why: &str, fix: &str) {
    let place = checker.place(&document.range);
    checker.errors.push(Error::new(Code::WRONG_VALUE, what).why(why).fix(fix).at(place));
}

/// The ARN of a managed policy of the region's partition.
fn policy(text: &str, cloud: Option<&Cloud>) -> Result<Arn> {
    let arn = Arn::parse(text)?;
    if arn.service() != "iam" || !arn.resource().starts_with("policy/") {
        return Err(Error::new(Code::BAD_ARN, format!("`{text}` is not the ARN of a managed policy"))
            .why("Only a managed policy can be attached to a role or user.")
            .fix(
                "Write its ARN, `arn:aws:iam::ACCOUNT:policy/NAME`: `aws iam list-policies --scope Local` shows yours.",
            ));
    }
    let partition = cloud.map(|cloud| cloud.region().partition());
    if let Some(partition) = partition.filter(|partition| partition.as_str() != arn.partition()) {
        return Err(Error::new(Code::BAD_ARN, format!("`{text}` lies in another partition than the buckets"))
            .why("A role cannot hold a policy of another partition.")
            .fix(format!("Write the ARN of a policy of this account: it begins with `arn:{partition}:iam:`.")));
    }
    Ok(arn)
}
