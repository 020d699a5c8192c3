//! Users and roles with their policies: made, or brought to what the spec says; statements of others stay.

use serde_json::{Value, json};

use super::bucket::predicate;
use super::{command, tag_options, with_document};
use crate::base::shell::word;
use crate::clouds::aws::export::wanted::{Principal, Wanted};
use crate::model::{ORIGIN_TAG, SPEC_TAG};

/// One of IAM's things: made when it is missing, else looked at, and brought to what the spec says by `mend`.
fn made(
    wanted: &Wanted<'_>,
    principal: &Principal<'_>,
    kind: &str,
    (document, option): (Option<&Value>, &str),
    mend: &str,
) -> String {
    let name = word(principal.want.name.as_str());
    let id = if kind == "policy" { "--policy-arn \"$policy\"".to_owned() } else { format!("--{kind}-name {name}") };
    let upper = format!("{}{}", kind[..1].to_uppercase(), &kind[1..]);
    let tags = wanted.tags(&principal.want.tags);
    let get = format!("aws iam get-{kind} {id} --output text --query");
    let mut options = vec![format!("--{kind}-name {name}")];
    options.extend(wanted.path().map(|path| format!("--path {}", word(path.as_str()))));
    let boundary = wanted.blueprint.spec.cloud.boundary().filter(|_| kind != "policy");
    options.extend(boundary.map(|arn| format!("--permissions-boundary {}", word(arn.as_str()))));
    if document.is_some() {
        options.push(format!("--{option} file:///dev/stdin"));
    }
    options.push(format!("--tags {}", tag_options(&tags).join(" ")));
    let mut create = command(&format!("aws iam create-{kind}"), &options, "  ");
    if let Some(document) = document {
        create = with_document(&create, document);
    }
    let wait = format!("  aws iam wait {kind}-exists {id}\n");
    let adopted = wanted.blueprint.spec.adopt.iter().any(|name| name.same_as(principal.want.name.as_str()));
    if adopted {
        // What others made is added to by `apply` alone.
        return format!("if missing NoSuchEntity aws iam get-{kind} {id}; then\n{create}{wait}fi\n");
    }
    let all = format!("not_null({upper}.Tags, `[]`)");
    let value = |tag: &str| word(&format!("{all}[?Key=='{tag}'].Value | [0]"));
    let count = word(&format!("length({all}[?{}])", predicate(&tags)));
    let bounded = boundary.map_or_else(String::new, |arn| {
        let query = word(&format!("{upper}.PermissionsBoundary.PermissionsBoundaryArn"));
        let arn = word(arn.as_str());
        format!("  there=$({get} {query})\n  [ \"$there\" = {arn} ] || aws iam put-{kind}-permissions-boundary {id} --permissions-boundary {arn}\n")
    });
    format!(
        "\
if missing NoSuchEntity aws iam get-{kind} {id}; then
{create}{wait}else
  whose=$({get} {whose})
  owned 'the {kind} {full}' \"$whose\"
{bounded}{mend}  origin=$({get} {origin})
  number=$({get} {count})
  if [ \"$origin\" = created ] && [ \"$number\" != {number} ]; then
    aws iam tag-{kind} {id} --tags {options}
  fi
fi
",
        full = principal.want.name,
        whose = value(SPEC_TAG),
        origin = value(ORIGIN_TAG),
        number = tags.len(),
        options = tag_options(&tags).join(" "),
    )
}

/// Our statements as a word.
fn statements(document: &Value) -> String {
    word(&json!(document["Statement"].as_array().cloned().unwrap_or_default()).to_string())
}

pub(super) fn identity(wanted: &Wanted<'_>, principal: &Principal<'_>) -> String {
    let (partition, name) = (wanted.blueprint.partition(), word(principal.want.name.as_str()));
    let kind = principal.want.arn_kind();
    let mut out = format!("\nsay '{kind} {}'\n", principal.want.name);
    let in_arn = word(&wanted.blueprint.spec.cloud.path_and_name(principal.want.name.as_str()));
    out.push_str(&format!("policy=\"arn:{partition}:iam::$account:policy/\"{in_arn}\n"));
    let says = format!("  policy_says {}\n", statements(&principal.policy));
    out.push_str(&made(wanted, principal, "policy", (Some(&principal.policy), "policy-document"), &says));
    let trusts = principal.trust.as_ref().map(|trust| format!("  trust_says {name} {}\n", statements(trust)));
    let trust = (principal.trust.as_ref(), "assume-role-policy-document");
    out.push_str(&made(wanted, principal, kind, trust, &trusts.unwrap_or_default()));
    if let Some(seconds) = principal.session_seconds {
        out.push_str(&format!(
            "\
there=$(aws iam get-role --role-name {name} --query Role.MaxSessionDuration --output text)
[ \"$there\" -ge {seconds} ] || aws iam update-role --role-name {name} --max-session-duration {seconds}
"
        ));
    }
    out.push_str(&format!(
        "\
attached=$(aws iam list-attached-{kind}-policies --{kind}-name {name} --query 'AttachedPolicies[].PolicyArn' --output text)
printf '%s' \"$attached\" | tr '\\t' '\\n' | grep -qxF \"$policy\" ||
  patiently aws iam attach-{kind}-policy --{kind}-name {name} --policy-arn \"$policy\"
"
    ));
    for further in &principal.want.attach {
        let further = word(further.as_str());
        out.push_str(&format!(
            "printf '%s' \"$attached\" | tr '\\t' '\\n' | grep -qxF {further} ||\n  aws iam attach-{kind}-policy --{kind}-name {name} --policy-arn {further}\n"
        ));
    }
    for (namespace, account) in principal.associations {
        let cluster = wanted.blueprint.spec.cloud.cluster().map_or("", |cluster| cluster.name.as_str());
        out.push_str(&association(wanted, principal, cluster, namespace.as_str(), account.as_str()));
    }
    out
}

fn association(
    wanted: &Wanted<'_>,
    principal: &Principal<'_>,
    cluster: &str,
    namespace: &str,
    account: &str,
) -> String {
    let cluster = word(cluster);
    let whose = format!("--cluster-name {cluster} --namespace {namespace} --service-account {account}");
    let tags = wanted.tags(&principal.want.tags);
    let tags: Value =
        tags.into_iter().map(|(key, value)| (key, json!(value))).collect::<serde_json::Map<_, _>>().into();
    let create = command(
        "patiently aws eks create-pod-identity-association",
        &[whose.clone(), "--role-arn \"$role\"".to_owned(), format!("--tags {}", word(&tags.to_string()))],
        "  ",
    );
    let partition = wanted.blueprint.partition();
    let name = word(&wanted.blueprint.spec.cloud.path_and_name(principal.want.name.as_str()));
    format!(
        "\
role=\"arn:{partition}:iam::$account:role/\"{name}
association=$(aws eks list-pod-identity-associations {whose} --query 'associations[0].associationId' --output text)
if [ \"$association\" = None ]; then
{create}else
  there=$(aws eks describe-pod-identity-association --cluster-name {cluster} --association-id \"$association\" \\
    --query association.roleArn --output text)
  [ \"$there\" = \"$role\" ] || stop \"{namespace}/{account} is associated with $there\"
fi
"
    )
}
