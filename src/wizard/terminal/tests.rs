//! Lists and fields, key by key, without a terminal.

use console::Key;

use super::Step;
use super::field::Field;
use super::frame::{Frame, Room, width_of};
use super::list::List;
use crate::base::error::Result;
use crate::base::names::Region;
use crate::wizard::{Item, Question};

const ROOMS: [(usize, usize); 2] = [(24, 80), (20, 60)];

fn text(frame: &Frame) -> String {
    let row = |row: &Vec<(super::Tone, String)>| row.iter().map(|(_, text)| text.as_str()).collect::<String>();
    frame.rows.iter().map(row).collect::<Vec<_>>().join("\n")
}

/// Whether a frame fits, with a line to spare for the cursor.
fn fits(frame: &Frame, room: Room) {
    let shown = text(frame);
    assert!(frame.rows.len() < room.height, "{} rows in {room:?}:\n{shown}", frame.rows.len());
    assert!(frame.rows.iter().all(|row| width_of(row) <= room.width), "{room:?}:\n{shown}");
}

fn keys(typed: &str) -> Vec<Key> {
    typed.chars().map(Key::Char).collect()
}

fn press(list: &mut List<'_>, keys: &[Key]) -> Option<Vec<usize>> {
    let room = Room::new(24, 80);
    keys.iter().find_map(|key| match list.key(key, room) {
        Step::Done(chosen) => Some(chosen),
        _ => None,
    })
}

fn charts() -> Vec<Item> {
    vec![
        Item::new("argo", "Argo Workflows").note("Workflows."),
        Item::new("gitlab", "GitLab").recommended(),
        Item::new("gradient", "Gradient (legacy)").note("Legacy: it is gone.").folded(),
        Item::new("ona", "Ona").blocked("It is written for AWS."),
    ]
}

#[test]
fn what_is_rarely_wanted_is_one_line_that_opens() {
    let (question, items) = (Question::new("installs", "Charts", "Each gets buckets."), charts());
    let mut list = List::many(&question, &items, &[], 1);
    let shown = text(&list.view(Room::new(24, 80)));
    assert!(!shown.contains("Gradient") && !shown.contains("Ona") && shown.contains("2 more"), "{shown}");
    assert!(shown.contains("Recommended: GitLab"), "{shown}");
    assert!(press(&mut list, &[Key::ArrowUp, Key::Enter]).is_none());
    let shown = text(&list.view(Room::new(24, 80)));
    assert!(shown.contains("Gradient (legacy)") && shown.contains("Ona (not possible)"), "{shown}");
    // What is not possible says why, and the list stays.
    assert!(press(&mut list, &[Key::End, Key::Char(' ')]).is_none());
    assert!(text(&list.view(Room::new(24, 80))).contains("Ona is not possible: It is written for AWS."));
    assert_eq!(
        press(&mut list, &[Key::Home, Key::Char(' '), Key::ArrowDown, Key::Char(' '), Key::Enter]),
        Some(vec![0, 1])
    );
}

#[test]
fn enter_takes_what_the_cursor_is_on_and_no_key_marks_all() {
    let (question, items) = (Question::new("installs", "Charts", ""), charts());
    let mut list = List::many(&question, &items, &[], 1);
    assert_eq!(press(&mut list, &[Key::ArrowDown, Key::Enter]), Some(vec![1]));
    for key in [Key::Char('a'), Key::ArrowRight, Key::ArrowLeft, Key::Tab, Key::Char('\u{1}')] {
        let mut list = List::many(&question, &items, &[], 0);
        press(&mut list, std::slice::from_ref(&key));
        assert_eq!(press(&mut list, &[Key::Escape, Key::Enter]).unwrap_or_default(), Vec::<usize>::new(), "{key:?}");
    }
}

#[test]
fn long_lists_filter_and_say_how_many() {
    let names: Vec<String> =
        (0..160).map(|number| format!("{}-{number:03}", "a-cluster-with-a-long-name".repeat(3))).collect();
    let items: Vec<Item> = names.iter().map(|name| Item::new(name, name)).collect();
    let question = Question::new("cluster", "Cluster", "Pods elsewhere are refused.");
    for (rows, columns) in ROOMS {
        let room = Room::new(rows, columns);
        let mut list = List::one(&question, &items, Some(0));
        for name in &names {
            let frame = list.view(room);
            fits(&frame, room);
            let whole: String = text(&frame).split_whitespace().collect();
            assert!(whole.contains(name), "what the cursor is on is whole: {name}\n{}", text(&frame));
            press(&mut list, &[Key::ArrowDown]);
        }
        let mut several = List::many(&question, &items, &[], 1);
        press(&mut several, &keys("-03"));
        fits(&several.view(room), room);
        let mut field = Field::new(&question, None, &region);
        fits(&field.view(room), room);
        type_into(&mut field, &keys("x"));
        press(&mut list, &keys("-03"));
        assert!(text(&list.view(room)).contains("10 of 160"), "{}", text(&list.view(room)));
        assert_eq!(press(&mut list, &[Key::ArrowDown, Key::Enter]), Some(vec![31]));
    }
}

