//! Buckets: made with their tags, then given the settings of the spec; rules of others stay.

use serde_json::{Value, json};

use super::{OWNED, command, literal};
use crate::base::shell::word;
use crate::clouds::aws::export::wanted::{Tags, Wanted, cors, lifecycle};
use crate::clouds::aws::teardown::RULE_PREFIX;
use crate::model::{BucketWant, ORIGIN_TAG};
use crate::policy::tls_only_statement;

/// What must be so before anything is changed: the bucket is missing, or this spec's with a key that the spec names.
pub(super) fn check(wanted: &Wanted<'_>, want: &BucketWant) -> String {
    let name = &want.name;
    let head = format!("missing 404 aws s3api head-bucket --bucket {name} {OWNED}");
    if want.existing {
        return format!(
            "if {head}; then\n  stop 'the bucket {name} does not exist, and the spec says that it does'\nfi\n"
        );
    }
    format!("if ! {head}; then\nbucket_is_ours {name}\n{}fi\n", named_key(wanted, want))
}

pub(super) fn bucket(wanted: &Wanted<'_>, want: &BucketWant) -> String {
    let name = &want.name;
    let missing = format!("if missing 404 aws s3api head-bucket --bucket {name} {OWNED}; then\n");
    if want.existing {
        return format!("\nsay 'bucket {name}: bucketwright apply adds what it lacks'\n");
    }
    let mut out = format!("\nsay 'bucket {name}'\n{missing}{}", creation(wanted, want));
    out.push_str(&format!("else\n  bucket_is_ours {name}\nfi\n"));
    out.push_str(&tags(wanted, want));
    out.push_str(&key(wanted, want));
    out.push_str(&settings(want));
    out.push_str(&rules(&Rules {
        bucket: name.as_str(),
        kind: "lifecycle-configuration",
        option: "lifecycle-configuration",
        absent: "NoSuchLifecycleConfiguration",
        list: "Rules",
        wanted: list(&lifecycle(want), "Rules"),
    }));
    out.push_str(&rules(&Rules {
        bucket: name.as_str(),
        kind: "cors",
        option: "cors-configuration",
        absent: "NoSuchCORSConfiguration",
        list: "CORSRules",
        wanted: list(&cors(want), "CORSRules"),
    }));
    let statement = want.tls_only.then(|| tls_only_statement(wanted.blueprint.partition(), name));
    let statement = statement.map_or_else(|| "''".to_owned(), |statement| word(&statement.to_string()));
    out.push_str(&format!("plain_http {name} {statement}\n"));
    out
}

fn list(document: &Value, key: &str) -> Vec<Value> {
    document[key].as_array().cloned().unwrap_or_default()
}

/// The bucket with its tags in one call: whose it is can be told from the first moment.
fn creation(wanted: &Wanted<'_>, want: &BucketWant) -> String {
    let name = &want.name;
    let region = wanted.blueprint.spec.cloud.region();
    let mut configuration = json!({"Tags": tag_list(&wanted.tags(&want.tags))});
    // us-east-1 is the one region that CreateBucket refuses to be told.
    if !region.is_us_east_1() {
        configuration["LocationConstraint"] = json!(region);
    }
    let mut options = vec![format!("--bucket {name}"), "--object-ownership BucketOwnerEnforced".to_owned()];
    options.push(format!("--create-bucket-configuration {}", word(&configuration.to_string())));
    if name.is_account_regional() {
        options.push("--bucket-namespace account-regional".to_owned());
    }
    format!(
        "{}  aws s3api wait bucket-exists --bucket {name} {OWNED}\n",
        command("aws s3api create-bucket", &options, "  ")
    )
}

/// The spec's tags, where the bucket was made by it; those of others stay.
fn tags(wanted: &Wanted<'_>, want: &BucketWant) -> String {
    let name = &want.name;
    let all = wanted.tags(&want.tags);
    let keys: Vec<&String> = all.keys().collect();
    let get = format!("aws s3api get-bucket-tagging --bucket {name} {OWNED}");
    let origin = format!("TagSet[?Key=='{ORIGIN_TAG}'].Value | [0]");
    let count = format!("length(TagSet[?{}])", predicate(&all));
    let others = format!("TagSet[?!contains({}, Key)]", literal(&json!(keys)));
    format!(
        "\
origin=$({get} --query {origin} --output text)
number=$({get} --query {count} --output text)
if [ \"$origin\" = created ] && [ \"$number\" != {number} ]; then
  others=$({get} --query {others} --output json)
  printf '{{\"TagSet\": %s}}' \"$(joined {ours} \"$others\")\" |
    aws s3api put-bucket-tagging --bucket {name} {OWNED} --tagging file:///dev/stdin
fi
",
        origin = word(&origin),
        count = word(&count),
        others = word(&others),
        number = all.len(),
        ours = word(&json!(tag_list(&all)).to_string()),
    )
}

/// Which tags are these, as a condition of a query.
pub(super) fn predicate(tags: &Tags) -> String {
    let one = |(key, value): (&String, &String)| {
        format!("Key=={} && Value=={}", literal(&json!(key)), literal(&json!(value)))
    };
    tags.iter().map(one).collect::<Vec<_>>().join(" || ")
}

fn tag_list(tags: &Tags) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// Reads the key that encrypts; one that the spec does not name stops the script.
fn named_key(wanted: &Wanted<'_>, want: &BucketWant) -> String {
    let (name, spec) = (&want.name, &wanted.blueprint.spec);
    let path = "ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.KMSMasterKeyID";
    let mut named = vec!["None".to_owned(), "*alias/aws/s3".to_owned()];
    for key in want.kms_key.iter().chain(spec.former_keys.iter().flatten()) {
        named.extend([word(key.as_str()), word(key.name())]);
    }
    format!(
        "\
key=$(asked ServerSideEncryptionConfigurationNotFoundError None aws s3api get-bucket-encryption --bucket {name} {OWNED} \\
  --query {path} --output text)
case $key in
  {named}) ;;
  *) stop \"the bucket {name} encrypts with $key, which the spec does not name: see bucketwright explain BW0614\" ;;
