//! A Terraform configuration in JSON syntax, so that nothing is quoted by hand. Resources and arguments are those of the
//! provider hashicorp/aws 5; source: its documentation on the Terraform Registry, and "JSON Configuration Syntax".

use serde_json::{Value, json};

use super::wanted::{Principal, Wanted, cors};
use crate::base::names::Arn;
use crate::clouds::terraform::{Resources, label, text, texts};
use crate::model::{ABORT_RULE, BucketWant};
use crate::policy::AUDIENCE;

pub(super) fn configuration(wanted: &Wanted<'_>) -> String {
    let cloud = &wanted.blueprint.spec.cloud;
    let mut resources = Resources::default();
    for want in wanted.blueprint.buckets.iter().filter(|want| !want.existing) {
        bucket(wanted, want, &mut resources);
    }
    for issuer in &wanted.issuers {
        let provider = json!({
            "count": "${var.create_oidc_provider ? 1 : 0}",
            "url": text(issuer.as_str()), "client_id_list": [AUDIENCE], "tags": texts(&json!(wanted.common_tags())),
        });
        resources.add("aws_iam_openid_connect_provider", &label(issuer.host_path()), provider);
    }
    for principal in &wanted.principals {
        identity(wanted, principal, &mut resources);
    }
    let mut provider = json!({"region": cloud.region().as_str()});
    if let Some(account) = &wanted.blueprint.account {
        provider["allowed_account_ids"] = json!([account.as_str()]);
    }
    let left: Vec<&str> =
        wanted.blueprint.buckets.iter().filter(|want| want.existing).map(|want| want.name.as_str()).collect();
    let mut about = vec![format!(
        "Written by bucketwright export --as terraform for the spec {}. It makes no access keys: bucketwright apply does.",
        wanted.blueprint.spec.name
    )];
    if !left.is_empty() {
        about.push(format!(
            "These buckets exist and are not part of it; bucketwright apply adds what they lack: {}.",
            left.join(", ")
        ));
    }
    let mut whole = json!({
        "//": about.join(" "),
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 5.30"}}},
        "provider": {"aws": provider},
    });
    if !wanted.issuers.is_empty() {
        let why = "false when the account has the OIDC provider already";
        whole["variable"] = json!({"create_oidc_provider": {"type": "bool", "default": true, "description": why}});
    }
    whole["resource"] = resources.into_value();
    format!("{whole:#}\n")
}

fn bucket(wanted: &Wanted<'_>, want: &BucketWant, resources: &mut Resources) {
    let name = label(want.name.as_str());
    let bucket = format!("${{aws_s3_bucket.{name}.id}}");
    // Data outlives the configuration.
    let keep = json!({"prevent_destroy": true});
    let tags = texts(&json!(wanted.tags(&want.tags)));
    resources.add("aws_s3_bucket", &name, json!({"bucket": want.name, "tags": tags, "lifecycle": keep}));
    let owner = json!({"bucket": bucket, "rule": {"object_ownership": "BucketOwnerEnforced"}});
    resources.add("aws_s3_bucket_ownership_controls", &name, owner);
    let block = json!({
        "bucket": bucket, "block_public_acls": true, "ignore_public_acls": true,
        "block_public_policy": true, "restrict_public_buckets": true,
    });
    resources.add("aws_s3_bucket_public_access_block", &name, block);
    let mut rules = vec![json!({
        "id": ABORT_RULE, "status": "Enabled", "filter": {"prefix": ""},
        "abort_incomplete_multipart_upload": {"days_after_initiation": want.abort_uploads_after_days},
    })];
    rules.extend(want.expiries.iter().map(|expiry| {
        json!({
            "id": expiry.rule_id(), "status": "Enabled", "filter": {"prefix": text(&expiry.prefix)},
            "expiration": {"days": expiry.expire_after_days},
        })
    }));
    resources.add("aws_s3_bucket_lifecycle_configuration", &name, json!({"bucket": bucket, "rule": rules}));
    if let Some(key) = &want.kms_key {
        let default = json!({"sse_algorithm": "aws:kms", "kms_master_key_id": key});
        let rule = json!({"apply_server_side_encryption_by_default": default, "bucket_key_enabled": true});
        resources.add(
            "aws_s3_bucket_server_side_encryption_configuration",
            &name,
            json!({"bucket": bucket, "rule": rule}),
        );
    }
    if want.versioning {
        let on = json!({"bucket": bucket, "versioning_configuration": {"status": "Enabled"}});
        resources.add("aws_s3_bucket_versioning", &name, on);
    }
    if !want.cors.is_empty() {
        resources.add(
            "aws_s3_bucket_cors_configuration",
            &name,
            json!({"bucket": bucket, "cors_rule": cors_rules(want)}),
        );
    }
    if let Some(policy) = wanted.bucket_policy(want) {
        resources.add("aws_s3_bucket_policy", &name, json!({"bucket": bucket, "policy": document(&policy)}));
    }
}

