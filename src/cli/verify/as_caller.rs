//! `verify --as-caller`: the same proof by whoever runs it, such as a pod under the chart's own ServiceAccount.

use std::path::Path;

use super::{VerifyArguments, interrupted, told};
use crate::base::error::{Code, Error, Result};
use crate::base::names::Arn;
use crate::cli::Outcome;
use crate::cli::applied::known;
use crate::cli::connect::carried_out_here;
use crate::cli::context::Context;
use crate::cli::interrupt::Stop;
use crate::clouds::task::Task;
use crate::clouds::trial::{Objects, ProofOptions, prove_with};
use crate::model::proof::{Matrix, Probe};
use crate::model::{Blueprint, Proof};
use crate::spec::Spec;

/// The variable in which a pod finds its probe document.
const PROBE_VARIABLE: &str = "BUCKETWRIGHT_PROBE";

pub(super) fn run(context: &Context, arguments: &VerifyArguments) -> Result<Outcome> {
    let probe = given(arguments)?;
    let (proof, caller) = Context::block_on(async {
        let (probe, spec) = match probe {
            Some(probe) => (Some(probe), None),
            None => (None, Some(of_aws(context, &arguments.spec)?)),
        };
        let place = probe.as_ref().map(|probe| (&probe.region, probe.endpoint.as_ref()));
        let place = place.or(spec.as_ref().map(|spec| (spec.cloud.region(), spec.cloud.endpoint())));
        let Some((region, endpoint)) = place else { return Err(nothing()) };
        let named = probe.as_ref().and_then(|probe| probe.arn.as_ref()?.account());
        let named = named.or_else(|| spec.as_ref().and_then(|spec| spec.cloud.account().cloned()));
        let account = context.account(region, endpoint).await?.owning(named.as_ref());
        let objects = account.as_caller();
        let caller = objects.who().await?.unwrap_or_default();
        let probe = match (probe, spec) {
            (Some(probe), _) => probe,
            (None, Some(spec)) => {
                let id = Arn::parse(&caller).ok().and_then(|arn| arn.account());
                of_the_caller(&context.blueprint(spec, id.as_ref())?, &arguments.principal, &caller)?
            }
            (None, None) => return Err(nothing()),
        };
        Ok((proven(&objects, &probe).await?, caller))
    })?;
    Ok(told(context, &Matrix::of(&proof), Some(&caller)))
}

/// A spec whose identities AWS knows.
pub(super) fn of_aws(context: &Context, path: &Path) -> Result<Spec> {
    let spec = context.spec(path)?;
    carried_out_here(context, &spec, Task::VerifyCaller)?;
    Ok(spec)
}

fn nothing() -> Error {
    Error::new(Code::NOTHING_TO_VERIFY, "there is neither a spec nor a probe document").fix("Name one: `-f FILE`.")
}

async fn proven(objects: &impl Objects, probe: &Probe) -> Result<Proof> {
    let _careful = Stop::careful();
    let proof = prove_with(objects, probe, ProofOptions::existing(&Stop::asked)).await;
    if Stop::asked() { Err(interrupted(&proof)) } else { Ok(proof) }
}

/// The probe document, if one was given.
fn given(arguments: &VerifyArguments) -> Result<Option<Probe>> {
    if let Some(path) = &arguments.probe {
        return Probe::parse(&crate::files::input::text(path)?).map(Some);
    }
    std::env::var(PROBE_VARIABLE).ok().map(|text| Probe::parse(&text)).transpose()
}

/// The probe of the identity that the caller is, or of the one that was named.
fn of_the_caller(blueprint: &Blueprint, principals: &[String], caller: &str) -> Result<Probe> {
    let probes = || blueprint.principals.iter().map(|want| Probe::of(blueprint, want));
    let wanted = |probe: &Probe| {
        if principals.is_empty() { probe.is(caller) } else { principals.contains(&probe.principal) }
    };
    probes().find(wanted).ok_or_else(|| {
        let known = probes().map(|probe| probe.principal).collect::<Vec<_>>().join(", ");
        Error::new(Code::UNKNOWN_CALLER, format!("{caller} is none of the spec's identities"))
            .why("A pod that is not given its role is its node, or nobody: then the chart cannot reach its buckets either.")
            .fix(format!("Check the ServiceAccount's annotation or association; `--principal NAME` proves one all the same. Known: {known}."))
    })
}

/// Prints the probe document of the identity that was named.
pub(super) fn print_probe(context: &Context, arguments: &VerifyArguments) -> Result<Outcome> {
    let spec = of_aws(context, &arguments.spec)?;
    let folder = arguments.place.to_read()?;
    let (mut blueprint, _) = known(context, spec, &folder)?;
    super::only(&mut blueprint, &arguments.principal)?;
    let Some(want) = blueprint.principals.first() else { return Err(nothing()) };
    let probe = serde_json::to_value(Probe::of(&blueprint, want));
    context.print_foreign(&probe.map_err(|error| Error::new(Code::BAD_PROBE, error.to_string()))?);
    Ok(Outcome::Done)
}
