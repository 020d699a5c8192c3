//! Addresses of AWS in a spec that lie in another partition than its region: nothing there answers for it.

use crate::base::error::{Code, Error};
use crate::base::names::Region;
use crate::spec::check::Checker;
use crate::spec::{AwsCloud, Identity, SpecDocument};

/// Refuses an endpoint and, where pods become roles, a cluster of another partition. An address outside of AWS says nothing.
pub(in crate::spec) fn addresses(checker: &mut Checker, document: &SpecDocument, cloud: &AwsCloud) {
    let region = &cloud.region;
    let becomes = [Identity::Irsa, Identity::PodIdentity];
    let identities = document.installs.iter().map(|install| install.identity.as_ref().or(document.identity.as_ref()));
    let roles = identities.flatten().any(|identity| becomes.contains(&identity.value));
    let issuer = cloud.cluster.as_ref().and_then(|cluster| cluster.issuer.as_ref()).filter(|_| roles);
    let issuer = issuer.and_then(|issuer| Region::of_host(issuer.host_path()));
    let endpoint = cloud.endpoint.as_ref().and_then(|endpoint| Region::of_host(endpoint.host_name()));
    for (key, other, why, fix) in [
        (
            "cloud.cluster.oidcIssuer",
            issuer,
            "The pods of an EKS cluster ask IAM and STS of the cluster's own partition, which know no role of another one.",
            "Correct `oidcIssuer` or `region`. For buckets of another partition use `identity: static-keys`.",
        ),
        (
            "cloud.endpoint",
            endpoint,
            "An endpoint knows the buckets and access keys of its own partition only.",
            "Correct `endpoint` or `region`.",
        ),
    ] {
        let Some(other) = other.filter(|other| other.partition() != region.partition()) else { continue };
        let place = checker.ranges.get(key).cloned().and_then(|range| checker.place(&range));
        let name = key.rsplit('.').next().unwrap_or_default();
        checker.errors.push(
            Error::new(
                Code::OTHER_PARTITION,
                format!(
                    "`{name}` lies in {other} (partition `{}`), and the buckets in {region} (`{}`)",
                    other.partition(),
                    region.partition()
                ),
            )
            .why(why)
            .fix(fix)
            .at(place),
        );
    }
}
