//! A Job from its making to its end, with its pod's log; it is removed however that went.

use std::time::Duration;

use k8s_openapi::api::batch::v1::Job as KubeJob;
use k8s_openapi::api::core::v1::{Pod, ServiceAccount};
use kube::api::{DeleteParams, ListParams, LogParams, PostParams, Preconditions, PropagationPolicy};
use kube::{Api, ResourceExt};
use tokio::time::{Instant, sleep};

use super::Cluster;
use super::failure::{Asked, causes};
use super::pod::{ended, state};
use crate::base::error::{Code, Error, Result, masked};
use crate::kube::proof::{CONTAINER, JOB_LABEL, Job};

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// How much of a log is read.
const LOG_BYTES: i64 = 1 << 20;
/// How often a log is asked for: a node may be behind.
const LOG_TRIES: u32 = 3;

/// How a Job is watched.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// How long to wait for its end.
    pub patience: Duration,
    /// Whether the user has asked to stop.
    pub stopped: &'a dyn Fn() -> bool,
    /// Tells what is waited for, whenever that changes.
    pub tell: &'a dyn Fn(&str),
}

/// What came of a Job.
pub struct Ran {
    /// What its pod printed.
    pub log: Result<String>,
    /// Why it could not be removed, if it could not.
    pub left: Option<Error>,
}

impl Cluster {
    /// Runs a Job to its end, reads its pod's log, and takes it away.
    ///
    /// The log is `BW1112` to `BW1115`, `BW1102`, `BW1103`, `BW1105` or `BW1110` when there is none; left is `BW1116`.
    pub async fn run(&self, job: &Job, watch: Watch<'_>) -> Ran {
        let of = OfJob { jobs: self.namespaced(&job.namespace), pods: self.namespaced(&job.namespace), job };
        if let Err(log) = self.has_account(job).await {
            // Nothing was made yet, so nothing is to be removed.
            return Ran { log: Err(log), left: None };
        }
        let uid = match of.created().await {
            Ok(uid) => uid,
            // An answer that did not come does not say that nothing was made.
            Err(log) if log.code() == &Code::CLUSTER_UNREACHABLE => {
                return Ran { log: Err(log), left: of.removed(None).await.err() };
            }
            Err(log) => return Ran { log: Err(log), left: None },
        };
        let log = of.log(&uid, watch).await;
        Ran { log, left: of.removed(Some(uid)).await.err() }
    }

    /// Sees that its ServiceAccount exists: without it no pod comes, and nothing says why.
    async fn has_account(&self, job: &Job) -> Result<()> {
        let Job { namespace, service_account, .. } = job;
        let accounts: Api<ServiceAccount> = self.namespaced(namespace);
        let asked =
            Asked { verb: "get", resource: "serviceaccounts", namespace: Some(namespace), name: Some(service_account) };
        if accounts.get_opt(service_account).await.map_err(|error| asked.failed(&error))?.is_none() {
            return Err(Error::new(Code::NO_SERVICE_ACCOUNT, format!("the ServiceAccount {} does not exist", job.place()))
                .why("The chart makes it, or was told to use it; no pod can run under it, not the chart's either.")
                .fix("Install the chart first, or let `bucketwright push --service-accounts` make those that it uses and does not make. Check `namespace` and `release` in the spec."));
        }
        Ok(())
    }

    fn namespaced<K>(&self, namespace: &str) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.client.clone(), namespace)
    }
}

/// A Job and where it is asked for.
struct OfJob<'a> {
    jobs: Api<KubeJob>,
    pods: Api<Pod>,
    job: &'a Job,
}

