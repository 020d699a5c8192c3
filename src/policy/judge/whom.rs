//! Which conditions say who is meant by a principal `*`, as data: `data/whom-keys.tsv`, whose head names the sources.
//!
//! The list is positive: a key that is not in it can be met by strangers.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::covers::conditions;
use super::ranges::few_addresses;
use super::{Force, base, force, takes_patterns};

static TABLE: LazyLock<BTreeMap<&'static str, PrincipalForm>> =
    LazyLock::new(|| include_str!("../../../data/whom-keys.tsv").lines().filter_map(row).collect());

/// What the values of a key name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PrincipalForm {
    Account,
    Organization,
    Path,
    Arn,
    UserId,
    Exact,
    Ranges,
}

fn row(line: &'static str) -> Option<(&'static str, PrincipalForm)> {
    let (key, form) = line.split_once('\t').filter(|_| !line.starts_with('#'))?;
    let form = match form {
        "account" => PrincipalForm::Account,
        "organization" => PrincipalForm::Organization,
        "path" => PrincipalForm::Path,
        "arn" => PrincipalForm::Arn,
        "user-id" => PrincipalForm::UserId,
        "exact" => PrincipalForm::Exact,
        "ranges" => PrincipalForm::Ranges,
        _ => return None,
    };
    Some((key, form))
}

/// The condition keys of a statement, in lower case, that say who is meant, or where from. Without one of them the principal `*` is
/// everybody.
pub fn tells_whom(statement: &Value) -> Vec<String> {
    let all = conditions(statement);
    // `Null: false` asks that the key is there, so that an operator which holds without it narrows after all.
    let there = |key: &str| {
        let asks = |values: &[String]| !values.is_empty() && values.iter().all(|value| value == "false");
        all.iter().any(|(operator, name, values)| operator == "Null" && name == key && asks(values))
    };
    let tells = |(operator, key, values): &&(String, String, Vec<String>)| {
        let asks = match force(operator) {
            Force::Narrows => true,
            Force::HoldsWithout => there(key),
            Force::Excludes | Force::Presence => false,
        };
        asks && TABLE.get(key.as_str()).is_some_and(|form| form.names(operator, values))
    };
    all.iter().filter(tells).map(|(_, key, _)| key.clone()).collect()
}

impl PrincipalForm {
    /// Whether none of the values lets everybody in. Numbers and dates have an order, so a comparison names nobody.
    fn names(self, operator: &str, values: &[String]) -> bool {
        let name = base(operator);
        if self == Self::Ranges {
            return ["IpAddress", "StringEquals"].contains(&name) && few_addresses(values);
        }
        let compares = ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"].contains(&name);
        compares && !values.is_empty() && values.iter().all(|value| self.fixes(name, value))
    }

    fn fixes(self, operator: &str, value: &str) -> bool {
        // Requests that nobody signed have this for an account and an id.
        if value.is_empty() || value.eq_ignore_ascii_case("anonymous") {
            return false;
        }
        if value.contains("${") {
            return self.same_owner(value);
        }
        let end = if takes_patterns(operator) { value.find(['*', '?']) } else { None };
        let Some(end) = end else { return true };
        let fixed = &value[..end];
        match self {
            Self::Path => fixed.split_once('/').is_some_and(|(organization, _)| !organization.is_empty()),
            Self::UserId => fixed.split_once(':').is_some_and(|(id, _)| is_id(id)),
            // These operators compare part by part; a pattern of a text reaches over colons.
            Self::Arn if operator.starts_with("Arn") => fixes_account(&value.splitn(6, ':').collect::<Vec<_>>()),
            Self::Arn => fixes_account(&fixed.splitn(6, ':').collect::<Vec<_>>()),
            Self::Account | Self::Organization | Self::Exact | Self::Ranges => false,
        }
    }

    /// Variables that name the owner of what is asked for: nobody else can fill them in.
    fn same_owner(self, value: &str) -> bool {
        match self {
            Self::Account => value.eq_ignore_ascii_case("${aws:ResourceAccount}"),
            Self::Organization => value.eq_ignore_ascii_case("${aws:ResourceOrgID}"),
            _ => false,
        }
    }
}

