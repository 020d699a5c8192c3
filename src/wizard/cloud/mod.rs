//! The questions of each cloud, a file each.

pub(super) mod aws;
pub(super) mod azure;
pub(super) mod gcp;
mod keys;
pub(super) mod managed;
pub(super) mod s3;

use super::Asked;
use super::ask::Wizard;
use crate::spec::{Identity, Provider};

/// An identity, as one of several to choose from.
pub(super) struct Identified {
    /// Its name, and the one thing that tells it from the others.
    pub(super) label: &'static str,
    /// What taking it brings with it.
    pub(super) means: &'static str,
}

/// What the questions say of a cloud, and how its place is asked for.
pub(super) struct Words {
    /// The cloud, as one of several to choose from.
    pub(super) choice: &'static str,
    /// What pods prove to who they are.
    pub(super) proves_to: &'static str,
    /// What is to be known of bucket names.
    pub(super) bucket_names: &'static str,
    /// Whether everything is to be made now.
    pub(super) make: &'static str,
    /// An identity in plain words.
    pub(super) identity: fn(Identity) -> Identified,
    /// Asks for the place.
    pub(super) ask: fn(&mut Wizard<'_, '_>) -> Asked<()>,
}

/// The clouds in the order in which they are offered.
pub(super) const ORDER: [Provider; Provider::ALL.len()] = [Provider::Aws, Provider::S3, Provider::Azure, Provider::Gcp];

/// What the questions say of a cloud.
pub(super) fn words(cloud: Provider) -> &'static Words {
    match cloud {
        Provider::Aws => &aws::WORDS,
        Provider::S3 => &s3::WORDS,
        Provider::Gcp => &gcp::WORDS,
        Provider::Azure => &azure::WORDS,
    }
}
