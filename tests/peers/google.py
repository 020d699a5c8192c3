"""Starts a project of Google Cloud on a free loopback port: the parts of the APIs of Cloud Storage, IAM and Resource Manager
that are called, as their references document them.

    python google.py [--objects URL]

Objects are handed on to a fake-gcs-server at URL. What buckets hold beside them (policies, labels, lifecycles) that server
does not keep, so it is kept here. Prints one line of JSON when it is ready, and ends when its standard input closes.
"""

import argparse
import json
import os
import signal
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google_project import NUMBER, PROJECT, TOKEN, Dropped, Failure, Project, denied


def handler(project):
    class Request(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def may(self, permission, resource, bucket=None):
            project.journal.append({"permission": permission, "resource": resource, "caller": self.caller, "method": self.command})
            if not self.known:
                raise Failure(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
            project.allow(self.caller, permission, resource, bucket)
            self.meets_fault(permission)

        def meets_fault(self, permission):
            self.fault = fault = project.fault(permission)
            if fault is None:
                return
            if fault.get("etag"):  # somebody else writes in between
                name = fault["etag"]
                project.policies[name] = {**project.policies.get(name, {}), "etag": os.urandom(6).hex()}
            if not fault.get("act"):
                self.fail(fault)

        def fail(self, fault):
            if fault.get("kill"):
                with open(fault["kill"]) as pid:
                    os.kill(int(pid.read()), signal.SIGKILL)
                raise Dropped
            if fault.get("reset"):
                raise Dropped
            if fault.get("status"):
                reason, details = fault.get("reason", "backendError"), fault.get("details")
                raise Failure(fault["status"], reason, fault.get("message", ""), details, fault.get("headers"))

        def answer(self):
            path, _, self.query = self.path.partition("?")
            text = self.rfile.read(int(self.headers.get("content-length") or 0))
            query = dict(urllib.parse.parse_qsl(self.query))
            token = self.headers.get("authorization", "").removeprefix("Bearer ")
            self.known, self.caller, self.fault = token in project.tokens, project.tokens.get(token), None
            parts = path.strip("/").split("/")
            status, headers = 200, {}
            try:
                with project.lock:
                    if path == "/token":
                        project.journal.append({"permission": "oauth2.token", "method": "POST"})
                        self.meets_fault("oauth2.token")
                        body = project.token(dict(urllib.parse.parse_qsl(text.decode())))
                    elif path == "/_peer":
                        body = project.control(json.loads(text or b"{}"))
                    elif parts[:2] == ["upload", "storage"]:
                        bucket = parts[4]
                        self.may("storage.objects.create", bucket, bucket)
                        kind = self.headers.get("content-type")
                        body = project.forward("POST", f"{path}?{self.query}", text, kind, self.headers, headers)
                    elif parts[:3] == ["storage", "v1", "b"]:
                        body = project.storage(self, parts[3:], query, json.loads(text or b"{}"))
                    elif parts[:3] == ["storage", "v1", "projects"]:
                        body = project.hmac_keys(self, parts[5:], query, json.loads(text or b"{}"))
                    elif parts[0] == "v1" and parts[3] == "serviceAccounts":
                        body = project.iam(self, parts[4:], query, json.loads(text or b"{}"))
                    elif parts[:2] == ["v3", "projects"]:
                        body = self.project(parts[2], json.loads(text or b"{}"))
                    else:
                        raise Failure(404, "notFound", f"{path} is not known here")
                    if self.fault and self.fault.get("act"):
                        self.fail(self.fault)
                if self.fault and self.fault.get("lost"):
                    raise Dropped
            except Dropped:
                self.close_connection = True
                return
            except Failure as failure:
                status, body, headers = failure.status, failure.body, failure.headers
            data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
            self.send_response(status if data or headers else 204)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-type", "application/json")
            torn = bool(self.fault and self.fault.get("torn"))
            self.send_header("content-length", str(len(data) + torn))
            self.close_connection |= torn
            self.end_headers()
            self.wfile.write(data)

        def project(self, name, body):
            name, _, action = name.partition(":")
            self.may(f"resourcemanager.projects.{action or 'get'}", name)
            if name != PROJECT:
                raise denied("resourcemanager.projects.get", name)
            if action == "getIamPolicy":
                return project.policy("project", body.get("options", {}).get("requestedPolicyVersion", 1))
            if action == "setIamPolicy":
                return project.set_policy("project", body["policy"], Failure(409, "ABORTED", "There were concurrent policy changes."))
            return {"name": f"projects/{NUMBER}", "projectId": PROJECT, "state": "ACTIVE"}

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    return Request


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", metavar="URL", required=True, help="a fake-gcs-server")
    class Server(ThreadingHTTPServer):
        def handle_error(self, request, address):
            if not isinstance(sys.exc_info()[1], ConnectionError):  # a client that goes away is no fault
                super().handle_error(request, address)

    server = Server(("127.0.0.1", 0), handler(Project(parser.parse_args().objects)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    print(json.dumps({"endpoint": endpoint, "project": PROJECT, "number": NUMBER, "token": TOKEN}), flush=True)
    while sys.stdin.buffer.read(4096):  # the test holds the other end
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
