//! Questions about a server that speaks S3, and about the keys that its users bring.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Words;
use crate::base::error::{Code, Error, Result};
use crate::base::names::{Endpoint, IamName, Region};
use crate::base::secret::Reference;
use crate::spec::StoreKind;
use crate::wizard::ask::Wizard;
use crate::wizard::names::good;
use crate::wizard::{Item, Question};

/// What the questions say of a server that speaks S3.
pub(super) const WORDS: Words = Words {
    choice: "a server that speaks S3: MinIO, Garage, Ceph, Cloudflare R2 ...",
    proves_to: "S3",
    bucket_names: "All users of the store share its bucket names.",
    make: "Shall the buckets be made now?",
    identity: super::aws::identity,
    ask: |wizard| wizard.store(),
};

/// What was answered about a store.
#[derive(Clone, Debug)]
pub(in crate::wizard) struct StoreDraft {
    pub(in crate::wizard) kind: StoreKind,
    pub(in crate::wizard) endpoint: String,
    pub(in crate::wizard) region: Option<String>,
    pub(in crate::wizard) path_style: bool,
    pub(in crate::wizard) ca: String,
}

/// Where one of the charts' keys is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::wizard) struct KeyDraft {
    /// The component that uses it; `None` when all do.
    pub(in crate::wizard) component: Option<String>,
    pub(in crate::wizard) id: String,
    pub(in crate::wizard) secret: String,
}

impl StoreDraft {
    /// A store of which nothing but its kind is known.
    fn new(kind: StoreKind) -> Self {
        Self { kind, endpoint: String::new(), region: None, path_style: true, ca: String::new() }
    }

    /// Whether the address says plain HTTP.
    pub(in crate::wizard) fn insecure(&self) -> bool {
        self.endpoint.starts_with("http://")
    }

    /// The keys of the spec, with the reason for each.
    pub(in crate::wizard) fn keys(&self) -> Vec<(&'static str, Value, &'static str)> {
        let mut keys = vec![
            (
                "store",
                json!(self.kind),
                "What is known of the store: what it lacks, and the tool that makes its users.",
            ),
            ("endpoint", json!(self.endpoint), "Where the charts reach it, too."),
        ];
        if self.insecure() {
            keys.push((
                "insecure",
                json!(true),
                "Plain HTTP is meant: anybody on the network path can read everything.",
            ));
        }
        if let Some(region) = &self.region {
            keys.push(("region", json!(region), "The word in signatures, as the store is configured."));
        }
        if !self.path_style {
            keys.push(("pathStyle", json!(false), "The bucket is in the host name."));
        }
        if !self.ca.is_empty() {
            keys.push((
                "ca",
                json!(self.ca),
                "The authority that signed the store's certificate; the charts get it, too.",
            ));
        }
        keys
    }

    /// Whether the answers so far make a store.
    ///
    /// # Errors
    /// What the spec says of them.
    fn checked(&self) -> Result<()> {
        let mut cloud = json!({"provider": "s3"});
        for (key, value, _) in self.keys() {
            cloud[key] = value;
        }
        good(&cloud)
    }
}

