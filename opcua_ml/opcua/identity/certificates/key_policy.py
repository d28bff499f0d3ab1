"""Which keys and signatures a certificate may have under the security policies that are offered here.

Source: OPC UA Part 7, Basic256Sha256, Aes128_Sha256_RsaOaep and Aes256_Sha256_RsaPss: all three want RSA keys
of 2048 to 4096 bits and certificates signed with SHA-2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from opcua_ml.opcua.identity.certificates.certificate import Certificate

SHORTEST_KEY = 2048
LONGEST_KEY = 4096
"""Bits of an RSA modulus."""
LARGEST_EXPONENT = 2**32
"""Greater public exponents serve only to make us calculate."""
SHA2 = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


def key_weakness(key: CertificatePublicKeyTypes) -> str | None:
    """Why no security policy allows this key; None where all do."""
    if not isinstance(key, rsa.RSAPublicKey):
        return "the key is not RSA"
    if not SHORTEST_KEY <= key.key_size <= LONGEST_KEY:
        return f"the key has {key.key_size} bits, not {SHORTEST_KEY} to {LONGEST_KEY}"
    if key.public_numbers().e >= LARGEST_EXPONENT:
        return "the key's exponent is too large"
    return None


def signature_weakness(certificate: Certificate) -> str | None:
    """Why no security policy allows the certificate's signature; None where all do."""
    try:
        algorithm = certificate.parsed.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return "its signature's algorithm is not known"
    if not isinstance(algorithm, SHA2):
        return f"it is signed with {algorithm.name.upper() if algorithm else 'no hash'}, not with SHA-2"
    return None


def policy_weakness(certificate: Certificate) -> str | None:
    """Why no security policy allows this certificate; None where all do."""
    return key_weakness(certificate.public_key) or signature_weakness(certificate)
