//! What must be true: of the account, the folder and the cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Life;
use super::hands::statements;
use crate::faults::kill::unfinished;
use crate::harness::tree_of_text;

/// What is wrong, if something is.
pub type Found = Result<(), String>;

fn holds(good: bool, words: impl FnOnce() -> String) -> Found {
    if good { Ok(()) } else { Err(words()) }
}

impl Life {
    /// Everything in the account.
    pub fn state(&self) -> Value {
        self.lab.ask("state", json!({}))
    }

    /// The kept keys by the user's name.
    fn kept(&self) -> Result<BTreeMap<String, Value>, String> {
        let folder = self.lab.sandbox.path("out/credentials");
        let mut kept = BTreeMap::new();
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(user) = name.strip_suffix(".yaml").filter(|name| !unfinished(name)) else { continue };
            let text = std::fs::read_to_string(entry.path()).map_err(|error| format!("{name}: {error}"))?;
            kept.insert(user.to_owned(), serde_yaml::from_str(&text).map_err(|error| format!("{name}: {error}"))?);
        }
        Ok(kept)
    }

    /// What must be true after each step, however it ended; `removing` is a step that may remove what is ours.
    pub fn others(&mut self, removing: bool) -> Found {
        let state = self.state();
        for (kind, name) in std::mem::take(&mut self.theirs.statements) {
            let holder = &state[kind][&name];
            if holder.is_null() {
                // With what we made and now delete their statement goes, too.
                holds(removing, || format!("{kind} {name} is gone"))?;
                continue;
            }
            let document = match kind {
                "roles" => &holder["trust"],
                "policies" => &holder["document"],
                _ => &holder["policy"],
            };
            let there = statements(document).iter().any(|one| one["Sid"] == "Theirs");
            holds(there, || format!("the statement of others in {kind} {name} is gone: {document:#}"))?;
            self.theirs.statements.insert((kind, name));
        }
        for user in &self.theirs.inline {
            let there = state["users"][user]["inline"]["theirs"].is_object();
            holds(there, || format!("the inline policy of others on {user} is gone"))?;
        }
        for bucket in &self.theirs.data {
            let objects = &state["buckets"][bucket]["objects"];
            let there = objects.as_array().is_some_and(|objects| objects.contains(&json!("data")));
            holds(there, || format!("the data in {bucket} is gone: {objects}"))?;
        }
        for (kind, name) in [("buckets", "stranger"), ("users", "person")] {
            let name = format!("{}-{name}", self.lab.spec);
            let (now, before) = (&state[kind][&name], &self.before[kind][&name]);
            holds(now == before, || format!("{name} of others has changed:\n{before:#}\n{now:#}"))?;
        }
        for (name, text) in &self.theirs.files {
            let now = std::fs::read_to_string(self.lab.sandbox.path(name)).unwrap_or_default();
            holds(now == *text, || format!("the user's file {name} has changed: {now:?}"))?;
        }
        for (path, secret) in &self.theirs.secrets {
            let now = self.server.get(path);
            holds(now == *secret, || format!("the Secret of others {path} has changed: {now:#}"))?;
        }
        Ok(())
    }

    /// After a run that ended well: nothing is left to do, and the three places agree.
    pub fn agrees(&self, pushed: bool) -> Found {
        self.planned()?;
        self.keys()?;
        self.folder()?;
        if pushed { self.cluster() } else { Ok(()) }
    }

    fn planned(&self) -> Found {
        let run = self.lab.run("plan --detailed-exitcode -o json");
        let (code, output) = (run.code(), run.any());
        holds(matches!(code, Some(0 | 3)), || format!("plan ended with {code:?}:\n{}", output.all()))?;
        let plan = output.json();
        let words = || format!("plan ended with {code:?}: {plan:#}");
        holds(plan["changes"] == false, words)?;
        // What stays until its data is named is told without that code.
        let any =
            |name: &str, counts: fn(&Value) -> bool| plan[name].as_array().is_some_and(|all| all.iter().any(counts));
        let told = any("leftovers", |left| left["fate"] != "keep") || any("grants", |_| true);
        holds((code == Some(3)) == told, words)
    }

    /// What a prune leaves: buckets with data, and users on which others have put something.
    pub fn pruned(&self) -> Found {
        let plan = self.lab.run("plan -o json").ok().json();
        for left in plan["leftovers"].as_array().into_iter().flatten() {
            let name = left["name"].as_str().unwrap_or_default();
            let spared = match left["kind"].as_str() {
                Some("bucket") => self.theirs.data.contains(name),
                _ => self.theirs.inline.iter().any(|user| name.contains(user.as_str())),
            };
            holds(spared, || format!("left after a prune: {left:#}"))?;
        }
        Ok(())
    }

    /// Each user of ours with a key has one that works and is kept, and none that the folder does not know.
    pub fn keys(&self) -> Found {
        let (state, kept) = (self.state(), self.kept()?);
        let users = state["users"].as_object().expect("users");
        for (user, found) in users.iter().filter(|(_, found)| self.is_ours(found)) {
            let file = kept.get(user).unwrap_or(&Value::Null);
            let known = [&file["accessKeyId"], &file["next"]["accessKeyId"], &file["previous"]["accessKeyId"]];
            for key in found["keys"].as_array().into_iter().flatten() {
                holds(known.contains(&&key["id"]), || {
                    format!("the folder does not know a key of {user}: {}", key["id"])
                })?;
            }
        }
        for (user, file) in &kept {
            let works = |key: &Value| {
                key["id"] == file["accessKeyId"] && key["secret"] == file["secretAccessKey"] && key["active"] == true
            };
            let keys = state["users"][user]["keys"].as_array();
            holds(keys.is_some_and(|keys| keys.iter().any(works)), || format!("the kept key of {user} does not work"))?;
        }
        Ok(())
    }

    fn folder(&self) -> Found {
        let kept = self.kept()?;
        for user in self.says.users(&self.lab.spec) {
            holds(kept.contains_key(&user), || format!("no key of {user} is kept"))?;
        }
        let run = self.lab.run("render --check -o json");
        let (code, output) = (run.code(), run.any());
        let words = || format!("render --check ended with {code:?}: {}", output.all());
        holds(matches!(code, Some(0 | 3)), words)?;
        let mut named = BTreeSet::new();
        for one in output.json()["differences"].as_array().into_iter().flatten() {
            holds(one["difference"] == "superfluous", words)?;
            named.insert(one["path"].as_str().expect("a path").to_owned());
        }
        self.nothing_else(&named)?;
        self.private(&named)
    }

    /// Whatever is in the folder is rendered, kept, the user's own, or named as what no longer belongs.
    fn nothing_else(&self, named: &BTreeSet<String>) -> Found {
        if self.lab.sandbox.path("out/learnt.yaml").exists() {
            self.lab.sandbox.write("fresh/learnt.yaml", &self.lab.sandbox.read("out/learnt.yaml"));
        }
        let rendered = self.lab.run("render --placeholders --out fresh");
        let code = rendered.code();
        let said = rendered.any().all();
        holds(code == Some(0), || format!("render ended with {code:?}: {said}"))?;
        let fresh = tree_of_text(&self.lab.sandbox.path("fresh"));
        std::fs::remove_dir_all(self.lab.sandbox.path("fresh")).expect("rm");
        let kept = self.kept()?;
        for name in tree_of_text(&self.lab.sandbox.path("out")).into_keys() {
            let key = name.strip_prefix("credentials/").and_then(|name| name.strip_suffix(".yaml"));
            let known = fresh.contains_key(&name)
                || named.contains(&name)
                || self.theirs.files.contains_key(&format!("out/{name}"))
                || key.is_some_and(|user| kept.contains_key(user))
                || [".rendered", ".rendered.private", ".gitignore", "learnt.yaml"].contains(&name.as_str())
                || name == "credentials/.gitignore"
                // An intent is kept while its key may still be listed late.
                || name.starts_with("credentials/intents/");
            holds(known, || format!("nobody knows {name} in the folder"))?;
        }
        Ok(())
    }

    /// Only the user reads what holds a secret of the account; what no longer belongs is as somebody left it.
    fn private(&self, named: &BTreeSet<String>) -> Found {
        let state = self.state();
        let keys = state["users"].as_object().expect("users").values();
        let secrets: Vec<String> = keys
            .flat_map(|user| user["keys"].as_array().into_iter().flatten())
            .filter_map(|key| key["secret"].as_str().map(str::to_owned))
            .flat_map(|secret| [STANDARD.encode(&secret), secret])
            .collect();
        for (name, text) in tree_of_text(&self.lab.sandbox.path("out")) {
            let loosened = self.theirs.loosened && named.contains(&name);
            if loosened || !secrets.iter().any(|secret| text.contains(secret)) {
                continue;
            }
            let path = self.lab.sandbox.path(format!("out/{name}"));
            let mode = std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
            holds(mode == 0o600, || format!("{name} holds a secret and has the mode {mode:o}"))?;
        }
        Ok(())
    }

    /// The rendered Secrets by their path in the API, decoded.
    fn rendered(&self) -> BTreeMap<String, BTreeMap<String, Vec<u8>>> {
        let mut all = BTreeMap::new();
        for (name, text) in tree_of_text(&self.lab.sandbox.path("out")) {
            // The Secret of a role's install is of before: the folder keeps it until it is pruned.
            let wanted = (name.starts_with("argo-workflows/") && self.says.identity == 0)
                || (name.starts_with("two/") && self.says.second == Some(0));
            if !wanted || !name.ends_with("/secrets.yaml") {
                continue;
            }
            for secret in serde_yaml::from_multiple::<Value>(&text).expect("YAML") {
                if secret["kind"] != "Secret" {
                    continue;
                }
                let of = |part: &str| secret[part].as_object().cloned().unwrap_or_default();
                let mut data: BTreeMap<String, Vec<u8>> = of("data")
                    .into_iter()
                    .map(|(key, value)| (key, STANDARD.decode(value.as_str().expect("a text")).expect("base64")))
                    .collect();
                data.extend(
                    of("stringData")
                        .into_iter()
                        .map(|(key, value)| (key, value.as_str().expect("a text").as_bytes().to_vec())),
                );
                let text = |name: &str| secret["metadata"][name].as_str().expect("a text").to_owned();
                all.insert(format!("/api/v1/namespaces/{}/secrets/{}", text("namespace"), text("name")), data);
            }
        }
        all
    }

    /// Each rendered Secret is in the cluster, with the same data; what others added stays.
    fn cluster(&self) -> Found {
        for (path, data) in self.rendered() {
            let live = self.server.get(&path);
            let live: BTreeMap<String, Vec<u8>> = live["data"]
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(key, _)| *key != "theirs")
                .map(|(key, value)| (key.clone(), STANDARD.decode(value.as_str().expect("a text")).expect("base64")))
                .collect();
            holds(live == data, || format!("{path} is not as rendered: {:?}, {:?}", live.keys(), data.keys()))?;
        }
        Ok(())
    }

    /// After a destroy that ended well nothing carries our tags but buckets with data.
    pub fn destroyed(&self) -> Found {
        let state = self.state();
        for kind in ["users", "roles", "policies"] {
            for (name, found) in state[kind].as_object().into_iter().flatten() {
                holds(!self.is_ours(found), || format!("left after a destroy: {kind} {name}"))?;
            }
        }
        for (name, found) in state["buckets"].as_object().into_iter().flatten() {
            let good = !self.is_ours(found) || self.theirs.data.contains(name);
            holds(good, || format!("left after a destroy: the bucket {name}"))?;
        }
        for list in ["providers", "associations"] {
            let there = state[list].to_string().contains(&format!("\"bucketwright:spec\":\"{}\"", self.lab.spec));
            holds(!there, || format!("left after a destroy: {list} {}", state[list]))?;
        }
        self.keys()
    }
}
