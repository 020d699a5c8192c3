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
    let count = word(&format!("length({}[?{}])", all_tags(kind), predicate(&tags)));
    let bounded = boundary.map_or_else(String::new, |arn| {
        let upper = format!("{}{}", kind[..1].to_uppercase(), &kind[1..]);
        let query = word(&format!("{upper}.PermissionsBoundary.PermissionsBoundaryArn"));
        let arn = word(arn.as_str());
        format!("  there=$({get} {query})\n  [ \"$there\" = {arn} ] || aws iam put-{kind}-permissions-boundary {id} --permissions-boundary {arn}\n")
    });
    format!(
        "\
if missing NoSuchEntity aws iam get-{kind} {id}; then
{create}{wait}else
{owned}{bounded}{mend}  origin=$({get} {origin})
  number=$({get} {count})
  if [ \"$origin\" = created ] && [ \"$number\" != {number} ]; then
    aws iam tag-{kind} {id} --tags {options}
  fi
fi
",
        owned = owned(kind, &id, principal.want.name.as_str()),
        origin = tag_value(kind, ORIGIN_TAG),
        number = tags.len(),
        options = tag_options(&tags).join(" "),
    )
}

/// What must be so before anything is changed: what has these names is missing, or this spec's; no right to a key would be lost; and no
/// ServiceAccount has a role of somebody else's.
pub(super) fn check(wanted: &Wanted<'_>, principal: &Principal<'_>) -> String {
    let (want, kind) = (principal.want, principal.want.arn_kind().as_str());
    let name = word(want.name.as_str());
    let adopted = wanted.blueprint.spec.adopt.iter().any(|adopted| adopted.same_as(want.name.as_str()));
    let mut out = policy_arn(wanted, principal);
    if !adopted {
        let keeps = format!("  policy_keeps {}\n", statements(&principal.policy));
        for (kind, id, more) in [
            ("policy", "--policy-arn \"$policy\"".to_owned(), keeps),
            (kind, format!("--{kind}-name {name}"), String::new()),
        ] {
            out.push_str(&format!(
                "if ! missing NoSuchEntity aws iam get-{kind} {id}; then\n{}{more}fi\n",
                owned(kind, &id, want.name.as_str())
            ));
        }
    }
    for (namespace, account) in principal.associations {
        let (role, associated) = association_of(wanted, principal, namespace.as_str(), account.as_str());
        out.push_str(&format!("{role}{associated} || :\n"));
    }
    out
}

/// The line that names the policy of a user or role.
fn policy_arn(wanted: &Wanted<'_>, principal: &Principal<'_>) -> String {
    let in_arn = word(&wanted.blueprint.spec.cloud.path_and_name(principal.want.name.as_str()));
    format!("policy=\"arn:{}:iam::$account:policy/\"{in_arn}\n", wanted.blueprint.partition())
}

/// The query for the value of a tag.
fn tag_value(kind: &str, tag: &str) -> String {
    word(&format!("{}[?Key=='{tag}'].Value | [0]", all_tags(kind)))
}

fn all_tags(kind: &str) -> String {
    format!("not_null({}{}.Tags, `[]`)", kind[..1].to_uppercase(), &kind[1..])
}

/// The lines that end the script where one of IAM's things is another's.
fn owned(kind: &str, id: &str, name: &str) -> String {
    format!(
        "  whose=$(aws iam get-{kind} {id} --output text --query {})\n  owned 'the {kind} {name}' \"$whose\"\n",
        tag_value(kind, SPEC_TAG)
    )
}

/// Our statements as a word.
fn statements(document: &Value) -> String {
    word(&json!(document["Statement"].as_array().cloned().unwrap_or_default()).to_string())
}

pub(super) fn identity(wanted: &Wanted<'_>, principal: &Principal<'_>) -> String {
    let name = word(principal.want.name.as_str());
    let kind = principal.want.arn_kind().as_str();
    let mut out = format!("\nsay '{kind} {}'\n", principal.want.name);
    out.push_str(&policy_arn(wanted, principal));
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
        out.push_str(&association(wanted, principal, namespace.as_str(), account.as_str()));
    }
    out
}

/// The line that names the role, and the words that ask whether a ServiceAccount is associated with it.
fn association_of(wanted: &Wanted<'_>, principal: &Principal<'_>, namespace: &str, account: &str) -> (String, String) {
    let cloud = &wanted.blueprint.spec.cloud;
    let cluster = word(cloud.cluster().map_or("", |cluster| cluster.name.as_str()));
    let name = word(&cloud.path_and_name(principal.want.name.as_str()));
    let role = format!("role=\"arn:{}:iam::$account:role/\"{name}\n", wanted.blueprint.partition());
    (role, format!("associated {cluster} {namespace} {account} \"$role\""))
}

fn association(wanted: &Wanted<'_>, principal: &Principal<'_>, namespace: &str, account: &str) -> String {
    let cluster = word(wanted.blueprint.spec.cloud.cluster().map_or("", |cluster| cluster.name.as_str()));
    let whose = format!("--cluster-name {cluster} --namespace {namespace} --service-account {account}");
    let tags = wanted.tags(&principal.want.tags);
    let tags: Value =
        tags.into_iter().map(|(key, value)| (key, json!(value))).collect::<serde_json::Map<_, _>>().into();
    let create = command(
        "patiently aws eks create-pod-identity-association",
        &[whose, "--role-arn \"$role\"".to_owned(), format!("--tags {}", word(&tags.to_string()))],
        "  ",
    );
    let (role, associated) = association_of(wanted, principal, namespace, account);
    format!("{role}if ! {associated}; then\n{create}fi\n")
}
