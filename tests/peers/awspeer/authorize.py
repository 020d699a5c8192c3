"""Says yes or no to a request, in the words of AWS.

After "How AWS enforcement code logic evaluates requests to allow or deny access" in the IAM User Guide, and
"Troubleshoot access denied (403 Forbidden) errors in Amazon S3" for the text of the refusal.
"""

from moto.iam.models import iam_backends

from . import actions, policy
from .call import Refusal
from .policy import ALLOWED, EXPLICIT_DENY


def authorize(call):
    for action, resource in actions.needs(call):
        reason = denial(call, action, resource)
        if reason:
            refuse(call, action, resource, reason)


def allowed(call, action, resource):
    return denial(call, action, resource) is None


def refuse(call, action, resource, reason):
    headers = {}
    if call.service == "s3":
        bucket = actions.bucket_of(call.bucket) if call.bucket else None
        if bucket:  # HeadBucket names the region even when it refuses (S3 API Reference, HeadBucket)
            headers["x-amz-bucket-region"] = bucket.region_name
        if call.who.anonymous or bucket and bucket.account_id != call.who.account:
            raise Refusal(403, "AccessDenied", "Access Denied", headers)
        resource = f'"{resource}"'
    message = f"User: {call.who.arn} is not authorized to perform: {action} on resource: {resource} {reason}"
    code = "AccessDeniedException" if call.service == "eks" else "AccessDenied"
    raise Refusal(403, code, message, headers)


def denial(call, action, resource):
    """None when allowed, else the end of AWS's sentence."""
    who, context = call.who, actions.context(call)
    document, owner = _resource_policy(call, action, resource)
    same_account = owner == who.account
    by_resource = policy.evaluate(document, action, resource, context, who, account_counts=not same_account)
    if by_resource.decision == EXPLICIT_DENY:
        return "with an explicit deny in a resource-based policy"
    if who.anonymous:
        return None if by_resource.decision == ALLOWED else "because no resource-based policy allows it"
    by_identity = policy.evaluate(who.policies, action, resource, context)
    if by_identity.decision == EXPLICIT_DENY and not who.root:
        return "with an explicit deny in an identity-based policy"
    granted = who.root or by_identity.decision == ALLOWED
    for kind, limit in (("permissions boundary", who.boundary), ("session policy", who.session_policy)):
        if limit is None or who.root:
            continue
        limited = policy.evaluate([(kind, limit)], action, resource, context)
        if limited.decision == EXPLICIT_DENY:
            return f"with an explicit deny in a {kind}"
        if limited.decision != ALLOWED:
            return f"because no {kind} allows the {action} action"
    if action == "sts:AssumeRole" and same_account and not who.root:
        # the trust policy must allow; it suffices alone only if it names the principal itself
        named = policy.evaluate(document, action, resource, context, who, account_counts=True)
        if named.decision != ALLOWED:
            return "because no resource-based policy allows the sts:AssumeRole action"
        return None if granted or by_resource.decision == ALLOWED else _no_identity(action)
    if same_account:
        return None if granted or by_resource.decision == ALLOWED else _no_identity(action)
    if by_resource.decision != ALLOWED:
        return f"because no resource-based policy allows the {action} action"
    return None if granted else _no_identity(action)


def _no_identity(action):
    return f"because no identity-based policy allows the {action} action"


def _resource_policy(call, action, resource):
    """The resource's own policy and the account that owns the resource."""
    service, _, rest = action.partition(":")
    if service == "s3" and resource != "*":
        bucket = actions.bucket_of(resource.split(":::", 1)[1].partition("/")[0])
        if bucket is not None and call.operation != "CreateBucket":
            return ([("bucket policy", bucket.policy)] if bucket.policy else []), bucket.account_id
    if action == "sts:AssumeRole" and resource.startswith("arn:"):
        _, partition, _, _, account, _ = resource.split(":", 5)
        for role in list(iam_backends[account][partition].roles.values()):
            if role.arn == resource:
                return [("trust policy", role.assume_role_policy_document)], account
        return [], account
    return [], call.who.account
