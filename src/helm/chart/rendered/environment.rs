//! Keys, profiles and endpoints in the environment of pods that reach storage.

use serde_json::Value;

use super::object::containers;
use super::{Object, Release};
use crate::base::error::{Code, Error, Finding};
use crate::helm::chart::patterns::fits;
use crate::spec::Identity;

/// Variables that every client takes before a role, a key file or its own settings.
/// Source: AWS SDKs and Tools Reference Guide, "Standardized credential providers" (order) and "Service-specific endpoints".
/// Google's variable names a file, which charts name even where there is none, so it tells nothing.
const KEYS: &str = "AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|AWS_PROFILE|AWS_ROLE_ARN|AWS_WEB_IDENTITY_TOKEN_FILE\
                    |AWS_SHARED_CREDENTIALS_FILE|AWS_CONFIG_FILE|AWS_ENDPOINT_URL|AWS_ENDPOINT_URL_S3|AWS_ENDPOINT_URL_STS\
                    |AWS_CONTAINER_CREDENTIALS_RELATIVE_URI|AWS_CONTAINER_CREDENTIALS_FULL_URI|AWS_EC2_METADATA_DISABLED";
/// The same for Azure. Source: Azure Identity client library, "DefaultAzureCredential" (the environment comes first).
const KEYS_OF_AZURE: &str = "AZURE_CLIENT_ID|AZURE_TENANT_ID|AZURE_CLIENT_SECRET|AZURE_CLIENT_CERTIFICATE_PATH";

impl Release<'_> {
    /// The variables that matter to clients of the install's storage; those of another cloud's are nobody's mistake.
    fn keys(&self) -> &'static str {
        let says = |variable: &str| self.install.variables.get(variable);
        match says("cloud").and_then(Value::as_str) {
            Some("azure") => KEYS_OF_AZURE,
            _ if says("speaks_s3") == Some(&Value::Bool(false)) => "",
            _ => KEYS,
        }
    }

    /// Keys or an endpoint in the environment of pods that run under accounts of ours or ask for our Secrets, and in the
    /// environment that a ConfigMap prescribes, as Argo's does for the pods of workflows.
    pub(super) fn keys_in_environments(&self) -> Vec<Finding> {
        self.objects
            .iter()
            .filter_map(|object| {
                let account = self.account(object);
                let reaches = account.is_some_and(|(namespace, name)| self.is_ours(&namespace, &name));
                if reaches || (self.touches(object) && object.pod().is_some()) {
                    self.key(object)
                } else {
                    prescribed(object, self.keys())
                }
            })
            .collect()
    }

    /// A variable of a pod that wins over what is ours.
    fn key(&self, object: &Object) -> Option<Finding> {
        let by_role = self.install.identity != Identity::StaticKeys;
        let keys = self.keys();
        let mut found = None;
        for container in object.pod().into_iter().flat_map(containers) {
            let env = container["env"].as_array().into_iter().flatten();
            let foreign = env.filter(|one| by_role || !self.is_of_ours(one));
            found = found.or_else(|| foreign.filter_map(|one| one["name"].as_str()).find(|name| fits(keys, name)));
            // With keys, what is taken as a whole may be ours: a chart that takes keys as values makes a Secret of them.
            let from = container["envFrom"].as_array().into_iter().flatten().filter(|_| by_role);
            found = found.or_else(|| from.flat_map(|from| self.taken(from)).find(|name| fits(keys, name)));
        }
        let name = found?;
        let what = if by_role {
            format!("{} has a role, and `{name}` in its environment", object.title())
        } else {
            format!("{} has `{name}` in its environment, which is not from a Secret of ours", object.title())
        };
        Some(beside(what, &format!("Remove `{name}` from the values."), object))
    }

    /// The names that a pod takes as a whole from rendered Secrets and ConfigMaps.
    fn taken<'a>(&'a self, from: &Value) -> Vec<&'a str> {
        let mut names = Vec::new();
        for (field, kind) in [("secretRef", "Secret"), ("configMapRef", "ConfigMap")] {
            for object in self.objects.iter().filter(|one| one.is(kind) && from[field]["name"] == one.meta("name")) {
                let parts = ["data", "stringData"].into_iter().filter_map(|part| object.value[part].as_object());
                names.extend(parts.flat_map(|part| part.keys().map(String::as_str)));
            }
        }
        names
    }

    /// Whether a variable comes from a Secret that we write.
    fn is_of_ours(&self, variable: &Value) -> bool {
        let secret = variable["valueFrom"]["secretKeyRef"]["name"].as_str();
        secret.is_some_and(|secret| self.written.keys().any(|(_, name)| name == secret))
    }
}

/// A variable in a document of a ConfigMap.
fn prescribed(object: &Object, keys: &str) -> Option<Finding> {
    if !object.is("ConfigMap") {
        return None;
    }
    let leaves = object.leaves();
    let named = |path: &[String]| {
        let at = path.windows(2).position(|two| two[0] == "env" && fits(keys, &two[1]))?;
        Some(path[at + 1].clone())
    };
    let name = leaves.iter().find_map(|leaf| named(&leaf.path))?;
    let what = format!("{} puts `{name}` into the environment of pods that reach storage", object.title());
    Some(beside(what, &format!("Remove `{name}` from the values."), object))
}

pub(super) fn beside(what: String, fix: &str, object: &Object) -> Finding {
    let error = Error::new(Code::KEYS_BESIDE_ROLE, what)
        .why("A key, a profile or an endpoint in the environment wins over what is ours.");
    Finding::error(error.fix(fix).at(Some(object.place.clone())))
}
