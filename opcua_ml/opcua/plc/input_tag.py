"""One tag that is read: from what the PLC sends to samples of the type that models want."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from opcua_ml.domain.errors import TagError, TagTypeMismatch
from opcua_ml.domain.sample import Sample
from opcua_ml.domain.signature import DataType
from opcua_ml.domain.status import Status
from opcua_ml.domain.unit_contract import IDENTITY
from opcua_ml.opcua.plc.backoff import Backoff
from opcua_ml.opcua.plc.casting import as_it_is, cast, cast_by_value, in_digits, kind_of
from opcua_ml.opcua.plc.description import SCALAR
from opcua_ml.opcua.plc.failure import code_name
from opcua_ml.opcua.plc.structure_layout import OtherStructure
from opcua_ml.opcua.plc.tag_units import conversion_of
from opcua_ml.opcua.status_codes import status_of

if TYPE_CHECKING:
    from datetime import datetime

    from opcua_ml.domain.sample import Scalar, Value
    from opcua_ml.domain.unit_contract import Conversion
    from opcua_ml.opcua.plc.binding import InputBinding
    from opcua_ml.opcua.plc.casting import Cast
    from opcua_ml.opcua.plc.description import TagDescription
    from opcua_ml.opcua.plc.inspection import Found
    from opcua_ml.opcua.plc.monitored_items import Monitored
    from opcua_ml.opcua.plc.settings import PlcSettings
    from opcua_ml.opcua.plc.structure_layout import FieldPath

_BAD = 0x80000000
_OVERFLOW = 0x480
"""InfoType DataValue with its Overflow bit (Part 4, 7.39.1): of the PLC's queue, not of the value."""
_OTHER_INFO = 0x37F
TICKS = 10_000_000
"""Of a filetime, in a second."""
_WORDS = {bool: "Boolean", int: "an integer", float: "a floating-point number", str: "String"}


