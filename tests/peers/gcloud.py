"""Stands in for gcloud: the verbs and options that our scripts use, strictly, as calls to the project of `google.py`.

The options are those of the gcloud CLI reference; one that is not listed here is an error, as there.
"""

import argparse
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

ROOT, TOKEN, PROJECT = os.environ["CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE"], os.environ["GOOGLE_OAUTH_ACCESS_TOKEN"], "acme-prod"


def call(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(ROOT + path, data, {"authorization": f"Bearer {TOKEN}"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        sys.exit(f"ERROR: (gcloud) {error.read().decode()}")


def parsed(words, *options, flags=(), names=1):
    parser = argparse.ArgumentParser(prog="gcloud", allow_abbrev=False)
    for name in range(names):
        parser.add_argument(f"name{name}")
    for option in options:
        parser.add_argument(f"--{option}")
    for flag in flags:
        parser.add_argument(f"--{flag}", action="store_true")
    return parser.parse_args(words)


def bucket(url):
    assert url.startswith("gs://"), url
    return "/storage/v1/b/" + urllib.parse.quote(url.removeprefix("gs://"), safe="")


def account(email):
    return f"/v1/projects/{PROJECT}/serviceAccounts/{urllib.parse.quote(email, safe='@')}"


def bind(read, write, wrapped, role, member):
    policy = read()
    bindings = policy.setdefault("bindings", [])
    for binding in bindings:
        if binding["role"] == role and "condition" not in binding:
            binding["members"] = sorted({*binding["members"], member})
            break
    else:
        bindings.append({"role": role, "members": [member]})
    write({"policy": policy} if wrapped else policy)


def settings(given):
    body = {"iamConfiguration": {}}
    if given.uniform_bucket_level_access:
        body["iamConfiguration"]["uniformBucketLevelAccess"] = {"enabled": True}
    if given.public_access_prevention:
        body["iamConfiguration"]["publicAccessPrevention"] = "enforced"
    return body


def main(words):
    closed = ("uniform-bucket-level-access", "public-access-prevention")
    match words:
        case ["storage", "buckets", "describe", *rest]:
            given = parsed(rest, "format")
            found = call("GET", bucket(given.name0))
            print(found.get("labels", {}).get("bucketwright-spec", "") if "labels" in given.format else found["name"])
        case ["storage", "buckets", "create", *rest]:
            given = parsed(rest, "project", "location", flags=closed)
            body = {"name": given.name0.removeprefix("gs://"), "location": given.location.upper(), **settings(given)}
            call("POST", f"/storage/v1/b?project={given.project}", body)
        case ["storage", "buckets", "update", *rest]:
            given = parsed(rest, "update-labels", "lifecycle-file", "cors-file", "soft-delete-duration", flags=(*closed, "versioning"))
            body = settings(given)
            if given.update_labels:
                body["labels"] = dict(pair.split("=", 1) for pair in given.update_labels.split(","))
            if given.soft_delete_duration:
                days = int(given.soft_delete_duration.removesuffix("d"))
                body["softDeletePolicy"] = {"retentionDurationSeconds": str(days * 86400)}
            if given.versioning:
                body["versioning"] = {"enabled": True}
            for key, file in (("lifecycle", given.lifecycle_file), ("cors", given.cors_file)):
                if file:
                    with open(file) as text:
                        body[key] = json.load(text)
            call("PATCH", bucket(given.name0), body)
        case ["storage", "buckets", "add-iam-policy-binding", *rest]:
            given = parsed(rest, "member", "role")
            path = bucket(given.name0) + "/iam"
            bind(lambda: call("GET", path + "?optionsRequestedPolicyVersion=3"), lambda body: call("PUT", path, body), False, given.role, given.member)
        case ["storage", "hmac", "list", *rest]:
            given = parsed(rest, "service-account", "project", "format", names=0)
            for key in call("GET", f"/storage/v1/projects/{PROJECT}/hmacKeys?serviceAccountEmail={given.service_account}")["items"]:
                print(key["accessId"])
        case ["storage", "hmac", "create", *rest]:
            given = parsed(rest, "project")
            print(json.dumps(call("POST", f"/storage/v1/projects/{PROJECT}/hmacKeys?serviceAccountEmail={given.name0}")))
        case ["iam", "service-accounts", "describe", *rest]:
            given = parsed(rest, "project")
            call("GET", account(given.name0))
        case ["iam", "service-accounts", "create", *rest]:
            given = parsed(rest, "project", "display-name", "description")
            body = {"accountId": given.name0, "serviceAccount": {"displayName": given.display_name, "description": given.description}}
            call("POST", f"/v1/projects/{PROJECT}/serviceAccounts", body)
        case ["iam", "service-accounts", "add-iam-policy-binding", *rest]:
            given = parsed(rest, "project", "member", "role", "condition")
            path = account(given.name0)
            bind(lambda: call("POST", path + ":getIamPolicy?options.requestedPolicyVersion=3", {}),
                 lambda body: call("POST", path + ":setIamPolicy", body), True, given.role, given.member)
        case ["projects", "add-iam-policy-binding", *rest]:
            given = parsed(rest, "member", "role", "condition")
            path = f"/v3/projects/{given.name0}"
            bind(lambda: call("POST", path + ":getIamPolicy", {"options": {"requestedPolicyVersion": 3}}),
                 lambda body: call("POST", path + ":setIamPolicy", body), True, given.role, given.member)
        case ["iam", "service-accounts", "keys", "list", *rest]:
            given = parsed(rest, "iam-account", "managed-by", "format", names=0)
            for key in call("GET", account(given.iam_account) + "/keys?keyTypes=USER_MANAGED").get("keys", []):
                print(key["name"])
        case ["iam", "service-accounts", "keys", "create", *rest]:
            given = parsed(rest, "iam-account")
            made = call("POST", account(given.iam_account) + "/keys", {})
            with open(given.name0, "x") as file:
                file.write(made["privateKeyData"])
        case _:
            sys.exit(f"ERROR: (gcloud) Invalid choice: {' '.join(words)}")


main(sys.argv[1:])
