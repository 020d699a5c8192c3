//! The access key of a user: which of those in the account is of use, and what is done where none is.

use super::change::masked;
use super::{AtHand, Change, KeyState, Step, Verb};
use crate::blueprint::PrincipalWant;
use crate::error::{Code, Error};
use crate::shell::word;

/// The step for a user's access key. A secret is shown only once, so a key is of use only while we hold its secret.
///
/// A key that an interrupted run made gives way to a new one; any other is left alone, and no advice removes one that works.
pub(super) fn key_step(want: &PrincipalWant, keys: &[KeyState], at_hand: &AtHand) -> Step {
    let name = want.name.as_str();
    let held = at_hand.keys.get(&want.name);
    if held.is_some_and(|held| keys.iter().any(|key| &key.id == held && key.active)) {
        return Step::new("access-key", name, Verb::Keep, Vec::new());
    }
    if let Some(orphan) = at_hand.intents.get(&want.name).and_then(|intent| intent.orphan(keys)) {
        let changes = vec![Change::DeleteOrphanKey(orphan.id.clone()), Change::CreateAccessKey];
        return Step::new("access-key", name, Verb::Change, changes);
    }
    match keys {
        [] => Step::new("access-key", name, Verb::Create, vec![Change::CreateAccessKey]),
        [_] if at_hand.second_key => Step::new("access-key", name, Verb::Create, vec![Change::CreateAccessKey]),
        [key] => Step::refused(
            "access-key",
            name,
            Error::new(
                Code::ORPHAN_KEY,
                format!("the user `{name}` has the key {}, whose secret is not at hand", masked(&key.id)),
            )
            .why(format!("AWS shows a secret only once. {KEPT}"))
            .fix(format!("Name the folder that holds it: `--keys DIR`. {LOST}")),
        ),
        _ => Step::refused("access-key", name, slots_full(name, keys)),
    }
}

/// Where the secrets of keys are.
pub(super) const KEPT: &str = "`apply` keeps it in `credentials` below its `--out`, or in the folder of `--keys`.";
/// What to do where they are not.
pub(super) const LOST: &str =
    "If it is lost, run `bucketwright apply --second-key`: it makes a second key, and the first goes on working.";

/// Both slots are taken, and neither secret is here. A key that is inactive serves nobody; any other may be in use.
fn slots_full(name: &str, keys: &[KeyState]) -> Error {
    let ids = keys.iter().map(|key| masked(&key.id)).collect::<Vec<_>>().join(" and ");
    let fix = match keys.iter().find(|key| !key.active) {
        Some(off) => format!(
            "Name the folder that holds one of them: `--keys DIR`. If both are lost, {} serves nobody, because it is inactive: `aws iam delete-access-key --user-name {name} --access-key-id {}`, then `bucketwright apply --second-key`.",
            masked(&off.id),
            word(&off.id)
        ),
        None => format!(
            "Name the folder that holds one of them: `--keys DIR`. If both are lost, see which one nobody uses, `aws iam get-access-key-last-used --access-key-id {}`, and make that one inactive, which can be undone: `aws iam update-access-key --user-name {name} --access-key-id ID --status Inactive`. Then run `bucketwright plan` again.",
            keys.iter()
                .map(|key| word(&key.id))
                .collect::<Vec<_>>()
                .join("` and `aws iam get-access-key-last-used --access-key-id ")
        ),
    };
    Error::new(Code::KEY_SLOTS_FULL, format!("the user `{name}` has the keys {ids}, and no secret of them is at hand"))
        .why("IAM allows two keys for each user, inactive ones included.")
        .fix(fix)
}
