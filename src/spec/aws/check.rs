//! The rules of `cloud` on AWS.

use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Arn, Endpoint, Issuer, Region};
use crate::spec::check::Checker;
use crate::spec::check_cloud::missing;
use crate::spec::document::CloudDocument;
use crate::spec::{AwsCloud, Cluster, Provider};

pub(in crate::spec) fn aws(checker: &mut Checker, doc: &CloudDocument) -> Option<AwsCloud> {
    if doc.region.is_none() {
        missing(checker, "region", doc);
    }
    let confirmed = doc.allow_unknown_region.as_ref().is_some_and(|confirmed| confirmed.value);
    let parse = if confirmed { Region::parse } else { Region::parse_known };
    // A typing mistake is told; the rest is looked at all the same.
    let region = checker
        .parse_option("cloud.region", doc.region.as_ref(), parse)
        .or_else(|| Region::parse(doc.region.as_ref()?.as_str()).ok());
    let account = checker.parse_option("cloud.account", doc.account.as_ref(), AccountId::parse);
    if let (Some(text), Some(_)) = (&doc.account, &account) {
        checker.quoted("the account id", text);
    }
    let endpoint = checker.parse_option("cloud.endpoint", doc.endpoint.as_ref(), Endpoint::parse);
    let cluster = doc.cluster.as_ref().and_then(|cluster| {
        if let Some(pool) = &cluster.workload_pool {
            crate::spec::gcp::check::not_here(checker, "workloadPool", &pool.range, Provider::Aws, Provider::Gcp);
        }
        let issuer = checker.parse_option("cloud.cluster.oidcIssuer", cluster.oidc_issuer.as_ref(), Issuer::parse);
        let node_role = checker.parse_option("cloud.cluster.nodeRole", cluster.node_role.as_ref(), role_arn);
        let name = checker.parse("cloud.cluster.name", &cluster.name, cluster_name)?;
        Some(Cluster { name, issuer, node_role })
    });
    let region = region?;
    same_partition(checker, &region, "cloud.cluster.nodeRole", cluster.as_ref().and_then(|c| c.node_role.as_ref()));
    let iam = super::check_iam::rules(checker, doc, &region, account.as_ref());
    Some(AwsCloud { region, account, endpoint, cluster, iam })
}

pub(in crate::spec) fn same_partition(checker: &mut Checker, region: &Region, path: &str, arn: Option<&Arn>) {
    if let Some(arn) = arn.filter(|arn| arn.partition() != region.partition().as_str()) {
        let place = checker.ranges.get(path).and_then(|range| checker.place(range));
        checker.errors.push(
            Error::new(Code::OTHER_PARTITION, format!("`{arn}` lies in another partition than {region}"))
                .why(format!(
                    "The partition of {region} is `{}`; nothing reaches across partitions.",
                    region.partition()
                ))
                .fix("Correct the ARN or the region.")
                .at(place),
        );
    }
}

/// Source: EKS API reference, CreateCluster.
fn cluster_name(text: &str) -> Result<String> {
    let good = !text.is_empty()
        && text.len() <= 100
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if good {
        return Ok(text.to_owned());
    }
    Err(Error::new(Code::WRONG_VALUE, format!("`{text}` cannot be the name of an EKS cluster"))
        .fix("`aws eks list-clusters` shows the names."))
}

fn role_arn(text: &str) -> Result<Arn> {
    let arn = Arn::parse(text)?;
    if arn.service() == "iam" && arn.resource().starts_with("role/") {
        return Ok(arn);
    }
    Err(Error::new(Code::BAD_ARN, format!("`{text}` is not the ARN of a role"))
        .fix("Write `arn:aws:iam::ACCOUNT:role/NAME`."))
}
