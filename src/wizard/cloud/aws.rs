//! Questions about an account of AWS's.

use super::{Identified, Words};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Region};
use crate::spec::Identity;
use crate::wizard::ask::Wizard;
use crate::wizard::{Asked, Question};

/// What the questions say of AWS.
pub(super) const WORDS: Words = Words {
    choice: "Amazon Web Services",
    proves_to: "S3",
    bucket_names: "A name that another account has cannot be used. Bucket names are unique in all of AWS.",
    make: "Shall everything be made in AWS now?",
    identity,
    ask,
};

/// An identity in plain words, as AWS and most clouds have it.
pub(super) fn identity(identity: Identity) -> Identified {
    let (label, means) = match identity {
        Identity::Irsa => (
            "IRSA, a role without keys",
            "Only this chart's pods get the role, and there is no key to leak or rotate; whoever runs apply may need the \
             right to make an OIDC provider.",
        ),
        Identity::PodIdentity => (
            "EKS Pod Identity, a role without keys",
            "No key to leak or rotate, and no OIDC provider; the cluster needs the add-on eks-pod-identity-agent.",
        ),
        Identity::NodeRole => (
            "Node role, by kube2iam or kiam",
            "Only where one of the two runs in the cluster already: pods get no role without it.",
        ),
        Identity::StaticKeys => (
            "Static keys, an access key in a Secret",
            "Works on every cluster, but whoever reads the key can use it from anywhere until it is rotated.",
        ),
        Identity::WorkloadIdentity => ("Workload identity", ""),
    };
    Identified { label, means }
}

fn ask(wizard: &mut Wizard<'_, '_>) -> Asked<()> {
    wizard.region()?;
    wizard.account()
}

impl Wizard<'_, '_> {
    pub(in crate::wizard) fn region(&mut self) -> Asked<()> {
        let found = self.world.region();
        let proposed = found.map(|region| region.to_string());
        let question = Question::new(
            "cloud.region",
            "Region of the buckets",
            "Take your cluster's: traffic between regions is slow and costs money. A bucket never moves.",
        )
        .known(Region::known().map(str::to_owned))
        .decides(&["cloud.allowUnknownRegion", "cloud.cluster.name"]);
        let answer = self.prompter.text(&question, proposed.as_deref(), &|text| Region::parse(text).map(drop))?;
        if let Err(error) = Region::parse_known(&answer) {
            let question = Question::new(
                "cloud.allowUnknownRegion",
                format!("No region `{answer}` is known. Use it all the same?"),
                error.remedy().unwrap_or_default(),
            );
            if !self.prompter.confirm(&question, false)? {
                self.declined("cloud.allowUnknownRegion", "cloud.region", error)?;
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

    pub(in crate::wizard) fn account(&mut self) -> Asked<()> {
        let key = "cloud.account";
        if self.world.asks() {
            self.prompter.wait("Asking AWS which account your credentials belong to …");
        }
        let found = self.world.account();
        if !self.prompter.knows(key) {
            if let Some(account) = &found {
                self.say(&format!("Account of your AWS credentials: {account}"));
                self.draft.account = found;
                return Ok(());
            }
            if !self.prompter.interactive() {
                return Ok(());
            }
            if self.world.asks() {
                self.say("AWS does not answer with your credentials: names are not looked up, you type them.");
            }
        }
        let question = Question::new(
            key,
            "AWS account",
            "12 digits, or empty. Left empty, the account of your credentials is used; only rendering offline needs it.",
        );
        let proposed = found.map(|account| account.to_string()).unwrap_or_default();
        let check = |text: &str| if text.is_empty() { Ok(()) } else { AccountId::parse(text).map(drop) };
        let answer = self.prompter.text(&question, Some(&proposed), &check)?;
        self.draft.account = if answer.is_empty() { None } else { Some(AccountId::parse(&answer)?) };
        Ok(())
    }
}
