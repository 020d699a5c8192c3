//! Roles in the hands of those who become them: a pod's token, or what the Pod Identity agent hands out, and nobody else's.

use serde_json::{Value, json};

use super::{own, spec};
use crate::harness::{Account, Sandbox};

/// Applies; gives the trust and the buckets of each role, by its name.
fn roles(account: &Account<'_>, name: &str, identity: &str, install: &str) -> Vec<(String, Value, Vec<String>)> {
    let sandbox = Sandbox::with_spec(&spec(account, name, identity, install));
    let report = account.call(&sandbox, "apply --yes --no-proof -o json").run().ok().json();
    let steps = report["plan"]["steps"].as_array().expect("steps").clone();
    let names = steps.iter().filter(|step| step["kind"] == "role").filter_map(|step| step["name"].as_str());
    names
        .map(|role| {
            let file = |kind: &str| -> Value {
                serde_json::from_str(&sandbox.read(&format!("out/iam/{role}.{kind}.json"))).expect("JSON")
            };
            let policy = file("policy");
            let arns = policy["Statement"][0]["Resource"].as_array().expect("buckets").clone();
            let buckets = arns.iter().filter_map(|arn| Some(arn.as_str()?.rsplit(':').next()?.to_owned())).collect();
            (role.to_owned(), file("trust"), buckets)
        })
        .collect()
}

/// What a session does: in its own buckets, and in another.
const USE: &str = "
def code(call):
    try:
        call()
        return 'ok'
    except ClientError as error:
        return error.response['Error']['Code']
def use(made, buckets):
    client = boto3.client('s3', region_name='eu-west-1', config=CONFIG, aws_access_key_id=made['AccessKeyId'], aws_secret_access_key=made['SecretAccessKey'], aws_session_token=made['SessionToken'])
    return [code(lambda: (client.put_object(Bucket=b, Key='probe', Body=b'x'), client.get_object(Bucket=b, Key='probe'), client.list_objects_v2(Bucket=b), client.delete_object(Bucket=b, Key='probe'))) for b in buckets]
";

/// What the bearer of a pod's token may do with these buckets; the error when it does not become the role.
fn pod(account: &Account<'_>, issuer: &str, sub: &str, role: &str, buckets: &[String]) -> Value {
    let token = account.peer().post("token", &json!({"issuer": issuer, "sub": sub, "aud": "sts.amazonaws.com"}));
    let (token, arn) = (token["token"].as_str().expect("a token"), format!("arn:aws:iam::{}:role/{role}", account.id));
    account.python(&format!(
        "{USE}
try:
    made = sts.assume_role_with_web_identity(RoleArn='{arn}', RoleSessionName='pod', WebIdentityToken='{token}')['Credentials']
    say(use(made, {buckets:?}))
except ClientError as error:
    say(error.response['Error']['Code'])
"
    ))
}

#[test]
fn pods_become_their_own_role_by_irsa() {
    let peer = own!();
    let account = peer.account();
    let _ = account.python(
        "s3.create_bucket(Bucket='somebody-elses', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})",
    );
    let install = "{profile: gitlab, chartVersion: 9.9.1, roles: per-component}";
    let roles = roles(&account, "pods", "irsa", install);
    assert!(roles.len() > 1, "{roles:?}");
    for (role, trust, buckets) in &roles {
        let condition = &trust["Statement"][0]["Condition"]["StringEquals"];
        let (key, subjects) =
            condition.as_object().expect("conditions").iter().find(|(key, _)| key.ends_with(":sub")).expect("sub");
        let issuer = format!("https://{}", key.trim_end_matches(":sub"));
        let subjects: Vec<&str> = subjects.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        let all_well = json!(vec!["ok"; buckets.len()]);
        for subject in &subjects {
            assert_eq!(pod(&account, &issuer, subject, role, buckets), all_well, "{role}: {subject}");
        }
        let other = ["somebody-elses".to_owned()];
        assert_eq!(pod(&account, &issuer, subjects[0], role, &other), json!(["AccessDenied"]), "{role}");
        for stranger in ["system:serviceaccount:gitlab:default", "system:serviceaccount:other:gitlab-registry"] {
            assert_eq!(pod(&account, &issuer, stranger, role, buckets), "AccessDenied", "{role}: {stranger}");
        }
    }
}

#[test]
fn the_agent_hands_out_the_associated_role() {
    let peer = own!();
    let account = peer.account();
    for (role, _, buckets) in
        roles(&account, "agent", "pod-identity", "{profile: argo-workflows, chartVersion: 1.0.18}")
    {
        let arn = format!("arn:aws:iam::{}:role/{role}", account.id);
        let ask = |service: &str| json!({"role_arn": arn, "service": service, "context": {}, "region": "eu-west-1"});
        let made = account.peer().post("assume", &ask("pods.eks.amazonaws.com"));
        let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("{name} in {made}")).to_owned();
        let keys = json!({"AccessKeyId": text("access_key_id"), "SecretAccessKey": text("secret_access_key"), "SessionToken": text("session_token")});
        let used = account.python(&format!("{USE}\nsay(use({keys}, {buckets:?}))\n"));
        assert_eq!(used, json!(vec!["ok"; buckets.len()]), "{role}");
        // Every association of the role is one of the chart's ServiceAccounts.
        let count = account.python(&format!(
            "say(len([a for a in eks.list_pod_identity_associations(clusterName='prod')['associations'] if eks.describe_pod_identity_association(clusterName='prod', associationId=a['associationId'])['association']['roleArn'] == '{arn}']))"
        ));
        assert!(count.as_u64().is_some_and(|count| count > 0), "{role}: {count}");
    }
}
