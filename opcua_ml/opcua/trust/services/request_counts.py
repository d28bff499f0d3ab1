"""How many requests the server refused as a whole.

Source: OPC UA Part 5, 12.9 (ServerDiagnosticsSummaryDataType).
"""

from __future__ import annotations

from typing import Final

from asyncua.ua.status_codes import StatusCodes

_SECURITY: Final = frozenset(
    {
        StatusCodes.BadSessionIdInvalid,
        StatusCodes.BadSessionNotActivated,
        StatusCodes.BadUserAccessDenied,
        StatusCodes.BadSecurityChecksFailed,
        StatusCodes.BadSecurityModeRejected,
        StatusCodes.BadApplicationSignatureInvalid,
        StatusCodes.BadIdentityTokenInvalid,
        StatusCodes.BadIdentityTokenRejected,
        StatusCodes.BadIdentityChangeNotSupported,
    }
)


class RequestCounts:
    """Counters that only rise."""

    def __init__(self) -> None:
        self.rejected = 0
        self.security_rejected = 0

    def refused(self, code: int) -> None:
        """A ServiceFault of this code is sent."""
        self.rejected += 1
        self.security_rejected += code in _SECURITY
