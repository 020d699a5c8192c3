//! What to run next, below what a command has done: from the folder that it was called in, so that it can be pasted.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::cluster::ClusterArguments;
use super::context::Context;
use super::place;
use crate::base::error::Code;
use crate::base::shell;
use crate::base::shell::{Command, Purpose, Seat};
use crate::files::out::Folder;
use crate::kube::live::Cluster;
use crate::migrate::{MigrationStep, Pending};
use crate::model::Blueprint;
use crate::render::{Bundle, HelmRelease, Next, YOUR_VALUES};

/// What the commands depend on beside what was rendered.
pub(super) struct Following<'a> {
    /// The spec as it was named.
    pub(super) spec: &'a Path,
    /// What it means.
    pub(super) blueprint: &'a Blueprint,
    /// Where everything was written.
    pub(super) folder: &'a Folder,
    /// How the cluster was named.
    pub(super) cluster: &'a ClusterArguments,
    /// Whether the Secrets are in the cluster already.
    pub(super) pushed: bool,
    /// Whether the release of an install runs, by the install's id, where the cluster was asked.
    pub(super) running: BTreeMap<String, bool>,
    /// A move from MinIO that is not done.
    pub(super) pending: Option<Pending>,
}

/// What to run for one install: words for a person, and commands.
struct Block {
    install: String,
    lines: Vec<Line>,
}

enum Line {
    Words(String),
    Command(String),
}

impl Following<'_> {
    /// Says it, below the work.
    pub(super) fn say(&self, context: &Context, bundle: &Bundle) {
        let screen = &context.screen;
        let blocks = self.blocks(context, bundle);
        if blocks.is_empty() {
            return;
        }
        screen.say("What to run next:");
        for block in blocks {
            for line in block.lines {
                let text = match line {
                    // No line of what others wrote may stand where a command would.
                    Line::Words(words) => format!("# {}", words.replace('\n', "\n# ")),
                    Line::Command(command) => shell::wrapped(&command),
                };
                text.lines().for_each(|line| screen.say_lines(&format!("  {line}")));
            }
        }
    }

    /// The same for a program.
    pub(super) fn json(&self, context: &Context, bundle: &Bundle) -> Value {
        let blocks = self.blocks(context, bundle).into_iter().map(|block| {
            let commands = block.lines.into_iter().filter_map(|line| match line {
                Line::Command(command) => Some(command),
                Line::Words(_) => None,
            });
            json!({"install": block.install, "commands": commands.collect::<Vec<_>>()})
        });
        Value::Array(blocks.collect())
    }

    fn blocks(&self, context: &Context, bundle: &Bundle) -> Vec<Block> {
        bundle.next().iter().map(|next| self.block(context, bundle, next)).collect()
    }

    fn block(&self, context: &Context, bundle: &Bundle, next: &Next) -> Block {
        let out = self.folder.path().display().to_string();
        let notes = self.folder.path().join(&next.install).join("NOTES.md");
        let mut lines = vec![Line::Words(format!("{}: the reasons are in {}", next.install, shell::path(&notes)))];
        match self.pending.as_ref().filter(|pending| pending.install == next.install) {
            Some(pending) => lines.extend(moving(pending, pending.steps(self.blueprint, bundle, &out))),
            None => self.commands(context, next, &out, &mut lines),
        }
        Block { install: next.install.clone(), lines }
    }

    fn commands(&self, context: &Context, next: &Next, out: &str, lines: &mut Vec<Line>) {
        let running = self.running.get(&next.install).copied();
        let mut seat = Seat::beside(out);
        if let Some(release) = &next.release {
            let now = format!("{}.now.yaml", release.name);
            let first = self.release(context, next).map(|one| one.one_line(&seat));
            let first = first.into_iter().chain([release.keeps_values(&now).one_line(&seat)]);
            match running {
                Some(true) => {
                    lines.push(Line::Words(
                        "The release runs. See first what it would lose, and keep its values:".to_owned(),
                    ));
                    lines.extend(first.map(Line::Command));
                    seat = seat.with_own(&[&now]);
                }
                Some(false) if release.demands.is_none() => {}
                Some(false) => seat = Self::yours(seat, release, lines),
                None => {
                    let words =
                        "If the release runs already, see first what it would lose, and take its values as your own:";
                    lines.push(Line::Words(words.to_owned()));
                    lines.extend(first.map(|line| Line::Words(format!("  {line}"))));
                    seat = Self::yours(seat, release, lines);
                }
            }
        }
        let done = |one: &&Command| self.pushed && [Purpose::Namespace, Purpose::Secrets].contains(&one.purpose);
        let commands = next.commands.iter().filter(|one| !done(one));
        lines.extend(commands.map(|one| one.one_line(&seat)).map(|line| match line.strip_prefix("# ") {
            Some(words) => Line::Words(words.to_owned()),
            None => Line::Command(line),
        }));
    }

    /// The seat with the user's own values, and what they are.
    fn yours(seat: Seat, release: &HelmRelease, lines: &mut Vec<Line>) -> Seat {
        let need = match &release.demands {
            Some(demands) => format!("The chart does not render without {demands}."),
            None => "Where you have none, leave it out.".to_owned(),
        };
        lines.push(Line::Words(format!("{YOUR_VALUES} stands for your own values. {need}")));
        seat.with_own(&[YOUR_VALUES])
    }

    /// The command that compares the running release with ours; a spec that came by standard input cannot be named.
    fn release(&self, context: &Context, next: &Next) -> Option<Command> {
        if self.spec == Path::new("-") {
            return None;
        }
        let mut words = ours(context, "release", self.spec);
        words.extend(["--only".to_owned(), next.install.clone()]);
        if self.folder.path() != Path::new("out") {
            words.extend(["--out".to_owned(), self.folder.path().display().to_string()]);
        }
        words.extend(self.cluster.options());
        Some(Command::words(Purpose::Prepare, words.iter().map(String::as_str)))
    }
}

