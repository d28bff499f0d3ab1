"""Timestamps: asyncua's conversions, faster."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.hot import ResolutionCache, filetime_now, to_datetime, to_filetime
from opcua_ml.opcua.hot.filetime import FOREVER, remember_filetimes

zones = st.none() | st.just(UTC) | st.timedeltas(timedelta(hours=-14), timedelta(hours=14)).map(timezone)
any_moments = st.datetimes(timezones=zones)


@given(any_moments)
def test_any_moment_is_converted_as_asyncua_converts_it(moment: datetime) -> None:
    """Naive, UTC and other zones, from the year 1 to 9999."""
    assert to_filetime(moment) == ua.datetime_to_win_epoch(moment)


@pytest.mark.parametrize(
    ("moment", "filetime"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), 0),
        (datetime(1601, 1, 1, tzinfo=UTC), 0),
        (datetime(1601, 1, 1, microsecond=1, tzinfo=UTC), 10),
        (datetime(1970, 1, 1, tzinfo=UTC), 116_444_736_000_000_000),
        (datetime(9999, 12, 31, 23, 59, 58, 999_999, tzinfo=UTC), 2_650_467_743_989_999_990),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), FOREVER),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), FOREVER),
    ],
)
def test_the_ends_of_time_are_those_of_the_standard(moment: datetime, filetime: int) -> None:
    """OPC UA Part 6, 5.2.2.5."""
    assert to_filetime(moment) == filetime


@given(st.lists(any_moments, min_size=1, max_size=5), st.integers(1, 3))
def test_remembered_moments_are_converted_the_same(moments: list[datetime], capacity: int) -> None:
    """At first sight, again, and after the memory was full."""
    remembered = remember_filetimes(capacity)
    for moment in moments * 2:
        assert remembered(moment) == to_filetime(moment)


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_filetime_is_read_as_asyncua_reads_it(filetime: int) -> None:
    """Cut to microseconds, held within 1601 and 9999."""
    assert to_datetime(filetime) == ua.win_epoch_to_datetime(filetime)


def test_now_is_now() -> None:
    """In whole microseconds, between two looks at the clock."""
    before = to_filetime(datetime.now(UTC))
    now = filetime_now()
    after = to_filetime(datetime.now(UTC))
    assert before <= now <= after
    assert now % 10 == 0


def test_resolutions_are_kept_until_the_epoch_changes() -> None:
    """A changed address space makes everything resolved before unknown."""
    cache: ResolutionCache[str] = ResolutionCache()
    cache.keep(b"a", 1, "node a")
    cache.keep(b"b", 1, "node b")
    assert cache.get(b"a", 1) == "node a"
    assert cache.get(b"a", 2) is None
    assert cache.get(b"b", 1) is None
    cache.keep(b"c", 3, "node c")
    assert cache.get(b"c", 3) == "node c"
    cache.keep(b"d", 4, "node d")
    assert cache.get(b"c", 4) is None
    assert cache.get(b"d", 4) == "node d"


def test_resolutions_are_bounded() -> None:
    """Past its capacity the cache starts anew."""
    cache: ResolutionCache[int] = ResolutionCache(capacity=3)
    for number in range(10):
        cache.keep(bytes((number,)), 0, number)
        assert len(cache) <= 3
        assert cache.get(bytes((number,)), 0) == number
