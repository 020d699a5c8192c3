//! What a trial tries.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! actions {
    ($($name:ident = $words:literal, $what:literal;)*) => {
        /// What a trial tries.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum TrialAction {
            $(#[doc = $what] $name,)*
            /// What has a name of its own: an action of a service, a role, a ServiceAccount, a method of HTTP.
            Named(String),
        }

        impl TrialAction {
            /// The words in a report.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $words,)*
                    Self::Named(name) => name,
                }
            }
        }
    };
}

actions! {
    Put = "put", "To write an object.";
    Get = "get", "To read it.";
    List = "list", "To list objects.";
    Delete = "delete", "To delete the object.";
    Multipart = "multipart", "To write an object in parts.";
    Abort = "abort", "To abandon an upload in parts.";
    PresignedGet = "presigned get", "To read by a signed link.";
    GetOlder = "get an older object", "To read an object that was there before.";
    NewerChecksums = "newer checksums", "To write with checksums that old servers refuse.";
    ListAll = "list all", "To list the buckets of the account.";
    MakeBucket = "make bucket", "To create a bucket.";
    RemoveBucket = "remove bucket", "To delete it.";
    SignIn = "sign in", "To get credentials.";
    Identity = "is who it should be", "To ask the cloud who calls.";
    Exists = "exists", "To find the principal.";
    Issuer = "issuer", "To compare the cluster's issuer with the trust policy's.";
    OidcProvider = "OIDC provider", "To find the OIDC provider.";
    IssuerDocument = "openid-configuration", "To read what the issuer publishes.";
    LeftOver = "left over", "To find what an earlier version of the spec made.";
}

impl TrialAction {
    /// Whether it removes something that the proof made.
    pub fn removes(&self) -> bool {
        matches!(self, Self::Delete | Self::RemoveBucket)
    }
}

impl From<&str> for TrialAction {
    fn from(name: &str) -> Self {
        Self::Named(name.to_owned())
    }
}

impl From<String> for TrialAction {
    fn from(name: String) -> Self {
        Self::Named(name)
    }
}

impl fmt::Display for TrialAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for TrialAction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
