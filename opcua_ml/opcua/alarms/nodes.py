"""The nodes of a condition instance, and what ties it to its source and to those who hear of its events.

Source: OPC UA Part 9, 5.5.2 and Annex B.3 (instances in the address space); Part 3, 7.17 (HasEventSource),
7.18 (HasNotifier), 5.5.1 (EventNotifier).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.domain.status import Status
from opcua_ml.opcua.alarms.place import owner_path
from opcua_ml.opcua.space.blueprint import Blueprint, Value
from opcua_ml.opcua.space.node_ids import MACHINE_LEARNING
from opcua_ml.opcua.space.standard import (
    FOLDER_TYPE,
    HAS_COMPONENT,
    HAS_PROPERTY,
    standard_id,
)
from opcua_ml.opcua.texts import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asyncua.server.server import Server

    from opcua_ml.opcua.alarms.field import ConditionField
    from opcua_ml.opcua.alarms.instance import AlarmInstance
    from opcua_ml.opcua.space.names import Names
    from opcua_ml.opcua.space.node_tree import NodeTree

SERVER: Final = standard_id(ObjectIds.Server)
_HAS_NOTIFIER: Final = standard_id(ObjectIds.HasNotifier)
_HAS_EVENT_SOURCE: Final = standard_id(ObjectIds.HasEventSource)
_HAS_CONDITION: Final = standard_id(ObjectIds.HasCondition)
_SUBSCRIBE_TO_EVENTS: Final = 1
ACKNOWLEDGEABLE_METHODS: Final = (
    ObjectIds.ConditionType_Enable,
    ObjectIds.ConditionType_Disable,
    ObjectIds.ConditionType_AddComment,
    ObjectIds.AcknowledgeableConditionType_Acknowledge,
)
SHELVING_METHODS: Final = (
    ObjectIds.ShelvedStateMachineType_TimedShelve,
    ObjectIds.ShelvedStateMachineType_OneShotShelve,
    ObjectIds.ShelvedStateMachineType_Unshelve,
)


class AlarmNodes:
    """Brings instances into the address space.

    Methods are not copied: an instance has those of its type (Part 3, 6.2.6 lets it), so that a client may
    call by either NodeId and fifty models do not bring a thousand Methods.

    Args:
        server: of asyncua, initialised.
        tree: of the site's nodes.
        names: of both namespaces.
    """

    def __init__(self, server: Server, tree: NodeTree, names: Names) -> None:
        self._session = server.iserver.isession
        self._aspace = server.iserver.aspace
        self._tree = tree
        self._names = names

    async def show(self, instances: Iterable[AlarmInstance]) -> None:
        """Bring them in; those that are there already stay."""
        shown = list(instances)
        plans: dict[str, Blueprint] = {}
        for instance in shown:
            for plan in self._blueprints(instance):
                plans.setdefault(plan.path, plan)
        await self._tree.bring(list(plans.values()))
        references: list[tuple[ua.NodeId, ua.NodeId, ua.NodeId]] = []
        for instance in shown:
            references += self._references(instance)
        await self._link(references, one_way=[one for instance in shown for one in self._methods(instance)])
        for path in {MACHINE_LEARNING, *(owner_path(instance.card) for instance in shown)}:
            await self._make_notifier(self._names.node(path))

    def _blueprints(self, instance: AlarmInstance) -> Iterator[Blueprint]:
        place, owner = instance.place, owner_path(instance.card)
        parent = owner
        if instance.card.model:
            parent = f"{owner}.Monitoring"
            kind = self._names.type("MonitoringType")
            yield Blueprint(parent, owner, self._names.own("Monitoring"), "How the model is watched.", kind)
        yield Blueprint(place.folder, parent, self._names.own("Alarms"), "The alarms.", FOLDER_TYPE)
        card, name = instance.card, self._names.site(instance.card.name)
        # Those that are there by themselves have names of ours, those on outputs the site's.
        shown = "" if card.output else said(card.name)
        yield Blueprint(place.path, place.folder, name, card.description, place.type, display=shown)
        for one in instance.fields:
            yield self._field(place.path, one)

    def _field(self, condition: str, one: ConditionField) -> Blueprint:
        path = field_path(condition, one)
        parent, _, name = path.rpartition(".")
        number = self._names.own("").NamespaceIndex if one.own else 0
        reference = HAS_PROPERTY if one.kind.name == "PROPERTY" else HAS_COMPONENT
        value = None
        if not one.kind.is_object:
            data_type = one.data_type or ua.NodeId(ua.Int32(one.variant_type.value))
            value = Value(data_type, status=Status.BadWaitingForInitialData)
        browse_name = ua.QualifiedName(name, ua.UInt16(number))
        return Blueprint(path, parent, browse_name, one.words, one.kind.value, reference, value)

    def _references(self, instance: AlarmInstance) -> Iterator[tuple[ua.NodeId, ua.NodeId, ua.NodeId]]:
        root = self._names.node(MACHINE_LEARNING)
        owner = self._names.node(owner_path(instance.card))
        yield SERVER, _HAS_NOTIFIER, root
        if owner != root:
            yield root, _HAS_NOTIFIER, owner
        if owner != instance.source_id:
            yield owner, _HAS_EVENT_SOURCE, instance.source_id
        yield instance.source_id, _HAS_CONDITION, instance.condition_id

    def _methods(self, instance: AlarmInstance) -> Iterator[tuple[ua.NodeId, ua.NodeId, ua.NodeId]]:
        rules = instance.alarm.settings.rules
        numbers = list(ACKNOWLEDGEABLE_METHODS)
        if rules.confirm:
            numbers.append(ObjectIds.AcknowledgeableConditionType_Confirm)
        if rules.latching:
            numbers.append(ObjectIds.AlarmConditionType_Reset)
        for number in numbers:
            yield instance.condition_id, HAS_COMPONENT, standard_id(number)
        shelving = self._names.node(instance.shelving_path)
        for number in SHELVING_METHODS:
            yield shelving, HAS_COMPONENT, standard_id(number)

    async def _link(
        self,
        references: Iterable[tuple[ua.NodeId, ua.NodeId, ua.NodeId]],
        *,
        one_way: Iterable[tuple[ua.NodeId, ua.NodeId, ua.NodeId]],
    ) -> None:
        """References in both directions, and those that the type's Methods need not know of."""
        both = dict.fromkeys(references)
        items = [_reference(*one) for one in (*both, *dict.fromkeys(one_way))]
        items += [_reference(target, kind, source, forward=False) for source, kind, target in both]
        await self._session.add_references(items)

    async def _make_notifier(self, node_id: ua.NodeId) -> None:
        held = self._aspace[node_id].attributes[AttributeIds.EventNotifier].value
        bits = held.Value.Value if held is not None and held.Value is not None else 0
        value = ua.DataValue(ua.Variant((bits or 0) | _SUBSCRIBE_TO_EVENTS, ua.VariantType.Byte))
        await self._aspace.write_attribute_value(node_id, AttributeIds.EventNotifier, value)


def field_path(condition: str, one: ConditionField) -> str:
    """Path of the field's node."""
    return f"{condition}.{one.path.replace('/', '.')}"


def _reference(
    source: ua.NodeId, kind: ua.NodeId, target: ua.NodeId, *, forward: bool = True
) -> ua.AddReferencesItem:
    item = ua.AddReferencesItem()
    item.SourceNodeId, item.ReferenceTypeId, item.TargetNodeId = source, kind, target
    item.IsForward = forward
    return item
