//! From a profile's texts to a checked profile.

use std::collections::BTreeSet;

use super::expression::Collector;
use super::shape::Shapes;
use super::shared::shared;
use super::table::DocumentsDocument;
use super::{ChartKind, Fact, Migration, Note, Profile, ProfileDocument, Support, split_path};
use crate::base::error::{Code, Error, Place, Result, Source};
use crate::base::names::FileName;
use crate::base::yaml;
use crate::base::yaml::At;
use crate::spec::{Identity, Provider};

/// The texts of a profile's files.
#[derive(Clone, Debug)]
pub struct Texts {
    /// `profile.yaml`.
    pub profile: Source,
    /// `values.yaml`.
    pub values: Option<Source>,
    /// `documents.yaml`.
    pub documents: Option<Source>,
    /// `migration.yaml`.
    pub migration: Option<Source>,
}

/// Reads and checks a profile.
///
/// # Errors
/// `BW01xx` for malformed YAML, `BW0302` and `BW0303` for what the format forbids.
pub fn load(name: &str, texts: &Texts) -> Result<Profile> {
    let about: ProfileDocument = yaml::read(&texts.profile)?;
    let values: Vec<Fact> = texts.values.as_ref().map(yaml::read).transpose()?.unwrap_or_default();
    let mut rest: DocumentsDocument = texts.documents.as_ref().map(yaml::read).transpose()?.unwrap_or_default();
    let migration: Option<Migration> = texts.migration.as_ref().map(yaml::read).transpose()?;
    let mut collector = Collector::default();
    collect_about(&mut collector, &about, &texts.profile);
    if let Some(source) = &texts.values {
        collect_facts(&mut collector, &values, source);
    }
    if let Some(source) = &texts.documents {
        collect_documents(&mut collector, &rest, source);
        take_in_tables(&mut collector, &mut rest, source)?;
    }
    if let (Some(source), Some(migration)) = (&texts.migration, &migration) {
        collect_migration(&mut collector, migration, source);
    }
    let expressions = collector.compile(&Shapes::of(&about, migration.as_ref()))?;
    let profile = Profile { about, values, documents: rest.documents, secrets: rest.secrets, migration, expressions };
    Error::check(problems(name, &profile, &texts.profile))?;
    Error::check(files(&profile, texts))?;
    Ok(profile)
}

fn place<T>(source: &Source, at: &At<T>) -> Option<Place> {
    Some(source.place(at.range.clone()))
}

fn collect_text(collector: &mut Collector, source: &Source, text: &At<String>) {
    collector.text(&text.value, place(source, text));
}

fn collect_when(collector: &mut Collector, source: &Source, when: Option<&At<String>>) {
    if let Some(when) = when {
        collector.bare(&when.value, place(source, when));
    }
}

fn collect_each(collector: &mut Collector, source: &Source, each: Option<&At<serde_json::Value>>) {
    let Some(each) = each else { return };
    let place = place(source, each);
    match &each.value {
        serde_json::Value::String(text) => {
            let inner = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).unwrap_or(text);
            collector.bare(inner.trim(), place);
        }
        other => collector.value(other, place.as_ref()),
    }
}

fn collect_about(collector: &mut Collector, about: &ProfileDocument, source: &Source) {
    for choice in &about.options {
        collector.value(&choice.default.value, place(source, &choice.default).as_ref());
    }
    for bucket in &about.buckets {
        collect_text(collector, source, &bucket.name);
        collect_when(collector, source, bucket.when.as_ref());
        for origin in bucket.cors.iter().flat_map(|rule| &rule.origins) {
            collector.text(origin, place(source, &bucket.name));
        }
    }
    for workload in &about.workloads {
        collect_text(collector, source, &workload.service_account);
        collect_each(collector, source, workload.namespaces.as_ref());
        collect_when(collector, source, workload.existing.as_ref());
        collect_when(collector, source, workload.when.as_ref());
    }
    for check in &about.checks {
        collect_when(collector, source, Some(&check.when));
        collect_text(collector, source, &check.what);
        for text in [Some(&check.why), check.fix.as_ref()].into_iter().flatten() {
            collector.text(text, place(source, &check.what));
        }
    }
    if let Some(federation) = &about.federation {
        collect_text(collector, source, &federation.issuer);
        federation.session_seconds.iter().for_each(|at| collector.value(&at.value, place(source, at).as_ref()));
        for subject in &federation.subjects {
            collector.value(&subject.sub.value, place(source, &subject.sub).as_ref());
            collect_when(collector, source, subject.when.as_ref());
        }
    }
    for permission in &about.permissions {
        permission.resources.iter().for_each(|text| collect_text(collector, source, text));
        collect_when(collector, source, permission.when.as_ref());
    }
    about.rivals.iter().for_each(|rival| collect_when(collector, source, rival.when.as_ref()));
    for shown in &about.shows {
        shown.name.iter().chain([&shown.path]).for_each(|text| collect_text(collector, source, text));
        collector.value(&shown.value.value, place(source, &shown.value).as_ref());
        collect_each(collector, source, shown.each.as_ref());
        collect_when(collector, source, shown.when.as_ref());
    }
    about.google_roles.iter().for_each(|role| collect_when(collector, source, role.when.as_ref()));
    collect_notes(collector, &about.notes, source);
    for text in about.command.iter().chain(&about.restart).chain(&about.demands) {
        collect_text(collector, source, text);
    }
}

