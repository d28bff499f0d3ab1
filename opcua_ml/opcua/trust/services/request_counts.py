"""How many requests the server refused as a whole.

Source: OPC UA Part 5, 12.9 (ServerDiagnosticsSummaryDataType).
"""

from __future__ import annotations

from opcua_ml.opcua.trust.sessions.security_codes import SECURITY_CODES


class RequestCounts:
    """Counters that only rise."""

    def __init__(self) -> None:
        self.rejected = 0
        self.security_rejected = 0

    def refused(self, code: int) -> None:
        """A ServiceFault of this code is sent."""
        self.rejected += 1
        self.security_rejected += code in SECURITY_CODES
