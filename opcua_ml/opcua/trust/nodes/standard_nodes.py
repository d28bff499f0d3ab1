"""Copies of the standard address space, for processes that run several servers one after another.

Building it takes about half a second; copying what was built before takes a third of that. The first server
of a process builds its own and keeps nothing, since most processes have no second one.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.server.address_space import AttributeValue, NodeData
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.garbage import collection_paused, keep_what_is_there
from opcua_ml.opcua.trust.nodes.standard_attributes import correct
from opcua_ml.opcua.trust.nodes.standard_definitions import complete

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace

Nodes = dict[ua.NodeId, NodeData]


class StandardNodes:
    """Remembers the standard nodes from the second time on that they are built."""

    def __init__(self) -> None:
        self._built = 0
        self._kept: Nodes | None = None

    async def load(self, aspace: PlantAddressSpace, build: Callable[[], Awaitable[None]]) -> None:
        """Fill `aspace` with the standard nodes, by `build` or from what was kept."""
        with collection_paused():
            if self._kept is not None:
                aspace.replace_nodes(_copied(self._kept))
                return
            await build()
            correct(aspace.nodes())
            complete(aspace)
            if not self._built:
                keep_what_is_there()  # of the first server, which mostly lasts as long as the process
            self._built += 1
            if self._built > 1:
                self._kept = _copied(aspace.nodes())


def _copied(nodes: Nodes) -> Nodes:
    return {node_id: _copied_node(node) for node_id, node in nodes.items()}


def _copied_node(node: NodeData) -> NodeData:
    """Its own list of references, and values; references and other attributes are never changed in place."""
    found = NodeData(node.nodeid)
    for attribute, held in node.attributes.items():
        value: Any = held.value
        if attribute == AttributeIds.Value:
            value = copy.deepcopy(value)
        found.attributes[attribute] = copied = AttributeValue(value)
        copied.value_callback = held.value_callback
    found.references = list(node.references)
    return found


STANDARD_NODES = StandardNodes()
