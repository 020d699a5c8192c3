//! What lies behind an error: the chain of errors of libraries, as texts, so that they can be cloned and shown.

use std::error::Error;
use std::fmt;

/// An error of a library, with what caused it. Whoever makes one sees that its text holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    text: String,
    behind: Option<Box<Cause>>,
}

impl Cause {
    /// The chain that an error begins.
    pub fn of(error: &dyn Error) -> Self {
        Self { text: error.to_string(), behind: error.source().map(|source| Box::new(Self::of(source))) }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.behind.as_deref().map(|cause| cause as &dyn Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::{Code, Error as Ours};

    #[test]
    fn the_chain_is_kept() {
        let inner = std::io::Error::other("the disk is gone");
        let outer = std::io::Error::other(inner);
        let error = Ours::new(Code::UNREADABLE, "x cannot be read").caused_by(&outer);
        let cause = error.clone().source().map(ToString::to_string);
        assert_eq!(cause.as_deref(), Some("the disk is gone"));
        assert!(Ours::new(Code::UNREADABLE, "x").source().is_none());
    }
}
