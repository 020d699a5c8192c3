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
        let pod = |cluster: &str, pair: &(String, String)| {
            let pod = json!({"cluster": cluster, "namespace": pair.0, "serviceAccount": pair.1});
            account.peer().ask("assume", &json!({"role_arn": arn, "region": "eu-west-1", "pod": pod}))
        };
        // Every association of the role is one of the chart's ServiceAccounts.
        let found = account.python(&format!(
            "say([[a['namespace'], a['serviceAccount']] for a in eks.list_pod_identity_associations(clusterName='prod')['associations'] if eks.describe_pod_identity_association(clusterName='prod', associationId=a['associationId'])['association']['roleArn'] == '{arn}'])"
        ));
        let pairs: Vec<(String, String)> = serde_json::from_value(found).expect("pairs");
        assert!(!pairs.is_empty(), "{role}");
        for pair in &pairs {
            pod("prod", pair).unwrap_or_else(|error| panic!("{role} {pair:?}: {error}"));
        }
        // Other pods of the account could be associated with the role by whoever may pass it: the trust says no.
        let (space, name) = &pairs[0];
        for (cluster, space, name) in
            [("test", space.as_str(), name.as_str()), ("prod", "kube-system", name), ("prod", space, "default")]
        {
            let refused = pod(cluster, &(space.to_owned(), name.to_owned())).expect_err("an unknown subject");
            assert!(refused.contains("is not authorized"), "{role}: {refused}");
        }
        let made = pod("prod", &pairs[0]).expect("a session");
        let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("{name} in {made}")).to_owned();
        let keys = json!({"AccessKeyId": text("access_key_id"), "SecretAccessKey": text("secret_access_key"), "SessionToken": text("session_token")});
        let used = account.python(&format!("{USE}\nsay(use({keys}, {buckets:?}))\n"));
        assert_eq!(used, json!(vec!["ok"; buckets.len()]), "{role}");
    }
}

/// EKS may be told not to say which pod asks; a trust that asks for it would let nobody in. Ours is told again; one of others is
/// refused.
#[test]
fn an_association_without_session_tags_is_put_right() {
    let peer = own!();
    let account = peer.account();
    let sandbox = Sandbox::with_spec(&spec(
        &account,
        "tagless",
        "pod-identity",
        "{profile: argo-workflows, chartVersion: 1.0.18, namespace: tagless}",
    ));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    account.python(
        "\
for one in eks.list_pod_identity_associations(clusterName='prod', namespace='tagless')['associations'][:1]:
    eks.update_pod_identity_association(clusterName='prod', associationId=one['associationId'], disableSessionTags=True)
",
    );
    let made = account.call(&sandbox, "apply --yes --no-proof -o json").run().ok().json();
    assert!(made.to_string().contains("tell again which pod asks"), "{made:#}");
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();
    account.python(
        "\
for one in eks.list_pod_identity_associations(clusterName='prod', namespace='tagless')['associations'][:1]:
    role = eks.describe_pod_identity_association(clusterName='prod', associationId=one['associationId'])['association']['roleArn']
    eks.delete_pod_identity_association(clusterName='prod', associationId=one['associationId'])
    eks.create_pod_identity_association(clusterName='prod', namespace='tagless', serviceAccount=one['serviceAccount'], roleArn=role, disableSessionTags=True)
",
    );
    let report = account.call(&sandbox, "apply --yes -o json").run().exits(1).json();
    assert_eq!(report["errors"][0]["code"], "BW0606", "{report:#}");
    assert!(
        report["errors"][0]["fix"].as_str().is_some_and(|fix| fix.contains("--no-disable-session-tags")),
        "{report:#}"
    );
}

/// A role that an earlier version made trusts every association of the account: the next run mends that, and verify says it.
#[test]
fn an_open_trust_of_an_earlier_version_is_closed() {
    let peer = own!();
    let account = peer.account();
    let sandbox = Sandbox::with_spec(&spec(
        &account,
        "open",
        "pod-identity",
        "{profile: argo-workflows, chartVersion: 1.0.18, namespace: open}",
    ));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let wanted: Value = serde_json::from_str(&sandbox.read("out/iam/open-argo-workflows.trust.json")).expect("JSON");
    let open = "{'Version': '2012-10-17', 'Statement': [{'Sid': 'Pods', 'Effect': 'Allow', 'Principal': {'Service': 'pods.eks.amazonaws.com'}, 'Action': ['sts:AssumeRole', 'sts:TagSession']}]}";
    account.python(&format!(
        "iam.update_assume_role_policy(RoleName='open-argo-workflows', PolicyDocument=json.dumps({open}))"
    ));
    let report = account.call(&sandbox, "verify -o json").run().exits(3).json().to_string();
    assert!(report.contains("another cluster") && report.contains("the trust policy is too wide"), "{report}");
    let planned = account.call(&sandbox, "plan -o json").run().ok().json().to_string();
    assert!(planned.contains("iam:UpdateAssumeRolePolicy"), "{planned}");
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let live = account.python("say(iam.get_role(RoleName='open-argo-workflows')['Role']['AssumeRolePolicyDocument'])");
    assert_eq!(live, wanted);
}
