"""What a tag beside the inputs said of the part at the moment of a row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.result_context import MOST_CHARACTERS, ContextMemory
from opcua_ml.domain.sample import Sample
from opcua_ml.domain.status import Severity, Status, severity

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(seconds=seconds)


def text(value: str | int | None, seconds: float, status: int = Status.Good) -> Sample:
    """A sample stamped, and come, so many seconds after noon."""
    return Sample(value, status, at(seconds), None, seconds)


def told(memory: ContextMemory, seconds: float | None, now: float = 100.0) -> tuple[object, int]:
    """Value and StatusCode at that moment; None for now."""
    found = memory.at(None if seconds is None else at(seconds), now)
    return found.value, found.status


def test_a_row_has_the_part_of_its_moment_and_not_the_next_one() -> None:
    """Also where the next part's id has come already."""
    memory = ContextMemory()
    for sample in (text("A", 1), text("B", 5), text("C", 9)):
        memory.take(sample)
    assert [told(memory, seconds) for seconds in (1, 4.9, 5, 8, 9, None)] == [
        ("A", Status.Good),
        ("A", Status.Good),
        ("B", Status.Good),
        ("B", Status.Good),
        ("C", Status.Good),
        ("C", Status.Good),
    ]


def test_nothing_is_told_of_a_time_before_the_first_id() -> None:
    """What was there then nobody knows."""
    memory = ContextMemory()
    assert told(memory, 1) == (None, Status.BadWaitingForInitialData)
    memory.take(text("A", 5))
    assert told(memory, 1) == (None, Status.BadNoData)


def test_an_id_that_has_been_forgotten_is_not_replaced_by_another() -> None:
    """Only so many are kept; a row of a moment before them has none."""
    memory = ContextMemory(depth=2)
    for number in range(4):
        memory.take(text(f"P{number}", number))
    assert [told(memory, number)[0] for number in range(4)] == [None, None, "P2", "P3"]


@pytest.mark.parametrize(
    ("value", "status", "wanted"),
    [
        (None, Status.BadNoCommunication, (None, Status.BadNoCommunication)),
        ("A", Status.BadSensorFailure, (None, Status.BadSensorFailure)),
        ("A", Status.UncertainLastUsableValue, ("A", Status.UncertainLastUsableValue)),
        (None, Status.Good, (None, Status.BadNoData)),
        (" \0", Status.Good, (None, Status.BadNoData)),
        ("x" * (MOST_CHARACTERS + 1), Status.Good, (None, Status.BadOutOfRange)),
        ("  A 7 \0\0", Status.Good, ("A 7", Status.Good)),
        (4711, Status.Good, ("4711", Status.Good)),
    ],
)
def test_a_text_has_the_quality_of_its_tag(
    value: str | int | None, status: int, wanted: tuple[object, int]
) -> None:
    """Trimmed as a TrimmedString is; without a text it is Bad."""
    memory = ContextMemory()
    memory.take(text("before", 0))
    memory.take(text(value, 1, status))
    assert told(memory, 2) == wanted


def test_a_loss_without_a_time_of_the_source_counts_at_once_and_ends_with_the_next_value() -> None:
    """The PLC that is away may have another part by now; back, it tells the same value with its old time."""
    memory = ContextMemory()
    memory.take(text("A", 1))
    memory.take(Sample(None, Status.BadNoCommunication, None, None, 2))
    assert told(memory, 1.5) == (None, Status.BadNoCommunication)
    memory.take(text("A", 1))
    assert told(memory, 3) == ("A", Status.Good)


def test_an_id_that_nothing_has_renewed_is_not_told_for_ever() -> None:
    """By our own clock; one that was followed by another is as old as its row."""
    memory = ContextMemory(max_age=10)
    memory.take(text("A", 1))
    assert told(memory, None, 10.9) == ("A", Status.Good)
    assert told(memory, None, 11) == (None, Status.BadTimeout)
    memory.take(text("B", 20))
    assert told(memory, 15, 21) == ("A", Status.Good)


def test_a_clock_that_was_set_back_leaves_no_part_of_the_future() -> None:
    """Ids of before are later, by the new time, than the rows that come."""
    memory = ContextMemory()
    memory.take(text("A", 1000))
    memory.take(text("B", 5))
    assert told(memory, 6) == ("B", Status.Good)
    assert told(memory, 2000) == ("B", Status.Good)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=30),
    st.integers(0, 60),
)
def test_what_is_told_good_was_so_at_that_moment(changes: list[tuple[int, bool]], moment: int) -> None:
    """Of ids in the order of their times, some of them Bad: neither a later one nor one that was replaced."""
    ordered = sorted(changes, key=lambda one: one[0])
    memory = ContextMemory()
    for number, (seconds, good) in enumerate(ordered):
        memory.take(text(number, seconds, Status.Good if good else Status.BadSensorFailure))
    value, status = told(memory, moment)
    before = [(number, good) for number, (seconds, good) in enumerate(ordered) if seconds <= moment]
    if severity(status) is Severity.GOOD:
        assert (int(str(value)), True) == before[-1]
    else:
        assert value is None
        assert not before or not before[-1][1]
