"""A refused certificate as an audit record (OPC UA Part 4, 6.1.3, column «AuditEvent»; Part 5, 6.4.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.opcua.audit.record import AuditKind, AuditRecord
from opcua_ml.opcua.identity.certificates.certificate_status import CertificateStatus

if TYPE_CHECKING:
    from opcua_ml.opcua.identity.certificates.certificate_status import CertificateRejected

AUDIT_KINDS = {
    CertificateStatus.BadCertificateInvalid: AuditKind.CERTIFICATE_INVALID,
    CertificateStatus.BadCertificateChainIncomplete: AuditKind.CERTIFICATE_INVALID,
    CertificateStatus.BadCertificatePolicyCheckFailed: AuditKind.CERTIFICATE_INVALID,
    CertificateStatus.BadCertificateUntrusted: AuditKind.CERTIFICATE_UNTRUSTED,
    CertificateStatus.BadSecurityChecksFailed: AuditKind.CERTIFICATE_UNTRUSTED,
    CertificateStatus.BadCertificateTimeInvalid: AuditKind.CERTIFICATE_EXPIRED,
    CertificateStatus.BadCertificateIssuerTimeInvalid: AuditKind.CERTIFICATE_EXPIRED,
    CertificateStatus.BadCertificateHostNameInvalid: AuditKind.CERTIFICATE_DATA_MISMATCH,
    CertificateStatus.BadCertificateUriInvalid: AuditKind.CERTIFICATE_DATA_MISMATCH,
    CertificateStatus.BadCertificateUseNotAllowed: AuditKind.CERTIFICATE_MISMATCH,
    CertificateStatus.BadCertificateIssuerUseNotAllowed: AuditKind.CERTIFICATE_MISMATCH,
    CertificateStatus.BadCertificateRevocationUnknown: AuditKind.CERTIFICATE_REVOKED,
    CertificateStatus.BadCertificateIssuerRevocationUnknown: AuditKind.CERTIFICATE_REVOKED,
    CertificateStatus.BadCertificateRevoked: AuditKind.CERTIFICATE_REVOKED,
    CertificateStatus.BadCertificateIssuerRevoked: AuditKind.CERTIFICATE_REVOKED,
}
"""Total over the statuses of validation."""


def certificate_record(rejected: CertificateRejected, *, address: str, application_uri: str) -> AuditRecord:
    """What is remembered of a certificate that did not pass, with its true status."""
    details: dict[str, object] = {"StatusCodeId": int(rejected.status)}
    if rejected.status is CertificateStatus.BadCertificateHostNameInvalid:
        details["InvalidHostname"] = str(rejected.wanted)
    elif rejected.status is CertificateStatus.BadCertificateUriInvalid:
        details["InvalidUri"] = str(rejected.wanted)
    return AuditRecord(
        kind=AUDIT_KINDS[rejected.status],
        message=str(rejected),
        status=int(rejected.status),
        address=address,
        application_uri=application_uri,
        certificate=rejected.certificate,
        details=details,
    )
