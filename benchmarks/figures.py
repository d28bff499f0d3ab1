"""From measured turns to rows of the table: ratios of medians, with their spread."""

from __future__ import annotations

import math
import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")
_ENOUGH_FOR_QUARTILES = 8
_GROWN = 1.1


class Goal(NamedTuple):
    """Where a figure should be: at most, or at least, `limit`."""

    limit: float
    at_least: bool = False

    def __str__(self) -> str:
        limit = f"{self.limit:,.0f}" if self.limit >= 1000 else f"{self.limit:.3g}"
        return f"{'≥' if self.at_least else '≤'} {limit}"

    def met_by(self, figure: float) -> bool:
        """Whether it is there."""
        return figure >= self.limit if self.at_least else figure <= self.limit


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        case: to which it belongs.
        what: was measured, with its unit.
        ours: median of ours.
        peer: who is beside us; empty for a figure that stands alone.
        theirs: median of theirs, None without a peer.
        ratio: ours over theirs; None without a peer.
        low, high: spread of the ratios of turns that ran next to each other: their quartiles, or all of them
            where there are few.
        goal: for the ratio, or for ours where there is no peer.
    """

    case: str
    what: str
    ours: float
    peer: str = ""
    theirs: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    goal: Goal | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        if self.goal is None:
            return None
        return self.goal.met_by(self.ours if self.ratio is None else self.ratio)

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        goal = None if self.goal is None else self.goal._asdict()
        return {**asdict(self), "goal": goal, "met": self.met}


@dataclass(frozen=True, slots=True)
class Curve:
    """How figures grow with something.

    Attributes:
        case: to which it belongs.
        what: was measured, with its unit.
        over: what grows.
        points: for each subject its (amount, figure) pairs.
    """

    case: str
    what: str
    over: str
    points: Mapping[str, Sequence[tuple[float, float]]]

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        slopes = {subject: _number(slope(points)) for subject, points in self.points.items()}
        exponents = {subject: _number(exponent(points)) for subject, points in self.points.items()}
        return {**asdict(self), "slopes": slopes, "exponents": exponents}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def compare(
    title: tuple[str, str],
    ours: Sequence[float],
    peer: str,
    theirs: Sequence[float],
    goal: Goal | None = None,
) -> Row:
    """A row of two series of turns, the n-th of each next to the other; the title is case and what."""
    pairs = [one / other for one, other in zip(ours, theirs, strict=True)]
    low, high = min(pairs), max(pairs)
    if len(pairs) >= _ENOUGH_FOR_QUARTILES:
        low, _, high = statistics.quantiles(pairs, n=4, method="inclusive")
    mine, other = statistics.median(ours), statistics.median(theirs)
    return Row(*title, mine, peer, other, mine / other, low, high, goal)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """By how much a figure grows per one more, from the smallest amount to the largest; NaN for one point."""
    if len(points) < 2:
        return math.nan
    (fewest, least), (most, last) = points[0], points[-1]
    return (last - least) / (most - fewest)


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """How a figure grows beyond that of the smallest amount: 1 is linear, 2 is quadratic.

    By least squares on logarithms; NaN where it grows by less than a tenth, or fewer than three points tell.
    """
    if not points:
        return math.nan
    (fewest, base), *others = points
    grown = [(amount - fewest, figure - base) for amount, figure in others]
    usable = [(math.log(amount), math.log(figure)) for amount, figure in grown if figure > 0]
    if len(usable) < 2 or len(usable) < len(others) or others[-1][1] < _GROWN * base:
        return math.nan
    return statistics.linear_regression(*zip(*usable, strict=True)).slope


def in_turn(turns: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Run all, `rounds` times, one after the other, every other round backwards; a first round warms up."""
    found: dict[str, list[T]] = {name: [] for name in turns}
    for number in range(rounds + 1):
        for name in list(turns)[:: 1 if number % 2 == 0 else -1]:
            found[name].append(turns[name]())
    return {name: turns_found[1:] for name, turns_found in found.items()}
