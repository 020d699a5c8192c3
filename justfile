# What a contributor types. `just` lists it.

default:
    @just --list

# The debug binary.
build:
    cargo build

# Everything that `cargo test` runs, with the real programs it tests against.
test:
    tests/peers/setup && cargo test

# Formatting, clippy, the dependency rules and the documentation; the same as CI.
lint:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    cargo deny check bans licenses sources
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

# All of CI.
ci:
    bash .ci/run

# Speed, side by side with the AWS CLI; prints a table.
bench:
    tests/peers/setup && cargo bench --bench speed

# Writes docs/profiles/ and docs/runs/ anew.
docs:
    tests/peers/setup && cargo build && docs/record

# Known vulnerabilities. Fetches the advisory database, so it needs the network.
advisories:
    cargo deny check advisories
