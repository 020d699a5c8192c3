//! From spec and profiles to the blueprint.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::install::Builder;
use super::merge::{merged_buckets, principal_wants};
use crate::clouds::known;
use crate::model::{Blueprint, InstallBlueprint, PrincipalWant};
use serde_json::json;

use crate::base::error::{Code, Error, Result};
use crate::base::names::AccountId;
use crate::profile::{Catalogue, ChartKind, Profile};
use crate::spec::Spec;

/// Computes the blueprint. `account` is what the cloud told; the spec's own comes first.
///
/// # Errors
/// Every problem that can be found, joined: `BW03xx` for profiles, `BW04xx` for what cannot work, `BW02xx` for names that
/// come out invalid.
pub fn blueprint(spec: Spec, catalogue: &Catalogue, account: Option<&AccountId>) -> Result<Blueprint> {
    let account = spec.cloud.account().cloned().or_else(|| account.cloned());
    let mut errors = Vec::new();
    let mut profiles: BTreeMap<&str, Rc<Profile>> = BTreeMap::new();
    let mut builders = Vec::new();
    for install in &spec.installs {
        let profile = match profiles.get(install.profile.as_str()) {
            Some(profile) => Rc::clone(profile),
            None => match catalogue.get(&install.profile) {
                Ok(profile) => {
                    profiles.insert(&install.profile, Rc::clone(&profile));
                    profile
                }
                Err(error) => {
                    let place =
                        if error.code() == &Code::UNKNOWN_PROFILE { spec.place_in(install, "profile") } else { None };
                    errors.push(error.at(place));
                    continue;
                }
            },
        };
        match Builder::new(&spec, install, profile, account.as_ref()).and_then(Builder::finish) {
            Ok(built) => builders.push(built),
            Err(error) => {
                // A profile that asks for too much asks for it with every install.
                let endless = error.code() == &Code::TOO_MUCH_WORK;
                errors.push(error);
                if endless {
                    break;
                }
            }
        }
    }
    Error::check(errors)?;
    one_release_each(&spec, builders.iter().map(|built| &built.blueprint))?;
    let buckets = merged_buckets(&spec, &builders)?;
    let principals = principal_wants(&spec, &builders)?;
    crate::clouds::aws::boundary::by_others(&spec, &principals)?;
    let mut installs: Vec<InstallBlueprint> = builders.into_iter().map(|built| built.blueprint).collect();
    for install in &mut installs {
        let own: Vec<&PrincipalWant> = principals.iter().filter(|want| want.install == install.id).collect();
        if let Some(lines) = known(&spec.cloud).user_lines(&spec, &own) {
            install.variables.insert("user_commands".to_owned(), json!(lines));
        }
    }
    Ok(Blueprint { spec, account, installs, buckets, principals })
}

/// Sees that no two installs are one release. Parts of an umbrella chart may be, below keys of their own.
///
/// Source: Helm documentation, "Using Helm": the name of a release is unique in its namespace.
fn one_release_each<'a>(spec: &Spec, installs: impl Iterator<Item = &'a InstallBlueprint>) -> Result<()> {
    let by_helm = |one: &&InstallBlueprint| one.profile.about.kind == ChartKind::Helm;
    let all: Vec<&InstallBlueprint> = installs.filter(by_helm).collect();
    for (at, one) in all.iter().enumerate() {
        let parts =
            |other: &InstallBlueprint| !one.below.is_empty() && !other.below.is_empty() && one.below != other.below;
        let same = |other: &&&InstallBlueprint| {
            (&other.namespace, &other.release) == (&one.namespace, &one.release) && !parts(other)
        };
        let Some(other) = all[..at].iter().find(same) else { continue };
        let what = format!(
            "`{}` and `{}` are both the release `{}` in the namespace `{}`",
            other.id, one.id, one.release, one.namespace
        );
        let install = spec.installs.iter().find(|install| install.id == one.id);
        let place = ["release", "namespace", "id", "profile"].iter().find_map(|key| spec.place_in(install?, key));
        return Err(Error::new(Code::RELEASE_CLAIMED_TWICE, what)
            .why("Helm has one release of a name in a namespace, and the Secrets of one install would replace those of the other.")
            .fix("Give one of them a `release` or `namespace` of its own. If both are parts of one umbrella chart, say of each where: `below: KEY`.")
            .at(place));
    }
    Ok(())
}
