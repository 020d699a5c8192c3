//! The profile format: the types of `migration.yaml`, which says what a chart's old settings for MinIO mean.

use serde::Deserialize;
use serde_json::Value;

use super::ChartRange;
use crate::base::yaml::At;

/// `migration.yaml`. Paths are keys joined by dots; `*` stands for any one key.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Migration {
    /// The parts of the product that keep objects, each of which may be on MinIO.
    pub stores: Vec<OldStore>,
    /// The buckets as they were.
    pub buckets: Vec<OldBucket>,
    /// Old settings that answer a question of the spec.
    #[serde(default)]
    pub answers: Vec<Answer>,
    /// Old settings that have no place in the new set-up, or need a decision.
    pub settings: Vec<Setting>,
    /// The cache of GitLab Runner, where the chart brings one.
    pub cache: Option<OldCache>,
    /// Old settings that commands name: `old.NAME` in the strings of a migration.
    #[serde(default)]
    pub reads: Vec<Read>,
    /// The namespace of the chart's objects, where a setting may choose another than the release's.
    pub namespace: Option<At<String>>,
    /// The commands that keep the bundled MinIO's volume when MinIO goes, where the chart would delete it; empty where there is
    /// nothing to do, and words alone, in lines that begin with `#`, where there is no volume.
    pub keep_volume: Option<At<String>>,
    /// The commands that stop whatever writes objects.
    pub freeze: At<String>,
    /// The commands that start it again after the switch.
    pub thaw: At<String>,
    /// What cannot be copied as it is, as a sentence or two.
    pub layout: Option<At<String>>,
    /// The codes of warnings that a migration answers itself, so that it does not repeat them.
    #[serde(default)]
    pub answered: Vec<String>,
}

/// A part of the product that keeps objects.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OldStore {
    /// Its name, as `--keep-minio PROFILE/NAME` takes it.
    pub name: String,
    /// The option of the spec that says where it is; without one it cannot be left where it is.
    pub option: Option<String>,
    /// The option's word for leaving it.
    #[serde(default = "minio")]
    pub left: String,
    /// What tells where its objects are; the first that says something counts.
    pub signs: Vec<Sign>,
    /// The bundled MinIO: its Service.
    pub service: At<String>,
    /// The Service's port.
    pub port: u16,
    /// The setting with that port, where the user may choose it.
    pub port_named_by: Option<String>,
    /// The Secret with MinIO's login.
    pub secret: At<String>,
    /// The setting that names that Secret, where the user may.
    pub secret_named_by: Option<String>,
    /// The keys of user and password in that Secret.
    pub login: [String; 2],
    /// The settings that name Secret and key of user and password, where there are such.
    pub selectors: Option<[String; 2]>,
    /// The settings with the region, for a store that is S3 already.
    #[serde(default)]
    pub regions: Vec<RegionSetting>,
}

/// A setting with a region.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionSetting {
    /// The setting.
    pub path: String,
    /// The chart's own value.
    pub default: Option<Value>,
}

fn minio() -> String {
    "minio".to_owned()
}

/// An old setting that commands name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// Its name below `old`.
    pub name: String,
    /// The setting.
    pub path: String,
    /// The chart's own value, as a text; the strings of it hold expressions.
    pub default: At<String>,
}

/// What tells where objects are.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sign {
    /// The setting.
    pub path: String,
    /// The chart's own value.
    pub default: Option<Value>,
    /// The value that it must have.
    pub is: Option<Value>,
    /// What it then means.
    pub means: Means,
    /// Whether the chart's own value of the `insecure` beside an endpoint is on.
    #[serde(default)]
    pub insecure: bool,
    /// The name of a store that is neither MinIO nor S3.
    pub named: Option<String>,
    /// Settings that must all be on for the chart to read it.
    #[serde(default)]
    pub on: Vec<Switch>,
    /// What names the store's keys, beside an endpoint.
    pub login: Option<Login>,
    /// The chart versions that know it.
    pub charts: Option<ChartRange>,
}

/// What names the Secret with the keys of a store: settings beside its endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Login {
    /// Two settings with `name` and `key`, of the user and of the password.
    Selectors([String; 2]),
    /// A setting with the Secret's name, and the fixed names of its entries.
    Secret {
        /// The setting.
        secret: String,
        /// The entries of user and password.
        entries: [String; 2],
    },
}

