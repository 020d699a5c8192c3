"""Holds the AWS emulator to what README.md says of it, by boto3. Prints a line for each check.

    python selftest.py
"""

import json
import pathlib
import sys
import tempfile
import urllib.error
import urllib.request

from awspeer.client import Peer, least, raw_s3
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError

OTHER = "111122223333"
failures = 0


def check(name, good, seen=""):
    global failures
    failures += not good
    print(f"{'ok  ' if good else 'FAIL'} {name}{'' if good else f': {seen!r}'}")


def outcome(call, **arguments):
    """'ok' or (status, code) of an AWS call."""
    try:
        call(**arguments)
        return "ok"
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]


def encryption(peer):
    s3, kms = peer.client("s3"), peer.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket="sealed")
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    s3.put_bucket_encryption(Bucket="sealed", ServerSideEncryptionConfiguration=rules)
    s3.put_object(Bucket="sealed", Key="k", Body=b"x")
    user = peer.client("s3", peer.post("user", name="keyless", policy=least("sealed")))
    denied = (403, "AccessDenied")
    check("(m) no upload without kms:GenerateDataKey", outcome(user.put_object, Bucket="sealed", Key="a", Body=b"") == denied)
    check("    no read without kms:Decrypt", outcome(user.get_object, Bucket="sealed", Key="k") == denied)
    check("    head needs none", outcome(user.head_object, Bucket="sealed", Key="k") == "ok")
    more = least("sealed")
    more["Statement"].append({"Effect": "Allow", "Action": "kms:*", "Resource": key})
    user = peer.client("s3", peer.post("user", name="keyed", policy=more))
    check("    with both, both", outcome(user.put_object, Bucket="sealed", Key="a", Body=b"") == "ok")
    check("    and a read", outcome(user.get_object, Bucket="sealed", Key="k") == "ok")


def least_privilege(peer):
    s3 = peer.client("s3")
    s3.create_bucket(Bucket="mine")
    s3.create_bucket(Bucket="theirs")
    s3.put_object(Bucket="theirs", Key="k", Body=b"x")
    user = peer.client("s3", peer.post("user", name="least", policy=least("mine")))
    denied = (403, "AccessDenied")
    check("(a) head own bucket with s3:ListBucket", outcome(user.head_bucket, Bucket="mine") == "ok")
    check("    head another bucket", outcome(user.head_bucket, Bucket="theirs") == (403, "403"))
    for name, arguments in {
        "put_object": {"Key": "a/b c+d", "Body": b"data"},
        "get_object": {"Key": "a/b c+d"},
        "list_objects_v2": {"Prefix": "a/"},
        "list_multipart_uploads": {},
        "get_bucket_location": {},
        "delete_object": {"Key": "a/b c+d"},
    }.items():
        seen = outcome(getattr(user, name), Bucket="mine", **arguments)
        check(f"    {name} in its bucket", seen == "ok", seen)
        seen = outcome(getattr(user, name), Bucket="theirs", **arguments)
        check(f"    {name} elsewhere is denied", seen == denied, seen)
    upload = user.create_multipart_upload(Bucket="mine", Key="big")["UploadId"]
    part = user.upload_part(Bucket="mine", Key="big", UploadId=upload, PartNumber=1, Body=b"z" * 6_000_000)
    seen = user.list_parts(Bucket="mine", Key="big", UploadId=upload)["Parts"]
    check("    multipart: list parts", len(seen) == 1, seen)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    seen = outcome(
        user.complete_multipart_upload, Bucket="mine", Key="big", UploadId=upload, MultipartUpload=parts
    )
    check("    multipart: complete", seen == "ok", seen)
    upload = user.create_multipart_upload(Bucket="mine", Key="big")["UploadId"]
    seen = outcome(user.abort_multipart_upload, Bucket="mine", Key="big", UploadId=upload)
    check("    multipart: abort", seen == "ok", seen)
    check("    no ListBuckets", outcome(user.list_buckets) == denied)
    for name in ("get_bucket_encryption", "get_public_access_block", "get_bucket_ownership_controls", "delete_bucket"):
        check(f"    no {name}", outcome(getattr(user, name), Bucket="mine") == denied)
    check("    missing object is a 404", outcome(user.get_object, Bucket="mine", Key="no") == (404, "NoSuchKey"))
    blind = {"Version": "2012-10-17", "Statement": [least("mine")["Statement"][1]]}
    blind = peer.client("s3", peer.post("user", name="blind", policy=blind))
    check("    … and a 403 without ListBucket", outcome(blind.get_object, Bucket="mine", Key="no") == denied)
    s3.put_object(Bucket="mine", Key="d", Body=b"")
    seen = user.delete_objects(Bucket="mine", Delete={"Objects": [{"Key": "d"}, {"Key": "big"}]})
    check("    DeleteObjects", len(seen.get("Deleted", [])) == 2, seen)
    seen = user.delete_objects(Bucket="theirs", Delete={"Objects": [{"Key": "k"}]})
    codes = [e["Code"] for e in seen.get("Errors", [])]
    check("    DeleteObjects elsewhere: 200 with errors", codes == ["AccessDenied"], seen)
    wrong = {**peer.ready["admin"], "secret_access_key": "wrong"}
    check("    wrong secret", outcome(peer.client("s3", wrong).list_buckets) == (403, "SignatureDoesNotMatch"))
    wrong["access_key_id"] = "AKIAUNKNOWN000000000"
    check("    unknown key, S3", outcome(peer.client("s3", wrong).list_buckets) == (403, "InvalidAccessKeyId"))
    seen = outcome(peer.client("sts", wrong).get_caller_identity)
    check("    unknown key, STS", seen == (403, "InvalidClientTokenId"), seen)
    seen = peer.client("sts").get_caller_identity()
    check("    GetCallerIdentity", seen["Arn"] == peer.ready["admin"]["arn"], seen)


