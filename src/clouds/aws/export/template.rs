//! A CloudFormation template.

use serde_json::{Map, Value, json};

use super::wanted::{Principal, Tags, Wanted};
use crate::base::names::Issuer;
use crate::base::yaml::{Node, write};
use crate::clouds::aws::plan::cors_id;
use crate::model::{ABORT_RULE, BucketWant};
use crate::policy::AUDIENCE;

pub(super) fn template(wanted: &Wanted<'_>) -> String {
    let mut resources = Map::new();
    let mut left = Vec::new();
    for want in &wanted.blueprint.buckets {
        if want.existing {
            left.push(want.name.as_str());
            continue;
        }
        let id = logical("Bucket", want.name.as_str());
        if let Some(policy) = wanted.bucket_policy(want) {
            let properties = json!({"Bucket": {"Ref": id}, "PolicyDocument": policy});
            resources.insert(format!("{id}Policy"), json!({"Type": "AWS::S3::BucketPolicy", "Properties": properties}));
        }
        // Data outlives the stack.
        resources.insert(
            id,
            json!({"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Properties": bucket(wanted, want)}),
        );
    }
    let mut top = vec![
        leaf("AWSTemplateFormatVersion", &json!("2010-09-09")),
        leaf("Description", &json!(format!("What the bucketwright spec {} needs", wanted.blueprint.spec.name))),
    ];
    providers(wanted, &mut top, &mut resources);
    for principal in &wanted.principals {
        identity(wanted, principal, &mut resources);
    }
    top.push(leaf("Resources", &Value::Object(resources)));
    format!("{}{}", head(wanted, &left), write(&Node::Map(top)))
}

/// The name of an issuer's provider in the template.
fn provider_name(issuer: &Issuer) -> String {
    logical("OidcProvider", issuer.host_path())
}

/// The OIDC providers, each with a parameter that leaves it out: an account can have but one of each issuer.
fn providers(wanted: &Wanted<'_>, top: &mut Vec<(String, Node)>, resources: &mut Map<String, Value>) {
    let (mut parameters, mut conditions) = (Map::new(), Map::new());
    for issuer in &wanted.issuers {
        let name = provider_name(issuer);
        let make = format!("Create{name}");
        let about = format!("false when the account has a provider for {} already", issuer.host_path());
        parameters.insert(
            make.clone(),
            json!({"Type": "String", "AllowedValues": ["true", "false"], "Default": "true", "Description": about}),
        );
        conditions.insert(make.clone(), json!({"Fn::Equals": [{"Ref": make}, "true"]}));
        let properties = json!({"Url": issuer, "ClientIdList": [AUDIENCE], "Tags": tags(&wanted.common_tags())});
        let provider = json!({"Type": "AWS::IAM::OIDCProvider", "Condition": make, "Properties": properties});
        resources.insert(name, provider);
    }
    if !parameters.is_empty() {
        top.push(leaf("Parameters", &Value::Object(parameters)));
        top.push(leaf("Conditions", &Value::Object(conditions)));
    }
}

fn head(wanted: &Wanted<'_>, left: &[&str]) -> String {
    let mut out = format!(
        "\
# Written by `bucketwright export --as cloudformation`, for the region {}. It makes no access keys: `bucketwright apply` does.
#   aws cloudformation deploy --stack-name {} --template-file FILE --capabilities CAPABILITY_NAMED_IAM
",
        wanted.blueprint.spec.cloud.region(), wanted.blueprint.spec.name
    );
    for name in left {
        out.push_str(&format!(
            "# The bucket {name} exists and is not part of the stack; `bucketwright apply` adds what it lacks.\n"
        ));
    }
    out
}

fn leaf(key: &str, value: &Value) -> (String, Node) {
    (key.to_owned(), Node::Leaf(value.clone(), None))
}

/// A logical id, which takes letters and digits only: a capital stands where a word begins, so names stay apart.
fn logical(kind: &str, name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let camel: Vec<String> = words.map(|word| format!("{}{}", word[..1].to_uppercase(), &word[1..])).collect();
    format!("{kind}{}", camel.concat())
}

fn tags(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect::<Vec<_>>().into()
}

