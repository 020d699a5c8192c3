"""Gives commands to the Azure CLI's own parser, and says which it refuses.

    /usr/bin/python3 az_parses.py < COMMANDS

A JSON list of arguments a line. No account is signed in, so none is carried out: a command that parses ends in «Please run
'az login'» (1), one that does not in a usage error (2).
"""

import contextlib
import io
import json
import os
import sys
import tempfile


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"AZURE_CONFIG_DIR": folder, "AZURE_CORE_COLLECT_TELEMETRY": "0"}
        from azure.cli.core import get_default_cli

        cli = get_default_cli()
        for line in sys.stdin:
            said = io.StringIO()
            with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
                try:
                    code = cli.invoke(json.loads(line), out_file=said)
                except SystemExit as end:
                    code = end.code
            print(json.dumps({"command": json.loads(line), "ok": code == 1, "said": said.getvalue().strip()}), flush=True)


if __name__ == "__main__":
    main()
