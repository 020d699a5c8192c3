//! The keys that earlier runs made and the output folder keeps: which of them are used, and what is still to be found out.

use std::collections::BTreeMap;

use crate::base::error::{Code, Error, Result};
use crate::base::names::{DnsLabel, IamName};
use crate::base::secret::AccessKey;
use crate::clouds::clock::now;
use crate::clouds::{LiveCloud, known};
use crate::files::out::{Folder, Home, KeptKeys};
use crate::model::{AtHand, Blueprint, HeldKeys, PrincipalWant, masked};

/// What the folder tells: the ids of the keys whose secrets it keeps, and the intents that are open.
pub(super) fn at_hand(blueprint: &Blueprint, folder: &Folder, second_key: bool) -> Result<AtHand> {
    let mut at_hand = AtHand { second_key, ..AtHand::default() };
    for user in users(blueprint) {
        if let Some(kept) = folder.kept(user)? {
            at_hand.held.insert(user.clone(), kept.held());
        }
        if let Some(intent) = folder.open_intent(user)? {
            at_hand.intents.insert(user.clone(), intent);
        }
    }
    Ok(at_hand)
}

/// Where the keys of a run are of use, as far as it is known.
pub(super) fn home(blueprint: &Blueprint) -> Option<Home> {
    let cloud = &blueprint.spec.cloud;
    match known(cloud).project() {
        Some(project) => Some(Home::project(project)),
        None => blueprint.account.as_ref().filter(|_| cloud.has_accounts()).map(Home::account),
    }
}

fn users(blueprint: &Blueprint) -> impl Iterator<Item = &IamName> {
    with_made_keys(blueprint).map(|principal| &principal.name)
}

fn with_made_keys(blueprint: &Blueprint) -> impl Iterator<Item = &PrincipalWant> {
    blueprint.principals.iter().filter(|principal| principal.has_made_key())
}

/// Refuses to hand on a key of these installs that was made and not proven: the run that made it failed in its proof, or ended
/// before it. What only `apply` can tell is left to `apply`.
pub(super) fn all_proven(
    blueprint: &Blueprint,
    folder: &Folder,
    handed_on: impl Fn(&PrincipalWant) -> bool,
) -> Result<()> {
    let mut errors = Vec::new();
    for want in with_made_keys(blueprint).filter(|want| handed_on(want)) {
        let Some(kept) = folder.kept(&want.name)?.filter(KeptKeys::is_unproven) else { continue };
        let what = format!("the key {} of `{}` is not proven", masked(&kept.current_id()), want.name);
        errors.push(
            Error::new(Code::UNPROVEN_KEY, what)
                .why("The run that made it failed in its proof, or ended before it. What is not proven is not handed on: it may do too little, or too much. Nothing was written.")
                .fix("Run `bucketwright apply`: it proves the key, and writes what is missing. `apply --no-proof` writes it without."),
        );
    }
    Error::check(errors)
}

/// The keys in use for a render: of one install, when only that one is rendered.
pub(super) fn proven_keys(
    blueprint: &Blueprint,
    folder: &Folder,
    only: Option<&DnsLabel>,
) -> Result<BTreeMap<IamName, AccessKey>> {
    all_proven(blueprint, folder, |want| only.is_none_or(|only| &want.install == only))?;
    kept_keys(blueprint, folder)
}

/// Says of the keys in use that they may be handed on.
pub(super) fn keep_proven(blueprint: &Blueprint, folder: &Folder) -> Result<()> {
    users(blueprint).try_for_each(|user| folder.keep_proven(user))
}

/// The keys in use, as the folder says.
pub(super) fn kept_keys(blueprint: &Blueprint, folder: &Folder) -> Result<BTreeMap<IamName, AccessKey>> {
    arranged_keys(blueprint, folder, &BTreeMap::new())
}

/// The keys in use; where the account says that another one works, that one.
pub(super) fn arranged_keys(
    blueprint: &Blueprint,
    folder: &Folder,
    arranged: &BTreeMap<IamName, HeldKeys>,
) -> Result<BTreeMap<IamName, AccessKey>> {
    let mut keys = BTreeMap::new();
    for user in users(blueprint) {
        let Some(kept) = folder.kept(user)? else { continue };
        let used = arranged.get(user).and_then(|held| kept.key(held.current.as_ref()?)).unwrap_or(&kept.current);
        keys.insert(user.clone(), used.clone());
    }
    Ok(keys)
}

/// For each user one of whose kept keys works: its keys as they are used from now on.
pub(super) fn arranged<C: LiveCloud>(observed: &C::Observed) -> BTreeMap<IamName, HeldKeys> {
    let Some(at_hand) = C::at_hand(observed) else { return BTreeMap::new() };
    let of = |user: &IamName| Some((user.clone(), at_hand.arranged(user, C::keys(observed, user))?));
    at_hand.held.keys().filter_map(of).collect()
}

/// Closes the intents that have nothing left to tell.
pub(super) fn settle<C: LiveCloud>(observed: &C::Observed, folder: &Folder) -> Result<()> {
    let Some(at_hand) = C::at_hand(observed) else { return Ok(()) };
    at_hand.settled(|user| C::keys(observed, user), now()).into_iter().try_for_each(|user| folder.settle(user))
}
