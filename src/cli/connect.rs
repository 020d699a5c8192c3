//! From a spec to the cloud that it names: the real one, or one in memory.

use super::context::Context;
use super::work::Wishes;
use crate::cloud::aws::rehearsal::RehearsalAccount;
use crate::cloud::aws::sdk::SdkAccount;
use crate::cloud::aws::trips::critical_path;
#[cfg(feature = "gcp")]
use crate::cloud::gcp::{Gcp, rehearsal::RehearsalProject, rest::Google};
use crate::cloud::{Aws, Cloud, S3Compatible};
use crate::error::{Code, Error, Result};
use crate::names::AccountId;
use crate::secret::AccessKey;
use crate::spec::{self, Checksums, Spec, Store};

/// Work that is the same in every cloud.
pub(super) trait Work {
    /// What it gives.
    type Output;
    /// Does it.
    async fn run(self, cloud: &impl Cloud) -> Result<Self::Output>;
}

/// Does work in the cloud that a spec names; a rehearsal in memory.
pub(super) async fn connected<W: Work>(
    context: &Context,
    spec: &Spec,
    wishes: &Wishes<'_>,
    work: W,
) -> Result<W::Output> {
    let rehearse = wishes.rehearse;
    match &spec.cloud {
        spec::Cloud::Aws(_) if rehearse => work.run(&Aws(&rehearsal(spec)?)).await,
        spec::Cloud::Aws(aws) => {
            let account = context.account(&aws.region, aws.endpoint.as_ref()).await?;
            let done = work.run(&Aws(&account)).await?;
            let calls = account.calls();
            tracing::debug!("round trips on the critical path: {} of {} calls", critical_path(&calls), calls.len());
            Ok(done)
        }
        spec::Cloud::S3(store) if rehearse => {
            let api = rehearsal(spec)?.any_key(true);
            work.run(&S3Compatible { api: &api, newer_checksums: None, store }).await
        }
        spec::Cloud::S3(store) => {
            let key = wishes.cluster.cluster.store_key(store).await?;
            work.run(&S3Compatible {
                api: &SdkAccount::for_store(store, key.as_ref()).await.audited(context.audit_file()?),
                newer_checksums: Some(&newer(store, key.as_ref()).await),
                store,
            })
            .await
        }
        #[cfg(feature = "gcp")]
        spec::Cloud::Gcp(gcp) if rehearse => work.run(&Gcp { api: &RehearsalProject::new(gcp), gcp }).await,
        #[cfg(feature = "gcp")]
        spec::Cloud::Gcp(gcp) => work.run(&Gcp { api: &Google::connect(gcp, context.audit_file()?)?, gcp }).await,
        #[cfg(not(feature = "gcp"))]
        spec::Cloud::Gcp(_) => Err(left_out(spec)),
    }
}

#[cfg(not(feature = "gcp"))]
/// Google Cloud is a part of every release, and may be left out of a build.
fn left_out(spec: &Spec) -> Error {
    Error::new(Code::GCP_LEFT_OUT, "this program was built without Google Cloud")
        .why("The Cargo feature `gcp` is a part of every release; somebody left it out.")
        .fix("Use a release, or build with `--features gcp`. `bucketwright render` works without it.")
        .at(spec.place("cloud.provider"))
}

/// Refuses a command for a spec that names no AWS account.
///
/// # Errors
/// `BW1408`, with what to do instead.
pub(super) fn only_on_aws(spec: &Spec, command: &str, why: &str, instead: &str) -> Result<()> {
    let title = match &spec.cloud {
        spec::Cloud::Aws(_) => return Ok(()),
        spec::Cloud::S3(store) => store.kind.title(),
        spec::Cloud::Gcp(_) => "Google Cloud",
    };
    let what = format!("{command} works on AWS alone, and the spec names {title}");
    Err(Error::new(Code::ONLY_ON_AWS, what).why(why).fix(instead).at(spec.place("cloud.provider")))
}

/// The same store, asked with the checksums that not every server takes.
async fn newer(store: &Store, key: Option<&AccessKey>) -> SdkAccount {
    SdkAccount::for_store(&Store { checksums: Checksums::WhenSupported, ..store.clone() }, key).await
}

/// The account of a rehearsal: it has the cluster that the spec names, whatever its name.
pub(super) fn rehearsal(spec: &Spec) -> Result<RehearsalAccount> {
    let account = match spec.cloud.account() {
        Some(account) => account.clone(),
        None => AccountId::parse("000000000000")?,
    };
    Ok(RehearsalAccount::new(account, spec.cloud.region().clone()).any_cluster(true))
}
