//! The kinds of things in an account.

/// What kind of thing a step, a finding or an ARN is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A bucket or container.
    Bucket,
    /// An IAM user.
    User,
    /// An IAM role.
    Role,
    /// A group of IAM users.
    Group,
    /// A managed policy; on Google Cloud the policy of a resource.
    Policy,
    /// An OIDC provider of IAM.
    OidcProvider,
    /// A Pod Identity association.
    Association,
    /// An access key of an IAM user.
    AccessKey,
    /// A service account of Google Cloud.
    ServiceAccount,
    /// A key of a service account.
    ServiceAccountKey,
    /// The spec as a whole.
    Spec,
}

impl Kind {
    /// All of them.
    const ALL: [Self; 11] = [
        Self::Bucket,
        Self::User,
        Self::Role,
        Self::Group,
        Self::Policy,
        Self::OidcProvider,
        Self::Association,
        Self::AccessKey,
        Self::ServiceAccount,
        Self::ServiceAccountKey,
        Self::Spec,
    ];

    /// The kind that a word means.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The word in reports, and before the name in an ARN.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bucket => "bucket",
            Self::User => "user",
            Self::Role => "role",
            Self::Group => "group",
            Self::Policy => "policy",
            Self::OidcProvider => "oidc-provider",
            Self::Association => "association",
            Self::AccessKey => "access-key",
            Self::ServiceAccount => "account",
            Self::ServiceAccountKey => "key",
            Self::Spec => "spec",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Keeps width and alignment: plans have columns.
        f.pad(self.as_str())
    }
}

impl serde::Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
