//! NOTES.md: what to run next, and what to know. Why each value is set stands beside it.

use serde_json::json;
use tera::Tera;

use super::document::Written;
use super::next::next;
use super::{Bundle, Content, FileKind, Folder, Keeping, SecretForm, YOUR_VALUES};
use crate::base::error::{Code, Error, Result, visible, without_orders};
use crate::blueprint::context;
use crate::model::InstallBlueprint;
use crate::profile::ChartKind;

const TEMPLATE: &str = include_str!("../../templates/NOTES.md.tera");

/// Writes the notes of an install.
pub(super) fn notes(folder: &Folder<'_>, documents: &[Written<'_>], bundle: &mut Bundle) -> Result<()> {
    let install = folder.install;
    let mut paragraphs = install.notes(&install.profile.about.notes, folder.context)?;
    paragraphs.extend(documents.iter().flat_map(|document| document.notes.iter().cloned()));
    let documents: Vec<_> = documents
        .iter()
        .filter_map(|document| {
            let name = if document.content.is_private() {
                folder.keeping.path(&document.name)?
            } else {
                document.name.clone()
            };
            Some(json!({"name": name, "why": document.why}))
        })
        .collect();
    let mut context = folder.context.clone();
    context.insert("title", &install.profile.about.title);
    context.insert("legacy", &install.profile.about.legacy);
    context.insert("paragraphs", &paragraphs);
    context.insert(
        "warnings",
        &install
            .warnings
            .iter()
            .map(|w| json!({"code": w.code, "what": w.what, "why": w.why, "fix": w.fix}))
            .collect::<Vec<_>>(),
    );
    context.insert("documents", &documents);
    context.insert("az_lines", &folder.az_lines);
    context.insert("moving", &folder.moving);
    let next = next(folder, bundle)?;
    let seat = next.seat(".");
    context.insert("commands", &next.commands.iter().map(|one| one.text(&seat)).collect::<Vec<_>>());
    if let Some(release) = &next.release {
        let keep = release.keeps_values(&format!("{}.now.yaml", release.name)).one_line(&seat);
        context.insert("helm", &json!({"your_values": YOUR_VALUES, "keep": keep, "demands": release.demands}));
    }
    bundle.add_next(next);
    context.insert("service", &(install.profile.about.kind == ChartKind::Service));
    if let Some(file) = bundle.get(&folder.path("secrets.yaml")) {
        context.insert("secrets", &secrets(folder.keeping, &file.content));
    }
    let mut tera = Tera::new();
    tera.autoescape_on(Vec::<&str>::new());
    let text = tera.add_raw_template("NOTES.md", TEMPLATE).and_then(|()| tera.render("NOTES.md", &context)).map_err(
        |error| Error::new(Code::BAD_EXPRESSION, format!("the notes cannot be written: {error}")).caused_by(&error),
    )?;
    bundle.add(
        folder.path("NOTES.md"),
        FileKind::Notes,
        Content::Public(without_orders(visible(&text))),
        Some(">"),
        folder.banner,
    );
    Ok(())
}

/// The commands that restart the pods which read an install's keys: most read them only when they start.
///
/// # Errors
/// `BW0303` when the profile's text fails.
pub fn restart(install: &InstallBlueprint) -> Result<Vec<String>> {
    // Nothing of a service runs in a cluster.
    if install.profile.about.kind == ChartKind::Service {
        return Ok(Vec::new());
    }
    let Some(text) = &install.profile.about.restart else {
        let (namespace, release) = (&install.namespace, &install.release);
        return Ok(vec![format!(
            "kubectl --namespace {namespace} rollout restart deployment --selector app.kubernetes.io/instance={release}"
        )]);
    };
    let text = install.profile.expressions.text(text, &context(&install.variables)?)?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// What the file with the Secrets is.
fn secrets(keeping: Keeping, content: &Content) -> String {
    if !content.is_private() {
        return "`secrets.yaml` holds every Secret that the values refer to. There is no key in it, so it may be committed."
            .to_owned();
    }
    let words = match keeping.secrets {
        SecretForm::Plain => "holds every Secret that the values refer to. Keep it out of version control.",
        SecretForm::Encrypted => {
            "holds every Secret that the values refer to, encrypted: it may be committed. `sops --decrypt` opens it."
        }
        SecretForm::Sealed => {
            "holds every Secret that the values refer to, sealed: it may be committed. The cluster's controller opens it."
        }
        SecretForm::External => {
            "names every Secret that the values refer to and holds none: it may be committed. The External Secrets Operator fills them from AWS Secrets Manager."
        }
        SecretForm::LeftOut => return String::new(),
    };
    format!("`{}` {words}", keeping.path("secrets.yaml").unwrap_or_default())
}
