//! Whether an install's identity works, and has the answers it needs.

use crate::base::error::{Code, Error, Result};
use crate::clouds::known;
use crate::profile::Profile;
use crate::spec::{Identity, Install, Spec};

/// Whether the identity works for this chart, and has the answers it needs.
pub(super) fn supported(spec: &Spec, install: &Install, profile: &Profile) -> Result<()> {
    let verdicts = profile.verdicts(spec.cloud.provider(), &install.chart_version);
    let verdict = verdicts.iter().find(|verdict| verdict.identity == install.identity);
    let place = || spec.place_in(install, "identity");
    known(&spec.cloud).identity(spec, install)?;
    if !verdict.is_some_and(|verdict| verdict.works) {
        let working: Vec<&str> = verdicts.iter().filter(|v| v.works).map(|v| v.identity.as_str()).collect();
        let why = verdict.map_or_else(|| profile.only_for(), |verdict| verdict.why.to_owned());
        let (title, version) = (&profile.about.title, &install.chart_version);
        return Err(Error::new(
            Code::IDENTITY_UNSUPPORTED,
            format!(
                "{title} {version} cannot use the identity `{}` on {}",
                install.identity,
                spec.cloud.provider().title()
            ),
        )
        .why(why)
        .fix(if working.is_empty() {
            format!("Use another cloud: nothing that this profile knows works on {}.", spec.cloud.provider().title())
        } else {
            format!("Use one of: {}.", working.join(", "))
        })
        .at(place()));
    }
    let cluster = spec.cloud.cluster();
    let missing = match install.identity {
        Identity::Irsa | Identity::PodIdentity if cluster.is_none() => {
            Some(("the cluster's name", "cluster: {name: NAME}"))
        }
        Identity::NodeRole if cluster.is_none_or(|cluster| cluster.node_role.is_none()) => Some((
            "the role of the cluster's nodes",
            "cluster: {name: NAME, nodeRole: \"arn:aws:iam::ACCOUNT:role/NODES\"}",
        )),
        _ => None,
    };
    if let Some((answer, line)) = missing {
        return Err(Error::new(Code::MISSING_ANSWER, format!("the identity `{}` needs {answer}", install.identity))
            .fix(format!("Add `{line}` below `cloud`."))
            .at(place()));
    }
    if install.identity.uses_role() && !install.credentials.is_empty() {
        return Err(Error::new(Code::USELESS_CREDENTIALS, format!("the identity `{}` uses no keys", install.identity))
            .why("Keys that lie around win over roles in most clients, so both together do not work.")
            .fix("Remove `credentials`, or use `identity: static-keys`.")
            .at(spec.place_in(install, "credentials")));
    }
    Ok(())
}
