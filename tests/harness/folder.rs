//! Folders as text, and files that hold what is expected.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// All files below a folder by their path in it.
pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below the folder").to_string_lossy().into_owned();
                files.insert(name, fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
            }
        }
    }
    files
}

/// All files below a folder, which must be texts.
pub fn tree_of_text(folder: &Path) -> BTreeMap<String, String> {
    tree(folder)
        .into_iter()
        .map(|(name, bytes)| {
            let text = String::from_utf8(bytes).unwrap_or_else(|_| panic!("{name} is not UTF-8"));
            (name, text)
        })
        .collect()
}

/// Whether the files that hold what is expected are to be written again.
pub fn blessing() -> bool {
    std::env::var("BUCKETWRIGHT_BLESS").as_deref() == Ok("1")
}

/// Holds a text to the file that says what is expected, and gives the difference; with `BUCKETWRIGHT_BLESS=1` the file is written.
pub fn holds(expected: &Path, text: &str) -> Result<(), String> {
    if blessing() {
        fs::create_dir_all(expected.parent().unwrap_or(Path::new("."))).map_err(|error| error.to_string())?;
        return fs::write(expected, text).map_err(|error| error.to_string());
    }
    let there = fs::read_to_string(expected).unwrap_or_default();
    if there == text {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(there.as_str(), text);
    let name = PathBuf::from(expected.strip_prefix(super::project()).unwrap_or(expected));
    let shown = diff.unified_diff().context_radius(2).header("expected", "found").to_string();
    Err(format!("{}\n{shown}BUCKETWRIGHT_BLESS=1 writes what is found.\n", name.display()))
}
