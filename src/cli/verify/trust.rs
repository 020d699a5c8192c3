//! `verify trust`: a token, claim by claim, against the trust policies of the spec's roles.

use std::path::PathBuf;

use clap::Args;

use crate::base::error::{Code, Error, Finding, Result};
use crate::base::names::{AccountId, Arn, Issuer, Kind};
use crate::base::secret::Secret;
use crate::cli::Outcome;
use crate::cli::applied::known;
use crate::cli::connect::carried_out_here;
use crate::cli::context::Context;
use crate::cli::place::{Place, SpecFile};
use crate::clouds::aws::live::api::AwsApi;
use crate::clouds::aws::token::{Claims, Judged, Provider, TokenVerdict, judge};
use crate::clouds::clock::now;
use crate::clouds::task::Task;
use crate::model::{Blueprint, PrincipalKind, PrincipalWant};
use crate::policy::{Trust, trust_document};
use crate::report::{findings_text, trust_json, trust_text};
use crate::spec::Spec;

/// Arguments of `verify trust`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitpod idp token --audience sts.amazonaws.com | \\\n    \
    bucketwright verify trust -f ona.yaml --token-file -\n  \
    kubectl exec POD -- cat /var/run/secrets/eks.amazonaws.com/serviceaccount/token | \\\n    \
    bucketwright verify trust --live --token-file -\n\n\
    The token is neither kept nor shown; of its claims iss, aud, sub and exp are. JSON that was decoded elsewhere will do.\n\n\
    Exit codes: 0 a role lets it in, 3 none does, 2 it is no token or the spec is wrong.")]
pub(super) struct TrustArguments {
    /// The file with the token, or with its decoded claims; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    #[command(flatten)]
    spec: SpecFile,
    #[command(flatten)]
    place: Place,
    /// Only this role; may be given several times.
    #[arg(long, value_name = "NAME")]
    principal: Vec<String>,
    /// Ask the account for the trust policies and providers as they are, instead of taking those of the spec.
    #[arg(long)]
    live: bool,
}

pub(super) fn run(context: &Context, arguments: &TrustArguments) -> Result<Outcome> {
    let token = crate::files::input::text(&arguments.token_file)
        .map_err(|error| error.fix("Name the file with `--token-file FILE`; `-` is standard input."))?;
    let claims = Claims::read(&Secret::new(token))?;
    let spec = context.spec(&arguments.spec)?;
    carried_out_here(context, &spec, Task::VerifyTrust)?;
    let verdicts = if arguments.live {
        Context::block_on(live(context, arguments, spec, &claims))?
    } else {
        of_the_spec(context, arguments, spec, &claims)?
    };
    if verdicts.is_empty() {
        return Err(Error::new(Code::NOTHING_TO_VERIFY, "no role of the spec is for bearers of tokens")
            .why("Only the identities `irsa` and `workload-identity` make tokens into roles.")
            .fix("Verify the others with `bucketwright verify`."));
    }
    Ok(told(context, &claims, &verdicts))
}

/// Holds the token against the trust policies as the blueprint has them. Nothing is asked.
fn of_the_spec(
    context: &Context,
    arguments: &TrustArguments,
    spec: Spec,
    claims: &Claims,
) -> Result<Vec<TokenVerdict>> {
    let folder = arguments.place.to_read()?;
    let (mut blueprint, _) = known(context, spec, &folder)?;
    super::only(&mut blueprint, &arguments.principal)?;
    let mut verdicts = Vec::new();
    for (want, trust) in roles(&blueprint) {
        let named = blueprint.spec.cloud.cluster().and_then(|cluster| cluster.issuer.as_ref());
        let issuer = issuer_of(trust, named).ok_or_else(|| {
            blueprint.no_issuer().why("The trust policy names it, and nothing is asked without `--live`.")
        })?;
        let account = blueprint.account()?;
        let Some(document) = trust_document(trust, blueprint.partition(), account, Some(&issuer)) else { continue };
        verdicts.push(judge(
            claims,
            now(),
            &Judged {
                role: want.name.as_str(),
                trust: &document,
                issuer: &issuer,
                provider: Provider::Unasked,
                partition: blueprint.partition(),
                account,
            },
        ));
    }
    Ok(verdicts)
}

