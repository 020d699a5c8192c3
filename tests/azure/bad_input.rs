//! What is wrong with a spec for Azure, or with a storage account: each has a code of its own and a fix.

use super::{ACCOUNT, ARGO, CLOUD, GITLAB, call, spec};
use crate::aws::codes;
use crate::harness::{Sandbox, Store, free_port};

#[test]
fn what_a_spec_cannot_say_of_azure() {
    let roles = |install: &str| install.replace("static-keys", "workload-identity");
    let many = |count: usize| {
        let names: Vec<String> = (1..count).map(|number| format!("team-{number}")).collect();
        roles(ARGO).replace('}', &format!(", options: {{workflowNamespaces: [{}]}}}}", names.join(", ")))
    };
    let named = |name: &str| GITLAB.replace("9.9.1,", &format!("9.9.1, buckets: {{lfs: {name}}},"));
    let principal = ", credentials: {accessKeyId: env:A, secretAccessKey: env:B}}";
    let with_principal = GITLAB.replace('}', principal);
    let gitpod = |rest: &str| format!("{{profile: gitpod, identity: static-keys, chartVersion: {rest}}}");
    let massdriver = |rest: &str| format!("{{profile: massdriver, chartVersion: 0.2.0, identity: {rest}}}");
    let tenant = "  tenant: 66666666-7777-8888-9999-000000000000\n";
    // 20 is what Azure takes: the server's account and 19 of workflows.
    let most = spec("  cluster: {name: prod}\n", &[&many(19)]);
    let _ = Sandbox::with_spec(&most).run("render --placeholders").ok();
    for (from, to, install, code, word) in [
        ("storageAccount: acmeprod", "storageAccount: acme-prod", GITLAB, "BW1601", "`acmeprod`"),
        ("storageAccount: acmeprod", "storageAccount: AcmeProd", GITLAB, "BW1601", "`acmeprod`"),
        ("subscription: 1111", "subscription: prod-1111", GITLAB, "BW1603", "az account show"),
        ("resourceGroup: acme-prod", "resourceGroup: acme/prod", GITLAB, "BW1604", "az group list"),
        ("location: westeurope", "location: West Europe", GITLAB, "BW1605", "`westeurope`"),
        ("location: westeurope", "location: eu-west-1", GITLAB, "BW1605", "list-locations"),
        ("location: westeurope", "location: westeurop", GITLAB, "BW1605", "`westeurope`"),
        ("location: westeurope", "location: atlantis", GITLAB, "BW1605", "allowUnknownRegion"),
        ("  location: westeurope\n", "", GITLAB, "BW0104", "location"),
        ("westeurope\n", "westeurope\n  region: eu-west-1\n", GITLAB, "BW1401", "region"),
        (
            "westeurope\n",
            "westeurope\n  domain: acmeprod.blob.core.windows.net\n",
            GITLAB,
            "BW1606",
            "`core.windows.net`",
        ),
        (
            "location: westeurope",
            "location: chinanorth3\n  domain: core.windows.net",
            GITLAB,
            "BW1606",
            "`core.chinacloudapi.cn`",
        ),
        (
            "location: westeurope",
            "location: westeurope\n  domain: core.usgovcloudapi.net",
            GITLAB,
            "BW1606",
            "AzureUSGovernment",
        ),
        ("westeurope\n", "westeurope\n  cluster: {name: prod}\n", &many(21), "BW1611", "per-component"),
        ("westeurope\n", "westeurope\n  accountKey: c2VjcmV0c2VjcmV0\n", GITLAB, "BW0110", "env:NAME"),
        ("westeurope\n", "westeurope\nbucketDefaults: {namespace: account-regional}\n", GITLAB, "BW1607", "namespace"),
        (
            "westeurope\n",
            "westeurope\n  cluster: {name: prod, oidcIssuer: \"http://x/\"}\n",
            GITLAB,
            "BW0207",
            "az aks show",
        ),
        ("", "", &named("acme--lfs"), "BW1602", "`acme-lfs`"),
        ("", "", &named("$root"), "BW1602", "`root`"),
        ("", "", &roles(GITLAB), "BW0404", "cluster: {name: NAME}"),
        ("", "", &GITLAB.replace("static-keys", "irsa"), "BW0401", "workload-identity"),
        ("", "", &with_principal, "BW1609", "az account show --query tenantId"),
        ("westeurope\n", &format!("westeurope\n{tenant}"), &with_principal, "BW1642", "workload-identity"),
        ("", "", &GITLAB.replace("9.9.1,", "9.9.1, options: {backupTool: awscli},"), "BW1643", "azcopy"),
        (
            "westeurope\n",
            "westeurope\n  cluster: {name: prod}\n",
            &roles(GITLAB).replace("9.9.1", "8.5.0"),
            "BW0401",
            "static-keys",
        ),
        ("", "", &gitpod("2022.11.3, options: {registryStorage: s3}"), "BW1648", "registryStorage: volume"),
        ("", "", &gitpod("2026.7.0"), "BW0401", "removed on 2023-02-01"),
        ("westeurope\n", "westeurope\n  cluster: {name: prod}\n", &massdriver("workload-identity"), "BW0401", "label"),
        ("", "", &massdriver("static-keys").replace("0.2.0", "0.0.12"), "BW0401", "0.0.17"),
        (
            "westeurope\n",
            &format!("westeurope\n{tenant}"),
            &massdriver(&format!("static-keys{}", &principal[..principal.len() - 1])),
            "BW1642",
            "components: {massdriver",
        ),
    ] {
        let text = spec("", &[install]);
        let text = if from.is_empty() { text } else { text.replacen(from, to, 1) };
        let report = Sandbox::with_spec(&text).run("render --placeholders -o json").exits(2).json();
        assert!(codes(&report).contains(&code), "{code}: {text}\n{report:#}");
        assert!(report.to_string().contains(word), "{word}: {report:#}");
    }
}

