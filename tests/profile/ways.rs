//! Ways to use a profile: one thing different at a time, so that every fact of its tables is written by some of them.

use std::rc::Rc;

use bucketwright::base::yaml::{Node, write};
use bucketwright::blueprint::{blueprint, context};
use bucketwright::model::InstallBlueprint;
use bucketwright::profile::{Catalogue, Fact, Profile, in_range};
use bucketwright::render::resolve;
use bucketwright::spec::{Provider, Spec};
use semver::Version;
use serde_json::{Map, Value, json};

/// A way to use a profile: an install with the context of its expressions.
pub struct Way {
    install: InstallBlueprint,
    context: tera::Context,
}

impl Way {
    /// The paths that a fact writes this way, and their values. One that says the chart's default counts too.
    pub fn says(&self, fact: &Fact) -> Vec<(Vec<String>, Value)> {
        let fact = Fact { default: None, ..fact.clone() };
        self.install.profile.expressions.next_install();
        let said = resolve(std::slice::from_ref(&fact), &self.install, &self.context).expect(&fact.path.value);
        said.into_iter().map(|said| (said.path, said.value)).collect()
    }
}

/// The ways to use a profile for a version of its chart.
pub fn ways(catalogue: &Catalogue, profile: &Rc<Profile>, version: &Version) -> Vec<Way> {
    let mut ways = Vec::new();
    let verdicts = clouds().into_iter().flat_map(|(provider, cloud)| {
        profile.verdicts(provider, version).into_iter().map(move |verdict| (provider, cloud.clone(), verdict))
    });
    for (provider, cloud, verdict) in verdicts.filter(|(.., verdict)| verdict.works) {
        for roles in ["shared", "per-component"] {
            let mut plain = json!({
                "apiVersion": "bucketwright/v1",
                "name": "trial",
                "cloud": cloud,
                "identity": verdict.identity,
                "roles": roles,
                "installs": [{"profile": profile.name(), "chartVersion": version.to_string()}]
            });
            if provider == Provider::S3 {
                plain["installs"][0]["credentials"] = json!({"accessKeyId": "env:ID", "secretAccessKey": "env:SECRET"});
            }
            for different in differences(profile, version) {
                let mut spec = plain.clone();
                merge(&mut spec, different);
                // What a check refuses is no way to use the profile.
                let blueprint = Spec::parse("way", &write(&Node::Leaf(spec, None)))
                    .and_then(|spec| spec.with_authority(AUTHORITY))
                    .and_then(|spec| blueprint(spec, catalogue, None));
                ways.extend(blueprint.into_iter().flat_map(|blueprint| blueprint.installs).map(way));
            }
        }
    }
    ways
}

/// One place on each cloud, of which everything is known.
fn clouds() -> Vec<(Provider, Value)> {
    vec![
        (
            Provider::Aws,
            json!({
                "provider": "aws", "region": "eu-west-1", "account": "012345678901",
                "cluster": {"name": "prod", "nodeRole": "arn:aws:iam::012345678901:role/nodes"}
            }),
        ),
        (
            Provider::S3,
            json!({"provider": "s3", "store": "minio", "endpoint": "https://minio.example.com:9000", "ca": "ca.crt"}),
        ),
        (Provider::Gcp, json!({"provider": "gcp", "project": "acme-prod", "location": "europe-west2"})),
        (
            Provider::Azure,
            json!({
                "provider": "azure", "subscription": "11111111-2222-3333-4444-555555555555", "resourceGroup": "acme",
                "storageAccount": "acmeprod", "location": "westeurope", "cluster": {"name": "prod"}
            }),
        ),
    ]
}

/// The certificate of an authority.
pub const AUTHORITY: &str = "\
-----BEGIN CERTIFICATE-----
MIIBmDCCAT2gAwIBAgIUIJDHtq7T07O96pWoyGnzBvmHKIIwCgYIKoZIzj0EAwIw
ITEfMB0GA1UEAwwWQXV0aG9yaXR5IG9mIHRoZSB0ZXN0czAeFw0yNjExMjExMjMw
NDVaFw0zNjExMTgxMjMwNDVaMCExHzAdBgNVBAMMFkF1dGhvcml0eSBvZiB0aGUg
dGVzdHMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASBNvb+Q852xgKnNqWWFYR9
qWUY8VfE7uLdngCIaWFfG1MeqIILWeeyYcNCbfLSz08NJZ8EpuyzmK+FwLP41GNt
o1MwUTAdBgNVHQ4EFgQU4WL/cdQ6mbtMX9Xgconk0Cjnl/wwHwYDVR0jBBgwFoAU
4WL/cdQ6mbtMX9Xgconk0Cjnl/wwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQD
AgNJADBGAiEAn5tuZXXzp34XuT6W4Wjled5kjm8OZUz/RXD0Pz0YBZ4CIQDt+nnM
ZHEkLFdbLzfX9Uxoe8EBsYvdMTUy2JbazJpeXg==
-----END CERTIFICATE-----
";

