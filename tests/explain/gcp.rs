//! Ways into each error that a project of Google Cloud gives.

use serde_json::{Value, json};

use super::{Said, note};
use crate::gcp::{ARGO, EMAIL, spec};
use crate::harness::{Google, Sandbox};

/// A bucket as Google shows it.
fn bucket(location: &str, number: &str) -> Value {
    json!({"buckets": {"acme-argo-artifacts": {
        "name": "acme-argo-artifacts", "location": location, "projectNumber": number, "metageneration": "1", "labels": {}
    }}})
}

/// Everything that needs a project; a reason when there is none.
pub fn say(said: &mut Said) -> Result<(), String> {
    for (code, command, peer) in [
        ("BW1522", "plan", json!({"deny": ["iam.serviceAccounts.get"]})),
        ("BW1524", "plan", bucket("EUROPE-WEST2", "999")),
        ("BW1526", "plan", json!({"accounts": {EMAIL: {"email": EMAIL, "description": "made by hand"}}})),
        ("BW1531", "plan", bucket("US", "123456789012")),
        (
            "BW1523",
            "apply --yes",
            json!({"faults": [{"permission": "storage.buckets.create", "status": 400, "reason": "invalid", "message": "Invalid bucket name: 'acme-argo-artifacts'."}]}),
        ),
        (
            "BW1525",
            "plan",
            json!({"faults": [{
                "permission": "iam.serviceAccounts.get", "status": 403, "reason": "PERMISSION_DENIED",
                "message": "Identity and Access Management (IAM) API has not been used in project 123456789012 before or it is disabled.",
                "details": {"reason": "SERVICE_DISABLED", "domain": "googleapis.com"}
            }]}),
        ),
        (
            "BW1528",
            "apply --yes",
            json!({"faults": [{
                "permission": "iam.serviceAccountKeys.create", "status": 400, "reason": "FAILED_PRECONDITION",
                "message": "Key creation is not allowed on this service account. constraints/iam.disableServiceAccountKeyCreation"
            }]}),
        ),
        (
            "BW1534",
            "apply --yes",
            json!({"faults": [{
                "permission": "storage.buckets.create", "status": 412, "reason": "conditionNotMet",
                "message": "'europe-west2' violates constraint 'constraints/gcp.resourceLocations'"
            }]}),
        ),
        (
            "BW1535",
            "plan",
            json!({"faults": [{
                "permission": "iam.serviceAccounts.get", "status": 403, "reason": "PERMISSION_DENIED",
                "message": "This API method requires billing to be enabled. Please enable billing on project #123456789012 and retry.",
                "details": {"reason": "BILLING_DISABLED", "domain": "googleapis.com"}
            }]}),
        ),
        (
            "BW1532",
            "apply --yes",
            json!({"faults": vec![json!({"permission": "storage.buckets.setIamPolicy", "etag": "b/acme-argo-artifacts"}); 9]}),
        ),
    ] {
        let google = Google::start()?;
        google.peer(&peer);
        let words = google.call(&Sandbox::with_spec(&spec(&[ARGO])), command).run().exits(1).stderr;
        note(said, code, &words);
    }
    let google = Google::start()?;
    let other = Sandbox::with_spec(&spec(&[ARGO]).replace("\"123456789012\"", "\"987654321098\""));
    note(said, "BW1530", &google.call(&other, "plan").run().exits(1).stderr);
    // The key is kept in another folder than the one that is used next.
    let here = Sandbox::with_spec(&spec(&[ARGO]));
    let _ = google.call(&here, "apply --yes --no-proof --out elsewhere").run().ok();
    let words = google.call(&here, "apply --yes").run().exits(1).stderr;
    let key = "5f1e8a0c2b7d4936a8e05c1d7b3f6a2e4d819f3c";
    let id = regex::Regex::new("[0-9a-f]{40}").expect("a pattern").replace_all(&words, key).into_owned();
    let end = regex::Regex::new("…[0-9a-f]{4}").expect("a pattern");
    note(said, "BW1527", &end.replace_all(&id, "…9f3c"));
    Ok(())
}
