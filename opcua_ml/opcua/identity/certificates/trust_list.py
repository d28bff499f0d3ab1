"""What a store holds at one moment: whom it trusts, who issued whom, what is revoked."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cryptography import x509

    from opcua_ml.opcua.identity.certificates.certificate import Certificate


@dataclass(frozen=True, slots=True)
class TrustList:
    """Immutable; made by `trust_list`."""

    _trusted: frozenset[bytes] = frozenset()
    _by_subject: Mapping[bytes, tuple[Certificate, ...]] = field(default_factory=dict)
    _crls_by_issuer: Mapping[bytes, tuple[x509.CertificateRevocationList, ...]] = field(default_factory=dict)

    def trusts(self, certificate: Certificate) -> bool:
        """Whether this very certificate, to the last byte, is in the list of trusted ones."""
        return certificate.der in self._trusted

    @property
    def thumbprints(self) -> frozenset[str]:
        """SHA-256 of the trusted certificates."""
        return frozenset(hashlib.sha256(der).hexdigest() for der in self._trusted)

    @property
    def revoked(self) -> frozenset[str]:
        """SHA-256 of the revocation lists."""
        return frozenset(
            one.fingerprint(hashes.SHA256()).hex() for held in self._crls_by_issuer.values() for one in held
        )

    def issuers_named(self, name: bytes) -> tuple[Certificate, ...]:
        """Certificates, trusted or not, whose subject is this DER name and which may issue others."""
        return self._by_subject.get(name, ())

    def revocation_lists(self, issuer: bytes) -> tuple[x509.CertificateRevocationList, ...]:
        """Revocation lists that say they come from the CA of this DER name; nobody has checked that yet."""
        return self._crls_by_issuer.get(issuer, ())


def trust_list(
    trusted: Iterable[Certificate],
    issuers: Iterable[Certificate],
    revocation_lists: Iterable[x509.CertificateRevocationList],
) -> TrustList:
    """A list of these trusted certificates, other issuers and revocation lists."""
    trusted = tuple(trusted)
    by_subject: dict[bytes, list[Certificate]] = defaultdict(list)
    for certificate in (*trusted, *issuers):
        by_subject[certificate.subject].append(certificate)
    by_issuer: dict[bytes, list[x509.CertificateRevocationList]] = defaultdict(list)
    for crl in revocation_lists:
        by_issuer[crl.issuer.public_bytes()].append(crl)
    return TrustList(
        frozenset(certificate.der for certificate in trusted),
        MappingProxyType({name: tuple(held) for name, held in by_subject.items()}),
        MappingProxyType({name: tuple(held) for name, held in by_issuer.items()}),
    )
