"""ServiceLevel, and below the entry point the reasons why it is not 255."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.live import change_together
from opcua_ml.opcua.space.blueprint import ONE_DIMENSION, Blueprint, Value
from opcua_ml.opcua.space.node_ids import MACHINE_LEARNING
from opcua_ml.opcua.space.standard import STRING, VARIABLE_TYPE
from opcua_ml.opcua.values import date_time, shared_status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncua.server.server import Server

    from opcua_ml.application.ports import Clock
    from opcua_ml.opcua.space.names import Names
    from opcua_ml.opcua.space.node_tree import NodeTree

PROBLEMS = f"{MACHINE_LEARNING}.Problems"
_SERVICE_LEVEL = ua.NodeId(ua.Int32(ObjectIds.Server_ServiceLevel))


class HealthNodes:
    """The application's HealthPublisher.

    Args:
        server: whose ServiceLevel it is.
        tree: of the site's nodes, with `problems_node` in it.
        clock: for timestamps.
    """

    def __init__(self, server: Server, tree: NodeTree, clock: Clock) -> None:
        self._server = server
        self._tree = tree
        self._clock = clock

    async def publish_health(self, level: int, problems: Sequence[str]) -> None:
        """Show both."""
        moment = date_time(self._clock.now())
        told = ua.DataValue(_texts(problems), shared_status(0), moment, moment)
        await change_together([(self._tree.cell(PROBLEMS), told)])
        node = self._server.get_node(_SERVICE_LEVEL)
        await node.write_value(ua.Variant(level, ua.VariantType.Byte))


def problems_node(names: Names) -> Blueprint:
    """Of the entry point."""
    return Blueprint(
        PROBLEMS,
        MACHINE_LEARNING,
        names.own("Problems"),
        "One sentence for each thing that lowers the server's ServiceLevel; none where all is well.",
        VARIABLE_TYPE,
        value=Value(STRING, _texts([]), rank=ONE_DIMENSION, dimensions=(0,)),
    )


def _texts(texts: Sequence[str]) -> ua.Variant:
    return ua.Variant(list(texts), ua.VariantType.String, None, True)
