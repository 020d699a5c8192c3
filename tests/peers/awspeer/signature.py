"""Signature Version 4, written from "Create a signed AWS API request" in the IAM User Guide.

Checked: the header form and the presigned form, the payload hash, the clock. Not checked: the signatures of
the single chunks of a streamed S3 upload (the seed signature is).
"""

import datetime
import hashlib
import hmac
import re
from urllib.parse import quote, unquote

from .call import Refusal

MAX_SKEW = datetime.timedelta(minutes=15)


def verify(call, secret):
    if call.presigned:
        signed = call.query.get("X-Amz-SignedHeaders", "")
        given = call.query.get("X-Amz-Signature", "")
        moment = call.query.get("X-Amz-Date", "")
        payload = "UNSIGNED-PAYLOAD"
    else:
        authorization = call.headers.get("authorization", "")
        signed = _part(authorization, "SignedHeaders")
        given = _part(authorization, "Signature")
        moment = call.headers.get("x-amz-date", "")
        payload = _payload(call)
    _check_clock(call, moment)

    query = [pair.partition("=")[::2] for pair in call.raw_query.split("&") if pair]
    query = sorted((_encode(unquote(n)), _encode(unquote(v))) for n, v in query if n != "X-Amz-Signature")
    names = signed.split(";")
    canonical = "\n".join(
        [
            call.method,
            _path(call),
            "&".join(f"{n}={v}" for n, v in query),
            *(f"{n}:{' '.join(call.headers.get(n, '').split())}" for n in names),
            "",
            signed,
            payload,
        ]
    )
    scope = f"{moment[:8]}/{call.region}/{call.service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, digest])
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    if not hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), given):
        raise Refusal(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method.",
        )


def _part(authorization, name):
    found = re.search(rf"{name}=([^,\s]+)", authorization)
    return found.group(1) if found else ""


def _encode(text):
    return quote(text, safe="-_.~")


def _path(call):
    if call.service == "s3":  # encoded once, not normalised
        return quote(unquote(call.raw_path), safe="/-_.~")
    return quote(call.raw_path, safe="/-_.~")  # the encoded path, encoded again


def _payload(call):
    actual = hashlib.sha256(call.body).hexdigest()
    claimed = call.headers.get("x-amz-content-sha256")
    if call.service != "s3" or claimed is None:
        return claimed or actual
    if re.fullmatch(r"[0-9a-f]{64}", claimed) and claimed != actual:
        raise Refusal(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )
    return claimed


def _check_clock(call, moment):
    try:
        at = datetime.datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        raise Refusal(403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header") from None
    now = datetime.datetime.now(datetime.timezone.utc)
    if call.presigned:
        if now > at + datetime.timedelta(seconds=int(call.query.get("X-Amz-Expires", "0"))):
            raise Refusal(403, "AccessDenied", "Request has expired")
    elif abs(now - at) > MAX_SKEW:
        if call.service == "s3":
            raise Refusal(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
            )
        message = f"Signature expired: {moment} is not within 15 minutes of {now:%Y%m%dT%H%M%SZ}"
        raise Refusal(403, "SignatureDoesNotMatch", message)
