//! What is printed obeys nobody: a spec, a chart or a cloud's answer may hold what a terminal or a CI service takes for orders.

use serde_json::Value;

use crate::base::error::{ORDERS, is_hidden, visible, without_orders};

/// A text for people: our own colours stay, everything else that would be obeyed is shown as an escape.
pub(super) fn clean(text: &str, colour: bool) -> String {
    // A file of Windows' ends its lines so; there is nothing to obey in it.
    let text = text.replace("\r\n", "\n");
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\u{1b}') {
        shown.push_str(&visible(&rest[..at]));
        rest = &rest[at..];
        let own = if colour { style(rest) } else { None };
        let (keep, length) = own.map_or((false, 1), |length| (true, length));
        shown.push_str(&if keep { rest[..length].to_owned() } else { visible(&rest[..length]) });
        rest = &rest[length..];
    }
    shown.push_str(&visible(rest));
    without_orders(shown)
}

/// The length of a style that a text begins with: a colour or a weight, as ours are. One that hides or blinks is none.
fn style(text: &str) -> Option<usize> {
    let body = text.strip_prefix("\u{1b}[")?;
    let end = body.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
    let parts: Vec<&str> = body[..end].split(';').collect();
    let ours = body[end..].starts_with('m')
        && parts
            .iter()
            .all(|part| !matches!(part.trim_start_matches('0'), "5" | "6" | "7" | "8" | "28") || parts[0] == "38");
    ours.then_some(2 + end + 1)
}

/// A value as JSON in which nothing is obeyed either: what is hidden stands as an escape of JSON's own.
pub fn json_text(value: &Value) -> String {
    // What looks like an order can only be in a text: JSON itself has no `#`.
    let text = format!("{value:#}");
    let text = ORDERS.iter().fold(text, |text, order| text.replace(order, &order.replacen('#', r"\u0023", 1)));
    let hidden = |c: char| is_hidden(c) && c != '\n';
    if !text.chars().any(hidden) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut units = [0; 2];
    for c in text.chars() {
        if hidden(c) {
            c.encode_utf16(&mut units).iter().for_each(|unit| shown.push_str(&format!("\\u{unit:04x}")));
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn our_colours_stay_and_nothing_else() {
        let own = "\u{1b}[31;1mred\u{1b}[0m";
        assert_eq!(clean(own, true), own);
        assert_eq!(clean("\u{1b}[38;5;8mgrey\u{1b}[39m", true), "\u{1b}[38;5;8mgrey\u{1b}[39m");
        assert_eq!(clean(own, false), r"\u{1b}[31;1mred\u{1b}[0m");
        for (bad, shown) in [
            ("\u{1b}[2Jx", r"\u{1b}[2Jx"),
            ("\u{1b}[8mhidden", r"\u{1b}[8mhidden"),
            ("\u{1b}]0;title\u{7}", r"\u{1b}]0;title\u{7}"),
            ("\u{1b}[1;1Hx", r"\u{1b}[1;1Hx"),
            ("a\rb\u{8}\u{9b}2J", r"a\u{d}b\u{8}\u{9b}2J"),
            ("\u{1b}", r"\u{1b}"),
            ("\u{1b}[", r"\u{1b}["),
        ] {
            assert_eq!(clean(bad, true), shown);
        }
    }

    #[test]
    fn no_line_is_an_order() {
        assert_eq!(clean("a\n  ::error::x\nb::c", false), "a\n  \\u{3a}:error::x\nb::c");
        assert_eq!(clean("x ##[group]y ##vso[task]z # a", false), r"x \u{23}#[group]y \u{23}#vso[task]z # a");
    }

    #[test]
    fn json_stays_what_it_is() {
        let value = json!({"b": "##[error]x ##vso[y", "a": "\u{9b}\u{202e}\u{e0041}\u{7f}ä\n"});
        let text = json_text(&value);
        assert!(!text.chars().any(is_hidden) && !text.contains("##"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
    }
}
