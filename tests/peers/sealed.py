"""What stands in for a cluster's sealed-secrets controller, over Python's `cryptography`.

    python sealed.py make DIR           writes key.pem, cert.pem, expired.pem, ec.pem and short.pem into DIR
    python sealed.py open KEY FILE...   prints the Secrets of SealedSecret manifests as the controller would make them

After bitnami-labs/sealed-secrets: pkg/crypto/crypto.go (HybridDecrypt), pkg/apis/sealedsecrets/v1alpha1 (EncryptionLabel).
"""

import base64
import datetime
import json
import pathlib
import sys

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ANNOTATION = "sealedsecrets.bitnami.com/"


def certificate(key, days):
    name = x509.Name([])
    now = datetime.datetime.now(datetime.timezone.utc)
    begin, end = sorted((now, now + datetime.timedelta(days=days)))
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begin, end)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def make(folder):
    folder = pathlib.Path(folder)
    key = rsa.generate_private_key(65537, 2048)
    kind = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
    )
    (folder / "cert.pem").write_bytes(certificate(key, 3650))
    (folder / "expired.pem").write_bytes(certificate(key, -1))
    (folder / "ec.pem").write_bytes(certificate(ec.generate_private_key(ec.SECP256R1()), 30))
    (folder / "short.pem").write_bytes(certificate(rsa.generate_private_key(65537, 1024), 30))


def label(metadata):
    notes = metadata.get("annotations") or {}
    if notes.get(ANNOTATION + "cluster-wide") == "true":
        return b""
    if notes.get(ANNOTATION + "namespace-wide") == "true":
        return metadata["namespace"].encode()
    return f"{metadata['namespace']}/{metadata['name']}".encode()


def unsealed(key, text, bound):
    sealed = base64.b64decode(text, validate=True)
    length = int.from_bytes(sealed[:2], "big")
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), bound)
    session = key.decrypt(sealed[2 : 2 + length], oaep)
    return AESGCM(session).decrypt(bytes(12), sealed[2 + length :], None)


def opened(key, manifest):
    assert (manifest["apiVersion"], manifest["kind"]) == ("bitnami.com/v1alpha1", "SealedSecret"), manifest
    spec, metadata = manifest["spec"], manifest["metadata"]
    data = {k: base64.b64encode(unsealed(key, v, label(metadata))).decode() for k, v in spec["encryptedData"].items()}
    made = dict(spec["template"]["metadata"])
    made.pop("annotations", None)
    return {"apiVersion": "v1", "kind": "Secret", "metadata": made, "type": spec["template"]["type"], "data": data}


def main():
    match sys.argv[1:]:
        case ["make", folder]:
            make(folder)
        case ["open", key, *files]:
            key = serialization.load_pem_private_key(pathlib.Path(key).read_bytes(), None)
            for file in files:
                for manifest in yaml.safe_load_all(pathlib.Path(file).read_text()):
                    print(json.dumps(opened(key, manifest)))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
