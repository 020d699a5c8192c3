//! Old values, overlay and new values, merged by Helm's own engine over the chart's defaults, hold no trace of MinIO.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::cases::{CASES, Case};
use crate::harness::{Sandbox, project, python};

/// The folder with the charts' own values, if it is there.
pub fn charts() -> Option<PathBuf> {
    let folder = match std::env::var_os("BUCKETWRIGHT_CHARTS_DEFAULTS") {
        Some(folder) => PathBuf::from(folder),
        None => project().join("../shared/charts"),
    };
    folder.is_dir().then_some(folder)
}

/// Values files over the defaults of a chart, each list of files for itself: one call of Helm's engine for all of them.
pub fn merges(python: &Path, jobs: &[(PathBuf, Vec<PathBuf>)]) -> Vec<Value> {
    const EACH: &str = "\
import json, sys
import helm_python as helm
from helm_values import read
for job in json.load(sys.stdin):
    with helm.Chart.load(job['chart']) as chart:
        print(json.dumps(chart.merge_values(read(job['files']))))
";
    let jobs: Vec<Value> =
        jobs.iter().map(|(chart, files)| serde_json::json!({"chart": chart, "files": files})).collect();
    let input = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(input.path(), serde_json::to_string(&jobs).unwrap()).unwrap();
    let output = Command::new(python)
        .args(["-B", "-c", EACH])
        .stdin(std::fs::File::open(input.path()).unwrap())
        .current_dir(project().join("tests/peers"))
        .output()
        .expect("the peers' Python starts");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    let theirs = ["warning: cannot overwrite table", "warning: destination for", "warning: skipped value"];
    assert!(!theirs.iter().any(|word| words.contains(word)), "Helm complains of the overlay: {words}");
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A chart with what matters of the real one's defaults, for where those are not available.
fn small_chart(sandbox: &Sandbox, case: &Case) -> PathBuf {
    let values = match case.profile {
        "gitlab" => {
            "global: {hosts: {minio: {}}, minio: {enabled: true, credentials: {}}, appConfig: {object_store: {enabled: false, proxy_download: true, connection: {}}, lfs: {bucket: git-lfs, connection: {}}, artifacts: {bucket: gitlab-artifacts, connection: {}}}}\nregistry: {storage: {}}\n"
        }
        "massdriver" => {
            "massdriver: {blobStorage: {type: minio, minio: {username: minioaccesskey, password: miniosecretkey}}}\nminio: {enabled: true, existingSecret: massdriver-minio, persistence: {size: 500Gi}}\nargo-workflows: {artifactRepository: {s3: {bucket: argo, endpoint: \"massdriver-minio.massdriver.svc:9000\", insecure: true, accessKeySecret: {name: massdriver-minio, key: rootUser}, secretKeySecret: {name: massdriver-minio, key: rootPassword}}}}\n"
        }
        _ => "artifactRepository: {archiveLogs: false, s3: {}}\nuseStaticCredentials: true\n",
    };
    sandbox.write("small/values.yaml", values);
    sandbox.write("small/Chart.yaml", &format!("apiVersion: v2\nname: {}\nversion: {}\n", case.profile, case.version));
    sandbox.path("small")
}

/// The leaves that speak of MinIO, with their paths.
fn traces(value: &Value, path: &str, out: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(entries) => entries.iter().for_each(|(key, below)| traces(below, &format!("{path}/{key}"), out)),
        // `null` is what is left of a key that was undone; Helm copies `global` into each subchart.
        Value::Null => {}
        _ if path.starts_with("/minio/global/") => {}
        leaf if path.to_lowercase().contains("minio") || leaf.to_string().to_lowercase().contains("minio") => {
            out.push((path.to_owned(), leaf.clone()));
        }
        _ => {}
    }
}

#[test]
fn no_trace_of_minio_is_left_and_twice_is_once() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => skip!("Helm's engine", why),
    };
    for case in CASES {
        let sandbox = case.sandbox();
        let _ = sandbox.run(&case.command()).ok();
        let own = format!("{}-{}", case.profile, case.version);
        let real = charts().map(|folder| folder.join(own)).filter(|folder| folder.is_dir());
        let old: Vec<PathBuf> = case.files().iter().map(|file| sandbox.path(file)).collect();
        let new: Vec<PathBuf> = ["values.undo.yaml", "values.yaml", "values.secret.yaml"]
            .iter()
            .map(|name| sandbox.path("s3").join(case.profile).join(name))
            .filter(|path| path.exists())
            .collect();
        let once = [old.clone(), new.clone()].concat();
        let twice = [once.clone(), new.clone()].concat();
        // Values that were undone and values that were never there differ in nothing that names MinIO.
        let never = new.iter().filter(|path| !path.ends_with("values.undo.yaml")).cloned().collect::<Vec<_>>();
        for chart in [Some(small_chart(&sandbox, case)), real].into_iter().flatten() {
            let jobs = [old.clone(), once.clone(), twice.clone(), never.clone()].map(|files| (chart.clone(), files));
            let merged = merges(&python, &jobs);
            let [before, once, twice, never] = &merged[..] else { panic!("four answers") };
            held(case, before, once, never);
            assert_eq!(once, twice, "{}: applying it twice", case.name);
        }
        // What was migrated has nothing left to migrate.
        let files: String = once.iter().map(|path| format!(" --values {}", path.display())).collect();
        let again =
            case.command().replacen(" --values ", &format!("{files} --values "), 1).replace("--out s3", "--out again");
        let again = again.split(" --values old-").next().unwrap().to_owned()
            + again.split_once(" --name ").map(|(_, rest)| format!(" --name {rest}")).unwrap().as_str();
        let words = sandbox.run(&again).exits(2).stderr;
        assert!(words.contains("BW1702"), "{}: {words}", case.name);
    }
}

