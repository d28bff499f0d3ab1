"""A subscription and the server as monitored items need them: where items are made, counted and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from opcua_ml.opcua.trust.subscriptions.item_request import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncua import ua

    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.access.rules import AccessRules
    from opcua_ml.opcua.trust.subscriptions.event_item import EventItem
    from opcua_ml.opcua.trust.subscriptions.item import Item
    from opcua_ml.opcua.trust.subscriptions.lane import Lane
    from opcua_ml.opcua.trust.subscriptions.quotas import Owner, Quotas
    from opcua_ml.opcua.trust.subscriptions.sampling import SamplingSchedule
    from opcua_ml.opcua.trust.subscriptions.value_encoder import ValueEncoder


class ItemOwner(Protocol):
    """The subscription that the items are of.

    Attributes:
        data: its revised parameters, and its id.
        lane: where its messages go.
        owner: for whom items are counted.
        created_in: the session that it was created in.
    """

    data: ua.CreateSubscriptionResult
    lane: Lane
    owner: Owner
    created_in: ua.NodeId

    @property
    def caller(self) -> Caller:
        """Who reads through its items."""
        ...

    def withdraw(self, item: Item) -> None:
        """The item has nothing to report any more."""
        ...


class ItemServer(Surroundings, Protocol):
    """The server, as far as items use it.

    Attributes:
        rights_are_told: whether the address space's `access_version` rises whenever rights change.
    """

    rules: AccessRules
    schedule: SamplingSchedule
    encoder: ValueEncoder
    quotas: Quotas
    rights_are_told: bool

    def add_event_item(self, item: EventItem) -> None:
        """The item wants the events of its notifier."""
        ...

    def remove_event_item(self, item: EventItem) -> None:
        """The item wants no more."""
        ...

    def notifiers_of(self, event: Any) -> Iterable[ua.NodeId]:
        """The nodes whose event items are told of an event."""
        ...
