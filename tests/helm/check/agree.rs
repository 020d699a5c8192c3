//! The reading of templates and Helm, held against each other over the real charts.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::fixture::with_helm;
use super::real::{CHARTS, GITLAB_NEEDS, MASSDRIVER_NEEDS, charts, copy, sandbox};
use crate::harness::Sandbox;

/// A sandbox with a chart that can be rendered, and what it asks for in `needed.yaml`.
fn with_chart(folder: &Path, name: &str, version: &str) -> Sandbox {
    let sandbox = sandbox(name, version);
    copy(folder, name, &sandbox.path("chart"));
    let needs = match name {
        "gitlab" => format!("{GITLAB_NEEDS}global: {{hosts: {{domain: example.com}}}}\n"),
        "massdriver" => MASSDRIVER_NEEDS.to_owned(),
        _ => String::new(),
    };
    sandbox.write("needed.yaml", &needs);
    sandbox
}

/// The keys of `mine.yaml` that the chart does not know, by the reading alone or with Helm; a reason where there is none.
fn unknown(sandbox: &Sandbox, name: &str, asks_helm: bool) -> Result<BTreeSet<String>, String> {
    let call = format!("check -o json --chart {name}=chart --values needed.yaml --values mine.yaml");
    let call = if asks_helm { with_helm(sandbox, &call)? } else { sandbox.call(call.split_whitespace()) };
    let json = call.env("LANG", "C").run().any().json();
    let all = json["findings"].as_array().unwrap_or_else(|| panic!("{json:#}"));
    assert!(all.iter().all(|one| one["code"] != "BW1230"), "{all:#?}");
    let mine = all.iter().filter(|one| one["code"] == "BW1210");
    Ok(mine.map(|one| one["what"].as_str().unwrap().split('`').nth(1).unwrap().to_owned()).collect())
}

/// Each leaf of a chart's defaults with a letter too many.
fn misspelt(values: &Value) -> Value {
    let entries = values.as_object().expect("a map").iter().map(|(key, below)| match below {
        Value::Object(entries) if !entries.is_empty() => (key.clone(), misspelt(below)),
        _ => (format!("{key}q"), json!("x")),
    });
    Value::Object(entries.collect::<Map<_, _>>())
}

#[test]
fn the_reading_and_helm_agree_on_misspelt_keys() {
    let Some(folder) = charts() else { return };
    for (name, version) in CHARTS {
        let sandbox = with_chart(&folder, name, version);
        let text = std::fs::read_to_string(sandbox.path("chart/values.yaml")).expect("values.yaml");
        sandbox.write("mine.yaml", &misspelt(&serde_yaml::from_str(&text).expect("YAML")).to_string());
        let reading = unknown(&sandbox, name, false).expect("no Helm is needed");
        match unknown(&sandbox, name, true) {
            Ok(helm) => assert_eq!(reading, helm, "{name}"),
            Err(why) => skip!("helm", why),
        }
        println!("{name}: {} keys are unknown", reading.len());
    }
}

/// Keys that users write and that the charts' defaults do not list: each of them is read, so none may be reported.
const READ: [(&str, &str); 22] = [
    (
        "argo-workflows",
        "controller: {persistence: {postgresql: {host: h, userNameSecret: {name: a, key: b}, passwordSecret: {name: a, key: c}}}}",
    ),
    ("argo-workflows", "controller: {workflowDefaults: {spec: {ttlStrategy: {secondsAfterCompletion: 60}}}}"),
    (
        "argo-workflows",
        "controller: {resourceRateLimit: {limit: 10, burst: 1}, synchronization: {postgresql: {host: h}}}",
    ),
    (
        "argo-workflows",
        "server: {sso: {enabled: true, issuer: i, clientId: {name: a, key: b}, clientSecret: {name: a, key: c}, redirectUrl: u, insecureSkipVerify: true}}",
    ),
    ("argo-workflows", "extraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: x}, data: {a: b}}]"),
    ("argo-workflows", "executor: {resources: {limits: {cpu: 1}}, env: [{name: A, value: b}]}"),
    (
        "argo-workflows",
        "controller: {affinity: {nodeAffinity: {}}, tolerations: [{key: a, operator: Exists}], nodeSelector: {disk: ssd}}",
    ),
    ("argo-workflows", "artifactRepository: {s3: {keyFormat: 'a/{{workflow.name}}', caSecret: {name: a, key: b}}}"),
    ("gitlab", "global: {hosts: {gitlab: {name: g.example.com}, registry: {name: r.example.com}}}"),
    ("gitlab", "global: {psql: {host: h, password: {secret: s, key: k}, main: {host: h2}}}"),
    ("gitlab", "global: {redis: {host: h, auth: {enabled: false}, sentinels: [{host: s, port: 1}]}}"),
    ("gitlab", "global: {appConfig: {omniauth: {enabled: true, providers: [{secret: s}]}}}"),
    ("gitlab", "global: {appConfig: {ldap: {servers: {main: {label: l, host: h, port: 389, uid: u}}}}}"),
    ("gitlab", "global: {ingress: {configureCertmanager: false, tls: {secretName: t}, class: c, annotations: {a: b}}}"),
    (
        "gitlab",
        "global: {email: {from: f, display_name: d}, smtp: {enabled: true, address: a, user_name: u, password: {secret: s, key: k}}}",
    ),
    ("gitlab", "gitlab: {webservice: {extraEnv: {A: b}, deployments: {web: {ingress: {path: /}}}}}"),
    ("gitlab", "gitlab: {sidekiq: {pods: [{name: a, queues: b, concurrency: 5, extraEnv: {C: d}}]}}"),
    (
        "gitlab",
        "gitlab: {toolbox: {backups: {cron: {enabled: true, schedule: '0 1 * * *', extraArgs: '--skip artifacts', persistence: {enabled: true, size: 20Gi}}}}}",
    ),
    (
        "gitlab",
        "registry: {middleware: {storage: [{name: cloudfront, options: {baseurl: u}}]}, database: {enabled: false}}",
    ),
    ("gitlab", "installCertmanager: false\nglobal: {certificates: {customCAs: [{secret: s}]}}"),
    ("massdriver", "massdriver: {podAnnotations: {a: b}, nodeSelector: {c: d}}"),
    ("massdriver", "argo-workflows: {controller: {workflowDefaults: {spec: {a: b}}}, server: {extraArgs: [--a]}}"),
];

#[test]
fn what_is_read_is_not_reported() {
    let Some(folder) = charts() else { return };
    for (name, version) in CHARTS {
        let sandbox = with_chart(&folder, name, version);
        let mut wrong = Vec::new();
        for (_, values) in READ.iter().filter(|(one, _)| *one == name) {
            sandbox.write("mine.yaml", values);
            let found = unknown(&sandbox, name, false).expect("no Helm is needed");
            wrong.extend(found.into_iter().map(|key| format!("{key} of {values}")));
        }
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
    }
}
