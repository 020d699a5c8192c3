"""What a project of Google Cloud holds, and what it answers: the part of `google.py` that knows no HTTP."""

import base64
import hashlib
import json
import os
import re
import threading
import urllib.error
import urllib.parse
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

PROJECT, NUMBER, TOKEN = "acme-prod", "123456789012", "token-of-the-caller"
OBJECT_ADMIN = {"storage.objects.create", "storage.objects.get", "storage.objects.list", "storage.objects.delete"}
ROLES = {
    "roles/storage.objectAdmin": OBJECT_ADMIN,
    "roles/storage.objectViewer": {"storage.objects.get", "storage.objects.list"},
    "roles/storage.legacyBucketReader": {"storage.buckets.get", "storage.objects.list"},
    "roles/storage.admin": OBJECT_ADMIN | {
        "storage.buckets.create", "storage.buckets.delete", "storage.buckets.get", "storage.buckets.list",
    },
}


class Failure(Exception):
    def __init__(self, status, reason, message, details=None, headers=None):
        super().__init__(message)
        self.headers = headers or {}
        error = {"code": status, "message": message, "status": reason, "errors": [{"reason": reason, "message": message}]}
        if details:
            error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", **details}]
        self.status, self.body = status, {"error": error}


class Dropped(Exception):
    """The connection ends without an answer."""


def denied(permission, resource):
    return Failure(403, "PERMISSION_DENIED", f"Permission '{permission}' denied on resource '{resource}' (or it may not exist).")


