//! What a pod's status says. Pure, but it speaks the cluster's own types.

use k8s_openapi::api::core::v1::{ContainerState, Pod};

use crate::kube::proof::CONTAINER;

/// Whether the proof has ended. A proxy that was put beside it may go on running, so the container counts, not the pod.
pub(super) fn ended(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed")) || container(pod).is_some_and(|state| state.terminated.is_some())
}

/// What a pod is at, or what keeps it: its image, its node, its end.
///
/// Source: Kubernetes, "Pod Lifecycle", container states and pod conditions.
pub(super) fn state(pod: &Pod) -> String {
    let words = |reason: Option<&String>, message: Option<&String>| -> Option<String> {
        let known: Vec<&str> = [reason, message].into_iter().flatten().map(|text| text.trim()).collect();
        (!known.is_empty()).then(|| known.join(": "))
    };
    let of_container = container(pod).and_then(|state| match (&state.waiting, &state.terminated) {
        (Some(waiting), _) => words(waiting.reason.as_ref(), waiting.message.as_ref()),
        (_, Some(ended)) => {
            let exit = format!("exit code {}", ended.exit_code);
            Some(
                words(ended.reason.as_ref(), ended.message.as_ref())
                    .map_or_else(|| exit.clone(), |why| format!("{why}, {exit}")),
            )
        }
        _ => None,
    });
    let status = pod.status.as_ref();
    let conditions = status.and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let unmet = conditions.iter().find(|one| one.type_ == "PodScheduled" && one.status == "False");
    of_container
        .or_else(|| unmet.and_then(|one| words(one.reason.as_ref(), one.message.as_ref())))
        .or_else(|| status.and_then(|status| words(status.reason.as_ref(), status.message.as_ref())))
        .or_else(|| status.and_then(|status| status.phase.clone()))
        .unwrap_or_else(|| "Pending".to_owned())
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn container(pod: &Pod) -> Option<&ContainerState> {
    let statuses = pod.status.as_ref()?.container_statuses.as_deref()?;
    statuses.iter().find(|status| status.name == CONTAINER)?.state.as_ref()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(status: &Value) -> Pod {
        serde_json::from_value(json!({"metadata": {}, "status": status})).expect("a pod")
    }

    #[test]
    fn a_pod_says_what_keeps_it() {
        let of = |state: Value| {
            json!({"phase": "Pending", "containerStatuses": [{"name": "verify", "ready": false,
            "restartCount": 0, "image": "", "imageID": "", "state": state}]})
        };
        let unmet = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False",
            "reason": "Unschedulable", "message": "0/3 nodes are available"}]});
        for (status, says, over) in [
            (json!({}), "Pending", false),
            (unmet, "Unschedulable: 0/3 nodes are available", false),
            (
                of(json!({"waiting": {"reason": "ErrImagePull", "message": "not found\n"}})),
                "ErrImagePull: not found",
                false,
            ),
            (of(json!({"running": {}})), "Pending", false),
            (of(json!({"terminated": {"exitCode": 137, "reason": "OOMKilled"}})), "OOMKilled, exit code 137", true),
            (
                json!({"phase": "Failed", "reason": "Evicted", "message": "low on memory"}),
                "Evicted: low on memory",
                true,
            ),
        ] {
            assert_eq!((state(&pod(&status)).as_str(), ended(&pod(&status))), (says, over));
        }
    }
}
