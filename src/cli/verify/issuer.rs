//! Whether issuers outside of the cluster are what the trust says, by their own configuration.

use crate::cli::context::Context;
use crate::clouds::aws::live::sdk::discovery::configuration;
use crate::clouds::aws::token::judge_configuration;
use crate::model::proof::TrialAction;
use crate::model::{Blueprint, PrincipalKind, Proof, Trial};
use crate::policy::Trust;

/// Asks each issuer whose tokens become a role. One that cannot be reached from here is named and not judged: AWS asks it, not
/// this machine.
pub(super) async fn judged(context: &Context, blueprint: &Blueprint, proof: &mut Proof) {
    let authority = Context::authority().ok().flatten();
    for want in &blueprint.principals {
        let PrincipalKind::Role { trust: Trust::Federated(federated), .. } = &want.kind else { continue };
        let issuer = &federated.issuer;
        let told = match configuration(issuer, authority.as_deref()).await {
            Ok(text) => judge_configuration(issuer.as_str(), &text),
            Err(why) => {
                context.screen.say(&format!("The configuration of {issuer} was not judged from here: {why}."));
                continue;
            }
        };
        proof.trials.push(Trial {
            install: want.install.to_string(),
            principal: want.name.to_string(),
            components: Vec::new(),
            bucket: "(trust)".to_owned(),
            action: TrialAction::IssuerDocument,
            passed: told.is_ok(),
            note: told.err(),
            finding: None,
        });
    }
}
