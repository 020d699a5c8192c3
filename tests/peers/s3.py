"""Uses a bucket as a program would, by boto3, with the credentials of the environment.

    python s3.py --endpoint URL --bucket NAME [--region R] [--prefix P] [--owner ID] ACTION...

Actions: whoami head location list put get copy multipart abort uploads delete, and `all` for every one but whoami.
Credentials: AWS_ACCESS_KEY_ID …, or AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE. Prints a line of JSON for each
action: {"action", "ok": true, …} or {"action", "ok": false, "status", "code", "message"}. Exits 1 if one failed.
"""

import argparse
import json
import os
import sys

ALL = ["head", "location", "put", "get", "copy", "list", "multipart", "abort", "uploads", "delete"]


class Actions:
    def __init__(self, asked):
        import boto3
        from botocore.config import Config

        config = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
        os.environ["AWS_ENDPOINT_URL"] = asked.endpoint  # also for the STS call behind a web identity
        self.client = lambda name: boto3.client(name, region_name=asked.region, config=config)
        self.s3 = self.client("s3")
        self.where = {"Bucket": asked.bucket}
        if asked.owner:
            self.where["ExpectedBucketOwner"] = asked.owner
        self.key = f"{asked.prefix}probe"
        self.bucket = asked.bucket

    def whoami(self):
        seen = self.client("sts").get_caller_identity()
        return {"arn": seen["Arn"], "account": seen["Account"]}

    def head(self):
        return {"region": self.s3.head_bucket(**self.where).get("BucketRegion")}

    def location(self):
        return {"location": self.s3.get_bucket_location(**self.where)["LocationConstraint"]}

    def list(self):
        return {"keys": [o["Key"] for o in self.s3.list_objects_v2(**self.where).get("Contents", [])]}

    def put(self):
        self.s3.put_object(Key=self.key, Body=b"probe", **self.where)

    def get(self):
        body = self.s3.get_object(Key=self.key, **self.where)["Body"].read()
        return {"bytes": len(body), "same": body == b"probe"}

    def copy(self):
        self.s3.copy_object(Key=f"{self.key}-copy", CopySource={"Bucket": self.bucket, "Key": self.key}, **self.where)

    def delete(self):
        for key in (self.key, f"{self.key}-copy", f"{self.key}-parts"):
            self.s3.delete_object(Key=key, **self.where)

    def multipart(self):
        where = {"Key": f"{self.key}-parts", **self.where}
        where["UploadId"] = self.s3.create_multipart_upload(**where)["UploadId"]
        parts = []
        for number, size in ((1, 5 * 1024 * 1024), (2, 1000)):
            made = self.s3.upload_part(PartNumber=number, Body=b"x" * size, **where)
            parts.append({"PartNumber": number, "ETag": made["ETag"]})
        listed = len(self.s3.list_parts(**where)["Parts"])
        self.s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **where)
        return {"parts": listed}

    def abort(self):
        where = {"Key": f"{self.key}-aborted", **self.where}
        where["UploadId"] = self.s3.create_multipart_upload(**where)["UploadId"]
        self.s3.abort_multipart_upload(**where)

    def uploads(self):
        return {"uploads": len(self.s3.list_multipart_uploads(**self.where).get("Uploads", []))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--bucket", default="")
    parser.add_argument("--region", default=os.environ.get("AWS_REGION", "us-east-1"))
    parser.add_argument("--prefix", default="")
    parser.add_argument("--owner", help="send this account as the expected bucket owner")
    parser.add_argument("actions", nargs="+", choices=["whoami", *ALL, "all"], metavar="ACTION")
    asked = parser.parse_args()
    from botocore.exceptions import BotoCoreError, ClientError

    actions, failed = Actions(asked), False
    for name in [n for a in asked.actions for n in (ALL if a == "all" else [a])]:
        line = {"action": name, "ok": True}
        try:
            line |= getattr(actions, name)() or {}
        except ClientError as error:
            seen, status = error.response["Error"], error.response["ResponseMetadata"]["HTTPStatusCode"]
            line |= {"ok": False, "status": status, "code": seen["Code"], "message": seen["Message"]}
        except BotoCoreError as error:
            line |= {"ok": False, "status": None, "code": type(error).__name__, "message": str(error)}
        failed |= not line["ok"]
        print(json.dumps(line), flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
