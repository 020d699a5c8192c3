//! Writing YAML that no reader can take for something else: every string, key or value, is in double quotes unless
//! it is a plain key, because Helm reads `no`, `1e10` and `012` by the rules of YAML 1.1.
//!
//! The scalars, where the traps are, are written by the YAML library; the block structure around them is ours, because the
//! library puts a comment between a key and its value.

use serde_json::Value;
use serde_yaml::DoubleQuoted;
use zeroize::Zeroize;

/// A tree to write: data with comments on its leaves.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A mapping, in the order in which it is written.
    Map(Vec<(String, Node)>),
    /// Data with a comment, which is above its key.
    Leaf(Value, Option<String>),
}

impl Node {
    /// The data without the comments.
    pub fn value(&self) -> Value {
        match self {
            Self::Map(entries) => {
                Value::Object(entries.iter().map(|(key, node)| (key.clone(), node.value())).collect())
            }
            Self::Leaf(value, _) => value.clone(),
        }
    }
}

/// For trees that hold secrets: their texts are wiped, comments are not.
impl Zeroize for Node {
    fn zeroize(&mut self) {
        match self {
            Self::Map(entries) => entries.iter_mut().for_each(|(_, node)| node.zeroize()),
            Self::Leaf(value, _) => wipe(value),
        }
    }
}

/// Wipes the texts of a value; its keys stay.
pub fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(entries) => entries.values_mut().for_each(wipe),
        _ => {}
    }
}

/// Whether a text reads back as a value; both hold secrets, so what was read is wiped.
pub fn reads_back_as(text: &str, meant: &Value) -> bool {
    let Ok(mut found) = super::read_back(text) else { return false };
    let same = found == *meant;
    wipe(&mut found);
    same
}

/// Writes a tree as YAML, ending in a newline.
pub fn write(node: &Node) -> String {
    let mut out = String::new();
    match node {
        Node::Map(entries) if !entries.is_empty() => write_entries(&mut out, entries, 0),
        Node::Map(_) => out.push_str("{}\n"),
        Node::Leaf(value, comment) => {
            write_comment(&mut out, comment.as_deref(), 0);
            if is_block(value) {
                write_block(&mut out, value, 0);
            } else {
                out.push_str(&scalar(value));
                out.push('\n');
            }
        }
    }
    out
}

fn write_entries(out: &mut String, entries: &[(String, Node)], indent: usize) {
    for (name, node) in entries {
        match node {
            Node::Map(inner) if !inner.is_empty() => {
                pad(out, indent);
                out.push_str(&key(name));
                out.push_str(":\n");
                write_entries(out, inner, indent + 2);
            }
            Node::Map(_) => write_pair(out, name, &Value::Object(serde_json::Map::new()), indent),
            Node::Leaf(value, comment) => {
                write_comment(out, comment.as_deref(), indent);
                write_pair(out, name, value, indent);
            }
        }
    }
}

fn write_pair(out: &mut String, name: &str, value: &Value, indent: usize) {
    pad(out, indent);
    out.push_str(&key(name));
    out.push(':');
    if is_block(value) {
        out.push('\n');
        write_block(out, value, indent + 2);
    } else {
        out.push(' ');
        out.push_str(&scalar(value));
        out.push('\n');
    }
}

fn write_block(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(entries) => entries.iter().for_each(|(name, value)| write_pair(out, name, value, indent)),
        Value::Array(items) => {
            for item in items {
                pad(out, indent);
                out.push_str("- ");
                if is_block(item) {
                    // The first line of the item follows the dash; the rest keeps the deeper indent.
                    let mut inner = String::new();
                    write_block(&mut inner, item, indent + 2);
                    out.push_str(inner.trim_start_matches(' '));
                } else {
                    out.push_str(&scalar(item));
                    out.push('\n');
                }
            }
        }
        other => {
            pad(out, indent);
            out.push_str(&scalar(other));
            out.push('\n');
        }
    }
}

/// The column at which comments wrap.
const COMMENT_WIDTH: usize = 120;

fn write_comment(out: &mut String, comment: Option<&str>, indent: usize) {
    let mut column = 0;
    for word in comment.unwrap_or_default().split_whitespace() {
        if column > 0 && column + 1 + word.chars().count() > COMMENT_WIDTH {
            out.push('\n');
            column = 0;
        }
        if column == 0 {
            pad(out, indent);
            out.push('#');
            column = indent + 1;
        }
        out.push(' ');
        out.push_str(word);
        column += 1 + word.chars().count();
    }
    if column > 0 {
        out.push('\n');
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Whether a value is written on lines of its own.
fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(entries) => !entries.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    // Writing a string cannot fail: the serializer's errors are about types that a string is not.
    serde_yaml::to_string(&DoubleQuoted(text)).map(|text| text.trim_end_matches('\n').to_owned()).unwrap_or_default()
}

fn key(name: &str) -> String {
    // Words that YAML 1.1 reads as booleans or null are made of plain letters, so they are quoted by name.
    const WORDS: [&str; 10] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan"];
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
        && !WORDS.contains(&name.to_ascii_lowercase().as_str());
    if plain { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::yaml::read_back;

    fn leaf(value: Value) -> Node {
        Node::Leaf(value, None)
    }

    #[test]
    fn strings_are_double_quoted_and_the_rest_is_bare() {
        let node = Node::Map(vec![
            ("a".into(), leaf(json!("no"))),
            ("on".into(), leaf(json!(true))),
            ("eks.amazonaws.com/role-arn".into(), leaf(json!("arn:aws:iam::012345678901:role/x"))),
            ("n".into(), leaf(json!(3))),
            ("list".into(), leaf(json!(["y", {"k": "1e10", "m": ["x", []]}, [["deep"]]]))),
            ("none".into(), leaf(Value::Null)),
            ("empty".into(), leaf(json!({}))),
        ]);
        let text = write(&node);
        let expected = "a: \"no\"\n\"on\": true\neks.amazonaws.com/role-arn: \"arn:aws:iam::012345678901:role/x\"\n\"n\": 3\n\
                        list:\n  - \"y\"\n  - k: \"1e10\"\n    m:\n      - \"x\"\n      - []\n  - - - \"deep\"\nnone: null\nempty: {}\n";
        assert_eq!(text, expected);
        assert_eq!(read_back(&text), Ok(node.value()));
    }

    #[test]
    fn comments_stand_above_their_key() {
        let inner = Node::Map(vec![("b".into(), Node::Leaf(json!("x"), Some("why b".into())))]);
        assert_eq!(write(&Node::Map(vec![("a".into(), inner)])), "a:\n  # why b\n  b: \"x\"\n");
    }

    #[test]
    fn long_and_odd_strings_survive() {
        let odd = [
            "a".repeat(500) + " b",
            "l\nb\tt \"q\" \\ ".into(),
            "ünï \u{1f600} \u{7f} \u{85} \u{2028}".into(),
            " ".into(),
        ];
        for text in odd {
            let node = Node::Map(vec![("k".into(), leaf(json!(text)))]);
            let written = write(&node);
            assert_eq!(written.lines().count(), 1, "{written}");
            assert_eq!(read_back(&written), Ok(node.value()));
        }
    }
}
