"""How often an owner may ask: a full bucket at first, then a share each second, nobody at others' cost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.trust.access import rates
from opcua_ml.opcua.trust.access.rates import Rates

ANNA, BERT = ("UserName", "anna"), ("UserName", "bert")


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time shown."""
        return self.now


def test_a_full_bucket_is_emptied_and_fills_again() -> None:
    """Two at once, then one each half second."""
    clock = Clock()
    bucket = Rates(2.0, monotonic=clock)
    assert [bucket.take(ANNA) for _ in range(3)] == [True, True, False]
    assert bucket.take(BERT)
    clock.now = 0.5
    assert [bucket.take(ANNA) for _ in range(2)] == [True, False]
    assert bucket.refused == 2


def test_a_request_larger_than_the_bucket_empties_it() -> None:
    """It is served from a full bucket, as it would never be otherwise."""
    clock = Clock()
    bucket = Rates(2.0, monotonic=clock)
    assert bucket.take(ANNA, 100)
    clock.now = 0.9
    assert not bucket.take(ANNA, 100)
    clock.now = 1.0
    assert bucket.take(ANNA, 100)


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0.1, 5)), max_size=60))
def test_nobody_gets_more_than_a_bucket_and_what_flowed_in(steps: list[tuple[float, float]]) -> None:
    """Whatever the pattern of requests, small ones in sum never exceed burst and time."""
    clock = Clock()
    bucket = Rates(5.0, monotonic=clock)
    given_away = 0.0
    for wait, tokens in steps:
        clock.now += wait
        given_away += tokens if bucket.take(ANNA, tokens) else 0.0
        assert given_away <= 5.0 * (1.0 + clock.now) + 1e-6


def test_owners_without_number_are_not_remembered_without_end() -> None:
    """The oldest buckets go when there are too many; a fresh owner is served."""
    clock = Clock()
    bucket = Rates(1.0, monotonic=clock)
    for number in range(rates.MOST_OWNERS):
        assert bucket.take(("address", str(number)))
    assert bucket.take(ANNA)
    assert not bucket.take(ANNA)
    assert not bucket.take(("address", "7"))
