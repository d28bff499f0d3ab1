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

from opcua_ml.opcua.plc.node_ids import bare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.opcua.plc.data_types import TypeFact

SCALAR_FIELD = -1
ARRAY_FIELD = 1
_WORD = 4
_HAS_BODY = 1

Edit = tuple[int, int, bytes]
"""From where to where other bytes are put."""


class OtherStructure(ValueError):
    """A value is of another structure than the one that its tag's DataType defines."""


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
    """The fields of a structure in the order in which they are encoded.

    Attributes:
        fields: all of them.
        form: what stands before them.
        type_ids: NodeIds by which an ExtensionObject says that it is such a structure; empty where the PLC
            does not tell them.
    """

    fields: tuple[Field, ...]
    form: Form = Form.PLAIN
    type_ids: frozenset[ua.NodeId] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether it takes no byte: any number of them would fit."""
        return self.form is Form.PLAIN and not self.fields

    def read(self, data: Buffer) -> dict[str, Any]:
        """Every field by its name; one that is absent is missing."""
        return {field.name: field.read(data) for field in self._there(self._head(data))}

    def hold_against(self, type_id: ua.NodeId) -> None:
        """Raise OtherStructure where a value of this TypeId is not of this type."""
        if self.type_ids and bare(type_id) not in self.type_ids:
            wanted = " or ".join(sorted(one.to_string() for one in self.type_ids))
            raise OtherStructure(
                f"the value is another structure: found {type_id.to_string()}, wanted {wanted}"
            )

    def read_whole(self, type_id: ua.NodeId, body: bytes) -> dict[str, Any]:
        """The same of an ExtensionObject, every byte of which must be a field's.

        Args:
            type_id: of the ExtensionObject.
            body: its bytes.

        Raises:
            OtherStructure: it says that it is another structure.
            ValueError: the bytes are none of such a structure.
        """
        self.hold_against(type_id)
        data = Buffer(body)
        try:
            found = self.read(data)
        except ValueError:
            raise
        except Exception as error:
            # What a PLC sends can make asyncua's decoder raise anything.
            raise ValueError(f"the structure can't be decoded ({error!r})") from error
        if data:
            raise ValueError(f"the structure has {len(data)} bytes more than its definition")
        return found

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
            if head > len(self.fields):
                raise ValueError(f"the union holds field {head} of {len(self.fields)}")
            return [self.fields[head - 1]] if head else []
        optional = [field for field in self.fields if field.is_optional]
        if head >> len(optional):
            raise ValueError(f"the structure has optional fields that its definition has not: mask {head:#x}")
        return [field for field in self.fields if not field.is_optional or head >> optional.index(field) & 1]


@dataclass(frozen=True, slots=True)
class FieldPath:
    """The way from a structure's value to that of one of its fields.

    Attributes:
        names: of the fields, from the outside in.
        layout: of the structure.
        fact: type of the field.
        rank: ValueRank of the field.
        place: of the structure, where the value is an array of such; else empty.
    """

    names: tuple[str, ...]
    layout: Layout
    fact: TypeFact
    rank: int
    place: tuple[int, ...] = ()

    def value_in(self, value: Any) -> Any:
        """The field's value; None where it, or a structure on the way, is absent.

        Raises:
            OtherStructure: the value is another structure, or an array without this element.
            ValueError: its bytes are none of this layout.
        """
        for number in self.place:
            if not isinstance(value, list) or number >= len(value):
                raise OtherStructure(f"the array has no element {number}")
            value = value[number]
        found = value
        if isinstance(value, ua.ExtensionObject):
            found = self.layout.read_whole(*_bytes_of(value))
        else:
            self.layout.hold_against(ua.typeid_by_extension_objects.get(type(value), ua.NodeId()))
        for name in self.names:
            found = found.get(name) if isinstance(found, dict) else getattr(found, name, None)
            if found is None:
                return None
        return found

    def with_value(self, value: Any, held: ua.Variant) -> ua.ExtensionObject:
        """The same structure with another value of this field; every other byte stays as it is.

        Raises:
            OtherStructure: the value is another structure.
            ValueError: its bytes are none of this layout, or the field can't be there.
        """
        pack = pack_uatype_array if self.rank != SCALAR_FIELD else pack_uatype
        type_id, body = _bytes_of(value)
        self.layout.read_whole(type_id, body)
        edits = self.layout.edits(Buffer(body), self.names, pack(held.VariantType, held.Value))
        for start, end, encoded in sorted(edits, reverse=True):
            body = body[:start] + encoded + body[end:]
        return ua.ExtensionObject(TypeId=type_id, Body=body)  # type: ignore[arg-type]


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
