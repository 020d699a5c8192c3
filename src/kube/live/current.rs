//! The cluster that the kubeconfig's current context means.

use kube::config::Kubeconfig;

/// A cluster as a kubeconfig has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// Its name in the file.
    pub name: String,
    /// The server's address.
    pub server: String,
    /// What the program that makes its tokens is called with.
    pub arguments: Vec<String>,
}

/// Reads the kubeconfig, if there is one with a current context. No cluster is asked.
pub fn current() -> Option<Current> {
    let file = Kubeconfig::read().ok()?;
    let wanted = file.current_context.as_deref()?;
    let context = file.contexts.iter().find(|context| context.name == wanted)?.context.as_ref()?;
    let cluster = file.clusters.iter().find(|cluster| cluster.name == context.cluster)?;
    let server = cluster.cluster.as_ref().and_then(|cluster| cluster.server.clone()).unwrap_or_default();
    let user = file.auth_infos.iter().find(|user| Some(user.name.as_str()) == context.user.as_deref());
    let arguments = user.and_then(|user| user.auth_info.as_ref()?.exec.as_ref()?.args.clone());
    Some(Current { name: cluster.name.clone(), server, arguments: arguments.unwrap_or_default() })
}
