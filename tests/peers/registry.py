"""Runs Debian's docker-registry on a storage document, and pushes, pulls and deletes an image through it.

    python registry.py STORAGE --endpoint URL [--as DRIVER] [--ambient] [--keep]

STORAGE holds the content of `storage:`, the driver's name first, as GitLab's registry Secret does. Only the address
is overridden (REGISTRY_STORAGE_<DRIVER>_REGIONENDPOINT, _FORCEPATHSTYLE), and deletion is switched on. `--as s3`
renames the driver, for documents that say `s3_v2`, which GitLab's fork knows and Debian's upstream 2.8.2 does not. Without
--ambient the AWS_* variables are removed, so that the document alone says who calls. Prints one line of JSON:
{"ok": true, "driver", "bucket", "renamed", "digest", "steps": [...]} or {"ok": false, "step", "error", "log"}.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


class Failed(Exception):
    pass


class SameMethod(urllib.request.HTTPRedirectHandler):
    """Follows a redirected HEAD with HEAD, as the presigned URL wants (Python before 3.13 turns it into GET)."""

    def redirect_request(self, request, *rest):
        made = super().redirect_request(request, *rest)
        made.method = request.get_method()
        return made


CLIENT = urllib.request.build_opener(SameMethod, urllib.request.ProxyHandler({}))


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def send(method, url, data=None, want=(200, 201, 202, 204), **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if data is not None:
        headers.setdefault("Content-Type", "application/octet-stream")
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with CLIENT.open(request, timeout=60) as answer:
            status, seen, body = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        status, seen, body = error.code, error.headers, error.read()
    except OSError as error:
        raise Failed(f"{method} {url}: {error}") from None
    if status not in want:
        raise Failed(f"{method} {url}: {status} {body.decode('utf-8', 'replace')[:500]}")
    return seen, body


class Registry:
    """The registry's HTTP API V2, as a client uses it."""

    def __init__(self, address):
        self.base = f"{address}/v2/bucketwright/probe"

    def push_blob(self, data):
        seen, _ = send("POST", f"{self.base}/blobs/uploads/", b"")
        where = urllib.parse.urljoin(self.base, seen["Location"])
        seen, _ = send("PATCH", where, data)
        where = urllib.parse.urljoin(self.base, seen["Location"])
        send("PUT", f"{where}{'&' if '?' in where else '?'}digest={digest(data)}", b"")

    def pull_blob(self, data):
        send("HEAD", f"{self.base}/blobs/{digest(data)}")
        _, body = send("GET", f"{self.base}/blobs/{digest(data)}")  # may be redirected to a presigned URL
        if body != data:
            raise Failed("the blob that came back is not the one that was pushed")

    def push_manifest(self, config, layer):
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "size": len(config),
                "digest": digest(config),
            },
            "layers": [
                {
                    "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                    "size": len(layer),
                    "digest": digest(layer),
                }
            ],
        }
        self.manifest = json.dumps(manifest).encode()
        send("PUT", f"{self.base}/manifests/1.0", self.manifest, Content_Type=MANIFEST)

    def pull_manifest(self):
        _, body = send("GET", f"{self.base}/manifests/1.0", Accept=MANIFEST)
        if body != self.manifest:
            raise Failed("the manifest that came back is not the one that was pushed")

    def list_tags(self):
        _, body = send("GET", f"{self.base}/tags/list")
        if json.loads(body)["tags"] != ["1.0"]:
            raise Failed(f"unexpected tags: {body}")

    def delete(self, data):
        send("DELETE", f"{self.base}/blobs/{digest(data)}")


def environment(asked, driver):
    env = {n: v for n, v in os.environ.items() if asked.ambient or not n.startswith("AWS_")}
    env.pop("AWS_CA_BUNDLE", None)  # 2.8.2 panics when it is set
    env = {n: v for n, v in env.items() if not n.startswith(("REGISTRY_", "OTEL_"))}
    env["AWS_EC2_METADATA_DISABLED"] = "true"
    prefix = f"REGISTRY_STORAGE_{driver.upper()}"
    env["REGISTRY_STORAGE_DELETE_ENABLED"] = "true"
    if asked.endpoint != "-":
        env |= {f"{prefix}_REGIONENDPOINT": asked.endpoint, f"{prefix}_FORCEPATHSTYLE": "true"}
    return env


def wait(process, address):
    for _ in range(200):
        if process.poll() is not None:
            raise Failed(f"docker-registry ended with {process.returncode} before it answered")
        try:
            send("GET", f"{address}/v2/")
            return
        except Failed:
            time.sleep(0.05)
    raise Failed("docker-registry did not answer within 10 s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("storage")
    parser.add_argument("--endpoint", required=True, help="- for the one in the document")
    parser.add_argument("--as", dest="rename", metavar="DRIVER", help="run the document as another driver's")
    parser.add_argument("--ambient", action="store_true", help="keep AWS_* of the environment")
    parser.add_argument("--keep", action="store_true", help="leave the image in the bucket")
    asked = parser.parse_args()

    text = pathlib.Path(asked.storage).read_text(encoding="utf-8")
    found = re.search(r"(?m)^([a-z0-9_]+):", text)
    if not found:
        raise SystemExit(f"{asked.storage}: no driver name at column 0")
    driver = renamed = found.group(1)
    if asked.rename:
        renamed = asked.rename
        text = f"{text[: found.start(1)]}{renamed}{text[found.end(1) :]}"
    if "_" in renamed:
        raise SystemExit(f"Debian's docker-registry 2.8.2 does not know the driver {renamed}: call with --as s3")
    bucket = re.search(r"\bbucket:\s*[\"']?([^\"'\s,}]+)", text)
    result = {"ok": True, "driver": driver, "renamed": renamed if asked.rename else None}
    result |= {"bucket": bucket and bucket.group(1), "steps": []}

    with tempfile.TemporaryDirectory() as folder:
        address = f"127.0.0.1:{free_port()}"
        indented = "".join(f"  {line}" if line.strip() else line for line in text.splitlines(keepends=True))
        config = pathlib.Path(folder, "config.yml")
        config.touch(0o600)  # the document may hold a secret
        config.write_text(f"version: 0.1\nlog: {{level: warn}}\nhttp: {{addr: '{address}'}}\nstorage:\n{indented}\n")
        log = pathlib.Path(folder, "log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["docker-registry", "serve", config], env=environment(asked, renamed), stdout=output, stderr=output
            )
        step = "start"
        try:
            wait(process, f"http://{address}")
            registry, layer = Registry(f"http://{address}"), os.urandom(6 * 1024 * 1024)
            image = b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
            result["digest"] = digest(layer)
            steps = {
                "push": lambda: (registry.push_blob(layer), registry.push_blob(image)),
                "tag": lambda: registry.push_manifest(image, layer),
                "pull": lambda: (registry.pull_manifest(), registry.pull_blob(layer)),
                "list": registry.list_tags,
            }
            if not asked.keep:
                steps["delete"] = lambda: (registry.delete(layer), registry.delete(image))
            for step, action in steps.items():
                action()
                result["steps"].append(step)
        except Failed as error:
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            tail = [line for line in lines if re.search(r"level=(error|fatal)|^panic|rror:", line)] or lines[-8:]
            result = {"ok": False, "driver": driver, "step": step, "error": str(error), "log": tail}
        finally:
            process.kill()
            process.wait()
    print(json.dumps(result))
    sys.exit(not result["ok"])


if __name__ == "__main__":
    main()
