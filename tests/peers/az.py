"""A subscription of Azure's that the lines for the Azure CLI are run against: what they make is kept in a file.

    AZ_STATE=FILE [AZ_FAILS='WORDS OF A COMMAND'] python3 az.py ARGUMENTS

It keeps to what the lines rely on: `show` ends with 3 for what does not exist (azure/cli/core/commands/arm.py) and `create` writes
over what is there. A command that begins with AZ_FAILS is answered with 429. Every command is kept under `log`.
"""

import json
import os
import sys

import jmespath

# What an option names, by the words of the command; the last one is the thing's own name, those before it what it is in.
KINDS = {
    "group": ["--name"],
    "storage account": ["--name"],
    "storage account keys": ["--account-name"],
    "storage account blob-service-properties": ["--account-name"],
    "storage account management-policy": ["--account-name"],
    "storage container-rm": ["--storage-account", "--name"],
    "identity": ["--name"],
    "identity federated-credential": ["--identity-name", "--name"],
    "aks": ["--name"],
    "role assignment": [],
}
# What Azure keeps under another name than the option that sets it.
NAMES = {
    "--allow-shared-key-access": "allowSharedKeyAccess",
    "--allow-blob-public-access": "allowBlobPublicAccess",
    "--min-tls-version": "minimumTlsVersion",
    "--https-only": "enableHttpsTrafficOnly",
    "--public-access": "publicAccess",
    "--enable-versioning": "isVersioningEnabled",
}


def parsed(words):
    """The command's own words, and its options: each has all words up to the next."""
    own, options = [], {}
    for word in words:
        if word.startswith("--"):
            values = options.setdefault(word, [])
        elif options:
            values.append(word)
        else:
            own.append(word)
    return own, options


def value(option, words):
    if option in ("--tags", "--metadata"):
        return dict(word.split("=", 1) for word in words)
    if option in ("--policy",):
        return json.loads(words[0])
    if option in ("--audiences",):
        return words
    text = words[0] if words else "true"
    return {"true": True, "false": False, "off": "None"}.get(text, text)


def made(kind, name, options):
    thing = {"name": name, "keys": ["first+key==", "second+key=="]} if kind == "storage account" else {"name": name}
    if kind == "identity":
        thing |= {"principalId": f"principal-of-{name}", "clientId": f"client-of-{name}"}
    return thing | {NAMES.get(option, option.lstrip("-")): value(option, words) for option, words in options.items()}


def answer(state, own, options):
    """What a command answers, or its exit code."""
    *words, verb = own
    kind = " ".join(words)
    if kind == "role assignment":
        return assignments(state, verb, options)
    if kind not in KINDS:
        return {}
    names = [options.get(option, [""])[0] for option in KINDS[kind]]
    things = state.setdefault(kind, {})
    key = "/".join(names)
    if kind == "storage account keys":
        keys = state["storage account"][key]["keys"]
        if verb == "renew":
            keys[{"key1": 0, "primary": 0, "key2": 1, "secondary": 1}[options["--key"][0]]] += "new=="
        return [{"keyName": f"key{number + 1}", "value": text} for number, text in enumerate(keys)]
    if verb == "list":
        return [thing for name, thing in things.items() if name.startswith("/".join(filter(None, names)))]
    if verb == "create" or (verb == "update" and key not in things):
        things[key] = made(kind, names[-1], options)
    elif key not in things:
        return 3 if verb == "show" else 1
    elif verb == "update":
        things[key] |= made(kind, names[-1], options)
    elif verb == "delete":
        gone = things.pop(key)
        for below in [name for name in state.get("identity federated-credential", {}) if name.startswith(f"{key}/")]:
            if kind == "identity":
                del state["identity federated-credential"][below]
        return gone
    return things[key]


def assignments(state, verb, options):
    all_of_them = state.setdefault("role assignment", [])
    who = options.get("--assignee", options.get("--assignee-object-id", [""]))[0]
    scope = options.get("--scope", [""])[0]
    if verb == "create":
        role = options["--role"][0]
        one = {"id": f"{scope}/assignments/{who}/{role.replace(' ', '')}", "who": who, "scope": scope, "role": role}
        if one not in all_of_them:
            all_of_them.append(one)
        return one
    ids = options.get("--ids", [])
    chosen = [one for one in all_of_them if one["id"] in ids or (not ids and one["who"] == who and scope in ("", one["scope"]))]
    if verb == "delete":
        if not chosen:
            return 1
        state["role assignment"] = [one for one in all_of_them if one not in chosen]
    return chosen


def shown(found, options):
    if "--query" in options:
        found = jmespath.search(options["--query"][0], found)
    if options.get("--output", ["json"])[0] == "none" or found is None:
        return
    if options.get("--output", ["json"])[0] != "tsv":
        print(json.dumps(found))
        return
    for row in found if isinstance(found, list) else [found]:
        cells = row if isinstance(row, list) else [row]
        print("\t".join("None" if cell is None else str(cell) for cell in cells))


def main():
    own, options = parsed(sys.argv[1:])
    path = os.environ["AZ_STATE"]
    state = json.load(open(path)) if os.path.exists(path) else {}
    state.setdefault("log", []).append(sys.argv[1:])
    fails = os.environ.get("AZ_FAILS")
    found = 1 if fails and " ".join(own).startswith(fails) else answer(state, own, options)
    with open(path, "w") as file:
        json.dump(state, file, indent=1)
    if isinstance(found, int):
        reason = {3: "(ResourceNotFound) It was not found."}.get(found, "(TooManyRequests) Try again later.")
        print(f"ERROR: {reason}", file=sys.stderr)
        sys.exit(found)
    shown(found, options)


if __name__ == "__main__":
    main()
