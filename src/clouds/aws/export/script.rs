//! A script for the AWS CLI that makes what is missing and puts right what is ours; what others wrote stays.

use serde_json::{Value, json};

mod bucket;
mod identity;

use super::functions::FUNCTIONS;
use super::wanted::{Tags, Wanted};
use crate::base::names::Issuer;
use crate::base::shell::word;
use crate::policy::AUDIENCE;

/// Whose a bucket must be: S3 refuses the call for anybody else's. `create-bucket` alone has no such option.
const OWNED: &str = "--expected-bucket-owner \"$account\"";

pub(super) fn script(wanted: &Wanted<'_>) -> String {
    let mut out = head(wanted);
    out.push_str("\n# Before anything is changed: what is there and is not this spec's ends the script.\n");
    for want in &wanted.blueprint.buckets {
        out.push_str(&bucket::check(wanted, want));
    }
    for principal in &wanted.principals {
        out.push_str(&identity::check(wanted, principal));
    }
    for want in &wanted.blueprint.buckets {
        out.push_str(&bucket::bucket(wanted, want));
    }
    for issuer in &wanted.issuers {
        out.push_str(&provider(wanted, issuer));
    }
    for principal in &wanted.principals {
        out.push_str(&identity::identity(wanted, principal));
    }
    out.push_str(&tail(wanted));
    out
}

fn head(wanted: &Wanted<'_>) -> String {
    let blueprint = wanted.blueprint;
    let (name, cloud) = (&blueprint.spec.name, &blueprint.spec.cloud);
    let endpoint =
        cloud.endpoint().map_or(String::new(), |endpoint| format!("export AWS_ENDPOINT_URL_S3={endpoint}\n"));
    let right_account = blueprint.account.as_ref().map_or(String::new(), |account| {
        format!("[ \"$account\" = {account} ] || stop \"the credentials belong to account $account, the spec names {account}\"\n")
    });
    format!(
        "\
#!/bin/sh
# Makes what the bucketwright spec `{name}` needs in AWS. Written by `bucketwright export --as aws-cli`.
#
# Run it with the AWS CLI's usual credentials (2.32 or 1.43 at least, which give a bucket its tags when it is made). Run it again after a failure or an
# edit of the spec: what is there is kept, what is the spec's is put right, what others wrote stays. It makes no access keys. Afterwards `bucketwright apply` takes everything over without changing it.
set -eu

export AWS_PAGER='' AWS_REGION={region} AWS_DEFAULT_REGION={region}
{endpoint}spec={name} gives_up={gives_up} left=''

{FUNCTIONS}
account=$(aws sts get-caller-identity --query Account --output text)
{right_account}",
        region = cloud.region(),
        gives_up = if blueprint.spec.former_keys.is_some() { "yes" } else { "no" },
    )
}

/// A command line that is continued over lines, one option on each.
fn command(words: &str, options: &[String], indent: &str) -> String {
    let lines: Vec<String> = std::iter::once(words.to_owned()).chain(options.iter().cloned()).collect();
    format!("{indent}{}\n", lines.join(&format!(" \\\n{indent}  ")))
}

/// A document as a command reads it from its standard input. No line of JSON is the mark that ends it.
fn with_document(command: &str, document: &Value) -> String {
    format!("{} <<'JSON'\n{document:#}\nJSON\n", command.trim_end())
}

/// A value as a literal of JMESPath.
fn literal(value: &Value) -> String {
    format!("`{}`", value.to_string().replace('`', "\\`"))
}

fn tag_options(tags: &Tags) -> Vec<String> {
    tags.iter().map(|(key, value)| word(&json!({"Key": key, "Value": value}).to_string())).collect()
}

fn provider(wanted: &Wanted<'_>, issuer: &Issuer) -> String {
    let partition = wanted.blueprint.partition();
    let path = issuer.host_path();
    let options = [
        format!("--url {}", word(issuer.as_str())),
        format!("--client-id-list {AUDIENCE}"),
        format!("--tags {}", tag_options(&wanted.common_tags()).join(" ")),
    ];
    let create = command("aws iam create-open-id-connect-provider", &options, "  ");
    format!(
        "\
\nsay 'OIDC provider {path}'
provider=\"arn:{partition}:iam::$account:oidc-provider/\"{path}
if missing NoSuchEntity aws iam get-open-id-connect-provider --open-id-connect-provider-arn \"$provider\"; then
{create}elif ! aws iam get-open-id-connect-provider --open-id-connect-provider-arn \"$provider\" \\
  --query ClientIDList --output text | tr '\\t' '\\n' | grep -qxF {AUDIENCE}; then
  aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn \"$provider\" --client-id {AUDIENCE}
fi
",
        path = word(path),
    )
}

fn tail(wanted: &Wanted<'_>) -> String {
    let users: Vec<_> = wanted.principals.iter().filter(|principal| principal.trust.is_none()).collect();
    let mut out = String::from(
        "\n[ -z \"$left\" ] || stop \"the policies of these buckets have statements of others, bucketwright apply adds ours to them:$left\"\nsay done\n",
    );
    if !users.is_empty() {
        out.push_str(
            "\n# Access keys are not made here: AWS shows a secret once, and a terminal is no place for it. `bucketwright apply`\n# makes them and puts them into the Secrets. Whoever runs it needs iam:CreateAccessKey on:\n",
        );
        for user in users {
            out.push_str(&format!("#   {}\n", user.want.name));
        }
    }
    out
}
