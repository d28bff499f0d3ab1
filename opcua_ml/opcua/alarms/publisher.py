"""The application's AlarmPublisher: conditions that follow the alarms, and events that tell of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.common.events import Event
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.alarm.alarm import Notice
from opcua_ml.domain.status import Status
from opcua_ml.opcua.alarms.instance import AlarmInstance, unshelve_time
from opcua_ml.opcua.alarms.nodes import AlarmNodes, field_path
from opcua_ml.opcua.live import change_together
from opcua_ml.opcua.values import NULL, date_time, shared_status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asyncua.server.server import Server

    from opcua_ml.application.alarms.board import AlarmBoard
    from opcua_ml.application.alarms.card import AlarmCard
    from opcua_ml.opcua.live import ValueCell
    from opcua_ml.opcua.space.names import Names
    from opcua_ml.opcua.space.node_tree import NodeTree

_KEPT: Final = ("EventId", "Time", "ReceiveTime", "ClientUserId")
"""Fields that are those of the last event, where something changed without one."""


class ConditionPublisher:
    """Shows the alarms of one board.

    Args:
        server: of asyncua, initialised.
        tree: of the site's nodes.
        names: of both namespaces.
        board: the alarms.

    Attributes:
        instances: by the alarms' keys.
        events: how many were raised.
    """

    def __init__(self, server: Server, tree: NodeTree, names: Names, board: AlarmBoard) -> None:
        self.instances: dict[str, AlarmInstance] = {}
        self.events = 0
        self._server = server
        self._tree = tree
        self._names = names
        self._board = board
        self._nodes = AlarmNodes(server, tree, names)
        self._shown: dict[str, dict[str, Any]] = {}

    async def show(self) -> None:
        """Bring in the instances of all alarms of the board; again where a model has new nodes."""
        for key, entry in self._board.entries.items():
            if key not in self.instances:
                self.instances[key] = AlarmInstance(entry, self._names)
        await self._nodes.show(self.instances.values())
        for key, instance in self.instances.items():
            if key not in self._shown:
                self._compute_unshelve_time(instance)
                state = instance.alarm.state
                notice: Notice[Any] = Notice(instance.alarm, state, None, is_event=state.retain)
                event = await self._show(instance, notice)
                if event is not None:
                    # As the run before left it: clients that refresh find it, and nobody is told anew.
                    subscriptions: Any = self._server.iserver.subscription_service
                    subscriptions.remember_condition(event)

    async def publish_alarm(self, card: AlarmCard, notice: Notice[Any]) -> None:
        """Change the instance's variables together, then raise the event."""
        instance = self.instances.get(card.key)
        event = None if instance is None else await self._show(instance, notice)
        if event is not None:
            self.events += 1
            await self._server.iserver.subscription_service.trigger_event(event)

    async def _show(self, instance: AlarmInstance, notice: Notice[Any]) -> Event | None:
        """Change the instance's variables together; the event, where the notice is one."""
        card = instance.card
        clock = self._board.clock
        now = clock.now()
        event_id = instance.new_event_id(notice.state) if notice.is_event else None
        values = instance.values(notice, event_id, now, clock.monotonic())
        known = self._shown.get(card.key)
        if known is not None and not notice.is_event:
            values |= {path: known[path] for path in _KEPT}
        self._shown[card.key] = values
        stamp = date_time(now)
        await change_together(
            (cell, ua.DataValue(variant, shared_status(code), stamp, stamp))
            for cell, variant, code in self._cells(instance, values)
            if cell.value.Value != variant or cell.value.StatusCode != shared_status(code)
        )
        return condition_event(instance, values) if notice.is_event else None

    def _cells(
        self, instance: AlarmInstance, values: Mapping[str, Any]
    ) -> Iterator[tuple[ValueCell, ua.Variant, int]]:
        for one in instance.fields:
            if one.path not in values or one.path == "ShelvingState/UnshelveTime":
                continue
            value = values[one.path]
            variant = NULL if value is None else ua.Variant(value, one.variant_type)
            code = StatusCodes.BadStateNotActive if value is None else Status.Good
            yield self._tree.cell(field_path(instance.place.path, one)), variant, code

    def _compute_unshelve_time(self, instance: AlarmInstance) -> None:
        """It passes by itself, so it is computed when it is read."""
        clock = self._board.clock

        def read(_node: ua.NodeId, _attribute: AttributeIds) -> ua.DataValue:
            left = unshelve_time(instance.alarm.state, clock.monotonic())
            stamp = date_time(clock.now())
            return ua.DataValue(
                ua.Variant(left, ua.VariantType.Double), shared_status(Status.Good), stamp, stamp
            )

        node_id = self._names.node(f"{instance.shelving_path}.UnshelveTime")
        self._server.iserver.aspace.set_attribute_value_callback(node_id, AttributeIds.Value, read)


def condition_event(instance: AlarmInstance, values: Mapping[str, Any]) -> Event:
    """The event of these fields, as event items and histories read it.

    Its `NodeId` is the ConditionId, which clients select with an empty browse path (Part 9, 5.5.2).
    """
    event = Event(instance.source_id)
    for one in instance.fields:
        if not one.kind.is_object:
            event.add_property(one.path, values[one.path], one.variant_type)
    event.add_property("NodeId", instance.condition_id, ua.VariantType.NodeId)
    return event
