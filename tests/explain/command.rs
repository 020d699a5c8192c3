//! The command itself.

use crate::harness::Sandbox;

#[test]
fn a_page_is_found_however_the_code_is_written() {
    let sandbox = Sandbox::new();
    let page = sandbox.run("explain BW0203").ok().stdout;
    for part in ["BW0203  An account id is not 12 digits.", "\nCause\n", "\nExample\n", "\nFix\n", "Exit code\n  2"] {
        assert!(page.contains(part), "{part} in\n{page}");
    }
    assert!(!page.contains("```") && !page.contains("**") && !page.contains("## "), "Markdown in\n{page}");
    assert!(page.lines().filter(|line| !line.contains("help: ")).all(|line| line.chars().count() <= 100), "{page}");
    for code in ["bw0203", "0203", "Bw0203"] {
        assert_eq!(sandbox.run(&format!("explain {code}")).ok().stdout, page, "{code}");
    }
}

/// Where lines end in docs/errors.md means nothing: paragraphs fill the width.
#[test]
fn paragraphs_are_filled() {
    let page = Sandbox::new().run("explain BW0631").ok().stdout;
    let cause = page.split("Cause\n").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("a cause");
    let lines: Vec<&str> = cause.lines().collect();
    assert!(lines.len() > 1, "{page}");
    // The first word of each next line would not have fitted.
    for pair in lines.windows(2) {
        let next = pair[1].split_whitespace().next().expect("a word");
        assert!(pair[0].chars().count() + 1 + next.chars().count() > 80, "{page}");
    }
}

#[test]
fn checks_of_profiles_are_found_in_each_profile() {
    let sandbox = Sandbox::new();
    let page = sandbox.run("explain bw0412").ok().stdout;
    for profile in ["argo-workflows", "gitlab", "massdriver"] {
        assert!(page.contains(&format!("BW0412  What the profile {profile} refuses.")), "{page}");
    }
    for part in ["\nMessage\n", "\nWhen\n", "\nWhy\n", "\nFix\n", "\nSource\n", "<endpoint.host>"] {
        assert!(page.contains(part), "{part} in\n{page}");
    }
    let one = sandbox.run("explain BW0427").ok().stdout;
    let title = one.lines().next().expect("a line");
    assert!(title.starts_with("BW0427  ") && !title.contains("What the profile"), "{one}");
    let titles = sandbox.run("explain -o json").ok().json();
    for code in titles["codes"].as_array().expect("codes") {
        assert!(code["title"].as_str().is_some_and(|title| !title.is_empty()), "{code}");
    }
    let found = sandbox.run("explain BW0412 -o json").ok().json();
    let checks = found["codes"][0]["checks"].as_array().expect("checks");
    assert_eq!(checks.len(), 3, "{found:#}");
    assert!(checks.iter().all(|check| check["refuses"] == true && check["source"].is_string()), "{found:#}");
    // A profile of one's own.
    let _ = sandbox.run("profile new shop --dir profiles").ok();
    let checks =
        "checks:\n  - {when: endpoint, severity: warn, code: BW0499, what: Mind the gap., why: It is there.}\n";
    let profile = sandbox.read("profiles/shop/profile.yaml");
    assert!(!profile.contains("\nchecks:"));
    sandbox.write("profiles/shop/profile.yaml", &format!("{profile}{checks}"));
    let page = sandbox.run("--profiles profiles explain 0499").ok().stdout;
    assert!(page.contains("BW0499  What the profile shop remarks on.") && page.contains("Mind the gap."), "{page}");
}

#[test]
fn a_profile_that_does_not_load_hides_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write("profiles/broken/profile.yaml", "profile: [");
    assert!(sandbox.run("--profiles profiles explain BW0302").ok().stdout.contains("BW0302"));
}

#[test]
fn an_unknown_code_names_the_near_ones() {
    let sandbox = Sandbox::new();
    let words = sandbox.run("explain BW0299").exits(2).stderr;
    assert!(words.contains("`BW0299` is not a known code") && words.contains("Near it are BW0209"), "{words}");
    assert!(words.contains("`bucketwright explain` lists them all"), "{words}");
    let words = sandbox.run("explain endpoint").exits(2).stderr;
    assert!(words.contains("A code is `BW` and four digits."), "{words}");
}

#[test]
fn without_a_code_all_are_listed() {
    let sandbox = Sandbox::new();
    let list = sandbox.run("explain").ok().stdout;
    assert!(list.contains("\nBW0203  An account id is not 12 digits.\n"), "{list}");
    assert!(list.contains("\nBW0412  argo-workflows, gitlab, massdriver: "), "{list}");
    assert!(list.lines().all(|line| line.chars().count() <= 80), "{list}");
    let found = sandbox.run("explain -o json").ok().json();
    assert_eq!(found["version"], 1);
    let codes = found["codes"].as_array().expect("codes");
    let listed = list.lines().filter(|line| line.starts_with("BW")).count();
    assert_eq!(codes.len(), listed);
    assert!(codes.iter().all(|code| code["fix"].is_string() != code["checks"][0].is_object()), "{found:#}");
}

#[test]
fn errors_say_where_more_is_said() {
    let sandbox = Sandbox::with_spec("apiVersion: bucketwright/v1\nname: A\nname: B\n");
    let words = sandbox.run("render").exits(2).stderr;
    assert!(words.ends_with("More: bucketwright explain BW0107\n"), "{words}");
    let words = sandbox.call(["render", "--color", "always"]).without("NO_COLOR").run().exits(2).stderr;
    assert!(words.ends_with("\u{1b}[2mMore: bucketwright explain BW0107\u{1b}[0m\n"), "{words:?}");
    assert!(!sandbox.run("render -o json").exits(2).all().contains("More:"));
}

#[test]
fn pages_of_rights_are_topics() {
    let sandbox = Sandbox::new();
    for (topic, title) in [("permissions", "# Who may do what"), ("trust", "# Input from others")] {
        assert!(sandbox.run(&format!("explain {topic}")).ok().stdout.starts_with(title), "{topic}");
    }
}
