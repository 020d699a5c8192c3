//! OIDC issuers that many customers share, as data: `data/shared-issuers.tsv`, whose head names the sources.

use std::sync::LazyLock;

static TABLE: LazyLock<Vec<SharedIssuer>> = LazyLock::new(|| {
    include_str!("../../../data/shared-issuers.tsv").lines().filter_map(SharedIssuer::parse).collect()
});

/// An issuer whose tokens are those of many customers: only a claim says whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedIssuer {
    /// Its URL without `https://`.
    pub issuer: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// The claim that tells the customer: `sub`, mostly.
    pub claim: &'static str,
    /// A value of the claim that names one customer.
    pub example: &'static str,
    /// Who the customers are, in the singular: `repository on GitHub`.
    pub whom: &'static str,
    /// How a value names the customer.
    forms: Forms,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Forms {
    /// Only as a whole.
    Whole,
    /// In one of these ways; `{}` is a part, the last one the customer.
    Parts(Vec<&'static str>),
}

/// The issuer of this URL without `https://`, if it is known to be shared.
pub fn shared_issuer(host_path: &str) -> Option<&'static SharedIssuer> {
    let asked = host_path.trim_end_matches('/');
    TABLE.iter().find(|one| one.issuer.eq_ignore_ascii_case(asked))
}

impl SharedIssuer {
    fn parse(line: &'static str) -> Option<Self> {
        if line.starts_with('#') {
            return None;
        }
        let [issuer, name, claim, forms, example, whom] = line.split('\t').collect::<Vec<_>>()[..] else { return None };
        let forms = if forms == "=" { Forms::Whole } else { Forms::Parts(forms.split(' ').collect()) };
        Some(Self { issuer, name, claim, example, whom, forms })
    }

    /// The condition key of the claim.
    pub fn key(&self) -> String {
        format!("{}:{}", self.issuer, self.claim)
    }

    /// The condition that names one customer, as a policy writes it.
    pub fn condition(&self) -> String {
        let operator = if self.example.contains('*') { "StringLike" } else { "StringEquals" };
        format!("\"{operator}\": {{\"{}\": \"{}\"}}", self.key(), self.example)
    }

    /// Whether a value of the claim lets in tokens of one customer only. `pattern` says whether `*` and `?` are wildcards in it.
    pub fn fixes_customer(&self, value: &str, pattern: bool) -> bool {
        let end = if pattern { value.find(['*', '?']).unwrap_or(value.len()) } else { value.len() };
        // What IAM fills in is not fixed.
        let end = value.find("${").map_or(end, |at| end.min(at));
        let (fixed, whole) = (&value[..end], end == value.len());
        match &self.forms {
            Forms::Whole => whole && !fixed.is_empty() && !(self.claim == "aud" && fixed == "sts.amazonaws.com"),
            // Fields that an organization adds may stand before the one that tells.
            Forms::Parts(forms) => std::iter::once(0)
                .chain(fixed.match_indices(':').map(|(at, _)| at + 1))
                .any(|at| forms.iter().any(|form| fits(form, &fixed[at..], whole))),
        }
    }
}

/// Whether a text begins with a form, and the last part of it has an end.
fn fits(form: &str, text: &str, whole: bool) -> bool {
    let mut text = text;
    for (number, literal) in form.split("{}").enumerate() {
        if number > 0 {
            let end = text.find(['/', ':']).unwrap_or(text.len());
            if end == 0 || (end == text.len() && !whole) {
                return false;
            }
            text = &text[end..];
        }
        let Some(rest) = text.strip_prefix(literal) else { return false };
        text = rest;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads_and_its_example_names_a_customer() {
        let rows = include_str!("../../../data/shared-issuers.tsv").lines().filter(|line| !line.starts_with('#'));
        assert_eq!(rows.count(), TABLE.len());
        for one in TABLE.iter() {
            assert!(one.fixes_customer(one.example, true), "{one:?}");
            assert!(!one.fixes_customer("*", true) && !one.fixes_customer("", true), "{one:?}");
        }
        assert_eq!(shared_issuer("App.Gitpod.io/").map(|one| one.name), Some("Ona"));
        assert!(shared_issuer("oidc.eks.eu-west-1.amazonaws.com/id/AB").is_none());
        assert!(shared_issuer("services.gitpod.example.com/idp").is_none());
    }

    #[test]
    fn a_value_fixes_one_customer_or_not() {
        for (issuer, value, fixed) in [
            ("app.gitpod.io", "org:0191/*", true),
            ("app.gitpod.io", "org:0191", true),
            ("app.gitpod.io", "org:0191*", false),
            ("app.gitpod.io", "org:*", false),
            ("app.gitpod.io", "org:*/prj:1", false),
            ("app.gitpod.io", "org:?/prj:1", false),
            ("app.gitpod.io", "org:${aws:username}/*", false),
            ("app.gitpod.io", "o*", false),
            ("app.gitpod.io", "organization_id:*", false),
            ("app.gitpod.io", "organization_id:0191:*", true),
            ("app.gitpod.io", "creator:x:organization_id:0191", true),
            ("app.gitpod.io", "no-context", false),
            ("api.gitpod.io/idp", "https://github.com", false),
            ("api.gitpod.io/idp", "https://*", false),
            ("api.gitpod.io/idp", "https://github.com/*", false),
            ("api.gitpod.io/idp", "https://github.com/acme*", false),
            ("api.gitpod.io/idp", "https://github.com/acme/*", true),
            ("api.gitpod.io/idp", "https://github.com/acme/app", true),
            ("token.actions.githubusercontent.com", "repo:acme/app:*", true),
            ("token.actions.githubusercontent.com", "repo:acme/*", true),
            ("token.actions.githubusercontent.com", "repo:acme*", false),
            ("token.actions.githubusercontent.com", "repo:*", false),
            ("token.actions.githubusercontent.com", "environment:prod", false),
            ("token.actions.githubusercontent.com", "environment:prod:repository_owner_id:1", true),
            ("gitlab.com", "project_path:acme/app:ref_type:branch:ref:main", true),
            ("gitlab.com", "project_path:*", false),
            ("app.terraform.io", "organization:acme:*", true),
            ("app.terraform.io", "organization:*:project:x", false),
            ("api.pulumi.com/oidc", "aws:acme", true),
            ("api.pulumi.com/oidc", "aws:*", false),
            ("api.pulumi.com/oidc", "sts.amazonaws.com", false),
        ] {
            let issuer = shared_issuer(issuer).expect(issuer);
            assert_eq!(issuer.fixes_customer(value, true), fixed, "{} {value}", issuer.issuer);
        }
        let github = shared_issuer("token.actions.githubusercontent.com").expect("known");
        assert!(github.fixes_customer("repo:acme/app:*", false), "where `*` is a letter it widens nothing");
    }
}
