//! Claim by claim: what a role's trust policy says to a token.

use serde_json::Value;

use super::{Claims, SubjectForm};
use crate::base::error::{Code, Error, Finding};
use crate::base::names::{AccountId, Issuer, Partition};
use crate::policy::{AUDIENCE, Admission, Check, StatementVerdict, Visitor, admission, matches};

/// The account's OIDC provider.
#[derive(Clone, Copy, Debug)]
pub enum Provider<'a> {
    /// Nobody asked.
    Unasked,
    /// There is none.
    Missing,
    /// It takes tokens for these audiences.
    Takes(&'a [String]),
}

/// A role that a token is held against.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// Its name.
    pub role: &'a str,
    /// Its trust policy.
    pub trust: &'a Value,
    /// The issuer that it should trust.
    pub issuer: &'a Issuer,
    /// The account's provider for that issuer.
    pub provider: Provider<'a>,
    /// Where the role is.
    pub partition: Partition,
    /// Whose the role is.
    pub account: &'a AccountId,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct TokenVerdict {
    /// The role's name.
    pub role: String,
    /// Whether AWS would let the bearer in; `None` when that hangs on something that cannot be known here.
    pub admitted: Option<bool>,
    /// The statements of the trust policy with their checks.
    pub statements: Vec<StatementVerdict>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Holds a token's claims against a role, at a time in seconds since 1970.
pub fn judge(claims: &Claims, now: i64, judged: &Judged<'_>) -> TokenVerdict {
    let mut findings = Vec::new();
    let mut refuse = |error: Error| findings.push(Finding::error(error));
    // A token of another issuer is asked as its own: then the policy's own words show that it is not let in.
    let issuer = Issuer::parse(&claims.issuer).unwrap_or_else(|_| judged.issuer.clone());
    let visitor = Visitor::with_token(judged.partition, judged.account, &issuer, &claims.audiences, &claims.subject);
    let Admission { admitted, statements } = admission(judged.trust, &visitor);
    let ours = claims.issuer == judged.issuer.as_str();
    if !ours {
        refuse(other_issuer(claims, judged));
    }
    if let Some(expires) = claims.expires.filter(|expires| *expires <= now) {
        refuse(expired(now - expires));
    }
    if !claims.audiences.iter().any(|audience| audience == AUDIENCE) {
        refuse(other_audience(claims));
    }
    if ours && let Some(error) = no_provider(judged) {
        refuse(error);
    }
    let asked = || statements.iter().filter(|one| one.effect == "Allow").flat_map(|one| &one.checks);
    if ours && admitted != Some(true) {
        let subjects: Vec<&Check> = asked().filter(|check| ends(check, ":sub")).collect();
        if subjects.iter().any(|check| check.holds == Some(false)) {
            let trusted = subjects.iter().flat_map(|check| &check.wanted).map(String::as_str).collect::<Vec<_>>();
            refuse(other_subject(claims, judged.role, &trusted));
        }
        for check in asked().filter(|check| check.found.is_empty() && check.holds == Some(false)) {
            refuse(unseen(check, judged.role));
        }
    }
    if findings.is_empty() && admitted != Some(true) {
        findings.push(Finding::error(refuses(&statements, admitted, judged.role)));
    }
    let unknown = admitted.is_none() && findings.iter().all(|one| one.error.code() == &Code::TRUST_REFUSES);
    let admitted = if findings.is_empty() || unknown { admitted } else { Some(false) };
    TokenVerdict { role: judged.role.to_owned(), admitted, statements, findings }
}

fn ends(check: &Check, name: &str) -> bool {
    check.key.to_lowercase().ends_with(name)
}

