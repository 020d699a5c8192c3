//! What is in the account and unwanted: nothing of it goes unsaid, whatever name the spec had, and whoever holds it.

use serde_json::{Value, json};

use super::{codes, own, shared, spec};
use crate::harness::{Account, Sandbox};

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";

/// A spec for Argo with keys, an id and a bucket of its own name.
fn named(account: &Account<'_>, name: &str, more: &str) -> String {
    let install = "{profile: argo-workflows, chartVersion: 1.0.18, buckets: {artifacts: unwanted-data}}";
    let text = spec(account, name, "static-keys", install);
    text.replace(&format!("name: {name}\n"), &format!("name: {name}\nid: unwanted-one\n{more}"))
}

/// The note of what a plan or a teardown tells of this kind and name.
#[track_caller]
fn note<'v>(list: &'v Value, kind: &str, name: &str) -> &'v str {
    let mut steps = list.as_array().unwrap_or_else(|| panic!("no list: {list:#}")).iter();
    let step = steps.find(|step| step["kind"] == kind && step["name"] == name);
    let step = step.unwrap_or_else(|| panic!("no {kind} {name}: {list:#}"));
    assert_eq!((&step["fate"], &step["removals"]), (&json!("keep"), &json!([])), "{step:#}");
    step["note"].as_str().expect("a note")
}

fn plan(account: &Account<'_>, sandbox: &Sandbox) -> Value {
    account.call(sandbox, "plan --detailed-exitcode -o json").run().exits(3).json()
}

/// The codes and words of what a plan says that others gained.
fn grants(plan: &Value) -> Vec<String> {
    let grants = plan["grants"].as_array().expect("grants").iter();
    grants
        .map(|one| format!("{} {}", one["code"].as_str().expect("a code"), one["what"].as_str().expect("words")))
        .collect()
}

/// From `chain-a` to `chain-b` to `chain-c`: the first user keeps its key, and every command names it until it goes.
#[test]
fn what_carries_the_id_under_an_earlier_name_is_named() {
    let account = shared!().fresh();
    let user = "chain-a-argo-workflows";
    let sandbox = Sandbox::with_spec(&named(&account, "chain-a", ""));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    for (name, previous) in [("chain-b", "chain-a"), ("chain-c", "chain-b")] {
        sandbox.write("bucketwright.yaml", &named(&account, name, &format!("previousName: {previous}\n")));
        account.call(&sandbox, "apply --yes --no-proof").run().ok();
    }
    account.call(&sandbox, "apply --yes --no-proof --prune --even-if-used").run().ok();
    for more in ["previousName: chain-b\n", ""] {
        sandbox.write("bucketwright.yaml", &named(&account, "chain-c", more));
        let found = plan(&account, &sandbox);
        for kind in ["user", "policy"] {
            let words = note(&found["leftovers"], kind, user);
            assert!(words.contains("the name `chain-a`") && words.contains("add `previousName: chain-a`"), "{words}");
        }
        let said = account.call(&sandbox, "plan").run().ok().stdout;
        assert!(!said.contains("held by others"), "it has its own words: {said}");
        let report = account.call(&sandbox, "verify -o json").run().exits(3).stdout;
        assert!(report.contains("BW1333") && report.contains(user), "{report}");
    }
    let gone = account.call(&sandbox, "destroy --yes -o json").run().exits(3).json();
    assert!(note(&gone["steps"], "user", user).contains("previousName: chain-a"), "{gone:#}");
    sandbox.write("bucketwright.yaml", &named(&account, "chain-c", "previousName: chain-a\n"));
    account.call(&sandbox, "destroy --yes --leftovers").run().ok();
    assert_eq!(
        account.python("say([one['UserName'] for one in iam.list_users()['Users'] if 'chain' in one['UserName']])"),
        json!([])
    );
}

/// A policy of ours counts for whoever holds it.
#[test]
fn whoever_holds_a_policy_of_the_spec_is_found() {
    let account = shared!().fresh();
    let (name, user) = ("holders", "holders-argo-workflows");
    let sandbox = Sandbox::with_spec(&spec(&account, name, "static-keys", ARGO));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();
    account.python(&format!(
        "\
arn = 'arn:aws:iam::{}:policy/{user}'
iam.create_user(UserName='str2')
iam.attach_user_policy(UserName='str2', PolicyArn=arn)
iam.create_group(GroupName='ops')
iam.attach_group_policy(GroupName='ops', PolicyArn=arn)
",
        account.id
    ));
    let found = plan(&account, &sandbox);
    let expected = |holder: &str, of: &str| format!("BW1335 the {holder} holds the policy of the {of} `{user}`");
    assert_eq!(grants(&found), [expected("user `str2`", "user"), expected("group `ops`", "user")], "{found:#}");
    let report = account.call(&sandbox, "verify -o json").run().exits(3).stdout;
    assert!(report.contains("BW1335") && report.contains("aws iam detach-group-policy --group-name ops"), "{report}");
    let names: Vec<&Value> = found["grants"].as_array().expect("grants").iter().map(|one| &one["accept"]).collect();
    let text = sandbox.read("bucketwright.yaml");
    sandbox.write("bucketwright.yaml", &format!("{text}accept: {}\n", json!(names)));
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();
    account.call(&sandbox, "verify").run().ok();

    // The user loses its tag while the spec moves to a role of the same name: it keeps its key and the policy.
    account.python(&format!("iam.untag_user(UserName='{user}', TagKeys=['bucketwright:spec'])"));
    let issuer = "oidcIssuer: \"https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF\"";
    let roles = spec(&account, name, "irsa", ARGO).replace("{name: prod, ", &format!("{{name: prod, {issuer}, "));
    sandbox.write("bucketwright.yaml", &format!("{roles}accept: {}\n", json!(names)));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let found = plan(&account, &sandbox);
    let words = grants(&found);
    assert!(words.contains(&expected(&format!("user `{user}`"), "role")), "{words:?}");
    let report = account.call(&sandbox, "verify -o json").run().exits(3).stdout;
    assert!(report.contains(&format!("the user `{user}` holds the policy")), "{report}");
}

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

