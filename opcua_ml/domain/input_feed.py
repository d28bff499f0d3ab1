"""One input's way from samples to what a vector takes: staging, memory, window."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from opcua_ml.domain.signature import WindowFill
from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.domain.tag_memory import TagMemory, Used
from opcua_ml.domain.time_window import TimeWindow
from opcua_ml.domain.window import WindowBuffer
from opcua_ml.domain.wording import sentence

if TYPE_CHECKING:
    from datetime import datetime

    from opcua_ml.domain.input_policy import InputPolicy
    from opcua_ml.domain.sample import Sample
    from opcua_ml.domain.signature import Input

_GATHERING = sentence("its window is not filled yet")
_OVERTAKEN = sentence("its value of that moment has been replaced by newer ones")


class InputFeed:
    """Takes the samples of one input and gives what stands for it.

    Args:
        item: of the signature.
        policy: of this input.
    """

    def __init__(self, item: Input, policy: InputPolicy) -> None:
        self._memory = TagMemory(item, policy)
        self._triggered: WindowBuffer | None = None
        self._timed: TimeWindow | None = None
        if item.window is not None and item.window.fill is WindowFill.TIME:
            self._timed = TimeWindow(item.window, item.data_type)
        elif item.window is not None:
            self._triggered = WindowBuffer(item.window, item.data_type)
        # Without a window of time to fill, a sample needs nothing but to be remembered.
        self.take = self._memory.take if self._timed is None else self._take_and_push

    @property
    def nbytes(self) -> int:
        """Memory of its window."""
        window = self._timed or self._triggered
        return 0 if window is None else window.nbytes

    def changes_at(self, monotonic: float) -> float | None:
        """The next time at which something else stands for the input although nothing comes."""
        return self._memory.changes_at(monotonic)

    def used(self, monotonic: float, *, is_trigger: bool = True, moment: datetime | None = None) -> Used:
        """What stands for the input.

        Args:
            monotonic: our clock, in seconds.
            is_trigger: whether a window takes another value now; else only what is held is looked at.
            moment: by the source's clock, where it is known.
        """
        used = self._memory.at(monotonic)
        if self._timed is None and self._triggered is None:
            return used
        if not self._memory.was_usable or isinstance(used.sample.value, tuple):
            return used
        window = self._windowed(used.sample, monotonic, is_trigger, moment)
        if window is None:
            waiting = used.sample._replace(value=None, status=Status.BadWaitingForInitialData)
            return Used(waiting, used.why or _GATHERING, used.heard)
        if severity(window.status) > severity(used.sample.status):
            return Used(window, _past_trouble(window.status), used.heard)
        return Used(window, used.why, used.heard)

    def _windowed(
        self, sample: Sample, monotonic: float, is_trigger: bool, moment: datetime | None
    ) -> Sample | None:
        if self._timed is not None:
            return self._timed.at(sample, monotonic, moment)
        if self._triggered is None or is_trigger:
            return sample if self._triggered is None else self._triggered.take(sample)
        return sample if severity(sample.status) is Severity.BAD else self._triggered.last

    def _take_and_push(self, sample: Sample) -> bool:
        is_good = self._memory.take(sample)
        if self._timed is not None and self._memory.was_usable:
            self._timed.push(self._memory.at(sample.received).sample)
        return is_good


class StagedFeed:
    """An input whose samples wait until the leading tag's time has reached theirs.

    Args:
        item: of the signature.
        policy: of this input.
        depth: how many may wait; beyond them the oldest is taken early.
    """

    def __init__(self, item: Input, policy: InputPolicy, depth: int) -> None:
        self._feed = InputFeed(item, policy)
        self._staged: deque[Sample] = deque()
        self._depth = depth
        self._newest: Sample | None = None

    @property
    def nbytes(self) -> int:
        """Memory of its window."""
        return self._feed.nbytes

    def take(self, sample: Sample) -> None:
        """A sample has come."""
        if self._staged and _is_before(sample, self._staged[-1]):
            # The source's clock was set back: by its new time the ones that wait would be due much too late.
            while self._staged:
                self._admit()
        self._staged.append(sample)
        if len(self._staged) > self._depth:
            self._admit()

    def used(self, monotonic: float, moment: datetime | None) -> Used:
        """What stood for the input at a moment of the source's clock; None for the newest.

        A value that the source had later stays out, and one that has been overtaken is never taken for it.
        """
        while self._staged and _is_due(self._staged[0], moment):
            self._admit()
        used = self._feed.used(monotonic, moment=moment)
        if self._newest is not None and not _is_due(self._newest, moment):
            lost = used.sample._replace(value=None, status=Status.BadNoData)
            return Used(lost, _OVERTAKEN, used.heard)
        return used

    def _admit(self) -> None:
        self._newest = self._staged.popleft()
        self._feed.take(self._newest)


def _is_due(sample: Sample, moment: datetime | None) -> bool:
    """Whether the sample belongs to that moment; a loss of quality has no time to wait for."""
    if moment is None or sample.is_bad or sample.source_timestamp is None:
        return True
    return sample.source_timestamp <= moment


def _is_before(one: Sample, other: Sample) -> bool:
    here, there = one.source_timestamp, other.source_timestamp
    return here is not None and there is not None and here < there


def _past_trouble(status: int) -> str:
    word = "Bad" if severity(status) is Severity.BAD else "Uncertain"
    return sentence("a value in its window is {word}", word=word)
