//! The plan for Azure: the containers. All else is made with the Azure CLI, whose lines stand below the plan.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::base::error::{Code, Error};
use crate::base::names::{BucketName, Kind};
use crate::clouds::azure::standing::{StoredPolicy, standing};
use crate::model::{self, Blueprint, BucketWant, Change, Standing, Verb, in_words};

/// One change in a storage account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AzureChange {
    /// Makes a container.
    CreateContainer,
}

impl Change for AzureChange {
    fn call(&self) -> &'static str {
        "blob:CreateContainer"
    }

    fn words(&self) -> String {
        "make the container, closed to the public".to_owned()
    }
}

impl Serialize for AzureChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        in_words(self, serializer)
    }
}

/// A step on Azure.
pub type Step = model::Step<AzureChange>;
/// A plan for Azure.
pub type Plan = model::Plan<AzureChange>;

/// What is known of the containers; `None` when no key was available to ask with.
#[derive(Clone, Debug, Default)]
pub struct AzureObserved {
    /// The containers that were asked for.
    pub containers: Option<BTreeMap<BucketName, ContainerObserved>>,
    /// Whether the account lets anybody ask without a key or a role, where that could be told.
    pub anonymous: Option<bool>,
}

/// A container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerObserved {
    /// It does not exist.
    Absent,
    /// It exists.
    There {
        /// The spec that its metadata names.
        spec: Option<String>,
        /// Whether everybody may read from it.
        public: bool,
        /// The policies that are stored with it, to which signed links refer.
        policies: Vec<StoredPolicy>,
    },
}

/// Compares blueprint and observation.
pub fn azure_plan(blueprint: &Blueprint, observed: &AzureObserved) -> Plan {
    let step = |want: &BucketWant| Some(container(blueprint, want, observed.containers.as_ref()?.get(&want.name)?));
    let Standing { grants, unjudged, .. } = standing(blueprint, observed);
    Plan { steps: blueprint.buckets.iter().filter_map(step).collect(), grants, unjudged, ..Plan::default() }
}

fn container(blueprint: &Blueprint, want: &BucketWant, found: &ContainerObserved) -> Step {
    let name = want.name.as_str();
    let refuse = |error: Error| {
        let place = want.users.first().and_then(|(install, purpose)| {
            let install = blueprint.spec.installs.iter().find(|candidate| &candidate.id == install)?;
            blueprint.spec.place_in(install, &format!("buckets.{purpose}"))
        });
        Step::refused(Kind::Bucket, name, error.at(place))
    };
    match found {
        ContainerObserved::Absent if want.existing => refuse(
            Error::new(Code::UNUSABLE_CONTAINER, format!("the container `{name}` does not exist"))
                .why("The spec says `existing: true`.")
                .fix("Correct the name, or remove `existing: true` to have it made."),
        ),
        ContainerObserved::Absent => Step::new(Kind::Bucket, name, Verb::Create, vec![AzureChange::CreateContainer]),
        ContainerObserved::There { public: true, .. } => refuse(
            Error::new(Code::UNUSABLE_CONTAINER, format!("everybody may read from the container `{name}`"))
                .why("Anonymous access is on for it, and what charts store is private. It is someone's setting, so it is not taken back here.")
                .fix(format!("Choose another name, or run `az storage container set-permission --name {name} --public-access off`.")),
        ),
        ContainerObserved::There { spec: Some(other), .. } if other != blueprint.spec.name.as_str() => refuse(
            Error::new(Code::OTHER_SPEC, format!("the container `{name}` belongs to the spec `{other}`"))
                .why("Two specs that both own a container would mix their objects.")
                .fix("Choose another name."),
        ),
        ContainerObserved::There { spec: Some(_), .. } => Step::new(Kind::Bucket, name, Verb::Keep, Vec::new()),
        ContainerObserved::There { spec: None, .. } => Step::new(Kind::Bucket, name, Verb::Keep, Vec::new())
            .noted("It exists, and was not made by bucketwright: it is used as it is."),
    }
}
