//! What the profile says of the places where consumers read their storage, against what is rendered there.

use serde_json::Value;
use tera::Context;

use super::leaves::Leaf;
use super::{Object, Release};
use crate::base::error::{Code, Error, Finding, Result};
use crate::helm::chart::patterns::{fits, fits_path};
use crate::profile::{Needed, Shown, in_range, split_path};

/// A place of the profile for one install, its expressions evaluated.
struct Place<'a> {
    shown: &'a Shown,
    name: String,
    path: Vec<String>,
    /// What may be there; nothing may where there is none.
    right: Vec<String>,
}

/// An object with all that it says.
type Read<'a> = (&'a Object, Vec<Leaf>);

impl Release<'_> {
    /// The places where something else than ours is read, and those that are missing.
    ///
    /// # Errors
    /// `BW0303` when an expression of the profile fails.
    pub(super) fn shown(&self) -> Result<Vec<Finding>> {
        let context = crate::blueprint::context(&self.install.variables)?;
        let read: Vec<Read<'_>> = self.objects.iter().map(|object| (object, object.leaves())).collect();
        let mut findings = Vec::new();
        for place in self.places(&context)? {
            place.judge(&read, &mut findings);
        }
        Ok(findings)
    }

    fn places(&self, context: &Context) -> Result<Vec<Place<'_>>> {
        let expressions = &self.install.profile.expressions;
        let mut places = Vec::new();
        for shown in &self.install.profile.about.shows {
            if !in_range(shown.charts.as_ref(), &self.install.version) {
                continue;
            }
            let items = match &shown.each {
                None => vec![Value::Null],
                Some(each) => expressions.list(&each.value, context)?,
            };
            for item in items {
                let mut context = context.clone();
                context.insert("item", &item);
                if !expressions.holds(shown.when.as_ref().map(|when| when.as_str()), &context)? {
                    continue;
                }
                let name = shown.name.as_ref().map(|name| expressions.text(name, &context)).transpose()?;
                let path = split_path(&expressions.text(&shown.path, &context)?)?;
                let right = texts(expressions.value(&shown.value.value, &context)?);
                places.push(Place { shown, name: name.unwrap_or_else(|| "*".to_owned()), path, right });
            }
        }
        Ok(places)
    }
}

fn texts(value: Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.into_iter().flat_map(texts).collect(),
        Value::String(text) => vec![text],
        other => vec![other.to_string()],
    }
}

impl Place<'_> {
    fn judge(&self, read: &[Read<'_>], findings: &mut Vec<Finding>) {
        let fitting = |(object, _): &&Read<'_>| {
            object.value["kind"].as_str().is_some_and(|kind| fits(&self.shown.object, kind))
                && fits(&self.name, object.meta("name"))
        };
        let mut seen = false;
        for (object, leaves) in read.iter().filter(fitting) {
            let there: Vec<&Leaf> = leaves.iter().filter(|leaf| self.is_at(leaf)).collect();
            seen |= !there.is_empty();
            if there.is_empty() && self.shown.needed == Some(Needed::Each) {
                findings.push(self.missing(Some(object)));
            }
            let taken = leaves.iter().find(|leaf| self.is_taken_from_elsewhere(leaf));
            let foreign = there.into_iter().find(|leaf| !self.is_right(leaf)).or(taken);
            findings.extend(foreign.map(|leaf| self.foreign(object, leaf)));
        }
        if !seen && self.shown.needed == Some(Needed::One) {
            findings.push(self.missing(None));
        }
    }

    fn is_at(&self, leaf: &Leaf) -> bool {
        if self.right.is_empty() {
            // Nothing may be there, nor below it.
            return (0..=leaf.path.len()).any(|end| fits_path(&self.path, &leaf.path[..end]));
        }
        fits_path(&self.path, &leaf.path)
    }

    /// Whether a variable has its value from another object, where a value of ours belongs. Of several variables of one name
    /// Kubernetes takes the last.
    fn is_taken_from_elsewhere(&self, leaf: &Leaf) -> bool {
        self.path.split_last().is_some_and(|(last, above)| {
            let from = [above, &["valueFrom".to_owned(), "**".to_owned()]].concat();
            last == "value" && fits_path(&from, &leaf.path)
        })
    }

    fn is_right(&self, leaf: &Leaf) -> bool {
        self.right.contains(&leaf.text) || (self.right.is_empty() && leaf.text.is_empty())
    }

    /// The value itself is not told: it may be in a Secret, or hold one.
    fn foreign(&self, object: &Object, leaf: &Leaf) -> Finding {
        let (title, path, of) = (object.title(), leaf.path.join("."), &self.shown.of);
        let what = match self.right.as_slice() {
            [] => format!("{title} has a {of} at `{path}` that is not ours"),
            right => format!("{title} has another {of} at `{path}` than `{}`", right.join("` or `")),
        };
        let error = Error::new(Code::FOREIGN_STORAGE, what).why(self.shown.why.clone());
        Finding::error(error.fix(FIX).at(Some(object.place.clone())))
    }

    fn missing(&self, object: Option<&Object>) -> Finding {
        let (of, right) = (&self.shown.of, self.right.join("` or `"));
        let who =
            object.map_or_else(|| format!("no rendered {}", self.shown.object.replace('|', " or ")), Object::title);
        let verb = if object.is_some() { "does not name" } else { "names" };
        let error = Error::new(Code::STORAGE_NOT_SHOWN, format!("{who} {verb} the {of} `{right}`"));
        Finding::error(error.why(self.shown.why.clone()).fix(FIX).at(object.map(|object| object.place.clone())))
    }
}

const FIX: &str =
    "Remove the value of your own that sets or removes it, and pass our values file to Helm after your own.";