fn other_issuer(claims: &Claims, judged: &Judged<'_>) -> Error {
    let (found, wanted) = (claims.issuer.as_str(), judged.issuer.as_str());
    let fix = if found.trim_end_matches('/') == wanted {
        "They differ by the slash at the end: AWS compares letter by letter, so the provider must be made with the slash.".to_owned()
    } else if found.contains("gitpod") && wanted.contains("gitpod") {
        "Gitpod Classic's issuer ends with `/idp`, Ona's is https://app.gitpod.io: the profile `ona` has `chartVersion: 1.0.0` for the first (with `options: {domain: …}` for an own installation), 2.0.0 and 3.0.0 for the second.".to_owned()
    } else if found.contains("oidc.eks.") && wanted.contains("oidc.eks.") {
        "It is the token of another cluster, or the cluster was recreated: name this one's issuer under `cloud.cluster.oidcIssuer`, and run `bucketwright apply`.".to_owned()
    } else {
        format!("Take the token where the role is used, or let the role trust {found}.")
    };
    Error::new(Code::OTHER_ISSUER, format!("the token is of the issuer {found}"))
        .why(format!("The role `{}` trusts {wanted}.", judged.role))
        .fix(fix)
}

fn expired(ago: i64) -> Error {
    let (number, unit) = match ago {
        0..120 => (ago, "seconds"),
        120..7200 => (ago / 60, "minutes"),
        7200..172_800 => (ago / 3600, "hours"),
        _ => (ago / 86400, "days"),
    };
    Error::new(Code::EXPIRED_TOKEN, format!("the token has expired {number} {unit} ago"))
        .why("AWS refuses it whatever it says.")
        .fix("Take a fresh one: a pod's file is renewed by the kubelet, an environment prints one with `gitpod idp token --audience sts.amazonaws.com`.")
}

fn other_audience(claims: &Claims) -> Error {
    Error::new(Code::OTHER_AUDIENCE, format!("the token is for the audience {}", claims.audiences.join(", ")))
        .why(format!("AWS takes tokens for {AUDIENCE}: both the provider and the trust policy ask for it."))
        .fix("Ask for it: `gitpod idp token --audience sts.amazonaws.com`; in a pod take the file at AWS_WEB_IDENTITY_TOKEN_FILE, not the one below /var/run/secrets/kubernetes.io.")
}

fn no_provider(judged: &Judged<'_>) -> Option<Error> {
    let (what, why) = match judged.provider {
        Provider::Unasked => return None,
        Provider::Takes(audiences) if audiences.iter().any(|audience| audience == AUDIENCE) => return None,
        Provider::Takes(_) => (
            format!("the account's OIDC provider of {} does not list the audience {AUDIENCE}", judged.issuer),
            "AWS says `Incorrect token audience`, whatever the trust policy says.",
        ),
        Provider::Missing => (
            format!("the account has no OIDC provider for {}", judged.issuer),
            "AWS says `No OpenIDConnect provider found`, whatever the trust policy says.",
        ),
    };
    Some(
        Error::new(Code::UNKNOWN_PROVIDER, what)
            .why(why)
            .fix("`bucketwright apply` makes the provider and adds the audience."),
    )
}

fn other_subject(claims: &Claims, role: &str, trusted: &[&str]) -> Error {
    let form = SubjectForm::of(&claims.subject);
    let list = trusted.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
    let alike: Vec<&str> = trusted.iter().copied().filter(|one| SubjectForm::of(one) == form).collect();
    if let (true, Some(first)) = (alike.is_empty(), trusted.first()) {
        let other = SubjectForm::of(first);
        let error = Error::new(
            Code::OTHER_SUBJECT_FORM,
            format!("the subject is {}, and the role trusts {}", form.words(), other.words()),
        )
        .why(format!(
            "The token says `{}`, the role `{role}` trusts {list}. A policy for one form never matches the other.",
            claims.subject
        ));
        return match form.ona_version() {
            Some(version) => error.fix(format!("Write `chartVersion: {version}` for the profile `ona`, with the ids of the token, and run `bucketwright apply`.")),
            None => error.fix("Take the token where the role is used."),
        };
    }
    let differs =
        alike.iter().map(|one| difference(form, &claims.subject, one)).min_by_key(|(same, _)| std::cmp::Reverse(*same));
    let why = differs.map(|(_, words)| format!(" {words}")).unwrap_or_default();
    Error::new(Code::OTHER_SUBJECT, format!("the subject `{}` is not let in", claims.subject))
        .why(format!("The role `{role}` trusts {list}.{why}"))
        .fix(match form {
            SubjectForm::ServiceAccount => "Let the pod run under one of the trusted ServiceAccounts; or name its own under `serviceAccounts` (and `namespace`, `release`) of the install, and run `bucketwright apply`.",
            _ => "Write the ids of the token into the install's options, and run `bucketwright apply`; or use the environment that is meant.",
        })
}

