//! What functions do with what they get. Source: Go, text/template, "Functions"; Sprig; Helm, "Template Function List".

use std::collections::BTreeSet;

use super::value::Held;
use super::{Expression, Reach};
use crate::helm::chart::template::parse;

/// How many texts `printf` may give.
const MOST_TEXTS: usize = 64;

impl Reach<'_> {
    /// Calls a function; what was written in its place tells which variable it changes.
    pub(super) fn function(&mut self, name: &str, mut arguments: Vec<Held>, written: &[Expression]) -> Held {
        match name {
            "toYaml" | "toJson" | "toPrettyJson" | "toRawJson" | "toToml" | "toYamlPretty" | "mustToYaml"
            | "mustToJson" | "mustToPrettyJson" | "mustToRawJson" | "mustToToml" => {
                let all = joined(arguments);
                Held { whole: true, texts: BTreeSet::new(), ..all }
            }
            "default" | "coalesce" | "or" | "and" | "ternary" | "required" | "deepCopy" | "mustDeepCopy" | "concat"
            | "uniq" | "mustUniq" | "without" | "compact" | "mustCompact" | "reverse" | "rest" | "mustRest"
            | "initial" | "slice" | "mustSlice" | "sortAlpha" | "omit" | "unset" | "toString" | "quote" | "squote"
            | "trim" | "nindent" | "indent" | "fromYaml" | "fromJson" | "fromYamlArray" | "fromJsonArray"
            | "mustFromJson" | "toStrings" => joined(arguments),
            "merge" | "mustMerge" | "mergeOverwrite" | "mustMergeOverwrite" => {
                let all = joined(arguments);
                self.changed(written.first(), &all);
                all
            }
            "first" | "mustFirst" | "last" | "mustLast" => self.element(&joined(arguments)),
            "values" => {
                let element = self.element(&joined(arguments));
                Held::list(element)
            }
            "keys" => {
                let of = joined(arguments);
                self.element(&of);
                Held::list(Held { texts: of.keys.into_keys().collect(), ..Held::default() })
            }
            "list" | "tuple" => Held::list(joined(arguments)),
            "append" | "mustAppend" | "push" | "mustPush" | "prepend" | "mustPrepend" => {
                let item = if arguments.len() > 1 { arguments.remove(1) } else { Held::default() };
                let mut list = joined(arguments);
                list.join(Held::list(item));
                list
            }
            "dict" => dictionary(arguments),
            "set" => self.set(&arguments, written),
            "index" | "get" | "hasKey" => self.look_up(&arguments),
            "dig" => self.dig(arguments),
            "pluck" => self.pluck(&arguments),
            "pick" => self.pick(&arguments),
            "include" => self.include(&arguments),
            "tpl" => self.tpl(arguments),
            "print" => Held { texts: strung(&arguments), ..joined(arguments).written() },
            "printf" => Held { texts: printed(&arguments), ..joined(arguments).written() },
            "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "not" | "empty" | "len" | "kindIs" | "kindOf" | "typeIs"
            | "typeOf" | "typeIsLike" | "has" | "contains" | "hasPrefix" | "hasSuffix" | "true" | "false" | "nil"
            | "fail" | "lookup" | "semver" | "semverCompare" | "until" | "untilStep" | "regexMatch" | "isMatch"
            | "deepEqual" | "all" | "any" | "mustHas"
            // A sum tells that something changed, and is no use of it.
            | "sha256sum" | "sha512sum" | "sha1sum" | "adler32sum" | "md5sum" => Held::default(),
            _ => joined(arguments).written(),
        }
    }

    /// A variable, or the dot, that a function writes into.
    fn changed(&mut self, written: Option<&Expression>, value: &Held) {
        match written {
            Some(Expression::Variable(name)) if name != "$" => self.assign(name, value.clone(), false),
            Some(Expression::Dot) => self.dot.join(value.clone()),
            _ => {}
        }
    }

    fn set(&mut self, arguments: &[Held], written: &[Expression]) -> Held {
        let [target, key, value] = arguments else { return joined(arguments.to_vec()) };
        // What is written under a computed key is read nobody knows where.
        if key.texts.is_empty() {
            self.whole(value);
        }
        for key in &key.texts {
            for thing in &target.things {
                self.written.entry((*thing, key.clone())).or_default().join(value.clone());
            }
        }
        let change = dictionary(vec![key.clone(), value.clone()]);
        self.changed(written.first(), &change);
        let mut all = target.clone();
        all.join(change);
        all
    }

    /// `index .Values "a" "b"`: below one key after the other; below any, where a key is computed.
    fn look_up(&mut self, arguments: &[Held]) -> Held {
        let Some((of, keys)) = arguments.split_first() else { return Held::default() };
        keys.iter().take(64).fold(of.clone(), |of, key| self.below(&of, key))
    }

    fn below(&mut self, of: &Held, key: &Held) -> Held {
        if key.texts.is_empty() {
            return self.element(of);
        }
        let mut found = of.items.as_deref().cloned().unwrap_or_default();
        for key in &key.texts {
            let one = self.field(of, key);
            found.join(one);
        }
        found
    }

    /// `dig "a" "b" DEFAULT MAP`
    fn dig(&mut self, mut arguments: Vec<Held>) -> Held {
        let (Some(of), Some(default)) = (arguments.pop(), arguments.pop()) else { return Held::default() };
        let mut found = arguments.iter().fold(of, |of, key| self.below(&of, key));
        found.join(default);
        found
    }

    fn pluck(&mut self, arguments: &[Held]) -> Held {
        let Some((key, maps)) = arguments.split_first() else { return Held::default() };
        let mut found = Held::default();
        for map in maps {
            let one = self.below(map, key);
            found.join(one);
        }
        Held::list(found)
    }

    fn pick(&mut self, arguments: &[Held]) -> Held {
        let Some((of, keys)) = arguments.split_first() else { return Held::default() };
        if keys.iter().any(|key| key.texts.is_empty()) {
            return of.clone();
        }
        let mut picked = Held::default();
        for key in keys.iter().flat_map(|key| &key.texts) {
            let value = self.field(of, key);
            picked.join(Held { keys: [(key.clone(), value)].into(), ..Held::default() });
        }
        picked
    }

    /// `include "name" CONTEXT`. What a template gets whose name cannot be told counts as a whole.
    fn include(&mut self, arguments: &[Held]) -> Held {
        let [name, argument] = arguments else { return Held::default() };
        if name.texts.is_empty() {
            self.whole(argument);
        }
        let mut output = Held::default();
        for name in &name.texts {
            output.join(self.call(name, argument.clone()));
        }
        output
    }

    /// A text of the template itself is followed as one; a text of the values is the user's.
    fn tpl(&mut self, mut arguments: Vec<Held>) -> Held {
        let context = if arguments.len() > 1 { arguments.remove(1) } else { Held::default() };
        let text = joined(arguments);
        for template in text.texts.iter().filter(|text| text.contains("{{")) {
            if !self.lost() {
                self.depth += 1;
                self.run(&parse(template), context.clone());
                self.depth -= 1;
            }
        }
        text
    }
}

