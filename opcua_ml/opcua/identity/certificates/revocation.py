"""Whether a CA has taken a certificate back.

Source: OPC UA Part 4, 6.1.3, steps «Find Revocation List» and «Revocation Check»; RFC 5280, 5 and 6.3.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtensionOID

from opcua_ml.opcua.identity.certificates.key_policy import SHA2

if TYPE_CHECKING:
    from datetime import datetime

    from opcua_ml.opcua.identity.certificates.certificate import Certificate
    from opcua_ml.opcua.identity.certificates.trust_list import TrustList

_UNDERSTOOD = frozenset({ExtensionOID.CRL_NUMBER, ExtensionOID.AUTHORITY_KEY_IDENTIFIER})


class Revocation(Enum):
    """What the revocation lists say of one certificate."""

    NOT_REVOKED = "not revoked"
    REVOKED = "revoked"
    UNKNOWN = "no valid revocation list"


def revocation(
    certificate: Certificate, issuer: Certificate, trust_list: TrustList, now: datetime
) -> Revocation:
    """What `issuer`'s own revocation lists say of `certificate`.

    A list counts only where `issuer`'s key signed it: another CA of the same name, with the same serial
    numbers, can neither revoke nor clear. A list past its next update still revokes, but clears no more.

    Args:
        certificate: issued by `issuer`; its signature has been checked.
        issuer: with a key that the security policies allow.
        trust_list: where revocation lists are found.
        now: timezone-aware.
    """
    found = Revocation.UNKNOWN
    for crl in trust_list.revocation_lists(issuer.subject):
        if not _is_of(crl, issuer):
            continue
        entry = crl.get_revoked_certificate_by_serial_number(certificate.parsed.serial_number)
        if entry is not None:
            return Revocation.REVOKED
        if _is_current(crl, now) and _is_complete(crl):
            found = Revocation.NOT_REVOKED
    return found


def _is_of(crl: x509.CertificateRevocationList, issuer: Certificate) -> bool:
    key = issuer.public_key
    try:
        return (
            isinstance(key, rsa.RSAPublicKey)
            and isinstance(crl.signature_hash_algorithm, SHA2)
            and crl.is_signature_valid(key)
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _is_current(crl: x509.CertificateRevocationList, now: datetime) -> bool:
    next_update = crl.next_update_utc
    return next_update is not None and crl.last_update_utc <= now <= next_update


def _is_complete(crl: x509.CertificateRevocationList) -> bool:
    """Whether it is for all of the CA's certificates: no delta, no part, nothing that we don't understand."""
    try:
        return all(item.oid in _UNDERSTOOD or not item.critical for item in crl.extensions)
    except (ValueError, x509.DuplicateExtension):
        return False
