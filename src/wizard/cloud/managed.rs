//! Which cloud's cluster a kubeconfig means, told by the names and addresses that the clouds' own tools write into it. Nobody is asked.

use crate::spec::Provider;

/// A cluster of a cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::wizard) struct Managed {
    /// The cloud.
    pub(in crate::wizard) provider: Provider,
    /// The cluster's name, where it is told.
    pub(in crate::wizard) cluster: Option<String>,
    /// The region or location.
    pub(in crate::wizard) location: String,
    /// The project, on Google Cloud.
    pub(in crate::wizard) project: Option<String>,
}

/// Recognises a cluster by its name in the kubeconfig, the server's address, and the arguments that make its tokens.
///
/// Source: what `aws eks update-kubeconfig`, eksctl, `gcloud container clusters get-credentials` and `az aks get-credentials` write.
pub(in crate::wizard) fn managed(name: &str, server: &str, arguments: &[String]) -> Option<Managed> {
    eks(name, server, arguments).or_else(|| gke(name)).or_else(|| aks(name, server))
}

fn eks(name: &str, server: &str, arguments: &[String]) -> Option<Managed> {
    let found = |cluster: Option<&str>, region: &str| Managed {
        provider: Provider::Aws,
        cluster: cluster.map(str::to_owned),
        location: region.to_owned(),
        project: None,
    };
    let arn: Vec<&str> = name.splitn(6, ':').collect();
    if let ["arn", _, "eks", region, _, rest] = arn.as_slice() {
        return Some(found(rest.strip_prefix("cluster/"), region));
    }
    if let Some((cluster, region)) = name.strip_suffix(".eksctl.io").and_then(|name| name.rsplit_once('.')) {
        return Some(found(Some(cluster), region));
    }
    let host = host(server);
    let labels: Vec<&str> = host.split('.').collect();
    let region = labels.iter().position(|label| *label == "eks").and_then(|at| labels.get(at.checked_sub(1)?))?;
    host.contains(".amazonaws.com").then(|| {
        let named = |option: &str| arguments.iter().skip_while(|argument| *argument != option).nth(1);
        let cluster = named("--cluster-name").or_else(|| named("--cluster-id")).or_else(|| named("-i"));
        found(cluster.map(String::as_str), region)
    })
}

fn gke(name: &str) -> Option<Managed> {
    let parts: Vec<&str> = name.strip_prefix("gke_")?.splitn(3, '_').collect();
    let [project, location, cluster] = parts.as_slice() else { return None };
    // A zone is a region with a letter.
    let region = match location.rsplit_once('-') {
        Some((region, zone)) if zone.len() == 1 => region,
        _ => location,
    };
    Some(Managed {
        provider: Provider::Gcp,
        cluster: Some((*cluster).to_owned()),
        location: region.to_owned(),
        project: Some((*project).to_owned()),
    })
}

fn aks(name: &str, server: &str) -> Option<Managed> {
    let host = host(server);
    let labels: Vec<&str> = host.strip_suffix(".azmk8s.io")?.split('.').collect();
    let location = labels.last().filter(|_| labels.len() > 1)?;
    Some(Managed {
        provider: Provider::Azure,
        cluster: Some(name.to_owned()),
        location: (*location).to_owned(),
        project: None,
    })
}

fn host(server: &str) -> &str {
    let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_are_told_by_what_the_clouds_tools_write() {
        let arguments = ["--region", "eu-west-1", "eks", "get-token", "--cluster-name", "prod"].map(str::to_owned);
        let eks = "https://0AB1.gr7.eu-west-1.eks.amazonaws.com";
        for (name, server, provider, cluster, location) in [
            ("arn:aws:eks:eu-west-1:012345678901:cluster/prod", eks, Provider::Aws, Some("prod"), "eu-west-1"),
            ("prod.eu-west-1.eksctl.io", eks, Provider::Aws, Some("prod"), "eu-west-1"),
            ("anything", eks, Provider::Aws, Some("prod"), "eu-west-1"),
            ("gke_acme_europe-west2-a_prod", "https://10.0.0.1", Provider::Gcp, Some("prod"), "europe-west2"),
            ("gke_acme_europe-west2_prod", "https://10.0.0.1", Provider::Gcp, Some("prod"), "europe-west2"),
            ("prod", "https://prod-1a2b.hcp.westeurope.azmk8s.io:443", Provider::Azure, Some("prod"), "westeurope"),
        ] {
            let found = managed(name, server, &arguments).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(
                (found.provider, found.cluster.as_deref(), found.location.as_str()),
                (provider, cluster, location),
                "{name}"
            );
        }
        for (name, server) in
            [("kind-dev", "https://127.0.0.1:6443"), ("gke_x", ""), ("", ""), ("x", "https://azmk8s.io")]
        {
            assert_eq!(managed(name, server, &[]), None, "{name}");
        }
    }
}
