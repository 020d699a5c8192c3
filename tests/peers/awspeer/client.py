"""Starts the AWS emulator and talks to it with boto3: for `selftest.py`."""

import json
import pathlib
import subprocess
import sys
import urllib.request

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

ACCOUNT = pathlib.Path(__file__).parent.parent / "account.py"
CONFIG = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})


class Peer:
    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, ACCOUNT, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.ready = json.loads(self.process.stdout.readline())
        self.endpoint = self.ready["endpoint"]

    def post(self, what, /, **body):
        request = urllib.request.Request(f"{self.endpoint}/_peer/{what}", json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def client(self, service, key=None, region="us-east-1", insecure=False, token=None):
        key = key or self.ready["admin"]
        client = boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=key["access_key_id"],
            aws_secret_access_key=key["secret_access_key"],
            aws_session_token=token,
            config=CONFIG,
        )
        if insecure:
            client.meta.events.register(
                "before-sign.*.*", lambda request, **_: request.headers.add_header("x-test-insecure", "1")
            )
        return client

    def end(self):
        self.process.stdin.close()
        return self.process.wait(10)


def least(bucket):
    """What a chart needs of its bucket, and no more."""
    def statement(actions, resource):
        return {"Effect": "Allow", "Action": [f"s3:{a}" for a in actions], "Resource": resource}

    on_bucket = ["ListBucket", "GetBucketLocation", "ListBucketMultipartUploads"]
    on_objects = ["GetObject", "PutObject", "DeleteObject", "AbortMultipartUpload", "ListMultipartUploadParts"]
    arn = f"arn:aws:s3:::{bucket}"
    return {"Version": "2012-10-17", "Statement": [statement(on_bucket, arn), statement(on_objects, f"{arn}/*")]}


def raw_s3(peer, region):
    """Signs and sends by hand, so that nothing follows a redirect."""
    admin = peer.ready["admin"]
    keys = Credentials(admin["access_key_id"], admin["secret_access_key"])

    def send(method, path):
        request = AWSRequest(method, peer.endpoint + path, data=b"")
        S3SigV4Auth(keys, "s3", region).add_auth(request)
        answer = URLLib3Session().send(request.prepare())
        return answer.status_code, answer.headers, answer.content

    return send
