//! The options of an install, and what its profile says of Google Cloud.

use std::rc::Rc;

use serde_json::{Map, Value};

use super::context;
use super::install::Builder;
use crate::base::error::{Code, Error, Result};
use crate::base::secret::MARK;
use crate::profile::{Choice, ChoiceKind, GoogleKey, GoogleRole, in_range};

impl Builder<'_> {
    /// Fills in the options: the spec's, checked, else the profile's defaults.
    pub(super) fn options(&mut self) -> Result<()> {
        let profile = Rc::clone(&self.profile);
        let version = &self.install.chart_version;
        let known: Vec<&Choice> =
            profile.about.options.iter().filter(|choice| in_range(choice.charts.as_ref(), version)).collect();
        let mut errors = Vec::new();
        for name in self.install.options.keys().filter(|name| !known.iter().any(|choice| &&choice.name == name)) {
            errors.push(self.unknown("option", name, "options", known.iter().map(|choice| choice.name.as_str())));
        }
        let mut options = Map::new();
        for choice in known {
            let value = match self.install.options.get(&choice.name) {
                Some(value) if fits(choice, value) => value.clone(),
                Some(value) => {
                    errors.push(self.misfit(choice, value));
                    profile.expressions.value(&choice.default.value, &context(&self.variables)?)?
                }
                None => profile.expressions.value(&choice.default.value, &context(&self.variables)?)?,
            };
            options.insert(choice.name.clone(), value);
        }
        self.errors.extend(errors);
        self.set("options", Value::Object(options));
        Ok(())
    }

    fn misfit(&self, choice: &Choice, value: &Value) -> Error {
        let wanted = match choice.kind {
            _ if value.to_string().contains(MARK) => "a text without the character U+F8FF, which is taken".to_owned(),
            ChoiceKind::Bool => "`true` or `false`".to_owned(),
            ChoiceKind::Text => "a text".to_owned(),
            ChoiceKind::List => "a list of texts".to_owned(),
            ChoiceKind::Choice => format!("one of {}", choice.choices.join(", ")),
        };
        Error::new(Code::WRONG_VALUE, format!("the option `{}` cannot be {value}", choice.name))
            .why(choice.why.clone())
            .fix(format!("Give {wanted}."))
            .at(self.spec.place_in(self.install, &format!("options.{}", choice.name)))
    }

    /// The roles beyond the buckets' that hold for this install.
    pub(super) fn google_roles(&self) -> Result<Vec<GoogleRole>> {
        let now = context(&self.variables)?;
        let mut roles = Vec::new();
        let known = if self.spec.cloud.has_projects() { self.profile.about.google_roles.as_slice() } else { &[] };
        for role in known.iter().filter(|role| in_range(role.charts.as_ref(), &self.install.chart_version)) {
            if self.profile.expressions.holds(role.when.as_ref().map(|when| when.as_str()), &now)? {
                roles.push(role.clone());
            }
        }
        Ok(roles)
    }

    /// Whether the identity's keys are HMAC keys here.
    pub(super) fn hmac(&self) -> bool {
        let here = self.spec.cloud.provider();
        self.profile.about.identities.iter().any(|support| {
            support.cloud == here && support.identity == self.install.identity && support.key == GoogleKey::Hmac
        })
    }
}

fn fits(choice: &Choice, value: &Value) -> bool {
    match choice.kind {
        ChoiceKind::Bool => value.is_boolean(),
        ChoiceKind::Text => is_text(value),
        ChoiceKind::List => value.as_array().is_some_and(|items| items.iter().all(is_text)),
        ChoiceKind::Choice => value.as_str().is_some_and(|word| choice.choices.iter().any(|known| known == word)),
    }
}

/// Whether a value is a text that cannot be taken for the mark of a secret.
fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.contains(MARK))
}
