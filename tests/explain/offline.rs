//! Ways into each error that need no account.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use expectrl::{Expect, Session};

use super::{Said, note};
use crate::harness::Sandbox;
use crate::spec::{install_with, with};

const KEYS: &str = "    credentials: {accessKeyId: env:ARGO_KEY_ID, secretAccessKey: env:ARGO_SECRET}\n";

/// Everything that can be said offline.
pub fn said() -> Said {
    let mut said = Said::new();
    for (code, spec) in specs() {
        let words = Sandbox::with_spec(&spec).run("render --placeholders").exits(2).stderr;
        note(&mut said, code, &words);
    }
    let loose =
        "  - {id: ona, profile: ona, chartVersion: 2.0.0, identity: workload-identity, options: {subjects: [\"*\"]}}\n";
    let words = Sandbox::with_spec(&install_with(loose)).run("render --placeholders").exits(2).stderr;
    note(&mut said, "BW0407", &words);
    let files = Sandbox::with_spec(&with(&[]));
    files.write("aws", "[profile prod]\nregion = eu-west-1\n");
    let call = |name: &str, value: &str| {
        files.call(["plan"]).env("AWS_CONFIG_FILE", files.path("aws").to_str().expect("UTF-8")).env(name, value)
    };
    note(&mut said, "BW0511", &call("AWS_PROFILE", "prd").run().exits(2).stderr);
    note(&mut said, "BW0512", &call("AWS_MAX_ATTEMPTS", "0").run().exits(2).stderr);
    stores(&mut said);
    google(&mut said);
    azure(&mut said);
    profiles(&mut said);
    rendering(&mut said);
    folders(&mut said);
    asking(&mut said);
    migrating(&mut said);
    said
}

/// Google Cloud, as far as it can be said without a project.
fn google(said: &mut Said) {
    let spec = |from: &str, to: &str| {
        let good = "apiVersion: bucketwright/v1\nname: acme\ncloud:\n  provider: gcp\n  project: acme-prod\n  location: europe-west2\ninstalls:\n  - profile: argo-workflows\n    id: argo\n    chartVersion: 1.0.18\n    identity: static-keys\n";
        let bad = good.replace(from, to);
        assert!(from.is_empty() || bad != good, "{from}");
        bad
    };
    for (code, from, to) in [
        ("BW1501", "project: acme-prod", "project: \"123456789012\""),
        ("BW1502", "id: argo", "id: artifacts-of-all-the-workflows"),
        ("BW1503", "location: europe-west2", "location: eu-west-1"),
        ("BW1504", "identity: static-keys", "identity: static-keys\n    buckets:\n      artifacts: goog-acme"),
        ("BW1505", "name: acme\n", "name: acme\nbucketDefaults: {tlsOnly: true}\n"),
        ("BW1506", "west2\n", "west2\n  cluster:\n    name: prod\n    workloadPool: acme-prod\n"),
        ("BW1507", "name: acme\n", "name: acme\ntags: {Team: Infra}\n"),
    ] {
        note(said, code, &Sandbox::with_spec(&spec(from, to)).run("render --placeholders").exits(2).stderr);
    }
    let sandbox = Sandbox::with_spec(&spec("", ""));
    note(said, "BW1508", &sandbox.run("export --as aws-cli").exits(2).stderr);
    note(said, "BW1520", &sandbox.run("plan").exits(1).stderr);
    let call = |name: &str, value: &str| sandbox.call(["plan"]).env(name, value);
    note(said, "BW1521", &call("GOOGLE_APPLICATION_CREDENTIALS", "key.json").run().exits(1).stderr);
    let call = call("GOOGLE_OAUTH_ACCESS_TOKEN", "a-token");
    let nowhere = "http://127.0.0.1:1";
    let call = ["STORAGE", "IAM", "CLOUDRESOURCEMANAGER"]
        .iter()
        .fold(call, |call, name| call.env(&format!("CLOUDSDK_API_ENDPOINT_OVERRIDES_{name}"), nowhere));
    // Several calls are made at once; any of them may be the first to give up.
    let first = regex::Regex::new("no answer came to [a-zA-Z.]+").expect("a pattern");
    let words = call.run().exits(1).stderr;
    note(said, "BW1529", &first.replace(&words, "no answer came to resourcemanager.projects.get"));
    let brought = spec("identity: static-keys", "identity: static-keys\n    credentials: {keyFile: env:ARGO_KEY}");
    let sandbox = Sandbox::with_spec(&brought);
    note(said, "BW1510", &sandbox.call(["render"]).env("ARGO_KEY", "no-file").run().exits(2).stderr);
}

