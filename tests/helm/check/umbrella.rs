//! `check` of a chart inside an umbrella.

use super::fixture::{SPEC, chart, with_helm};

#[test]
fn values_below_a_key_are_checked_with_their_full_paths() {
    let sandbox = chart(SPEC);
    let check = "check --chart argo-workflows=chart --values mine.yaml --below platform.argo -o json";
    sandbox.write("mine.yaml", "other: {x: 1}\nplatform:\n  argo:\n    server:\n      serviceAcount: {name: x}\n    useDefaultArtifactRepo: true\n    controller: {workflowNamespaces: [mine]}\n");
    let json = sandbox.run(check).exits(3).json();
    let mine: Vec<_> = json["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|one| one["place"]["file"] == "mine.yaml")
        .collect();
    let what = |code: &str| {
        let one = mine.iter().find(|one| one["code"] == code).unwrap_or_else(|| panic!("{code} in {json:#}"));
        one["what"].as_str().expect("words").to_owned()
    };
    assert!(what("BW1210").contains("`platform.argo.server.serviceAcount`"), "{json:#}");
    assert!(what("BW1211").contains("`platform.argo.useDefaultArtifactRepo`"), "{json:#}");
    assert!(what("BW1215").contains("`platform.argo.controller.workflowNamespaces`"), "{json:#}");
    assert!(!json.to_string().contains("`other`"), "{json:#}");
    // The spec may say it, and then our own values are below the key, too.
    sandbox.write("bucketwright.yaml", &SPEC.replace("    chartVersion", "    below: platform.argo\n    chartVersion"));
    let again = sandbox.run(&check.replace("--below platform.argo ", "")).exits(3).json();
    assert_eq!(again["findings"], json["findings"]);
}

/// The condition of a dependency is read by the umbrella: the chart itself neither knows it nor needs it.
#[test]
fn the_condition_of_a_dependency_is_no_mistake() {
    let sandbox = chart(SPEC);
    sandbox.write("mine.yaml", "argo: {enabled: true, server: {enabled: true}}\n");
    let call = "check --chart argo-workflows=chart --values mine.yaml --below argo -o json";
    for asks_helm in [false, true] {
        let run = if asks_helm { with_helm(&sandbox, call) } else { Ok(sandbox.call(call.split_whitespace())) };
        let json = match run {
            Ok(call) => call.run().any().json(),
            Err(why) => skip!("helm", why),
        };
        let of = |path: &str| {
            json["findings"]
                .as_array()
                .expect("findings")
                .iter()
                .any(|one| one["what"].as_str().is_some_and(|what| what.contains(&format!("`{path}`"))))
        };
        assert!(!of("argo.enabled") && of("argo.server.enabled"), "{json:#}");
    }
}

#[test]
fn an_umbrella_without_the_key_is_recognised() {
    let sandbox = chart(SPEC);
    for (mine, key) in [
        ("argo: {artifactRepository: {archiveLogs: true}}\n", Some("argo")),
        ("a: {argo: {server: {}, workflow: {}}}\nglobal: {x: 1}\n", Some("a.argo")),
        ("servre: {x: 1}\n", None),
        ("server: {}\nargo: {server: {}}\n", None),
    ] {
        sandbox.write("mine.yaml", mine);
        let json = sandbox.run("check --chart argo-workflows=chart --values mine.yaml -o json").any().json();
        let mine_is = |one: &&serde_json::Value| one["place"]["file"] == "mine.yaml";
        let found: Vec<_> = json["findings"].as_array().expect("findings").iter().filter(mine_is).collect();
        let told = found.iter().any(|one| one["fix"].as_str().is_some_and(|fix| fix.starts_with("Give `--below ")));
        assert_eq!(told, key.is_some(), "{mine}: {json:#}");
        if let Some(key) = key {
            assert_eq!(found.len(), 1, "{mine}: {json:#}");
            assert_eq!(found[0]["fix"], format!("Give `--below {key}`."), "{mine}");
        }
    }
}
