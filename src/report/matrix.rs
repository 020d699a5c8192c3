//! The matrix of a proof in words, as JSON, and as JUnit's XML.

use quick_xml::Writer;
use quick_xml::events::BytesText;
use serde_json::{Value, json};

use super::Screen;
use super::layout::{fitted, folded, hanging};
use crate::model::proof::{Cell, Matrix, Row};

/// Rows that say the same of several buckets, and those buckets.
struct Alike<'a> {
    row: &'a Row,
    buckets: Vec<&'a str>,
}

impl<'a> Alike<'a> {
    /// The rows in their order; those that went well and say the same are one, but not in detail.
    fn of(rows: &'a [Row], detailed: bool) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for row in rows {
            let same = |there: &&mut Self| {
                let other = there.row;
                !detailed
                    && row.cells.iter().all(|cell| cell.passed)
                    && (&other.install, other.identity(), &other.component, &other.cells)
                        == (&row.install, row.identity(), &row.component, &row.cells)
            };
            match all.iter_mut().find(same) {
                Some(there) => there.buckets.push(&row.bucket),
                None => all.push(Self { row, buckets: vec![&row.bucket] }),
            }
        }
        all
    }

    /// Where it was tried: a bucket, or how many.
    fn place(&self) -> String {
        match self.buckets.as_slice() {
            [bucket] => (*bucket).to_owned(),
            all => format!("{} buckets", all.len()),
        }
    }
}

/// The matrix as a person reads it: a line for each component and bucket, or for the buckets of which the same is said; then why
/// something failed.
pub fn matrix_text(matrix: &Matrix, screen: &Screen) -> String {
    let style = screen.data_style();
    let mark = |passed| {
        if passed { style.clone().green().apply_to("✓") } else { style.clone().red().bold().apply_to("✗") }
    };
    let lines = Alike::of(&matrix.rows, screen.detailed());
    let widest = |of: &dyn Fn(&Alike<'_>) -> String| lines.iter().map(|line| of(line).chars().count()).max();
    let wide = widest(&|line| component(line.row).to_owned()).unwrap_or_default();
    let long = widest(&|line| line.place()).unwrap_or_default();
    let mut out = String::new();
    let mut heading = String::new();
    for line in &lines {
        let row = line.row;
        if row.identity() != heading {
            heading = row.identity();
            out.push_str(&format!("{}, {}\n", row.install, style.clone().bold().apply_to(&heading)));
        }
        let cells: Vec<String> =
            row.cells.iter().map(|cell| format!("{} {}", mark(cell.passed), cell.action)).collect();
        let head = format!("  {:wide$}  {:long$}  ", component(row), line.place());
        out.push_str(&format!("{}\n", hanging(&head, &cells.join("  "), screen.width())));
        if line.buckets.len() > 1 {
            let head = format!("  {:wide$}  ", "");
            out.push_str(&format!("{}\n", hanging(&head, &folded(&line.buckets), screen.width())));
        }
        row.cells.iter().for_each(|cell| out.push_str(&remarks(cell, wide)));
    }
    let mut out = fitted(&out, screen.width());
    for untried in &matrix.untried {
        out.push_str(&format!("{} {untried}\n", style.clone().yellow().apply_to("untried")));
    }
    for words in &matrix.unjudged {
        out.push_str(&format!("{} {words}\n", style.clone().yellow().apply_to("note")));
    }
    out
}

/// What is said of one action, below its line.
fn remarks(cell: &Cell, wide: usize) -> String {
    let mut out = String::new();
    if let Some(note) = &cell.note {
        out.push_str(&format!("  {:wide$}    {}: {note}\n", "", cell.action));
    }
    if let Some(found) = &cell.finding {
        out.push_str(&format!("  {:wide$}      {}{}\n", "", found.code, statement_words(&found.statement)));
        for words in [&found.why, &found.fix] {
            out.push_str(&format!("  {:wide$}      {words}\n", ""));
        }
    }
    out
}

fn component(row: &Row) -> &str {
    row.component.as_deref().unwrap_or("-")
}

/// The matrix as a program reads it.
pub fn matrix_json(matrix: &Matrix, caller: Option<&str>) -> Value {
    let (trials, failed) = matrix.count();
    let mut report = json!({"version": 1, "proven": matrix.proven(), "trials": trials, "failed": failed});
    if let Some(caller) = caller {
        report["caller"] = json!(caller);
    }
    report["rows"] = json!(matrix.rows);
    report["untried"] = json!(matrix.untried);
    report["unjudged"] = json!(matrix.unjudged);
    report
}

/// A statement behind the code of its finding; nothing where there is none.
fn statement_words(statement: &Value) -> String {
    if statement.is_null() { String::new() } else { format!(" {statement}") }
}

/// The matrix as CI reads it: a suite for each identity, a case for each cell, skipped what could not be tried.
///
/// Source of the elements: the JUnit XML schema that Jenkins, GitLab and GitHub's reporters read.
pub fn matrix_junit(matrix: &Matrix) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing into memory does not fail.
    let _ = suites(&mut writer, matrix);
    let text = String::from_utf8(writer.into_inner()).unwrap_or_default();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n")
}

type Xml = Writer<Vec<u8>>;

