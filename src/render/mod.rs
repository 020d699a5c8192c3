//! From blueprint and facts to the bundle: every file, in memory, parsed back and compared before it leaves. Pure.

mod bundle;
mod document;
mod ini;
mod keeping;
mod next;
mod notes;
mod secrets;
mod set;
pub mod support;
mod table;
pub mod variants;
mod vault;

use std::collections::BTreeMap;

pub use bundle::{Banner, Bundle, Content, File, FileKind};
pub use ini::parse as parse_ini;
pub use keeping::{Keeping, SecretForm};
pub use next::{HelmRelease, Next, UMBRELLA, YOUR_VALUES};
pub use notes::restart;
use serde_json::{Map, Value, json};
pub use set::set_flags;
pub use table::{Resolved, placed, resolve, resolve_all};
use tera::Context;
pub use vault::{Keys, Vault, around_placeholders};

use crate::base::error::{Code, Error, Result};
use crate::base::names::{DnsLabel, IamName};
use crate::blueprint::context;
use crate::clouds::azure::az_lines;
use crate::clouds::azure::principals::no_client_id;
use crate::clouds::known;
use crate::model::{Blueprint, Facts, GoogleAccount, InstallBlueprint, LEARNT, Learnt, PrincipalKind};
use crate::spec::{Mark, mark};

/// What a render is asked for.
#[derive(Clone, Debug, Default)]
pub struct RenderOptions {
    /// Only this install.
    pub only: Option<DnsLabel>,
    /// Placeholders instead of secrets.
    pub placeholders: bool,
    /// Placeholders where a key is not known, for comparisons.
    pub stand_ins: bool,
    /// A warning at the top of every file, for rehearsals.
    pub banner: Option<Banner>,
    /// The forms that private files will take, which the notes and the commands name.
    pub keeping: Keeping,
    /// No policies: for those who only bring Secrets into a cluster.
    pub without_policies: bool,
    /// The install that is moving off MinIO, if one is.
    pub moving: Option<String>,
}

/// Renders everything.
///
/// # Errors
/// `BW0303` for an expression that fails, `BW0305` for a document that does not read back, `BW0702` for a value that a
/// format cannot carry, `BW0703` for a fact that is missing.
pub fn render(blueprint: &Blueprint, facts: &Facts, request: &RenderOptions) -> Result<Bundle> {
    let mut bundle = Bundle::default();
    let wanted = |id: &DnsLabel| request.only.as_ref().is_none_or(|only| only == id);
    if let Some(only) =
        request.only.as_ref().filter(|only| !blueprint.installs.iter().any(|install| &install.id == *only))
    {
        let ids: Vec<&str> = blueprint.installs.iter().map(|install| install.id.as_str()).collect();
        return Err(Error::new(Code::WRONG_VALUE, format!("the spec has no install `{only}`"))
            .fix(format!("Known: {}.", ids.join(", "))));
    }
    for install in blueprint.installs.iter().filter(|install| wanted(&install.id)) {
        render_install(blueprint, install, facts, request, &mut bundle)?;
    }
    let cloud = known(&blueprint.spec.cloud);
    let principals =
        blueprint.principals.iter().filter(|principal| !request.without_policies && wanted(&principal.install));
    for want in principals {
        for (ending, document) in cloud.reviewed(blueprint, want, facts.issuer.as_ref(), request.placeholders)? {
            let path = format!("iam/{}.{ending}", want.name);
            bundle.add_json(&path, FileKind::Policy, document, request.banner);
        }
    }
    // A rehearsal learns nothing that is true.
    let learnt = Learnt::of(blueprint, facts).or(&facts.learnt);
    if let Some(text) = learnt.text(&blueprint.spec).filter(|_| request.banner.is_none() && !request.without_policies) {
        bundle.add(LEARNT.to_owned(), FileKind::Config, Content::Public(text), Some("#"), None);
    }
    bundle.distinct()?;
    Ok(bundle)
}

fn render_install(
    blueprint: &Blueprint,
    install: &InstallBlueprint,
    facts: &Facts,
    request: &RenderOptions,
    bundle: &mut Bundle,
) -> Result<()> {
    install.profile.expressions.next_install();
    let mut variables = install.variables.clone();
    client_ids(blueprint, install, &mut variables, request)?;
    let kinds = install.principals.values().filter_map(|name| Some(&blueprint.principal(name)?.kind));
    if kinds.into_iter().any(|kind| matches!(kind, PrincipalKind::Role { .. })) {
        blueprint.account()?;
    }
    let mut vault = Vault::default();
    variables
        .insert("credentials".to_owned(), Value::Object(credentials(blueprint, install, facts, request, &mut vault)?));
    let context = context(&variables)?;
    let folder = Folder {
        install,
        context: &context,
        vault: &vault,
        banner: request.banner,
        mark: &mark(&blueprint.spec),
        keeping: request.keeping,
        az_lines: &az_lines(blueprint),
        moving: request.moving.as_deref() == Some(install.id.as_str()),
    };
    let documents = document::documents(&folder)?;
    table::values(&folder, bundle)?;
    for document in &documents {
        bundle.add(
            folder.path(&document.name),
            document.kind(),
            document.content.clone(),
            document.format_comment(),
            request.banner,
        );
    }
    secrets::manifests(&folder, &documents, bundle)?;
    notes::notes(&folder, &documents, bundle)
}

