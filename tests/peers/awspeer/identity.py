"""Who calls: finds the owner of an access key in moto's IAM and STS, and the policies that owner holds."""

import datetime
from dataclasses import dataclass, field

from moto.iam.models import AccessKeyLastUsed, iam_backends
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from . import boundaries
from .call import Refusal


@dataclass
class Identity:
    account: str
    partition: str
    arn: str
    name: str = ""
    role_arn: str | None = None
    secret: str | None = None
    used_key: object = None  # moto's key, when it is a user's
    token: str | None = None
    policies: list = field(default_factory=list)  # (name, document)
    boundary: str | None = None
    session_policy: str | None = None
    root: bool = False  # may do everything: the account itself, and any key while nothing is enforced
    anonymous: bool = False

    @property
    def arns(self):
        return {self.arn, self.role_arn} - {None}

    @property
    def account_names(self):
        return {self.account, f"arn:{self.partition}:iam::{self.account}:root"}


def anonymous(call):
    return Identity(account="", partition=get_partition(call.region), arn="anonymous", anonymous=True)


def root(account, region):
    partition = get_partition(region)
    return Identity(account, partition, f"arn:{partition}:iam::{account}:root", root=True)


def managed_document(backend, arn):
    """The default version of a managed policy, or None."""
    policy = backend.managed_policies.get(arn)
    return policy and next(v.document for v in policy.versions if v.is_default)


def _policies(backend, holder):
    held = list(holder.policies.items())
    for arn, policy in holder.managed_policies.items():
        held.append((policy.name, managed_document(backend, arn) or policy.document))
    return held


def of_user(backend, user):
    held = _policies(backend, user)
    for group in backend.get_groups_for_user(user.name):
        held += _policies(backend, group)
    partition = user.arn.split(":")[1]
    boundary = boundaries.of_user(user)
    limit = managed_document(backend, boundary) if boundary else None
    return Identity(user.account_id, partition, user.arn, user.name, policies=held, boundary=limit)


def of_role(backend, role):
    partition = role.arn.split(":")[1]
    boundary = role.permissions_boundary_arn
    return Identity(
        role.account_id,
        partition,
        role.arn,
        role.name,
        role_arn=role.arn,
        policies=_policies(backend, role),
        boundary=managed_document(backend, boundary) if boundary else None,
    )


def by_arn(arn):
    """The identity of a user or role by its ARN, or None."""
    _, partition, _, _, account, resource = arn.split(":", 5)
    backend = iam_backends[account][partition]
    kind, _, name = resource.partition("/")
    name = name.rsplit("/", 1)[-1]
    if kind == "user" and name in backend.users and backend.users[name].arn == arn:
        return of_user(backend, backend.users[name])
    for role in list(backend.roles.values()):
        if kind == "role" and role.arn == arn:
            return of_role(backend, role)
    return None


def by_key(access_key, key_delay=0.0):
    """The identity that owns an active access key, or None. Keys younger than `key_delay` seconds are not known yet."""
    for by_partition in list(iam_backends.values()):
        for backend in list(by_partition.values()):
            for user in list(backend.users.values()):
                for key in user.access_keys:
                    if key.access_key_id != access_key:
                        continue
                    if key.status != "Active" or _age(key.create_date) < key_delay:
                        return None
                    who = of_user(backend, user)
                    who.used_key = key
                    who.secret = key.secret_access_key
                    return who
    for by_partition in list(sts_backends.values()):
        for backend in list(by_partition.values()):
            for session in list(backend.assumed_roles):
                if session.access_key_id == access_key:
                    return _of_session(session)
    return None


def account_of(call):
    """The account that a call is of, whether or not it is allowed."""
    who = by_key(call.access_key) if call.access_key else None
    return who.account if who else None


def _age(moment):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now - moment.replace(tzinfo=moment.tzinfo or datetime.timezone.utc)).total_seconds()


def _of_session(session):
    role = by_arn(session.role_arn)
    if role is None:  # moto lets a role be assumed that is not there: then it has no permissions
        role = Identity(session.account_id, session.partition, session.role_arn, role_arn=session.role_arn)
    role.arn = session.arn
    role.name = f"{role.name}:{session.session_name}"
    role.secret, role.token = session.secret_access_key, session.session_token
    role.session_policy = session.policy or None
    if _age(session.expiration) > 0:
        role.token = ""  # expired: no token is right any more
    return role


def authenticate(call, enforce, default_account, key_delay):
    """Sets call.who and call.account; with `enforce`, refuses keys that do not exist and wrong signatures."""
    from .signature import verify

    if call.access_key is None:
        if call.headers.get("authorization", "").startswith("AWS "):
            raise Refusal(
                400,
                "InvalidRequest",
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
            )
        if enforce and call.service != "s3" and call.operation != "AssumeRoleWithWebIdentity":
            raise Refusal(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
        call.who = anonymous(call) if enforce else root(default_account, call.region)
        call.account = default_account
        return
    who = by_key(call.access_key, key_delay)
    if who is None and enforce:
        if call.service == "s3":
            message = "The AWS Access Key Id you provided does not exist in our records."
            raise Refusal(403, "InvalidAccessKeyId", message, AWSAccessKeyId=call.access_key)
        raise Refusal(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    if who is None:
        call.who, call.account = root(default_account, call.region), default_account
        return
    call.who, call.account = who, who.account
    if not enforce:
        who.root = True
        return
    _check_token(call, who)
    verify(call, who.secret)
    if who.used_key:
        now = datetime.datetime.now(datetime.timezone.utc)
        who.used_key.last_used = AccessKeyLastUsed(now, call.service, call.region)


def _check_token(call, who):
    token = call.headers.get("x-amz-security-token") or call.query.get("X-Amz-Security-Token")
    if token == who.token:
        return
    if who.token == "" and token:
        if call.service == "s3":
            raise Refusal(400, "ExpiredToken", "The provided token has expired.")
        raise Refusal(403, "ExpiredToken", "The security token included in the request is expired")
    if call.service == "s3":
        raise Refusal(400, "InvalidToken", "The provided token is malformed or otherwise invalid.")
    raise Refusal(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
