//! The commands: arguments in, one call, words or JSON out.

mod applied;
mod apply;
mod beginning;
mod check;
mod cluster;
mod command;
mod connect;
mod context;
mod destroy;
mod document;
mod explain;
mod export;
mod findings;
mod folder_lock;
mod guided;
mod interrupt;
mod kept;
mod leavings;
mod lint;
mod making;
mod manual;
mod migrate;
mod next;
mod place;
mod plan;
mod planning;
mod profile;
mod prune;
mod push;
mod release;
mod remains;
mod render;
mod report;
mod rotate;
mod set_form;
mod sinks;
mod surroundings;
mod verify;
mod work;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind as ClapError;
use clap::{Args, FromArgMatches, Parser, Subcommand, ValueEnum};
use context::Context;
use document::Document;

use crate::base::error::{Error, ErrorKind, Result};
use crate::report::{Colour, Screen, error_text};

/// Object storage for Helm charts: creates buckets and identities, and writes the values, Secrets, documents and policies
/// that match them.
///
/// Without a command, on a terminal, it asks a few questions and does the rest. Try it without an account:
/// bucketwright apply --rehearse -f examples/gitlab-irsa.yaml --out out
#[derive(Debug, Parser)]
#[command(name = "bucketwright", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 failed, 2 the input was wrong or an answer is missing, 3 differences found, 130 interrupted.\n\
                        AWS credentials, regions and endpoints come from AWS's own places: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL …."
)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    guided: guided::GuidedArguments,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Stands in the help above what every command takes, so that a command's own options come first.
const EVERYWHERE: &str = "Options of every command";

