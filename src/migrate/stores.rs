//! Where the objects are now, as far as the values say.

use semver::Version;
use serde_json::Value;

use super::Old;
use super::address::{ADDRESS, bare, is_address, is_aws, is_host, service};
use super::old::odd;
use super::pattern::{find, keys};
use super::spec::{in_use, on};
use crate::base::error::{Code, Error, Place, Result};
use crate::base::secret::looks_secret;
use crate::profile::{Means, Migration, OldBucket, OldStore, Sign, in_range};

/// Where the objects of a part are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Where {
    /// The MinIO that the chart brings.
    Bundled,
    /// A server of one's own.
    Server(Server),
    /// A server whose address is in a Secret.
    Hidden(String),
    /// S3 itself.
    Aws,
    /// A store that is neither, by its name.
    Other(String),
    /// The part keeps nothing in an object store.
    Unused,
}

/// An S3 server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Host and port.
    pub host: String,
    /// Whether it speaks TLS.
    pub secure: bool,
    /// Its Service, when it is in the cluster: name, namespace if said, port.
    pub service: Option<(String, Option<String>, u16)>,
}

/// A part of the product, and where its objects are.
#[derive(Clone, Debug)]
pub struct FoundStore<'a> {
    /// The part.
    pub store: &'a OldStore,
    /// The purpose of the one bucket that is meant, where that has a connection of its own.
    pub purpose: Option<&'a str>,
    /// Where its objects are.
    pub place_of_objects: Where,
    /// The setting that says it; the chart's defaults have no place.
    pub said: Option<Place>,
    /// Whether it stays there, as the user wishes.
    pub kept: bool,
    /// The sign that told, and the path of the setting that it was.
    pub told: Option<(&'a Sign, Vec<String>)>,
}

impl FoundStore<'_> {
    /// Its name: the part's, or that of the bucket's purpose.
    pub fn name(&self) -> &str {
        self.purpose.unwrap_or(&self.store.name)
    }

    /// Whether its objects are on MinIO, or on what may be one.
    pub fn on_minio(&self) -> bool {
        matches!(self.place_of_objects, Where::Bundled | Where::Server(_) | Where::Hidden(_))
    }

    /// Whether it moves.
    pub fn moves(&self) -> bool {
        self.on_minio() && !self.kept
    }
}

/// Where the objects of each part are, and of each bucket with a connection of its own.
///
/// A connection that is given wins over the bundled MinIO, which is on unless it is turned off.
/// Source: charts/gitlab charts/gitlab/templates/_objectStorage.tpl (gitlab.appConfig.objectStorage.configuration).
///
/// # Errors
/// `BW1703` for a setting of another kind than the chart reads.
pub(super) fn found<'a>(old: &Old, migration: &'a Migration, version: &Version) -> Result<Vec<FoundStore<'a>>> {
    let mut all = Vec::new();
    for store in &migration.stores {
        let (own, others) = buckets(old, store, migration)?;
        // A part none of whose buckets is in use, or whose buckets all have connections of their own, has nothing anywhere.
        if others {
            all.push(one(old, store, version)?);
        } else if own.is_empty() {
            all.push(FoundStore {
                store,
                purpose: None,
                place_of_objects: Where::Unused,
                said: None,
                kept: false,
                told: None,
            });
        }
        all.extend(own);
    }
    Ok(all)
}

/// The buckets of a part that have a connection of their own, and whether one without is in use.
fn buckets<'a>(old: &Old, store: &'a OldStore, migration: &'a Migration) -> Result<(Vec<FoundStore<'a>>, bool)> {
    let (mut own, mut others, mut any) = (Vec::new(), false, false);
    for bucket in migration.buckets.iter().filter(|bucket| bucket.store == store.name) {
        any = true;
        if !in_use(old, bucket)? {
            continue;
        }
        let path = bucket.own.as_deref().map(keys).unwrap_or_default();
        let said = old.at(&path).and_then(|old| old.place.clone());
        match (&bucket.purpose, old.single(&path, None)?.filter(|_| !path.is_empty())) {
            (Some(purpose), Some(value)) if value != "" => {
                let secret = text(&path, value, said.as_ref())?.to_owned();
                let place_of_objects = Where::Hidden(secret);
                own.push(FoundStore { store, purpose: Some(purpose), place_of_objects, said, kept: false, told: None });
            }
            (Some(_), _) => others = true,
            // What is left behind is no reason to look for a store.
            (None, _) => {}
        }
    }
    Ok((own, others || !any))
}