/// Specs that are wrong.
fn specs() -> Vec<(&'static str, String)> {
    let keys = with(&[("identity: irsa", "identity: static-keys")]);
    let second = "  - id: other\n    profile: argo-workflows\n    chartVersion: 1.0.18\n    release: other\n";
    let encrypted = "encryption: {kmsKey: \"arn:aws:kms:us-east-1:012345678901:key/1234abcd\"}\nidentity: irsa";
    vec![
        ("BW0212", with(&[("identity: irsa", encrypted)])),
        ("BW0102", with(&[("name: acme", "name: \"acme")])),
        ("BW0103", install_with("    relaese: argo\n")),
        ("BW0104", with(&[("    chartVersion: 1.0.18\n", "")])),
        ("BW0105", with(&[("identity: irsa", "identity: iras")])),
        ("BW0106", with(&[("\"012345678901\"", "012345678901")])),
        ("BW0107", with(&[("name: acme\n", "name: acme\nname: other\n")])),
        ("BW0108", install_with("  - profile: argo-workflows\n    chartVersion: 1.0.18\n")),
        ("BW0109", format!("{keys}    credentials: {{accessKeyId: \"env:\", secretAccessKey: env:ARGO_SECRET}}\n")),
        (
            "BW0110",
            format!(
                "{keys}    credentials:\n      accessKeyId: env:ARGO_KEY_ID\n      secretAccessKey: not/a+reference\n"
            ),
        ),
        ("BW0201", install_with("    buckets:\n      artifacts: Acme_Artifacts\n")),
        ("BW0202", with(&[("region: eu-west-1", "region: eu-west-1a")])),
        ("BW0203", with(&[("\"012345678901\"", "\"12345678901\"")])),
        ("BW0204", install_with("    serviceAccounts:\n      server: Argo_Server\n")),
        (
            "BW0205",
            with(&[
                ("name: acme", "name: acme-production-in-europe"),
                ("  - profile", "  - id: workflows-of-the-team-that-trains-the-models\n    profile"),
            ]),
        ),
        ("BW0206", with(&[("identity: irsa", "    nodeRole: arn:aws:iam::1234:role/nodes\nidentity: node-role")])),
        (
            "BW0408",
            with(&[(
                "  cluster:\n",
                "  iam:\n    permissionsBoundary: arn:aws:iam::111122223333:policy/limit\n  cluster:\n",
            )]),
        ),
        ("BW0207", with(&[("0123456789ABCDEF0123456789ABCDEF", "0123456789ABCDEF0123456789ABCDEF/")])),
        ("BW0208", with(&[("name: acme", "name: Acme_Prod")])),
        ("BW0213", with(&[("name: acme", "name: acme\nid: Me_2")])),
        ("BW0209", with(&[("  cluster:", "  endpoint: minio.local:9000\n  cluster:")])),
        (
            "BW0210",
            with(&[("identity: irsa", "    nodeRole: arn:aws-cn:iam::012345678901:role/nodes\nidentity: node-role")]),
        ),
        ("BW0301", with(&[("argo-workflows", "argo-workflow")])),
        ("BW0304", with(&[("1.0.18", "0.40.0")])),
        ("BW0401", with(&[("identity: irsa", "identity: workload-identity")])),
        ("BW0402", install_with(second)),
        (
            "BW0410",
            install_with(
                "    release: argo\n    namespace: argo\n  - id: other\n    profile: argo-workflows\n    chartVersion: 1.0.18\n    release: argo\n    namespace: argo\n",
            ),
        ),
        ("BW0403", install_with("    buckets:\n      artefacts: acme-artifacts\n")),
        (
            "BW0404",
            with(&[(
                "  cluster:\n    name: prod\n    oidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF\n",
                "",
            )]),
        ),
        ("BW0406", format!("{keys}    credentials: {{accessKeyId: env:ARGO_KEY_ID}}\n")),
    ]
}