/// What a sign means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Means {
    /// The bundled MinIO.
    Bundled,
    /// The setting is an endpoint, which says it.
    Endpoint,
    /// The setting names a Secret, in which it stands.
    Hidden,
    /// S3 itself.
    Aws,
    /// A store that is neither.
    Other,
}

/// A bucket as it was.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OldBucket {
    /// The purpose that it becomes; without one it is left behind.
    pub purpose: Option<String>,
    /// The part that uses it.
    pub store: String,
    /// The setting with its name.
    pub path: Option<String>,
    /// The chart's own name for it.
    pub default: Option<String>,
    /// A setting that, when on, keeps the chart from reading the name.
    pub unread: Option<Switch>,
    /// The setting with the format of keys; a fixed beginning is where the objects of a shared bucket are.
    pub format: Option<String>,
    /// The setting that names a Secret with a connection of this bucket's own, which wins over that of its part.
    pub own: Option<String>,
    /// What the names of the old buckets begin with, where there is one for each user.
    pub each: Option<String>,
    /// Settings that must all be on for it to be used.
    #[serde(default)]
    pub on: Vec<Switch>,
    /// Whether what is in it must be copied.
    #[serde(default = "yes")]
    pub copy: bool,
    /// Why it is left behind, or not copied.
    pub why: Option<String>,
}

fn yes() -> bool {
    true
}

/// Where GitLab Runner's configuration is, and what in it names the bundled MinIO.
///
/// Source: charts/gitlab templates/_runner.tpl, templates/_helpers.tpl (gitlab.minio.hostname)
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OldCache {
    /// The setting with the configuration, a TOML text.
    pub config: String,
    /// Settings that belong to the cache, and stay if it does.
    #[serde(default)]
    pub with: Vec<String>,
    /// What a template holds that comes to the bundled MinIO's host.
    pub templates: Vec<String>,
    /// The setting that such a template takes instead.
    pub address: String,
    /// The setting with MinIO's host name; without it the host is `minio` and the domain.
    pub host: String,
    /// The setting with the domain.
    pub domain: String,
}

/// A setting that is on or off.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// The setting.
    pub path: String,
    /// The chart's own value.
    pub default: bool,
}

/// An old setting that answers a question of the spec.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Answer {
    /// The setting.
    pub path: String,
    /// The option that it answers.
    pub option: Option<String>,
    /// The workload whose ServiceAccount it names.
    pub account: Option<String>,
    /// The value that the setting must have.
    pub is: Option<Value>,
    /// The answer, whatever the setting says.
    pub value: Option<Value>,
    /// Whether the answer is the opposite.
    #[serde(default)]
    pub negate: bool,
    /// Words that are left out of a text, each with the word that follows it.
    #[serde(default)]
    pub without: Vec<String>,
    /// The chart versions that know it.
    pub charts: Option<ChartRange>,
}

/// An old setting that has no place in the new set-up, or needs a decision. It stands for everything below it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Setting {
    /// The setting.
    pub path: String,
    /// The part that it belongs to; without one it goes when nothing is left on MinIO.
    pub store: Option<String>,
    /// What becomes of it.
    #[serde(default)]
    pub becomes: Becomes,
    /// The chart's own value, where that is MinIO's too and must go like the user's.
    pub default: Option<Value>,
    /// How it is undone.
    #[serde(default)]
    pub undo: Undo,
    /// The value that it must have.
    pub is: Option<Value>,
    /// The setting whose value the line of the report names.
    pub named_by: Option<String>,
    /// The words that make it MinIO's: without any of them a text, or what holds texts, is left alone.
    #[serde(default)]
    pub mentions: Vec<String>,
    /// The names that make an entry of a list go, as `name: NAME` has them; one that holds none of them is left alone.
    #[serde(default)]
    pub entries: Vec<String>,
    /// The chart versions that know it.
    pub charts: Option<ChartRange>,
    /// Why.
    pub why: String,
    /// The rule's source.
    pub source: String,
}

/// What becomes of a setting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Becomes {
    /// It goes.
    #[default]
    Dropped,
    /// It stays, and somebody must look at it.
    Decide,
}

/// How a setting is undone: Helm merges maps, so what is not undone stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Undo {
    /// With `null` for each value.
    #[default]
    Values,
    /// With `null` for the whole, where the chart asks whether it is empty.
    Whole,
    /// With `null` for the map above, which is empty in the chart, when nothing else is left in it; otherwise for the setting.
    Emptied,
    /// With the same text without the caches that name the old store: it is the configuration of `cache`.
    Cache,
    /// With this value.
    With(Value),
    /// Not at all.
    No,
}
