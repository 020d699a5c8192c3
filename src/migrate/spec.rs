//! The spec that the old values come to.

use serde_json::{Map, Value, json};

use super::old::odd;
use super::pattern::{find, keys};
use super::{FoundStore, MigrationOptions, Old, SettingsOutcome, Where, address, region, stores};
use crate::base::error::Result;
use crate::base::secret::looks_secret;
use crate::base::yaml::{Node, write};
use crate::profile::{Answer, ChoiceKind, Migration, OldBucket, Profile, Switch, in_range};
use crate::spec::API_VERSION;

/// What the old values answer.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// The spec's options.
    options: Map<String, Value>,
    /// Its ServiceAccounts.
    accounts: Map<String, Value>,
    /// Its buckets.
    buckets: Map<String, Value>,
    /// What became of each setting that was read: its path, and the words for the report.
    pub(super) told: Vec<(Vec<String>, SettingsOutcome, String)>,
}

/// Reads the answers from the old values.
///
/// # Errors
/// `BW1703` for a setting of another kind than the chart reads.
pub(super) fn answers(
    old: &Old,
    profile: &Profile,
    migration: &Migration,
    found: &[FoundStore<'_>],
    request: &MigrationOptions,
) -> Result<Answers> {
    let mut answers = Answers::default();
    for one in found {
        if let Some(option) = &one.store.option {
            let stays = one.kept || one.place_of_objects == Where::Unused;
            if stays {
                answers.options.insert(option.clone(), json!(one.store.left));
            }
        }
    }
    for answer in migration.answers.iter().filter(|one| in_range(one.charts.as_ref(), &request.chart_version)) {
        take(old, profile, answer, &mut answers)?;
    }
    for bucket in &migration.buckets {
        take_bucket(old, profile, bucket, found, request, &mut answers)?;
    }
    Ok(answers)
}

fn take(old: &Old, profile: &Profile, answer: &Answer, answers: &mut Answers) -> Result<()> {
    let path = keys(&answer.path);
    let Some(there) = old.at(&path) else { return Ok(()) };
    let Some(value) = there.value() else { return Err(odd(&path, "a single value", there.place.as_ref())) };
    if answer.is.as_ref().is_some_and(|wanted| wanted != value) {
        return Ok(());
    }
    let choice = answer.option.as_ref().and_then(|name| profile.about.options.iter().find(|one| &one.name == name));
    let value = match (&answer.value, choice.map(|choice| choice.kind)) {
        (Some(_), _) if value == "" || value.as_array().is_some_and(Vec::is_empty) => return Ok(()),
        (Some(fixed), _) => fixed.clone(),
        (None, Some(ChoiceKind::Bool)) => {
            let on = value.as_bool().ok_or_else(|| odd(&path, "true or false", there.place.as_ref()))?;
            json!(on != answer.negate)
        }
        (None, Some(ChoiceKind::List)) if value.as_array().is_some_and(|list| list.iter().all(Value::is_string)) => {
            value.clone()
        }
        // The name of one thing is a list of it.
        (None, Some(ChoiceKind::List)) if value.is_string() => match value.as_str() {
            Some("") => return Ok(()),
            _ => json!([value]),
        },
        (None, Some(ChoiceKind::List)) => return Err(odd(&path, "a list of texts", there.place.as_ref())),
        (None, _) => {
            let text = value.as_str().ok_or_else(|| odd(&path, "a text", there.place.as_ref()))?;
            json!(without(text, &answer.without))
        }
    };
    if value.as_str().is_some_and(str::is_empty) {
        return Ok(());
    }
    let words = value.to_string();
    if words.split(|c: char| c.is_whitespace() || "\"',=".contains(c)).any(looks_secret) {
        let what = "looks like a secret, so it was not put into the spec".to_owned();
        answers.told.push((path, SettingsOutcome::Decide, what));
        return Ok(());
    }
    let (place, key, map) = match (&answer.option, &answer.account) {
        (Some(option), _) => ("options", option, &mut answers.options),
        (None, Some(account)) => ("serviceAccounts", account, &mut answers.accounts),
        (None, None) => return Ok(()),
    };
    let what = format!("the spec's `{place}.{key}`: {words}");
    // One setting may answer for several accounts.
    match answers.told.iter_mut().find(|(there, ..)| *there == path) {
        Some((.., said)) => *said = format!("{said}, {}", what.trim_start_matches("the spec's ")),
        None => answers.told.push((path, SettingsOutcome::Moved, what)),
    }
    match (map.get_mut(key).and_then(Value::as_array_mut), value) {
        // Several settings may name items of one list.
        (Some(there), Value::Array(more)) => {
            let more = more.into_iter().filter(|one| !there.contains(one)).collect::<Vec<_>>();
            there.extend(more);
        }
        (_, value) => drop(map.insert(key.clone(), value)),
    }
    Ok(())
}

/// A text without some of its words and what follows each.
fn without(text: &str, words: &[String]) -> String {
    let mut kept = Vec::new();
    let mut all = text.split_whitespace();
    while let Some(word) = all.next() {
        if words.iter().any(|one| one == word) {
            all.next();
        } else if !words.iter().any(|one| word.starts_with(&format!("{one}="))) {
            kept.push(word);
        }
    }
    kept.join(" ")
}

fn take_bucket(
    old: &Old,
    profile: &Profile,
    bucket: &OldBucket,
    found: &[FoundStore<'_>],
    request: &MigrationOptions,
    answers: &mut Answers,
) -> Result<()> {
    let Some(purpose) = &bucket.purpose else { return Ok(()) };
    let Some(store) = stores::of(found, bucket) else { return Ok(()) };
    let version = &request.chart_version;
    let mut wanted =
        profile.about.buckets.iter().filter(|one| &one.purpose == purpose && in_range(one.charts.as_ref(), version));
    let Some(optional) = wanted.next().map(|one| one.optional) else { return Ok(()) };
    let on = in_use(old, bucket)?;
    for switch in &bucket.on {
        let words = if on { "used" } else { "not used" };
        answers.told.push((
            keys(&switch.path),
            SettingsOutcome::Moved,
            format!("the spec's `buckets`: `{purpose}` is {words}"),
        ));
    }
    let name = old_name(old, bucket)?;
    match (&store.place_of_objects, name) {
        _ if !on && !optional => drop(answers.buckets.insert(purpose.clone(), json!(false))),
        _ if !on => {}
        (Where::Aws, Some(name)) => {
            if let (false, Some(path)) = (region::is_known(old, store), &bucket.path) {
                let what = format!(
                    "taken over as it is; no setting says its region: make sure that it is in {}, as `--region` says",
                    request.region
                );
                answers.told.push((keys(path), SettingsOutcome::Decide, what));
            }
            answers.buckets.insert(purpose.clone(), json!({"name": name, "existing": true}));
        }
        _ if optional => drop(answers.buckets.insert(purpose.clone(), json!(true))),
        _ => {}
    }
    Ok(())
}

/// Whether a bucket is in use.
///
/// # Errors
/// `BW1703` for a switch that is neither true nor false.
pub(super) fn in_use(old: &Old, bucket: &OldBucket) -> Result<bool> {
    on(old, &bucket.on)
}

/// Whether settings are all on.
///
/// # Errors
/// `BW1703` for one that is neither true nor false.
pub(super) fn on(old: &Old, switches: &[Switch]) -> Result<bool> {
    for switch in switches {
        let path = keys(&switch.path);
        let default = Value::Bool(switch.default);
        let said = old.at(&path).and_then(|old| old.place.as_ref());
        match old.single(&path, Some(&default))? {
            Some(Value::Bool(true)) => {}
            Some(Value::Bool(false)) | None => return Ok(false),
            Some(_) => return Err(odd(&path, "true or false", said)),
        }
    }
    Ok(true)
}

/// The name that a bucket had; `None` when nothing says it.
///
/// # Errors
/// `BW1703` when it is no text.
pub(super) fn old_name(old: &Old, bucket: &OldBucket) -> Result<Option<String>> {
    let default = bucket.default.as_ref().map(|name| json!(name));
    if bucket.unread.as_ref().map_or(Ok(false), |switch| on(old, std::slice::from_ref(switch)))? {
        return Ok(None);
    }
    let Some(pattern) = bucket.path.as_deref() else { return Ok(bucket.default.clone()) };
    let path = find(old, pattern).into_iter().next().map_or_else(|| keys(pattern), |(path, _)| path);
    let said = old.at(&path).and_then(|old| old.place.as_ref());
    match old.single(&path, default.as_ref())? {
        None => Ok(None),
        Some(Value::String(name)) if name.is_empty() => Ok(None),
        Some(Value::String(name)) if is_name(name) => Ok(Some(name.clone())),
        Some(_) => Err(odd(&path, "the name of a bucket", said)),
    }
}

/// The further buckets that a setting with a `*` names, each with its path, but for those that are on S3 already.
pub(super) fn other_names(old: &Old, bucket: &OldBucket) -> Vec<(String, String)> {
    let all = bucket.path.iter().flat_map(|pattern| find(old, pattern)).skip(1);
    let named = all.filter_map(|(path, there)| Some((path, there.value()?.as_str()?.to_owned())));
    let on_s3 = |path: &[String]| {
        let endpoint = [&path[..path.len() - 1], &["endpoint".to_owned()]].concat();
        old.leaf(&endpoint, None).and_then(Value::as_str).is_some_and(address::is_aws)
    };
    named.filter(|(path, name)| is_name(name) && !on_s3(path)).map(|(path, name)| (path.join("."), name)).collect()
}

/// The folder in a shared bucket: the fixed beginning of the format of keys. Where that ends in the middle of a name, the folders
/// that begin so, as rclone writes them: `prod-*`. Argo writes files below the folder that a format comes to.
///
/// Source: argo-workflows v4.0.6 docs/configure-artifact-repository.md (keyFormat)
pub(super) fn folder(old: &Old, bucket: &OldBucket) -> Option<String> {
    let format = old.leaf(&keys(bucket.format.as_deref()?), None)?.as_str()?;
    let fixed = format.split("{{").next()?.trim_start_matches('/');
    let folder = fixed.strip_suffix('/').unwrap_or(fixed);
    let plain = |name: &str| !name.is_empty() && is_name(name) && !name.starts_with(['.', '-']);
    let open = if fixed == folder && fixed.len() < format.trim_start_matches('/').len() { "*" } else { "" };
    folder.split('/').all(plain).then(|| format!("{folder}{open}"))
}

/// Whether a text can be shown as a bucket's name: a key that was put in its place can not.
fn is_name(text: &str) -> bool {
    !looks_secret(text) && text.len() <= 255 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
}

/// The spec as text.
pub(super) fn text(request: &MigrationOptions, answers: Answers) -> String {
    let plain = |key: &str, value: Value| (key.to_owned(), Node::Leaf(value, None));
    let said = |key: &str, value: &str, why: &str| (key.to_owned(), Node::Leaf(json!(value), Some(why.to_owned())));
    let mut cloud = vec![plain("provider", json!("aws")), plain("region", json!(request.region))];
    cloud.extend(request.account.as_ref().map(|account| plain("account", json!(account))));
    let mut cluster: Vec<(String, Node)> = request.cluster.iter().map(|name| plain("name", json!(name))).collect();
    cluster.extend(request.oidc_issuer.as_ref().map(|issuer| plain("oidcIssuer", json!(issuer))));
    cluster.extend(request.node_role.as_ref().map(|role| plain("nodeRole", json!(role))));
    if !cluster.is_empty() {
        cloud.push(("cluster".to_owned(), Node::Map(cluster)));
    }
    let why = "What the values of the MinIO set-up come to on S3. It holds no secret, so it is safe to commit.";
    let top = vec![
        said("apiVersion", API_VERSION, why),
        said("name", &request.name, "A part of the names of buckets, roles and users."),
        ("cloud".to_owned(), Node::Map(cloud)),
        plain("identity", json!(request.identity)),
        plain("roles", json!(request.roles.as_str())),
    ];
    let mut install =
        vec![plain("profile", json!(request.profile)), plain("chartVersion", json!(request.chart_version.to_string()))];
    install.extend(request.release.as_ref().map(|name| plain("release", json!(name))));
    if !request.below.is_empty() {
        install.push(plain("below", json!(request.below.join("."))));
    }
    install.extend(request.namespace.as_ref().map(|name| plain("namespace", json!(name))));
    for (key, map) in
        [("buckets", answers.buckets), ("options", answers.options), ("serviceAccounts", answers.accounts)]
    {
        if !map.is_empty() {
            install.push(plain(key, Value::Object(map)));
        }
    }
    let body = write(&Node::Map(install));
    let lines =
        body.lines().enumerate().map(|(index, line)| format!("  {} {line}\n", if index == 0 { "-" } else { " " }));
    format!("{}installs:\n{}", write(&Node::Map(top)), lines.collect::<String>())
}
