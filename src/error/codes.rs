//! The stable codes of all errors, one table.

use std::borrow::Cow;
use std::fmt;

/// What an error means for the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The input was wrong or an answer is missing: exit code 2.
    Input,
    /// The work failed: exit code 1.
    Failed,
    /// The user interrupted: exit code 130.
    Interrupted,
}

/// A stable error code such as `BW0203`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Code(Cow<'static, str>);

impl Code {
    /// A code that a profile brings for one of its checks; it must read `BW` and four digits.
    pub fn from_profile(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("BW")?;
        (digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| Self(Cow::Owned(text.to_owned())))
    }

    /// The code's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the code means for the exit code: `BW01`–`BW04` and `BW09` are input, the rest failed.
    pub fn kind(&self) -> Kind {
        match &self.0[..4] {
            _ if self.0 == Self::INTERRUPTED.0 => Kind::Interrupted,
            "BW01" | "BW02" | "BW03" | "BW04" | "BW09" => Kind::Input,
            _ => Kind::Failed,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! codes {
    ($($(#[doc = $title:literal])* $name:ident = $code:literal;)*) => {
        impl Code {
            $($(#[doc = $title])* pub const $name: Code = Code(Cow::Borrowed($code));)*

            /// Every code of the program with its title, in order.
            pub const ALL: &'static [(&'static str, &'static str)] = &[$(($code, concat!($($title),*))),*];
        }
    };
}

codes! {
    /// A file cannot be read.
    UNREADABLE = "BW0101";
    /// The text is not YAML.
    NOT_YAML = "BW0102";
    /// A key is not known.
    UNKNOWN_KEY = "BW0103";
    /// A required key is missing.
    MISSING_KEY = "BW0104";
    /// A value has the wrong type or is not one of those allowed.
    WRONG_VALUE = "BW0105";
    /// An account id or version was written without quotes.
    UNQUOTED = "BW0106";
    /// A key stands twice.
    DUPLICATE_KEY = "BW0107";
    /// Two installs have the same id.
    DUPLICATE_ID = "BW0108";
    /// A secret reference is malformed.
    BAD_REFERENCE = "BW0109";
    /// A secret stands in the spec in plain.
    PLAIN_SECRET = "BW0110";

    /// A bucket name breaks S3's rules.
    BAD_BUCKET = "BW0201";
    /// A region is not known.
    BAD_REGION = "BW0202";
    /// An account id is not 12 digits.
    BAD_ACCOUNT = "BW0203";
    /// A Kubernetes name breaks its rules.
    BAD_KUBERNETES_NAME = "BW0204";
    /// An IAM name breaks IAM's rules.
    BAD_IAM_NAME = "BW0205";
    /// An ARN is malformed.
    BAD_ARN = "BW0206";
    /// An OIDC issuer is not an https URL.
    BAD_ISSUER = "BW0207";
    /// A spec name breaks its rules.
    BAD_SPEC_NAME = "BW0208";
    /// An endpoint is malformed.
    BAD_ENDPOINT = "BW0209";
    /// A region lies in another partition than an ARN.
    OTHER_PARTITION = "BW0210";

    /// No profile has this name.
    UNKNOWN_PROFILE = "BW0301";
    /// A profile's file is wrong.
    BAD_PROFILE = "BW0302";
    /// An expression in a profile is wrong.
    BAD_EXPRESSION = "BW0303";
    /// No profile covers this chart version.
    UNCOVERED_VERSION = "BW0304";
    /// A rendered document did not read back as it was meant.
    NOT_READ_BACK = "BW0305";

    /// The chart cannot use this identity on this cloud.
    IDENTITY_UNSUPPORTED = "BW0401";
    /// Two installs or purposes claim one bucket.
    BUCKET_CLAIMED_TWICE = "BW0402";
    /// A bucket purpose or option is not known to the profile.
    UNKNOWN_PURPOSE = "BW0403";
    /// The identity needs an answer that the spec does not give.
    MISSING_ANSWER = "BW0404";
    /// A policy would be larger than IAM allows.
    POLICY_TOO_LARGE = "BW0405";
    /// Credentials are given although the identity needs none, or half of them.
    USELESS_CREDENTIALS = "BW0406";

    /// No credentials were found.
    NO_CREDENTIALS = "BW0501";
    /// The credentials have expired.
    EXPIRED_CREDENTIALS = "BW0502";
    /// The credentials are not accepted.
    BAD_CREDENTIALS = "BW0503";
    /// The caller lacks a permission.
    DENIED = "BW0504";
    /// The credentials belong to another account than the spec names.
    OTHER_ACCOUNT = "BW0505";
    /// The region is not enabled for the account.
    REGION_DISABLED = "BW0506";
    /// The cloud cannot be reached.
    UNREACHABLE = "BW0507";
    /// The cloud answered with an error.
    CALL_FAILED = "BW0508";
    /// The cloud keeps refusing for being asked too often.
    THROTTLED = "BW0509";

    /// A bucket belongs to another account.
    FOREIGN_BUCKET = "BW0601";
    /// A bucket lies in another region.
    BUCKET_ELSEWHERE = "BW0602";
    /// An IAM resource of this name exists and is not ours.
    FOREIGN_IDENTITY = "BW0603";
    /// A user already has two access keys.
    KEY_SLOTS_FULL = "BW0604";
    /// The cluster or its OIDC issuer is not known.
    NO_ISSUER = "BW0605";
    /// A Pod Identity association names another role.
    FOREIGN_ASSOCIATION = "BW0606";
    /// The proof failed.
    PROOF_FAILED = "BW0608";
    /// A bucket belongs to another spec.
    OTHER_SPEC = "BW0609";
    /// An access key was made whose secret is lost.
    ORPHAN_KEY = "BW0611";

    /// A secret reference cannot be resolved.
    UNRESOLVED_SECRET = "BW0701";
    /// A format cannot carry a value.
    CANNOT_CARRY = "BW0702";
    /// Something that only the cloud knows is missing from the spec.
    UNKNOWN_FACT = "BW0703";

    /// A folder or file cannot be written.
    UNWRITABLE = "BW0801";
    /// A file is not a plain private file of ours.
    UNSAFE_FILE = "BW0802";
    /// Secrets would be shown on a terminal.
    SECRETS_ON_TERMINAL = "BW0803";

    /// There is no terminal to ask on.
    NO_TERMINAL = "BW0901";
    /// An answers file lacks an answer or has one too many.
    BAD_ANSWERS = "BW0902";
    /// The user interrupted.
    INTERRUPTED = "BW0903";
    /// A confirmation is missing.
    NOT_CONFIRMED = "BW0904";
    /// A file exists already.
    EXISTS = "BW0905";

    /// There is no usable kubeconfig or context.
    NO_KUBECONFIG = "BW1101";
    /// The cluster cannot be reached.
    CLUSTER_UNREACHABLE = "BW1102";
    /// The cluster denies a verb.
    CLUSTER_DENIED = "BW1103";
    /// Another manager owns a field.
    FIELD_CONFLICT = "BW1104";
    /// The cluster answered with an error.
    CLUSTER_FAILED = "BW1105";
    /// A namespace does not exist.
    NO_NAMESPACE = "BW1106";
    /// No Helm release is stored where it should be.
    NO_RELEASE = "BW1107";
    /// A stored Helm release cannot be read.
    BAD_RELEASE = "BW1108";
    /// An immutable Secret would have to change.
    IMMUTABLE_SECRET = "BW1109";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        let codes: Vec<&str> = Code::ALL.iter().map(|(code, _)| *code).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes, sorted);
    }

    #[test]
    fn the_kind_follows_the_hundred() {
        assert_eq!(Code::BAD_BUCKET.kind(), Kind::Input);
        assert_eq!(Code::DENIED.kind(), Kind::Failed);
        assert_eq!(Code::INTERRUPTED.kind(), Kind::Interrupted);
        assert_eq!(Code::NO_TERMINAL.kind(), Kind::Input);
    }
}
