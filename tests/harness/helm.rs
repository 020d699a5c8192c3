//! Helm for the program under test: the one on the PATH, or the peers' own, which is Helm's SDK.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::{Sandbox, project, python};

/// A program that takes `helm template`'s arguments and prints what Helm renders, as Helm does.
const PROGRAM: &str = r#"
import json, re, subprocess, sys
_, word, release, chart, *rest = sys.argv
assert word == "template", word
ran = subprocess.run([sys.executable, "-B", FOLDER + "/helm_render.py", "--text", "--name", release, *rest, chart],
                     capture_output=True, text=True, close_fds=False)
said = json.loads(ran.stdout or json.dumps({"error": ran.stderr}))
if "error" in said:
    sys.exit("Error: " + said["error"])
for name, text in sorted(said["manifests"].items()):
    for document in re.split(r"(?m)^---(?:[ \t].*)?$", text):
        if document.strip() and not name.endswith(".txt"):
            print(f"---\n# Source: {name}\n{document.strip()}")
"#;

/// A folder to put on the PATH, in which there is a `helm`.
pub fn helm(sandbox: &Sandbox) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = std::env::split_paths(&path).find(|folder| folder.join("helm").is_file()) {
        return Ok(folder);
    }
    let (python, folder) = (python()?, sandbox.path("../programs"));
    let scripts = format!("FOLDER = {}", serde_json::json!(project().join("tests/peers")));
    let program = sandbox.write("../programs/helm", &format!("#!{}\n{scripts}\n{PROGRAM}", python.display()));
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).map_err(|error| error.to_string())?;
    Ok(folder)
}
