//! A chart that somebody sent, and the Helm that renders it: both end, and leave nothing behind.

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use crate::harness::{Output, Sandbox, alive, nobody_elses_seconds, tree, until};
use crate::helm::check::fixture::{SPEC, chart};

/// `check` of the chart with a program for Helm, in an environment that holds a secret.
fn with_helm(sandbox: &Sandbox, script: &str, code: i32) -> Output {
    let helm = sandbox.write("programs/helm", &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(helm, std::fs::Permissions::from_mode(0o755)).expect("a program");
    std::fs::create_dir_all(sandbox.path("tmp")).expect("made");
    let begun = Instant::now();
    let call = sandbox.call(["check", "--chart", "argo-workflows=chart", "--values", "mine.yaml"]);
    let path = format!("{}:/usr/bin:/bin", sandbox.path("programs").display());
    let call = call.env("PATH", path).env("TMPDIR", sandbox.path("tmp")).env("DEPLOY_TOKEN", "hunter2");
    let output = call.run().exits(code);
    assert!(begun.elapsed() < Duration::from_secs(30), "it took {:?}", begun.elapsed());
    assert!(tree(&sandbox.path("tmp")).is_empty(), "something is left in the temporary folder");
    output
}

#[test]
fn helm_is_ended_when_it_prints_without_end() {
    let words = with_helm(&chart(SPEC), "exec yes", 1).stderr;
    assert!(words.contains("BW1205") && words.contains("more than 16 MiB"), "{words}");
    let words = with_helm(&chart(SPEC), "yes | head -c 40000000 >&2; yes >&2 & echo 'Error: no' >&2; exit 1", 3).all();
    assert!(words.contains("BW1230"), "{words}");
}

#[test]
fn what_helm_leaves_behind_is_ended() {
    let sandbox = chart(SPEC);
    let seconds = nobody_elses_seconds();
    let _ = with_helm(&sandbox, &format!("sleep {seconds} &"), 3);
    until("what it started is ended, too", || !alive(&seconds));
}

#[test]
fn helm_reads_values_from_memory_and_sees_no_secret() {
    let sandbox = chart(SPEC);
    sandbox.write("mine.yaml", "nameOverride: acme\n");
    let script = "env > seen-env; ls -A \"$TMPDIR\" > seen-tmp; for word; do [ \"$before\" = -f ] && cat \"$word\" >> seen-values; before=$word; done";
    let _ = with_helm(&sandbox, script, 3);
    assert!(!sandbox.read("seen-env").contains("hunter2"), "{}", sandbox.read("seen-env"));
    assert_eq!(sandbox.read("seen-tmp"), "");
    let values = sandbox.read("seen-values");
    assert!(values.starts_with("nameOverride: acme\n") && values.contains("eks.amazonaws.com/role-arn"), "{values}");
    // Its words name the file as the user does, without what looks like a secret.
    let words = with_helm(&sandbox, "for word; do [ \"$before\" = -f ] && break; before=$word; done; echo \"Error: failed to parse $word: token: hunter2\" >&2; exit 1", 3).all();
    assert!(words.contains("failed to parse mine.yaml") && !words.contains("hunter2"), "{words}");
}

#[test]
fn a_chart_that_multiplies_has_an_end() {
    let check = "check --chart argo-workflows=chart --rendered none.yaml";
    let begun = Instant::now();
    // A subchart with ten aliases, in one with ten aliases, and so on.
    let sandbox = chart(SPEC);
    sandbox.write("none.yaml", "");
    let mut folder = "chart".to_owned();
    for depth in 0..8 {
        let name = if depth == 0 { "argo-workflows".to_owned() } else { format!("c{depth}") };
        let aliases: String =
            (0..10).map(|n| format!("  - {{name: c{}, alias: a{n}, version: 1.0.0}}\n", depth + 1)).collect();
        sandbox.write(
            &format!("{folder}/Chart.yaml"),
            &format!("name: {name}\nversion: 1.0.18\ndependencies:\n{aliases}"),
        );
        folder = format!("{folder}/charts/c{}", depth + 1);
    }
    sandbox.write(&format!("{folder}/Chart.yaml"), "name: c8\nversion: 1.0.0\n");
    let words = sandbox.run(check).exits(2).stderr;
    assert!(words.contains("BW1202") && words.contains("more than 500 charts"), "{words}");
    // Aliases of YAML, in the defaults and in the user's values.
    let mut bomb = "a: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
    (1..9).for_each(|n| bomb += &format!("b{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 8].join(", ")));
    for file in ["chart/values.yaml", "mine.yaml"] {
        let sandbox = chart(SPEC);
        sandbox.write("none.yaml", "");
        sandbox.write(file, &bomb);
        let words = sandbox.run(&format!("{check} --values mine.yaml")).exits(2).stderr;
        assert!(words.contains("BW0111"), "{words}");
    }
    // A template of many parts, deep and wide, and a schema that refers to itself twice.
    let sandbox = chart(SPEC);
    sandbox.write("none.yaml", "");
    sandbox.write("chart/templates/deep.yaml", &format!("{{{{ .Values{} }}}}\n", ".a".repeat(20_000)));
    sandbox.write("chart/templates/wide.yaml", &"{{ with .Values.a }}{{ .b }}".repeat(20_000));
    sandbox.write("chart/templates/long.yaml", &format!("{{{{ list{} }}}}", " $x .y \"z\"".repeat(100_000)));
    let twice =
        r##"{"properties": {"a": {"allOf": [{"$ref": "#"}, {"$ref": "#"}], "properties": {"b": {"$ref": "#"}}}}}"##;
    sandbox.write("chart/values.schema.json", twice);
    let _ = sandbox.run(check).any();
    assert!(begun.elapsed() < Duration::from_mins(1), "it took {:?}", begun.elapsed());
}
