//! A Terraform configuration in JSON syntax. Resources and arguments are those of the provider hashicorp/google 6; source: its
//! documentation on the Terraform Registry, and "JSON Configuration Syntax".
//!
//! Its state owns what it makes: buckets carry the label of an adopted one, and service accounts carry no mark, so `destroy` leaves both to
//! Terraform.

use serde_json::{Map, Value, json};

use super::plan::{Resource, bucket_body, label_of_origin, made_here, wanted_bindings};
use crate::clouds::export::ExportForm;
use crate::clouds::terraform::{Resources, label, text, texts};
use crate::model::{Blueprint, BucketWant, PrincipalWant};
use crate::spec::GcpCloud;

/// The configuration. Buckets that exist, and service accounts that the spec adopts, are not part of it; neither is a key, since it
/// would lie in the state.
pub(crate) fn configuration(blueprint: &Blueprint, gcp: &GcpCloud) -> String {
    let mut resources = Resources::default();
    for want in blueprint.buckets.iter().filter(|want| !want.existing) {
        resources.add("google_storage_bucket", &label(want.name.as_str()), bucket(gcp, want));
    }
    let made: Vec<&PrincipalWant> = made_here(blueprint).filter(|want| !blueprint.may_adopt(&want.name)).collect();
    let mut outputs = Map::new();
    for want in &made {
        let name = label(want.name.as_str());
        let about = format!("For the spec {}, made by Terraform", blueprint.spec.name);
        let account = json!({"account_id": want.name, "display_name": want.name, "description": about});
        resources.add("google_service_account", &name, account);
        outputs.insert(format!("email_{name}"), json!({"value": of_account(want, "email")}));
    }
    for (resource, bindings) in wanted_bindings(gcp, made_here(blueprint)) {
        for (role, member) in bindings {
            bind(gcp, blueprint, &made, &resource, &role, &member, &mut resources);
        }
    }
    let names: Vec<&str> = made.iter().map(|want| want.name.as_str()).collect();
    let next = if names.is_empty() {
        String::new()
    } else {
        format!(
            " Before `bucketwright apply`, write `adopt: [{}]` into the spec: these accounts are Terraform's.",
            names.join(", ")
        )
    };
    let mut whole = json!({
        "//": format!("{} for the spec {}. It holds no key: `apply` makes those.{next}", ExportForm::Terraform.mark(), blueprint.spec.name),
        "terraform": {"required_providers": {"google": {"source": "hashicorp/google", "version": ">= 6.0"}}},
        "provider": {"google": {"project": gcp.project}},
        "resource": resources.into_value(),
    });
    if !outputs.is_empty() {
        whole["output"] = Value::Object(outputs);
    }
    format!("{whole:#}\n")
}

/// A bucket in the provider's words, from the body that `apply` would send.
fn bucket(gcp: &GcpCloud, want: &BucketWant) -> Value {
    let mut body = bucket_body(gcp, want);
    body["labels"][label_of_origin()] = json!("adopted");
    let mut made = json!({
        "name": want.name, "location": body["location"], "uniform_bucket_level_access": true,
        "public_access_prevention": "enforced", "labels": texts(&body["labels"]),
        // Data outlives the configuration.
        "lifecycle": {"prevent_destroy": true},
    });
    if body["versioning"]["enabled"] == true {
        made["versioning"] = json!({"enabled": true});
    }
    if let Some(days) = gcp.soft_delete_days {
        made["soft_delete_policy"] = json!({"retention_duration_seconds": u32::from(days) * 86_400});
    }
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    made["lifecycle_rule"] = list(&body["lifecycle"]["rule"]).iter().map(rule).collect();
    let cors: Vec<Value> = list(&body["cors"]).iter().map(cors).collect();
    if !cors.is_empty() {
        made["cors"] = cors.into();
    }
    made
}

fn rule(rule: &Value) -> Value {
    let mut condition = json!({"age": rule["condition"]["age"]});
    if let Some(prefixes) = rule["condition"].get("matchesPrefix") {
        condition["matches_prefix"] = texts(prefixes);
    }
    json!({"action": {"type": rule["action"]["type"]}, "condition": condition})
}

fn cors(rule: &Value) -> Value {
    let names = [
        ("origin", "origin"),
        ("method", "method"),
        ("responseHeader", "response_header"),
        ("maxAgeSeconds", "max_age_seconds"),
    ];
    names.iter().filter_map(|(from, to)| Some(((*to).to_owned(), texts(rule.get(from)?)))).collect::<Map<_, _>>().into()
}

/// A reference to an account of the configuration.
fn of_account(want: &PrincipalWant, part: &str) -> String {
    format!("${{google_service_account.{}.{part}}}", label(want.name.as_str()))
}

/// One role for one member. Others' bindings stay: the `_member` resources add to a policy, and own nothing else in it.
fn bind(
    gcp: &GcpCloud,
    blueprint: &Blueprint,
    made: &[&PrincipalWant],
    resource: &Resource,
    role: &str,
    member: &str,
    resources: &mut Resources,
) {
    let own = |email: &str| made.iter().find(|want| gcp.email(&want.name) == email);
    let account = member.strip_prefix("serviceAccount:").and_then(own);
    let member_text =
        account.map_or_else(|| text(member), |want| format!("serviceAccount:{}", of_account(want, "email")));
    let mut binding = json!({"role": role, "member": member_text});
    let (kind, on) = match resource {
        Resource::Bucket(name) => {
            let here = blueprint.buckets.iter().any(|want| !want.existing && want.name == *name);
            let reference = format!("${{google_storage_bucket.{}.name}}", label(name.as_str()));
            binding["bucket"] = if here { json!(reference) } else { json!(name) };
            ("google_storage_bucket_iam_member", name.to_string())
        }
        Resource::Project => {
            binding["project"] = json!(gcp.project);
            ("google_project_iam_member", "project".to_owned())
        }
        Resource::Account(email) => {
            let id = own(email).map_or_else(
                || text(&format!("projects/{}/serviceAccounts/{email}", gcp.project)),
                |want| of_account(want, "name"),
            );
            binding["service_account_id"] = json!(id);
            ("google_service_account_iam_member", email.clone())
        }
    };
    resources.add(kind, &label(&format!("{on} {role} {member}")), binding);
}
