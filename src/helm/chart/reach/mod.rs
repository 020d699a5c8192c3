//! Which places in the values the templates of a chart reach: each file that is rendered is followed, through named
//! templates, variables and the dot, with all that a value may be. Both sides of every condition count.

mod functions;
mod value;

use std::collections::BTreeMap;
use std::rc::Rc;

use self::value::{Held, Thing};
use super::Chart;
use super::known::{Knowledge, Open, Place, ROOT};
use super::template::{Command, Expression, Pipeline, Step, parse};
use crate::base::yaml::Tree;

/// How deep calls, blocks and parentheses are followed together.
const DEEPEST: usize = 250;
/// How many steps are followed in all: the largest of the known charts takes some ten thousand.
const MOST_STEPS: usize = 300_000;
/// How often everything is followed again because a template wrote into what others read.
const MOST_ROUNDS: usize = 4;

/// A chart as its templates see it.
struct Context {
    /// Where its values begin.
    root: Place,
    /// The folder of its templates, as Helm names it.
    folder: String,
    subcharts: BTreeMap<String, usize>,
    /// What is rendered.
    files: Vec<Rc<Vec<Step>>>,
}

/// Follows templates and notes what they reach.
pub(super) struct Reach<'a> {
    knowledge: &'a mut Knowledge,
    contexts: Vec<Context>,
    /// The named templates of all charts. Of a name that several define, each may be the one that counts.
    named: BTreeMap<String, Vec<Rc<Vec<Step>>>>,
    /// What templates wrote with `set`.
    written: BTreeMap<(Thing, String), Held>,
    /// What named templates gave for what they got.
    given: BTreeMap<(String, Held), Held>,
    /// The variables in sight, the innermost last.
    variables: Vec<(String, Held)>,
    dot: Held,
    /// What the named template that is followed writes.
    output: Option<Held>,
    steps: usize,
    depth: usize,
}

impl<'a> Reach<'a> {
    pub(super) fn new(knowledge: &'a mut Knowledge) -> Self {
        Self {
            knowledge,
            contexts: Vec::new(),
            named: BTreeMap::new(),
            written: BTreeMap::new(),
            given: BTreeMap::new(),
            variables: Vec::new(),
            dot: Held::default(),
            output: None,
            steps: 0,
            depth: 0,
        }
    }

    /// Follows a chart with its subcharts.
    pub(super) fn follow(&mut self, chart: &Chart) {
        self.context(chart, ROOT, &chart.name);
        for _ in 0..MOST_ROUNDS {
            let before = self.written.clone();
            self.given.clear();
            for number in 0..self.contexts.len() {
                for file in self.contexts[number].files.clone() {
                    self.run(&file, Held::thing(Thing::Context(number)));
                }
            }
            if self.written == before {
                break;
            }
        }
    }

    /// Takes in a chart: its files, its named templates, and the texts of its defaults that are templates.
    fn context(&mut self, chart: &Chart, root: Place, folder: &str) -> usize {
        let number = self.contexts.len();
        self.contexts.push(Context {
            root,
            folder: format!("{folder}/templates"),
            subcharts: BTreeMap::new(),
            files: Vec::new(),
        });
        for (key, subchart) in &chart.subcharts {
            let below = self.knowledge.at(root, key);
            let other = self.context(subchart, below, &format!("{folder}/charts/{key}"));
            self.contexts[number].subcharts.insert(key.clone(), other);
        }
        for (path, text) in &chart.templates {
            let (defined, steps) = parse(text).into_iter().partition(|step| matches!(step, Step::Define(..)));
            self.define(defined);
            let steps = Rc::new(steps);
            self.named.entry(format!("{folder}/{path}")).or_default().push(Rc::clone(&steps));
            // A file whose name begins so is not rendered by itself. Source: Helm, "Named Templates".
            if !path.rsplit('/').next().unwrap_or_default().starts_with('_') {
                self.contexts[number].files.push(steps);
            }
        }
        let mut texts = Vec::new();
        templates_in(&chart.values, &mut texts);
        self.contexts[number].files.extend(texts.into_iter().map(|text| Rc::new(parse(text))));
        number
    }

