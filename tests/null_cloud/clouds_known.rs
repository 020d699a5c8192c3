//! What it knows of a spec without being asked.

use serde_json::Value;

use crate::base::error::Result;
use crate::base::names::{AccountId, Issuer};
use crate::clouds::known::{Asked, Known, Rights};
use crate::model::{Blueprint, PrincipalKind, PrincipalWant};
use crate::spec::{NullCloud, Provider};

impl Known for NullCloud {
    fn principal(&self, _: Asked<'_>) -> PrincipalKind {
        PrincipalKind::User
    }

    fn reviewed(
        &self,
        _: &Blueprint,
        _: &PrincipalWant,
        _: Option<&Issuer>,
        _: bool,
    ) -> Result<Vec<(&'static str, Value)>> {
        Ok(Vec::new())
    }

    fn place(&self, _: Option<&AccountId>) -> String {
        "nowhere".to_owned()
    }

    fn title(&self) -> &str {
        Provider::Null.title()
    }

    fn rights(&self, _: &Blueprint) -> Rights {
        Rights::Lines(Vec::new())
    }
}
