//! What this command refuses before it computes anything.

use super::{FoundStore, MigrationOptions, Old, Where, settings, umbrella};
use crate::base::error::{Code, Error, Result};
use crate::helm::chart::ValuesFile;
use crate::profile::{Catalogue, Migration};
use crate::spec::Identity;

pub(super) fn no_migration(name: &str, catalogue: &Catalogue) -> Error {
    let known = catalogue.names().filter(|name| catalogue.get(name).is_ok_and(|one| one.migration.is_some()));
    Error::new(Code::NO_MIGRATION, format!("nothing is known of MinIO in `{name}`"))
        .why("The profile has no table of old settings, so nobody could say what becomes of them.")
        .fix(format!("Profiles with one: {}.", known.collect::<Vec<_>>().join(", ")))
}

/// Refuses a HelmRelease or an Application: the steps give the old file to Helm, which would read none of the values inside of it,
/// and the controller would undo the switch.
pub(super) fn applied_by_a_controller(file: &ValuesFile) -> Result<()> {
    if file.inside().is_none() {
        return Ok(());
    }
    let first = file.tree.entries().first().map(|(key, _)| file.place(key));
    Err(Error::new(Code::NOT_VALUES, format!("{} is a document that a controller applies, not a values file", file.name()))
        .why("The switch gives the old values to Helm, then what undoes them, then the new ones; Helm would read nothing of what is inside the document, and Flux or Argo CD would undo the switch.")
        .fix("Write the values that are inside into a file of their own, give that one with `--values`, and name release and namespace with `--release` and `--namespace`. Suspend the controller for the migration, and put the new values into the document before it resumes.")
        .at(first))
}

/// Refuses values of which this profile knows nothing and another does: a chart's defaults alone would say that it is on MinIO.
pub(super) fn right_profile(old: &Old, name: &str, migration: &Migration, catalogue: &Catalogue) -> Result<()> {
    if settings::known(old, migration) > 0 {
        // An umbrella may bring a MinIO of its own, and globals.
        return umbrella::not_one(old, name, migration, None);
    }
    let others = catalogue.names().filter(|other| *other != name).filter_map(|other| {
        let known = settings::known(old, catalogue.get(other).ok()?.migration.as_ref()?);
        (known > 0).then_some((known, other))
    });
    let others = others.max();
    umbrella::not_one(old, name, migration, others.map(|(_, near)| near))?;
    let Some((_, near)) = others else { return Ok(()) };
    let first = old.entries().first().and_then(|(_, first)| first.place.clone());
    Err(Error::new(Code::NOT_VALUES, format!("these look like values of `{near}`, not of `{name}`"))
        .why(format!("None of their settings is one that `{name}` knows of storage, so only the chart's defaults would be migrated."))
        .fix(format!("Use `--profile {near}`, or give the values files of `{name}`."))
        .at(first))
}

/// Refuses what lacks an answer that a role needs: the values name no account and no cluster.
pub(super) fn complete(request: &MigrationOptions) -> Result<()> {
    let needs: &[(&str, &Option<String>)] = match request.identity {
        Identity::Irsa => {
            &[("account", &request.account), ("cluster", &request.cluster), ("oidc-issuer", &request.oidc_issuer)]
        }
        Identity::PodIdentity => &[("account", &request.account), ("cluster", &request.cluster)],
        Identity::NodeRole => {
            &[("account", &request.account), ("cluster", &request.cluster), ("node-role", &request.node_role)]
        }
        Identity::StaticKeys | Identity::WorkloadIdentity => &[],
    };
    let missing: Vec<String> =
        needs.iter().filter(|(_, value)| value.is_none()).map(|(flag, _)| format!("`--{flag}`")).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::new(Code::MISSING_ANSWER, format!("the identity `{}` needs {}", request.identity, missing.join(", ")))
        .why("The role's ARN and trust name them, old values do not, and this command asks no cloud.")
        .fix("Add them, or use `--identity static-keys`, which needs none."))
}

pub(super) fn nothing(request: &MigrationOptions, what: &str) -> Error {
    Error::new(Code::NOTHING_TO_MIGRATE, format!("{}: {what}", request.profile))
        .why("There is nothing that could be moved from MinIO to S3.")
        .fix("If the release is not on MinIO, `bucketwright init` writes a spec. If it is, give all values files of the release, in Helm's order.")
}

/// Refuses values that speak of no MinIO, and stores that are neither MinIO nor S3.
pub(super) fn worth_it(found: &[FoundStore<'_>], request: &MigrationOptions, old: &Old) -> Result<()> {
    let other = found.iter().find_map(|one| match &one.place_of_objects {
        Where::Other(store) => Some((one, store)),
        _ => None,
    });
    if let Some((other, store)) = other {
        return Err(Error::new(
            Code::CANNOT_STAY,
            format!("`{}/{}` is on {store}, which this command does not move", request.profile, other.name()),
        )
        .why("The new values would put it on S3 too, away from its objects.")
        .fix("Move it by its own documentation first, or leave the whole release as it is.")
        .at(other.said.clone()));
    }
    if found.iter().any(FoundStore::moves) {
        return Ok(());
    }
    if found.iter().any(|one| one.kept) {
        return Err(nothing(request, "everything that is on MinIO shall stay there"));
    }
    let error = nothing(request, "nothing in the values says that objects are kept on MinIO");
    Err(error.at(old.entries().first().and_then(|(_, first)| first.place.clone())))
}
