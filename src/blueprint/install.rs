//! One install: its options, buckets, workloads and checks.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::context;
use super::context::base;
use super::identity::supported;
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Arn, BucketName, DnsLabel, IamName, IamNameKind, Kind};
use crate::base::yaml::did_you_mean;
use crate::clouds::aws::federation::Beyond;
use crate::clouds::known;
use crate::model::{InstallBlueprint, Warning};
use crate::policy::Federated;
use crate::profile::{Bucket, ChartKind, CheckSeverity, GoogleRole, Profile, in_range};
use crate::spec::{BucketChoice, BucketNamespace, Identity, Install, Roles, Spec};

/// A finished install with what the merge over all installs needs.
pub(super) struct Built {
    pub(super) blueprint: InstallBlueprint,
    /// The profile's entries of the buckets in use, with the spec's wishes.
    pub(super) buckets: Vec<BucketUse>,
    /// Whose tokens are let in, and how long a session may last, in seconds.
    pub(super) federation: Option<(Federated, Option<u32>)>,
    /// Statements of the principals' policy beyond the buckets.
    pub(super) statements: Vec<Value>,
    /// Roles on Google Cloud beyond the buckets'.
    pub(super) google_roles: Vec<GoogleRole>,
    /// Whether its keys are HMAC keys.
    pub(super) hmac: bool,
}

/// A bucket as one install uses it.
pub(super) struct BucketUse {
    pub(super) purpose: String,
    pub(super) name: BucketName,
    pub(super) existing: bool,
    pub(super) versioning: bool,
    pub(super) entry: Bucket,
}

