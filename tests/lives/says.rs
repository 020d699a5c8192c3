//! What the spec says at a moment.

use proptest::prelude::*;

use crate::harness::REGION;

pub const IDENTITIES: [&str; 3] = ["static-keys", "irsa", "pod-identity"];

/// What a user edits in the spec.
#[derive(Clone, Copy, Debug)]
pub struct Says {
    pub identity: usize,
    /// The identity of the second install, where there is one.
    pub second: Option<usize>,
    pub moved: bool,
    pub released: bool,
    pub bucket: usize,
    pub named: bool,
}

/// Any of them; keys more often, since they are what can be lost.
pub fn says() -> impl Strategy<Value = Says> {
    let identity = || prop_oneof![3 => Just(0_usize), 1 => Just(1), 1 => Just(2)];
    (identity(), prop::option::of(identity()), any::<bool>(), any::<bool>(), 0..2_usize, any::<bool>()).prop_map(
        |(identity, second, moved, released, bucket, named)| Says { identity, second, moved, released, bucket, named },
    )
}

impl Says {
    /// The file, for the spec of this name, with the id that is written into it when the folder no longer knows it.
    pub fn text(&self, name: &str, id: Option<&str>) -> String {
        let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
        let release = if self.released { "flows" } else { "argo" };
        // A spec with a role has no Secret to give a name to.
        let renamed = if self.named && self.identity == 0 {
            format!(", secretNames: {{{release}-argo-workflows-artifacts: renamed}}")
        } else {
            String::new()
        };
        let mut text = format!(
            "\
apiVersion: bucketwright/v1
name: {name}
{id}cloud:
  provider: aws
  region: {REGION}
  cluster: {{name: prod}}
retired: [{name}-data-0, {name}-data-1, {name}-two]
identity: {}
installs:
  - {{profile: argo-workflows, chartVersion: 1.0.18, release: {release}, namespace: {}, buckets: {{artifacts: {name}-data-{}}}{renamed}}}
",
            IDENTITIES[self.identity],
            self.namespace(name),
            self.bucket,
        );
        if let Some(identity) = self.second {
            text.push_str(&format!(
                "  - {{profile: argo-workflows, chartVersion: 1.0.18, id: two, namespace: {name}-c, identity: {}, buckets: {{artifacts: {name}-two}}}}\n",
                IDENTITIES[identity]
            ));
        }
        text
    }

    /// The namespace of the first install.
    pub fn namespace(&self, name: &str) -> String {
        format!("{name}-{}", if self.moved { 'b' } else { 'a' })
    }

    /// The users that have a key of ours.
    pub fn users(&self, name: &str) -> Vec<String> {
        let mut users = Vec::new();
        if self.identity == 0 {
            users.push(format!("{name}-argo-workflows"));
        }
        if self.second == Some(0) {
            users.push(format!("{name}-two"));
        }
        users
    }
}
