//! `render`: offline, from the spec alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::applied::{known, pending};
use super::cluster::ClusterArguments;
use super::context::Context;
use super::folder_lock::locked;
use super::kept::{all_proven, home, proven_keys};
use super::leavings::Leavings;
use super::next::{Following, rendering};
use super::place::{Place, SpecFile};
use super::remains::remaining;
use super::sinks::SinkArguments;
use super::{Outcome, set_form};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{DnsLabel, IamName};
use crate::base::secret::AccessKey;
use crate::base::yaml::did_you_mean;
use crate::cli::remains;
use crate::files::out::{Brought, Comparing, Comparison, Difference, Folder, Protected, Protection, stream};
use crate::model::{Blueprint, Facts, Learnt, PrincipalWant};
use crate::render::{Bundle, File, Keeping, RenderOptions, SecretForm, render};
use crate::report::Screen;

/// Arguments of `render`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bucketwright render --placeholders -f examples/gitlab-irsa.yaml --out -")]
pub(super) struct RenderArguments {
    #[command(flatten)]
    spec: SpecFile,
    #[command(flatten)]
    place: Place,
    /// Write nothing; say what differs from the folder, and exit with 3 if anything does.
    #[arg(long)]
    check: bool,
    /// What to give: files, or on stdout the values as flags of `helm upgrade`, for those who install with `--set`.
    #[arg(long, value_name = "FORMAT", default_value = "files", conflicts_with_all = ["check", "show_secrets"])]
    format: Format,
    /// Remove what earlier renders wrote here and the spec no longer asks for; never other files.
    #[arg(long, conflicts_with = "check")]
    prune: bool,
    /// Print this file alone, such as `gitlab/values.yaml`, and write nothing.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["check", "prune"])]
    file: Option<PathBuf>,
    /// Only this install, by its id.
    #[arg(long, value_name = "INSTALL")]
    only: Option<String>,
    /// Write placeholders instead of secrets, for CI.
    #[arg(long)]
    placeholders: bool,
    /// Print secrets even when stdout is a terminal.
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    sinks: SinkArguments,
    #[command(flatten)]
    cluster: ClusterArguments,
}

impl RenderArguments {
    /// The options beside the folders that decide what is rendered, as words.
    fn again(&self, protection: &Protection) -> Vec<String> {
        let mut words = protection.asked.clone();
        words.extend(self.only.iter().flat_map(|id| ["--only".to_owned(), id.clone()]));
        words.extend(self.placeholders.then(|| "--placeholders".to_owned()));
        words.extend(self.cluster.options());
        words
    }
}

/// What `render` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Files.
    Files,
    /// `--set`, `--set-string` and `--set-json`, a line each. No key is ever among them.
    Set,
}

pub(super) fn run(context: &Context, arguments: &RenderArguments) -> Result<Outcome> {
    let spec = context.spec(&arguments.spec)?;
    let folder = arguments.place.real(&spec)?;
    let (blueprint, learnt) = known(context, spec, &folder)?;
    let only = arguments.only.as_deref().map(DnsLabel::namespace).transpose()?;
    if arguments.format == Format::Set {
        return set_form::run(context, &blueprint, only);
    }
    let to_stdout = arguments.place.is_stdout();
    let pending = pending(&blueprint.spec, &arguments.spec, &folder)?;
    let protection = arguments.sinks.protection(context, &blueprint.spec)?;
    let keeping = protection.keeping();
    // Where no file will hold a key, none is needed.
    let placeholders =
        arguments.placeholders || keeping == Keeping { secrets: SecretForm::External, rest: SecretForm::LeftOut };
    let moving = pending.as_ref().map(|pending| pending.install.clone());
    let request = RenderOptions { only: only.clone(), placeholders, keeping, moving, ..RenderOptions::default() };
    let again = rendering(context, &arguments.spec, &folder, &arguments.again(&protection));
    if arguments.check {
        let bundle = to_compare(arguments, &blueprint, learnt, &folder, &request)?;
        let protected = protection.protect(bundle, &blueprint.spec.name)?;
        let comparing = Comparing { only: only.as_ref(), placeholders: arguments.placeholders };
        return check(context, &folder, &protected, comparing, &again);
    }
    if let Some(path) = &arguments.file {
        return one_file(context, arguments, path, &folder, &blueprint, learnt, &request);
    }
    let kept = arguments.place.keeps_keys().then_some(&folder);
    let facts =
        if placeholders { Facts::default() } else { facts(&blueprint, kept, &arguments.cluster, only.as_ref())? };
    let bundle = render(&blueprint, &Facts { learnt, ..facts }, &request)?;
    let protected = protection.protect(bundle, &blueprint.spec.name)?;
    if to_stdout {
        return print(context, &protected.bundle, arguments);
    }
    let _taken = Context::block_on(locked(context, &folder))?;
    if !arguments.prune {
        folder.no_leftovers(&protected)?;
    }
    let remaining = remaining(&blueprint, &folder.brought(only.as_ref())?, &Brought::by(&protected.bundle));
    folder.write(&protected.bundle)?;
    let mut leavings = Leavings::of(&folder, &protected.bundle, only.as_ref())?;
    if arguments.prune {
        leavings = leavings.pruned(&folder)?;
        folder.no_leftovers(&protected)?;
    }
    let bundle = protected.bundle;
    let following = Following {
        spec: &arguments.spec,
        blueprint: &blueprint,
        folder: &folder,
        cluster: &arguments.cluster,
        pushed: false,
        running: BTreeMap::new(),
        pending,
    };
    // Placeholders bring nothing into a cluster.
    let following = (!arguments.placeholders).then_some(&following);
    if context.json() {
        let next = following.map_or_else(|| json!([]), |following| following.json(context, &bundle));
        let mut report = json!({
            "version": 1, "out": folder.path(), "files": files(&bundle), "next": next,
        });
        leavings.add_to(&mut report);
        report["remaining"] = json!(remaining);
        context.print_json(&report);
        return Ok(Outcome::Done);
    }
    written(context, &folder, &bundle, &leavings, Some(&again));
    remains::say(context.screen, &remaining, remains::NO_MORE);
    match following {
        Some(following) => following.say(context, &bundle),
        None => context
            .screen
            .say("Placeholders stand for the secrets: these files are to be looked at, not to be installed."),
    }
    Ok(Outcome::Done)
}

