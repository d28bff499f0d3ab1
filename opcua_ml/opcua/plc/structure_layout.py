"""How a structure's fields lie in its bytes: reading them, taking one out, putting another one in.

Source: OPC UA Part 6, 5.2.5 to 5.2.8 (arrays, structures, optional fields and unions in the binary encoding).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import prod
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import (
    Primitives,
    extensionobject_to_binary,
    nodeid_from_binary,
    pack_uatype,
    pack_uatype_array,
    unpack_uatype,
    unpack_uatype_array,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.opcua.plc.data_types import TypeFact

SCALAR_FIELD = -1
ARRAY_FIELD = 1
_WORD = 4
_HAS_BODY = 1

Edit = tuple[int, int, bytes]
"""From where to where other bytes are put."""


class Form(Enum):
    """What stands before the fields, and which of them are there."""

    PLAIN = "nothing; all"
    OPTIONAL = "a mask; those whose bit is set, and all that are not optional"
    UNION = "a number from 1 on; that one alone, none where it is 0"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: of a built-in type, or itself a structure (with a layout).

    Attributes:
        name: within its structure.
        fact: its type.
        rank: ValueRank: SCALAR_FIELD, ARRAY_FIELD, or of a matrix the number of its dimensions.
        layout: of its own fields; takes a byte at least.
        is_optional: whether a structure of the form OPTIONAL can be without it.
    """

    name: str
    fact: TypeFact
    rank: int
    layout: Layout | None
    is_optional: bool

    def read(self, data: Buffer) -> Any:
        """Its value, a matrix' as a flat list; the bytes are consumed.

        Raises:
            ValueError: it has more values than there are bytes, or other dimensions than its rank.
        """
        if self.rank == SCALAR_FIELD:
            return self._one(data)
        if self.rank == ARRAY_FIELD and self.layout is None:
            return unpack_uatype_array(self._kind, data)
        count = Primitives.Int32.unpack(data) if self.rank == ARRAY_FIELD else self._count_in_matrix(data)
        if count > len(data):
            raise ValueError(f"{self.name} has {count} values, and {len(data)} bytes for them")
        return [self._one(data) for _ in range(count)]

    @property
    def _kind(self) -> ua.VariantType:
        return ua.VariantType(self.fact.number or 0)

    def _one(self, data: Buffer) -> Any:
        return unpack_uatype(self._kind, data) if self.layout is None else self.layout.read(data)

    def _count_in_matrix(self, data: Buffer) -> int:
        """How many values follow the dimensions: none where one of these is 0 (Part 6, 5.2.5, Table 17)."""
        dimensions = unpack_uatype_array(ua.VariantType.Int32, data) or []
        if len(dimensions) != self.rank:
            raise ValueError(f"{self.name} has {len(dimensions)} dimensions instead of {self.rank}")
        return prod(dimensions) if min(dimensions) > 0 else 0


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a structure in the order in which they are encoded."""

    fields: tuple[Field, ...]
    form: Form = Form.PLAIN

    @property
    def is_empty(self) -> bool:
        """Whether it takes no byte: any number of them would fit."""
        return self.form is Form.PLAIN and not self.fields

    def read(self, data: Buffer) -> dict[str, Any]:
        """Every field by its name; one that is absent is missing."""
        return {field.name: field.read(data) for field in self._there(self._head(data))}

    def edits(self, data: Buffer, names: Sequence[str], encoded: bytes) -> list[Edit]:
        """What to change so that a field, given by the names that lead to it, has another value.

        Raises:
            ValueError: a structure on the way is absent.
        """
        start = data.cur_pos
        head = self._head(data)
        name, *inner = names
        there = self._there(head)
        place = next(number for number, field in enumerate(self.fields) if field.name == name)
        wanted = self.fields[place]
        if inner and (wanted not in there or wanted.layout is None):
            raise ValueError(f"{name} is absent")
        if self.form is Form.UNION and wanted not in there:
            begins = data.cur_pos
            for field in there:
                field.read(data)
            return [
                (start, start + _WORD, Primitives.UInt32.pack(place + 1)),
                (begins, data.cur_pos, encoded),
            ]
        for field in there:
            if field is wanted or self.fields.index(field) > place:
                break
            field.read(data)
        if inner and wanted.layout is not None:
            return wanted.layout.edits(data, inner, encoded)
        begins = data.cur_pos
        if wanted in there:
            wanted.read(data)
            return [(begins, data.cur_pos, encoded)]
        mask = Primitives.UInt32.pack(
            head | 1 << [one for one in self.fields if one.is_optional].index(wanted)
        )
        return [(start, start + _WORD, mask), (begins, begins, encoded)]

    def _head(self, data: Buffer) -> int:
        return 0 if self.form is Form.PLAIN else int(Primitives.UInt32.unpack(data))

    def _there(self, head: int) -> list[Field]:
        """The fields that are there; the head is a mask or a number."""
        if self.form is Form.UNION:
            return [self.fields[head - 1]] if 0 < head <= len(self.fields) else []
        optional = [field for field in self.fields if field.is_optional]
        return [field for field in self.fields if not field.is_optional or head >> optional.index(field) & 1]


@dataclass(frozen=True, slots=True)
class FieldPath:
    """The way from a structure's value to that of one of its fields.

    Attributes:
        names: of the fields, from the outside in.
        layout: of the structure.
        fact: type of the field.
        rank: ValueRank of the field.
    """

    names: tuple[str, ...]
    layout: Layout
    fact: TypeFact
    rank: int

    def value_in(self, value: Any) -> Any:
        """The field's value; None where it, or a structure on the way, is absent.

        Raises:
            ValueError: the value is no structure of this layout.
        """
        found = value
        if isinstance(value, ua.ExtensionObject):
            found = self._decoded(value)
        for name in self.names:
            found = found.get(name) if isinstance(found, dict) else getattr(found, name, None)
            if found is None:
                return None
        return found

    def with_value(self, value: Any, held: ua.Variant) -> ua.ExtensionObject:
        """The same structure with another value of this field; every other byte stays as it is.

        Raises:
            ValueError: the value is no structure of this layout, or the field can't be there.
        """
        pack = pack_uatype_array if self.rank != SCALAR_FIELD else pack_uatype
        try:
            type_id, body = _bytes_of(value)
            edits = self.layout.edits(Buffer(body), self.names, pack(held.VariantType, held.Value))
        except ValueError:
            raise
        except Exception as error:
            # What a PLC sends can make asyncua's decoder raise anything.
            raise ValueError(f"the structure can't be decoded ({error!r})") from error
        for start, end, encoded in sorted(edits, reverse=True):
            body = body[:start] + encoded + body[end:]
        return ua.ExtensionObject(TypeId=type_id, Body=body)  # type: ignore[arg-type]

    def _decoded(self, value: ua.ExtensionObject) -> dict[str, Any]:
        body = value.Body
        try:
            return self.layout.read(Buffer(body if isinstance(body, bytes) else b""))
        except ValueError:
            raise
        except Exception as error:
            # What a PLC sends can make asyncua's decoder raise anything.
            raise ValueError(f"the structure can't be decoded ({error!r})") from error


def _bytes_of(value: Any) -> tuple[ua.NodeId, bytes]:
    """NodeId of the encoding, and the structure's bytes, of a value that asyncua may have decoded."""
    if value is None:
        raise ValueError("the tag has no value yet")
    if isinstance(value, ua.ExtensionObject):
        return value.TypeId, value.Body if isinstance(value.Body, bytes) else b""
    data = Buffer(extensionobject_to_binary(value))
    type_id = nodeid_from_binary(data)
    has_body = Primitives.Byte.unpack(data) & _HAS_BODY
    return type_id, Primitives.Bytes.unpack(data) or b"" if has_body else b""
