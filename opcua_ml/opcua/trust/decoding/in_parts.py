"""Long requests read in parts: whatever is long inside them, at whatever depth, with pauses in between.

Most elements are short and are read in one step, as in `structure`. One that uses up the reader's allowance
is read again from its start, now with a pause wherever there can be one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.decoding.numbers import check_shape, read_dimensions
from opcua_ml.opcua.trust.decoding.reader import WITHOUT_END, Reader, TooLong, malformed
from opcua_ml.opcua.trust.decoding.structure import (
    ArrayReader,
    StructureReader,
    UnionReader,
    begin_extension_object,
    begin_values,
    begin_variant,
    end_data_value,
    end_variant,
    read_data_value,
    read_diagnostic_info,
    read_extension_object,
    read_variant,
    reader_of,
    scalar_reader,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Pause = Callable[[], Awaitable[None]]
    Read = Callable[[Reader], Any]

_STRUCTURES, _SCALARS, _NUMBERS, _FREED = 8, 64, 4_096, 4_096
"""Elements that are read, or freed, without a pause."""
_ALLOWANCE: Final = 100
"""Structures that are read without a pause where it isn't known how many there are."""
_COMPOSITE: Final = (read_variant, read_data_value, read_extension_object, read_diagnostic_info)
"""Beside structures, what may take as long."""


async def read_in_parts(kind: type, reader: Reader, pause: Pause, most: int | None = None) -> Any:
    """The same as `read_structure` for what may be long: `pause` is awaited after every few elements.

    Args:
        kind: asyncua's type.
        reader: stands where it begins.
        pause: lets others go first.
        most: elements that its own arrays may have; None where no number is known.

    Raises:
        ServiceError: BadDecodingError, BadEncodingLimitsExceeded, BadTooManyOperations; what `pause` raises.
    """
    parts = _Parts(reader, pause)
    read = reader_of(kind)
    try:
        if isinstance(read, StructureReader):
            return await parts.structure(read, lambda array: parts.operations(array, most))
        return await parts.whole(read)
    except ServiceError:
        raise
    except Exception as error:  # as in `read_structure`
        raise malformed() from error


async def let_go(values: list[Any], pause: Pause) -> None:
    """Empty a long list that nobody needs, with pauses: to free a million strings at once takes long, too."""
    while len(values) > _FREED:
        del values[-_FREED:]
        await pause()


class _Parts:
    """What one request consists of."""

    def __init__(self, reader: Reader, pause: Pause) -> None:
        self._reader = reader
        self._pause = pause

    async def operations(self, array: ArrayReader, most: int | None) -> list[Any]:
        """The elements of an array, most of which are short."""
        found, element, reader = [], array.element, self._reader
        count = reader.count()
        if most is not None and count > most:
            raise ServiceError(StatusCodes.BadTooManyOperations)
        reader.allowance = _ALLOWANCE
        for number in range(count):
            if number % _STRUCTURES == _STRUCTURES - 1 or reader.allowance < _ALLOWANCE // 2:
                await self._pause()
                reader.allowance = _ALLOWANCE
            position, depth = reader.position, reader.depth
            try:
                one = element(reader)
            except TooLong:
                reader.position, reader.depth, reader.allowance = position, depth, WITHOUT_END
                one = await self.whole(element)
                reader.allowance = 0
            found.append(one)
        reader.allowance = WITHOUT_END
        return found

    async def structure(
        self, read: StructureReader, array: Callable[[ArrayReader], Awaitable[list[Any]]]
    ) -> Any:
        """A structure whose own arrays are read by `array`."""
        reader = self._reader
        reader.enter()
        mask = 0
        values = {}
        for name, bit, of in read.fields:
            if name == "Encoding":
                mask = of(reader)
            elif not bit or mask & bit:
                values[name] = await (array(of) if isinstance(of, ArrayReader) else self.whole(of))
        reader.leave()
        return read.kind(**values)

    async def whole(self, read: Read) -> Any:
        """Whatever `read` reads, however long it is."""
        if isinstance(read, StructureReader):
            return await self.structure(read, self.whole)
        if isinstance(read, ArrayReader):
            return await self._elements(read.element, self._reader.count())
        if isinstance(read, UnionReader):
            return await self._union(read)
        composite = self._composite.get(read)
        return await composite(self) if composite is not None else read(self._reader)

    async def _union(self, read: UnionReader) -> Any:
        found, member = read.begin(self._reader)
        found.Value = await self.whole(member) if member is not None else None
        return found

    async def _variant(self) -> Any:
        reader = self._reader
        number, is_array, is_shaped = begin_variant(reader)
        value = await (self._values(number) if is_array else self.whole(scalar_reader(number)))
        dimensions = read_dimensions(reader) if is_shaped else None
        if dimensions and value is not None:
            check_shape(value, dimensions)
            value = await self._shaped(value, dimensions)
        return end_variant(reader, number, value, dimensions, is_array=is_array)

    async def _shaped(self, values: list[Any], dimensions: list[int]) -> list[Any]:
        for length in reversed(dimensions[1:]):
            rows: list[list[Any]] = []
            step = max(1, _NUMBERS // 4 // max(1, length)) * length
            for start in range(0, len(values), step) if step else ():
                part = values[start : start + step]
                rows += [part[at : at + length] for at in range(0, len(part), length)]
                await self._pause()
            values = rows
        return values

    async def _data_value(self) -> Any:
        reader = self._reader
        reader.enter()
        mask = reader.byte()
        value = await self._variant() if mask & 1 else None
        return end_data_value(reader, mask, value)

    async def _extension_object(self) -> Any:
        reader = self._reader
        reader.enter()
        found, size, read = begin_extension_object(reader)
        if read is not None:
            outer = reader.narrow(size)
            try:
                found = await self.whole(read)
            finally:
                reader.widen(outer)
        reader.leave()
        return found

    async def _values(self, number: int) -> list[Any] | None:
        reader = self._reader
        count, letter, size = begin_values(number, reader)
        if count < 0:
            return None
        if not letter:
            return await self._elements(scalar_reader(number), count)
        found: list[Any] = []
        for start in range(0, count, _NUMBERS):
            found += reader.numbers(letter, size, min(_NUMBERS, count - start))
            await self._pause()
        return found

    async def _elements(self, read: Read, count: int) -> list[Any]:
        reader = self._reader
        found: list[Any] = []
        short = not isinstance(read, StructureReader | ArrayReader | UnionReader) and read not in _COMPOSITE
        try:
            for start in range(0, count, _SCALARS if short else 1):
                if short:
                    found += [read(reader) for _ in range(min(_SCALARS, count - start))]
                else:
                    found.append(await self.whole(read))
                if short or start % _STRUCTURES == 0:
                    await self._pause()
        except ServiceError:
            await let_go(found, self._pause)
            raise
        return found

    # Of the class: an object that holds methods of its own keeps itself, and its request, for the collector.
    _composite: ClassVar[dict[Read, Callable[[_Parts], Awaitable[Any]]]] = {
        read_variant: _variant,
        read_data_value: _data_value,
        read_extension_object: _extension_object,
    }
