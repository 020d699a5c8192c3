//! Findings in words, as JSON and as SARIF.

use miette::{GraphicalReportHandler, GraphicalTheme};
use serde_json::{Value, json};

use super::Screen;
use crate::chart::{Finding, Severity};

/// Findings as a person reads them, the source underlined.
pub fn findings_text(findings: &[Finding], screen: &Screen) -> String {
    let theme = if screen.colour() { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_context_lines(0).with_width(100).without_cause_chain();
    let mut out = String::new();
    for finding in findings {
        if handler.render_report(&mut out, finding).is_err() {
            out.push_str(&format!("{finding}\n"));
        }
    }
    out
}

fn place(finding: &Finding) -> Option<(&str, usize, usize)> {
    let place = finding.error.place()?;
    let (line, column) = place.line_column();
    Some((place.file(), line, column))
}

/// Findings as a program reads them.
pub fn findings_json(findings: &[Finding]) -> Value {
    let one = |finding: &Finding| {
        let error = &finding.error;
        let place = place(finding).map(|(file, line, column)| json!({"file": file, "line": line, "column": column}));
        json!({"code": error.code().as_str(), "severity": finding.severity.as_str(), "what": error.what(), "why": error.reason(), "fix": error.remedy(), "place": place})
    };
    json!({"version": 1, "findings": findings.iter().map(one).collect::<Vec<_>>()})
}

/// Findings for code hosts. Source: OASIS, SARIF 2.1.0, sections 3.27 (result) and 3.29 (physical location).
pub fn findings_sarif(findings: &[Finding]) -> Value {
    let one = |finding: &Finding| {
        let error = &finding.error;
        let level = if finding.severity == Severity::Error { "error" } else { "warning" };
        let text = [Some(error.what()), error.reason(), error.remedy()].into_iter().flatten().collect::<Vec<_>>();
        let mut result = json!({"ruleId": error.code().as_str(), "level": level, "message": {"text": text.join("\n")}});
        if let Some((file, line, column)) = place(finding) {
            let region = json!({"startLine": line, "startColumn": column});
            result["locations"] = json!([{"physicalLocation": {"artifactLocation": {"uri": file}, "region": region}}]);
        }
        result
    };
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "bucketwright", "version": env!("CARGO_PKG_VERSION")}},
            "columnKind": "unicodeCodePoints",
            "results": findings.iter().map(one).collect::<Vec<_>>()
        }]
    })
}
