//! `report`: the page that a security reviewer signs, offline.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::applied::known;
use super::context::Context;
use super::place::SpecFile;
use super::{Outcome, Output};
use crate::base::error::{Code, Error, Result};
use crate::base::shell;
use crate::files::input;
use crate::files::out::{Folder, World, read_public, write_public};
use crate::model::{Blueprint, Facts};
use crate::render::{RenderOptions, render};
use crate::report::review::{
    Difference, Review, Signed, add_checked, add_planned, add_verified, difference, dot, mermaid, page, review, signed,
    svg,
};

/// The page's name where none is given.
const PAGE: &str = "report.html";

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    bucketwright report -f examples/gitlab-irsa.yaml --out report.html\n  \
    bucketwright verify -o json > verify.json; bucketwright report --verify verify.json\n  \
    bucketwright report -o svg > picture.svg\n\n\
    The page needs no network and no script. No cloud is asked. A page that is there is compared with and replaced, if it is of this spec.")]
pub(super) struct ReportArguments {
    #[command(flatten)]
    spec: SpecFile,
    /// The page to write, or a folder for report.html; `-` prints it [default: report.html, and none with -o mermaid, dot or svg].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The folder that an earlier `apply` wrote into: it keeps what AWS told and the spec leaves out.
    #[arg(long, value_name = "DIR", default_value = "out")]
    applied: PathBuf,
    // `--verify`, `--check` and `--plan` have variables of their own names: other commands have switches called so.
    /// What `verify -o json` printed; may be given several times.
    #[arg(long, value_name = "FILE", env = "BUCKETWRIGHT_VERIFY_RESULT", hide_env_values = true)]
    verify: Vec<PathBuf>,
    /// What `check -o json` printed; may be given several times.
    #[arg(long, value_name = "FILE", env = "BUCKETWRIGHT_CHECK_RESULT", hide_env_values = true)]
    check: Vec<PathBuf>,
    /// What `plan -o json` printed, in place of what the spec asks for.
    #[arg(long, value_name = "FILE", env = "BUCKETWRIGHT_PLAN_RESULT", hide_env_values = true)]
    plan: Option<PathBuf>,
    /// The report to compare with, such as the one that was signed last [default: the page that is replaced].
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
}

pub(super) fn run(context: &Context, arguments: &ReportArguments) -> Result<Outcome> {
    let spec = context.spec(&arguments.spec)?;
    let (blueprint, _) = known(context, spec, &Folder::open(&arguments.applied, None, World::Real)?)?;
    let review = gathered(&blueprint, arguments)?;
    let out = out(context, arguments);
    let there = out.as_deref().map(|path| replaced(path, &review)).transpose()?.flatten();
    let since = arguments.since.as_deref().map(earlier).transpose()?;
    let signed = compared(review, there, since);
    if let Some(path) = &out {
        write_public(path, &page(&signed)?)?;
    }
    tell(context, arguments, &signed, out.as_deref())?;
    Ok(Outcome::Done)
}

/// Adds what a file holds, by its name, to a review.
type Add = fn(&mut Review, &str, &str) -> Result<()>;

/// The review, with what the named files add.
fn gathered(blueprint: &Blueprint, arguments: &ReportArguments) -> Result<Review> {
    let options = RenderOptions { placeholders: true, without_policies: true, ..RenderOptions::default() };
    let bundle = render(blueprint, &Facts::default(), &options)?;
    let mut review = review(blueprint, &bundle)?;
    let mut errors = Vec::new();
    let given: [(&[PathBuf], Add); 3] =
        [(arguments.plan.as_slice(), add_planned), (&arguments.verify, add_verified), (&arguments.check, add_checked)];
    for (paths, add) in given {
        for path in paths {
            let added = input::printed(path).and_then(|text| add(&mut review, &path.display().to_string(), &text));
            errors.extend(added.err());
        }
    }
    Error::check(errors)?;
    Ok(review)
}