/// How many parts of a subject agree with a pattern, and the first that does not.
fn difference(form: SubjectForm, subject: &str, pattern: &str) -> (usize, String) {
    let (found, wanted) = (form.parts(subject), form.parts(pattern));
    for (at, (name, value)) in wanted.iter().enumerate() {
        match found.get(at) {
            Some((same, there)) if same == name && matches(value, there) => {}
            Some((same, there)) if same == name => {
                return (at, format!("The {name} differs: the token says `{there}`, the role `{value}`."));
            }
            Some((other, _)) => {
                return (at, format!("The role asks for the {name} where the token names the {other}."));
            }
            None => return (at, format!("The role asks for the {name}, and the token names none.")),
        }
    }
    let more = found
        .get(wanted.len())
        .map(|(name, _)| format!("The token continues with the {name}, and the pattern does not."));
    (wanted.len(), more.unwrap_or_else(|| format!("The pattern `{pattern}` wants more than the token has.")))
}

fn unseen(check: &Check, role: &str) -> Error {
    Error::new(Code::UNSEEN_CLAIM, format!("the role `{role}` asks for `{}`, which no request has", check.key))
        .why("Of a token AWS makes only `aud`, `sub` and a few fixed claims into condition keys; custom claims, such as `creator_email`, are not among them.")
        .fix("Take the condition out of the trust policy, and narrow `sub` instead.")
}