/// Builds one install step by step; each step adds variables for the next.
pub(super) struct Builder<'a> {
    pub(super) spec: &'a Spec,
    pub(super) install: &'a Install,
    pub(super) profile: Rc<Profile>,
    pub(super) variables: Map<String, Value>,
    release: DnsLabel,
    pub(super) namespace: DnsLabel,
    account: Option<&'a AccountId>,
    /// What is wrong and does not keep the rest from being looked at.
    pub(super) errors: Vec<Error>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        spec: &'a Spec,
        install: &'a Install,
        profile: Rc<Profile>,
        account: Option<&'a AccountId>,
    ) -> Result<Self> {
        profile.expressions.next_install();
        let version = &install.chart_version;
        let about = &profile.about;
        if !about.chart.versions.contains(version) {
            return Err(Error::new(
                Code::UNCOVERED_VERSION,
                format!("the profile `{}` does not cover chart version {version}", about.profile),
            )
            .why(format!("It knows the versions {}; others may have other keys.", about.chart.versions))
            .fix(format!(
                "Choose a version in that range, such as {}, or bring a profile with `--profiles DIR`.",
                about.chart.default
            ))
            .at(spec.place_in(install, "chartVersion")));
        }
        if !install.below.is_empty() && (about.kind != ChartKind::Helm || about.command.is_some()) {
            return Err(Error::new(Code::WRONG_VALUE, format!("`{}` is not installed by Helm", about.profile))
                .why("`below` names a subchart of an umbrella chart.")
                .fix("Remove `below`.")
                .at(spec.place_in(install, "below")));
        }
        let errors: Vec<Error> = supported(spec, install, &profile).err().into_iter().collect();
        let variables = base(spec, install, &profile, account);
        let release = match &install.release {
            Some(release) => release.clone(),
            None => DnsLabel::release(&about.release)?,
        };
        let namespace = match &install.namespace {
            Some(namespace) => namespace.clone(),
            None => DnsLabel::namespace(&about.namespace)?,
        };
        Ok(Self { spec, install, profile, variables, release, namespace, account, errors })
    }

    pub(super) fn finish(mut self) -> Result<Built> {
        let unsupported = !self.errors.is_empty();
        let buckets = match self.options().and_then(|()| self.buckets()) {
            Ok(buckets) if !unsupported => buckets,
            // With another identity the rest would read differently.
            Ok(_) => return Err(self.refusal(None)),
            Err(error) => return Err(self.refusal(Some(error).filter(|_| !unsupported))),
        };
        let names: BTreeMap<String, BucketName> = buckets
            .iter()
            .filter(|used| !used.entry.at_run_time)
            .map(|used| (used.purpose.clone(), used.name.clone()))
            .collect();
        let google_roles = self.google_roles()?;
        let components: BTreeSet<String> = buckets
            .iter()
            .flat_map(|used| used.entry.access.keys())
            .chain(google_roles.iter().flat_map(|role| &role.components))
            .cloned()
            .collect();
        let parts = self.workloads(&components).and_then(|workloads| Ok((workloads, self.principals(&components)?)));
        let (workloads, principals) = match parts {
            Ok(parts) => parts,
            Err(error) => return Err(self.refusal(Some(error))),
        };
        let hmac = self.hmac();
        self.known_components(&principals);
        Error::check(std::mem::take(&mut self.errors))?;
        let warnings = self.checks()?;
        let beyond = Beyond {
            profile: &self.profile,
            version: &self.install.chart_version,
            now: context(&self.variables)?,
            buckets: &names,
            partition: self.spec.cloud.region().partition(),
        };
        let federation = if self.install.identity == Identity::WorkloadIdentity {
            beyond.federation().map_err(|error| error.at(self.spec.place_in(self.install, "options")))?
        } else {
            None
        };
        let statements = beyond.statements()?;
        if let Some((federated, _)) = &federation {
            self.set("issuer", json!(federated.issuer));
        }
        Ok(Built {
            blueprint: InstallBlueprint {
                id: self.install.id.clone(),
                profile: self.profile,
                version: self.install.chart_version.clone(),
                release: self.release,
                namespace: self.namespace,
                below: self.install.below.clone(),
                identity: self.install.identity,
                workloads,
                buckets: names,
                principals,
                warnings,
                variables: self.variables,
            },
            buckets,
            federation,
            statements,
            google_roles,
            hmac,
        })
    }

    /// All that was found so far, as one error.
    fn refusal(&mut self, last: Option<Error>) -> Error {
        let errors = std::mem::take(&mut self.errors).into_iter().chain(last);
        Error::join(errors.collect()).unwrap_or_else(|| Error::new(Code::WRONG_VALUE, "the install is not complete"))
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.variables.insert(name.to_owned(), value);
    }

    pub(super) fn unknown<'n>(
        &self,
        what: &str,
        name: &str,
        key: &str,
        known: impl Iterator<Item = &'n str> + Clone,
    ) -> Error {
        let list = known.clone().collect::<Vec<_>>().join(", ");
        let near = did_you_mean(name, known).map(|near| format!("Did you mean `{near}`? ")).unwrap_or_default();
        let profile = &self.profile.about.profile;
        // What the chart had once is not a slip of the pen.
        let dropped = self.profile.about.dropped.iter().find(|dropped| {
            dropped.charts.contains(&self.install.chart_version) && dropped.path.rsplit('.').next() == Some(name)
        });
        let why = dropped.map(|dropped| format!("{}.", dropped.since)).unwrap_or_default();
        let near = dropped.map_or(near, |dropped| format!("{} ", dropped.instead));
        let error = Error::new(
            Code::UNKNOWN_PURPOSE,
            format!(
                "`{}` is no {what} of the profile `{profile}` for chart {}",
                self.spec.shown(name),
                self.install.chart_version
            ),
        );
        if why.is_empty() { error } else { error.why(why) }
            .fix(format!("{near}Known: {}.", if list.is_empty() { "none" } else { &list }))
            .at(self.spec.place_in(self.install, &format!("{key}.{name}")))
    }

    /// Decides which buckets are in use and under which names.
    fn buckets(&mut self) -> Result<Vec<BucketUse>> {
        let profile = Rc::clone(&self.profile);
        let version = &self.install.chart_version;
        let now = context(&self.variables)?;
        let mut known = Vec::new();
        let mut used = Vec::new();
        for entry in &profile.about.buckets {
            if !in_range(entry.charts.as_ref(), version)
                || !profile.expressions.holds(entry.when.as_ref().map(|w| w.as_str()), &now)?
            {
                continue;
            }
            let choice = if entry.at_run_time {
                None
            } else {
                known.push(entry.purpose.as_str());
                self.install.buckets.get(&entry.purpose)
            };
            let (name, existing, versioning) = match choice {
                Some(BucketChoice::Unwanted) => continue,
                None if entry.optional => continue,
                Some(BucketChoice::Named { name, existing, versioning }) => (name.clone(), *existing, *versioning),
                Some(BucketChoice::Default) | None => {
                    (self.default_name(&profile.expressions.text(&entry.name, &now)?)?, false, None)
                }
            };
            let versioning = versioning.unwrap_or(entry.versioning);
            let mut entry = entry.clone();
            for origin in entry.cors.iter_mut().flat_map(|rule| &mut rule.origins) {
                *origin = profile.expressions.text(origin, &now)?;
            }
            used.push(BucketUse { purpose: entry.purpose.clone(), name, existing, versioning, entry });
        }
        let unknown: Vec<Error> = self
            .install
            .buckets
            .keys()
            .filter(|purpose| !known.contains(&purpose.as_str()))
            .map(|purpose| self.unknown("bucket purpose", purpose, "buckets", known.iter().copied()))
            .collect();
        self.errors.extend(unknown);
        let partition = self.spec.cloud.partition();
        let variables = used
            .iter()
            .filter(|used| !used.entry.at_run_time)
            .map(|used| {
                (used.purpose.clone(), json!({"name": used.name, "arn": Arn::bucket(partition, used.name.as_str())}))
            })
            .collect();
        self.set("buckets", Value::Object(variables));
        Ok(used)
    }

    fn default_name(&self, text: &str) -> Result<BucketName> {
        let region = self.spec.cloud.region();
        let name = match self.spec.bucket_defaults.namespace {
            BucketNamespace::Global => self.spec.cloud.bucket_name(text),
            BucketNamespace::AccountRegional => {
                let account = self.account.ok_or_else(|| {
                    Error::new(
                        Code::MISSING_ANSWER,
                        "the account id is needed for bucket names in the account's namespace",
                    )
                    .fix("Add `account: \"012345678901\"` below `cloud`.")
                    .at(self.spec.place("cloud"))
                })?;
                BucketName::account_regional(text, account, region)
            }
        };
        name.map_err(|error| error.at(self.spec.place("name")))
    }

    /// Names the principal of each component.
    fn principals(&mut self, components: &BTreeSet<String>) -> Result<BTreeMap<String, IamName>> {
        let kind = if self.install.identity.uses_role() { IamNameKind::Role } else { IamNameKind::User };
        let shared = format!("{}-{}", self.spec.name, self.install.id);
        let mut principals = BTreeMap::new();
        let mut variables = Map::new();
        for component in components {
            let text = match self.install.roles {
                Roles::Shared => shared.clone(),
                Roles::PerComponent => format!("{shared}-{component}"),
            };
            let text = self.spec.cloud.identity_text(&text);
            let name = self.spec.cloud.principal_name(kind, &text);
            let name = name.map_err(|error| error.at(self.spec.place_in(self.install, "id")))?;
            let mut variable = json!({"name": name, "role": self.spec.cloud.path_and_name(&text)});
            if let (true, Some(account)) = (self.install.identity.uses_role(), self.account) {
                variable["arn"] = json!(self.spec.cloud.iam_arn(account, Kind::Role, &text));
            }
            known(&self.spec.cloud).describe(self.install, component, &name, &mut variable);
            variables.insert(component.clone(), variable);
            principals.insert(component.clone(), name);
        }
        self.set("principals", Value::Object(variables));
        Ok(principals)
    }

    /// Refuses keys and policies for components that the profile does not have.
    fn known_components(&mut self, principals: &BTreeMap<String, IamName>) {
        let unknown = |name: &&String| !name.is_empty() && !principals.contains_key(*name);
        let keys = self.install.credentials.keys().filter(unknown).map(|name| (name, "credentials.components"));
        let policies = self.install.attach.keys().filter(unknown).map(|name| (name, "attachPolicies"));
        let known = || principals.keys().map(String::as_str);
        let errors: Vec<Error> =
            keys.chain(policies).map(|(name, key)| self.unknown("component", name, key, known())).collect();
        self.errors.extend(errors);
    }

    /// Runs the profile's checks: refusals become errors, the rest warnings.
    fn checks(&self) -> Result<Vec<Warning>> {
        let expressions = &self.profile.expressions;
        let now = context(&self.variables)?;
        let mut errors = Vec::new();
        let mut warnings = known(&self.spec.cloud).warnings(self.spec, self.install);
        for check in &self.profile.about.checks {
            if !in_range(check.charts.as_ref(), &self.install.chart_version)
                || !expressions.holds(Some(check.when.as_str()), &now)?
            {
                continue;
            }
            let what = expressions.text(&check.what, &now)?;
            let why = expressions.text(&check.why, &now)?;
            let fix = check.fix.as_ref().map(|fix| expressions.text(fix, &now)).transpose()?;
            match check.severity {
                CheckSeverity::Warn => warnings.push(Warning { code: check.code.value.clone(), what, why, fix }),
                CheckSeverity::Refuse => {
                    let code = Code::from_profile(&check.code).unwrap_or(Code::IDENTITY_UNSUPPORTED);
                    let error = Error::new(code, what).why(why);
                    let error = match fix {
                        Some(fix) => error.fix(fix),
                        None => error,
                    };
                    errors.push(error.at(self.check_place(check.at.as_deref())));
                }
            }
        }
        Error::check(errors)?;
        Ok(warnings)
    }

    fn check_place(&self, at: Option<&str>) -> Option<crate::base::error::Place> {
        match at {
            Some(at) => match at.strip_prefix("install.") {
                Some(key) => self.spec.place_in(self.install, key),
                None => self.spec.place(at),
            },
            None => self.spec.place_in(self.install, "profile"),
        }
    }
}
