//! What a cloud knows of a spec without being asked: how it names and refuses, and what is left to its own tool. Pure.

use serde_json::{Map, Value};

use super::export::ExportForm;
use super::task::{Called, LeftToTool, Task};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, DnsLabel, DnsName, IamName, Issuer};
use crate::base::secret::Reference;
use crate::model::{Blueprint, BucketWant, PrincipalKind, PrincipalWant, Warning};
use crate::policy::{Federated, Said, said};
use crate::profile::Profile;
use crate::spec::{Cloud, Identity, Install, KeyReference, Spec};

/// An identity that an install asks for, with all that decides what it becomes.
pub struct Asked<'a> {
    /// The install.
    pub install: &'a Install,
    /// Its profile.
    pub profile: &'a Profile,
    /// The components that share the identity.
    pub components: &'a [String],
    /// Its name.
    pub name: &'a IamName,
    /// The ServiceAccounts (namespace, name) that use it.
    pub accounts: Vec<(DnsLabel, DnsName)>,
    /// Whether its keys are HMAC keys.
    pub hmac: bool,
    /// Whose tokens are let in besides the cluster's, and how long a session may last, in seconds.
    pub federation: Option<&'a (Federated, Option<u32>)>,
}

impl Asked<'_> {
    /// The key that the user brings for it, if any: the component's own, or the one for all.
    pub fn brought(&self) -> Option<&KeyReference> {
        let keys = &self.install.credentials;
        self.components.iter().find_map(|component| keys.get(component)).or_else(|| keys.get(""))
    }

    /// Its ServiceAccounts as texts.
    pub fn account_names(&self) -> Vec<(String, String)> {
        self.accounts.iter().map(|(namespace, name)| (namespace.to_string(), name.to_string())).collect()
    }
}

/// What is made with a cloud's own tool, and the lines for it.
pub struct ByHand {
    /// What is above the lines.
    pub title: String,
    /// The lines. None of them holds a secret.
    pub lines: Vec<String>,
}

/// The rights that the caller of a run needs.
pub enum Rights {
    /// A document in the cloud's own policy language, and a word about what it does not limit.
    Document(Value, Option<&'static str>),
    /// Lines for the cloud's own tool.
    Lines(Vec<String>),
}

/// What a cloud knows of a spec without being asked. What a method does not say, holds for most clouds.
pub trait Known {
    /// Refuses an identity that the cloud does not understand, or that lacks an answer.
    ///
    /// # Errors
    /// `BW0401` and the codes of missing answers, with the place.
    fn identity(&self, _spec: &Spec, _install: &Install) -> Result<()> {
        Ok(())
    }