fn refuses(statements: &[StatementVerdict], admitted: Option<bool>, role: &str) -> Error {
    let denies = statements.iter().find(|one| one.effect == "Deny" && one.applies != Some(false));
    let what = match (denies, admitted) {
        (Some(deny), _) => {
            let name = deny.sid.as_deref().map(|sid| format!(" `{sid}`")).unwrap_or_default();
            format!("a statement{name} of the role `{role}` denies it")
        }
        (None, None) => format!("whether the role `{role}` lets it in cannot be judged here"),
        (None, _) => format!("no statement of the role `{role}` lets it in"),
    };
    Error::new(Code::TRUST_REFUSES, what)
        .why("The claims are as they should be; another condition, principal or action of the policy decides.")
        .fix("Look at the lines with ✗ and ? above; `bucketwright apply` puts back the statement that it made.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ORG: &str = "0191e223-1c3c-7607-badf-303c98b52d2f";

    fn claims(subject: &str) -> Claims {
        Claims {
            issuer: "https://app.gitpod.io".into(),
            audiences: vec![AUDIENCE.into()],
            subject: subject.into(),
            expires: Some(2000),
        }
    }

    fn trust(subjects: &Value) -> Value {
        json!({"Statement": [{
            "Sid": "Tokens",
            "Effect": "Allow",
            "Principal": {"Federated": "arn:aws:iam::012345678901:oidc-provider/app.gitpod.io"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {"app.gitpod.io:aud": AUDIENCE}, "StringLike": {"app.gitpod.io:sub": subjects}},
        }]})
    }

    fn judged_by(claims: &Claims, trust: &Value, provider: Provider<'_>) -> (Option<bool>, Vec<String>, String) {
        let (issuer, account) = (
            Issuer::parse("https://app.gitpod.io").expect("an issuer"),
            AccountId::parse("012345678901").expect("an account"),
        );
        let judged =
            Judged { role: "acme-ona", trust, issuer: &issuer, provider, partition: Partition::Aws, account: &account };
        let verdict = judge(claims, 1000, &judged);
        let codes = verdict.findings.iter().map(|finding| finding.error.code().to_string()).collect();
        let said =
            |finding: &Finding| format!("{} {}", finding.error.what(), finding.error.reason().unwrap_or_default());
        let words: Vec<String> = verdict.findings.iter().map(said).collect();
        (verdict.admitted, codes, words.concat())
    }

    #[test]
    fn each_reason_has_its_own_code() {
        let v2 = trust(&json!([format!("org:{ORG}/prj:1/*")]));
        let good = claims(&format!("org:{ORG}/prj:1/env:3"));
        assert_eq!(judged_by(&good, &v2, Provider::Unasked), (Some(true), Vec::new(), String::new()));
        for (claims, trust, provider, code, words) in [
            (
                Claims { issuer: "https://api.gitpod.io/idp".into(), ..good.clone() },
                &v2,
                Provider::Unasked,
                "BW1320",
                "api.gitpod.io/idp",
            ),
            (Claims { issuer: "not a url".into(), ..good.clone() }, &v2, Provider::Unasked, "BW1320", "not a url"),
            (
                Claims { audiences: vec!["example.org".into()], ..good.clone() },
                &v2,
                Provider::Unasked,
                "BW1321",
                "example.org",
            ),
            (Claims { expires: Some(400), ..good.clone() }, &v2, Provider::Unasked, "BW1322", "10 minutes ago"),
            (
                claims(&format!("org:{ORG}/prj:2/env:3")),
                &v2,
                Provider::Unasked,
                "BW1323",
                "The project differs: the token says `2`, the role `1`.",
            ),
            (
                claims(&format!("org:{ORG}/env:3")),
                &v2,
                Provider::Unasked,
                "BW1323",
                "asks for the project where the token names the environment",
            ),
            (
                claims(&format!("organization_id:{ORG}:project_id:1")),
                &v2,
                Provider::Unasked,
                "BW1324",
                "is Ona V3, and the role trusts Ona V2",
            ),
            (claims("https://github.com/acme/app"), &v2, Provider::Unasked, "BW1324", "Gitpod Classic (V1)"),
            (good.clone(), &v2, Provider::Missing, "BW1327", "no OIDC provider"),
            (good.clone(), &v2, Provider::Takes(&[]), "BW1327", "does not list the audience"),
        ] {
            let (admitted, codes, said) = judged_by(&claims, trust, provider);
            assert_eq!((admitted, codes.as_slice()), (Some(false), [code.to_owned()].as_slice()), "{said}");
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn conditions_of_others_are_named() {
        let good = claims(&format!("org:{ORG}/env:3"));
        let mut email = trust(&json!(format!("org:{ORG}/*")));
        email["Statement"][0]["Condition"]["StringEquals"]["app.gitpod.io:creator_email"] = json!("a@b");
        assert_eq!(judged_by(&good, &email, Provider::Unasked).1, ["BW1325"]);
        let mut denied = trust(&json!(format!("org:{ORG}/*")));
        let deny = json!({"Sid": "Freeze", "Effect": "Deny", "Principal": "*", "Action": "*"});
        denied["Statement"].as_array_mut().expect("a list").push(deny);
        let (admitted, codes, said) = judged_by(&good, &denied, Provider::Unasked);
        assert_eq!((admitted, codes), (Some(false), vec!["BW1326".to_owned()]));
        assert!(said.contains("`Freeze`"), "{said}");
        let mut late = trust(&json!(format!("org:{ORG}/*")));
        late["Statement"][0]["Condition"]["DateLessThan"] = json!({"aws:CurrentTime": "2030-01-01T00:00:00Z"});
        assert_eq!(
            (judged_by(&good, &late, Provider::Unasked).0, judged_by(&good, &late, Provider::Unasked).1),
            (None, vec!["BW1326".to_owned()])
        );
    }

    #[test]
    fn a_v3_project_needs_both_of_its_patterns() {
        let only_longer = trust(&json!([format!("organization_id:{ORG}:project_id:1:*")]));
        let both = trust(&json!([
            format!("organization_id:{ORG}:project_id:1"),
            format!("organization_id:{ORG}:project_id:1:*")
        ]));
        let plain = claims(&format!("organization_id:{ORG}:project_id:1"));
        let (admitted, _, said) = judged_by(&plain, &only_longer, Provider::Unasked);
        assert_eq!(admitted, Some(false));
        assert!(said.contains("wants more than the token has"), "{said}");
        assert_eq!(judged_by(&plain, &both, Provider::Unasked).0, Some(true));
    }
}
