//! What went wrong, where, why it matters, and the exact fix.
//!
//! Every error a user can see is an [`Error`]: a stable [`Code`], a sentence that says what is wrong, and, where there is
//! one, the place in a file, the reason, and the fix. Errors never hold a secret value.

mod cause;
mod code;
mod codes;
mod finding;
mod foreign;
mod pages;
mod place;

use std::fmt;

use cause::Cause;
pub use code::{Code, ErrorKind};
pub use finding::{Finding, Severity};
pub use foreign::{ORDERS, is_hidden, masked, one_line, visible, without_orders};
use miette::{Diagnostic, LabeledSpan, SourceCode};
pub use pages::Page;
pub use place::{Place, Source};

/// The result of everything that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// One problem, or several found together.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: Code,
    what: String,
    why: Option<String>,
    fix: Option<String>,
    place: Option<Place>,
    others: Vec<Error>,
    cause: Option<Cause>,
}

impl Error {
    /// An error with its code and one sentence that says what is wrong.
    pub fn new(code: Code, what: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            // One sentence on one line: what it repeats of others may hold more.
            what: readable(what.into().replace('\n', "\\n")),
            why: None,
            fix: None,
            place: None,
            others: Vec::new(),
            cause: None,
        }))
    }

    /// Says why it matters.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.0.why = Some(readable(why.into()));
        self
    }

    /// Says the exact fix: a command, a flag or a line of the spec.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        // Line by line: commands that are to be typed are many, and none of them endless.
        let lines: Vec<String> = fix.into().split('\n').map(|line| readable(line.to_owned())).collect();
        self.0.fix = Some(lines.join("\n"));
        self
    }

    /// Points at a place in a file.
    #[must_use]
    pub fn at(mut self, place: Option<Place>) -> Self {
        if place.is_some() {
            self.0.place = place;
        }
        self
    }

    /// Keeps the error of a library that lies behind it; `-vv` shows the chain. Its text must hold no secret.
    #[must_use]
    pub fn caused_by(mut self, error: &dyn std::error::Error) -> Self {
        self.0.cause = Some(Cause::of(error));
        self
    }

    /// The error as one of a reader of YAML or JSON, which keeps a text alone: what is wrong, and the rest on a second line.
    pub fn in_reader<E: serde::de::Error>(&self) -> E {
        let rest: Vec<&str> = [self.reason(), self.remedy()].into_iter().flatten().collect();
        E::custom(format!("{}\n{}", self.what(), rest.join(" ")))
    }

    /// Joins errors that were found together into one; `None` when there are none.
    pub fn join(errors: Vec<Error>) -> Option<Self> {
        let mut errors = errors.into_iter().flat_map(Self::each);
        let mut first = errors.next()?;
        first.0.others.extend(errors);
        Some(first)
    }

    /// This error and those found with it, each on its own.
    pub fn each(mut self) -> Vec<Self> {
        let others = std::mem::take(&mut self.0.others);
        std::iter::once(self).chain(others.into_iter().flat_map(Self::each)).collect()
    }

    /// `Ok` when the list is empty, else all of them as one error.
    ///
    /// # Errors
    /// The joined list.
    pub fn check(errors: Vec<Error>) -> Result<()> {
        Self::join(errors).map_or(Ok(()), Err)
    }

    /// This error, then the others found with it.
    pub fn all(&self) -> impl Iterator<Item = &Error> {
        std::iter::once(self).chain(self.0.others.iter())
    }

    /// The stable code.
    pub fn code(&self) -> &Code {
        &self.0.code
    }

    /// The sentence that says what is wrong.
    pub fn what(&self) -> &str {
        &self.0.what
    }

    /// Why it matters, if said.
    pub fn reason(&self) -> Option<&str> {
        self.0.why.as_deref()
    }

    /// The fix, if there is one.
    pub fn remedy(&self) -> Option<&str> {
        self.0.fix.as_deref()
    }

    /// The place in a file, if there is one.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }
}

/// A text as it is in a message: what repeats a user's endless value is cut in the middle.
fn readable(text: String) -> String {
    const HALF: usize = 600;
    if text.len() <= 2 * HALF {
        return text;
    }
    let (head, tail) = (text.floor_char_boundary(HALF), text.ceil_char_boundary(text.len() - HALF));
    format!("{} […] {}", &text[..head], &text[tail..])
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.what)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.what)?;
        if let Some(fix) = &self.0.fix {
            write!(f, " (fix: {fix})")?;
        }
        self.0.others.iter().try_for_each(|other| write!(f, "; {other:?}"))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_ref().map(|cause| cause as &dyn std::error::Error)
    }
}

impl Diagnostic for Error {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.0.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(miette::Severity::Error)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let text = match (&self.0.why, &self.0.fix) {
            (None, None) => return None,
            (Some(why), None) => why.clone(),
            (None, Some(fix)) => fix.clone(),
            (Some(why), Some(fix)) => format!("{why}\n{fix}"),
        };
        Some(Box::new(text))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.place.as_ref().map(|place| place as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.0.place.as_ref()?;
        Some(Box::new(std::iter::once(LabeledSpan::new(None, place.offset(), place.length()))))
    }
}
