"""The nodes below MachineLearning/Sources: how each PLC and the connection to it fare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import structlog
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from opcua_ml.domain.connection import ConnectionSnapshot, told_together
from opcua_ml.domain.state import ConnectionState
from opcua_ml.domain.status import Status
from opcua_ml.opcua.live import change_together
from opcua_ml.opcua.space.blueprint import ONE_DIMENSION, SCALAR, Blueprint, Value, property_of
from opcua_ml.opcua.space.node_ids import MACHINE_LEARNING, below
from opcua_ml.opcua.space.standard import (
    ANALOG_UNIT_TYPE,
    BOOLEAN,
    DOUBLE,
    EU_INFORMATION,
    ORGANIZES,
    STRING,
    UINT32,
    UINT64,
    UTC_TIME,
    VARIABLE_TYPE,
)
from opcua_ml.opcua.texts import phrase
from opcua_ml.opcua.values import NULL, date_time, eu_information, shared_status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from asyncua.server.address_space import NodeData
    from asyncua.server.server import Server
    from asyncua.ua.attribute_ids import AttributeIds

    from opcua_ml.application.ports import Clock
    from opcua_ml.opcua.space.names import Names
    from opcua_ml.opcua.space.node_tree import NodeTree

    Switch = Callable[[bool], Awaitable[None]]
    _Count = tuple[str, str, Callable[[ConnectionSnapshot], int]]

_FOLDER = f"{MACHINE_LEARNING}.Sources"
_SECOND = "SEC"
SWITCH = "WritingEnabled"
_log = structlog.get_logger(__name__)


_TAG_COUNTS: Final[tuple[_Count, ...]] = (
    ("Reconnects", "Sessions after the first one.", lambda one: one.reconnects),
    ("UncertainTags", "Tags whose last value was Uncertain.", lambda one: one.uncertain_tags),
    ("GoodTags", "Tags whose last value was usable.", lambda one: one.good_tags),
    ("BadTags", "Tags whose last value was not usable, or that are not found.", lambda one: one.bad_tags),
)
_COUNTS: Final[tuple[_Count, ...]] = (
    ("Values", "Values received.", lambda one: one.values),
    ("Overflows", "Times that the PLC dropped values, as its queue was full.", lambda one: one.overflows),
    ("Gaps", "Losses of notifications; every tag was read anew then.", lambda one: one.gaps),
    ("Notifications", "Notifications received.", lambda one: one.notifications),
    ("Republished", "Notifications lost on the way and had again.", lambda one: one.republished),
    ("Replayed", "Notifications that came twice and counted once.", lambda one: one.replayed),
    ("TypeChanges", "Tags that became of another type.", lambda one: one.type_changes),
    ("Written", "Values that the PLC took.", lambda one: one.written),
    ("WriteRefused", "Values that the PLC did not take.", lambda one: one.write_refused),
    (
        "WriteUnknown",
        "Values whose write it never answered; read, not sent again.",
        lambda one: one.write_unknown,
    ),
    ("WriteReplaced", "Predictions that a newer one replaced unwritten.", lambda one: one.write_replaced),
    ("WriteExpired", "Predictions that grew too old unwritten.", lambda one: one.write_expired),
    (
        "WriteDiffering",
        "Values that tags did not hold though it took them.",
        lambda one: one.write_differing,
    ),
)
"""Counters by name: what they count, and where they are told."""


class _Shown(NamedTuple):
    """One variable of a PLC; a null value is Bad, as it is not known."""

    name: str
    description: str
    data_type: ua.NodeId
    variant: ua.Variant

    @property
    def status(self) -> int:
        return Status.Good if self.variant is not NULL else Status.BadWaitingForInitialData


class SourceNodes:
    """The PLCs that clients see.

    Args:
        server: of asyncua.
        tree: of the site's nodes.
        names: of both namespaces.
        clock: for timestamps.
    """

    def __init__(self, server: Server, tree: NodeTree, names: Names, clock: Clock) -> None:
        self._server = server
        self._tree = tree
        self._names = names
        self._clock = clock

    async def add(self, plc: str, endpoint: str, switch: Switch | None = None) -> None:
        """Show a PLC, at first disconnected.

        Args:
            plc: its name.
            endpoint: where it listens.
            switch: is told when a client switches writing to it on or off, and done once that lasts; raises
                OSError where it can't. None where nobody may.
        """
        path, own = below(_FOLDER, plc), self._names.own
        kind = self._names.type("SourceType")
        url = ua.Variant(endpoint, ua.VariantType.String)
        disconnected = ConnectionSnapshot(plc, endpoint, ConnectionState.Disconnected)
        nodes = [
            Blueprint(path, _FOLDER, self._names.site(plc), phrase("PLC {name}.", name=plc), kind, ORGANIZES),
            property_of(path, own("EndpointUrl"), "Where the PLC's server listens.", STRING, url),
            *(self._variable(path, shown) for shown in self._values(disconnected)),
            *(_unit_of(path, shown) for shown in self._values(disconnected) if shown.data_type == DOUBLE),
        ]
        await self._tree.bring(nodes)
        if switch is not None:
            self._listen(f"{path}.{SWITCH}", switch)

    async def remove(self, plc: str) -> None:
        """Show it no longer."""
        await self._tree.remove(self._tree.paths_below(below(_FOLDER, plc)))

    async def show(self, snapshot: ConnectionSnapshot) -> None:
        """Change what differs; nothing where the PLC is not shown."""
        path = below(_FOLDER, snapshot.plc)
        if not self._tree.holds(path):
            return
        moment = date_time(self._clock.now())
        cells = ((self._tree.cell(f"{path}.{shown.name}"), shown) for shown in self._values(snapshot))
        await change_together(
            (cell, ua.DataValue(shown.variant, shared_status(shown.status), moment, moment))
            for cell, shown in cells
            if cell.value.Value != shown.variant
        )

    def _listen(self, path: str, switch: Switch) -> None:
        async def written(node: NodeData, attribute: AttributeIds, value: ua.DataValue) -> None:
            wanted = None if value.Value is None else value.Value.Value
            if not isinstance(wanted, bool):
                raise UaStatusCodeError(StatusCodes.BadTypeMismatch)  # type: ignore[no-untyped-call]
            try:
                await switch(wanted)
            except OSError as error:
                _log.error("the switch can't be kept", node=path, reason=str(error))
                raise UaStatusCodeError(StatusCodes.BadResourceUnavailable) from error  # type: ignore[no-untyped-call]
            moment = date_time(self._clock.now())
            node.attributes[attribute].value = ua.DataValue(
                value.Value, shared_status(Status.Good), value.SourceTimestamp or moment, moment
            )

        setter: Any = written  # asyncua's are not waited for; ours are
        self._server.iserver.set_attribute_value_setter(self._names.node(path), setter)

    def _variable(self, path: str, shown: _Shown) -> Blueprint:
        rank, dimensions = (ONE_DIMENSION, (0,)) if shown.variant.is_array else (SCALAR, ())
        return Blueprint(
            f"{path}.{shown.name}",
            path,
            self._names.own(shown.name),
            shown.description,
            ANALOG_UNIT_TYPE if shown.data_type == DOUBLE else VARIABLE_TYPE,
            value=Value(
                shown.data_type,
                shown.variant,
                shown.status,
                rank,
                dimensions,
                writable=shown.name == SWITCH,
            ),
        )

    def _values(self, one: ConnectionSnapshot) -> Iterator[_Shown]:
        yield _Shown(
            "ConnectionState",
            "How the connection fares.",
            self._names.type("ConnectionStateEnumeration"),
            ua.Variant(int(one.state), ua.VariantType.Int32),
        )
        since = (
            NULL if one.connected_since is None else ua.Variant(one.connected_since, ua.VariantType.DateTime)
        )
        offset = NULL if one.clock_offset is None else ua.Variant(one.clock_offset, ua.VariantType.Double)
        problems = ua.Variant(told_together(one.problems), ua.VariantType.String, None, True)
        yield _Shown("LastError", "What went wrong last, in words.", STRING, _text(one.reason))
        yield _Shown(
            "ServerState", "State of the PLC's server, in its word.", STRING, _text(one.server_state)
        )
        yield _Shown("ConnectedSince", "Start of the session; Bad while there is none.", UTC_TIME, since)
        yield _Shown("ClockOffset", "The PLC's clock minus ours; Bad while unknown.", DOUBLE, offset)
        yield _Shown(
            "Problems",
            "One sentence for each cause that makes tags not Good, with the tags.",
            STRING,
            problems,
        )
        for counts, kind, of_type in (
            (_TAG_COUNTS, ua.VariantType.UInt32, UINT32),
            (_COUNTS, ua.VariantType.UInt64, UINT64),
        ):
            for name, words, number in counts:
                yield _Shown(name, words, of_type, ua.Variant(number(one), kind))
        yield _Shown(
            SWITCH,
            "Switch: whether we write to the PLC.",
            BOOLEAN,
            ua.Variant(one.writes, ua.VariantType.Boolean),
        )
        yield from _revised(one)


def _revised(one: ConnectionSnapshot) -> Iterator[_Shown]:
    """What the PLC made of what we asked for."""
    for name, words, seconds in (
        ("PublishingInterval", "As the PLC revised it; Bad while unknown.", one.publishing_interval),
        ("SamplingInterval", "The longest that the PLC revised; Bad while unknown.", one.sampling_interval),
        (
            "KeepAlive",
            "Longest pause of the subscription, as the PLC promised; Bad while unknown.",
            one.keep_alive,
        ),
    ):
        variant = NULL if seconds is None else ua.Variant(float(seconds), ua.VariantType.Double)
        yield _Shown(name, words, DOUBLE, variant)
    size = NULL if one.queue_size is None else ua.Variant(one.queue_size, ua.VariantType.UInt32)
    yield _Shown("QueueSize", "The smallest that the PLC revised; Bad while unknown.", UINT32, size)


def _unit_of(path: str, shown: _Shown) -> Blueprint:
    return property_of(
        f"{path}.{shown.name}",
        "EngineeringUnits",
        "Unit of the value: second.",
        EU_INFORMATION,
        ua.Variant(eu_information(_SECOND), ua.VariantType.ExtensionObject),
    )


def _text(words: str) -> ua.Variant:
    return ua.Variant(words, ua.VariantType.String)
