//! What may stand as a principal, and what only looks like one.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal" and "Access Analyzer policy check reference" (Unsupported wildcard
//! in principal); Amazon S3 User Guide, "Principals for bucket policies" (canonical user ids, origin access identities).

use super::json::{Data, Node};
use super::{Findings, PolicyKind, claim};
use crate::base::error::Code;
use crate::base::yaml::did_you_mean;

const KINDS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

/// What is wrong with a name, why it matters, and the fix.
type Wrong = (String, &'static str, String);

/// Names each principal of a statement that AWS refuses, or that names nobody.
pub(super) fn check(findings: &mut Findings<'_>, node: &Node, policy: PolicyKind) {
    const SHAPE: &str = "AWS refuses anything else.";
    let entries = match &node.data {
        Data::Text(text) if text == "*" => return,
        Data::Map(entries) if !entries.is_empty() => entries,
        _ => {
            let what = "a principal is `*`, or an object that says of which kind it is";
            findings.error(node, Code::BAD_PRINCIPAL, what, SHAPE, "Write `{\"AWS\": \"ARN\"}`.");
            return;
        }
    };
    for (key, values) in entries {
        let kind = key.text().unwrap_or_default();
        if !KINDS.contains(&kind) || (kind == "CanonicalUser" && policy == PolicyKind::Trust) {
            let near = did_you_mean(kind, KINDS).filter(|near| *near != kind);
            let fix = near
                .map_or_else(|| format!("Use one of {}.", KINDS[..3].join(", ")), |near| format!("Write `{near}`."));
            findings.error(key, Code::BAD_PRINCIPAL, format!("`{kind}` is no kind of principal here"), SHAPE, fix);
            continue;
        }
        if values.items().is_empty() {
            findings.error(values, Code::BAD_PRINCIPAL, "the list names nobody", SHAPE, "Name who is meant.");
        }
        for value in values.items() {
            let text = value.text().unwrap_or_default();
            if let Some((what, why, fix)) = wrong(kind, text) {
                findings.error(value, Code::BAD_PRINCIPAL, what, why, fix);
            }
        }
    }
}

fn wrong(kind: &str, text: &str) -> Option<Wrong> {
    const REFUSED: &str = "AWS refuses it, or it names nobody: the statement lets in none of those who are meant.";
    let said = |what: &str, fix: String| Some((format!("`{text}` {what}"), REFUSED, fix));
    if kind == "AWS" && text == "*" {
        return None;
    }
    if text.contains(['*', '?']) {
        return Some(pattern(kind, text));
    }
    if text.contains("${") {
        return said("holds a variable, and a principal takes none", "Write the name out.".to_owned());
    }
    match kind {
        "AWS" if text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn") => {
            said("is a service", format!("Write `{{\"Service\": \"{text}\"}}`."))
        }
        "AWS" if text.contains(":oidc-provider/") || text.contains(":saml-provider/") => {
            said("is an identity provider", format!("Write `{{\"Federated\": \"{text}\"}}`."))
        }
        "AWS" if text.contains(":group/") => {
            said("is a group, and a group is no principal", "Name its users, or a role that they may become.".to_owned())
        }
        "AWS" if !is_aws(text) => said(
            "is neither an account nor the ARN of a user, role or session",
            "Write an account's 12 digits, or `arn:aws:iam::ACCOUNT:role/NAME`.".to_owned(),
        ),
        "Service" if !is_service(text) => said("is not the name of a service", "Write it as `ec2.amazonaws.com`.".to_owned()),
        "Federated" if !is_provider(text) => said(
            "is not the ARN of an identity provider",
            "Write `arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH`, without `https://`.".to_owned(),
        ),
        "CanonicalUser" if !(text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())) => said(
            "is not the canonical id of an account",
            "It has 64 letters and digits: `aws s3api list-buckets --query Owner.ID` prints it. Better name the account under `AWS`.".to_owned(),
        ),
        _ => None,
    }
}

