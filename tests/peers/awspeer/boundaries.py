"""Permissions boundaries of users, which moto lacks, and what conditions may ask of a user, role or policy.

After the IAM API Reference (CreateUser, PutUserPermissionsBoundary, DeleteUserPermissionsBoundary, GetUser) and the
Service Authorization Reference: `iam:PermissionsBoundary` is the boundary in the request of CreateUser, CreateRole and
Put…PermissionsBoundary, else that of the user or role; `aws:ResourceTag/KEY` is a tag of what the call is about.
"""

from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from .call import Refusal, xml_answer

OPERATIONS = {"PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary"}


def _backend(call):
    return iam_backends[call.account][get_partition(call.region)]


def _user(call):
    return _backend(call).users.get(call.params.get("UserName"))


def _role(call):
    name = call.params.get("RoleName")
    return next((role for role in list(_backend(call).roles.values()) if role.name == name), None)


def of_user(user):
    return getattr(user, "permissions_boundary_arn", None)


def of_holder(call):
    """The boundary of the user or role that a call is about."""
    user, role = _user(call), _role(call)
    return of_user(user) if user else role.permissions_boundary_arn if role else None


def tags_of(call):
    """The tags of the user, role or policy that a call is about."""
    backend, user, role = _backend(call), _user(call), _role(call)
    if user:
        found = backend.list_user_tags(user.name)
    elif role:
        found = role.tags.values() if isinstance(role.tags, dict) else role.tags
    else:
        policy = backend.managed_policies.get(call.params.get("PolicyArn"))
        found = policy.tags.values() if policy and isinstance(policy.tags, dict) else []
    return {tag["Key"]: tag["Value"] for tag in found}


def check(call):
    """IAM API Reference, CreateUser: NoSuchEntity for a boundary that is not there. moto takes any."""
    arn = call.params.get("PermissionsBoundary")
    if arn and arn not in _backend(call).managed_policies:
        raise Refusal(404, "NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.")


def handle(call):
    user = _user(call)
    if user is None:
        name = call.params.get("UserName")
        raise Refusal(404, "NoSuchEntity", f"The user with name {name} cannot be found.")
    put = call.operation == "PutUserPermissionsBoundary"
    user.permissions_boundary_arn = call.params.get("PermissionsBoundary") if put else None
    return xml_answer(call, {})


def after(call, answer):
    """What moto forgets of a new user, and does not tell of one."""
    user = _user(call)
    if user is None or answer.status != 200:
        return
    if call.operation == "CreateUser" and call.params.get("PermissionsBoundary"):
        user.permissions_boundary_arn = call.params["PermissionsBoundary"]
    if call.operation in ("CreateUser", "GetUser") and of_user(user):
        told = f"<PermissionsBoundaryType>Policy</PermissionsBoundaryType><PermissionsBoundaryArn>{of_user(user)}"
        told = f"<PermissionsBoundary>{told}</PermissionsBoundaryArn></PermissionsBoundary></User>"
        answer.body = answer.body.replace(b"</User>", told.encode(), 1)
        answer.headers = [(n, v) for n, v in answer.headers if n.lower() != "content-length"]