/// Specs that are wrong for Azure, and what is left to its own tool.
fn azure(said: &mut Said) {
    const CLOUD: &str = "cloud:\n  provider: azure\n  subscription: 11111111-2222-3333-4444-555555555555\n  resourceGroup: acme-prod\n  storageAccount: acmeprod\n  location: westeurope\n";
    let spec = |from: &str, to: &str, identity: &str, rest: &str| {
        let cloud = CLOUD.replacen(from, to, usize::from(!from.is_empty()));
        Sandbox::with_spec(&format!(
            "apiVersion: bucketwright/v1\nname: acme\n{cloud}identity: {identity}\ninstalls:\n  - profile: argo-workflows\n    chartVersion: 1.0.18\n{rest}"
        ))
    };
    for (code, from, to, rest) in [
        ("BW1601", "acmeprod", "acme-prod", ""),
        ("BW1602", "", "", "    buckets: {artifacts: acme--artifacts}\n"),
        ("BW1603", "11111111-2222-3333-4444-555555555555", "acme-prod", ""),
        ("BW1604", "acme-prod", "acme/prod", ""),
        ("BW1605", "westeurope", "West Europe", ""),
        ("BW1606", "westeurope\n", "westeurope\n  domain: acmeprod.blob.core.windows.net\n", ""),
        ("BW1607", "westeurope\n", "westeurope\nbucketDefaults: {namespace: account-regional}\n", ""),
        ("BW1609", "", "", KEYS),
    ] {
        let words = spec(from, to, "static-keys", rest).run("render --placeholders").exits(2).stderr;
        note(said, code, &words);
    }
    let roles = spec("westeurope\n", "westeurope\n  cluster: {name: prod}\n", "workload-identity", "");
    note(said, "BW1608", &roles.run("render").exits(2).stderr);
    let namespaces: Vec<String> = (1..=21).map(|number| format!("team-{number}")).collect();
    let options = format!("    options: {{workflowNamespaces: [{}]}}\n", namespaces.join(", "));
    let many = spec("westeurope\n", "westeurope\n  cluster: {name: prod}\n", "workload-identity", &options);
    note(said, "BW1611", &many.run("render").exits(2).stderr);
    let keys = spec("", "", "static-keys", "");
    note(said, "BW1610", &keys.run("rotate --yes").exits(2).stderr);
    let plan = |key: &str| {
        let call = keys.call(["plan"]).env("AZURE_STORAGE_SERVICE_ENDPOINT", "http://127.0.0.1:1/acmeprod");
        call.env("AZURE_STORAGE_KEY", key).run().exits(1).stderr
    };
    note(said, "BW1620", &plan("YSBrZXk="));
    note(said, "BW1621", &plan("not a key"));
}

/// Specs that are wrong for a store, and a store that does not answer.
fn stores(said: &mut Said) {
    let spec = |cloud: &str, rest: &str| {
        let cloud = format!("cloud:\n  provider: s3\n{cloud}");
        format!(
            "apiVersion: bucketwright/v1\nname: acme\n{cloud}identity: static-keys\ninstalls:\n  - profile: argo-workflows\n    chartVersion: 1.0.18\n{rest}"
        )
    };
    let minio = "  store: minio\n  endpoint: https://minio.example.com:9000\n";
    let buckets = format!("    buckets: {{artifacts: minio}}\n{KEYS}");
    for (code, cloud, rest) in [
        ("BW1401", format!("{minio}  account: \"012345678901\"\n"), KEYS),
        ("BW1402", minio.replace("https", "http"), KEYS),
        ("BW1403", minio.to_owned(), buckets.as_str()),
        ("BW1404", format!("{minio}  ca: bucketwright.yaml\n"), KEYS),
        ("BW1405", minio.replace("  store: minio\n", ""), KEYS),
        ("BW1406", format!("{minio}bucketDefaults: {{namespace: account-regional}}\n"), KEYS),
        ("BW1407", minio.to_owned(), ""),
    ] {
        note(said, code, &Sandbox::with_spec(&spec(&cloud, rest)).run("render --placeholders").exits(2).stderr);
    }
    let sandbox = Sandbox::with_spec(&spec(minio, KEYS));
    note(said, "BW1408", &sandbox.run("export --as terraform").exits(2).stderr);
    // A port that nothing listens on.
    let nobody = Sandbox::with_spec(&spec("  store: minio\n  endpoint: https://127.0.0.1:1\n", KEYS));
    let call = nobody.call(["plan"]).env("AWS_ACCESS_KEY_ID", "example").env("AWS_SECRET_ACCESS_KEY", "example");
    note(said, "BW1421", &call.env("AWS_MAX_ATTEMPTS", "1").run().exits(1).stderr);
    no_store(said);
}

