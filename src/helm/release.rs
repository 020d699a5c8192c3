//! A Helm release as Helm keeps it, and its values compared with ours. Pure.
//!
//! Source of the format: Helm, `pkg/storage/driver/util.go`: JSON, gzip (older releases: none), base64.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::base::error::{Code, Error, Result};
use crate::base::secret::Secret;
use crate::base::yaml::{Node, write};

/// No release unpacks to more: a Secret holds 1 MiB, and text seldom packs better than 1:30.
const MAX_BYTES: u64 = 32 * 1024 * 1024;
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// What is of interest in a release.
#[derive(Clone, Deserialize)]
pub struct Release {
    /// Its revision.
    #[serde(default)]
    pub version: u64,
    /// The user's values.
    #[serde(default)]
    config: Option<Map<String, Value>>,
    #[serde(default)]
    chart: Chart,
}

#[derive(Clone, Default, Deserialize)]
struct Chart {
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Clone, Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
}

impl Release {
    /// Unpacks what is under the key `release`.
    ///
    /// # Errors
    /// `BW1108`; what was read is never repeated.
    pub fn decode(stored: &[u8]) -> Result<Self> {
        let bad = |why: &str| {
            Error::new(Code::BAD_RELEASE, "the stored Helm release cannot be read")
                .why(why.to_owned())
                .fix("Compare by hand: `helm get values NAME -n NAMESPACE` prints the values of the running release.")
        };
        let packed = STANDARD.decode(stored.trim_ascii()).map_err(|_| bad("It is not base64."))?;
        let mut json = Vec::new();
        if packed.starts_with(&GZIP) {
            let unpacked = flate2::read::GzDecoder::new(packed.as_slice()).take(MAX_BYTES + 1).read_to_end(&mut json);
            unpacked.map_err(|_| bad("Its gzip is damaged."))?;
            if json.len() as u64 > MAX_BYTES {
                return Err(bad("It unpacks to more than 32 MiB."));
            }
        } else {
            json = packed;
        }
        serde_json::from_slice(&json).map_err(|_| bad("It is not the JSON of a release."))
    }

    /// The chart, as `NAME VERSION`.
    pub fn chart(&self) -> String {
        format!("{} {}", self.chart.metadata.name, self.chart.metadata.version)
    }

    /// The values that the user gave, as YAML; in custody, because they may hold secrets.
    pub fn values(&self) -> Secret {
        Secret::new(write(&Node::Leaf(Value::Object(self.config.clone().unwrap_or_default()), None)))
    }

    /// How the running values differ from those that would be installed.
    pub fn compare(&self, ours: &Value) -> Vec<ValueChange> {
        let mut found = Vec::new();
        let running = Value::Object(self.config.clone().unwrap_or_default());
        compare("", &running, ours, &mut found);
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found
    }
}

/// One difference; the values themselves may be secret and are not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ValueChange {
    /// The path in the values.
    pub path: String,
    /// `lost`, `changed` or `added`.
    pub change: &'static str,
}

fn compare(path: &str, running: &Value, ours: &Value, found: &mut Vec<ValueChange>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (running, ours) {
        (Value::Object(running), Value::Object(ours)) => {
            for (key, value) in running {
                match ours.get(key) {
                    Some(our) => compare(&below(key), value, our, found),
                    None => leaves(&below(key), value, "lost", found),
                }
            }
            for (key, value) in ours.iter().filter(|(key, _)| !running.contains_key(*key)) {
                leaves(&below(key), value, "added", found);
            }
        }
        (running, ours) if running == ours => {}
        _ => found.push(ValueChange { path: path.to_owned(), change: "changed" }),
    }
}

fn leaves(path: &str, value: &Value, change: &'static str, found: &mut Vec<ValueChange>) {
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            entries.iter().for_each(|(key, value)| leaves(&format!("{path}.{key}"), value, change, found));
        }
        _ => found.push(ValueChange { path: path.to_owned(), change }),
    }
}

/// Lays values over others as Helm does with several files: maps are merged, everything else replaced.
pub fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(bytes).expect("gzip");
        STANDARD.encode(gzip.finish().expect("gzip")).into_bytes()
    }

    #[test]
    fn values_that_would_be_lost_or_change_are_named() {
        let stored = json!({"version": 3, "chart": {"metadata": {"name": "gitlab", "version": "10.2.3"}},
            "config": {"global": {"hosts": {"domain": "x.org"}, "minio": {"enabled": true}}}});
        for bytes in [packed(stored.to_string().as_bytes()), STANDARD.encode(stored.to_string()).into_bytes()] {
            let release = Release::decode(&bytes).expect("a release");
            assert_eq!((release.version, release.chart().as_str()), (3, "gitlab 10.2.3"));
            let found = release.compare(&json!({"global": {"minio": {"enabled": false}, "appConfig": {"a": 1}}}));
            let words: Vec<_> = found.iter().map(|change| (change.path.as_str(), change.change)).collect();
            let wanted =
                [("global.appConfig.a", "added"), ("global.hosts.domain", "lost"), ("global.minio.enabled", "changed")];
            assert_eq!(words, wanted);
        }
    }

    #[test]
    fn a_bomb_is_refused() {
        let error = Release::decode(&packed(&vec![b' '; 40 << 20])).err().expect("too large");
        assert_eq!(error.code(), &Code::BAD_RELEASE);
        assert!(error.reason().is_some_and(|why| why.contains("32 MiB")));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Release::decode(&bytes);
            let _ = Release::decode(STANDARD.encode(&bytes).as_bytes());
            let _ = Release::decode(&packed(&bytes));
        }
    }
}
