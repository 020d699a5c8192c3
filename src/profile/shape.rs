//! Which names the variables of expressions have below them, so that a misspelt one is an error when a profile is loaded.

use super::bounds::unquoted;
use super::{Migration, ProfileDocument};
use crate::base::error::{Code, Error, Place};
use crate::base::yaml::did_you_mean;

/// What may stand behind a variable's dot.
#[derive(Clone, Debug)]
enum Shape {
    /// Nothing: it is a text, a number, a yes or no.
    Plain,
    /// Whatever there is.
    Open,
    /// These names, and what is below each of them.
    Names(Vec<String>, Box<Shape>),
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> Shape {
    below(names, Shape::Plain)
}

fn below<'a>(names: impl IntoIterator<Item = &'a str>, shape: Shape) -> Shape {
    Shape::Names(names.into_iter().map(str::to_owned).collect(), Box::new(shape))
}

/// The shapes of the variables in the expressions of one profile.
pub(super) struct Shapes<'a>(&'a ProfileDocument, Option<&'a Migration>);

impl<'a> Shapes<'a> {
    /// Those of a profile and its migration.
    pub(super) fn of(about: &'a ProfileDocument, migration: Option<&'a Migration>) -> Self {
        Self(about, migration)
    }

    fn components(&self) -> impl Iterator<Item = &str> {
        let workloads = self.0.workloads.iter().map(|workload| workload.component.as_str());
        workloads.chain(self.0.buckets.iter().flat_map(|bucket| bucket.access.keys().map(String::as_str)))
    }

    fn variable(&self, name: &str) -> Shape {
        match name {
            "spec" => names(["name"]),
            "chart" => names(["name", "version", "major", "minor"]),
            "endpoint" => names(["url", "host", "secure", "path_style", "checksums", "ca"]),
            "store" => names(["kind", "title"]),
            "project" => names(["id", "number"]),
            "cluster" => names(["name", "pool"]),
            "encryption" => names(["kms_key"]),
            "azure" => names(["account", "domain", "endpoint", "tenant"]),
            "options" => below(self.0.options.iter().map(|choice| choice.name.as_str()), Shape::Open),
            "buckets" => below(self.0.buckets.iter().map(|bucket| bucket.purpose.as_str()), names(["name", "arn"])),
            "principals" => {
                below(self.components(), names(["name", "arn", "email", "client_id", "service_principal", "role"]))
            }
            "credentials" => {
                let halves = ["access_key_id", "secret_access_key", "key_file", "client_email", "private_key"];
                below(self.components(), names(halves))
            }
            "service_accounts" => {
                let workloads = self.0.workloads.iter().map(|workload| workload.name.as_str());
                below(workloads, names(["name", "given"]))
            }
            "old" => names(self.1.iter().flat_map(|one| &one.reads).map(|read| read.name.as_str())),
            "item" | "secret_names" | "files" | "with" => Shape::Open,
            _ => Shape::Plain,
        }
    }

    /// What is wrong with the names in an expression, if anything is.
    pub(super) fn unknown(&self, expression: &str, variables: &[&str], place: Option<&Place>) -> Option<Error> {
        chains(expression, variables).iter().find_map(|chain| {
            let mut shape = self.variable(&chain[0]);
            for (position, name) in chain.iter().enumerate().skip(1) {
                let known = match &shape {
                    Shape::Open => return None,
                    Shape::Plain => &Vec::new(),
                    Shape::Names(known, _) => known,
                };
                if !known.contains(name) {
                    return Some(unknown(&chain[..position].join("."), name, known).at(place.cloned()));
                }
                if let Shape::Names(_, next) = shape {
                    shape = *next;
                }
            }
            None
        })
    }
}

fn unknown(before: &str, name: &str, known: &[String]) -> Error {
    let error = Error::new(Code::BAD_EXPRESSION, format!("`{before}` has no `{name}`"))
        .why("Helm reads an empty value as \"delete the default\", so a misspelt name must not become one.");
    let list = known.join(", ");
    error.fix(match did_you_mean(name, known.iter().map(String::as_str)) {
        Some(near) => format!("Did you mean `{before}.{near}`? Known: {list}."),
        None if known.is_empty() => format!("Write `{before}` alone: it holds nothing else."),
        None => format!("Known: {list}."),
    })
}

/// The chains of names that begin with a variable, such as `buckets.lfs.name`.
fn chains(expression: &str, variables: &[&str]) -> Vec<Vec<String>> {
    let text = unquoted(expression).replace("?.", ".");
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut chains = Vec::new();
    let mut rest = text.as_str();
    let mut before = ' ';
    while let Some(start) = rest.find(word) {
        before = rest[..start].trim_end().chars().next_back().unwrap_or(before);
        rest = &rest[start..];
        let end = rest.find(|c: char| !word(c) && c != '.').unwrap_or(rest.len());
        let chain: Vec<String> = rest[..end].split('.').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let after = rest[end..].trim_start();
        // A filter's name, a key's, a function's and an argument's are none of ours.
        let other = "|.".contains(before)
            || after.starts_with('(')
            || (after.starts_with('=') && !after.starts_with("=="))
            || (after.starts_with(':') && "{,".contains(before));
        if !other && chain.first().is_some_and(|first| variables.contains(&first.as_str())) {
            chains.push(chain);
        }
        before = rest[..end].chars().next_back().unwrap_or(' ');
        rest = &rest[end..];
    }
    chains
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_are_those_of_variables_outside_of_quotes() {
        let found = |text: &str| {
            let chains = chains(text, &["options", "endpoint", "region"]);
            chains.iter().map(|chain| chain.join(".")).collect::<Vec<_>>()
        };
        assert_eq!(found("options.a == 'options.b' and not endpoint.url"), ["options.a", "endpoint.url"]);
        assert_eq!(found("x | region ~ region | join(sep=options.c)"), ["region", "options.c"]);
        assert_eq!(found("[loop.options.x, endpoint?.port]"), ["endpoint.port"]);
        assert_eq!(found("fullname(options=1)"), Vec::<String>::new());
        assert_eq!(found("buckets.options"), Vec::<String>::new());
    }
}