fn collect_migration(collector: &mut Collector, migration: &Migration, source: &Source) {
    for store in &migration.stores {
        collect_text(collector, source, &store.service);
        collect_text(collector, source, &store.secret);
    }
    let optional = migration.keep_volume.iter().chain(&migration.layout).chain(&migration.namespace);
    let defaults = migration.reads.iter().map(|read| &read.default);
    for text in [&migration.freeze, &migration.thaw].into_iter().chain(optional).chain(defaults) {
        collect_text(collector, source, text);
    }
}

fn collect_facts(collector: &mut Collector, facts: &[Fact], source: &Source) {
    for fact in facts {
        collect_text(collector, source, &fact.path);
        collector.value(&fact.value.value, place(source, &fact.value).as_ref());
        collect_when(collector, source, fact.when.as_ref());
        collect_each(collector, source, fact.each.as_ref());
    }
}

/// Puts the program's own tables before the entries of the documents that name them.
fn take_in_tables(collector: &mut Collector, rest: &mut DocumentsDocument, source: &Source) -> Result<()> {
    for document in &mut rest.documents {
        let named = document.table.as_ref().and_then(|table| place(source, table));
        if let Some((mut table, source)) = shared(document, named)? {
            collect_facts(collector, &table.entries, &source);
            collect_notes(collector, &table.notes, &source);
            table.entries.append(&mut document.entries);
            document.entries = table.entries;
            document.notes = table.notes;
        }
    }
    Ok(())
}

fn collect_notes(collector: &mut Collector, notes: &[Note], source: &Source) {
    for note in notes {
        collect_when(collector, source, note.when.as_ref());
        collect_text(collector, source, &note.text);
    }
}

fn collect_documents(collector: &mut Collector, rest: &DocumentsDocument, source: &Source) {
    for document in &rest.documents {
        collect_when(collector, source, document.when.as_ref());
        document.with.values().for_each(|text| collect_text(collector, source, text));
        collect_facts(collector, &document.entries, source);
    }
    for secret in &rest.secrets {
        collect_text(collector, source, &secret.name);
        secret.namespace.iter().for_each(|text| collect_text(collector, source, text));
        collect_when(collector, source, secret.when.as_ref());
        collect_each(collector, source, secret.each.as_ref());
        for entry in &secret.data {
            entry.value.iter().for_each(|text| collect_text(collector, source, text));
            collect_when(collector, source, entry.when.as_ref());
        }
    }
}

/// Paths and file names that could not be written as they stand. A path with expressions is looked at when it is rendered.
fn files(profile: &Profile, texts: &Texts) -> Vec<Error> {
    let mut errors = Vec::new();
    let entries = profile.documents.iter().flat_map(|document| &document.entries);
    let tables = [(&texts.values, profile.values.iter().collect::<Vec<_>>()), (&texts.documents, entries.collect())];
    for (source, facts) in tables.iter().filter_map(|(source, facts)| Some((source.as_ref()?, facts))) {
        for fact in facts.iter().filter(|fact| !fact.path.contains("{{") && !fact.path.contains("{%")) {
            errors.extend(split_path(&fact.path).err().map(|error| error.at(place(source, &fact.path))));
        }
    }
    if let Some(values) = &profile.about.values_file
        && let Some(why) = taken(values, "values.yaml").filter(|_| !values.same_as("values.yaml"))
    {
        errors.push(
            Error::new(Code::TAKEN_NAME, format!("`{values}` cannot be the name of the table's file"))
                .why(why)
                .fix("Give the profile another `valuesFile`.")
                .at(Some(texts.profile.place(0..0))),
        );
    }
    let Some(source) = &texts.documents else { return errors };
    for document in &profile.documents {
        if let Some(why) = taken(&document.name, profile.values_file()) {
            errors.push(
                Error::new(Code::TAKEN_NAME, format!("`{}` cannot be the name of a document", document.name.value))
                    .why(why)
                    .fix("Give the document another `name`.")
                    .at(place(source, &document.name)),
            );
        }
    }
    errors
}

