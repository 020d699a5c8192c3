"""What tests may ask of the peer itself: POST /_peer/<name> with a JSON body, and the journal of AWS requests."""

import datetime
import json
import threading
import time
from dataclasses import dataclass

from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from . import clusters, federation, identity, inventory, pods
from .call import Refusal, json_answer

READS = ("Get", "List", "Head", "Describe", "Simulate", "Select", "AssumeRole", "Generate")


@dataclass
class Fault:
    """What shall go wrong, and when: the calls of `operation` by `account` whose path or body holds `match`."""

    operation: str
    status: int = 403
    code: str = "AccessDenied"
    message: str = "injected by the test"
    times: int = 1
    after: int = 0  # let so many go through first
    match: str = ""
    account: str = ""
    reset: bool = False  # cut the connection before acting
    lose_reply: bool = False  # act, then cut the connection in place of answering
    tear_reply: bool = False  # act, then cut the connection in the middle of the answer
    act: bool = False  # act, then answer the error all the same
    delay: int = 0  # wait so many milliseconds, then act and answer as ever
    kill: str = ""  # kill the process whose id is in this file: before acting, or with `act` after it
    headers: dict | None = None

    def hits(self, call):
        if self.operation not in ("*", call.operation) or self.times < 1:
            return False
        if self.account and self.account != identity.account_of(call):
            return False
        if self.match and self.match not in call.path and self.match.encode() not in call.body:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


