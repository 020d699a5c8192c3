//! Expressions in profiles: Tera, compiled once when a profile is loaded, and strict about names.

use std::collections::BTreeMap;

use serde_json::Value;
use tera::{Context, ErrorKind, Tera};

use super::bounds::{Budget, Room};
use super::filters::{MOST_ITEMS, register};
use super::shape::Shapes;
use crate::base::error::{Code, Error, Place, Result};
use crate::profile::bounds;

/// The variables that an expression may use; `docs/profile-format.md` explains them.
pub const VARIABLES: [&str; 32] = [
    "spec",
    "id",
    "release",
    "namespace",
    "chart",
    "azure",
    "cloud",
    "region",
    "partition",
    "dns_suffix",
    "account",
    "endpoint",
    "speaks_s3",
    "store",
    "cluster",
    "project",
    "identity",
    "roles",
    "options",
    "buckets",
    "principals",
    "credentials",
    "service_accounts",
    "secret_names",
    "encryption",
    "item",
    "out",
    "folder",
    "file",
    "issuer",
    "with",
    "old",
];

/// Gathers a profile's expressions, with their places, until all are compiled together.
#[derive(Default)]
pub struct Collector {
    texts: BTreeMap<String, Option<Place>>,
}

impl Collector {
    /// Notes a bare condition or list expression.
    pub fn bare(&mut self, text: &str, place: Option<Place>) {
        self.texts.entry(condition_name(text)).or_insert_with(|| place.clone());
        self.texts.entry(whole_name(text)).or_insert(place);
    }

    /// Notes a text that may hold expressions.
    pub fn text(&mut self, text: &str, place: Option<Place>) {
        if let Some(name) = template_name(text) {
            self.texts.entry(name).or_insert(place);
        }
    }

    /// Notes every text in a value.
    pub fn value(&mut self, value: &Value, place: Option<&Place>) {
        match value {
            Value::String(text) => self.text(text, place.cloned()),
            Value::Array(items) => items.iter().for_each(|item| self.value(item, place)),
            Value::Object(entries) => entries.iter().for_each(|(key, value)| {
                self.text(key, place.cloned());
                self.value(value, place);
            }),
            _ => {}
        }
    }

    /// Compiles all of them.
    ///
    /// # Errors
    /// `BW0303` for a malformed expression, an unknown filter, function, variable, or name below one; `BW0306` for one that
    /// could go on for ever.
    pub(super) fn compile(self, shapes: &Shapes<'_>) -> Result<Expressions> {
        for (name, place) in &self.texts {
            let text = inner(name);
            if let Some(why) = bounds::objection(text, !name.starts_with(TEXT)) {
                return Err(too_much(text, place.as_ref(), &why));
            }
        }
        let mut tera = Tera::new();
        tera.autoescape_on(Vec::<&str>::new());
        register(&mut tera);
        let bodies: Vec<(String, String)> = self.texts.keys().map(|name| (name.clone(), body(name))).collect();
        if tera.add_raw_templates(bodies.iter().map(|(name, body)| (name.as_str(), body.as_str()))).is_err() {
            return Err(self.first_bad(&bodies));
        }
        for (name, place) in &self.texts {
            let used = tera.get_template_variables(name).map_err(|error| bad(name, place.as_ref(), &error))?;
            let unknown: Vec<&str> = used.into_iter().filter(|used| !VARIABLES.contains(used)).collect();
            if let Some(variable) = unknown.first() {
                let error =
                    Error::new(Code::BAD_EXPRESSION, format!("`{variable}` is not a variable that a profile can use"));
                let known = VARIABLES.join(", ");
                return Err(error
                    .fix(match crate::base::yaml::did_you_mean(variable, VARIABLES) {
                        Some(near) => format!("Did you mean `{near}`? Known: {known}."),
                        None => format!("Known: {known}."),
                    })
                    .at(place.clone()));
            }
            let text = inner(name);
            let parts = if name.starts_with(TEXT) { bounds::expressions(text).join(" ; ") } else { text.to_owned() };
            if let Some(error) = shapes.unknown(&parts, &VARIABLES, place.as_ref()) {
                return Err(error);
            }
        }
        Ok(Expressions { tera, places: self.texts, budget: Budget::default() })
    }

    /// Finds the expression that does not compile by compiling them one by one.
    fn first_bad(&self, bodies: &[(String, String)]) -> Error {
        for (name, body) in bodies {
            let mut tera = Tera::new();
            register(&mut tera);
            if let Err(error) = tera.add_raw_template(name, body) {
                return bad(name, self.texts.get(name).and_then(Option::as_ref), &error);
            }
        }
        Error::new(Code::BAD_EXPRESSION, "the expressions do not compile together")
    }
}

/// A profile's compiled expressions.
#[derive(Debug)]
pub struct Expressions {
    tera: Tera,
    places: BTreeMap<String, Option<Place>>,
    budget: Budget,
}

impl Expressions {
    /// Says that another install is computed or rendered from here on: the work that a profile may ask for is counted for each.
    pub fn next_install(&self) {
        self.budget.renew();
    }

    /// Whether a condition holds; an absent one does.
    ///
    /// # Errors
    /// `BW0303` when it cannot be evaluated.
    pub fn holds(&self, condition: Option<&str>, context: &Context) -> Result<bool> {
        condition.map_or(Ok(true), |text| Ok(self.render(&condition_name(text), context)? == "1"))
    }

