//! The safe order: sync, freeze, sync, verify, switch, with the commands for each. None of them is run.

use tera::Context;

use super::address::may_be_inside;
use super::recorded::{Copied, Reach, Reached, joined};
use super::{FoundStore, Recorded, Where};
use crate::base::error::{Code, Error, Result};
use crate::base::shell::{Seat, word};
use crate::model::InstallBlueprint;
use crate::profile::{ChartKind, Migration};
use crate::render::Bundle;

/// The title of the step that `apply` is.
pub(super) const BUCKETS: &str = "Make the buckets";

/// One step.
#[derive(Clone, Debug)]
pub struct MigrationStep {
    /// What it does.
    pub title: String,
    /// Why, and what to look at.
    pub why: String,
    /// The commands, a line each; lines that begin with `#` are words.
    pub commands: Vec<String>,
}

/// What the order is made from.
pub(super) struct Order<'a> {
    pub(super) recorded: &'a Recorded,
    pub(super) migration: &'a Migration,
    pub(super) install: &'a InstallBlueprint,
    pub(super) context: &'a Context,
    pub(super) region: &'a str,
    /// The user's own values files, as commands name them.
    pub(super) files: Vec<String>,
    /// The report's folder, as commands name it.
    pub(super) home: &'a str,
    /// The output folder, as commands name it.
    pub(super) out: &'a str,
}

/// The path of the overlay in the report's folder.
pub(super) fn overlay(install: &InstallBlueprint) -> String {
    format!("{}/{}.undo.yaml", install.id, install.profile.values_file().trim_end_matches(".yaml"))
}

