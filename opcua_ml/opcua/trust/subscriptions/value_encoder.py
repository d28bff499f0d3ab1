"""Changed values as bytes, each one encoded once for all items that report it.

Source: OPC UA Part 6, 5.2.2.17 (DataValue).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_to_binary

from opcua_ml.opcua.hot import DECLINED, encode_data_value, with_timestamps
from opcua_ml.opcua.trust.errors import bad
from opcua_ml.opcua.trust.make import data_value

if TYPE_CHECKING:
    from asyncua import ua

    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace

_log = structlog.get_logger(__name__)


class ValueEncoder:
    """Remembers the last value that it encoded: watchers of one attribute come one after the other.

    Args:
        aspace: whose writes make it forget, as the same object may have other contents then.
    """

    def __init__(self, aspace: PlantAddressSpace) -> None:
        self._aspace = aspace
        self._writes = -1
        self._value: ua.DataValue | None = None
        self._data = b""

    def whole(self, value: ua.DataValue) -> bytes:
        """The value with every timestamp that it has, and with a server timestamp."""
        if value is not self._value or self._writes != self._aspace.writes:
            self._data = encoded(_with_server_timestamp(value))
            self._value, self._writes = value, self._aspace.writes
        return self._data

    def part(self, value: ua.DataValue, timestamps: int, *, is_value: bool) -> bytes:
        """The value with the timestamps that TimestampsToReturn asks for."""
        return with_timestamps(self.whole(value), timestamps, is_value=is_value)


def encoded(value: ua.DataValue) -> bytes:
    """A DataValue's bytes; what fits no type is told as BadEncodingError, so that nothing is missed."""
    data = encode_data_value(value)
    if data is not DECLINED:
        return data
    try:
        written: bytes = struct_to_binary(value)
    except Exception:  # noqa: BLE001 - values of the address space may not fit their types in any way
        _log.exception("value can't be encoded", kind=str(getattr(value.Value, "VariantType", None)))
        return encoded(
            data_value(
                None,
                bad(StatusCodes.BadEncodingError),
                source=value.SourceTimestamp,
                server=value.ServerTimestamp,
            )
        )
    return written


def _with_server_timestamp(value: ua.DataValue) -> ua.DataValue:
    if value.ServerTimestamp is not None:
        return value
    return data_value(
        value.Value,
        value.StatusCode,
        source=value.SourceTimestamp,
        server=datetime.now(UTC),
        source_picoseconds=value.SourcePicoseconds,
    )
