"""A clock that is set makes nothing old that is not."""

from __future__ import annotations

from opcua_ml.application.history.passing_time import PassingTime

DAY = 86_400
TICKS = 10_000_000


class Clocks:
    """Both, set by hand."""

    def __init__(self) -> None:
        self.wall_s = 1.8e9
        self.passed = 7.0

    def age_of(self, time: PassingTime, began: int) -> float:
        """Days since then."""
        return (time.now() - began) / TICKS / DAY


def test_time_goes_by_the_wall_clock_while_that_is_true() -> None:
    """Corrections of some hours, either way, are followed."""
    clocks = Clocks()
    time = PassingTime(lambda: int(clocks.wall_s * 1e9), lambda: clocks.passed)
    began = time.now()
    assert began == int(1.8e9) * TICKS + 116_444_736_000_000_000
    clocks.wall_s += 40 * DAY + 3600
    clocks.passed += 40 * DAY
    assert round(clocks.age_of(time, began), 3) == round(40 + 1 / 24, 3)
    clocks.wall_s -= 10 * DAY
    assert round(clocks.age_of(time, began), 3) == round(30 + 1 / 24, 3)


def test_a_clock_that_is_set_ahead_makes_nothing_a_year_old() -> None:
    """And what has passed since counts on."""
    clocks = Clocks()
    time = PassingTime(lambda: int(clocks.wall_s * 1e9), lambda: clocks.passed)
    began = time.now()
    clocks.wall_s += 365 * DAY
    assert clocks.age_of(time, began) == 1.0
    clocks.passed += 2 * DAY
    assert clocks.age_of(time, began) == 3.0
    clocks.wall_s -= 363 * DAY
    assert clocks.age_of(time, began) == 2.0