/// A command of this program for the same spec and the same profiles, as words.
pub(super) fn ours(context: &Context, command: &str, spec: &Path) -> Vec<String> {
    let mut words = vec!["bucketwright".to_owned(), command.to_owned()];
    if spec != Path::new("bucketwright.yaml") {
        words.extend(["-f".to_owned(), spec.display().to_string()]);
    }
    words.extend(context.profiles.iter().flat_map(|folder| ["--profiles".to_owned(), folder.display().to_string()]));
    words
}

/// `render` for the same folder with the same profiles and options, as a line to paste.
pub(super) fn rendering(context: &Context, spec: &Path, folder: &Folder, options: &[String]) -> String {
    let mut words = ours(context, "render", spec);
    words.extend(place::options(folder));
    words.extend(options.iter().cloned());
    words.iter().map(|word| shell::word(word)).collect::<Vec<_>>().join(" ")
}

/// The steps of a move from MinIO that are left, in the order of its report.
fn moving(pending: &Pending, steps: Option<Vec<(usize, MigrationStep)>>) -> Vec<Line> {
    let report = shell::word(&pending.report);
    let begin = "This install is moving off MinIO, and its objects are not copied yet.";
    let Some(steps) = steps else {
        return vec![Line::Words(format!(
            "{begin} Do what is left by {report}, which was written when the move began, and read its commands before you run them. When all is done, remove migration.json beside it."
        ))];
    };
    let mut lines = vec![Line::Words(format!("{begin} What is left, in the order of {report}:"))];
    for (number, step) in &steps {
        lines.push(Line::Words(format!("{number}. {}. {}", step.title, step.why)));
        lines.extend(step.commands.iter().map(|line| match line.strip_prefix("# ") {
            Some(words) => Line::Words(words.to_owned()),
            None => Line::Command(line.clone()),
        }));
    }
    lines
}

/// Which of the releases run, by the ids of their installs; what the cluster does not answer stays unknown.
pub(super) async fn running(cluster: &Cluster, bundle: &Bundle) -> BTreeMap<String, bool> {
    let mut known = BTreeMap::new();
    for next in bundle.next() {
        let Some(release) = &next.release else { continue };
        let runs = match cluster.release(&release.namespace, &release.name).await {
            Ok(_) => true,
            Err(error) if error.code() == &Code::NO_RELEASE => false,
            Err(error) if error.code() == &Code::RELEASE_ELSEWHERE => true,
            Err(_) => continue,
        };
        known.insert(next.install.clone(), runs);
    }
    known
}

/// The same where a cluster was named. Nothing waits for one that does not answer.
pub(super) async fn asked(cluster: &ClusterArguments, bundle: &Bundle) -> BTreeMap<String, bool> {
    const PATIENCE: Duration = Duration::from_secs(5);
    if cluster.options().is_empty() {
        return BTreeMap::new();
    }
    let ask = async { Some(running(&cluster.connect().await.ok()?, bundle).await) };
    tokio::time::timeout(PATIENCE, ask).await.ok().flatten().unwrap_or_default()
}
