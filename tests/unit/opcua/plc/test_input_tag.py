"""One tag's values on their way to samples."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.errors import TagError, TagTypeMismatch
from opcua_ml.domain.signature import DataType, Range
from opcua_ml.domain.status import Status
from tests.unit.opcua.plc.stand_ins import bound, found, tag

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STAMPS = (NOON, NOON)
GOOD_CLAMPED = 0x00300000


def test_a_value_keeps_status_and_times() -> None:
    """All four of a DataValue travel; a Good code with a meaning stays as it came."""
    sample = bound().take(1.5, GOOD_CLAMPED, 7.0, STAMPS)
    assert (sample.value, sample.status, sample.received) == (1.5, GOOD_CLAMPED, 7.0)
    assert (sample.source_timestamp, sample.server_timestamp) == STAMPS


def test_the_overflow_bit_is_counted_and_is_no_quality() -> None:
    """It says that the PLC's queue was full, nothing about the value (Part 4, 7.39.1)."""
    one = bound()
    assert one.take(1.0, 0x480, 0.0, STAMPS).status == Status.Good
    assert one.take(1.0, 0x580, 0.0, STAMPS).status == 0x500
    assert one.take(1.0, 0x400, 0.0, STAMPS).status == 0x400
    assert one.overflows == 2


@pytest.mark.parametrize("status", [0x80000000, 0x808C0000, 0xC0000000])
def test_a_bad_status_has_no_value_whatever_came_with_it(status: int) -> None:
    """Some PLCs send the last value along; the reserved severity counts as Bad."""
    sample = bound().take(1.0, status, 0.0, STAMPS)
    assert (sample.value, sample.status) == (None, status)


def test_good_without_a_value_is_bad() -> None:
    """Never a wrong Good."""
    assert bound().take(None, 0, 0.0, STAMPS).status == Status.BadNoData


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.floats())
)


@given(ANYTHING, st.sampled_from(DataType), st.sampled_from([None, *DataType]), st.integers(0, 2**32 - 1))
def test_whatever_comes_is_a_value_of_the_wanted_type_or_bad(
    value: Any, wanted: DataType, declared: DataType | None, status: int
) -> None:
    """A hostile PLC can't make us raise, nor send a value of another type Good."""
    one = tag(data_type=wanted)
    try:
        one.bind(found(declared))
    except TagTypeMismatch:
        return
    sample = one.take(value, status, 0.0, STAMPS)
    if sample.value is None:
        assert sample.is_bad
        assert sample.status >= 0x80000000
        assert one.reason
    else:
        kinds = {DataType.BOOLEAN: bool, DataType.STRING: str, DataType.FLOAT: float, DataType.DOUBLE: float}
        assert type(sample.value) is kinds.get(wanted, int)
        assert not isinstance(sample.value, float) or math.isfinite(sample.value)


@given(ANYTHING)
def test_a_tag_whose_changes_alone_matter_takes_anything(value: Any) -> None:
    """A part counter, a time stamp, an array: none is refused for its type, and each change is told."""
    one = bound(at_plc=found(DataType.STRING, value_rank=1), data_type=None)
    sample = one.take(value, 0, 0.0, STAMPS)
    assert (sample.value is None) == (value is None)


def test_a_tag_that_can_not_be_read_is_refused() -> None:
    """Its UserAccessLevel says so before anything is subscribed."""
    with pytest.raises(TagError, match="does not let us read"):
        bound(at_plc=found(readable=False))


@pytest.mark.parametrize(("rank", "length", "index", "fits"), [
    (-1, None, (), True), (-2, None, (), True), (-3, None, (), True), (1, None, (), False),
    (1, 3, (), True), (-1, 3, (), False), (1, None, (0,), True), (-1, None, (0,), False),
])  # fmt: skip
def test_one_value_and_many_are_told_apart(
    rank: int, length: int | None, index: tuple[int, ...], fits: bool
) -> None:
    """By ValueRank at connect: one value, an array, an element."""
    one = tag(length=length)
    if fits:
        one.bind(found(index=index, value_rank=rank))
    else:
        with pytest.raises(TagTypeMismatch, match="wrong number of values"):
            one.bind(found(index=index, value_rank=rank))


def test_an_element_is_taken_out_of_its_array() -> None:
    """Also out of a matrix; an array that is too short makes it Bad."""
    one = bound(at_plc=found(index=(1, 0), value_rank=2))
    assert one.take([[1.0, 2.0], [3.0, 4.0]], 0, 0.0, STAMPS).value == 3.0
    assert one.take([[1.0, 2.0]], 0, 0.0, STAMPS).status == Status.BadTypeMismatch