fn bucket(wanted: &Wanted<'_>, want: &BucketWant) -> Value {
    let mut rules = vec![json!({
        "Id": ABORT_RULE, "Status": "Enabled",
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": want.abort_uploads_after_days},
    })];
    rules.extend(want.expiries.iter().map(|expiry| {
        json!({"Id": expiry.rule_id(), "Status": "Enabled", "Prefix": expiry.prefix, "ExpirationInDays": expiry.expire_after_days})
    }));
    let mut properties = json!({
        "BucketName": want.name,
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
        },
        "LifecycleConfiguration": {"Rules": rules},
        "Tags": tags(&wanted.tags(&want.tags)),
    });
    if let Some(key) = &want.kms_key {
        let default = json!({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key});
        properties["BucketEncryption"] = json!({"ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": default, "BucketKeyEnabled": true},
        ]});
    }
    if want.versioning {
        properties["VersioningConfiguration"] = json!({"Status": "Enabled"});
    }
    if want.name.is_account_regional() {
        properties["BucketNamespace"] = json!("account-regional");
    }
    if !want.cors.is_empty() {
        let rules = want.cors.iter().map(|cors| {
            let mut rule = json!({"Id": cors_id(cors), "AllowedOrigins": cors.origins, "AllowedMethods": cors.methods});
            for (name, list) in [("AllowedHeaders", &cors.headers), ("ExposedHeaders", &cors.expose)] {
                if !list.is_empty() {
                    rule[name] = json!(list);
                }
            }
            if let Some(seconds) = cors.max_age_seconds {
                rule["MaxAge"] = json!(seconds);
            }
            rule
        });
        properties["CorsConfiguration"] = json!({"CorsRules": rules.collect::<Vec<_>>()});
    }
    properties
}

fn identity(wanted: &Wanted<'_>, principal: &Principal<'_>, resources: &mut Map<String, Value>) {
    let name = principal.want.name.as_str();
    let (policy, tags_of) = (logical("Policy", name), tags(&wanted.tags(&principal.want.tags)));
    let mut properties = json!({"ManagedPolicyName": name, "PolicyDocument": principal.policy});
    let around = |properties: &mut Value, bounded: bool| {
        if let Some(path) = wanted.path() {
            properties["Path"] = json!(path);
        }
        if let Some(boundary) = wanted.blueprint.spec.cloud.boundary().filter(|_| bounded) {
            properties["PermissionsBoundary"] = json!(boundary);
        }
    };
    around(&mut properties, false);
    resources.insert(policy.clone(), json!({"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}));
    let further = principal.want.attach.iter().map(|arn| json!(arn));
    let attached: Value = std::iter::once(json!({"Ref": policy})).chain(further).collect();
    let Some(trust) = &principal.trust else {
        let mut properties = json!({"UserName": name, "ManagedPolicyArns": attached, "Tags": tags_of});
        around(&mut properties, true);
        resources.insert(logical("User", name), json!({"Type": "AWS::IAM::User", "Properties": properties}));
        return;
    };
    let role = logical("Role", name);
    let mut trust = trust.clone();
    // Names the provider where the stack makes it, so that it is made first.
    let federated = trust.pointer_mut("/Statement/0/Principal/Federated");
    if let Some(federated) = federated {
        let ends = |issuer: &&Issuer| {
            federated.as_str().is_some_and(|arn| arn.ends_with(&format!(":oidc-provider/{}", issuer.host_path())))
        };
        if let Some(name) = wanted.issuers.iter().find(ends).map(provider_name) {
            *federated = json!({"Fn::If": [format!("Create{name}"), {"Ref": name}, federated]});
        }
    }
    let mut properties =
        json!({"RoleName": name, "AssumeRolePolicyDocument": trust, "ManagedPolicyArns": attached, "Tags": tags_of});
    if let Some(seconds) = principal.session_seconds {
        properties["MaxSessionDuration"] = json!(seconds);
    }
    around(&mut properties, true);
    let resource = json!({"Type": "AWS::IAM::Role", "Properties": properties});
    resources.insert(role.clone(), resource);
    for (number, (namespace, account)) in principal.associations.iter().enumerate() {
        let cluster = wanted.blueprint.spec.cloud.cluster().map_or("", |cluster| cluster.name.as_str());
        let properties = json!({
            "ClusterName": cluster, "Namespace": namespace, "ServiceAccount": account,
            "RoleArn": {"Fn::GetAtt": [role, "Arn"]}, "Tags": tags_of,
        });
        resources.insert(
            format!("{}{number}", logical("Association", name)),
            json!({"Type": "AWS::EKS::PodIdentityAssociation", "Properties": properties}),
        );
    }
}
