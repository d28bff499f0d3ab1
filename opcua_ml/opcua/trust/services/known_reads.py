"""Reads that come again: rights decided once until they may have changed, values encoded once per change.

Source: OPC UA Part 4, 5.11.2 (Read).
"""

from __future__ import annotations

from operator import attrgetter, is_
from struct import Struct
from typing import TYPE_CHECKING, Final, cast

from asyncua.server.internal_session import SessionState
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.hot import (
    DECLINED,
    RepeatedRead,
    encode_answered_read,
    encode_data_value,
    filetime_now,
)
from opcua_ml.opcua.trust.nodes.attribute import stamped
from opcua_ml.opcua.trust.nodes.localized import localized

if TYPE_CHECKING:
    from asyncua import ua
    from asyncua.server.address_space import AttributeValue

    from opcua_ml.opcua.hot import ReadPlan, ReadRequest
    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.internal_server import PlantInternalServer
    from opcua_ml.opcua.trust.sessions.channel import SessionChannel
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
_MOST_BYTES: Final = 256 * 1024
"""Memory that a connection's kept Reads take in sum."""
_ITEM_BYTES: Final = 120
"""Memory of one kept item beside its encoding."""
_value_of: Final = attrgetter("value")
_callback_of: Final = attrgetter("value_callback")
_pack_timestamp: Final = Struct("<q").pack


class _Memory:
    """What the kept Reads of one connection take, in bytes."""

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held = 0

    def change(self, before: int, after: int) -> bool:
        """Take or give back; False, and nothing changed, if that were too much."""
        if self.held + after - before > _MOST_BYTES:
            return False
        self.held += after - before
        return True


class _KnownRead:
    """The nodes' values of one plan, and each as last sent."""

    __slots__ = (
        "_cells",
        "_encoded",
        "_fixed",
        "_joined",
        "_memory",
        "_sent",
        "_size",
        "_timeless",
        "_timestamps",
        "caller",
        "epoch",
    )

    def __init__(
        self, caller: Caller, epoch: int, plan: ReadPlan, cells: list[AttributeValue], memory: _Memory
    ) -> None:
        self.caller = caller
        self.epoch = epoch
        self._memory = memory
        self._fixed = 2 * len(plan.wire) + _ITEM_BYTES * len(cells)
        self._size = 0
        self._timestamps = plan.timestamps_to_return
        self._cells = cells
        self._sent: list[ua.DataValue | None] = [None] * len(cells)
        self._encoded: list[bytes] = [b""] * len(cells)
        self._timeless: set[int] = set()
        self._joined = b""

    def __len__(self) -> int:
        return len(self._cells)

    def values(self, now: int) -> bytes | None:
        """Every value's bytes; None if one is computed at the read or only asyncua can write it.

        A DataValue in the address space is replaced, never changed in place, so that the same one has the
        same bytes. Where it has no server timestamp, that is `now`.
        """
        if any(map(_callback_of, self._cells)):
            return None
        present = list(map(_value_of, self._cells))
        if not all(map(is_, present, self._sent)) and not self._encode_changed(present):
            return None
        if not self._timeless:
            return self._joined
        stamp = _pack_timestamp(now)
        if len(self._timeless) == len(self._encoded):
            return stamp.join(self._encoded) + stamp
        values = self._encoded.copy()
        for place in self._timeless:
            values[place] += stamp
        return b"".join(values)

    def _encode_changed(self, present: list[ua.DataValue | None]) -> bool:
        for place, (value, sent) in enumerate(zip(present, self._sent, strict=True)):
            if value is None or (value is not sent and not self._encode(place, value)):
                return self.forget()
        joined = b"".join(self._encoded)
        size = 2 * len(joined) + self._fixed
        if not self._memory.change(self._size, size):
            return self.forget()
        self._joined, self._size = joined, size
        return True

    def forget(self) -> bool:
        """Keep nothing of what was encoded; always False."""
        self._sent = [None] * len(self._cells)
        self._encoded = [b""] * len(self._cells)
        self._timeless.clear()
        self._joined = b""
        self._memory.change(self._size, 0)
        self._size = 0
        return False

    def _encode(self, place: int, value: ua.DataValue) -> bool:
        wanted, sent = self._timestamps, value
        if self.caller.locales:
            value = localized(value, self.caller.locales)
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
        self._sent[place] = sent
        return True


class KnownReads:
    """The Reads that one connection repeats.

    Only rules with a `version`, which rises whenever they may decide otherwise, let decisions be kept.

    Args:
        server: whose nodes are read.
        channel: by which sessions have to be bound.
    """

    def __init__(self, server: PlantInternalServer, channel: SessionChannel) -> None:
        self._server = server
        self._channel = channel
        self._repeated: dict[int, list[tuple[RepeatedRead, PlantSession, _KnownRead]]] = {}
        self._known: dict[bytes, _KnownRead] = {}
        self._memory = _Memory()

    @property
    def held_bytes(self) -> int:
        """Memory that is taken by what was kept, about."""
        return self._memory.held

    def answer_again(self, body: bytes) -> tuple[PlantSession, int, bytes] | None:
        """Session, request handle and response; None where the ordinary way has to be taken.

        Args:
            body: of a request, from its type on.
        """
        for repeated, session, known in self._repeated.get(len(body), ()):
            handle = repeated.handle(body)
            if handle is None:
                continue
            if (
                session.channel is not self._channel
                or session.state is not SessionState.Activated
                or session.caller is not known.caller
                or self._epoch() != known.epoch
                or self._server.callback_service.busy
            ):
                return None
            now = filetime_now()
            values = known.values(now)
            if values is None:
                return None
            session.touch()
            session.count("Read", StatusCodes.Good)
            return session, handle, encode_answered_read(handle, now, len(known), values)
        return None

    def answer(self, session: PlantSession, request: ReadRequest, body: bytes) -> bytes | None:
        """The whole response; None where the ordinary way has to be taken.

        Args:
            session: of the request.
            request: as read.
            body: that it was read from.
        """
        epoch = self._epoch()
        if epoch is None or self._server.callback_service.busy:
            return None
        plan = request.plan
        known = self._known.get(plan.wire)
        if known is None or known.caller is not session.caller or known.epoch != epoch:
            known = self._learn(session.caller, plan, epoch)
            if known is None:
                return None
        now = filetime_now()
        values = known.values(now)
        if values is None:
            if self._memory.held > _MOST_BYTES // 2:
                self._start_anew()
            return None
        self._repeat(session, known, body, plan.wire)
        return encode_answered_read(request.head.request_handle, now, len(known), values)

    def _repeat(self, session: PlantSession, known: _KnownRead, body: bytes, wire: bytes) -> None:
        """Know this request again by its bytes, in place of what was known of it before."""
        try:
            repeated = RepeatedRead(body, wire)
        except ValueError:
            return
        if sum(map(len, self._repeated.values())) >= _PLANS:
            self._repeated.clear()
        others = [one for one in self._repeated.get(len(body), ()) if one[0].handle(body) is None]
        self._repeated[len(body)] = [*others, (repeated, session, known)]

    def _start_anew(self) -> None:
        """Forget all Reads."""
        self._repeated.clear()
        self._known.clear()
        self._memory = _Memory()

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
        cells = []
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
            cells.append(node.attributes[AttributeIds.Value])
        if len(self._known) >= _PLANS or any(known.epoch != epoch for known in self._known.values()):
            self._start_anew()
        known = _KnownRead(caller, epoch, plan, cells, self._memory)
        replaced = self._known.get(plan.wire)
        if replaced is not None:
            replaced.forget()
        self._known[plan.wire] = known
        return known
