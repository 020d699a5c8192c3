//! Removing what carries a spec's mark: the steps, whatever the cloud, and who hears of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Blueprint, Change, Fate, PrincipalKind, Shown};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, BucketName, DnsLabel, DnsName, IamName, Issuer, Kind, SpecName};

/// One step: a resource and what is removed of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TeardownStep<R> {
    /// The kind of resource.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What happens.
    pub fate: Fate,
    /// The calls, in order.
    pub removals: Vec<R>,
    /// Whether the spec's file names it; else it was found by its tags alone.
    pub in_spec: bool,
    /// Why it stays, or what stays of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether it is others', and stays whatever is run.
    #[serde(skip)]
    pub of_others: bool,
    /// Whether it carries the spec's id under an earlier name of the spec: a person has to look at it.
    #[serde(skip)]
    pub former: bool,
}

impl<R> TeardownStep<R> {
    pub(crate) fn new(kind: Kind, name: impl Into<String>, fate: Fate, removals: Vec<R>) -> Self {
        Self { kind, name: name.into(), fate, removals, in_spec: true, note: None, of_others: false, former: false }
    }

    pub(crate) fn others(self) -> Self {
        Self { of_others: true, ..self }
    }

    pub(crate) fn noted(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Whether somebody has to do something about it: it is under an earlier name of the spec; `apply --prune` would remove it, or
    /// cannot, and the spec does not say that it may stay behind. A provider that stays serves others, and a key that stays is theirs.
    pub fn is_open(&self, retired: &[BucketName]) -> bool {
        let may_stay = self.kind == Kind::Bucket && retired.iter().any(|name| name.as_str() == self.name);
        self.former
            || !self.removals.is_empty()
            || !may_stay
                && [Kind::Bucket, Kind::Policy, Kind::User, Kind::Role, Kind::ServiceAccount].contains(&self.kind)
    }
}

impl<R: Change> TeardownStep<R> {
    /// The step as it is shown, whichever cloud it is for.
    pub fn shown(&self) -> TeardownStep<Shown> {
        TeardownStep {
            kind: self.kind,
            name: self.name.clone(),
            fate: self.fate,
            removals: self.removals.iter().map(Shown::of).collect(),
            in_spec: self.in_spec,
            note: self.note.clone(),
            of_others: self.of_others,
            former: self.former,
        }
    }
}

/// The whole teardown.
#[derive(Clone, Debug, Serialize)]
pub struct Teardown<R> {
    /// The steps, in the order in which they are carried out: first what uses, then what is used, buckets last.
    pub steps: Vec<TeardownStep<R>>,
}

impl<R> Teardown<R> {
    /// Whether anything would be removed.
    pub fn changes_anything(&self) -> bool {
        self.steps.iter().any(|step| !step.removals.is_empty())
    }

    /// Whether something stays that is the spec's, or has its name or its id: another run, or a hand, could take it away.
    pub fn leaves_something(&self) -> bool {
        self.steps.iter().any(|step| step.fate == Fate::Keep && !step.of_others)
    }

    /// How many steps have a fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.steps.iter().filter(|step| step.fate == fate).count()
    }
}

/// What is to be removed, beyond what the spec says.
#[derive(Clone, Debug, Default)]
pub struct TeardownScope {
    /// The ids of the access keys whose secrets are available, by user: of an adopted user only these are ours.
    pub held_keys: BTreeMap<IamName, BTreeSet<String>>,
    /// The buckets whose data is to be deleted.
    pub delete_data: BTreeSet<BucketName>,
    /// What the spec's file names.
    pub named: Named,
    /// Whether what the file does not name goes too.
    pub leftovers: bool,
}

impl TeardownScope {
    /// Refuses data that is not to be deleted. `made` says of a bucket that carries the mark whether a run of the spec made it; `tag` is what
    /// the mark is called, and its key.
    ///
    /// # Errors
    /// `BW0621` for an adopted bucket, `BW0622` for one without the mark.
    pub(crate) fn refusals(
        &self,
        spec: &SpecName,
        (tag, key): (&str, &str),
        made: impl Fn(&BucketName) -> Option<bool>,
    ) -> Result<()> {
        let refusal = |name: &BucketName| {
            match made(name) {
            Some(true) => None,
            Some(false) => Some(
                Error::new(Code::ADOPTED_DATA, format!("the data of the bucket `{name}` is not deleted"))
                    .why("The bucket was there before this spec and was adopted: what is in it may be someone else's.")
                    .fix(format!("Leave out `--delete-data {name}`; the bucket is then released. Empty it yourself if the data is yours.")),
            ),
            None => Some(
                Error::new(Code::NOT_THIS_SPECS, format!("no bucket `{name}` carries the {tag} `{key}={spec}`"))
                    .why("Only data of this spec's own buckets is deleted, and each bucket is typed by name so that none is hit by accident.")
                    .fix("Compare the name with those that `bucketwright destroy --dry-run` lists."),
            ),
        }
        };
        Error::check(self.delete_data.iter().filter_map(refusal).collect())
    }

