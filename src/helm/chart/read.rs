//! A chart from its files.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::base::error::{Code, Error, Result, Source};
use crate::base::yaml::{Tree, read};

/// How many charts there may be in one, each as often as it has an alias: GitLab's has some thirty.
const MOST_CHARTS: usize = 500;

/// A chart with its subcharts.
#[derive(Debug)]
pub struct Chart {
    /// Where the user has it.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its defaults.
    pub values: Tree,
    /// Its schema.
    pub schema: Option<Value>,
    /// Its templates by path.
    pub templates: BTreeMap<String, String>,
    /// What Chart.yaml lists.
    pub dependencies: Vec<Dependency>,
    /// The charts in charts/, by the key under which their values stand.
    pub subcharts: Vec<(String, Chart)>,
}

/// A dependency that Chart.yaml lists.
#[derive(Clone, Debug, Deserialize)]
pub struct Dependency {
    /// The chart.
    pub name: String,
    /// The key of its values, where it is not the name.
    pub alias: Option<String>,
    /// The paths of values that turn it off, separated by commas.
    pub condition: Option<String>,
    /// What of its values the chart takes over.
    #[serde(default, rename = "import-values")]
    imported: Vec<Value>,
}

impl Dependency {
    /// The key under which its values stand.
    pub fn key(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }

    /// The paths that the chart takes over: below the dependency, and in the chart itself. Source: Helm, "Importing Child
    /// Values via dependencies": a name means what is exported under it, to the top.
    pub(super) fn imports(&self) -> Vec<(String, Option<String>)> {
        let import = |one: &Value| match one {
            Value::String(name) => Some((format!("exports.{name}"), None)),
            other => Some((other["child"].as_str()?.to_owned(), Some(other["parent"].as_str()?.to_owned()))),
        };
        self.imported.iter().filter_map(import).collect()
    }
}

#[derive(Deserialize)]
struct About {
    name: String,
    version: String,
    #[serde(default)]
    dependencies: Vec<Dependency>,
}

impl Chart {
    /// Reads a chart from its files, whose paths begin at its folder.
    ///
    /// # Errors
    /// `BW1201` when there is no Chart.yaml, `BW1204` for a schema that is no JSON, `BW01xx` for YAML that cannot be read.
    pub fn parse(path: &str, files: &BTreeMap<String, String>) -> Result<Self> {
        Self::within(path, files, &mut 0)
    }

    /// Reads a chart and counts it: a subchart stands once for each alias, and so do those in it.
    fn within(path: &str, files: &BTreeMap<String, String>, count: &mut usize) -> Result<Self> {
        *count += 1;
        if *count > MOST_CHARTS {
            return Err(Error::new(Code::CHART_TOO_LARGE, format!("{path} is one of more than {MOST_CHARTS} charts"))
                .why("Each alias of a dependency stands for a copy of it and of all below it, so that a few lines could fill all memory.")
                .fix("Look at `dependencies` in the Chart.yaml files: no chart needs so many."));
        }
        let text = files.get("Chart.yaml").ok_or_else(|| {
            Error::new(Code::NOT_A_CHART, format!("{path} is no chart: it has no Chart.yaml"))
                .fix("Give the folder that holds Chart.yaml, or the .tgz that `helm pull` wrote.")
        })?;
        let about: About = read(&Source::new(format!("{path}/Chart.yaml"), text))?;
        let values = match files.get("values.yaml") {
            Some(text) => super::values::tree(text, &Source::new(format!("{path}/values.yaml"), text))?,
            None => Tree::Map(Vec::new()),
        };
        let schema =
            files.get("values.schema.json").map(|text| serde_json::from_str(text)).transpose().map_err(|error| {
                Error::new(Code::BAD_CHART, format!("{path}/values.schema.json is not JSON: {error}"))
                    .caused_by(&error)
                    .fix("Get the chart again: `helm pull`.")
            })?;
        let templates = files.iter().filter(|(name, _)| name.starts_with("templates/"));
        let templates = templates.map(|(name, text)| (name.clone(), text.clone())).collect();
        let mut below: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
        for (name, text) in files {
            if let Some((folder, rest)) = name.strip_prefix("charts/").and_then(|name| name.split_once('/')) {
                below.entry(folder).or_default().insert(rest.to_owned(), text.clone());
            }
        }
        let mut subcharts = Vec::new();
        for (folder, files) in below.iter().filter(|(_, files)| files.contains_key("Chart.yaml")) {
            let chart = Self::within(&format!("{path}/charts/{folder}"), files, count)?;
            let listed: Vec<&Dependency> = about.dependencies.iter().filter(|one| one.name == chart.name).collect();
            for other in listed.iter().skip(1) {
                subcharts.push((other.key().to_owned(), Self::within(&chart.path, files, count)?));
            }
            subcharts.push((listed.first().map_or(chart.name.clone(), |one| one.key().to_owned()), chart));
        }
        let dependencies = about.dependencies;
        Ok(Self {
            path: path.to_owned(),
            name: about.name,
            version: about.version,
            values,
            schema,
            templates,
            dependencies,
            subcharts,
        })
    }

    /// The dependencies that are listed and not there.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        let there = |key: &str| self.subcharts.iter().any(|(other, _)| other == key);
        self.dependencies.iter().map(Dependency::key).filter(move |key| !there(key))
    }
}
