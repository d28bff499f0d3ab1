"""One X.509 certificate, parsed to the last extension before anything is believed of it.

Source: OPC UA Part 6, 6.2.2 (application instance certificate); RFC 5280.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtensionOID

from opcua_ml.opcua.identity.certificates.certificate_status import CertificateRejected, CertificateStatus
from opcua_ml.opcua.identity.certificates.printable_text import printable

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

LARGEST_CERTIFICATE = 16 * 1024
"""Bytes; real ones have one to two thousand."""

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)
_KNOWN_CRITICAL = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """A certificate whose every field that is used here has been read without error.

    Attributes:
        der: the certificate itself; two certificates are the same only where all of these bytes are.
        subject, issuer: names, DER.
        application_uris, host_names, addresses: of the SubjectAlternativeName; names in lower case,
            addresses in canonical text.
        public_key_info: SubjectPublicKeyInfo, DER.
    """

    der: bytes = field(repr=False)
    parsed: x509.Certificate = field(repr=False)
    subject: bytes = field(repr=False)
    issuer: bytes = field(repr=False)
    public_key: CertificatePublicKeyTypes = field(repr=False)
    public_key_info: bytes = field(repr=False)
    application_uris: tuple[str, ...]
    host_names: tuple[str, ...]
    addresses: tuple[str, ...]
    basic_constraints: x509.BasicConstraints | None
    key_usage: x509.KeyUsage | None
    extended_key_usage: x509.ExtendedKeyUsage | None
    issuer_key_identifier: bytes | None = field(repr=False)
    key_identifier: bytes | None = field(repr=False)

    @property
    def thumbprint(self) -> str:
        """SHA-256 of the DER, as 64 lower-case hexadecimal digits: how we name certificates."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def opc_ua_thumbprint(self) -> str:
        """SHA-1 of the DER, 40 digits: how OPC UA clients show it (Part 4, 7.3); never used for trust."""
        return opc_ua_thumbprint(self.der)

    @property
    def subject_text(self) -> str:
        """The subject for people's eyes."""
        return printable(self.parsed.subject.rfc4514_string())

    @property
    def issuer_text(self) -> str:
        """The issuer for people's eyes."""
        return printable(self.parsed.issuer.rfc4514_string())

    @property
    def hosts_text(self) -> str:
        """Host names and addresses for people's eyes."""
        return printable(", ".join((*self.host_names, *self.addresses)))

    @property
    def valid_from(self) -> datetime:
        """Timezone-aware UTC."""
        return self.parsed.not_valid_before_utc

    @property
    def valid_to(self) -> datetime:
        """Timezone-aware UTC."""
        return self.parsed.not_valid_after_utc

    @property
    def is_ca(self) -> bool:
        """Whether it says of itself that it may issue others."""
        return self.basic_constraints is not None and self.basic_constraints.ca

    @property
    def names_itself(self) -> bool:
        """Whether issuer and subject are the same name."""
        return self.subject == self.issuer


def opc_ua_thumbprint(der: bytes) -> str:
    """SHA-1 of a DER certificate in hexadecimal, as OPC UA names certificates; a name, not a proof."""
    return hashlib.sha1(der, usedforsecurity=False).hexdigest()


def parse_certificate(der: bytes) -> Certificate:
    """Read one DER certificate, strictly.

    Raises:
        CertificateRejected: BadCertificateInvalid; too large, no X.509 v3, trailing bytes, a malformed
            or doubled extension, or a critical one that is not known here.
    """
    if not 0 < len(der) <= LARGEST_CERTIFICATE:
        raise _invalid("the certificate has an impossible size", der, found=f"{len(der)} bytes")
    try:
        return _parsed(bytes(der))
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension) as error:
        raise _invalid("the certificate can't be read", der) from error


@lru_cache(maxsize=256)
def _parsed(der: bytes) -> Certificate:
    """Remembered, as a client shows it with each handshake, and we look at it twice in each."""
    with warnings.catch_warnings():
        # Names that break RFC 5280's lengths are warned of; they are no danger here.
        warnings.simplefilter("ignore")
        return _parsed_anew(der)


def _parsed_anew(der: bytes) -> Certificate:
    certificate = x509.load_der_x509_certificate(der)
    if certificate.version is not x509.Version.v3:
        raise _invalid("the certificate's version is wrong", der, found=certificate.version, wanted="v3")
    if certificate.serial_number <= 0:
        raise _invalid("the certificate's serial number is not positive", der)
    held = {extension.oid: extension for extension in certificate.extensions}
    unknown = [oid.dotted_string for oid, it in held.items() if it.critical and oid not in _KNOWN_CRITICAL]
    if unknown:
        raise _invalid("the certificate has a critical extension that is not known", der, found=unknown[0])
    values = [extension.value for extension in held.values()]
    names = _only(values, x509.SubjectAlternativeName)
    authority = _only(values, x509.AuthorityKeyIdentifier)
    own = _only(values, x509.SubjectKeyIdentifier)
    public_key = certificate.public_key()
    return Certificate(
        der=der,
        parsed=certificate,
        subject=certificate.subject.public_bytes(),
        issuer=certificate.issuer.public_bytes(),
        public_key=public_key,
        public_key_info=public_key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        application_uris=tuple(names.get_values_for_type(x509.UniformResourceIdentifier)) if names else (),
        host_names=tuple(map(str.lower, names.get_values_for_type(x509.DNSName))) if names else (),
        addresses=tuple(map(str, names.get_values_for_type(x509.IPAddress))) if names else (),
        basic_constraints=_only(values, x509.BasicConstraints),
        key_usage=_only(values, x509.KeyUsage),
        extended_key_usage=_only(values, x509.ExtendedKeyUsage),
        issuer_key_identifier=authority.key_identifier if authority else None,
        key_identifier=own.digest if own else None,
    )


def _only(values: list[x509.ExtensionType], kind: type[_Extension]) -> _Extension | None:
    return next((value for value in values if isinstance(value, kind)), None)


def _invalid(what: str, der: bytes, *, found: object = None, wanted: object = None) -> CertificateRejected:
    return CertificateRejected(
        CertificateStatus.BadCertificateInvalid, what, certificate=der, found=found, wanted=wanted
    )
