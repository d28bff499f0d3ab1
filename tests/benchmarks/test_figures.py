"""Ratios, goals and exponents as the table shows them."""

from __future__ import annotations

import math

import pytest

from benchmarks.figures import Curve, Goal, Row, compare, exponent, in_turn, slope


def test_a_row_has_the_ratio_of_medians_and_the_spread_of_pairs() -> None:
    """Turns that ran next to each other are compared with each other."""
    row = compare(("case", "what"), [1.0, 2.0, 3.0], "peer", [2.0, 2.0, 12.0])

    assert (row.ours, row.theirs, row.ratio) == (2.0, 2.0, 1.0)
    assert (row.low, row.high) == (0.25, 1.0)


def test_many_turns_have_quartiles_for_their_spread() -> None:
    """One odd turn among many does not widen it."""
    row = compare(("case", "what"), [1.0] * 8 + [50.0], "peer", [2.0] * 9)

    assert (row.low, row.high) == (0.5, 0.5)


def test_a_series_without_its_partner_is_refused() -> None:
    """Pairs are pairs."""
    with pytest.raises(ValueError, match="zip"):
        compare(("case", "what"), [1.0, 2.0], "peer", [1.0])


@pytest.mark.parametrize(
    ("goal", "figure", "met"),
    [(Goal(0.5), 0.5, True), (Goal(0.5), 0.51, False), (Goal(5, at_least=True), 4.9, False)],
)
def test_a_goal_is_met_at_its_limit(goal: Goal, figure: float, *, met: bool) -> None:
    """At most, or at least."""
    assert Row("case", "what", figure, goal=goal).met is met


def test_a_goal_holds_for_the_ratio_where_there_is_a_peer() -> None:
    """Absolute figures are for orientation."""
    assert compare(("case", "what"), [10.0], "peer", [100.0], Goal(0.28)).met is True


def test_subjects_have_their_turns_one_after_the_other() -> None:
    """A first round warms up; then forwards and backwards by turns, so that drift meets both."""
    order: list[str] = []

    found = in_turn({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 3)

    assert "".join(order) == "abbaabba"
    assert {name: len(turns) for name, turns in found.items()} == {"a": 3, "b": 3}


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_exponent_tells_how_a_figure_grows(power: float) -> None:
    """Linear is 1; what was there at first does not count."""
    points = [(10.0, 7.0), *((10.0 + more, 7.0 + 3 * more**power) for more in (10.0, 100.0, 1000.0))]

    assert exponent(points) == pytest.approx(power)


@pytest.mark.parametrize("figures", [(1.0,), (1.0, 2.0), (5.0, 5.0, 4.0), (5.0, 4.0, 6.0), (5.0, 5.1, 5.2)])
def test_what_does_not_grow_has_no_exponent(figures: tuple[float, ...]) -> None:
    """It is not a number rather than a wrong one."""
    assert math.isnan(exponent(list(enumerate(figures))))


def test_the_slope_is_the_growth_per_one_more() -> None:
    """From the smallest amount to the largest; a single point has none."""
    assert slope([(10.0, 5.0), (20.0, 4.0), (30.0, 25.0)]) == 1.0
    assert math.isnan(slope([(10.0, 5.0)]))


def test_the_report_of_a_row_says_whether_its_goal_is_met() -> None:
    """For whoever reads the JSON."""
    said = compare(("case", "what"), [1.0], "peer", [4.0], Goal(0.28)).as_json()

    assert said["met"] is True
    assert said["goal"] == {"limit": 0.28, "at_least": False}


def test_the_report_of_a_curve_is_json() -> None:
    """Slope and exponent beside the points; null where there is none."""
    said = Curve("case", "what", "clients", {"linear": [(1, 2), (2, 4), (4, 8)], "one": [(1, 2)]}).as_json()

    assert said["slopes"] == {"linear": 2.0, "one": None}
    assert said["exponents"] == {"linear": pytest.approx(1.0), "one": None}
