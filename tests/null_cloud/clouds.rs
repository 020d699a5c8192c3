//! The cloud that has nothing: an example of a folder of `clouds`.

mod known;
pub mod live;

use serde::{Serialize, Serializer};

use crate::model::{Change, in_words};

/// What changes in it: buckets are said to be made.
#[derive(Clone, Debug)]
pub enum NullChange {
    /// Says that a bucket is made.
    CreateBucket,
}

impl Change for NullChange {
    fn call(&self) -> &'static str {
        "null:CreateBucket"
    }

    fn words(&self) -> String {
        "say that the bucket is made".to_owned()
    }
}

impl Serialize for NullChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        in_words(self, serializer)
    }
}
