"""What is taken is given back: the counters are zero again after any sequence."""

from __future__ import annotations

import pytest
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from opcua_ml.opcua.trust.ground.limits import Limits
from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.subscriptions.quotas import Owner, Quotas

LIMITS = Limits(
    max_subscriptions=6,
    max_subscriptions_per_owner=3,
    max_monitored_items=8,
    max_monitored_items_per_owner=5,
    max_monitored_items_per_owner_and_node=4,
    max_monitored_items_per_session_and_node=3,
    max_queued_notifications_per_owner=20,
)
NODES = [node_id(1, 1), node_id(2, 1)]
SESSIONS = [node_id("first", 1), node_id("second", 1)]
Held = tuple[Owner, int, ua.NodeId, ua.NodeId]
OWNERS: list[Owner] = [("address", "a"), ("address", "b"), ("UserName", "a")]


class Taking(RuleBasedStateMachine):
    """Owners take and give back in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.quotas = Quotas(LIMITS)
        self.subscriptions: list[Owner] = []
        self.items: list[Held] = []

    @rule(owner=st.sampled_from(OWNERS))
    def subscribe(self, owner: Owner) -> None:
        """One more subscription, or BadTooManySubscriptions exactly at a cap."""
        full = self.subscriptions.count(owner) >= 3 or len(self.subscriptions) >= 6
        if full:
            with pytest.raises(ServiceError) as refusal:
                self.quotas.take_subscription(owner)
            assert refusal.value.code == StatusCodes.BadTooManySubscriptions
        else:
            self.quotas.take_subscription(owner)
            self.subscriptions.append(owner)

    @rule(
        owner=st.sampled_from(OWNERS),
        wanted=st.integers(1, 30),
        node=st.sampled_from(NODES),
        session=st.sampled_from(SESSIONS),
    )
    def monitor(self, owner: Owner, wanted: int, node: ua.NodeId, session: ua.NodeId) -> None:
        """One more item with the queue that is left, or BadTooManyMonitoredItems exactly at a cap."""
        own = [item[1] for item in self.items if item[0] == owner]
        of_owner = sum(item[0] == owner and item[2] == node for item in self.items)
        of_session = sum(item[3] == session and item[2] == node for item in self.items)
        if len(own) >= 5 or len(self.items) >= 8 or of_owner >= 4 or of_session >= 3:
            with pytest.raises(ServiceError) as refusal:
                self.quotas.take_item(owner, wanted, node, session)
            assert refusal.value.code == StatusCodes.BadTooManyMonitoredItems
        else:
            granted = self.quotas.take_item(owner, wanted, node, session)
            assert granted == max(1, min(wanted, 20 - sum(own)))
            self.items.append((owner, granted, node, session))

    @precondition(lambda self: self.subscriptions)
    @rule(data=st.data())
    def unsubscribe(self, data: st.DataObject) -> None:
        """Give one subscription back."""
        owner = data.draw(st.sampled_from(self.subscriptions))
        self.subscriptions.remove(owner)
        self.quotas.give_back_subscription(owner)

    @precondition(lambda self: self.items)
    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        """Give one item back."""
        item = data.draw(st.sampled_from(self.items))
        self.items.remove(item)
        self.quotas.give_back_item(*item)

    @invariant()
    def counts_agree(self) -> None:
        """What is counted is what is held; owners without anything are forgotten."""
        assert self.quotas.subscriptions.total() == len(self.subscriptions)
        assert self.quotas.items.total() == len(self.items)
        assert self.quotas.queue_places.total() == sum(item[1] for item in self.items)
        assert set(self.quotas.items) == {item[0] for item in self.items}
        assert self.quotas.watched.total() == 2 * len(self.items)


TestTaking = Taking.TestCase


def test_the_servers_own_code_is_not_limited() -> None:
    """An unlimited owner gets what it asks for."""
    quotas = Quotas(LIMITS)
    quotas.unlimited.add(OWNERS[0])
    for _ in range(50):
        quotas.take_subscription(OWNERS[0])
        assert quotas.take_item(OWNERS[0], 1_000, NODES[0], SESSIONS[0]) == 1_000