/// A name may do in one cloud and not in the other, each way round; the message says so.
#[test]
fn a_bucket_name_is_held_to_its_clouds_rules() {
    let clouds = [
        "provider: aws, region: eu-west-1",
        "provider: s3, store: minio, endpoint: \"https://minio.example.com\"",
        "provider: gcp, project: acme-prod, location: europe-west2",
    ];
    let clouds = clouds.map(|cloud| format!("cloud: {{{cloud}}}\n"));
    let clouds = [clouds[0].as_str(), &clouds[1], &clouds[2], CLOUD];
    for (name, codes_of_each) in [
        ("acme-lfs", ["", "", "", ""]),
        ("acme--lfs", ["", "", "", "BW1602"]),
        ("sthree-lfs", ["BW0201", "", "", ""]),
        ("goog-lfs", ["", "", "BW1504", ""]),
        ("minio", ["", "BW1403", "", ""]),
        ("acme_lfs", ["BW0201", "BW0201", "", "BW1602"]),
        ("acme.lfs", ["BW0201", "BW0201", "BW1504", "BW1602"]),
    ] {
        for (cloud, code) in clouds.iter().zip(codes_of_each) {
            let keys = ", credentials: {accessKeyId: env:A, secretAccessKey: env:B}";
            let keys = if cloud.contains("provider: s3") { keys } else { "" };
            let install = GITLAB.replace("9.9.1,", &format!("9.9.1, buckets: {{lfs: {name}}}{keys},"));
            let sandbox = Sandbox::with_spec(&spec("", &[&install]).replace(CLOUD, cloud));
            let run = sandbox.run("render --placeholders -o json");
            if code.is_empty() {
                let _ = run.ok();
            } else {
                assert_eq!(codes(&run.exits(2).json()), [code], "{name}: {cloud}");
            }
        }
    }
    let taken = GITLAB.replace("9.9.1,", "9.9.1, buckets: {lfs: acme--lfs},");
    let report = Sandbox::with_spec(&spec("", &[&taken])).run("render --placeholders -o json").exits(2).json();
    assert!(report.to_string().contains("On AWS the name would do"), "{report:#}");
}

