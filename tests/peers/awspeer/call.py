"""One request as the AWS emulator sees it, and an error in the shape of its service."""

import json
import uuid
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

NAMESPACES = {
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}


@dataclass
class Call:
    environ: dict
    method: str
    raw_path: str  # as sent, still percent-encoded
    raw_query: str
    query: dict  # decoded; the last value of a name that is repeated
    headers: dict  # names in lower case
    body: bytes
    service: str = "s3"
    region: str = "us-east-1"  # the region of the signature
    access_key: str | None = None
    presigned: bool = False
    operation: str = "Unknown"
    params: dict = field(default_factory=dict)  # bucket and key, or the labels of the path, or the form
    who: object = None  # identity.Identity
    account: str = ""

    @property
    def path(self):
        return self.raw_path + (f"?{self.raw_query}" if self.raw_query else "")

    @property
    def bucket(self):
        return self.params.get("bucket") if self.service == "s3" else None

    @property
    def key(self):
        return self.params.get("key") if self.service == "s3" else None

    @property
    def secure(self):
        """The peer stands in for TLS: a request is secure transport unless it says otherwise."""
        return self.headers.get("x-test-insecure") != "1"

    def json(self):
        return json.loads(self.body or b"{}")


class Refusal(Exception):
    """An error that AWS would answer; `fields` become extra elements, `headers` extra response headers."""

    def __init__(self, status, code, message, headers=None, **fields):
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message
        self.headers = headers or {}
        self.fields = fields


@dataclass
class Answer:
    status: int
    headers: list
    body: bytes
    code: str | None = None  # the error code, if it is one
    torn: bool = False  # only half of it arrives

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name), None)


def refuse(call, refusal):
    """The refusal as S3 XML, query XML or REST-JSON."""
    request_id = str(uuid.uuid4())
    headers = dict(refusal.headers)
    if call.service == "s3":
        headers |= {"x-amz-request-id": request_id, "Content-Type": "application/xml"}
        fields = {"Code": refusal.code, "Message": refusal.message, **refusal.fields, "RequestId": request_id}
        body = '<?xml version="1.0" encoding="UTF-8"?>\n<Error>' + _elements(fields) + "</Error>"
        if call.method == "HEAD":  # S3 sends no body, hence no code, in answer to HEAD
            body = ""
    elif call.service in NAMESPACES or b"Action=" in call.body:
        headers |= {"x-amzn-RequestId": request_id, "Content-Type": "text/xml"}
        fault = "Receiver" if refusal.status >= 500 else "Sender"
        fields = {"Type": fault, "Code": refusal.code, "Message": refusal.message}
        namespace = NAMESPACES.get(call.service, "http://internal.amazon.com/coral/")
        body = (
            f'<ErrorResponse xmlns="{namespace}"><Error>{_elements(fields)}</Error>'
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    else:
        headers |= {
            "x-amzn-RequestId": request_id,
            "x-amzn-ErrorType": refusal.code,
            "Content-Type": "application/json",
        }
        body = json.dumps({"__type": refusal.code, "message": refusal.message, **refusal.fields})
    return Answer(refusal.status, list(headers.items()), body.encode(), refusal.code)


def xml_answer(call, result):
    """A successful answer of a query service: nested dicts and lists as AWS writes them (`member`)."""
    name = call.operation
    body = (
        f'<{name}Response xmlns="{NAMESPACES[call.service]}"><{name}Result>{_elements(result)}</{name}Result>'
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></{name}Response>"
    )
    return Answer(200, [("Content-Type", "text/xml")], body.encode())


def json_answer(value, status=200):
    return Answer(status, [("Content-Type", "application/json")], json.dumps(value).encode())


def _elements(value):
    if isinstance(value, dict):
        return "".join(f"<{name}>{_elements(v)}</{name}>" for name, v in value.items() if v is not None)
    if isinstance(value, (list, tuple, set)):
        return "".join(f"<member>{_elements(v)}</member>" for v in value)
    if isinstance(value, bool):
        return str(value).lower()
    return escape(str(value))
