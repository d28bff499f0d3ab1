"""One tag that is read: from what the PLC sends to samples of the type that models want."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opcua_ml.domain.sample import Sample
from opcua_ml.domain.status import Status
from opcua_ml.opcua.plc.backoff import Backoff
from opcua_ml.opcua.plc.failure import code_name
from opcua_ml.opcua.plc.input_cast import InputCast, UnusableValue

if TYPE_CHECKING:
    from datetime import datetime

    from opcua_ml.domain.unit_contract import Conversion
    from opcua_ml.opcua.plc.binding import InputBinding
    from opcua_ml.opcua.plc.description import TagDescription
    from opcua_ml.opcua.plc.inspection import Found
    from opcua_ml.opcua.plc.monitored_items import Monitored
    from opcua_ml.opcua.plc.settings import PlcSettings

_BAD = 0x80000000
_OVERFLOW = 0x480
"""InfoType DataValue with its Overflow bit (Part 4, 7.39.1): of the PLC's queue, not of the value."""
_OTHER_INFO = 0x37F
TICKS = 10_000_000
"""Of a filetime, in a second."""


class InputTag:
    """A tag's state over all sessions.

    Attributes:
        status, reason: of its last sample.
        source: the source's time of the value that is taken next, as filetime; None where it has none.
        is_plain: whether a Good, finite number is its sample as it is, without another look.
    """

    feeds = True
    """Whether its samples go to models."""

    def __init__(self, binding: InputBinding, settings: PlcSettings) -> None:
        self.binding = binding
        self.status: int = Status.BadNotConnected
        self.reason = "not connected yet"
        self.found: Found | None = None
        self.monitored: Monitored | None = None
        self.handle = 0
        self.retry_at: float | None = None
        self.retry = Backoff(settings.retry_min, settings.retry_max)
        self.is_told = False
        self.overflows = 0
        self._received = 0
        self._last: tuple[Any, int] = (None, 0)
        self.source: int | None = None
        self._used: tuple[Any, int] = self._last
        self._used_source: int | None = None
        self._used_at = 0.0
        self._last_source: int | None = None
        self._may_repeat = False
        self._floor: tuple[int, int, float] | None = None
        self._suspect: int | None = None
        self.is_plain = False
        self._cast = InputCast(binding, self._settle)

    @property
    def conversion(self) -> Conversion:
        """From the tag's unit to the input's."""
        return self._cast.conversion

    @property
    def type_changes(self) -> int:
        """How often its type was another one."""
        return self._cast.type_changes

    @property
    def is_misread(self) -> bool:
        """Whether its structure's last value was another one than the definition says."""
        return self._cast.is_misread

    @property
    def description(self) -> TagDescription | None:
        """What the PLC says of it; None as long as it was never found."""
        return None if self.found is None else self.found.description

    def bind(self, found: Found) -> None:
        """Use what was found at the PLC.

        Raises:
            TagError: it can't feed the input, with tag, found and wanted.
        """
        self.found = found
        self._suspect, self._floor, self._may_repeat = None, None, False
        self.is_plain = False
        self._cast.bind(found)
        self._settle()

    def pass_on(
        self,
        value: float,
        received: float,
        source: int | None,
        stamps: tuple[datetime | None, datetime | None],
    ) -> Sample:
        """The sample of a Good, finite number of a plain tag; `source` is a filetime; see `take`."""
        self._received += 1
        self._last = self._used = (value, 0)
        self._used_source, self._used_at = source, received
        self.status, self.reason = 0, ""
        return Sample(value, 0, stamps[0], stamps[1], received)

    def take(
        self, value: Any, status: int, received: float, stamps: tuple[datetime | None, datetime | None]
    ) -> Sample:
        """The sample of one value as it came.

        Args:
            value: a list where it is an array.
            status: StatusCode.
            received: our monotonic clock.
            stamps: the source's and the server's time.
        """
        self._received += 1
        self._last = (value, status)
        if status & _OVERFLOW == _OVERFLOW:
            self.overflows += 1
            status &= ~0x80 if status & _OTHER_INFO else ~_OVERFLOW
        if status >= _BAD:
            return self.bad(status, f"the PLC says {code_name(status)}", received, stamps)
        if value is None:
            return self.bad(Status.BadNoData, "the PLC sent no value", received, stamps)
        try:
            held = self._cast.value(value)
        except UnusableValue as unusable:
            return self.bad(unusable.status, unusable.reason, received, stamps)
        self.status = status
        self.reason = f"the PLC says {code_name(status)}" if status else ""
        self._used, self._used_source, self._used_at = self._last, self.source, received
        return Sample(held, status, stamps[0], stamps[1], received)

    def heard_at(self, value: Any, status: int, source: int | None, now: float) -> float:
        """When what was read now came first, by our monotonic clock; `source` is its filetime.

        A value that a read repeats, with the same source's time, has not been renewed: it ages on, also over
        the loss of a connection.
        """
        if not source or self._used_source != source:
            return now
        return self._used_at if _same((value, status), self._used) else now

    def bad(
        self,
        status: int,
        reason: str,
        received: float,
        stamps: tuple[datetime | None, datetime | None] = (None, None),
    ) -> Sample:
        """A sample without a value; the reason is kept."""
        self.status = status
        self.reason = reason
        self.is_told = True
        return Sample(None, status, stamps[0], stamps[1], received)

    def was_read(self, source: int | None) -> None:
        """The value just taken was read: the next notification may tell the same once more.

        Args:
            source: its source timestamp, as filetime.
        """
        self._last_source, self._may_repeat = source, True
        self._settle()

    def ignore_before(self, server: int | None, now: float, span: float) -> None:
        """Drop notifications that were under way while a value was read.

        The server's time tells them: the source's may lie years back, as in a replay. One that is older than
        any can be was not under way: the server's clock has been set back.

        Args:
            server: server timestamp of the value read, as filetime; without it nothing is dropped.
            now: monotonic time of the read.
            span: seconds for which one of them can be under way.
        """
        self._floor = None if server is None else (server - int(span * TICKS), server, now + span)
        self._settle()

    def is_known(self, value: Any, status: int, source: int | None, server: int | None, now: float) -> bool:
        """Whether a notification tells nothing that a read has not told already."""
        if self._floor is not None:
            oldest, floor, until = self._floor
            if server is not None and oldest <= server < floor and now <= until:
                return True
            if server is None or not oldest <= server <= floor or now > until:
                self._floor = None
        if not self._may_repeat:
            self._settle()
            return False
        self._may_repeat = self._floor is not None
        self._settle()
        return source == self._last_source and _same((value, status), self._last)

    def is_deaf(self, value: Any, status: int) -> bool:
        """Whether the PLC has another value than it told, twice in a row without a notification between.

        Some servers lose a monitored item without a word when its node is deleted and made anew.
        """
        if _same((value, status), self._last):
            self._suspect = None
            return False
        if self._suspect == self._received:
            return True
        self._suspect = self._received
        return False

    def _settle(self) -> None:
        self.is_plain = self._cast.is_plain and not (self._may_repeat or self._floor)


def _same(one: tuple[Any, int], other: tuple[Any, int]) -> bool:
    return one == other or repr(one) == repr(other)  # NaN equals nothing, not even itself
