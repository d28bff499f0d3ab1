"""What a certificate may be used for, by its own extensions.

Source: OPC UA Part 6, 6.2.2 (applications), 6.2.3 (users), 6.2.4 (CAs); RFC 5280, 4.2.1.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from cryptography.x509.oid import ExtendedKeyUsageOID

if TYPE_CHECKING:
    from opcua_ml.opcua.identity.certificates.certificate import Certificate


class CertificateUse(Enum):
    """Whose certificate it is to be."""

    CLIENT = "client application"
    SERVER = "server application"
    USER = "user"


def may_be_used(leaf: Certificate, use: CertificateUse) -> bool:
    """Whether the certificate's extensions allow this use."""
    return _may_log_in(leaf) if use is CertificateUse.USER else _may_secure_channels(leaf, use)


def _may_secure_channels(leaf: Certificate, use: CertificateUse) -> bool:
    """Part 6, 6.2.2, rows keyUsage and extendedKeyUsage; without the latter every use is allowed."""
    usage = leaf.key_usage
    wanted = (
        ExtendedKeyUsageOID.SERVER_AUTH if use is CertificateUse.SERVER else ExtendedKeyUsageOID.CLIENT_AUTH
    )
    return (
        usage is not None
        and usage.digital_signature
        and usage.content_commitment
        and usage.key_encipherment
        and usage.data_encipherment
        and (leaf.extended_key_usage is None or wanted in leaf.extended_key_usage)
    )


def _may_log_in(leaf: Certificate) -> bool:
    """Part 6, 6.2.3: a user's certificate signs, and no more is asked of it."""
    return not leaf.is_ca and (leaf.key_usage is None or leaf.key_usage.digital_signature)


def may_issue(issuer: Certificate, below: int) -> bool:
    """RFC 5280, 4.2.1.3 and 4.2.1.9, with cRLSign as Part 6, 6.2.4 wants it of every CA.

    The self-signed certificates of applications often say that they are CAs; without cRLSign they are none
    here, so that a trusted application can't make others trusted.
    """
    constraints, usage = issuer.basic_constraints, issuer.key_usage
    return (
        constraints is not None
        and constraints.ca
        and (constraints.path_length is None or below <= constraints.path_length)
        and usage is not None
        and usage.key_cert_sign
        and usage.crl_sign
    )
