"""A Kubernetes API server on loopback: kube-apiserver and etcd, own CA, RBAC on, no nodes.

    kube.py [--peers DIR]

One line on stdout when it answers: {"server", "ca", "users": {"admin": KUBECONFIG, ...}}. All but `admin` have no rights
until a test binds some. Ends, and removes everything, when its standard input closes.
"""
import argparse
import datetime
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
import time
import urllib.error
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

USERS = {"admin": "system:masters", "pusher": "testers", "maker": "testers", "reader": "testers"}


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
    context = ssl.create_default_context(cafile=str(ca))
    context.load_cert_chain(crt, key)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    while all(process.poll() is None for process in processes):
        try:
            with opener.open(f"{server}/readyz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


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
              "--endpoint-reconciler-type", "none")
        users = {name: authority.issue(name, group) for name, group in USERS.items()}
        if not wait(server, authority.file, *users["admin"], processes):
            log = (folder / "kube-apiserver.log").read_text()[-2000:] + (folder / "etcd.log").read_text()[-1000:]
            sys.exit(f"a server ended: {log}")
        configs = {name: kubeconfig(folder, server, authority.file, name, *files) for name, files in users.items()}
        print(json.dumps({"server": server, "ca": str(authority.file), "users": configs}), flush=True)
        sys.stdin.read()
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
