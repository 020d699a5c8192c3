//! What only the cloud can tell.

use std::collections::BTreeMap;

use super::Learnt;
use crate::base::names::{IamName, Issuer};
use crate::base::secret::AccessKey;

/// What only the cloud, or the user's references, can tell.
#[derive(Debug, Default)]
pub struct Facts {
    /// The cluster's OIDC issuer.
    pub issuer: Option<Issuer>,
    /// The access keys, by the name of the principal.
    pub keys: BTreeMap<IamName, AccessKey>,
    /// What an earlier `apply` was told, and the spec leaves out.
    pub learnt: Learnt,
}
