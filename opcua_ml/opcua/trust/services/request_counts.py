"""How many requests the server refused as a whole.

Source: OPC UA Part 5, 12.9 (ServerDiagnosticsSummaryDataType).
"""

from __future__ import annotations

from typing import Final

from asyncua import ua

_SECURITY: Final = frozenset(
    {
        ua.StatusCodes.BadSessionIdInvalid,
        ua.StatusCodes.BadSessionNotActivated,
        ua.StatusCodes.BadUserAccessDenied,
        ua.StatusCodes.BadSecurityChecksFailed,
        ua.StatusCodes.BadSecurityModeRejected,
        ua.StatusCodes.BadApplicationSignatureInvalid,
        ua.StatusCodes.BadIdentityTokenInvalid,
        ua.StatusCodes.BadIdentityTokenRejected,
        ua.StatusCodes.BadIdentityChangeNotSupported,
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
