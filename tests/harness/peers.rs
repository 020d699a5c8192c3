//! The peers: real programs, provided by `tests/peers/setup`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::project;

/// The folder that `tests/peers/setup` fills.
pub fn folder() -> Result<PathBuf, String> {
    Ok(match std::env::var_os("BUCKETWRIGHT_PEERS") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(std::env::var_os("HOME").ok_or("HOME is not set")?).join(".cache/bucketwright/peers"),
    })
}

/// The peers' Python, or why there is none.
pub fn python() -> Result<PathBuf, String> {
    let python = folder()?.join("venv/bin/python");
    if python.exists() {
        Ok(python)
    } else {
        Err(format!("{} is not there; tests/peers/setup makes it", python.display()))
    }
}

/// What a real browser says of a file: `tests/peers/browser.mjs` tells what it can be asked.
pub fn browser(command: &str, file: &Path) -> Result<Value, String> {
    let modules = folder()?.join("browser");
    for needed in [modules.as_path(), Path::new("/usr/bin/chromium"), Path::new("/usr/bin/node")] {
        if !needed.exists() {
            return Err(format!("{} is not there; tests/peers/setup makes it", needed.display()));
        }
    }
    let script = project().join("tests/peers/browser.mjs");
    let output = Command::new("/usr/bin/node").arg(script).arg(modules).arg(command).arg(file).output();
    let output = output.map_err(|error| error.to_string())?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout).expect("JSON"))
}

/// Values files as Helm reads them, each on its own: one call of the peer for all of them.
pub fn helm_reads(python: &Path, texts: &[String]) -> Vec<Result<Value, String>> {
    // The peer merges the files of one call, so its function is called for each.
    const EACH: &str = "\
import json, sys
from helm_values import read
for file in sys.argv[1:]:
    try:
        print(json.dumps({'values': read([file])}))
    except SystemExit as error:
        print(json.dumps({'error': str(error)}))
";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = texts.iter().enumerate().map(|(number, text)| {
        let file = folder.path().join(format!("{number}.yaml"));
        std::fs::write(&file, text).expect("a values file");
        file
    });
    let output = Command::new(python)
        .args(["-B", "-c", EACH])
        .args(files)
        .current_dir(project().join("tests/peers"))
        .output()
        .expect("the peers' Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers: Vec<Result<Value, String>> = String::from_utf8(output.stdout)
        .expect("UTF-8")
        .lines()
        .map(|line| {
            let mut answer: Value = serde_json::from_str(line).expect("JSON");
            match answer["error"].as_str() {
                Some(error) => Err(error.to_owned()),
                None => Ok(answer["values"].take()),
            }
        })
        .collect();
    assert_eq!(answers.len(), texts.len(), "an answer for each text");
    answers
}
