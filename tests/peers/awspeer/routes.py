"""Reads a WSGI request into a Call: service, region, key and operation, by botocore's service models."""

import functools
import io
import re
from urllib.parse import parse_qsl, unquote, urlsplit

import botocore.session
from botocore.exceptions import UnknownServiceError

from .call import Call

REST = {"s3", "eks"}
VIRTUAL_HOST = re.compile(r"(?P<bucket>[^/:]+)\.localhost(:\d+)?")
# Query parameters that make an operation of S3 another one although the model's URI has no such text.
S3_REQUIRED_QUERY = {
    "UploadPart": {"partNumber", "uploadId"},
    "UploadPartCopy": {"partNumber", "uploadId"},
    "ListParts": {"uploadId"},
    "AbortMultipartUpload": {"uploadId"},
    "CompleteMultipartUpload": {"uploadId"},
    "GetBucketAnalyticsConfiguration": {"id"},
    "GetBucketIntelligentTieringConfiguration": {"id"},
    "GetBucketInventoryConfiguration": {"id"},
    "GetBucketMetricsConfiguration": {"id"},
}
S3_COPIES = {"CopyObject": "PutObject", "UploadPartCopy": "UploadPart"}


@functools.cache
def _model(service):
    return botocore.session.get_session().get_service_model(service)


@functools.cache
def _uris(service):
    """(operation, method, path pattern, number of labels, query names) of a REST service."""
    found = []
    model = _model(service)
    for name in model.operation_names:
        operation = model.operation_model(name)
        if operation.deprecated or name in ("ListDirectoryBuckets", "WriteGetObjectResponse"):
            continue
        path, _, query = operation.http["requestUri"].partition("?")
        pattern = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", path)
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
        names = {n for n, _ in parse_qsl(query, keep_blank_values=True)} | S3_REQUIRED_QUERY.get(name, set())
        found.append((name, operation.http["method"], re.compile(pattern), path.count("{"), names))
    return found


def read(environ):
    """The Call for a request. Reads the body and puts a fresh stream in its place for moto."""
    body = _body(environ)
    raw = environ.get("REQUEST_URI") or environ["PATH_INFO"]
    raw = urlsplit(raw)._replace(scheme="", netloc="") if raw.startswith("http") else urlsplit("http://x" + raw)
    headers = {
        name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers.setdefault(name.replace("_", "-").lower(), environ[name])
    call = Call(
        environ=environ,
        method=environ["REQUEST_METHOD"],
        raw_path=raw.path or "/",
        raw_query=raw.query,
        query=dict(parse_qsl(raw.query, keep_blank_values=True)),
        headers=headers,
        body=body,
    )
    _scope(call)
    _operation(call)
    return call


def _body(environ):
    stream = environ["wsgi.input"]
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        body = stream.read()
        environ.pop("HTTP_TRANSFER_ENCODING")
    else:
        body = stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    set_body(environ, body)
    return body


def set_body(environ, body):
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))


def _scope(call):
    """Access key, region and service from the credential scope of the signature."""
    found = re.search(r"Credential=([^,\s]+)", call.headers.get("authorization", ""))
    credential = found.group(1) if found else call.query.get("X-Amz-Credential")
    if credential:
        call.presigned = not found
        key, _, call.region, call.service, _ = credential.rsplit("/", 4)
        call.access_key = key
    elif b"Action=AssumeRoleWith" in call.body or "Action=AssumeRoleWith" in call.raw_query:
        call.service = "sts"


def _operation(call):
    if call.service == "s3":
        _s3(call)
    elif call.service in REST:
        _match(call, unquote(call.raw_path))
    elif target := call.headers.get("x-amz-target"):
        call.operation = target.split(".")[-1]
    else:
        if not call.body and "Action" in call.query:
            _as_form(call)
        form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True)) or call.query
        call.operation = form.get("Action", "Unknown")
        call.params = form
        if call.operation == "Unknown":
            try:
                _match(call, unquote(call.raw_path))
            except UnknownServiceError:
                pass


def _as_form(call):
    """A query service takes its parameters in the URL too (s3cmd asks STS so); moto reads them from the body alone."""
    call.body = call.raw_query.encode()
    call.environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
    call.environ["QUERY_STRING"] = ""
    set_body(call.environ, call.body)


def _match(call, path):
    best = -1
    for name, method, pattern, _, names in _uris(call.service):
        found = pattern.fullmatch(path)
        if found and method == call.method and names <= call.query.keys() and len(pattern.pattern) > best:
            best = len(pattern.pattern)
            call.operation, call.params = name, found.groupdict()


def _s3(call):
    path = unquote(call.raw_path).lstrip("/")
    host = VIRTUAL_HOST.fullmatch(call.headers.get("host", ""))
    bucket, _, key = (host["bucket"], "", path) if host else path.partition("/")
    call.params = {"bucket": bucket or None, "key": key or None}
    labels = (1 if bucket else 0) + (1 if bucket and key else 0)
    copy = "x-amz-copy-source" in call.headers
    best = -1
    for name, method, _, wanted_labels, names in _uris("s3"):
        if method != call.method or wanted_labels != labels or not names <= call.query.keys():
            continue
        if name in S3_COPIES and not copy or copy and name in S3_COPIES.values():
            continue
        if len(names) > best:
            best, call.operation = len(names), name
    if call.operation == "ListObjectsV2" and call.query.get("list-type") != "2":
        call.operation = "ListObjects"