/// Where the page goes; nowhere when it is printed, or a picture is.
fn out(context: &Context, arguments: &ReportArguments) -> Option<PathBuf> {
    let pictured = matches!(context.output, Output::Svg | Output::Mermaid | Output::Dot);
    match &arguments.out {
        Some(path) if path == Path::new("-") => None,
        Some(path) => {
            let folder = path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/');
            Some(if folder { path.join(PAGE) } else { path.clone() })
        }
        None => (!pictured).then(|| PathBuf::from(PAGE)),
    }
}

/// What the page holds that would be replaced; nothing else ever is.
///
/// # Errors
/// `BW0905` when something else is there, or the report of another spec; `BW0816` in the folder of a rehearsal.
fn replaced(path: &Path, review: &Review) -> Result<Option<Signed>> {
    for folder in path.ancestors().skip(1) {
        drop(Folder::open(folder, None, World::Real)?);
    }
    let Some(text) = read_public(path)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let exists = |what: String| {
        let there = shell::path(path);
        Error::new(Code::EXISTS, what)
            .why("It would be replaced, and may be needed.")
            .fix(format!("Name another file with `--out FILE`, or move this one away: `mv {there} {there}.bak`."))
    };
    match signed(&text) {
        Some(there) if there.review.spec == review.spec => Ok(Some(there)),
        Some(there) => Err(exists(format!("{} is the report of the spec `{}`", path.display(), there.review.spec))),
        None => Err(exists(format!("{} exists already, and is no report", path.display()))),
    }
}

/// The report to compare with.
fn earlier(path: &Path) -> Result<Signed> {
    signed(&input::printed(path)?).ok_or_else(|| {
        Error::new(Code::NO_RESULT, format!("{} is no report that this version wrote", path.display()))
            .why("A report holds its own data, from which the differences are told. It is not there, or has another form.")
            .fix("Name a page that `bucketwright report` wrote, as it was written.")
    })
}

/// The review with its differences. Where the same page is written again, they stay those that it has: the reviewer has not seen
/// them yet.
fn compared(review: Review, there: Option<Signed>, since: Option<Signed>) -> Signed {
    let difference = match (since, there) {
        (Some(since), _) => Some(difference(&since.review, &review)),
        (None, Some(there)) if there.review == review => there.difference,
        (None, Some(there)) => Some(difference(&there.review, &review)),
        (None, None) => None,
    };
    Signed::new(review, difference)
}

/// Prints the result as it was asked for.
fn tell(context: &Context, arguments: &ReportArguments, signed: &Signed, out: Option<&Path>) -> Result<()> {
    let Signed { review, difference, .. } = signed;
    let title = format!("Who may touch what: {}", review.spec);
    match context.output {
        Output::Json => context.print_json(&json!({
            "version": 1, "out": out, "fingerprint": review.fingerprint(), "review": review, "difference": difference,
        })),
        Output::Svg => context.screen.exact(&svg(&review.picture, &title)),
        Output::Mermaid => context.screen.exact(&mermaid(&review.picture, &title)),
        Output::Dot => context.screen.exact(&dot(&review.picture, &title)),
        Output::Text | Output::Sarif | Output::Junit => {
            if out.is_none() && arguments.out.is_some() {
                context.screen.exact(&page(signed)?);
            }
            words(review, difference.as_ref()).iter().for_each(|line| context.screen.say(line));
        }
    }
    if let Some(path) = out.filter(|_| !context.json()) {
        context.screen.say(&format!("Wrote {}, sha256:{}.", path.display(), review.fingerprint()));
    }
    Ok(())
}

/// What a person is told on the terminal.
fn words(review: &Review, difference: Option<&Difference>) -> Vec<String> {
    let mut lines = vec![review.picture.sentence()];
    if let Some(difference) = difference {
        lines.extend(difference.added.iter().map(|line| format!("  + {line}")));
        lines.extend(difference.removed.iter().map(|line| format!("  - {line}")));
        if difference.added.is_empty() && difference.removed.is_empty() {
            lines.push("Nothing changed since the last report.".to_owned());
        }
    }
    lines.extend(review.others.iter().map(|one| format!("  {} {}", one.code, one.what)));
    lines
}