esac
",
        path = word(path),
        named = named.join(" | "),
    )
}

/// The key that encrypts: the spec's, or S3's own.
fn key(wanted: &Wanted<'_>, want: &BucketWant) -> String {
    let name = &want.name;
    let default = match &want.kms_key {
        Some(key) => json!({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}),
        None => json!({"SSEAlgorithm": "AES256"}),
    };
    let mut rule = json!({"ApplyServerSideEncryptionByDefault": default});
    if want.kms_key.is_some() {
        rule["BucketKeyEnabled"] = json!(true);
    }
    let put = command(
        "aws s3api put-bucket-encryption",
        &[
            format!("--bucket {name} {OWNED}"),
            format!("--server-side-encryption-configuration {}", word(&json!({"Rules": [rule]}).to_string())),
        ],
        "  ",
    );
    // What has none of ours is not touched: S3's own keys are what a bucket begins with.
    let differs = match &want.kms_key {
        Some(key) => format!("[ \"$key\" != {} ] && [ \"$key\" != {} ]", word(key.as_str()), word(key.name())),
        None => "[ \"$key\" != None ] && [ \"${key%alias/aws/s3}\" = \"$key\" ]".to_owned(),
    };
    format!("{}if {differs}; then\n{put}fi\n", named_key(wanted, want))
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
    if want.versioning {
        let option = "--versioning-configuration Status=Enabled".to_owned();
        out.push_str(&command("aws s3api put-bucket-versioning", &[on, option], ""));
    }
    out
}

/// A document of rules, ours and those of others, which are told by their ids.
struct Rules<'a> {
    bucket: &'a str,
    kind: &'static str,
    option: &'static str,
    absent: &'static str,
    list: &'static str,
    wanted: Vec<Value>,
}

/// Puts the rules where those of ours are not what the spec says.
fn rules(rules: &Rules<'_>) -> String {
    let Rules { bucket, kind, option, absent, list, wanted } = rules;
    let get = format!("aws s3api get-bucket-{kind} --bucket {bucket} {OWNED}");
    let ours = format!("starts_with(not_null(ID, ''), '{RULE_PREFIX}')");
    // How many are ours, and whether each of the spec's is among them.
    let each = wanted.iter().map(|rule| format!("length({list}[?@ == {}])", literal(rule)));
    let counts: Vec<String> = std::iter::once(format!("length({list}[?{ours}])")).chain(each).collect();
    let expected: Vec<String> =
        std::iter::once(wanted.len().to_string()).chain(wanted.iter().map(|_| "1".to_owned())).collect();
    let query = |text: &str| word(text);
    let (counts, expected) = (counts.join(", "), expected.join(" "));
    let others = format!("{list}[?!{ours}]");
    let all = word(&json!(wanted).to_string());
    let size = if *kind == "lifecycle-configuration" {
        format!(
            "  size=$(asked {absent} None {get} --query TransitionDefaultMinimumObjectSize --output text)\n  [ \"$size\" = None ] && set -- || set -- --transition-default-minimum-object-size \"$size\"\n"
        )
    } else {
        "  set --\n".to_owned()
    };
    let gone = if wanted.is_empty() {
        let delete = if *kind == "cors" { "delete-bucket-cors" } else { "delete-bucket-lifecycle" };
        format!(
            "  if [ \"$(compact \"$others\")\" = '[]' ]; then\n    aws s3api {delete} --bucket {bucket} {OWNED}\n  else\n"
        )
    } else {
        String::new()
    };
    let end = if wanted.is_empty() { "  fi\n" } else { "" };
    format!(
        "\
there=$(asked {absent} {none} {get} --query {counts} --output text)
if [ \"$(printf '%s' \"$there\" | tr '\\t' ' ')\" != {expected} ]; then
  others=$(asked {absent} '[]' {get} --query {others} --output json)
{size}{gone}  printf '{{\"{list}\": %s}}' \"$(joined {all} \"$others\")\" |
    aws s3api put-bucket-{kind} --bucket {bucket} {OWNED} \"$@\" --{option} file:///dev/stdin
{end}fi
",
        none = word(&if wanted.is_empty() { "0".to_owned() } else { "none".to_owned() }),
        counts = query(&format!("[{counts}]")),
        expected = word(&expected),
        others = query(&others),
    )
}
