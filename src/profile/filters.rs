//! Filters and functions of expressions: our own, and Tera's where a few of them in a row could fill all memory.
#![expect(clippy::needless_pass_by_value, reason = "Tera hands the arguments over by value")]

use std::borrow::Cow;

use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

/// How many bytes a filter may give.
const LONGEST: usize = 1 << 18;
/// How many items a filter or function may give.
pub(super) const MOST_ITEMS: usize = 1_000;

/// Gives an engine all of them.
pub(super) fn register(tera: &mut Tera) {
    tera.register_filter("json", json);
    // A word of a command, quoted where it must be.
    tera.register_filter("shell", |text: &str, _: Kwargs, _: &State| crate::base::shell::word(text));
    tera.register_filter("replace", replace);
    tera.register_filter("split", split);
    tera.register_filter("join", join);
    tera.register_filter("indent", indent);
    tera.register_function("range", range);
    tera.register_test("uuid", |text: &str, _: Kwargs, _: &State| is_uuid(text));
    tera.register_filter("trunc63", |text: &str, _: Kwargs, _: &State| trunc63(text));
    tera.register_filter("secret_name", |name: &str, _: Kwargs, state: &State| {
        let names: Option<Value> = state.get("secret_names")?;
        let given = names
            .as_ref()
            .and_then(Value::as_map)
            .and_then(|names| names.get(&tera::value::Key::from(Cow::Borrowed(name))));
        Ok::<_, Error>(given.and_then(Value::as_str).unwrap_or(name).to_owned())
    });
    tera.register_function("fullname", |arguments: Kwargs, state: &State| {
        let chart: String = arguments.must_get("chart")?;
        let name: Option<String> = arguments.get("name_override")?;
        let full: Option<String> = arguments.get("fullname_override")?;
        let release: String = state.get("release")?.unwrap_or_default();
        Ok::<_, Error>(fullname(&release, &chart, name.as_deref(), full.as_deref()))
    });
}

/// A length as long as it may be.
fn bounded(length: usize) -> TeraResult<()> {
    if length > LONGEST {
        return Err(Error::message(format!("it would give more than {} KiB", LONGEST >> 10)));
    }
    Ok(())
}

fn few(items: usize) -> TeraResult<()> {
    if items > MOST_ITEMS {
        return Err(Error::message(format!("it would give more than {MOST_ITEMS} items")));
    }
    Ok(())
}

/// The value as JSON. A name that is not there has none: Tera would write `null`.
fn json(value: Value, _: Kwargs, _: &State) -> TeraResult<Value> {
    if value.is_undefined() {
        return Err(Error::message("it has no value: a name in it is not there"));
    }
    let text = serde_json::to_string(&value).map_err(|error| Error::message(error.to_string()))?;
    bounded(text.len())?;
    Ok(Value::safe_string(&text))
}

fn replace(text: &str, arguments: Kwargs, _: &State) -> TeraResult<String> {
    let from: &str = arguments.must_get("from")?;
    let to: &str = arguments.must_get("to")?;
    bounded(text.len().saturating_add(text.matches(from).count().saturating_mul(to.len())))?;
    Ok(text.replace(from, to))
}

fn split(text: &str, arguments: Kwargs, _: &State) -> TeraResult<Vec<String>> {
    let pattern: &str = arguments.must_get("pat")?;
    few(text.split(pattern).take(MOST_ITEMS + 1).count())?;
    Ok(text.split(pattern).map(str::to_owned).collect())
}

fn join(items: &[Value], arguments: Kwargs, _: &State) -> TeraResult<String> {
    let between: Option<&str> = arguments.get("sep")?;
    let between = between.unwrap_or_default();
    bounded(items.len().saturating_mul(between.len()))?;
    let mut text = String::new();
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            text.push_str(between);
        }
        text.push_str(&item.to_string());
        bounded(text.len())?;
    }
    Ok(text)
}

/// Tera's, without its rarer arguments: every line but the first is indented.
fn indent(text: &str, arguments: Kwargs, _: &State) -> TeraResult<String> {
    let width = arguments.get::<usize>("width")?.unwrap_or(4).min(80);
    bounded(text.len().saturating_add(text.lines().count().saturating_mul(width)))?;
    Ok(text.replace('\n', &format!("\n{}", " ".repeat(width))))
}

fn range(arguments: Kwargs, _: &State) -> TeraResult<Vec<i64>> {
    let start = arguments.get::<i64>("start")?.unwrap_or_default();
    let end = arguments.must_get::<i64>("end")?;
    let items: Vec<i64> = (start..end).take(MOST_ITEMS + 1).collect();
    few(items.len())?;
    Ok(items)
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
    use super::*;

    #[test]
    fn fullname_follows_helm() {
        assert_eq!(fullname("massdriver-prod", "massdriver", None, None), "massdriver-prod");
        assert_eq!(fullname("foo", "massdriver", Some(""), None), "foo-massdriver");
        assert_eq!(fullname("foo", "massdriver", Some("md"), Some("")), "foo-md");
        assert_eq!(fullname("foo", "massdriver", None, Some("whole")), "whole");
        assert_eq!(fullname(&"a".repeat(62), "x-y", None, None), "a".repeat(62), "the cut never ends in a dash");
    }
}
