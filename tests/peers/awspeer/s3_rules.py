"""Where moto's S3 differs from Amazon S3. Each rule names the AWS page it follows."""

import re

import xmltodict
from moto.s3 import models

from . import actions, authorize, encryption
from .call import Answer, Refusal, _elements

BUCKET_NAME = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9]([a-z0-9-]|\.(?!\.))+[a-z0-9]")
BAD_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
BAD_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
# moto answers these with a listing of the bucket, because it does not know the query parameter.
NOT_IN_MOTO = re.compile(
    r"(Get|Put|Delete|List|Create|Update)(Bucket)?"
    r"(Abac|PolicyStatus|RequestPayment|Analytics|IntelligentTiering|Metrics|Metadata|Session)\w*"
)
ACL_OPERATIONS = {"PutObject", "CopyObject", "CreateMultipartUpload", "PutBucketAcl", "PutObjectAcl"}


def install():
    """(d) New buckets block public access, have ACLs disabled and SSE-S3.

    S3 User Guide: "Default settings for new S3 buckets FAQ" (April 2023) and "Setting default server-side
    encryption behavior" (January 2023). moto gives a new bucket none of the three.
    """
    original = models.FakeBucket.__init__

    def create(self, *args, **kwargs):
        original(self, *args, **kwargs)
        self.public_access_block = models.PublicAccessBlock(True, True, True, True)
        self.ownership_rule = "BucketOwnerEnforced"
        self.encryption = _sse_s3()

    def delete_encryption(self, bucket_name):
        # DeleteBucketEncryption "resets the default encryption for the bucket as SSE-S3" (S3 API Reference)
        self.get_bucket(bucket_name).encryption = _sse_s3()

    models.FakeBucket.__init__ = create
    models.S3Backend.delete_bucket_encryption = delete_encryption
    # moto evaluates bucket policies without the caller and without Condition; `authorize` does it in its place.
    from moto.iam.access_control import PermissionResult

    models.FakeBucket.get_permission = lambda self, action, resource: PermissionResult.NEUTRAL


def _sse_s3():
    return {
        "Rule": {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": "false",
        }
    }


def before_authorization(call):
    """Answers that do not depend on policies."""
    if NOT_IN_MOTO.fullmatch(call.operation):
        raise Refusal(501, "NotImplemented", f"The AWS emulator has no {call.operation}.")
    if not call.bucket:
        return
    if call.operation == "CreateBucket":
        _check_name(call.bucket)
    bucket = actions.bucket_of(call.bucket)
    if bucket is None:
        return
    if call.operation != "CreateBucket":
        _check_region(call, bucket)
    _check_owner(call, bucket)


def after_authorization(call):
    """Answers given to those who may ask."""
    bucket = actions.bucket_of(call.bucket) if call.bucket else None
    if call.operation == "CreateBucket":
        _check_create(call, bucket)
    elif bucket and call.operation in ACL_OPERATIONS:
        _check_acl(call, bucket)
    if bucket and call.operation == "PutBucketPolicy":
        _check_policy(call, bucket)
    if bucket and call.key is not None:
        encryption.check(call, bucket)


def _check_name(name):
    """S3 User Guide, "General purpose bucket naming rules". moto checks only the length."""
    bad = name.startswith(BAD_PREFIXES) or name.endswith(BAD_SUFFIXES)
    if bad or not 3 <= len(name) <= 63 or not BUCKET_NAME.fullmatch(name):
        raise Refusal(400, "InvalidBucketName", "The specified bucket is not valid.", BucketName=name)


def _check_region(call, bucket):
    """(f) S3 API Reference, HeadBucket and "Error responses": 301 PermanentRedirect for the wrong endpoint.

    One port stands for the endpoints of all regions, so the region of the signature says which is meant.
    GetBucketLocation signed for us-east-1 works for every bucket (S3 API Reference, GetBucketLocation).
    The endpoint named ends in .invalid, so that a client that follows it stays on this machine.
    """
    if call.access_key is None or call.region == bucket.region_name:
        return
    if call.operation == "GetBucketLocation" and call.region == "us-east-1":
        return
    raise Refusal(
        301,
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint.",
        {"x-amz-bucket-region": bucket.region_name},
        Endpoint=f"{bucket.name}.s3.{bucket.region_name}.amazonaws.com.invalid",
        Bucket=bucket.name,
    )


def _check_owner(call, bucket):
    """(b) S3 User Guide, "Verifying bucket ownership with bucket owner condition": 403 on a mismatch."""
    expected = call.headers.get("x-amz-expected-bucket-owner")
    if expected and expected != bucket.account_id:
        raise Refusal(403, "AccessDenied", "Access Denied", {"x-amz-bucket-region": bucket.region_name})