impl OfJob<'_> {
    fn asked(&self, verb: &'static str, resource: &'static str) -> Asked<'_> {
        let name = (resource == "jobs").then_some(self.job.name.as_str());
        Asked { verb, resource, namespace: Some(&self.job.namespace), name }
    }

    /// Creates it, and gives its uid. One that an earlier run left behind is removed first.
    async fn created(&self) -> Result<String> {
        let create = self.asked("create", "jobs");
        let manifest: KubeJob = serde_json::from_value(self.job.manifest.clone()).map_err(|error| {
            Error::new(Code::BAD_PROBE, format!("the Job cannot be made: {error}")).caused_by(&error)
        })?;
        let uid = |made: &KubeJob| made.uid().unwrap_or_default();
        match self.jobs.create(&PostParams::default(), &manifest).await {
            Ok(made) => return Ok(uid(&made)),
            Err(kube::Error::Api(status)) if status.is_already_exists() => self.replaced().await?,
            Err(error) => return Err(create.failed(&error)),
        }
        let made = self.jobs.create(&PostParams::default(), &manifest).await;
        made.map(|made| uid(&made)).map_err(|error| create.failed(&error))
    }

    /// Takes away what an earlier run left under this name, and waits until it is gone.
    async fn replaced(&self) -> Result<()> {
        for _ in 0..LOG_TRIES * 20 {
            let Some(there) = self.there().await? else { return Ok(()) };
            let ours = ["app.kubernetes.io/name", "app.kubernetes.io/managed-by"]
                .map(|label| there.labels().get(label).map(String::as_str));
            if ours != [Some(JOB_LABEL), Some("bucketwright")] {
                return Err(self.foreign("It does not carry this program's labels, so it is left alone."));
            }
            self.removed(there.uid()).await?;
            sleep(PAUSE).await;
        }
        Err(self.foreign("It was deleted and does not go: something holds it by a finalizer."))
    }

    fn foreign(&self, why: &str) -> Error {
        let Job { namespace, name, .. } = self.job;
        Error::new(Code::FOREIGN_JOB, format!("a Job {namespace}/{name} is there already")).why(why).fix(format!(
            "Look at it, `kubectl get job {name} -n {namespace} -o yaml`, and take it away if nobody needs it."
        ))
    }

    async fn there(&self) -> Result<Option<KubeJob>> {
        self.jobs.get_opt(&self.job.name).await.map_err(|error| self.asked("get", "jobs").failed(&error))
    }

    /// Waits for the end of its pod, and reads the log.
    async fn log(&self, uid: &str, watch: Watch<'_>) -> Result<String> {
        let begun = Instant::now();
        let mut told = String::new();
        loop {
            // The Job first: it fails after its pod has, so a pod that is looked at later is never missed.
            let over = self.over().await?;
            let pod = self.pod(uid).await?;
            if let Some(pod) = pod.as_ref().filter(|pod| ended(pod)) {
                return self.printed(pod).await;
            }
            let state = pod.as_ref().map_or_else(|| "no pod was made yet".to_owned(), state);
            if let Some(why) = over {
                return Err(self.not_ended(&format!("{why}; last seen: {state}")));
            }
            if (watch.stopped)() {
                return Err(Error::new(
                    Code::INTERRUPTED,
                    format!("interrupted while {} was waited for", self.job.place()),
                ));
            }
            if begun.elapsed() >= watch.patience {
                return Err(self.not_ended(&format!("after {} seconds: {state}", watch.patience.as_secs())));
            }
            if state != told {
                (watch.tell)(&format!("  {}: {state}", self.job.place()));
                told = state;
            }
            sleep(PAUSE).await;
        }
    }

    /// Its pod. One that an earlier Job of the same name left is another's.
    async fn pod(&self, uid: &str) -> Result<Option<Pod>> {
        let chosen = ListParams::default().labels(&format!("job-name={}", self.job.name));
        let pods = self.pods.list(&chosen).await.map_err(|error| self.asked("list", "pods").failed(&error))?;
        Ok(pods.items.into_iter().find(|pod| pod.owner_references().iter().any(|owner| owner.uid == uid)))
    }

    /// Why no pod will come any more, if that is so.
    async fn over(&self) -> Result<Option<String>> {
        let Some(job) = self.there().await? else { return Ok(Some("somebody took the Job away".to_owned())) };
        let conditions = job.status.and_then(|status| status.conditions).unwrap_or_default();
        let failed = conditions.into_iter().find(|one| one.type_ == "Failed" && one.status == "True");
        Ok(failed.map(|one| one.message.or(one.reason).unwrap_or_else(|| "the Job failed".to_owned())))
    }

    fn not_ended(&self, why: &str) -> Error {
        let namespace = &self.job.namespace;
        Error::new(Code::POD_NOT_ENDED, format!("the pod of {} did not come to its end", self.job.place()))
            .why(why)
            .fix(format!("`kubectl -n {namespace} get events --sort-by=.lastTimestamp` tells more. Name an image that the nodes can pull with `--image IMAGE`; give it longer with `--timeout SECONDS`."))
    }

    async fn printed(&self, pod: &Pod) -> Result<String> {
        let name = pod.name_any();
        let parameters =
            LogParams { container: Some(CONTAINER.to_owned()), limit_bytes: Some(LOG_BYTES), ..LogParams::default() };
        let mut tries = 1;
        loop {
            let why = match self.pods.logs(&name, &parameters).await {
                Ok(log) => return Ok(log),
                Err(kube::Error::Api(status)) if !status.is_forbidden() && status.code != 401 => {
                    masked(&status.message)
                }
                Err(error @ (kube::Error::Api(_) | kube::Error::Auth(_))) => {
                    return Err(self.asked("get", "pods/log").failed(&error));
                }
                Err(error) => causes(&error),
            };
            if tries == LOG_TRIES {
                return Err(Error::new(Code::UNREADABLE_LOG, format!("the log of the pod of {} cannot be read", self.job.place()))
                    .why(format!("{why} ({})", state(pod)))
                    .fix("The API server reads logs from the pod's node: check that it reaches the kubelet, and run the same command again."));
            }
            tries += 1;
            sleep(PAUSE).await;
        }
    }

    /// Takes it away; the cluster takes its pods after it. One of another uid is somebody else's and stays.
    async fn removed(&self, uid: Option<String>) -> Result<()> {
        let parameters = DeleteParams {
            propagation_policy: Some(PropagationPolicy::Background),
            preconditions: uid.map(|uid| Preconditions { uid: Some(uid), resource_version: None }),
            ..DeleteParams::default()
        };
        let Job { namespace, name, .. } = self.job;
        match self.jobs.delete(name, &parameters).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.is_not_found() || status.is_conflict() => Ok(()),
            Err(error) => {
                let error = self.asked("delete", "jobs").failed(&error);
                Err(Error::new(Code::JOB_LEFT, format!("the Job {namespace}/{name} could not be removed"))
                    .why(format!("{}. {}", error.what(), error.reason().unwrap_or_default()))
                    .fix(format!("Take it away: `kubectl delete job {name} -n {namespace}`; left alone, the cluster does ten minutes after its end.")))
            }
        }
    }
}
