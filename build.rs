//! Rebuilds when a built-in profile or template comes or goes.

fn main() {
    println!("cargo:rerun-if-changed=charts-profiles");
    println!("cargo:rerun-if-changed=templates");
}