fn one<'a>(old: &Old, store: &'a OldStore, version: &Version) -> Result<FoundStore<'a>> {
    for sign in store.signs.iter().filter(|sign| in_range(sign.charts.as_ref(), version)) {
        if !on(old, &sign.on)? {
            continue;
        }
        for (path, value, said) in candidates(old, sign)? {
            let means = match sign.means {
                _ if !fits(sign, &path, &value, said.as_ref())? => continue,
                Means::Bundled => Where::Bundled,
                Means::Aws => Where::Aws,
                Means::Other => Where::Other(sign.named.clone().unwrap_or_else(|| "another store".to_owned())),
                Means::Hidden if value == "" => continue,
                Means::Hidden => Where::Hidden(text(&path, &value, said.as_ref())?.to_owned()),
                Means::Endpoint => match text(&path, &value, said.as_ref())? {
                    "" => continue,
                    host if is_aws(host) => Where::Aws,
                    host if host.contains("{{") => return Err(template(&path, said.as_ref())),
                    host if is_host(bare(host)) && !is_address(bare(host)) => {
                        return Err(odd(&path, ADDRESS, said.as_ref()));
                    }
                    host if is_host(bare(host)) => Where::Server(server(host, old, &path, sign.insecure)?),
                    _ => return Err(odd(&path, "a host, perhaps with a port", said.as_ref())),
                },
            };
            let told = Some((sign, path));
            return Ok(FoundStore { store, purpose: None, place_of_objects: means, said, kept: false, told });
        }
    }
    Ok(FoundStore { store, purpose: None, place_of_objects: Where::Unused, said: None, kept: false, told: None })
}

/// Whether a chart version brings a MinIO for the part that a bucket belongs to.
pub(super) fn brings(migration: &Migration, bucket: &OldBucket, version: &Version) -> bool {
    let signs = migration.stores.iter().filter(|store| store.name == bucket.store).flat_map(|store| &store.signs);
    signs.filter(|sign| sign.means == Means::Bundled).any(|sign| in_range(sign.charts.as_ref(), version))
}

/// What a bucket is kept in: the place of its own, or that of its part.
pub(super) fn of<'f, 'a>(found: &'f [FoundStore<'a>], bucket: &OldBucket) -> Option<&'f FoundStore<'a>> {
    let own = |one: &&FoundStore<'_>| one.purpose.is_some() && one.purpose == bucket.purpose.as_deref();
    let part = |one: &&FoundStore<'_>| one.purpose.is_none() && one.store.name == bucket.store;
    found.iter().find(own).or_else(|| found.iter().find(part))
}

/// A setting that may say where objects are: its path, its value, and where it is said.
type Candidate = (Vec<String>, Value, Option<Place>);

/// The values of a sign's setting, or the chart's own.
fn candidates(old: &Old, sign: &Sign) -> Result<Vec<Candidate>> {
    if sign.path.contains('*') {
        let found = find(old, &sign.path).into_iter();
        let values = found.filter_map(|(path, old)| Some((path, old.value()?.clone(), old.place.clone())));
        return Ok(values.filter(|(_, value, _)| !value.is_null()).collect());
    }
    let path = keys(&sign.path);
    let value = old.single(&path, sign.default.as_ref())?.cloned();
    let said = old.at(&path).and_then(|old| old.place.clone());
    Ok(value.map(|value| (path, value, said)).into_iter().collect())
}

fn fits(sign: &Sign, path: &[String], value: &Value, said: Option<&Place>) -> Result<bool> {
    let Some(wanted) = &sign.is else { return Ok(true) };
    if wanted.is_boolean() && !value.is_boolean() {
        return Err(odd(path, "true or false", said));
    }
    Ok(value == wanted)
}

fn text<'a>(path: &[String], value: &'a Value, said: Option<&Place>) -> Result<&'a str> {
    let text = value.as_str().ok_or_else(|| odd(path, "a text", said))?;
    if looks_secret(text) || looks_secret(bare(text)) {
        Err(odd(path, "a name, but looks like a key", said))
    } else {
        Ok(text)
    }
}

/// What is said of an endpoint that only Helm could compute.
fn template(path: &[String], said: Option<&Place>) -> Error {
    Error::new(Code::ODD_SETTING, format!("`{}` is a template that this command does not read", path.join(".")))
        .why("It reads `.Release.Name` and `.Release.Namespace` alone; what else a template comes to, only Helm knows.")
        .fix("Write the host that it comes to into a copy of the values, and give that.")
        .at(said.cloned())
}

