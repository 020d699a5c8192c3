//! What templates mention of the values, roughly: the paths, how each is used, and every word.
//!
//! Source: Helm, "Values Files" and "Flow Control"; Go, text/template: `with` and `range` move the dot.

use std::collections::BTreeSet;

/// How a path is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// Only looked at, or looked into.
    Closed,
    /// Handed on, so that others may look into it.
    Passed,
    /// Written out or gone through, whatever is in it.
    Free,
    /// Looked into by a name that is computed: any key may stand there, and only the defaults tell what is below one.
    Computed,
    /// Of a chart that is not there: nothing below is known.
    Absent,
}

/// How deep a path is followed: as deep as a values file may be nested.
const DEEPEST: usize = 64;

/// What a template mentions.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    pub(super) paths: BTreeSet<(Vec<String>, Use)>,
    pub(super) words: BTreeSet<String>,
}

impl Mentions {
    /// Reads a template.
    pub(super) fn of(text: &str) -> Self {
        let mut mentions = Self::default();
        mentions.add(text);
        mentions
    }

    fn add(&mut self, text: &str) {
        // The dot of each open block: a path below the values, or not known to be one.
        let mut dots: Vec<Option<Vec<String>>> = Vec::new();
        for part in text.split("{{").skip(1) {
            let action = part.split("}}").next().unwrap_or_default().trim_matches(['-', ' ', '\n', '\t']);
            if action.starts_with("/*") {
                continue;
            }
            let (first, rest) = action.split_once(char::is_whitespace).unwrap_or((action, ""));
            let dot = dots.last().cloned().flatten();
            let found = self.action(action, dot.as_deref(), how(action, first));
            match first {
                "end" => drop(dots.pop()),
                "if" => dots.push(dot),
                "with" => dots.push(found.filter(|_| !rest.trim_start().starts_with('('))),
                "range" | "define" | "block" => dots.push(None),
                _ => {}
            }
        }
    }

    /// Takes one action apart; gives the first path in it.
    fn action(&mut self, action: &str, dot: Option<&[String]>, how: Use) -> Option<Vec<String>> {
        let mut first = None;
        let mut last: Option<Vec<String>> = None;
        let looks_up = action.contains("index ") || action.contains("get ");
        for token in tokens(action) {
            if let Some(literal) = token.strip_prefix('"') {
                self.words.insert(literal.to_owned());
                // `index .Values "a" "b"`, `get .Values.a "b"`, `hasKey .Values "a"`
                if let Some(path) = last.as_mut().filter(|path| path.len() < DEEPEST) {
                    path.push(literal.to_owned());
                    self.paths.insert((path.clone(), how));
                }
                continue;
            }
            let segments: Vec<String> =
                token.split('.').skip(1).filter(|word| !word.is_empty()).map(str::to_owned).collect();
            self.words.extend(segments.iter().cloned());
            let before = last.take();
            last = match (segments.iter().position(|word| word == "Values"), dot) {
                (Some(at), _) => Some(segments[at + 1..].to_vec()),
                (None, Some(dot)) if token.starts_with('.') => Some([dot, &segments].concat()),
                _ => None,
            };
            // What is deeper than any values file may be is looked into, whatever its name.
            let deep = last.as_mut().filter(|path| path.len() > DEEPEST);
            let how = if deep.is_some() { Use::Free } else { how };
            if let Some(path) = deep {
                path.truncate(DEEPEST);
            }
            // `index .Values.a $name`: any key may be meant.
            let computed = last.is_none() && looks_up;
            self.paths.extend(before.filter(|_| computed).map(|path| (path, Use::Computed)));
            if let Some(path) = &last {
                self.paths.insert((path.clone(), how));
                first.get_or_insert_with(|| path.clone());
            }
        }
        first
    }
}

fn how(action: &str, first: &str) -> Use {
    const WRITES: [&str; 6] = ["toYaml", "toJson", "toPrettyJson", "toToml", "tpl", "merge"];
    let writes = WRITES.iter().any(|word| action.contains(word));
    match first {
        "if" | "else" => Use::Closed,
        "with" if !writes => Use::Closed,
        "range" => Use::Free,
        _ if writes => Use::Free,
        _ => Use::Passed,
    }
}

/// The chains of names that hold a dot, variables, and the string literals, which keep their first quote.
fn tokens(action: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = action;
    while let Some(start) = rest.find(['.', '$', '"', '`']) {
        rest = &rest[start..];
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '`')) {
            let literal = rest[1..].split(quote).next().unwrap_or_default();
            tokens.push(format!("\"{literal}"));
            rest = rest.get(literal.len() + 2..).unwrap_or_default();
        } else {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "._$".contains(c))).unwrap_or(rest.len());
            if rest[..end].contains('.') || end > 1 {
                tokens.push(rest[..end].to_owned());
            }
            rest = &rest[end..];
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<(String, Use)> {
        Mentions::of(text).paths.into_iter().map(|(path, how)| (path.join("."), how)).collect()
    }

    #[test]
    fn a_path_without_end_has_one() {
        let found = paths(&format!("{{{{ .Values{} }}}}", ".a".repeat(20_000)));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].0.split('.').count(), found[0].1), (DEEPEST, Use::Free));
        let found = paths(&format!("{{{{ index .Values{} }}}}", " \"a\"".repeat(20_000)));
        assert!(found.iter().all(|(path, _)| path.split('.').count() <= DEEPEST));
        let nested = "{{ with .Values.a }}".repeat(20_000);
        assert!(!paths(&nested.replace(".Values.a", ".a").replacen(".a", ".Values.a", 1)).is_empty());
    }

    #[test]
    fn what_is_computed_or_merged_is_free() {
        let found = paths("{{ range $one := list \"a\" \"b\" }}{{ index $.Values.redis $one }}{{ end }}");
        assert!(found.contains(&("redis".to_owned(), Use::Computed)), "{found:?}");
        let found = paths("{{ with (merge .Values.image .Values.global.image) }}{{ .tag }}{{ end }}");
        assert!(found.contains(&("image".to_owned(), Use::Free)), "{found:?}");
    }

    #[test]
    fn chains_index_and_blocks() {
        assert_eq!(paths("{{ if $.Values.a.b }}"), [("a.b".to_owned(), Use::Closed)]);
        assert_eq!(paths("{{- toYaml .Values.a | nindent 2 }}"), [("a".to_owned(), Use::Free)]);
        assert!(paths("{{ (index .Values \"x-y\" \"z\").w }}").contains(&("x-y.z".to_owned(), Use::Passed)));
        let found = paths("{{ with .Values.s3 }}{{ .bucket }}{{ end }}{{ .other }}");
        assert_eq!(found, [("s3".to_owned(), Use::Closed), ("s3.bucket".to_owned(), Use::Passed)]);
        assert!(paths("{{ with .Values.s3 }}{{ toYaml . }}{{ end }}").contains(&("s3".to_owned(), Use::Free)));
    }
}
