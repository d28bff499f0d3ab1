"""Reads that come again: rights decided once until they may have changed, values encoded once per change.

Source: OPC UA Part 4, 5.11.2 (Read).
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final, cast

from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.hot import (
    DECLINED,
    ResolutionCache,
    encode_data_value,
    encode_read_response,
    filetime_now,
)
from opcua_ml.opcua.trust.nodes.attribute import stamped

if TYPE_CHECKING:
    from asyncua import ua
    from asyncua.server.address_space import AttributeValue

    from opcua_ml.opcua.hot import ReadPlan, ReadRequest
    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.internal_server import PlantInternalServer
    from opcua_ml.opcua.trust.sessions.session import PlantSession

_VALUE: Final = int(AttributeIds.Value)
_SOURCE, _SERVER, _BOTH, _NEITHER = range(4)
_WITHOUT_SERVER: Final = {_SERVER: _NEITHER, _BOTH: _SOURCE}
_SERVER_TIMESTAMP: Final = 0x08
"""The bit of a DataValue's encoding mask; the server timestamp comes last (Part 6, 5.2.2.17)."""
_LONGEST, _LARGEST = 128, 4096
"""Members of an array and bytes of a value up to which its encoding is kept."""
_PLANS, _MOST_ITEMS = 16, 512
"""Reads that a connection may have kept, and items of each."""
_pack_timestamp: Final = Struct("<q").pack


class _KnownRead:
    """The nodes' attributes of one plan, and each value as last sent."""

    __slots__ = ("_attributes", "_encoded", "_sent", "_timeless", "_timestamps", "caller")

    def __init__(self, caller: Caller, timestamps: int, attributes: list[dict[Any, AttributeValue]]) -> None:
        self.caller = caller
        self._timestamps = timestamps
        self._attributes = attributes
        self._sent: list[ua.DataValue | None] = [None] * len(attributes)
        self._encoded: list[bytes] = [b""] * len(attributes)
        self._timeless: set[int] = set()

    def values(self, now: int) -> list[bytes] | None:
        """Every value's bytes; None if one is computed at the read or only asyncua can write it.

        A DataValue in the address space is replaced, never changed in place, so that the same one has the
        same bytes. Where it has no server timestamp, that is `now`.
        """
        sent = self._sent
        for place, attributes in enumerate(self._attributes):
            held = attributes[_VALUE]
            value = held.value
            if held.value_callback is not None or value is None:
                return None
            if value is not sent[place] and not self._encode(place, value):
                return None
        if not self._timeless:
            return self._encoded
        stamp = _pack_timestamp(now)
        values = self._encoded.copy()
        for place in self._timeless:
            values[place] += stamp
        return values

    def _encode(self, place: int, value: ua.DataValue) -> bool:
        wanted = self._timestamps
        content = value.Value.Value if value.Value is not None else None
        if isinstance(content, list | tuple | str | bytes) and len(content) > _LONGEST:
            return False
        timeless = value.ServerTimestamp is None and wanted in _WITHOUT_SERVER
        data = encode_data_value(stamped(value, _WITHOUT_SERVER[wanted] if timeless else wanted))
        if data is DECLINED or len(data) > _LARGEST:
            return False
        if timeless:
            self._timeless.add(place)
            data = bytes((data[0] | _SERVER_TIMESTAMP,)) + data[1:]
        else:
            self._timeless.discard(place)
        self._encoded[place] = data
        self._sent[place] = value
        return True


class KnownReads:
    """The Reads that one connection repeats.

    Only rules with a `version`, which rises whenever they may decide otherwise, let decisions be kept.

    Args:
        server: whose nodes are read.
    """

    def __init__(self, server: PlantInternalServer) -> None:
        self._server = server
        self._known: ResolutionCache[_KnownRead] = ResolutionCache(_PLANS)

    def answer(self, session: PlantSession, request: ReadRequest) -> bytes | None:
        """The whole response; None where the ordinary way has to be taken."""
        epoch = self._epoch()
        if epoch is None or self._server.callback_service.busy:
            return None
        plan = request.plan
        known = self._known.get(plan.wire, epoch)
        if known is None or known.caller is not session.caller:
            known = self._learn(session.caller, plan, epoch)
            if known is None:
                return None
        now = filetime_now()
        values = known.values(now)
        if values is None:
            return None
        response = encode_read_response(request.head.request_handle, now, values)
        return None if response is DECLINED else response

    def _epoch(self) -> int | None:
        version = getattr(self._server.rules, "version", None)
        if version is None:
            return None
        aspace = self._server.aspace
        return cast("int", version + aspace.access_version + aspace.nodes_version)

    def _learn(self, caller: Caller, plan: ReadPlan, epoch: int) -> _KnownRead | None:
        """Decide on every item; None, and nothing kept, unless all are whole values that may be read."""
        server = self._server
        if (
            not 0 < len(plan.items) <= min(_MOST_ITEMS, server.limits.max_nodes_per_read)
            or not plan.max_age >= 0
        ):
            return None
        attributes = []
        for item in plan.items:
            node = server.aspace.get(item.node_id)
            if (
                node is None
                or item.attribute_id != _VALUE
                or item.index_range
                or item.data_encoding[1]
                or AttributeIds.Value not in node.attributes
                or server.attribute_service.readable(caller, node, _VALUE) != StatusCodes.Good
            ):
                return None
            attributes.append(node.attributes)
        known = _KnownRead(caller, plan.timestamps_to_return, attributes)
        self._known.keep(plan.wire, epoch, known)
        return known