#[test]
fn a_filter_without_matches_takes_nothing() {
    let (question, items) = (Question::new("installs", "Charts", ""), charts());
    let mut list = List::one(&question, &items, None);
    assert!(press(&mut list, &keys("xyz")).is_none() && press(&mut list, &[Key::Enter]).is_none());
    assert!(text(&list.view(Room::new(24, 80))).contains("Nothing matches `xyz`"));
    // The first Esc shows everything again, the second goes back.
    assert!(matches!(list.key(&Key::Escape, Room::new(24, 80)), Step::Open));
    assert!(matches!(list.key(&Key::Escape, Room::new(24, 80)), Step::Back));
}

#[test]
fn reasons_are_whole_behind_a_key() {
    let long = "One sentence. ".repeat(200);
    let items = vec![Item::new("a", "A").note(&long), Item::new("b", "B").blocked("Never.")];
    let question = Question::new("key", "Question", &long);
    for (rows, columns) in ROOMS {
        let room = Room::new(rows, columns);
        let mut list = List::one(&question, &items, None);
        fits(&list.view(room), room);
        let mut seen = String::new();
        press(&mut list, &[Key::Char('?')]);
        for _ in 0..200 {
            let frame = list.view(room);
            fits(&frame, room);
            seen.push_str(&text(&frame));
            let open = text(&frame).contains("shows more");
            list.key(&Key::Char(' '), room);
            if !open {
                break;
            }
        }
        assert_eq!(seen.matches("sentence.").count(), 400, "{seen}");
        assert!(seen.contains("Never.") && text(&list.view(room)).contains("Enter"), "{seen}");
    }
}

fn type_into(field: &mut Field<'_>, keys: &[Key]) -> Option<String> {
    keys.iter().find_map(|key| match field.key(key, Room::new(24, 80)) {
        Step::Done(text) => Some(text),
        _ => None,
    })
}

fn region(text: &str) -> Result<()> {
    Region::parse_known(text).map(drop)
}

#[test]
fn a_field_says_what_is_wrong_as_it_is_typed() {
    let question = Question::new("cloud.region", "Region", "Take your cluster's.");
    let mut field = Field::new(&question, None, &region);
    assert_eq!(type_into(&mut field, &[Key::Enter]), None);
    let shown = text(&field.view(Room::new(24, 80)));
    assert!(
        shown.contains("An answer is needed here.") && shown.contains("`eu-west-1`"),
        "it says what would do: {shown}"
    );
    assert!(!shown.contains("``"), "{shown}");
    type_into(&mut field, &keys("e"));
    assert!(!text(&field.view(Room::new(24, 80))).contains("needed"), "the message goes with the next key");
    type_into(&mut field, &[Key::Backspace]);
    type_into(&mut field, &keys("eu-wst-1"));
    type_into(&mut field, &[Key::Enter]);
    let shown = text(&field.view(Room::new(24, 80)));
    assert!(shown.contains("eu-west-1"), "{shown}");
    // The message goes with the mistake.
    type_into(&mut field, &[Key::Backspace, Key::Backspace, Key::Backspace, Key::Backspace]);
    type_into(&mut field, &keys("est-1"));
    let shown = text(&field.view(Room::new(24, 80)));
    assert!(!shown.contains("Did you mean"), "{shown}");
    assert_eq!(type_into(&mut field, &[Key::Enter]).as_deref(), Some("eu-west-1"));
}

#[test]
fn known_answers_are_found_as_one_types() {
    let known: Vec<String> = (0..40).map(|number| format!("acme-{number:02}")).collect();
    let question = Question::new("key", "Cluster", "").known(known.clone());
    let good = |_: &str| Ok(());
    let mut field = Field::new(&question, Some("acme-00"), &good);
    type_into(&mut field, &keys("-3"));
    assert!(text(&field.view(Room::new(24, 80))).contains("10 of 40"));
    assert_eq!(type_into(&mut field, &[Key::ArrowDown, Key::Enter]).as_deref(), Some("acme-31"));
    // What is typed in full is meant, and a new name can be typed where that is likely.
    let mut field = Field::new(&question, None, &good);
    type_into(&mut field, &keys("acme-07"));
    assert_eq!(type_into(&mut field, &[Key::Enter]).as_deref(), Some("acme-07"));
    let question = question.open();
    let mut field = Field::new(&question, None, &good);
    type_into(&mut field, &keys("acme-0"));
    assert_eq!(type_into(&mut field, &[Key::Enter]).as_deref(), Some("acme-0"));
}

#[test]
fn every_frame_fits_with_wide_and_right_to_left_text() {
    let texts = ["漢字テキスト".repeat(12), "שלום עולם ".repeat(30), "a".repeat(200)];
    for (rows, columns) in ROOMS {
        let room = Room::new(rows, columns);
        for words in &texts {
            let items: Vec<Item> = (0..9).map(|_| Item::new(words, words).note(words)).collect();
            let question = Question::new("key", words, words);
            fits(&List::one(&question, &items, None).view(room), room);
            let mut field = Field::new(&question, Some(words), &region);
            fits(&field.view(room), room);
            type_into(&mut field, &keys(words));
            type_into(&mut field, &[Key::Enter]);
            fits(&field.view(room), room);
        }
    }
}
