//! Where profiles are found: in the program itself, and in texts that an edge has read from a folder.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use include_dir::{Dir, include_dir};

use super::Profile;
use super::load::{Texts, load};
use crate::base::error::{Code, Error, Result, Source};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/charts-profiles");

/// The profiles available, by name. Each is compiled when first asked for, and once.
#[derive(Debug, Default)]
pub struct Catalogue {
    texts: BTreeMap<String, Texts>,
    compiled: RefCell<BTreeMap<String, Rc<Profile>>>,
}

impl Catalogue {
    /// The profiles that come with the program.
    pub fn embedded() -> Self {
        let mut catalogue = Self::default();
        for folder in EMBEDDED.dirs() {
            let name = folder.path().to_string_lossy().into_owned();
            let files = folder.files().filter_map(|file| {
                Some((file.path().file_name()?.to_str()?.to_owned(), file.contents_utf8()?.to_owned()))
            });
            catalogue.add(&name, &format!("{name} (built in)"), &files.collect());
        }
        catalogue
    }

    /// Adds a profile from the texts of its files; one of the same name is replaced. A folder without `profile.yaml` is none.
    pub fn add(&mut self, name: &str, origin: &str, files: &BTreeMap<String, String>) {
        let source = |file: &str| files.get(file).map(|text| Source::new(format!("{origin}/{file}"), text.clone()));
        if let Some(profile) = source("profile.yaml") {
            let texts = Texts {
                profile,
                values: source("values.yaml"),
                documents: source("documents.yaml"),
                migration: source("migration.yaml"),
            };
            self.texts.insert(name.to_owned(), texts);
            self.compiled.get_mut().remove(name);
        }
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    /// A profile by name.
    ///
    /// # Errors
    /// `BW0301` when there is none, and what is wrong with it when it cannot be loaded.
    pub fn get(&self, name: &str) -> Result<Rc<Profile>> {
        if let Some(profile) = self.compiled.borrow().get(name) {
            return Ok(Rc::clone(profile));
        }
        let Some(texts) = self.texts.get(name) else {
            let known: Vec<&str> = self.names().collect();
            let near = crate::base::yaml::did_you_mean(name, known.iter().copied());
            let hint = near.map(|near| format!("Did you mean `{near}`? ")).unwrap_or_default();
            return Err(Error::new(Code::UNKNOWN_PROFILE, format!("there is no profile `{name}`"))
                .fix(format!("{hint}Known: {}. Others come with `--profiles DIR`.", known.join(", "))));
        };
        let profile = Rc::new(load(name, texts)?);
        self.compiled.borrow_mut().insert(name.to_owned(), Rc::clone(&profile));
        Ok(profile)
    }
}
