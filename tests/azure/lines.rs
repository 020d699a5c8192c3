//! What the printed lines do, run by a shell against a subscription that a file keeps.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use super::{ARGO, spec};
use crate::harness::{Sandbox, bare, project};

/// A subscription, and a shell in it.
pub(super) struct Subscription<'a>(&'a Sandbox);

impl<'a> Subscription<'a> {
    /// An empty one, with the cluster `prod`; `None` where the libraries of the Azure CLI are missing.
    pub(super) fn of(sandbox: &'a Sandbox) -> Option<Self> {
        let libraries = bare("/usr/bin/python3").args(["-c", "import jmespath"]).output().ok()?;
        if !libraries.status.success() {
            crate::harness::skipped("az.py", "python3-jmespath is not installed");
            return None;
        }
        let az = project().join("tests/peers/az.py");
        let text = format!("#!/bin/sh\nexec /usr/bin/python3 {} \"$@\"\n", az.display());
        let az = sandbox.write("bin/az", &text);
        executable(&az);
        let this = Self(sandbox);
        this.change(|state| {
            *state = json!({"aks": {"prod": {"oidcIssuerProfile": {"issuerUrl": "https://oidc.example/a/"}}}});
        });
        Some(this)
    }

    /// Runs lines; `fails` begins a command that is throttled.
    pub(super) fn run(&self, lines: &str, fails: &str, environment: &[(&str, &str)]) -> Output {
        let script = self.0.write("lines.sh", lines);
        let path = format!("{}:/usr/bin:/bin", self.0.path("bin").display());
        let mut shell = bare("/bin/sh");
        shell.arg(script).env("PATH", path).env("AZ_STATE", self.0.path("state.json")).env("AZ_FAILS", fails);
        shell.envs(environment.iter().copied()).current_dir(self.0.path("")).output().expect("sh starts")
    }

    /// Runs lines that must succeed; gives what they print.
    fn good(&self, lines: &str) -> String {
        let output = self.run(lines, "", &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}\n{lines}");
        format!("{}{said}", String::from_utf8_lossy(&output.stdout))
    }

    /// Runs lines that must stop; gives what they say.
    fn stops(&self, lines: &str) -> String {
        let output = self.run(lines, "", &[]);
        assert!(!output.status.success(), "{lines}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    pub(super) fn state(&self) -> Value {
        serde_json::from_str(&self.0.read("state.json")).expect("JSON")
    }

    fn change(&self, change: impl FnOnce(&mut Value)) {
        let mut state = if self.0.path("state.json").exists() { self.state() } else { Value::Null };
        change(&mut state);
        state["log"] = json!([]);
        self.0.write("state.json", &state.to_string());
    }

    /// The commands that were given since the last change by hand, each in one line.
    fn log(&self) -> Vec<String> {
        let words = |command: &Value| {
            let words = command.as_array().expect("words").iter().filter_map(Value::as_str);
            words.collect::<Vec<_>>().join(" ")
        };
        self.state()["log"].as_array().expect("a log").iter().map(words).collect()
    }
}

fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("chmod");
}

/// Argo Workflows with an identity.
fn with_identity() -> String {
    spec("  cluster: {name: prod}\n", &[&ARGO.replace("static-keys", "workload-identity")])
}

/// The names below a kind of thing.
fn names(state: &Value, kind: &str) -> Vec<String> {
    let mut names: Vec<String> =
        state[kind].as_object().map(|things| things.keys().cloned().collect()).unwrap_or_default();
    names.sort();
    names
}

