//! The access keys that are kept in the output folder: for each user one private file, whole or not there.
//!
//! A file holds the key in use and, while a key is replaced, a second one: the `next`, until it is proven, then the
//! `previous`, until it is deleted in the account. So no step of a rotation can lose a key that still works.
//!
//! A file names its user, and the keys that no proof has passed with: these are kept, and not handed on.

use std::collections::BTreeSet;

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
    /// The ids of those that were made and not proven, as the key in use may be after a proof that failed. A `next` never is.
    unproven: BTreeSet<String>,
    /// Whether the file names its user; one of before this was written down does not.
    named: bool,
}

impl KeptKeys {
    /// A key that nobody has proven, alone.
    fn fresh(key: &AccessKey, home: Option<Home>) -> Self {
        let unproven = BTreeSet::from([id(key)]);
        Self { current: key.clone(), next: None, previous: None, home, unproven, named: true }
    }

    /// Whether the key in use was made and not proven.
    pub fn is_unproven(&self) -> bool {
        self.unproven.contains(self.current.id.expose())
    }

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
    fn node(&self, principal: &IamName, home: Option<&Home>) -> Node {
        let leaf = |name: &str, value: Value| (name.to_owned(), Node::Leaf(value, None));
        let mut entries = vec![leaf(USER, json!(principal))];
        entries.extend(home.map(Home::entry));
        entries.extend(halves(&self.current));
        for (name, key) in [("next", &self.next), ("previous", &self.previous)] {
            if let Some(key) = key {
                entries.push((name.to_owned(), Node::Map(halves(key))));
            }
        }
        let unproven: Vec<String> = self.ids().into_iter().filter(|id| self.unproven.contains(id)).collect();
        if !unproven.is_empty() {
            entries.push(leaf(UNPROVEN, json!(unproven)));
        }
        Node::Map(entries)
    }
}

/// What names the user in a file.
const USER: &str = "user";
/// What lists the keys in a file that no proof has passed with.
const UNPROVEN: &str = "unproven";

fn id(key: &AccessKey) -> String {
    key.id.expose().to_owned()
}

impl Folder {
    /// Keeps an access key that nobody has proven; what was kept before is replaced.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub fn keep_key(&self, principal: &IamName, key: &AccessKey) -> Result<()> {
        self.keep(principal, &KeptKeys::fresh(key, self.home.clone()))
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

    /// Makes the successor, which is proven, the key in use, and the key in use its predecessor. Without a successor it was the key
    /// in use that was proven.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub fn promote_next(&self, principal: &IamName) -> Result<()> {
        match self.kept(principal)? {
            Some(kept) => match kept.next.clone() {
                Some(next) => {
                    let previous = Some(kept.current.clone());
                    self.keep(principal, &KeptKeys { current: next, next: None, previous, ..kept })
                }
                None => self.keep_proven(principal),
            },
            None => Ok(()),
        }
    }

    /// Takes the mark from the key in use: a proof has passed with it, or the user does without one.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub fn keep_proven(&self, principal: &IamName) -> Result<()> {
        match self.kept(principal)? {
            Some(kept) if kept.is_unproven() => {
                let mut unproven = kept.unproven.clone();
                unproven.remove(kept.current.id.expose());
                self.keep(principal, &KeptKeys { unproven, ..kept })
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
        let arranged = KeptKeys { current, next, previous, ..kept };
        self.keep(principal, &arranged)
    }

    /// Forgets a key that is gone from the account; the file goes with the last one.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub fn forget_key(&self, principal: &IamName, gone: &str) -> Result<()> {
        let Some(kept) = self.kept(principal)? else { return Ok(()) };
        let stays = |key: &AccessKey| key.id.expose() != gone;
        let next = kept.next.clone().filter(&stays);
        let previous = kept.previous.clone().filter(&stays);
        if stays(&kept.current) {
            return self.keep(principal, &KeptKeys { next, previous, ..kept });
        }
        let mut unproven = kept.unproven.clone();
        // A successor takes the place without its proof.
        unproven.extend(next.as_ref().map(id));
        match next.or(previous) {
            Some(current) => self.keep(principal, &KeptKeys { current, next: None, previous: None, unproven, ..kept }),
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
        let unsaid = |kept: &KeptKeys| kept.home.is_none() || !kept.named;
        if kept.as_ref().is_some_and(unsaid) && previous.is_none() {
            self.set_aside(principal)?;
        }
        let unproven = kept.map(|kept| kept.unproven).unwrap_or_default();
        let room = Room::take(self.key_path(principal), KEY_BYTES)?;
        let (user, home) = (principal.clone(), self.home.clone());
        Ok(KeyRoom { room, banner: self.world.banner(), user, previous, unproven, home })
    }

    /// Copies a file that does not say whose its keys are or where they are of use, and of which this user has none: they may be
    /// another's.
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
    /// `BW0815` when a rehearsal finds another, `BW0820` when it is of another account than the run, `BW0822` when it is another
    /// user's.
    pub fn kept(&self, principal: &IamName) -> Result<Option<KeptKeys>> {
        let path = self.key_path(principal);
        let Some(text) = private::read(&path)? else { return Ok(None) };
        let value = yaml::read_back(&text).unwrap_or(Value::Null);
        let Some(current) = key(&value) else {
            return Err(Error::new(Code::UNRESOLVED_SECRET, format!("{} does not hold a key", path.path().display()))
                .fix("It should have `accessKeyId` and `secretAccessKey`. Remove the file to have the matter checked again."));
        };
        let (next, previous, home) = (key(&value["next"]), key(&value["previous"]), Home::of(&value));
        Home::same(&path.path(), home.as_ref(), self.home.as_ref())?;
        let user = value[USER].as_str();
        if let Some(other) = user.filter(|user| !principal.same_as(user)) {
            return Err(self.another_users(principal, other));
        }
        let listed = value[UNPROVEN].as_array().into_iter().flatten();
        let unproven = listed.filter_map(|id| id.as_str().map(str::to_owned)).collect();
        let kept = KeptKeys { current, next, previous, home, unproven, named: user.is_some() };
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

    /// Two files were exchanged, or one was copied: what would be rendered from it is somebody else's.
    fn another_users(&self, principal: &IamName, other: &str) -> Error {
        let path = self.key_path(principal).path();
        let place = path.with_file_name(format!("{other}.yaml"));
        Error::new(Code::OTHER_USERS_KEY, format!("{} holds the key of `{other}`, and is in the place of that of `{principal}`", path.display()))
            .why("It may be the only copy of that key. Nothing was done.")
            .fix(format!(
                "Put it back, and that of `{principal}` into this place: `mv -n {} {}`. Where the two were exchanged, move one of them out of the way first.",
                shell::path(&path),
                shell::path(&place)
            ))
    }

    fn keep(&self, principal: &IamName, kept: &KeptKeys) -> Result<()> {
        self.keys_folder()?;
        let node = kept.node(principal, self.home.as_ref().or(kept.home.as_ref()));
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
    user: IamName,
    previous: Option<AccessKey>,
    unproven: BTreeSet<String>,
    home: Option<Home>,
}

impl KeyRoom {
    /// Keeps the key, for later renders: once it is proven.
    ///
    /// # Errors
    /// `BW0801`.
    pub fn keep(self, key: &AccessKey) -> Result<()> {
        let mut kept = KeptKeys { previous: self.previous, ..KeptKeys::fresh(key, None) };
        kept.unproven.extend(self.unproven);
        self.room.fill(&below(self.banner, &kept.node(&self.user, self.home.as_ref())))
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
