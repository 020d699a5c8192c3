//! Commands that a cloud leaves to its own tool, or that have no meaning in it. Pure.

use std::path::PathBuf;

use crate::base::error::{Code, Error};
use crate::spec::Spec;

/// A command, or a form of one, that not every cloud carries out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// `rotate`.
    Rotate,
    /// `destroy`.
    Destroy,
    /// `export`.
    Export,
    /// `--external-secrets`.
    ExternalSecrets,
    /// `verify trust`.
    VerifyTrust,
    /// `verify --as-caller` and `verify --in-cluster`.
    VerifyCaller,
}

/// How a command was called, as far as its lines repeat it.
#[derive(Clone, Debug)]
pub struct Called {
    /// The options that name the same spec and folders again, each with a blank before it.
    pub options: String,
    /// The folder that keeps the keys which `apply` makes.
    pub keys: PathBuf,
}

impl Default for Called {
    /// Called without an option.
    fn default() -> Self {
        Self { options: String::new(), keys: "out/credentials".into() }
    }
}

/// The refusal of a task, with the lines that do the same.
#[derive(Debug)]
pub struct LeftToTool {
    /// The refusal. With lines it names the tool that takes them.
    pub error: Error,
    /// The lines, whole, so that a shell can take them. None of them holds a secret.
    pub lines: Vec<String>,
}

/// The refusal of a rotation where no key is made. `there` are those that are, when others were meant.
pub fn nothing_to_rotate(there: &[String]) -> Error {
    Error::new(Code::NOTHING_TO_ROTATE, "there is no key to rotate here")
        .why("Only keys that `apply` makes are rotated. Roles have none, and keys that you bring are yours to replace.")
        .fix(match there {
            [] => "Use `identity: static-keys` without `credentials`, or keep to roles, which need no rotation."
                .to_owned(),
            users => format!("Name one of these with --principal or --install, or name none: {}.", users.join(", ")),
        })
}

impl LeftToTool {
    /// A task that only AWS has; `title` is the cloud's.
    pub fn only_on_aws(spec: &Spec, title: &str, task: Task) -> Self {
        let (command, why, instead) = match task {
            Task::Rotate => (
                "`rotate`",
                "It makes and retires keys of IAM users. The keys of a store are made with its own tool, and brought by `credentials`.",
                "Make a second key with the store's tool, change what `credentials` refer to, and run `bucketwright apply`; retire the old key when the charts have restarted.",
            ),
            Task::Destroy => (
                "`destroy`",
                "It finds what it may remove by tags, which AWS keeps. Many stores keep none, so it could not tell this spec's buckets from others.",
                "Remove the buckets and the keys with the store's own tool: `bucketwright plan` names them.",
            ),
            Task::Export => (
                "`export`",
                "Its forms are calls and resources of AWS: IAM, EKS and settings of S3 that other servers do not have.",
                "Use `bucketwright apply`, which leaves out what the store lacks and says so; `bucketwright render` writes the charts' files offline.",
            ),
            Task::ExternalSecrets => (
                "`--external-secrets`",
                "The entries are written to AWS Secrets Manager, in the account of the buckets.",
                "Use `--seal CERT` or `--encrypt age:RECIPIENT`, which need no cloud.",
            ),
            Task::VerifyTrust => (
                "`verify trust`",
                "It holds tokens against the trust policies of IAM roles.",
                "Name a spec of AWS with `-f FILE`.",
            ),
            Task::VerifyCaller => (
                "this form of `verify`",
                "It proves whom AWS takes a pod or a caller for.",
                "Run `bucketwright verify` without more: it uses the keys, and reads on Google Cloud the bindings. `bucketwright explain azure` shows how a pod tries its identity on Azure.",
            ),
        };
        let what = format!("{command} does not work with {title}");
        let error = Error::new(Code::ONLY_ON_AWS, what).why(why).fix(instead).at(spec.place("cloud.provider"));
        Self { error, lines: Vec::new() }
    }
}
