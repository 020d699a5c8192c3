//! What others set on a store's buckets stays as they set it, and what they opened is told.

use serde_json::Value;

use super::{ARGO, GITLAB, call, spec};
use crate::harness::{KEY, Sandbox, Store, bare, python};

/// A MinIO with the spec's buckets made, and its sandbox.
fn made() -> Result<(Store, Sandbox), String> {
    let store = Store::minio(false)?;
    let cloud = format!("  store: minio\n  endpoint: {}\n  insecure: true\n", store.endpoint());
    let sandbox = Sandbox::with_spec(&spec(&cloud, &[ARGO]));
    Ok((store, sandbox))
}

/// Runs a line of `mc` with the administrator's key, as `store`.
fn mc(store: &Store, sandbox: &Sandbox, line: &str) {
    let host = format!("http://{}:{}@{}", KEY.0, KEY.1, store.host());
    store.administer(&sandbox.path(""), line, "", &[("MC_HOST_store", &host)]).unwrap_or_else(|why| panic!("{why}"));
}

fn skipped(plan: &Value) -> String {
    plan["steps"][0]["skipped"].to_string()
}

#[test]
fn a_rule_that_is_not_understood_is_not_rewritten() {
    let (store, sandbox) = match made() {
        Ok(made) => made,
        Err(why) => skip!("minio", why),
    };
    mc(
        &store,
        &sandbox,
        "mc mb store/acme-argo-artifacts && mc ilm rule add store/acme-argo-artifacts --prefix old/ --expire-days 30 --expire-all-object-versions",
    );
    mc(&store, &sandbox, "mc ilm rule export store/acme-argo-artifacts > before.json");
    // The rule removes objects, which is told beside.
    let plan = call(&sandbox, "plan -o json").run().any().json();
    assert!(skipped(&plan).contains("ExpiredObjectAllVersions"), "{plan:#}");
    let _ = call(&sandbox, "apply --yes").run().any();
    mc(&store, &sandbox, "mc ilm rule export store/acme-argo-artifacts > after.json");
    let rules = |file: &str| serde_json::from_str::<Value>(&sandbox.read(file)).expect("JSON")["Rules"].clone();
    assert_eq!(rules("before.json"), rules("after.json"));
    let again = call(&sandbox, "plan -o json").run().any().json();
    assert_eq!((&again["steps"][0]["verb"], &again["changes"]), (&"keep".into(), &false.into()), "{again:#}");
}

#[test]
fn a_bucket_that_anybody_may_read_is_told() {
    let (store, sandbox) = match made() {
        Ok(made) => made,
        Err(why) => skip!("minio", why),
    };
    let _ = call(&sandbox, "apply --yes").run().ok();
    for open in ["download", "public"] {
        mc(&store, &sandbox, &format!("mc anonymous set {open} store/acme-argo-artifacts"));
        let plan = call(&sandbox, "plan -o json").run().any().json();
        let grants = plan["grants"].to_string();
        assert!(grants.contains("without signing in") && grants.contains("mc anonymous set none"), "{plan:#}");
        let verify = call(&sandbox, "verify -o json").run().exits(3);
        assert!(verify.all().contains("without signing in"), "{open}: {}", verify.all());
    }
    mc(&store, &sandbox, "mc anonymous set none store/acme-argo-artifacts");
    let _ = call(&sandbox, "verify").run().ok();
}

/// The printed permissions are a policy that MinIO takes, and enough for a whole run.
#[test]
fn the_printed_permissions_are_taken_and_enough() {
    let (store, sandbox) = match made() {
        Ok(made) => made,
        Err(why) => skip!("minio", why),
    };
    let printed = call(&sandbox, "plan --permissions").run().ok().stdout;
    sandbox.write("rights.json", &printed);
    mc(
        &store,
        &sandbox,
        "mc admin policy create store maker rights.json && mc admin user add store maker secret-of-maker && mc admin policy attach store maker --user maker",
    );
    let maker = |arguments| {
        call(&sandbox, arguments)
            .env("AWS_ACCESS_KEY_ID", "maker")
            .env("AWS_SECRET_ACCESS_KEY", "secret-of-maker")
            .run()
    };
    let _ = maker("apply --yes").ok();
    let again = maker("plan --detailed-exitcode -o json").ok().json();
    assert_eq!(again["changes"], false, "{again:#}");
}