#[test]
fn the_script_makes_all_once() {
    let sandbox = Sandbox::with_spec(&with_identity());
    let Some(azure) = Subscription::of(&sandbox) else { return };
    let script = sandbox.run("export --as az").ok().stdout;
    let said = azure.good(&script);
    assert!(said.contains("client-of-acme-argo-workflows"), "{said}");
    let first = azure.state();
    assert_eq!(names(&first, "storage container-rm"), ["acmeprod/acme-argo-artifacts"]);
    assert_eq!(names(&first, "identity"), ["acme-argo-workflows"]);
    azure.change(|_| ());
    let _ = azure.good(&script);
    let again = azure.log();
    assert!(!again.iter().any(|command| command.starts_with("group create")), "{again:#?}");
    assert!(!again.iter().any(|command| command.starts_with("storage account create")), "{again:#?}");
    let mut second = azure.state();
    second["log"] = first["log"].clone();
    assert_eq!(second, first, "the second run changes nothing");
    // An account that leaves more open is used as it is, and that is said.
    let open = json!({"allowBlobPublicAccess": null, "allowSharedKeyAccess": true, "enableHttpsTrafficOnly": true});
    azure.change(|state| state["storage account"]["acmeprod"] = open.clone());
    let said = azure.good(&script);
    for close in ["--allow-blob-public-access false", "--allow-shared-key-access false"] {
        assert!(said.contains(close) && !said.contains("--https-only"), "{close}: {said}");
    }
    assert_eq!(azure.state()["storage account"]["acmeprod"], open);
}

/// `create` writes over what is there, so it follows «not found» alone, not an answer that tells nothing.
#[test]
fn what_cannot_be_asked_is_not_made() {
    let sandbox = Sandbox::with_spec(&with_identity().replace("1.0.18,", "1.0.18, options: {uploads: true},"));
    let Some(azure) = Subscription::of(&sandbox) else { return };
    let script = sandbox.run("export --as az").ok().stdout;
    let _ = azure.good(&script);
    for kind in ["group", "storage account", "storage account management-policy", "storage container-rm", "identity"] {
        azure.change(|_| ());
        let output = azure.run(&script, &format!("{kind} show"), &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains("TooManyRequests"), "{kind}: {said}");
        let created = azure.log().into_iter().filter(|command| command.starts_with(&format!("{kind} create")));
        assert_eq!(created.count(), 0, "{kind}");
    }
}

/// The name alone says nothing: what was there before, what lost its mark and what is another's stays.
#[test]
fn only_what_carries_the_mark_is_removed() {
    let two = "{profile: argo-workflows, chartVersion: 1.0.18, id: other, namespace: other, identity: workload-identity, buckets: {artifacts: acme-other-artifacts}}";
    let install = ARGO.replace("static-keys", "workload-identity");
    let text = spec("  cluster: {name: prod}\n", &[&install, two]);
    let sandbox = Sandbox::with_spec(&format!("{text}adopt: [acme-other]\n"));
    let Some(azure) = Subscription::of(&sandbox) else { return };
    let foreign = json!({"name": "acme-other", "principalId": "theirs", "clientId": "theirs"});
    azure.change(|state| {
        state["identity"]["acme-other"] = foreign.clone();
        state["storage container-rm"]["acmeprod/acme-other-artifacts"] = json!({"name": "acme-other-artifacts"});
    });
    let _ = azure.good(&sandbox.run("export --as az").ok().stdout);
    let made = azure.state();
    assert_eq!(names(&made, "identity"), ["acme-argo-workflows", "acme-other"]);
    assert_eq!(names(&made, "storage container-rm"), ["acmeprod/acme-argo-artifacts", "acmeprod/acme-other-artifacts"]);
    let destroy = sandbox.run("destroy --yes").exits(2).stdout;
    let said = azure.good(&destroy);
    for stays in ["the identity acme-other stays", "the container acme-other-artifacts stays"] {
        assert!(said.contains(stays), "{said}");
    }
    let left = azure.state();
    assert_eq!(left["identity"], json!({"acme-other": foreign}));
    assert_eq!(names(&left, "storage container-rm"), ["acmeprod/acme-other-artifacts"]);
    let assigned = left["role assignment"].as_array().expect("assignments");
    assert!(!assigned.is_empty() && assigned.iter().all(|one| one["who"] == "theirs"), "{assigned:#?}");
    // Again, there is nothing of it left.
    azure.change(|_| ());
    let _ = azure.good(&destroy);
    assert!(!azure.log().iter().any(|command| command.contains(" delete ")), "{:#?}", azure.log());
    // A container that lost its metadata, or has another's, stays too.
    for metadata in [json!(null), json!({"bucketwright_spec": "prod"})] {
        azure.change(|state| {
            state["storage container-rm"]["acmeprod/acme-argo-artifacts"] = json!({"metadata": metadata});
        });
        let said = azure.good(&destroy);
        assert!(said.contains("the container acme-argo-artifacts stays"), "{said}");
    }
    azure.change(|_| ());
    assert!(!azure.run(&destroy, "storage container-rm show", &[]).status.success());
    assert!(!azure.log().iter().any(|command| command.contains(" delete ")), "{:#?}", azure.log());
}

