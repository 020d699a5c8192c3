//! A token held against roles, in words and as JSON. The token itself is not available here, only its claims.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Value, json};

use super::{Screen, findings_json};
use crate::base::error::one_line;
use crate::clouds::aws::token::{Claims, SubjectForm, TokenVerdict};
use crate::policy::Check;

/// The claims, then each role with the checks of its trust policy.
pub fn trust_text(claims: &Claims, now: i64, verdicts: &[TokenVerdict], screen: &Screen) -> String {
    let style = screen.data_style();
    let form = SubjectForm::of(&claims.subject);
    let mut out = String::from("Token\n");
    out.push_str(&format!("  iss  {}\n  aud  {}\n", one_line(&claims.issuer), one_line(&claims.audiences.join(", "))));
    out.push_str(&format!("  sub  {}  ({})\n", one_line(&claims.subject), form.words()));
    out.push_str(&match claims.expires {
        Some(expires) if expires <= now => format!("  exp  {}, over\n", time(expires)),
        Some(expires) => format!("  exp  {}, {} minutes from now\n", time(expires), (expires - now) / 60),
        None => "  exp  not said\n".to_owned(),
    });
    for verdict in verdicts {
        let outcome = match verdict.admitted {
            Some(true) => style.clone().green().apply_to("lets it in"),
            Some(false) => style.clone().red().bold().apply_to("refuses it"),
            None => style.clone().yellow().apply_to("cannot be judged here"),
        };
        out.push_str(&format!("{} {outcome}\n", style.clone().bold().apply_to(one_line(&verdict.role))));
        for statement in &verdict.statements {
            let sid = one_line(statement.sid.as_deref().unwrap_or("-"));
            out.push_str(&format!("  {} {sid}\n", statement.effect));
            for check in &statement.checks {
                out.push_str(&format!("    {} {}\n", mark(check, *screen), words(check)));
            }
        }
    }
    out
}

fn mark(check: &Check, screen: Screen) -> String {
    let style = screen.data_style();
    match check.holds {
        Some(true) => style.green().apply_to("✓"),
        Some(false) => style.red().bold().apply_to("✗"),
        None => style.yellow().apply_to("?"),
    }
    .to_string()
}

fn words(check: &Check) -> String {
    let wanted = check.wanted.join(", ");
    let found = match (check.holds, check.found.as_slice()) {
        (Some(true), _) => String::new(),
        (_, []) => "; the token has none that AWS looks at".to_owned(),
        (_, found) => format!("; it is {}", found.join(", ")),
    };
    one_line(&format!("{} {}: {wanted}{found}", check.operator, check.key))
}

/// A time as programs and people write it (RFC 3339).
pub fn time(seconds: i64) -> String {
    DateTime::from_secs(seconds).fmt(Format::DateTime).unwrap_or_else(|_| seconds.to_string())
}

/// The same for programs.
pub fn trust_json(claims: &Claims, verdicts: &[TokenVerdict]) -> Value {
    let roles = verdicts.iter().map(|verdict| {
        let findings = findings_json(&verdict.findings);
        json!({
            "role": verdict.role,
            "admitted": verdict.admitted,
            "statements": verdict.statements,
            "findings": findings["findings"],
        })
    });
    json!({
        "version": 1,
        "claims": {
            "iss": claims.issuer,
            "aud": claims.audiences,
            "sub": claims.subject,
            "exp": claims.expires,
            "form": SubjectForm::of(&claims.subject).words(),
        },
        "admitted": verdicts.iter().any(|verdict| verdict.admitted == Some(true)),
        "roles": roles.collect::<Vec<_>>(),
    })
}