def buckets(peer):
    s3, west = peer.client("s3"), peer.client("s3", region="eu-west-1")
    account = peer.ready["account"]
    owner = {"Bucket": "mine", "ExpectedBucketOwner": account}
    check("(b) expected owner, right", outcome(s3.head_bucket, **owner) == "ok")
    owner["ExpectedBucketOwner"] = OTHER
    check("    expected owner, wrong", outcome(s3.head_bucket, **owner) == (403, "403"))
    seen = outcome(s3.put_bucket_tagging, Tagging={"TagSet": []}, **owner)
    check("    expected owner, wrong, on a write", seen == (403, "AccessDenied"), seen)

    arns = ["arn:aws:s3:::tls", "arn:aws:s3:::tls/*"]
    tls = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": arns}
    tls["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
    s3.create_bucket(Bucket="tls")
    s3.put_bucket_policy(Bucket="tls", Policy=json.dumps({"Version": "2012-10-17", "Statement": [tls]}))
    check("(c) TLS-only bucket over TLS", outcome(s3.put_object, Bucket="tls", Key="k", Body=b"x") == "ok")
    plain = peer.client("s3", insecure=True)
    for name in ("get_object", "head_object"):
        seen = outcome(getattr(plain, name), Bucket="tls", Key="k")
        check(f"    TLS-only bucket without TLS, {name}", seen[0] == 403, seen)
    seen = outcome(plain.list_objects_v2, Bucket="tls")
    check("    TLS-only bucket without TLS, list", seen == (403, "AccessDenied"), seen)
    secure = least("mine")
    secure["Statement"][0]["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}
    key = peer.post("user", name="secure", policy=secure)
    check("    condition in an IAM policy, true", outcome(peer.client("s3", key).head_bucket, Bucket="mine") == "ok")
    seen = outcome(peer.client("s3", key, insecure=True).head_bucket, Bucket="mine")
    check("    condition in an IAM policy, false", seen == (403, "403"), seen)

    block = s3.get_public_access_block(Bucket="mine")["PublicAccessBlockConfiguration"]
    check("(d) public access block", len(block) == 4 and all(block.values()), block)
    seen = s3.get_bucket_ownership_controls(Bucket="mine")["OwnershipControls"]["Rules"]
    check("    ownership", seen == [{"ObjectOwnership": "BucketOwnerEnforced"}], seen)
    rule = s3.get_bucket_encryption(Bucket="mine")["ServerSideEncryptionConfiguration"]["Rules"][0]
    check("    encryption", rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256", rule)
    s3.delete_public_access_block(Bucket="tls")
    seen = outcome(s3.get_public_access_block, Bucket="tls")
    check("    block removed", seen == (404, "NoSuchPublicAccessBlockConfiguration"), seen)
    s3.delete_bucket_encryption(Bucket="tls")
    check("    encryption reset", outcome(s3.get_bucket_encryption, Bucket="tls") == "ok")
    seen = outcome(s3.put_object, Bucket="mine", Key="k", ACL="public-read")
    check("    an ACL is refused", seen == (400, "AccessControlListNotSupported"), seen)

    peer.post("account-of-bucket", bucket="stranger", account=OTHER, region="eu-west-1")
    seen = outcome(s3.create_bucket, Bucket="stranger")
    check("(e) create another's bucket", seen == (409, "BucketAlreadyExists"), seen)
    try:
        west.head_bucket(Bucket="stranger")
        check("    head another's bucket", False)
    except ClientError as error:
        meta = error.response["ResponseMetadata"]
        good = meta["HTTPStatusCode"] == 403 and meta["HTTPHeaders"].get("x-amz-bucket-region") == "eu-west-1"
        check("    head another's bucket: 403 and the region", good, meta)

    west.create_bucket(Bucket="western", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    raw = raw_s3(peer, "us-east-1")
    seen = raw("HEAD", "/western")
    check("(f) head in the wrong region", seen[0] == 301 and seen[1]["x-amz-bucket-region"] == "eu-west-1", seen)
    seen = raw("GET", "/western?list-type=2")
    check("    list in the wrong region", seen[0] == 301 and b"PermanentRedirect" in seen[2], seen)
    check("    put in the wrong region", raw("PUT", "/western/k")[0] == 301)
    check("    botocore follows it", outcome(s3.list_objects_v2, Bucket="western") == "ok")
    check("    GetBucketLocation from us-east-1", raw("GET", "/western?location")[0] == 200)
    for name in ("Bad_Name", "a..b", "192.168.1.1", "x-s3alias"):
        seen = raw("PUT", f"/{name}")
        check(f"    bucket name {name}", seen[0] == 400 and b"InvalidBucketName" in seen[2], seen)
    check("    what moto lacks is a 501", outcome(s3.get_bucket_policy_status, Bucket="mine")[0] == 501)


def pod_identity(peer):
    eks = peer.client("eks", region="eu-west-1")
    cluster = eks.describe_cluster(name="prod")["cluster"]
    check("(g) cluster with an OIDC issuer", cluster["identity"]["oidc"]["issuer"].startswith("https://"))
    wanted = {"clusterName": "prod", "namespace": "n", "serviceAccount": "s", "roleArn": "arn:aws:iam::1:role/r"}
    one = eks.create_pod_identity_association(clientRequestToken="t", tags={"a": "b"}, **wanted)["association"]
    same = eks.create_pod_identity_association(clientRequestToken="t", tags={"a": "b"}, **wanted)["association"]
    check("    the same clientRequestToken", one["associationId"] == same["associationId"])
    seen = outcome(eks.create_pod_identity_association, **wanted)
    check("    a duplicate", seen == (409, "ResourceInUseException"), seen)
    listed = eks.list_pod_identity_associations(clusterName="prod", namespace="n", serviceAccount="s")["associations"]
    check("    list", [a["associationId"] for a in listed] == [one["associationId"]], listed)
    listed = eks.list_pod_identity_associations(clusterName="prod", namespace="x")["associations"]
    check("    list of another namespace", not listed, listed)
    where = {"clusterName": "prod", "associationId": one["associationId"]}
    eks.update_pod_identity_association(roleArn="arn:aws:iam::1:role/q", **where)
    seen = eks.describe_pod_identity_association(**where)["association"]
    check("    update and describe", seen["roleArn"].endswith("/q") and seen["tags"] == {"a": "b"}, seen)
    check("    delete", outcome(eks.delete_pod_identity_association, **where) == "ok")
    seen = outcome(eks.describe_pod_identity_association, **where)
    check("    gone", seen == (404, "ResourceNotFoundException"), seen)
    seen = outcome(eks.list_pod_identity_associations, clusterName="none")
    check("    no such cluster", seen == (404, "ResourceNotFoundException"), seen)


def iam(peer):
    iam = peer.client("iam")
    user = f"arn:aws:iam::{peer.ready['account']}:user/least"
    seen = iam.simulate_principal_policy(
        PolicySourceArn=user,
        ActionNames=["s3:GetObject", "s3:DeleteBucket"],
        ResourceArns=["arn:aws:s3:::mine/x"],
    )["EvaluationResults"]
    check("(h) simulate", [r["EvalDecision"] for r in seen] == ["allowed", "implicitDeny"], seen)
    deny = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}})
    seen = iam.simulate_principal_policy(PolicySourceArn=user, PolicyInputList=[deny], ActionNames=["s3:GetObject"])
    check("    simulate an explicit deny", seen["EvaluationResults"][0]["EvalDecision"] == "explicitDeny", seen)
    secure = f"arn:aws:iam::{peer.ready['account']}:user/secure"
    asked = {"PolicySourceArn": secure, "ActionNames": ["s3:ListBucket"], "ResourceArns": ["arn:aws:s3:::mine"]}
    seen = iam.simulate_principal_policy(**asked)["EvaluationResults"][0]
    good = seen["EvalDecision"] == "implicitDeny" and seen["MissingContextValues"] == ["aws:SecureTransport"]
    check("    simulate without the context key", good, seen)
    entry = {"ContextKeyName": "aws:SecureTransport", "ContextKeyValues": ["true"], "ContextKeyType": "boolean"}
    seen = iam.simulate_principal_policy(ContextEntries=[entry], **asked)["EvaluationResults"][0]
    check("    simulate with the context key", seen["EvalDecision"] == "allowed", seen)

    def padded(size):
        text = json.dumps(least("b"), separators=(",", ":"))
        return text.replace("arn:aws:s3:::b\"", "arn:aws:s3:::b" + "x" * (size - len(text)) + '"', 1)

    trust = {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [{**trust, "Sid": "s" * 2000}]})
    limit = (409, "LimitExceeded")
    seen = outcome(iam.create_policy, PolicyName="p1", PolicyDocument=padded(6144) + "\n" * 50)
    check("(i) a policy of 6144", seen == "ok", seen)
    check("    a policy of 6145", outcome(iam.create_policy, PolicyName="p2", PolicyDocument=padded(6145)) == limit)
    seen = outcome(iam.put_user_policy, UserName="least", PolicyName="more", PolicyDocument=padded(1900))
    check("    inline policies of a user over 2048", seen == limit, seen)
    seen = outcome(iam.create_role, RoleName="r", AssumeRolePolicyDocument=trust)
    check("    a trust policy over 2048", seen == limit, seen)
    seen = outcome(iam.create_user, UserName="LEAST")
    check("    names differ by case only", seen == (409, "EntityAlreadyExists"), seen)
    narrow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:CreateUser"}]}
    narrow["Statement"][0]["Resource"] = f"arn:aws:iam::{peer.ready['account']}:user/app-*"
    caller = peer.client("iam", peer.post("user", name="maker", policy=narrow))
    check("    IAM resources are looked at: allowed", outcome(caller.create_user, UserName="app-1") == "ok")
    check("    … and denied", outcome(caller.create_user, UserName="other") == (403, "AccessDenied"))
    key = iam.create_access_key(UserName="app-1")["AccessKey"]
    keys = {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}
    iam.update_access_key(UserName="app-1", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    seen = outcome(peer.client("s3", keys).list_buckets)
    check("    an inactive key", seen == (403, "InvalidAccessKeyId"), seen)


def web_identity(peer):
    iam, issuer = peer.client("iam"), peer.ready["cluster"]["oidc_issuer"]
    host = issuer.removeprefix("https://")
    arn = f"arn:aws:iam::{peer.ready['account']}:oidc-provider/{host}"
    condition = {"StringEquals": {f"{host}:aud": "sts.amazonaws.com", f"{host}:sub": "system:serviceaccount:n:s"}}
    trust = {"Effect": "Allow", "Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithWebIdentity"}
    trust = {"Version": "2012-10-17", "Statement": [{**trust, "Condition": condition}]}
    role = iam.create_role(RoleName="irsa", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="irsa", PolicyName="p", PolicyDocument=json.dumps(least("mine")))
    sts = peer.client("sts")

    def assume(sub, aud="sts.amazonaws.com"):
        token = peer.post("token", issuer=issuer, sub=f"system:serviceaccount:{sub}", aud=aud)["token"]
        return sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="test", WebIdentityToken=token)

    seen = outcome(assume, sub="n:s")
    check("(j) web identity without the provider", seen == (400, "InvalidIdentityToken"), seen)
    iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["sts.amazonaws.com"])
    made = assume("n:s")["Credentials"]
    keys = {"access_key_id": made["AccessKeyId"], "secret_access_key": made["SecretAccessKey"]}
    s3 = peer.client("s3", keys, token=made["SessionToken"])
    check("    web identity: use the bucket", outcome(s3.put_object, Bucket="mine", Key="w", Body=b"") == "ok")
    check("    web identity: another bucket", outcome(s3.head_bucket, Bucket="theirs") == (403, "403"))
    check("    web identity: another ServiceAccount", outcome(assume, sub="n:other") == (403, "AccessDenied"))
    check("    web identity: another audience", outcome(assume, sub="n:s", aud="x") == (400, "InvalidIdentityToken"))


