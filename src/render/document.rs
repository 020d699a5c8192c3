//! Documents: tables of facts written in a program's dialect, and read back.

use std::collections::BTreeMap;

use serde_json::Value;
use tera::Context;
use zeroize::Zeroizing;

use super::table::{holds_mark, tree};
use super::{Content, FileKind, Folder, SecretForm, Vault, ini, resolve};
use crate::base::error::{Code, Error, Result};
use crate::base::secret::Secret;
use crate::base::yaml;
use crate::base::yaml::Node;
use crate::model::InstallBlueprint;
use crate::profile::{Document, Format, in_range};

/// A document that was written.
pub(super) struct Written<'a> {
    pub(super) name: String,
    pub(super) content: Content,
    pub(super) why: &'a str,
    /// How it is used, from the table that it is made from.
    pub(super) notes: Vec<String>,
    format: Format,
}

impl Written<'_> {
    pub(super) fn kind(&self) -> FileKind {
        if self.content.is_private() { FileKind::Secret } else { FileKind::Config }
    }

    /// The sign that begins a comment, where the format has comments.
    pub(super) fn format_comment(&self) -> Option<&'static str> {
        match self.format {
            Format::Yaml | Format::Ini => Some("#"),
            Format::Json => None,
        }
    }
}

/// Writes the documents that an install needs.
pub(super) fn documents<'a>(folder: &Folder<'a>) -> Result<Vec<Written<'a>>> {
    let install = folder.install;
    let expressions = &install.profile.expressions;
    let mut written = Vec::new();
    for document in &install.profile.documents {
        let when = document.when.as_ref().map(|when| when.as_str());
        if !in_range(document.charts.as_ref(), &install.version) || !expressions.holds(when, folder.context)? {
            continue;
        }
        let variables = with(document, install, folder.context)?;
        let facts = resolve(&document.entries, install, &variables)?;
        let private = facts.iter().any(|fact| holds_mark(&fact.value));
        let node = tree(&facts, false);
        let text = match document.format {
            Format::Yaml => yaml(&node, folder.vault)?,
            Format::Json => json(&node, folder.vault)?,
            Format::Ini => ini(document.name.as_str(), &node, folder.vault)?,
        };
        let content = if private { Content::Private(Secret::new(text)) } else { Content::Public(text) };
        let notes = notes(document, content.is_private(), folder, variables)?;
        written.push(Written {
            name: document.name.to_string(),
            content,
            why: &document.why,
            notes,
            format: document.format,
        });
    }
    Ok(written)
}

/// The variables of a document: the install's, and what it tells its table.
fn with(document: &Document, install: &InstallBlueprint, context: &Context) -> Result<Context> {
    let mut context = context.clone();
    let mut with = BTreeMap::new();
    for (name, text) in &document.with {
        with.insert(name, install.profile.expressions.text(text, &context)?);
    }
    context.insert("with", &with);
    Ok(context)
}

/// How a document is used: nothing, where it is left out.
fn notes(document: &Document, private: bool, folder: &Folder<'_>, mut context: Context) -> Result<Vec<String>> {
    let path = folder.path(document.name.as_str());
    let there = if private { folder.keeping.path(&path) } else { Some(path.clone()) };
    let Some(there) = there else { return Ok(Vec::new()) };
    let encrypted = private && folder.keeping.form(&path) == SecretForm::Encrypted;
    let file = if encrypted { format!("<(sops --decrypt {there})") } else { there };
    context.insert("file", &file);
    folder.install.notes(&document.notes, &context)
}

/// Writes YAML and reads it back.
pub(super) fn yaml(node: &Node, vault: &Vault) -> Result<String> {
    let revealed = Zeroizing::new(reveal(node, vault));
    let text = yaml::write(&revealed);
    let mut meant = revealed.value();
    let same = yaml::reads_back_as(&text, &meant);
    yaml::wipe(&mut meant);
    if same { Ok(text) } else { Err(not_read_back("YAML")) }
}

fn json(node: &Node, vault: &Vault) -> Result<String> {
    let mut value = Zeroizing::new(reveal(node, vault)).value();
    let text = format!("{value:#}\n");
    let same = serde_json::from_str::<Value>(&text).is_ok_and(|mut back| {
        let same = back == value;
        yaml::wipe(&mut back);
        same
    });
    yaml::wipe(&mut value);
    if same { Ok(text) } else { Err(not_read_back("JSON")) }
}

fn ini(name: &str, node: &Node, vault: &Vault) -> Result<String> {
    let mut value = Zeroizing::new(reveal(node, vault)).value();
    let text = ini::write(name, &value);
    let mut meant = value_as_text(&value);
    yaml::wipe(&mut value);
    let text = text?;
    let mut back = ini::parse(&text);
    let same = back == meant;
    [&mut back, &mut meant].into_iter().for_each(yaml::wipe);
    if same { Ok(text) } else { Err(not_read_back("INI")) }
}

/// The tree with every scalar as the text that INI holds.
fn value_as_text(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            Value::Object(entries.iter().map(|(key, value)| (key.clone(), value_as_text(value))).collect())
        }
        other => Value::String(ini::text(other)),
    }
}

fn not_read_back(format: &str) -> Error {
    Error::new(Code::NOT_READ_BACK, format!("a document written as {format} did not read back as it was meant"))
        .why("Nothing was written. This is a defect of bucketwright or of the profile.")
        .fix("Please report it, with the spec and without secrets.")
}

fn reveal(node: &Node, vault: &Vault) -> Node {
    match node {
        Node::Map(entries) => Node::Map(entries.iter().map(|(key, node)| (key.clone(), reveal(node, vault))).collect()),
        Node::Leaf(value, comment) => Node::Leaf(reveal_value(value, vault), comment.clone()),
    }
}

fn reveal_value(value: &Value, vault: &Vault) -> Value {
    match value {
        Value::String(text) => Value::String(vault.reveal(text)),
        Value::Array(items) => Value::Array(items.iter().map(|item| reveal_value(item, vault)).collect()),
        Value::Object(entries) => {
            Value::Object(entries.iter().map(|(key, value)| (key.clone(), reveal_value(value, vault))).collect())
        }
        other => other.clone(),
    }
}
