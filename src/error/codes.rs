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

/// How the codes of wrong input begin.
const INPUT: [&str; 11] = ["BW01", "BW02", "BW03", "BW04", "BW071", "BW09", "BW12", "BW13", "BW140", "BW150", "BW17"];

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

    /// What the code means for the exit code: codes that begin as `INPUT` says are input, the rest failed.
    pub fn kind(&self) -> Kind {
        if self.0 == Self::INTERRUPTED.0 {
            Kind::Interrupted
        } else if INPUT.iter().any(|start| self.0.starts_with(start)) {
            Kind::Input
        } else {
            Kind::Failed
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
    /// A file is too large, too deep, or unfolds too far.
    TOO_LARGE = "BW0111";

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
    /// A trusted subject lets in more than it says.
    LOOSE_SUBJECT = "BW0407";

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
    /// A user has an access key whose secret is not at hand.
    ORPHAN_KEY = "BW0611";
    /// An intent in the output folder cannot be read.
    BAD_INTENT = "BW0612";
    /// Another run made the same user or its key meanwhile.
    OTHER_RUN = "BW0613";
    /// A bucket that was to be deleted holds data.
    NOT_EMPTY = "BW0620";
    /// The data of an adopted bucket is never deleted.
    ADOPTED_DATA = "BW0621";
    /// A bucket whose data was to be deleted is not this spec's.
    NOT_THIS_SPECS = "BW0622";
    /// A user, role or policy has parts that others added.
    STILL_HELD = "BW0623";
    /// No key that `apply` made is there to be replaced.
    NOTHING_TO_ROTATE = "BW0630";
    /// Both key slots of a user are taken.
    SLOTS_TAKEN = "BW0631";
    /// The key in use is not at hand or does not work.
    NO_KEY_IN_USE = "BW0632";
    /// The new key is not handed out yet.
    NOT_HANDED_OUT = "BW0633";

    /// A secret reference cannot be resolved.
    UNRESOLVED_SECRET = "BW0701";
    /// A format cannot carry a value.
    CANNOT_CARRY = "BW0702";
    /// Something that only the cloud knows is missing from the spec.
    UNKNOWN_FACT = "BW0703";
    /// A sealing certificate cannot be used.
    BAD_CERTIFICATE = "BW0710";
    /// An age recipient cannot be used.
    BAD_RECIPIENT = "BW0711";
    /// The name of a secret store is malformed.
    BAD_STORE = "BW0712";

    /// A folder or file cannot be written.
    UNWRITABLE = "BW0801";
    /// A file is not a plain private file of ours.
    UNSAFE_FILE = "BW0802";
    /// Secrets would be shown on a terminal.
    SECRETS_ON_TERMINAL = "BW0803";
    /// A chart takes a key only as a plain value, which cannot be protected as asked.
    NEEDS_PLAIN = "BW0804";
    /// Secrets of an earlier run stand in plain beside protected ones.
    PLAIN_LEFTOVERS = "BW0805";
    /// An entry of the secret store belongs to someone else.
    FOREIGN_ENTRY = "BW0806";

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

    /// A policy is not JSON.
    POLICY_NOT_JSON = "BW1001";
    /// A policy lacks an element, or has one that IAM does not know.
    POLICY_SHAPE = "BW1002";
    /// A policy's version is missing, old or unknown.
    POLICY_VERSION = "BW1003";
    /// Two statements have the same Sid.
    DUPLICATE_SID = "BW1004";
    /// A policy holds a character that IAM refuses.
    POLICY_CHARACTER = "BW1005";
    /// A policy is larger than AWS allows.
    POLICY_OVER_LIMIT = "BW1006";
    /// An action does not exist, or a pattern matches none.
    UNKNOWN_ACTION = "BW1007";
    /// An action cannot work on any resource of its statement.
    WRONG_RESOURCE = "BW1008";
    /// No action of a statement works on a resource.
    USELESS_RESOURCE = "BW1009";
    /// Uploads are allowed without the actions that look after their parts.
    INCOMPLETE_UPLOAD = "BW1010";
    /// A pattern allows more than it seems.
    TOO_BROAD = "BW1011";
    /// A resource is not an ARN that can match.
    MALFORMED_ARN = "BW1012";
    /// A variable is not one of IAM's.
    UNFILLED_VARIABLE = "BW1013";
    /// One policy names several partitions.
    MIXED_PARTITIONS = "BW1014";
    /// A condition operator does not exist.
    BAD_CONDITION = "BW1015";
    /// An action does not know a condition key.
    UNKNOWN_CONDITION_KEY = "BW1016";
    /// An operator that compares letter by letter is given a pattern.
    LITERAL_WILDCARD = "BW1017";
    /// A principal is missing, or stands where none may.
    BAD_PRINCIPAL = "BW1018";
    /// A policy allows everybody.
    WILDCARD_PRINCIPAL = "BW1019";
    /// A trust policy admits every ServiceAccount.
    TRUST_WITHOUT_SUB = "BW1020";
    /// A trust policy does not ask for the audience.
    TRUST_WITHOUT_AUD = "BW1021";
    /// A trust policy allows an action that its principal cannot use.
    TRUST_ACTION = "BW1022";

    /// What was given is not a chart.
    NOT_A_CHART = "BW1201";
    /// A chart or values file is too large.
    CHART_TOO_LARGE = "BW1202";
    /// A chart holds links or paths that lead out of it.
    UNSAFE_CHART = "BW1203";
    /// A chart's own file is broken.
    BAD_CHART = "BW1204";
    /// The chart does not know a key.
    UNKNOWN_VALUE = "BW1210";
    /// The chart knew a key once and ignores it now.
    DROPPED_VALUE = "BW1211";
    /// A chart lacks one of its dependencies.
    MISSING_DEPENDENCY = "BW1212";
    /// The chart has another version than the spec names.
    OTHER_CHART_VERSION = "BW1213";
    /// No rendered object uses a Secret.
    UNUSED_SECRET = "BW1220";
    /// A rendered object asks for a key that a Secret lacks.
    MISSING_SECRET_KEY = "BW1221";
    /// A pod touches storage under a ServiceAccount that no role trusts.
    UNTRUSTED_ACCOUNT = "BW1222";
    /// A role trusts a ServiceAccount that the chart does not render.
    ACCOUNT_NOT_RENDERED = "BW1223";
    /// Something of the bundled MinIO is left.
    MINIO_LEFT = "BW1224";
    /// A pod has a role and keys or an endpoint.
    KEYS_BESIDE_ROLE = "BW1225";
    /// A ServiceAccount names another role than the one that trusts it, or none.
    WRONG_ROLE = "BW1226";
    /// Helm could not render the chart.
    HELM_FAILED = "BW1230";

    /// Nothing in the spec can be verified that way.
    NOTHING_TO_VERIFY = "BW1301";
    /// The caller is none of the spec's identities.
    UNKNOWN_CALLER = "BW1302";
    /// What was given is not a probe document.
    BAD_PROBE = "BW1303";
    /// What was given is not a token.
    NOT_A_TOKEN = "BW1310";
    /// A token lacks a claim that AWS asks for.
    MISSING_CLAIM = "BW1311";
    /// A token is of another issuer.
    OTHER_ISSUER = "BW1320";
    /// A token is for another audience.
    OTHER_AUDIENCE = "BW1321";
    /// A token has expired.
    EXPIRED_TOKEN = "BW1322";
    /// A token's subject is not let in.
    OTHER_SUBJECT = "BW1323";
    /// A token's subject has another form than the role trusts.
    OTHER_SUBJECT_FORM = "BW1324";
    /// A condition asks for a claim that AWS does not look at.
    UNSEEN_CLAIM = "BW1325";
    /// The trust policy refuses for another reason.
    TRUST_REFUSES = "BW1326";
    /// The account does not know the token's issuer, or not for the audience.
    UNKNOWN_PROVIDER = "BW1327";
    /// There is no such role.
    NO_ROLE = "BW1328";
    /// A key of `cloud` belongs to another provider.
    OTHER_PROVIDERS_KEY = "BW1401";
    /// Plain HTTP is not said aloud, or said where there is none.
    PLAIN_HTTP = "BW1402";
    /// A bucket name is valid elsewhere, but not on this store.
    STORE_BUCKET = "BW1403";
    /// The file of certificates cannot be used.
    BAD_AUTHORITY = "BW1404";
    /// The store's region is not known, or not one of its own.
    STORE_REGION = "BW1405";
    /// The spec asks a store for what only AWS has.
    STORE_LACKS = "BW1406";
    /// An install on a store brings no key.
    NO_STORE_KEY = "BW1407";
    /// A command or sink has no meaning on a store.
    ONLY_ON_AWS = "BW1408";
    /// The store's certificate is not trusted.
    UNTRUSTED_CERTIFICATE = "BW1420";
    /// The store cannot be reached.
    STORE_UNREACHABLE = "BW1421";
    /// TLS is spoken to a plain port, or the other way round.
    WRONG_PROTOCOL = "BW1422";
    /// The store expects another region in signatures.
    STORE_OTHER_REGION = "BW1423";
    /// The store does not accept the key.
    STORE_KEY_REFUSED = "BW1424";
    /// The key may not do this on the store.
    STORE_DENIED = "BW1425";
    /// The store answered with an error.
    STORE_CALL_FAILED = "BW1426";
    /// A bucket of the store is not the spec's to use.
    STORE_FOREIGN_BUCKET = "BW1427";
    /// A text is not the id or the number of a Google Cloud project.
    BAD_PROJECT = "BW1501";
    /// A name cannot be the id of a service account.
    BAD_SERVICE_ACCOUNT = "BW1502";
    /// A text is not a location of Cloud Storage.
    BAD_LOCATION = "BW1503";
    /// Cloud Storage does not take this bucket name.
    GCP_BUCKET = "BW1504";
    /// The spec asks for something that Google Cloud does not have.
    GCP_LACKS = "BW1505";
    /// A text is not a workload identity pool.
    BAD_POOL = "BW1506";
    /// A tag cannot be a label on Google Cloud.
    BAD_LABEL = "BW1507";
    /// The command does not work on Google Cloud.
    NOT_ON_GCP = "BW1508";
    /// This program was built without Google Cloud.
    GCP_LEFT_OUT = "BW1509";
    /// A reference does not name a service account's key file.
    BAD_KEY_FILE = "BW1510";
    /// No credentials for Google Cloud were found.
    GCP_NO_CREDENTIALS = "BW1520";
    /// Google does not accept the credentials.
    GCP_BAD_CREDENTIALS = "BW1521";
    /// You may not make this call on Google Cloud, or what it is about does not exist.
    GCP_DENIED = "BW1522";
    /// Google answered with an error.
    GCP_CALL_FAILED = "BW1523";
    /// A bucket exists and is not the project's.
    GCP_FOREIGN_BUCKET = "BW1524";
    /// An API is not enabled in the project.
    GCP_API_OFF = "BW1525";
    /// A service account exists and is not this spec's.
    GCP_FOREIGN_ACCOUNT = "BW1526";
    /// A service account has keys, and no secret of them is at hand.
    GCP_ORPHAN_KEY = "BW1527";
    /// The organisation forbids keys of service accounts.
    GCP_KEYS_FORBIDDEN = "BW1528";
    /// Google cannot be reached.
    GCP_UNREACHABLE = "BW1529";
    /// The project is another one than the spec says.
    GCP_OTHER_PROJECT = "BW1530";
    /// A bucket lies in another location.
    GCP_BUCKET_ELSEWHERE = "BW1531";
    /// A policy keeps changing while it is written.
    GCP_POLICY_BUSY = "BW1532";
    /// A file holds no values.
    NOT_VALUES = "BW1701";
    /// Nothing is on MinIO, or everything has moved already.
    NOTHING_TO_MIGRATE = "BW1702";
    /// An old setting is of another kind than the chart reads.
    ODD_SETTING = "BW1703";
    /// The profile knows no old settings.
    NO_MIGRATION = "BW1704";
    /// A part cannot stay on its store.
    CANNOT_STAY = "BW1705";
    /// The folder holds what must not be replaced.
    FOLDER_TAKEN = "BW1706";
}

#[cfg(test)]
mod tests;
