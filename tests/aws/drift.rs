//! Settings of buckets that moved away from the spec, or that the spec moved away from: ours follow it, others' are told.

use serde_json::Value;

use super::{shared, spec};
use crate::harness::{Account, Sandbox};

/// A profile with a rule for browsers.
const GRADIENT: &str = "{profile: gradient, chartVersion: 1.0.0}";
const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";

/// The words of a plan's changes, as `CALL words`.
pub(super) fn changes(plan: &Value) -> Vec<String> {
    let steps = plan["steps"].as_array().expect("steps").iter();
    let all = steps.flat_map(|step| step["changes"].as_array().expect("changes"));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    all.map(|change| format!("{} {}", text(&change["call"]), text(&change["words"]))).collect()
}

/// Plans, applies, and plans once more: the second plan has nothing to do. Gives the changes of the first.
#[track_caller]
pub(super) fn mended(account: &Account<'_>, sandbox: &Sandbox) -> Vec<String> {
    let plan = account.call(sandbox, "plan -o json").run().ok().json();
    let before = account.writes().len();
    account.call(sandbox, "apply --yes --no-proof").run().ok();
    let made: Vec<String> = account.writes().split_off(before);
    let changes = changes(&plan);
    let of = |line: &String| line.split_once(' ').expect("a call").0.rsplit(':').next().expect("a name").to_owned();
    let (mut planned, mut called): (Vec<String>, Vec<String>) =
        (changes.iter().map(of).collect(), made.iter().map(of).collect());
    planned.sort_unstable();
    called.sort_unstable();
    assert_eq!(planned, called, "the calls of the plan are those that were made");
    account.call(sandbox, "plan --detailed-exitcode").run().ok();
    changes
}

/// Every setting that carries a mark of ours, edited by hand: each is put right, and the plan says what is replaced by what.
#[test]
fn what_is_ours_and_was_edited_is_put_right() {
    let account = shared!().fresh();
    let sandbox = Sandbox::with_spec(&spec(&account, "drift", "static-keys", GRADIENT));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let fresh = account.everything();
    account.python(
        "\
name = s3.list_buckets()['Buckets'][0]['Name']
rules = s3.get_bucket_lifecycle_configuration(Bucket=name)['Rules']
rules[0]['AbortIncompleteMultipartUpload']['DaysAfterInitiation'] = 90
rules.append({'ID': 'bucketwright-old', 'Status': 'Enabled', 'Filter': {'Prefix': 'x/'}, 'Expiration': {'Days': 1}})
s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={'Rules': rules})
cors = s3.get_bucket_cors(Bucket=name)['CORSRules']
cors[0]['AllowedOrigins'] = ['https://evil.example.com']
s3.put_bucket_cors(Bucket=name, CORSConfiguration={'CORSRules': cors})
policy = json.loads(s3.get_bucket_policy(Bucket=name)['Policy'])
policy['Statement'][0]['Action'] = 's3:GetObject'
s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
",
    );
    let said = mended(&account, &sandbox).join("\n");
    for words in [
        "abort unfinished uploads after 7 days (ours now: aborts unfinished uploads after 90 days)",
        "remove our rule `bucketwright-old`, which the spec does not want (removes `x/*` after 1 day)",
        "from https://evil.example.com)",
        "refuse requests without TLS, in place of our statement as somebody left it: {\"Sid\":\"BucketwrightTlsOnly\"",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    assert_eq!(account.everything()["buckets"], fresh["buckets"], "all as it was made");
}

