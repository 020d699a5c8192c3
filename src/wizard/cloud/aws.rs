//! Questions about an account of AWS's.

use super::Words;
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Region};
use crate::spec::Identity;
use crate::wizard::Question;
use crate::wizard::ask::Wizard;

/// What the questions say of AWS.
pub(super) const WORDS: Words = Words {
    choice: "Amazon Web Services",
    proves_to: "S3",
    bucket_names: "Outside an account's own namespace, a bucket name can be taken once only in all of AWS.",
    make: "Shall everything be made in AWS now?",
    identity,
    ask,
};

/// An identity in plain words, as AWS and most clouds have it.
pub(super) fn identity(identity: Identity) -> &'static str {
    match identity {
        Identity::Irsa => "IRSA: pods exchange their token for a role",
        Identity::PodIdentity => "EKS Pod Identity: an agent on the node hands out a role",
        Identity::NodeRole => "node role: kube2iam or kiam hands out a role",
        Identity::StaticKeys => "static keys: an access key in a Secret",
        Identity::WorkloadIdentity => "workload identity",
    }
}

fn ask(wizard: &mut Wizard<'_>) -> Result<()> {
    wizard.region()?;
    wizard.account()
}

impl Wizard<'_> {
    pub(in crate::wizard) fn region(&mut self) -> Result<()> {
        let found = self.world.region();
        let proposed = self.draft.region.clone().or(found.clone()).map(|region| region.to_string());
        let source = if found.is_some() { " The one proposed comes from your AWS settings." } else { "" };
        let question = Question::new(
            "cloud.region",
            "In which region shall the buckets be?",
            format!("Take your cluster's region: traffic between regions is slow and costs money.{source}"),
        );
        let answer = self.prompter.text(&question, proposed.as_deref(), &|text| Region::parse(text).map(drop))?;
        if let Err(error) = Region::parse_known(&answer) {
            let question = Question::new(
                "cloud.allowUnknownRegion",
                format!("No region `{answer}` is known. Use it all the same?"),
                error.remedy().unwrap_or_default(),
            );
            if !self.prompter.confirm(&question, false)? {
                self.prompter.refuse("cloud.region", error)?;
                return self.region();
            }
        }
        self.draft.region = Some(Region::parse(&answer)?);
        Ok(())
    }

    /// The region that was answered.
    ///
    /// # Errors
    /// `BW0404` when it was not, which the order of the questions rules out.
    pub(in crate::wizard) fn known_region(&self) -> Result<Region> {
        self.draft.region.clone().ok_or_else(|| Error::new(Code::MISSING_ANSWER, "the region is not known"))
    }

    pub(in crate::wizard) fn account(&mut self) -> Result<()> {
        let key = "cloud.account";
        let asks = self.world.asks();
        if asks && self.draft.account.is_none() && self.prompter.interactive() {
            self.say("\nAsking AWS which account your credentials belong to …");
        }
        let found = self.world.account();
        let asked = self.prompter.knows(key) || self.draft.account.is_some();
        match &found {
            Some(account) if !asked => {
                self.say(&format!("Your credentials belong to the account {account}."));
                self.draft.account = found;
                return Ok(());
            }
            None if !asked && !self.prompter.interactive() => return Ok(()),
            None if !asks => self.say("\nAWS is not asked, so nothing is looked up: type names yourself."),
            None => self
                .say("AWS cannot be reached with your credentials, so nothing can be looked up: type names yourself."),
            Some(_) => {}
        }
        let question = Question::new(
            key,
            "Which AWS account? (12 digits, or empty)",
            "The names of roles hold it. Left empty, AWS is asked when it is needed; only rendering without AWS \
             needs it here.",
        );
        let proposed = self.draft.account.clone().or(found).map(|account| account.to_string()).unwrap_or_default();
        let check = |text: &str| if text.is_empty() { Ok(()) } else { AccountId::parse(text).map(drop) };
        let answer = self.prompter.text(&question, Some(&proposed), &check)?;
        self.draft.account = if answer.is_empty() { None } else { Some(AccountId::parse(&answer)?) };
        Ok(())
    }
}
