"""How many subscriptions, items and queue places each owner holds.

An owner is a user, or the address of anonymous clients; what a closed session leaves behind still counts.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

if TYPE_CHECKING:
    from asyncua import ua

    from opcua_ml.opcua.trust.ground.limits import Limits

Owner = tuple[str, str]
Key = TypeVar("Key")


class Quotas:
    """Takes and gives back; the sums are zero when everything is deleted.

    Args:
        limits: the caps.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.subscriptions: Counter[Owner] = Counter()
        self.items: Counter[Owner] = Counter()
        self.watched: Counter[tuple[Owner | ua.NodeId, ua.NodeId]] = Counter()
        self.queue_places: Counter[Owner] = Counter()
        self.filter_weights: Counter[Owner] = Counter()
        self.unlimited: set[Owner] = set()

    def take_subscription(self, owner: Owner) -> None:
        """Count one more subscription.

        Raises:
            ServiceError: BadTooManySubscriptions.
        """
        limits = self._limits
        if owner not in self.unlimited and (
            self.subscriptions[owner] >= limits.max_subscriptions_per_owner
            or self.subscriptions.total() >= limits.max_subscriptions
        ):
            raise ServiceError(StatusCodes.BadTooManySubscriptions)
        self.subscriptions[owner] += 1

    def give_back_subscription(self, owner: Owner) -> None:
        """One subscription is gone."""
        _less(self.subscriptions, owner, 1)

    def take_item(self, owner: Owner, queue_size: int, node: ua.NodeId, session: ua.NodeId) -> int:
        """Count one more item of the node; returns the queue size that is left for it, at least 1.

        Raises:
            ServiceError: BadTooManyMonitoredItems.
        """
        limits = self._limits
        if owner not in self.unlimited and (
            self.items[owner] >= limits.max_monitored_items_per_owner
            or self.items.total() >= limits.max_monitored_items
            or self.watched[owner, node] >= limits.max_monitored_items_per_owner_and_node
            or self.watched[session, node] >= limits.max_monitored_items_per_session_and_node
        ):
            raise ServiceError(StatusCodes.BadTooManyMonitoredItems)
        self.items[owner] += 1
        self.watched[owner, node] += 1
        self.watched[session, node] += 1
        return self.take_queue(owner, queue_size)

    def take_queue(self, owner: Owner, size: int) -> int:
        """Count queue places; returns how many were left, at least 1."""
        if owner not in self.unlimited:
            left = self._limits.max_queued_notifications_per_owner - self.queue_places[owner]
            size = max(1, min(size, left))
        self.queue_places[owner] += size
        return size

    def give_back_queue(self, owner: Owner, size: int) -> None:
        """Queue places are free again."""
        _less(self.queue_places, owner, size)

    def take_filter(self, owner: Owner, weight: int) -> None:
        """Count one more event filter.

        Raises:
            ServiceError: BadTooManyMonitoredItems.
        """
        most = self._limits.max_filter_weight_per_owner
        if owner not in self.unlimited and self.filter_weights[owner] + weight > most:
            raise ServiceError(StatusCodes.BadTooManyMonitoredItems)
        self.filter_weights[owner] += weight

    def give_back_filter(self, owner: Owner, weight: int) -> None:
        """An event filter is gone."""
        _less(self.filter_weights, owner, weight)

    def give_back_item(self, owner: Owner, queue_size: int, node: ua.NodeId, session: ua.NodeId) -> None:
        """One item is gone, with its queue."""
        _less(self.items, owner, 1)
        _less(self.watched, (owner, node), 1)
        _less(self.watched, (session, node), 1)
        self.give_back_queue(owner, queue_size)


def _less(counter: Counter[Key], key: Key, amount: int) -> None:
    counter[key] -= amount
    if counter[key] <= 0:
        del counter[key]
