//! The guided run: questions, spec, and then what `apply` does. `init` is only the questions.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::Outcome;
use super::apply::carry_out;
use super::beginning::{Beginning, Draft, Start};
use super::cluster::PushOptions;
use super::context::Context;
use super::interrupt::Stop;
use super::next::ours;
use super::place::Place;
use super::surroundings::{Cloud, Plans};
use super::work::Wishes;
use crate::base::error::{Code, Error, Result, Source};
use crate::base::shell;
use crate::base::shell::word;
use crate::files::out::Protection;
use crate::report::Screen;
use crate::spec::{Spec, mark};
use crate::wizard::{
    Answers, Earlier, Kept, Leaving, PlainPrompter, Prompter, Scripted, TerminalPrompter, ask, interrupted,
};

/// Where the answers come from and where the spec goes.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example: bucketwright init --offline\nWithout a terminal: bucketwright init --answers answers.yaml --defaults"
)]
pub(super) struct InitArguments {
    /// Answer from a YAML file instead of a terminal: one `key: answer` a line.
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// Take the default of every question that the answers leave open.
    #[arg(long)]
    defaults: bool,
    /// Do not ask AWS for anything.
    #[arg(long)]
    offline: bool,
    /// The spec to write.
    #[arg(short = 'f', long = "spec", value_name = "FILE", default_value = "bucketwright.yaml")]
    spec: PathBuf,
    /// Replace a spec that is there.
    #[arg(long)]
    force: bool,
}

/// Arguments of the guided run, which has no command of its own.
#[derive(Debug, Args)]
pub(super) struct GuidedArguments {
    #[command(flatten)]
    init: InitArguments,
    #[command(flatten)]
    place: Place,
    /// Make everything without asking once more.
    #[arg(short, long)]
    yes: bool,
    /// Do all of it in an in-memory account: nothing is made, and every file says so.
    #[arg(long)]
    rehearse: bool,
}

/// Asks, writes the spec, and carries it out if that was wanted.
pub(super) fn run(context: &Context, arguments: &GuidedArguments) -> Result<Outcome> {
    let init = InitArguments { offline: arguments.init.offline || arguments.rehearse, ..arguments.init.clone() };
    // Before the questions: an answer is not asked for in vain.
    let folder = arguments.place.folder(arguments.rehearse)?;
    let mut wishes = Wishes {
        rehearse: arguments.rehearse,
        yes: arguments.yes,
        spec: &init.spec,
        prove: true,
        folder,
        second_key: false,
        protection: Protection::default(),
        cluster: &PushOptions::default(),
        push: false,
        prune: None,
    };
    let spec = match questions(context, &init, if arguments.rehearse { Plans::Rehearsed } else { Plans::Yes })? {
        Ended::Planned => context.spec(&init.spec)?,
        Ended::Leaves(leaving) => return super::migrate::leave(context, &leaving, init.offline),
        Ended::Written(answers) if answers.provision || arguments.rehearse => {
            crate::files::input::with_authority(Spec::parse(&init.spec.display().to_string(), &answers.spec)?)?
        }
        Ended::Written(_) => {
            next(context, &init.spec);
            return Ok(Outcome::Done);
        }
    };
    wishes.folder = wishes.folder.of_spec(mark(&spec))?;
    carry_out(context, spec, &wishes)
}

/// Only asks, and writes the spec.
pub(super) fn init(context: &Context, arguments: &InitArguments) -> Result<Outcome> {
    if let Ended::Leaves(leaving) = questions(context, arguments, Plans::No)? {
        return super::migrate::leave(context, &leaving, arguments.offline);
    }
    next(context, &arguments.spec);
    Ok(Outcome::Done)
}

fn next(context: &Context, spec: &Path) {
    let command = |name: &str| {
        let words = ours(context, name, spec);
        words.iter().map(|one| word(one)).collect::<Vec<_>>().join(" ")
    };
    let (plan, apply) = (command("plan"), command("apply"));
    context.screen.say_lines(&format!("What to run next:\n  {plan}\n  {apply}"));
    if context.json() {
        context.print_json(&json!({"version": 1, "spec": spec, "next": [plan, apply]}));
    }
}