/// Whatever of several values it may be.
fn joined(values: Vec<Held>) -> Held {
    let mut all = Held::default();
    values.into_iter().for_each(|value| all.join(value));
    all
}

/// The texts of a format whose values are all known.
fn printed(arguments: &[Held]) -> BTreeSet<String> {
    let Some((format, values)) = arguments.split_first() else { return BTreeSet::new() };
    let mut texts: BTreeSet<String> = format.texts.clone();
    for value in values {
        let fill = |text: &String| value.texts.iter().map(|value| text.replacen("%s", value, 1)).collect::<Vec<_>>();
        texts = texts.iter().flat_map(fill).take(MOST_TEXTS).collect();
    }
    texts.retain(|text| !text.contains('%'));
    texts
}

/// Texts one after the other.
fn strung(arguments: &[Held]) -> BTreeSet<String> {
    arguments.iter().fold(BTreeSet::from([String::new()]), |before, value| {
        let both = |before: &String| value.texts.iter().map(|text| format!("{before}{text}")).collect::<Vec<_>>();
        before.iter().flat_map(both).take(MOST_TEXTS).collect()
    })
}

/// A map of keys and values by turns.
fn dictionary(arguments: Vec<Held>) -> Held {
    let mut dictionary = Held::default();
    let mut arguments = arguments.into_iter();
    while let (Some(key), Some(value)) = (arguments.next(), arguments.next()) {
        if key.texts.is_empty() {
            dictionary.join(Held::list(value));
        } else {
            for key in key.texts {
                dictionary.join(Held { keys: [(key, value.clone())].into(), ..Held::default() });
            }
        }
    }
    dictionary
}
