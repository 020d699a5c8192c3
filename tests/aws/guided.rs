//! The guided run beside an account: it tells which clusters there are, and whose the names of buckets are. Questions change nothing.

use super::{own, spec};
use crate::harness::Sandbox;
use crate::wizard::terminal::{DOWN, Person, SIZES};

/// Another spec, which has made the bucket that is proposed.
const OTHERS: &str = "{profile: argo-workflows, chartVersion: 1.0.18, buckets: {artifacts: acme-argo-artifacts}}";

#[test]
fn an_account_tells_whose_names_and_which_clusters_there_are() {
    let peer = own!();
    let account = peer.account();
    let other = Sandbox::with_spec(&spec(&account, "other", "static-keys", OTHERS));
    account.call(&other, "apply --yes --no-proof").run().ok();
    let before = account.writes();
    for size in SIZES {
        let sandbox = Sandbox::new();
        let mut person = Person::run(account.command(&sandbox, "init"), size);
        person.answers("Name of this installation", "acme\r");
        person.answers("Where the buckets are", "\r");
        person.answers("Region of the buckets · eu-west-1", "\r");
        person.sees(&format!("Account of your AWS credentials: {}", account.id));
        person.answers("Charts that need object storage", "argo\r");
        person.takes_chart("Argo Workflows");
        person.answers("Is Argo Workflows new", "\r");
        person.answers("How Argo Workflows's pods", "\r");
        person.answers("EKS cluster that the charts run in", "prud\r");
        person.sees("prud");
        person.sees("prod");
        person.types("\r");
        person.answers("EKS cluster that the charts run in", "\u{15}prod\r");
        person.answers("One role for a whole chart?", "\r");
        person.answers("Argo Workflows: Namespaces that workflows run in", "\r");
        person.answers("Argo Workflows: Keep the logs", "\r");
        person.answers("Bucket names", "");
        person.sees("acme-argo-artifacts (of the spec other)");
        person.types("\r");
        person.sees("The spec `other` made it.");
        person.answers("Bucket names", &format!("{DOWN}\r"));
        person.answers("Bucket for Argo Workflows artifacts", "\u{15}acme-free\r");
        person.answers("Bucket names", "");
        person.sees("acme-free (free)");
        person.types("\r");
        person.answers("Is everything right?", "\r");
        assert_eq!(person.ends(), 0, "{}", person.transcript());
        let spec = sandbox.read("bucketwright.yaml");
        assert!(spec.contains("acme-free") && spec.contains("name: \"prod\""), "{spec}");
        assert!(spec.contains(&account.id), "{spec}");
        assert_eq!(account.writes(), before, "questions change nothing");
    }
}
