//! Set-ups on MinIO, as people have them: old values, and what must be gone afterwards.

use super::{COMMON, ROLE};
use crate::harness::Sandbox;

/// A set-up.
pub struct Case {
    pub name: &'static str,
    pub profile: &'static str,
    pub version: &'static str,
    /// The values files, in Helm's order.
    pub old: &'static [&'static str],
    /// Whether it moves to a role, rather than to keys.
    pub role: bool,
    /// Names, hosts and keys of the old set-up.
    pub gone: &'static [&'static str],
    /// What the user set and must find again, as a JSON pointer.
    pub stays: &'static [&'static str],
}

impl Case {
    /// A sandbox with the files.
    pub fn sandbox(&self) -> Sandbox {
        let sandbox = Sandbox::new();
        for (number, text) in self.old.iter().enumerate() {
            sandbox.write(&format!("old-{number}.yaml"), text);
        }
        sandbox
    }

    /// The files, as arguments.
    pub fn files(&self) -> Vec<String> {
        (0..self.old.len()).map(|number| format!("old-{number}.yaml")).collect()
    }

    /// The command.
    pub fn command(&self) -> String {
        let files: String = self.files().iter().map(|file| format!(" --values {file}")).collect();
        let role = if self.role { ROLE } else { "" };
        format!("migrate settings --profile {} --chart-version {}{files} {COMMON} {role}", self.profile, self.version)
    }
}

/// GitLab on the MinIO that its chart brings, over two files.
const GITLAB: &[&str] = &[
    "\
global:
  hosts:
    domain: example.com
    minio: {name: objects.example.com}
  appConfig:
    lfs:
      bucket: my-lfs
    packages: {enabled: false}
    terraformState: {enabled: true}
  minio:
    enabled: true
    credentials: {secret: my-old-login}
registry:
  minio: {redirect: true}
  storage: {key: cfg}
gitlab:
  toolbox:
    backups:
      cron: {enabled: true, extraArgs: \"--s3tool s3cmd --maximum-backups 7\"}
      objectStorage: {config: {secret: my-old-s3cfg, key: s3cfg, gcpProject: left-over}}
    extraEnv: {AWS_ENDPOINT_URL: \"http://objects.example.com\", TZ: UTC}
  webservice:
    minReplicas: 3
# The volume
minio:
  persistence:
    size: 200Gi
  ingress: {tls: {secretName: my-old-tls}}
gitlab-runner:
  runners:
    cache: {secretName: my-old-cache}
    config: |
      [[runners]]
        [runners.cache.s3]
          ServerAddress = \"objects.example.com\"
",
    "\
global:
  appConfig:
    artifacts:
      connection: {secret: my-old-artifacts, key: conn}
      cdn: {secret: my-cdn}
    object_store:
      proxy_download: false
",
];

pub const CASES: &[Case] = &[
    Case {
        name: "gitlab-bundled",
        profile: "gitlab",
        version: "9.9.1",
        old: GITLAB,
        role: false,
        gone: &["my-old-", "objects.example.com", "left-over", "s3cfg", "\"cfg\"", "200Gi", "--s3tool"],
        stays: &["/gitlab/webservice/minReplicas", "/gitlab/toolbox/extraEnv/TZ", "/global/hosts/domain"],
    },
    Case {
        name: "gitlab-external",
        profile: "gitlab",
        version: "9.9.1",
        old: &["\
global:
  minio: {enabled: false}
  appConfig:
    object_store: {enabled: true, connection: {secret: my-old-minio, key: rails-conn}}
    externalDiffs: {enabled: true, bucket: diffs}
    backups: {bucket: saves, tmpBucket: saves-tmp}
  registry: {bucket: images}
  pages: {enabled: true, objectStore: {bucket: sites, connection: {secret: my-old-minio, key: rails-conn}}}
registry: {storage: {secret: my-old-registry, key: registry.yaml, extraKey: ca.pem, redirect: {disable: true}}}
gitlab: {toolbox: {backups: {objectStorage: {config: {secret: my-old-backups, key: cfg.ini}}}}}
"],
        role: true,
        gone: &[
            "my-old-",
            "rails-conn",
            "registry.yaml",
            "ca.pem",
            "cfg.ini",
            "\"diffs\"",
            "\"saves",
            "\"images\"",
            "\"sites\"",
        ],
        stays: &["/registry/storage/redirect/disable"],
    },
    Case {
        name: "argo-keys",
        profile: "argo-workflows",
        version: "1.0.18",
        old: &[ARGO],
        role: false,
        gone: &["minio", "my-old-", "\"accesskey\"", "ca.crt", "old-bucket"],
        stays: &["/server/authModes/0", "/artifactRepository/archiveLogs"],
    },
    Case {
        name: "argo-role",
        profile: "argo-workflows",
        version: "0.47.5",
        old: &[ARGO],
        role: true,
        gone: &["minio", "my-old-", "\"accesskey\"", "ca.crt", "old-bucket"],
        stays: &["/server/authModes/0"],
    },
    Case {
        name: "argo-old-role",
        profile: "argo-workflows",
        version: "0.45.14",
        old: &[ARGO],
        role: true,
        gone: &["minio", "my-old-", "\"accesskey\"", "ca.crt", "old-bucket"],
        stays: &["/server/authModes/0"],
    },
    Case {
        name: "massdriver-role",
        profile: "massdriver",
        version: "0.2.0",
        old: &[MASSDRIVER],
        role: true,
        gone: &["massdriver-minio", "rootUser", "rootPassword", "accesskey", "my-old-", "plain-user"],
        stays: &["/massdriver/replicaCount", "/domain"],
    },
    Case {
        name: "massdriver-keys",
        profile: "massdriver",
        version: "0.0.17",
        old: &[MASSDRIVER],
        role: false,
        gone: &["massdriver-minio", "rootUser", "rootPassword", "my-old-", "plain-user"],
        stays: &["/massdriver/replicaCount", "/domain"],
    },
    Case {
        name: "massdriver-first",
        profile: "massdriver",
        version: "0.0.12",
        old: &["domain: example.com\nmassdriver: {replicaCount: 1}\n"],
        role: true,
        gone: &["massdriver-minio", "rootUser", "rootPassword"],
        stays: &["/massdriver/replicaCount", "/domain"],
    },
];

const ARGO: &str = "\
useDefaultArtifactRepo: true
artifactRepository:
  archiveLogs: true
  s3:
    bucket: old-bucket
    endpoint: minio.storage.svc.cluster.local:9000
    insecure: true
    region: us-east-1
    accessKeySecret: {name: my-old-login, key: accesskey, optional: false}
    secretKeySecret: {name: my-old-login, key: secretkey}
    caSecret: {name: my-old-ca, key: ca.crt}
server:
  authModes: [server]
";

const MASSDRIVER: &str = "\
domain: example.com
massdriver:
  replicaCount: 1
  blobStorage:
    minio: {username: plain-user, password: plain-password}
minio:
  persistence: {size: 1Ti}
  users: [{accessKey: my-old-user, secretKey: my-old-password}]
argo-workflows:
  artifactRepository:
    s3: {insecure: true, accessKeySecret: {optional: false}}
";