/// A page for people, where a store is expected.
fn no_store(said: &mut Said) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port().to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 8192]);
            let answer =
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>";
            let _ = stream.write_all(answer);
        }
    });
    let cloud = format!("  store: minio\n  endpoint: http://127.0.0.1:{port}\n  insecure: true\n");
    let sandbox = super::s3::sandbox(&cloud);
    let call = sandbox.call(["plan"]).env("AWS_ACCESS_KEY_ID", "example").env("AWS_SECRET_ACCESS_KEY", "example");
    let words = call.run().exits(1).stderr;
    note(said, "BW1428", &words.replace(&port, &"19000"[..port.len()]));
}

/// Profiles that are wrong.
fn profiles(said: &mut Said) {
    let many =
        |n: u8| format!("  - {{purpose: p{n}, name: shop-{n}-{:x<52}, access: {{app: read-write}}, why: .}}\n", "");
    let rights =
        "permissions:\n  - {sid: All, actions: [\"s3:*\"], resources: [\"arn:aws:s3:::*\"], why: .}\nidentities:";
    let buckets = format!("buckets:\n{}", (10..50).map(many).collect::<String>());
    for (code, file, from, to) in [
        ("BW0302", "profile.yaml", "profile: shop", "profile: store"),
        ("BW0303", "values.yaml", "{{ region }}", "{{ regoin }}"),
        // A comment cannot hold a control character.
        ("BW0305", "values.yaml", "why: Where", "why: \"\\x01\" # Where"),
        ("BW0306", "values.yaml", "{{ region }}", "{% set r = region ~ region %}{{ r }}"),
        ("BW0307", "profile.yaml", "identities:", rights),
        ("BW0405", "profile.yaml", "buckets:\n", buckets.as_str()),
    ] {
        let sandbox = Sandbox::with_spec(&with(&[("argo-workflows", "shop"), ("1.0.18", "1.0.0")]));
        let _ = sandbox.run("profile new shop --dir profiles").ok();
        let file = format!("profiles/shop/{file}");
        sandbox.write(&file, &sandbox.read(&file).replacen(from, to, 1));
        note(said, code, &sandbox.run("--profiles profiles render").exits(2).stderr);
    }
}

/// Specs that are right, without what rendering needs.
fn rendering(said: &mut Said) {
    let keys = with(&[("identity: irsa", "identity: static-keys")]);
    note(said, "BW0703", &Sandbox::with_spec(&keys).run("render").exits(2).stderr);
    let brought = Sandbox::with_spec(&(keys.clone() + KEYS));
    note(said, "BW0701", &brought.call(["render"]).env("ARGO_KEY_ID", "AKIAEXAMPLE").run().exits(2).stderr);
    let gitpod = keys.replace("argo-workflows", "gitpod").replace("1.0.18", "2026.7.0")
        + "    options: {domain: gitpod.example.com}\n"
        + KEYS;
    let gitpod = Sandbox::with_spec(&gitpod);
    let words = gitpod.call(["render"]).env("ARGO_KEY_ID", "AKIAEXAMPLE").env("ARGO_SECRET", "$example").run();
    note(said, "BW0702", &words.exits(2).stderr);
    brought.write("verify.json", "[]");
    note(said, "BW0114", &brought.run("report --verify verify.json").exits(2).stderr);
    let mut command = brought.command();
    command.args(["render", "--out", "-"]).env("ARGO_KEY_ID", "AKIAEXAMPLE").env("ARGO_SECRET", "example");
    note(said, "BW0803", &on_a_terminal(command, None));
}

