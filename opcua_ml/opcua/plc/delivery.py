"""Handing samples on: in whole notifications and in order, or Bad where nothing else is true."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.clock_correction import ClockCorrection
from opcua_ml.domain.status import Status
from opcua_ml.opcua.hot import to_datetime
from opcua_ml.opcua.plc.input_tag import TICKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from opcua_ml.application.ports import Clock, SampleReceiver
    from opcua_ml.domain.sample import Sample
    from opcua_ml.opcua.hot import Change
    from opcua_ml.opcua.plc.input_tag import InputTag

_OTHER_MEANING = 0xC000
"""The bits SemanticsChanged and StructureChanged of a StatusCode (Part 4, 7.39.1)."""
GONE = frozenset({StatusCodes.BadNodeIdUnknown, StatusCodes.BadNodeIdInvalid})
"""StatusCodes by which a PLC tells that a node is no more."""
_CODE = 0xFFFF0000


class _Moments(dict[int | None, "datetime | None"]):
    """Moments by their filetimes, of which one notification has few; 0 stands for none (Part 6, 5.2.2.5).

    Args:
        ahead: how far the clock of the filetimes is ahead of ours, in their ticks.
    """

    def __init__(self, ahead: int) -> None:
        super().__init__()
        self._ahead = ahead

    def __missing__(self, filetime: int | None) -> datetime | None:
        found = self[filetime] = to_datetime(filetime - self._ahead) if filetime else None
        return found


class SampleDelivery:
    """Makes samples of what came and passes them to the receiver.

    Attributes:
        turned: called after tags have got another StatusCode than they had.
        values: that came.
        known: of them, those that told nothing that a read had not told already.
        correction: of the PLC's clock, taken off its times once it has been measured.
    """

    def __init__(self, tags: Sequence[InputTag], receiver: SampleReceiver, clock: Clock) -> None:
        self.turned: Callable[[], None] = _nobody
        self.values = 0
        self.known = 0
        self._tags = tags
        self._receiver = receiver
        self._clock = clock
        self._by_handle: dict[int, InputTag] = {}
        self._last_handle = 0
        self._has_turned = False
        self._holds: dict[str, tuple[int, str]] = {}
        self.correction = ClockCorrection()

    def begin(self) -> None:
        """A new session: nothing is subscribed or held any more."""
        self._holds.clear()
        self._by_handle.clear()
        self.correction.begin()

    def handle_for(self, tag: InputTag) -> int:
        """A client handle that no item of this tag had before; what still comes for an old one is dropped."""
        self._by_handle.pop(tag.handle, None)
        self._last_handle += 1
        tag.handle = self._last_handle
        self._by_handle[tag.handle] = tag
        return tag.handle

    def deliver(self, changes: Sequence[Change], *, read: bool = False, described: bool = False) -> None:
        """Pass on the values of one notification, or those that were read: these are news in any case.

        Args:
            changes: in order.
            read: whether they were read.
            described: whether unit, range and type were read with them: a value that the PLC marks as of
                another meaning than before is not usable without (Part 4, 7.39.1).
        """
        self.values += len(changes)
        self._pass_on(self._samples(changes, self._clock.monotonic(), read=read, described=described))

    def refuse(self, tag: InputTag, status: int, reason: str) -> None:
        """Make one tag Bad, to be tried again alone; the others run."""
        now = self._clock.monotonic()
        tag.retry_at = now + tag.retry.next()
        self._by_handle.pop(tag.handle, None)
        self._has_turned = True
        self._pass_on([(tag, tag.bad(status, reason, now))])

    def put_off(self, tag: InputTag) -> None:
        """Let nothing of a tag pass until its unit and range have been read anew; it is told Bad."""
        self._pass_on([(tag, self._put_off(tag, self._clock.monotonic()))])

    def fail_all(self, status: int, reason: str) -> None:
        """Send a Bad sample for every tag: there is no connection that could tell anything else.

        A tag that has this status already keeps its sample and gets the new reason.
        """
        samples = []
        for tag in self._tags:
            tag.monitored = None
            tag.retry_at = None
            is_new = tag.status != status or not tag.is_told
            sample = tag.bad(status, reason, self._clock.monotonic())
            if is_new:
                samples.append((tag, sample))
        self._has_turned = True
        self._send(samples)

    def hold(self, cause: str, status: int, reason: str) -> None:
        """Make every tag Bad although values come, until `let_go` of the same cause."""
        if self._holds.get(cause) == (status, reason):
            return
        self._holds[cause] = (status, reason)
        self._has_turned = True
        now = self._clock.monotonic()
        self._send([(tag, tag.bad(status, reason, now)) for tag in self._tags])

    def let_go(self, cause: str) -> bool:
        """Whether values pass again from now on; they are to be read anew then."""
        return self._holds.pop(cause, None) is not None and not self._holds

    def _samples(
        self, changes: Iterable[Change], now: float, *, read: bool, described: bool
    ) -> list[tuple[InputTag, Sample]]:
        by_handle = self._by_handle
        samples: list[tuple[InputTag, Sample]] = []
        moments = _Moments(int((self.correction.offset or 0.0) * TICKS))
        for handle, value, told, source, server in changes:
            tag = by_handle.get(handle)
            if tag is None:
                continue
            if not (told or read) and tag.is_plain and type(value) is float and isfinite(value):
                if tag.status:
                    self._has_turned = True
                samples.append((tag, tag.pass_on(value, now, source, (moments[source], moments[server]))))
                continue
            status = told & ~_OTHER_MEANING
            if not read and tag.is_known(value, status, source, server, now):
                self.known += 1
                continue
            if status != told and not described:
                samples.append((tag, self._put_off(tag, now)))
                continue
            heard = tag.heard_at(value, status, source, now) if read else now
            tag.source, before = source, tag.status
            samples.append((tag, tag.take(value, status, heard, (moments[source], moments[server]))))
            self._has_turned |= tag.status != before
        return samples

    def _put_off(self, tag: InputTag, now: float) -> Sample:
        """Nothing of the tag passes until its unit, range and type have been read anew."""
        self._by_handle.pop(tag.handle, None)
        tag.retry_at = now
        self._has_turned = True
        return tag.bad(Status.BadWaitingForInitialData, "its unit, range or type has changed", now)

    def _pass_on(self, samples: Sequence[tuple[InputTag, Sample]]) -> None:
        for tag, sample in samples:
            is_other = sample.status and (tag.is_misread or sample.status & _CODE in GONE)
            if is_other and tag.retry_at is None:
                tag.retry_at = self._clock.monotonic() + tag.retry.next()
        if not self._holds:
            self._send(samples)
            return
        status, reason = next(iter(self._holds.values()))
        for tag, _ in samples:
            tag.status, tag.reason = status, reason

    def _send(self, samples: Sequence[tuple[InputTag, Sample]]) -> None:
        batch = [(tag.binding.key, sample) for tag, sample in samples if tag.feeds]
        if batch:
            self._receiver.receive(batch)
        if self._has_turned:
            self._has_turned = False
            self.turned()


def _nobody() -> None:
    """Nobody has asked to be told."""
