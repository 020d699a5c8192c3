//! `schema`, `completions` and `man`: what the names say.

use std::path::Path;

use clap::CommandFactory;

use super::context::Context;
use super::{Arguments, Outcome};
use crate::error::{Code, Error, Result};

pub(super) fn schema(context: &Context) -> Result<Outcome> {
    context.print_json(&crate::spec::schema());
    Ok(Outcome::Done)
}

pub(super) fn completions(context: &Context, shell: clap_complete::Shell) -> Result<Outcome> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "bucketwright", &mut out);
    context.screen.data(&String::from_utf8_lossy(&out));
    Ok(Outcome::Done)
}

pub(super) fn man(context: &Context, out: Option<&Path>) -> Result<Outcome> {
    let failed =
        |error: std::io::Error| Error::new(Code::UNWRITABLE, format!("the manual pages cannot be written: {error}"));
    match out {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(failed)?;
            clap_mangen::generate_to(Arguments::command(), folder).map_err(failed)?;
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page).map_err(failed)?;
            context.screen.data(&String::from_utf8_lossy(&page));
        }
    }
    Ok(Outcome::Done)
}
