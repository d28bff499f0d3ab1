"""The times of ReadAtTime: bounded in number, and in bytes for each owner."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.history.times import MOST_BYTES, MOST_TIMES, HeldTimes
from opcua_ml.opcua.hot import to_filetime
from opcua_ml.opcua.trust.nodes.history import HistoryPoints

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NODE: Any = ua.NodeId(ua.Int32(1))


def points() -> HistoryPoints:
    """Of a session."""
    return HistoryPoints(100, 600.0)


def test_times_are_packed_in_steps_and_once() -> None:
    """Eight bytes each, a time that is none as 0."""
    times = HeldTimes().take("owner", [NOON] * 2_500 + [ua.get_win_epoch()], points())
    assert len(list(times.pack())) == 3
    assert list(times.pack()) == []
    assert list(times.part(2_499, 10)) == [to_filetime(NOON), 0]
    assert times.size == 2_501 * 8


def test_the_oldest_unfinished_reads_go_where_an_owner_holds_too_much() -> None:
    """In the session that asks; what is no longer held counts no more."""
    held, mine = HeldTimes(), points()
    for _ in range(50):
        mine.keep(NODE, held.take("owner", [NOON] * MOST_TIMES, mine))
        assert held.size("owner") <= MOST_BYTES
    assert len(mine) == MOST_BYTES // (8 * MOST_TIMES)
    with pytest.raises(ServiceError) as refused:
        held.take("owner", [NOON] * MOST_TIMES, points())
    assert refused.value.code == StatusCodes.BadTooManyOperations
    assert len(held.take("another", [NOON], points())) == 1
    while mine.drop_oldest():
        pass
    assert held.size("owner") == 0


@pytest.mark.parametrize(
    ("number", "code"),
    [(0, StatusCodes.BadInvalidTimestampArgument), (MOST_TIMES + 1, StatusCodes.BadTooManyOperations)],
)
def test_no_times_and_too_many_are_refused(number: int, code: int) -> None:
    """Before anything is made of them."""
    with pytest.raises(ServiceError) as refused:
        HeldTimes().take("owner", [NOON] * number, points())
    assert refused.value.code == code
