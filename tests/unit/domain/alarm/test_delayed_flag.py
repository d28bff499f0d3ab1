"""Flags that count after a while."""

from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.alarm.delayed_flag import DelayedFlag


def test_without_delays_the_flag_is_what_was_seen() -> None:
    """At once, in both directions."""
    flag = DelayedFlag()
    assert [flag.see(raw, 0.0) for raw in (False, True, True, False)] == [False, True, True, False]


def test_a_flutter_shorter_than_the_delay_never_counts() -> None:
    """Each false look starts the delay anew."""
    flag = DelayedFlag(on_delay=2.0)
    assert not any(flag.see(second % 2 == 0, float(second)) for second in range(20))


def test_the_delay_ends_without_another_look() -> None:
    """The flag tells when it is due, and changes by time alone."""
    flag = DelayedFlag(on_delay=2.0, off_delay=3.0)
    flag.see(True, 10.0)
    assert flag.due == 12.0
    assert not flag.pass_time(11.9)
    assert flag.pass_time(12.0)
    flag.see(False, 20.0)
    assert flag.due == 23.0
    assert not flag.pass_time(23.0)
    assert flag.due is None


looks = st.lists(st.tuples(st.booleans(), st.integers(0, 4)), max_size=40)


@given(looks, st.integers(0, 6), st.integers(0, 6))
def test_the_flag_is_the_last_raw_value_that_held_for_its_delay(
    steps: list[tuple[bool, int]], on_delay: int, off_delay: int
) -> None:
    """Held against a look at the whole past, second by second."""
    flag = DelayedFlag(float(on_delay), float(off_delay))
    now, expected, raw, since = 0, False, False, 0
    for seen, pause in steps:
        for _ in range(pause):
            now += 1
            expected = _after(expected, raw, now - since, (off_delay, on_delay))
        if seen != raw:
            raw, since = seen, now
        expected = _after(expected, raw, now - since, (off_delay, on_delay))
        assert flag.see(seen, float(now)) is expected


def _after(value: bool, raw: bool, held: int, delays: tuple[int, int]) -> bool:
    return raw if held >= delays[raw] else value