/// `team` with `x-argo` and `team-x` with `argo` come to one name; what one may do the other could do, too.
#[test]
fn an_identity_of_another_spec_is_refused() {
    let named = |name: &str, id: &str| {
        let install = format!(
            "{{profile: argo-workflows, chartVersion: 1.0.18, id: {id}, identity: workload-identity, buckets: {{artifacts: {name}-{id}-files}}}}"
        );
        spec("  cluster: {name: prod}\n", &[&install]).replace("name: acme\n", &format!("name: {name}\n"))
    };
    let sandbox = Sandbox::with_spec(&named("team", "x-argo"));
    let Some(azure) = Subscription::of(&sandbox) else { return };
    let _ = azure.good(&sandbox.run("export --as az").ok().stdout);
    let before = azure.state();
    sandbox.write("bucketwright.yaml", &named("team-x", "argo"));
    // Were the container's name another's too, it would stop there.
    azure.change(|state| state["storage container-rm"] = json!({}));
    let said = azure.stops(&sandbox.run("export --as az").ok().stdout);
    assert!(said.contains("the identity team-x-argo was made for team, not for the spec team-x"), "{said}");
    let after = azure.state();
    assert_eq!(after["identity federated-credential"], before["identity federated-credential"]);
    assert_eq!(after["role assignment"], before["role assignment"]);
    // One that nobody marked is not taken either, unless the spec says so.
    azure.change(|state| state["storage container-rm"] = json!({}));
    azure.change(|state| state["identity"]["team-x-argo"]["tags"] = Value::Null);
    let said = azure.stops(&sandbox.run("export --as az").ok().stdout);
    assert!(said.contains("nobody known") && said.contains("adopt: [team-x-argo]"), "{said}");
    // And a container of another's is not, with or without a public one beside.
    for (container, word) in [
        (json!({"metadata": {"bucketwright_spec": "prod"}}), "belongs to the spec prod"),
        (json!({"publicAccess": "Blob"}), "everybody may read"),
        (json!({"publicAccess": "Container", "metadata": {"bucketwright_spec": "team-x"}}), "everybody may read"),
    ] {
        azure.change(|state| state["storage container-rm"]["acmeprod/team-x-argo-files"] = container.clone());
        let said = azure.stops(&sandbox.run("export --as az").ok().stdout);
        assert!(said.contains(word), "{word}: {said}");
    }
}

/// A cluster without an issuer is found out before anything is made; names of credentials are the same in every shell.
#[test]
fn a_cluster_without_an_issuer_stops_it_first() {
    let sandbox = Sandbox::with_spec(&with_identity());
    let Some(azure) = Subscription::of(&sandbox) else { return };
    let script = sandbox.run("export --as az").ok().stdout;
    for cluster in [json!({}), json!({"oidcIssuerProfile": {"enabled": false, "issuerUrl": null}})] {
        azure.change(|state| state["aks"]["prod"] = cluster.clone());
        let said = azure.stops(&script);
        assert!(said.contains("--enable-oidc-issuer --enable-workload-identity"), "{said}");
        assert_eq!(azure.log().len(), 1, "{:#?}", azure.log());
    }
    assert!(!script.contains("tr '"), "{script}");
    azure.change(|state| state["aks"]["prod"] = json!({"oidcIssuerProfile": {"issuerUrl": "https://oidc.example/a/"}}));
    let _ = azure.good(&script);
    let credentials = azure.state()["identity federated-credential"].clone();
    let credential = &credentials["acme-argo-workflows/argo_argo-workflow"];
    assert_eq!(credential["subject"], "system:serviceaccount:argo:argo-workflow", "{credentials:#}");
    // The same name with another issuer is somebody's decision.
    azure.change(|state| {
        state["identity federated-credential"]["acme-argo-workflows/argo_argo-workflow"]["issuer"] =
            json!("https://x/");
    });
    let said = azure.stops(&script);
    assert!(said.contains("lets in another issuer") && said.contains("federated-credential delete"), "{said}");
}

