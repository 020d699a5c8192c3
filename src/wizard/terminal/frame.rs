//! What is on the screen while a question is open: a few rows that are drawn again after each key, and vanish with the answer.

use console::measure_text_width;

use crate::wizard::text::first_sentence;

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Bold,
    Dim,
    Mark,
    Good,
    Bad,
}

/// One row: pieces, each with its tone.
pub(super) type Row = Vec<(Tone, String)>;

/// What is drawn, and where the cursor stands: row and column. Without a cursor it is hidden.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    pub(super) rows: Vec<Row>,
    pub(super) cursor: Option<(usize, usize)>,
}

/// The room that there is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Room {
    /// No terminal that is in use is smaller; what does not fit then is cut off by the terminal.
    pub(super) fn new(rows: usize, columns: usize) -> Self {
        Self { width: columns.clamp(20, 100), height: rows.clamp(8, 60) }
    }
}

/// The width of a row on the screen.
pub(super) fn width_of(row: &Row) -> usize {
    row.iter().map(|(_, text)| measure_text_width(text)).sum()
}

/// A text in one tone, on as many rows as it takes; no word is lost, however long it is.
pub(super) fn rows(tone: Tone, indent: usize, text: &str, room: Room) -> Vec<Row> {
    let pad = " ".repeat(indent);
    // Names have hyphens: they are cut only where they are wider than the room.
    let options = textwrap::Options::new(room.width.saturating_sub(1))
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .initial_indent(&pad)
        .subsequent_indent(&pad);
    text.lines()
        .flat_map(|line| {
            let inner = line.len() - line.trim_start().len();
            let deeper = " ".repeat(indent + inner);
            let options = options.clone().subsequent_indent(&deeper);
            textwrap::wrap(line, options).into_iter().map(|line| vec![(tone, line.into_owned())]).collect::<Vec<_>>()
        })
        .collect()
}

/// A text on a few rows at most; what is left out is marked.
pub(super) fn short(tone: Tone, indent: usize, text: &str, room: Room, most: usize) -> Vec<Row> {
    let mut all = rows(tone, indent, text, room);
    if all.len() > most {
        all.truncate(most);
        if let Some((_, last)) = all.last_mut().and_then(|row| row.last_mut()) {
            let fits = room.width.saturating_sub(5);
            *last = format!("{} …", console::truncate_str(last, fits, ""));
        }
    }
    all
}

/// The one line of help below a question.
pub(super) fn help(why: &str, room: Room) -> Vec<Row> {
    if why.is_empty() { Vec::new() } else { short(Tone::Dim, 2, first_sentence(why), room, 1) }
}

/// The last row: which keys do what.
pub(super) fn foot(text: &str, room: Room) -> Row {
    let fits = room.width.saturating_sub(3);
    vec![(Tone::Dim, format!("  {}", console::truncate_str(text, fits, "…")))]
}

/// The page of a long text that begins at a row, and whether it is the last.
pub(super) fn page(text: &str, from: usize, room: Room) -> (Frame, bool) {
    let all = rows(Tone::Plain, 2, text, room);
    let fits = room.height.saturating_sub(3).max(1);
    let last = from + fits >= all.len();
    let mut shown: Vec<Row> = all.into_iter().skip(from).take(fits).collect();
    let hint = if last { "Any key closes this." } else { "Any key shows more." };
    shown.push(vec![(Tone::Dim, format!("  {hint}"))]);
    (Frame { rows: shown, cursor: None }, last)
}

/// How many rows one page of a long text holds.
pub(super) fn page_rows(room: Room) -> usize {
    room.height.saturating_sub(3).max(1)
}

/// The part of a list that fits, so that the one at `at` is in it: from and to. `heights` are the rows of each.
pub(super) fn window(heights: &[usize], at: usize, fits: usize) -> (usize, usize) {
    let (mut from, mut to) = (at, (at + 1).min(heights.len()));
    let mut used = heights.get(at).copied().unwrap_or_default();
    loop {
        let above = from.checked_sub(1).map(|above| heights[above]).filter(|height| used + height <= fits);
        if let Some(height) = above {
            (from, used) = (from - 1, used + height);
        }
        let below = heights.get(to).copied().filter(|height| used + height <= fits);
        if let Some(height) = below {
            (to, used) = (to + 1, used + height);
        }
        if above.is_none() && below.is_none() {
            return (from, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_what_is_marked_and_fits() {
        let heights = [1, 2, 1, 1, 3, 1, 1];
        for at in 0..heights.len() {
            for fits in 3..12 {
                let (from, to) = window(&heights, at, fits);
                assert!(from <= at && at < to, "{at} {fits}");
                assert!(heights[from..to].iter().sum::<usize>() <= fits, "{at} {fits}");
            }
        }
        assert_eq!(window(&heights, 0, 100), (0, 7));
    }

    #[test]
    fn nothing_is_wider_than_the_room() {
        let room = Room::new(20, 60);
        let name = "a".repeat(150);
        for text in [name.as_str(), "漢字".repeat(60).as_str(), "שלום עולם ".repeat(20).as_str()] {
            let rows = rows(Tone::Plain, 4, text, room);
            assert!(rows.iter().all(|row| width_of(row) < 60), "{rows:?}");
            let whole: String = rows.iter().flatten().map(|(_, text)| text.trim()).collect();
            assert_eq!(whole.replace(' ', ""), text.replace(' ', ""), "no letter is lost");
        }
    }
}