/// What every command takes.
#[derive(Clone, Debug, Args)]
struct Global {
    /// A folder with more profiles; may be given several times.
    #[arg(help_heading = EVERYWHERE, long, value_name = "DIR", global = true, env = "BUCKETWRIGHT_PROFILES", value_delimiter = ':')]
    profiles: Vec<PathBuf>,
    /// How results are printed.
    #[arg(help_heading = EVERYWHERE, short = 'o', long, value_name = "FORMAT", global = true, default_value = "text")]
    output: Output,
    /// When to use colours. `NO_COLOR` is honoured.
    #[arg(help_heading = EVERYWHERE, long, value_name = "WHEN", global = true, default_value = "auto")]
    color: Colour,
    /// No redrawing and no cursor movement, for screen readers. ACCESSIBLE=1 does the same.
    #[arg(help_heading = EVERYWHERE, long, global = true)]
    plain: bool,
    /// Add a line of JSON to this file (0600) for each request to the cloud: time, call, resource, outcome, request id, attempt.
    #[arg(help_heading = EVERYWHERE, long, value_name = "FILE", global = true, env = "BUCKETWRIGHT_AUDIT")]
    audit: Option<PathBuf>,
    /// Say nothing on stderr but errors and questions.
    #[arg(help_heading = EVERYWHERE, short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Show everything one by one, and say more on stderr; twice for every call. Secrets are never shown.
    #[arg(help_heading = EVERYWHERE, short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// For programs, explained by `bucketwright explain json`.
    Json,
    /// For code hosts: SARIF, of `check` and `lint-policy`.
    Sarif,
    /// For CI: JUnit's XML, of `verify`.
    Junit,
    /// The picture of `report`, for Markdown that shows Mermaid.
    Mermaid,
    /// The picture of `report`, for Graphviz.
    Dot,
    /// The picture of `report`, for browsers.
    Svg,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer questions and write a spec, without applying it.
    Init(guided::InitArguments),
    /// Show what would change, every cloud call, and the permissions it needs. Changes nothing.
    Plan(plan::PlanArguments),
    /// Plan, confirm, create what is missing, prove that it works, and write all files.
    Apply(apply::ApplyArguments),
    /// Replace access keys without an outage: create, prove and write a second key; --finish removes the old one.
    Rotate(rotate::RotateArguments),
    /// Delete everything tagged with this spec: list, confirm, delete what was made, release what was adopted.
    Destroy(destroy::DestroyArguments),
    /// Write values, Secrets and documents from the spec, offline. The same spec gives the same bytes.
    Render(render::RenderArguments),
    /// Push the Secrets into the cluster by server-side apply. Shows which keys change, never their values.
    Push(push::PushArguments),
    /// Compare the values of the running Helm release with ours: what would be lost, what changes. Exit code 3 if any do.
    Release(release::ReleaseArguments),
    /// Export the same resources for other tools, offline: AWS CLI, CloudFormation, Terraform, `az`.
    Export(export::ExportArguments),
    /// Find problems in an IAM policy, offline, each with place, reason and fix.
    LintPolicy(lint::LintArguments),
    /// Check values and Secrets against the chart itself: unknown and dropped keys, Secrets, ServiceAccounts.
    Check(check::CheckArguments),
    /// Prove each identity against the live account: what it can do, what it must not do, and who else may use it.
    Verify(verify::VerifyArguments),
    /// Write the page that a security reviewer signs: who may touch what, in a picture and in words. Asks no cloud.
    Report(report::ReportArguments),
    /// Migrate a MinIO-backed release to S3. Changes nothing.
    #[command(subcommand)]
    Migrate(migrate::MigrateCommand),
    /// List, show, create and test chart profiles.
    #[command(subcommand)]
    Profile(profile::ProfileCommand),
    /// Explain an error code: cause, example, fix. Without a code, list them all.
    Explain(explain::ExplainArguments),
    /// Print the JSON Schema of a spec, for editors.
    #[command(after_help = "Example: bucketwright schema > bucketwright.schema.json\n\
                            Then, as the spec's first line: # yaml-language-server: $schema=bucketwright.schema.json")]
    Schema,
    /// Print completions for a shell.
    #[command(after_help = "Example: source <(bucketwright completions bash)")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one page for each command into a folder.
    #[command(after_help = "Example: bucketwright man | man -l -")]
    Man {
        /// The folder.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// What a run ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Differences,
}

/// Parses the arguments, runs the command, and gives the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    crate::files::out::no_core_dumps();
    let arguments = match parsed(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return refused(&error),
    };
    let global = arguments.global.clone();
    if let Some(words) = foreign_format(global.output, arguments.command.as_ref()) {
        return refused(&command::command().error(ClapError::InvalidValue, words));
    }
    let plain = global.plain || std::env::var_os("ACCESSIBLE").is_some_and(|value| !value.is_empty());
    let screen = Screen::new(global.color, plain).in_detail(global.verbose > 0).in_silence(global.quiet);
    listen(global.verbose, screen);
    let Global { output, profiles, audit, .. } = global;
    let context = Context { screen, output, profiles, audit, document: Document::default() };
    interrupt::listen(&context);
    let code = match dispatch(&context, arguments.command, &arguments.guided) {
        Ok(Outcome::Done) => 0,
        Ok(Outcome::Differences) => 3,
        Err(error) => failed(&context, &interrupt::told(error)),
    };
    context.print_document(None);
    interrupt::over();
    ended(screen, code)
}

/// The arguments, read by the whole command line.
fn parsed(arguments: impl IntoIterator<Item = OsString>) -> std::result::Result<Arguments, clap::Error> {
    let words = spelled(arguments);
    let short = words.iter().any(|word| word == "-h");
    let command = command::command();
    let command = if short { command::in_short(command) } else { command };
    let matches = command.try_get_matches_from(words)?;
    Arguments::from_arg_matches(&matches)
}

/// What the parser has to say: help and versions are data, everything else is a mistake.
fn refused(error: &clap::Error) -> ExitCode {
    let screen = Screen::new(Colour::Auto, false);
    let text = error.render();
    let (mistake, coloured) = (error.use_stderr(), screen.colour());
    let colour = if mistake { coloured } else { coloured && Screen::stdout_is_terminal() };
    let text = if colour { text.ansi().to_string() } else { text.to_string() };
    if mistake {
        screen.say(&text);
        return ended(screen, 2);
    }
    screen.data(&text);
    ended(screen, 0)
}

/// The exit code. Output that is lost fails a command that did all else.
fn ended(screen: Screen, code: u8) -> ExitCode {
    let screen = screen.aloud();
    let Err(lost) = Screen::complete() else { return ExitCode::from(code) };
    // Where words are lost too, the exit code is all that can tell.
    screen.say_lines(&error_text(&lost, &screen));
    screen.say(&explain::hint(&lost, screen));
    ExitCode::from(if matches!(code, 0 | 3) { 1 } else { code })
}

