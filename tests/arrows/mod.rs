//! Holds the arrows between the rooms of `src/`: the core knows no edge, an edge knows no other, and only the door knows all.

mod code;

use std::collections::{BTreeMap, BTreeSet};

use code::{Code, of_the_project};

/// Pure functions over values: no network, no clock, no environment, no terminal, nothing asynchronous.
const CORE: [&str; 21] = [
    "blueprint",
    "chart",
    "error",
    "export",
    "lint",
    "migrate",
    "names",
    "plan",
    "policy",
    "profile",
    "proof",
    "push",
    "release",
    "render",
    "rotation",
    "secret",
    "shell",
    "spec",
    "teardown",
    "token",
    "trial",
];
/// YAML in and out is of the core too; it stands apart because every room may use it.
const YAML: &str = "yaml";
/// These talk to the world.
const EDGES: [&str; 6] = ["cloud", "cluster", "input", "report", "sink", "wizard"];
/// What the edges ask of the operating system; they share it, so that files and programs have one door. It knows no room.
const GROUND: &str = "host";
/// These join the edges.
const DOOR: [&str; 3] = ["cli", "lib", "main"];

fn is_core(room: &str) -> bool {
    CORE.contains(&room) || room == YAML
}

/// The arrows: for each room the rooms that it names, with the files that do.
fn arrows(files: &[Code]) -> BTreeMap<(String, String), BTreeSet<String>> {
    let rooms: BTreeSet<&str> = files.iter().map(|file| file.room.as_str()).collect();
    let mut arrows: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for file in files {
        for other in
            file.names_from_the_root().into_iter().filter(|other| rooms.contains(other.as_str()) && *other != file.room)
        {
            arrows.entry((file.room.clone(), other)).or_default().insert(file.path.clone());
        }
    }
    arrows
}

#[test]
fn every_room_has_a_place() {
    for file in of_the_project() {
        let room = file.room.as_str();
        let places = [is_core(room), EDGES.contains(&room), room == GROUND, DOOR.contains(&room)];
        assert_eq!(
            places.iter().filter(|place| **place).count(),
            1,
            "{}: is `{}` core, edge or door?",
            file.path,
            file.room
        );
    }
}

#[test]
fn arrows_go_one_way() {
    let arrows = arrows(&of_the_project());
    // What must be found, or the search itself is broken.
    for known in [("blueprint", "profile"), ("cli", "sink"), ("render", "secret")] {
        assert!(arrows.contains_key(&(known.0.to_owned(), known.1.to_owned())), "{known:?}");
    }
    let wrong: Vec<_> = arrows
        .iter()
        .filter(|((from, to), _)| match from.as_str() {
            from if is_core(from) => !is_core(to),
            from if EDGES.contains(&from) => !is_core(to) && to != GROUND,
            GROUND => true,
            _ => false,
        })
        .collect();
    assert!(wrong.is_empty(), "the core names only the core, an edge only the core: {wrong:#?}");
}

#[test]
fn yaml_and_errors_know_nothing_of_the_product() {
    for ((from, to), files) in arrows(&of_the_project()) {
        let allowed = match from.as_str() {
            "error" => Vec::new(),
            YAML => vec!["error"],
            "names" | "secret" => vec!["error", YAML, "names"],
            _ => continue,
        };
        assert!(allowed.contains(&to.as_str()), "{from} names {to}: {files:?}");
    }
}

#[test]
fn no_path_slips_past() {
    for file in of_the_project() {
        assert!(!file.text.contains("super::super"), "{}: write `crate::…`, so that the arrow is seen", file.path);
    }
}

#[test]
fn the_core_touches_no_world() {
    const WORLD: [&str; 15] = [
        "std::env",
        "std::fs",
        "std::io::std",
        "std::net",
        "std::os",
        "std::process",
        "std::thread",
        "std::time",
        "SystemTime",
        "Instant",
        "tokio",
        "async fn",
        "async move",
        ".await",
        "is_terminal",
    ];
    for file in of_the_project().iter().filter(|file| is_core(&file.room)) {
        for word in WORLD {
            assert!(!file.text.contains(word), "{}: the core has no `{word}`", file.path);
        }
    }
}

