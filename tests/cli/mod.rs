//! The command line itself: help, exit codes, pipes, completions, manual.

mod conventions;
mod json;
mod lost;
pub mod next;
mod rehearsal;
mod replaced;
mod rotation;
mod shown;
mod stop;
mod verify;

use std::process::{Command, Stdio};

use crate::harness::{Sandbox, project, tree_of_text};

/// All commands, by their manual pages: a page for each.
fn commands(sandbox: &Sandbox) -> Vec<String> {
    let _ = sandbox.run("man --out pages").ok();
    let pages = tree_of_text(&sandbox.path("pages")).into_keys();
    let words = pages.map(|page| page.trim_start_matches("bucketwright").trim_end_matches(".1").replacen('-', "", 1));
    let parents = ["migrate", "profile", "verify"];
    words
        .map(|word| match word.split_once('-') {
            Some((parent, child)) if parents.contains(&parent) => format!("{parent} {child}"),
            _ => word,
        })
        .collect()
}

/// The flags that stand below the heading `Cluster`.
const OF_THE_CLUSTER: [&str; 8] = [
    "push",
    "permissions",
    "running",
    "kubeconfig",
    "context",
    "create-namespaces",
    "service-accounts",
    "force-conflicts",
];

#[test]
fn every_command_explains_itself() {
    let sandbox = Sandbox::new();
    let commands = commands(&sandbox);
    assert!(commands.len() > 20, "{commands:?}");
    for command in commands {
        let help = sandbox.run(&format!("{command} --help")).ok().stdout;
        assert!(help.contains("Usage: bucketwright"), "{command}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{command}: {help}");
        let shown = help.lines().filter(|line| line.contains(&format!("bucketwright {command}"))).count();
        assert!(shown > 1 || help.contains("\nCommands:"), "{command} has no example: {help}");
        // What is below a heading belongs there.
        let below = help.lines().skip_while(|line| *line != "Cluster:").skip(1);
        let cluster = below.take_while(|line| line.is_empty() || line.starts_with(' '));
        for flag in cluster.filter_map(|line| line.trim().strip_prefix("--")) {
            let flag = flag.split(' ').next().unwrap_or_default();
            assert!(OF_THE_CLUSTER.contains(&flag), "{command}: --{flag} is not about the cluster");
        }
    }
}

#[test]
fn shells_and_man_get_their_pages() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(sandbox.run(&format!("completions {shell}")).ok().stdout.contains("bucketwright"), "{shell}");
    }
    assert!(sandbox.run("man").ok().stdout.contains(".TH bucketwright 1"));
    let _ = sandbox.run("man --out pages").ok();
    assert!(sandbox.read("pages/bucketwright-apply.1").contains("rehearse"));
}

#[test]
fn help_and_version_are_commands_too() {
    let sandbox = Sandbox::new();
    for (words, flag) in [
        ("help", "--help"),
        ("help apply", "apply --help"),
        ("help profile show", "profile show --help"),
        ("version", "--version"),
    ] {
        assert_eq!(sandbox.run(words).ok().stdout, sandbox.run(flag).ok().stdout, "{words}");
    }
    assert!(sandbox.run("help plam").exits(2).stderr.contains("plan"));
}

#[test]
fn completions_know_profiles_codes_and_installs() {
    let spec = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: aws, region: eu-west-1}\nidentity: static-keys\ninstalls:\n  - {id: my-own-argo, profile: argo-workflows, chartVersion: 1.0.18}\n";
    let sandbox = Sandbox::with_spec(spec);
    let _ = sandbox.run("profile new my-own-shop --dir profiles").ok();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = sandbox.run(&format!("completions {shell} --profiles profiles")).ok().stdout;
        // Fish's script knows the values of options alone; PowerShell's and Elvish's know none.
        let words: &[&str] = match shell {
            "bash" | "zsh" => &["argo-workflows", "my-own-shop", "my-own-argo", "BW0203", "BW0412"],
            "fish" => &["argo-workflows", "my-own-shop", "my-own-argo"],
            _ => &[],
        };
        for word in words {
            assert!(script.contains(word), "{shell}: {word}");
        }
        assert!(script.contains("version"), "{shell}");
    }
}

/// What is said with `-v` goes into files as it is: no colours there, and none with NO_COLOR.
#[test]
fn more_words_have_no_colours_in_files() {
    let sandbox = Sandbox::new();
    let spec = project().join("examples/argo-irsa.yaml");
    for no_color in [true, false] {
        let call = sandbox.call(["apply", "--rehearse", "-vv", "-f", spec.to_str().expect("a path")]);
        let call = if no_color { call } else { call.without("NO_COLOR") };
        let said = call.run().any().stderr;
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }
}

