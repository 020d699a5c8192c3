//! What `plan` says is so: the calls, the permissions, the keys of its JSON.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{codes, keys, shared, spec};
use crate::harness::{Peer, Sandbox};

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";

/// The policy that a run says it needs, as IAM would take it.
fn permissions(sandbox: &Sandbox) -> Value {
    let policy = sandbox.run("plan --permissions").ok().json();
    let size = policy.to_string().len();
    assert!(size <= 6144, "a managed policy has at most 6144 characters, this has {size}");
    policy
}

/// All actions of a policy.
fn actions(policy: &Value) -> BTreeSet<String> {
    let statements = policy["Statement"].as_array().expect("statements").iter();
    statements
        .flat_map(|statement| statement["Action"].as_array().expect("actions"))
        .map(|action| action.as_str().expect("an action").to_owned())
        .collect()
}

/// The policy with one action denied.
fn without(policy: &Value, action: &str) -> Value {
    let mut less = policy.clone();
    let deny = json!({"Effect": "Deny", "Action": action, "Resource": "*"});
    less["Statement"].as_array_mut().expect("statements").push(deny);
    less
}

/// Whoever has the permissions that `plan` prints can do the whole run.
fn enough(peer: &Peer, name: &str, identity: &str, install: &str) {
    let account = peer.account();
    let sandbox = Sandbox::with_spec(&spec(&account, name, identity, install));
    let user = peer.user(&account.id, name, &permissions(&sandbox));
    let planned = user.call(&sandbox, "plan -o json").run().ok().json();
    assert_eq!(user.writes(), Vec::<String>::new(), "a plan changes nothing");
    assert!(!sandbox.path("out").exists(), "a plan writes nothing");
    let made = user.call(&sandbox, "apply --yes -o json").run().ok().json();
    assert_eq!(made["proof"]["untried"], json!([]));
    assert!(made["proof"]["trials"].as_array().is_some_and(|trials| !trials.is_empty()));
    user.call(&sandbox, "plan --detailed-exitcode").run().ok();

    // The calls that were made are those that were planned.
    let said: BTreeSet<String> = planned["calls"]
        .as_array()
        .expect("calls")
        .iter()
        .map(|call| call.as_str().expect("a call").split_once(':').expect("a service").1.to_owned())
        .collect();
    assert_eq!(user.written(), said);
}

#[test]
fn permissions_are_enough_for_gitlab() {
    enough(shared!(), "perm-gitlab", "irsa", "{profile: gitlab, chartVersion: 9.9.1}");
}

#[test]
fn permissions_are_enough_for_massdriver() {
    enough(shared!(), "perm-mass", "static-keys", "{profile: massdriver, chartVersion: 0.2.0, roles: per-component}");
}

#[test]
fn permissions_are_enough_for_pods() {
    enough(shared!(), "perm-pods", "pod-identity", "{profile: argo-workflows, chartVersion: 1.0.18, namespace: perm}");
}

/// Without any one of the actions a first run fails, and names it; but for those that only later runs use.
#[test]
fn each_permission_is_needed() {
    let peer = shared!();
    let mut tried = BTreeSet::new();
    for identity in ["static-keys", "irsa"] {
        let account = peer.fresh();
        // Each run has an OIDC provider of its own to make.
        let text = |name: &str, number: usize| {
            let issuer = format!("https://oidc.eks.eu-west-1.amazonaws.com/id/{number:032X}");
            spec(&account, name, identity, ARGO).replace("name: prod", &format!("name: prod, oidcIssuer: \"{issuer}\""))
        };
        let mut all = actions(&permissions(&Sandbox::with_spec(&text("need", 0))));
        all.retain(|action| !only_looks_for_leftovers(identity, action));
        let mut unneeded = BTreeSet::new();
        for (number, action) in all.iter().enumerate().filter(|(_, action)| tried.insert((*action).clone())) {
            let name = format!("need-{}-{number}", if identity == "irsa" { "r" } else { "k" });
            let sandbox = Sandbox::with_spec(&text(&name, number));
            let user = peer.user(&account.id, &name, &without(&permissions(&sandbox), action));
            let run = user.call(&sandbox, "apply --yes --no-proof -o json").run();
            if run.code() == Some(0) {
                unneeded.insert(action.as_str());
                continue;
            }
            let report = run.exits(1).json();
            // S3 refuses HeadBucket in the same way for other accounts' buckets.
            let (code, words) = match action.as_str() {
                "s3:ListBucket" => ("BW0601", format!("ask for {action} on it")),
                _ => ("BW0504", format!("The IAM action is {action}.")),
            };
            // What depends on it says so, too.
            let codes = codes(&report);
            assert!(codes[0] == code && codes[1..].iter().all(|found| *found == "BW0508"), "{action}: {report:#}");
            assert!(report.to_string().contains(&words), "{action} is not named: {report:#}");
            // What exists is asked first: when that is denied nothing is made. (Settings of a bucket are read once it is there.)
            if action == "s3:ListBucket" || action.starts_with("iam:Get") || action.starts_with("iam:List") {
                assert_eq!(user.writes(), Vec::<String>::new(), "{action}");
            }
        }
        let unneeded: Vec<&str> = unneeded.into_iter().collect();
        let expected: &[&str] = if identity == "irsa" { LATER_WITH_A_ROLE } else { LATER_WITH_A_KEY };
        assert_eq!(unneeded, expected, "{identity}");
    }
}