/// The files of a bundle as a program reads them.
pub(super) fn files(bundle: &Bundle) -> Vec<Value> {
    let of = |(path, file): (&str, &File)| json!({"path": path, "kind": file.kind.as_str(), "private": file.content.is_private()});
    bundle.files().map(of).collect()
}

/// Prints one file. A key is asked for only when the file holds one.
fn one_file(
    context: &Context,
    arguments: &RenderArguments,
    path: &Path,
    folder: &Folder,
    blueprint: &Blueprint,
    learnt: Learnt,
    request: &RenderOptions,
) -> Result<Outcome> {
    // A path may be given as it is in the folder, or from here.
    let path = path.strip_prefix(folder.path()).unwrap_or(path).to_string_lossy();
    let protection = arguments.sinks.protection(context, &blueprint.spec)?;
    let draft = render(
        blueprint,
        &Facts { learnt: learnt.clone(), ..Facts::default() },
        &RenderOptions { stand_ins: true, ..request.clone() },
    )?;
    let holds_key = |bundle: &Bundle| bundle.get(&path).is_some_and(|file| file.content.is_private());
    // It holds the keys of the install in whose folder it is.
    let of = blueprint.installs.iter().map(|install| &install.id);
    let of = of.into_iter().find(|id| path.split_once('/').is_some_and(|(folder, _)| folder == id.as_str()));
    let hidden = protection.keeping() != Keeping::default();
    let bundle = if !request.placeholders && (hidden || holds_key(&draft)) {
        let kept = arguments.place.keeps_keys().then_some(folder);
        render(blueprint, &Facts { learnt, ..facts(blueprint, kept, &arguments.cluster, of)? }, request)?
    } else {
        draft
    };
    let bundle = protection.protect(bundle, &blueprint.spec.name)?.bundle;
    let Some(file) = bundle.get(&path) else { return Err(no_such_file(&path, &bundle)) };
    if holds_key(&bundle) && !arguments.placeholders {
        not_on_a_terminal(arguments)?;
    }
    if context.json() {
        context.print_json(&json!({"version": 1, "files": {(path.as_ref()): file.content.text()}}));
    } else {
        context.screen.exact(file.content.text());
    }
    Ok(Outcome::Done)
}

fn no_such_file(path: &str, bundle: &Bundle) -> Error {
    let known: Vec<&str> = bundle.files().map(|(path, _)| path).collect();
    let near = did_you_mean(path, known.iter().copied()).map(|near| format!("Did you mean `{near}`? "));
    Error::new(Code::NO_SUCH_FILE, format!("this spec renders no file `{path}`")).fix(format!(
        "{}Known: {}.",
        near.unwrap_or_default(),
        known.join(", ")
    ))
}

/// Refuses to show a secret on a terminal, unless that is wanted.
fn not_on_a_terminal(arguments: &RenderArguments) -> Result<()> {
    if !Screen::stdout_is_terminal() || arguments.show_secrets {
        return Ok(());
    }
    Err(Error::new(Code::SECRETS_ON_TERMINAL, "the output holds secrets, and stdout is a terminal")
        .why("What a terminal shows stays in its scrollback and in recordings.")
        .fix("Send it to a file or a program, use `--placeholders`, or add `--show-secrets`."))
}

