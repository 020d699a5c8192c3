//! Ways into each error that an account gives, with the AWS emulator.

use serde_json::json;

use super::{Said, note};
use crate::harness::{Account, Peer, Sandbox};

/// A spec for Argo; `prod` is the peer's cluster.
pub fn sandbox(account: &Account<'_>, identity: &str, cluster: &str) -> Sandbox {
    Sandbox::with_spec(&format!(
        "\
apiVersion: bucketwright/v1
name: acme
cloud:
  provider: aws
  region: eu-west-1
  account: \"{}\"
  cluster: {{name: {cluster}}}
identity: {identity}
installs:
  - profile: argo-workflows
    chartVersion: 1.0.18
",
        account.id
    ))
}

/// The same under another name: what is made under one shall not be in the way of another.
pub fn named(account: &Account<'_>, identity: &str, name: &str) -> Sandbox {
    let here = sandbox(account, identity, "prod");
    here.write("bucketwright.yaml", &here.read("bucketwright.yaml").replace("name: acme", &format!("name: {name}")));
    here
}

/// Notes what an apply says that fails.
fn apply(said: &mut Said, code: &'static str, account: &Account<'_>, sandbox: &Sandbox, arguments: &str) {
    let call = account.call(sandbox, &format!("apply --yes {arguments}")).env("AWS_MAX_ATTEMPTS", "1");
    note(said, code, &plain(account, &call.run().exits(1).stderr));
}

/// What differs from run to run, made the same.
pub fn plain(account: &Account<'_>, text: &str) -> String {
    let text = text.replace(account.peer().endpoint(), "https://s3.example.com");
    [
        ("A[KS]IA[A-Z0-9]{16}", "AKIAIOSFODNN7EXAMPLE"),
        ("…[A-Z0-9]{4}", "…MPLE"),
        ("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "4442587f-b7d0-4eaf-9a0a-0b734e4e1741"),
    ]
    .iter()
    .fold(text, |text, (pattern, same)| {
        regex::Regex::new(pattern).expect("a pattern").replace_all(&text, *same).into_owned()
    })
}

/// Everything that needs an account; a reason when there is none.
pub fn say(said: &mut Said) -> Result<(), String> {
    let peer = &Peer::start()?;
    let account = peer.account();
    caller(said, &account);
    faults(said, peer, &account);
    buckets(said, peer, &account);
    identities(said, peer, &account);
    super::verify::live(said, &account);
    super::keys::say(said, peer);
    super::files::live(said, peer);
    Ok(())
}

/// Who asks, and whether the account answers.
fn caller(said: &mut Said, account: &Account<'_>) {
    let here = sandbox(account, "static-keys", "prod");
    let call = || account.call(&here, "apply --yes").env("AWS_MAX_ATTEMPTS", "1");
    let none = call().without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY").run().exits(1).stderr;
    note(said, "BW0501", &none);
    let wrong = call().env("AWS_SECRET_ACCESS_KEY", "0").run().exits(1).stderr;
    note(said, "BW0503", &plain(account, &wrong));
    // A port that nothing listens on.
    let nobody = call().env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").run().exits(1).stderr;
    note(said, "BW0507", &nobody);
    let other = here.read("bucketwright.yaml").replace(&account.id, "111122223333");
    let other = Sandbox::with_spec(&other);
    apply(said, "BW0505", account, &other, "");
    note(said, "BW0904", &plain(account, &account.call(&here, "apply").run().exits(2).stderr));
}

/// What AWS refuses in words of its own.
fn faults(said: &mut Said, peer: &Peer, account: &Account<'_>) {
    let here = named(account, "static-keys", "acme-dev");
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let none = json!({"Effect": "Deny", "Action": "s3:CreateBucket", "Resource": "*"});
    let few = peer.user(&account.id, "few", &json!({"Version": "2012-10-17", "Statement": [all, none]}));
    apply(said, "BW0504", &few, &here, "");
    for (code, operation, status, word, message) in [
        ("BW0502", "GetCallerIdentity", 403, "ExpiredToken", "The security token included in the request is expired"),
        ("BW0506", "GetCallerIdentity", 403, "RegionDisabledException", "STS is not activated in this region"),
        ("BW0508", "CreateBucket", 400, "TooManyBuckets", "You have attempted to create more buckets than allowed"),
        ("BW0509", "GetUser", 400, "Throttling", "Rate exceeded"),
    ] {
        peer.post("clear", &json!({}));
        peer.fail(&json!({"operation": operation, "status": status, "code": word, "message": message, "times": 1000}));
        apply(said, code, account, &here, "");
    }
    peer.post("clear", &json!({}));
}

/// Buckets that are in the way.
fn buckets(said: &mut Said, peer: &Peer, account: &Account<'_>) {
    let named = |name: &str| {
        let here = sandbox(account, "static-keys", "prod");
        here.write(
            "bucketwright.yaml",
            &format!("{}    buckets: {{artifacts: {name}}}\n", here.read("bucketwright.yaml")),
        );
        here
    };
    let taken = json!({"bucket": "artifacts", "account": "111122223333", "region": "eu-west-1"});
    peer.post("account-of-bucket", &taken);
    apply(said, "BW0601", account, &named("artifacts"), "");
    account.python(
        "\
boto3.client('s3', region_name='eu-central-1', config=CONFIG).create_bucket(Bucket='acme-frankfurt', CreateBucketConfiguration={'LocationConstraint': 'eu-central-1'})
s3.create_bucket(Bucket='acme-other', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})
s3.put_bucket_tagging(Bucket='acme-other', Tagging={'TagSet': [{'Key': 'bucketwright:spec', 'Value': 'acme-staging'}]})
",
    );
    apply(said, "BW0602", account, &named("acme-frankfurt"), "");
    apply(said, "BW0609", account, &named("acme-other"), "");
    account.python(
        "\
s3.create_bucket(Bucket='acme-lfs', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})
default = {'SSEAlgorithm': 'aws:kms', 'KMSMasterKeyID': 'arn:aws:kms:eu-west-1:012345678901:key/1234abcd'}
s3.put_bucket_encryption(Bucket='acme-lfs', ServerSideEncryptionConfiguration={'Rules': [{'ApplyServerSideEncryptionByDefault': default}]})
",
    );
    apply(said, "BW0614", account, &named("acme-lfs"), "");
}

