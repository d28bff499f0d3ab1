"""Signatures of packages: Ed25519 (RFC 8032) over the hash of the manifest, which names every other byte."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from opcua_ml.domain.errors import SignatureInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE: Final = "manifest.sig"
LONGEST: Final = 4096
UNSIGNED: Final = "opcua-ml sign, or store.allow_unsigned"
"""What helps where there is no signature."""
_DOMAIN: Final = b"opcua_ml model package, manifest of SHA-256 "
"""So that what is signed here can't be taken for anything else that the same key signs."""


def new_key() -> tuple[bytes, bytes]:
    """A private key and its public one, as PEM."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def sign(manifest: bytes, private_key: bytes, where: str) -> bytes:
    """The signature of a manifest, as its file holds it.

    Args:
        manifest: bytes of `manifest.toml`.
        private_key: PEM, not encrypted.
        where: the key's file, for errors.

    Raises:
        SignatureInvalid: it is no such key.
    """
    try:
        key = load_pem_private_key(private_key, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SignatureInvalid(
            "the private key can't be read", where=where, wanted="Ed25519 as PEM, not encrypted"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SignatureInvalid("a private key of another kind", where=where, wanted="Ed25519")
    document = {
        "algorithm": "Ed25519",
        "signature": base64.b64encode(key.sign(_message(manifest))).decode(),
    }
    return json.dumps(document).encode()


def signer_of(manifest: bytes, signature: bytes | None, signers: Mapping[str, bytes], where: str) -> str:
    """Who of those trusted signed the manifest.

    Args:
        manifest: bytes of `manifest.toml`.
        signature: bytes of `manifest.sig`; None where there is none.
        signers: public keys as PEM, by the signers' names.
        where: the package, for errors.

    Raises:
        SignatureInvalid: nobody did.
    """
    if signature is None:
        raise SignatureInvalid("the package is not signed", where=where, wanted=UNSIGNED)
    given = _signature_in(signature, where)
    for name, pem in signers.items():
        try:
            key = load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm):
            continue  # who put it there is told by `read_signers`
        if not isinstance(key, Ed25519PublicKey):
            continue
        try:
            key.verify(given, _message(manifest))
        except InvalidSignature:
            continue
        return name
    if not signers:
        raise SignatureInvalid(
            "the package is signed, but nobody is trusted to sign",
            where=where,
            wanted="the signer's .pem file in the folder of signers (store.signers)",
        )
    raise SignatureInvalid(
        "the package is signed by nobody who is trusted, or was changed since",
        where=where,
        wanted=f"a signature by {' or '.join(signers)}",
    )


def read_signers(folder: Path) -> dict[str, bytes]:
    """The trusted public keys: the files `<signer>.pem` of a folder; none where there is no folder.

    Raises:
        SignatureInvalid: a file is no Ed25519 public key.
    """
    found = {}
    for path in sorted(folder.glob("*.pem")):
        pem = path.read_bytes()
        try:
            key = load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise SignatureInvalid("not a public key", where=str(path), wanted="Ed25519 as PEM") from error
        if not isinstance(key, Ed25519PublicKey):
            raise SignatureInvalid("a public key of another kind", where=str(path), wanted="Ed25519")
        found[path.stem] = pem
    return found


def _signature_in(data: bytes, where: str) -> bytes:
    try:
        document = json.loads(data[: LONGEST + 1])
        if document["algorithm"] == "Ed25519":
            return base64.b64decode(document["signature"], validate=True)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SignatureInvalid("the signature can't be read", where=f"{where}/{FILE}") from error
    raise SignatureInvalid(
        "the signature is of another kind",
        where=f"{where}/{FILE}",
        found=document["algorithm"],
        wanted="Ed25519",
    )


def _message(manifest: bytes) -> bytes:
    return _DOMAIN + hashlib.sha256(manifest).digest()
