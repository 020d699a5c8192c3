//! Addresses of AWS in the spec that name another region than the buckets'.

use crate::base::error::Code;
use crate::base::names::Region;
use crate::model::Warning;
use crate::spec::{Identity, Install, Spec};

/// Remarks on the cluster's issuer and on the endpoint, each with the first install that uses it.
pub(crate) fn elsewhere(spec: &Spec, install: &Install) -> Vec<Warning> {
    let region = spec.cloud.region();
    if spec.cloud.aws().is_none() {
        return Vec::new();
    }
    let first = |of: &dyn Fn(&Install) -> bool| spec.installs.iter().find(|one| of(one)).map(|one| &one.id);
    let issuer = spec.cloud.cluster().and_then(|cluster| cluster.issuer.as_ref());
    let issuer = issuer.filter(|_| first(&|one| one.identity == Identity::Irsa) == Some(&install.id));
    let endpoint = spec.cloud.endpoint().filter(|_| first(&|_| true) == Some(&install.id));
    let issuer = issuer.and_then(|issuer| Some(("oidcIssuer", issuer.as_str(), Region::of_host(issuer.host_path())?)));
    let endpoint = endpoint.and_then(|one| Some(("endpoint", one.as_str(), Region::of_host(one.host_name())?)));
    let others = [issuer, endpoint].into_iter().flatten().filter(|(.., other)| other != region);
    others
        .map(|(key, address, other)| Warning {
            code: Code::REGION_ELSEWHERE.as_str().to_owned(),
            what: format!("`{key}` lies in {other}, and the buckets in {region}: {address}"),
            why: "One of the two may be a typing mistake. An endpoint answers for its own region only; a cluster may use buckets of another region, at the price of traffic between regions.".to_owned(),
            fix: Some(format!("Correct `{key}` or `region` below `cloud`, unless this is meant.")),
        })
        .collect()
}
