//! A migration in words and as JSON.

use serde_json::{Value, json};

use super::Screen;
use crate::base::error::one_line;
use crate::base::shell::wrapped;
use crate::migrate::{Migrated, SettingsOutcome, WARNING, Where};

/// The report as a person reads it; the warning stands first and last.
pub fn migrate_text(migrated: &Migrated, screen: Option<&Screen>) -> String {
    let mark = |outcome: SettingsOutcome| {
        let word = format!("{:<7}", outcome.as_str());
        let Some(screen) = screen else { return word };
        let style = match outcome {
            SettingsOutcome::Decide => screen.style().yellow().bold(),
            SettingsOutcome::Moved => screen.style().green(),
            SettingsOutcome::Dropped | SettingsOutcome::Stays => screen.style().dim(),
        };
        style.apply_to(word).to_string()
    };
    let mut out = format!("{WARNING}\n\nWhere the objects are now\n");
    for part in &migrated.parts {
        let stays = if part.kept { "; it stays there" } else { "" };
        out.push_str(&format!("  {:<24} {}{stays}\n", part.name, words(&part.objects)));
    }
    out.push_str("\nBuckets, old and new\n");
    for bucket in &migrated.buckets {
        let old = match (&bucket.old, &bucket.each) {
            (Some(name), _) => match &bucket.folder {
                Some(folder) => format!("{name}, {folder}/ alone"),
                None => name.clone(),
            },
            (None, Some(begin)) => format!("{begin}…"),
            (None, None) => "(not said)".to_owned(),
        };
        let new = bucket.new.as_deref().unwrap_or("(left behind)");
        let note = bucket.why.as_ref().map(|why| format!("\n{:6}{why}", "")).unwrap_or_default();
        out.push_str(&format!("  {:<28} → {}{note}\n", one_line(&old), one_line(new)));
    }
    out.push_str(&format!("\nSettings: {}\n", count(migrated)));
    let mut lines: Vec<_> = migrated.lines.iter().collect();
    lines.sort_by_key(|line| line.outcome);
    for line in lines {
        let place = line.place.as_ref().map_or("the chart's default".to_owned(), |place| {
            let (number, column) = place.line_column();
            format!("{}:{number}:{column}", place.file())
        });
        out.push_str(&format!(
            "  {} {}  ({place})\n          {}\n",
            mark(line.outcome),
            one_line(&line.path),
            one_line(&line.what)
        ));
        if let Some(why) = &line.why {
            out.push_str(&format!("          {why}\n"));
        }
    }
    for warning in migrated.blueprint.installs.iter().flat_map(|install| &install.warnings) {
        out.push_str(&format!("\n{}: {}\n  {}\n", warning.code, warning.what, warning.why));
        out.push_str(&warning.fix.as_ref().map(|fix| format!("  {fix}\n")).unwrap_or_default());
    }
    out.push_str("\nThe safe order; no command here has been run\n");
    for (number, step) in migrated.steps.iter().enumerate() {
        out.push_str(&format!("\n{}. {}. {}\n", number + 1, step.title, step.why));
        for line in step.commands.iter().flat_map(|line| wrapped(line).lines().map(str::to_owned).collect::<Vec<_>>()) {
            out.push_str(&format!("   {line}\n"));
        }
    }
    format!("{out}\n{WARNING}\n")
}

/// How many settings became what.
fn count(migrated: &Migrated) -> String {
    let of = |outcome| migrated.lines.iter().filter(|line| line.outcome == outcome).count();
    let stays = of(SettingsOutcome::Stays);
    let stays = if stays > 0 { format!(", {stays} stay as they are") } else { String::new() };
    format!(
        "{} moved, {} dropped, {} to decide{stays}; {} others are untouched",
        of(SettingsOutcome::Moved),
        of(SettingsOutcome::Dropped),
        of(SettingsOutcome::Decide),
        migrated.untouched
    )
}

fn words(objects: &Where) -> String {
    match objects {
        Where::Bundled => "the MinIO that the chart brings".to_owned(),
        Where::Server(server) => format!("{}, {}", server.host, if server.secure { "with TLS" } else { "plain HTTP" }),
        Where::Hidden(secret) => {
            format!(
                "the store that the Secret {secret} names, which this command does not read: look whether it is a server of your own, S3 itself, Google or Azure"
            )
        }
        Where::Aws => "S3 already; its buckets are taken over".to_owned(),
        Where::Other(store) => store.clone(),
        Where::Unused => "no object store; it stays so".to_owned(),
    }
}

/// The report as a program reads it; `docs/json.md` documents it.
pub fn migrate_json(migrated: &Migrated, files: &[String]) -> Value {
    let part = |part: &crate::migrate::Part| {
        let (kind, at) = match &part.objects {
            Where::Bundled => ("bundled", None),
            Where::Server(server) => ("server", Some(&server.host)),
            Where::Hidden(secret) => ("secret", Some(secret)),
            Where::Aws => ("s3", None),
            Where::Other(store) => ("other", Some(store)),
            Where::Unused => ("none", None),
        };
        json!({"name": part.name, "objects": kind, "at": at, "kept": part.kept})
    };
    let line = |line: &crate::migrate::Line| {
        let place = line.place.as_ref().map(|place| {
            let (number, column) = place.line_column();
            json!({"file": place.file(), "line": number, "column": column})
        });
        json!({"path": line.path, "place": place, "outcome": line.outcome.as_str(), "what": line.what, "why": line.why, "source": line.source})
    };
    let bucket = |one: &crate::migrate::Moved| json!({"purpose": one.purpose, "old": one.old, "folder": one.folder, "each": one.each, "new": one.new, "copy": one.copy, "why": one.why});
    let installs = &migrated.blueprint.installs;
    json!({
        "version": 1,
        "spec": migrated.blueprint.spec.name,
        "install": installs.first().map(|install| &install.id),
        "warning": WARNING,
        "parts": migrated.parts.iter().map(part).collect::<Vec<_>>(),
        "buckets": migrated.buckets.iter().map(bucket).collect::<Vec<_>>(),
        "settings": migrated.lines.iter().map(line).collect::<Vec<_>>(),
        "untouched": migrated.untouched,
        "warnings": super::warnings_json(&migrated.blueprint),
        "steps": migrated.steps.iter().map(|step| json!({"title": step.title, "why": step.why, "commands": step.commands})).collect::<Vec<_>>(),
        "files": files,
        "recorded": migrated.recorded,
    })
}
