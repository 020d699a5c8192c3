//! GitLab Runner's configuration: the cache tables that name the old store go, and nothing else changes.

mod toml;

use serde_json::Value;

use self::toml::{Kind, Piece, action, inline, keyword, pieces};
use super::{SettingsOutcome, Walk};
use crate::base::error::Result;
use crate::base::secret::looks_secret;
use crate::migrate::address::{bare, is_aws, is_host};
use crate::migrate::old::named;
use crate::migrate::pattern::keys;
use crate::migrate::{Old, Where};
use crate::profile::{Means, OldCache, Setting, in_range};

/// What becomes of the caches in a configuration.
pub(super) enum Fate {
    /// It configures none.
    None,
    /// Those of the old store go: the text without them, and where others are that stay.
    Goes(String, Option<String>),
    /// They are elsewhere, and stay.
    Stays(String),
    /// Somebody must look, and why.
    Unclear(String),
}

/// Where one cache is.
#[derive(PartialEq, Eq)]
enum At {
    Old,
    Elsewhere(String),
    Unclear(String),
}

/// A setting of a cache: its path below `runners.cache`, in lower case as GitLab Runner reads it, and its value.
type Leaf<'t> = (Vec<String>, &'t str);

impl Walk<'_> {
    /// What becomes of a configuration.
    ///
    /// # Errors
    /// `BW0303` when the profile's name of the old Service fails.
    pub(super) fn fate(&self, text: &str, cache: &OldCache) -> Result<Fate> {
        let all = match pieces(text) {
            Ok(all) => all,
            Err(line) => {
                return Ok(Fate::Unclear(format!(
                    "line {line} of the text cannot be read as TOML with templates on lines or in values of their own"
                )));
            }
        };
        let runners: std::collections::BTreeSet<usize> =
            all.iter().filter(|one| in_cache(one)).map(|one| one.runner).collect();
        let (mut gone, mut elsewhere) = (Vec::new(), None);
        for runner in runners {
            match self.whereabouts(&leaves(text, &all, runner), cache)? {
                At::Old => gone.push(runner),
                At::Elsewhere(place) => elsewhere = Some(place),
                At::Unclear(why) => return Ok(Fate::Unclear(why)),
            }
        }
        Ok(match (gone.as_slice(), elsewhere) {
            ([], None) => Fate::None,
            ([], Some(place)) => Fate::Stays(place),
            (gone, elsewhere) => match without(text, &all, gone) {
                Err(why) => Fate::Unclear(why),
                Ok(rest) if holds_secret(&rest) => Fate::Unclear(
                    "the rest of the text seems to hold a secret, which the overlay must not repeat: remove the cache tables of the old store yourself".to_owned(),
                ),
                Ok(rest) => Fate::Goes(rest, elsewhere),
            },
        })
    }

    /// Says what becomes of a configuration; false when it configures no cache.
    pub(super) fn runner(&mut self, path: &[String], leaf: &Old, rule: &Setting, cache: &OldCache) -> Result<bool> {
        let text = leaf.value().and_then(Value::as_str).unwrap_or_default();
        let (outcome, what) = match self.fate(text, cache)? {
            Fate::None => return Ok(false),
            Fate::Stays(place) => (SettingsOutcome::Stays, format!("left as it is: its cache is at {place}")),
            Fate::Unclear(why) => (SettingsOutcome::Decide, format!("left as it is: {why}")),
            Fate::Goes(rest, elsewhere) => {
                self.undo.push((path.to_vec(), Value::String(rest), rule.why.clone()));
                let mut what = "the cache tables of the old store are removed; the rest is as it was".to_owned();
                if let Some(place) = elsewhere {
                    what.push_str(&format!(", and so is the cache at {place}"));
                }
                (SettingsOutcome::Dropped, what)
            }
        };
        let rule = Some(rule).filter(|_| outcome != SettingsOutcome::Stays);
        self.say(path, leaf, outcome, what, rule);
        Ok(true)
    }

    /// What becomes of a setting that belongs to a cache, as long as the cache stays: its outcome and the words for it.
    pub(super) fn shared_fate(&self, cache: &OldCache) -> Result<Option<(SettingsOutcome, String)>> {
        let Some(text) = self.old.leaf(&keys(&cache.config), None).and_then(Value::as_str) else { return Ok(None) };
        Ok(match self.fate(text, cache)? {
            Fate::Stays(place) => {
                Some((SettingsOutcome::Stays, format!("left as it is: the runners' cache is at {place}")))
            }
            Fate::Unclear(_) | Fate::Goes(_, Some(_)) => Some((
                SettingsOutcome::Decide,
                format!("left as it is: it belongs to a cache in `{}` that may stay", cache.config),
            )),
            Fate::None | Fate::Goes(_, None) => None,
        })
    }

    fn whereabouts(&self, leaves: &[Leaf<'_>], cache: &OldCache) -> Result<At> {
        let of =
            |name: &'static str| leaves.iter().filter(move |(path, _)| path.last().is_some_and(|last| last == name));
        let kinds: Vec<String> = of("type").map(|(_, kind)| kind.trim_matches(['"', '\'']).to_lowercase()).collect();
        for (kind, store) in [("gcs", "Google Cloud Storage"), ("azure", "Azure Blob Storage")] {
            if !kinds.is_empty() && kinds.iter().all(|one| one == kind) {
                return Ok(At::Elsewhere(store.to_owned()));
            }
        }
        if let Some(kind) = kinds.iter().find(|kind| kind.contains("{{")) {
            return Ok(At::Unclear(format!("the kind of its cache is a template, {}", shown(kind))));
        }
        let mut all =
            of("serveraddress").map(|(_, address)| self.address(address, cache)).collect::<Result<Vec<_>>>()?;
        all.dedup();
        Ok(match all.len() {
            0 => At::Elsewhere("S3".to_owned()),
            1 => all.remove(0),
            _ => At::Unclear("one runner has several addresses of a cache".to_owned()),
        })
    }

    /// Where an address leads.
    fn address(&self, written: &str, cache: &OldCache) -> Result<At> {
        let (release, namespace) = (self.install.release.as_str(), self.install.namespace.as_str());
        let mut text = named(written, release, namespace);
        if cache.templates.iter().any(|template| text.contains(template.as_str())) {
            match self.old.leaf(&keys(&cache.address), None).and_then(Value::as_str) {
                Some(own) if !own.is_empty() => own.clone_into(&mut text),
                _ => return Ok(At::Old),
            }
        }
        let text = text.trim_matches(['"', '\'']);
        if text.contains("{{") {
            return Ok(At::Unclear(format!("the address of its cache is a template, {}", shown(text))));
        }
        let host = bare(text).to_lowercase();
        if self.is_old(&host, cache)? {
            return Ok(At::Old);
        }
        let shown = if is_host(&host) { host.clone() } else { "another store".to_owned() };
        let hidden = self.found.iter().find_map(|one| match &one.place_of_objects {
            Where::Hidden(secret) if one.moves() => Some(secret),
            _ => None,
        });
        Ok(match hidden {
            _ if host.is_empty() || is_aws(&host) => At::Elsewhere("S3".to_owned()),
            Some(secret) => At::Unclear(format!(
                "its cache is at {shown}. If the Secret {secret} names the same store, remove the cache tables"
            )),
            None => At::Elsewhere(shown),
        })
    }

    /// Whether a host is a store that goes: one that objects leave, or the MinIO that the chart brings.
    fn is_old(&self, host: &str, cache: &OldCache) -> Result<bool> {
        let name = |host: &str| host.split(':').next().unwrap_or_default().to_lowercase();
        let host = name(host);
        let here = self.install.namespace.as_str();
        let service_of = |wanted: &str, namespace: &str| {
            let mut labels = host.split('.');
            labels.next() == Some(wanted) && labels.next().is_none_or(|one| one == namespace)
        };
        let setting = |path: &str| self.old.leaf(&keys(path), None).and_then(Value::as_str).unwrap_or_default();
        for one in self.found {
            if let Where::Server(server) = &one.place_of_objects
                && one.moves()
            {
                let inside = server.service.as_ref();
                let same = inside.is_some_and(|(one, there, _)| service_of(one, there.as_deref().unwrap_or(here)));
                if same || name(&server.host) == host {
                    return Ok(true);
                }
            }
            let mut signs = one.store.signs.iter().filter(|sign| sign.means == Means::Bundled);
            let brings = signs.any(|sign| in_range(sign.charts.as_ref(), &self.install.version));
            let service = self.install.profile.expressions.text(&one.store.service, self.context)?;
            if brings && service_of(&service, here) {
                return Ok(true);
            }
            let (domain, given) = (setting(&cache.domain), setting(&cache.host));
            let domain = if domain.is_empty() { "example.com" } else { domain };
            let outside = host.split_once('.').is_some_and(|(first, rest)| {
                (first == "minio" || first.starts_with("minio-")) && rest == domain.to_lowercase()
            });
            if brings && (outside && given.is_empty() || !given.is_empty() && name(given) == host) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a piece belongs to a cache.
fn in_cache(piece: &Piece) -> bool {
    matches!(piece.path.as_slice(), [runners, cache, ..] if runners == "runners" && cache == "cache")
}

/// The settings of a runner's cache.
fn leaves<'t>(text: &'t str, all: &[Piece], runner: usize) -> Vec<Leaf<'t>> {
    let mut found = Vec::new();
    for piece in all.iter().filter(|one| one.runner == runner && in_cache(one)) {
        let Kind::Value(value) = &piece.kind else { continue };
        let mut open = vec![(piece.path[2..].to_vec(), value.clone())];
        while let Some((path, value)) = open.pop() {
            let below = inline(text, value.clone());
            let lower: Vec<String> = path.iter().map(|key| key.to_lowercase()).collect();
            found.push((lower, text[value].trim()));
            open.extend(below.into_iter().map(|(key, value)| ([path.clone(), key].concat(), value)));
        }
    }
    found
}

/// The text without the caches of some runners.
///
/// # Errors
/// Why they cannot be removed by themselves, in words.
fn without(text: &str, all: &[Piece], gone: &[usize]) -> std::result::Result<String, String> {
    let goes = |one: &Piece| gone.contains(&one.runner) && in_cache(one);
    if all.iter().any(|one| goes(one) && one.kind == Kind::Output) {
        return Err("a template writes into a cache table, and only Helm knows what".to_owned());
    }
    let mut rest = String::new();
    for (index, piece) in all.iter().enumerate() {
        let lines = &text[piece.lines.clone()];
        // A comment goes with the settings that follow it in the same cache; after the last it belongs to what comes.
        let mut next = all[index..].iter().skip_while(|one| one.kind == Kind::Blank);
        let removed = goes(piece)
            && match piece.kind {
                Kind::Header | Kind::Value(_) => true,
                Kind::Blank => next.next().is_some_and(|one| goes(one) && one.kind != Kind::Control),
                _ => false,
            };
        if !removed {
            rest.push_str(lines);
        } else if !is_closed(lines) {
            return Err("a template begins in a cache table and ends outside of it".to_owned());
        }
    }
    Ok(rest)
}

/// Whether every template block of some lines begins and ends in them, and no variable is set there.
fn is_closed(lines: &str) -> bool {
    let (mut at, mut depth) = (0, 0usize);
    while let Some(start) = lines[at..].find("{{").map(|start| at + start) {
        let Some(end) = action(lines, start) else { return false };
        match keyword(&lines[start..end]) {
            "if" | "with" | "range" | "define" | "block" => depth += 1,
            "else" | "end" if depth == 0 => return false,
            "end" => depth -= 1,
            _ if lines[start..end].contains(":=") => return false,
            _ => {}
        }
        at = end;
    }
    depth == 0
}

/// Whether a configuration holds what only its owner may read: a token, a password, or what looks like a key.
fn holds_secret(text: &str) -> bool {
    const KEYS: [&str; 9] = [
        "token",
        "password",
        "passwd",
        "accesskey",
        "secretkey",
        "sessiontoken",
        "accountkey",
        "privatekey",
        "docker_auth_config",
    ];
    text.lines().any(|line| {
        let words = line
            .split(|c: char| c.is_whitespace() || "\"',=:[]{}".contains(c))
            .filter(|word| word.contains(char::is_alphanumeric));
        let mut words = words.peekable();
        while let Some(word) = words.next() {
            let name = word.to_lowercase().replace('-', "_");
            let is_key = !word.starts_with(['.', '$'])
                && KEYS.iter().any(|key| name.replace('_', "").ends_with(&key.replace('_', "")));
            // A variable or a template names a secret and does not hold it.
            if looks_secret(word) || word.starts_with("glrt-") {
                return true;
            }
            if is_key && line.contains('=') && words.peek().is_some_and(|next| !next.starts_with(['$', '.'])) {
                return true;
            }
        }
        false
    })
}

/// A template as it is shown; what is in quotes may be anything.
fn shown(template: &str) -> String {
    let short: String = template.chars().take(80).collect();
    if short.split(|c: char| !c.is_ascii_alphanumeric()).any(looks_secret) {
        "not shown".to_owned()
    } else {
        format!("`{short}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_closed_in_their_lines() {
        for (lines, closed) in [
            ("a = {{ if x }}\"a\"{{ else }}\"b\"{{ end }}\n", true),
            ("a = \"b\" {{ if x }}\n", false),
            ("a = {{ $x := 1 }}2\n", false),
            ("a = {{ end }}\n", false),
        ] {
            assert_eq!(is_closed(lines), closed, "{lines}");
        }
    }

    #[test]
    fn secrets_are_seen() {
        for (text, holds) in [
            ("token = \"abc\"\n", true),
            ("environment = [\"DB_PASSWORD=hunter2\"]\n", true),
            ("environment = [\"DB_PASSWORD=$PASS\", \"A=b\"]\n", false),
            ("token = \"{{ .Values.token }}\"\n", false),
            ("image_pull_secrets = [\"pull\"]\n", false),
            ("[runners.kubernetes]\n  service_account = \"x\"\n", false),
        ] {
            assert_eq!(holds_secret(text), holds, "{text}");
        }
    }
}
