"""Everything that an account holds, without what differs from run to run: for comparing two accounts."""

import json

from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from . import pods


def of(account, region):
    s3 = s3_backends[account][get_partition(region)]
    iam = iam_backends[account][get_partition(region)]
    return {
        "buckets": {b.name: _bucket(s3, b) for b in s3.buckets.values()},
        "users": {u.name: _user(iam, u) for u in iam.users.values()},
        "roles": {r.name: _role(r) for r in iam.roles.values()},
        "policies": {p.arn: _policy(p) for p in iam.managed_policies.values() if f":{account}:" in p.arn},
        "providers": {p.url: [p.client_id_list, _tags(p.tags)] for p in iam.open_id_providers.values()},
        "associations": sorted(
            [one["clusterName"], one["namespace"], one["serviceAccount"], one["roleArn"], one["tags"]]
            for (owner, _, _), held in pods._associations.items()
            if owner == account
            for one in held.values()
        ),
    }


def forget(account, region):
    """As if the account had never been: so that a sweep over hundreds of accounts does not slow the peer down."""
    for bucket in s3_backends[account][get_partition(region)].buckets:
        s3_backends.bucket_accounts.pop(bucket, None)
    for backends in (s3_backends, iam_backends):
        backends.pop(account, None)
    with pods._lock:
        for held in [key for key in pods._associations if key[0] == account]:
            del pods._associations[held]


def _bucket(s3, bucket):
    return _plain(
        {
            "region": bucket.region_name,
            "policy": json.loads(bucket.policy) if bucket.policy else None,
            "lifecycle": [vars(rule) for rule in bucket.rules],
            "cors": [vars(rule) for rule in bucket.cors],
            "versioning": bucket.versioning_status,
            "block": vars(bucket.public_access_block) if bucket.public_access_block else None,
            "encryption": bucket.encryption,
            "ownership": bucket.ownership_rule,
            "tags": s3.tagger.get_tag_dict_for_resource(bucket.arn),
            "objects": sorted(bucket.keys),
        }
    )


def _user(iam, user):
    return {
        "tags": iam.tagger.get_tag_dict_for_resource(user.arn),
        "attached": sorted(user.managed_policies),
        "inline": {name: json.loads(text) for name, text in user.policies.items()},
        "keys": [
            {"id": k.access_key_id, "secret": k.secret_access_key, "active": k.status == "Active"}
            for k in user.access_keys
        ],
    }


def _role(role):
    return {
        "tags": _tags(role.tags),
        "trust": json.loads(role.assume_role_policy_document),
        "attached": sorted(role.managed_policies),
        "inline": sorted(role.policies),
    }


def _policy(policy):
    document = next(v.document for v in policy.versions if v.version_id == policy.default_version_id)
    return {"tags": _tags(policy.tags), "document": json.loads(document), "versions": len(policy.versions)}


def _tags(tags):
    return {tag["Key"]: tag["Value"] for tag in (tags.values() if isinstance(tags, dict) else tags or [])}


def _plain(value):
    return json.loads(json.dumps(value, default=lambda o: vars(o) if hasattr(o, "__dict__") else str(o)))