/// Files that are not there, or not as they should be.
fn folders(said: &mut Said) {
    let sandbox = Sandbox::with_spec(&with(&[("identity: irsa", "identity: static-keys")]));
    note(said, "BW0101", &sandbox.run("render -f nope.yaml").exits(2).stderr);
    let reserved = Sandbox::with_spec(&install_with("    id: credentials\n"));
    note(said, "BW0112", &reserved.run("render --placeholders").exits(2).stderr);
    let _ = sandbox.run("profile new linked --dir theirs").ok();
    std::fs::remove_file(sandbox.path("theirs/linked/values.yaml")).expect("removed");
    std::os::unix::fs::symlink("/etc/passwd", sandbox.path("theirs/linked/values.yaml")).expect("linked");
    note(said, "BW0113", &sandbox.run("--profiles theirs profile list").exits(2).stderr);
    sandbox.write("dump.sql", &"x".repeat((1 << 20) + 1));
    note(said, "BW0111", &sandbox.run("render -f dump.sql").exits(2).stderr);
    let _ = sandbox.run("profile new shop --dir profiles").ok();
    note(said, "BW0905", &sandbox.run("profile new shop --dir profiles").exits(2).stderr);
    note(said, "BW0841", &sandbox.call(["profile", "new", "My Chart"]).run().exits(2).stderr);
    note(said, "BW0840", &sandbox.run("render --file iam/acme-argo-workflows.trust.json").exits(2).stderr);
    sandbox.write("notes.txt", "a file");
    note(said, "BW0801", &sandbox.run("apply --rehearse --out notes.txt/out").exits(1).stderr);
    let key = sandbox.write("out/credentials/acme-argo-workflows.yaml", "accessKeyId: a\nsecretAccessKey: b\n");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("chmod");
    note(said, "BW0802", &sandbox.run("render").exits(1).stderr);
    note(said, "BW0815", &sandbox.run("apply --rehearse --out out").exits(2).stderr);
    let _ = sandbox.run("apply --rehearse").ok();
    note(said, "BW0816", &sandbox.run("render --out out-rehearsal").exits(2).stderr);
    std::fs::copy(sandbox.path("out-rehearsal/credentials/acme-argo-workflows.yaml"), &key).expect("copied");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("chmod");
    note(said, "BW0817", &sandbox.run("render").exits(2).stderr);
    let mut full = sandbox.command();
    full.arg("schema").stdout(std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full"));
    note(said, "BW0818", &String::from_utf8_lossy(&full.output().expect("runs").stderr));
}

/// Old values that cannot be migrated.
fn migrating(said: &mut Said) {
    let minio = "artifactRepository: {s3: {endpoint: minio:9000}}\n";
    for (code, profile, version, values, more) in [
        ("BW1701", "argo-workflows", "1.0.18", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n", ""),
        ("BW1702", "argo-workflows", "1.0.18", "server: {authModes: [server]}\n", ""),
        ("BW1703", "gitlab", "9.9.1", "global:\n  minio:\n    enabled: \"false\"\n", ""),
        ("BW1704", "ona", "3.0.0", minio, ""),
        ("BW1705", "massdriver", "0.2.0", "domain: example.com\n", "--keep-minio massdriver/argocd"),
        ("BW1706", "argo-workflows", "1.0.18", minio, "--out ."),
    ] {
        let sandbox = Sandbox::with_spec("name: another\n");
        sandbox.write("now.yaml", values);
        let command = format!(
            "migrate settings --profile {profile} --chart-version {version} --values now.yaml --name acme --region eu-west-1 {more}"
        );
        note(said, code, &sandbox.run(&command).exits(2).stderr);
    }
}

/// Questions without answers.
fn asking(said: &mut Said) {
    let sandbox = Sandbox::new();
    note(said, "BW0901", &sandbox.run("").exits(2).stderr);
    sandbox.write("answers.yaml", "spec.name: acme\n");
    note(said, "BW0902", &sandbox.run("init --offline --defaults --answers answers.yaml").exits(2).stderr);
    let mut command = sandbox.command();
    command.args(["init", "--offline"]);
    note(said, "BW0903", &on_a_terminal(command, Some("Name of this installation")));
}

/// What a command prints on a terminal; at a question it is interrupted.
fn on_a_terminal(mut command: std::process::Command, question: Option<&str>) -> String {
    command.env("TERM", "xterm");
    let mut session = Session::spawn(command).expect("a terminal");
    session.get_process_mut().set_window_size(80, 40).expect("80 columns");
    session.set_expect_timeout(Some(Duration::from_mins(2)));
    if let Some(question) = question {
        session.expect(question).and_then(|_| session.expect("Esc goes back")).expect("the question");
        session.write_all(b"\x03").and_then(|()| session.flush()).expect("Ctrl-C");
    }
    let end = session.expect(expectrl::Eof).expect("it ends");
    let text = String::from_utf8_lossy(end.as_bytes()).into_owned();
    text.replace('\r', "")
}
