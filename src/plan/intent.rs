//! The intent journal: what stands on disk before an access key is made, so that a key whose secret was lost on the way can
//! be told from a key of someone else's.

use super::KeyState;
use crate::names::IamName;

/// How far the clock of this machine may be from AWS's: the SDK corrects its signatures from four minutes on.
const CLOCKS: i64 = 5 * 60;
/// How long after its intent a key can still be made: two minutes of patience and the call itself, generously.
const WITHIN: i64 = 10 * 60;

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
        let made = self.at.saturating_sub(CLOCKS)..=self.at.saturating_add(CLOCKS + WITHIN);
        (more.is_none() && made.contains(&only.created) && only.used == Some(false)).then_some(only)
    }

    /// Whether a key was not there before.
    pub fn is_fresh(&self, id: &str) -> bool {
        !self.before.iter().any(|there| there == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::IamNameKind;

    fn key(id: &str, created: i64, used: Option<bool>) -> KeyState {
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
}