/// A pattern where none works; by itself it reads as everybody.
fn pattern(kind: &str, text: &str) -> Wrong {
    const WHY: &str = "AWS takes a `*` only by itself or under `AWS`, where it is everybody. Other programs may take this one for everybody, too.";
    let fix = match kind {
        "AWS" => {
            "Name each user or role; or name the account, with a condition such as `\"ArnLike\": {\"aws:PrincipalArn\": \"arn:aws:iam::ACCOUNT:role/app-*\"}`."
        }
        "Service" => "Name the service, such as `ec2.amazonaws.com`.",
        "Federated" => "Name the provider: `arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH`.",
        _ => "Name the account under `AWS`, by its 12 digits.",
    };
    (format!("`{text}` is a pattern, and `{kind}` takes none"), WHY, fix.to_owned())
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_aws(text: &str) -> bool {
    // IAM shows a principal that was deleted by its id.
    let id =
        text.len() >= 16 && text.starts_with('A') && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let of_arn = || {
        let [arn, partition, service, region, account, resource] = parts.as_slice() else { return false };
        let words: Vec<&str> = resource.split('/').collect();
        let form = match (*service, words.as_slice()) {
            ("iam", ["root"]) => is_account(account),
            ("iam", ["user", rest @ ..]) => (is_account(account) || *account == "cloudfront") && named(rest),
            ("sts", ["assumed-role", role, session]) => is_account(account) && named(&[role, session]),
            ("iam", ["role", rest @ ..]) | ("sts", ["federated-user", rest @ ..]) => is_account(account) && named(rest),
            _ => false,
        };
        *arn == "arn" && partition.starts_with("aws") && region.is_empty() && form
    };
    id || is_account(text) || of_arn()
}

fn named(words: &[&str]) -> bool {
    !words.is_empty() && words.iter().all(|word| !word.is_empty())
}

/// A host's name: services end in one of several domains.
fn is_service(text: &str) -> bool {
    let label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    text.contains('.') && text.split('.').all(label)
}

fn is_provider(text: &str) -> bool {
    if claim::provider(text).is_some_and(|path| !path.contains(':') && !text.starts_with("arn:")) {
        return true;
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, _, service, _, account, resource] = parts.as_slice() else { return false };
    let path = resource.strip_prefix("oidc-provider/").or(resource.strip_prefix("saml-provider/"));
    *arn == "arn"
        && *service == "iam"
        && is_account(account)
        && path.is_some_and(|path| !path.is_empty() && !path.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_takes_is_no_mistake() {
        for (kind, text) in [
            ("AWS", "*"),
            ("AWS", "012345678901"),
            ("AWS", "arn:aws:iam::012345678901:root"),
            ("AWS", "arn:aws-cn:iam::012345678901:user/team/alice"),
            ("AWS", "arn:aws:iam::012345678901:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"),
            ("AWS", "arn:aws:sts::012345678901:assumed-role/acme/session@example.com"),
            ("AWS", "arn:aws:sts::012345678901:federated-user/alice"),
            ("AWS", "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1234567890ABC"),
            ("AWS", "AROAEXAMPLEEXAMPLE123"),
            ("Service", "pods.eks.amazonaws.com"),
            ("Service", "ec2.amazonaws.com.cn"),
            ("Service", "logs.eu-west-1.amazonaws.com"),
            ("Federated", "arn:aws:iam::012345678901:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/AB"),
            ("Federated", "arn:aws:iam::012345678901:saml-provider/ADFS"),
            ("Federated", "cognito-identity.amazonaws.com"),
            ("Federated", "accounts.google.com"),
            ("CanonicalUser", "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"),
        ] {
            assert_eq!(wrong(kind, text), None, "{kind} {text}");
        }
    }

    #[test]
    fn patterns_and_what_is_no_principal_are_named() {
        for (kind, text, said) in [
            ("AWS", "arn:aws:iam::*:root", "is a pattern"),
            ("AWS", "?*", "is a pattern"),
            ("AWS", "**", "is a pattern"),
            ("AWS", "role/*", "is a pattern"),
            ("AWS", "arn:aws:iam::012345678901:role/*", "is a pattern"),
            ("AWS", "arn:aws:sts::012345678901:assumed-role/acme/*", "is a pattern"),
            ("Service", "*", "is a pattern"),
            ("Service", "*.amazonaws.com", "is a pattern"),
            ("Federated", "*", "is a pattern"),
            ("Federated", "arn:aws:iam::012345678901:oidc-provider/*", "is a pattern"),
            ("CanonicalUser", "*", "is a pattern"),
            ("AWS", "arn:aws:iam::${aws:PrincipalAccount}:root", "holds a variable"),
            ("AWS", "pods.eks.amazonaws.com", "is a service"),
            ("AWS", "arn:aws:iam::012345678901:oidc-provider/x.example", "is an identity provider"),
            ("AWS", "arn:aws:iam::012345678901:group/admins", "is a group"),
            ("AWS", "arn:aws:iam::12345:root", "is neither"),
            ("AWS", "arn:aws:iam:eu-west-1:012345678901:role/x", "is neither"),
            ("AWS", "arn:aws:iam::012345678901:role/", "is neither"),
            ("AWS", "arn:aws:sts::012345678901:assumed-role/acme", "is neither"),
            ("AWS", "arn:aws:s3:::acme", "is neither"),
            ("AWS", "", "is neither"),
            ("Service", "ec2", "is not the name of a service"),
            ("Service", "arn:aws:iam::012345678901:root", "is not the name of a service"),
            ("Federated", "https://oidc.example/id", "is not the ARN"),
            ("Federated", "arn:aws:iam::012345678901:oidc-provider/https://oidc.example", "is not the ARN"),
            ("Federated", "arn:aws:iam::012345678901:role/x", "is not the ARN"),
            ("CanonicalUser", "012345678901", "is not the canonical id"),
        ] {
            let found = wrong(kind, text).map(|(what, ..)| what).unwrap_or_default();
            assert!(found.contains(said), "{kind} {text}: {found}");
        }
    }
}
