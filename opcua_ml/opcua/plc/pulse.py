"""The sign of life that a PLC's program gives: a tag that it keeps changing."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from opcua_ml.domain.sample import Sample
from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.opcua.plc.binding import InputBinding
from opcua_ml.opcua.plc.failure import code_name
from opcua_ml.opcua.plc.input_tag import InputTag

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from opcua_ml.opcua.plc.binding import Heartbeat
    from opcua_ml.opcua.plc.delivery import SampleDelivery
    from opcua_ml.opcua.plc.inspection import Found
    from opcua_ml.opcua.plc.settings import PlcSettings

_NO_KEY = -1
CAUSE = "heartbeat"


class PulseTag(InputTag):
    """A tag of any type whose changes alone count; it feeds no model."""

    feeds = False

    def __init__(self, heartbeat: Heartbeat, settings: PlcSettings) -> None:
        if heartbeat.read is None:
            raise ValueError("a heartbeat without a tag to read")
        super().__init__(InputBinding(_NO_KEY, "heartbeat", heartbeat.read), settings)
        self.timeout = heartbeat.timeout
        self.beat = asyncio.Event()
        self._changed_at: float | None = None
        self._value: Any = None
        self._began = 0.0

    def begin(self, now: float) -> None:
        """A new session: whether the program lives is not known before it changes the tag in it."""
        self._value, self._changed_at, self._began = None, None, now
        self.beat.clear()

    def verdict(self, now: float) -> tuple[int, str]:
        """StatusCode of the other tags, and why they are Bad; Good while the program lives."""
        since = self._began if self._changed_at is None else self._changed_at
        if now - since > self.timeout:
            words = f"the PLC's program has not changed {self.binding.address} for {self.timeout:g} s"
            return Status.BadOutOfService, words
        if self._changed_at is None:
            return Status.BadWaitingForInitialData, "the PLC's program has given no sign of life yet"
        return Status.Good, ""

    def bind(self, found: Found) -> None:
        """Use whatever was found."""
        self.found = found

    def take(
        self, value: Any, status: int, received: float, stamps: tuple[datetime | None, datetime | None]
    ) -> Sample:
        """Note a change; the sample has no value."""
        if severity(status) is Severity.BAD:
            return self.bad(status, f"the PLC says {code_name(status)}", received, stamps)
        if value is not None and value != self._value:
            if self._value is not None:  # the first one of a session may be years old
                self._changed_at = received
                self.beat.set()
            self._value = value
        self.status, self.reason = Status.Good, ""
        return Sample(None, status, *stamps, received)

    def is_deaf(self, value: Any, status: int) -> bool:  # noqa: ARG002 - the question is the base's
        """Never: a tag that always changes shows by itself that it is heard."""
        return False


async def feel(
    pulse: PulseTag,
    delivery: SampleDelivery,
    release: Callable[[str], Awaitable[None]],
    monotonic: Callable[[], float],
) -> None:
    """Make every tag Bad while the PLC's program gives no sign of life, until cancelled."""
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(pulse.timeout / 8):
                await pulse.beat.wait()
        pulse.beat.clear()
        verdict = pulse.verdict(monotonic())
        if severity(verdict[0]) is Severity.GOOD:
            await release(CAUSE)
        else:
            delivery.hold(CAUSE, *verdict)
