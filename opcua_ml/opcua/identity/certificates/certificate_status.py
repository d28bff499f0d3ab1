"""How a certificate can fail, in the words of the standard, and what of it a client is told.

Source: OPC UA Part 4, 6.1.3 (certificate validation), 5.6.2.3 (results of OpenSecureChannel).
"""

from __future__ import annotations

import hashlib
from enum import IntEnum

from opcua_ml.domain.errors import OpcuaMlError


class CertificateStatus(IntEnum):
    """StatusCodes of Part 6, A.2 that certificate validation gives."""

    BadCertificateInvalid = 0x80120000
    BadSecurityChecksFailed = 0x80130000
    BadCertificateTimeInvalid = 0x80140000
    BadCertificateIssuerTimeInvalid = 0x80150000
    BadCertificateHostNameInvalid = 0x80160000
    BadCertificateUriInvalid = 0x80170000
    BadCertificateUseNotAllowed = 0x80180000
    BadCertificateIssuerUseNotAllowed = 0x80190000
    BadCertificateUntrusted = 0x801A0000
    BadCertificateRevocationUnknown = 0x801B0000
    BadCertificateIssuerRevocationUnknown = 0x801C0000
    BadCertificateRevoked = 0x801D0000
    BadCertificateIssuerRevoked = 0x801E0000
    BadCertificateChainIncomplete = 0x810D0000
    BadCertificatePolicyCheckFailed = 0x81140000


TOLD_TO_CLIENTS = frozenset(
    {
        CertificateStatus.BadCertificateTimeInvalid,
        CertificateStatus.BadCertificateIssuerTimeInvalid,
        CertificateStatus.BadCertificateHostNameInvalid,
        CertificateStatus.BadCertificateUriInvalid,
        CertificateStatus.BadCertificateUseNotAllowed,
        CertificateStatus.BadCertificateIssuerUseNotAllowed,
        CertificateStatus.BadCertificateRevocationUnknown,
    }
)
"""Failures of certificates that are trusted already; all others would tell what our trust list holds."""


def status_for_client(status: CertificateStatus) -> CertificateStatus:
    """What a server answers: the status itself, or BadSecurityChecksFailed where the standard hides it."""
    return status if status in TOLD_TO_CLIENTS else CertificateStatus.BadSecurityChecksFailed


class CertificateRejected(OpcuaMlError):
    """A certificate did not pass; `status` is the true one, for logs, audit and our own side of a connection.

    Attributes:
        status: of the first step that failed, in the standard's order.
        certificate: DER of the peer's own certificate, or what came in its place.
    """

    def __init__(
        self,
        status: CertificateStatus,
        what: str,
        *,
        certificate: bytes = b"",
        where: str = "",
        found: object = None,
        wanted: object = None,
    ) -> None:
        super().__init__(what, where=where, found=found, wanted=wanted)
        self.status = status
        self.certificate = certificate

    @property
    def thumbprint(self) -> str:
        """SHA-256 of the certificate, by which `opcua-ml trust` knows it."""
        return hashlib.sha256(self.certificate).hexdigest()

    @property
    def status_for_client(self) -> CertificateStatus:
        """What a client is told."""
        return status_for_client(self.status)
