"""(m) SSE-KMS takes rights to the key, which moto does not ask for.

S3 User Guide, "Using server-side encryption with AWS KMS keys (SSE-KMS)": kms:GenerateDataKey to write, kms:Decrypt to read,
both for parts. AWS KMS Developer Guide, "AWS managed keys": aws/s3 takes none of the caller. A key of another account would
need its own policy, too; the peer looks at the caller's alone.
"""

from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from . import authorize

WRITES = {"PutObject", "CopyObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"}


def check(call, bucket):
    if call.operation in WRITES:
        key = _asked(call, bucket)
        actions = ["kms:GenerateDataKey"] + (["kms:Decrypt"] if call.operation == "CompleteMultipartUpload" else [])
    elif call.operation == "GetObject":
        key, actions = _held(call), ["kms:Decrypt"]
    else:
        return
    arn = key and _arn(call, key)
    for action in actions if arn else []:
        reason = authorize.denial(call, action, arn)
        if reason:
            authorize.refuse(call, action, arn, reason)


def _asked(call, bucket):
    """The key that will encrypt: the request's, else the bucket's."""
    kind = call.headers.get("x-amz-server-side-encryption")
    if kind:
        return call.headers.get("x-amz-server-side-encryption-aws-kms-key-id") if kind.startswith("aws:kms") else None
    default = ((bucket.encryption or {}).get("Rule") or {}).get("ApplyServerSideEncryptionByDefault") or {}
    return default.get("KMSMasterKeyID") if str(default.get("SSEAlgorithm")).startswith("aws:kms") else None


def _held(call):
    """The key of the object that is read."""
    backend = s3_backends[call.account or call.who.account][get_partition(call.region)]
    try:
        found = backend.get_object(call.bucket, call.key, version_id=call.query.get("versionId"))
    except Exception:  # moto says in its own words what is missing
        return None
    return found and found.kms_key_id


def _arn(call, key):
    if key.startswith("arn:"):
        return None if key.endswith(":alias/aws/s3") else key
    if key.startswith("alias/"):
        return None if key == "alias/aws/s3" else f"arn:{get_partition(call.region)}:kms:{call.region}:{call.who.account}:{key}"
    return f"arn:{get_partition(call.region)}:kms:{call.region}:{call.who.account}:key/{key}"
