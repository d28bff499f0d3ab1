"""What a PLC sends for a tag as a value of the type that a model wants, or why there is none."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from opcua_ml.domain.errors import TagError, TagTypeMismatch
from opcua_ml.domain.signature import DataType
from opcua_ml.domain.status import Status
from opcua_ml.domain.unit_contract import IDENTITY
from opcua_ml.opcua.plc.casting import as_it_is, cast, cast_by_value, in_digits, kind_of
from opcua_ml.opcua.plc.description import SCALAR
from opcua_ml.opcua.plc.structure_layout import OtherStructure
from opcua_ml.opcua.plc.tag_units import conversion_of
from opcua_ml.opcua.status_codes import status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.domain.sample import Scalar, Value
    from opcua_ml.domain.unit_contract import Conversion
    from opcua_ml.opcua.plc.binding import InputBinding
    from opcua_ml.opcua.plc.casting import Cast
    from opcua_ml.opcua.plc.inspection import Found
    from opcua_ml.opcua.plc.structure_layout import FieldPath

_WORDS = {bool: "Boolean", int: "an integer", float: "a floating-point number", str: "String"}


class UnusableValue(Exception):
    """What came is no value of the wanted type.

    Attributes:
        status, reason: of the sample that stands for it.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class InputCast:
    """Of one tag: its field or member taken out, its type cast, its unit converted.

    Args:
        binding: what is wanted; without a data type any value is, for tags whose changes alone matter.
        changed: called where values come in another type than before.

    Attributes:
        conversion: from the tag's unit to the input's.
        type_changes: how often the tag's type was another one.
        is_misread: whether its structure's last value was another one than the definition says.
    """

    def __init__(self, binding: InputBinding, changed: Callable[[], None]) -> None:
        self.conversion: Conversion = IDENTITY
        self.type_changes = 0
        self.is_misread = False
        self._binding = binding
        self._changed = changed
        self._found: Found | None = None
        self._kind: type | None = None
        self._cast: Cast | None = None
        self._takes_any = binding.data_type is None
        self._wanted_type = binding.data_type or DataType.STRING
        self._is_array = binding.length is not None

    @property
    def is_plain(self) -> bool:
        """Whether a finite floating-point number is the value as it is."""
        return (
            self._kind is float
            and self._cast is as_it_is
            and (self._found is None or self._found.field is None)
            and not (self._takes_any or self._is_array)
        )

    def bind(self, found: Found) -> None:
        """Use what was found at the PLC.

        Raises:
            TagError: it can't feed the input, with tag, found and wanted.
        """
        description = found.description
        if self._found is not None and found.data_type_node != self._found.data_type_node:
            self.type_changes += 1
        self._found = found
        self._kind, self._cast = None, None
        self._is_array = self._binding.length is not None or bool(found.index)
        self.is_misread = False
        if not description.readable:
            raise TagError("the PLC does not let us read the tag", where=self._where)
        if self._takes_any:
            return
        if not self._rank_fits(description.value_rank, indexed=bool(found.index)):
            raise TagTypeMismatch(
                "wrong number of values", where=self._where, found=description.text, wanted=self._wanted
            )
        self.conversion = conversion_of(self._binding, description, self._where)
        if description.is_abstract:
            return
        to_wanted = None if description.data_type is None else self._cast_from(description.data_type)
        if to_wanted is None or description.data_type is None:
            raise self._mismatch(description.type_name)
        self._kind, self._cast = kind_of(description.data_type), self._converting(to_wanted)

    def value(self, came: Any) -> Value:
        """The value of what came, a list where it is an array.

        Raises:
            UnusableValue: it can't be one of the wanted type.
        """
        if self._takes_any:
            return _told(came)
        field = self._found.field if self._found is not None else None
        if field is not None:
            came = self._field_in(field, came)
        return self._converted_array(came) if self._is_array else self._converted(came)

    def _field_in(self, field: FieldPath, value: Any) -> Any:
        self.is_misread = True
        try:
            found = field.value_in(value)
        except OtherStructure as error:
            raise UnusableValue(Status.BadTypeMismatch, f"{self._where}: {error}") from error
        except ValueError as error:
            raise UnusableValue(Status.BadDecodingError, f"{self._where}: {error}") from error
        self.is_misread = False
        if found is None:
            raise UnusableValue(Status.BadNoData, f"{self._where}: the structure has no such field now")
        return found

    def _converted(self, value: Any) -> Scalar:
        kind = type(value)
        if kind is not self._kind:
            self._see_kind(kind)
        to_wanted = self._cast
        if to_wanted is None:
            if isinstance(value, list):
                raise self._wrong_shape(value)
            raise UnusableValue(
                Status.BadTypeMismatch, self._mismatch(_WORDS.get(kind, kind.__name__)).sentence
            )
        held = to_wanted(value)
        if held is None or (type(held) is float and not self._is_number(held)):
            words = f"{self._where}: {value!r} is no usable {self._wanted_type.value}"
            raise UnusableValue(Status.BadOutOfRange, words)
        return held

    def _converted_array(self, value: Any) -> Value:
        index = self._found.index if self._found is not None else ()
        for place in index:
            if not isinstance(value, list) or place >= len(value):
                raise self._wrong_shape(value)
            value = value[place]
        length = self._binding.length
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
        self._changed()

    def _converting(self, to_wanted: Cast) -> Cast:
        """The same cast, followed by the conversion of units where there is one to do."""
        conversion = self.conversion
        if conversion.is_identity:
            return to_wanted

        def convert(value: Any) -> Scalar | None:
            held = to_wanted(value)
            return conversion(held) if isinstance(held, int | float) else held

        return convert

    def _cast_from(self, found: DataType) -> Cast | None:
        digits = self._digits(kind_of(found))
        if digits is not None:
            return digits
        for within in (self._found.description.range if self._found else None, self._binding.range):
            to_wanted = cast(found, self._wanted_type, within=within)
            if to_wanted is not None:
                return to_wanted
        return None

    def _digits(self, kind: type) -> Cast | None:
        return in_digits if self._binding.digits and kind is int else None

    def _is_number(self, value: float) -> bool:
        return math.isfinite(value) or (self._binding.allow_missing and math.isnan(value))

    def _rank_fits(self, rank: int, *, indexed: bool) -> bool:
        return rank != SCALAR if indexed or self._binding.length is not None else rank < 0

    @property
    def _where(self) -> str:
        return f"{self._binding.name} ({self._binding.address})"

    @property
    def _wanted(self) -> str:
        kind, length = self._wanted_type.value, self._binding.length
        kind = f"{kind}, or whole number" if self._binding.digits else kind
        return f"one {kind}" if length is None else f"an array of {length} {kind}"

    def _mismatch(self, found: str) -> TagTypeMismatch:
        return TagTypeMismatch(
            "the tag's type can't feed the input without losing information",
            where=self._where,
            found=found,
            wanted=self._wanted,
        )

    def _wrong_shape(self, value: Any) -> UnusableValue:
        found = f"an array of {len(value)}" if isinstance(value, list) else "one value"
        problem = TagTypeMismatch(
            "wrong number of values", where=self._where, found=found, wanted=self._wanted
        )
        return UnusableValue(status_of(problem), problem.sentence)


def _told(value: Any) -> Scalar:
    """A value of any type, for tags whose changes alone matter."""
    if isinstance(value, bool | int | float):
        return value
    return str(value).encode(errors="replace").decode()
