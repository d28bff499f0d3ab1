"""Brings the address space in line with blueprints: adds what is missing, changes what differs.

A node that stays keeps its place in memory, so that subscriptions to it outlive a new version of a model.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.domain.status import Status
from opcua_ml.garbage import collection_paused, keep_what_is_there
from opcua_ml.opcua.live import ValueCell, change_together, tell
from opcua_ml.opcua.space.standard import HAS_HISTORICAL_CONFIGURATION, HAS_PROPERTY, HAS_TYPE_DEFINITION
from opcua_ml.opcua.texts import text, users_text
from opcua_ml.opcua.trust.nodes.instances import Instance, Instances
from opcua_ml.opcua.values import NULL, shared_status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from asyncua.server.address_space import AddressSpace, NodeData
    from asyncua.server.server import Server

    from opcua_ml.opcua.space.blueprint import Blueprint, Value
    from opcua_ml.opcua.space.names import Names
    from opcua_ml.opcua.trust.nodes.instances import Shape

_READ = ua.AccessLevel.CurrentRead.mask
_WRITE = (
    ua.AccessLevel.CurrentWrite.mask | ua.AccessLevel.StatusWrite.mask | ua.AccessLevel.TimestampWrite.mask
)
"""Clients write samples: a value, how good it is, and when it was so."""
_HISTORY = ua.AccessLevel.HistoryRead.mask
_CONTINUOUS = 0.0
_VERY_MANY = 10_000


class NodeTree:
    """The site's nodes in one server.

    Args:
        server: of asyncua, initialised.
        names: of both namespaces.
    """

    def __init__(self, server: Server, names: Names) -> None:
        self._session = server.iserver.isession
        self._aspace: AddressSpace = server.iserver.aspace
        self._names = names
        self._instances = Instances(server)
        self._shapes: dict[Any, Shape] = {}
        self._blueprints: dict[str, Blueprint] = {}

    def cell(self, path: str) -> ValueCell:
        """The value of a variable; KeyError where there is none of this path."""
        node_id = self._names.node(path)
        node = self._aspace[node_id]
        held = node.attributes[AttributeIds.Value]
        if isinstance(held, ValueCell):
            return held
        cell = node.attributes[AttributeIds.Value] = ValueCell.in_place_of(held)
        # Reads that kept the attribute must look again: to put a node again tells them so.
        self._aspace[node_id] = node
        return cell

    def blueprint(self, path: str) -> Blueprint:
        """What the node of this path is like; KeyError where there is none."""
        return self._blueprints[path]

    def has_part(self, part: str) -> bool:
        """Whether some model, or anything else at the top, has a part of this path."""
        return any(
            path.endswith(f".{part}") and path.count(".") == part.count(".") + 1 for path in self._blueprints
        )

    def holds(self, path: str) -> bool:
        """Whether there is a node of this path."""
        return path in self._blueprints

    async def bring(self, blueprints: Iterable[Blueprint], *, reset: bool = False) -> None:
        """Make nodes be as their blueprints say.

        Args:
            blueprints: each one after its parent.
            reset: whether live values go back to their first ones.

        Raises:
            ConfigurationError: a node can't be; the StatusCode says why.
        """
        with collection_paused():
            plans = {plan.path: plan for plan in blueprints}
            missing = [plan for path, plan in plans.items() if path not in self._blueprints]
            now = datetime.now(UTC)
            for plan in missing:
                self._add(plan, now)
                self._blueprints[plan.path] = plan
            if len(missing) >= _VERY_MANY:
                keep_what_is_there()  # a search for garbage among them would take as long as adding them
        await self._configure_history(missing)
        for plan in plans.values():
            known = self._blueprints[plan.path]
            if known is not plan:
                await self._change(known, plan, reset=reset)
                self._blueprints[plan.path] = plan

    async def remove(self, paths: Collection[str]) -> None:
        """Take nodes away; who watches them hears BadNodeIdUnknown."""
        gone = [path for path in self._blueprints if path in paths]
        for path in gone:
            await self._dismiss_watchers(self._names.node(path))
        await self._session.delete_references(
            [self._parent_reference(self._blueprints[path]) for path in gone]
        )
        parameters = ua.DeleteNodesParameters()
        parameters.NodesToDelete = [
            ua.DeleteNodesItem(NodeId=self._names.node(path), DeleteTargetReferences=False) for path in gone
        ]
        await self._session.delete_nodes(parameters)
        for path in gone:
            del self._blueprints[path]

    def paths_below(self, path: str) -> set[str]:
        """The node of this path and all further down."""
        return {known for known in self._blueprints if known == path or known.startswith(f"{path}.")}

    def _display(self, plan: Blueprint) -> ua.LocalizedText:
        """Names that the site chose are told as they are, unless it gives them in several languages."""
        if plan.display:
            return users_text(plan.display)
        name = plan.name.Name or ""
        return users_text(name) if self._names.is_sites(plan.name) else text(name)

    def _parent_id(self, plan: Blueprint) -> ua.NodeId:
        return self._names.node(plan.parent) if isinstance(plan.parent, str) else plan.parent

    def _add(self, plan: Blueprint, now: datetime) -> None:
        node_id = self._names.node(plan.path)
        cell = None if plan.value is None else ValueCell.made_by(_first(plan, plan.value, now))
        shape = self._shape_of(plan)
        code = self._instances.add(
            Instance(
                *(node_id, self._parent_id(plan), plan.reference, plan.name, self._display(plan)),
                *(plan.description, shape, cell),
            )
        )
        if code:
            raise ConfigurationError(
                "the node can't be added", where=plan.path, found=shared_status(code).name
            )
        if plan.method is not None:
            self._session.add_method_callback(node_id, plan.method)

    async def _configure_history(self, plans: Iterable[Blueprint]) -> None:
        """From the variable alone: the configuration, which many share, need not know who does."""
        added = []
        for plan in plans:
            if plan.value is not None and plan.value.history:
                item = ua.AddReferencesItem()
                item.SourceNodeId = self._names.node(plan.path)
                item.TargetNodeId = self._names.node(plan.value.history)
                item.ReferenceTypeId, item.IsForward = HAS_HISTORICAL_CONFIGURATION, True
                added.append(item)
        if added:
            await self._session.add_references(added)

    def _shape_of(self, plan: Blueprint) -> Shape:
        value = plan.value
        kind = None
        if value is not None:
            kind = value.data_type, value.rank, value.dimensions, value.writable, bool(value.history)
        key = plan.type, plan.node_class, kind, plan.executable
        found = self._shapes.get(key)
        if found is None:
            item = ua.AddNodesItem()
            item.NodeClass = plan.node_class
            if plan.type is not None:
                item.TypeDefinition = plan.type
            item.NodeAttributes = _attributes(plan)
            found = self._shapes[key] = self._instances.shape(item)
        return found

    async def _change(self, known: Blueprint, plan: Blueprint, *, reset: bool) -> None:
        node_id = self._names.node(plan.path)
        node = self._aspace[node_id]
        for attribute, before, wanted in (
            (AttributeIds.DisplayName, self._display(known), self._display(plan)),
            (AttributeIds.Description, text(known.description), text(plan.description)),
        ):
            if before != wanted:
                told = ua.Variant(wanted, ua.VariantType.LocalizedText)
                await self._aspace.write_attribute_value(node.nodeid, attribute, ua.DataValue(told))
        if plan.method is not None:
            self._session.add_method_callback(node_id, plan.method)
        if plan.type is not None and plan.type != known.type:
            await self._change_type(known, plan)
        if plan.value is not None and known.value is not None:
            await self._change_value(node, plan, known.value, plan.value, reset=reset)

    async def _change_value(
        self, node: NodeData, plan: Blueprint, known: Value, wanted: Value, *, reset: bool
    ) -> None:
        same_kind = (known.data_type, known.rank, known.dimensions) == (
            wanted.data_type,
            wanted.rank,
            wanted.dimensions,
        )
        for attribute, variant in _shape(wanted):
            await self._write(node, attribute, variant)
        if wanted.constant or reset or not same_kind:
            await change_together([(self.cell(plan.path), _first(plan, wanted, datetime.now(UTC))())])

    async def _write(self, node: NodeData, attribute: AttributeIds, variant: ua.Variant) -> None:
        held = node.attributes[attribute].value
        if held is None or held.Value != variant:
            await self._aspace.write_attribute_value(node.nodeid, attribute, ua.DataValue(variant))

    async def _change_type(self, known: Blueprint, plan: Blueprint) -> None:
        node_id = self._names.node(plan.path)
        await self._session.delete_references(
            [_reference_to_type(node_id, known), self._parent_reference(known)]
        )
        added = ua.AddReferencesItem()
        added.SourceNodeId, added.TargetNodeId = node_id, plan.type
        added.ReferenceTypeId, added.IsForward = HAS_TYPE_DEFINITION, True
        again = ua.AddReferencesItem()
        again.SourceNodeId, again.TargetNodeId = self._parent_id(plan), node_id
        again.ReferenceTypeId, again.IsForward = plan.reference, True
        await self._session.add_references([added, again])

    def _parent_reference(self, plan: Blueprint) -> ua.DeleteReferencesItem:
        item = ua.DeleteReferencesItem()
        item.SourceNodeId = self._parent_id(plan)
        item.TargetNodeId = self._names.node(plan.path)
        item.ReferenceTypeId, item.IsForward, item.DeleteBidirectional = plan.reference, True, False
        return item

    async def _dismiss_watchers(self, node_id: ua.NodeId) -> None:
        node = self._aspace[node_id]
        unknown = ua.DataValue(NULL, shared_status(Status.BadNodeIdUnknown))
        for attribute in node.attributes.values():
            if attribute.datachange_callbacks:
                await tell(attribute, unknown)
            for handle in tuple(attribute.datachange_callbacks):
                self._aspace.delete_datachange_callback(handle)


def _attributes(plan: Blueprint) -> ua.ObjectAttributes | ua.VariableAttributes | ua.MethodAttributes:
    attributes: ua.ObjectAttributes | ua.VariableAttributes | ua.MethodAttributes
    if plan.method is not None:
        attributes = ua.MethodAttributes(Executable=plan.executable, UserExecutable=plan.executable)
    elif plan.value is not None:
        level = _access_level(plan.value)
        attributes = ua.VariableAttributes(
            Value=plan.value.variant,
            DataType=plan.value.data_type,
            ValueRank=ua.Int32(plan.value.rank),
            ArrayDimensions=[ua.UInt32(length) for length in plan.value.dimensions],
            AccessLevel=level,
            UserAccessLevel=level,
            Historizing=bool(plan.value.history),
            MinimumSamplingInterval=_CONTINUOUS,
        )
    else:
        attributes = ua.ObjectAttributes()
    attributes.DisplayName = text(plan.name.Name)
    attributes.Description = text(plan.description)
    return attributes


def _first(plan: Blueprint, value: Value, now: datetime) -> Callable[[], ua.DataValue]:
    """Makes the first value; a property's has no time, nor has what waits for its first."""
    timeless = plan.reference == HAS_PROPERTY or value.status != Status.Good
    return value.data_value if timeless else partial(value.data_value, now)


