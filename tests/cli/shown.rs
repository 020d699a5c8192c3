//! What a run prints: short, aligned, as wide as the terminal, and in detail where that is asked for.

use std::process::Command;
use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::{Eof, Expect, Session};

use crate::harness::{Sandbox, project};

/// The example with nine buckets and a role.
const GITLAB: &str = "examples/gitlab-irsa.yaml";

fn gitlab() -> Sandbox {
    Sandbox::with_spec(&std::fs::read_to_string(project().join(GITLAB)).expect("an example"))
}

#[test]
fn a_rehearsal_says_once_what_holds_for_nine_buckets() {
    let sandbox = gitlab();
    let said = sandbox.run("apply --rehearse").ok().stderr;
    assert!(said.lines().count() < 25, "{said}");
    let names = "acme-prod-{artifacts,backups,backups-tmp,gitlab-pages,lfs,packages,registry,terraform-state,uploads}";
    assert!(said.contains(&format!("  + 9 buckets      {names}\n")), "{said}");
    assert!(said.contains(&format!("  ✓ acme-prod-gitlab: 8 actions in each of 9 buckets: {names}\n")), "{said}");
    assert_eq!(said.matches("abort unfinished uploads").count(), 1, "{said}");
    assert!(said.contains("\n12 to create.\n"), "{said}");

    let all = sandbox.run("apply --rehearse -v --out other").ok().stderr;
    assert_eq!(all.matches("  abort unfinished uploads").count(), 9, "{all}");
    for bucket in ["acme-prod-lfs", "acme-prod-uploads"] {
        assert!(all.contains(&format!("  + bucket         {bucket}\n")), "{all}");
        assert!(all.contains(&format!("✓ acme-prod-gitlab in {bucket}: ListBucket, ")), "{all}");
        assert!(all.contains(&format!("done bucket {bucket}\n")), "{all}");
    }
}

#[test]
fn quiet_means_errors_alone() {
    let sandbox = gitlab();
    let done = sandbox.run("apply --rehearse -q").ok();
    assert_eq!((done.stdout.as_str(), done.stderr.as_str()), ("", ""));
    assert!(sandbox.path("out-rehearsal").is_dir());
    let said = sandbox.run("apply -q --rehearse -f nowhere.yaml").exits(2).stderr;
    assert!(said.contains("nowhere.yaml") && said.contains("help: "), "{said}");
    // Nobody says yes to what was not shown; here nobody can be asked at all.
    let said = sandbox.run("apply -q -v").exits(2).stderr;
    assert!(said.contains("--quiet") && said.contains("--verbose"), "{said}");
}

/// What a terminal of so many columns shows. The program starts when it has them.
fn on_a_terminal(sandbox: &Sandbox, columns: u16, arguments: &[&str]) -> String {
    on_a_terminal_but(sandbox, columns, arguments, "")
}

/// The same with a part of it redirected, in the shell's words.
fn on_a_terminal_but(sandbox: &Sandbox, columns: u16, arguments: &[&str], redirected: &str) -> String {
    let own = sandbox.command();
    let mut shell = Command::new("sh");
    shell
        .args([
            "-c",
            &format!("until [ \"$(stty size)\" = '24 {columns}' ]; do :; done; exec \"$@\" {redirected}"),
            "sh",
        ])
        .arg(own.get_program())
        .args(arguments);
    shell.env_clear().envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(sandbox.path("")).env("TERM", "xterm").env("NO_COLOR", "1");
    let mut session = Session::spawn(shell).expect("a terminal");
    session.get_process_mut().set_window_size(columns, 24).expect("a size");
    session.set_expect_timeout(Some(Duration::from_mins(2)));
    let end = session.expect(Eof).expect("it ends");
    let text = String::from_utf8_lossy(end.as_bytes()).replace('\r', "");
    assert!(matches!(session.get_process().wait(), Ok(WaitStatus::Exited(..))));
    text
}

#[test]
fn lines_are_as_wide_as_the_terminal() {
    for columns in [60, 80] {
        let sandbox = gitlab();
        let said = on_a_terminal(&sandbox, columns, &["plan", "--rehearse"]);
        let plan = &said[said.find("Plan for").expect("a plan")..];
        // Commands are whole, so that they can be copied; the terminal breaks those itself.
        let words = plan.lines().filter(|line| !line.contains('`') && !line.contains("oidc.eks"));
        let wide: Vec<&str> = words.filter(|line| line.chars().count() > usize::from(columns)).collect();
        assert!(wide.is_empty(), "{columns}: {wide:#?}\n{said}");
        let hung = plan.lines().skip_while(|line| !line.contains("ACLs disabled")).nth(1).expect("a second line");
        assert!(hung.starts_with(&" ".repeat(19)), "{columns}: {said}");
        assert!(
            said.contains("`bucketwright migrate settings --profile gitlab --chart-version 9.9.1 --running"),
            "{said}"
        );
        let said = on_a_terminal(&sandbox, columns, &["plan", "-f", "nowhere.yaml"]);
        assert!(said.lines().all(|line| line.chars().count() <= usize::from(columns)), "{columns}: {said}");
    }
}

#[test]
fn lists_are_aligned_and_fit() {
    let sandbox = Sandbox::new();
    for columns in [60, 80] {
        for list in [&["profile", "list"][..], &["profile", "list", "--matrix"], &["profile", "show", "ona"]] {
            let said = on_a_terminal(&sandbox, columns, list);
            let one_word = |line: &&str| line.split_whitespace().count() > 1;
            let wide: Vec<&str> =
                said.lines().filter(one_word).filter(|line| line.chars().count() > usize::from(columns)).collect();
            assert!(wide.is_empty(), "{columns} {list:?}: {wide:#?}");
        }
    }
    let said = on_a_terminal(&sandbox, 80, &["profile", "list"]);
    let starts: Vec<Option<usize>> =
        said.lines().filter(|line| !line.starts_with(' ')).map(|line| line.find('>')).collect();
    assert!(starts.len() > 4 && starts.windows(2).all(|pair| pair[0] == pair[1]), "{said}");
}

#[test]
fn what_goes_to_a_program_has_whole_lines_and_no_colours() {
    let sandbox = gitlab();
    let plain = sandbox.run("plan --rehearse").ok().stdout;
    // The words on the terminal are still there.
    let said = on_a_terminal_but(&sandbox, 60, &["plan", "--rehearse", "--color", "auto"], "> plan.txt");
    assert_eq!(sandbox.read("plan.txt"), plain);
    assert!(said.contains("REHEARSAL") && !said.contains("Plan for"), "{said}");
}