fn suites(writer: &mut Xml, matrix: &Matrix) -> std::io::Result<()> {
    let (trials, failed) = matrix.count();
    let count = (trials + matrix.untried.len()).to_string();
    let of_all = [("name", "bucketwright verify"), ("tests", &count), ("failures", &failed.to_string())];
    writer.create_element("testsuites").with_attributes(of_all).write_inner_content(|writer| {
        let mut rest = matrix.rows.as_slice();
        while let Some(first) = rest.first() {
            let end = rest.iter().position(|row| row.identity() != first.identity()).unwrap_or(rest.len());
            suite(writer, first, &rest[..end])?;
            rest = &rest[end..];
        }
        untried(writer, &matrix.untried)
    })?;
    Ok(())
}

fn suite(writer: &mut Xml, first: &Row, rows: &[Row]) -> std::io::Result<()> {
    let cells = || rows.iter().flat_map(|row| &row.cells);
    let (tests, failures) = (cells().count().to_string(), cells().filter(|cell| !cell.passed).count().to_string());
    let name = plain(&format!("{} {}", first.install, first.identity()));
    let counted = [("name", name.as_str()), ("tests", &tests), ("failures", &failures)];
    writer.create_element("testsuite").with_attributes(counted).write_inner_content(|writer| {
        for row in rows {
            let class = plain(&format!("{}.{}", row.install, component(row)));
            for cell in &row.cells {
                let name = plain(&format!("{} {}", row.bucket, cell.action));
                let case =
                    writer.create_element("testcase").with_attributes([("classname", &*class), ("name", &*name)]);
                if cell.passed {
                    case.write_empty()?;
                    continue;
                }
                let fix =
                    cell.finding.as_ref().map(|found| format!(": {} {}", found.why, found.fix)).unwrap_or_default();
                let note = plain(&format!("{}{fix}", cell.note.as_deref().unwrap_or("failed")));
                case.write_inner_content(|writer| {
                    let failure = writer.create_element("failure").with_attribute(("message", note.as_str()));
                    failure.write_text_content(BytesText::new(&note)).map(drop)
                })?;
            }
        }
        Ok(())
    })?;
    Ok(())
}

fn untried(writer: &mut Xml, sentences: &[String]) -> std::io::Result<()> {
    if sentences.is_empty() {
        return Ok(());
    }
    let count = sentences.len().to_string();
    let counted = [("name", "untried"), ("tests", &*count), ("skipped", &*count)];
    writer.create_element("testsuite").with_attributes(counted).write_inner_content(|writer| {
        for sentence in sentences {
            let sentence = plain(sentence);
            let case =
                writer.create_element("testcase").with_attributes([("classname", "untried"), ("name", &*sentence)]);
            case.write_inner_content(|writer| {
                writer.create_element("skipped").with_attribute(("message", sentence.as_str())).write_empty().map(drop)
            })?;
        }
        Ok(())
    })?;
    Ok(())
}

/// A text without the characters that XML 1.0 cannot hold.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Colour;

    fn matrix() -> Matrix {
        let cell = |action: &str, note: Option<&str>| Cell {
            action: action.into(),
            passed: note.is_none(),
            note: note.map(str::to_owned),
            finding: None,
        };
        let row = |component: Option<&str>, bucket: &str, cells| Row {
            install: "argo".into(),
            principal: "acme-argo".into(),
            service_account: None,
            component: component.map(str::to_owned),
            bucket: bucket.into(),
            cells,
        };
        Matrix {
            rows: vec![
                row(None, "(trust)", vec![cell("exists", None)]),
                row(Some("workflow"), "acme-artifacts", vec![cell("put", None), cell("get", Some("<\u{1b}&\"no\">"))]),
            ],
            untried: vec!["acme-x: its key is not available".into()],
            unjudged: Vec::new(),
        }
    }

    #[test]
    fn the_text_names_what_failed_and_why() {
        let text = matrix_text(&matrix(), &Screen::new(Colour::Never, true));
        assert_eq!(
            text,
            "argo, acme-argo\n  -         (trust)         ✓ exists\n  workflow  acme-artifacts  ✓ put  ✗ get\n              \
             get: <\u{1b}&\"no\">\nuntried acme-x: its key is not available\n"
        );
    }

    #[test]
    fn the_xml_is_well_formed_and_counts() {
        let text = matrix_junit(&matrix());
        assert!(text.contains("<testsuites name=\"bucketwright verify\" tests=\"4\" failures=\"1\">"), "{text}");
        assert!(text.contains("<failure message=\"&lt; &amp;&quot;no&quot;&gt;\">"), "{text}");
        assert!(text.contains("<skipped message=\"acme-x: its key is not available\"/>"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn what_went_well_in_many_buckets_is_one_line() {
        let mut all = matrix();
        let good = Row { cells: vec![all.rows[0].cells[0].clone()], ..all.rows[1].clone() };
        let of = |bucket: &str| Row { bucket: bucket.to_owned(), ..good.clone() };
        all.rows.extend([of("acme-lfs"), of("acme-pages"), of("acme-uploads")]);
        let screen = Screen::new(Colour::Never, true);
        let text = matrix_text(&all, &screen);
        assert!(
            text.contains("  workflow  3 buckets       ✓ exists\n            acme-{lfs,pages,uploads}\n"),
            "{text}"
        );
        // What failed stands by itself, and in detail all do.
        assert!(text.contains("acme-artifacts  ✓ put  ✗ get"), "{text}");
        let text = matrix_text(&all, &screen.in_detail(true));
        assert!(text.contains("acme-lfs") && text.contains("acme-uploads") && !text.contains("buckets"), "{text}");
    }
}
