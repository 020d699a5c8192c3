//! Long commands on several lines.

/// A line that is longer is wrapped.
const WIDTH: usize = 100;
/// What the following lines begin with.
const INDENT: &str = "    ";

/// A command whose lines are no longer than they should be: each but the last ends in `\`. Comments stay as they are.
///
/// Source: POSIX.1-2024, Shell Command Language, 2.2.1 "Escape Character (Backslash)".
pub fn wrapped(line: &str) -> String {
    if line.chars().count() <= WIDTH || line.starts_with('#') || line.contains('\n') {
        return line.to_owned();
    }
    let mut lines: Vec<String> = Vec::new();
    let mut now = String::new();
    for piece in pieces(line) {
        // The blank and the backslash count too.
        if !now.trim().is_empty() && now.chars().count() + 1 + piece.chars().count() + 2 > WIDTH {
            lines.push(std::mem::replace(&mut now, INDENT.to_owned()));
        }
        if !now.is_empty() && now != INDENT {
            now.push(' ');
        }
        now.push_str(piece);
    }
    lines.push(now);
    lines.join(" \\\n")
}

/// The pieces between which a line may be broken: an option with its argument, what a `|` or `&&` begins.
fn pieces(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut quote, mut depth, mut start) = (None, 0_usize, 0);
    let mut characters = line.char_indices().peekable();
    while let Some((at, one)) = characters.next() {
        match (one, quote) {
            ('\\', None | Some('"')) => drop(characters.next()),
            ('\'' | '"', None) => quote = Some(one),
            ('\'' | '"', Some(open)) if open == one => quote = None,
            ('(', None | Some('"')) => depth += 1,
            (')', None | Some('"')) => depth = depth.saturating_sub(1),
            (' ', None) if depth == 0 => {
                let rest = line[at..].trim_start();
                if ["-", "| ", "&& ", "> "].iter().any(|sign| rest.starts_with(sign)) {
                    pieces.push(line[start..at].trim());
                    start = at;
                }
            }
            _ => {}
        }
    }
    pieces.push(line[start..].trim());
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_go_on_behind_a_backslash() {
        assert_eq!(wrapped("helm list -A"), "helm list -A");
        let long = format!("helm upgrade --install gitlab gitlab/gitlab --version 9.9.1 -f {}", "a".repeat(60));
        let text = wrapped(&long);
        assert_eq!(
            text,
            format!("helm upgrade --install gitlab gitlab/gitlab --version 9.9.1 \\\n    -f {}", "a".repeat(60))
        );
        assert_eq!(text.replace(" \\\n    ", " "), long, "the shell reads the same");
        let comment = format!("# {}", "word -f ".repeat(30));
        assert_eq!(wrapped(&comment), comment);
    }

    #[test]
    fn nothing_is_broken_inside_quotes_or_parentheses() {
        for whole in [
            format!("'{}'", "a -f b ".repeat(30)),
            format!("\"$(kubectl get {} | base64 -d)\"", "--output x ".repeat(20)),
            format!("<(sops --decrypt {})", "-a ".repeat(40)),
        ] {
            let text = wrapped(&format!("helm template --version 1 {whole} -f x"));
            assert!(text.contains(&whole), "{text}");
        }
    }
}