/// What is compared with the folder. Keys are asked for only where files are there that hold them; one that is not known, as
/// in a clone, is left out of the comparison.
fn to_compare(
    arguments: &RenderArguments,
    blueprint: &Blueprint,
    learnt: Learnt,
    folder: &Folder,
    request: &RenderOptions,
) -> Result<Bundle> {
    let request = RenderOptions { stand_ins: true, ..request.clone() };
    if !request.placeholders {
        // What `render` would refuse to write is not what the folder lacks.
        let meant = |want: &PrincipalWant| request.only.as_ref().is_none_or(|only| &want.install == only);
        all_proven(blueprint, &folder.clone().at_home(home(blueprint)), meant)?;
    }
    let draft = render(blueprint, &Facts { learnt: learnt.clone(), ..Facts::default() }, &request)?;
    if request.placeholders || !folder.has_private(&draft) {
        return Ok(draft);
    }
    let unknown = |error: &Error| {
        [Code::UNRESOLVED_SECRET, Code::NO_KUBECONFIG, Code::CLUSTER_UNREACHABLE].contains(error.code())
    };
    let keys = match Context::block_on(arguments.cluster.brought_keys(blueprint)) {
        Err(error) if error.all().all(unknown) => BTreeMap::new(),
        brought => brought?,
    };
    render(blueprint, &Facts { learnt, ..with_kept(keys, blueprint, Some(folder), request.only.as_ref())? }, &request)
}

/// The keys that the user brings, and those that an earlier `apply` kept in the folder.
///
/// # Errors
/// `BW0635` when one of them is not proven, of those that are rendered.
pub(super) fn facts(
    blueprint: &Blueprint,
    folder: Option<&Folder>,
    cluster: &ClusterArguments,
    only: Option<&DnsLabel>,
) -> Result<Facts> {
    with_kept(Context::block_on(cluster.brought_keys(blueprint))?, blueprint, folder, only)
}

fn with_kept(
    mut keys: BTreeMap<IamName, AccessKey>,
    blueprint: &Blueprint,
    folder: Option<&Folder>,
    only: Option<&DnsLabel>,
) -> Result<Facts> {
    if let Some(folder) = folder {
        keys.extend(proven_keys(blueprint, &folder.clone().at_home(home(blueprint)), only)?);
    }
    Ok(Facts { keys, ..Facts::default() })
}

fn print(context: &Context, bundle: &Bundle, arguments: &RenderArguments) -> Result<Outcome> {
    if !arguments.placeholders && bundle.files().any(|(_, file)| file.content.is_private()) {
        not_on_a_terminal(arguments)?;
    }
    if context.json() {
        let files: BTreeMap<&str, &str> = bundle.files().map(|(path, file)| (path, file.content.text())).collect();
        context.print_json(&json!({"version": 1, "files": files}));
    } else {
        context.screen.exact(&stream(bundle));
    }
    Ok(Outcome::Done)
}

fn check(
    context: &Context,
    folder: &Folder,
    protected: &Protected,
    comparing: Comparing<'_>,
    again: &str,
) -> Result<Outcome> {
    let Comparison { differences, absent } = folder.compare(protected, comparing)?;
    if context.json() {
        let list: Vec<_> = differences
            .iter()
            .map(|difference| match difference {
                Difference::Missing(path) => json!({"path": path, "difference": "missing"}),
                Difference::Changed(path, diff) => json!({"path": path, "difference": "changed", "diff": diff}),
                Difference::Superfluous(path) => json!({"path": path, "difference": "superfluous"}),
            })
            .collect();
        context.print_json(&json!({"version": 1, "differences": list, "absent": absent}));
    } else {
        for difference in &differences {
            context.screen.data(&match difference {
                Difference::Missing(path) => format!("missing  {path}"),
                Difference::Changed(path, None) => format!("changed  {path} (private: not shown)"),
                Difference::Changed(path, Some(diff)) => format!("changed  {path}\n{diff}"),
                Difference::Superfluous(path) => format!("superfluous  {path} (an earlier run wrote it)"),
            });
        }
        context.screen.say(&match differences.len() {
            0 => format!("{} is as the spec says.", folder.path().display()),
            count => {
                let superfluous = differences.iter().any(|one| matches!(one, Difference::Superfluous(_)));
                let prune = if superfluous { " With `--prune` it removes what is superfluous." } else { "" };
                format!("{count} of {} files differ. `{again}` writes them.{prune}", protected.bundle.len())
            }
        });
        if !absent.is_empty() {
            context.screen.say(&format!(
                "Not here, and not compared, because they hold secrets and are kept out of Git: {}.",
                absent.join(", ")
            ));
        }
        if !protected.fresh.is_empty() {
            let fresh: Vec<&str> = protected.fresh.iter().map(String::as_str).collect();
            context.screen.say(&format!("Not compared, because each writing is different: {}.", fresh.join(", ")));
        }
    }
    Ok(if differences.is_empty() { Outcome::Done } else { Outcome::Differences })
}

/// Says what was written.
pub(super) fn written(context: &Context, folder: &Folder, bundle: &Bundle, leavings: &Leavings, render: Option<&str>) {
    let private = bundle.files().filter(|(_, file)| file.content.is_private()).count();
    context.screen.say(&format!(
        "Wrote {} files into {}, {private} of them private (0600).",
        bundle.len(),
        folder.path().display()
    ));
    leavings.say(context.screen, render);
}