/// Whether an action only looks for what earlier versions of a spec left: without it a plan says so, and goes on.
fn only_looks_for_leftovers(identity: &str, action: &str) -> bool {
    const LISTS: [&str; 10] = [
        "eks:DescribePodIdentityAssociation",
        "eks:ListClusters",
        "eks:ListPodIdentityAssociations",
        "iam:ListEntitiesForPolicy",
        "iam:ListOpenIDConnectProviderTags",
        "iam:ListOpenIDConnectProviders",
        "iam:ListPolicies",
        "iam:ListRoles",
        "iam:ListUsers",
        "s3:ListAllMyBuckets",
    ];
    let of_roles = ["iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"];
    let of_users = [
        "iam:GetAccessKeyLastUsed",
        "iam:GetUser",
        "iam:ListAccessKeys",
        "iam:ListAttachedUserPolicies",
        "iam:ListGroupsForUser",
        "iam:ListUserPolicies",
    ];
    let others: &[&str] = if identity == "irsa" { &of_users } else { &of_roles };
    LISTS.contains(&action) || others.contains(&action)
}

/// Not needed by this first run: changes to what exists, settings that this bucket has or does not get, keys that were orphaned,
/// what anybody may (`sts:GetCallerIdentity`), reads that only judge what others gained. A new bucket gets its tags with `s3:TagResource` or later with `s3:PutBucketTagging`;
/// the right to tag what is made in IAM AWS asks for and the peer does not.
const LATER_WITH_A_KEY: &[&str] = &[
    "iam:CreatePolicyVersion",
    "iam:DeleteAccessKey",
    "iam:DeletePolicyVersion",
    "iam:GetAccessKeyLastUsed",
    "iam:GetGroupPolicy",
    "iam:GetPolicyVersion",
    "iam:GetUserPolicy",
    "iam:ListAttachedGroupPolicies",
    "iam:ListGroupPolicies",
    "iam:ListGroupsForUser",
    "iam:ListPolicyVersions",
    "iam:ListUserPolicies",
    "iam:TagPolicy",
    "iam:TagUser",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetEncryptionConfiguration",
    "s3:ListTagsForResource",
    "s3:PutBucketCORS",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutEncryptionConfiguration",
    "s3:TagResource",
    "sts:GetCallerIdentity",
];
/// The same of what a role needs beyond that: the issuer is in the spec, and the proof was left out.
const LATER_WITH_A_ROLE: &[&str] = &[
    "eks:DescribeCluster",
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:GetRolePolicy",
    "iam:ListRolePolicies",
    "iam:SimulatePrincipalPolicy",
    "iam:TagOpenIDConnectProvider",
    "iam:TagRole",
    "iam:UpdateAssumeRolePolicy",
];

#[test]
fn the_json_of_a_plan() {
    let account = shared!().fresh();
    let sandbox = Sandbox::with_spec(&spec(&account, "plan-json", "static-keys", ARGO));
    let plan = account.call(&sandbox, "plan -o json --detailed-exitcode").run().exits(3).json();
    let documented = "version spec provider account project region changes steps userCommands calls warnings grants unjudged leftovers refusals";
    keys(&plan, &documented.split(' ').collect::<Vec<_>>());
    assert_eq!((&plan["version"], &plan["provider"], &plan["userCommands"]), (&json!(1), &json!("aws"), &json!([])));
    assert_eq!((&plan["spec"], &plan["region"]), (&json!("plan-json"), &json!("eu-west-1")));
    assert_eq!(plan["account"], json!(account.id));
    assert_eq!(plan["changes"], true);
    for step in plan["steps"].as_array().expect("steps") {
        keys(step, &["kind", "name", "verb", "changes"]);
        assert_eq!(step["verb"], "create");
        for change in step["changes"].as_array().expect("changes") {
            assert!(change["call"].is_string() && change["words"].is_string(), "{change}");
            assert!(plan["calls"].as_array().expect("calls").contains(&change["call"]));
        }
    }
    // The same in words.
    let words = account.call(&sandbox, "plan").run().ok();
    assert_eq!(words.stderr, format!("As arn:aws:iam::{}:user/admin\n", account.id), "who calls, and nothing else");
    for step in plan["steps"].as_array().expect("steps") {
        assert!(words.stdout.contains(step["name"].as_str().expect("a name")));
    }
    assert_eq!(account.writes(), Vec::<String>::new());
    assert!(!sandbox.path("out").exists());
}
