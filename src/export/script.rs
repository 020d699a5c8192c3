//! A script for the AWS CLI that makes what is missing and leaves alone what is there.

use serde_json::{Value, json};

use super::functions::FUNCTIONS;
use super::wanted::{Principal, Tags, Wanted, cors, lifecycle};
use crate::blueprint::{BucketWant, SPEC_TAG};
use crate::names::Issuer;
use crate::policy::AUDIENCE;
use crate::shell::word;

/// Whose a bucket must be: S3 refuses the call for anybody else's. `create-bucket` alone has no such option.
const OWNED: &str = "--expected-bucket-owner \"$account\"";

pub(super) fn script(wanted: &Wanted<'_>) -> String {
    let mut out = head(wanted);
    for want in &wanted.blueprint.buckets {
        out.push_str(&bucket(wanted, want));
    }
    for issuer in &wanted.issuers {
        out.push_str(&provider(wanted, issuer));
    }
    for principal in &wanted.principals {
        out.push_str(&identity(wanted, principal));
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
# Run it with the AWS CLI's usual credentials; run it again after a failure: what is there is left as it is.
# It makes no access keys. Afterwards `bucketwright apply` takes everything over without changing it.
set -eu

export AWS_PAGER='' AWS_REGION={region} AWS_DEFAULT_REGION={region}
{endpoint}spec={name}

{FUNCTIONS}
account=$(aws sts get-caller-identity --query Account --output text)
{right_account}",
        region = cloud.region(),
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

fn tag_options(tags: &Tags) -> Vec<String> {
    tags.iter().map(|(key, value)| word(&json!({"Key": key, "Value": value}).to_string())).collect()
}

fn bucket(wanted: &Wanted<'_>, want: &BucketWant) -> String {
    let name = &want.name;
    let missing = format!("if missing 404 aws s3api head-bucket --bucket {name} {OWNED}; then\n");
    if want.existing {
        return format!(
            "\nsay 'bucket {name}: bucketwright apply adds what it lacks'\n{missing}  stop 'the bucket {name} does not exist, and the spec says that it does'\nfi\n"
        );
    }
    let mut out = format!("\nsay 'bucket {name}'\n{missing}{}", creation(wanted, want));
    out.push_str(&format!(
        "elif [ \"$(aws s3api get-bucket-tagging --bucket {name} {OWNED} --query \"TagSet[?Key=='{SPEC_TAG}'].Value\" --output text)\" != \"$spec\" ]; then\n  \
         stop 'the bucket {name} exists and is not this spec'\"'\"'s; say `existing: true` for it, and bucketwright apply adds what it lacks'\nfi\n"
    ));
    out.push_str(&settings(want));
    let documents = [
        ("lifecycle-configuration", "lifecycle-configuration", "NoSuchLifecycleConfiguration", Some(lifecycle(want))),
        ("cors", "cors-configuration", "NoSuchCORSConfiguration", (!want.cors.is_empty()).then(|| cors(want))),
        ("policy", "policy", "NoSuchBucketPolicy", wanted.bucket_policy(want)),
    ];
    for (kind, option, absent, document) in documents {
        if let Some(document) = document {
            let put = format!("aws s3api put-bucket-{kind} --bucket {name} {OWNED} --{option} file:///dev/stdin");
            let get = format!("if missing {absent} aws s3api get-bucket-{kind} --bucket {name} {OWNED}; then\n");
            out.push_str(&get);
            out.push_str(&with_document(&format!("  {put}"), &document));
            out.push_str("fi\n");
        }
    }
    out
}

/// The bucket with its tags, which say from the first moment whose it is.
fn creation(wanted: &Wanted<'_>, want: &BucketWant) -> String {
    let name = &want.name;
    let mut options = vec![format!("--bucket {name}"), "--object-ownership BucketOwnerEnforced".to_owned()];
    let region = wanted.blueprint.spec.cloud.region();
    // us-east-1 is the one region that CreateBucket refuses to be told.
    if !region.is_us_east_1() {
        options.push(format!("--create-bucket-configuration LocationConstraint={region}"));
    }
    if name.is_account_regional() {
        options.push("--bucket-namespace account-regional".to_owned());
    }
    let tagging = format!("  aws s3api put-bucket-tagging --bucket {name} {OWNED} --tagging file:///dev/stdin");
    format!(
        "{}  aws s3api wait bucket-exists --bucket {name} {OWNED}\n{}",
        command("aws s3api create-bucket", &options, "  "),
        with_document(&tagging, &tag_set(&wanted.tags(&want.tags)))
    )
}

/// The settings that are one value each, so that nothing of others is lost.
fn settings(want: &BucketWant) -> String {
    let name = &want.name;
    let on = format!("--bucket {name} {OWNED}");
    let mut out = command(
        "aws s3api put-public-access-block",
        &[on.clone(), "--public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true".to_owned()],
        "",
    );
    out.push_str(&command(
        "aws s3api put-bucket-ownership-controls",
        &[on.clone(), "--ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'".to_owned()],
        "",
    ));
    if let Some(key) = &want.kms_key {
        let default = json!({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key});
        let rules = json!({"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": true}]});
        let option = format!("--server-side-encryption-configuration {}", word(&rules.to_string()));
        out.push_str(&command("aws s3api put-bucket-encryption", &[on.clone(), option], ""));
    }
    if want.versioning {
        let option = "--versioning-configuration Status=Enabled".to_owned();
        out.push_str(&command("aws s3api put-bucket-versioning", &[on, option], ""));
    }
    out
}