/// A server, and whether it speaks TLS. Charts print the switches beside an endpoint without quotes, so a text is a boolean to some of
/// what reads it, and none to others.
///
/// Source: argo-helm argo-workflows-1.0.18 templates/controller/workflow-controller-config-map.yaml (`insecure`)
fn server(endpoint: &str, old: &Old, path: &[String], insecure: bool) -> Result<Server> {
    let beside = |key: &str| -> Result<Option<bool>> {
        let path = [&path[..path.len() - 1], &[key.to_owned()]].concat();
        let said = old.at(&path).and_then(|old| old.place.as_ref());
        let value = old.single(&path, None)?;
        value.map(|value| value.as_bool().ok_or_else(|| odd(&path, "true or false", said))).transpose()
    };
    let plain = beside("insecure")?.unwrap_or(insecure && !endpoint.starts_with("https://"))
        | (beside("allowInsecureConnection")? == Some(true))
        | (beside("secure")? == Some(false))
        | endpoint.starts_with("http://");
    let host = bare(endpoint).to_owned();
    let service = service(&host, plain);
    Ok(Server { secure: !plain, service, host })
}

/// Marks the parts that stay on MinIO.
///
/// # Errors
/// `BW1705` for a part that is not there, or cannot stay.
pub(super) fn keep(found: &mut [FoundStore<'_>], wishes: &[String], profile: &str) -> Result<()> {
    for wish in wishes {
        let known: Vec<String> = found
            .iter()
            .filter(|one| one.store.option.is_some())
            .map(|one| format!("{profile}/{}", one.store.name))
            .collect();
        let named = found.iter_mut().find(|one| *wish == format!("{profile}/{}", one.store.name));
        let refused = |what: String| {
            let fix = match known.as_slice() {
                [] => "Leave `--keep-minio` out: the objects of this product move together.".to_owned(),
                known => format!("Parts that can stay: {}.", known.join(", ")),
            };
            Error::new(Code::CANNOT_STAY, what).fix(fix)
        };
        match named {
            None => return Err(refused(format!("`{wish}` is no part of `{profile}`"))),
            Some(one) if one.store.option.is_none() => {
                return Err(refused(format!("`{wish}` cannot stay on MinIO by itself")));
            }
            Some(one) if !one.on_minio() => return Err(refused(format!("`{wish}` is not on MinIO now"))),
            Some(one) => one.kept = true,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::address::may_be_inside;

    #[test]
    fn endpoints_are_told_apart() {
        for aws in [
            "s3.amazonaws.com",
            "S3.EU-WEST-1.AMAZONAWS.COM",
            "https://s3.eu-west-1.amazonaws.com/",
            "s3.cn-north-1.amazonaws.com.cn:443",
        ] {
            assert!(is_aws(aws), "{aws}");
        }
        for other in ["minio:9000", "amazonaws.com.example.org", "s3.example.com"] {
            assert!(!is_aws(other), "{other}");
        }
        let old = Old::merged(&[]).expect("nothing");
        let server = |endpoint| server(endpoint, &old, &keys("s3.endpoint"), false).expect("a server");
        assert_eq!(server("minio:9000").service, Some(("minio".to_owned(), None, 9000)));
        let inside = server("http://minio.storage.svc.cluster.local:9000");
        assert_eq!(inside.service, Some(("minio".to_owned(), Some("storage".to_owned()), 9000)));
        assert!(!inside.secure);
        assert_eq!(server("https://minio.example.com").service, None);
        let inside =
            |endpoint| server(endpoint).service.map(|(name, namespace, _)| (name, namespace.unwrap_or_default()));
        let named = |name: &str, namespace: &str| Some((name.to_owned(), namespace.to_owned()));
        assert_eq!(inside("minio.other:9000"), named("minio", "other"));
        assert_eq!(inside("http://minio.other"), named("minio", "other"));
        assert_eq!(inside("minio-0.minio-hl.st.svc:9000"), named("minio-hl", "st"));
        assert_eq!(inside("minio-0.minio-hl.st.svc.cluster.local:9000"), named("minio-hl", "st"));
        assert_eq!(inside("minio.st.svc.cluster.local.:9000"), named("minio", "st"));
        for outside in ["minio.io:9000", "minio.other", "minio.lan:9000", "http://[fd00::1]:9000", "10.0.0.7:9000"] {
            assert_eq!(inside(outside), None, "{outside}");
        }
        assert_eq!(may_be_inside("minio.st:9000"), Some(("minio", "st")));
        assert_eq!(may_be_inside("minio.example.com"), None);
    }
}