def _access_level(value: Value) -> ua.Byte:
    return ua.Byte(_READ | _WRITE * value.writable | _HISTORY * bool(value.history))


def _shape(value: Value) -> Iterable[tuple[AttributeIds, ua.Variant]]:
    level = ua.Variant(_access_level(value), ua.VariantType.Byte)
    lengths = [ua.UInt32(length) for length in value.dimensions]
    return (
        (AttributeIds.DataType, ua.Variant(value.data_type, ua.VariantType.NodeId)),
        (AttributeIds.ValueRank, ua.Variant(value.rank, ua.VariantType.Int32)),
        (AttributeIds.ArrayDimensions, ua.Variant(lengths, ua.VariantType.UInt32, None, True)),
        (AttributeIds.AccessLevel, level),
        (AttributeIds.UserAccessLevel, level),
        (AttributeIds.Historizing, ua.Variant(bool(value.history), ua.VariantType.Boolean)),
    )


def _reference_to_type(node_id: ua.NodeId, plan: Blueprint) -> ua.DeleteReferencesItem:
    item = ua.DeleteReferencesItem()
    item.SourceNodeId, item.TargetNodeId = node_id, plan.type
    item.ReferenceTypeId, item.IsForward, item.DeleteBidirectional = HAS_TYPE_DEFINITION, True, False
    return item