def test_an_array_of_another_length_is_bad() -> None:
    """A window wants all its values."""
    one = bound(at_plc=found(value_rank=1), length=2)
    assert one.take([1.0, 2.0], 0, 0.0, STAMPS).value == (1.0, 2.0)
    assert one.take([1.0], 0, 0.0, STAMPS).status == Status.BadTypeMismatch
    assert one.reason.endswith("found an array of 1; wanted an array of 2 Double")


def test_another_type_than_declared_is_noticed() -> None:
    """Harmless where nothing is lost, Bad where it is; counted either way."""
    one = bound(at_plc=found(DataType.INT16))
    assert one.take(3, 0, 0.0, STAMPS).value == 3.0
    assert one.take(3.5, 0, 0.0, STAMPS).value == 3.5
    assert one.take(True, 0, 0.0, STAMPS).status == Status.BadTypeMismatch
    assert one.type_changes == 2


def test_the_inputs_range_lets_a_wide_integer_in() -> None:
    """As the tag's EURange does; the value is still looked at."""
    one = bound(at_plc=found(DataType.INT64), range=Range(0, 100))
    assert one.take(5, 0, 0.0, STAMPS).value == 5.0
    assert one.take(2**60, 0, 0.0, STAMPS).status == Status.BadOutOfRange
    with pytest.raises(TagTypeMismatch):
        bound(at_plc=found(DataType.INT64))


def test_what_a_read_has_told_is_not_told_again() -> None:
    """The first notification of a new item repeats the value; another one of the same tick does not."""
    one = bound()
    one.take(1.0, 0, 0.0, STAMPS)
    one.was_read(1000)
    assert one.is_known(1.0, 0, 1000, 1000, 1.0)
    assert not one.is_known(1.0, 0, 1000, 1000, 1.0), "only the first one repeats"
    one.was_read(1000)
    assert not one.is_known(2.0, 0, 1000, 1000, 1.0), "another value in the same tick of a coarse clock"
    one.was_read(1000)
    assert not one.is_known(1.0, 0, 5, 2000, 1.0), "a replay begins with a time of years ago"


def test_what_was_under_way_during_a_read_is_dropped() -> None:
    """Known by the server's time, and only as long as it can come; the source's time proves nothing."""
    one = bound()
    one.take(1.0, 0, 0.0, STAMPS)
    one.was_read(1000)
    one.ignore_before(1000, now=0.0, span=5.0)
    assert one.is_known(0.5, 0, 900, 999, 1.0)
    assert one.is_known(1.0, 0, 1000, 1000, 1.0)
    assert not one.is_known(2.0, 0, 7, 1001, 1.0)
    assert not one.is_known(0.5, 0, 900, 999, 1.0), "the newer one has ended it"
    one.ignore_before(1000, now=0.0, span=5.0)
    assert not one.is_known(0.5, 0, 900, 999, 5.1)
    one.ignore_before(None, now=0.0, span=5.0)
    assert not one.is_known(0.5, 0, 900, None, 1.0)


def test_what_comes_after_the_plcs_clock_was_set_back_is_news() -> None:
    """It looks older than the read, by more than anything can be under way: a Bad value must not get lost."""
    one = bound()
    one.take(1.0, 0, 0.0, STAMPS)
    one.was_read(10**12)
    one.ignore_before(10**12, now=0.0, span=1.0)
    an_hour_back = 10**12 - 3600 * 10**7
    assert not one.is_known(None, Status.BadSensorFailure, an_hour_back, an_hour_back, 0.5)


def test_a_value_that_a_read_repeats_ages_on() -> None:
    """Also over a loss of the connection; without the source's time nobody knows that it is the same one."""
    one = bound()
    one.source = 1000
    one.take(1.0, 0, 7.0, STAMPS)
    assert one.heard_at(1.0, 0, 1000, 9.0) == 7.0
    assert one.heard_at(2.0, 0, 1000, 9.0) == 9.0
    assert one.heard_at(1.0, 0, 1001, 9.0) == 9.0
    assert one.heard_at(1.0, 0, None, 9.0) == 9.0
    one.bad(Status.BadNoCommunication, "the connection is lost", 8.0)
    assert one.heard_at(1.0, 0, 1000, 9.0) == 7.0


def test_a_deaf_item_is_known_by_a_value_that_never_came() -> None:
    """Not by one that may still be under way, nor by NaN, which equals nothing."""
    one = bound(allow_missing=True)
    one.take(1.0, 0, 0.0, STAMPS)
    assert not one.is_deaf(2.0, 0)
    one.take(3.0, 0, 0.0, STAMPS)
    assert not one.is_deaf(4.0, 0)
    assert one.is_deaf(4.0, 0)
    one.take(math.nan, 0, 0.0, STAMPS)
    assert not any(one.is_deaf(math.nan, 0) for _ in range(3))