/// Identities that are in the way, keys that are lost, a proof that fails.
fn identities(said: &mut Said, peer: &Peer, account: &Account<'_>) {
    let here = sandbox(account, "static-keys", "prod");
    account.python("iam.create_user(UserName='acme-argo-workflows')");
    apply(said, "BW0603", account, &here, "");
    account.python("iam.delete_user(UserName='acme-argo-workflows')");
    account.python(
        "\
iam.create_user(UserName='acme-twin-argo-workflows', Tags=[{'Key': 'bucketwright:spec', 'Value': 'acme-twin'}, {'Key': 'bucketwright:id', 'Value': 'k3m9q2x7'}])
",
    );
    apply(said, "BW0625", account, &named(account, "static-keys", "acme-twin"), "");
    let other = named(account, "static-keys", "acme-second-name");
    let text = other.read("bucketwright.yaml");
    let text = text.replace("name: acme-second-name\n", "name: acme-second-name\nid: k3m9q2x7\n");
    account.python(
        "\
s3.create_bucket(Bucket='acme-before', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})
s3.put_bucket_tagging(Bucket='acme-before', Tagging={'TagSet': [{'Key': 'bucketwright:spec', 'Value': 'acme-old'}, {'Key': 'bucketwright:id', 'Value': 'k3m9q2x7'}]})
",
    );
    other.write("bucketwright.yaml", &text);
    apply(said, "BW0626", account, &other, "");
    account.python(
        "\
s3.put_object(Bucket='acme-before', Key='data', Body=b'data')
s3.put_bucket_tagging(Bucket='acme-before', Tagging={'TagSet': [{'Key': 'bucketwright:spec', 'Value': 'acme-second-name'}, {'Key': 'bucketwright:id', 'Value': 'k3m9q2x7'}, {'Key': 'bucketwright:install', 'Value': 'argo-workflows'}]})
",
    );
    apply(said, "BW0627", account, &other, "");
    account.python(
        "\
trust = {'Version': '2012-10-17', 'Statement': [{'Sid': 'Debug', 'Effect': 'Allow', 'Principal': {'AWS': '*'}, 'Action': 'sts:AssumeRole'}]}
iam.create_role(RoleName='acme-lent-argo-workflows', AssumeRolePolicyDocument=json.dumps(trust), Tags=[{'Key': 'bucketwright:spec', 'Value': 'acme-lent'}])
",
    );
    let lent = account.call(&named(account, "irsa", "acme-lent"), "apply --yes").run().exits(3).stderr;
    note(said, "BW0624", &plain(account, &lent));
    account.python("iam.delete_role(RoleName='acme-lent-argo-workflows')");
    account.python(
        "iam.create_user(UserName='acme-argo-workflows', Path='/old/', Tags=[{'Key': 'bucketwright:spec', 'Value': 'acme'}])",
    );
    apply(said, "BW0510", account, &here, "");
    account.python("iam.delete_user(UserName='acme-argo-workflows')");
    // The key is kept in another folder than the one that is used next.
    peer.fail(&json!({"operation": "AbortMultipartUpload", "status": 403, "code": "AccessDenied", "times": 1000}));
    apply(said, "BW0608", account, &here, "--out elsewhere");
    peer.post("clear", &json!({}));
    apply(said, "BW0611", account, &here, "");
    account.python("iam.create_access_key(UserName='acme-argo-workflows')");
    apply(said, "BW0604", account, &here, "");
    apply(said, "BW0605", account, &sandbox(account, "irsa", "prd"), "");
    account.python(
        "\
trust = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'Service': 'pods.eks.amazonaws.com'}, 'Action': ['sts:AssumeRole', 'sts:TagSession']}]}
role = iam.create_role(RoleName='argo-by-hand', AssumeRolePolicyDocument=json.dumps(trust))['Role']['Arn']
eks.create_pod_identity_association(clusterName='prod', namespace='argo', serviceAccount='argo-workflow', roleArn=role)
",
    );
    apply(said, "BW0606", account, &sandbox(account, "pod-identity", "prod"), "");
}
