//! Tables of documents that several products need, such as s3cmd's config: written once, in `data/tables/`.

use serde::Deserialize;

use super::{Document, Fact, Note};
use crate::base::error::{Code, Error, Place, Result, Source};
use crate::base::yaml;
use crate::base::yaml::did_you_mean;

/// The tables by name.
const TABLES: [(&str, &str); 1] = [("s3cmd", include_str!("../../data/tables/s3cmd.yaml"))];

/// A table of `data/tables/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SharedTable {
    /// Paragraphs of the notes: how the document is used.
    #[serde(default)]
    pub(super) notes: Vec<Note>,
    /// The document's content.
    pub(super) entries: Vec<Fact>,
}

/// The table that a document names, with its source, for messages that point into it.
///
/// # Errors
/// `BW0302` for a name that the program does not know.
pub(super) fn shared(document: &Document, place: Option<Place>) -> Result<Option<(SharedTable, Source)>> {
    let Some(name) = &document.table else { return Ok(None) };
    let names = || TABLES.iter().map(|(name, _)| *name);
    let Some((name, text)) = TABLES.iter().find(|(known, _)| *known == name.value) else {
        let near =
            did_you_mean(&name.value, names()).map(|near| format!("Did you mean `{near}`? ")).unwrap_or_default();
        let known = names().collect::<Vec<_>>().join(", ");
        return Err(Error::new(Code::BAD_PROFILE, format!("there is no table `{}`", name.value))
            .fix(format!("{near}Known: {known}. A document of your own has `entries`."))
            .at(place));
    };
    let source = Source::new(format!("tables/{name}.yaml (built in)"), (*text).to_owned());
    Ok(Some((yaml::read(&source)?, source)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_reads_and_every_fact_has_a_source() {
        for (name, text) in TABLES {
            let table: SharedTable = yaml::read(&Source::new(name, text.to_owned())).expect(name);
            assert!(!table.entries.is_empty(), "{name}");
            for fact in &table.entries {
                assert!(fact.source.as_ref().is_some_and(|source| source.len() > 5), "{name}: {}", fact.path.value);
            }
        }
    }
}