    /// The list that `each` means: a list as it is, or what a bare expression gives.
    ///
    /// # Errors
    /// `BW0303` when it does not give a list.
    pub fn list(&self, each: &Value, context: &Context) -> Result<Vec<Value>> {
        let value = match each {
            Value::String(text) => parse_json(&self.render(&whole_name(bare(text)), context)?),
            other => self.value(other, context)?,
        };
        match value {
            Value::Array(items) if items.len() > MOST_ITEMS => {
                Err(too_much(&each.to_string(), None, &format!("it gives more than {MOST_ITEMS} items")))
            }
            Value::Array(items) => {
                self.budget.take(items.len()).ok_or_else(|| exhausted(&each.to_string(), None))?;
                Ok(items)
            }
            other => Err(Error::new(Code::BAD_EXPRESSION, format!("`each` needs a list, not {other}"))),
        }
    }

    /// A value with its expressions evaluated.
    ///
    /// # Errors
    /// `BW0303` when one cannot be evaluated.
    pub fn value(&self, value: &Value, context: &Context) -> Result<Value> {
        Ok(match value {
            Value::String(text) => match template_name(text) {
                Some(name) if name.starts_with(WHOLE) => {
                    let value = parse_json(&self.render(&name, context)?);
                    if holds_null(&value) {
                        return Err(empty(inner(&name), self.places.get(&name).and_then(Option::as_ref)));
                    }
                    value
                }
                Some(name) => Value::String(self.render(&name, context)?),
                None => value.clone(),
            },
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.value(item, context)).collect::<Result<_>>()?)
            }
            Value::Object(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, value)| Ok((self.text(key, context)?, self.value(value, context)?)))
                    .collect::<Result<_>>()?,
            ),
            other => other.clone(),
        })
    }

    /// A text with its expressions evaluated.
    ///
    /// # Errors
    /// `BW0303` when one cannot be evaluated.
    pub fn text(&self, text: &str, context: &Context) -> Result<String> {
        Ok(match self.value(&Value::String(text.to_owned()), context)? {
            Value::String(text) => text,
            other => other.to_string(),
        })
    }

    fn render(&self, name: &str, context: &Context) -> Result<String> {
        let place = self.places.get(name).and_then(Option::as_ref);
        let cost = bounds::cost(inner(name), !name.starts_with(TEXT));
        self.budget.take(cost).ok_or_else(|| exhausted(inner(name), place))?;
        let mut room = Room::default();
        match self.tera.render_to(name, context, &mut room) {
            Ok(()) => Ok(String::from_utf8(room.0).unwrap_or_default()),
            Err(error) if matches!(error.kind(), ErrorKind::Io(_)) => {
                Err(too_much(inner(name), place, "it gives more than 1 MiB"))
            }
            Err(error) => Err(bad(name, place, &error)),
        }
    }
}

// A template's name is its kind and its text, so that equal expressions are compiled once and found without an index.
const CONDITION: &str = "if ";
const WHOLE: &str = "get ";
const TEXT: &str = "text ";

fn condition_name(text: &str) -> String {
    format!("{CONDITION}{text}")
}

fn whole_name(text: &str) -> String {
    format!("{WHOLE}{text}")
}

/// The template of a text; `None` when it holds no expression.
fn template_name(text: &str) -> Option<String> {
    if !text.contains("{{") && !text.contains("{%") {
        return None;
    }
    let inner = bare(text);
    if inner.len() < text.len() && !inner.contains("{{") && !inner.contains("}}") && !inner.contains("{%") {
        return Some(whole_name(inner));
    }
    Some(format!("{TEXT}{text}"))
}

/// What stands between the braces when a text is one expression; the text itself otherwise.
fn bare(text: &str) -> &str {
    text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).map_or(text, str::trim)
}

/// What Tera compiles for a template's name.
fn body(name: &str) -> String {
    if let Some(condition) = name.strip_prefix(CONDITION) {
        format!("{{% if {condition} %}}1{{% endif %}}")
    } else if let Some(expression) = name.strip_prefix(WHOLE) {
        format!("{{{{ ({expression}) | json }}}}")
    } else {
        name.strip_prefix(TEXT).unwrap_or(name).to_owned()
    }
}

/// The text that a template's name holds.
fn inner(name: &str) -> &str {
    [CONDITION, WHOLE, TEXT].iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name)
}

/// Whether a value is empty, or something in it is.
fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(entries) => entries.values().any(holds_null),
        _ => false,
    }
}

fn empty(expression: &str, place: Option<&Place>) -> Error {
    Error::new(Code::BAD_EXPRESSION, format!("the expression `{expression}` has no value"))
        .why("Helm reads an empty value as \"delete the default\", so no expression may become one.")
        .fix("Add a `when` that holds only where there is a value. A literal `null` is written without braces.")
        .at(place.cloned())
}

fn too_much(expression: &str, place: Option<&Place>, why: &str) -> Error {
    Error::new(Code::TOO_MUCH_WORK, format!("the expression `{expression}` is refused: {why}"))
        .why("A profile may come from anybody, and expressions without bounds could fill all memory or never end.")
        .fix("Write it shorter, with one loop at most, over a list that is there.")
        .at(place.cloned())
}

fn exhausted(expression: &str, place: Option<&Place>) -> Error {
    too_much(expression, place, "all of this profile's expressions together take too much work")
}

fn parse_json(text: &str) -> Value {
    // The `json` filter wrote it.
    serde_json::from_str(text).unwrap_or(Value::Null)
}

fn bad(name: &str, place: Option<&Place>, error: &tera::Error) -> Error {
    let expression = inner(name);
    let message = match error.kind() {
        ErrorKind::RenderingError(report) | ErrorKind::SyntaxError(report) => report.message().to_owned(),
        _ => error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    };
    Error::new(Code::BAD_EXPRESSION, format!("the expression `{expression}` cannot be evaluated: {message}"))
        .fix("Expressions are Tera's; https://keats.github.io/tera lists its filters, and `bucketwright explain BW0303` the variables.")
        .at(place.cloned())
}

#[cfg(test)]
mod tests;