    /// What an identity is here.
    fn principal(&self, asked: Asked<'_>) -> PrincipalKind;

    /// Refuses a principal that cannot be made.
    ///
    /// # Errors
    /// `BW0405` for a policy that is too large, `BW1407` for a user without a key where none can be made.
    fn feasible(&self, _spec: &Spec, _install: &Install, _want: &PrincipalWant) -> Result<()> {
        Ok(())
    }

    /// Warnings about an install.
    fn warnings(&self, _spec: &Spec, _install: &Install) -> Vec<Warning> {
        Vec::new()
    }

    /// The variables that the expressions of profiles have here alone.
    fn variables(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// Adds what the expressions know of a component's principal here.
    fn describe(&self, _install: &Install, _component: &str, _name: &IamName, _variable: &mut Value) {}

    /// The documents of a principal that a reviewer reads, each with the ending of its file below `iam/`.
    ///
    /// # Errors
    /// `BW0703` when a fact is missing.
    fn reviewed(
        &self,
        blueprint: &Blueprint,
        want: &PrincipalWant,
        issuer: Option<&Issuer>,
        placeholders: bool,
    ) -> Result<Vec<(&'static str, Value)>>;

    /// What a principal may do, in words: an entry for each statement or role.
    fn granted(&self, blueprint: &Blueprint, want: &PrincipalWant) -> Vec<Said> {
        said(&want.policy(&blueprint.spec.cloud))
    }

    /// What a bucket that is made here refuses, whoever asks, in words.
    fn refuses(&self, _want: &BucketWant) -> Vec<String> {
        Vec::new()
    }

    /// Who reaches the buckets besides the principals, whatever the spec says, in words.
    fn besides(&self) -> &'static str {
        "Whoever administers this place can change everything on this page."
    }

    /// The annotations of a ServiceAccount that becomes a principal.
    ///
    /// # Errors
    /// `BW0703`, `BW1608` when a fact is missing.
    fn annotations(&self, _blueprint: &Blueprint, _identity: Identity, _name: &IamName) -> Result<Map<String, Value>> {
        Ok(Map::new())
    }

    /// The labels of a ServiceAccount that becomes a principal.
    fn labels(&self, _identity: Identity) -> Map<String, Value> {
        Map::new()
    }

    /// The address of a principal whose key is a file instead of two halves.
    fn key_file(&self, _name: &IamName) -> Option<String> {
        None
    }

    /// The id half of the key that the cloud itself has, where it has one.
    fn key_id(&self) -> Option<&str> {
        None
    }

    /// The project, where the cloud has projects.
    fn project(&self) -> Option<&str> {
        None
    }

    /// Where the spec's things are, in words.
    fn place(&self, account: Option<&AccountId>) -> String;

    /// What is made with the cloud's own tool.
    fn by_hand(&self, _blueprint: &Blueprint) -> Option<ByHand> {
        None
    }

    /// The lines that make these users, where they are made with the cloud's own tool.
    fn user_lines(&self, _spec: &Spec, _wants: &[&PrincipalWant]) -> Option<Vec<String>> {
        None
    }

    /// Why nothing was asked, where a plan has no steps for its buckets.
    fn unasked(&self) -> Option<String> {
        None
    }

    /// The cloud's name, in words.
    fn title(&self) -> &str;

    /// What a cloud leaves to its own tool; `None` where the command works. `blueprint`, restricted
    /// to what is meant, is built only for lines that need it.
    ///
    /// # Errors
    /// Those of `blueprint`.
    fn left_to_tool(
        &self,
        spec: &Spec,
        task: Task,
        _blueprint: &dyn Fn() -> Result<Blueprint>,
        _called: &Called,
    ) -> Result<Option<LeftToTool>> {
        Ok(Some(LeftToTool::only_on_aws(spec, self.title(), task)))
    }

    /// The references of the key with which the cloud itself is asked, where the spec names one.
    fn own_key(&self) -> Vec<&Reference> {
        Vec::new()
    }

    /// Why `apply` could do nothing without that key, where it is left to the cloud's own tool then.
    fn without_own_key(&self, _spec: &Spec) -> Option<Error> {
        None
    }

    /// What the cloud's own tool has to make before `apply` can write the files.
    fn unready(&self, _blueprint: &Blueprint) -> Vec<Error> {
        Vec::new()
    }

    /// The rights that the caller of a run needs.
    fn rights(&self, blueprint: &Blueprint) -> Rights;

    /// The code for a form that this cloud's tools do not read.
    fn wrong_form(&self) -> Code {
        Code::LEFT_TO_AZ
    }

    /// The forms in which a blueprint can be handed over.
    fn forms(&self) -> &'static [ExportForm] {
        &[ExportForm::AwsCli, ExportForm::CloudFormation, ExportForm::Terraform]
    }
}

/// What the cloud of a spec knows: the one place that chooses.
pub fn known(cloud: &Cloud) -> &dyn Known {
    match cloud {
        Cloud::Aws(aws) => aws,
        Cloud::S3(store) => store,
        Cloud::Gcp(gcp) => gcp,
        Cloud::Azure(azure) => azure,
    }
}

/// The refusal of an identity that only AWS has.
pub(crate) fn only_aws_understands(spec: &Spec, install: &Install, why: &str, fix: &str) -> Error {
    let what = format!("`{}` gives credentials that only AWS understands", install.identity);
    Error::new(Code::IDENTITY_UNSUPPORTED, what).why(why).fix(fix).at(spec.place_in(install, "identity"))
}
