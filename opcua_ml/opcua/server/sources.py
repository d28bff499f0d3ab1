"""The nodes below MachineLearning/Sources: how each PLC and the connection to it fare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncua import ua

from opcua_ml.domain.state import ConnectionState
from opcua_ml.domain.status import Status
from opcua_ml.opcua.server.blueprint import Blueprint, Value, property_of
from opcua_ml.opcua.server.node_ids import MACHINE_LEARNING, below
from opcua_ml.opcua.server.standard import ORGANIZES, STRING, UINT32, VARIABLE_TYPE
from opcua_ml.opcua.server.value_cell import change_together
from opcua_ml.opcua.values import date_time, status_code

if TYPE_CHECKING:
    from opcua_ml.application.ports import Clock
    from opcua_ml.opcua.server.names import Names
    from opcua_ml.opcua.server.node_tree import NodeTree

_FOLDER = f"{MACHINE_LEARNING}.Sources"


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How a PLC fares.

    Attributes:
        state: of the connection.
        last_error: one sentence; empty while all is well.
        reconnects: connections made after the first one.
        good_tags, bad_tags: whose last value was usable, or was not.
    """

    state: ConnectionState = ConnectionState.Disconnected
    last_error: str = ""
    reconnects: int = 0
    good_tags: int = 0
    bad_tags: int = 0


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
        path = below(_FOLDER, plc)
        url = ua.Variant(endpoint, ua.VariantType.String)
        nodes = [
            Blueprint(
                path, _FOLDER, self._names.site(plc), f"PLC {plc}.", self._names.type("SourceType"), ORGANIZES
            ),
            property_of(path, self._names.own("EndpointUrl"), "Where the PLC's server listens.", STRING, url),
            *(
                Blueprint(
                    f"{path}.{name}",
                    path,
                    self._names.own(name),
                    words,
                    VARIABLE_TYPE,
                    value=Value(kind, variant),
                )
                for name, words, kind, variant in self._values(SourceStatus())
            ),
        ]
        await self._tree.bring(nodes)

    async def remove(self, plc: str) -> None:
        """Show it no longer."""
        await self._tree.remove(self._tree.paths_below(below(_FOLDER, plc)))

    async def show(self, plc: str, status: SourceStatus) -> None:
        """Change what differs; nothing where the PLC is not shown."""
        path = below(_FOLDER, plc)
        if not self._tree.holds(path):
            return
        moment, good = date_time(self._clock.now()), status_code(Status.Good)
        cells = ((self._tree.cell(f"{path}.{name}"), variant) for name, _, _, variant in self._values(status))
        await change_together(
            (cell, ua.DataValue(variant, good, moment, moment))
            for cell, variant in cells
            if cell.value.Value != variant
        )

    def _values(self, status: SourceStatus) -> tuple[tuple[str, str, ua.NodeId, ua.Variant], ...]:
        return (
            (
                "ConnectionState",
                "How the connection fares.",
                self._names.type("ConnectionStateEnumeration"),
                ua.Variant(int(status.state), ua.VariantType.Int32),
            ),
            (
                "LastError",
                "What went wrong last, in words; empty while all is well.",
                STRING,
                ua.Variant(status.last_error, ua.VariantType.String),
            ),
            ("Reconnects", "Connections made after the first one.", UINT32, _number(status.reconnects)),
            ("GoodTags", "Tags whose last value was usable.", UINT32, _number(status.good_tags)),
            (
                "BadTags",
                "Tags whose last value was not usable, or that are not found.",
                UINT32,
                _number(status.bad_tags),
            ),
        )


def _number(value: int) -> ua.Variant:
    return ua.Variant(value, ua.VariantType.UInt32)
