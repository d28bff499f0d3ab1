"""Walking through the history of one variable, and calculating Aggregates on the way.

Values are read in pages, so that neither a long interval nor a long history takes more memory than a page.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from opcua_ml.application.history.store import FIRST_TIME, LAST_TIME
from opcua_ml.domain.history.interpolation import Surroundings
from opcua_ml.domain.history.point import Point

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from opcua_ml.application.history.record import StoredValue
    from opcua_ml.application.history.store import Cursor, ValueReader
    from opcua_ml.domain.history.aggregate_settings import AggregateSettings
    from opcua_ml.domain.history.calculation import Calculation
    from opcua_ml.domain.history.interval import Interval

PAGE: Final = 2_000
_FIRST_PAGE: Final = 16
_FARTHEST: Final = 50_000
"""Values that are looked at for a usable one; behind them there is none for us."""


class Walk:
    """Through the values of one variable, forward in time.

    Args:
        reader: of the store.
        path: of the variable's node.
        settings: tell which values are usable.
        start: filetime where it begins.
    """

    def __init__(
        self,
        reader: ValueReader,
        path: str,
        settings: AggregateSettings,
        start: int,
    ) -> None:
        self._reader = reader
        self._path = path
        self._settings = settings
        self._ahead: deque[Point] = deque()
        self._cursor: Cursor | None = None
        self._from = start
        self._ended = False
        self._page = _FIRST_PAGE
        self._before, self._usable = self._look_back(start)

    def until(self, time: int, see: Callable[[Point], None]) -> Iterator[None]:
        """Show every value before that time, and go on to it; a step for each page."""
        while self._ahead or self._fill():
            yield
            while self._ahead:
                if self._ahead[0].time >= time:
                    return
                point = self._ahead.popleft()
                see(point)
                self._note(point)

    def around(self, time: int) -> Surroundings:
        """What surrounds the time up to which it went; values right at it count as before it."""
        before, usable = self._before, list(self._usable)
        after = usable_after = None
        for point in self._coming():
            if point.time <= time:
                before = point
                if self._settings.is_usable(point):
                    usable.append(point)
                continue
            after = after or point
            if self._settings.is_usable(point):
                usable_after = point
                break
        newest = usable[-1] if usable else None
        earlier = next((one for one in reversed(usable) if newest and one.time < newest.time), None)
        return Surroundings(before, newest, earlier, after, usable_after)

    def _coming(self) -> Iterator[Point]:
        """The values to come, without going there."""
        seen = 0
        while seen < _FARTHEST:
            if seen >= len(self._ahead) and not self._fill():
                return
            yield self._ahead[seen]
            seen += 1

    def _note(self, point: Point) -> None:
        self._before = point
        if self._settings.is_usable(point):
            self._usable.append(point)

    def _fill(self) -> bool:
        if self._ended:
            return False
        found = self._reader.values(self._path, self._from, LAST_TIME, most=self._page, after=self._cursor)
        self._ended = len(found) < self._page
        self._page = min(self._page * 4, PAGE)
        if found:
            self._cursor = found[-1][:2]
            self._ahead.extend(map(point_of, found))
        return bool(found)

    def _look_back(self, time: int) -> tuple[Point | None, deque[Point]]:
        """The newest value before the time, and the two newest usable ones."""
        before: Point | None = None
        usable: deque[Point] = deque(maxlen=2)
        cursor: Cursor | None = None
        seen, page = 0, 4
        while seen < _FARTHEST:
            found = self._reader.values(
                self._path, FIRST_TIME, time, most=page, newest_first=True, after=cursor
            )
            for value in found:
                point = point_of(value)
                before = before or point
                if self._settings.is_usable(point) and len(usable) < 2:
                    usable.appendleft(point)
            seen += len(found)
            if len(found) < page or len(usable) == 2:
                break
            cursor, page = found[-1][:2], PAGE
        return before, usable


def point_of(value: StoredValue) -> Point:
    """As Aggregates take it."""
    return Point(value.source, value.status, value.value)


def calculate(
    walk: Walk, kind: type[Calculation], interval: Interval, settings: AggregateSettings
) -> Generator[None, None, Point]:
    """One result, in steps between which others may read; the walk goes on to the interval's end.

    Args:
        walk: which stands at the interval's start.
        kind: the Aggregate.
        interval: that it is made for.
        settings: how quality counts.
    """
    calculation = kind(interval, settings, walk.around(interval.start))
    yield from walk.until(interval.end, calculation.add)
    return calculation.result(walk.around(interval.end))