/// S3's CORS rules under Terraform's names.
fn cors_rules(want: &BucketWant) -> Vec<Value> {
    const NAMES: [(&str, &str); 6] = [
        ("ID", "id"),
        ("AllowedOrigins", "allowed_origins"),
        ("AllowedMethods", "allowed_methods"),
        ("AllowedHeaders", "allowed_headers"),
        ("ExposeHeaders", "expose_headers"),
        ("MaxAgeSeconds", "max_age_seconds"),
    ];
    let rules = cors(want);
    let renamed = |rule: &Value| {
        let entries = NAMES.iter().filter_map(|(from, to)| Some(((*to).to_owned(), texts(rule.get(from)?))));
        Value::Object(entries.collect())
    };
    rules["CORSRules"].as_array().into_iter().flatten().map(renamed).collect()
}

fn identity(wanted: &Wanted<'_>, principal: &Principal<'_>, resources: &mut Resources) {
    let name = principal.want.name.as_str();
    let (label_of, tags) = (label(name), texts(&json!(wanted.tags(&principal.want.tags))));
    let around = |arguments: &mut Value, bounded: bool| {
        if let Some(path) = wanted.path() {
            arguments["path"] = json!(text(path.as_str()));
        }
        if let Some(boundary) = wanted.blueprint.spec.cloud.boundary().filter(|_| bounded) {
            arguments["permissions_boundary"] = json!(text(boundary.as_str()));
        }
    };
    let mut policy = json!({"name": name, "policy": document(&principal.policy), "tags": tags});
    around(&mut policy, false);
    resources.add("aws_iam_policy", &label_of, policy);
    let arn = format!("${{aws_iam_policy.{label_of}.arn}}");
    let Some(trust) = &principal.trust else {
        let mut user = json!({"name": name, "tags": tags});
        around(&mut user, true);
        resources.add("aws_iam_user", &label_of, user);
        let user = format!("${{aws_iam_user.{label_of}.name}}");
        resources.add("aws_iam_user_policy_attachment", &label_of, json!({"user": user, "policy_arn": arn}));
        for further in &principal.want.attach {
            let arguments = json!({"user": user, "policy_arn": text(further.as_str())});
            resources.add("aws_iam_user_policy_attachment", &further_label(&label_of, further), arguments);
        }
        return;
    };
    let mut role = json!({"name": name, "assume_role_policy": document(trust), "tags": tags});
    if let Some(seconds) = principal.session_seconds {
        role["max_session_duration"] = json!(seconds);
    }
    around(&mut role, true);
    // IAM refuses a role that trusts a provider which is not there yet.
    let providers: Vec<String> = if principal.want.trusts_issuer() {
        let names = wanted.issuers.iter().map(|issuer| label(issuer.host_path()));
        names.map(|name| format!("aws_iam_openid_connect_provider.{name}")).collect()
    } else {
        Vec::new()
    };
    if !providers.is_empty() {
        role["depends_on"] = json!(providers);
    }
    resources.add("aws_iam_role", &label_of, role);
    let role = format!("${{aws_iam_role.{label_of}.name}}");
    resources.add("aws_iam_role_policy_attachment", &label_of, json!({"role": role, "policy_arn": arn}));
    for further in &principal.want.attach {
        let arguments = json!({"role": role, "policy_arn": text(further.as_str())});
        resources.add("aws_iam_role_policy_attachment", &further_label(&label_of, further), arguments);
    }
    let cluster = wanted.blueprint.spec.cloud.cluster().map_or("", |cluster| cluster.name.as_str());
    for (namespace, account) in principal.associations {
        let association = json!({
            "cluster_name": text(cluster), "namespace": namespace, "service_account": account,
            "role_arn": format!("${{aws_iam_role.{label_of}.arn}}"), "tags": tags,
        });
        resources.add("aws_eks_pod_identity_association", &label(&format!("{namespace}_{account}")), association);
    }
}

/// The label of a further policy of a user or role.
fn further_label(holder: &str, policy: &Arn) -> String {
    format!("{holder}-{}", label(policy.as_str()))
}

/// A policy document as Terraform takes it: JSON in a text.
fn document(value: &Value) -> Value {
    json!(text(&value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_expanded_in_what_others_wrote() {
        assert_eq!(
            texts(&json!({"team": ["${aws:username}", "%{ if }"]})),
            json!({"team": ["$${aws:username}", "%%{ if }"]})
        );
        assert_eq!(
            document(&json!({"Resource": "arn:aws:s3:::${aws:username}"})),
            json!(r#"{"Resource":"arn:aws:s3:::$${aws:username}"}"#)
        );
    }
}