fn tag_set(tags: &Tags) -> Value {
    json!({"TagSet": tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect::<Vec<_>>()})
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

/// One of IAM's things: made when it is missing, else only looked at.
fn made(wanted: &Wanted<'_>, principal: &Principal<'_>, kind: &str, document: Option<&Value>, option: &str) -> String {
    let name = word(principal.want.name.as_str());
    let id = if kind == "policy" { "--policy-arn \"$policy\"".to_owned() } else { format!("--{kind}-name {name}") };
    let upper = format!("{}{}", kind[..1].to_uppercase(), &kind[1..]);
    let query = format!("--query \"{upper}.Tags[?Key=='{SPEC_TAG}'].Value | [0]\" --output text");
    let mut options = vec![format!("--{kind}-name {name}")];
    options.extend(wanted.path().map(|path| format!("--path {}", word(path.as_str()))));
    if kind != "policy" {
        let boundary = wanted.blueprint.spec.cloud.boundary();
        options.extend(boundary.map(|arn| format!("--permissions-boundary {}", word(arn.as_str()))));
    }
    if document.is_some() {
        options.push(format!("--{option} file:///dev/stdin"));
    }
    options.push(format!("--tags {}", tag_options(&wanted.tags(&principal.want.tags)).join(" ")));
    let mut create = command(&format!("aws iam create-{kind}"), &options, "  ");
    if let Some(document) = document {
        create = with_document(&create, document);
    }
    let adopted = wanted.blueprint.spec.adopt.iter().any(|name| name.same_as(principal.want.name.as_str()));
    let check = if adopted {
        String::new()
    } else {
        format!("else\n  owned 'the {kind} {}' \"$(aws iam get-{kind} {id} {query})\"\n", principal.want.name)
    };
    let wait = format!("  aws iam wait {kind}-exists {id}\n");
    format!("if missing NoSuchEntity aws iam get-{kind} {id}; then\n{create}{wait}{check}fi\n")
}

fn identity(wanted: &Wanted<'_>, principal: &Principal<'_>) -> String {
    let (partition, name) = (wanted.blueprint.partition(), word(principal.want.name.as_str()));
    let kind = principal.want.arn_kind();
    let mut out = format!("\nsay '{kind} {}'\n", principal.want.name);
    let in_arn = word(&wanted.blueprint.spec.cloud.path_and_name(principal.want.name.as_str()));
    out.push_str(&format!("policy=\"arn:{partition}:iam::$account:policy/\"{in_arn}\n"));
    out.push_str(&made(wanted, principal, "policy", Some(&principal.policy), "policy-document"));
    out.push_str(&made(wanted, principal, kind, principal.trust.as_ref(), "assume-role-policy-document"));
    if let Some(seconds) = principal.session_seconds {
        out.push_str(&format!(
            "\
[ \"$(aws iam get-role --role-name {name} --query Role.MaxSessionDuration --output text)\" -ge {seconds} ] ||
  aws iam update-role --role-name {name} --max-session-duration {seconds}
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

fn tail(wanted: &Wanted<'_>) -> String {
    let users: Vec<_> = wanted.principals.iter().filter(|principal| principal.trust.is_none()).collect();
    let mut out = String::from("\nsay done\n");
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
