//! What is accepted of what others wrote into the account.

use super::SpecDocument;
use super::check::Checker;
use crate::base::error::{Code, Error, Result};

/// The names of the grants that the spec accepts, as `plan` and `verify` print them.
pub(super) fn accepted(checker: &mut Checker, document: &SpecDocument) -> Vec<String> {
    document.accept.iter().filter_map(|name| checker.parse("accept", name, one)).collect()
}

fn one(text: &str) -> Result<String> {
    let wrong = |why: &str| {
        Err(Error::new(Code::WRONG_VALUE, format!("`{text}` does not name a grant"))
            .why(why.to_owned())
            .fix("Copy the name that `bucketwright plan` or `bucketwright verify` prints, such as `acme-gitlab/Debug@0123456789abcdef` or `acme-gitlab/arn:aws:iam::aws:policy/ReadOnlyAccess`."))
    };
    let Some((resource, name)) = text.split_once('/').filter(|(resource, _)| !resource.is_empty()) else {
        return wrong("It begins with the name of the role, user or bucket, and a slash.");
    };
    let hash = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let by_content = name.rsplit_once('@').is_some_and(|(_, sum)| hash(sum));
    let by_arn = name.starts_with("arn:") && name.contains(":policy/");
    if text.contains('*') {
        return wrong("A pattern would accept what nobody has looked at.");
    }
    if by_content || by_arn {
        Ok(format!("{resource}/{name}"))
    } else {
        wrong(
            "A statement is accepted as it reads: behind the `@` stand 16 digits that change with it. A managed policy is accepted by its ARN.",
        )
    }
}
