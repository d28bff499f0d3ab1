"""The three security policies from a client's side, on the cryptography library alone.

Written apart from the service's own stack, so that both can't be wrong alike.

Source: OPC UA Part 6, 6.7.2 (MessageChunks), 6.7.5 (deriving keys); Part 7 (SecurityPolicy facets).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509 import load_der_x509_certificate

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

URI: Final = "http://opcfoundation.org/UA/SecurityPolicy#"
NONE: Final = URI + "None"
NONCE_LENGTH: Final = 32
SIGN, SIGN_AND_ENCRYPT = 2, 3
_SIGNATURE: Final = 32
_BLOCK: Final = 16
_SHA256: Final = hashes.SHA256()


@dataclass(frozen=True)
class Policy:
    """One row of Part 7.

    Attributes:
        name: the end of its URI.
        key_length: bytes of the symmetric key.
        oaep: hash of RSA-OAEP.
        pss: whether signatures are RSA-PSS and not PKCS #1 v1.5.
        signature_uri, encryption_uri: as SignatureData and user tokens name them.
    """

    name: str
    key_length: int
    oaep: hashes.HashAlgorithm
    pss: bool
    signature_uri: str
    encryption_uri: str

    @property
    def uri(self) -> str:
        """The SecurityPolicyUri."""
        return URI + self.name

    def encrypt(self, certificate: Certificate, plain: bytes) -> bytes:
        """RSA-OAEP, block by block."""
        key = _public(certificate)
        size = key.key_size // 8 - 2 - 2 * self.oaep.digest_size
        scheme = padding.OAEP(padding.MGF1(self.oaep), self.oaep, None)
        return b"".join(key.encrypt(plain[at : at + size], scheme) for at in range(0, len(plain), size))

    def decrypt(self, key: rsa.RSAPrivateKey, data: bytes) -> bytes:
        """The inverse."""
        size = key.key_size // 8
        scheme = padding.OAEP(padding.MGF1(self.oaep), self.oaep, None)
        return b"".join(key.decrypt(data[at : at + size], scheme) for at in range(0, len(data), size))

    def sign(self, key: rsa.RSAPrivateKey, data: bytes) -> bytes:
        """With SHA-256."""
        return key.sign(data, self._scheme, _SHA256)

    def plain_block(self, certificate: Certificate) -> int:
        """Bytes that one RSA block takes."""
        return _public(certificate).key_size // 8 - 2 - 2 * self.oaep.digest_size

    @property
    def _scheme(self) -> padding.AsymmetricPadding:
        return padding.PSS(padding.MGF1(_SHA256), _SHA256.digest_size) if self.pss else padding.PKCS1v15()


_RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_RSA_PSS: Final = "http://opcfoundation.org/UA/security/rsa-pss-sha2-256"
_OAEP: Final = "http://www.w3.org/2001/04/xmlenc#rsa-oaep"
_OAEP_SHA256: Final = "http://opcfoundation.org/UA/security/rsa-oaep-sha2-256"
_SHA1: Final = hashes.SHA1()  # noqa: S303 - inside RSA-OAEP, as the policies have it
POLICIES: Final = {
    policy.name: policy
    for policy in (
        Policy("Basic256Sha256", 32, _SHA1, pss=False, signature_uri=_RSA_SHA256, encryption_uri=_OAEP),
        Policy(
            "Aes128_Sha256_RsaOaep", 16, _SHA1, pss=False, signature_uri=_RSA_SHA256, encryption_uri=_OAEP
        ),
        Policy(
            "Aes256_Sha256_RsaPss", 32, _SHA256, pss=True, signature_uri=_RSA_PSS, encryption_uri=_OAEP_SHA256
        ),
    )
}


@dataclass(frozen=True)
class Application:
    """A client application: its key and certificate.

    Attributes:
        key: private.
        der: certificate.
        uri: ApplicationUri of the certificate.
    """

    key: rsa.RSAPrivateKey
    der: bytes
    uri: str

    @staticmethod
    def loaded(key_pem: bytes, der: bytes, uri: str) -> Application:
        """From the bytes of its files."""
        key = serialization.load_pem_private_key(key_pem, None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"an RSA key is wanted, not {type(key).__name__}")
        return Application(key, der, uri)


class Keys:
    """One direction of a channel.

    Args:
        policy: whose.
        secret, seed: nonces, as Part 6, 6.7.5 puts them.
        encrypted: whether messages are encrypted or signed alone.
    """

    def __init__(self, policy: Policy, secret: bytes, seed: bytes, *, encrypted: bool) -> None:
        derived = _p_sha256(secret, seed, _SIGNATURE + policy.key_length + _BLOCK)
        self._signing = derived[:_SIGNATURE]
        key, start = derived[_SIGNATURE:-_BLOCK], derived[-_BLOCK:]
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(start))
        self.encrypted = encrypted

    def seal(self, head: bytes, plain: bytes) -> bytes:
        """A chunk's bytes after `head`, the 16 bytes of its headers with the size not filled in, in whole."""
        if self.encrypted:
            fill = -(len(plain) + 1 + _SIGNATURE) % _BLOCK
            plain += bytes([fill]) * (fill + 1)
        size = len(head) + len(plain) + _SIGNATURE
        head = head[:4] + size.to_bytes(4, "little") + head[8:]
        plain += hmac.digest(self._signing, head + plain, "sha256")
        if self.encrypted:
            encryptor = self._cipher.encryptor()
            plain = encryptor.update(plain) + encryptor.finalize()
        return head + plain

    def open(self, frame: bytes) -> bytes:
        """The plain text after the 16 bytes of headers.

        Raises:
            ValueError: the signature is wrong.
        """
        plain = frame[16:]
        if self.encrypted:
            decryptor = self._cipher.decryptor()
            plain = decryptor.update(plain) + decryptor.finalize()
        if hmac.digest(self._signing, frame[:16] + plain[:-_SIGNATURE], "sha256") != plain[-_SIGNATURE:]:
            raise ValueError("the server's signature is wrong")
        plain = plain[:-_SIGNATURE]
        return plain[: -plain[-1] - 1] if self.encrypted else plain


def certificate_of(der: bytes) -> Certificate:
    """Parsed; of a chain, the first."""
    return load_der_x509_certificate(der[: 4 + int.from_bytes(der[2:4], "big")])


def thumbprint(der: bytes) -> bytes:
    """SHA-1, as the asymmetric header has it (Part 6, 6.7.2.3)."""
    return hashlib.sha1(der[: 4 + int.from_bytes(der[2:4], "big")], usedforsecurity=False).digest()


def _p_sha256(secret: bytes, seed: bytes, length: int) -> bytes:
    """P_hash of RFC 5246, 5."""
    derived, step = b"", seed
    while len(derived) < length:
        step = hmac.digest(secret, step, "sha256")
        derived += hmac.digest(secret, step + seed, "sha256")
    return derived[:length]


def _public(certificate: Certificate) -> rsa.RSAPublicKey:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError(f"an RSA key is wanted, not {type(key).__name__}")
    return key