/// Sees that the client id of each managed identity is known; without secrets, a stand-in will do.
fn client_ids(
    blueprint: &Blueprint,
    install: &InstallBlueprint,
    variables: &mut Map<String, Value>,
    request: &RenderOptions,
) -> Result<()> {
    for (component, name) in &install.principals {
        match blueprint.principal(name).map(|want| &want.kind) {
            Some(PrincipalKind::ManagedIdentity { client_id: None, .. })
                if request.placeholders || request.banner.is_some() =>
            {
                variables["principals"][component]["client_id"] = json!(stand_in_client_id(name));
            }
            Some(PrincipalKind::ManagedIdentity { client_id: None, .. }) => return Err(no_client_id(blueprint, name)),
            _ => {}
        }
    }
    Ok(())
}

/// What stands for the client id of a managed identity that is not made yet.
pub fn stand_in_client_id(name: &IamName) -> String {
    format!("PLACEHOLDER-CLIENT-ID-{name}")
}

/// What the writers of one install's files share.
struct Folder<'a> {
    install: &'a InstallBlueprint,
    context: &'a Context,
    vault: &'a Vault,
    banner: Option<Banner>,
    mark: &'a Mark,
    keeping: Keeping,
    az_lines: &'a [String],
    moving: bool,
}

impl Folder<'_> {
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.install.id)
    }
}

/// The `credentials` variable: for each component the marks that stand for its key's halves.
fn credentials(
    blueprint: &Blueprint,
    install: &InstallBlueprint,
    facts: &Facts,
    request: &RenderOptions,
    vault: &mut Vault,
) -> Result<Map<String, Value>> {
    let mut credentials = Map::new();
    if install.identity.uses_role() {
        return Ok(credentials);
    }
    let mut marks: BTreeMap<&IamName, Keys> = BTreeMap::new();
    for (component, principal) in &install.principals {
        let keys = match marks.get(principal) {
            Some(keys) => keys.clone(),
            None => {
                let address = known(&blueprint.spec.cloud).key_file(principal).filter(|_| !hmac(blueprint, principal));
                let key = facts.keys.get(principal).filter(|_| !request.placeholders);
                let keys = if request.placeholders || (request.stand_ins && key.is_none()) {
                    let keys = vault.placeholders(principal);
                    if let Some(address) = address {
                        // A key file that the user brings may be any service account's.
                        let brought = principal_is_brought(blueprint, principal);
                        let email =
                            if request.stand_ins && brought { vault::unknown_email(principal) } else { address };
                        vault.placeholder_file(keys, principal, &email)
                    } else {
                        keys
                    }
                } else {
                    let key = key.ok_or_else(|| no_key(blueprint, install, principal))?;
                    let keys = vault.keep(key);
                    if address.is_some() { vault.open_file(keys, key, principal)? } else { keys }
                };
                marks.insert(principal, keys.clone());
                keys
            }
        };
        let mut variable = json!({"access_key_id": keys.id, "secret_access_key": keys.secret});
        if let Some(file) = keys.file {
            variable["key_file"] = json!(keys.secret);
            variable["client_email"] = json!(file.email);
            variable["private_key"] = json!(file.private_key);
        }
        credentials.insert(component.clone(), variable);
    }
    Ok(credentials)
}

fn principal_is_brought(blueprint: &Blueprint, principal: &IamName) -> bool {
    matches!(blueprint.principal(principal).map(|want| &want.kind), Some(PrincipalKind::Brought(_)))
}

/// Whether a principal's key has two halves on Google Cloud too.
fn hmac(blueprint: &Blueprint, principal: &IamName) -> bool {
    match blueprint.principal(principal).map(|want| &want.kind) {
        Some(PrincipalKind::Google(GoogleAccount::Hmac)) => true,
        Some(PrincipalKind::Brought(key)) => key.file().is_none(),
        _ => false,
    }
}

fn no_key(blueprint: &Blueprint, install: &InstallBlueprint, principal: &IamName) -> Error {
    let place = blueprint
        .spec
        .installs
        .iter()
        .find(|other| other.id == install.id)
        .and_then(|i| blueprint.spec.place_in(i, "identity"));
    Error::new(Code::UNKNOWN_FACT, format!("the access key of `{principal}` is not available"))
        .why("Rendering makes no keys: they come from `apply`, which keeps them in the output folder, or from references in the spec.")
        .fix("Run `bucketwright apply` first, or add `credentials` with references to the install. `bucketwright render --placeholders` needs neither.")
        .at(place)
}