/// The id of a role or user, or an account: twelve characters and more.
fn is_id(text: &str) -> bool {
    text.len() >= 12 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Whether the parts of an ARN name an account, or a bucket, whose ARN has none.
fn fixes_account(parts: &[&str]) -> bool {
    let [_, _, service, _, account, resource] = parts else { return false };
    let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let bucket = resource.split_once('/').is_some_and(|(name, _)| !name.is_empty() && !name.contains(['*', '?']));
    digits || (*service == "s3" && account.is_empty() && bucket)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tells(condition: &Value) -> bool {
        !tells_whom(&json!({"Effect": "Allow", "Principal": "*", "Condition": condition})).is_empty()
    }

    #[test]
    fn every_row_reads() {
        let rows = include_str!("../../../data/whom-keys.tsv").lines().filter(|line| !line.starts_with('#'));
        assert_eq!(rows.count(), TABLE.len());
        assert!(TABLE.keys().all(|key| *key == key.to_lowercase() && key.contains(':')));
    }

    #[test]
    fn what_strangers_can_meet_says_nobody() {
        for condition in [
            json!({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}),
            json!({"DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:00Z"}}),
            json!({"NumericLessThan": {"aws:EpochTime": "4102444800"}}),
            json!({"StringLike": {"aws:UserAgent": "acme/*"}}),
            json!({"StringEquals": {"aws:UserAgent": "acme"}}),
            json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
            json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
            json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}),
            json!({"Bool": {"aws:ViaAWSService": "false"}}),
            json!({"Bool": {"aws:PrincipalIsAWSService": "false"}}),
            json!({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}),
            json!({"StringEquals": {"aws:username": "alice"}}),
            json!({"StringEquals": {"sts:ExternalId": "acme"}}),
            json!({"StringEquals": {"sts:RoleSessionName": "acme"}}),
            json!({"StringEquals": {"sts:SourceIdentity": "acme"}}),
            json!({"StringEquals": {"aws:PrincipalTag/team": "acme"}}),
            json!({"StringEquals": {"aws:RequestTag/team": "acme"}}),
            json!({"StringEquals": {"aws:ResourceAccount": "012345678901"}}),
            json!({"StringEquals": {"aws:ResourceOrgID": "o-1"}}),
            json!({"StringLike": {"aws:Referer": "https://acme.example/*"}}),
            json!({"NumericGreaterThanEquals": {"s3:TlsVersion": "1.2"}}),
            json!({"StringEquals": {"s3:authType": "REST-HEADER"}}),
            json!({"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}),
            json!({"StringEquals": {"s3:ResourceAccount": "012345678901"}}),
            json!({"StringEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}),
            json!({"NumericLessThan": {"s3:signatureAge": "600000"}}),
            json!({"StringEquals": {"s3:prefix": "public/"}}),
            json!({"StringEquals": {"s3:ExistingObjectTag/public": "yes"}}),
            json!({"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}),
            json!({"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/16"}}),
            json!({"Bool": {"aws:SecureTransport": "true"}}),
            json!({"Null": {"aws:PrincipalOrgID": "false"}}),
        ] {
            assert!(!tells(&condition), "{condition}");
        }
    }

    #[test]
    fn patterns_for_everybody_say_nobody() {
        for condition in [
            json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "*/*"}}),
            json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-1/r-1/*", "o-*/r-1/*"]}}),
            json!({"StringLike": {"aws:PrincipalOrgID": "o-*"}}),
            json!({"StringLike": {"aws:PrincipalAccount": "????????????"}}),
            json!({"StringLike": {"aws:PrincipalAccount": ["012345678901", "1*"]}}),
            json!({"NumericGreaterThan": {"aws:PrincipalAccount": "0"}}),
            json!({"StringEquals": {"aws:PrincipalAccount": "anonymous"}}),
            json!({"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}}),
            json!({"StringLike": {"aws:userid": "*:*"}}),
            json!({"StringLike": {"aws:userid": "AROA*"}}),
            json!({"StringLike": {"aws:userid": "*:i-*"}}),
            json!({"StringEquals": {"aws:userid": "anonymous"}}),
            json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}),
            json!({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}),
            json!({"StringLike": {"aws:PrincipalArn": "arn:aws:*:012345678901:role/admin"}}),
            json!({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::01234567890?:role/admin"}}),
            json!({"StringLike": {"aws:PrincipalArn": "*"}}),
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}),
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::acme-*"}}),
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::*:distribution/E1"}}),
            json!({"StringLike": {"aws:SourceVpc": "vpc-*"}}),
            json!({"StringLike": {"aws:SourceVpce": "?*"}}),
            json!({"StringLike": {"s3:DataAccessPointAccount": "*"}}),
            json!({"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:*:*:accesspoint/*"}}),
            json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}),
            json!({"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-1/r-1/"}}),
            json!({"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}),
            json!({"StringEquals": {"aws:PrincipalOrgID": []}}),
        ] {
            assert!(!tells(&condition), "{condition}");
        }
    }

    #[test]
    fn what_names_somebody_says_whom() {
        for condition in [
            json!({"StringEquals": {"aws:PrincipalOrgID": ["o-1", "o-2"]}}),
            json!({"StringEquals": {"AWS:principalorgid": "o-1"}}),
            json!({"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}),
            json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/r-1/*"}}),
            json!({"StringEquals": {"aws:PrincipalAccount": "012345678901"}}),
            json!({"StringEquals": {"aws:PrincipalAccount": 123_456_789_012_u64}}),
            json!({"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}),
            json!({"ArnLike": {"aws:PrincipalArn": "arn:*:iam::012345678901:role/*"}}),
            json!({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::012345678901:*"}}),
            json!({"StringLike": {"aws:userid": ["AROAEXAMPLEEXAMPLE1:*", "AIDAEXAMPLEEXAMPLE1"]}}),
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::012345678901:distribution/*"}}),
            json!({"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::acme-logs"}}),
            json!({"StringEquals": {"aws:SourceAccount": "012345678901"}}),
            json!({"StringEquals": {"aws:SourceOrgID": "o-1"}}),
            json!({"StringEquals": {"aws:SourceOwner": "012345678901"}}),
            json!({"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
            json!({"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}),
            json!({"StringEquals": {"s3:DataAccessPointAccount": "012345678901"}}),
            json!({"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:012345678901:accesspoint/*"}}),
            json!({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}),
            json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}, "Null": {"aws:PrincipalOrgID": "false"}}),
            json!({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}, "StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        ] {
            assert!(tells(&condition), "{condition}");
        }
    }
}
