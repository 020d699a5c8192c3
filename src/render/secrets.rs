//! Kubernetes Secrets: manifests whose data is base64 of the exact bytes.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::document::Written;
use super::{Bundle, Content, FileKind, Folder, Vault};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{DnsLabel, DnsName, SecretKey};
use crate::base::secret::Secret;
use crate::base::yaml;
use crate::base::yaml::Node;
use crate::profile::{KubeSecret, in_range};

/// Kubernetes refuses a Secret whose data is larger. Source: Kubernetes API, core/v1 `MaxSecretSize`.
const MAX_BYTES: usize = 1024 * 1024;

/// Writes the Secrets that an install needs into one file.
pub(super) fn manifests(folder: &Folder<'_>, documents: &[Written<'_>], bundle: &mut Bundle) -> Result<()> {
    let expressions = &folder.install.profile.expressions;
    let mut texts = Vec::new();
    let mut names = BTreeSet::new();
    let mut private = false;
    for secret in &folder.install.profile.secrets {
        let when = secret.when.as_ref().map(|when| when.as_str());
        if !in_range(secret.charts.as_ref(), &folder.install.version) || !expressions.holds(when, folder.context)? {
            continue;
        }
        match &secret.each {
            None => texts.push(manifest(folder, secret, documents, folder.context, &mut names, &mut private)?),
            Some(each) => {
                for item in expressions.list(&each.value, folder.context)? {
                    let mut context = folder.context.clone();
                    context.insert("item", &item);
                    texts.push(manifest(folder, secret, documents, &context, &mut names, &mut private)?);
                }
            }
        }
    }
    renamed(folder, &names)?;
    if !texts.is_empty() {
        let texts: Vec<&str> = texts.iter().map(Secret::expose).collect();
        let text = texts.join("---\n");
        // With a role, Secrets hold settings and nothing secret.
        let content = if private { Content::Private(Secret::new(text)) } else { Content::Public(text) };
        bundle.add(folder.path("secrets.yaml"), FileKind::Secret, content, Some("#"), folder.banner);
    }
    Ok(())
}

/// The labels of a Secret: who wrote it, and for which spec.
fn labels(folder: &Folder<'_>) -> Value {
    let mut labels = json!(folder.mark.labels());
    labels["app.kubernetes.io/managed-by"] = json!("bucketwright");
    labels
}

/// Every name of the spec's `secretNames` is that of a Secret.
fn renamed(folder: &Folder<'_>, names: &BTreeSet<String>) -> Result<()> {
    let wanted = folder.install.variables.get("secret_names").and_then(Value::as_object);
    let lost = wanted.into_iter().flatten().filter(|(_, name)| !name.as_str().is_some_and(|name| names.contains(name)));
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let errors = lost.map(|(name, _)| {
        Error::new(
            Code::UNKNOWN_PURPOSE,
            format!("`{}` writes no Secret `{name}` that could be renamed", folder.install.id),
        )
        .fix(format!("Correct `secretNames`. Known: {}.", known.join(", ")))
    });
    Error::check(errors.collect())
}

fn manifest(
    folder: &Folder<'_>,
    secret: &KubeSecret,
    documents: &[Written<'_>],
    context: &tera::Context,
    names: &mut BTreeSet<String>,
    private: &mut bool,
) -> Result<Secret> {
    let expressions = &folder.install.profile.expressions;
    let name = DnsName::parse("Secret", &expressions.text(&secret.name, context)?)?;
    names.insert(name.to_string());
    let namespace = match &secret.namespace {
        Some(text) => DnsLabel::namespace(&expressions.text(text, context)?)?,
        None => folder.install.namespace.clone(),
    };
    let mut data = Vec::new();
    let mut total = 0;
    for entry in &secret.data {
        let when = entry.when.as_ref().map(|when| when.as_str());
        if !in_range(entry.charts.as_ref(), &folder.install.version) || !expressions.holds(when, context)? {
            continue;
        }
        let bytes = match (&entry.document, &entry.value) {
            (Some(document), _) => match documents.iter().find(|written| &written.name == document) {
                Some(written) => {
                    *private |= written.content.is_private();
                    Secret::new(written.content.text())
                }
                None => continue,
            },
            (None, Some(value)) => {
                let text = expressions.text(value, context)?;
                *private |= Vault::marks(&text);
                Secret::new(folder.vault.reveal(&text))
            }
            (None, None) => continue,
        };
        total += bytes.expose().len();
        data.push((
            SecretKey::parse(&entry.key)?.to_string(),
            Node::Leaf(json!(STANDARD.encode(bytes.expose())), None),
        ));
    }
    if total > MAX_BYTES {
        return Err(Error::new(Code::CANNOT_CARRY, format!("the Secret `{name}` would hold {total} bytes"))
            .why("Kubernetes refuses Secrets of more than 1 MiB."));
    }
    let leaf = |value: Value| Node::Leaf(value, None);
    let node = Node::Map(vec![
        ("apiVersion".to_owned(), Node::Leaf(json!("v1"), Some(secret.why.clone()))),
        ("kind".to_owned(), leaf(json!("Secret"))),
        (
            "metadata".to_owned(),
            Node::Map(vec![
                ("name".to_owned(), leaf(json!(name))),
                ("namespace".to_owned(), leaf(json!(namespace))),
                ("labels".to_owned(), leaf(labels(folder))),
            ]),
        ),
        ("type".to_owned(), leaf(json!(secret.kind.as_deref().unwrap_or("Opaque")))),
        ("data".to_owned(), Node::Map(data)),
    ]);
    let text = Secret::new(yaml::write(&node));
    let mut meant = Zeroizing::new(node).value();
    let same = yaml::reads_back_as(text.expose(), &meant);
    yaml::wipe(&mut meant);
    if same {
        return Ok(text);
    }
    Err(Error::new(Code::NOT_READ_BACK, format!("the Secret `{name}` did not read back as it was meant")))
}
