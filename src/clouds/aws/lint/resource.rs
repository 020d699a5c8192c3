//! Resources: ARNs, variables, partitions.

use super::Findings;
use super::json::{Data, Node};
use crate::base::error::Code;

const PARTITIONS: [&str; 4] = ["aws", "aws-cn", "aws-us-gov", "aws-eusc"];

pub(super) fn check(findings: &mut Findings<'_>, resources: &Node) {
    for node in resources.items() {
        let Some(text) = node.text() else {
            findings.error(
                node,
                Code::POLICY_SHAPE,
                "a resource is a text",
                "IAM refuses it.",
                "Write an ARN in quotes.",
            );
            continue;
        };
        if let Some((what, fix)) = wrong(text) {
            findings.error(
                node,
                Code::MALFORMED_ARN,
                format!("`{text}` {what}"),
                "It matches nothing, and IAM says nothing of it, or refuses the policy.",
                fix,
            );
        }
    }
}

/// What is wrong with an ARN pattern, and the fix.
fn wrong(text: &str) -> Option<(String, String)> {
    if text == "*" {
        return None;
    }
    if !text.starts_with("arn:") {
        return Some((
            "is neither an ARN nor `*`".to_owned(),
            format!("For a bucket write `arn:aws:s3:::{}`.", text.trim_matches('/')),
        ));
    }
    if let (Some(start), Some(end)) = (text.find('<'), text.find('>'))
        && start < end
    {
        return Some((format!("has a placeholder, `{}`", &text[start..=end]), "Put the name in its place.".to_owned()));
    }
    if let Some(odd) = text.chars().find(|c| "<>\"'`\\|^".contains(*c) || c.is_whitespace()) {
        return Some((format!("has a stray `{odd}`"), format!("Remove it: `{}`.", text.replace(odd, ""))));
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [_, partition, service, region, account, resource] = parts.as_slice() else {
        return Some((
            "has not the six parts of an ARN".to_owned(),
            "The form is `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`; a bucket's is `arn:aws:s3:::BUCKET`."
                .to_owned(),
        ));
    };
    let open = |part: &str| part.contains(['*', '?']) || part.contains("${");
    if !open(partition) && !PARTITIONS.contains(partition) {
        return Some((
            format!("names the partition `{partition}`, which does not exist"),
            format!("Use one of {}.", PARTITIONS.join(", ")),
        ));
    }
    let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    if !account.is_empty() && !open(account) && *account != "aws" && !digits {
        return Some((
            format!("names the account `{account}`, which is not 12 digits"),
            "Write the account's 12 digits.".to_owned(),
        ));
    }
    let of_bucket = *service == "s3"
        && ["accesspoint/", "job/", "storage-lens", "access-grants", "async-request/"]
            .iter()
            .all(|kind| !resource.starts_with(kind));
    let elsewhere = |part: &str| !part.is_empty() && !open(part);
    if of_bucket && (elsewhere(region) || elsewhere(account)) {
        return Some((
            "names a region or account, and the ARN of a bucket names neither".to_owned(),
            format!("Write `arn:{partition}:s3:::{resource}`."),
        ));
    }
    resource.is_empty().then(|| ("names nothing".to_owned(), "Add the name, or `*`.".to_owned()))
}

/// Every text of a value.
fn texts<'a>(node: &'a Node, all: &mut Vec<&'a Node>) {
    match &node.data {
        Data::Text(_) => all.push(node),
        Data::List(items) => items.iter().for_each(|item| texts(item, all)),
        Data::Map(entries) => entries.iter().for_each(|(_, value)| texts(value, all)),
        Data::Other => {}
    }
}

/// `${…}` stands for what IAM knows of a request; anything else is a shell's or template's, left unfilled.
pub(super) fn variables(findings: &mut Findings<'_>, one: &Node, old: bool) {
    let mut all = Vec::new();
    for name in ["Resource", "NotResource", "Condition"] {
        one.get(name).into_iter().for_each(|node| texts(node, &mut all));
    }
    for node in all {
        let text = node.text().unwrap_or_default();
        for part in text.split("${").skip(1) {
            let name = part.split('}').next().unwrap_or_default();
            let known = name.contains(':') || ["*", "?", "$"].contains(&name);
            if !known {
                findings.error(
                    node,
                    Code::UNFILLED_VARIABLE,
                    format!("`${{{name}}}` is not a variable of IAM"),
                    "It is taken for itself and matches nothing. A template or a shell should have filled it in.",
                    "Put the value in its place.",
                );
            } else if old && name.contains(':') {
                findings.error(
                    node,
                    Code::POLICY_VERSION,
                    format!("`${{{name}}}` is plain text in this version"),
                    "Variables came with the version 2012-10-17.",
                    "Write `\"Version\": \"2012-10-17\"`.",
                );
            }
        }
    }
}

/// Nothing reaches across partitions.
pub(super) fn one_partition(findings: &mut Findings<'_>, statements: &[Node]) {
    let mut all = Vec::new();
    for name in ["Resource", "NotResource", "Principal"] {
        statements.iter().filter_map(|one| one.get(name)).for_each(|node| texts(node, &mut all));
    }
    let mut first: Option<&str> = None;
    for node in all {
        let Some(partition) =
            node.text().and_then(|text| text.strip_prefix("arn:")).and_then(|rest| rest.split(':').next())
        else {
            continue;
        };
        if !PARTITIONS.contains(&partition) {
            continue;
        }
        match first {
            None => first = Some(partition),
            Some(first) if first != partition => {
                findings.error(
                    node,
                    Code::MIXED_PARTITIONS,
                    format!("this lies in the partition `{partition}`, others in `{first}`"),
                    "Nothing reaches across partitions, so one of the two has no effect.",
                    format!("Write `arn:{first}:…`, or keep a policy for each partition."),
                );
            }
            Some(_) => {}
        }
    }
}
