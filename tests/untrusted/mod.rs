//! Input that somebody else wrote: a profile, a chart, a pull request. It gets nothing but what it says it is.

mod charts;
mod files;
mod logins;
mod profiles;
mod words;

use crate::harness::Sandbox;
use crate::spec::with;

/// A spec for the profile `shop`, which is in `profiles/` as `profile new` makes it.
fn shop() -> Sandbox {
    let sandbox = Sandbox::with_spec(&with(&[("argo-workflows", "shop"), ("1.0.18", "1.0.0")]));
    let _ = sandbox.run("profile new shop --dir profiles").ok();
    sandbox
}

/// The shop with a change in one of its files.
fn changed(file: &str, from: &str, to: &str) -> Sandbox {
    let sandbox = shop();
    let file = format!("profiles/shop/{file}");
    let text = sandbox.read(&file);
    assert!(text.contains(from), "`{from}` in\n{text}");
    sandbox.write(&file, &text.replacen(from, to, 1));
    sandbox
}
