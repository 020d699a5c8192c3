//! Keys that are in plaintext in the old values appear nowhere: not in a file, not on a screen.

use super::COMMON;
use crate::harness::{Sandbox, Search, tree};

/// Old values in which `§` stands for a key, wherever people put one.
const SLIPS: &[(&str, &str, &str)] = &[
    (
        "massdriver",
        "0.2.0",
        "massdriver: {blobStorage: {minio: {username: \"§\", password: \"§\"}, s3: {accessKeyId: \"§\", secretAccessKey: \"§\"}}}\n",
    ),
    (
        "massdriver",
        "0.2.0",
        "minio: {rootUser: \"§\", rootPassword: \"§\", users: [{accessKey: \"§\", secretKey: \"§\"}]}\n",
    ),
    ("massdriver", "0.2.0", "extraManifests: [{kind: Secret, stringData: {minio: \"§\"}}]\n"),
    (
        "gitpod",
        "2022.11.3",
        "minio: {accessKey: \"§\", secretKey: \"§\"}\ncomponents: {contentService: {remoteStorage: {kind: minio, minio: {accessKey: \"§\", secretKey: \"§\"}}}}\n",
    ),
    (
        "gitlab",
        "9.9.1",
        "gitlab: {toolbox: {extraEnv: {AWS_ACCESS_KEY_ID: \"§\", AWS_SECRET_ACCESS_KEY: \"§\"}}}\nminio: {accessKey: \"§\"}\n",
    ),
    ("gitlab", "9.9.1", "gitlab-runner: {runners: {config: \"[runners.cache.s3]\\n AccessKey = \\\"§\\\"\\n\"}}\n"),
    ("gitlab", "9.9.1", "gitlab: {toolbox: {backups: {cron: {extraArgs: \"--minio-key=§ --x §\"}}}}\n"),
    ("gitlab", "9.9.1", "global: {appConfig: {lfs: {connection: {\"§\": minio}}}}\n"),
    ("gitlab", "9.9.1", "global: {minio: {credentials: {secret: \"§\"}}}\n"),
    (
        "argo-workflows",
        "1.0.18",
        "artifactRepository: {s3: {endpoint: \"http://§:@minio:9000\", accessKeySecret: {name: \"§\", key: \"§\"}}}\n",
    ),
    (
        "argo-workflows",
        "1.0.18",
        "artifactRepository: {s3: {endpoint: minio:9000}}\nserver: {extraArgs: [\"--minio=§\"], \"§\": minio}\n",
    ),
];

/// Those that are refused, because a key stands where a name belongs.
const REFUSED: &[(&str, &str, &str)] = &[
    ("argo-workflows", "1.0.18", "artifactRepository: {s3: {endpoint: \"§\"}}\n"),
    ("argo-workflows", "1.0.18", "artifactRepository: {s3: {endpoint: minio:9000, bucket: \"§\"}}\n"),
    ("gitlab", "9.9.1", "global: {minio: {enabled: \"§\"}}\n"),
    (
        "gitlab",
        "9.9.1",
        "global: {minio: {enabled: false}, appConfig: {object_store: {connection: {secret: \"§\"}}}}\n",
    ),
];

#[test]
fn keys_appear_nowhere() {
    for secret in ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"] {
        let secret = secret.to_owned();
        let search = Search::new([&secret]);
        for (fails, (profile, version, old)) in
            SLIPS.iter().map(|one| (false, one)).chain(REFUSED.iter().map(|one| (true, one)))
        {
            let sandbox = Sandbox::new();
            sandbox.write("old.yaml", &old.replace('§', &secret));
            let command = format!(
                "migrate settings -vv --profile {profile} --chart-version {version} --values old.yaml {COMMON}"
            );
            for command in [command.clone(), format!("{command} -o json")] {
                let run = sandbox.run(&command);
                let (code, words) = (run.code(), run.any().all());
                assert_eq!(code, Some(if fails { 2 } else { 0 }), "{old}: {words}");
                assert_eq!(search.found(words.as_bytes()), Vec::<&str>::new(), "{old}: {words}");
            }
            if !fails {
                for (name, bytes) in tree(&sandbox.path("s3")) {
                    // The name of a key in a map is undone by that name, which is no place for a secret to be.
                    let named = name.ends_with("values.undo.yaml") && old.contains("\"§\": minio");
                    assert!(named || search.found(&bytes).is_empty(), "{old}: {name}");
                }
            }
        }
    }
}
