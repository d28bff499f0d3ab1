"""Changes of quality whose SourceTimestamp lies before what was recorded."""

from __future__ import annotations

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.application.history.record import Column, EventRecord, Layout, ValueRecord
from opcua_ml.application.history.recoveries import Recoveries
from opcua_ml.domain.signature import DataType
from opcua_ml.domain.status import Status

LAYOUT: Final = Layout((Column("m.Inputs.a", DataType.DOUBLE), Column("m.Outputs.b", DataType.DOUBLE)))
GOOD, BAD = Status.Good, Status.BadNoCommunication
HELD: Final = Status.UncertainNoCommunicationLastUsableValue


def row(source: int, server: int, status: int, layout: Layout = LAYOUT) -> ValueRecord:
    """A row that came at `server` and says that it is of `source`."""
    return ValueRecord(layout, source, server, (None, None), (status, status))


def recorded(*rows: tuple[int, int, int]) -> list[int]:
    """Times at which rows are recorded, in the order in which they came."""
    recoveries = Recoveries()
    found = [recoveries.held(row(*one)) for one in rows]
    assert all(isinstance(one, ValueRecord) for one in found)
    return [one.source for one in found if isinstance(one, ValueRecord)]


def test_a_tag_that_stands_still_is_good_again_behind_the_outage() -> None:
    """At the server's time; what comes with a time of its own is recorded at that."""
    assert recorded((10, 11, GOOD), (22, 22, BAD), (10, 30, GOOD), (35, 36, GOOD)) == [10, 22, 30, 35]


def test_a_start_ends_good() -> None:
    """Waiting and not connected are told by the server's clock, the first value by the PLC's."""
    waiting, away = Status.BadWaitingForInitialData, Status.BadServerNotConnected
    assert recorded((484, 484, waiting), (513, 513, away), (491, 520, GOOD)) == [484, 513, 520]


def test_the_same_outage_comes_again() -> None:
    """Each return stands behind the outage before, also where the held value was Uncertain between."""
    rows = [(10, 11, GOOD), (20, 20, BAD), (10, 30, GOOD), (40, 40, BAD), (10, 50, HELD), (10, 60, GOOD)]
    assert recorded(*rows) == [10, 20, 30, 40, 50, 60]


def test_a_value_that_gets_worse_right_after_is_not_hidden_by_the_return() -> None:
    """Standing still with the same time, or of a clock a little behind: it stands behind the moved row."""
    before = [(10, 11, GOOD), (20, 20, BAD), (10, 30, GOOD)]
    assert recorded(*before, (10, 32, HELD)) == [10, 20, 30, 32]
    assert recorded(*before, (28, 31, GOOD), (29, 33, BAD)) == [10, 20, 30, 28, 33]


def test_a_clock_that_is_ahead_is_followed() -> None:
    """A time behind the worse one stays; a Bad row that lies ahead is followed at once."""
    assert recorded((110, 100, GOOD), (101, 101, BAD), (110, 105, GOOD)) == [110, 101, 110]
    assert recorded((200, 100, BAD), (90, 101, GOOD)) == [200, 201]


def test_old_times_stay_where_the_quality_is_the_same() -> None:
    """A replay of long ago has its own times but for the first row; a client's old values all have them."""
    replay = [(500, 500, BAD), (10, 501, GOOD), (11, 502, GOOD), (12, 503, BAD), (13, 504, GOOD)]
    assert recorded(*replay) == [500, 501, 11, 12, 13]
    assert recorded((100, 100, GOOD), (50, 101, GOOD), (60, 102, BAD), (70, 103, GOOD)) == [100, 50, 60, 70]


def test_other_variables_and_events_are_left_alone() -> None:
    """An outage of one model moves nothing of another."""
    recoveries, other = Recoveries(), Layout(LAYOUT.columns[:1])
    recoveries.held(row(20, 20, BAD))
    one = ValueRecord(other, 10, 30, (1.0,), (0,))
    event = EventRecord(5, 5, (), "")
    assert recoveries.held(one) is one
    assert recoveries.held(event) is event
    another_version = Layout(tuple(LAYOUT.columns))
    came = row(10, 31, GOOD, another_version)
    assert recoveries.held(came) == came._replace(source=31)


def test_one_input_of_many_that_recovers_counts() -> None:
    """The row is moved though the output stays Bad for another input."""
    recoveries = Recoveries()
    recoveries.held(ValueRecord(LAYOUT, 20, 20, (None, None), (BAD, BAD)))
    half = ValueRecord(LAYOUT, 10, 30, (1.0, None), (GOOD, BAD))
    assert recoveries.held(half) == half._replace(source=30)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 9),
            st.sampled_from([GOOD, Status.GoodClamped, HELD, BAD, Status.BadWaitingForInitialData]),
        ),
        max_size=30,
    )
)
def test_what_gets_better_is_never_in_front_of_what_was_worse(steps: list[tuple[int, int]]) -> None:
    """Whatever the times are; the server's time only passes, and values and StatusCodes stay."""
    recoveries, before = Recoveries(), None
    for server, (age, status) in enumerate(steps, 10):
        came = row(server - age, server, status)
        found = recoveries.held(came)
        assert isinstance(found, ValueRecord)
        assert found._replace(source=came.source) == came
        if before is not None and status >> 30 < before.statuses[0] >> 30:
            assert found.source >= before.source
        before = found
