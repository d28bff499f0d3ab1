"""Monitored items: what data items and event items share.

Source: OPC UA Part 4, 5.13.1 (MonitoredItem model), 5.13.4 (SetMonitoringMode), 5.13.5 (SetTriggering).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from asyncua import ua

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.access.rules import AccessRules
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.nodes.attribute import PlantAttributeService
    from opcua_ml.opcua.trust.subscriptions.message import Notification
    from opcua_ml.opcua.trust.subscriptions.queue import NotificationQueue
    from opcua_ml.opcua.trust.subscriptions.sampling import SamplingSchedule
    from opcua_ml.opcua.trust.subscriptions.value_encoder import ValueEncoder

DISABLED: Final = ua.MonitoringMode.Disabled
SAMPLING: Final = ua.MonitoringMode.Sampling
REPORTING: Final = ua.MonitoringMode.Reporting


@dataclass(slots=True)
class Granted:
    """What a client asked for, after revision. Intervals in milliseconds."""

    client_handle: int
    sampling_interval: float
    queue_size: int
    discard_oldest: bool


class ItemService(Protocol):
    """The items of one subscription, and the server behind them, as each item sees them.

    Attributes:
        wire: whether notifications go to a client, as bytes.
        rights_are_told: whether the address space's `access_version` rises whenever rights change.
        offer: takes an item that has queued notifications to be reported.
    """

    aspace: PlantAddressSpace
    wire: bool
    rights_are_told: bool
    offer: Callable[[Item], None]

    @property
    def subscription_id(self) -> int:
        """The subscription's id."""
        ...

    @property
    def caller(self) -> Caller:
        """Who reads through the items."""
        ...

    @property
    def attributes(self) -> PlantAttributeService:
        """How attributes are read."""
        ...

    @property
    def rules(self) -> AccessRules:
        """Who may see what."""
        ...

    @property
    def schedule(self) -> SamplingSchedule:
        """The server's sampling clock."""
        ...

    @property
    def encoder(self) -> ValueEncoder:
        """The server's encoder of changed values."""
        ...

    def now(self) -> float:
        """The sampling clock's time, in seconds."""
        ...

    def lost(self, notifications: int) -> None:
        """So many values had no room in their queues."""
        ...

    def lost_event(self) -> None:
        """An event had no room in its queue."""
        ...


class Item(ABC):
    """One monitored item."""

    __slots__ = (
        "granted",
        "item_id",
        "mode",
        "node_id",
        "queue",
        "service",
        "triggered",
        "triggered_by",
        "triggers",
    )

    queue: NotificationQueue[Any]

    def __init__(self, service: ItemService, item_id: int, node_id: ua.NodeId, granted: Granted) -> None:
        self.service = service
        self.item_id = item_id
        self.node_id = node_id
        self.granted = granted
        self.mode: ua.MonitoringMode = DISABLED
        self.triggers: dict[Item, None] = {}
        self.triggered_by: dict[Item, None] = {}
        self.triggered = False

    @abstractmethod
    def notifications(self, most: int) -> Sequence[Notification]:
        """Remove the oldest queued notifications, up to `most`, as a message takes them."""

    def report(self) -> None:
        """Something was queued: offer it to the subscription, and set off the linked items."""
        if self.mode is REPORTING:
            self.service.offer(self)
        for linked in self.triggers:
            linked.trigger()

    def trigger(self) -> None:
        """Report what is queued although only sampling (Part 4, 5.13.1.6)."""
        if self.mode is SAMPLING and len(self.queue):
            self.triggered = True
            self.service.offer(self)

    def set_mode(self, mode: ua.MonitoringMode) -> None:
        """Part 4, 5.13.4: what is queued goes out with Reporting and is dropped with Disabled."""
        before, self.mode = self.mode, mode
        if mode is DISABLED:
            self.queue.clear()
            self.triggered = False
        elif before is DISABLED:
            self.enabled()
        if mode is REPORTING and len(self.queue):
            self.service.offer(self)

    def enabled(self) -> None:  # noqa: B027 - events are not sampled
        """The item starts to sample."""

    def link(self, other: Item) -> None:
        """A notification of this item sets off the other's."""
        self.triggers[other] = None
        other.triggered_by[self] = None

    def unlink(self, other: Item) -> bool:
        """Undo `link`; whether there was one."""
        other.triggered_by.pop(self, None)
        return self.triggers.pop(other, other) is None

    def close(self) -> None:
        """The item is deleted, and its links with it (Part 4, 5.13.6)."""
        for other in tuple(self.triggers):
            self.unlink(other)
        for other in tuple(self.triggered_by):
            other.unlink(self)
