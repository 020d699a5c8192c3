//! What an object says, as texts with their paths: also what is in the documents that it holds as text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Object;
use crate::base::error::Source;
use crate::base::yaml::read_shown_as;

/// A text with the keys above it. In a list the key is an item's `name`, or its number.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) path: Vec<String>,
    pub(super) text: String,
}

impl Object {
    /// Every text in the object.
    pub(super) fn leaves(&self) -> Vec<Leaf> {
        let mut found = Vec::new();
        let secret = self.is("Secret");
        for (part, below) in self.value.as_object().into_iter().flatten() {
            let mut path = vec![part.clone()];
            match (part.as_str(), below) {
                ("data" | "stringData", Value::Object(texts)) => {
                    for (key, text) in texts {
                        path.push(key.clone());
                        let text = text.as_str().unwrap_or_default();
                        let plain = STANDARD.decode(text).ok().filter(|_| secret && part == "data");
                        let plain = plain.and_then(|plain| String::from_utf8(plain).ok());
                        document(plain.as_deref().unwrap_or(text), &mut path, &mut found);
                        path.pop();
                    }
                }
                _ => values(below, &mut path, &mut found),
            }
        }
        found
    }
}

fn values(value: &Value, path: &mut Vec<String>, found: &mut Vec<Leaf>) {
    match value {
        Value::Object(entries) => entries.iter().for_each(|(key, below)| {
            path.push(key.clone());
            values(below, path, found);
            path.pop();
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(number, item)| {
            path.push(item["name"].as_str().map_or_else(|| number.to_string(), str::to_owned));
            values(item, path, found);
            path.pop();
        }),
        Value::Null => {}
        Value::String(text) => found.push(Leaf { path: path.clone(), text: text.clone() }),
        other => found.push(Leaf { path: path.clone(), text: other.to_string() }),
    }
}

/// The texts of a document: by its structure where it is YAML, else line by line, as for what a program fills in when it starts.
fn document(text: &str, path: &mut Vec<String>, found: &mut Vec<Leaf>) {
    if !text.trim_end().contains('\n') && !text.contains(": ") {
        found.push(Leaf { path: path.clone(), text: text.trim_end().to_owned() });
        return;
    }
    match parsed(text) {
        Some(value) => values(&value, path, found),
        None => lines(text, path, found),
    }
}

fn parsed(text: &str) -> Option<Value> {
    let shown = Source::new("text", "*".repeat(text.len()));
    read_shown_as::<Value>(text, &shown).ok().filter(|value| value.is_object() || value.is_array())
}

/// Lines of `key: value` by their indentation, and of `key = value` below their `[section]`. Others tell nothing.
fn lines(text: &str, path: &[String], found: &mut Vec<Leaf>) {
    let mut above: Vec<(usize, String)> = Vec::new();
    for line in text.lines() {
        let mut rest = line.trim_start();
        let mut indent = line.len() - rest.len();
        if let Some(section) = rest.trim_end().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            above = vec![(0, section.to_owned())];
            continue;
        }
        if let Some(item) = rest.strip_prefix("- ") {
            above.retain(|(other, _)| *other <= indent);
            if let Some(name) = item.strip_prefix("name: ") {
                above.push((indent + 1, plain(name).to_owned()));
            }
            (rest, indent) = (item, indent + 2);
        }
        let Some((key, value)) = entry(rest) else { continue };
        // What is set with `=` is below its section, whatever its indentation.
        let assigned = rest[key.len()..].trim_start_matches(['"', '\'']).trim_start().starts_with('=');
        above.retain(|(other, _)| *other < indent || assigned);
        let mut full = path.to_vec();
        full.extend(above.iter().map(|(_, key)| key.clone()));
        full.push(plain(key).to_owned());
        match parsed(value).filter(|_| value.starts_with(['{', '['])) {
            Some(inside) => values(&inside, &mut full, found),
            None if value.is_empty() => above.push((indent, plain(key).to_owned())),
            None => found.push(Leaf { path: full, text: plain(value).to_owned() }),
        }
    }
}

/// The key and the value of a line, if it has them.
fn entry(line: &str) -> Option<(&str, &str)> {
    let end = line.find(|c: char| !c.is_alphanumeric() && !"_-./\"'".contains(c))?;
    let (key, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let value = rest.strip_prefix(':').filter(|rest| rest.is_empty() || rest.starts_with(' '));
    let value = value.or_else(|| rest.strip_prefix('='))?.trim();
    Some((key, value)).filter(|_| !key.is_empty())
}

/// A scalar without its quotes, or without the comment that follows it.
fn plain(text: &str) -> &str {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inside) = text.strip_prefix(quote).and_then(|rest| rest.split(quote).next()) {
            return inside;
        }
    }
    text.split(" #").next().unwrap_or(text).trim_end()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::helm::chart::objects;

    fn leaves(value: &Value) -> Vec<String> {
        let object = objects(None, &value.to_string()).expect("an object").remove(0);
        object.leaves().iter().map(|leaf| format!("{}={}", leaf.path.join("/"), leaf.text)).collect()
    }

    #[test]
    fn documents_inside_of_objects_are_read() {
        let found = leaves(&json!({"kind": "ConfigMap", "data": {
            "config": "artifactRepository:\n  s3: {bucket: ours}\nexecutor:\n  env:\n    - name: AWS_PROFILE\n      value: x\n",
            "one": "plain",
        }}));
        for leaf in [
            "data/config/artifactRepository/s3/bucket=ours",
            "data/config/executor/env/AWS_PROFILE/value=x",
            "data/one=plain",
        ] {
            assert!(found.contains(&leaf.to_owned()), "{leaf}: {found:?}");
        }
        // Base64 of `bucket: ours` and a second line.
        let found =
            leaves(&json!({"kind": "Secret", "data": {"c": "YnVja2V0OiBvdXJzCmE6IGIK"}, "stringData": {"d": "e"}}));
        assert_eq!(found, ["kind=Secret", "data/c/bucket=ours", "data/c/a=b", "stringData/d=e"]);
    }

    #[test]
    fn what_is_no_yaml_is_read_by_lines() {
        let text = "production:\n  <% if true %>\n  objects:\n    lfs:\n      bucket: \"ours\" # one\n    other:\n      list: {a: b}\n  <% end %>\n  env:\n  - name: X\n    value: y\n  last: z\n";
        let found = leaves(&json!({"kind": "ConfigMap", "data": {"gitlab.yml.erb": text}}));
        for leaf in ["objects/lfs/bucket=ours", "objects/other/list/a=b", "env/X/value=y", "last=z"] {
            let leaf = format!("data/gitlab.yml.erb/production/{leaf}");
            assert!(found.contains(&leaf), "{leaf}: {found:?}");
        }
        let ini = "[default]\naccess_key = x\nhost_base = s3.example.com\n  # no entry\n";
        let found = leaves(&json!({"kind": "ConfigMap", "data": {".s3cfg": ini}}));
        assert!(found.contains(&"data/.s3cfg/default/host_base=s3.example.com".to_owned()), "{found:?}");
    }
}