#[test]
fn what_is_left_to_az() {
    let sandbox = Sandbox::with_spec(&spec("", &[ARGO]));
    for (arguments, code, word) in [
        ("destroy --yes", "BW1610", "az storage container-rm delete"),
        ("rotate --yes", "BW1610", "az storage account keys renew"),
        ("apply --yes", "BW1610", "az storage account keys list"),
        ("export --as cloudformation", "BW1610", "--as az"),
        ("render --external-secrets vault", "BW1408", "--seal"),
    ] {
        let report = sandbox.run(&format!("{arguments} -o json")).exits(2).json();
        assert_eq!(codes(&report), [code], "{arguments}: {report:#}");
        assert!(report.to_string().contains(word), "{word}: {report:#}");
    }
    // Rights are asked for by lines, and that is no error.
    let rights = sandbox.run("plan --permissions").ok().stdout;
    assert!(rights.contains("--role 'Role Based Access Control Administrator'"), "{rights}");
    let plan = sandbox.run("plan").ok().stdout;
    assert!(plan.contains("az storage container-rm create") && !plan.contains("Nothing to make"), "{plan}");
    // For an identity, rendering wants what Azure chose, and says how to see it.
    let roles = ARGO.replace("static-keys", "workload-identity");
    let sandbox = Sandbox::with_spec(&spec("  cluster: {name: prod}\n", &[&roles]));
    for command in ["render", "apply --yes"] {
        let report = sandbox.run(&format!("{command} -o json")).exits(2).json();
        assert_eq!(codes(&report), ["BW1608"], "{report:#}");
        assert!(report.to_string().contains("az identity show"), "{report:#}");
    }
    assert!(!sandbox.path("out").exists(), "nothing was written");
    let aws = spec("", &[ARGO]).replace(CLOUD, "cloud: {provider: aws, region: eu-west-1}\n");
    let report = Sandbox::with_spec(&aws).run("export --as az -o json").exits(2).json();
    assert_eq!(codes(&report), ["BW1610"]);
}

#[test]
fn an_account_that_does_not_answer_and_keys_that_are_none() {
    let sandbox = Sandbox::with_spec(&spec("", &[ARGO]));
    let plan = |address: &str, key: &str| {
        let call = sandbox.call(["plan", "-o", "json"]);
        call.env("AZURE_STORAGE_KEY", key).env("AZURE_STORAGE_SERVICE_ENDPOINT", address).run()
    };
    let port = free_port().expect("a port");
    let report = plan(&format!("http://127.0.0.1:{port}/acmeprod"), ACCOUNT.1).exits(1).json();
    assert_eq!(codes(&report), ["BW1620"], "{report:#}");
    let report = plan("http://127.0.0.1:1/acmeprod", "not base64!").exits(1).json();
    assert_eq!(codes(&report), ["BW1621"]);
    assert!(!report.to_string().contains("not base64!"), "the key is never repeated");
    // Objects do not leave the machine in plaintext.
    assert_eq!(codes(&plan("http://example.com/acmeprod", ACCOUNT.1).exits(2).json()), ["BW0209"]);

    let store = match Store::azurite(false) {
        Ok(store) => store,
        Err(why) => skip!("azurite", why),
    };
    let other = "YW5vdGhlciBrZXk=";
    let report = call(&sandbox, &store, "plan -o json").env("AZURE_STORAGE_KEY", other).run().exits(1).json();
    assert_eq!(codes(&report), ["BW1621"], "{report:#}");
    assert!(!report.to_string().contains(other), "{report:#}");
}

/// What Azurite never answers, as the reference words it; each call gets the same.
#[test]
fn what_only_azure_answers_is_explained() {
    use std::io::{Read, Write};
    for (status, said, code, word) in [
        ("403 Forbidden", "KeyBasedAuthenticationNotPermitted", "BW1622", "--allow-shared-key-access"),
        ("403 Forbidden", "AuthorizationFailure", "BW1623", "network-rule add"),
        ("409 Conflict", "ContainerBeingDeleted", "BW1624", "Wait a minute"),
    ] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}/acmeprod", listener.local_addr().expect("an address"));
        let served = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a call");
            let _ = stream.read(&mut [0; 8192]).expect("a request");
            let body = format!("<?xml version=\"1.0\"?><Error><Code>{said}</Code><Message>No.</Message></Error>");
            let head = format!("HTTP/1.1 {status}\r\nx-ms-error-code: {said}\r\ncontent-type: application/xml\r\n");
            write!(stream, "{head}connection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len()).expect("answers");
        });
        let sandbox = Sandbox::with_spec(&spec("", &[ARGO]));
        let call = sandbox.call(["plan", "-o", "json"]).env("AZURE_STORAGE_KEY", ACCOUNT.1);
        let report = call.env("AZURE_STORAGE_SERVICE_ENDPOINT", &address).run().exits(1).json();
        served.join().expect("one call");
        assert_eq!(codes(&report), [code], "{report:#}");
        assert!(report.to_string().contains(word) && !report.to_string().contains(ACCOUNT.1), "{report:#}");
    }
}
