//! The access key of a user: which of those in the account is of use, and what is done where none is.

use super::AwsChange;
use crate::base::error::{Code, Error};
use crate::base::names::Kind;
use crate::base::shell::word;
use crate::clouds::aws::plan::Step;
use crate::model::keys::{KEPT, LOST, active, fallen_back};
use crate::model::{AtHand, HeldKeys, KeyState, PrincipalWant, Verb, masked};

/// The step for a user's access key. A secret is shown only once, so a key is of use only while we hold its secret.
///
/// A key that an interrupted run made gives way; any other is left alone, and no advice removes one that works or is held.
pub(crate) fn key_step(want: &PrincipalWant, keys: &[KeyState], at_hand: &AtHand) -> Step {
    let name = want.name.as_str();
    let nothing = HeldKeys::default();
    let held = at_hand.held.get(&want.name).unwrap_or(&nothing);
    let intent = at_hand.intents.get(&want.name);
    let orphan = intent.and_then(|intent| intent.orphan(keys)).filter(|orphan| !held.holds(&orphan.id));
    let orphan = orphan.map(|orphan| AwsChange::DeleteOrphanKey(orphan.id.clone()));
    let step = |verb, changes| Step::new(Kind::AccessKey, name, verb, changes);
    let refused = |error| Step::refused(Kind::AccessKey, name, error);
    if let Some(used) = held.usable(active(keys)) {
        let changes: Vec<AwsChange> = orphan.into_iter().collect();
        let kept = step(if changes.is_empty() { Verb::Keep } else { Verb::Change }, changes);
        return match fallen_back(held, used, keys) {
            Some(note) => kept.noted(note),
            None => kept,
        };
    }
    let second = at_hand.second_key && keys.len() == 1;
    if let Some(off) = held.inactive(active(keys)).filter(|_| !second) {
        return refused(inactive(name, off, keys.len()));
    }
    match (orphan, keys) {
        (Some(orphan), _) => step(Verb::Change, vec![orphan, AwsChange::CreateAccessKey]),
        (None, []) => step(Verb::Create, vec![AwsChange::CreateAccessKey]),
        (None, [_]) if second => step(Verb::Create, vec![AwsChange::CreateAccessKey]),
        (None, [key]) => refused(
            Error::new(
                Code::ORPHAN_KEY,
                format!("the user `{name}` has the key {}, and its secret is not in this folder", masked(&key.id)),
            )
            .why(format!("AWS shows a secret only once. {KEPT}{}", gone(held)))
            .fix(format!("Name the folder that holds it: `--keys DIR`. {LOST}")),
        ),
        _ => refused(slots_full(name, keys, held)),
    }
}

/// A key that is kept here and switched off in the account: only whoever did that knows whether it may work again.
pub(crate) fn inactive(user: &str, id: &str, keys: usize) -> Error {
    let other = if keys == 1 {
        " To leave it inactive, run `bucketwright apply --second-key`: it makes a second key beside it."
    } else {
        ""
    };
    Error::new(Code::INACTIVE_KEY, format!("the key {} of the user `{user}` is inactive", masked(id)))
        .why("Its secret is kept in this folder, and somebody switched the key off in the account.")
        .fix(format!("Switch it on, and run the same command again: `aws iam update-access-key --user-name {user} --access-key-id {} --status Active`.{other}", word(id)))
}

/// That what this folder keeps is of no use, where it keeps something.
fn gone(held: &HeldKeys) -> String {
    held.current.as_ref().map_or_else(String::new, |id| {
        format!(
            " The one that this folder keeps, {}, is gone from the account: another folder may have replaced it.",
            masked(id)
        )
    })
}

/// Both slots are taken, and neither secret is here. A key that is inactive serves nobody; any other may be in use.
fn slots_full(name: &str, keys: &[KeyState], held: &HeldKeys) -> Error {
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
    Error::new(
        Code::KEY_SLOTS_FULL,
        format!("the user `{name}` has the keys {ids}, and the secret of neither is in this folder"),
    )
    .why(format!("IAM allows two keys for each user, inactive ones included.{}", gone(held)))
    .fix(fix)
}
