//! The rules of `cloud.iam`: what an account demands of users, roles and policies.

use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Arn, IamName, IamNameKind, IamPath, Region};
use crate::spec::IamRules;
use crate::spec::aws::check::same_partition;
use crate::spec::check::Checker;
use crate::spec::document::CloudDocument;

/// How long a prefix or suffix may be: a name of 64 must have room for the spec's and the install's own.
const LONGEST: usize = 20;

/// Checks `cloud.iam`.
pub(in crate::spec) fn rules(
    checker: &mut Checker,
    doc: &CloudDocument,
    region: &Region,
    account: Option<&AccountId>,
) -> IamRules {
    const BOUNDARY: &str = "cloud.iam.permissionsBoundary";
    let Some(iam) = &doc.iam else { return IamRules::default() };
    let boundary = checker.parse_option(BOUNDARY, iam.permissions_boundary.as_ref(), |text| boundary(text, account));
    same_partition(checker, region, BOUNDARY, boundary.as_ref());
    let path = checker.parse_option("cloud.iam.path", iam.path.as_ref(), IamPath::parse);
    let prefix = checker.parse_option("cloud.iam.namePrefix", iam.name_prefix.as_ref(), around);
    let suffix = checker.parse_option("cloud.iam.nameSuffix", iam.name_suffix.as_ref(), around);
    IamRules {
        boundary,
        path: path.unwrap_or_default(),
        prefix: prefix.unwrap_or_default(),
        suffix: suffix.unwrap_or_default(),
    }
}

/// A policy that can be a boundary: AWS's own, or one of the account.
///
/// Source: IAM API reference, PutRolePermissionsBoundary.
fn boundary(text: &str, account: Option<&AccountId>) -> Result<Arn> {
    let arn = Arn::parse(text)?;
    if arn.service() != "iam" || !arn.resource().starts_with("policy/") || text.ends_with('/') {
        return Err(Error::new(Code::BAD_ARN, format!("`{text}` is not the ARN of a policy"))
            .why("A permissions boundary is a managed policy.")
            .fix("Write `arn:aws:iam::ACCOUNT:policy/NAME`; `aws iam list-policies --scope Local` shows them."));
    }
    if text.contains(['*', '?']) {
        return Err(Error::new(Code::BAD_BOUNDARY, format!("`{text}` is a pattern, and a boundary is one policy"))
            .why("IAM refuses it when the first role is made; a limit that nobody can name is none.")
            .fix("Name the policy: `aws iam list-policies --scope Local` shows the account's."));
    }
    if let (Some(account), Some(other)) = (account, arn.account())
        && account != &other
    {
        return Err(Error::new(Code::BAD_BOUNDARY, format!("the permissions boundary is a policy of account {other}"))
            .why(format!(
                "The spec names account {account}, and IAM takes a boundary from the same account, or one of AWS's own."
            ))
            .fix(format!("Name a policy of account {account}, or correct `cloud.account`.")));
    }
    Ok(arn)
}

/// A prefix or suffix: characters that IAM takes in names, and few of them.
fn around(text: &str) -> Result<String> {
    if text.len() > LONGEST {
        return Err(Error::new(Code::BAD_IAM_NAME, format!("`{text}` is too long to stand around every name"))
            .why(format!("It has {} characters; {LONGEST} leave room for the names themselves.", text.len()))
            .fix("Shorten it."));
    }
    if !text.is_empty() {
        IamName::parse(IamNameKind::Role, text)?;
    }
    Ok(text.to_owned())
}