#[test]
fn one_file_is_printed_alone() {
    let sandbox = Sandbox::new();
    let spec = project().join("examples/gitlab-irsa.yaml");
    let spec = spec.to_str().expect("a path");
    let _ = sandbox.call(["render", "-f", spec]).run().ok();
    for path in ["gitlab/values.yaml", "gitlab/secrets.yaml", "iam/acme-prod-gitlab.trust.json", "out/gitlab/NOTES.md"]
    {
        let there = sandbox.read(&format!("out/{}", path.trim_start_matches("out/")));
        assert_eq!(sandbox.call(["render", "-f", spec, "--file", path]).run().ok().stdout, there, "{path}");
    }
    let wrong = sandbox.call(["render", "-f", spec, "--file", "gitlab/value.yaml"]).run().exits(2).stderr;
    assert!(wrong.contains("BW0840") && wrong.contains("`gitlab/values.yaml`"), "{wrong}");
    // A file without a key needs none; one with a key does.
    let keys = Sandbox::with_spec(
        "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: aws, region: eu-west-1}\nidentity: static-keys\ninstalls:\n  - {profile: argo-workflows, chartVersion: 1.0.18}\n",
    );
    assert!(keys.run("render --file argo-workflows/values.yaml").ok().stdout.contains("artifactRepository"));
    let _ = keys.run("render --file argo-workflows/secrets.yaml").exits(2);
    assert!(
        keys.run("render --file argo-workflows/secrets.yaml --placeholders").ok().stdout.contains("kind: \"Secret\"")
    );
    assert!(!keys.path("out").exists(), "nothing is written");
}

#[test]
fn a_spec_that_is_replaced_is_kept() {
    let sandbox = Sandbox::with_spec("mine: 1\n");
    let answers =
        "name: acme\ncloud.region: eu-west-1\ninstalls: [argo-workflows]\nargo-workflows.identity: static-keys\n";
    sandbox.write("answers.yaml", answers);
    let told = sandbox.run("init --offline --answers answers.yaml --defaults").exits(2).stderr;
    assert!(told.contains("BW0905") && told.contains("bucketwright.yaml.bak"), "{told}");
    let _ = sandbox.run("init --offline --answers answers.yaml --defaults --force").ok();
    assert_eq!(sandbox.read("bucketwright.yaml.bak"), "mine: 1\n");
    sandbox.write("bucketwright.yaml", "mine: 2\n");
    let _ = sandbox.run("init --offline --answers answers.yaml --defaults --force").ok();
    assert_eq!(
        (sandbox.read("bucketwright.yaml.bak").as_str(), sandbox.read("bucketwright.yaml.bak2").as_str()),
        ("mine: 1\n", "mine: 2\n")
    );
    let told = sandbox.run("init --offline --answers answers.yaml --defaults").exits(2).stderr;
    assert!(told.contains("bucketwright.yaml.bak3"), "{told}");
}

#[test]
fn a_profile_with_blanks_in_its_name_is_a_profile() {
    let sandbox = Sandbox::new();
    let told = sandbox.call(["profile", "new", "My Chart"]).run().exits(2).stderr;
    assert!(told.contains("BW0841") && told.contains("`my-chart`") && !told.contains("namespace"), "{told}");
}

#[test]
fn wrong_arguments_exit_with_2() {
    let sandbox = Sandbox::new();
    for arguments in ["plam", "render --no-such-flag", "render -f missing.yaml"] {
        let _ = sandbox.run(arguments).exits(2);
    }
    assert!(sandbox.run("").exits(2).stderr.contains("BW0901"), "without a terminal nothing is asked");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let sandbox = Sandbox::new();
    let mut child =
        sandbox.command().arg("schema").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn colours_only_when_wanted() {
    let sandbox = Sandbox::new();
    let spec = project().join("examples/argo-irsa.yaml");
    let plan = |more: &[&str]| {
        let mut arguments = vec!["plan", "--rehearse", "-f", spec.to_str().expect("a path")];
        arguments.extend(more);
        let output: std::process::Output = Command::output(sandbox.command().args(arguments)).expect("runs");
        String::from_utf8(output.stdout).expect("text")
    };
    assert!(!plan(&[]).contains('\u{1b}'));
    assert!(plan(&["--color", "always"]).contains('\u{1b}'));
}

#[test]
fn a_rehearsal_is_never_taken_for_the_real_thing() {
    let sandbox = Sandbox::new();
    let mut clouds = std::collections::BTreeSet::new();
    for (example, text) in tree_of_text(&project().join("examples")) {
        let spec = project().join("examples").join(&example);
        let spec = spec.to_str().expect("a path");
        let _ = sandbox.call(["render", "--placeholders", "-f", spec, "--out", "rendered"]).run().ok();
        std::fs::remove_dir_all(sandbox.path("rendered")).expect("it was written");
        let out = sandbox.call(["apply", "--rehearse", "-f", spec, "--out", "out"]).run().ok();
        assert!(out.stderr.contains("REHEARSAL"), "{example}");
        for (name, text) in tree_of_text(&sandbox.path("out")) {
            assert!(text.contains("REHEARSAL") || name == ".gitignore", "{example}: {name}");
        }
        let provider = bucketwright::base::yaml::read_back(&text).expect("YAML")["cloud"]["provider"].clone();
        clouds.insert(provider.to_string());
        std::fs::remove_dir_all(sandbox.path("out")).expect("removed");
    }
    assert_eq!(clouds.len(), 4, "each cloud has an example: {clouds:?}");
}

/// `-vv` shows what lies behind an error; without it, a message stays as short as it is.
#[test]
fn what_lies_behind_an_error_is_shown_on_demand() {
    let sandbox = Sandbox::with_spec("x: 1\n");
    let shown = sandbox.run("render -f nothing.yaml -vv").exits(2).all();
    assert!(shown.contains("BW0101 caused by: ") && shown.contains("os error"), "{shown}");
    assert!(!sandbox.run("render -f nothing.yaml").exits(2).all().contains("caused by"));
}