    fn define(&mut self, steps: Vec<Step>) {
        for step in steps {
            if let Step::Define(name, inside) = step {
                let all = self.named.entry(name).or_default();
                if all.iter().all(|other| **other != inside) {
                    all.push(Rc::new(inside));
                }
            }
        }
    }

    /// Follows steps with a dot of their own.
    fn run(&mut self, steps: &[Step], dot: Held) {
        let variables = std::mem::replace(&mut self.variables, vec![("$".to_owned(), dot.clone())]);
        let above = std::mem::replace(&mut self.dot, dot);
        self.block(steps);
        self.variables = variables;
        self.dot = above;
    }

    /// What a named template gives.
    fn call(&mut self, name: &str, argument: Held) -> Held {
        let asked = (name.to_owned(), argument);
        if let Some(known) = self.given.get(&asked) {
            return known.clone();
        }
        self.given.insert(asked.clone(), Held::default());
        let above = self.output.replace(Held::default());
        for steps in self.named.get(name).cloned().unwrap_or_default() {
            self.run(&steps, asked.1.clone());
        }
        let output = std::mem::replace(&mut self.output, above).unwrap_or_default();
        self.given.insert(asked, output.clone());
        output
    }

    /// Whether there is no end in sight. Then nothing is said of the chart's keys, or of those that a template would get
    /// that calls itself again and again.
    fn lost(&mut self) -> bool {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            self.knowledge.open(ROOT, Open::Absent);
        } else if self.depth > DEEPEST {
            let dot = self.dot.clone();
            self.whole(&dot);
        }
        self.steps > MOST_STEPS || self.depth > DEEPEST
    }

    fn block(&mut self, steps: &[Step]) {
        let scope = self.variables.len();
        self.depth += 1;
        for step in steps {
            if self.lost() {
                break;
            }
            self.step(step);
        }
        self.depth -= 1;
        self.variables.truncate(scope);
    }

    fn step(&mut self, step: &Step) {
        let scope = self.variables.len();
        match step {
            Step::Write(pipeline) => {
                let value = self.pipeline(pipeline);
                if pipeline.variables.is_empty() {
                    self.write(value);
                }
                return;
            }
            Step::If(condition, then, otherwise) => {
                self.pipeline(condition);
                self.block(then);
                self.block(otherwise);
            }
            Step::With(value, then, otherwise) => {
                let value = self.pipeline(value);
                self.moved(value, then);
                self.block(otherwise);
            }
            Step::Range(over, then, otherwise) => {
                let over_value = self.commands(&over.commands);
                let element = self.element(&over_value);
                if let Some((last, names)) = over.variables.split_last() {
                    for name in names {
                        let texts = over_value.keys.keys().cloned().collect();
                        self.assign(name, Held { texts, ..Held::default() }, over.declares);
                    }
                    self.assign(last, element.clone(), over.declares);
                }
                self.moved(element, then);
                self.block(otherwise);
            }
            Step::Call(name, pipeline) => {
                let argument = self.pipeline(pipeline);
                let output = self.call(name, argument);
                self.write(output);
            }
            // Those that lie in a block are defined all the same.
            Step::Define(..) => {}
        }
        self.variables.truncate(scope);
    }

    /// Follows steps with another dot.
    fn moved(&mut self, dot: Held, steps: &[Step]) {
        let above = std::mem::replace(&mut self.dot, dot);
        self.block(steps);
        self.dot = above;
    }

    /// What is written becomes text: where it was made YAML of, with all that is below it.
    fn write(&mut self, value: Held) {
        if !value.whole {
            return;
        }
        match &mut self.output {
            Some(output) => output.join(value),
            None => self.whole(&value),
        }
    }

    /// All that is below these places counts.
    fn whole(&mut self, value: &Held) {
        for thing in value.everything() {
            if let Thing::Place(place) = thing {
                self.knowledge.open(place, Open::Whole);
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Held {
        let value = self.commands(&pipeline.commands);
        for name in &pipeline.variables {
            self.assign(name, value.clone(), pipeline.declares);
        }
        value
    }

    fn commands(&mut self, commands: &[Command]) -> Held {
        let mut value: Option<Held> = None;
        for command in commands {
            value = Some(self.command(command, value));
        }
        value.unwrap_or_default()
    }

    fn command(&mut self, command: &Command, piped: Option<Held>) -> Held {
        let Some((first, rest)) = command.split_first() else { return Held::default() };
        let mut arguments: Vec<Held> = rest.iter().map(|one| self.expression(one)).collect();
        match first {
            Expression::Name(name) => {
                arguments.extend(piped);
                self.function(name, arguments, rest)
            }
            other => self.expression(other),
        }
    }

    fn expression(&mut self, expression: &Expression) -> Held {
        match expression {
            Expression::Dot => self.dot.clone(),
            Expression::Variable(name) => {
                self.variable(name).map(|at| self.variables[at].1.clone()).unwrap_or_default()
            }
            Expression::Text(text) => Held::text(text),
            Expression::Other => Held::default(),
            Expression::Name(name) => self.function(name, Vec::new(), &[]),
            Expression::Inner(pipeline) => {
                self.depth += 1;
                let value = if self.lost() { Held::default() } else { self.pipeline(pipeline) };
                self.depth -= 1;
                value
            }
            Expression::Fields(of, names) => {
                let of = self.expression(of);
                // No values file is nested deeper.
                names.iter().take(64).fold(of, |of, name| self.field(&of, name))
            }
        }
    }

    fn variable(&self, name: &str) -> Option<usize> {
        self.variables.iter().rposition(|(other, _)| other == name)
    }

    fn assign(&mut self, name: &str, value: Held, declares: bool) {
        match self.variable(name).filter(|_| !declares) {
            Some(at) => self.variables[at].1.join(value),
            None => self.variables.push((name.to_owned(), value)),
        }
    }

    /// What is below a key of a value.
    fn field(&mut self, of: &Held, key: &str) -> Held {
        let mut found = of.keys.get(key).cloned().unwrap_or_default();
        for thing in &of.things {
            let below = match *thing {
                Thing::Context(number) if key == "Template" => {
                    let folder = Held::text(&self.contexts[number].folder);
                    found.join(Held { keys: [("BasePath".to_owned(), folder)].into(), ..Held::default() });
                    None
                }
                Thing::Place(place) => {
                    let below = self.knowledge.at(place, key);
                    self.knowledge.place_mut(below).read = true;
                    Some(Thing::Place(below))
                }
                Thing::Context(number) if key == "Values" => Some(Thing::Place(self.contexts[number].root)),
                Thing::Context(number) if key == "Subcharts" => Some(Thing::Subcharts(number)),
                Thing::Context(_) => None,
                Thing::Subcharts(number) => self.contexts[number].subcharts.get(key).copied().map(Thing::Context),
            };
            found.join(Held { things: below.into_iter().collect(), ..Held::default() });
            if let Some(written) = self.written.get(&(*thing, key.to_owned())) {
                found.join(written.clone());
            }
        }
        found
    }

    /// What is below any key of a value, or in a list.
    fn element(&mut self, of: &Held) -> Held {
        let mut found = of.items.as_deref().cloned().unwrap_or_default();
        of.keys.values().for_each(|value| found.join(value.clone()));
        for thing in &of.things {
            if let Thing::Place(place) = *thing {
                let any = self.knowledge.any(place);
                found.join(Held::thing(Thing::Place(any)));
            }
        }
        found
    }
}

/// The texts in a chart's defaults that are templates themselves.
fn templates_in<'a>(tree: &'a Tree, found: &mut Vec<&'a str>) {
    match tree {
        Tree::Map(entries) => entries.iter().for_each(|(_, below)| templates_in(below, found)),
        Tree::List(items) => items.iter().for_each(|item| templates_in(item, found)),
        Tree::Leaf(value) => found.extend(value.as_str().filter(|text| text.contains("{{"))),
    }
}