/// Edits of the spec: tags, days, `tlsOnly`, a rule for browsers that goes.
#[test]
fn what_is_ours_follows_the_spec() {
    let account = shared!().fresh();
    let text = spec(&account, "follow", "static-keys", ARGO);
    let sandbox = Sandbox::with_spec(&format!("{text}tags: {{team: builds}}\n"));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let edited = "tags: {team: storage, tier: gold}\nbucketDefaults: {abortUploadsAfterDays: 3, tlsOnly: false}\n";
    sandbox.write("bucketwright.yaml", &format!("{text}{edited}"));
    let plan = account.call(&sandbox, "plan -o json").run().ok().json();
    let on_bucket: Vec<String> = changes(&plan).into_iter().filter(|line| line.starts_with("s3:")).collect();
    assert_eq!(
        on_bucket,
        [
            "s3:PutBucketLifecycleConfiguration abort unfinished uploads after 3 days (ours now: aborts unfinished uploads after 7 days)",
            "s3:PutBucketTagging tag team=storage (now builds), tier=gold",
            "s3:DeleteBucketPolicy remove our statement that refuses requests without TLS (`tlsOnly: false`)",
        ]
    );
    mended(&account, &sandbox);
    let bucket = account.everything()["buckets"]["follow-argo-artifacts"].clone();
    assert!(
        bucket["policy"] == "NoSuchBucketPolicy" && bucket["tagging"].to_string().contains("storage"),
        "{bucket:#}"
    );
    // And back.
    sandbox.write("bucketwright.yaml", &format!("{text}tags: {{team: builds}}\n"));
    assert!(mended(&account, &sandbox).join("\n").contains("PutBucketPolicy refuse requests without TLS"));
}

/// On a bucket that was adopted, and beside what others wrote, only what is ours goes.
#[test]
fn what_others_set_stays_and_is_told() {
    let account = shared!().fresh();
    let bucket = "theirs-argo-artifacts";
    account.python(&format!(
        "\
name = '{bucket}'
s3.create_bucket(Bucket=name, CreateBucketConfiguration={{'LocationConstraint': 'eu-west-1'}})
s3.put_bucket_tagging(Bucket=name, Tagging={{'TagSet': [{{'Key': 'team', 'Value': 'data'}}]}})
s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={{'Rules': [
    {{'ID': 'tidy up!', 'Status': 'Enabled', 'Filter': {{'Prefix': ''}}, 'Expiration': {{'Days': 1}}}}]}})
s3.put_bucket_policy(Bucket=name, Policy=json.dumps({{'Version': '2012-10-17', 'Statement': [
    {{'Sid': 'Theirs', 'Effect': 'Deny', 'Principal': '*', 'Action': 's3:DeleteBucket', 'Resource': f'arn:aws:s3:::{{name}}'}}]}}))
"
    ));
    let text = format!("{}tags: {{team: storage}}\n", spec(&account, "theirs", "static-keys", ARGO));
    let sandbox = Sandbox::with_spec(&text);
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let plan = account.call(&sandbox, "plan -o json --detailed-exitcode").run().exits(3).json();
    assert_eq!(
        plan["steps"][0]["note"],
        "What others set stays: the tag `team` is `data`, where the spec says `storage`."
    );
    let grant = &plan["grants"][0];
    assert_eq!(grant["code"], "BW1334");
    assert_eq!(
        grant["what"],
        "the lifecycle rule `tidy up!` of the bucket `theirs-argo-artifacts` removes every object after 1 day"
    );
    let report = account.call(&sandbox, "verify -o json").run().exits(3).json();
    assert!(report.to_string().contains("BW1334"), "{report:#}");

    let name = grant["accept"].as_str().expect("a name");
    let accepted = format!("{text}accept: [\"{name}\"]\n");
    sandbox.write("bucketwright.yaml", &accepted);
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();
    account.call(&sandbox, "verify").run().ok();
    sandbox.write("bucketwright.yaml", &format!("{accepted}bucketDefaults: {{tlsOnly: false}}\n"));
    let said = mended(&account, &sandbox);
    assert_eq!(said, ["s3:PutBucketPolicy remove our statement that refuses requests without TLS (`tlsOnly: false`)"]);
    let policy = account.everything()["buckets"][bucket]["policy"].to_string();
    assert!(policy.contains("Theirs") && !policy.contains("BucketwrightTlsOnly"), "{policy}");
    // A rule that changes has another name.
    account.python(&format!(
        "\
s3.put_bucket_lifecycle_configuration(Bucket='{bucket}', LifecycleConfiguration={{'Rules': s3.get_bucket_lifecycle_configuration(Bucket='{bucket}')['Rules'][1:] + [
    {{'ID': 'tidy up!', 'Status': 'Enabled', 'Filter': {{'Prefix': ''}}, 'Expiration': {{'Days': 2}}}}]}})"
    ));
    let plan = account.call(&sandbox, "plan -o json --detailed-exitcode").run().exits(3).json();
    assert!(plan["grants"][0]["what"].as_str().is_some_and(|what| what.ends_with("after 2 days")), "{plan:#}");
}

