//! Who hears what is done while a plan is carried out.

use super::{Intent, Step};
use crate::base::error::Result;
use crate::base::names::IamName;
use crate::base::secret::AccessKey;

/// Hears what is done: for progress, for stopping between two calls, and for keeping secrets the moment they exist.
pub trait Listener {
    /// A step is about to make a change.
    ///
    /// # Errors
    /// `BW0903` when the user has interrupted: the change is not made.
    fn doing<C>(&self, step: &Step<C>, words: &str) -> Result<()>;
    /// A step is done.
    fn done<C>(&self, step: &Step<C>);
    /// Something that was wanted cannot be done here, and why; the work continues.
    fn skipped<C>(&self, step: &Step<C>, words: &str);
    /// Something has to be waited for, and why. `false` gives up.
    fn waiting(&self, reason: &str) -> bool;
    /// An access key is about to be made: the intent must survive whatever happens next.
    ///
    /// # Errors
    /// When it cannot be written; the key is not made.
    fn intend(&self, intent: &Intent) -> Result<()>;
    /// An intent is fulfilled, or its key was not made: nothing is left to find out.
    ///
    /// # Errors
    /// When the intent cannot be removed.
    fn settle(&self, user: &IamName) -> Result<()>;
    /// An access key was made. It must be kept before anything else happens: AWS never shows it again.
    ///
    /// # Errors
    /// When it cannot be kept; the work stops.
    fn keep(&self, principal: &IamName, key: &AccessKey) -> Result<()>;
}
