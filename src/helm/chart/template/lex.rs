//! The actions of a template, and the words of an action.

/// A word of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// `include`, `if`, `true`.
    Name(String),
    /// `.a`: one step, which belongs to what is before it where no blank is between.
    Field(String),
    /// `.` alone.
    Dot,
    /// `$` or `$x`.
    Variable(String),
    /// A string.
    Text(String),
    /// A number or a character.
    Number,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `|`
    Pipe,
    /// `,`
    Comma,
    /// `:=`
    Declare,
    /// `=`
    Assign,
}

/// A word, and whether a blank is before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spaced {
    pub(super) word: Word,
    pub(super) apart: bool,
}

/// The words of each action, comments left out.
pub(super) fn actions(text: &str) -> Vec<Vec<Spaced>> {
    let mut actions = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        rest = &rest[at + 2..];
        let inside = rest.strip_prefix('-').unwrap_or(rest).trim_start();
        if inside.starts_with("/*") {
            let Some(end) = inside.find("*/") else { break };
            rest = &inside[end + 2..];
            rest = rest.find("}}").map_or("", |end| &rest[end + 2..]);
            continue;
        }
        let (words, after) = words(rest);
        actions.push(words);
        rest = after;
    }
    actions
}

/// The words up to `}}`, and what follows it.
fn words(text: &str) -> (Vec<Spaced>, &str) {
    let mut words = Vec::new();
    let mut apart = true;
    let mut rest = text;
    loop {
        let Some(first) = rest.chars().next() else { return (words, rest) };
        if let Some(after) = rest.strip_prefix("}}") {
            return (words, after);
        }
        let (word, length) = match first {
            '"' | '`' | '\'' => quoted(rest, first),
            '.' => match name(&rest[1..]) {
                0 => (Some(Word::Dot), 1),
                length => (Some(Word::Field(rest[1..=length].to_owned())), 1 + length),
            },
            '$' => {
                let length = 1 + name(&rest[1..]);
                (Some(Word::Variable(rest[..length].to_owned())), length)
            }
            '(' => (Some(Word::Open), 1),
            ')' => (Some(Word::Close), 1),
            '|' => (Some(Word::Pipe), 1),
            ',' => (Some(Word::Comma), 1),
            ':' => (Some(Word::Declare), if rest.starts_with(":=") { 2 } else { 1 }),
            '=' => (Some(Word::Assign), 1),
            digit if digit.is_ascii_digit() => (Some(Word::Number), number(rest)),
            sign if "+-".contains(sign) && rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                (Some(Word::Number), 1 + number(&rest[1..]))
            }
            other => match name(rest) {
                0 => (None, other.len_utf8()),
                length => (Some(Word::Name(rest[..length].to_owned())), length),
            },
        };
        let blank = word.is_none();
        words.extend(word.map(|word| Spaced { word, apart }));
        apart = blank;
        rest = &rest[length..];
    }
}

/// The length of a name.
fn name(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len())
}

fn number(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_')).unwrap_or(text.len())
}

/// A string and its length with its quotes.
fn quoted(text: &str, quote: char) -> (Option<Word>, usize) {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            let word = if quote == '\'' { Word::Number } else { Word::Text(value) };
            return (Some(word), at + 1);
        }
        let escaped = c == '\\' && quote != '`';
        value.extend(if escaped { chars.next().map(|(_, next)| next) } else { Some(c) });
    }
    (None, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let word = |one: &Spaced| format!("{}{:?}", if one.apart { " " } else { "" }, one.word);
        actions(text).iter().map(|words| words.iter().map(word).collect::<String>()).collect()
    }

    #[test]
    fn words_know_whether_they_belong_together() {
        assert_eq!(
            shown("a {{- $x := (index .Values \"a }}\").b | default `c\\` -}} d {{/* }} {{ no */}}{{ . }}"),
            [
                " Variable(\"$x\") Declare OpenName(\"index\") Field(\"Values\") Text(\"a }}\")CloseField(\"b\") Pipe Name(\"default\") Text(\"c\\\\\")",
                " Dot"
            ]
        );
        assert_eq!(shown("{{ \"open"), [""]);
        assert_eq!(shown("{{ .a -1 'x' 0x1F }}"), [" Field(\"a\") Number Number Number"]);
        assert_eq!(shown("{{- /* a */ -}}{{é.ü}}"), [" Name(\"é\")Field(\"ü\")"]);
    }
}
