//! Questions about the cloud that has nothing.

use super::Words;

/// What the questions say of it.
pub(super) const WORDS: Words = Words {
    choice: "nowhere",
    proves_to: "nobody",
    bucket_names: "Any name will do.",
    make: "Shall nothing be made now?",
    identity: super::aws::identity,
    ask: |wizard| wizard.region(),
};