/// What can be different: keys of the spec, to be merged into a plain one.
fn differences(profile: &Profile, version: &Version) -> Vec<Value> {
    let about = &profile.about;
    let install = |key: &str, name: &str, value: Value| json!({"installs": [{key: {name: value}}]});
    let mut all = vec![
        json!({}),
        // A service principal, which only Azure has.
        json!({
            "cloud": {"tenant": "66666666-7777-8888-9999-000000000000"},
            "installs": [{
                "credentials": {"accessKeyId": "env:ID", "secretAccessKey": "env:SECRET"}, "options": {"argo": "minio"}
            }]
        }),
        json!({"encryption": {"kmsKey": "arn:aws:kms:eu-west-1:012345678901:key/1"}}),
        json!({"cloud": {"endpoint": "http://s3.example.com:9000"}}),
        json!({"cloud": {"endpoint": "https://s3.vpce.eu-west-1.amazonaws.com"}}),
        json!({"cloud": {"region": "cn-north-1", "cluster": {"nodeRole": "arn:aws-cn:iam::012345678901:role/nodes", "oidcIssuer": "https://oidc.eks.cn-north-1.amazonaws.com.cn/id/AB"}}}),
    ];
    for option in about.options.iter().filter(|option| in_range(option.charts.as_ref(), version)) {
        for choice in &option.choices {
            let chosen = install("options", &option.name, json!(choice));
            all.push(chosen.clone());
            let mut with_endpoint = json!({"cloud": {"endpoint": "http://s3.example.com:9000"}});
            merge(&mut with_endpoint, chosen);
            all.push(with_endpoint);
        }
        match &option.default.value {
            Value::Bool(default) => all.push(install("options", &option.name, json!(!default))),
            Value::String(text) if text.is_empty() => all.push(install("options", &option.name, json!("a-text"))),
            _ => {}
        }
    }
    let mut optional = json!({});
    for bucket in about.buckets.iter().filter(|bucket| in_range(bucket.charts.as_ref(), version)) {
        all.push(install("buckets", &bucket.purpose, json!(false)));
        if bucket.optional {
            merge(&mut optional, install("buckets", &bucket.purpose, json!(true)));
        }
    }
    all.push(optional);
    let mut accounts = json!({});
    for workload in about.workloads.iter().filter(|workload| in_range(workload.charts.as_ref(), version)) {
        let account = install("serviceAccounts", &workload.name, json!(format!("sa-{}", workload.name.to_lowercase())));
        merge(&mut accounts, account.clone());
        all.push(account);
    }
    all.push(accounts);
    all
}

/// Lays one tree over another; the items of lists lie over each other one by one.
pub fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            over.into_iter().for_each(|(key, value)| merge(base.entry(key).or_insert(Value::Null), value));
        }
        (Value::Array(base), Value::Array(over)) if base.len() == over.len() => {
            base.iter_mut().zip(over).for_each(|(base, over)| merge(base, over));
        }
        (base, over) => *base = over,
    }
}

fn way(install: InstallBlueprint) -> Way {
    let mut variables = install.variables.clone();
    let key = json!({
        "access_key_id": "id", "secret_access_key": "secret",
        "key_file": "{}", "client_email": "a@b", "private_key": "key"
    });
    let credentials: Map<_, _> = install.principals.keys().map(|component| (component.clone(), key.clone())).collect();
    variables.insert("credentials".to_owned(), Value::Object(credentials));
    for principal in variables.get_mut("principals").and_then(Value::as_object_mut).into_iter().flatten() {
        // Azure chooses it, so the spec above holds none.
        principal.1["client_id"] = json!("00000000-0000-0000-0000-000000000000");
    }
    let context = context(&variables).expect("a context");
    Way { install, context }
}
