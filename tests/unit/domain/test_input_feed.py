"""One input from samples to what a vector takes: policies and windows together."""

from datetime import UTC, datetime, timedelta

import pytest

from opcua_ml.domain.input_feed import InputFeed, StagedFeed
from opcua_ml.domain.input_policy import InputPolicy, WhenBad
from opcua_ml.domain.sample import Sample
from opcua_ml.domain.signature import Input, Window, WindowStatistic
from opcua_ml.domain.status import Status

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TIMED = Input("flow", window=Window.of_seconds(4.0, statistic=WindowStatistic.MEAN))
TRIGGERED = Input("flow", window=Window(4, statistic=WindowStatistic.MEAN))
HOLD = InputPolicy(WhenBad.HOLD, hold=2.0)
SUBSTITUTE = InputPolicy(WhenBad.SUBSTITUTE, substitute=9.0)


def sample(value: float | None, seconds: float, status: int = Status.Good) -> Sample:
    """A sample stamped, and come, so many seconds after noon."""
    return Sample(value, status, NOON + timedelta(seconds=seconds), None, seconds)


def lost(seconds: float) -> Sample:
    """No value any more, and no time of the source either, as of a connection that is gone."""
    return Sample(None, Status.BadNoCommunication, None, None, seconds)


def told(feed: InputFeed, *samples: Sample) -> list[tuple[object, int]]:
    """What stood for the input at each of these, each of them a trigger."""
    found: list[tuple[object, int]] = []
    for one in samples:
        feed.take(one)
        used = feed.used(one.received).sample
        found.append((used.value, used.status))
    return found


FOUR = [sample(1.0, row) for row in range(4)]


@pytest.mark.parametrize("item", [TIMED, TRIGGERED])
@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        (InputPolicy(), (None, Status.BadNoCommunication)),
        (HOLD, (1.0, Status.UncertainLastUsableValue)),
        (SUBSTITUTE, (3.0, Status.UncertainSubNormal)),
    ],
)
def test_a_gap_in_a_window_is_filled_as_the_input_s_policy_says(
    item: Input, policy: InputPolicy, wanted: tuple[float | None, int]
) -> None:
    """Rejected, held or replaced, whichever way the window is filled."""
    assert told(InputFeed(item, policy), *FOUR, lost(4.0))[3:] == [(1.0, Status.Good), wanted]


@pytest.mark.parametrize("item", [TIMED, TRIGGERED])
def test_a_window_with_something_held_stays_uncertain_until_that_has_left(item: Input) -> None:
    """The newest value alone does not make the mean Good again."""
    feed = InputFeed(item, HOLD)
    told(feed, *FOUR, lost(4.0))
    after = told(feed, *(sample(1.0, row) for row in range(5, 10)))
    codes = [status for _, status in after]
    assert codes[0] == Status.UncertainLastUsableValue
    assert codes[-1] == Status.Good


def test_a_hold_that_ends_leaves_a_hole_in_a_window_of_time() -> None:
    """The seconds that nobody knows anything of."""
    feed = InputFeed(TIMED, HOLD)
    told(feed, *FOUR, lost(4.0))
    assert feed.used(5.9).sample.status == Status.UncertainLastUsableValue
    assert feed.used(6.0).sample.status == Status.BadNoCommunication
    assert told(feed, sample(1.0, 7.0))[0] == (None, Status.BadNoCommunication)
    assert told(feed, sample(1.0, 12.0))[0] == (1.0, Status.Good)


@pytest.mark.parametrize("item", [TIMED, TRIGGERED])
def test_what_was_before_the_first_value_leaves_no_hole(item: Input) -> None:
    """A service that starts before its PLC is not punished for it."""
    feed = InputFeed(item, InputPolicy())
    found = told(feed, lost(-2.0), lost(-1.0), *FOUR)
    assert [status for _, status in found[2:]] == [*[Status.BadWaitingForInitialData] * 3, Status.Good]
    assert "window" in InputFeed(item, InputPolicy()).used(0.0).why or found[1][0] is None


def test_looking_at_a_window_of_triggers_does_not_move_it() -> None:
    """Only a trigger brings it another value; what is lost shows at once."""
    feed = InputFeed(TRIGGERED, InputPolicy())
    told(feed, *FOUR)
    for _ in range(3):
        assert feed.used(3.5, is_trigger=False).sample.value == 1.0
    feed.take(lost(4.0))
    assert feed.used(4.0, is_trigger=False).sample.status == Status.BadNoCommunication
    feed.take(sample(5.0, 5.0))
    assert feed.used(5.0).sample.value == 2.0


def test_a_staged_window_of_time_ends_at_the_leading_tag_s_moment() -> None:
    """Values that came later stay out of it, though they are here already."""
    feed = StagedFeed(TIMED, InputPolicy(), depth=20)
    for row in range(10):
        feed.take(sample(float(row), row))
    assert feed.used(0.0, NOON + timedelta(seconds=5.4)).sample.value == pytest.approx(3.5)
    assert feed.used(0.0, NOON + timedelta(seconds=9.0)).sample.value == pytest.approx(7.5)


def test_a_source_whose_clock_is_set_back_does_not_hold_up_what_follows() -> None:
    """What waited for its old time is not waited for any more: the values of now are used at once."""
    feed = StagedFeed(Input("x"), InputPolicy(), depth=20)
    for row in range(3):
        feed.take(sample(float(row), 3600.0 + row))
    assert feed.used(0.0, NOON + timedelta(seconds=3600.0)).sample.value == 0.0
    feed.take(sample(7.0, 3.0))
    assert feed.used(0.0, NOON + timedelta(seconds=3.0)).sample.value == 7.0


def test_the_memory_of_windows_is_told() -> None:
    """Of an input without one there is none."""
    feeds = [InputFeed(item, InputPolicy()).nbytes for item in (Input("x"), TIMED, TRIGGERED)]
    assert feeds[0] == 0
    assert all(0 < size < 2000 for size in feeds[1:])