/// Why a document cannot have a name: other files of the install's folder have it, or would once they are protected.
fn taken(name: &FileName, values: &str) -> Option<&'static str> {
    let stem = values.trim_end_matches(".yaml");
    let ours = [
        "NOTES.md",
        "secrets.yaml",
        values,
        &format!("{stem}.secret.yaml"),
        &format!("{values}.secret"),
        &format!("{stem}.undo.yaml"),
    ];
    if ours.iter().any(|own| name.same_as(own)) {
        return Some(
            "bucketwright writes a file of that name into the install's folder, and some file systems ignore case.",
        );
    }
    let lower = name.as_str().to_ascii_lowercase();
    if ["sealed-", "external-"].iter().any(|start| lower.starts_with(start))
        || [".enc.", ".secret."].iter().any(|part| lower.contains(part))
        || [".enc", ".secret"].iter().any(|end| lower.ends_with(end))
    {
        return Some("Names with `sealed-`, `external-`, `.enc` and `.secret` tell how a private file is protected.");
    }
    None
}

/// What the types cannot say: names that must agree.
fn problems(name: &str, profile: &Profile, source: &Source) -> Vec<Error> {
    let about = &profile.about;
    let mut errors = Vec::new();
    let mut complain = |what: String, fix: &str| {
        errors.push(
            Error::new(Code::BAD_PROFILE, format!("the profile `{name}` {what}")).fix(fix).at(Some(source.place(0..0))),
        );
    };
    if about.profile != name {
        complain(format!("calls itself `{}`", about.profile), "Give the folder and `profile` the same name.");
    }
    if !about.chart.versions.contains(&about.chart.default) {
        complain("does not cover its own default version".to_owned(), "Correct `chart.default` or `chart.versions`.");
    }
    if let Some(example) = about.chart.examples.iter().find(|version| !about.chart.versions.contains(version)) {
        complain(format!("does not cover its example {example}"), "Correct `chart.examples` or `chart.versions`.");
    }
    if about.chart.examples.is_empty() {
        complain("has no example version".to_owned(), "List one version of each variant in `chart.examples`.");
    }
    let components: BTreeSet<&str> = about.workloads.iter().map(|workload| workload.component.as_str()).collect();
    for bucket in &about.buckets {
        let unknown =
            |component: &&String| about.kind != ChartKind::Service && !components.contains(component.as_str());
        for component in bucket.access.keys().filter(unknown) {
            let what = format!(
                "gives `{component}` access to the bucket `{}`, but no workload has that component",
                bucket.purpose
            );
            complain(what, "Correct the name under `access`, or add a workload of that component.");
        }
    }
    for role in &about.google_roles {
        for component in role.components.iter().filter(|component| !components.contains(component.as_str())) {
            let what = format!("gives `{component}` the role `{}`, but no workload has that component", role.role);
            complain(what, "Correct the name under `components`, or add a workload of that component.");
        }
    }
    for identity in Identity::ALL {
        if !about.identities.iter().any(|support| support.identity == identity) {
            complain(
                format!("says nothing of the identity `{identity}`"),
                "List it under `identities`, with the reason in `why`.",
            );
        }
    }
    let federated = |support: &Support| {
        support.works && support.identity == Identity::WorkloadIdentity && support.cloud == Provider::Aws
    };
    if about.federation.is_none() && about.identities.iter().any(federated) {
        complain(
            "offers `workload-identity` on AWS but says not whose tokens are let in".to_owned(),
            "Add `federation` with `issuer` and `subjects`.",
        );
    }
    for check in about.checks.iter().filter(|check| Code::from_profile(&check.code).is_none()) {
        complain(format!("has a check with the code `{}`", check.code.value), "A code is `BW` and four digits.");
    }
    for check in &about.checks {
        // `explain` and whoever reads the code of a report would take one for the other.
        if let Some((own, _)) = Code::ALL.iter().find(|(own, _)| own.as_str() == check.code.value) {
            complain(
                format!("has a check with the code `{own}`, which is one of bucketwright's own"),
                "Take a number that `bucketwright explain` does not list, such as one from `BW9000` on.",
            );
        }
    }
    for document in profile.secrets.iter().flat_map(|secret| &secret.data).filter_map(|entry| entry.document.as_ref()) {
        if !profile.documents.iter().any(|known| known.name.as_str() == document) {
            complain(
                format!("puts the unknown document `{document}` into a Secret"),
                "Correct the name or add the document.",
            );
        }
    }
    for document in profile.documents.iter().filter(|document| document.entries.is_empty()) {
        complain(
            format!("has a document `{}` without content", document.name.value),
            "Give it `entries`, or name a `table`.",
        );
    }
    for secret in &profile.secrets {
        if secret.data.iter().any(|entry| entry.document.is_some() == entry.value.is_some()) {
            complain(
                format!("has a Secret `{}` with a key that is neither document nor value", secret.name.value),
                "Give each key exactly one of `document` and `value`.",
            );
        }
    }
    errors
}
