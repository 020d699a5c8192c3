//! Stdout as a sink: all files in one stream, each below a line with its path.

use crate::render::Bundle;

/// All files in one text.
pub fn stream(bundle: &Bundle) -> String {
    let mut out = String::new();
    for (path, file) in bundle.files() {
        out.push_str(&format!("# ---- {path}\n"));
        out.push_str(file.content.text());
        if !file.content.text().ends_with('\n') {
            out.push('\n');
        }
    }
    out
}
