//! Findings of `check` and `lint-policy` in words, as JSON, and as SARIF.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Screen;
use super::errors::{drawn, one_json};
use crate::base::error::{Code, Finding, Severity};

/// Findings as a person reads them.
pub fn findings_text(findings: &[Finding], screen: &Screen) -> String {
    findings.iter().map(|finding| drawn(finding, *screen)).collect()
}

/// Findings as a program reads them.
pub fn findings_json(findings: &[Finding]) -> Value {
    let one = |finding: &Finding| {
        let mut value = one_json(&finding.error);
        value["severity"] = json!(finding.severity.as_str());
        value
    };
    json!({"version": 1, "findings": findings.iter().map(one).collect::<Vec<_>>()})
}

/// Findings in the Static Analysis Results Interchange Format 2.1.0 of OASIS.
pub fn findings_sarif(findings: &[Finding]) -> Value {
    let titles: BTreeMap<&str, &str> = Code::ALL.iter().map(|(code, title)| (code.as_str(), *title)).collect();
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    let mut results = Vec::new();
    for finding in findings {
        let (code, error) = (finding.error.code().as_str(), &finding.error);
        let title = titles.get(code).copied().unwrap_or_default();
        rules.insert(code, json!({"id": code, "shortDescription": {"text": title}}));
        let level = if finding.severity == Severity::Error { "error" } else { "warning" };
        let words = [Some(error.what()), error.reason(), error.remedy()];
        let text = words.into_iter().flatten().collect::<Vec<_>>().join("\n");
        let mut result = json!({"ruleId": code, "level": level, "message": {"text": text}});
        if let Some(place) = error.place() {
            let (line, column) = place.line_column();
            result["locations"] = json!([{"physicalLocation": {
                "artifactLocation": {"uri": place.file()},
                "region": {"startLine": line, "startColumn": column},
            }}]);
        }
        results.push(result);
    }
    let driver = json!({
        "name": "bucketwright",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules.into_values().collect::<Vec<_>>(),
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    })
}
