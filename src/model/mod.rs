//! The types that all clouds and all commands share: what is wanted, the plan, keys, facts, and the proof. Pure.

mod facts;
mod held;
mod intent;
mod learnt;
mod listener;
mod owner;
mod plan;
pub mod proof;
mod standing;
mod wanted;

pub use facts::Facts;
pub use held::{AtHand, HeldKeys, KeyState};
pub use intent::{Intent, LISTED_WITHIN};
pub use learnt::{LEARNT, Learnt};
pub use listener::Listener;
pub use owner::{ATTACHED_TAG, ID_TAG, INSTALL_TAG, ORIGIN_TAG, Owner, SPEC_TAG, Whose, tags_of};
pub use plan::{Plan, Step, Verb, calls};
pub use proof::{Finding, Proof, Trial};
pub use standing::Standing;
pub use wanted::{
    ABORT_RULE, Blueprint, BucketWant, GoogleAccount, InstallBlueprint, PrincipalKind, PrincipalWant, Warning,
    WorkloadWant,
};