fn held(case: &Case, before: &Value, once: &Value, never: &Value) {
    let name = case.name;
    let text = once.to_string();
    for gone in case.gone {
        assert!(!text.contains(gone), "{name}: `{gone}` is left in {once:#}");
    }
    for pointer in case.stays {
        let value = before.pointer(pointer);
        assert!(value.is_some() && value == once.pointer(pointer), "{name}: {pointer}");
    }
    // What the chart itself says of a MinIO that is off: it must be off, and nothing may have been added.
    for (key, off) in [("/global/minio/enabled", "gitlab"), ("/minio/enabled", "massdriver")] {
        if case.profile == off {
            assert_eq!(once.pointer(key), Some(&Value::Bool(false)), "{name}");
        }
    }
    let (mut left, mut dormant) = (Vec::new(), Vec::new());
    traces(once, "", &mut left);
    traces(never, "", &mut dormant);
    let added: Vec<_> = left.iter().filter(|leaf| !dormant.contains(leaf)).collect();
    assert!(added.is_empty(), "{name}: {added:#?}");
    if case.profile == "argo-workflows" {
        assert!(left.is_empty(), "{name}: {left:#?}");
    }
    let (mut then, was) = (Vec::new(), before.to_string().to_lowercase().contains("minio"));
    traces(before, "", &mut then);
    assert!(was && !then.is_empty(), "{name}: the search can find");
}

/// A copy of a chart that lists only the dependencies that it has available.
fn copy(chart: &Path, to: &Path) {
    let made = Command::new("cp").arg("-r").arg(chart).arg(to).status().expect("cp");
    assert!(made.success());
    let text = std::fs::read_to_string(to.join("Chart.yaml")).expect("Chart.yaml");
    let mut about: Value = serde_yaml::from_str(&text).expect("YAML");
    if let Some(listed) = about["dependencies"].as_array_mut() {
        listed.retain(|one| to.join("charts").join(one["name"].as_str().unwrap_or_default()).is_dir());
    }
    std::fs::write(to.join("Chart.yaml"), about.to_string()).expect("Chart.yaml");
    let _ = std::fs::remove_file(to.join("Chart.lock"));
}

/// The real charts themselves, where `BUCKETWRIGHT_CHARTS` names them: what they render names nothing of the old set-up.
#[test]
fn the_real_charts_render_nothing_old() {
    let Some(folder) = std::env::var_os("BUCKETWRIGHT_CHARTS").map(PathBuf::from) else {
        eprintln!("BUCKETWRIGHT_CHARTS names no folder with the real charts: they are left out");
        return;
    };
    let python = match python() {
        Ok(python) => python,
        Err(why) => skip!("Helm's engine", why),
    };
    const NEEDED: &str = "\
certmanager-issuer: {email: a@example.com}
postgres: {hostname: h, username: u, password: p}
smtp: {server: s, username: u, password: p, fromAddress: a@example.com}
dockerhub: {username: u, accessToken: t}
licenseKey: k
";
    for case in CASES.iter().filter(|case| ["9.9.1", "1.0.18", "0.2.0"].contains(&case.version)) {
        let sandbox = case.sandbox();
        sandbox.write("needed.yaml", NEEDED);
        let _ = sandbox.run(&case.command()).ok();
        copy(&folder.join(case.profile), &sandbox.path("chart"));
        let mut command = Command::new(&python);
        command.args(["-B", "helm_render.py", "--text", "--name", case.profile, "-f"]).arg(sandbox.path("needed.yaml"));
        command.current_dir(project().join("tests/peers"));
        for file in case.files() {
            command.arg("-f").arg(sandbox.path(&file));
        }
        for name in ["values.undo.yaml", "values.yaml", "values.secret.yaml"] {
            let path = sandbox.path("s3").join(case.profile).join(name);
            if path.exists() {
                command.arg("-f").arg(path);
            }
        }
        let output = command.arg(sandbox.path("chart")).output().expect("the peers' Python starts");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}: {text}", case.name);
        for gone in ["my-old-", "left-over", "objects.example.com", "massdriver-minio", "minio.storage"] {
            assert!(!text.contains(gone), "{}: `{gone}` in what is rendered", case.name);
        }
    }
}
