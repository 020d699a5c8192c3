//! One statement: its actions, and whether they and its resources fit.

use super::json::Node;
use super::table::{Action, matches, table};
use super::{Findings, PolicyKind, condition, resource};
use crate::base::error::Code;
use crate::base::yaml::did_you_mean;

/// Calls whose name is not the name of their right. Source: Service Authorization Reference, Amazon S3; the S3 API's pages.
const CALLS: [(&str, &str); 12] = [
    ("s3:HeadBucket", "s3:ListBucket"),
    ("s3:HeadObject", "s3:GetObject"),
    ("s3:ListObjects", "s3:ListBucket"),
    ("s3:ListObjectsV2", "s3:ListBucket"),
    ("s3:ListBuckets", "s3:ListAllMyBuckets"),
    ("s3:ListParts", "s3:ListMultipartUploadParts"),
    ("s3:ListMultipartUploads", "s3:ListBucketMultipartUploads"),
    ("s3:CreateMultipartUpload", "s3:PutObject"),
    ("s3:UploadPart", "s3:PutObject"),
    ("s3:CopyObject", "s3:PutObject"),
    ("s3:PutBucketEncryption", "s3:PutEncryptionConfiguration"),
    ("s3:PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
];

pub(super) fn allows(one: &Node) -> bool {
    one.get("Effect").and_then(Node::text) == Some("Allow")
}

pub(super) fn check(findings: &mut Findings<'_>, one: &Node, kind: PolicyKind) {
    let Some(actions) = one.get("Action") else {
        if one.get("NotAction").is_none() {
            findings.error(
                one,
                Code::POLICY_SHAPE,
                "the statement has no action",
                "It says nothing.",
                "Add `\"Action\": […]`.",
            );
        } else if allows(one) {
            findings.warn(
                one,
                Code::TOO_BROAD,
                "`NotAction` with `Allow` allows everything else",
                "That is every action of every service, also those that are yet to come.",
                "List what is needed under `Action`.",
            );
        }
        return;
    };
    let mut all = Vec::new();
    let mut whole = true;
    for node in actions.items() {
        match action(findings, node) {
            Some(found) => {
                broad(findings, one, node, &found, kind);
                all.push((node, found));
            }
            None => {
                every_service(findings, one, node, kind);
                whole = false;
            }
        }
    }
    let known: Vec<&Action> = all.iter().flat_map(|(_, found)| found.iter().copied()).collect();
    condition::check(findings, one, &known);
    let resources = match (one.get("Resource"), kind) {
        (Some(node), PolicyKind::Trust) => {
            findings.error(
                node,
                Code::POLICY_SHAPE,
                "a trust policy has no resource",
                "The role that carries it is the resource; IAM refuses one.",
                "Remove `Resource`.",
            );
            return;
        }
        (None, PolicyKind::Trust) => return,
        (Some(node), _) => node,
        (None, _) => {
            if one.get("NotResource").is_none() {
                findings.error(
                    one,
                    Code::POLICY_SHAPE,
                    "the statement has no resource",
                    "IAM refuses it.",
                    "Add `\"Resource\": […]`.",
                );
            }
            return;
        }
    };
    resource::check(findings, resources);
    fits(findings, &all, resources, whole);
}

/// The actions that a text names; `None` when they are not known or belong to a service that the table does not have.
fn action(findings: &mut Findings<'_>, node: &Node) -> Option<Vec<&'static Action>> {
    let text = node.text().unwrap_or_default();
    if everything(text) {
        return Some(Vec::new());
    }
    let Some((service, name)) = text.split_once(':') else {
        findings.error(
            node,
            Code::UNKNOWN_ACTION,
            format!("`{text}` is not an action"),
            "An action has the form `s3:GetObject`.",
            "Write the service's prefix in front.",
        );
        return None;
    };
    let Some(actions) = table().service(service) else {
        if service == "*" {
            // Actions of every service, also of those that the table does not have.
            return None;
        }
        if service.contains(['*', '?']) {
            findings.error(
                node,
                Code::UNKNOWN_ACTION,
                format!("`{service}` is a pattern, and the prefix of a service takes none"),
                "IAM refuses the policy: only a whole `*` may stand for the service.",
                format!("Write a statement's actions service by service, such as `s3:{name}`."),
            );
        } else if !table().prefixes.contains(service.to_lowercase().as_str()) {
            let near = did_you_mean(service, table().prefixes.iter().copied());
            let fix =
                near.map_or_else(|| "Correct the prefix.".to_owned(), |near| format!("Did you mean `{near}:{name}`?"));
            findings.error(
                node,
                Code::UNKNOWN_ACTION,
                format!("no service has the prefix `{service}`"),
                "IAM takes the policy all the same, and the action has no effect.",
                fix,
            );
        }
        return None;
    };
    let found: Vec<&Action> = actions.iter().filter(|action| matches(name, action.name)).collect();
    if found.is_empty() {
        unknown(findings, node, text, name, actions);
        return None;
    }
    Some(found)
}

fn unknown(findings: &mut Findings<'_>, node: &Node, text: &str, name: &str, actions: &[Action]) {
    const WHY: &str = "IAM takes it without a word, and it has no effect: rights go by names of their own, not by those of the API's calls.";
    let call = CALLS.iter().find(|(call, _)| matches(text, call)).map(|(_, right)| (*right).to_owned());
    let near = call.or_else(|| {
        let service = actions.first()?.service;
        Some(format!(
            "{service}:{}",
            did_you_mean(&name.replace(['*', '?'], ""), actions.iter().map(|action| action.name))?
        ))
    });
    let fix = near.map_or_else(
        || "Remove it.".to_owned(),
        |near| format!("Did you mean `{near}`? If it is allowed already, remove this one."),
    );
    let what = if name.contains(['*', '?']) {
        format!("`{text}` matches no action")
    } else {
        format!("there is no action `{text}`")
    };
    findings.error(node, Code::UNKNOWN_ACTION, what, WHY, fix);
}

/// Whether a pattern is every action of every service. IAM takes `*:*` for `*`.
///
/// Source: the checks of IAM's CreatePolicy as moto records them: "Vendor … is not valid" for a part of a prefix, not for `*`.
fn everything(text: &str) -> bool {
    let all = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte == b'*');
    text == "*" || text.split_once(':').is_some_and(|(service, name)| service == "*" && all(name))
}

/// A pattern that allows more than it seems: rights over rights.
fn broad(findings: &mut Findings<'_>, one: &Node, node: &Node, found: &[&Action], kind: PolicyKind) {
    let text = node.text().unwrap_or_default();
    if !allows(one) || !text.contains('*') || kind == PolicyKind::Trust {
        return;
    }
    let rights: Vec<&str> =
        found.iter().filter(|action| action.level == "permissions").map(|action| action.name).collect();
    if !everything(text) && rights.is_empty() {
        return;
    }
    let with = if everything(text) {
        "everything".to_owned()
    } else {
        format!("`{}` among {} actions", rights.first().unwrap_or(&""), found.len())
    };
    findings.warn(
        node,
        Code::TOO_BROAD,
        format!("`{text}` allows {with}"),
        "Whoever has it can change who may reach the objects.",
        "List the actions that are needed.",
    );
}

/// `*:Get…` allows the actions of every service that are called so.
fn every_service(findings: &mut Findings<'_>, one: &Node, node: &Node, kind: PolicyKind) {
    let text = node.text().unwrap_or_default();
    if allows(one) && text.starts_with("*:") && kind != PolicyKind::Trust {
        findings.warn(
            node,
            Code::TOO_BROAD,
            format!("`{text}` allows the actions of every service that fit"),
            "That includes services that are yet to come, and actions that hand out rights or secrets.",
            "Name the service.",
        );
    }
}

/// Each action must be able to work on one of the resources, and each resource must be of use to one action.
fn fits(findings: &mut Findings<'_>, all: &[(&Node, Vec<&'static Action>)], resources: &Node, whole: bool) {
    let arns: Vec<(&Node, &str)> = resources.items().iter().filter_map(|node| Some((node, node.text()?))).collect();
    for (node, found) in all.iter().filter(|(_, found)| !found.is_empty()) {
        if arns.iter().any(|(_, arn)| found.iter().any(|action| table().takes(action, arn))) {
            continue;
        }
        let action = found[0];
        let text = node.text().unwrap_or_default();
        let (what, fix) = match action.kinds.as_slice() {
            [] => (
                format!("`{text}` works only on `*`"),
                "Give it a statement of its own with `\"Resource\": \"*\"`.".to_owned(),
            ),
            kinds if kinds.contains(&"object") => (
                format!("`{text}` works on objects, and the statement names none"),
                "Name the objects: `arn:aws:s3:::BUCKET/*`.".to_owned(),
            ),
            kinds if kinds.contains(&"bucket") => (
                format!("`{text}` works on buckets, and the statement names none"),
                "Name the bucket without a slash: `arn:aws:s3:::BUCKET`.".to_owned(),
            ),
            kinds => (
                format!("`{text}` works on {}, and the statement names none", kinds.join(" or ")),
                "Name such a resource.".to_owned(),
            ),
        };
        findings.error(node, Code::WRONG_RESOURCE, what, "The action is never allowed by this statement.", fix);
    }
    if !whole || all.iter().any(|(_, found)| found.is_empty()) {
        return;
    }
    for (node, arn) in arns.iter().filter(|(_, arn)| arn.starts_with("arn:")) {
        if !all.iter().any(|(_, found)| found.iter().any(|action| table().takes(action, arn))) {
            findings.warn(
                node,
                Code::USELESS_RESOURCE,
                format!("no action of the statement works on `{arn}`"),
                "It has no effect here.",
                "Move it to the statement whose actions need it, or remove it.",
            );
        }
    }
}

