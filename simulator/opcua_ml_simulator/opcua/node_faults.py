"""Nodes that change while the server runs, as after a download: unit, type, access, or gone and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml_simulator.faults.tag import TagFaultKind
from opcua_ml_simulator.opcua.node_changes import write_attribute
from opcua_ml_simulator.opcua.node_ids import standard_node
from opcua_ml_simulator.opcua.tag_nodes import conversion_for, properties_of, shown_tag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opcua_ml_simulator.opcua.address_space import AddressSpaceBuilder
    from opcua_ml_simulator.plc.clock import PlcClock

_NONE: frozenset[TagFaultKind] = frozenset()
_READ = ua.AccessLevel.CurrentRead.mask
_WRITE = ua.AccessLevel.CurrentWrite.mask
_WITH_STATUS = ua.AccessLevel.StatusWrite.mask | ua.AccessLevel.TimestampWrite.mask


class NodeFaults:
    """Keeps the nodes of one server as the active faults want them.

    Args:
        builder: made the nodes.
        clock: the PLC's.
    """

    def __init__(self, builder: AddressSpaceBuilder, clock: PlcClock) -> None:
        self._space = builder.space
        self._builder = builder
        self._clock = clock
        self._applied: dict[str, frozenset[TagFaultKind]] = {}
        self._access = _READ | _WRITE | _WITH_STATUS

    @property
    def idle(self) -> bool:
        """Whether every node is as it was made."""
        return not self._applied

    async def bring(self, wanted: Mapping[str, frozenset[TagFaultKind]]) -> list[str]:
        """Change what differs from these faults; paths of the tags that were changed."""
        changed = [
            path
            for path in {**self._applied, **wanted}
            if self._applied.get(path, _NONE) != wanted.get(path, _NONE)
        ]
        for path in changed:
            after = wanted.get(path, _NONE)
            await self._change(path, self._applied.pop(path, _NONE), after)
            if after:
                self._applied[path] = after
        return changed

    async def _change(
        self, path: str, before: frozenset[TagFaultKind], after: frozenset[TagFaultKind]
    ) -> None:
        removed = TagFaultKind.NodeRemoved
        if removed in after:
            if removed not in before:
                await self._builder.remove_tag(path)
            return
        if removed in before:
            tag = self._builder.tags[path]
            await self._builder.add_tags([tag])
            if tag.writable:
                await self._write_access(path)
            before = _NONE
        if before != after:
            await self._describe(path, before, after)

    async def _describe(
        self, path: str, before: frozenset[TagFaultKind], after: frozenset[TagFaultKind]
    ) -> None:
        tag, writer, now = self._builder.tags[path], self._builder.writers[path], self._clock.now()
        shown, node = shown_tag(tag, after), self._builder.node_id(path)
        data_type = ua.Variant(standard_node(shown.type.value))
        await write_attribute(self._space, node, AttributeIds.DataType, data_type, now)
        if TagFaultKind.UnitChange in before ^ after:
            for name, value in properties_of(shown):
                property_node = self._builder.node_id(f"{path}.{name}")
                await write_attribute(self._space, property_node, AttributeIds.Value, value, now)
            writer.announce_semantics()
        writer.show_as(ua.VariantType(shown.type.value), conversion_for(tag, after))

    async def set_access(self, *, writable: bool, with_status: bool) -> None:
        """Let clients write result tags, or not; with StatusCode and time, or the value alone."""
        self._access = _READ | (_WRITE if writable else 0) | (_WITH_STATUS if writable and with_status else 0)
        for path, tag in self._builder.tags.items():
            if tag.writable and TagFaultKind.NodeRemoved not in self._applied.get(path, _NONE):
                await self._write_access(path)

    async def _write_access(self, path: str) -> None:
        node, now = self._builder.node_id(path), self._clock.now()
        access = ua.Variant(self._access, ua.VariantType.Byte)
        for attribute in (AttributeIds.AccessLevel, AttributeIds.UserAccessLevel):
            await write_attribute(self._space, node, attribute, access, now)