impl Wizard<'_> {
    /// Asks for everything about the store.
    pub(in crate::wizard) fn store(&mut self) -> Result<()> {
        let mut store = StoreDraft::new(self.store_kind()?);
        self.store_endpoint(&mut store)?;
        self.store_region(&mut store)?;
        self.path_style(&mut store)?;
        self.authority(&mut store)?;
        if let Err(error) = store.checked() {
            self.prompter.refuse("cloud.endpoint", error)?;
            return self.store();
        }
        self.draft.store = Some(store);
        self.say(
            "\nThe key that makes the buckets is taken from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from \
             AWS_PROFILE. `credentials` below `cloud` can name another one.",
        );
        Ok(())
    }

    fn store_kind(&mut self) -> Result<StoreKind> {
        let question = Question::new(
            "cloud.store",
            "Which store is it?",
            "It decides what is known of it: its region, what it lacks, and the tool that makes its users.",
        );
        let items: Vec<Item> = StoreKind::ALL.iter().map(|kind| Item::new(kind.as_str(), kind.title())).collect();
        let current = self.draft.store.as_ref().map_or(StoreKind::Minio, |store| store.kind);
        let default = StoreKind::ALL.iter().position(|kind| *kind == current);
        Ok(StoreKind::ALL[self.prompter.choose(&question, &items, default)?])
    }

    fn store_endpoint(&mut self, store: &mut StoreDraft) -> Result<()> {
        let current = self.draft.store.as_ref().map(|store| store.endpoint.clone());
        loop {
            let question = Question::new(
                "cloud.endpoint",
                "What is the store's address?",
                "Scheme, host and port, such as https://minio.example.com:9000. The charts use the same one.",
            );
            let check = |text: &str| Endpoint::parse(text).map(drop);
            store.endpoint = self.prompter.text(&question, current.as_deref(), &check)?;
            if store.kind == StoreKind::Other {
                store.kind = StoreKind::of(&Endpoint::parse(&store.endpoint)?);
            }
            if !store.insecure() || self.plain_http_is_meant(&store.endpoint)? {
                return Ok(());
            }
        }
    }

    /// Whoever answers no is asked for the address again; a file cannot be.
    fn plain_http_is_meant(&mut self, endpoint: &str) -> Result<bool> {
        let question = Question::new(
            "cloud.insecure",
            "This is plain HTTP: is it meant?",
            "Anybody on the network path can read and change the objects.",
        );
        let meant = self.prompter.confirm(&question, false)?;
        if !meant {
            let error = Error::new(Code::PLAIN_HTTP, format!("`{endpoint}` speaks plain HTTP"));
            self.prompter.refuse(
                "cloud.endpoint",
                error.fix("Give an address with https://, or say that it is meant with `cloud.insecure: true`."),
            )?;
        }
        Ok(meant)
    }

    fn store_region(&mut self, store: &mut StoreDraft) -> Result<()> {
        let key = "cloud.region";
        if store.kind == StoreKind::R2 && !self.prompter.knows(key) {
            return Ok(());
        }
        let before = self.draft.store.as_ref().filter(|before| before.kind == store.kind);
        let current = before.and_then(|before| before.region.clone());
        let named = Endpoint::parse(&store.endpoint).ok().and_then(|endpoint| StoreKind::region_of(&endpoint));
        let proposed = current.or(named).or_else(|| store.kind.default_region().map(str::to_owned));
        let question = Question::new(
            key,
            "Which region is the store configured with?",
            "It is a part of every signature, whatever the place. Ceph's is the zonegroup's name.",
        );
        let given = store.clone();
        let check = |text: &str| {
            Region::parse_of_store(text)?;
            StoreDraft { region: Some(text.to_owned()), ..given.clone() }.checked()
        };
        store.region = Some(self.prompter.text(&question, proposed.as_deref(), &check)?);
        Ok(())
    }

    fn path_style(&mut self, store: &mut StoreDraft) -> Result<()> {
        let question = Question::new(
            "cloud.pathStyle",
            "Is the bucket's name part of the URL's path?",
            "Every server understands that. Without it the name becomes a part of the host, and DNS and certificate \
             must know every bucket.",
        );
        let current = self.draft.store.as_ref().is_none_or(|store| store.path_style);
        store.path_style = self.prompter.confirm(&question, current)?;
        Ok(())
    }

    /// Hosted stores have certificates of public authorities.
    fn authority(&mut self, store: &mut StoreDraft) -> Result<()> {
        let key = "cloud.ca";
        let hosted = store.kind.is_hosted();
        if (hosted || store.insecure()) && !self.prompter.knows(key) {
            return Ok(());
        }
        let question = Question::new(
            key,
            "Which file holds the authority that signed its certificate? (PEM, or empty)",
            "Only for a certificate that no public authority signed. Charts that can take it get it.",
        );
        let current = self.draft.store.as_ref().map(|store| store.ca.clone()).unwrap_or_default();
        store.ca = self.prompter.text(&question, Some(&current), &|_| Ok(()))?;
        Ok(())
    }

    /// Asks where the keys of an install are found; there is nothing to ask where `apply` makes them.
    pub(in crate::wizard) fn keys(&mut self, index: usize) -> Result<()> {
        let Some(store) = self.draft.store.clone() else { return self.service_principal(index) };
        let users = self.users(index);
        let (title, id) = (self.draft.installs[index].title().to_owned(), self.draft.installs[index].id().to_owned());
        let first = users.first().map_or_else(String::new, |(_, name)| name.clone());
        let tool = match store.kind {
            StoreKind::Minio | StoreKind::Rustfs => {
                " `mc admin` makes them: the plan prints the lines, with the policies."
            }
            StoreKind::Garage => " `garage key create` makes them: the plan prints the lines.",
            StoreKind::Ceph => " `radosgw-admin` makes them: the plan prints the lines.",
            StoreKind::Seaweedfs | StoreKind::Versitygw => " The plan prints the lines that make them.",
            _ => " The store's own console makes them.",
        };
        let question = Question::new(
            format!("{id}.credentials"),
            format!("Where are the keys of {title} found?"),
            format!("The spec says where, and never holds them.{tool}"),
        );
        let (env, file) = (proposed(None, &first, false), proposed(None, &first, true));
        let items = [
            Item::new("env", "environment variables").note(format!("Such as {} and {}.", env.id, env.secret)),
            Item::new("file", "files").note(format!("Such as {} and {}.", file.id, file.secret)),
            Item::new("type", "elsewhere: type the references"),
        ];
        let chosen = self.prompter.choose(&question, &items, Some(0))?;
        let mut keys = Vec::new();
        for (component, name) in &users {
            let key = proposed(component.clone(), name, chosen == 1);
            keys.push(if chosen == 2 { self.typed_key(&id, key)? } else { key });
        }
        self.draft.installs[index].keys = keys;
        Ok(())
    }

    pub(super) fn typed_key(&mut self, id: &str, proposed: KeyDraft) -> Result<KeyDraft> {
        let part = proposed.component.as_ref().map(|component| format!(".{component}")).unwrap_or_default();
        let mut reference = |half: &str, what: &str, proposed: &str| {
            let question = Question::new(
                format!("{id}.credentials{part}.{half}"),
                format!("Where is the key's {what} found?"),
                "`env:NAME` or `file:PATH`.",
            );
            self.prompter.text(&question, Some(proposed), &|text| Reference::parse(text).map(drop))
        };
        let key_id = reference("accessKeyId", "id", &proposed.id)?;
        let secret = reference("secretAccessKey", "secret", &proposed.secret)?;
        Ok(KeyDraft { id: key_id, secret, ..proposed })
    }

    /// Asks again where other answers changed who needs a key.
    pub(in crate::wizard) fn keys_again(&mut self) -> Result<()> {
        for index in 0..self.draft.installs.len() {
            let needed: Vec<Option<String>> = self.users(index).into_iter().map(|(component, _)| component).collect();
            let there: Vec<Option<String>> =
                self.draft.installs[index].keys.iter().map(|key| key.component.clone()).collect();
            if needed != there {
                self.keys(index)?;
            }
        }
        Ok(())
    }

    /// The users of an install, each with its component where there are several.
    pub(super) fn users(&self, index: usize) -> Vec<(Option<String>, String)> {
        let Ok(install) = self.draft.trial(index, self.catalogue) else { return Vec::new() };
        let names: BTreeSet<&IamName> = install.principals.values().collect();
        if let [name] = names.iter().collect::<Vec<_>>().as_slice() {
            return vec![(None, name.to_string())];
        }
        install.principals.iter().map(|(component, name)| (Some(component.clone()), name.to_string())).collect()
    }
}

/// The references that are proposed for a user's key.
pub(super) fn proposed(component: Option<String>, user: &str, files: bool) -> KeyDraft {
    let word = user.to_uppercase().replace('-', "_");
    let reference = |half: &str| {
        if files { format!("file:keys/{user}.{}", half.to_lowercase()) } else { format!("env:{word}_{half}") }
    };
    KeyDraft { component, id: reference("ID"), secret: reference("SECRET") }
}