/// Holds the token against the trust policies and providers as the account has them.
async fn live(context: &Context, arguments: &TrustArguments, spec: Spec, claims: &Claims) -> Result<Vec<TokenVerdict>> {
    let api = context.account(spec.cloud.region(), spec.cloud.endpoint()).await?;
    let account = api.caller().await?.account;
    let mut blueprint = context.blueprint(spec, Some(&account))?;
    super::only(&mut blueprint, &arguments.principal)?;
    let cluster = match blueprint.spec.cloud.cluster() {
        Some(cluster) if blueprint.needs_cluster_issuer() => {
            api.cluster_issuer(&cluster.name).await?.or_else(|| cluster.issuer.clone())
        }
        _ => None,
    };
    let mut verdicts = Vec::new();
    for (want, trust) in roles(&blueprint) {
        let issuer = issuer_of(trust, cluster.as_ref()).ok_or_else(|| {
            Error::new(Code::UNKNOWN_FACT, "the cluster has no OIDC issuer")
                .fix("Check its name below `cloud.cluster`.")
        })?;
        verdicts.push(one_live(&api, &blueprint, want, &issuer, &account, claims).await?);
    }
    Ok(verdicts)
}

async fn one_live(
    api: &impl AwsApi,
    blueprint: &Blueprint,
    want: &PrincipalWant,
    issuer: &Issuer,
    account: &AccountId,
    claims: &Claims,
) -> Result<TokenVerdict> {
    let Some(role) = api.role(&want.name).await? else {
        let error = Error::new(Code::NO_ROLE, format!("there is no role `{}` in the account {account}", want.name))
            .why("The spec asks for it, so it was not applied yet, or in another account.")
            .fix("Run `bucketwright apply`, or check AWS_PROFILE.");
        let findings = vec![Finding::error(error)];
        return Ok(TokenVerdict {
            role: want.name.to_string(),
            admitted: Some(false),
            statements: Vec::new(),
            findings,
        });
    };
    let provider = Arn::iam(blueprint.partition(), account, Kind::OidcProvider, issuer.host_path());
    let audiences = api.oidc_audiences(&provider).await?;
    Ok(judge(
        claims,
        now(),
        &Judged {
            role: want.name.as_str(),
            trust: &role.trust,
            issuer,
            provider: audiences.as_deref().map_or(Provider::Missing, Provider::Takes),
            partition: blueprint.partition(),
            account,
        },
    ))
}

/// The roles that bearers of tokens become.
fn roles(blueprint: &Blueprint) -> impl Iterator<Item = (&PrincipalWant, &Trust)> {
    blueprint.principals.iter().filter(|want| want.trusts_issuer()).filter_map(|want| match &want.kind {
        PrincipalKind::Role { trust, .. } => Some((want, trust)),
        _ => None,
    })
}

/// The issuer that a role trusts.
fn issuer_of(trust: &Trust, cluster: Option<&Issuer>) -> Option<Issuer> {
    match trust {
        Trust::Federated(federated) => Some(federated.issuer.clone()),
        _ => cluster.cloned(),
    }
}

fn told(context: &Context, claims: &Claims, verdicts: &[TokenVerdict]) -> Outcome {
    let admitted = verdicts.iter().any(|verdict| verdict.admitted == Some(true));
    if context.json() {
        context.print_json(&trust_json(claims, verdicts));
    } else {
        context.screen.data(&trust_text(claims, now(), verdicts, &context.screen));
        let mut findings: Vec<Finding> = Vec::new();
        for finding in verdicts.iter().filter(|_| !admitted).flat_map(|verdict| &verdict.findings) {
            if !findings.iter().any(|known| known.error.what() == finding.error.what()) {
                findings.push(finding.clone());
            }
        }
        if !findings.is_empty() {
            context.screen.data_lines(&findings_text(&findings, &context.screen.on_stdout()));
        }
    }
    if admitted { Outcome::Done } else { Outcome::Differences }
}
