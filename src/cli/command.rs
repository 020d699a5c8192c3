//! The command line as it is parsed and explained: what the derived one lacks.
//!
//! Every option can be given by a variable of the environment, help shows what is a command's own, and the version says which commit it is.

use clap::builder::BoolishValueParser;
use clap::{Arg, ArgAction, Command, CommandFactory};

use super::Arguments;

/// Options that no variable gives: they name what is lost, and that is said for each run; and the variable of `--probe` holds the document
/// itself, in a pod.
const WITHOUT_VARIABLE: [&str; 7] =
    ["probe", "delete_data", "even_if_used", "finish", "force", "force_conflicts", "prune"];

/// Commands whose `--output` has formats of their own, which their help shows.
const WITH_FORMATS: [&str; 4] = ["check", "lint-policy", "report", "verify"];

/// Where help on what every command takes is.
const EVERYWHERE: &str = "What every command takes (--output, --quiet, --verbose …): bucketwright --help";

/// What can be typed, for those who do not need the help: completions.
pub(super) fn words() -> Command {
    with_variables(Arguments::command().version(version()))
}

/// The whole command line.
pub(super) fn command() -> Command {
    let mut root = words();
    let common: Vec<String> = root
        .get_arguments()
        .filter(|argument| argument.is_global_set())
        .map(|argument| argument.get_id().to_string())
        .collect();
    // What is common is copied to the commands here; before, they have only their own.
    root.build();
    root.mut_subcommands(|below| own_help(below, &common))
}

/// The same with a help of few words: without variables.
pub(super) fn in_short(command: Command) -> Command {
    command.mut_args(|argument| argument.hide_env(true)).mut_subcommands(in_short)
}

/// The version, and in a release the commit that it was built from.
fn version() -> &'static str {
    match option_env!("BUCKETWRIGHT_COMMIT") {
        // Kept for as long as the program runs, as the parser wants it.
        Some(commit) if !commit.is_empty() => format!("{} ({commit})", env!("CARGO_PKG_VERSION")).leak(),
        _ => env!("CARGO_PKG_VERSION"),
    }
}

/// A command and all below it, whose help shows what is their own.
fn own_help(command: Command, common: &[String]) -> Command {
    let formats = WITH_FORMATS.contains(&command.get_name());
    let hidden = |id: &str| common.iter().any(|one| one == id) && !(formats && id == "output");
    let example = command.get_after_help().map(|text| format!("{text}\n\n")).unwrap_or_default();
    let command = command
        .mut_args(|argument| {
            let hide = hidden(argument.get_id().as_str());
            argument.hide(hide)
        })
        .after_help(format!("{example}{EVERYWHERE}"));
    command.mut_subcommands(|below| own_help(below, common))
}

/// Gives each option of a command and of those below it its variable: `--detailed-exitcode` is `BUCKETWRIGHT_DETAILED_EXITCODE`. Where
/// the spec is read, `--file` is another word for it, as it is in kubectl.
fn with_variables(command: Command) -> Command {
    let destroys = command.get_name() == "destroy";
    let has_file = command.get_arguments().any(|argument| argument.get_long() == Some("file"));
    let command = command.mut_args(|argument| {
        let argument = match variable(&argument).filter(|_| !(destroys && argument.get_id() == "yes")) {
            Some(name) => argument.env(name).hide_env_values(true),
            None => argument,
        };
        let argument = match argument.get_action() {
            ArgAction::SetTrue => argument.value_parser(BoolishValueParser::new()),
            _ => argument,
        };
        if argument.get_id() == "spec" && !has_file { argument.visible_alias("file") } else { argument }
    });
    command.mut_subcommands(with_variables)
}

fn variable(argument: &Arg) -> Option<&'static str> {
    let action = argument.get_action();
    let none = matches!(
        action,
        ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version | ArgAction::Count
    );
    if none || argument.get_env().is_some() || WITHOUT_VARIABLE.contains(&argument.get_id().as_str()) {
        return None;
    }
    let name = format!("BUCKETWRIGHT_{}", argument.get_long()?.replace('-', "_").to_uppercase());
    Some(name.leak())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        command().debug_assert();
    }
}
