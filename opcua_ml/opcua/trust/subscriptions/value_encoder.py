"""Changed values as bytes, each one encoded once for all items that report it.

Source: OPC UA Part 6, 5.2.2.17 (DataValue).
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import structlog
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_to_binary

from opcua_ml.opcua.hot import DECLINED, encode_data_value, with_timestamps
from opcua_ml.opcua.trust.ground.errors import bad
from opcua_ml.opcua.trust.ground.ua_values import data_value
from opcua_ml.opcua.trust.subscriptions.change import seen

if TYPE_CHECKING:
    from asyncua import ua

    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.subscriptions.change import Seen

_log = structlog.get_logger(__name__)
_TOLD: Final = 256
"""Values that are remembered as told."""
_SHOWN: Final = 200
"""Characters of a reason that are logged."""


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
        self._seen: Seen | None = None
        self._parts: dict[tuple[int, bool], bytes] = {}

    def whole(self, value: ua.DataValue) -> bytes:
        """The value with every timestamp that it has, and with a server timestamp."""
        if value is not self._value or self._writes != self._aspace.writes:
            self._data = encoded(_with_server_timestamp(value))
            self._value, self._writes = value, self._aspace.writes
            self._seen = None
            self._parts.clear()
        return self._data

    def seen(self, value: ua.DataValue) -> Seen:
        """What decides whether the next value is a change; the same object for all items."""
        self.whole(value)
        found = self._seen
        if found is None:
            found = self._seen = seen(value, self)
        return found

    def part(self, value: ua.DataValue, timestamps: int, *, is_value: bool) -> bytes:
        """The value with the timestamps that TimestampsToReturn asks for."""
        data = self.whole(value)
        part = self._parts.get((timestamps, is_value))
        if part is None:
            part = self._parts[timestamps, is_value] = with_timestamps(data, timestamps, is_value=is_value)
        return part


def encoded(value: ua.DataValue) -> bytes:
    """A DataValue's bytes; what fits no type is told as BadEncodingError, so that nothing is missed."""
    data = encode_data_value(value)
    if data is not DECLINED:
        return data
    try:
        written: bytes = struct_to_binary(value)
    except Exception as error:  # noqa: BLE001 - values of the address space may not fit their types in any way
        _tell(getattr(value.Value, "VariantType", None), error)
        return encoded(
            data_value(
                None,
                bad(StatusCodes.BadEncodingError),
                source=value.SourceTimestamp,
                server=value.ServerTimestamp,
            )
        )
    return written


@lru_cache(maxsize=_TOLD)
def _tell_once(kind: str, error: str) -> None:
    _log.warning("value can't be encoded", kind=kind, error=error)


def _tell(kind: object, error: Exception) -> None:
    """One line for each such value, however often clients ask for it."""
    _tell_once(str(getattr(kind, "name", kind)), " ".join(str(error).split())[:_SHOWN])


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
