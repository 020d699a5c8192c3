//! Changes real files at random: at a byte, at a line, and in the tree that they stand for.

use bucketwright::base::yaml::{Node, read_back, write};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::{Map, Value, json};

use crate::properties::TRAPS;

/// What YAML's and Tera's readers have to be careful with.
const FRAGMENTS: &[&str] = &[
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "{{ ",
    " }}",
    "{% if x %}",
    "{% endif %}",
    "{% for x in buckets %}",
    "{% endfor %}",
    "{% set x = 1 %}",
    "{% include 'x' %}",
    "{% extends 'x' %}",
    "{% raw %}",
    "{{ buckets }}",
    "{{ options }}",
    "{{ 1 / 0 }}",
    "{{ 1 % 0 }}",
    "{{ 9223372036854775807 * 2 }}",
    "{{ -9223372036854775808 / -1 }}",
    "{{ 'a' * 9 }}",
    "{{ region[9:1] }}",
    "{{ region | replace(from='', to=region) }}",
    "{{ region | truncate(length=0) }}",
    "{{ region | indent(width=99999) }}",
    "{{ range(end=9) }}",
    "{{ spec | json_encode }}",
    "{{ id ~ id ~ id }}",
    "{{ credentials.app.secret_access_key | length }}",
    "((((((((",
    "))))))))",
    "[[[[[[[[",
    "{{{{{{{{",
    "not not not ",
    " and or ",
    "&a ",
    "*a",
    "<<: *a",
    "!!binary ",
    "!!int ",
    "? ",
    "|2-\n",
    ">+\n",
    "---\n",
    "...\n",
    "%YAML 9.9\n",
    "\t",
    "\r",
    "\u{feff}",
    "\"\\u",
    "\"\\x",
    "- - - ",
    ": : ",
    "a: b: c",
    "99999999999999999999",
    "1e999",
    "0x",
    ">=",
    "||",
];

/// A source of changes: the same seed gives the same ones.
pub struct Mutator(TestRng);

impl Mutator {
    pub fn new(seed: u64, name: &str) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        for (place, byte) in bytes[8..].iter_mut().zip(name.bytes()) {
            *place = byte;
        }
        Self(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
    }

    /// A number below a bound; 0 when there is nothing to choose from.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { usize::try_from(self.0.next_u64() >> 1).unwrap_or_default() % bound }
    }

    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// One of the texts, with one to six changes.
    pub fn text(&mut self, seeds: &[String]) -> String {
        let mut text = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(6) {
            match self.below(3) {
                0 => self.bytes(&mut text),
                1 => {
                    let other = &seeds[self.below(seeds.len())];
                    self.lines(&mut text, other);
                }
                _ => self.tree(&mut text),
            }
            // Copies of copies grow: past this size nothing new happens.
            text.truncate(text.floor_char_boundary(200_000));
        }
        text
    }

    fn trap(&mut self) -> &'static str {
        if self.below(2) == 0 { self.pick(TRAPS) } else { self.pick(FRAGMENTS) }
    }

    fn bytes(&mut self, text: &mut String) {
        let from = text.floor_char_boundary(self.below(text.len() + 1));
        let to = text.ceil_char_boundary((from + self.below(12)).min(text.len()));
        match self.below(4) {
            0 => text.replace_range(from..to, ""),
            1 => text.insert(from, char::from_u32(u32::try_from(self.below(0x250)).unwrap_or(0)).unwrap_or('?')),
            2 => text.insert_str(from, self.trap()),
            _ => text.insert_str(from, &text[from..to].repeat(1 + self.below(200))),
        }
    }

    fn lines(&mut self, text: &mut String, other: &str) {
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        if lines.is_empty() {
            return text.push_str(other);
        }
        let (one, two) = (self.below(lines.len()), self.below(lines.len()));
        match self.below(6) {
            0 => drop(lines.remove(one)),
            1 => lines.swap(one, two),
            2 => lines.insert(one, lines[two].clone()),
            3 => lines[one].insert_str(0, &" ".repeat(self.below(9))),
            4 => {
                let indent = lines[one].len() - lines[one].trim_start().len();
                lines[one].replace_range(..indent, "");
            }
            _ => {
                let others: Vec<&str> = other.split_inclusive('\n').collect();
                let from = self.below(others.len());
                let to = (from + 1 + self.below(20)).min(others.len());
                lines.insert(one, others.get(from..to).unwrap_or_default().concat());
            }
        }
        *text = lines.concat();
    }

    fn tree(&mut self, text: &mut String) {
        let Ok(mut tree) = read_back(text) else { return self.bytes(text) };
        let count = nodes(&tree);
        let mut at = self.below(count);
        let copy = nth(&mut tree, &mut self.below(count)).cloned().unwrap_or_default();
        let new = self.value(copy);
        if let Some(node) = nth(&mut tree, &mut at) {
            match (self.below(4), &mut *node) {
                (0, Value::Object(map)) => {
                    let key = map.keys().nth(self.below(map.len())).cloned().unwrap_or_default();
                    map.shift_remove(&key);
                }
                (1, Value::Object(map)) => drop(map.insert(self.trap().to_owned(), new)),
                (0 | 1, Value::Array(list)) => list.push(new),
                (0 | 1, Value::String(old)) => {
                    let at = old.floor_char_boundary(self.below(old.len() + 1));
                    old.insert_str(at, self.trap());
                }
                _ => *node = new,
            }
        }
        *text = write(&Node::Leaf(tree, None));
    }

    fn value(&mut self, copy: Value) -> Value {
        match self.below(9) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!(self.0.next_u64()),
            3 => json!(f64::from_bits(self.0.next_u64())),
            4 => json!([]),
            5 => Value::Object(Map::new()),
            6 => json!(self.trap().repeat(1 + self.below(400))),
            7 => (0..self.below(80)).fold(copy, |inner, _| json!([inner])),
            _ => copy,
        }
    }
}

fn nodes(tree: &Value) -> usize {
    1 + match tree {
        Value::Array(list) => list.iter().map(nodes).sum(),
        Value::Object(map) => map.values().map(nodes).sum(),
        _ => 0,
    }
}

fn nth<'a>(tree: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(tree);
    }
    *left -= 1;
    match tree {
        Value::Array(list) => list.iter_mut().find_map(|inner| nth(inner, left)),
        Value::Object(map) => map.values_mut().find_map(|inner| nth(inner, left)),
        _ => None,
    }
}
