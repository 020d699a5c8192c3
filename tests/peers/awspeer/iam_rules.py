"""Where moto's IAM differs from AWS IAM, and the policy simulator, which moto does not have."""

import re

from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from . import identity, policy
from .call import Refusal, xml_answer

# IAM User Guide, "IAM and AWS STS quotas": sizes in characters, white space not counted.
MANAGED, TRUST = 6144, 2048
INLINE = {"User": 2048, "Role": 10240, "Group": 5120}


def size(text):
    return len(re.sub(r"\s", "", text or ""))


def check(call):
    form, operation = call.params, call.operation
    backend = iam_backends[call.account][get_partition(call.region)]
    document = form.get("PolicyDocument")
    if operation in ("CreatePolicy", "CreatePolicyVersion"):
        _check_sids(document)
        if size(document) > MANAGED:
            raise _limit(f"Cannot exceed quota for PolicySize: {MANAGED}")
    trust = document if operation == "UpdateAssumeRolePolicy" else form.get("AssumeRolePolicyDocument")
    if trust and size(trust) > TRUST:
        raise _limit(f"Cannot exceed quota for ACLSizePerRole: {TRUST}")
    for kind, most in INLINE.items():
        if operation == f"Put{kind}Policy":
            _check_sids(document)
            name = form.get(f"{kind}Name")
            others = _inline(backend, kind, name)
            others.pop(form.get("PolicyName"), None)
            if size(document) + sum(size(d) for d in others.values()) > most:
                raise _limit(f"Maximum policy size of {most} bytes exceeded for {kind.lower()} {name}")
    _check_case(call, backend)


def _limit(message):
    return Refusal(409, "LimitExceeded", message)


def _inline(backend, kind, name):
    if kind == "User":
        holder = backend.users.get(name)
    elif kind == "Group":
        holder = backend.groups.get(name)
    else:
        holder = next((r for r in list(backend.roles.values()) if r.name == name), None)
    return dict(holder.policies) if holder else {}


def _check_sids(document):
    """IAM User Guide, "IAM JSON policy elements: Sid": unique within a policy; letters and digits only."""
    try:
        sids = [s["Sid"] for s in policy.parse(document) if s.get("Sid")]
    except (ValueError, TypeError, AttributeError):
        return  # moto refuses what is not a policy
    if len(sids) != len(set(sids)):
        raise Refusal(400, "MalformedPolicyDocument", "Statement IDs (SID) in a single policy must be unique.")


def _check_case(call, backend):
    """IAM API Reference, CreateUser/CreateRole/CreatePolicy: names are unique regardless of case."""
    named = {
        "CreateUser": ("User", "UserName", lambda: list(backend.users)),
        "CreateRole": ("Role", "RoleName", lambda: [r.name for r in list(backend.roles.values())]),
        "CreateGroup": ("Group", "GroupName", lambda: list(backend.groups)),
        "CreatePolicy": ("Policy", "PolicyName", lambda: [p.name for p in list(backend.managed_policies.values())]),
    }
    if call.operation not in named:
        return
    kind, field, names = named[call.operation]
    wanted = call.params.get(field, "")
    if any(name.lower() == wanted.lower() for name in names()):
        text = f"{kind} with name {wanted} already exists."
        if kind == "Policy":
            text = f"A policy called {wanted} already exists. Duplicate names are not allowed."
        raise Refusal(409, "EntityAlreadyExists", text)


def _members(form, prefix):
    """The values of PREFIX.member.1, PREFIX.member.2 …"""
    found, n = [], 1
    while f"{prefix}.member.{n}" in form:
        found.append(form[f"{prefix}.member.{n}"])
        n += 1
    return found


def _context(form):
    context, n = {}, 1
    while name := form.get(f"ContextEntries.member.{n}.ContextKeyName"):
        context[name] = _members(form, f"ContextEntries.member.{n}.ContextKeyValues")
        n += 1
    return context


def simulate(call):
    """(h) SimulatePrincipalPolicy and SimulateCustomPolicy, after the IAM API Reference.

    As in AWS the context is what the caller sends: a condition on a key that is not sent does not hold, and the
    key is named in MissingContextValues.
    """
    form = call.params
    documents = [(f"PolicyInputList.{n}", d) for n, d in enumerate(_members(form, "PolicyInputList"), 1)]
    boundaries = _members(form, "PermissionsBoundaryPolicyInputList")
    who = None
    if call.operation == "SimulatePrincipalPolicy":
        who = identity.by_arn(form["PolicySourceArn"])
        if who is None:
            raise Refusal(404, "NoSuchEntity", f"The entity {form['PolicySourceArn']} cannot be found.")
        documents += who.policies
        boundaries = boundaries or ([who.boundary] if who.boundary else [])
    for _, document in documents:
        try:
            policy.parse(document)
        except ValueError:
            raise Refusal(400, "InvalidInput", "Invalid policy document") from None
    context = _context(form)
    if who and "aws:PrincipalArn" not in context:
        context["aws:PrincipalArn"] = who.arn
    results = [
        _simulated(documents, boundaries, form.get("ResourcePolicy"), who, action, resource, context)
        for action in _members(form, "ActionNames")
        for resource in _members(form, "ResourceArns") or ["*"]
    ]
    return xml_answer(call, {"IsTruncated": False, "EvaluationResults": results})


def _simulated(documents, boundaries, resource_policy, who, action, resource, context):
    verdict = policy.evaluate(documents, action, resource, context)
    decision = verdict.decision
    for boundary in boundaries:
        limited = policy.evaluate([("boundary", boundary)], action, resource, context)
        if decision == policy.ALLOWED or limited.decision == policy.EXPLICIT_DENY:
            decision = limited.decision
        verdict.missing |= limited.missing
    if resource_policy:
        by_resource = policy.evaluate([("ResourcePolicy", resource_policy)], action, resource, context, who)
        if by_resource.decision == policy.EXPLICIT_DENY or decision == policy.IMPLICIT_DENY:
            decision = by_resource.decision
        verdict.matched += by_resource.matched
        verdict.missing |= by_resource.missing
    return {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": decision,
        "MatchedStatements": [{"SourcePolicyId": name, "SourcePolicyType": "IAM Policy"} for name in verdict.matched],
        "MissingContextValues": sorted(verdict.missing),
    }