class Project:
    def __init__(self, objects):
        self.objects, self.lock = objects, threading.RLock()
        self.buckets, self.accounts, self.keys, self.policies, self.hmac, self.disabled = {}, {}, {}, {}, {}, set()
        self.tokens = {TOKEN: None}
        self.deny, self.faults, self.journal, self.unseen = set(), [], [], {}

    def fault(self, permission):
        """The fault for a call, if one waits for it: `after` so many calls of its kind, and `times` of them."""
        for fault in self.faults:
            if fault["permission"] == permission:
                if fault.get("after", 0) > 0:
                    fault["after"] -= 1
                    continue
                fault["times"] = fault.get("times", 1) - 1
                if fault["times"] <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    # Who may do what.

    def allow(self, caller, permission, resource, bucket=None):
        if caller is None:
            if permission in self.deny:
                raise denied(permission, resource)
            return
        member = f"serviceAccount:{caller}"
        for name in filter(None, [bucket and f"b/{bucket}", "project"]):
            for binding in self.policies.get(name, {}).get("bindings", []):
                if member in binding["members"] and permission in ROLES.get(binding["role"], ()):
                    return
        raise Failure(403, "forbidden", f"{caller} does not have {permission} access to {resource}.")

    # Policies: read, and written with an etag.

    def policy(self, name, version):
        policy = json.loads(json.dumps(self.policies.get(name, {"version": 1, "etag": "ACAB"})))
        if version < 3:
            for binding in policy.get("bindings", []):
                if binding.pop("condition", None):
                    binding["role"] += "_withcond_0123456789abcdef"
        return policy

    def set_policy(self, name, policy, conflict):
        current = self.policies.get(name, {"version": 1, "etag": "ACAB"})
        if policy.get("etag") not in (None, current["etag"]):
            raise conflict
        conditional = any("condition" in binding for binding in policy.get("bindings", []))
        if conditional and policy.get("version") != 3:
            raise Failure(400, "INVALID_ARGUMENT", "A policy with conditions must have version 3.")
        for binding in policy.get("bindings", []):
            for member in binding["members"]:
                account = re.fullmatch(rf"serviceAccount:([^\[]*@{PROJECT}\.iam\.gserviceaccount\.com)", member)
                if account and (account[1] not in self.accounts or self.hidden(account[1])):
                    raise Failure(400, "INVALID_ARGUMENT", f"Service account {account[1]} does not exist.")
        etag = base64.b64encode(hashlib.sha256(json.dumps([policy, current["etag"]]).encode()).digest()[:8]).decode()
        self.policies[name] = {**policy, "etag": etag}
        return self.policies[name]

    def hidden(self, email):
        """A new service account is not known everywhere at once."""
        self.unseen[email] = self.unseen.get(email, 0) - 1
        return self.unseen[email] >= 0

    # Buckets.

    def storage(self, request, path, query, body):
        name = urllib.parse.unquote(path[0]) if path else None
        if request.command == "POST" and not path:
            name = body["name"]
            request.may("storage.buckets.create", f"projects/{query['project']}")
            if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", name) or name.startswith("goog") or "google" in name:
                raise Failure(400, "invalid", f"Invalid bucket name: '{name}'")
            if name in self.buckets:
                raise Failure(409, "conflict", "Your previous request to create the named bucket succeeded and you already own it.")
            self.forward("POST", f"/storage/v1/b?project={PROJECT}", json.dumps({"name": name}).encode(), "application/json")
            self.buckets[name] = {"location": "US", **body, "kind": "storage#bucket", "metageneration": "1", "projectNumber": NUMBER}
            return self.buckets[name]
        if request.command == "GET" and not path:
            request.may("storage.buckets.list", f"projects/{query['project']}")
            return {"items": list(self.buckets.values())}
        bucket = self.buckets.get(name)
        if path[1:] and path[1] == "o":
            kind = {"GET": "get" if path[2:] else "list", "DELETE": "delete"}[request.command]
            request.may(f"storage.objects.{kind}", name, name)
            suffix = "/".join(path[1:]) + (f"?{request.query}" if request.query else "")
            return self.forward(request.command, f"/storage/v1/b/{path[0]}/{suffix}")
        if bucket is not None and bucket["projectNumber"] != NUMBER:
            raise denied("storage.buckets.get", name)
        verb = {"GET": "get", "PATCH": "update", "DELETE": "delete", "PUT": "setIamPolicy"}[request.command]
        if path[1:] == ["iam"]:
            request.may("storage.buckets.getIamPolicy" if verb == "get" else "storage.buckets.setIamPolicy", name, name)
        else:
            request.may(f"storage.buckets.{verb}", name, name)
        if bucket is None:
            raise Failure(404, "notFound", "The specified bucket does not exist.")
        if path[1:] == ["iam"]:
            if verb == "get":
                return self.policy(f"b/{name}", int(query.get("optionsRequestedPolicyVersion", 1)))
            return self.set_policy(f"b/{name}", body, Failure(412, "conditionNotMet", "Precondition Failed"))
        if verb == "delete":
            if json.loads(self.forward("GET", f"/storage/v1/b/{path[0]}/o")).get("items"):
                raise Failure(409, "conflict", "The bucket you tried to delete is not empty.")
            self.policies.pop(f"b/{name}", None)
            self.forward("DELETE", f"/storage/v1/b/{path[0]}")
            del self.buckets[name]
            return None
        if verb == "update":
            if query.get("ifMetagenerationMatch") not in (None, bucket["metageneration"]):
                raise Failure(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")
            labels = {key: value for key, value in {**bucket.get("labels", {}), **body.get("labels", {})}.items() if value is not None}
            access = {**bucket.get("iamConfiguration", {}), **body.get("iamConfiguration", {})}
            bucket.update({**body, "labels": labels, "iamConfiguration": access})
            bucket["metageneration"] = str(int(bucket["metageneration"]) + 1)
        return bucket

    def forward(self, method, path, body=None, kind=None, headers=None, back=None):
        request = urllib.request.Request(self.objects + path, body, {"content-type": kind} if kind else {}, method=method)
        for name, value in (headers or {}).items():
            if name.lower().startswith("x-goog-upload"):
                request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                if back is not None:
                    back.update({name: value for name, value in answer.headers.items() if name.lower().startswith("x-goog-upload")})
                return answer.read()
        except urllib.error.HTTPError as error:
            raise Failure(error.code, "notFound" if error.code == 404 else "other", error.read().decode()) from None

    def hmac_keys(self, request, path, query, body):
        email = query.get("serviceAccountEmail")
        if request.command == "GET":
            request.may("storage.hmacKeys.list", email)
            return {"items": [key for key in self.hmac.values() if key["serviceAccountEmail"] == email]}
        if request.command == "POST":
            request.may("storage.hmacKeys.create", email)
            access = "GOOG1E" + base64.b32encode(os.urandom(34)).decode()[:55]
            self.hmac[access] = {"accessId": access, "state": "ACTIVE", "serviceAccountEmail": email}
            return {"metadata": self.hmac[access], "secret": base64.b64encode(os.urandom(30)).decode()}
        key = self.hmac[path[0]]
        if request.command == "PUT":
            key["state"] = body["state"]
            return key
        if key["state"] != "INACTIVE":
            raise Failure(400, "invalid", "Cannot delete keys in ACTIVE state.")
        del self.hmac[path[0]]
        return None

    # Service accounts and their keys.

    def iam(self, request, path, query, body):
        if not path and request.command == "GET":
            request.may("iam.serviceAccounts.list", f"projects/{PROJECT}")
            accounts = [self.accounts[email] for email in sorted(self.accounts) if not self.hidden(email)]
            start = int(query.get("pageToken", 0))
            page = {"accounts": accounts[start:start + 2]}  # short pages, so that everyone follows them
            return {**page, "nextPageToken": str(start + 2)} if accounts[start + 2:] else page
        if not path:
            request.may("iam.serviceAccounts.create", f"projects/{PROJECT}")
            account = body["accountId"]
            if not re.fullmatch(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])", account):
                raise Failure(400, "INVALID_ARGUMENT", f"{account} does not have required format")
            email = f"{account}@{PROJECT}.iam.gserviceaccount.com"
            if email in self.accounts:
                raise Failure(409, "ALREADY_EXISTS", f"Service account {account} already exists within project projects/{PROJECT}.")
            self.accounts[email] = {"email": email, "uniqueId": str(10**20 + len(self.accounts)), **body["serviceAccount"]}
            self.keys[email] = {}
            return self.accounts[email]
        email, _, action = urllib.parse.unquote(path[0]).partition(":")
        if action:
            request.may(f"iam.serviceAccounts.{action}", email)
        elif not path[1:]:
            request.may("iam.serviceAccounts.delete" if request.command == "DELETE" else "iam.serviceAccounts.get", email)
        elif path[2:] and ":" in path[2]:
            request.may(f"iam.serviceAccountKeys.{path[2].partition(':')[2]}", email)
        else:
            verb = {"GET": "list", "POST": "create", "DELETE": "delete"}[request.command]
            request.may(f"iam.serviceAccountKeys.{verb}", email)
        if email not in self.accounts or self.hidden(email):
            raise Failure(404, "NOT_FOUND", f"Unknown service account: {email}")
        if action == "getIamPolicy":
            return self.policy(f"a/{email}", int(query.get("options.requestedPolicyVersion", 1)))
        if action == "setIamPolicy":
            return self.set_policy(f"a/{email}", body["policy"], Failure(409, "ABORTED", "There were concurrent policy changes."))
        if not path[1:] and request.command == "DELETE":
            return self.delete_account(email)
        if not path[1:]:
            return self.accounts[email]
        if request.command == "GET":
            keys = [{"name": name, "keyType": "USER_MANAGED", "disabled": name in self.disabled, "validAfterTime": "2026-11-01T00:00:00Z"}
                    for name, _ in self.keys[email].values()]
            return {"keys": keys} if keys else {}
        if path[2:] and ":" in path[2]:
            ident, _, action = path[2].partition(":")
            (self.disabled.add if action == "disable" else self.disabled.discard)(self.keys[email][ident][0])
            return {}
        if request.command == "DELETE":
            del self.keys[email][path[2]]
            return {}
        return self.new_key(request.headers["host"], email)

    def delete_account(self, email):
        """Its bindings stay, and name it as deleted. Source: IAM documentation, "Policies with deleted principals"."""
        account, self.keys[email] = self.accounts.pop(email), {}
        self.hmac = {ident: key for ident, key in self.hmac.items() if key["serviceAccountEmail"] != email}
        self.policies.pop(f"a/{email}", None)
        for policy in self.policies.values():
            for binding in policy.get("bindings", []):
                gone = f"deleted:serviceAccount:{email}?uid={account.get('uniqueId', '1')}"
                binding["members"] = [gone if member == f"serviceAccount:{email}" else member for member in binding["members"]]
        return {}

    def new_key(self, host, email):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        ident = os.urandom(20).hex()
        name = f"projects/{PROJECT}/serviceAccounts/{email}/keys/{ident}"
        self.keys[email][ident] = (name, key.public_key())
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file = {
            "type": "service_account", "project_id": PROJECT, "private_key_id": ident, "private_key": pem.decode(),
            "client_email": email, "client_id": self.accounts[email].get("uniqueId", "1"),
            "token_uri": f"http://{host}/token",
        }
        return {"name": name, "privateKeyData": base64.b64encode(json.dumps(file, indent=2).encode()).decode()}

    def token(self, form):
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] != "refresh":
                raise Failure(400, "invalid_grant", "Token has been expired or revoked.")
            return {"access_token": TOKEN, "expires_in": 3599}
        head, claims, signature = form["assertion"].split(".")
        decode = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        said = json.loads(decode(claims))
        kid, keys = json.loads(decode(head)).get("kid"), self.keys.get(said["iss"], {})
        candidates = [  # googleauth sends no kid
            public for ident, (name, public) in keys.items() if kid in (None, ident) and name not in self.disabled
        ]

        def verifies(public):
            try:
                public.verify(decode(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
            except InvalidSignature:
                return False
            return True

        if not any(map(verifies, candidates)):
            failure = Failure(400, "invalid_grant", "Invalid JWT Signature.")
            failure.body = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
            raise failure
        token = os.urandom(12).hex()
        self.tokens[token] = said["iss"]
        return {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}

    # The peer's own.

    def empty(self):
        """Everything is gone, as in a new project."""
        for name in self.buckets:
            for item in json.loads(self.forward("GET", f"/storage/v1/b/{name}/o")).get("items", []):
                self.forward("DELETE", f"/storage/v1/b/{name}/o/{urllib.parse.quote(item['name'], safe='')}")
            self.forward("DELETE", f"/storage/v1/b/{name}")
        self.__init__(self.objects)

    def control(self, body):
        if body.get("empty"):
            self.empty()
        if body.get("mend"):
            self.faults, self.journal = [], []
        self.deny = set(body.get("deny", self.deny))
        self.faults += body.get("faults", [])
        known = set(self.buckets)
        self.buckets.update(body.get("buckets", {}))
        for name in set(body.get("buckets", {})) - known:
            self.forward("POST", f"/storage/v1/b?project={PROJECT}", json.dumps({"name": name}).encode(), "application/json")
        self.accounts.update(body.get("accounts", {}))
        self.keys.update({email: {} for email in body.get("accounts", {}) if email not in self.keys})
        if body.get("object"):  # somebody writes one
            bucket, name = body["object"]
            path = f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={urllib.parse.quote(name, safe='')}"
            self.forward("POST", path, b"text", "text/plain")
        if body.get("key"):  # somebody else makes one
            self.new_key("127.0.0.1", body["key"])
        self.policies.update(body.get("policies", {}))
        self.unseen.update(body.get("unseen", {}))
        return {"buckets": self.buckets, "accounts": self.accounts, "policies": self.policies, "journal": self.journal,
                "keys": {email: list(keys) for email, keys in self.keys.items()}, "hmac": list(self.hmac)}
