//! The pictures, as the programs read them that draw them.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::results::{GIVEN, hostile};
use super::{EXAMPLES, example};
use crate::harness::{Sandbox, browser};

/// What Graphviz makes of a text.
fn graphviz(text: &str) -> Option<Value> {
    let mut dot = Command::new("dot").arg("-Tjson0").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    dot.stdin.take().expect("standard input").write_all(text.as_bytes()).expect("written");
    let output = dot.wait_with_output().expect("it ends");
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

/// The lines of each node of a picture.
fn lines(picture: &Value) -> BTreeSet<String> {
    let node = |node: &Value| {
        let names = node["names"].as_array().expect("names").iter().chain([&node["detail"]]);
        let texts: Vec<String> =
            names.map(|text| seen(text.as_str().expect("a text"))).filter(|text| !text.is_empty()).collect();
        texts.join("\n")
    };
    picture["nodes"].as_array().expect("nodes").iter().map(node).collect()
}

/// A text as every picture has it: what is hidden is visible.
fn seen(text: &str) -> String {
    text.replace('\u{202e}', "\\u{202e}").replace('\u{7}', "\\u{7}")
}

/// The sandboxes to draw, each with the options of its report.
fn all() -> Vec<(Sandbox, &'static str)> {
    EXAMPLES.iter().map(|name| (example(name), "")).chain([(hostile(), GIVEN)]).collect()
}

#[test]
fn graphviz_reads_each_picture() {
    if Command::new("dot").arg("-V").output().is_err() {
        skip!("graphviz", "there is no dot; tests/peers/setup installs it");
    }
    for (sandbox, options) in all() {
        let picture = sandbox.run(&format!("report {options} -o json")).ok().json()["review"]["picture"].clone();
        let text = sandbox.run(&format!("report {options} -o dot")).ok().stdout;
        let graph = graphviz(&text).expect("dot");
        let objects = graph["objects"].as_array().expect("objects").iter().filter(|one| one["nodes"].is_null());
        let labels: BTreeSet<String> = objects
            .map(|node| {
                let label = node["label"].as_str().expect("a label");
                // Graphviz gives the label as it was written.
                label.replace("\\n", "\n").replace("\\\\", "\\")
            })
            .collect();
        assert_eq!(labels, lines(&picture), "{text}");
        assert_eq!(graph["edges"].as_array().map(Vec::len), picture["edges"].as_array().map(Vec::len));
    }
}

#[test]
fn mermaid_reads_each_picture() {
    for (sandbox, options) in all() {
        let picture = sandbox.run(&format!("report {options} -o json")).ok().json()["review"]["picture"].clone();
        let text = sandbox.run(&format!("report {options} -o mermaid")).ok().stdout;
        let drawn = match browser("mermaid", &sandbox.write("picture.mmd", &text)) {
            Ok(drawn) => drawn,
            Err(why) => skip!("browser.mjs", why),
        };
        let nodes: BTreeSet<String> = drawn["nodes"]
            .as_array()
            .expect("nodes")
            .iter()
            .map(|text| text.as_str().expect("a text").to_owned())
            .collect();
        let expected: BTreeSet<String> = lines(&picture).iter().map(|text| text.replace('\n', "")).collect();
        assert_eq!(nodes, expected, "{text}");
        assert_eq!(drawn["arrows"].as_u64(), picture["edges"].as_array().map(|edges| edges.len() as u64));
        assert_eq!(drawn["scripts"], 0);
    }
}

/// The SVG is XML, and its texts are those of the picture.
#[test]
fn the_svg_shows_each_name() {
    for (sandbox, options) in all() {
        let picture = sandbox.run(&format!("report {options} -o json")).ok().json()["review"]["picture"].clone();
        let text = sandbox.run(&format!("report {options} -o svg")).ok().stdout;
        let mut reader = quick_xml::Reader::from_str(&text);
        let mut texts = String::new();
        loop {
            match reader.read_event().expect("XML") {
                quick_xml::events::Event::Text(part) => texts.push_str(&part.xml10_content()),
                quick_xml::events::Event::GeneralRef(part) => texts.push_str(match &*part.xml10_content() {
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    "apos" => "'",
                    "amp" => "&",
                    other => panic!("{other}"),
                }),
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        for line in lines(&picture).iter().flat_map(|lines| lines.lines()).filter(|line| line.chars().count() <= 64) {
            assert!(texts.contains(line), "{line} is not in {texts}");
        }
    }
}

/// The pictures of the profiles' pages are current.
#[test]
fn the_pictures_of_the_profiles_are_current() {
    let folder = crate::harness::project().join("docs/profiles");
    let sandbox = Sandbox::new();
    let names = sandbox.run("profile list -o json").ok().json();
    for profile in names["profiles"].as_array().expect("profiles") {
        let name = profile["name"].as_str().expect("a name");
        let now = sandbox.run(&format!("profile show {name} --svg")).ok().stdout;
        let there = std::fs::read_to_string(folder.join(format!("{name}.svg"))).unwrap_or_default();
        assert!(there == now, "write it again: bucketwright profile show {name} --svg > docs/profiles/{name}.svg");
    }
}