/// The key in hand tells which slot is in use; the other one is renewed, each time.
#[test]
fn the_key_in_use_is_never_renewed() {
    let sandbox = Sandbox::with_spec(&spec("", &[ARGO]));
    let Some(azure) = Subscription::of(&sandbox) else { return };
    azure.change(|state| state["storage account"] = json!({"acmeprod": {"keys": ["one==", "two=="]}}));
    let lines = sandbox.run("rotate --yes").exits(2).stdout;
    let second = lines.lines().last().and_then(|line| line.strip_prefix("# ")).expect("the second step").to_owned();
    let rotate = format!(
        "{lines}printf %s \"$AZURE_STORAGE_KEY\" > in-hand\n{second}\nprintf %s \"$AZURE_STORAGE_KEY\" > after\n"
    );
    let mut hand = "one==".to_owned();
    for (first, then) in [("key2", "key1"), ("key1", "key2"), ("key2", "key1")] {
        azure.change(|_| ());
        let before = azure.state()["storage account"]["acmeprod"]["keys"].clone();
        let output = azure.run(&rotate, "", &[("AZURE_STORAGE_KEY", &hand)]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let log = azure.log();
        let renewed: Vec<&String> = log.iter().filter(|command| command.contains("keys renew")).collect();
        assert!(renewed[0].contains(first) && renewed[1].contains(then) && renewed.len() == 2, "{renewed:#?}");
        assert!(
            !log.iter().any(|command| command.contains("==\"") || command.contains("one==")),
            "no key is an argument: {log:#?}"
        );
        let new = sandbox.read("in-hand");
        assert!(!before.to_string().contains(&format!("\"{new}\"")), "a new key is in hand: {new} of {before}");
        assert_eq!(sandbox.read("after"), new, "and stays so when the old one goes");
        hand = new;
    }
    // Nothing is renewed where it is not known which key is in use.
    for hand in ["", "neither=="] {
        azure.change(|_| ());
        let _ = azure.run(&rotate, "", &[("AZURE_STORAGE_KEY", hand)]);
        assert!(!azure.log().iter().any(|command| command.contains("keys renew")), "{hand}");
    }
    // A key in a file is put there, and nobody else may read it.
    sandbox.write("bucketwright.yaml", &spec("  accountKey: file:account.key\n", &[ARGO]));
    sandbox.write("account.key", "one==\n");
    azure.change(|state| state["storage account"] = json!({"acmeprod": {"keys": ["one==", "two=="]}}));
    let _ = azure.good(&sandbox.run("rotate --yes").exits(2).stdout);
    assert_eq!(sandbox.read("account.key").trim(), "two==new==");
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(sandbox.path("account.key")).expect("the file").permissions().mode();
    assert_eq!(mode & 0o077, 0);
}

#[test]
fn without_the_accounts_key_there_is_nothing_to_rotate() {
    let sandbox = Sandbox::with_spec(&with_identity());
    let report = sandbox.run("rotate --yes -o json").exits(1).json();
    assert_eq!(crate::aws::codes(&report), ["BW0630"], "{report:#}");
    assert!(!report.to_string().contains("keys renew"), "{report:#}");
}

/// What the spec named before and names no more is listed with the line that removes it, and nothing of others is.
#[test]
fn what_earlier_versions_left_is_listed() {
    let second =
        "{profile: argo-workflows, chartVersion: 1.0.18, id: second, namespace: second, identity: workload-identity}";
    let first = ARGO.replace("static-keys", "workload-identity");
    let cloud = "  cluster: {name: prod}\n";
    let sandbox = Sandbox::with_spec(
        &spec(cloud, &[&first, second]).replace("id: second,", "id: second, buckets: {artifacts: acme-second-files},"),
    );
    let Some(azure) = Subscription::of(&sandbox) else { return };
    let said = azure.good(&sandbox.run("export --as az").ok().stdout);
    assert!(!said.contains("no more"), "{said}");
    azure.change(|state| {
        state["identity"]["theirs"] = json!({"name": "theirs", "tags": {"bucketwright:spec": "prod"}});
        state["storage container-rm"]["acmeprod/theirs"] = json!({"name": "theirs"});
    });
    let before = azure.state();
    // The second install goes, and the first moves to another namespace.
    sandbox.write("bucketwright.yaml", &spec(cloud, &[&first.replace("1.0.18,", "1.0.18, namespace: moved,")]));
    let script = sandbox.run("export --as az").ok().stdout;
    let said = azure.good(&script);
    for left in [
        "the identity acme-second carries the mark",
        "the container acme-second-files carries the mark",
        "the credential argo_argo-workflow of the identity acme-argo-workflows",
        "--name argo_argo-workflow\n",
    ] {
        assert!(said.contains(left), "{left}: {said}");
    }
    assert!(!said.contains("theirs") && !said.contains("moved_"), "{said}");
    for kind in ["identity", "storage container-rm"] {
        assert_eq!(azure.state()[kind], before[kind], "nothing is removed");
    }
    // With keys in place of identities, the identities are left.
    sandbox.write("bucketwright.yaml", &spec("", &[ARGO]));
    let said = azure.good(&sandbox.run("export --as az").ok().stdout);
    assert!(
        said.contains("the identity acme-argo-workflows carries the mark") && said.contains("az identity delete"),
        "{said}"
    );
    // What is said runs, and then nothing is left.
    let lines: Vec<&str> =
        said.lines().filter_map(|line| line.split_once("no more")?.1.split_once(": ").map(|(_, line)| line)).collect();
    let _ = azure.good(&lines.join("\n"));
    let said = azure.good(&sandbox.run("export --as az").ok().stdout);
    assert!(!said.contains("no more"), "{said}");
}

/// Versioning is a setting of the account: what no chart wants to keep goes after a week, and a policy that is there is told, not replaced.
#[test]
fn old_versions_stay_where_they_are_wanted() {
    let massdriver = "{profile: massdriver, chartVersion: 0.2.0, identity: static-keys, options: {argo: azure}}";
    let sandbox = Sandbox::with_spec(&spec("  softDeleteDays: 14\n", &[massdriver]));
    let Some(azure) = Subscription::of(&sandbox) else { return };
    let script = sandbox.run("export --as az").ok().stdout;
    assert!(
        script.contains("--enable-versioning true --enable-delete-retention true --delete-retention-days 14"),
        "{script}"
    );
    let _ = azure.good(&script);
    let policy = azure.state()["storage account management-policy"]["acmeprod"]["policy"].clone();
    let rules = policy["rules"].as_array().expect("rules");
    let names: Vec<&str> = rules.iter().filter_map(|rule| rule["name"].as_str()).collect();
    assert!(
        names.iter().any(|name| name.ends_with("versions")) && !names.iter().any(|name| name.contains("stateversions")),
        "{names:?}"
    );
    assert!(!azure.good(&script).contains("lacks"), "all its rules are there");
    azure.change(|state| {
        state["storage account management-policy"]["acmeprod"]["policy"]["rules"] = json!([{"name": "theirs"}]);
    });
    let said = azure.good(&script);
    assert!(said.contains(&format!("lacks the rule {}", names[0])), "{said}");
    assert_eq!(
        azure.state()["storage account management-policy"]["acmeprod"]["policy"]["rules"],
        json!([{"name": "theirs"}])
    );
    for days in ["0", "366"] {
        let text = spec(&format!("  softDeleteDays: {days}\n"), &[massdriver]);
        let report = Sandbox::with_spec(&text).run("render --placeholders -o json").exits(2).json();
        assert!(report.to_string().contains("between 1 and 365"), "{report:#}");
    }
}
