"""asyncua's AddressSpace with watchers that are called, not awaited, and a count of what changed.

Source: OPC UA Part 3, 5 (the node model).
"""

from __future__ import annotations

import dataclasses
from time import thread_time
from typing import TYPE_CHECKING, Any, Final

import structlog
from asyncua import ua
from asyncua.server.address_space import AddressSpace
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.live import FEW, NumberTables, ValueCell, repeats, tell
from opcua_ml.opcua.trust.ground.errors import REFUSALS, bad, good

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asyncua.server.address_space import AttributeValue, NodeData

_log = structlog.get_logger(__name__)

_ACCESS_ATTRIBUTES: Final = frozenset(
    {
        AttributeIds.AccessLevel,
        AttributeIds.UserAccessLevel,
        AttributeIds.RolePermissions,
        AttributeIds.AccessRestrictions,
        AttributeIds.Executable,
        AttributeIds.UserExecutable,
    }
)
_NAMES: Final = frozenset({AttributeIds.BrowseName, AttributeIds.DisplayName})


class PlantAddressSpace(AddressSpace):
    """The nodes of one server.

    Attributes:
        types_version: rises when a type hierarchy may have changed.
        access_version: rises when what somebody may read or call may have changed; what items know of their
            rights holds till then, or till their client is another one.
        writes: how many attributes were written by their node's id.
        nodes_version: rises when a node or a reference is gone, or another node has its id.
        missing: is asked for a node that is not here.
        tables: numbers of the server's own that are watched, and change often.
        breathe: is awaited between parts of telling many watchers; without it they are told at once.
        told: is told how many seconds of processor time went into telling a part of them.
        rights_watcher: is told the node of which somebody may now read more or less.
    """

    def __init__(self) -> None:
        super().__init__()
        self.types_version = 0
        self.access_version = 0
        self.nodes_version = 0
        self.missing: Callable[[ua.NodeId], NodeData | None] | None = None
        self.rights_watcher: Callable[[ua.NodeId], None] | None = None
        self.told: Callable[[float], None] | None = None
        self.breathe: Callable[[], Awaitable[None]] | None = None
        self.writes = 0
        self.tables = NumberTables()

    def access_changed(self) -> None:
        """Somebody may read more or less than before."""
        self.access_version += 1

    def types_changed(self) -> None:
        """A type hierarchy may be another one."""
        self.types_version += 1

    def nodes_changed(self) -> None:
        """A node or a reference is gone, or another node has its id."""
        self.nodes_version += 1

    def get(self, nodeid: ua.NodeId) -> NodeData | None:
        """The node of this id, made at this moment where it is one of those that are made on demand."""
        found = self._nodes.get(nodeid)
        return found if found is not None or self.missing is None else self.missing(nodeid)

    def __contains__(self, nodeid: ua.NodeId) -> bool:
        return nodeid in self._nodes or (self.missing is not None and self.missing(nodeid) is not None)

    def __setitem__(self, nodeid: ua.NodeId, value: NodeData) -> None:
        if nodeid in self._nodes:
            self.nodes_changed()
        self._nodes[nodeid] = value

    def __delitem__(self, nodeid: ua.NodeId) -> None:
        del self._nodes[nodeid]
        self.nodes_changed()

    def add_datachange_callback(
        self, nodeid: ua.NodeId, attr: AttributeIds, callback: Callable[..., Any]
    ) -> tuple[ua.StatusCode, int]:
        """Have an attribute's changes told; a number that was told in bulk is told at once from now on."""
        node = self._nodes.get(nodeid)
        held = node.attributes.get(attr) if node is not None else None
        if isinstance(held, ValueCell):
            held.watched(self.tables)
        code, handle = super().add_datachange_callback(nodeid, attr, callback)
        return code, handle

    def nodes(self) -> dict[ua.NodeId, NodeData]:
        """All nodes by their ids."""
        return self._nodes

    def replace_nodes(self, nodes: dict[ua.NodeId, NodeData]) -> None:
        """Have these nodes and no others."""
        self._nodes = nodes
        self.types_changed()
        self.nodes_changed()

    async def write_attribute_value(
        self, nodeid: ua.NodeId, attr: AttributeIds, value: ua.DataValue
    ) -> ua.StatusCode:
        """Store a value of the server's own code, held against the type of the value before."""
        node = self._nodes.get(nodeid)
        if node is None:
            return bad(StatusCodes.BadNodeIdUnknown)
        held = node.attributes.get(attr)
        if held is None:
            return bad(StatusCodes.BadAttributeIdInvalid)
        is_bad = value.StatusCode is not None and value.StatusCode.is_bad()
        if not is_bad and not self._is_expected_variant_type(value, held, node):
            return bad(StatusCodes.BadTypeMismatch)
        return await self.store(node, attr, held, value)

    async def store(
        self, node: NodeData, attr: AttributeIds, held: AttributeValue, value: ua.DataValue
    ) -> ua.StatusCode:
        """Store a value that was checked before, and tell who watches the attribute.

        A Bad StatusCode takes the value away (Part 4, 7.11).
        """
        if value.StatusCode is not None and value.StatusCode.is_bad():
            value = dataclasses.replace(value, Value=ua.Variant(None, ua.VariantType.Null))
        again = repeats(held, value)
        setter: Callable[..., Any] | None = held.value_setter
        if setter is not None:
            try:
                lasting = setter(node, attr, value)
                if lasting is not None:  # it waits for something, such as a disk; others go on
                    await lasting
            except REFUSALS as refusal:
                return bad(refusal.code)
        else:
            held.value = value
            held.value_callback = None
        self.writes += 1
        if attr in _ACCESS_ATTRIBUTES:
            self.access_changed()
            if self.rights_watcher is not None:
                self.rights_watcher(node.nodeid)
        elif attr in _NAMES:
            self._sync_reference_names(node.nodeid, node, attr, value)
        if held.datachange_callbacks:
            await self._notify(held, value, again=again)
        return good()

    async def _notify(self, held: AttributeValue, value: ua.DataValue, *, again: bool) -> None:
        told, breathe = self.told, self.breathe
        if told is None or breathe is None or len(held.datachange_callbacks) <= FEW:
            await tell(held, value, again=again)
            return
        begun = thread_time()

        async def pause() -> None:
            nonlocal begun
            told(thread_time() - begun)
            await breathe()
            begun = thread_time()

        await tell(held, value, again=again, breathe=pause)
        told(thread_time() - begun)
