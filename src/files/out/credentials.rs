//! The access keys that are kept in the output folder: for each user one private file, whole or not there.
//!
//! A file holds the key in use and, while a key is replaced, a second one: the `next`, until it is proven, then the
//! `previous`, until it is deleted in the account. So no step of a rotation can lose a key that still works.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::private::{Room, Spot};
use super::{Folder, Home, REHEARSAL, World, private};
use crate::base::error::{Code, Error, Result};
use crate::base::names::IamName;
use crate::base::secret::{AccessKey, Secret, rehearsed_key};
use crate::base::yaml::Node;
use crate::base::{shell, yaml};
use crate::model::HeldKeys;

/// What is kept for one user.
#[derive(Clone, Debug)]
pub struct KeptKeys {
    /// The key that renders use.
    pub current: AccessKey,
    /// Its successor, made and not yet proven.
    pub next: Option<AccessKey>,
    /// Its predecessor, which consumers may still use.
    pub previous: Option<AccessKey>,
    /// Where they are of use; `None` in a file of before this was written down.
    pub home: Option<Home>,
}

impl KeptKeys {
    fn all(&self) -> impl Iterator<Item = &AccessKey> {
        std::iter::once(&self.current).chain(&self.next).chain(&self.previous)
    }

    /// The ids of all of them.
    pub fn ids(&self) -> Vec<String> {
        self.all().map(id).collect()
    }

    /// The ids by their part.
    pub fn held(&self) -> HeldKeys {
        HeldKeys { current: Some(self.current_id()), next: self.next_id(), previous: self.previous_id() }
    }

    /// A key by its id.
    pub fn key(&self, wanted: &str) -> Option<&AccessKey> {
        self.all().find(|key| key.id.expose() == wanted)
    }

    /// The id of the key in use.
    pub fn current_id(&self) -> String {
        id(&self.current)
    }

    /// The id of the successor.
    pub fn next_id(&self) -> Option<String> {
        self.next.as_ref().map(id)
    }

    /// The id of the predecessor.
    pub fn previous_id(&self) -> Option<String> {
        self.previous.as_ref().map(id)
    }
}

impl KeptKeys {
    /// The content of the file.
    fn node(&self, home: Option<&Home>) -> Node {
        let mut entries: Vec<_> = home.map(Home::entry).into_iter().chain(halves(&self.current)).collect();
        for (name, key) in [("next", &self.next), ("previous", &self.previous)] {
            if let Some(key) = key {
                entries.push((name.to_owned(), Node::Map(halves(key))));
            }
        }
        Node::Map(entries)
    }
}

fn id(key: &AccessKey) -> String {
    key.id.expose().to_owned()
}