/// The lines that `destroy` prints remove what this spec made, by the store's own tags, and nothing else.
#[test]
fn the_lines_of_destroy_remove_what_the_spec_made() {
    let (store, python) = match (Store::minio(false), python()) {
        (Ok(store), Ok(python)) => (store, python),
        (Err(why), _) | (_, Err(why)) => skip!("minio and the AWS CLI", why),
    };
    let cloud = format!("  store: minio\n  endpoint: {}\n  insecure: true\n", store.endpoint());
    let sandbox = Sandbox::with_spec(&spec(&cloud, &[GITLAB]));
    mc(&store, &sandbox, "mc mb store/acme-lfs");
    let _ = call(&sandbox, "apply --yes --audit audit.jsonl").run().ok();
    let log = sandbox.read("audit.jsonl");
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let calls: Vec<String> = lines.filter_map(|line| Some(line["call"].as_str()?.to_owned())).collect();
    let writes = |call: &&String| call.starts_with("s3:Put") && !call.ends_with("Object");
    assert_eq!(calls.iter().find(writes).map(String::as_str), Some("s3:PutBucketTagging"), "{calls:?}");
    // Somebody's, under the name of one of ours; and one with an object in it.
    mc(
        &store,
        &sandbox,
        "mc rb store/acme-artifacts && mc mb store/acme-artifacts && echo x | mc pipe store/acme-uploads/x",
    );
    let run = call(&sandbox, "destroy --yes").run().exits(2);
    let lines: Vec<&str> = run.stdout.lines().take_while(|line| !line.starts_with("mc ")).collect();
    let mut shell = bare("bash");
    let path = format!("{}:/usr/bin:/bin", python.parent().expect("a folder").display());
    shell.args(["-c", &lines.join("\n")]).env("PATH", path).env("HOME", sandbox.path(""));
    shell.env("AWS_ACCESS_KEY_ID", KEY.0).env("AWS_SECRET_ACCESS_KEY", KEY.1);
    let output = shell.output().expect("bash");
    let said = String::from_utf8_lossy(&output.stderr);
    let mut left: Vec<String> = std::fs::read_dir(store.data())
        .expect("the store's folder")
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| name.starts_with("acme"))
        .collect();
    left.sort();
    assert_eq!(left, ["acme-artifacts", "acme-lfs", "acme-uploads"], "{lines:#?}\n{said}");
    assert!(said.contains("acme-lfs stays") && said.contains("BucketNotEmpty"), "{said}");
    assert!(run.stdout.contains("mc admin user remove acme \"$CHART_ID\""), "{}", run.stdout);
}

/// The lines of `rotate`, typed with MinIO's client: what goes last is the key that was in use, although the spec refers to the new one.
#[test]
fn the_lines_of_rotate_remove_the_old_key() {
    let (store, sandbox) = match made() {
        Ok(made) => made,
        Err(why) => skip!("minio", why),
    };
    let _ = call(&sandbox, "render --placeholders").run().ok();
    mc(&store, &sandbox, "mc admin policy create store acme-argo-workflows out/iam/acme-argo-workflows.policy.json");
    mc(&store, &sandbox, "mc admin user add store first secret-of-first");
    mc(&store, &sandbox, "mc admin policy attach store acme-argo-workflows --user first");
    let with = |arguments: &str, id: &str, secret: &str| {
        call(&sandbox, arguments).env("CHART_ID", id).env("CHART_SECRET", secret).run()
    };
    let _ = with("apply --yes", "first", "secret-of-first").ok();
    let lines = with("rotate --yes", "first", "secret-of-first").exits(2).stdout;
    let (before, after) = lines.split_once("bucketwright apply\n").expect("two halves");
    // One shell, in which the reference leads to the new key before the old one goes.
    let script =
        format!("{before}\nexport CHART_ID=\"$NEW_ACME_ARGO_WORKFLOWS\"\n{after}\nmc admin user list acme > users\n");
    // `mc` takes all that is typed when it reads, so the login is apart.
    let login = before.lines().find(|line| line.contains("alias set")).expect("a login");
    let typed = format!("{}\n{}\n", KEY.0, KEY.1);
    store.administer(&sandbox.path(""), login, &typed, &[]).unwrap_or_else(|why| panic!("{why}"));
    let script = format!("set -e\n{}", script.replace(login, ""));
    store
        .administer(&sandbox.path(""), &script, "secret-of-second\n", &[("CHART_ID", "first")])
        .unwrap_or_else(|why| panic!("{why}"));
    let users = sandbox.read("users");
    let left: Vec<&str> = users.lines().filter(|line| line.contains("acme-argo-workflows")).collect();
    assert!(left.len() == 1 && !users.contains("first"), "{users}\n{script}");
    let new = left[0].split_whitespace().find(|word| word.len() == 20 && word.bytes().all(|b| b.is_ascii_hexdigit()));
    let new = new.unwrap_or_else(|| panic!("{users}"));
    let _ = with("apply --yes", new, "secret-of-second").ok();
}
