//! Where the tables and keys of a TOML text are, byte for byte, when the text may also be a Go template.
//!
//! Source: TOML v1.0.0; Go, text/template (Actions); GitLab Runner chart, templates/_helpers.tpl (`tpl .Values.runners.config`).

use std::ops::Range;

/// A header, a key with its value, or whole lines of something else.
#[derive(Debug)]
pub(super) struct Piece {
    /// The number of the `[[runners]]` that it belongs to; 0 before the first.
    pub(super) runner: usize,
    /// Its full path; of lines that have none, that of the table they are in.
    pub(super) path: Vec<String>,
    /// What it is.
    pub(super) kind: Kind,
    /// Its lines.
    pub(super) lines: Range<usize>,
}

/// What a piece is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The header of a table.
    Header,
    /// A key, with the place of its value.
    Value(Range<usize>),
    /// A template that decides or names something, and writes nothing.
    Control,
    /// A template that writes something.
    Output,
    /// A comment, or nothing.
    Blank,
}

/// The pieces of a text.
///
/// # Errors
/// The number of the first line that cannot be read.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, usize> {
    let reader = Reader { text };
    let (mut pieces, mut at) = (Vec::new(), 0);
    let (mut table, mut runner) = (Vec::new(), 0);
    while at < text.len() {
        let start = reader.blanks(at);
        let read = reader.piece(start, &table);
        let (kind, path, end) = read.ok_or_else(|| text[..start].matches('\n').count() + 1)?;
        if kind == Kind::Header {
            runner += usize::from(text[start..].starts_with("[[") && path == ["runners"]);
            table.clone_from(&path);
        }
        pieces.push(Piece { runner, path, kind, lines: at..end });
        at = end;
    }
    Ok(pieces)
}

/// The keys of an inline table with the places of their values; none for any other value.
pub(super) fn inline(text: &str, value: Range<usize>) -> Vec<(Vec<String>, Range<usize>)> {
    let reader = Reader { text: &text[..value.end] };
    let mut found = Vec::new();
    if !reader.text[value.start..].starts_with('{') || reader.text[value.start..].starts_with("{{") {
        return found;
    }
    let mut at = value.start + 1;
    while let Some((path, equals)) = reader.keys(at) {
        if !reader.text[equals..].starts_with('=') {
            break;
        }
        let start = reader.blanks(equals + 1);
        let Some(end) = reader.value(start, b",}\n") else { break };
        found.push((path, start..end));
        at = end + 1;
    }
    found
}

