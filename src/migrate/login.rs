//! Where the keys of an old store are: Secret and entry of its user, and of its password.

use serde_json::Value;
use tera::Context;

use super::pattern::keys;
use super::{FoundStore, Old, Server, Where};
use crate::base::error::Result;
use crate::base::secret::looks_secret;
use crate::model::InstallBlueprint;
use crate::profile::Login;

/// A Secret and one of its entries; `None` when nothing says it.
pub(super) type Entry = Option<(String, String)>;

/// Secret and entry of the user and of the password: what the values name, or the bundled MinIO's own. Nothing is known of a server
/// of one's own that the values give no Secret for: its keys may be in the values themselves, or in the environment.
pub(super) fn login(
    old: &Old,
    found: &FoundStore<'_>,
    install: &InstallBlueprint,
    context: &Context,
) -> Result<[Entry; 2]> {
    let store = found.store;
    let expressions = &install.profile.expressions;
    if let Some((login, beside)) = beside(found) {
        return Ok(match login {
            Login::Selectors(selectors) => [0, 1].map(|at| selected(old, &[beside, &keys(&selectors[at])].concat())),
            Login::Secret { secret, entries } => {
                let secret = name(old, &[beside, &keys(secret)].concat());
                [0, 1].map(|at| Some((secret.clone()?, entries[at].clone())))
            }
        });
    }
    let bundled = match &found.place_of_objects {
        Where::Server(Server { service: Some((service, ..)), .. }) => {
            *service == expressions.text(&store.service, context)?
        }
        Where::Server(_) => false,
        _ => true,
    };
    let own = match store.secret_named_by.as_deref().map(keys).filter(|path| old.leaf(path, None).is_some()) {
        Some(path) => name(old, &path),
        None => Some(expressions.text(&store.secret, context)?),
    };
    let entry = |at: usize| {
        let selector = store.selectors.as_ref().map(|selectors| keys(&selectors[at]));
        let selected = selector.as_ref().and_then(|path| selected(old, path));
        selected.or_else(|| Some((own.clone().filter(|_| bundled)?, store.login[at].clone())))
    };
    Ok([entry(0), entry(1)])
}

/// What names the keys beside the endpoint that told where the objects are, and the path of the map that both are in.
fn beside<'f>(found: &'f FoundStore<'_>) -> Option<(&'f Login, &'f [String])> {
    let (sign, path) = found.told.as_ref()?;
    Some((sign.login.as_ref()?, path.split_last()?.1))
}

/// What a setting with `name` and `key` says.
fn selected(old: &Old, path: &[String]) -> Entry {
    let below = |key: &str| name(old, &[path, &[key.to_owned()]].concat());
    Some((below("name")?, below("key")?))
}

/// The name at a path.
fn name(old: &Old, path: &[String]) -> Option<String> {
    old.leaf(path, None).and_then(Value::as_str).filter(|name| is_name(name)).map(str::to_owned)
}

/// Whether a text can be shown as the name of a Secret or of its entry: a key that was put in its place can not.
fn is_name(text: &str) -> bool {
    !looks_secret(text)
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
}
