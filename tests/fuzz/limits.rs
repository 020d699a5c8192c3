//! Files that are made to fill the memory, the stack or the day of whoever reads them.

use std::process::Stdio;

use crate::harness::Sandbox;
use crate::spec::GOOD;

/// What is said of a spec that is too much.
#[track_caller]
fn too_large(spec: &str) -> String {
    let words = Sandbox::with_spec(spec).run("render").exits(2).stderr;
    assert!(words.starts_with("BW0111\n") && words.contains("help: "), "{words}");
    assert!(words.len() < 4_000, "an endless message: {} bytes", words.len());
    words
}

#[test]
fn aliases_that_unfold() {
    let line = |n: usize| format!("      b{n}: &b{n} [{}]\n", vec![format!("*b{}", n - 1); 9].join(","));
    let bomb = format!("{GOOD}    options:\n      b0: &b0 [x]\n{}", (1..9).map(line).collect::<String>());
    assert!(too_large(&bomb).contains("unfolds to more than 50000 values"));
    let nested = |text: &str| Sandbox::with_spec(text).run("render").exits(2).stderr;
    // An alias within its own anchor.
    assert!(nested(&format!("{GOOD}    options: &a {{x: *a}}\n")).contains("help: "));
    assert!(nested(&format!("{GOOD}    options: &a {{<<: *a}}\n")).contains("help: "));
}

#[test]
fn nesting() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("&a [", "]"), ("!t [", "]")] {
        for depth in [70, 1_000, 100_000] {
            let (open, close) = (open.repeat(depth), close.repeat(depth));
            let text = format!("{GOOD}    options:\n      {open}x{close}\n");
            let words = Sandbox::with_spec(&text).run("render").exits(2).stderr;
            assert!(words.starts_with("BW01") && words.contains("help: "), "{open:.9}: {words}");
            assert!(words.len() < 4_000, "{open:.9}: {} bytes", words.len());
        }
    }
    let deep: Vec<String> = (0..500).map(|depth| format!("{}a:\n", " ".repeat(6 + depth))).collect();
    assert!(too_large(&format!("{GOOD}    options:\n{}", deep.concat())).contains("64 levels"));
}

#[test]
fn size() {
    for text in [format!("{GOOD}#{}\n", "x".repeat(50 << 20)), "x\n".repeat(25 << 20)] {
        assert!(too_large(&text).contains("larger than 1 MiB"));
    }
    let sandbox = Sandbox::with_spec(&GOOD.replace("argo-workflows", "shop"));
    let _ = sandbox.run("profile new shop --dir profiles").ok();
    sandbox.write("profiles/shop/values.yaml", &"# x\n".repeat(1 << 20));
    let words = sandbox.run("--profiles profiles render").exits(2).stderr;
    assert!(words.contains("profiles/shop/values.yaml is larger than 1 MiB"), "{words}");
    // Devices and pipes have no end.
    let words = sandbox.run("render -f /dev/zero").exits(2).stderr;
    assert!(words.contains("BW0101") && words.contains("not a plain file"), "{words}");
    let mut yes = std::process::Command::new("yes").stdout(Stdio::piped()).spawn().expect("yes");
    let pipe = yes.stdout.take().expect("a pipe");
    let output = sandbox.command().args(["render", "-f", "-"]).stdin(pipe).output().expect("it ends");
    let _ = yes.kill().and_then(|()| yes.wait());
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("BW0111"), "{output:?}");
}

/// A line of a megabyte is not repeated in the message about it.
#[test]
fn long_lines() {
    let name = "x".repeat(900_000);
    for line in [
        format!("    release: \"{name}\"\n"),
        format!("    release: [{}]\n", "a,".repeat(20_000)),
        format!("    {name}: a\n"),
    ] {
        let words = Sandbox::with_spec(&format!("{GOOD}{line}")).run("render").exits(2).stderr;
        assert!(words.contains("help: ") && words.len() < 6_000, "{} bytes", words.len());
    }
}

/// A file of a profile that is there but is no text was once left out without a word.
#[test]
fn a_file_of_a_profile_that_is_no_text() {
    let sandbox = Sandbox::with_spec(&GOOD.replace("argo-workflows", "shop"));
    let _ = sandbox.run("profile new shop --dir profiles").ok();
    std::fs::write(sandbox.path("profiles/shop/values.yaml"), b"- \xff").expect("write");
    let words = sandbox.run("--profiles profiles render").exits(2).stderr;
    assert!(words.contains("profiles/shop/values.yaml cannot be read: it is not UTF-8 text"), "{words}");
}
