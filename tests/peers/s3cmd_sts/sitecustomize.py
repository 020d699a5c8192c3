"""Sends s3cmd's question to STS, and nothing else, to S3CMD_STS (HOST:PORT): it knows STS under Amazon's name alone."""

import http.client
import os

TLS = http.client.HTTPSConnection
PEER = os.environ.get("S3CMD_STS")


class Connection(TLS):
    def __new__(cls, host, *arguments, **options):
        if PEER and host.startswith("sts."):
            return http.client.HTTPConnection(PEER, timeout=options.get("timeout"))
        return super().__new__(cls)


http.client.HTTPSConnection = Connection
