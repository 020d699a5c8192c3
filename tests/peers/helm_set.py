"""Reads flags as Helm does (its own parser, by Helm's SDK) and prints the values that they make, as JSON.

    python helm_set.py      standard input: a JSON list of installs, each a list of flags such as `--set-string 'a.b=c'`
"""

import json
import shlex
import sys

import helm_python as helm
from helm_values import merge

PARSERS = {
    "--set": helm.parse_set_string,
    "--set-string": helm.parse_set_string_values,
    "--set-json": helm.parse_set_json,
}


def values(flags):
    result = {}
    for flag in flags:
        name, expression = shlex.split(flag)
        result = merge(result, PARSERS[name](expression))
    return result


if __name__ == "__main__":
    print(json.dumps([values(flags) for flags in json.load(sys.stdin)]))
