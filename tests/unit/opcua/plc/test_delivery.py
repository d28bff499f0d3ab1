"""What the receiver gets: whole batches in order, and Bad where nothing else is true."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.signature import DataType
from opcua_ml.domain.status import Status
from opcua_ml.opcua.hot import to_datetime
from opcua_ml.opcua.plc.delivery import SampleDelivery
from tests.unit.opcua.plc.stand_ins import HandClock, Received, bound, found

NODE_GONE = 0x80340000


class Bench:
    """Three bound tags and their delivery."""

    def __init__(self) -> None:
        self.tags = [bound(key) for key in range(3)]
        self.received = Received()
        self.clock = HandClock()
        self.delivery = SampleDelivery(self.tags, self.received, self.clock)
        self.delivery.begin()
        self.handles = [self.delivery.handle_for(one) for one in self.tags]


@pytest.fixture
def bench() -> Bench:
    """One of them."""
    return Bench()


def test_a_notification_is_one_batch_in_its_order(bench: Bench) -> None:
    """Two values of one tag keep their order; what is of no tag is passed over."""
    first, second, _ = bench.handles
    bench.delivery.deliver(
        [(second, 1.0, 0, 10, 10), (first, 2.0, 0, 10, 10), (second, 3.0, 0, 20, 20), (99, 9.0, 0, 0, 0)]
    )
    assert [(key, sample.value) for key, sample in bench.received.last] == [(1, 1.0), (0, 2.0), (1, 3.0)]
    assert len(bench.received.batches) == 1


def test_times_are_corrected_once_the_clock_has_been_measured(bench: Bench) -> None:
    """All of them by the same, so that they keep their order; what a PLC repeats is known by its own time."""
    ticks = 132_000_000_000_000_000
    first, *_ = bench.handles
    bench.delivery.deliver([(first, 1.0, 0, ticks, ticks)])
    bench.delivery.correction.measured(3600.0, 0.01)
    bench.clock.seconds += 5
    bench.delivery.deliver([(first, 1.0, 0, ticks, ticks)], read=True)
    ((_, told),), ((_, corrected),) = bench.received.batches
    assert told.source_timestamp is not None
    assert told.server_timestamp is not None
    an_hour = timedelta(hours=1)
    assert corrected.source_timestamp == told.source_timestamp - an_hour
    assert corrected.server_timestamp == told.server_timestamp - an_hour
    assert corrected.received == told.received


def test_values_for_an_old_handle_are_dropped(bench: Bench) -> None:
    """An item that was made anew may leave notifications behind."""
    old = bench.handles[0]
    new = bench.delivery.handle_for(bench.tags[0])
    bench.delivery.deliver([(old, 1.0, 0, None, None), (new, 2.0, 0, None, None)])
    assert [sample.value for _, sample in bench.received.last] == [2.0]


def test_a_loss_is_told_once(bench: Bench) -> None:
    """Failed attempts to connect change the reason, not the samples: models need not score again."""
    bench.delivery.fail_all(Status.BadNoCommunication, "gone")
    assert [sample.status for _, sample in bench.received.last] == [Status.BadNoCommunication] * 3
    bench.delivery.fail_all(Status.BadNoCommunication, "nothing listens there")
    assert len(bench.received.batches) == 1
    assert {one.reason for one in bench.tags} == {"nothing listens there"}


def test_the_first_status_is_told_although_it_is_nothing_new(bench: Bench) -> None:
    """A tag starts as BadNotConnected: its models must hear of it all the same."""
    bench.delivery.fail_all(Status.BadNotConnected, "not connected yet")
    assert len(bench.received.last) == 3


def test_nothing_passes_while_held_by_anybody(bench: Bench) -> None:
    """Two causes: values pass only when both have let go."""
    bench.delivery.hold("server", Status.BadOutOfService, "suspended")
    bench.delivery.hold("server", Status.BadOutOfService, "suspended")
    bench.delivery.hold("heartbeat", Status.BadOutOfService, "no pulse")
    batches = len(bench.received.batches)
    assert batches == 2
    bench.delivery.deliver([(bench.handles[0], 1.0, 0, None, None)])
    assert len(bench.received.batches) == batches
    assert bench.tags[0].reason == "suspended"
    assert not bench.delivery.let_go("server")
    assert not bench.delivery.let_go("server")
    assert bench.delivery.let_go("heartbeat")
    bench.delivery.deliver([(bench.handles[0], 1.0, 0, None, None)])
    assert bench.received.last[0][1].value == 1.0


def test_a_value_that_was_read_passes_although_it_is_known(bench: Bench) -> None:
    """After a hold, or a loss, the old value is news: what was told last was Bad."""
    first = bench.handles[0]
    bench.delivery.deliver([(first, 1.0, 0, 10, 10)], read=True)
    bench.tags[0].was_read(10)
    bench.delivery.hold("server", Status.BadOutOfService, "suspended")
    assert bench.delivery.let_go("server")
    bench.delivery.deliver([(first, 1.0, 0, 10, 10)], read=True)
    assert [sample.value for _, sample in bench.received.last] == [1.0]
    bench.tags[0].was_read(10)
    batches = len(bench.received.batches)
    bench.delivery.deliver([(first, 1.0, 0, 10, 10)])
    assert (len(bench.received.batches), bench.delivery.known) == (batches, 1)


SEMANTICS_CHANGED, STRUCTURE_CHANGED = 0x4000, 0x8000


@pytest.mark.parametrize("bit", [SEMANTICS_CHANGED, STRUCTURE_CHANGED])
def test_a_value_of_another_meaning_is_not_passed_on(bench: Bench, bit: int) -> None:
    """Nor is any after it: its unit may be another one, so the tag is to be looked at again, at once."""
    first, second, _ = bench.handles
    bench.delivery.deliver([(first, 1.0, bit, 10, 10), (first, 2.0, 0, 20, 20), (second, 3.0, 0, 20, 20)])
    assert [(one.value, one.status) for _, one in bench.received.last] == [
        (None, Status.BadWaitingForInitialData),
        (3.0, Status.Good),
    ]
    assert bench.tags[0].retry_at == bench.clock.monotonic()
    assert "unit" in bench.tags[0].reason


def test_a_value_that_was_read_with_its_meaning_passes(bench: Bench) -> None:
    """And so does its repetition by the new item, although both still have the bit."""
    first = bench.handles[0]
    bench.delivery.deliver([(first, 1.0, SEMANTICS_CHANGED, 10, 10)], read=True, described=True)
    assert [(one.value, one.status) for _, one in bench.received.last] == [(1.0, Status.Good)]
    bench.tags[0].was_read(10)
    bench.delivery.deliver([(first, 1.0, SEMANTICS_CHANGED, 10, 10)])
    assert (bench.delivery.known, bench.tags[0].retry_at) == (1, None)
    bench.delivery.deliver([(first, 2.0, SEMANTICS_CHANGED, 20, 20)], read=True)
    assert bench.received.last[0][1].status == Status.BadWaitingForInitialData


def test_a_node_that_the_plc_calls_gone_is_to_be_found_again(bench: Bench) -> None:
    """By a notification; the others are left alone."""
    bench.delivery.deliver([(bench.handles[0], None, NODE_GONE, None, None)])
    assert bench.tags[0].retry_at is not None
    assert bench.tags[0].retry_at > bench.clock.monotonic()
    assert bench.tags[1].retry_at is None


@given(
    st.lists(
        st.tuples(
            st.one_of(st.floats(), st.integers(-9, 9), st.booleans(), st.none()),
            st.sampled_from((0, 0, 0, 0x40000000, 0x80340000, 0x480)),
            st.integers(1, 3),
        ),
        max_size=12,
    ),
    st.sampled_from(DataType),
)
def test_plain_numbers_pass_as_all_others_do(told: list[tuple[Any, int, int]], kind: DataType) -> None:
    """The short way of Good numbers leaves sample and tag as the long way does, whatever comes before."""
    clock = HandClock()
    short, long = bound(at_plc=found(kind), data_type=kind), bound(at_plc=found(kind), data_type=kind)
    received = Received()
    delivery = SampleDelivery([short], received, clock)
    handle = delivery.handle_for(short)
    for value, status, source in told:
        clock.seconds += 1
        moment = to_datetime(source)
        delivery.deliver([(handle, value, status, source, source)], described=True)
        long.source = source
        wanted = long.take(value, status, clock.seconds, (moment, moment))
        assert repr(received.last) == repr([(0, wanted)])
        assert (short.status, short.reason) == (long.status, long.reason)
        ages = {one.heard_at(value, status, source, clock.seconds + 5) for one in (short, long)}
        assert len(ages) == 1
