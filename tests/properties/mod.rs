//! What holds for every text, tried with many.

mod formats;
pub mod migrate;
mod names;
mod specs;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// So many cases, the same in every run; `PROPTEST_RNG_SEED` gives others.
pub fn cases(cases: u32) -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) };
    match config.rng_seed {
        RngSeed::Fixed(_) => config,
        RngSeed::Random => ProptestConfig { rng_seed: RngSeed::Fixed(20_261_121), ..config },
    }
}

/// Texts that some reader takes for something else, and any text at all.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(TRAPS).prop_map(str::to_owned),
        2 => r#"[\PC\n\t "'\\{}\[\],&*#?|<>=!%@`$:/+~^-]{0,24}"#,
        2 => any::<String>(),
        1 => r"[A-Za-z0-9/+]{40}",
        1 => (prop::sample::select(TRAPS), prop::sample::select(TRAPS)).prop_map(|(a, b)| format!("{a}{b}")),
    ]
}

/// What YAML, INI, JSON, shells, templates and Kubernetes stumble over.
pub const TRAPS: &[&str] = &[
    "no",
    "off",
    "y",
    "n",
    "yes",
    "on",
    "true",
    "null",
    "~",
    "NaN",
    ".inf",
    "012345678901",
    "0x1F",
    "0o17",
    "1e10",
    "1_000",
    "12:30:45",
    "2001-12-14",
    "1.0",
    "-1",
    "+1",
    "=",
    "<<",
    "---",
    "...",
    "- a",
    "a: b",
    "a #b",
    "#a",
    "; a",
    "!tag",
    "&a",
    "*a",
    "%TAG",
    "@a",
    "`a",
    "{{ release }}",
    "{% if %}",
    "${HOME}",
    "$HOME",
    "%(bucket)s",
    "\"",
    "'",
    "\\",
    "\\n",
    "\"quoted\"",
    "'quoted'",
    "a\nb",
    "a\r\nb",
    "\n",
    "a\tb",
    " a",
    "a ",
    "",
    " ",
    "\u{0}",
    "\u{7}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffd}",
    "ünï",
    "\u{1f600}",
    "e\u{301}",
    "[section]",
    "key = value",
    "a=b",
    "a/b+c==",
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "\u{f8ff}",
    "\u{f8ff}0\u{f8ff}",
];