def _check_create(call, bucket):
    """(e) S3 API Reference, CreateBucket: 409 BucketAlreadyExists when it is another account's."""
    if bucket and bucket.account_id != call.account:
        raise Refusal(
            409,
            "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared by all users of the "
            "system. Please select a different name and try again.",
            BucketName=bucket.name,
        )
    acl = call.headers.get("x-amz-acl")
    ownership = call.headers.get("x-amz-object-ownership", "BucketOwnerEnforced")
    if bucket is None and ownership == "BucketOwnerEnforced" and acl not in (None, *actions.OWNER_ACLS):
        raise Refusal(
            400,
            "InvalidBucketAclWithObjectOwnership",
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        )


def _check_acl(call, bucket):
    """S3 User Guide, "Controlling ownership of objects": with ACLs disabled an ACL is refused, unless it
    gives the bucket owner full control, as `private` does for a writer of the same account."""
    acl = call.headers.get("x-amz-acl")
    if bucket.ownership_rule == "BucketOwnerEnforced" and acl not in (None, *actions.OWNER_ACLS):
        raise Refusal(400, "AccessControlListNotSupported", "The bucket does not allow ACLs")


def _check_policy(call, bucket):
    """S3 API Reference, PutBucketPolicy, and "Access policy language overview"."""
    from .policy import as_list, parse

    try:
        statements = parse(call.body)
    except (ValueError, AttributeError):
        raise Refusal(400, "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'") from None
    arn = actions.s3_arn(call, bucket.name)
    for statement in statements:
        if not ({"Principal", "NotPrincipal"} & statement.keys()):
            raise Refusal(400, "MalformedPolicy", "Missing required field Principal")
        resources = as_list(statement.get("Resource") or statement.get("NotResource"))
        if not resources or not all(r == "*" or r == arn or r.startswith(f"{arn}/") for r in resources):
            raise Refusal(400, "MalformedPolicy", "Policy has invalid resource")
        public = statement.get("Principal") in ("*", {"AWS": "*"}) and not statement.get("Condition")
        block = bucket.public_access_block
        if statement.get("Effect") == "Allow" and public and block and block.block_public_policy in (True, "true"):
            # "Blocking public access to your Amazon S3 storage": BlockPublicPolicy
            message = (
                f"User: {call.who.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "
                f'"{arn}" because public policies are prevented by the BlockPublicPolicy setting in '
                "S3 Block Public Access."
            )
            raise Refusal(403, "AccessDenied", message)


def not_found_or_forbidden(call, answer):
    """S3 API Reference, GetObject and HeadObject: without s3:ListBucket a missing object is a 403."""
    if answer.status != 404 or call.operation not in ("GetObject", "HeadObject"):
        return
    resource = actions.s3_arn(call, call.bucket)
    if actions.bucket_of(call.bucket) and not authorize.allowed(call, "s3:ListBucket", resource):
        authorize.refuse(call, "s3:ListBucket", resource, authorize._no_identity("s3:ListBucket"))


def tag_new_bucket(call, answer):
    """(k) S3 API Reference, CreateBucketConfiguration: the bucket has these tags from its first moment. moto ignores them."""
    if call.operation != "CreateBucket" or answer.status != 200 or b"<Tags>" not in call.body:
        return
    tags = xmltodict.parse(call.body, force_list=("Tag",))["CreateBucketConfiguration"]["Tags"]["Tag"]
    backend = models.s3_backends[call.account][actions.get_partition(call.region)]
    backend.put_bucket_tagging(call.bucket, {tag["Key"]: tag["Value"] for tag in tags})


# moto's root elements that differ from the S3 API Reference; strict clients, the Rust SDK among them, refuse them.
ROOTS = {
    "GetBucketVersioning": (b"GetBucketVersioningResponse", b"VersioningConfiguration"),
    "ListParts": (b"ListPartsResponse", b"ListPartsResult"),
}


def root_element(call, answer):
    """S3 API Reference, GetBucketVersioning and ListParts: the name of the root element."""
    if call.operation in ROOTS and answer.status == 200:
        answer.body = answer.body.replace(*ROOTS[call.operation])
        answer.headers = [(n, v) for n, v in answer.headers if n.lower() != "content-length"]


def delete_objects(call, forward):
    """S3 API Reference, DeleteObjects: 200, and an Error for each key that may not be deleted."""
    document = xmltodict.parse(call.body, force_list=("Object",))["Delete"]
    denied, kept = [], []
    for item in document.get("Object", []):
        action = "s3:DeleteObjectVersion" if item.get("VersionId") else "s3:DeleteObject"
        resource = actions.s3_arn(call, call.bucket, item["Key"])
        (kept if authorize.allowed(call, action, resource) else denied).append(item)
    if not denied:
        return forward(call.body)
    answer = Answer(200, [("Content-Type", "application/xml")], b"<DeleteResult></DeleteResult>")
    if kept:
        document["Object"] = kept
        answer = forward(xmltodict.unparse({"Delete": document}).encode())
    errors = "".join(
        f"<Error>{_elements({'Key': i['Key'], 'Code': 'AccessDenied', 'Message': 'Access Denied'})}</Error>"
        for i in denied
    )
    answer.body = answer.body.replace(b"</DeleteResult>", errors.encode() + b"</DeleteResult>")
    answer.headers = [(n, v) for n, v in answer.headers if n.lower() != "content-length"]
    return answer
