//! What a spec says of the cloud that has nothing: an example of a folder of `spec`.

use serde_json::{Value, json};

use crate::base::error::Result;
use crate::base::names::{BucketName, Region};
use crate::spec::SpecDocument;
use crate::spec::check::Checker;
use crate::spec::check_cloud::missing;
use crate::spec::cloud::{Checked, Settings};

/// A cloud that has nothing.
#[derive(Clone, Debug)]
pub struct NullCloud {
    /// Where it has nothing.
    pub region: Region,
}

impl Checked for NullCloud {
    const KEYS: &'static [&'static str] = &["region"];
    const NEEDED: &'static [&'static str] = &["region"];

    fn check(checker: &mut Checker, document: &SpecDocument) -> Option<Self> {
        let doc = &document.cloud;
        if doc.region.is_none() {
            missing(checker, "region", doc);
        }
        let region = checker.parse_option("cloud.region", doc.region.as_ref(), Region::parse)?;
        Some(Self { region })
    }

    fn example(_: &[String]) -> Value {
        json!({"provider": "null", "region": "nowhere-1"})
    }
}

impl Settings for NullCloud {
    fn region(&self) -> &Region {
        &self.region
    }

    fn bucket_name(&self, text: &str) -> Result<BucketName> {
        BucketName::parse(text)
    }
}
