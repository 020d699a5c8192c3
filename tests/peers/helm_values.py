"""Reads values files as Helm does (Go YAML, by Helm's own SDK) and prints what Helm sees as JSON.

    python helm_values.py FILE...        later files win, as with `helm install -f A -f B`; `-` is standard input
"""

import json
import pathlib
import sys

import helm_python as helm


def merge(base, over):
    """Helm's mergeMaps (pkg/cli/values): maps are merged, anything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            value = merge(result[key], value)
        result[key] = value
    return result


def read(files):
    values = {}
    for file in files:
        try:
            text = sys.stdin.read() if file == "-" else pathlib.Path(file).read_text(encoding="utf-8")
            values = merge(values, helm.values_from_yaml(text) or {})
        except (OSError, helm.HelmError) as error:
            raise SystemExit(f"{file}: {error}") from None
    return values


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    print(json.dumps(read(sys.argv[1:])))
