//! The stable codes of all errors, one table: name, code, what it means for the exit code, title.

use super::{Code, ErrorKind};

macro_rules! codes {
    ($($name:ident = $code:literal, $kind:ident, $title:literal;)*) => {
        impl Code {
            $(#[doc = $title] pub const $name: Code = Code::new($code, ErrorKind::$kind);)*

            /// Every code of the program with its title, in order.
            pub const ALL: &'static [(Code, &'static str)] = &[$((Code::$name, $title)),*];
        }
    };
}

codes! {
    UNREADABLE = "BW0101", Input, "A file cannot be read.";
    NOT_YAML = "BW0102", Input, "The text is not YAML.";
    UNKNOWN_KEY = "BW0103", Input, "A key is not known.";
    MISSING_KEY = "BW0104", Input, "A required key is missing.";
    WRONG_VALUE = "BW0105", Input, "A value has the wrong type or is not one of those allowed.";
    UNQUOTED = "BW0106", Input, "An account id or version was written without quotes.";
    DUPLICATE_KEY = "BW0107", Input, "A key stands twice.";
    DUPLICATE_ID = "BW0108", Input, "Two installs have the same id.";
    BAD_REFERENCE = "BW0109", Input, "A secret reference is malformed.";
    PLAIN_SECRET = "BW0110", Input, "The spec holds a plaintext secret.";
    TOO_LARGE = "BW0111", Input, "A file is too large, too deep, or unfolds too far.";
    TAKEN_NAME = "BW0112", Input, "A name belongs to bucketwright's own files.";
    NOT_PLAIN = "BW0113", Input, "A link, a pipe or a device stands where a plain file should be.";
    NO_RESULT = "BW0114", Input, "A file is no result or report of bucketwright, or of another spec.";

    BAD_BUCKET = "BW0201", Input, "A bucket name breaks S3's rules.";
    BAD_REGION = "BW0202", Input, "A region is not known.";
    BAD_ACCOUNT = "BW0203", Input, "An account id is not 12 digits.";
    BAD_KUBERNETES_NAME = "BW0204", Input, "A Kubernetes name breaks its rules.";
    BAD_IAM_NAME = "BW0205", Input, "An IAM name breaks IAM's rules.";
    BAD_ARN = "BW0206", Input, "An ARN is malformed.";
    BAD_ISSUER = "BW0207", Input, "An OIDC issuer is not an https URL.";
    BAD_SPEC_NAME = "BW0208", Input, "A spec name breaks its rules.";
    BAD_ENDPOINT = "BW0209", Input, "An endpoint is malformed.";
    OTHER_PARTITION = "BW0210", Input, "A region lies in another partition than an ARN or an address.";
    REGION_ELSEWHERE = "BW0211", Finding, "An address of AWS lies in another region than the buckets.";
    KMS_ELSEWHERE = "BW0212", Input, "A KMS key lies in another region than the buckets.";
    BAD_SPEC_ID = "BW0213", Input, "A spec's id breaks its rules.";

    UNKNOWN_PROFILE = "BW0301", Input, "No profile has this name.";
    BAD_PROFILE = "BW0302", Input, "A profile's file is wrong.";
    BAD_EXPRESSION = "BW0303", Input, "An expression in a profile is wrong.";
    UNCOVERED_VERSION = "BW0304", Input, "No profile covers this chart version.";
    NOT_READ_BACK = "BW0305", Input, "A rendered document did not read back as it was meant.";
    TOO_MUCH_WORK = "BW0306", Input, "A profile asks for more work than any chart needs.";
    RIGHTS_BEYOND = "BW0307", Input, "A profile asks for rights beyond its buckets.";

    IDENTITY_UNSUPPORTED = "BW0401", Input, "The chart cannot use this identity on this cloud.";
    BUCKET_CLAIMED_TWICE = "BW0402", Input, "Two installs or purposes claim one bucket.";
    UNKNOWN_PURPOSE = "BW0403", Input, "A bucket purpose or option is not known to the profile.";
    MISSING_ANSWER = "BW0404", Input, "The identity needs an answer that the spec does not give.";
    POLICY_TOO_LARGE = "BW0405", Input, "A policy would be larger than IAM allows.";
    USELESS_CREDENTIALS = "BW0406", Input, "Credentials are given although the identity needs none, or half of them.";
    LOOSE_SUBJECT = "BW0407", Input, "A trusted subject lets in more than it says.";
    BAD_BOUNDARY = "BW0408", Input, "A permissions boundary cannot be used.";
    WIDE_BOUNDARY = "BW0409", Finding, "A permissions boundary limits almost nothing.";
    RELEASE_CLAIMED_TWICE = "BW0410", Input, "Two installs are one release.";

    NO_CREDENTIALS = "BW0501", Failed, "No credentials were found.";
    EXPIRED_CREDENTIALS = "BW0502", Failed, "The credentials have expired.";
    BAD_CREDENTIALS = "BW0503", Failed, "The credentials are not accepted.";
    DENIED = "BW0504", Failed, "The caller lacks a permission.";
    OTHER_ACCOUNT = "BW0505", Failed, "The credentials belong to another account than the spec names.";
    REGION_DISABLED = "BW0506", Failed, "The region is not enabled for the account.";
    UNREACHABLE = "BW0507", Failed, "The cloud cannot be reached.";
    CALL_FAILED = "BW0508", Failed, "The cloud answered with an error.";
    THROTTLED = "BW0509", Failed, "The cloud keeps refusing for being asked too often.";
    OTHER_PATH = "BW0510", Failed, "A user or role exists under another path.";
    NO_PROFILE = "BW0511", Input, "There is no AWS profile of this name.";
    AWS_SETTING = "BW0512", Input, "A setting of the AWS environment or files cannot be used.";

    FOREIGN_BUCKET = "BW0601", Failed, "A bucket belongs to another account.";
    BUCKET_ELSEWHERE = "BW0602", Failed, "A bucket lies in another region.";
    FOREIGN_IDENTITY = "BW0603", Failed, "An IAM resource of this name exists and is not ours.";
    KEY_SLOTS_FULL = "BW0604", Failed, "A user already has two access keys.";
    NO_ISSUER = "BW0605", Failed, "The cluster or its OIDC issuer is not known.";
    FOREIGN_ASSOCIATION = "BW0606", Failed, "A Pod Identity association names another role.";
    PROOF_FAILED = "BW0608", Failed, "The proof failed.";
    OTHER_SPEC = "BW0609", Failed, "A bucket belongs to another spec.";
    ORPHAN_KEY = "BW0611", Failed, "A user has an access key whose secret is not in this folder.";
    BAD_INTENT = "BW0612", Failed, "An intent in the output folder cannot be read.";
    OTHER_RUN = "BW0613", Failed, "Another run made the same user or its key meanwhile.";
    UNKNOWN_KMS_KEY = "BW0614", Failed, "A bucket encrypts with a key that neither the spec nor its policies name.";
    NOT_EMPTY = "BW0620", Failed, "A bucket that was to be deleted holds data.";
    ADOPTED_DATA = "BW0621", Failed, "The data of an adopted bucket is never deleted.";
    NOT_THIS_SPECS = "BW0622", Failed, "A bucket whose data was to be deleted is not this spec's.";
    STILL_HELD = "BW0623", Failed, "A user, role or policy has parts that others added.";
    UNTRUSTED_ROLE = "BW0624", Finding, "A role that the spec would use lets others in.";
    UNPROVEN_SPEC = "BW0625", Failed, "A resource carries the id of a spec of this name, and this spec has none.";
    RENAMED_SPEC = "BW0626", Failed, "A spec with this id had another name before.";
    DATA_LEFT_BEHIND = "BW0627", Failed, "A bucket that left the spec holds data, and an empty one takes its place.";
    SECOND_FIRST_RUN = "BW0628", Failed, "Another first run of a spec of this name was quicker.";
    NOTHING_TO_ROTATE = "BW0630", Failed, "No key that `apply` made is there to be replaced.";
    SLOTS_TAKEN = "BW0631", Failed, "Both key slots of a user are taken.";
    NO_KEY_IN_USE = "BW0632", Failed, "The key in use is not kept here, or is gone from the account.";
    NOT_HANDED_OUT = "BW0633", Failed, "The new key is not handed out yet.";
    INACTIVE_KEY = "BW0634", Failed, "A key that is kept here is inactive.";
    UNPROVEN_KEY = "BW0635", Failed, "A key that was made is not proven, and is not handed on.";
    STILL_USED = "BW0640", Failed, "The old key was used lately.";

    UNRESOLVED_SECRET = "BW0701", Input, "A secret reference cannot be resolved.";
    CANNOT_CARRY = "BW0702", Input, "A format cannot carry a value.";
    UNKNOWN_FACT = "BW0703", Input, "Something that only the cloud knows is missing from the spec.";
    BAD_CERTIFICATE = "BW0710", Input, "A sealing certificate cannot be used.";
    BAD_RECIPIENT = "BW0711", Input, "An age recipient cannot be used.";
    BAD_STORE = "BW0712", Input, "The name of a secret store is malformed.";

    UNWRITABLE = "BW0801", Failed, "A folder or file cannot be written.";
    UNSAFE_FILE = "BW0802", Failed, "A file is not a plain private file of ours.";
    SECRETS_ON_TERMINAL = "BW0803", Input, "Secrets would be shown on a terminal.";
    NEEDS_PLAIN = "BW0804", Input, "A chart takes a key only as a plain value, which cannot be protected as asked.";
    PLAIN_LEFTOVERS = "BW0805", Failed, "Plaintext Secrets of an earlier run lie beside protected ones.";
    FOREIGN_ENTRY = "BW0806", Failed, "An entry of the secret store belongs to someone else.";
    FOREIGN_FILE = "BW0807", Input, "A file that bucketwright did not write would be replaced.";
    OTHER_FORM = "BW0808", Failed, "An earlier run protected these secrets in another form.";
    NOT_A_REHEARSAL = "BW0815", Input, "A rehearsal would write over something that is no rehearsal's.";
    REHEARSED_FOLDER = "BW0816", Input, "A folder holds a rehearsal, and a real run would use it.";
    REHEARSED_KEY = "BW0817", Input, "A rehearsal's key stands where a real one belongs.";
    LOST_OUTPUT = "BW0818", Failed, "A part of the output is lost.";
    OTHER_HOME = "BW0820", Failed, "A kept key belongs to another account or project.";
    OTHER_SPECS_FOLDER = "BW0821", Failed, "A folder belongs to another spec.";
    OTHER_USERS_KEY = "BW0822", Failed, "A kept key is in the place of another user's.";
    NO_SUCH_FILE = "BW0840", Input, "No rendered file has this name.";
    BAD_PROFILE_NAME = "BW0841", Input, "A profile's name breaks its rules.";

    NO_TERMINAL = "BW0901", Input, "There is no terminal to ask on.";
    BAD_ANSWERS = "BW0902", Input, "An answers file lacks an answer or has one too many.";
    INTERRUPTED = "BW0903", Interrupted, "The user interrupted.";
    NOT_CONFIRMED = "BW0904", Input, "A confirmation is missing.";
    EXISTS = "BW0905", Input, "A file exists already.";

    POLICY_NOT_JSON = "BW1001", Finding, "A policy is not JSON.";
    POLICY_SHAPE = "BW1002", Finding, "A policy lacks an element, or has one that IAM does not know.";
    POLICY_VERSION = "BW1003", Finding, "A policy's version is missing, old or unknown.";
    DUPLICATE_SID = "BW1004", Finding, "Two statements have the same Sid.";
    POLICY_CHARACTER = "BW1005", Finding, "A policy holds a character that IAM refuses.";
    POLICY_OVER_LIMIT = "BW1006", Finding, "A policy is larger than AWS allows.";
    UNKNOWN_ACTION = "BW1007", Finding, "An action does not exist, or a pattern matches none.";
    WRONG_RESOURCE = "BW1008", Finding, "An action cannot work on any resource of its statement.";
    USELESS_RESOURCE = "BW1009", Finding, "No action of a statement works on a resource.";
    INCOMPLETE_UPLOAD = "BW1010", Finding, "Uploads are allowed without the actions that look after their parts.";
    TOO_BROAD = "BW1011", Finding, "A pattern allows more than it seems.";
    MALFORMED_ARN = "BW1012", Finding, "A resource is not an ARN that can match.";
    UNFILLED_VARIABLE = "BW1013", Finding, "A variable is not one of IAM's.";
    MIXED_PARTITIONS = "BW1014", Finding, "One policy names several partitions.";
    BAD_CONDITION = "BW1015", Finding, "A condition operator does not exist.";
    UNKNOWN_CONDITION_KEY = "BW1016", Finding, "An action does not know a condition key.";
    LITERAL_WILDCARD = "BW1017", Finding, "An operator that compares letter by letter is given a pattern.";
    BAD_PRINCIPAL = "BW1018", Finding, "A principal is missing, stands where none may, or is none.";
    WILDCARD_PRINCIPAL = "BW1019", Finding, "A policy allows everybody.";
    TRUST_WITHOUT_SUB = "BW1020", Finding, "A trust policy does not ask whose token it is.";
    TRUST_WITHOUT_AUD = "BW1021", Finding, "A trust policy does not ask for the audience.";
    TRUST_ACTION = "BW1022", Finding, "A trust policy allows an action that its principal cannot use.";
    VACUOUS_CONDITION = "BW1023", Finding, "A condition also holds for tokens that do not have its claim.";
    EXCLUDING_CONDITION = "BW1024", Finding, "A condition admits everybody but those that it names.";
    OTHER_ISSUERS_CLAIM = "BW1025", Finding, "A condition names another issuer than the provider.";
    HALF_REACH = "BW1026", Finding, "A pattern of actions is given only buckets, or only objects.";
    SHARED_ISSUER = "BW1027", Finding, "A trust policy admits other customers of a shared issuer.";
    NO_SUCH_SUBJECT = "BW1028", Finding, "A trust policy asks for a subject that no token has.";

    NO_KUBECONFIG = "BW1101", Input, "There is no usable kubeconfig or context.";
    CLUSTER_UNREACHABLE = "BW1102", Failed, "The cluster cannot be reached.";
    CLUSTER_DENIED = "BW1103", Failed, "The cluster denies a verb.";
    FIELD_CONFLICT = "BW1104", Failed, "Another manager owns a field.";
    CLUSTER_FAILED = "BW1105", Failed, "The cluster answered with an error.";
    NO_NAMESPACE = "BW1106", Failed, "A namespace does not exist.";
    NO_RELEASE = "BW1107", Failed, "No Helm release is stored where it should be.";
    BAD_RELEASE = "BW1108", Failed, "A stored Helm release cannot be read.";
    IMMUTABLE_SECRET = "BW1109", Failed, "An immutable Secret would have to change.";
    UNKNOWN_TO_CLUSTER = "BW1110", Failed, "The cluster does not know the caller.";
    RELEASE_ELSEWHERE = "BW1111", Failed, "A Helm release is stored outside of the cluster.";
    NO_SERVICE_ACCOUNT = "BW1112", Failed, "A ServiceAccount does not exist.";
    POD_NOT_ENDED = "BW1113", Failed, "A Job's pod did not come to its end in time.";
    UNREADABLE_LOG = "BW1114", Failed, "What a Job's pod printed cannot be read.";
    FOREIGN_JOB = "BW1115", Failed, "A Job of that name is somebody else's.";
    JOB_LEFT = "BW1116", Failed, "A Job could not be removed.";
    OTHER_SPECS_OBJECT = "BW1117", Failed, "An object in the cluster belongs to another spec.";

    NOT_A_CHART = "BW1201", Input, "What was given is not a chart.";
    CHART_TOO_LARGE = "BW1202", Input, "A chart or values file is too large.";
    UNSAFE_CHART = "BW1203", Input, "A chart holds links or paths that lead out of it.";
    BAD_CHART = "BW1204", Input, "A chart's own file is broken.";
    HELM_STOPPED = "BW1205", Failed, "Helm printed too much, or did not end.";
    UNKNOWN_VALUE = "BW1210", Finding, "The chart does not know a key.";
    DROPPED_VALUE = "BW1211", Finding, "The chart knew a key once and ignores it now.";
    MISSING_DEPENDENCY = "BW1212", Input, "A chart lacks one of its dependencies.";
    OTHER_CHART_VERSION = "BW1213", Finding, "The chart has another version than the spec names.";
    RIVAL_VALUE = "BW1214", Finding, "A value of yours wins over ours, or sends objects elsewhere.";
    LOST_ITEMS = "BW1215", Finding, "A list of ours takes the place of yours, and items of yours are lost.";
    NO_EFFECT = "BW1216", Finding, "Keys of yours change nothing in what Helm renders.";
    UNUSED_SECRET = "BW1220", Finding, "No rendered object uses a Secret.";
    MISSING_SECRET_KEY = "BW1221", Finding, "A rendered object asks for a key that a Secret lacks.";
    UNTRUSTED_ACCOUNT = "BW1222", Finding, "A pod touches storage under a ServiceAccount that no role trusts.";
    ACCOUNT_NOT_RENDERED = "BW1223", Finding, "A role trusts a ServiceAccount that the chart does not render.";
    MINIO_LEFT = "BW1224", Finding, "Something of the bundled MinIO is left.";
    KEYS_BESIDE_ROLE = "BW1225", Finding, "A pod has a role and keys or an endpoint.";
    WRONG_ROLE = "BW1226", Finding, "A ServiceAccount names another role than the one that trusts it, or none.";
    FOREIGN_STORAGE = "BW1227", Finding, "A rendered object names storage that is not ours.";
    STORAGE_NOT_SHOWN = "BW1228", Finding, "No rendered object names a bucket of ours where the chart reads it.";
    HELM_FAILED = "BW1230", Failed, "Helm could not render the chart.";

    NOTHING_TO_VERIFY = "BW1301", Input, "Nothing in the spec can be verified that way.";
    UNKNOWN_CALLER = "BW1302", Input, "The caller is none of the spec's identities.";
    BAD_PROBE = "BW1303", Input, "What was given is not a probe document.";
    NOT_A_TOKEN = "BW1310", Input, "What was given is not a token.";
    MISSING_CLAIM = "BW1311", Input, "A token lacks a claim that AWS asks for.";
    OTHER_ISSUER = "BW1320", Finding, "A token is of another issuer.";
    OTHER_AUDIENCE = "BW1321", Finding, "A token is for another audience.";
    EXPIRED_TOKEN = "BW1322", Finding, "A token has expired.";
    OTHER_SUBJECT = "BW1323", Finding, "A token's subject is not let in.";
    OTHER_SUBJECT_FORM = "BW1324", Finding, "A token's subject has another form than the role trusts.";
    UNSEEN_CLAIM = "BW1325", Finding, "A condition asks for a claim that AWS does not look at.";
    TRUST_REFUSES = "BW1326", Finding, "The trust policy refuses for another reason.";
    UNKNOWN_PROVIDER = "BW1327", Finding, "The account does not know the token's issuer, or not for the audience.";
    NO_ROLE = "BW1328", Finding, "There is no such role.";
    FOREIGN_TRUST = "BW1330", Finding, "Others may become a role of the spec.";
    FOREIGN_RIGHTS = "BW1331", Finding, "A user or role may do more than the spec says.";
    FOREIGN_ACCESS = "BW1332", Finding, "Others may reach a bucket of the spec.";
    LEFTOVER_IDENTITY = "BW1333", Finding, "A user or role of an earlier version of the spec still has rights.";
    FOREIGN_EXPIRY = "BW1334", Finding, "A lifecycle rule of others removes or archives what the charts store.";
    FOREIGN_HOLDER = "BW1335", Finding, "Somebody else holds a policy of the spec.";

    OTHER_PROVIDERS_KEY = "BW1401", Input, "A key of `cloud` belongs to another provider.";
    PLAIN_HTTP = "BW1402", Input, "The endpoint and `insecure` disagree about plain HTTP.";
    STORE_BUCKET = "BW1403", Input, "A bucket name is valid elsewhere, but not on this store.";
    BAD_AUTHORITY = "BW1404", Input, "The file of certificates cannot be used.";
    STORE_REGION = "BW1405", Input, "The store's region is not known, or not one of its own.";
    STORE_LACKS = "BW1406", Input, "The spec asks a store for what only AWS has.";
    NO_STORE_KEY = "BW1407", Input, "An install on a store brings no key.";
    ONLY_ON_AWS = "BW1408", Input, "A command is left to a store's own tool, or has no meaning there.";
    UNTRUSTED_CERTIFICATE = "BW1420", Failed, "The store's certificate is not trusted.";
    STORE_UNREACHABLE = "BW1421", Failed, "The store cannot be reached.";
    WRONG_PROTOCOL = "BW1422", Failed, "TLS is spoken to a plain port, or the other way round.";
    STORE_OTHER_REGION = "BW1423", Failed, "The store expects another region in signatures.";
    STORE_KEY_REFUSED = "BW1424", Failed, "The store does not accept the key.";
    STORE_DENIED = "BW1425", Failed, "The key may not do this on the store.";
    STORE_CALL_FAILED = "BW1426", Failed, "The store answered with an error.";
    STORE_FOREIGN_BUCKET = "BW1427", Failed, "A bucket of the store is not the spec's to use.";
    NOT_A_STORE = "BW1428", Failed, "What answers at the endpoint is not an S3 store.";

    BAD_PROJECT = "BW1501", Input, "A text is not the id or the number of a Google Cloud project.";
    BAD_SERVICE_ACCOUNT = "BW1502", Input, "A name cannot be the id of a service account.";
    BAD_LOCATION = "BW1503", Input, "A text is not a location of Cloud Storage.";
    GCP_BUCKET = "BW1504", Input, "Cloud Storage does not take this bucket name.";
    GCP_LACKS = "BW1505", Input, "The spec asks for something that Google Cloud does not have.";
    BAD_POOL = "BW1506", Input, "A text is not a workload identity pool.";
    BAD_LABEL = "BW1507", Input, "A tag cannot be a label on Google Cloud.";
    NOT_ON_GCP = "BW1508", Input, "The command does not work on Google Cloud.";
    BAD_KEY_FILE = "BW1510", Input, "A reference does not name a service account's key file.";
    GCP_NO_CREDENTIALS = "BW1520", Failed, "No credentials for Google Cloud were found.";
    GCP_BAD_CREDENTIALS = "BW1521", Failed, "Google does not accept the credentials.";
    GCP_DENIED = "BW1522", Failed, "You may not make this call on Google Cloud, or what it is about does not exist.";
    GCP_CALL_FAILED = "BW1523", Failed, "Google answered with an error.";
    GCP_FOREIGN_BUCKET = "BW1524", Failed, "A bucket exists and is not the project's.";
    GCP_API_OFF = "BW1525", Failed, "An API is not enabled in the project.";
    GCP_FOREIGN_ACCOUNT = "BW1526", Failed, "A service account exists and is not this spec's.";
    GCP_ORPHAN_KEY = "BW1527", Failed, "A service account has keys, and none of their secrets is available.";
    GCP_KEYS_FORBIDDEN = "BW1528", Failed, "The organisation forbids keys of service accounts.";
    GCP_UNREACHABLE = "BW1529", Failed, "Google cannot be reached.";
    GCP_OTHER_PROJECT = "BW1530", Failed, "The project is another one than the spec says.";
    GCP_BUCKET_ELSEWHERE = "BW1531", Failed, "A bucket lies in another location.";
    GCP_POLICY_BUSY = "BW1532", Failed, "A policy keeps changing while it is written.";
    GCP_HINDRANCE = "BW1533", Finding, "A setting of a bucket makes calls of the charts fail.";
    GCP_FORBIDDEN = "BW1534", Failed, "A policy of the organisation forbids it.";
    GCP_UNPAID = "BW1535", Failed, "No project pays for the call: billing is off, or the caller has no quota project.";
    GCP_SHARED_POOL = "BW1536", Finding, "Pods of another cluster of the project may become a service account of the spec.";

    BAD_STORAGE_ACCOUNT = "BW1601", Input, "The name of a storage account is not one.";
    BAD_CONTAINER = "BW1602", Input, "The name of a container is not one, whatever it is elsewhere.";
    BAD_AZURE_ID = "BW1603", Input, "The id of a subscription, tenant or identity is not one.";
    BAD_RESOURCE_GROUP = "BW1604", Input, "The name of a resource group is not one.";
    BAD_AZURE_LOCATION = "BW1605", Input, "The name of an Azure location is not one.";
    BAD_STORAGE_DOMAIN = "BW1606", Input, "The domain of Azure's storage is not one.";
    AZURE_LACKS = "BW1607", Input, "The spec asks Azure for what only AWS has.";
    NO_CLIENT_ID = "BW1608", Input, "The client id of a managed identity is not in the spec.";
    NO_TENANT = "BW1609", Input, "A service principal needs a tenant.";
    LEFT_TO_AZ = "BW1610", Input, "Azure's own tool does what a command would do elsewhere.";
    TOO_MANY_ACCOUNTS = "BW1611", Input, "Azure lets no more ServiceAccounts into one identity.";
    AZURE_UNREACHABLE = "BW1620", Failed, "The storage account does not answer.";
    AZURE_KEY_REFUSED = "BW1621", Failed, "The storage account does not accept the key.";
    AZURE_KEYS_OFF = "BW1622", Failed, "The storage account takes no keys at all.";
    AZURE_DENIED = "BW1623", Failed, "The storage account keeps this machine out.";
    AZURE_CALL_FAILED = "BW1624", Failed, "The storage account answered with an error.";
    UNUSABLE_CONTAINER = "BW1625", Failed, "A container that must exist does not, or may be read by everybody.";

    NOT_VALUES = "BW1701", Input, "A file holds no values.";
    NOTHING_TO_MIGRATE = "BW1702", Input, "Nothing is on MinIO, or everything has moved already.";
    ODD_SETTING = "BW1703", Input, "An old setting is of another kind than the chart reads.";
    NO_MIGRATION = "BW1704", Input, "The profile knows no old settings.";
    CANNOT_STAY = "BW1705", Input, "A part cannot stay on its store.";
    FOLDER_TAKEN = "BW1706", Input, "The folder holds what must not be replaced.";
}

#[cfg(test)]
mod tests;