/// The end of a template's action that begins at a place.
pub(super) fn action(text: &str, at: usize) -> Option<usize> {
    let begin = at + 2;
    let inner = text[begin..].trim_start_matches('-').trim_start();
    if inner.starts_with("/*") {
        let end = begin + text[begin..].find("*/")?;
        return Some(end + text[end..].find("}}")? + 2);
    }
    let (bytes, mut at) = (text.as_bytes(), begin);
    while at < bytes.len() {
        match bytes[at] {
            b'}' if text[at..].starts_with("}}") => return Some(at + 2),
            quote @ (b'"' | b'`' | b'\'') => {
                at += 1;
                while *bytes.get(at)? != quote {
                    at += if bytes[at] == b'\\' && quote != b'`' { 2 } else { 1 };
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    None
}

/// The first word of an action.
pub(super) fn keyword(action: &str) -> &str {
    let inner = action.trim_start_matches(['{', '-']).trim_start();
    inner.split(|c: char| !(c.is_ascii_alphanumeric() || c == '$' || c == '/' || c == '*')).next().unwrap_or_default()
}

struct Reader<'t> {
    text: &'t str,
}

impl Reader<'_> {
    fn blanks(&self, at: usize) -> usize {
        at + self.text[at..].bytes().take_while(|byte| b" \t".contains(byte)).count()
    }

    /// The end of a line on which nothing but a comment follows.
    fn line_end(&self, at: usize) -> Option<usize> {
        let rest = &self.text[self.blanks(at)..];
        let rest_at = self.text.len() - rest.len();
        let end = rest.find('\n').map_or(self.text.len(), |end| rest_at + end + 1);
        (rest.trim_start_matches('\r').starts_with(['\n', '#']) || rest.trim().is_empty()).then_some(end)
    }

    fn piece(&self, start: usize, table: &[String]) -> Option<(Kind, Vec<String>, usize)> {
        let rest = &self.text[start..];
        if let Some(end) = self.line_end(start) {
            return Some((Kind::Blank, table.to_vec(), end));
        }
        if rest.starts_with("{{") {
            let (kind, end) = self.template(start)?;
            return Some((kind, table.to_vec(), end));
        }
        if rest.starts_with('[') {
            let close = if rest.starts_with("[[") { "]]" } else { "]" };
            let (path, end) = self.keys(start + close.len())?;
            let after = self.text[end..].starts_with(close).then_some(end + close.len())?;
            return Some((Kind::Header, path, self.line_end(after)?));
        }
        let (path, equals) = self.keys(start)?;
        let value = self.text[equals..].starts_with('=').then(|| self.blanks(equals + 1))?;
        let end = self.value(value, b"\n")?;
        let written = value..value + self.text[value..end].trim_end().len();
        Some((Kind::Value(written), [table, &path].concat(), self.line_end(end)?))
    }

    /// A line of actions alone.
    fn template(&self, start: usize) -> Option<(Kind, usize)> {
        const SILENT: [&str; 7] = ["if", "else", "end", "range", "with", "define", "block"];
        let (mut kind, mut at) = (Kind::Control, start);
        while self.text[at..].starts_with("{{") {
            let end = action(self.text, at)?;
            let word = keyword(&self.text[at..end]);
            let names = word.starts_with('$') && self.text[at..end].contains('=');
            if !(SILENT.contains(&word) || names || word.starts_with("/*")) {
                kind = Kind::Output;
            }
            at = self.blanks(end);
        }
        Some((kind, self.line_end(at)?))
    }

    /// Keys joined by dots, and where they end.
    fn keys(&self, start: usize) -> Option<(Vec<String>, usize)> {
        let (mut keys, mut at) = (Vec::new(), self.blanks(start));
        loop {
            let rest = &self.text[at..];
            let (key, length) = match rest.chars().next()? {
                quote @ ('"' | '\'') => {
                    let key = rest[1..].split(quote).next().filter(|key| !key.contains(['\\', '\n', '{']))?;
                    (key, key.len() + 2)
                }
                _ => {
                    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))?;
                    (&rest[..end], end)
                }
            };
            if length == 0 || at + length > self.text.len() {
                return None;
            }
            keys.push(key.to_owned());
            at = self.blanks(at + length);
            if !self.text[at..].starts_with('.') {
                return Some((keys, at));
            }
            at = self.blanks(at + 1);
        }
    }

    /// Where a value ends: at one of these bytes outside of it, or at a comment.
    fn value(&self, start: usize, ends: &[u8]) -> Option<usize> {
        let (bytes, mut at, mut depth) = (self.text.as_bytes(), start, 0usize);
        while at < bytes.len() {
            let byte = bytes[at];
            if depth == 0 && (ends.contains(&byte) || byte == b'#') {
                return Some(at);
            }
            match byte {
                b'{' if self.text[at..].starts_with("{{") => at = action(self.text, at)?,
                b'"' | b'\'' => at = self.quoted(at)?,
                b'#' => at += self.text[at..].find('\n')?,
                b'[' | b'{' => (at, depth) = (at + 1, depth + 1),
                b']' | b'}' => (at, depth) = (at + 1, depth.checked_sub(1)?),
                _ => at += 1,
            }
        }
        (depth == 0).then_some(at)
    }

    /// Where a text in quotes ends; a template inside may have quotes of its own.
    fn quoted(&self, start: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let quote = &self.text[start..=start];
        let three = quote.repeat(3);
        let close = if self.text[start..].starts_with(&three) { three.as_str() } else { quote };
        let mut at = start + close.len();
        while at < bytes.len() {
            if self.text.get(at..).is_some_and(|rest| rest.starts_with("{{")) {
                at = action(self.text, at)?;
            } else if self.text.get(at..).is_some_and(|rest| rest.starts_with(close)) {
                return Some(at + close.len());
            } else if bytes[at] == b'\n' && close.len() == 1 {
                return None;
            } else {
                at += if bytes[at] == b'\\' && quote == "\"" { 2 } else { 1 };
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let pieces = pieces(text).expect(text);
        assert_eq!(pieces.iter().map(|one| &text[one.lines.clone()]).collect::<String>(), text);
        let told = |one: &&Piece| matches!(one.kind, Kind::Header | Kind::Value(_) | Kind::Output);
        pieces.iter().filter(told).map(|one| format!("{} {}", one.runner, one.path.join("."))).collect()
    }

    #[test]
    fn every_piece_has_its_path() {
        let text = "concurrent = 3\n[[runners]] # one\n  name = \"{{ .Values.x | default \"[a]\" }}\"\n  {{- if .Values.y }}\n  [runners.cache]\n    Type = 's3'\r\n\n  [runners.\"cache\".s3]\n    ServerAddress = {{ include \"a}}b\" . }}\n  {{- end }}\n[[runners]]\n  pre = \"\"\"\n[runners.cache]\n\"\"\"\n  list = [\n    \"[x]\", # ]\n  ]\n  cache.Type = \"gcs\"\n  {{ include \"more\" . }}\n";
        assert_eq!(
            paths(text),
            [
                "0 concurrent",
                "1 runners",
                "1 runners.name",
                "1 runners.cache",
                "1 runners.cache.Type",
                "1 runners.cache.s3",
                "1 runners.cache.s3.ServerAddress",
                "2 runners",
                "2 runners.pre",
                "2 runners.list",
                "2 runners.cache.Type",
                "2 runners",
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_told_by_its_line() {
        for (text, line) in [
            ("a = 1\n{{ .Values.key }} = 1\n", 2),
            ("[a\n", 1),
            ("a = \"x\n", 1),
            ("a = [1\n", 1),
            ("\n\nwords\n", 3),
            ("{{ if x }}[runners.cache]{{ end }}\n", 1),
            ("a = {{ .x\n", 1),
        ] {
            assert_eq!(pieces(text).map(|_| ()), Err(line), "{text}");
        }
    }

    #[test]
    fn inline_tables_have_keys() {
        let text = "cache = { Type = \"s3\", s3 = { ServerAddress = \"a,b\", Insecure = true } }";
        let found = inline(text, 8..text.len());
        assert_eq!(found.iter().map(|(path, _)| path.join(".")).collect::<Vec<_>>(), ["Type", "s3"]);
        let below = inline(text, found[1].1.clone());
        assert_eq!(&text[below[0].1.clone()], "\"a,b\"");
        assert!(inline("a = {{ .x }}", 4..12).is_empty());
    }
}
