"""Renders a chart with ours alone, and with each of several values under ours: what each of them changes of storage.

    python helm_compare.py CHART NAME NAMESPACE NEEDED OURS... < VALUES

NEEDED is a file of values that the chart asks for, OURS the files of ours, VALUES a JSON list of values. Prints a JSON list: for each the
lines of the manifests that speak of storage and are new, or that are gone from a manifest which is still there; or Helm's refusal.
"""

import copy
import json
import re
import sys

import helm_python as helm
from helm_values import merge, read

STORAGE = re.compile(
    r"bucket|endpoint|role-?arn|amazonaws\.com/role|aws_|remote_directory|connection|accesskey|secretkey|region|jclouds"
    r"|artifactrepo|artifactory|gcs|azure|\bs3\b|kms|sdkcreds|sessiontoken",
    re.IGNORECASE,
)


def lines(manifests):
    return {name: {line.strip() for line in text.splitlines()} for name, text in manifests.items() if text.strip()}


def main():
    chart_path, name, namespace, needed, *ours = sys.argv[1:]
    needed, ours = read([needed]), read(ours)
    with helm.Chart.load(chart_path) as chart:

        def render(values):
            values = merge(merge(copy.deepcopy(needed), values), copy.deepcopy(ours))
            manifests = chart.render(values, name=name, namespace=namespace)
            return lines({file: text for file, text in manifests.items() if not file.endswith(".txt")})

        # What is random is in one of two renders alone.
        base, again = render({}), render({})
        random = {file for file in base if base[file] != again.get(file)}
        all_ours = set().union(*base.values())
        answers = []
        for values in json.load(sys.stdin):
            try:
                found = render(values)
            except helm.HelmError as error:
                answers.append({"error": str(error)})
                continue
            kept = [file for file in found if file not in random]
            new = set().union(*(found[file] for file in kept)) - all_ours
            gone = set().union(*(base.get(file, set()) - found[file] for file in kept))
            # A heading alone says nothing, nor does a digest of what is compared itself.
            speaking = (line for line in new | gone if STORAGE.search(line) and not line.endswith(":"))
            answers.append({"lines": sorted(line for line in speaking if "checksum" not in line)})
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
