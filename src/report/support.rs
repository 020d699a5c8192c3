//! What works where, in words, for the docs, and as JSON.

use std::fmt::Write;
use std::rc::Rc;

use serde_json::{Value, json};

use super::layout::table;
use super::profile::cell;
use crate::base::error::Code;
use crate::profile::Profile;
use crate::render::support::Cell;
use crate::spec::{Identity, Provider};

/// A profile with its part of the matrix.
pub type Row = (Rc<Profile>, Vec<Cell>);

/// A line for each profile, cloud and identity.
pub fn support_text(rows: &[Row], width: Option<usize>) -> String {
    let cells = rows.iter().flat_map(|(profile, cells)| cells.iter().map(move |cell| (profile, cell)));
    let row = |(profile, cell): (&Rc<Profile>, &Cell)| {
        let (cloud, identity) = (cell.cloud.as_str().to_owned(), cell.identity.as_str().to_owned());
        vec![profile.name().to_owned(), cloud, identity, works(cell).replace('`', ""), cell.why.clone()]
    };
    table("", &cells.map(row).collect::<Vec<_>>(), width)
}

/// The page `docs/matrix.md`.
pub fn support_markdown(rows: &[Row]) -> String {
    let mut out = String::from(
        "# What works where\n\n\
         Every profile, cloud and identity, as the program decides: from the profiles' identities and checks. \
         `bucketwright profile test` renders every yes.\n\
         `bucketwright profile list --matrix` prints this, with `-o json` for programs, and with `--markdown` this page.\n\n",
    );
    let identities = Identity::ALL.map(|identity| format!("`{identity}`")).join(" | ");
    let _ = writeln!(out, "| profile | cloud | {identities} |\n| --- | --- |{}", " --- |".repeat(Identity::ALL.len()));
    for (profile, cells) in rows {
        for cloud in Provider::ALL {
            let words: Vec<String> = cells.iter().filter(|cell| cell.cloud == cloud).map(works).collect();
            let _ = writeln!(out, "| `{}` | {} | {} |", profile.name(), cloud.as_str(), words.join(" | "));
        }
    }
    for (profile, cells) in rows {
        let title = &profile.about.title;
        let _ = writeln!(out, "\n## {title}\n\n| cloud | identity | works | why |\n| --- | --- | --- | --- |");
        for one in cells {
            let (cloud, why) = (one.cloud.as_str(), cell(&one.why));
            let _ = writeln!(out, "| {cloud} | `{}` | {} | {why} |", one.identity, works(one));
        }
    }
    out
}

/// A cell as a program reads it; `docs/json.md` documents it.
pub fn cell_json(cell: &Cell) -> Value {
    json!({
        "cloud": cell.cloud.as_str(),
        "identity": cell.identity.as_str(),
        "works": cell.works(),
        "charts": cell.charts.as_ref().map(ToString::to_string),
        "with": cell.with.as_ref().map(|(name, value)| json!({name: value})),
        "code": cell.code.as_ref().map(Code::as_str),
        "why": cell.why,
    })
}

/// Whether it works, in a word or a few.
fn works(cell: &Cell) -> String {
    let versions = cell.charts.as_ref().map(|range| format!("charts {range}"));
    let option = cell.with.as_ref().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("with `{name}: {value}`")
    });
    match (cell.works(), versions, option) {
        (false, ..) => "no".to_owned(),
        (true, None, None) => "yes".to_owned(),
        (true, versions, option) => [versions, option].into_iter().flatten().collect::<Vec<_>>().join(", "),
    }
}
