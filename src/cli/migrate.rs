//! `migrate settings`: from the values that run on MinIO to those that run on S3. Nothing is changed.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use semver::Version;

use super::Outcome;
use super::cluster::ClusterArguments;
use super::context::Context;
use crate::base::error::{Code, Error, Result};
use crate::base::shell::word;
use crate::files::out::{Folder, World, write_public_below};
use crate::helm::chart::ValuesFile;
use crate::migrate::{Migrated, MigrationOptions, migrate};
use crate::report::{migrate_json, migrate_text};
use crate::spec::{Identity, Roles};
use crate::wizard::Leaving;

/// Leaving MinIO.
#[derive(Debug, Subcommand)]
pub(super) enum MigrateCommand {
    /// Reads the values that run now and writes a spec, an overlay that undoes MinIO, the Secrets, and a report. Changes nothing.
    Settings(SettingsArguments),
}

/// Arguments of `migrate settings`.
#[derive(Debug, Args)]
#[command(
    override_usage = "bucketwright migrate settings [OPTIONS] --profile <PROFILE> --chart-version <VERSION>\n         \
                      --name <NAME> --region <REGION>",
    after_help = "Example:\n  helm get values gitlab --namespace gitlab -o yaml > now.yaml\n  \
    bucketwright migrate settings --profile gitlab --chart-version 9.9.1 \\\n    \
    --values now.yaml --name acme --region eu-west-1 --out s3\n\n\
    Then read s3/migration.txt. One release a run: its values files are merged in their order, as Helm does. \
    No cloud is asked, and no cluster but for --running; no data is copied, and no value of yours is shown. \
    More: `bucketwright explain migrate`."
)]
pub(super) struct SettingsArguments {
    /// The profile of the chart: gitlab, argo-workflows, massdriver or gitpod.
    #[arg(long, value_name = "PROFILE")]
    profile: String,
    /// The chart's version that runs now.
    #[arg(long, value_name = "VERSION")]
    chart_version: Version,
    /// A values file of the release, or Gitpod's config; several in Helm's order, where later ones win.
    #[arg(long, value_name = "FILE", required_unless_present = "running")]
    values: Vec<PathBuf>,
    /// The name of the new spec: a part of the names of buckets, roles and users.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// The region of the new buckets.
    #[arg(long, value_name = "REGION")]
    region: String,
    /// How pods will prove who they are. Keys work everywhere, as MinIO's do; a role is safer, and needs the options below.
    #[arg(long, value_name = "IDENTITY", default_value = "static-keys")]
    identity: IdentityWord,
    /// A role or user for each component of the chart, instead of one for all.
    #[arg(long)]
    per_component: bool,
    /// The AWS account, 12 digits.
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// The EKS cluster.
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
    /// Its OIDC issuer, for IRSA.
    #[arg(long, value_name = "URL")]
    oidc_issuer: Option<String>,
    /// The ARN of the nodes' role, for node-role.
    #[arg(long, value_name = "ARN")]
    node_role: Option<String>,
    /// The key of an umbrella chart below which the chart's values are, such as argo or platform.argo.
    #[arg(long, value_name = "KEY")]
    below: Option<String>,
    /// The Helm release; the profile's default when missing.
    #[arg(long, value_name = "NAME")]
    release: Option<String>,
    /// Its namespace; the profile's default when missing.
    #[arg(short = 'n', long, value_name = "NAME")]
    namespace: Option<String>,
    /// A part that stays on MinIO, such as massdriver/argo; may be given several times.
    #[arg(long, value_name = "PROFILE/PART")]
    keep_minio: Vec<String>,
    /// The folder to write into.
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// Read the values of the release that runs, as Helm keeps them in the cluster, in the place of --values.
    #[arg(long, help_heading = "Cluster", conflicts_with = "values", requires_all = ["release", "namespace"])]
    running: bool,
    #[command(flatten)]
    kube: ClusterArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum IdentityWord {
    Irsa,
    PodIdentity,
    NodeRole,
    StaticKeys,
}

impl From<IdentityWord> for Identity {
    fn from(word: IdentityWord) -> Self {
        match word {
            IdentityWord::Irsa => Self::Irsa,
            IdentityWord::PodIdentity => Self::PodIdentity,
            IdentityWord::NodeRole => Self::NodeRole,
            IdentityWord::StaticKeys => Self::StaticKeys,
        }
    }
}

pub(super) fn run(context: &Context, command: &MigrateCommand) -> Result<Outcome> {
    let MigrateCommand::Settings(arguments) = command;
    settings(context, arguments)
}

fn settings(context: &Context, arguments: &SettingsArguments) -> Result<Outcome> {
    let files = match arguments.running() {
        Some((release, namespace)) => vec![Context::block_on(running(&arguments.kube, release, namespace))?],
        None => arguments
            .values
            .iter()
            .map(|path| no_stream(path).and_then(|()| crate::files::input::values(path)).map(|(file, _)| file))
            .collect::<Result<Vec<_>>>()?,
    };
    let migrated = migrate(&files, &request(arguments)?, &context.catalogue()?)?;
    let written = write(&arguments.out, &migrated)?;
    if context.json() {
        context.print_json(&migrate_json(&migrated, &written));
    } else {
        context.screen.data_lines(&migrate_text(&migrated, Some(&context.screen)));
        context.screen.say(&format!("Wrote {} files into {}.", written.len(), arguments.out.display()));
    }
    Ok(Outcome::Done)
}

/// What the guided run hands over: the migration of a release that runs. Without the cluster its command is printed.
pub(super) fn leave(context: &Context, leaving: &Leaving, offline: bool) -> Result<Outcome> {
    let arguments = SettingsArguments {
        profile: leaving.profile.clone(),
        chart_version: leaving.version.clone(),
        values: Vec::new(),
        name: leaving.name.clone(),
        region: leaving.region.clone(),
        identity: IdentityWord::StaticKeys,
        per_component: false,
        account: None,
        cluster: None,
        oidc_issuer: None,
        node_role: None,
        below: None,
        release: Some(leaving.release.clone()),
        namespace: Some(leaving.namespace.clone()),
        keep_minio: Vec::new(),
        out: PathBuf::from("out"),
        running: true,
        kube: ClusterArguments::default(),
    };
    let words = [
        "bucketwright",
        "migrate",
        "settings",
        "--profile",
        &leaving.profile,
        "--chart-version",
        &leaving.version.to_string(),
        "--running",
        "--release",
        &leaving.release,
        "--namespace",
        &leaving.namespace,
        "--name",
        &leaving.name,
        "--region",
        &leaving.region,
    ];
    let command = words.map(word).join(" ");
    if offline {
        let release = &leaving.release;
        context
            .screen
            .say(&format!("To leave MinIO, run this where the cluster with the release {release} is reached:"));
        context.screen.say_lines(&format!("  {command}"));
        return Ok(Outcome::Done);
    }
    context.screen.say(&format!("Reading the release {}; nothing is changed.", leaving.release));
    context.screen.say_lines(&format!("  {command}"));
    settings(context, &arguments)
}

/// Refuses `-`: later steps give the same files to Helm again.
fn no_stream(path: &Path) -> Result<()> {
    if path != Path::new("-") {
        return Ok(());
    }
    Err(Error::new(Code::UNREADABLE, "`--values -`: this command does not read standard input")
        .why("The steps that it prints give the old values to Helm again, so they must be in a file.")
        .fix("Write them into one, `helm get values RELEASE --namespace NAMESPACE --output yaml > now.yaml`, and give `--values now.yaml`; or use `--running`. A file called `-` is `./-`."))
}

impl SettingsArguments {
    /// Release and namespace, where the values of what runs are wanted.
    fn running(&self) -> Option<(&str, &str)> {
        self.running.then_some(())?;
        Some((self.release.as_deref()?, self.namespace.as_deref()?))
    }
}

/// The values that a running release was given.
async fn running(kube: &ClusterArguments, release: &str, namespace: &str) -> Result<ValuesFile> {
    let found = kube.connect().await?.release(namespace, release).await?;
    ValuesFile::parse(&format!("the release {release} in {namespace}"), found.values().expose())
}

fn request(arguments: &SettingsArguments) -> Result<MigrationOptions> {
    Ok(MigrationOptions {
        profile: arguments.profile.clone(),
        chart_version: arguments.chart_version.clone(),
        name: arguments.name.clone(),
        region: arguments.region.clone(),
        account: arguments.account.clone(),
        cluster: arguments.cluster.clone(),
        oidc_issuer: arguments.oidc_issuer.clone(),
        node_role: arguments.node_role.clone(),
        identity: arguments.identity.into(),
        roles: if arguments.per_component { Roles::PerComponent } else { Roles::Shared },
        below: arguments.below.as_deref().map(crate::spec::below).transpose()?.unwrap_or_default(),
        release: arguments.release.clone(),
        namespace: arguments.namespace.clone(),
        keep: arguments.keep_minio.clone(),
        files: match arguments.running() {
            Some((release, _)) => vec![format!("{release}.now.yaml")],
            None => arguments.values.iter().map(|path| path.display().to_string()).collect(),
        },
        files_from_out: files_from_out(arguments),
        running: arguments.running,
        out: arguments.out.display().to_string().trim_end_matches('/').to_owned(),
    })
}

/// The values files as the output folder names them: later commands may be given from elsewhere.
fn files_from_out(arguments: &SettingsArguments) -> Vec<String> {
    let here = std::env::current_dir().unwrap_or_default();
    let out = whole(&here, &arguments.out);
    let from_out = |file: &Path| {
        if file.is_absolute() {
            return file.display().to_string();
        }
        let file = whole(&here, file);
        let common = out.iter().zip(&file).take_while(|(a, b)| a == b).count();
        let up = out[common..].iter().map(|_| OsString::from(".."));
        up.chain(file[common..].iter().cloned()).collect::<PathBuf>().display().to_string()
    };
    match arguments.running() {
        Some((release, _)) => vec![from_out(Path::new(&format!("{release}.now.yaml")))],
        None => arguments.values.iter().map(|path| from_out(path)).collect(),
    }
}

/// The names on the way to a path, from the root.
fn whole(here: &Path, path: &Path) -> Vec<OsString> {
    let mut names = Vec::new();
    for part in here.join(path).components() {
        match part {
            Component::Normal(name) => names.push(name.to_owned()),
            Component::ParentDir => drop(names.pop()),
            _ => {}
        }
    }
    names
}

/// Writes everything; what somebody has changed or `apply` has made is not replaced.
fn write(out: &Path, migrated: &Migrated) -> Result<Vec<String>> {
    let folder = Folder::open(out, None, World::Real)?;
    let mut files: Vec<(String, String)> = vec![("bucketwright.yaml".to_owned(), migrated.spec.clone())];
    files.extend(migrated.undo.clone());
    files.push(("migration.txt".to_owned(), migrate_text(migrated, None)));
    let rendered = migrated.bundle.files().map(|(path, _)| path.to_owned());
    let mut names: Vec<String> = rendered.chain(files.iter().map(|(path, _)| path.clone())).collect();
    names.push("migration.json".to_owned());
    names.sort();
    files.push(("migration.json".to_owned(), format!("{:#}\n", migrate_json(migrated, &names))));
    if let Some(what) = taken(&folder, &files)? {
        return Err(Error::new(Code::FOLDER_TAKEN, format!("{} holds {what}", out.display()))
            .why("This command would write its first draft over it, with placeholders where keys belong.")
            .fix("Choose another `--out DIR`."));
    }
    folder.write(&migrated.bundle)?;
    for (path, text) in files {
        write_public_below(out, &path, &text)?;
    }
    Ok(names)
}

/// What a folder holds that would be lost. The spec comes first among the files: with it, they are those of an earlier run.
fn taken(folder: &Folder, files: &[(String, String)]) -> Result<Option<String>> {
    let Some(((spec, wanted), others)) = files.split_first() else { return Ok(None) };
    match folder.text(spec)? {
        Some(there) if there.as_str() != wanted => return Ok(Some("a spec that says something else".to_owned())),
        Some(_) => {}
        None => {
            for (path, text) in others {
                if folder.text(path)?.is_some_and(|there| there.as_str() != text) {
                    return Ok(Some(format!("a file {path} of others")));
                }
            }
        }
    }
    Ok(folder.has_keys().then(|| "what `apply` has made".to_owned()))
}
