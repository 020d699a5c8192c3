//! What to run next: the commands that bring what was rendered into the cluster, as data.

use super::table::private_name;
use super::{Bundle, File, Folder, Keeping, SecretForm};
use crate::base::error::Result;
use crate::base::shell::{Command, OUT, Part, Purpose, Seat};
use crate::profile::ChartKind;

/// Stands for the user's own values file, of which this program knows nothing.
pub const YOUR_VALUES: &str = "YOUR-VALUES.yaml";

/// Stands for an umbrella chart, of which this program knows nothing but the key of a subchart.
pub const UMBRELLA: &str = "UMBRELLA-CHART";

/// What brings one install into the cluster.
#[derive(Clone, Debug)]
pub struct Next {
    /// Its id.
    pub install: String,
    /// The Helm release, where Helm installs it.
    pub release: Option<HelmRelease>,
    /// The commands, in their order.
    pub commands: Vec<Command>,
}

/// A Helm release, as the words about it need it.
#[derive(Clone, Debug)]
pub struct HelmRelease {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// What the chart demands of the user's own values, where it does not render without any.
    pub demands: Option<String>,
}

impl HelmRelease {
    /// The command that writes the values which the release was given: they may hold keys, so only their owner may read them.
    pub fn keeps_values(&self, file: &str) -> Command {
        let words = ["helm", "get", "values", &self.name, "--namespace", &self.namespace, "--output", "yaml"];
        let get = Command::words(Purpose::Prepare, words).one_line(&Seat::inside());
        Command::line(Purpose::Prepare, &format!("(umask 077; {get} > {})", crate::base::shell::word(file)))
    }
}

impl Next {
    /// The seat from which the output folder has this path, with the user's own values where Helm takes some.
    pub fn seat(&self, out: &str) -> Seat {
        Seat::beside(out).with_own(&[YOUR_VALUES])
    }
}

/// The commands of an install, with the files that are in the bundle.
///
/// # Errors
/// `BW0303` when the profile's text fails.
pub(super) fn next(folder: &Folder<'_>, bundle: &Bundle) -> Result<Next> {
    let (install, about) = (folder.install, &folder.install.profile.about);
    let helm = about.kind == ChartKind::Helm && about.command.is_none();
    let mut commands = Vec::new();
    if helm
        && install.below.is_empty()
        && let Some(repository) = about.chart.repository.as_ref().filter(|one| !one.url.as_str().starts_with("oci://"))
    {
        commands.push(Command::words(
            Purpose::Prepare,
            ["helm", "repo", "add", repository.name.as_str(), repository.url.as_str()],
        ));
    }
    if about.kind != ChartKind::Service {
        commands.push(namespace(install.namespace.as_str()));
        let secrets = folder.path("secrets.yaml");
        commands.extend(bundle.get(&secrets).and_then(|file| apply(kept_as(folder, file), &secrets)));
    }
    match &about.command {
        Some(text) => {
            let mut context = folder.context.clone();
            context.insert("out", OUT);
            context.insert("folder", &format!("{OUT}{}", install.id));
            let text = install.profile.expressions.text(text, &context)?;
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            commands
                .extend(lines.filter_map(|line| Some(Command::line(Purpose::Install, &kept(folder, bundle, line)?))));
        }
        None => commands.push(upgrade(folder, bundle)),
    }
    let expressions = &install.profile.expressions;
    let demands = about.demands.as_ref().map(|text| expressions.text(text, folder.context)).transpose()?;
    let release = helm.then(|| HelmRelease {
        name: install.release.to_string(),
        namespace: install.namespace.to_string(),
        demands,
    });
    Ok(Next { install: install.id.to_string(), release, commands })
}

/// A line of a profile with the private files where they are kept; `None` when it needs one that is not written.
fn kept(folder: &Folder<'_>, bundle: &Bundle, line: &str) -> Option<String> {
    let mut line = line.to_owned();
    for (path, _) in bundle.files().filter(|(_, file)| file.content.is_private()) {
        let plain = format!("{OUT}{path}");
        if line.contains(&plain) {
            let there = folder.keeping.path(path)?;
            // Words name the file; a command needs what is in it.
            line = line.replace(
                &plain,
                &match folder.keeping.form(path) {
                    SecretForm::Encrypted if !line.starts_with('#') => format!("<(sops --decrypt {OUT}{there})"),
                    _ => format!("{OUT}{there}"),
                },
            );
        }
    }
    Some(line)
}

fn namespace(name: &str) -> Command {
    let make = ["kubectl", "create", "namespace", name, "--dry-run=client", "-o", "yaml"];
    Command::words(Purpose::Namespace, make).and([Part::Shell("| kubectl apply -f -".to_owned())])
}

/// How a file is kept: what holds no secret stays as it is.
fn kept_as(folder: &Folder<'_>, file: &File) -> Keeping {
    if file.content.is_private() { folder.keeping } else { Keeping::default() }
}

/// The command that applies the file with the Secrets, given by its plain name.
fn apply(keeping: Keeping, path: &str) -> Option<Command> {
    let file = Part::File(keeping.path(path)?);
    let words = |words: &[&str]| Command::words(Purpose::Secrets, words.iter().copied());
    Some(match keeping.secrets {
        SecretForm::Encrypted => {
            words(&["sops", "--decrypt"]).and([file, Part::Shell("| kubectl apply -f -".to_owned())])
        }
        _ => words(&["kubectl", "apply", "-f"]).and([file]),
    })
}

/// `helm upgrade --install`: the user's own values first, so that the storage settings win.
fn upgrade(folder: &Folder<'_>, bundle: &Bundle) -> Command {
    let (install, chart) = (folder.install, &folder.install.profile.about.chart);
    let from = match &chart.repository {
        Some(one) if one.url.as_str().starts_with("oci://") => {
            format!("{}/{}", one.url.as_str().trim_end_matches('/'), chart.name)
        }
        Some(one) => format!("{}/{}", one.name, chart.name),
        None => chart.name.to_string(),
    };
    let version = install.version.to_string();
    // The umbrella has a version of its own.
    let (from, version): (&str, &[&str]) =
        if install.below.is_empty() { (&from, &["--version", &version]) } else { (UMBRELLA, &[]) };
    let words = ["helm", "upgrade", "--install", install.release.as_str(), from];
    let words = words.iter().chain(version).copied().chain(["--namespace", install.namespace.as_str()]);
    let name = install.profile.values_file();
    let there = |name: &str| Some(folder.path(name)).filter(|path| bundle.get(path).is_some());
    let private = there(&private_name(name)).and_then(|path| {
        let kept = folder.keeping.path(&path)?;
        Some(if folder.keeping.form(&path) == SecretForm::Encrypted { Part::Opened(kept) } else { Part::File(kept) })
    });
    let files = there(name).map(Part::File).into_iter().chain(private);
    let files = files.flat_map(|file| [Part::Word("-f".to_owned()), file]);
    Command::words(Purpose::Install, words).and([Part::Own]).and(files)
}
