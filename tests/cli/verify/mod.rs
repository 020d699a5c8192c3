//! `verify` without an account: tokens held against a spec, and the Job to review.

use serde_json::{Value, json};

use crate::harness::{Run, Sandbox, project};

const ORG: &str = "0191e223-1c3c-7607-badf-303c98b52d2f";
const PROJECT: &str = "5a1ce3c8-1a5d-4a2a-9b0e-0f5f6a9d7b11";

fn example(name: &str) -> String {
    std::fs::read_to_string(project().join("examples").join(name)).expect(name)
}

/// A token that never ends, with the claims of an environment.
fn trust(sandbox: &Sandbox, sub: &str) -> Run {
    let claims =
        json!({"iss": "https://app.gitpod.io", "aud": ["sts.amazonaws.com"], "sub": sub, "exp": 32_503_680_000_u64});
    sandbox.call(["verify", "trust", "--token-file", "-", "-o", "json"]).stdin(&claims.to_string()).run()
}

#[test]
fn each_form_of_onas_subjects_is_let_in_by_its_own_role_alone() {
    let v1 = example("ona.yaml")
        .replace("chartVersion: 2.0.0", "chartVersion: 1.0.0")
        .replace(&format!("organization: {ORG}"), "context: https://github.com/acme/app")
        .replace(&format!("      project: {PROJECT}\n"), "");
    let v3 = example("ona.yaml").replace("chartVersion: 2.0.0", "chartVersion: 3.0.0");
    let subjects = [
        "https://github.com/acme/app".to_owned(),
        format!("org:{ORG}/prj:{PROJECT}/env:0191e300-0000-7000-8000-000000000000"),
        format!("organization_id:{ORG}:project_id:{PROJECT}"),
    ];
    for (generation, spec) in [v1, example("ona.yaml"), v3].into_iter().enumerate() {
        let sandbox = Sandbox::with_spec(&spec);
        for (form, sub) in subjects.iter().enumerate() {
            let run = trust(&sandbox, sub);
            if form == generation && generation > 0 {
                assert_eq!(run.ok().json()["admitted"], true, "{sub}");
                continue;
            }
            let report = run.exits(3).json();
            let codes: Vec<&Value> =
                report["roles"][0]["findings"].as_array().expect("findings").iter().map(|one| &one["code"]).collect();
            // Classic has an issuer of its own, too.
            let expected = if generation == 0 { "BW1320" } else { "BW1324" };
            assert_eq!(codes, [expected], "generation {}: {sub}", generation + 1);
        }
    }
}

#[test]
fn a_classic_token_is_held_to_its_repository() {
    let spec = example("ona.yaml")
        .replace("chartVersion: 2.0.0", "chartVersion: 1.0.0")
        .replace(&format!("organization: {ORG}"), "context: https://github.com/acme/app")
        .replace(&format!("      project: {PROJECT}\n"), "");
    let sandbox = Sandbox::with_spec(&spec);
    for (sub, admitted) in [
        ("https://github.com/acme/app", true),
        ("https://github.com/acme/app/pull/7", true),
        ("https://github.com/acme/app-of-another", false),
        ("https://github.com/other/app", false),
    ] {
        let claims = json!({"iss": "https://api.gitpod.io/idp", "aud": "sts.amazonaws.com", "sub": sub});
        let run = sandbox.call(["verify", "trust", "--token-file", "-"]).stdin(&claims.to_string()).run();
        let said = run.exits(if admitted { 0 } else { 3 });
        assert_eq!(said.stdout.contains("BW1323"), !admitted, "{sub}: {said:?}");
        assert!(said.stdout.contains("(Gitpod Classic (V1))"), "{said:?}");
    }
}

#[test]
fn the_token_is_never_shown() {
    let sandbox = Sandbox::with_spec(&example("ona.yaml"));
    let hush = "c2lnbmF0dXJlLXRoYXQtaXMtc2VjcmV0";
    for token in [format!("eyJ.not-json-{hush}.{hush}"), format!("{hush}.{hush}.{hush}"), hush.to_owned()] {
        for output in ["text", "json"] {
            let path = sandbox.write("token", &token);
            let said = sandbox
                .call(
                    ["-vv", "verify", "trust", "-o", output, "--token-file"]
                        .map(str::to_owned)
                        .into_iter()
                        .chain([path.display().to_string()]),
                )
                .run()
                .exits(2)
                .all();
            assert!(said.contains("BW1310") && !said.contains("c2lnbm"), "{said}");
        }
    }
}

#[test]
fn the_job_runs_as_the_chart_and_is_restricted() {
    let sandbox = Sandbox::with_spec(&example("argo-irsa.yaml"));
    let list = sandbox.run("verify --print-job --image registry.example.com/bw:1 -o json").ok().json();
    let jobs = list["jobs"].as_array().expect("jobs");
    assert!(jobs.len() >= 2, "{list:#}");
    for job in jobs {
        let pod = &job["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        assert!(job["spec"]["ttlSecondsAfterFinished"].is_u64() && job["spec"]["backoffLimit"] == 0);
        assert!(pod["serviceAccountName"].as_str().is_some_and(|name| name.starts_with("argo")), "{pod:#}");
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
        assert_eq!(container["securityContext"]["capabilities"]["drop"], json!(["ALL"]));
        assert_eq!(container["image"], "registry.example.com/bw:1");
        let probe = container["env"][0]["value"].as_str().expect("a document");
        // What is in the Job is what the program takes.
        let said = sandbox
            .call(["verify", "--as-caller"])
            .env("BUCKETWRIGHT_PROBE", probe)
            .env("AWS_MAX_ATTEMPTS", "1")
            .run()
            .exits(1)
            .stderr;
        assert!(said.contains("BW0501"), "{said}");
    }
    // Buckets from before have names by older rules; the pod's probe takes what the spec takes.
    let legacy = example("argo-irsa.yaml").replace(
        "    chartVersion: 1.0.18\n",
        "    chartVersion: 1.0.18\n    buckets: {artifacts: {name: Acme_Legacy.Artifacts, existing: true}}\n",
    );
    assert!(legacy.contains("Acme_Legacy"), "{legacy}");
    let list = Sandbox::with_spec(&legacy).run("verify --print-job --image x -o json").ok().json();
    let probe = &list["jobs"][0]["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"];
    let probe = probe.as_str().expect("a document");
    assert!(probe.contains("Acme_Legacy.Artifacts"), "{probe}");
    let said = sandbox.call(["verify", "--as-caller"]).env("BUCKETWRIGHT_PROBE", probe).run().any().stderr;
    assert!(said.contains("BW0501") && !said.contains("BW1303"), "{said}");
    let yaml = sandbox.run("verify --print-job --image registry.example.com/bw:1").ok().stdout;
    assert_eq!(yaml.matches("kind: \"Job\"").count(), jobs.len(), "{yaml}");
    for (spec, why) in [("massdriver-keys.yaml", "user with a key"), ("ona.yaml", "from outside of the cluster")] {
        let said = Sandbox::with_spec(&example(spec)).run("verify --print-job --image x").exits(2).stderr;
        assert!(said.contains("BW1301") && said.contains(why), "{said}");
    }
}