/// Refuses a part that stays on a MinIO other than the bundled one: the new values name the bundled one.
///
/// # Errors
/// `BW1705`.
pub(super) fn stays_where_it_was(
    found: &[FoundStore<'_>],
    install: &InstallBlueprint,
    context: &Context,
) -> Result<()> {
    for one in found.iter().filter(|one| one.kept) {
        let Where::Server(server) = &one.place_of_objects else { continue };
        let bundled = install.profile.expressions.text(&one.store.service, context)?;
        if server.service.as_ref().is_none_or(|(name, ..)| *name != bundled) {
            return Err(Error::new(
                Code::CANNOT_STAY,
                format!("`{}` is on {}, which is not the MinIO that the chart brings", one.name(), server.host),
            )
            .why("A part that stays is left to the bundled MinIO: the new values would send it there, away from its objects.")
            .fix("Leave `--keep-minio` out and move it too, or migrate without it and give its old settings to Helm in a file after the new values.")
            .at(one.said.clone()));
        }
    }
    Ok(())
}

impl Order<'_> {
    /// The steps, for what was rendered.
    pub(super) fn steps(&self, bundle: &Bundle) -> Result<Vec<MigrationStep>> {
        let mut steps = Vec::new();
        if self.recorded.running {
            let why = "The switch starts from them, and they are the way back. They may hold keys, so only you can read the file.";
            steps.push(step("Keep the old values", why, vec![self.get_values()]));
        }
        steps.push(step(
            BUCKETS,
            "Nothing in the cluster changes; keys and roles are made, and the files are written again with them.",
            vec![format!(
                "bucketwright apply -f {} --out {}",
                self.beside("bucketwright.yaml"),
                word(self.home_or_here())
            )],
        ));
        let keep = self.keeps_volume()?;
        let no_way_back = !keep.is_empty() && keep.iter().all(|line| line.starts_with('#'));
        if no_way_back {
            let why = "MinIO keeps its objects without a volume: they go with its pod, at the switch or before it.";
            steps.push(step("Copy without a way back", why, keep));
        } else if !keep.is_empty() {
            let why = "MinIO goes with the switch. Its volume must not: it is the way back.";
            steps.push(step("Keep the old volume", why, keep));
        }
        steps.push(step(
            "Reach both stores",
            "rclone reads the keys from the environment, so they appear in no command.",
            self.remotes()?,
        ));
        let why = "While everything runs; it takes the longest, and may be run again.";
        steps.push(step("Sync", why, self.each("rclone copy --progress")));
        let mut why = "From here on nobody may write; this is the downtime.".to_owned();
        if let Some(layout) = &self.migration.layout {
            why = format!("{why} {}", self.text(layout)?);
        }
        steps.push(step("Freeze", &why, self.lines(&self.migration.freeze)?));
        let why = if self.recorded.buckets.iter().any(|one| self.is_shared(one)) {
            "What changed since. Where several old buckets go into one, nothing is deleted there: each would delete what the other brought."
        } else {
            "What changed since, deletions included. The new buckets hold nothing else, so nothing is lost by it."
        };
        steps.push(step("Sync again", why, self.each("rclone sync --progress")));
        let why = "It must say 0 differences for each bucket. Do not switch before it does.";
        steps.push(step("Verify", why, self.each("rclone check --one-way")));
        let why = "The old values first, then what undoes them, then the new ones.";
        steps.push(step("Switch", why, self.switch(bundle)));
        let why = "Each deployment gets the replicas that it had before the freeze, as they were written down.";
        steps.push(step("Thaw", why, self.lines(&self.migration.thaw)?));
        steps.push(step(
            "Look, and only then clean up",
            &format!(
                "Open old uploads, artifacts and logs, write new ones. {} As long as migration.json is there, `bucketwright apply` and `render` print these steps in the place of the usual commands.",
                if no_way_back {
                    "There is no way back to the old store: its objects went with its pod."
                } else {
                    "The way back is the old values alone, as long as MinIO's volume is there."
                }
            ),
            vec![format!("rm {}", self.beside("migration.json"))],
        ));
        Ok(steps)
    }

    /// A file of the report's folder, as a word.
    fn beside(&self, file: &str) -> String {
        word(&joined(self.home, file))
    }

    fn home_or_here(&self) -> &str {
        if self.home.is_empty() { "." } else { self.home }
    }

    fn get_values(&self) -> String {
        let (release, namespace) = (&self.install.release, &self.install.namespace);
        let files = self.files.iter().map(|file| word(file)).collect::<Vec<_>>().join(" ");
        format!("(umask 077; helm get values {release} --namespace {namespace} --output yaml > {files})")
    }

    fn text(&self, text: &str) -> Result<String> {
        self.install.profile.expressions.text(text, self.context)
    }

    fn lines(&self, text: &str) -> Result<Vec<String>> {
        Ok(self.text(text)?.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
    }

    fn keeps_volume(&self) -> Result<Vec<String>> {
        let keep = self.migration.keep_volume.as_ref().filter(|_| self.recorded.bundled);
        keep.map_or(Ok(Vec::new()), |text| self.lines(text))
    }

    /// The namespace of the chart's objects.
    fn namespace(&self) -> Result<String> {
        let own = self.migration.namespace.as_ref().map(|text| self.text(text)).transpose()?;
        Ok(own.unwrap_or_else(|| self.install.namespace.to_string()))
    }

    /// How rclone reaches the old stores and S3.
    fn remotes(&self) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for (number, reached) in self.recorded.stores.iter().enumerate() {
            lines.extend(self.remote(number, reached)?);
        }
        lines
            .push("# S3 takes the credentials of your own AWS profile, or what else the AWS CLI would use:".to_owned());
        lines.push(
            "export RCLONE_CONFIG_NEW_TYPE=s3 RCLONE_CONFIG_NEW_PROVIDER=AWS RCLONE_CONFIG_NEW_ENV_AUTH=true"
                .to_owned(),
        );
        lines.push(format!("export RCLONE_CONFIG_NEW_REGION={} RCLONE_CONFIG_NEW_NO_CHECK_BUCKET=true", self.region));
        Ok(lines)
    }

    /// How rclone reaches one old store.
    fn remote(&self, number: usize, reached: &Reached) -> Result<Vec<String>> {
        let store = self.migration.stores.iter().find(|store| store.name == reached.store);
        let Some(store) = store else { return Ok(Vec::new()) };
        let mut lines = Vec::new();
        let name = old_name(number).to_uppercase();
        let local = 9000 + number;
        let old = |key: &str, value: &str| format!("export RCLONE_CONFIG_{name}_{key}={value}");
        let forward = |service: &str, namespace: &str, port: u16| {
            format!("kubectl --namespace {namespace} port-forward service/{service} {local}:{port} &")
        };
        let here = self.namespace()?;
        let here = here.as_str();
        let (provider, endpoint) = match &reached.reach {
            Reach::Server { host, secure, service } => {
                let scheme = if *secure { "https" } else { "http" };
                let endpoint = match service {
                    Some((service, namespace, port)) => {
                        lines.push(forward(service, namespace.as_deref().unwrap_or(here), *port));
                        if *secure {
                            lines.extend(trust(host));
                            format!("{scheme}://{}:{local}", name_alone(host))
                        } else {
                            format!("{scheme}://127.0.0.1:{local}")
                        }
                    }
                    None => {
                        lines.extend(may_be_inside(host).into_iter().flat_map(|(service, namespace)| [
                            format!("# If {host} is the Service {service} in the namespace {namespace}, forward it, and let ENDPOINT below be {scheme}://127.0.0.1:{local}:"),
                            format!("#   kubectl --namespace {namespace} port-forward service/{service} {local}:PORT &"),
                        ]));
                        format!("{scheme}://{host}")
                    }
                };
                (if host.contains("minio") { "Minio" } else { "Other" }, endpoint)
            }
            Reach::Hidden { secret } => {
                lines.push(format!("# The address and the keys of this store are in the Secret {secret}:"));
                lines.push(format!("kubectl --namespace {here} get secret {secret} --output yaml"));
                lines.push("# If it says Google or Azure, stop: that is not S3. If it says a folder (`rootdirectory`), copy what is below it.".to_owned());
                ("Other", "https://OLD-STORE".to_owned())
            }
            Reach::Bundled { port } => {
                lines.push(forward(&self.text(&store.service)?, here, port.unwrap_or(store.port)));
                ("Minio", format!("http://127.0.0.1:{local}"))
            }
        };
        lines.extend([old("TYPE", "s3"), old("PROVIDER", provider), old("ENDPOINT", &endpoint)]);
        if !matches!(reached.reach, Reach::Hidden { .. }) && reached.login.contains(&None) {
            lines.push("# The values name no Secret with this key: write it in the place of … yourself.".to_owned());
        }
        for (variable, login) in ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"].into_iter().zip(&reached.login) {
            let value = match (&reached.reach, login) {
                (Reach::Hidden { .. }, _) | (_, None) => "…".to_owned(),
                (_, Some((secret, key))) => {
                    let key = key.replace('.', "\\.");
                    format!(
                        "\"$(kubectl --namespace {here} get secret {secret} --output 'jsonpath={{.data.{key}}}' | base64 --decode)\""
                    )
                }
            };
            lines.push(old(variable, &value));
        }
        Ok(lines)
    }

    /// A command for each bucket that is copied.
    fn each(&self, command: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for copied in &self.recorded.buckets {
            let Copied { purpose, from, old, each, folder } = copied;
            let Some(new) = self.install.buckets.get(purpose) else { continue };
            let remote = old_name(*from);
            let command =
                if self.is_shared(copied) { command.replace("rclone sync", "rclone copy") } else { command.to_owned() };
            lines.push(match (old, each) {
                (Some(old), _) => {
                    // The keys of objects do not depend on the store: the folder has the same name in the new bucket.
                    let only = folder.iter().map(|folder| format!(" --include {}", word(&format!("/{folder}/**"))));
                    format!("{command} {} new:{new}{}", word(&format!("{remote}:{old}")), only.collect::<String>())
                }
                (None, Some(begin)) => format!(
                    "rclone lsf {remote}: --include '/{begin}*/' | while IFS=/ read -r bucket _; do {command} \"{remote}:$bucket\" \"new:{new}/${{bucket#{begin}}}\"; done"
                ),
                (None, None) => {
                    format!("{command} {remote}:OLD-BUCKET new:{new}   # the values do not name the old bucket")
                }
            });
        }
        if lines.is_empty() { vec!["# Nothing is to be copied.".to_owned()] } else { lines }
    }

    /// Whether objects of several old buckets go into its new one.
    fn is_shared(&self, one: &Copied) -> bool {
        let new = |one: &Copied| self.install.buckets.get(&one.purpose);
        let same = |other: &&Copied| new(other).is_some() && new(other) == new(one);
        self.recorded.buckets.iter().filter(same).count() > 1
    }

    /// The commands of the install, with the old values and the overlay before the new values.
    fn switch(&self, bundle: &Bundle) -> Vec<String> {
        let undo = self.recorded.undo.then(|| joined(self.home, &overlay(self.install)));
        let own: Vec<&str> = self.files.iter().chain(&undo).map(String::as_str).collect();
        let seat = Seat::beside(self.out).with_own(&own);
        let next = bundle.next().iter().find(|next| next.install == self.install.id.as_str());
        let commands = next.iter().flat_map(|next| &next.commands);
        let mut lines: Vec<String> = commands.map(|command| command.one_line(&seat)).collect();
        if self.install.profile.about.kind != ChartKind::Helm {
            lines.insert(
                0,
                "# Put the new config in the place of the old one; NOTES.md says how the two are joined.".to_owned(),
            );
        }
        lines
    }
}

