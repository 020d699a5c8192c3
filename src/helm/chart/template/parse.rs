//! Actions as a tree. What cannot be understood is left out: Helm itself refuses a template that is wrong.

use super::lex::{Spaced, Word, actions};

/// How deep blocks and parentheses are followed: no chart comes near it.
const DEEPEST: usize = 60;

/// A step of a template.
#[derive(Debug, PartialEq)]
pub(in crate::helm::chart) enum Step {
    /// `{{ pipeline }}`
    Write(Pipeline),
    /// `{{ if }}`, with what follows `else`.
    If(Pipeline, Vec<Step>, Vec<Step>),
    /// `{{ with }}`
    With(Pipeline, Vec<Step>, Vec<Step>),
    /// `{{ range }}`
    Range(Pipeline, Vec<Step>, Vec<Step>),
    /// `{{ template "name" pipeline }}`
    Call(String, Pipeline),
    /// `{{ define "name" }}` and `{{ block "name" pipeline }}`
    Define(String, Vec<Step>),
}

/// Commands, each of which gets what the one before it gives as its last argument.
#[derive(Debug, Default, PartialEq)]
pub(in crate::helm::chart) struct Pipeline {
    /// The variables that take the value.
    pub(in crate::helm::chart) variables: Vec<String>,
    /// Whether they begin here.
    pub(in crate::helm::chart) declares: bool,
    /// What is run.
    pub(in crate::helm::chart) commands: Vec<Command>,
}

/// A function or a value with its arguments.
pub(in crate::helm::chart) type Command = Vec<Expression>;

/// A value in a command.
#[derive(Debug, PartialEq)]
pub(in crate::helm::chart) enum Expression {
    /// The dot.
    Dot,
    /// A variable; `$` is one.
    Variable(String),
    /// A function, or a word such as `true`.
    Name(String),
    /// A string.
    Text(String),
    /// Any other value.
    Other,
    /// What is in parentheses.
    Inner(Pipeline),
    /// A field of a value, and of that field, and so on.
    Fields(Box<Expression>, Vec<String>),
}

/// The steps of a template.
pub(in crate::helm::chart) fn parse(text: &str) -> Vec<Step> {
    let mut actions = actions(text).into_iter();
    let mut steps = Vec::new();
    // What is left after an end too many.
    while let Some((some, _)) = block(&mut actions, 0) {
        steps.extend(some);
    }
    steps
}

/// How a block ended.
enum Ended {
    End,
    Else(Vec<Spaced>),
}

/// The steps up to `end` or `else`; `None` when there is no action any more.
fn block(actions: &mut std::vec::IntoIter<Vec<Spaced>>, depth: usize) -> Option<(Vec<Step>, Ended)> {
    let mut steps = Vec::new();
    let mut any = false;
    while let Some(words) = actions.next() {
        any = true;
        let first = match words.first() {
            Some(Spaced { word: Word::Name(name), .. }) => name.as_str(),
            _ => "",
        };
        let rest = words.get(1..).unwrap_or_default();
        match first {
            "end" => return Some((steps, Ended::End)),
            "else" => return Some((steps, Ended::Else(rest.to_vec()))),
            "if" | "with" | "range" => steps.extend(branch(first, rest, actions, depth)),
            "define" | "block" => {
                let inside = below(actions, depth).0;
                if let Some(Spaced { word: Word::Text(name), .. }) = rest.first() {
                    steps.push(Step::Define(name.clone(), inside));
                    if first == "block" {
                        steps.push(Step::Call(name.clone(), pipeline(&rest[1..])));
                    }
                }
            }
            "template" => {
                if let Some(Spaced { word: Word::Text(name), .. }) = rest.first() {
                    steps.push(Step::Call(name.clone(), pipeline(&rest[1..])));
                }
            }
            "break" | "continue" => {}
            _ => steps.push(Step::Write(pipeline(&words))),
        }
    }
    any.then_some((steps, Ended::End))
}

/// A block below another; one that lies too deep is read as if it were empty.
fn below(actions: &mut std::vec::IntoIter<Vec<Spaced>>, depth: usize) -> (Vec<Step>, Ended) {
    let nothing = || (Vec::new(), Ended::End);
    if depth > DEEPEST { nothing() } else { block(actions, depth + 1).unwrap_or_else(nothing) }
}

