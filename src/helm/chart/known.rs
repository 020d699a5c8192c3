//! The places in the values of a chart that are known: from its defaults, its schema and its templates.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Chart;
use super::reach::Reach;
use crate::base::yaml::Tree;

/// How many parts of a schema are looked at, those that are referred to each time: the largest known has some thousands.
const MOST_VISITED: usize = 100_000;
/// How many places are told apart; what is below the last of them is open.
const MOST_PLACES: usize = 200_000;
/// How many unnamed keys in one path are told apart.
const MOST_UNNAMED: u8 = 5;

/// A place in the values.
pub(super) type Place = usize;

/// What may be below a place that nothing names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Open {
    /// Nothing.
    #[default]
    No,
    /// The default is empty: it may be there to be filled.
    Empty,
    /// Whatever there is, is written out.
    Whole,
    /// The values are those of a chart that is not there: nothing is known.
    Absent,
}

/// What is known of one place in the values.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) below: BTreeMap<String, Place>,
    /// What is below a key whose name a template computes, or that it goes through.
    pub(super) any: Option<Place>,
    /// How many keys above it are unnamed.
    unnamed: u8,
    pub(super) open: Open,
    /// Whether the defaults list it.
    pub(super) listed: bool,
    /// Whether a template reads it.
    pub(super) read: bool,
    /// Whether the values of a chart begin here.
    pub(super) root: bool,
}

/// What a chart knows, its subcharts under their keys.
#[derive(Debug)]
pub struct Knowledge {
    places: Vec<Known>,
}

/// Where the values of the chart itself begin.
pub(super) const ROOT: Place = 0;

impl Knowledge {
    /// Reads the chart, and follows its templates from every file that is rendered.
    pub fn of(chart: &Chart) -> Self {
        let mut whole = Self { places: vec![Known { root: true, ..Known::default() }] };
        let globals = whole.at(ROOT, "global");
        whole.chart(chart, ROOT, globals);
        Reach::new(&mut whole).follow(chart);
        whole
    }

    pub(super) fn place(&self, place: Place) -> &Known {
        &self.places[place]
    }

    pub(super) fn place_mut(&mut self, place: Place) -> &mut Known {
        &mut self.places[place]
    }

    /// A place below another.
    pub(super) fn at(&mut self, place: Place, key: &str) -> Place {
        if let Some(below) = self.places[place].below.get(key) {
            return *below;
        }
        let new = self.new_place(place);
        if new != place {
            self.places[place].below.insert(key.to_owned(), new);
        }
        new
    }

    /// The place below any key of another.
    pub(super) fn any(&mut self, place: Place) -> Place {
        if let Some(any) = self.places[place].any {
            return any;
        }
        // A template that goes down through all maps, whatever they are, has no end of them.
        let unnamed = self.places[place].unnamed;
        if unnamed >= MOST_UNNAMED {
            self.open(place, Open::Whole);
            return place;
        }
        let new = self.new_place(place);
        self.places[new].unnamed = unnamed + 1;
        self.places[place].any = Some(new);
        new
    }

    fn new_place(&mut self, above: Place) -> Place {
        if self.places.len() >= MOST_PLACES {
            self.places[above].open = self.places[above].open.max(Open::Whole);
            return above;
        }
        let unnamed = self.places[above].unnamed;
        self.places.push(Known { unnamed, ..Known::default() });
        self.places.len() - 1
    }

    fn path(&mut self, place: Place, path: &str) -> Place {
        path.trim().split('.').fold(place, |place, key| self.at(place, key))
    }

    pub(super) fn open(&mut self, place: Place, open: Open) {
        let known = &mut self.places[place];
        known.open = known.open.max(open);
    }

    fn chart(&mut self, chart: &Chart, root: Place, globals: Place) {
        self.places[root].root = true;
        self.places[root].below.insert("global".to_owned(), globals);
        if let Some(schema) = &chart.schema {
            self.schema(root, schema, schema, 0, &mut 0);
        }
        for dependency in &chart.dependencies {
            for path in dependency.condition.iter().flat_map(|paths| paths.split(',')) {
                let switch = self.path(root, path);
                self.places[switch].read = true;
            }
            let below = self.at(root, dependency.key());
            for (from, to) in dependency.imports() {
                let places = [Some(self.path(below, &from)), to.map(|to| self.path(root, &to))];
                places.into_iter().flatten().for_each(|place| self.open(place, Open::Whole));
            }
        }
        let tags = self.at(root, "tags");
        self.open(tags, Open::Whole);
        for (key, subchart) in &chart.subcharts {
            let below = self.at(root, key);
            self.chart(subchart, below, globals);
        }
        self.defaults(root, &chart.values);
        // Of a chart that is not there, nothing can be said.
        for missing in chart.missing() {
            let place = self.at(root, missing);
            self.open(place, Open::Absent);
        }
    }

    fn defaults(&mut self, place: Place, values: &Tree) {
        self.places[place].listed = true;
        match values {
            Tree::Map(entries) if !entries.is_empty() => {
                for (key, below) in entries {
                    let place = self.at(place, key);
                    self.defaults(place, below);
                }
            }
            _ => self.open(place, Open::Empty),
        }
    }

    fn schema(&mut self, place: Place, schema: &Value, root: &Value, depth: usize, visited: &mut usize) {
        // A schema that refers to itself twice has no end; what is not visited takes any key.
        *visited += 1;
        if depth > 32 || *visited > MOST_VISITED {
            self.open(place, Open::Whole);
            return;
        }
        if let Some(target) = schema["$ref"].as_str().and_then(|path| root.pointer(path.strip_prefix('#')?)) {
            self.schema(place, target, root, depth + 1, visited);
        }
        for word in ["allOf", "anyOf", "oneOf"] {
            for one in schema[word].as_array().into_iter().flatten() {
                self.schema(place, one, root, depth + 1, visited);
            }
        }
        let properties = schema["properties"].as_object();
        for (key, below) in properties.into_iter().flatten() {
            let place = self.at(place, key);
            self.schema(place, below, root, depth + 1, visited);
        }
        let more = &schema["additionalProperties"];
        let unsaid = more.is_null() && properties.is_none() && schema["type"] == "object";
        if more.is_object() || *more == true || unsaid {
            self.open(place, Open::Whole);
        }
    }
}