/// How rclone comes to trust a Service that speaks TLS. Its certificate is for its name, so rclone uses that name, and is signed
/// by a CA of the cluster's or one's own. rclone takes only the CAs that it is told, so S3's join them.
///
/// Source: rclone.org/docs (--ca-cert)
fn trust(host: &str) -> [String; 5] {
    let name = name_alone(host);
    [
        format!("# Its certificate is for {name}, not for 127.0.0.1. Let that name mean this machine, and remove the line again afterwards:"),
        format!("echo '127.0.0.1 {name}' | sudo tee --append /etc/hosts"),
        "# A CA of your own signed it: write the CA's certificate to OLD-CA.pem (OLD-CA2.pem for the next store, and so on).".to_owned(),
        "# rclone then trusts only the CAs that it is given, so those of the system join it:".to_owned(),
        "cat /etc/ssl/certs/ca-certificates.crt OLD-CA*.pem > ca.pem && export RCLONE_CA_CERT=\"$PWD/ca.pem\"".to_owned(),
    ]
}

/// A host without its port.
fn name_alone(host: &str) -> &str {
    host.split(':').next().unwrap_or(host).trim_end_matches('.')
}

/// The name of an old store in commands: the first is `old`, and the second `old2`.
fn old_name(number: usize) -> String {
    if number == 0 { "old".to_owned() } else { format!("old{}", number + 1) }
}

fn step(title: &str, why: &str, commands: Vec<String>) -> MigrationStep {
    MigrationStep { title: title.to_owned(), why: why.to_owned(), commands }
}
