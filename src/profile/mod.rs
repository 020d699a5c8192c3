//! What bucketwright knows about a chart, as data: loading, checking, and finding profiles.

mod bounds;
mod catalogue;
mod document;
mod expression;
mod federation;
mod filters;
mod google;
mod load;
mod migration;
mod name;
mod path;
mod range;
mod rights;
mod shape;
mod shared;
mod shown;
mod skeleton;
mod table;
mod user_values;

use std::collections::BTreeSet;

pub use catalogue::Catalogue;
pub use document::{
    Access, Bucket, Chart, ChartKind, Check, CheckSeverity, Choice, ChoiceKind, Cors, Expiry, Note, Permission,
    ProfileDocument, Support, Workload,
};
pub use expression::Expressions;
pub use federation::Federation;
pub use google::{GoogleKey, GoogleRole, RoleOn};
pub use migration::{
    Answer, Becomes, Login, Means, Migration, OldBucket, OldCache, OldStore, Read, RegionSetting, Setting, Sign,
    Switch, Undo,
};
pub use name::checked_name;
pub use path::split_path;
pub use range::ChartRange;
pub use rights::{BlobRole, ObjectAction, StorageRole, StoreAction};
use semver::Version;
pub use shown::{Needed, Shown};
pub use skeleton::skeleton;
pub use table::{Document, Fact, Format, KubeSecret};
pub use user_values::{Dropped, Rival};

use crate::base::names::FileName;
use crate::spec::{Identity, Provider};

/// A profile whose every expression compiles.
#[derive(Debug)]
pub struct Profile {
    /// `profile.yaml`.
    pub about: ProfileDocument,
    /// The table of values.
    pub values: Vec<Fact>,
    /// The documents.
    pub documents: Vec<Document>,
    /// The Kubernetes Secrets.
    pub secrets: Vec<KubeSecret>,
    /// What its old settings for MinIO mean, if it could ever use one.
    pub migration: Option<Migration>,
    /// The compiled expressions.
    pub expressions: Expressions,
}

/// Whether an identity works for a chart version on a cloud.
#[derive(Clone, Copy, Debug)]
pub struct IdentityVerdict<'a> {
    /// The identity.
    pub identity: Identity,
    /// Whether it works.
    pub works: bool,
    /// Why, or why not.
    pub why: &'a str,
}

impl Profile {
    /// The profile's name.
    pub fn name(&self) -> &str {
        &self.about.profile
    }

    /// The verdict on every identity, in the order in which the wizard proposes them.
    pub fn verdicts(&self, cloud: Provider, version: &Version) -> Vec<IdentityVerdict<'_>> {
        self.about
            .identities
            .iter()
            .filter(|support| support.cloud == cloud)
            .map(|support| IdentityVerdict {
                identity: support.identity,
                works: support.works && in_range(support.charts.as_ref(), version),
                why: &support.why,
            })
            .collect()
    }

    /// Which clouds it is written for: the reason where it says nothing of another.
    pub fn only_for(&self) -> String {
        let known: BTreeSet<&str> = self.about.identities.iter().map(|support| support.cloud.title()).collect();
        format!(
            "The profile `{}` is written for {} only.",
            self.name(),
            known.into_iter().collect::<Vec<_>>().join(" and ")
        )
    }

    /// The file that the table of values is written to.
    pub fn values_file(&self) -> &str {
        self.about.values_file.as_ref().map_or("values.yaml", FileName::as_str)
    }
}

/// Whether a version lies in a range; no range means all versions.
pub fn in_range(range: Option<&ChartRange>, version: &Version) -> bool {
    range.is_none_or(|range| range.contains(version))
}
