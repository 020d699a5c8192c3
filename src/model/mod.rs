//! The types that all clouds and all commands share: what is wanted, the plan, keys, facts, and the proof. Pure.

mod facts;
mod intent;
pub(crate) mod keys;
mod learnt;
mod listener;
mod owner;
mod plan;
pub mod proof;
mod shown;
mod standing;
mod teardown;
mod wanted;

pub use facts::Facts;
pub use intent::{Intent, LISTED_WITHIN};
pub use keys::{AtHand, HeldKeys, KeyState, LastUse, Use, masked};
pub use learnt::{LEARNT, Learnt};
pub use listener::Listener;
pub use owner::{ATTACHED_TAG, ID_TAG, INSTALL_TAG, ORIGIN_TAG, Owner, SPEC_TAG, Whose, other_spec, tags_of};
pub use plan::{Change, Plan, Step, Verb, calls};
pub use proof::{Finding, Proof, Trial};
pub use shown::{Fate, Shown, in_words};
pub use standing::{Standing, accepted};
pub use teardown::{
    Former, Named, RemainingBucket, RemainingIdentity, Remains, Teardown, TeardownScope, TeardownStep, Witness,
};
pub use wanted::{
    ABORT_RULE, Blueprint, BucketWant, GoogleAccount, InstallBlueprint, PrincipalKind, PrincipalWant, Warning,
    WorkloadWant,
};