/// Whoever may not look at what the spec does not ask for is told so, and can go on.
#[test]
fn what_may_not_be_read_is_told() {
    let peer = shared!();
    let account = peer.fresh();
    let sandbox = Sandbox::with_spec(&spec(&account, "unseen", "static-keys", ARGO));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let less = serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["s3:GetBucketCORS", "s3:GetEncryptionConfiguration"], "Resource": "*"},
    ]});
    let user = peer.user(&account.id, "unseen", &less);
    let plan = user.call(&sandbox, "plan -o json").run().ok().json();
    for line in [
        "not all settings of the bucket unseen-argo-artifacts are judged: missing permission s3:GetEncryptionConfiguration on unseen-argo-artifacts",
        "not all settings of the bucket unseen-argo-artifacts are judged: missing permission s3:GetBucketCORS on unseen-argo-artifacts",
    ] {
        let unjudged = plan["unjudged"].as_array().expect("a list");
        assert!(unjudged.contains(&line.into()), "{line}: {unjudged:#?}");
    }
}

/// The same code serves stores: the peer's S3, taken for a store.
#[test]
fn a_store_is_mended_too() {
    let account = shared!().fresh();
    let endpoint = account.environment()[0].1.clone();
    let text = format!(
        "\
apiVersion: bucketwright/v1
name: driftstore
cloud: {{provider: s3, endpoint: \"{endpoint}\", region: us-east-1, insecure: true}}
installs:
  - {{profile: argo-workflows, chartVersion: 1.0.18, options: {{uploads: true}}, credentials: {{accessKeyId: env:AWS_ACCESS_KEY_ID, secretAccessKey: env:AWS_SECRET_ACCESS_KEY}}}}
"
    );
    let sandbox = Sandbox::with_spec(&text);
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    account.python(
        "\
name, s3 = 'driftstore-argo-artifacts', boto3.client('s3', region_name='us-east-1', config=CONFIG)
rules = s3.get_bucket_lifecycle_configuration(Bucket=name)['Rules']
for rule in rules:
    rule['Status'] = 'Disabled'
rules.append({'ID': 'tidy', 'Status': 'Enabled', 'Filter': {'Prefix': ''}, 'Expiration': {'Days': 1}})
s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={'Rules': rules})
s3.put_bucket_policy(Bucket=name, Policy=json.dumps({'Version': '2012-10-17', 'Statement': [
    {'Sid': 'BucketwrightTlsOnly', 'Effect': 'Deny', 'Principal': '*', 'Action': 's3:*', 'Resource': f'arn:aws:s3:::{name}/*', 'Condition': {'Bool': {'aws:SecureTransport': 'false'}}}]}))
",
    );
    let plan = account.call(&sandbox, "plan -o json --detailed-exitcode").run().exits(3).json();
    assert_eq!(
        changes(&plan),
        [
            "s3:PutBucketLifecycleConfiguration expire `uploads/*` after 7 days (ours now: removes `uploads/*` after 7 days, disabled)",
            "s3:PutBucketLifecycleConfiguration abort unfinished uploads after 7 days (ours now: aborts unfinished uploads after 7 days, disabled)",
            "s3:DeleteBucketPolicy remove our statement that refuses requests without TLS (`tlsOnly: false`)",
        ]
    );
    assert_eq!(plan["grants"][0]["code"], "BW1334");
    let name = plan["grants"][0]["accept"].as_str().expect("a name");
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    account.call(&sandbox, "plan --detailed-exitcode").run().exits(3);
    assert!(account.call(&sandbox, "verify -o json").run().exits(3).json().to_string().contains("BW1334"));
    sandbox.write("bucketwright.yaml", &format!("{text}accept: [{name}]\n"));
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();
}
