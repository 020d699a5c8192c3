//! The picture of the guided run in the README, drawn from what the program prints. `BUCKETWRIGHT_BLESS=1` draws it again.

use std::fmt::Write as _;

use crate::harness::{Sandbox, blessing, project};

use super::terminal::Person;

const SIZE: (u16, u16) = (32, 80);
/// The width and height of a letter.
const LETTER: (f32, f32) = (8.4, 18.0);

/// A colour as a terminal has it, on a dark ground.
fn fill(cell: &vt100::Cell) -> &'static str {
    match cell.fgcolor() {
        vt100::Color::Idx(1) => "#f47067",
        vt100::Color::Idx(2) => "#57ab5a",
        vt100::Color::Idx(6) => "#39c5cf",
        _ if cell.dim() => "#768390",
        _ => "#cdd9e5",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A screen as SVG: each run of letters of one colour is a piece of text at its place.
fn drawn(screen: &vt100::Screen) -> String {
    let rows = u16::try_from(screen.contents().trim_end().lines().count()).expect("a screen");
    let (width, height) = (f32::from(SIZE.1) * LETTER.0 + 24.0, f32::from(rows) * LETTER.1 + 28.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"ui-monospace, Menlo, \
         Consolas, monospace\" font-size=\"14\">\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#22272e\"/>\n"
    );
    for row in 0..rows {
        let mut column = 0;
        while column < SIZE.1 {
            let Some(first) = screen.cell(row, column) else { break };
            let (start, look) = (column, (fill(first), first.bold()));
            let mut text = String::new();
            while let Some(cell) = screen.cell(row, column).filter(|cell| (fill(cell), cell.bold()) == look) {
                text.push_str(if cell.has_contents() { cell.contents() } else { " " });
                column += 1;
            }
            if text.trim().is_empty() {
                continue;
            }
            let (x, y) = (f32::from(start) * LETTER.0 + 12.0, f32::from(row) * LETTER.1 + 26.0);
            let weight = if look.1 { " font-weight=\"bold\"" } else { "" };
            let text = escaped(text.trim_end());
            writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{}\"{weight} xml:space=\"preserve\">{text}</text>",
                look.0
            )
            .expect("text");
        }
    }
    svg + "</svg>\n"
}

#[test]
fn the_picture_is_what_the_program_shows() {
    let sandbox = Sandbox::new();
    let mut person = Person::start(&sandbox, &["--color", "always", "--rehearse"], SIZE);
    for (question, keys) in [
        ("Name of this installation", "acme-prod\r"),
        ("Where the buckets are", "\r"),
        ("Region of the buckets", "eu-west-1\r"),
        ("AWS account", "\r"),
        ("Charts that need object storage", "gitlab\r"),
        ("GitLab chart version", "\r"),
        ("GitLab Helm release", "\r"),
        ("GitLab namespace", "\r"),
        ("Is GitLab new", "\r"),
        ("How GitLab's pods", "\r"),
        ("EKS cluster", "prod\r"),
        ("One role for a whole chart?", "\r"),
        ("What else GitLab keeps", "\r"),
    ] {
        person.answers(question, keys);
    }
    person.answers("Bucket names", "");
    person.sees("Esc goes back");
    let picture = drawn(person.shown());
    let file = project().join("docs/guided-run.svg");
    if blessing() {
        std::fs::write(&file, &picture).expect("a picture");
    }
    let kept = std::fs::read_to_string(&file).expect("the picture");
    assert!(kept == picture, "docs/guided-run.svg is not what the program shows; BUCKETWRIGHT_BLESS=1 draws it again");
}
