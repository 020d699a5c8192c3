//! JSON with the place of every value, which the JSON library does not keep.

use std::ops::Range;

use serde_json::Value;

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) range: Range<usize>,
    pub(super) data: Data,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Data {
    Text(String),
    List(Vec<Node>),
    /// Keys, which are texts, and values; a key may stand twice.
    Map(Vec<(Node, Node)>),
    /// A number, `true`, `false` or `null`.
    Other,
}

/// Reads a text.
///
/// # Errors
/// The JSON library's, which is the judge of what JSON is.
pub(super) fn read(text: &str) -> Result<(Value, Node), serde_json::Error> {
    let value = serde_json::from_str(text)?;
    Ok((value, Reader { text, at: 0 }.node()))
}

impl Node {
    pub(super) fn text(&self) -> Option<&str> {
        if let Data::Text(text) = &self.data { Some(text) } else { None }
    }

    pub(super) fn entries(&self) -> &[(Node, Node)] {
        if let Data::Map(entries) = &self.data { entries } else { &[] }
    }

    /// The value of a key.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.entries().iter().find(|(key, _)| key.text() == Some(name)).map(|(_, value)| value)
    }

    /// The items of a list; any other value is a list of itself, as IAM has it.
    pub(super) fn items(&self) -> &[Node] {
        if let Data::List(items) = &self.data { items } else { std::slice::from_ref(self) }
    }
}

/// Reads text that is known to be JSON, so nothing is checked twice.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        bytes.get(self.at).copied().unwrap_or_default()
    }

    fn node(&mut self) -> Node {
        let first = self.peek();
        let start = self.at;
        let data = match first {
            b'{' => Data::Map(self.members(b'}', |reader| {
                let key = reader.node();
                reader.peek();
                reader.at += 1;
                (key, reader.node())
            })),
            b'[' => Data::List(self.members(b']', Self::node)),
            b'"' => self.string(),
            _ => {
                let rest = &self.text[start..];
                self.at += rest.find(|c: char| c.is_whitespace() || ",]}".contains(c)).unwrap_or(rest.len());
                Data::Other
            }
        };
        Node { range: start..self.at, data }
    }

    fn members<T>(&mut self, end: u8, one: impl Fn(&mut Self) -> T) -> Vec<T> {
        let mut all = Vec::new();
        self.at += 1;
        while self.at < self.text.len() && self.peek() != end {
            all.push(one(self));
            if self.peek() == b',' {
                self.at += 1;
            }
        }
        self.at = (self.at + 1).min(self.text.len());
        all
    }

    fn string(&mut self) -> Data {
        let (bytes, start) = (self.text.as_bytes(), self.at);
        self.at += 1;
        while self.at < bytes.len() && bytes[self.at] != b'"' {
            self.at += if bytes[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at = (self.at + 1).min(bytes.len());
        Data::Text(serde_json::from_str(&self.text[start..self.at]).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_kept() {
        let text = r#" {"a": ["x", 1.5e3 , "\"é\\"], "a":{}} "#;
        let (_, node) = read(text).expect("JSON");
        let list = node.get("a").expect("a").items();
        assert_eq!(&text[list[2].range.clone()], r#""\"é\\""#);
        assert_eq!(list[2].text(), Some("\"é\\"));
        assert_eq!(&text[list[1].range.clone()], "1.5e3");
        assert_eq!(node.entries().len(), 2);
    }
}
