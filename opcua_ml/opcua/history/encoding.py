"""HistoryData and HistoryEvent as bytes, made in the thread that reads.

A page of ten thousand DataValues takes the standard stack a tenth of a second: the event loop must not wait.

Source: OPC UA Part 11, 6.5 (HistoryData, HistoryModifiedData, HistoryEvent); Part 6, 5.2.2.15 to 5.2.2.17.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import variant_to_binary

from opcua_ml.domain.status import Severity, severity
from opcua_ml.opcua.space.standard import standard_id
from opcua_ml.opcua.trust.decoding.numbers import NUMBERS
from opcua_ml.opcua.trust.nodes.index_range import read_range
from opcua_ml.opcua.values import NULL, to_variant, variant_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opcua_ml.domain.signature import DataType
    from opcua_ml.opcua.trust.nodes.index_range import Range

_VALUE, _STATUS, _SOURCE, _SERVER = 0x01, 0x02, 0x04, 0x08
_STAMPS: Final = {
    ua.TimestampsToReturn.Source: _SOURCE,
    ua.TimestampsToReturn.Server: _SERVER,
    ua.TimestampsToReturn.Both: _SOURCE | _SERVER,
}
_CODES: Final = {"Boolean": "?", **NUMBERS}
_HISTORY_DATA: Final = standard_id(ObjectIds.HistoryData_Encoding_DefaultBinary)
_MODIFIED: Final = standard_id(ObjectIds.HistoryModifiedData_Encoding_DefaultBinary)
_EVENTS: Final = standard_id(ObjectIds.HistoryEvent_Encoding_DefaultBinary)
_COUNT: Final = struct.Struct("<i")
_HEAD: Final = struct.Struct("<B")


class ValueEncoder:
    """Writes DataValues as one HistoryRead wants them.

    Args:
        timestamps: TimestampsToReturn.
        ranges: of the IndexRange; empty for whole values.
    """

    def __init__(self, timestamps: int, ranges: tuple[Range, ...] = ()) -> None:
        self._stamps = _STAMPS[ua.TimestampsToReturn(timestamps)]
        self._tail = struct.Struct("<I" + "q" * (2 if self._stamps == _SOURCE | _SERVER else 1))
        self._ranges = ranges
        self._numbers: dict[DataType, struct.Struct] = {}

    def value(self, value: Any, data_type: DataType, status: int, source: int, server: int) -> bytes:
        """One DataValue; under a Bad status without a value."""
        if value is None or severity(status) is Severity.BAD:
            return self._whole(NULL, status, source, server)
        if self._ranges or isinstance(value, str | tuple):
            try:
                variant = to_variant(value, data_type)
                cut = read_range(variant, self._ranges) if self._ranges else variant
            except ServiceError as refusal:
                return self._whole(NULL, refusal.code, source, server)
            return self._whole(cut, status, source, server)
        kind = variant_type(data_type)
        number = self._numbers.get(data_type)
        if number is None:
            number = self._numbers[data_type] = struct.Struct(f"<BB{_CODES[data_type.value]}")
        mask = _VALUE | _STATUS | self._stamps
        return number.pack(mask, kind.value, value) + self._tail_of(status, source, server)

    def other(self, variant: ua.Variant, status: int, source: int) -> bytes:
        """One DataValue of any type; its ServerTimestamp is the SourceTimestamp."""
        shown = NULL if severity(status) is Severity.BAD else variant
        return self._whole(shown, status, source, source)

    def _whole(self, variant: ua.Variant, status: int, source: int, server: int) -> bytes:
        if variant.VariantType is ua.VariantType.Null:
            return _HEAD.pack(_STATUS | self._stamps) + self._tail_of(status, source, server)
        content = variant_to_binary(variant)
        return _HEAD.pack(_VALUE | _STATUS | self._stamps) + content + self._tail_of(status, source, server)

    def _tail_of(self, status: int, source: int, server: int) -> bytes:
        if self._stamps == _SOURCE:
            return self._tail.pack(status, source)
        if self._stamps == _SERVER:
            return self._tail.pack(status, server)
        return self._tail.pack(status, source, server)


def history_data(values: Sequence[bytes]) -> ua.ExtensionObject:
    """HistoryData of encoded DataValues."""
    return _object(_HISTORY_DATA, _COUNT.pack(len(values)) + b"".join(values))


def no_modifications() -> ua.ExtensionObject:
    """HistoryModifiedData without any."""
    return _object(_MODIFIED, _COUNT.pack(0) * 2)


def event_fields(fields: Iterable[ua.Variant]) -> bytes:
    """One HistoryEventFieldList.

    Raises:
        ServiceError: BadEncodingError, a field is not what its type wants.
    """
    try:
        encoded = [variant_to_binary(field) for field in fields]
    except Exception as error:  # fields are of any type; one that can't be written is a fault of ours
        raise ServiceError(StatusCodes.BadEncodingError) from error
    return _COUNT.pack(len(encoded)) + b"".join(encoded)


def history_events(events: Sequence[bytes]) -> ua.ExtensionObject:
    """HistoryEvent of encoded HistoryEventFieldLists."""
    return _object(_EVENTS, _COUNT.pack(len(events)) + b"".join(events))


def _object(kind: ua.NodeId, body: bytes) -> ua.ExtensionObject:
    return ua.ExtensionObject(kind, ua.ByteString(body))
