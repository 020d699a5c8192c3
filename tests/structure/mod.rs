//! Holds the order of the modules of `src/`: each names only those below it, and only what is live touches the world.

mod code;

use std::collections::BTreeSet;

use code::{Code, of_the_project};

/// The modules, lowest first: each names only those before it.
const ORDER: [&str; 18] = [
    "base",
    "host",
    "spec",
    "profile",
    "policy",
    "model",
    "clouds",
    "blueprint",
    "render",
    "helm",
    "kube",
    "migrate",
    "files",
    "report",
    "wizard",
    "cli",
    "lib",
    "main",
];
/// The folders of the clouds: none names another, but that S3-compatible servers speak AWS's protocol.
const CLOUDS: [&str; 4] = ["aws", "azure", "gcp", "s3"];

/// Whether a file may touch the world: files, processes, network, clock, environment, terminal.
fn is_live(file: &Code) -> bool {
    ["host", "files", "wizard", "report", "cli", "main"].contains(&file.module.as_str()) || file.path.contains("/live/")
}

#[test]
fn every_module_has_its_place() {
    let modules: BTreeSet<String> = of_the_project().into_iter().map(|file| file.module).collect();
    assert_eq!(modules.into_iter().collect::<Vec<_>>(), {
        let mut all = ORDER.to_vec();
        all.sort_unstable();
        all
    });
}

#[test]
fn names_point_downwards() {
    let place = |module: &str| ORDER.iter().position(|one| *one == module);
    let mut seen = BTreeSet::new();
    // Tests of a module may use what lies above it.
    let is_test = |file: &Code| file.path.ends_with("/tests.rs") || file.path.contains("/tests/");
    for file in of_the_project().into_iter().filter(|file| !is_test(file)) {
        for other in file.names_from_the_root() {
            let (Some(here), Some(there)) = (place(&file.module), place(&other)) else { continue };
            assert!(there <= here, "{}: `{}` names `{other}`, which lies above it", file.path, file.module);
            assert!(other != "host" || is_live(&file), "{}: only what is live asks the operating system", file.path);
            seen.insert((file.module.clone(), other));
        }
    }
    // What must be found, or the search itself is broken.
    for (from, to) in [("blueprint", "clouds"), ("cli", "files"), ("render", "model")] {
        assert!(seen.contains(&(from.to_owned(), to.to_owned())), "{from} names {to}");
    }
}

#[test]
fn no_cloud_names_another() {
    for cloud in CLOUDS {
        for file in of_the_project().iter().filter(|file| file.path.starts_with(&format!("src/clouds/{cloud}/"))) {
            for other in CLOUDS.into_iter().filter(|other| *other != cloud && (cloud, *other) != ("s3", "aws")) {
                assert!(!file.text.contains(&format!("clouds::{other}::")), "{} names `{other}`", file.path);
            }
        }
    }
}

#[test]
fn only_what_is_live_touches_the_world() {
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
    // Shared by what is live in every cloud.
    const SHARED: [&str; 10] = [
        "src/clouds/mod.rs",
        "src/clouds/audit.rs",
        "src/clouds/call.rs",
        "src/clouds/clock.rs",
        "src/clouds/lacking.rs",
        "src/clouds/limit.rs",
        "src/clouds/patience.rs",
        "src/clouds/retry.rs",
        "src/clouds/store.rs",
        "src/clouds/trial/",
    ];
    for file in of_the_project()
        .iter()
        .filter(|file| !is_live(file) && !SHARED.iter().any(|place| file.path.starts_with(place)))
    {
        for word in WORLD {
            assert!(!file.text.contains(word), "{}: `{word}` belongs to what is live", file.path);
        }
    }
}

#[test]
fn no_path_slips_past() {
    for file in of_the_project() {
        assert!(!file.text.contains("super::super"), "{}: write `crate::…`, so that the arrow is seen", file.path);
    }
}

#[test]
fn secrets_leave_through_few_doors() {
    const MAY: [&str; 22] = [
        // What defines them, writes them into documents, and keeps them.
        "src/base/secret/mod.rs",
        "src/render/bundle.rs",
        "src/render/secrets.rs",
        "src/render/vault.rs",
        "src/files/out/credentials.rs",
        // What seals and encrypts them.
        "src/files/out/manifest.rs",
        "src/files/out/protect.rs",
        "src/files/out/sops.rs",
        // What decodes a token; its claims are no secret, the rest of it is dropped.
        "src/clouds/aws/token/mod.rs",
        // Values of a release that runs: their keys are judged, and Helm reads them from memory.
        "src/cli/check.rs",
        "src/files/input/helm.rs",
        "src/cli/migrate.rs",
        // What hands Secrets to the cluster.
        "src/kube/live/apply.rs",
        // What hands them to the cloud's own client, and what stands in for it.
        "src/clouds/aws/live/sdk/account.rs",
        "src/clouds/aws/live/sdk/secrets.rs",
        "src/clouds/aws/live/rehearsal/objects.rs",
        "src/clouds/azure/live/account.rs",
        // The same for Google: tokens, and the private key that asks for them.
        "src/clouds/gcp/live/rest/calls.rs",
        "src/clouds/gcp/live/rest/credentials.rs",
        "src/clouds/gcp/live/rest/mod.rs",
        "src/clouds/gcp/live/rest/sign.rs",
        // The id of a key that could not be kept, to remove it.
        "src/clouds/aws/live/apply/access_key.rs",
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
            Some(_) if file.module == "report" => report_prints = true,
            // Whoever asks must show the question.
            Some(_) if file.module == "wizard" => {}
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
    assert!(long.is_empty(), "a file of more than 400 lines is two modules: {long:?}");
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
    for file in of_the_project().iter().filter(|file| file.module == "cli" && !MAY.contains(&file.path.as_str())) {
        let calls = file.text.match_indices("blueprint(").map(|(at, _)| file.text[..at].chars().next_back());
        let own = calls.filter(|before| before.is_none_or(|c| !(c == '.' || c == '_' || c.is_alphanumeric())));
        assert_eq!(own.count(), 0, "{}: use `context.blueprint`", file.path);
    }
}

/// Which cloud it is, is decided in `spec` and `clouds`, and where a run connects; everything else asks `clouds::known`.
#[test]
fn nobody_else_asks_which_cloud_it_is() {
    const MAY: &str = "src/cli/connect.rs";
    for file in of_the_project() {
        let inside = ["spec", "clouds"].contains(&file.module.as_str()) || file.path.contains("/tests/");
        if inside || file.path == MAY {
            continue;
        }
        for word in [
            "cloud.aws()",
            "cloud.azure()",
            "cloud.gcp()",
            "cloud.store()",
            "Cloud::Aws(",
            "Cloud::Azure(",
            "Cloud::Gcp(",
            "Cloud::S3(",
        ] {
            assert!(!file.text.contains(word), "{}: `{word}` belongs to `clouds`", file.path);
        }
    }
}
