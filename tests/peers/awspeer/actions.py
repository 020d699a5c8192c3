"""Which IAM actions on which resources an operation needs, and the keys its conditions may test.

After the Service Authorization Reference ("Actions, resources, and condition keys for Amazon S3 / AWS IAM /
Amazon EKS / AWS STS") and, for HeadBucket, the S3 API Reference: "you must have permissions to perform the
s3:ListBucket action". An action that moto names after the operation often does not exist in IAM.
"""

import datetime
from urllib.parse import unquote

import xmltodict
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from . import boundaries

S3_ACTIONS = {  # operation: action, where it is not s3:<operation>
    "ListBuckets": "ListAllMyBuckets",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
    "HeadObject": "GetObject",
    "CopyObject": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "PutBucketCors": "PutBucketCORS",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
}
WITH_VERSION = {"GetObject", "HeadObject", "DeleteObject", "GetObjectTagging", "PutObjectTagging", "GetObjectAcl"}
OPEN = {"GetCallerIdentity", "AssumeRoleWithWebIdentity"}  # need no identity policy
# The canned ACLs that need no s3:PutObjectAcl and pass where ACLs are disabled. For `private` this is read from
# distribution's documented policy, which sends it on every upload and asks for no s3:PutObjectAcl.
OWNER_ACLS = {"private", "bucket-owner-full-control"}
# IAM operations that mean the caller when they name no user, and the resource of those that list.
OWN_BY_DEFAULT = {"GetUser", "ListAccessKeys", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"}
LISTS = {
    "ListUsers": "user/",
    "ListRoles": "role/",
    "ListPolicies": "policy/",
    "ListOpenIDConnectProviders": "oidc-provider/",
}


def needs(call):
    """Pairs (action, resource). An empty list means: no permission needed."""
    if call.service == "s3":
        return _s3(call)
    if call.service == "sts" and call.operation in OPEN:
        return []
    resource = {"iam": _iam, "eks": _eks, "sts": _sts}.get(call.service, lambda _: "*")(call)
    pairs = [(f"{call.service}:{call.operation}", resource)]
    role = call.json().get("roleArn") if call.service == "eks" and call.method in ("POST", "PUT") else None
    if role:  # "Grant a user permissions to pass a role to an AWS service", IAM User Guide
        pairs.append(("iam:PassRole", role))
    return pairs


def bucket_of(name):
    """The bucket in any account of any partition, or None."""
    partition, account = s3_backends.bucket_accounts.get(name, (None, None))
    return s3_backends[account][partition].buckets.get(name) if account else None


def s3_arn(call, bucket, key=None):
    return f"arn:{get_partition(call.region)}:s3:::{bucket}" + (f"/{key}" if key is not None else "")


def _s3(call):
    name = S3_ACTIONS.get(call.operation, call.operation)
    if call.operation in WITH_VERSION and "versionId" in call.query:
        name = {"HeadObject": "GetObject"}.get(call.operation, call.operation) + "Version"
        name = name.replace("TaggingVersion", "VersionTagging").replace("AclVersion", "VersionAcl")
    if call.operation == "ListBuckets":
        return [("s3:ListAllMyBuckets", "*")]
    if call.operation == "DeleteObjects":  # decided for each key, see s3_rules.delete_objects
        return []
    resource = s3_arn(call, call.bucket, call.key)
    pairs = [(f"s3:{name}", resource)]
    acl = call.headers.get("x-amz-acl")
    if call.operation == "CreateBucket":
        if "x-amz-object-ownership" in call.headers:
            pairs.append(("s3:PutBucketOwnershipControls", resource))
        if acl and acl != "private":
            pairs.append(("s3:PutBucketAcl", resource))
        if b"<Tags>" in call.body:
            pairs.append(("s3:TagResource", resource))
    elif call.key is not None and name == "PutObject":
        if acl and acl not in OWNER_ACLS:
            pairs.append(("s3:PutObjectAcl", resource))
        if "x-amz-tagging" in call.headers:
            pairs.append(("s3:PutObjectTagging", resource))
    source = call.headers.get("x-amz-copy-source")
    if source:
        bucket, _, key = unquote(source.partition("?")[0]).lstrip("/").partition("/")
        pairs.append(("s3:GetObject", s3_arn(call, bucket, key)))
    return pairs


def _iam(call):
    account, partition = call.account, get_partition(call.region)
    backend = iam_backends[account][partition]
    form = call.params
    prefix = f"arn:{partition}:iam::{account}:"
    if call.operation.startswith("SimulatePrincipal"):
        return form.get("PolicySourceArn", "*")
    user = form.get("UserName")
    if user is None and call.operation in OWN_BY_DEFAULT:
        return call.who.arn
    if "AccessKeyId" in form and user is None:  # GetAccessKeyLastUsed
        held = ((u.arn, [k.access_key_id for k in u.access_keys]) for u in list(backend.users.values()))
        return next((arn for arn, keys in held if form["AccessKeyId"] in keys), "*")
    if user is not None:
        return backend.users[user].arn if user in backend.users else f"{prefix}user{form.get('Path', '/')}{user}"
    if "RoleName" in form:
        role = next((r for r in list(backend.roles.values()) if r.name == form["RoleName"]), None)
        return role.arn if role else f"{prefix}role{form.get('Path', '/')}{form['RoleName']}"
    if "GroupName" in form:
        return f"{prefix}group/{form['GroupName']}"
    if call.operation == "CreatePolicy":
        return f"{prefix}policy{form.get('Path', '/')}{form.get('PolicyName', '')}"
    if call.operation == "CreateOpenIDConnectProvider":
        return f"{prefix}oidc-provider/{form.get('Url', '').removeprefix('https://')}"
    if call.operation in LISTS:
        return prefix + LISTS[call.operation]
    return form.get("PolicyArn") or form.get("OpenIDConnectProviderArn") or "*"


def _sts(call):
    return call.params.get("RoleArn", "*")


def _eks(call):
    name = call.params.get("name") or (call.json().get("name") if call.operation == "CreateCluster" else None)
    if not name:
        return "*"
    prefix = f"arn:{get_partition(call.region)}:eks:{call.region}:{call.account}:"
    if "associationId" in call.params:
        return f"{prefix}podidentityassociation/{name}/{call.params['associationId']}"
    return f"{prefix}cluster/{name}"


def context(call):
    """The condition keys of a request ("AWS global condition context keys", and the S3 ones in use)."""
    who = call.who
    keys = {
        "aws:SecureTransport": "true" if call.secure else "false",
        "aws:SourceIp": call.environ.get("REMOTE_ADDR", "127.0.0.1"),
        "aws:CurrentTime": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        "aws:EpochTime": str(int(datetime.datetime.now().timestamp())),
        "aws:RequestedRegion": call.region,
        "aws:ViaAWSService": "false",
        "aws:UserAgent": call.headers.get("user-agent", ""),
        "s3:prefix": call.query.get("prefix"),
        "s3:delimiter": call.query.get("delimiter"),
        "s3:max-keys": call.query.get("max-keys"),
        "s3:VersionId": call.query.get("versionId"),
        "s3:x-amz-acl": call.headers.get("x-amz-acl"),
        "s3:x-amz-server-side-encryption": call.headers.get("x-amz-server-side-encryption"),
        "s3:signatureversion": "AWS4-HMAC-SHA256" if call.access_key else None,
    }
    if not who.anonymous:
        keys |= {
            "aws:PrincipalArn": who.role_arn or who.arn,
            "aws:PrincipalAccount": who.account,
            "aws:PrincipalType": "AssumedRole" if who.role_arn else "Account" if who.root else "User",
            "aws:username": who.name if not who.role_arn else None,
        }
    bucket = bucket_of(call.bucket) if call.bucket else None
    keys["aws:ResourceAccount"] = bucket.account_id if bucket else call.account
    if call.service == "s3":
        keys["s3:ResourceAccount"] = keys["aws:ResourceAccount"]
    if call.service == "eks" and call.operation == "CreatePodIdentityAssociation":
        keys["iam:PassedToService"] = "pods.eks.amazonaws.com"
    elif call.service == "eks":
        keys["iam:PassedToService"] = "eks.amazonaws.com"
    if call.service == "iam":
        keys["iam:PolicyARN"] = call.params.get("PolicyArn")
        keys["iam:PermissionsBoundary"] = call.params.get("PermissionsBoundary") or boundaries.of_holder(call)
        for name, value in boundaries.tags_of(call).items():
            keys[f"aws:ResourceTag/{name}"] = value
            if "PolicyArn" not in call.params or "UserName" in call.params or "RoleName" in call.params:
                keys[f"iam:ResourceTag/{name}"] = value
    if call.service == "sts":
        keys["sts:ExternalId"] = call.params.get("ExternalId")
        keys["sts:RoleSessionName"] = call.params.get("RoleSessionName")
    for name, value in call.params.items():  # Tags.member.N.Key / .Value of the query services
        if call.service == "iam" and name.startswith("Tags.member.") and name.endswith(".Key"):
            keys[f"aws:RequestTag/{value}"] = call.params.get(name.removesuffix("Key") + "Value", "")
    if call.operation == "CreateBucket" and call.body:
        document = xmltodict.parse(call.body).get("CreateBucketConfiguration") or {}
        keys["s3:LocationConstraint"] = document.get("LocationConstraint")
    return {name: value for name, value in keys.items() if value is not None}
