//! The intent journal: what is on disk before an access key is made, so that a key whose secret was lost on the way can
//! be told from a key of someone else's.

use super::KeyState;
use crate::base::names::IamName;

/// How far the clock of this machine may be from AWS's: the SDK corrects its signatures from four minutes on.
const CLOCKS: i64 = 5 * 60;
/// How long after its intent a key can still be made: two minutes of patience and the call itself, generously.
const WITHIN: i64 = 10 * 60;
/// How old an intent is, in seconds, when its key would be listed if there were one.
pub const LISTED_WITHIN: i64 = 30;

/// An access key is about to be made. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Whose key.
    pub user: IamName,
    /// When, in seconds since 1970, by this machine's clock.
    pub at: i64,
    /// The ids of the keys that the user had.
    pub before: Vec<String>,
}

impl Intent {
    /// The key that the interrupted run made, if that is certain: the only one that is new since the intent, made about
    /// then, and never used, for nobody has its secret.
    pub fn orphan<'a>(&self, keys: &'a [KeyState]) -> Option<&'a KeyState> {
        let mut fresh = keys.iter().filter(|key| self.is_fresh(&key.id));
        let (only, more) = (fresh.next()?, fresh.next());
        (more.is_none() && self.may_have_made(only) && only.was_used() == Some(false)).then_some(only)
    }

    /// Whether no key in the account can be the one that the interrupted run made, now and later: it would be listed, and
    /// each key is older, younger, or used by somebody.
    pub fn explains_nothing(&self, keys: &[KeyState], now: i64) -> bool {
        let explained =
            |key: &KeyState| self.is_fresh(&key.id) && self.may_have_made(key) && key.was_used() != Some(true);
        now >= self.at.saturating_add(LISTED_WITHIN) && !keys.iter().any(explained)
    }

    fn may_have_made(&self, key: &KeyState) -> bool {
        (self.at.saturating_sub(CLOCKS)..=self.at.saturating_add(CLOCKS + WITHIN)).contains(&key.created)
    }

    /// Whether a key was not there before.
    pub fn is_fresh(&self, id: &str) -> bool {
        !self.before.iter().any(|there| there == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::names::IamNameKind;
    use crate::model::{LastUse, Use};

    fn key(id: &str, created: i64, used: Option<bool>) -> KeyState {
        let last = || LastUse { at: created, service: "s3".to_owned(), region: "eu-west-1".to_owned() };
        let used = used.map_or(Use::Unasked, |used| Use::of(used.then(last)));
        KeyState { id: id.to_owned(), active: true, created, used }
    }

    #[test]
    fn only_a_certain_orphan_counts() {
        let user = IamName::parse(IamNameKind::User, "acme").expect("a name");
        let intent = Intent { user, at: 10_000, before: vec!["OLD".to_owned()] };
        let orphan = |keys: &[KeyState]| intent.orphan(keys).map(|key| key.id.clone());
        let (old, own) = (key("OLD", 9_999, None), key("OWN", 10_001, Some(false)));
        assert_eq!(orphan(&[old.clone(), own.clone()]).as_deref(), Some("OWN"));
        assert_eq!(orphan(&[key("OWN", 9_990, Some(false))]).as_deref(), Some("OWN"), "clocks differ a little");
        assert_eq!(orphan(&[old]), None, "it was there before");
        assert_eq!(orphan(&[own.clone(), key("TOO", 10_002, Some(false))]), None, "which of the two?");
        assert_eq!(orphan(&[key("OWN", 10_001, Some(true))]), None, "somebody has its secret");
        assert_eq!(orphan(&[key("OWN", 10_001, None)]), None, "it could not be asked");
        assert_eq!(orphan(&[key("OWN", 20_000, Some(false))]), None, "it was made long after");
        assert_eq!(orphan(&[key("OWN", 9_000, Some(false))]), None, "it was made long before");
        assert_eq!(orphan(&[]), None);
    }

    #[test]
    fn an_intent_is_kept_while_it_may_tell_something() {
        let user = IamName::parse(IamNameKind::User, "acme").expect("a name");
        let intent = Intent { user, at: 10_000, before: vec!["OLD".to_owned()] };
        let old = key("OLD", 9_999, None);
        assert!(!intent.explains_nothing(std::slice::from_ref(&old), 10_010), "its key may be listed late");
        assert!(intent.explains_nothing(std::slice::from_ref(&old), 10_030));
        let unclear = [old.clone(), key("NEW", 10_001, None)];
        assert!(!intent.explains_nothing(&unclear, 20_000), "whoever may ask can tell");
        assert!(intent.explains_nothing(&[old.clone(), key("NEW", 10_001, Some(true))], 20_000), "somebody has it");
        assert!(intent.explains_nothing(&[old, key("NEW", 15_000, Some(false))], 20_000), "made long after");
    }
}