class Control:
    """The settings that tests change, and the record of what came in."""

    def __init__(self, account, enforce, record):
        self.account, self.enforce = account, enforce
        self.latency = 0.0
        self.key_delay = 0.0
        self.stale, self.fresh = {}, {}
        self.faults, self.journal, self.held = [], [], []
        self.file = open(record, "a", encoding="utf-8") if record else None
        self.lock = threading.Lock()

    def fault(self, call):
        with self.lock:
            return next((f for f in self.faults if f.hits(call)), None)

    def hold(self, call, seconds):
        """Keeps a call waiting before anything acts on it; `held` names it meanwhile."""
        entry = {"operation": call.operation, "account": identity.account_of(call), "ms": round(seconds * 1000)}
        with self.lock:
            self.held.append(entry)
        time.sleep(seconds)
        with self.lock:
            self.held.remove(entry)

    def unseen(self, call):
        """Whether a call names something that its account made so lately that AWS does not show it everywhere yet."""
        for_seconds = self.stale.get(call.account)
        if not for_seconds or call.operation.startswith("Create") and call.operation != "CreateAccessKey":
            return False
        made = [self.fresh.get((call.account, name)) for name in _names(call)]
        return any(at and time.monotonic() - at < for_seconds for at in made)

    def made(self, call, answer):
        if answer.status >= 300:
            return
        if call.operation in ("CreateBucket", "CreateUser", "CreateRole", "CreatePolicy"):
            for name in _names(call):
                self.fresh[call.account, name] = time.monotonic()
        elif call.operation == "CreateAccessKey":
            self.fresh[call.account, ("keys", call.params.get("UserName"))] = time.monotonic()

    def note(self, call, status, code, fault=None):
        write = not call.operation.startswith(READS)
        entry = {
            "service": call.service,
            "operation": call.operation,
            "method": call.method,
            "path": call.path,
            "status": status,
            "write": write,
            "code": code,
            "region": call.region,
            "caller": call.who.arn if call.who else None,
            "account": call.account or None,
            "owner": call.headers.get("x-amz-expected-bucket-owner"),
            "fault": fault is not None,
        }
        with self.lock:
            self.journal.append({"n": len(self.journal) + 1, **entry})
            if self.file:
                self.file.write(json.dumps(self.journal[-1]) + "\n")
                self.file.flush()

    def handle(self, call):
        """GET /_peer/requests, or POST /_peer/<name>."""
        name = call.raw_path.removeprefix("/_peer/").replace("-", "_")
        if call.method == "GET" and name == "requests":
            with self.lock:
                return json_answer(self.journal)
        action = getattr(self, f"do_{name}", None)
        if action is None or call.method != "POST":
            return json_answer({"error": f"there is no {call.method} {call.raw_path}"}, 404)
        try:
            return json_answer(action(**call.json()) or {"ok": True})
        except (TypeError, ValueError, Refusal) as error:
            return json_answer({"error": str(error)}, 400)

    def do_latency(self, ms):
        self.latency = ms / 1000

    def do_key_delay(self, ms):
        """New access keys are not known for so long, as when IAM has not spread them yet."""
        self.key_delay = ms / 1000

    def do_enforce(self, on):
        self.enforce = bool(on)

    def do_fail(self, **fault):
        with self.lock:
            self.faults.append(Fault(**fault))

    def do_stale(self, account, ms):
        """What the account makes is unseen for so long, as when IAM and S3 have not spread it yet."""
        self.stale[account] = ms / 1000

    def do_calls(self, account):
        """The part of the journal that is of one account."""
        with self.lock:
            return [entry for entry in self.journal if entry["account"] == account]

    def do_held(self):
        """The calls that wait at this moment, for the latency or for the delay of a fault."""
        with self.lock:
            return {"calls": list(self.held)}

    def do_mend(self, account):
        """Forgets the faults, the delays and the journal of one account."""
        with self.lock:
            self.faults = [fault for fault in self.faults if fault.account != account]
            self.journal = [entry for entry in self.journal if entry["account"] != account]
        self.stale.pop(account, None)

    def do_setup(self, account, requests, region="us-east-1"):
        """Requests of the account's root, each `{service, method, path, body}`; nobody asks whether they are allowed."""
        for request in requests:
            self.as_root(account, region, **request)

    def do_cluster(self, account, name, region="us-east-1"):
        """An EKS cluster in an account."""
        return clusters.make(account, name, region)

    def do_age(self, account, seconds, region="us-east-1"):
        """Makes all access keys of an account older, so that no test has to wait."""
        older = datetime.timedelta(seconds=seconds)
        for user in iam_backends[account][get_partition(region)].users.values():
            for key in user.access_keys:
                key.create_date -= older

    def do_state(self, account, region="us-east-1"):
        """Everything that the account holds."""
        return inventory.of(account, region)

    def do_forget(self, account, region="us-east-1"):
        """As if the account had never been."""
        inventory.forget(account, region)
        self.do_mend(account)

    def do_clear(self):
        """Forgets faults, delays and the journal (a record file is kept)."""
        with self.lock:
            self.stale, self.fresh = {}, {}
            self.faults, self.journal = [], []
            self.latency = self.key_delay = 0.0

    def do_account_of_bucket(self, bucket, account, region="us-east-1"):
        """Makes a bucket that belongs to another account."""
        s3_backends[account][get_partition(region)].create_bucket(bucket, region)
        return {"bucket": bucket, "account": account, "region": region}

    def do_user(self, name, policy, account=None, region="us-east-1"):
        """Makes a user with one inline policy and one access key, without asking IAM."""
        account = account or self.account
        backend = iam_backends[account][get_partition(region)]
        if name not in backend.users:
            backend.create_user(region, name)
        backend.put_user_policy(name, "peer", json.dumps(policy))
        key = backend.create_access_key(name)
        return {
            "arn": backend.users[name].arn,
            "access_key_id": key.access_key_id,
            "secret_access_key": key.secret_access_key,
        }

    def do_token(self, issuer, sub, aud="sts.amazonaws.com", seconds=3600):
        """A web identity token as the cluster would give to a ServiceAccount."""
        return {"token": federation.make_token(issuer, sub, aud, seconds)}

    def do_assume(self, role_arn, service="pods.eks.amazonaws.com", context=None, region="us-east-1", pod=None):
        """The credentials that a service would hand out for a role, if the role's trust lets it; to a `pod` with EKS's keys."""
        keys = dict(context or {})
        if pod:
            account = pod.get("account", role_arn.split(":")[4])
            keys |= pods.session(region, account, pod["cluster"], pod["namespace"], pod["serviceAccount"])
        try:
            session = federation.assume_as_service(region, role_arn, service, keys)
        except StopIteration:
            raise ValueError(f"there is no role {role_arn}") from None
        return {
            "arn": session.arn,
            "access_key_id": session.access_key_id,
            "secret_access_key": session.secret_access_key,
            "session_token": session.session_token,
        }


def _names(call):
    """The names of what a call is about."""
    found = [call.params.get(name) for name in ("bucket", "UserName", "RoleName", "PolicyName")]
    found.append((call.params.get("PolicyArn") or "").rpartition("/")[2])
    listed = [("keys", call.params.get("UserName"))] if call.operation == "ListAccessKeys" else []
    return [(call.service, name) for name in found if name] + listed
