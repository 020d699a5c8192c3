//! Where the questions begin and how they stop: drafts, specs that are there, interrupts, plain lines.

use crate::harness::Sandbox;

use super::terminal::{CTRL_C, DOWN, ESC, Person, SIZES};

const BIG: (u16, u16) = (24, 80);

#[test]
fn ctrl_c_leaves_a_sane_terminal_and_writes_no_spec() {
    for (question, before) in [("Name of this installation", ""), ("Where the buckets are", "acme\r")] {
        let sandbox = Sandbox::new();
        let mut person = Person::start(&sandbox, &["init", "--offline"], BIG);
        person.answers("Name of this installation", before);
        person.answers(question, CTRL_C);
        assert_eq!(person.ends(), 130, "{}", person.transcript());
        let printed = String::from_utf8_lossy(&person.printed).into_owned();
        assert!(printed.rfind("\u{1b}[?25h") > printed.rfind("\u{1b}[?25l"), "the cursor is shown: {printed:?}");
        assert!(!person.transcript().contains("Enter takes it"), "the question is gone: {}", person.transcript());
        assert!(!sandbox.path("bucketwright.yaml").exists());
    }
}

/// What was answered is there for the next run, which asks only the rest.
#[test]
fn answers_survive_an_interrupt() {
    let sandbox = Sandbox::new();
    let mut person = Person::start(&sandbox, &["init", "--offline"], BIG);
    person.answers("Name of this installation", "acme\r");
    person.answers("Where the buckets are", "\r");
    person.answers("Region of the buckets", "eu-west-3\r");
    person.answers("AWS account", CTRL_C);
    assert_eq!(person.ends(), 130);
    assert!(sandbox.read("bucketwright.yaml.draft").contains("cloud.region: \"eu-west-3\""));

    let mut person = Person::start(&sandbox, &["init", "--offline"], BIG);
    person.answers("An earlier run left answers", "\r");
    person.answers("AWS account", "\r");
    person.answers("Charts that need object storage", "argo\r");
    person.answers("Argo Workflows chart version", ESC);
    person.answers("Charts that need object storage", " gitlab\r");
    let chart =
        ["GitLab chart version", "GitLab Helm release", "GitLab namespace", "Is GitLab new", "How GitLab's pods"];
    for question in chart {
        person.answers(question, "\r");
    }
    person.answers("EKS cluster", "prod\r");
    person.answers("One role for a whole chart?", "\r");
    person.answers("What else GitLab keeps", "\r");
    person.answers("Bucket names", "\r");
    person.answers("Is everything right?", "\r");
    assert_eq!(person.ends(), 0, "{}", person.transcript());
    let spec = sandbox.read("bucketwright.yaml");
    assert!(spec.contains("eu-west-3") && spec.contains("gitlab") && !spec.contains("argo"), "{spec}");
    assert!(!sandbox.path("bucketwright.yaml.draft").exists(), "the spec holds the answers now");
}

const SPEC: &str = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: aws, region: eu-west-1, account: \"012345678901\", cluster: {name: prod}}\n\
                    installs:\n  - {profile: argo-workflows, chartVersion: 1.0.18, identity: irsa, options: {archiveLogs: true}}\n";

#[test]
fn beside_a_spec_there_are_three_ways() {
    // Its plan: nothing is asked again.
    let sandbox = Sandbox::with_spec(SPEC);
    let mut person = Person::start(&sandbox, &["--rehearse", "--yes"], BIG);
    person.answers("bucketwright.yaml is there already", "\r");
    assert_eq!(person.ends(), 0, "{}", person.transcript());
    assert_eq!(sandbox.read("bucketwright.yaml"), SPEC);
    assert!(sandbox.path("out-rehearsal/argo-workflows").exists());

    // Its answers, changed: the region, and with it what depends on it.
    let mut person = Person::start(&sandbox, &["init", "--offline"], BIG);
    person.answers("bucketwright.yaml is there already", "change\r");
    person.answers("Is everything right?", "region\r");
    person.answers("Region of the buckets", "eu-west-3\r");
    // Another region has other clusters.
    person.answers("EKS cluster that the charts run in · prod", "\r");
    person.answers("Is everything right?", "\r");
    assert_eq!(person.ends(), 0, "{}", person.transcript());
    let spec = sandbox.read("bucketwright.yaml");
    for words in ["eu-west-3", "012345678901", "irsa", "archiveLogs: true", "1.0.18"] {
        assert!(spec.contains(words), "{words}: {spec}");
    }
    assert_eq!(sandbox.read("bucketwright.yaml.bak"), SPEC);

    // What no question asks for would be lost, so it is not offered, and it is said why.
    sandbox.write("bucketwright.yaml", &format!("{SPEC}adopt: {{roles: [old]}}\n"));
    let mut person = Person::start(&sandbox, &["init", "--offline"], BIG);
    person.answers("bucketwright.yaml is there already", "change\r");
    person.sees("Change its answers is not possible: No question asks for adopt, which would be lost.");
    person.types(ESC);
    person.sees("> Begin again");
    person.types(ESC);
    assert_eq!(person.ends(), 2, "{}", person.transcript());
    assert!(sandbox.read("bucketwright.yaml").contains("adopt"));
}

#[test]
fn plain_lines_redraw_nothing() {
    for (arguments, terminal) in [(vec!["init", "--offline", "--plain"], "xterm"), (vec!["init", "--offline"], "dumb")]
    {
        let sandbox = Sandbox::new();
        let mut command = sandbox.command();
        command.args(&arguments).env("TERM", terminal);
        let mut person = Person::run(command, BIG);
        for (question, line) in [
            ("Name of this installation", "acme\r"),
            ("Where the buckets are", "\r"),
            ("Region of the buckets", "eu-west-1\r"),
            ("AWS account", "<\r"),
            ("Answer [eu-west-1]", "eu-west-3\r"),
        ] {
            person.sees(question);
            person.types(line);
        }
        person.sees("Answer [eu-west-1]: AWS account 12 digits, or empty. Answer:");
        person.types(CTRL_C);
        assert_eq!(person.ends(), 130);
        assert!(!person.printed.contains(&0x1b), "{}", String::from_utf8_lossy(&person.printed));
        assert!(sandbox.read("bucketwright.yaml.draft").contains("eu-west-3"));
    }
}

/// Colours are not needed to see what is what.
#[test]
fn without_colours_the_marks_stay() {
    let styled = regex::Regex::new("\u{1b}\\[[0-9;]*m").expect("an expression");
    for size in SIZES {
        let sandbox = Sandbox::new();
        let mut command = sandbox.command();
        command.args(["init", "--offline"]).env("NO_COLOR", "1");
        let mut person = Person::run(command, size);
        person.answers("Name of this installation", "acme\r");
        person.sees("> Amazon Web Services");
        person.answers("Where the buckets are", &format!("{DOWN}{DOWN}"));
        person.sees("> Microsoft Azure");
        person.types(CTRL_C);
        assert_eq!(person.ends(), 130);
        let printed = String::from_utf8_lossy(&person.printed).into_owned();
        assert!(!styled.is_match(&printed), "{printed:?}");
    }
}
