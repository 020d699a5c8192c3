//! The intent journal in the output folder: one private file, without a secret, for each key that is about to be made.

use serde_json::{Value, json};

use super::private::Spot;
use super::{Folder, Home, REHEARSAL, World, private};
use crate::base::error::{Code, Error, Result};
use crate::base::names::IamName;
use crate::base::yaml;
use crate::base::yaml::Node;
use crate::model::Intent;

impl Folder {
    /// Writes down that an access key is about to be made: on the disk when this returns, and without a secret.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub fn intend(&self, intent: &Intent) -> Result<()> {
        let leaf = |value: Value, comment: &str| Node::Leaf(value, Some(comment.to_owned()));
        let mut entries = vec![
            ("user".to_owned(), leaf(json!(intent.user.as_str()), "An access key of this user is about to be made.")),
            ("at".to_owned(), leaf(json!(intent.at), "Seconds since 1970.")),
            ("before".to_owned(), leaf(json!(intent.before), "The ids of the keys that the user had.")),
        ];
        entries.extend(self.home.as_ref().map(Home::entry));
        let node = Node::Map(entries);
        self.keys_folder()?;
        private::write(&self.intent_path(&intent.user), &self.below_banner(&node), private::PRIVATE)
    }

    /// The intent that an earlier run left open; `None` when there is none.
    ///
    /// # Errors
    /// `BW0802` when the file is not private, `BW0612` when it is not an intent, `BW0820` when it is of another account.
    pub fn open_intent(&self, user: &IamName) -> Result<Option<Intent>> {
        let path = self.intent_path(user);
        let Some(text) = private::read(&path)? else { return Ok(None) };
        if self.world == World::Real && text.contains(REHEARSAL) {
            return Ok(None);
        }
        let value = yaml::read_back(&text).unwrap_or(Value::Null);
        Home::same(&path.path(), Home::of(&value).as_ref(), self.home.as_ref())?;
        let id = |id: &Value| id.as_str().map(str::to_owned);
        let before = value["before"].as_array().map(|ids| ids.iter().map(id).collect::<Option<Vec<_>>>());
        match (value["at"].as_i64(), before.flatten()) {
            (Some(at), Some(before)) if value["user"] == user.as_str() => {
                Ok(Some(Intent { user: user.clone(), at, before }))
            }
            _ => Err(Error::new(Code::BAD_INTENT, format!("{} does not hold an intent", path.path().display()))
                .why("It should say which keys the user had before one was made.")
                .fix("Remove the file. A key that an interrupted run made is then treated as somebody else's.")),
        }
    }

    /// Removes an intent; nothing happens when there is none.
    ///
    /// # Errors
    /// `BW0801`.
    pub fn settle(&self, user: &IamName) -> Result<()> {
        private::remove(&self.intent_path(user))
    }

    fn intent_path(&self, user: &IamName) -> Spot {
        self.key_spot(format!("intents/{user}.yaml"))
    }
}