/// How other commands are told of a spec.
fn option(spec: &Path) -> String {
    if spec == Path::new("bucketwright.yaml") { String::new() } else { format!(" -f {}", shell::path(spec)) }
}

/// A name beside a file that no other file has.
fn beside(file: &Path) -> PathBuf {
    let name = |number: u32| {
        let mut name = file.as_os_str().to_owned();
        name.push(if number == 1 { ".bak".to_owned() } else { format!(".bak{number}") });
        PathBuf::from(name)
    };
    (1..1000).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(1))
}

/// How the questions ended.
enum Ended {
    /// A spec was written.
    Written(Answers),
    /// The one that is there is wanted as it is.
    Planned,
    /// There is none: a release that runs on MinIO leaves it first.
    Leaves(Leaving),
}

/// Asks all questions and writes the spec, which is not written before the last answer; until then a draft keeps the answers.
fn questions(context: &Context, arguments: &InitArguments, plans: Plans) -> Result<Ended> {
    let catalogue = context.catalogue()?;
    let draft = Draft::of(&arguments.spec);
    // Read now, so that nothing is asked in vain when it cannot be kept.
    let old = if arguments.spec.exists() { Some(crate::files::input::text(&arguments.spec)?) } else { None };
    let asks = arguments.answers.is_none() && !arguments.defaults && Screen::can_ask();
    if old.is_some() && !arguments.force && !asks {
        return Err(exists(&arguments.spec));
    }
    let mut prompter = prompter(context, arguments)?;
    let words = interrupted();
    Stop::story(words.what(), words.remedy().unwrap_or_default());
    let begin =
        Beginning { spec: old.as_deref().filter(|_| !arguments.force), draft: &draft, plans: plans != Plans::No };
    let start = if asks { begin.ask(&mut *prompter, &arguments.spec, &catalogue)? } else { Start::default() };
    let Start::Ask { kept, complete } = start else { return Ok(Ended::Planned) };
    let keep: Box<dyn FnMut(&Kept)> = if asks { Box::new(|kept| draft.keep(kept)) } else { Box::new(|_| {}) };
    let mut cloud = Cloud::new(context, arguments.offline, plans);
    let answers = ask(&mut *prompter, &mut cloud, &catalogue, Earlier { kept, complete, keep })?;
    if let Some(leaving) = answers.leaving {
        drop(prompter);
        draft.remove();
        return Ok(Ended::Leaves(leaving));
    }
    if let Some(old) = old.filter(|old| *old != answers.spec) {
        let kept = beside(&arguments.spec);
        crate::files::out::write_public(&kept, &old)?;
        context.screen.say(&format!("The old spec is kept as {}.", kept.display()));
    }
    crate::files::out::write_public(&arguments.spec, &answers.spec)?;
    draft.remove();
    context.screen.say(&format!("Wrote {}.", arguments.spec.display()));
    Stop::story(
        format!("{} is written; nothing else was changed.", arguments.spec.display()),
        format!("Go on with it: `bucketwright apply -f {}`.", shell::path(&arguments.spec)),
    );
    Ok(Ended::Written(answers))
}

/// Without anybody to ask, a spec that is there is not replaced.
fn exists(spec: &Path) -> Error {
    Error::new(Code::EXISTS, format!("{} exists already", spec.display())).why("It is yours, and would be replaced.").fix(
        format!(
            "To use it: `bucketwright apply{}`. To begin a new one, add `--force`, which keeps the old one as {}; or name another file with `-f FILE`.",
            option(spec),
            shell::path(&beside(spec))
        ),
    )
}

/// Whoever answers: a file, the defaults, plain lines, or a terminal.
fn prompter(context: &Context, arguments: &InitArguments) -> Result<Box<dyn Prompter>> {
    if let Some(file) = &arguments.answers {
        let source = Source::new(file.display().to_string(), crate::files::input::text(file)?);
        return Ok(Box::new(Scripted::read(&source, arguments.defaults)?));
    }
    if arguments.defaults {
        return Ok(Box::new(Scripted::defaults()));
    }
    if !context.screen.live() && Screen::can_ask() {
        return Ok(Box::new(PlainPrompter::stdio()));
    }
    Ok(Box::new(TerminalPrompter::new(context.screen.colour())?))
}