/// Who uploads large objects must be able to look after the parts. Source: Amazon S3 User Guide, "Multipart upload and permissions".
pub(super) fn uploads<'a>(findings: &mut Findings<'_>, statements: &'a [Node]) {
    const BESIDE: [&str; 3] = ["AbortMultipartUpload", "ListMultipartUploadParts", "ListBucketMultipartUploads"];
    let allowing = || statements.iter().filter(|one| allows(one));
    let named = |one: &'a Node, action: &str| {
        let actions = one.get("Action").map_or(&[][..], Node::items);
        actions.iter().find(|node| node.text().is_some_and(|text| matches(text, &format!("s3:{action}"))))
    };
    // A pattern that reaches no object uploads nothing.
    let uploading = |one: &'a Node| {
        let put = named(one, "PutObject")?;
        let pattern = put.text().is_some_and(|text| text.contains('*'));
        let objects =
            |node: &Node| node.text().is_some_and(|arn| arn == "*" || arn.contains('/') || arn.ends_with('*'));
        let reaches = one.get("Resource").is_none_or(|resources| resources.items().iter().any(objects));
        (!pattern || reaches).then_some(put)
    };
    let Some(put) = allowing().find_map(uploading) else { return };
    let missing: Vec<String> = table()
        .service("s3")
        .unwrap_or_default()
        .iter()
        .filter(|action| BESIDE.contains(&action.name))
        .filter(|action| {
            let on = |one: &Node| {
                let resources = one.get("Resource").map_or(&[][..], Node::items);
                one.get("NotResource").is_some()
                    || resources.iter().any(|node| node.text().is_some_and(|arn| table().takes(action, arn)))
            };
            !allowing().any(|one| named(one, action.name).is_some() && on(one))
        })
        .map(|action| format!("s3:{}", action.name))
        .collect();
    if !missing.is_empty() {
        findings.warn(put, Code::INCOMPLETE_UPLOAD, format!("uploads are allowed without {}", missing.join(", ")), "Clients send large objects in parts: without these a failed upload cannot be resumed or cleaned up, and its parts are paid for.", format!("Add {}.", missing.join(", ")));
    }
}