#[test]
fn secrets_leave_through_few_doors() {
    const MAY: [&str; 22] = [
        // What defines them, writes them into documents, and keeps them.
        "src/secret/mod.rs",
        "src/render/bundle.rs",
        "src/render/secrets.rs",
        "src/render/vault.rs",
        "src/sink/credentials.rs",
        // What seals and encrypts them.
        "src/sink/manifest.rs",
        "src/sink/protect.rs",
        "src/sink/sops.rs",
        // What decodes a token; its claims are no secret, the rest of it is dropped.
        "src/token/mod.rs",
        // Values of a release that runs: their keys are judged, and Helm reads them from memory.
        "src/cli/check.rs",
        "src/input/helm.rs",
        "src/cli/migrate.rs",
        // What hands Secrets to the cluster.
        "src/cluster/apply.rs",
        // What hands them to the cloud's own client, and what stands in for it.
        "src/cloud/aws/sdk/account.rs",
        "src/cloud/aws/sdk/secrets.rs",
        "src/cloud/aws/rehearsal/objects.rs",
        "src/cloud/azure/account.rs",
        // The same for Google: tokens, and the private key that asks for them.
        "src/cloud/gcp/rest/calls.rs",
        "src/cloud/gcp/rest/credentials.rs",
        "src/cloud/gcp/rest/mod.rs",
        "src/cloud/gcp/rest/sign.rs",
        // The id of a key that could not be kept, to remove it.
        "src/cloud/aws/apply/access_key.rs",
    ];
    let found: BTreeSet<String> = of_the_project()
        .into_iter()
        .filter(|file| file.text.contains(".expose(") || file.text.contains("expose_secret"))
        .map(|file| file.path)
        .filter(|path| !path.contains("/tests/") && !path.ends_with("/tests.rs"))
        .collect();
    assert!(
        found.iter().all(|path| MAY.contains(&path.as_str())),
        "these look into secrets and are not listed: {found:?}"
    );
    for path in MAY {
        assert!(found.contains(path), "{path} is listed and looks into no secret");
    }
}

#[test]
fn only_the_report_prints() {
    const PRINTS: [&str; 7] = ["println!", "eprintln!", "print!(", "eprint!(", "dbg!", "io::stdout(", "io::stderr("];
    // Asking whether a stream is a terminal prints nothing.
    let prints = |text: &str| {
        let text = text.replace("stdout().is_terminal()", "").replace("stderr().is_terminal()", "");
        PRINTS.into_iter().find(|word| text.contains(word))
    };
    let mut report_prints = false;
    for file in of_the_project() {
        match prints(&file.text) {
            Some(_) if file.room == "report" => report_prints = true,
            // Whoever asks must show the question.
            Some(_) if file.room == "wizard" => {}
            Some(word) => panic!("{}: `{word}` belongs to src/report/", file.path),
            None => {}
        }
    }
    assert!(report_prints, "the search itself is broken");
}

#[test]
fn files_are_short_and_named_for_what_they_hold() {
    let long: Vec<_> =
        of_the_project().into_iter().map(|file| (file.lines, file.path)).filter(|(lines, _)| *lines > 400).collect();
    assert!(long.is_empty(), "a file of more than 400 lines is two rooms: {long:?}");
    for file in of_the_project() {
        for word in ["util", "helper", "common", "misc"] {
            assert!(!file.path.contains(word), "{}: name it for what it holds", file.path);
        }
    }
}

/// A command has its blueprint from `Context::blueprint`, which says its warnings; the others say them by `Context::warn`, or need no word.
#[test]
fn no_command_forgets_the_warnings() {
    const MAY: [&str; 3] = ["src/cli/context.rs", "src/cli/connect.rs", "src/cli/planning.rs"];
    for file in of_the_project().iter().filter(|file| file.room == "cli" && !MAY.contains(&file.path.as_str())) {
        let calls = file.text.match_indices("blueprint(").map(|(at, _)| file.text[..at].chars().next_back());
        let own = calls.filter(|before| before.is_none_or(|c| !(c == '.' || c == '_' || c.is_alphanumeric())));
        assert_eq!(own.count(), 0, "{}: use `context.blueprint`", file.path);
    }
}
