"""Starts an AWS account on a free loopback port: S3, IAM, STS and EKS, by moto with AWS's own manners.

    python account.py [--enforce] [--account ID] [--eks-cluster NAME] [--region R] [--record FILE]

Prints one line of JSON when it is ready to answer, and ends when its standard input closes. See README.md.
"""

import argparse
import json
import os
import sys
import threading

os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "inf"  # moto never authorizes: awspeer.gate does
os.environ.pop("MOTO_ACCOUNT_ID", None)  # would make every caller the same account

ADMIN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--enforce", action="store_true", help="check signatures and policies from the first call")
    parser.add_argument("--account", default="123456789012", metavar="ID", help="the account's 12 digits")
    parser.add_argument("--eks-cluster", metavar="NAME", help="an EKS cluster to have from the start")
    parser.add_argument("--region", default="us-east-1", help="of the cluster; its partition is the admin's")
    parser.add_argument("--record", metavar="FILE", help="append a line of JSON for each AWS request")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    return parser.parse_args()


def main():
    asked = arguments()
    from awspeer.control import Control
    from awspeer.gate import Gate
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log_request(self, *_):
            pass

    control = Control(asked.account, asked.enforce, asked.record)
    gate = Gate(control)
    ready = {"account": asked.account, "region": asked.region, "enforce": asked.enforce}
    ready["admin"] = control.do_user("admin", ADMIN, region=asked.region)
    if asked.eks_cluster:
        ready["cluster"] = control.do_cluster(asked.account, asked.eks_cluster, asked.region)
    server = make_server("127.0.0.1", asked.port, gate, threaded=True, request_handler=Quiet)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"endpoint": f"http://127.0.0.1:{server.port}", **ready}), flush=True)
    while sys.stdin.buffer.read(4096):  # the test holds the other end
        pass
    os._exit(0)  # open connections must not keep it alive


if __name__ == "__main__":
    main()
