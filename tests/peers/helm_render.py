"""Renders a chart (folder or .tgz) with values files by Helm's own SDK, as `helm template` does, without a cluster.

    python helm_render.py [--name NAME] [--namespace NS] [-f VALUES]... [--set-json JSON] [--text | --values] CHART

Prints {"objects": [{"source": TEMPLATE, "object": {...}}], "notes": TEXT}; with --text {"manifests": {TEMPLATE: TEXT}};
with --values the chart's defaults merged with the given values. Exits 1 with {"error", "kind"} when Helm refuses.
"""

import argparse
import json
import re
import sys

import helm_python as helm
from helm_values import merge, read


def objects(manifests):
    found = []
    for source, text in manifests.items():
        if source.endswith("NOTES.txt"):
            continue
        for document in re.split(r"(?m)^---(?:[ \t].*)?$", text):
            if not re.search(r"(?m)^\s*[^#\s]", document):
                continue
            found.append({"source": source, "object": helm.values_from_yaml(document)})
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chart")
    parser.add_argument("--name", default="release-name")
    parser.add_argument("--namespace", default="default")
    parser.add_argument("-f", "--values-file", action="append", default=[], metavar="VALUES")
    parser.add_argument("--set-json", default="{}", metavar="JSON", help="values that win over the files")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--text", action="store_true")
    form.add_argument("--values", action="store_true")
    asked = parser.parse_args()
    try:
        values = merge(read(asked.values_file), json.loads(asked.set_json))
        with helm.Chart.load(asked.chart) as chart:
            if asked.values:
                print(json.dumps(chart.merge_values(values)))
                return
            manifests = chart.render(values, name=asked.name, namespace=asked.namespace)
    except helm.HelmError as error:
        print(json.dumps({"error": str(error), "kind": type(error).__name__}))
        sys.exit(1)
    if asked.text:
        print(json.dumps({"manifests": manifests}))
        return
    notes = next((t for n, t in manifests.items() if n.endswith("NOTES.txt") and n.count("/") == 2), "")
    print(json.dumps({"objects": objects(manifests), "notes": notes}))


if __name__ == "__main__":
    main()
