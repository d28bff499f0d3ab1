"""Which refusals are for security, as diagnostics count them.

Source: OPC UA Part 5, 12.9 (ServerDiagnosticsSummaryDataType); Part 4, 6.1.3 and 7.38.2.
"""

from __future__ import annotations

from typing import Final

from asyncua.ua.status_codes import StatusCodes

SECURITY_CODES: Final = frozenset(
    {
        StatusCodes.BadSessionIdInvalid,
        StatusCodes.BadSessionNotActivated,
        StatusCodes.BadUserAccessDenied,
        StatusCodes.BadUserSignatureInvalid,
        StatusCodes.BadSecurityChecksFailed,
        StatusCodes.BadSecurityModeRejected,
        StatusCodes.BadSecurityModeInsufficient,
        StatusCodes.BadApplicationSignatureInvalid,
        StatusCodes.BadIdentityTokenInvalid,
        StatusCodes.BadIdentityTokenRejected,
        StatusCodes.BadIdentityChangeNotSupported,
        StatusCodes.BadNonceInvalid,
        StatusCodes.BadCertificateInvalid,
        StatusCodes.BadCertificateUriInvalid,
        StatusCodes.BadCertificateTimeInvalid,
        StatusCodes.BadCertificateIssuerTimeInvalid,
        StatusCodes.BadCertificateUseNotAllowed,
        StatusCodes.BadCertificateIssuerUseNotAllowed,
        StatusCodes.BadCertificateRevocationUnknown,
        StatusCodes.BadCertificateUntrusted,
        StatusCodes.BadCertificateRevoked,
    }
)