fn branch(
    word: &str,
    condition: &[Spaced],
    actions: &mut std::vec::IntoIter<Vec<Spaced>>,
    depth: usize,
) -> Option<Step> {
    let condition = pipeline(condition);
    let (then, ended) = below(actions, depth);
    let otherwise = match ended {
        Ended::End => Vec::new(),
        Ended::Else(rest) => match rest.split_first() {
            Some((Spaced { word: Word::Name(word), .. }, rest)) if depth < DEEPEST => {
                branch(word, rest, actions, depth + 1).into_iter().collect()
            }
            _ => below(actions, depth).0,
        },
    };
    Some(match word {
        "if" => Step::If(condition, then, otherwise),
        "with" => Step::With(condition, then, otherwise),
        "range" => Step::Range(condition, then, otherwise),
        _ => return None,
    })
}

fn pipeline(words: &[Spaced]) -> Pipeline {
    let sign = words.iter().position(|one| matches!(one.word, Word::Declare | Word::Assign));
    let (variables, rest) = words.split_at(sign.map_or(0, |at| at + 1));
    let declares = sign.is_some_and(|at| words[at].word == Word::Declare);
    let name = |one: &Spaced| if let Word::Variable(name) = &one.word { Some(name.clone()) } else { None };
    let variables = variables.iter().filter_map(name).collect();
    Pipeline { variables, declares, commands: commands(&mut rest.iter(), 0) }
}

fn commands(words: &mut std::slice::Iter<'_, Spaced>, depth: usize) -> Vec<Command> {
    let mut commands: Vec<Command> = vec![Vec::new()];
    while let Some(Spaced { word, apart }) = words.next() {
        let value = match word {
            Word::Close => break,
            Word::Pipe => {
                commands.push(Vec::new());
                continue;
            }
            Word::Comma | Word::Declare | Word::Assign => continue,
            Word::Name(name) => Expression::Name(name.clone()),
            Word::Dot => Expression::Dot,
            Word::Variable(name) => Expression::Variable(name.clone()),
            Word::Text(text) => Expression::Text(text.clone()),
            Word::Number => Expression::Other,
            Word::Open if depth > DEEPEST => Expression::Other,
            Word::Open => Expression::Inner(inner(words, depth + 1)),
            Word::Field(name) => match commands.last_mut().filter(|_| !apart).and_then(Vec::pop) {
                Some(Expression::Fields(owner, mut names)) => {
                    names.push(name.clone());
                    Expression::Fields(owner, names)
                }
                owner => Expression::Fields(Box::new(owner.unwrap_or(Expression::Dot)), vec![name.clone()]),
            },
        };
        if let Some(command) = commands.last_mut() {
            command.push(value);
        }
    }
    commands.retain(|command| !command.is_empty());
    commands
}

fn inner(words: &mut std::slice::Iter<'_, Spaced>, depth: usize) -> Pipeline {
    Pipeline { commands: commands(words, depth), ..Pipeline::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_their_steps() {
        let steps =
            parse("{{ if .a }}{{ .b }}{{ else if .c }}{{ .d }}{{ else }}{{ .e }}{{ end }}{{ template \"t\" . }}");
        let [Step::If(_, then, otherwise), Step::Call(name, _)] = steps.as_slice() else { panic!("{steps:?}") };
        assert_eq!((then.len(), name.as_str()), (1, "t"));
        let [Step::If(_, then, otherwise)] = otherwise.as_slice() else { panic!("{otherwise:?}") };
        assert_eq!((then.len(), otherwise.len()), (1, 1));
        assert_eq!(parse("{{ end }}{{ .a }}{{ end }}{{ .b }}").len(), 2);
    }

    #[test]
    fn what_is_nested_without_end_has_one() {
        assert!(!parse(&"{{ with .a }}".repeat(20_000)).is_empty());
        assert!(!parse(&format!("{{{{ {}", "(a ".repeat(20_000))).is_empty());
        assert!(!parse(&"{{ if .a }}{{ else if .b }}".repeat(20_000)).is_empty());
    }

    #[test]
    fn fields_belong_to_what_is_before_them() {
        let steps = parse("{{ (index .Values \"a\").b .c }}");
        let [Step::Write(Pipeline { commands, .. })] = steps.as_slice() else { panic!("{steps:?}") };
        assert!(
            matches!(&commands[0][0], Expression::Fields(inner, b) if b == &["b"] && matches!(**inner, Expression::Inner(_)))
        );
        assert!(matches!(&commands[0][1], Expression::Fields(dot, c) if c == &["c"] && **dot == Expression::Dot));
    }
}
