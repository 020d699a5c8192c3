//! What a spec says of one bucket, as it is written: a word, a name, or a mapping.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// What a spec says of one bucket.
#[derive(Clone, Debug, PartialEq)]
pub enum BucketDocument {
    /// `true` or `false`: with its default name, or not at all.
    Wanted(bool),
    /// A name.
    Named(String),
    /// A mapping.
    Detailed(BucketDetails),
}

/// What a spec says of one bucket, in full.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Bucket")]
pub struct BucketDetails {
    /// The bucket's name.
    pub name: String,
    /// Whether it must exist already; then it may have a name by S3's older, wider rules.
    #[serde(default)]
    pub existing: bool,
    /// Whether old versions of objects are kept; the profile's choice when missing.
    pub versioning: Option<bool>,
}

impl<'de> Deserialize<'de> for BucketDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shapes;
        impl<'de> Visitor<'de> for Shapes {
            type Value = BucketDocument;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a bucket name, `true`, `false`, or a mapping with `name`")
            }

            fn visit_bool<E>(self, wanted: bool) -> Result<Self::Value, E> {
                Ok(BucketDocument::Wanted(wanted))
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(BucketDocument::Named(name.to_owned()))
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
                Err(E::custom(format!(
                    "YAML takes this bucket name for the number {number}\nWrite the name in quotes."
                )))
            }

            fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> {
                Err(E::custom("YAML takes this bucket name for a number\nWrite the name in quotes."))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                BucketDetails::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    .map(BucketDocument::Detailed)
            }
        }
        deserializer.deserialize_any(Shapes)
    }
}

impl JsonSchema for BucketDocument {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "BucketChoice".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let details = generator.subschema_for::<BucketDetails>();
        json_schema!({
            "description": "A bucket name, `true` for the default name of an optional bucket, `false` for none, or a mapping.",
            "anyOf": [
                {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$"},
                {"type": "boolean"},
                details
            ]
        })
    }
}