impl Folder {
    /// Keeps an access key for later renders; what was kept before is replaced.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub fn keep_key(&self, principal: &IamName, key: &AccessKey) -> Result<()> {
        self.keep(principal, &KeptKeys { current: key.clone(), next: None, previous: None, home: self.home.clone() })
    }

    /// Keeps a successor beside the key in use, which stays the one that renders use.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub fn keep_next(&self, principal: &IamName, next: &AccessKey) -> Result<()> {
        match self.kept(principal)? {
            Some(kept) => self.keep(principal, &KeptKeys { next: Some(next.clone()), ..kept }),
            None => self.keep_key(principal, next),
        }
    }

    /// Makes the successor the key in use, and the key in use its predecessor. Without a successor nothing changes.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub fn promote_next(&self, principal: &IamName) -> Result<()> {
        match self.kept(principal)? {
            Some(KeptKeys { current, next: Some(next), home, .. }) => {
                self.keep(principal, &KeptKeys { current: next, next: None, previous: Some(current), home })
            }
            _ => Ok(()),
        }
    }

    /// Gives the kept keys other parts, by their ids: another one is in use, and one that has no part is forgotten.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub fn arrange(&self, principal: &IamName, wanted: &HeldKeys) -> Result<()> {
        let Some(kept) = self.kept(principal)? else { return Ok(()) };
        let part = |id: &Option<String>| id.as_ref().and_then(|id| kept.key(id)).cloned();
        let Some(current) = part(&wanted.current) else { return Ok(()) };
        let (next, previous) = (part(&wanted.next), part(&wanted.previous));
        let arranged = KeptKeys { current, next, previous, home: kept.home };
        self.keep(principal, &arranged)
    }

    /// Forgets a key that is gone from the account; the file goes with the last one.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub fn forget_key(&self, principal: &IamName, gone: &str) -> Result<()> {
        let Some(kept) = self.kept(principal)? else { return Ok(()) };
        let stays = |key: &AccessKey| key.id.expose() != gone;
        let next = kept.next.filter(&stays);
        let previous = kept.previous.filter(&stays);
        if stays(&kept.current) {
            return self.keep(principal, &KeptKeys { current: kept.current, next, previous, home: kept.home });
        }
        match next.or(previous) {
            Some(current) => self.keep(principal, &KeptKeys { current, next: None, previous: None, home: kept.home }),
            None => private::remove(&self.key_path(principal)),
        }
    }

    /// Takes room on the disk for a key that is about to be made. Of the kept keys the first that the account still has, of
    /// these ids, is kept beside it as its predecessor.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub fn room_for_key(&self, principal: &IamName, there: &[String]) -> Result<KeyRoom> {
        self.keys_folder()?;
        let kept = self.kept(principal)?;
        let previous = kept.as_ref().and_then(|kept| kept.all().find(|key| there.contains(&id(key)))).cloned();
        if kept.is_some_and(|kept| kept.home.is_none()) && previous.is_none() {
            self.set_aside(principal)?;
        }
        let room = Room::take(self.key_path(principal), KEY_BYTES)?;
        Ok(KeyRoom { room, banner: self.world.banner(), previous, home: self.home.clone() })
    }

    /// Copies a file that does not say where its keys are of use, and of which this account has none: they may be another's.
    fn set_aside(&self, principal: &IamName) -> Result<()> {
        let Some(text) = private::read(&self.key_path(principal))? else { return Ok(()) };
        for number in 1_u32.. {
            let spot = self.key_spot(format!("{principal}.old-{number}.yaml"));
            if private::read(&spot)?.is_none_or(|there| there.as_str() == text.as_str()) {
                return private::write(&spot, &text, private::PRIVATE);
            }
        }
        Ok(())
    }

    /// What is kept for a user; `None` when there is nothing.
    ///
    /// # Errors
    /// `BW0802` when the file is not private, `BW0701` when it is not a key, `BW0817` when a real run finds a rehearsal's key,
    /// `BW0815` when a rehearsal finds another, `BW0820` when it is of another account than the run.
    pub fn kept(&self, principal: &IamName) -> Result<Option<KeptKeys>> {
        let path = self.key_path(principal);
        let Some(text) = private::read(&path)? else { return Ok(None) };
        let value = yaml::read_back(&text).unwrap_or(Value::Null);
        let Some(current) = key(&value) else {
            return Err(Error::new(Code::UNRESOLVED_SECRET, format!("{} does not hold a key", path.path().display()))
                .fix("It should have `accessKeyId` and `secretAccessKey`. Remove the file to have the matter looked at anew."));
        };
        let (next, previous, home) = (key(&value["next"]), key(&value["previous"]), Home::of(&value));
        Home::same(&path.path(), home.as_ref(), self.home.as_ref())?;
        let kept = KeptKeys { current, next, previous, home };
        let rehearsed = text.contains(REHEARSAL) || kept.all().any(AccessKey::is_rehearsed);
        let shown = path.path();
        match (self.world, rehearsed) {
            (World::Real, true) => Err(rehearsed_key(&shown.display().to_string())
                .fix(format!("Put the file of the real run back, or name the folder of its keys with `--keys DIR`. Where there was no real run, `rm {}` and run `bucketwright apply`: it makes a key.", shell::path(&shown)))),
            (World::Rehearsed, false) => Err(Error::new(Code::NOT_A_REHEARSAL, format!("{} holds a key that is no rehearsal's", shown.display()))
                .why("A rehearsal would write over it. Nothing was done.")
                .fix("Leave out `--out`, so that the rehearsal has the folder `out-rehearsal`, or name an empty folder.")),
            _ => Ok(Some(kept)),
        }
    }

    fn keep(&self, principal: &IamName, kept: &KeptKeys) -> Result<()> {
        self.keys_folder()?;
        let node = kept.node(self.home.as_ref().or(kept.home.as_ref()));
        private::write(&self.key_path(principal), &self.below_banner(&node), private::PRIVATE)
    }

    /// Data as a file's text, below the folder's banner.
    pub(super) fn below_banner(&self, node: &Node) -> Zeroizing<String> {
        below(self.world.banner(), node)
    }

    fn key_path(&self, principal: &IamName) -> Spot {
        self.key_spot(format!("{principal}.yaml"))
    }
}

/// More than a key's file takes.
const KEY_BYTES: usize = 4096;

/// Room on the disk for one access key.
#[derive(Debug)]
pub struct KeyRoom {
    room: Room,
    banner: Option<&'static str>,
    previous: Option<AccessKey>,
    home: Option<Home>,
}

impl KeyRoom {
    /// Keeps the key, for later renders.
    ///
    /// # Errors
    /// `BW0801`.
    pub fn keep(self, key: &AccessKey) -> Result<()> {
        let kept = KeptKeys { current: key.clone(), next: None, previous: self.previous, home: None };
        self.room.fill(&below(self.banner, &kept.node(self.home.as_ref())))
    }
}

/// Data as a file's text, below a banner. The text is wiped when it is dropped, and never moved before.
fn below(banner: Option<&'static str>, node: &Node) -> Zeroizing<String> {
    let body = Zeroizing::new(yaml::write(node));
    let mut text = Zeroizing::new(String::with_capacity(KEY_BYTES + body.len()));
    if let Some(words) = banner {
        text.push_str(&format!("# {words}\n"));
    }
    text.push_str(&body);
    text
}

fn halves(key: &AccessKey) -> Vec<(String, Node)> {
    let leaf = |secret: &Secret| Node::Leaf(json!(secret.expose()), None);
    vec![("accessKeyId".to_owned(), leaf(&key.id)), ("secretAccessKey".to_owned(), leaf(&key.secret))]
}

fn key(value: &Value) -> Option<AccessKey> {
    let half = |name: &str| value[name].as_str().map(Secret::new);
    Some(AccessKey { id: half("accessKeyId")?, secret: half("secretAccessKey")? })
}

#[cfg(test)]
mod tests;
