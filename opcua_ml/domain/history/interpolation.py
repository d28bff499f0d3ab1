"""The value at a time at which there is none, from those around it.

Source: OPC UA Part 13, 3.1.8 (interpolated bounding values), 3.1.9 (simple bounding values), 5.4.3.4
(Interpolative); Part 11, 6.4.5 (ReadAtTime).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opcua_ml.domain.history.point import INTERPOLATED, Point, is_bad, is_good, marked, no_data
from opcua_ml.domain.status import Status

if TYPE_CHECKING:
    from opcua_ml.domain.history.aggregate_settings import AggregateSettings


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The raw values around a time.

    Attributes:
        before: the newest at or before the time, of any quality.
        usable_before: the newest usable one there.
        earlier: the usable one before that.
        after: the oldest one behind the time, of any quality.
        usable_after: the oldest usable one there.
    """

    before: Point | None = None
    usable_before: Point | None = None
    earlier: Point | None = None
    after: Point | None = None
    usable_after: Point | None = None

    def next_from(self, time: int) -> Point | None:
        """The first raw value that is not before the time."""
        return self.before if self.before is not None and self.before.time >= time else self.after


def interpolated(time: int, around: Surroundings, settings: AggregateSettings) -> Point:
    """The value from usable values alone; Uncertain where others were passed over, or nothing follows."""
    early = around.usable_before
    if early is None:
        return no_data(time)
    if early.time == time:
        return Point(time, early.status, early.value)
    skipped = around.before is not early
    if settings.stepped or not _is_number(early):
        return _held(time, early, sure=not skipped and around.after is not None)
    late = around.usable_after
    if late is None or not _is_number(late):
        earlier = around.earlier
        if settings.sloped_extrapolation and earlier is not None and _is_number(earlier):
            return _on_line(time, earlier, early, sure=False)
        return _held(time, early, sure=False)
    return _on_line(time, early, late, sure=not skipped and around.after is late)


def simply_bounded(time: int, around: Surroundings, settings: AggregateSettings) -> Point:
    """The value from the raw values next to the time, whatever their quality."""
    early = around.before
    if early is None:
        return no_data(time)
    if early.time == time:
        return Point(time, early.status, early.value)
    if is_bad(early):
        return no_data(time)
    if settings.stepped or not _is_number(early):
        return _held(time, early, sure=around.after is not None)
    late = around.after
    if late is None or is_bad(late) or not _is_number(late):
        return _held(time, early, sure=False)
    return _on_line(time, early, late, sure=True)


def _is_number(point: Point) -> bool:
    return isinstance(point.value, int | float) and not isinstance(point.value, bool)


def _held(time: int, early: Point, *, sure: bool) -> Point:
    status = Status.Good if sure and is_good(early) else Status.UncertainDataSubNormal
    return Point(time, marked(status, INTERPOLATED), early.value)


def _on_line(time: int, first: Point, second: Point, *, sure: bool) -> Point:
    if first.time == second.time:
        return _held(time, second, sure=sure)
    share = (time - first.time) / (second.time - first.time)
    value: float = first.value + (second.value - first.value) * share
    if isinstance(first.value, int) and isinstance(second.value, int):
        value = round(value)
    sure = sure and is_good(first) and is_good(second)
    status = Status.Good if sure else Status.UncertainDataSubNormal
    return Point(time, marked(status, INTERPOLATED), value)
