"""The WSGI application: who is it, may they, does AWS say something moto would not; else moto answers."""

import os
import signal
import socket
import sys
import traceback

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import EnvironBuilder, run_wsgi_app

from . import authorize, boundaries, federation, iam_rules, pods, routes, s3_rules
from .call import Answer, Refusal, refuse
from .identity import authenticate

SIMULATIONS = {"SimulatePrincipalPolicy", "SimulateCustomPolicy"}


class Gate:
    def __init__(self, control):
        s3_rules.install()
        pods.install()
        self.control = control
        control.as_root = self.as_root
        self.moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ, start_response):
        try:
            call = routes.read(environ)
        except Exception:
            traceback.print_exc()
            start_response("500 Internal Server Error", [])
            return [b"the AWS emulator could not read the request"]
        if call.raw_path.startswith("/_peer/"):
            answer = self.control.handle(call)
        elif call.raw_path.startswith("/moto-api/"):
            answer = self.forward(call)
            if call.raw_path == "/moto-api/reset":
                pods.reset()
        else:
            answer = self.aws(call)
        if answer.torn:
            self.tear(call, answer)
        headers = [(n, v) for n, v in answer.headers if n.lower() not in ("connection", "transfer-encoding")]
        if not any(n.lower() == "content-length" for n, _ in headers):
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(f"{answer.status} {answer.code or 'OK'}", headers)
        return [b"" if call.method == "HEAD" else answer.body]

    def aws(self, call):
        if self.control.latency:
            self.control.hold(call, self.control.latency)
        fault = self.control.fault(call)
        if fault:
            call.account = fault.account or call.account
            if fault.delay:
                self.control.hold(call, fault.delay / 1000)
            if fault.kill and not fault.act:
                self.kill(call, fault)
            if fault.reset:
                self.control.note(call, 0, "reset", fault)
                self.cut(call)
        acts = not fault or fault.act or fault.lose_reply or fault.tear_reply or fault.delay
        try:
            if not acts:
                raise Refusal(fault.status, fault.code, fault.message, fault.headers)
            answer = self.answer(call)
            self.control.made(call, answer)
            if fault and fault.kill:
                self.kill(call, fault)
            if fault and fault.act:
                raise Refusal(fault.status, fault.code, fault.message, fault.headers)
        except Refusal as refusal:
            answer = refuse(call, refusal)
        except ConnectionResetError:
            raise  # on purpose, see `cut`
        except NotImplementedError as gap:
            message = f"The AWS emulator has no {call.service}:{call.operation}: {gap}"
            answer = refuse(call, Refusal(501, "NotImplemented", message))
        except Exception as error:
            traceback.print_exc()
            answer = refuse(call, Refusal(500, "InternalFailure", f"{type(error).__name__}: {error}"))
        code = answer.code
        if fault and fault.lose_reply:
            code = f"lost reply after {answer.status}"
        self.control.note(call, answer.status, code, fault)
        if fault and fault.lose_reply:
            self.cut(call)
        answer.torn = bool(fault and fault.tear_reply)
        return answer

    def answer(self, call):
        control = self.control
        if call.service == "s3" and call.method == "OPTIONS":
            return self.forward(call)
        authenticate(call, control.enforce, control.account, control.key_delay)
        if control.unseen(call):
            code = "NoSuchBucket" if call.service == "s3" else "NoSuchEntity"
            raise Refusal(404, code, "made too lately for the test")
        if call.service == "s3":
            s3_rules.before_authorization(call)
        authorize.authorize(call)
        if call.service == "s3":
            s3_rules.after_authorization(call)
            if call.operation == "DeleteObjects":
                return s3_rules.delete_objects(call, lambda body: self.forward(call, body))
        elif call.service == "iam":
            if call.operation in SIMULATIONS:
                return iam_rules.simulate(call)
            boundaries.check(call)
            if call.operation in boundaries.OPERATIONS:
                return boundaries.handle(call)
            iam_rules.check(call)
        elif call.service == "eks" and call.operation in pods.OPERATIONS:
            return pods.handle(call)
        elif call.operation == "AssumeRoleWithWebIdentity" and control.enforce:
            federation.check(call)
        answer = self.forward(call)
        if call.service == "s3":
            s3_rules.not_found_or_forbidden(call, answer)
            s3_rules.tag_new_bucket(call, answer)
            s3_rules.root_element(call, answer)
        elif call.service == "iam":
            boundaries.after(call, answer)
        return answer

    def forward(self, call, body=None):
        """Lets moto answer, as the account of the caller. moto's own authorization is off."""
        environ = dict(call.environ)
        if call.account:
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = call.account
        routes.set_body(environ, call.body if body is None else body)
        chunks, status, headers = run_wsgi_app(self.moto, environ, buffered=True)
        headers = headers.to_wsgi_list() if hasattr(headers, "to_wsgi_list") else list(headers)
        number, _, words = status.partition(" ")
        content = b"".join(chunks)
        if int(number) >= 500:
            print(f"moto answered {status} to {call.method} {call.path}", file=sys.stderr)
        return Answer(int(number), headers, content, _code(content) if int(number) >= 400 else None)

    def as_root(self, account, region, service="s3", method="POST", path="/", body=""):
        """A request without a signature that counts, straight to moto."""
        scope = f"AWS4-HMAC-SHA256 Credential=root/20260101/{region}/{service}/aws4_request"
        form = "application/x-www-form-urlencoded" if service != "s3" else None
        headers = {"Authorization": scope, "X-Moto-Account-Id": account}
        host = f"http://{service}.{region}.amazonaws.com"
        builder = EnvironBuilder(path, host, method=method, data=body, headers=headers, content_type=form)
        chunks, status, _ = run_wsgi_app(self.moto, builder.get_environ(), buffered=True)
        if not status.startswith("2"):
            raise ValueError(f"{method} {path}: {status}: {b''.join(chunks)[:500]}")

    def kill(self, call, fault):
        with open(fault.kill, encoding="ascii") as file:
            os.kill(int(file.read()), signal.SIGKILL)
        self.control.note(call, 0, "killed", fault)
        self.cut(call)

    def tear(self, call, answer):
        """Sends half of an answer whose length says that it is whole."""
        raw = call.environ.get("werkzeug.socket")
        body = b"" if call.method == "HEAD" else answer.body
        head = f"HTTP/1.1 {answer.status} OK\r\nContent-Length: {len(answer.body)}\r\n"
        head += "".join(f"{n}: {v}\r\n" for n, v in answer.headers if n.lower() == "content-type")
        raw.sendall(head.encode() + b"\r\n" * bool(body) + body[: len(body) // 2])
        self.cut(call)

    def cut(self, call):
        """Closes the connection without an answer; the server takes the exception for a client gone."""
        raw = call.environ.get("werkzeug.socket")
        if raw is not None:
            raw.shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError("the reply was lost on purpose")


def _code(content):
    """The error code in an XML answer, for the journal."""
    text = content.decode("utf-8", "replace")
    return text.partition("<Code>")[2].partition("</Code>")[0] or None
