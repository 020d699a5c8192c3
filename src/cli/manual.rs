//! `schema`, `completions` and `man`: what the names say.

use std::path::Path;

use clap::CommandFactory;

use super::context::Context;
use super::{Arguments, Outcome};
use crate::error::{Code, Error, Result};
use crate::sink::write_public_below;

pub(super) fn schema(context: &Context) -> Result<Outcome> {
    context.print_json(&crate::spec::schema());
    Ok(Outcome::Done)
}

pub(super) fn completions(context: &Context, shell: clap_complete::Shell) -> Result<Outcome> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "bucketwright", &mut out);
    context.screen.exact(&String::from_utf8_lossy(&out));
    Ok(Outcome::Done)
}

/// Writes the page of a command and those of all below it.
fn pages(command: clap::Command, folder: &Path) -> Result<()> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()).cloned() {
        pages(below, folder)?;
    }
    let page = clap_mangen::Man::new(command);
    let mut text = Vec::new();
    page.render(&mut text).map_err(|error| failed(&error))?;
    write_public_below(folder, &page.get_filename(), &String::from_utf8_lossy(&text))
}

fn failed(error: &std::io::Error) -> Error {
    Error::new(Code::UNWRITABLE, format!("the manual pages cannot be written: {error}"))
}

pub(super) fn man(context: &Context, out: Option<&Path>) -> Result<Outcome> {
    match out {
        Some(folder) => {
            let mut command = Arguments::command().disable_help_subcommand(true);
            command.build();
            pages(command, folder)?;
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page).map_err(|error| failed(&error))?;
            context.screen.exact(&String::from_utf8_lossy(&page));
        }
    }
    Ok(Outcome::Done)
}
