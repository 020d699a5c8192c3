//! What people know from other command-line tools: variables, short and long help, versions, manual pages, completions.

use crate::harness::{Sandbox, project};

fn argo() -> Sandbox {
    Sandbox::with_spec(&std::fs::read_to_string(project().join("examples/argo-irsa.yaml")).expect("an example"))
}

#[test]
fn an_option_can_be_a_variable() {
    let sandbox = argo();
    sandbox.write("specs/other.yaml", &sandbox.read("bucketwright.yaml").replace("name: acme-prod", "name: acme-test"));
    for yes in ["1", "yes", "true", "on"] {
        let call = sandbox.call(["plan"]).env("BUCKETWRIGHT_REHEARSE", yes).env("BUCKETWRIGHT_OUTPUT", "json");
        assert_eq!(call.env("BUCKETWRIGHT_SPEC", "specs/other.yaml").run().ok().json()["spec"], "acme-test");
    }
    // The command line wins, and a switch that is off is off.
    let call = sandbox.call(["plan", "--rehearse", "-f", "bucketwright.yaml", "-o", "json"]);
    assert_eq!(call.env("BUCKETWRIGHT_SPEC", "specs/other.yaml").run().ok().json()["spec"], "acme-prod");
    let said = sandbox.call(["apply"]).env("BUCKETWRIGHT_REHEARSE", "no").run().exits(1).all();
    assert!(!said.contains("REHEARSAL"), "{said}");
    let said = sandbox.call(["plan"]).env("BUCKETWRIGHT_REHEARSE", "perhaps").run().exits(2).stderr;
    assert!(said.contains("--rehearse") && said.contains("perhaps"), "{said}");
    // What names a loss is said for each run, and `destroy` is confirmed for each.
    let help = sandbox.run("destroy --help").ok().stdout;
    for never in ["BUCKETWRIGHT_DELETE_DATA", "BUCKETWRIGHT_YES", "BUCKETWRIGHT_EVEN_IF_USED"] {
        assert!(!help.contains(never), "{help}");
    }
    assert!(sandbox.run("apply --help").ok().stdout.contains("[env: BUCKETWRIGHT_YES]"));
}

#[test]
fn the_spec_is_a_file_too() {
    let sandbox = argo();
    let text = sandbox.read("bucketwright.yaml");
    sandbox.write("other.yaml", &text);
    let plan = |arguments: &str| sandbox.run(arguments).ok().stdout;
    let there = plan("plan --rehearse");
    assert_eq!(plan("plan --rehearse --file other.yaml"), there);
    assert_eq!(sandbox.call(["plan", "--rehearse", "-f", "-"]).stdin(&text).run().ok().stdout, there);
}

#[test]
fn help_is_short_or_long_and_says_what_is_common_once() {
    let sandbox = Sandbox::new();
    let (short, long) = (sandbox.run("plan -h").ok().stdout, sandbox.run("plan --help").ok().stdout);
    assert!(!short.contains("[env:") && long.contains("[env: BUCKETWRIGHT_SPEC]"), "{short}{long}");
    assert!(short.lines().count() < long.lines().count());
    for command in ["plan", "render", "destroy", "profile test", "migrate settings", "explain"] {
        let help = sandbox.run(&format!("{command} --help")).ok().stdout;
        assert!(!help.contains("--audit") && !help.contains("sarif"), "{command}: {help}");
        assert!(
            help.contains("What every command takes (--output, --quiet, --verbose …): bucketwright --help"),
            "{help}"
        );
    }
    let root = sandbox.run("--help").ok().stdout;
    for common in ["--audit", "--quiet", "--output", "sarif", "BUCKETWRIGHT_AUDIT"] {
        assert!(root.contains(common), "{common}: {root}");
    }
    assert!(sandbox.run("check --help").ok().stdout.contains("sarif"), "its own formats are its own");
}

#[test]
fn pages_tell_exit_status_environment_and_files() {
    let sandbox = Sandbox::new();
    let _ = sandbox.run("man --out pages").ok();
    for page in [sandbox.run("man").ok().stdout, sandbox.read("pages/bucketwright-apply.1")] {
        for section in [".SH \"EXIT STATUS\"", ".SH ENVIRONMENT", ".SH FILES"] {
            assert!(page.contains(section), "{section}: {page}");
        }
    }
    assert!(sandbox.read("pages/bucketwright-apply.1").contains("BUCKETWRIGHT_NO_PROOF"));
}

#[test]
fn completions_know_versions_and_contexts() {
    let sandbox = Sandbox::new();
    let contexts = "apiVersion: v1\nkind: Config\ncontexts:\n- {name: prod-eu, context: {cluster: a, user: b}}\n";
    let path = sandbox.write("kubeconfig", contexts);
    for shell in ["bash", "zsh", "fish"] {
        let script = sandbox.call(["completions", shell]).env("KUBECONFIG", &path).run().ok().stdout;
        assert!(script.contains("prod-eu") && script.contains("9.9.1"), "{shell}");
    }
    // A kubeconfig that cannot be read is no reason to have none of the rest.
    let path = sandbox.write("broken", "contexts: [");
    let script = sandbox.call(["completions", "bash"]).env("KUBECONFIG", &path).run().ok().stdout;
    assert!(script.contains("argo-workflows"));
}

#[test]
fn a_test_of_profiles_ends_with_a_count() {
    let said = Sandbox::new().run("profile test gradient").ok().stdout;
    let variants = said.lines().count() - 1;
    let last = said.lines().last().expect("a line");
    assert!(last.starts_with(&format!("{variants} variants: ")) && last.contains(" ok"), "{said}");
}
