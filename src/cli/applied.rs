//! What the folder of an earlier `apply` or `migrate settings` tells those who ask no cloud.

use std::path::Path;

use super::context::Context;
use crate::base::error::{Code, Error, Result, Source};
use crate::base::names::AccountId;
use crate::files::out::{Folder, read_public};
use crate::migrate::Pending;
use crate::model::{Blueprint, LEARNT, Learnt};
use crate::spec::Spec;

/// The blueprint of a spec, with what an earlier `apply` was told and kept in its folder.
pub(super) fn known(context: &Context, spec: Spec, folder: &Folder) -> Result<(Blueprint, Learnt)> {
    let learnt = learnt(&spec, folder)?;
    Ok((context.blueprint(spec.with_learnt(&learnt), None)?, learnt))
}

/// What an earlier `apply` kept in its folder of what the spec leaves out.
pub(super) fn learnt(spec: &Spec, folder: &Folder) -> Result<Learnt> {
    let Some(text) = folder.text(LEARNT)? else { return Ok(Learnt::default()) };
    Learnt::read(&Source::new(folder.path().join(LEARNT).display().to_string(), text.as_str()), spec)
}

/// The spec with its id, also where only an earlier `apply` knows it.
pub(super) fn identified(spec: Spec, folder: &Folder) -> Result<Spec> {
    let learnt = learnt(&spec, folder)?;
    Ok(spec.with_id(&learnt))
}

/// Sees that the files of a folder were not made for another account than the caller's, where the spec names none.
///
/// # Errors
/// `BW0505` when they were.
pub(super) fn of_account(folder: &Folder, spec: &Spec, caller: &AccountId) -> Result<()> {
    let Some(before) = learnt(spec, folder)?.account.filter(|before| before != caller) else { return Ok(()) };
    let place = folder.path().display();
    Err(Error::new(
        Code::OTHER_ACCOUNT,
        format!("the credentials belong to account {caller}, and the files in {place} were made for account {before}"),
    )
    .why("The spec names no account, so the roles and buckets of the other account would be left behind, and the files would name new ones.")
    .fix(format!("Use the credentials of account {before} (AWS_PROFILE). If the other account is meant, write into another folder, `--out DIR`, or add `account: \"{caller}\"` below `cloud` in the spec.")))
}

/// A move from MinIO that is not done: `migrate settings` leaves its report in the output folder, or beside the spec.
pub(super) fn pending(spec: &Spec, path: &Path, folder: &Folder) -> Result<Option<Pending>> {
    let beside = path.parent().map(Path::to_owned).unwrap_or_default();
    for place in [folder.path().to_owned(), beside] {
        if let Some(text) = read_public(&place.join("migration.json"))? {
            let pending = Pending::read(&text, spec.name.as_str(), &place.display().to_string());
            if pending.is_some() {
                return Ok(pending);
            }
        }
    }
    Ok(None)
}