class _Unusable(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class InputTag:
    """A tag's state over all sessions.

    Attributes:
        status, reason: of its last sample.
        source: the source's time of the value that is taken next, as filetime; None where it has none.
        is_misread: whether its structure's last value was another one than the definition says.
        is_plain: whether a Good, finite number is its sample as it is, without another look.
    """

    @property
    def conversion(self) -> Conversion:
        """From the tag's unit to the input's."""
        return self._conversion

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
        self.type_changes = 0
        self._received = 0
        self._last: tuple[Any, int] = (None, 0)
        self.source: int | None = None
        self._used: tuple[Any, int] = self._last
        self._used_source: int | None = None
        self._used_at = 0.0
        self._kind: type | None = None
        self._cast: Cast | None = None
        self._conversion = IDENTITY
        self._takes_any = binding.data_type is None
        self._wanted_type = binding.data_type or DataType.STRING
        self._is_array = binding.length is not None
        self._last_source: int | None = None
        self._may_repeat = False
        self._floor: tuple[int, int, float] | None = None
        self._suspect: int | None = None
        self.is_misread = False
        self.is_plain = False

    @property
    def description(self) -> TagDescription | None:
        """What the PLC says of it; None as long as it was never found."""
        return None if self.found is None else self.found.description

    def bind(self, found: Found) -> None:
        """Use what was found at the PLC.

        Raises:
            TagError: it can't feed the input, with tag, found and wanted.
        """
        description = found.description
        if self.found is not None and found.data_type_node != self.found.data_type_node:
            self.type_changes += 1
        self.found = found
        self._kind, self._cast = None, None
        self._is_array = self.binding.length is not None or bool(found.index)
        self._suspect, self._floor, self._may_repeat = None, None, False
        self.is_misread = False
        self.is_plain = False
        if not description.readable:
            raise TagError("the PLC does not let us read the tag", where=self._where)
        if self._takes_any:
            return
        if not self._rank_fits(description.value_rank, indexed=bool(found.index)):
            raise TagTypeMismatch(
                "wrong number of values", where=self._where, found=description.text, wanted=self._wanted
            )
        self._conversion = conversion_of(self.binding, description, self._where)
        if description.is_abstract:
            return
        to_wanted = None if description.data_type is None else self._cast_from(description.data_type)
        if to_wanted is None or description.data_type is None:
            raise self._mismatch(description.type_name)
        self._kind, self._cast = kind_of(description.data_type), self._converting(to_wanted)
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
            held = _told(value) if self._takes_any else self._typed(value)
        except _Unusable as unusable:
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

    def _typed(self, value: Any) -> Value:
        field = self.found.field if self.found is not None else None
        if field is not None:
            value = self._field_in(field, value)
        return self._converted_array(value) if self._is_array else self._converted(value)

    def _field_in(self, field: FieldPath, value: Any) -> Any:
        self.is_misread = True
        try:
            found = field.value_in(value)
        except OtherStructure as error:
            raise _Unusable(Status.BadTypeMismatch, f"{self._where}: {error}") from error
        except ValueError as error:
            raise _Unusable(Status.BadDecodingError, f"{self._where}: {error}") from error
        self.is_misread = False
        if found is None:
            raise _Unusable(Status.BadNoData, f"{self._where}: the structure has no such field now")
        return found

    def _converted(self, value: Any) -> Scalar:
        kind = type(value)
        if kind is not self._kind:
            self._see_kind(kind)
        to_wanted = self._cast
        if to_wanted is None:
            if isinstance(value, list):
                raise self._wrong_shape(value)
            raise _Unusable(Status.BadTypeMismatch, self._mismatch(_WORDS.get(kind, kind.__name__)).sentence)
        held = to_wanted(value)
        if held is None or (type(held) is float and not self._is_number(held)):
            words = f"{self._where}: {value!r} is no usable {self._wanted_type.value}"
            raise _Unusable(Status.BadOutOfRange, words)
        return held

    def _converted_array(self, value: Any) -> Value:
        index = self.found.index if self.found is not None else ()
        for place in index:
            if not isinstance(value, list) or place >= len(value):
                raise self._wrong_shape(value)
            value = value[place]
        length = self.binding.length
        if length is None:
            return self._converted(value)
        if not isinstance(value, list) or len(value) != length:
            raise self._wrong_shape(value)
        return tuple(self._converted(one) for one in value)

    def _see_kind(self, kind: type) -> None:
        """The value is of another type than the data type says, or than the last one was."""
        if self._kind is not None:
            self.type_changes += 1
        self._kind = kind
        to_wanted = self._digits(kind) or cast_by_value(kind, self._wanted_type)
        self._cast = None if to_wanted is None else self._converting(to_wanted)
        self._settle()

    def _settle(self) -> None:
        field = self.found.field if self.found is not None else None
        self.is_plain = (
            self._kind is float
            and self._cast is as_it_is
            and field is None
            and not (self._takes_any or self._is_array or self._may_repeat or self._floor)
        )

    def _converting(self, to_wanted: Cast) -> Cast:
        """The same cast, followed by the conversion of units where there is one to do."""
        conversion = self._conversion
        if conversion.is_identity:
            return to_wanted

        def convert(value: Any) -> Scalar | None:
            held = to_wanted(value)
            return conversion(held) if isinstance(held, int | float) else held

        return convert

    def _cast_from(self, found: DataType) -> Cast | None:
        description = self.description
        digits = self._digits(kind_of(found))
        if digits is not None:
            return digits
        for within in (description.range if description else None, self.binding.range):
            to_wanted = cast(found, self._wanted_type, within=within)
            if to_wanted is not None:
                return to_wanted
        return None

    def _digits(self, kind: type) -> Cast | None:
        return in_digits if self.binding.digits and kind is int else None

    def _is_number(self, value: float) -> bool:
        return math.isfinite(value) or (self.binding.allow_missing and math.isnan(value))

    def _rank_fits(self, rank: int, *, indexed: bool) -> bool:
        return rank != SCALAR if indexed or self.binding.length is not None else rank < 0

    @property
    def _where(self) -> str:
        return f"{self.binding.name} ({self.binding.address})"

    @property
    def _wanted(self) -> str:
        kind, length = self._wanted_type.value, self.binding.length
        kind = f"{kind}, or whole number" if self.binding.digits else kind
        return f"one {kind}" if length is None else f"an array of {length} {kind}"

    def _mismatch(self, found: str) -> TagTypeMismatch:
        return TagTypeMismatch(
            "the tag's type can't feed the input without losing information",
            where=self._where,
            found=found,
            wanted=self._wanted,
        )

    def _wrong_shape(self, value: Any) -> _Unusable:
        found = f"an array of {len(value)}" if isinstance(value, list) else "one value"
        problem = TagTypeMismatch(
            "wrong number of values", where=self._where, found=found, wanted=self._wanted
        )
        return _Unusable(status_of(problem), problem.sentence)


def _same(one: tuple[Any, int], other: tuple[Any, int]) -> bool:
    return one == other or repr(one) == repr(other)  # NaN equals nothing, not even itself


def _told(value: Any) -> Scalar:
    """A value of any type, for tags whose changes alone matter."""
    if isinstance(value, bool | int | float):
        return value
    return str(value).encode(errors="replace").decode()
