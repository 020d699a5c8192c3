//! The stable codes of all errors, one table.

use std::borrow::Cow;

use super::Code;

macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal;)*) => {
        impl Code {
            $(#[doc = $title] pub const $name: Code = Code(Cow::Borrowed($code));)*

            /// Every code of the program with its title, in order.
            pub const ALL: &'static [(&'static str, &'static str)] = &[$(($code, $title)),*];
        }
    };
}

codes! {
    UNREADABLE = "BW0101", "A file cannot be read.";
    NOT_YAML = "BW0102", "The text is not YAML.";
    UNKNOWN_KEY = "BW0103", "A key is not known.";
    MISSING_KEY = "BW0104", "A required key is missing.";
    WRONG_VALUE = "BW0105", "A value has the wrong type or is not one of those allowed.";
    UNQUOTED = "BW0106", "An account id or version was written without quotes.";
    DUPLICATE_KEY = "BW0107", "A key stands twice.";
    DUPLICATE_ID = "BW0108", "Two installs have the same id.";
    BAD_REFERENCE = "BW0109", "A secret reference is malformed.";
    PLAIN_SECRET = "BW0110", "A secret stands in the spec in plain.";
    TOO_LARGE = "BW0111", "A file is too large, too deep, or unfolds too far.";

    BAD_BUCKET = "BW0201", "A bucket name breaks S3's rules.";
    BAD_REGION = "BW0202", "A region is not known.";
    BAD_ACCOUNT = "BW0203", "An account id is not 12 digits.";
    BAD_KUBERNETES_NAME = "BW0204", "A Kubernetes name breaks its rules.";
    BAD_IAM_NAME = "BW0205", "An IAM name breaks IAM's rules.";
    BAD_ARN = "BW0206", "An ARN is malformed.";
    BAD_ISSUER = "BW0207", "An OIDC issuer is not an https URL.";
    BAD_SPEC_NAME = "BW0208", "A spec name breaks its rules.";
    BAD_ENDPOINT = "BW0209", "An endpoint is malformed.";
    OTHER_PARTITION = "BW0210", "A region lies in another partition than an ARN.";

    UNKNOWN_PROFILE = "BW0301", "No profile has this name.";
    BAD_PROFILE = "BW0302", "A profile's file is wrong.";
    BAD_EXPRESSION = "BW0303", "An expression in a profile is wrong.";
    UNCOVERED_VERSION = "BW0304", "No profile covers this chart version.";
    NOT_READ_BACK = "BW0305", "A rendered document did not read back as it was meant.";

    IDENTITY_UNSUPPORTED = "BW0401", "The chart cannot use this identity on this cloud.";
    BUCKET_CLAIMED_TWICE = "BW0402", "Two installs or purposes claim one bucket.";
    UNKNOWN_PURPOSE = "BW0403", "A bucket purpose or option is not known to the profile.";
    MISSING_ANSWER = "BW0404", "The identity needs an answer that the spec does not give.";
    POLICY_TOO_LARGE = "BW0405", "A policy would be larger than IAM allows.";
    USELESS_CREDENTIALS = "BW0406", "Credentials are given although the identity needs none, or half of them.";
    LOOSE_SUBJECT = "BW0407", "A trusted subject lets in more than it says.";

    NO_CREDENTIALS = "BW0501", "No credentials were found.";
    EXPIRED_CREDENTIALS = "BW0502", "The credentials have expired.";
    BAD_CREDENTIALS = "BW0503", "The credentials are not accepted.";
    DENIED = "BW0504", "The caller lacks a permission.";
    OTHER_ACCOUNT = "BW0505", "The credentials belong to another account than the spec names.";
    REGION_DISABLED = "BW0506", "The region is not enabled for the account.";
    UNREACHABLE = "BW0507", "The cloud cannot be reached.";
    CALL_FAILED = "BW0508", "The cloud answered with an error.";
    THROTTLED = "BW0509", "The cloud keeps refusing for being asked too often.";

    FOREIGN_BUCKET = "BW0601", "A bucket belongs to another account.";
    BUCKET_ELSEWHERE = "BW0602", "A bucket lies in another region.";
    FOREIGN_IDENTITY = "BW0603", "An IAM resource of this name exists and is not ours.";
    KEY_SLOTS_FULL = "BW0604", "A user already has two access keys.";
    NO_ISSUER = "BW0605", "The cluster or its OIDC issuer is not known.";
    FOREIGN_ASSOCIATION = "BW0606", "A Pod Identity association names another role.";
    PROOF_FAILED = "BW0608", "The proof failed.";
    OTHER_SPEC = "BW0609", "A bucket belongs to another spec.";
    ORPHAN_KEY = "BW0611", "A user has an access key whose secret is not at hand.";
    BAD_INTENT = "BW0612", "An intent in the output folder cannot be read.";
    OTHER_RUN = "BW0613", "Another run made the same user or its key meanwhile.";
    NOT_EMPTY = "BW0620", "A bucket that was to be deleted holds data.";
    ADOPTED_DATA = "BW0621", "The data of an adopted bucket is never deleted.";
    NOT_THIS_SPECS = "BW0622", "A bucket whose data was to be deleted is not this spec's.";
    STILL_HELD = "BW0623", "A user, role or policy has parts that others added.";
    NOTHING_TO_ROTATE = "BW0630", "No key that `apply` made is there to be replaced.";
    SLOTS_TAKEN = "BW0631", "Both key slots of a user are taken.";
    NO_KEY_IN_USE = "BW0632", "The key in use is not at hand or does not work.";
    NOT_HANDED_OUT = "BW0633", "The new key is not handed out yet.";

    UNRESOLVED_SECRET = "BW0701", "A secret reference cannot be resolved.";
    CANNOT_CARRY = "BW0702", "A format cannot carry a value.";
    UNKNOWN_FACT = "BW0703", "Something that only the cloud knows is missing from the spec.";
    BAD_CERTIFICATE = "BW0710", "A sealing certificate cannot be used.";
    BAD_RECIPIENT = "BW0711", "An age recipient cannot be used.";
    BAD_STORE = "BW0712", "The name of a secret store is malformed.";

    UNWRITABLE = "BW0801", "A folder or file cannot be written.";
    UNSAFE_FILE = "BW0802", "A file is not a plain private file of ours.";
    SECRETS_ON_TERMINAL = "BW0803", "Secrets would be shown on a terminal.";
    NEEDS_PLAIN = "BW0804", "A chart takes a key only as a plain value, which cannot be protected as asked.";
    PLAIN_LEFTOVERS = "BW0805", "Secrets of an earlier run stand in plain beside protected ones.";
    FOREIGN_ENTRY = "BW0806", "An entry of the secret store belongs to someone else.";

    NO_TERMINAL = "BW0901", "There is no terminal to ask on.";
    BAD_ANSWERS = "BW0902", "An answers file lacks an answer or has one too many.";
    INTERRUPTED = "BW0903", "The user interrupted.";
    NOT_CONFIRMED = "BW0904", "A confirmation is missing.";
    EXISTS = "BW0905", "A file exists already.";

    POLICY_NOT_JSON = "BW1001", "A policy is not JSON.";
    POLICY_SHAPE = "BW1002", "A policy lacks an element, or has one that IAM does not know.";
    POLICY_VERSION = "BW1003", "A policy's version is missing, old or unknown.";
    DUPLICATE_SID = "BW1004", "Two statements have the same Sid.";
    POLICY_CHARACTER = "BW1005", "A policy holds a character that IAM refuses.";
    POLICY_OVER_LIMIT = "BW1006", "A policy is larger than AWS allows.";
    UNKNOWN_ACTION = "BW1007", "An action does not exist, or a pattern matches none.";
    WRONG_RESOURCE = "BW1008", "An action cannot work on any resource of its statement.";
    USELESS_RESOURCE = "BW1009", "No action of a statement works on a resource.";
    INCOMPLETE_UPLOAD = "BW1010", "Uploads are allowed without the actions that look after their parts.";
    TOO_BROAD = "BW1011", "A pattern allows more than it seems.";
    MALFORMED_ARN = "BW1012", "A resource is not an ARN that can match.";
    UNFILLED_VARIABLE = "BW1013", "A variable is not one of IAM's.";
    MIXED_PARTITIONS = "BW1014", "One policy names several partitions.";
    BAD_CONDITION = "BW1015", "A condition operator does not exist.";
    UNKNOWN_CONDITION_KEY = "BW1016", "An action does not know a condition key.";
    LITERAL_WILDCARD = "BW1017", "An operator that compares letter by letter is given a pattern.";
    BAD_PRINCIPAL = "BW1018", "A principal is missing, or stands where none may.";
    WILDCARD_PRINCIPAL = "BW1019", "A policy allows everybody.";
    TRUST_WITHOUT_SUB = "BW1020", "A trust policy admits every ServiceAccount.";
    TRUST_WITHOUT_AUD = "BW1021", "A trust policy does not ask for the audience.";
    TRUST_ACTION = "BW1022", "A trust policy allows an action that its principal cannot use.";

    NO_KUBECONFIG = "BW1101", "There is no usable kubeconfig or context.";
    CLUSTER_UNREACHABLE = "BW1102", "The cluster cannot be reached.";
    CLUSTER_DENIED = "BW1103", "The cluster denies a verb.";
    FIELD_CONFLICT = "BW1104", "Another manager owns a field.";
    CLUSTER_FAILED = "BW1105", "The cluster answered with an error.";
    NO_NAMESPACE = "BW1106", "A namespace does not exist.";
    NO_RELEASE = "BW1107", "No Helm release is stored where it should be.";
    BAD_RELEASE = "BW1108", "A stored Helm release cannot be read.";
    IMMUTABLE_SECRET = "BW1109", "An immutable Secret would have to change.";
    UNKNOWN_TO_CLUSTER = "BW1110", "The cluster does not know the caller.";
    RELEASE_ELSEWHERE = "BW1111", "A Helm release is stored outside of the cluster.";
    NO_SERVICE_ACCOUNT = "BW1112", "A ServiceAccount does not exist.";
    POD_NOT_ENDED = "BW1113", "A Job's pod did not come to its end in time.";
    UNREADABLE_LOG = "BW1114", "What a Job's pod printed cannot be read.";
    FOREIGN_JOB = "BW1115", "A Job of that name is somebody else's.";
    JOB_LEFT = "BW1116", "A Job could not be taken away.";

    NOT_A_CHART = "BW1201", "What was given is not a chart.";
    CHART_TOO_LARGE = "BW1202", "A chart or values file is too large.";
    UNSAFE_CHART = "BW1203", "A chart holds links or paths that lead out of it.";
    BAD_CHART = "BW1204", "A chart's own file is broken.";
    UNKNOWN_VALUE = "BW1210", "The chart does not know a key.";
    DROPPED_VALUE = "BW1211", "The chart knew a key once and ignores it now.";
    MISSING_DEPENDENCY = "BW1212", "A chart lacks one of its dependencies.";
    OTHER_CHART_VERSION = "BW1213", "The chart has another version than the spec names.";
    UNUSED_SECRET = "BW1220", "No rendered object uses a Secret.";
    MISSING_SECRET_KEY = "BW1221", "A rendered object asks for a key that a Secret lacks.";
    UNTRUSTED_ACCOUNT = "BW1222", "A pod touches storage under a ServiceAccount that no role trusts.";
    ACCOUNT_NOT_RENDERED = "BW1223", "A role trusts a ServiceAccount that the chart does not render.";
    MINIO_LEFT = "BW1224", "Something of the bundled MinIO is left.";
    KEYS_BESIDE_ROLE = "BW1225", "A pod has a role and keys or an endpoint.";
    WRONG_ROLE = "BW1226", "A ServiceAccount names another role than the one that trusts it, or none.";
    HELM_FAILED = "BW1230", "Helm could not render the chart.";

    NOTHING_TO_VERIFY = "BW1301", "Nothing in the spec can be verified that way.";
    UNKNOWN_CALLER = "BW1302", "The caller is none of the spec's identities.";
    BAD_PROBE = "BW1303", "What was given is not a probe document.";
    NOT_A_TOKEN = "BW1310", "What was given is not a token.";
    MISSING_CLAIM = "BW1311", "A token lacks a claim that AWS asks for.";
    OTHER_ISSUER = "BW1320", "A token is of another issuer.";
    OTHER_AUDIENCE = "BW1321", "A token is for another audience.";
    EXPIRED_TOKEN = "BW1322", "A token has expired.";
    OTHER_SUBJECT = "BW1323", "A token's subject is not let in.";
    OTHER_SUBJECT_FORM = "BW1324", "A token's subject has another form than the role trusts.";
    UNSEEN_CLAIM = "BW1325", "A condition asks for a claim that AWS does not look at.";
    TRUST_REFUSES = "BW1326", "The trust policy refuses for another reason.";
    UNKNOWN_PROVIDER = "BW1327", "The account does not know the token's issuer, or not for the audience.";
    NO_ROLE = "BW1328", "There is no such role.";

    OTHER_PROVIDERS_KEY = "BW1401", "A key of `cloud` belongs to another provider.";
    PLAIN_HTTP = "BW1402", "Plain HTTP is not said aloud, or said where there is none.";
    STORE_BUCKET = "BW1403", "A bucket name is valid elsewhere, but not on this store.";
    BAD_AUTHORITY = "BW1404", "The file of certificates cannot be used.";
    STORE_REGION = "BW1405", "The store's region is not known, or not one of its own.";
    STORE_LACKS = "BW1406", "The spec asks a store for what only AWS has.";
    NO_STORE_KEY = "BW1407", "An install on a store brings no key.";
    ONLY_ON_AWS = "BW1408", "A command or sink has no meaning on a store.";
    UNTRUSTED_CERTIFICATE = "BW1420", "The store's certificate is not trusted.";
    STORE_UNREACHABLE = "BW1421", "The store cannot be reached.";
    WRONG_PROTOCOL = "BW1422", "TLS is spoken to a plain port, or the other way round.";
    STORE_OTHER_REGION = "BW1423", "The store expects another region in signatures.";
    STORE_KEY_REFUSED = "BW1424", "The store does not accept the key.";
    STORE_DENIED = "BW1425", "The key may not do this on the store.";
    STORE_CALL_FAILED = "BW1426", "The store answered with an error.";
    STORE_FOREIGN_BUCKET = "BW1427", "A bucket of the store is not the spec's to use.";

    BAD_PROJECT = "BW1501", "A text is not the id or the number of a Google Cloud project.";
    BAD_SERVICE_ACCOUNT = "BW1502", "A name cannot be the id of a service account.";
    BAD_LOCATION = "BW1503", "A text is not a location of Cloud Storage.";
    GCP_BUCKET = "BW1504", "Cloud Storage does not take this bucket name.";
    GCP_LACKS = "BW1505", "The spec asks for something that Google Cloud does not have.";
    BAD_POOL = "BW1506", "A text is not a workload identity pool.";
    BAD_LABEL = "BW1507", "A tag cannot be a label on Google Cloud.";
    NOT_ON_GCP = "BW1508", "The command does not work on Google Cloud.";
    GCP_LEFT_OUT = "BW1509", "This program was built without Google Cloud.";
    BAD_KEY_FILE = "BW1510", "A reference does not name a service account's key file.";
    GCP_NO_CREDENTIALS = "BW1520", "No credentials for Google Cloud were found.";
    GCP_BAD_CREDENTIALS = "BW1521", "Google does not accept the credentials.";
    GCP_DENIED = "BW1522", "You may not make this call on Google Cloud, or what it is about does not exist.";
    GCP_CALL_FAILED = "BW1523", "Google answered with an error.";
    GCP_FOREIGN_BUCKET = "BW1524", "A bucket exists and is not the project's.";
    GCP_API_OFF = "BW1525", "An API is not enabled in the project.";
    GCP_FOREIGN_ACCOUNT = "BW1526", "A service account exists and is not this spec's.";
    GCP_ORPHAN_KEY = "BW1527", "A service account has keys, and no secret of them is at hand.";
    GCP_KEYS_FORBIDDEN = "BW1528", "The organisation forbids keys of service accounts.";
    GCP_UNREACHABLE = "BW1529", "Google cannot be reached.";
    GCP_OTHER_PROJECT = "BW1530", "The project is another one than the spec says.";
    GCP_BUCKET_ELSEWHERE = "BW1531", "A bucket lies in another location.";
    GCP_POLICY_BUSY = "BW1532", "A policy keeps changing while it is written.";

    BAD_STORAGE_ACCOUNT = "BW1601", "The name of a storage account is not one.";
    BAD_CONTAINER = "BW1602", "The name of a container is not one, whatever it is elsewhere.";
    BAD_AZURE_ID = "BW1603", "The id of a subscription, tenant or identity is not one.";
    BAD_RESOURCE_GROUP = "BW1604", "The name of a resource group is not one.";
    BAD_AZURE_LOCATION = "BW1605", "The name of an Azure location is not one.";
    BAD_STORAGE_DOMAIN = "BW1606", "The domain of Azure's storage is not one.";
    AZURE_LACKS = "BW1607", "The spec asks Azure for what only AWS has.";
    NO_CLIENT_ID = "BW1608", "The client id of a managed identity is not in the spec.";
    NO_TENANT = "BW1609", "A service principal needs a tenant.";
    LEFT_TO_AZ = "BW1610", "Azure's own tool does what a command would do elsewhere.";
    AZURE_UNREACHABLE = "BW1620", "The storage account does not answer.";
    AZURE_KEY_REFUSED = "BW1621", "The storage account does not accept the key.";
    AZURE_KEYS_OFF = "BW1622", "The storage account takes no keys at all.";
    AZURE_DENIED = "BW1623", "The storage account keeps this machine out.";
    AZURE_CALL_FAILED = "BW1624", "The storage account answered with an error.";
    UNUSABLE_CONTAINER = "BW1625", "A container that must exist does not, or may be read by everybody.";

    NOT_VALUES = "BW1701", "A file holds no values.";
    NOTHING_TO_MIGRATE = "BW1702", "Nothing is on MinIO, or everything has moved already.";
    ODD_SETTING = "BW1703", "An old setting is of another kind than the chart reads.";
    NO_MIGRATION = "BW1704", "The profile knows no old settings.";
    CANNOT_STAY = "BW1705", "A part cannot stay on its store.";
    FOLDER_TAKEN = "BW1706", "The folder holds what must not be replaced.";
}

#[cfg(test)]
mod tests;
