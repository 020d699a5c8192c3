//! Questions about a server that speaks S3, and about the keys that its users bring.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Words;
use crate::base::error::{Code, Error, Result};
use crate::base::names::{Endpoint, IamName, Region};
use crate::base::secret::Reference;
use crate::spec::{Provider, StoreKind};
use crate::wizard::ask::Wizard;
use crate::wizard::names::{authority, good};
use crate::wizard::{Asked, Item, Question};

/// What the questions say of a server that speaks S3.
pub(super) const WORDS: Words = Words {
    choice: "A server that speaks S3: MinIO, Garage, Ceph, Cloudflare R2 …",
    proves_to: "S3",
    bucket_names: "They are made with the key in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or of AWS_PROFILE.",
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

impl Wizard<'_, '_> {
    /// Asks for everything about the store.
    pub(in crate::wizard) fn store(&mut self) -> Asked<()> {
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
        Ok(())
    }

    fn store_kind(&mut self) -> Asked<StoreKind> {
        let question =
            Question::new("cloud.store", "Store", "What it lacks, and the tool that makes its users, follow from it.")
                .decides(&["cloud.endpoint"]);
        let items: Vec<Item> = StoreKind::ALL.iter().map(|kind| Item::new(kind.as_str(), kind.title())).collect();
        let default = StoreKind::ALL.iter().position(|kind| *kind == StoreKind::Minio);
        Ok(StoreKind::ALL[self.prompter.choose(&question, &items, default)?])
    }

    fn store_endpoint(&mut self, store: &mut StoreDraft) -> Asked<()> {
        loop {
            let question = Question::new(
                "cloud.endpoint",
                "Address of the store",
                "As the charts reach it, such as https://minio.example.com:9000.",
            )
            .decides(&["cloud.insecure"]);
            let check = |text: &str| Endpoint::parse(text).map(drop);
            store.endpoint = self.prompter.text(&question, None, &check)?;
            if store.kind == StoreKind::Other {
                store.kind = StoreKind::of(&Endpoint::parse(&store.endpoint)?);
            }
            let meant = !store.insecure() || self.plain_http_is_meant(&store.endpoint)?;
            if meant && self.somebody_answers(&store.endpoint)? {
                return Ok(());
            }
        }
    }

    /// An address at which nobody answers may be right all the same, seen from the cluster.
    fn somebody_answers(&mut self, address: &str) -> Asked<bool> {
        let endpoint = Endpoint::parse(address)?;
        let key = format!("cloud.endpoint.unknown.{address}");
        if !self.prompter.interactive() || (!self.prompter.knows(&key) && self.world.answers(&endpoint)) {
            return Ok(true);
        }
        let question = Question::new(
            key,
            format!("Nobody answers at {address}. Use it all the same?"),
            "Yes if only the cluster reaches it; the buckets are then made from a machine that reaches it, too.",
        );
        let meant = self.prompter.confirm(&question, false)?;
        if !meant {
            let error = Error::new(Code::UNREACHABLE, format!("nobody answers at {address}"));
            self.declined(&question.key, "cloud.endpoint", error)?;
        }
        Ok(meant)
    }

    /// Whoever answers no is asked for the address again; a file cannot be.
    fn plain_http_is_meant(&mut self, endpoint: &str) -> Asked<bool> {
        let question = Question::new(
            "cloud.insecure",
            "Use plain HTTP?",
            "Anybody on the network path can read and change the objects.",
        );
        let meant = self.prompter.confirm(&question, false)?;
        if !meant {
            let error = Error::new(Code::PLAIN_HTTP, format!("`{endpoint}` speaks plain HTTP"));
            let fix = "Give an address with https://, or say that it is meant with `cloud.insecure: true`.";
            self.declined("cloud.insecure", "cloud.endpoint", error.fix(fix))?;
        }
        Ok(meant)
    }

    fn store_region(&mut self, store: &mut StoreDraft) -> Asked<()> {
        let key = "cloud.region";
        if store.kind == StoreKind::R2 && !self.prompter.knows(key) {
            return Ok(());
        }
        let named = Endpoint::parse(&store.endpoint).ok().and_then(|endpoint| StoreKind::region_of(&endpoint));
        let proposed = named.or_else(|| store.kind.default_region().map(str::to_owned));
        let question = Question::new(
            key,
            "Region that the store is configured with",
            "With another word it refuses every call. Ceph's is the zonegroup's name.",
        );
        let given = store.clone();
        let check = |text: &str| {
            Region::parse_of_store(text)?;
            StoreDraft { region: Some(text.to_owned()), ..given.clone() }.checked()
        };
        store.region = Some(self.prompter.text(&question, proposed.as_deref(), &check)?);
        Ok(())
    }

    fn path_style(&mut self, store: &mut StoreDraft) -> Asked<()> {
        let question = Question::new(
            "cloud.pathStyle",
            "Bucket names in the path of URLs?",
            "Yes works everywhere. With no they are in the host name, and DNS and certificate must know every bucket.",
        );
        store.path_style = self.prompter.confirm(&question, true)?;
        Ok(())
    }

    /// Hosted stores have certificates of public authorities.
    fn authority(&mut self, store: &mut StoreDraft) -> Asked<()> {
        let key = "cloud.ca";
        let hosted = store.kind.is_hosted();
        if (hosted || store.insecure()) && !self.prompter.knows(key) {
            return Ok(());
        }
        let question = Question::new(
            key,
            "File with the authority of its certificate",
            "PEM, or empty if a public authority signed it. Without the right one every connection fails.",
        );
        let check = |text: &str| if text.is_empty() { Ok(()) } else { authority(text) };
        store.ca = self.prompter.text(&question, Some(""), &check)?;
        Ok(())
    }

    /// Asks where the keys of an install are found; there is nothing to ask where `apply` makes them.
    pub(in crate::wizard) fn keys(&mut self, index: usize) -> Asked<()> {
        if self.draft.provider() == Provider::Aws {
            return self.make_or_bring(index);
        }
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
            format!("Where the keys of {title} are"),
            format!("The spec never holds a key.{tool}"),
        );
        let (env, file) = (proposed(None, &first, false), proposed(None, &first, true));
        let items = [
            Item::new("env", "Environment variables").note(format!("Such as {} and {}.", env.id, env.secret)),
            Item::new("file", "Files").note(format!("Such as {} and {}.", file.id, file.secret)),
            Item::new("type", "Elsewhere: type the references"),
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

    pub(super) fn typed_key(&mut self, id: &str, proposed: KeyDraft) -> Asked<KeyDraft> {
        let part = proposed.component.as_ref().map(|component| format!(".{component}")).unwrap_or_default();
        let mut reference = |half: &str, what: &str, proposed: &str| {
            let question = Question::new(
                format!("{id}.credentials{part}.{half}"),
                format!("Where the key's {what} is"),
                "`env:NAME` or `file:PATH`.",
            );
            self.prompter.text(&question, Some(proposed), &|text| Reference::parse(text).map(drop))
        };
        let key_id = reference("accessKeyId", "id", &proposed.id)?;
        let secret = reference("secretAccessKey", "secret", &proposed.secret)?;
        Ok(KeyDraft { id: key_id, secret, ..proposed })
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
