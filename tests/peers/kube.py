"""A Kubernetes API server on loopback: kube-apiserver and etcd, own CA, RBAC on, and one node that runs nothing.

    kube.py [--peers DIR]

One line on stdout when it answers: {"server", "ca", "node", "logs", "users": {"admin": KUBECONFIG, ...}}. All but `admin`
have no rights until a test binds some. A pod on the node `node` has the log that a test writes to `logs`/NAMESPACE/POD/CONTAINER:
the API server asks the node for it, as it asks a kubelet. Ends, and removes everything, when its standard input closes.
"""
import argparse
import datetime
import http.server
import ipaddress
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

USERS = {"admin": "system:masters", "pusher": "testers", "maker": "testers", "reader": "testers", "prover": "testers", "turner": "testers"}
NODE = "node"


def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Authority:
    def __init__(self, folder):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test CA")])
        ca = self.sign(self.name, self.key.public_key(), x509.BasicConstraints(ca=True, path_length=None))
        self.file = folder / "ca.crt"
        self.file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))

    def sign(self, subject, public, *extensions):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(public)
                   .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
                   .not_valid_after(now + datetime.timedelta(days=1)))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, name, organization=None):
        key = ec.generate_private_key(ec.SECP256R1())
        parts = [x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]
        if organization:
            parts.append(x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organization))
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")])
        certificate = self.sign(x509.Name(parts), key.public_key(), names)
        crt, private = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        crt.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(pem(key))
        return crt, private


def kubeconfig(folder, server, ca, user, crt, key):
    path = folder / f"{user}.kubeconfig"
    path.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": server, "certificate-authority": str(ca)}}],
        "users": [{"name": user, "user": {"client-certificate": str(crt), "client-key": str(key)}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
    }))
    return str(path)


def wait(server, ca, crt, key, processes):
    opener = caller(ca, crt, key)
    while all(process.poll() is None for process in processes):
        try:
            with opener.open(f"{server}/readyz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def kubelet(logs, crt, key):
    """Serves the one path of a kubelet that reads logs; only the API server calls it."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            _, what, *names = self.path.split("?")[0].split("/")
            file = logs.joinpath(*names)
            there = what == "containerLogs" and file.is_file()
            body = file.read_bytes() if there else b"no such log"
            self.send_response(200 if there else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def register(server, ca, crt, key, port):
    node = {"metadata": {"name": NODE}, "status": {"addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
                                                   "daemonEndpoints": {"kubeletEndpoint": {"Port": port}}}}
    request = urllib.request.Request(f"{server}/api/v1/nodes", json.dumps(node).encode(), {"Content-Type": "application/json"})
    caller(ca, crt, key).open(request, timeout=30).close()


def caller(ca, crt, key):
    context = ssl.create_default_context(cafile=str(ca))
    context.load_cert_chain(crt, key)
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", default=os.environ.get("BUCKETWRIGHT_PEERS", os.path.expanduser("~/.cache/bucketwright/peers")))
    peers = pathlib.Path(parser.parse_args().peers)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bucketwright-kube-"))
    processes = []
    try:
        authority = Authority(folder)
        server_crt, server_key = authority.issue("kube-apiserver")
        accounts = folder / "accounts.key"
        accounts.write_bytes(pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
        store, peer, secure = port(), port(), port()
        start = lambda name, *arguments: processes.append(subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(folder / f"{name}.log", "wb"), cwd=folder))
        start("etcd", "etcd", "--data-dir", folder / "etcd", "--unsafe-no-fsync", "--log-level", "error",
              "--listen-client-urls", f"http://127.0.0.1:{store}", "--advertise-client-urls", f"http://127.0.0.1:{store}",
              "--listen-peer-urls", f"http://127.0.0.1:{peer}", "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
              "--initial-cluster", f"default=http://127.0.0.1:{peer}")
        server = f"https://127.0.0.1:{secure}"
        start("kube-apiserver", peers / "bin/kube-apiserver", "--etcd-servers", f"http://127.0.0.1:{store}",
              "--bind-address", "127.0.0.1", "--secure-port", str(secure), "--client-ca-file", authority.file,
              "--tls-cert-file", server_crt, "--tls-private-key-file", server_key, "--authorization-mode", "RBAC",
              "--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", accounts,
              "--service-account-signing-key-file", accounts, "--api-audiences", "sts.amazonaws.com,https://kubernetes.default.svc",
              "--service-cluster-ip-range", "10.0.0.0/24", "--disable-admission-plugins", "ServiceAccount",
              "--endpoint-reconciler-type", "none", "--kubelet-certificate-authority", authority.file,
              "--kubelet-client-certificate", server_crt, "--kubelet-client-key", server_key,
              "--kubelet-preferred-address-types", "InternalIP")
        users = {name: authority.issue(name, group) for name, group in USERS.items()}
        if not wait(server, authority.file, *users["admin"], processes):
            log = (folder / "kube-apiserver.log").read_text()[-2000:] + (folder / "etcd.log").read_text()[-1000:]
            sys.exit(f"a server ended: {log}")
        logs = folder / "logs"
        logs.mkdir()
        register(server, authority.file, *users["admin"], kubelet(logs, server_crt, server_key))
        configs = {name: kubeconfig(folder, server, authority.file, name, *files) for name, files in users.items()}
        print(json.dumps({"server": server, "ca": str(authority.file), "node": NODE, "logs": str(logs), "users": configs}), flush=True)
        sys.stdin.read()
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
