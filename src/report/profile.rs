//! A profile in words, for the terminal and for the docs.

use std::fmt::Write;

use super::layout::{fitted, table};
use crate::profile::{ChartKind, Profile, ProfileDocument, Support, Workload};

/// A profile as a person reads it: the page, with its tables aligned; a hundred columns wide where there is no terminal.
pub fn profile_text(profile: &Profile, width: Option<usize>) -> String {
    let (page, width) = (profile_markdown(profile), width.or(Some(100)));
    let (mut out, mut rows) = (String::new(), Vec::new());
    // A terminal shows neither rules of tables nor pictures.
    let shown = |line: &&str| !["| ---", "<!--", "!["].iter().any(|start| line.starts_with(start));
    for line in page.lines().filter(shown) {
        if let Some(row) = line.strip_prefix('|') {
            rows.push(cells(row));
            continue;
        }
        out.push_str(&table("  ", &std::mem::take(&mut rows), width));
        out.push_str(&fitted(&line.replace('`', ""), width));
        out.push('\n');
    }
    out + &table("  ", &rows, width)
}

/// The cells of a row of a page's table.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim_end().trim_end_matches('|').replace("\\|", "\u{0}");
    row.split('|').map(|cell| cell.trim().replace('`', "").replace('\u{0}', "|")).collect()
}

/// A profile as its page in `docs/profiles/`.
pub fn profile_markdown(profile: &Profile) -> String {
    let about = &profile.about;
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "# {}\n\n{}\n", about.title, about.summary);
    if let Some(legacy) = &about.legacy {
        let _ = writeln!(out, "**Legacy.** {legacy}\n");
    }
    let _ = writeln!(
        out,
        "Profile `{}`, {} `{}` {}, proposed version {}.\n",
        about.profile,
        if about.kind == ChartKind::Service { "service" } else { "chart" },
        about.chart.name,
        about.chart.versions,
        about.chart.default
    );
    let _ = writeln!(
        out,
        "![Who may touch what: workloads, ServiceAccounts, roles or keys, and buckets]({}.svg)\n",
        about.profile
    );
    identities(&mut out, &about.identities);
    let _ = writeln!(
        out,
        "## Buckets\n\n| purpose | needed | default name | used by | charts | what for |\n| --- | --- | --- | --- | --- | --- |"
    );
    for bucket in &about.buckets {
        let users: Vec<String> =
            bucket.access.iter().map(|(component, access)| format!("{component} ({})", access.as_str())).collect();
        let needed = if bucket.optional { "if named" } else { "yes" };
        let _ = writeln!(
            out,
            "| `{}` | {needed} | `{}` | {} | {} | {} |",
            bucket.purpose,
            cell(&bucket.name),
            users.join(", "),
            range(bucket.charts.as_ref()),
            cell(&bucket.why)
        );
    }
    workloads(&mut out, &about.workloads);
    beyond(&mut out, about);
    if !about.options.is_empty() {
        let _ =
            writeln!(out, "\n## Options\n\n| option | default | charts | what it decides |\n| --- | --- | --- | --- |");
        for choice in &about.options {
            let _ = writeln!(
                out,
                "| `{}` | `{}` | {} | {} |",
                choice.name,
                cell(&choice.default.value.to_string()),
                range(choice.charts.as_ref()),
                cell(&choice.why)
            );
        }
    }
    if !about.checks.is_empty() {
        let _ = writeln!(
            out,
            "\n## What is refused or remarked\n\n| code | when | what | why |\n| --- | --- | --- | --- |"
        );
        for check in &about.checks {
            let _ = writeln!(
                out,
                "| {} | `{}` | {} | {} |",
                check.code.value,
                cell(&check.when),
                cell(&check.what),
                cell(&check.why)
            );
        }
    }
    documents(&mut out, profile);
    values(&mut out, profile);
    out
}

fn identities(out: &mut String, identities: &[Support]) {
    let _ = writeln!(out, "## Identities\n\n| cloud | identity | works | why |\n| --- | --- | --- | --- |");
    for support in identities {
        let works = match (&support.charts, support.works) {
            (_, false) => "no".to_owned(),
            (None, true) => "yes".to_owned(),
            (Some(range), true) => format!("charts {range}"),
        };
        let (cloud, identity) = (support.cloud.as_str(), support.identity);
        let _ = writeln!(out, "| {cloud} | `{identity}` | {works} | {} |", cell(&support.why));
    }
    out.push('\n');
}

fn workloads(out: &mut String, workloads: &[Workload]) {
    if workloads.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n## Workloads\n\n| workload | component | ServiceAccount |\n| --- | --- | --- |");
    for workload in workloads {
        let account = cell(&workload.service_account);
        let _ = writeln!(out, "| `{}` | {} | `{account}` |", workload.name, workload.component);
    }
}

/// Whose tokens are let in, and what principals may do beyond their buckets.
fn beyond(out: &mut String, about: &ProfileDocument) {
    if let Some(federation) = &about.federation {
        let issuer = cell(&federation.issuer);
        let _ = writeln!(out, "\n## Who becomes the role\n\nTokens of `{issuer}` with one of these subjects:\n");
        let _ = writeln!(out, "| subject | charts | when |\n| --- | --- | --- |");
        for subject in &federation.subjects {
            let sub = subject.sub.value.as_str().map_or_else(|| subject.sub.value.to_string(), str::to_owned);
            let when = subject.when.as_ref().map_or(String::new(), |when| format!("`{}`", cell(when)));
            let _ = writeln!(out, "| `{}` | {} | {when} |", cell(&sub), range(subject.charts.as_ref()));
        }
    }
    if !about.permissions.is_empty() {
        let _ =
            writeln!(out, "\n## Rights beyond the buckets\n\n| actions | on | when | why |\n| --- | --- | --- | --- |");
        for entry in &about.permissions {
            let resources: Vec<String> = entry.resources.iter().map(|text| cell(text)).collect();
            let when = entry.when.as_ref().map_or(String::new(), |when| format!("`{}`", cell(when)));
            let (actions, on) =
                (entry.actions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "), resources.join(", "));
            let _ = writeln!(out, "| `{actions}` | `{on}` | {when} | {} |", cell(&entry.why));
        }
    }
}

fn documents(out: &mut String, profile: &Profile) {
    if profile.documents.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n## Documents\n\n| document | charts | when | what for |\n| --- | --- | --- | --- |");
    for document in &profile.documents {
        let when = document.when.as_ref().map_or(String::new(), |when| format!("`{}`", cell(when)));
        let (name, charts) = (document.name.as_str(), range(document.charts.as_ref()));
        let _ = writeln!(out, "| `{name}` | {charts} | {when} | {} |", cell(&document.why));
    }
}

fn values(out: &mut String, profile: &Profile) {
    if profile.values.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "\n## {}\n\n| path | charts | when | why | source |\n| --- | --- | --- | --- | --- |",
        profile.values_file()
    );
    for fact in &profile.values {
        let when = fact.when.as_ref().map_or(String::new(), |when| format!("`{}`", cell(when)));
        let _ = writeln!(
            out,
            "| `{}` | {} | {when} | {} | {} |",
            cell(&fact.path),
            range(fact.charts.as_ref()),
            cell(&fact.why),
            cell(fact.source.as_deref().unwrap_or_default())
        );
    }
}

fn range(range: Option<&crate::profile::ChartRange>) -> String {
    range.map_or_else(|| "all".to_owned(), ToString::to_string).replace('|', "\\|")
}

/// A text as a table's cell holds it.
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ")
}