    /// What the spec's file does not name stays, unless the user said otherwise: the mark alone, `tags` in words, may be another spec's.
    pub(crate) fn spare<R>(&self, step: &mut TeardownStep<R>, kind: Kind, name: &str, tags: &str) {
        step.in_spec = self.named.has(kind, name);
        let asked =
            self.leftovers || self.delete_data.iter().any(|bucket| kind == Kind::Bucket && bucket.as_str() == name);
        step.in_spec |= kind == Kind::OidcProvider && step.fate == Fate::Keep;
        if !step.in_spec && !asked && !step.removals.is_empty() {
            step.fate = Fate::Keep;
            step.removals.clear();
            step.note = Some(format!(
                "The spec's file does not name it; it only carries the spec's {tags}. `--leftovers` takes it too."
            ));
        }
    }

    /// Whether a thing is to go: the file names it, or leftovers go too.
    pub fn takes(&self, kind: Kind, name: &str) -> bool {
        self.leftovers || self.named.has(kind, name)
    }
}

/// What was found of a spec, as every cloud tells it.
#[derive(Clone, Debug, Default)]
pub struct Remains {
    /// The account, where the cloud has accounts.
    pub account: Option<AccountId>,
    /// The buckets.
    pub buckets: Vec<RemainingBucket>,
    /// The users and roles.
    pub identities: Vec<RemainingIdentity>,
    /// What could not be looked at, in sentences.
    pub unread: Vec<String>,
    /// What carries the id of a spec of this name, while this spec has none: kind, name and id.
    pub unproven: Vec<(Kind, String, String)>,
    /// What carries this spec's id and another name, which is not its `previousName`: the spec was renamed.
    pub former: Vec<Former>,
}

/// A bucket that carries a spec's mark.
#[derive(Clone, Debug)]
pub struct RemainingBucket {
    /// Its name.
    pub name: BucketName,
    /// The installs in its tags.
    pub installs: Option<String>,
    /// What it holds, in words; `None` where it holds nothing of others.
    pub holds: Option<String>,
}

/// A user or role that carries a spec's mark.
#[derive(Clone, Debug)]
pub struct RemainingIdentity {
    /// A user or a role.
    pub kind: Kind,
    /// Its name.
    pub name: IamName,
    /// The installs in its tags.
    pub installs: Option<String>,
}

/// What carries this spec's id beside an earlier name of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// The kind of resource.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The spec's name in its tags.
    pub spec: String,
}

/// What a spec names, by kind and name.
#[derive(Clone, Debug, Default)]
pub struct Named {
    things: BTreeSet<(Kind, String)>,
    /// Whether roles trust the issuer of a cluster that is not known here: any provider may be it.
    any_provider: bool,
}

impl Named {
    /// What a blueprint names. `issuer` is that of the cluster, once it is known.
    pub fn of(blueprint: &Blueprint, issuer: Option<&Issuer>) -> Self {
        let mut names: BTreeSet<(Kind, String)> =
            blueprint.buckets.iter().map(|want| (Kind::Bucket, want.name.to_string())).collect();
        let cluster = blueprint.spec.cloud.cluster().map(|cluster| cluster.name.as_str()).unwrap_or_default();
        for want in &blueprint.principals {
            let kind = match &want.kind {
                PrincipalKind::User | PrincipalKind::Google(_) => blueprint.kind_of(want),
                PrincipalKind::Role { associations, .. } => {
                    let pair = |(namespace, name): &(DnsLabel, DnsName)| format!("{cluster}:{namespace}/{name}");
                    names.extend(associations.iter().map(|one| (Kind::Association, pair(one))));
                    Kind::Role
                }
                _ => continue,
            };
            names.insert((kind, want.name.to_string()));
            names.insert((Kind::Policy, want.name.to_string()));
        }
        let known = blueprint.spec.cloud.cluster().and_then(|cluster| cluster.issuer.as_ref()).or(issuer);
        names.extend(blueprint.issuers(known).iter().map(|one| (Kind::OidcProvider, one.host_path().to_owned())));
        Self { things: names, any_provider: known.is_none() && blueprint.needs_cluster_issuer() }
    }

    /// Whether a thing is named. IAM takes no notice of upper and lower case.
    pub fn has(&self, kind: Kind, name: &str) -> bool {
        (kind == Kind::OidcProvider && self.any_provider)
            || self.things.iter().any(|(known, named)| *known == kind && named.eq_ignore_ascii_case(name))
    }
}

/// Hears what is removed.
pub trait Witness {
    /// A step is about to take something away.
    ///
    /// # Errors
    /// `BW0903` when the user has interrupted: it stays.
    fn removing<R>(&self, step: &TeardownStep<R>, words: &str) -> Result<()>;
    /// A step is done.
    fn done<R>(&self, step: &TeardownStep<R>);
    /// An access key of a user is gone, and its secret with it.
    ///
    /// # Errors
    /// When what is kept of it cannot be removed.
    fn key_gone(&self, user: &IamName, key: &str) -> Result<()>;
}
