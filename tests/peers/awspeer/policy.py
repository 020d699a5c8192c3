"""IAM policy evaluation: statements, wildcards, principals, conditions, policy variables.

After "Policy evaluation logic" and "IAM JSON policy elements reference" in the IAM User Guide.
moto's engine ignores Resource in some services, escapes no pattern, and ignores Condition.
"""

import datetime
import functools
import ipaddress
import json
import re
from dataclasses import dataclass, field

ALLOWED = "allowed"
IMPLICIT_DENY = "implicitDeny"
EXPLICIT_DENY = "explicitDeny"


@dataclass
class Verdict:
    """What a set of policies of one kind says about one action on one resource."""

    decision: str
    matched: list = field(default_factory=list)  # names of the policies with a matching statement
    missing: set = field(default_factory=set)  # condition keys the request did not carry


def as_list(value):
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def parse(document):
    """The statements of a policy document given as text, bytes or a parsed value."""
    if isinstance(document, (str, bytes)):
        document = json.loads(document)
    return as_list(document.get("Statement"))


@functools.lru_cache(maxsize=4096)
def _pattern(text, ignore_case):
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in text)
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def like(pattern, value, ignore_case=False):
    return _pattern(pattern, ignore_case).fullmatch(value) is not None


def _fill(text, context):
    """Replaces policy variables: ${aws:username}, ${aws:PrincipalAccount} …; unknown ones match nothing."""

    def one(found):
        name = found.group(1)
        if name in ("*", "?", "$"):
            return name
        values = _lookup(context, name.split(",")[0].strip())
        return values[0] if values else "\0"

    return re.sub(r"\$\{([^}]+)\}", one, text)


def _lookup(context, key):
    key = key.lower()
    for name, value in context.items():
        if name.lower() == key:
            return [str(v) for v in as_list(value)]
    return None


def principal_matches(element, who, account_counts=False):
    """Whether a Principal element names the caller.

    An account principal (its id or its :root) only delegates to that account's own policies; it counts as
    a match for a Deny, or where the caller's own policies are looked at as well (`account_counts`).
    """
    if element == "*":
        return True
    if not isinstance(element, dict) or who is None:
        return False
    for kind, names in element.items():
        for name in as_list(names):
            if name == "*" and kind == "AWS":
                return True
            if kind == "AWS" and name in who.arns:
                return True
            if kind == "AWS" and account_counts and name in who.account_names:
                return True
            if kind in ("Service", "Federated") and name in who.arns:
                return True
    return False


def evaluate(documents, action, resource, context, who=None, account_counts=False):
    """`documents`: pairs (name, policy). With `who`, statements need a Principal that names it (resource policies)."""
    verdict = Verdict(IMPLICIT_DENY)
    for name, document in documents:
        for statement in parse(document):
            denies = statement.get("Effect") == "Deny"
            if not _concerns(statement, action, resource, context):
                continue
            if who is not None and not _names(statement, who, account_counts or denies):
                continue
            holds, missing = conditions_hold(statement.get("Condition") or {}, context)
            verdict.missing |= missing
            if not holds:
                continue
            if name not in verdict.matched:
                verdict.matched.append(name)
            if denies:
                verdict.decision = EXPLICIT_DENY
            elif verdict.decision != EXPLICIT_DENY:
                verdict.decision = ALLOWED
    return verdict


def _names(statement, who, account_counts):
    if "NotPrincipal" in statement:
        return not principal_matches(statement["NotPrincipal"], who, True)
    return principal_matches(statement.get("Principal"), who, account_counts)


def _concerns(statement, action, resource, context):
    if "NotAction" in statement:
        if any(like(p, action, True) for p in as_list(statement["NotAction"])):
            return False
    elif not any(like(p, action, True) for p in as_list(statement.get("Action"))):
        return False
    if "NotResource" in statement:
        return not any(like(_fill(p, context), resource) for p in as_list(statement["NotResource"]))
    if "Resource" not in statement:  # trust policies have none
        return True
    return any(like(_fill(p, context), resource) for p in as_list(statement["Resource"]))


def conditions_hold(block, context):
    """All operators and all keys must hold. Also names the keys that the request does not carry."""
    missing = set()
    holds = True
    for operator, keys in block.items():
        for key, expected in keys.items():
            actual = _lookup(context, key)
            if actual is None:
                missing.add(key)
            wanted = [_fill(_text(v), context) for v in as_list(expected)]
            if not _condition(operator, wanted, actual):
                holds = False
    return holds, missing


def _text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def _condition(operator, wanted, actual):
    mode, _, rest = operator.rpartition(":")
    optional = rest.endswith("IfExists")
    name = rest.removesuffix("IfExists")
    if name == "Null":
        return (actual is None) == (wanted[0].lower() == "true")
    if name not in OPERATORS:
        raise ValueError(f"the AWS emulator does not know the condition operator {operator}")
    negated, test = OPERATORS[name]
    if actual is None:  # a missing key fails, except for the negated operators, ForAllValues and …IfExists
        return optional or negated or mode == "ForAllValues"

    def one(value):
        hit = any(test(w, value) for w in wanted)
        return not hit if negated else hit

    if mode == "ForAllValues":
        return all(one(v) for v in actual)
    if mode == "ForAnyValue" or not negated:
        return any(one(v) for v in actual)
    return all(one(v) for v in actual)


def _number(compare):
    def test(wanted, actual):
        try:
            return compare(float(actual), float(wanted))
        except ValueError:
            return False

    return test


def _moment(text):
    if re.fullmatch(r"\d+", text):
        return datetime.datetime.fromtimestamp(int(text), datetime.timezone.utc)
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)


def _date(compare):
    return lambda wanted, actual: compare(_moment(actual), _moment(wanted))


def _in_network(wanted, actual):
    return ipaddress.ip_address(actual) in ipaddress.ip_network(wanted, strict=False)


def _same(wanted, actual):
    return wanted == actual


def _same_text(wanted, actual):
    return wanted.lower() == actual.lower()


OPERATORS = {  # name: (negated, test)
    "StringEquals": (False, _same),
    "StringNotEquals": (True, _same),
    "StringEqualsIgnoreCase": (False, _same_text),
    "StringNotEqualsIgnoreCase": (True, _same_text),
    "StringLike": (False, like),
    "StringNotLike": (True, like),
    "ArnEquals": (False, like),
    "ArnLike": (False, like),
    "ArnNotEquals": (True, like),
    "ArnNotLike": (True, like),
    "Bool": (False, _same_text),
    "NumericEquals": (False, _number(lambda a, w: a == w)),
    "NumericNotEquals": (True, _number(lambda a, w: a == w)),
    "NumericLessThan": (False, _number(lambda a, w: a < w)),
    "NumericLessThanEquals": (False, _number(lambda a, w: a <= w)),
    "NumericGreaterThan": (False, _number(lambda a, w: a > w)),
    "NumericGreaterThanEquals": (False, _number(lambda a, w: a >= w)),
    "DateEquals": (False, _date(lambda a, w: a == w)),
    "DateNotEquals": (True, _date(lambda a, w: a == w)),
    "DateLessThan": (False, _date(lambda a, w: a < w)),
    "DateLessThanEquals": (False, _date(lambda a, w: a <= w)),
    "DateGreaterThan": (False, _date(lambda a, w: a > w)),
    "DateGreaterThanEquals": (False, _date(lambda a, w: a >= w)),
    "IpAddress": (False, _in_network),
    "NotIpAddress": (True, _in_network),
}
