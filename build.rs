//! Rebuilds when a built-in profile or template comes or goes, and tells a release which commit it is built from.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=charts-profiles");
    println!("cargo:rerun-if-changed=templates");
    println!("cargo:rerun-if-env-changed=BUCKETWRIGHT_COMMIT");
    // Other builds would be made again for every commit.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release")
        && std::env::var("BUCKETWRIGHT_COMMIT").is_err()
    {
        println!("cargo:rerun-if-changed=.git/HEAD");
        println!("cargo:rerun-if-changed=.git/refs/heads");
        println!("cargo:rustc-env=BUCKETWRIGHT_COMMIT={}", commit().unwrap_or_default());
    }
}

/// The commit of the source, where git knows it, and the day on which it was made.
#[expect(clippy::disallowed_methods, reason = "the program's own way to start others is not there yet")]
fn commit() -> Option<String> {
    let output = Command::new("git").args(["log", "-1", "--format=%h %cs"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
