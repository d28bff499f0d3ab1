"""One value of a tag, with everything that came with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opcua_ml.domain.status import Severity, severity

if TYPE_CHECKING:
    from datetime import datetime

Scalar = bool | int | float | str
Value = Scalar | tuple[Scalar, ...]


class Sample(NamedTuple):
    """A DataValue of a tag (OPC UA Part 4, 7.11) at the moment it reached us.

    Attributes:
        value: the value, or None where the status is Bad.
        status: the StatusCode as it came.
        source_timestamp: when the PLC says that the value was so; timezone-aware UTC, or None.
        server_timestamp: when the PLC's server saw it; timezone-aware UTC, or None.
        received: our monotonic clock at arrival, in seconds: ages are measured with this one.
    """

    value: Value | None
    status: int
    source_timestamp: datetime | None
    server_timestamp: datetime | None
    received: float

    @property
    def is_bad(self) -> bool:
        """Whether no prediction may be made from it."""
        return self.value is None or severity(self.status) is Severity.BAD
