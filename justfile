# What a contributor types. `just` lists it.

default:
    @just --list

# The debug binary.
build:
    cargo build

# Everything that `cargo test` runs, with the real programs it tests against; or the tests of one module, such as `just test aws`.
test module="":
    tests/peers/setup all && if [ -n "{{module}}" ]; then cargo test --lib --test main -- {{module}}::; else cargo test; fi

# What needs no server and little time, in less than a minute after a build.
test-quick:
    cargo test --lib --package bucketwright-wiping --package bucketwright
    cargo test --test main -- structure golden spec:: helm::set properties lint --skip in_git

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
    tests/peers/setup all && cargo bench --bench speed

# Writes docs/profiles/ and docs/runs/ anew.
docs:
    tests/peers/setup all && cargo build && docs/record

# The bill of materials of the binary, held to CycloneDX's schema: target/bucketwright.cdx.json.
sbom:
    .ci/sbom

# The binary for others: only the lock file's versions, and no path of this machine in it.
release:
    RUSTFLAGS="--remap-path-prefix=$PWD=. --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo" SOURCE_DATE_EPOCH=0 cargo build --release --locked

# Real files, changed at random, through every reader, with a large budget; docs/fuzzing.md has the figures.
fuzz cases="10000" seed="1":
    BUCKETWRIGHT_FUZZ_CASES={{cases}} BUCKETWRIGHT_FUZZ_SEED={{seed}} cargo test --test main -- fuzz::targets

# Known vulnerabilities. Fetches the advisory database, so it needs the network.
advisories:
    cargo deny check advisories

# The only unsafe code, the allocator that wipes, under Miri. It needs a nightly toolchain.
miri:
    cargo +nightly miri test --package bucketwright-wiping
