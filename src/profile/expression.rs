//! Expressions in profiles: Tera, compiled once when a profile is loaded, and strict about names.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;
use tera::{Context, ErrorKind, Kwargs, State, Tera};

use crate::error::{Code, Error, Place, Result};

/// The variables that an expression may use; `docs/profile-format.md` explains them.
pub const VARIABLES: [&str; 27] = [
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
    "files",
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
    /// `BW0303` for a malformed expression, an unknown filter or function, or an unknown variable.
    pub fn compile(self) -> Result<Expressions> {
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
                    .fix(match crate::yaml::did_you_mean(variable, VARIABLES) {
                        Some(near) => format!("Did you mean `{near}`? Known: {known}."),
                        None => format!("Known: {known}."),
                    })
                    .at(place.clone()));
            }
        }
        Ok(Expressions { tera, places: self.texts })
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
}

impl Expressions {
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
            Value::Array(items) => Ok(items),
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
                Some(name) if name.starts_with(WHOLE) => parse_json(&self.render(&name, context)?),
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
        self.tera
            .render(name, context)
            .map_err(|error| bad(name, self.places.get(name).and_then(Option::as_ref), &error))
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

fn parse_json(text: &str) -> Value {
    // The `json` filter wrote it.
    serde_json::from_str(text).unwrap_or(Value::Null)
}

fn bad(name: &str, place: Option<&Place>, error: &tera::Error) -> Error {
    let expression = [CONDITION, WHOLE, TEXT].iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name);
    let message = match error.kind() {
        ErrorKind::RenderingError(report) | ErrorKind::SyntaxError(report) => report.message().to_owned(),
        _ => error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    };
    Error::new(Code::BAD_EXPRESSION, format!("the expression `{expression}` cannot be evaluated: {message}"))
        .fix("Expressions are Tera's; docs/profile-format.md lists the variables, and the filters of our own.")
        .at(place.cloned())
}

fn register(tera: &mut Tera) {
    tera.register_filter("json", |value: tera::Value, _: Kwargs, _: &State| {
        let text = serde_json::to_string(&value).map_err(|error| tera::Error::message(error.to_string()))?;
        Ok::<_, tera::Error>(tera::Value::safe_string(&text))
    });
    tera.register_test("uuid", |text: &str, _: Kwargs, _: &State| is_uuid(text));
    tera.register_filter("trunc63", |text: &str, _: Kwargs, _: &State| trunc63(text));
    tera.register_filter("secret_name", |name: &str, _: Kwargs, state: &State| {
        let names: Option<tera::Value> = state.get("secret_names")?;
        let given = names
            .as_ref()
            .and_then(tera::Value::as_map)
            .and_then(|names| names.get(&tera::value::Key::from(Cow::Borrowed(name))));
        Ok::<_, tera::Error>(given.and_then(tera::Value::as_str).unwrap_or(name).to_owned())
    });
    tera.register_function("fullname", |arguments: Kwargs, state: &State| {
        let chart: String = arguments.must_get("chart")?;
        let name: Option<String> = arguments.get("name_override")?;
        let full: Option<String> = arguments.get("fullname_override")?;
        let release: String = state.get("release")?.unwrap_or_default();
        Ok::<_, tera::Error>(fullname(&release, &chart, name.as_deref(), full.as_deref()))
    });
}

/// Whether a text is a UUID in its usual form. Source: RFC 9562, section 4.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Helm's `trunc 63 | trimSuffix "-"`.
pub fn trunc63(text: &str) -> String {
    let cut: String = text.chars().take(63).collect();
    cut.strip_suffix('-').unwrap_or(&cut).to_owned()
}

/// Helm's standard `fullname`, as `helm create` writes it into a chart's `_helpers.tpl`.
pub fn fullname(release: &str, chart: &str, name_override: Option<&str>, fullname_override: Option<&str>) -> String {
    if let Some(full) = fullname_override.filter(|full| !full.is_empty()) {
        return trunc63(full);
    }
    let name = name_override.filter(|name| !name.is_empty()).unwrap_or(chart);
    if release.contains(name) { trunc63(release) } else { trunc63(&format!("{release}-{name}")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn context() -> Context {
        let mut context = Context::new();
        context.insert("release", "argo");
        context.insert("identity", "irsa");
        context.insert("options", &json!({"replicas": 3, "names": ["a", "b"]}));
        context.insert("buckets", &json!({"lfs": {"name": "acme-lfs"}}));
        context
    }

    fn compiled(text: &str) -> Expressions {
        let mut collector = Collector::default();
        collector.text(text, None);
        collector.compile().expect("compiles")
    }

    fn value(text: &str) -> Value {
        compiled(text).value(&json!(text), &context()).expect("evaluates")
    }

    #[test]
    fn a_whole_expression_keeps_its_type() {
        assert_eq!(value("{{ options.replicas }}"), json!(3));
        assert_eq!(value("{{ options.names }}"), json!(["a", "b"]));
        assert_eq!(value("{{ identity == 'irsa' }}"), json!(true));
        assert_eq!(value("{{ release }}-x"), json!("argo-x"));
        assert_eq!(value("{{ (release ~ '-webservice') | trunc63 }}"), json!("argo-webservice"));
        assert_eq!(value("{{ fullname(chart='argo-workflows') }}-server"), json!("argo-argo-workflows-server"));
        assert_eq!(value("plain"), json!("plain"));
    }

    #[test]
    fn conditions_take_missing_keys_for_false() {
        let mut collector = Collector::default();
        for text in ["buckets.lfs", "buckets.pages", "identity == 'irsa' and not endpoint"] {
            collector.bare(text, None);
        }
        let expressions = collector.compile().expect("compiles");
        assert_eq!(expressions.holds(Some("buckets.lfs"), &context()).ok(), Some(true));
        assert_eq!(expressions.holds(Some("buckets.pages"), &context()).ok(), Some(false));
        assert_eq!(expressions.holds(Some("identity == 'irsa' and not endpoint"), &context()).ok(), Some(true));
    }

    #[test]
    fn missing_keys_in_values_and_unknown_names_are_errors() {
        assert!(compiled("{{ buckets.pages.name }}").value(&json!("{{ buckets.pages.name }}"), &context()).is_err());
        for bad in ["{{ bucket.lfs }}", "{{ release | shout }}", "{{ release"] {
            let mut collector = Collector::default();
            collector.text(bad, None);
            assert_eq!(collector.compile().err().map(|e| e.code().clone()), Some(Code::BAD_EXPRESSION), "{bad}");
        }
    }

    #[test]
    fn fullname_follows_helm() {
        assert_eq!(fullname("massdriver-prod", "massdriver", None, None), "massdriver-prod");
        assert_eq!(fullname("foo", "massdriver", Some(""), None), "foo-massdriver");
        assert_eq!(fullname("foo", "massdriver", Some("md"), Some("")), "foo-md");
        assert_eq!(fullname("foo", "massdriver", None, Some("whole")), "whole");
        assert_eq!(fullname(&"a".repeat(62), "x-y", None, None), "a".repeat(62), "the cut never ends in a dash");
    }
}
