"""(j) AssumeRoleWithWebIdentity, checked as STS does: provider, audience, expiry, and the role's trust policy.

After the STS API Reference (AssumeRoleWithWebIdentity) and "IAM roles for service accounts" in the EKS User
Guide. Not checked: the signature of the token, since the peer cannot fetch the issuer's keys.
"""

import base64
import json
import time

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from . import policy
from .call import Refusal

ACTION = "sts:AssumeRoleWithWebIdentity"


def make_token(issuer, subject, audience="sts.amazonaws.com", seconds=3600):
    """A token as a cluster would issue it for a ServiceAccount, with an empty signature."""
    claims = {"iss": issuer, "sub": subject, "aud": [audience], "iat": int(time.time())}
    claims["exp"] = claims["iat"] + seconds
    return ".".join((_part({"alg": "RS256", "typ": "JWT"}), _part(claims), "c2lnbmF0dXJl"))


def _part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def check(call):
    arn = call.params.get("RoleArn", "")
    claims = _claims(call.params.get("WebIdentityToken", ""))
    if claims.get("exp", 0) < time.time():
        message = "Token expired: current date/time must be before the expiration date/time"
        raise Refusal(400, "ExpiredTokenException", message)
    try:
        account, backend, role = _role(arn)
    except (ValueError, StopIteration):
        raise _denied() from None
    host = str(claims.get("iss", "")).removeprefix("https://")
    provider = f"arn:{arn.split(':')[1]}:iam::{account}:oidc-provider/{host}"
    known = backend.open_id_providers.get(provider)
    if known is None:
        message = f"No OpenIDConnect provider found in your account for https://{host}"
        raise Refusal(400, "InvalidIdentityToken", message)
    audiences = policy.as_list(claims.get("aud"))
    if not set(audiences) & set(known.client_id_list):
        raise Refusal(400, "InvalidIdentityToken", "Incorrect token audience")
    context = {f"{host}:aud": audiences, f"{host}:sub": claims.get("sub", ""), "aws:FederatedProvider": provider}
    if not _trusts(role.assume_role_policy_document, provider, context):
        raise _denied()
    call.account = account


def assume_as_service(region, role_arn, service, context):
    """Credentials of a role as a service hands them out: EKS Pod Identity to a pod, EC2 to a node.

    EKS User Guide, "Create IAM role with trust policy required by EKS Pod Identity": the trust must allow
    sts:AssumeRole and sts:TagSession to pods.eks.amazonaws.com.
    """
    account, _, role = _role(role_arn)
    wanted = ["sts:AssumeRole"] + (["sts:TagSession"] if service == "pods.eks.amazonaws.com" else [])
    for action in wanted:
        if not _trusts(role.assume_role_policy_document, service, context, action):
            raise Refusal(403, "AccessDenied", f"{service} is not authorized to perform {action} on {role_arn}")
    backend = sts_backends[account][get_partition(region)]
    return backend.assume_role(region, service.split(".")[0], role_arn, None, 3600, None)


def _claims(token):
    try:
        middle = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError):
        raise Refusal(400, "InvalidIdentityToken", "The ID Token provided is not a valid JWT.") from None


def _role(arn):
    _, partition, _, _, account, _ = arn.split(":", 5)
    backend = iam_backends[account][partition]
    return account, backend, next(r for r in list(backend.roles.values()) if r.arn == arn)


def _trusts(document, principal, context, action=ACTION):
    class Caller:
        arns, account_names = {principal}, set()

    return policy.evaluate([("trust", document)], action, "*", context, Caller).decision == policy.ALLOWED


def _denied():
    return Refusal(403, "AccessDenied", f"Not authorized to perform {ACTION}")
