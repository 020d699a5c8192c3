//! What is in the account and unwanted: nothing of it goes unsaid, whatever name the spec had, and whoever holds it.

use super::{codes, shared, spec};
use crate::harness::Sandbox;

/// A renamed spec without its id is another one: it gets neither the folder nor what the folder tells.
#[test]
fn a_folder_of_another_name_is_never_written_over() {
    let account = shared!().fresh();
    let install = "{profile: argo-workflows, chartVersion: 1.0.18, buckets: {artifacts: fold-data}}";
    let sandbox = Sandbox::with_spec(&spec(&account, "fold-a", "static-keys", install));
    let made = account.call(&sandbox, "apply --yes --no-proof -o json").run().ok().json();
    let id = made["learnt"]["id"].as_str().expect("an id");
    let (learnt, writes) = (sandbox.read("out/learnt.yaml"), account.writes());
    let text = spec(&account, "fold-b", "static-keys", install);
    sandbox.write("bucketwright.yaml", &text);
    let record = sandbox.read("out/.rendered");
    let without: String =
        record.lines().filter(|line| !line.starts_with("# spec: ")).map(|line| format!("{line}\n")).collect();
    for record in [Some(record.as_str()), Some(without.as_str()), None] {
        match record {
            Some(record) => drop(sandbox.write("out/.rendered", record)),
            None => std::fs::remove_file(sandbox.path("out/.rendered")).expect("removed"),
        }
        for command in ["apply --yes", "plan", "render", "destroy --yes"] {
            let report = account.call(&sandbox, &format!("{command} -o json")).run().exits(1).json();
            assert_eq!(codes(&report), ["BW0821"], "{command}: {report:#}");
            let fix = report["errors"][0]["fix"].as_str().expect("a fix");
            assert!(fix.contains(&format!("add `id: {id}` and `previousName: fold-a`")), "{fix}");
            assert!(fix.contains("--out DIR") && !fix.contains("delete"), "{fix}");
        }
    }
    assert_eq!((sandbox.read("out/learnt.yaml"), account.writes()), (learnt, writes));
    sandbox.write(
        "bucketwright.yaml",
        &text.replace("name: fold-b\n", &format!("name: fold-b\nid: {id}\npreviousName: fold-a\n")),
    );
    account.call(&sandbox, "apply --yes --no-proof --prune").run().ok();
    account.call(&sandbox, "apply --yes --no-proof --prune --even-if-used").run().ok();
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();
}