/// `help` and `version` as commands, as other programs have them: `help COMMAND` is `COMMAND --help`.
fn spelled(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = arguments.into_iter().collect();
    let flag = match words.get(1).and_then(|word| word.to_str()) {
        Some("help") => "--help",
        Some("version") => "--version",
        _ => return words,
    };
    words.remove(1);
    words.push(flag.into());
    words
}

/// Some formats are those of a few commands.
fn foreign_format(output: Output, command: Option<&Command>) -> Option<&'static str> {
    match (output, command) {
        (Output::Text | Output::Json, _)
        | (Output::Sarif, Some(Command::LintPolicy(_) | Command::Check(_)))
        | (Output::Mermaid | Output::Dot | Output::Svg, Some(Command::Report(_))) => None,
        (Output::Sarif, _) => Some("only check and lint-policy print SARIF"),
        (Output::Junit, Some(Command::Verify(verify))) if verify.has_matrix() => None,
        (Output::Junit, _) => Some("only verify prints JUnit's XML, of its matrix"),
        (Output::Mermaid | Output::Dot | Output::Svg, _) => Some("only report prints a picture"),
    }
}

fn dispatch(context: &Context, command: Option<Command>, guided: &guided::GuidedArguments) -> Result<Outcome> {
    match command {
        None => guided::run(context, guided),
        Some(Command::Init(arguments)) => guided::init(context, &arguments),
        Some(Command::Plan(arguments)) => plan::run(context, &arguments),
        Some(Command::Apply(arguments)) => apply::run(context, &arguments),
        Some(Command::Rotate(arguments)) => rotate::run(context, &arguments),
        Some(Command::Destroy(arguments)) => destroy::run(context, &arguments),
        Some(Command::Render(arguments)) => render::run(context, &arguments),
        Some(Command::Push(arguments)) => push::run(context, &arguments),
        Some(Command::Release(arguments)) => release::run(context, &arguments),
        Some(Command::Export(arguments)) => export::run(context, &arguments),
        Some(Command::LintPolicy(arguments)) => lint::run(context, &arguments),
        Some(Command::Check(arguments)) => check::run(context, &arguments),
        Some(Command::Verify(arguments)) => verify::run(context, &arguments),
        Some(Command::Report(arguments)) => report::run(context, &arguments),
        Some(Command::Migrate(command)) => migrate::run(context, &command),
        Some(Command::Profile(command)) => profile::run(context, &command),
        Some(Command::Explain(arguments)) => explain::run(context, &arguments),
        Some(Command::Schema) => manual::schema(context),
        Some(Command::Completions { shell }) => manual::completions(context, shell),
        Some(Command::Man { out }) => manual::man(context, out.as_deref()),
    }
}

fn failed(context: &Context, error: &Error) -> u8 {
    say_causes(error);
    context.print_document(Some(error));
    // A program's report that is lost is said in words, so that somebody learns of it.
    if context.output != Output::Json || Screen::complete().is_err() {
        if error.code().kind() == ErrorKind::Interrupted {
            // The terminal has written `^C` at the end of some line.
            context.screen.aloud().say("");
        }
        let screen = context.screen.aloud();
        screen.say_lines(&error_text(error, &screen));
        screen.say(&explain::hint(error, screen));
    }
    error.code().kind().exit()
}

/// What lies behind an error, for `-vv`.
fn say_causes(error: &Error) {
    for one in error.all() {
        let mut cause = std::error::Error::source(one);
        while let Some(behind) = cause {
            tracing::trace!("{} caused by: {behind}", one.code());
            cause = behind.source();
        }
    }
}

/// Our own events only: the SDK's wire logs could hold what must not be shown.
fn listen(verbose: u8, screen: Screen) {
    let level = match verbose {
        0 => return,
        1 => "bucketwright=debug",
        _ => "bucketwright=trace",
    };
    let filter = tracing_subscriber::EnvFilter::new(level);
    // A second call in one process is refused, which is as good.
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(screen.colour());
    let _ = lines.with_writer(std::io::stderr).without_time().try_init();
}
