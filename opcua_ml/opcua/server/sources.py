"""The nodes below MachineLearning/Sources: how each PLC and the connection to it fare."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from asyncua import ua

from opcua_ml.domain.connection import ConnectionSnapshot
from opcua_ml.domain.state import ConnectionState
from opcua_ml.domain.status import Status
from opcua_ml.opcua.server.blueprint import ONE_DIMENSION, SCALAR, Blueprint, Value, property_of
from opcua_ml.opcua.server.node_ids import MACHINE_LEARNING, below
from opcua_ml.opcua.server.standard import (
    ANALOG_UNIT_TYPE,
    DOUBLE,
    EU_INFORMATION,
    ORGANIZES,
    STRING,
    UINT32,
    UINT64,
    UTC_TIME,
    VARIABLE_TYPE,
)
from opcua_ml.opcua.server.value_cell import change_together
from opcua_ml.opcua.values import NULL, date_time, eu_information, status_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.application.ports import Clock
    from opcua_ml.opcua.server.names import Names
    from opcua_ml.opcua.server.node_tree import NodeTree

_FOLDER = f"{MACHINE_LEARNING}.Sources"
_SECOND = "SEC"


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
        tree: of the site's nodes.
        names: of both namespaces.
        clock: for timestamps.
    """

    def __init__(self, tree: NodeTree, names: Names, clock: Clock) -> None:
        self._tree = tree
        self._names = names
        self._clock = clock

    async def add(self, plc: str, endpoint: str) -> None:
        """Show a PLC, at first disconnected."""
        path, own = below(_FOLDER, plc), self._names.own
        kind = self._names.type("SourceType")
        url = ua.Variant(endpoint, ua.VariantType.String)
        disconnected = ConnectionSnapshot(plc, endpoint, ConnectionState.Disconnected)
        nodes = [
            Blueprint(path, _FOLDER, self._names.site(plc), f"PLC {plc}.", kind, ORGANIZES),
            property_of(path, own("EndpointUrl"), "Where the PLC's server listens.", STRING, url),
            *(self._variable(path, shown) for shown in self._values(disconnected)),
            property_of(
                f"{path}.ClockOffset",
                "EngineeringUnits",
                "Unit of the value: second.",
                EU_INFORMATION,
                ua.Variant(eu_information(_SECOND), ua.VariantType.ExtensionObject),
            ),
        ]
        await self._tree.bring(nodes)

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
            (cell, ua.DataValue(shown.variant, status_code(shown.status), moment, moment))
            for cell, shown in cells
            if cell.value.Value != shown.variant
        )

    def _variable(self, path: str, shown: _Shown) -> Blueprint:
        rank, dimensions = (ONE_DIMENSION, (0,)) if shown.variant.is_array else (SCALAR, ())
        return Blueprint(
            f"{path}.{shown.name}",
            path,
            self._names.own(shown.name),
            shown.description,
            ANALOG_UNIT_TYPE if shown.data_type == DOUBLE else VARIABLE_TYPE,
            value=Value(shown.data_type, shown.variant, shown.status, rank, dimensions),
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
        sentences = [f"{problem.name}: {problem.reason}" for problem in one.problems]
        problems = ua.Variant(sentences, ua.VariantType.String, None, True)
        yield _Shown("LastError", "What went wrong last, in words.", STRING, _text(one.reason))
        yield _Shown(
            "ServerState", "State of the PLC's server, in its word.", STRING, _text(one.server_state)
        )
        yield _Shown("ConnectedSince", "Start of the session; Bad while there is none.", UTC_TIME, since)
        yield _Shown("ClockOffset", "The PLC's clock minus ours; Bad while unknown.", DOUBLE, offset)
        yield _Shown("Problems", "One sentence per tag that is not Good.", STRING, problems)
        for name, words, number in (
            ("Reconnects", "Sessions after the first one.", one.reconnects),
            ("GoodTags", "Tags whose last value was usable.", one.good_tags),
            ("BadTags", "Tags whose last value was not usable, or that are not found.", one.bad_tags),
        ):
            yield _Shown(name, words, UINT32, ua.Variant(number, ua.VariantType.UInt32))
        for name, words, number in (
            ("Values", "Values received.", one.values),
            ("Overflows", "Times that the PLC dropped values, as its queue was full.", one.overflows),
            ("Gaps", "Losses of notifications; every tag was read anew then.", one.gaps),
            ("Written", "Values that the PLC took.", one.written),
            ("WriteRefused", "Values that the PLC did not take.", one.write_refused),
            ("WriteUnknown", "Values of which it is not known if it took them.", one.write_unknown),
            ("WriteReplaced", "Predictions that a newer one replaced unwritten.", one.write_replaced),
            ("WriteExpired", "Predictions that grew too old unwritten.", one.write_expired),
        ):
            yield _Shown(name, words, UINT64, ua.Variant(number, ua.VariantType.UInt64))


def _text(words: str) -> ua.Variant:
    return ua.Variant(words, ua.VariantType.String)