def roles(peer):
    iam = peer.client("iam")

    def trust(principal, actions):
        statement = {"Effect": "Allow", "Principal": principal, "Action": actions}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    pods = {"Service": "pods.eks.amazonaws.com"}
    document = trust(pods, ["sts:AssumeRole", "sts:TagSession"])
    role = iam.create_role(RoleName="pod", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.put_role_policy(RoleName="pod", PolicyName="p", PolicyDocument=json.dumps(least("mine")))
    keys = peer.post("assume", role_arn=role)
    s3 = peer.client("s3", keys, token=keys["session_token"])
    check("a pod's role: its bucket", outcome(s3.list_objects_v2, Bucket="mine") == "ok")
    check("a pod's role: another bucket", outcome(s3.head_bucket, Bucket="theirs") == (403, "403"))
    seen = outcome(peer.client("s3", keys, token="other").head_bucket, Bucket="mine")
    check("a pod's role: another session token", seen == (400, "400"), seen)
    iam.update_assume_role_policy(RoleName="pod", PolicyDocument=trust(pods, "sts:AssumeRole"))
    try:
        peer.post("assume", role_arn=role)
        check("a pod's role without sts:TagSession", False)
    except urllib.error.HTTPError as error:
        check("a pod's role without sts:TagSession", error.code == 400)
    sts = peer.client("sts")
    seen = outcome(sts.assume_role, RoleArn=role, RoleSessionName="test")
    check("AssumeRole by one whom the trust does not name", seen == (403, "AccessDenied"), seen)
    document = trust({"AWS": peer.ready["account"]}, "sts:AssumeRole")
    iam.update_assume_role_policy(RoleName="pod", PolicyDocument=document)
    check("AssumeRole by the account", outcome(sts.assume_role, RoleArn=role, RoleSessionName="test") == "ok")


def control(peer, record):
    s3 = peer.client("s3")
    for service, call, arguments in (
        (s3, "create_bucket", {"Bucket": "faulty"}),
        (peer.client("iam"), "create_user", {"UserName": "faulty"}),
        (peer.client("eks"), "list_clusters", {}),
    ):
        operation = service.meta.method_to_api_mapping[call]
        peer.post("fail", operation=operation, status=503, code="SlowDown", times=1)
        check(f"fail {operation}", outcome(getattr(service, call), **arguments) == (503, "SlowDown"))
        check("… once", outcome(getattr(service, call), **arguments) == "ok")
    peer.post("fail", operation="CreateAccessKey", lose_reply=True)
    try:
        peer.client("iam").create_access_key(UserName="faulty")
        check("a lost reply", False)
    except (HTTPClientError, EndpointConnectionError):
        held = peer.client("iam").list_access_keys(UserName="faulty")["AccessKeyMetadata"]
        check("a lost reply: the key exists", len(held) == 1, held)
    peer.post("key-delay", ms=60000)
    new = peer.post("user", name="new", policy=least("mine"))
    check("a new key is not known yet", outcome(peer.client("s3", new).head_bucket, Bucket="mine") == (403, "403"))
    peer.post("clear")
    s3.list_buckets()
    with urllib.request.urlopen(f"{peer.endpoint}/_peer/requests") as answer:
        seen = [(r["n"], r["operation"], r["write"]) for r in json.load(answer)]
    check("the journal", seen == [(1, "ListBuckets", False)], seen)
    lines = [json.loads(line) for line in pathlib.Path(record).read_text().splitlines()]
    check("the record file", all(k in lines[0] for k in ("n", "service", "operation", "method", "path", "status")))
    unknown = sorted({f"{r['service']} {r['method']} {r['path']}" for r in lines if r["operation"] == "Unknown"})
    check("no operation is unknown", not unknown, unknown)
    check("it ends with its input", peer.end() == 0)


def unenforced():
    peer = Peer()
    test = {"access_key_id": "test", "secret_access_key": "test"}
    s3 = peer.client("s3", test)
    check("without --enforce any key will do", outcome(s3.create_bucket, Bucket="free") == "ok")
    peer.post("account-of-bucket", bucket="stranger", account=OTHER)
    check("… but not for another's bucket", outcome(s3.head_bucket, Bucket="stranger") == (403, "403"))
    peer.end()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        record = f"{folder}/record"
        peer = Peer("--enforce", "--eks-cluster", "prod", "--region", "eu-west-1", "--record", record)
        try:
            for part in (least_privilege, encryption, buckets, pod_identity, iam, web_identity, roles):
                part(peer)
            control(peer, record)
        finally:
            peer.process.kill()
    unenforced()
    sys.exit(1 if failures else 0)
