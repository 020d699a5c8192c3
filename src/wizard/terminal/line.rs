//! A line that is typed: letters, a place in it, and what the usual keys do.

use console::{Key, measure_text_width};

/// A line that is typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    letters: Vec<char>,
    at: usize,
}

impl Line {
    pub(super) fn text(&self) -> String {
        self.letters.iter().collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    pub(super) fn set(&mut self, text: &str) {
        self.letters = text.chars().collect();
        self.at = self.letters.len();
    }

    /// Does what the key means; whether the text is another now.
    pub(super) fn key(&mut self, key: &Key) -> bool {
        match key {
            Key::ArrowLeft => self.at = self.at.saturating_sub(1),
            Key::ArrowRight => self.at = (self.at + 1).min(self.letters.len()),
            Key::Home => self.at = 0,
            Key::End => self.at = self.letters.len(),
            Key::Backspace if self.at > 0 => {
                self.at -= 1;
                self.letters.remove(self.at);
                return true;
            }
            Key::Del if self.at < self.letters.len() => {
                self.letters.remove(self.at);
                return true;
            }
            // Control-U.
            Key::Char('\u{15}') => {
                self.set("");
                return true;
            }
            Key::Char(letter) if !letter.is_control() => {
                self.letters.insert(self.at, *letter);
                self.at += 1;
                return true;
            }
            _ => {}
        }
        false
    }

    /// What of the line fits into some columns, and the column of the cursor in it.
    pub(super) fn view(&self, columns: usize) -> (String, usize) {
        let width = |letters: &[char]| measure_text_width(&letters.iter().collect::<String>());
        let mut from = 0;
        while from < self.at && width(&self.letters[from..self.at]) > columns.saturating_sub(1) {
            from += 1;
        }
        let mut to = self.letters.len();
        while to > self.at && width(&self.letters[from..to]) > columns {
            to -= 1;
        }
        (self.letters[from..to].iter().collect(), width(&self.letters[from..self.at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[Key]) -> Line {
        let mut line = Line::default();
        for key in keys {
            line.key(key);
        }
        line
    }

    #[test]
    fn keys_edit_the_line() {
        let keys = [
            Key::Char('a'),
            Key::Char('c'),
            Key::ArrowLeft,
            Key::Char('b'),
            Key::End,
            Key::Char('x'),
            Key::Backspace,
            Key::Home,
            Key::Del,
        ];
        assert_eq!(typed(&keys).text(), "bc");
        assert_eq!(typed(&[Key::Char('a'), Key::Char('\u{15}')]).text(), "");
    }

    #[test]
    fn wide_letters_take_two_columns_and_the_cursor_stays_in_view() {
        let mut line = Line::default();
        line.set(&"漢".repeat(30));
        let (shown, cursor) = line.view(20);
        assert!(measure_text_width(&shown) <= 20 && cursor < 20, "{shown} {cursor}");
        line.key(&Key::Home);
        let (shown, cursor) = line.view(20);
        assert!(measure_text_width(&shown) <= 20 && cursor == 0, "{shown} {cursor}");
    }
}