/// What was made for pods of a cluster that the spec names no more.
#[test]
fn associations_in_a_former_cluster_are_found() {
    let peer = own!();
    let account = peer.account();
    let sandbox = Sandbox::with_spec(&spec(&account, "moved", "pod-identity", ARGO));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let stage =
        "name: stage, oidcIssuer: \"https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF\"";
    sandbox.write("bucketwright.yaml", &spec(&account, "moved", "irsa", ARGO).replace("name: prod", stage));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let found = plan(&account, &sandbox);
    let associations =
        |list: &Value| list.as_array().expect("a list").iter().filter(|one| one["kind"] == "association").count();
    assert!(associations(&found["leftovers"]) > 0, "{found:#}");
    account.call(&sandbox, "apply --yes --no-proof --prune --even-if-used").run().ok();
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();
    assert_eq!(
        account.python("say(eks.list_pod_identity_associations(clusterName='prod')['associations'])"),
        json!([])
    );
}

/// `destroy` ends well only when nothing stays that is the spec's, or has its name.
#[test]
fn destroy_says_all_that_stays() {
    let peer = own!();
    let account = peer.account();
    let install =
        |namespace: &str| format!("{{profile: argo-workflows, chartVersion: 1.0.18, namespace: {namespace}}}");
    let sandbox = Sandbox::with_spec(&spec(&account, "stays", "pod-identity", &install("one")));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    sandbox.write("bucketwright.yaml", &spec(&account, "stays", "pod-identity", &install("two")));
    let gone = account.call(&sandbox, "destroy --yes -o json").run().exits(3).json();
    assert!(note(&gone["steps"], "association", "one/argo-workflow").contains("--leftovers"), "{gone:#}");
    account.call(&sandbox, "destroy --yes --leftovers").run().ok();

    let sandbox = Sandbox::with_spec(&spec(&account, "tagged", "static-keys", ARGO));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let user = "tagged-argo-workflows";
    account
        .python(&format!("iam.tag_user(UserName='{user}', Tags=[{{'Key': 'bucketwright:id', 'Value': 'other-one'}}])"));
    let gone = account.call(&sandbox, "destroy --yes -o json").run().exits(3).json();
    assert!(note(&gone["steps"], "user", user).contains("the id `other-one`"), "{gone:#}");
    account.python(&format!("iam.untag_user(UserName='{user}', TagKeys=['bucketwright:spec'])"));
    let gone = account.call(&sandbox, "destroy --yes -o json").run().exits(3).json();
    assert!(note(&gone["steps"], "user", user).contains("nobody's"), "{gone:#}");
}

/// A spec whose folder was lost, and whose installs have other names by now, is perhaps the one whose name is in the account.
#[test]
fn a_lost_folder_makes_no_second_spec() {
    let account = shared!().fresh();
    let install = |id: &str| {
        format!("{{profile: argo-workflows, chartVersion: 1.0.18, id: {id}, buckets: {{artifacts: lost-{id}}}}}")
    };
    let first = Sandbox::with_spec(&spec(&account, "lost", "static-keys", &install("one")));
    let made = account.call(&first, "apply --yes --no-proof -o json").run().ok().json();
    let id = made["learnt"]["id"].as_str().expect("an id");
    let before = account.everything();
    let text = spec(&account, "lost", "static-keys", &install("two"));
    let second = Sandbox::with_spec(&text);
    for command in ["apply --yes -o json", "destroy --yes -o json"] {
        let refused = account.call(&second, command).run().exits(1).json();
        assert!(codes(&refused).iter().all(|code| *code == "BW0625"), "{refused:#}");
        assert!(refused.to_string().contains(&format!("add `id: {id}`")), "{refused:#}");
    }
    assert_eq!(account.everything(), before);
    // The one or the other, as the spec says.
    second.write("bucketwright.yaml", &text.replace("name: lost\n", "name: lost\nid: another-lost\n"));
    account.call(&second, "apply --yes --no-proof").run().ok();
    account.call(&first, "plan --detailed-exitcode").run().ok();
}
