"""Fields of structures: finding out where one lies in a value, and taking it out.

Source: OPC UA Part 3, 5.8.3 and 8.48 (DataTypeDefinition, StructureDefinition); Part 6, 5.2.6 (structures in
the binary encoding).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.ua_binary import Primitives, unpack_uatype, unpack_uatype_array

from opcua_ml.domain.errors import TagError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opcua_ml.opcua.plc.data_types import DataTypes, TypeFact
    from opcua_ml.opcua.plc.session import PlcSession

_DEEPEST = 8
_MOST_FIELDS = 1000
_STRUCTURE = int(ObjectIds.Structure)
_SCALAR = -1


@dataclass(frozen=True, slots=True)
class _Field:
    """One field: of a built-in type, or itself a structure (with a layout)."""

    name: str
    fact: TypeFact
    rank: int
    layout: Layout | None
    is_optional: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a structure in the order in which they are encoded."""

    fields: tuple[_Field, ...]
    has_mask: bool

    def read(self, data: Buffer) -> dict[str, Any]:
        """Every field by its name; an optional one that is absent is missing."""
        mask = Primitives.UInt32.unpack(data) if self.has_mask else 0
        found: dict[str, Any] = {}
        bit = 0
        for field in self.fields:
            if field.is_optional:
                is_there = bool(mask >> bit & 1)
                bit += 1
                if not is_there:
                    continue
            found[field.name] = _read(field, data)
        return found


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

    def _decoded(self, value: ua.ExtensionObject) -> dict[str, Any]:
        body = value.Body
        try:
            return self.layout.read(Buffer(body if isinstance(body, bytes) else b""))
        except Exception as error:
            # What a PLC sends can make asyncua's decoder raise anything.
            raise ValueError(f"the structure can't be decoded ({error!r})") from error


class Structures:
    """The layouts of one session's structures, each read once.

    Args:
        session: open.
        types: of the same session.
    """

    def __init__(self, session: PlcSession, types: DataTypes) -> None:
        self._session = session
        self._types = types
        self._known: dict[ua.NodeId, Layout] = {}

    async def field(self, data_type: ua.NodeId, names: Sequence[str], where: str) -> FieldPath:
        """The way to a field.

        Args:
            data_type: of the structure.
            names: of the fields, from the outside in.
            where: the tag, for sentences.

        Raises:
            TagError: there is none of this name, or the structure is of a kind that can't be read.
        """
        layout = whole = await self._layout(data_type, where)
        field: _Field | None = None
        for name in names:
            if layout is None:
                raise TagError("the field has no fields of its own", where=where, found=name)
            field = next((one for one in layout.fields if one.name == name), None)
            if field is None:
                known = ", ".join(one.name for one in layout.fields)
                raise TagError("the structure has no such field", where=where, found=name, wanted=known)
            layout = field.layout if field.rank == _SCALAR else None
        if field is None or whole is None:
            raise TagError("the tag is no structure", where=where)
        return FieldPath(tuple(names), whole, field.fact, field.rank)

    async def _layout(self, data_type: ua.NodeId, where: str, depth: int = 0) -> Layout | None:
        if data_type in self._known:
            return self._known[data_type]
        definition = await self._definition(data_type)
        if definition is None:
            return None
        fields = definition.Fields or []
        if depth > _DEEPEST or len(fields) > _MOST_FIELDS:
            raise TagError("the structure is too large", where=where, found=data_type.to_string())
        kinds = (ua.StructureType.Structure, ua.StructureType.StructureWithOptionalFields)
        if definition.StructureType not in kinds:
            raise TagError(
                "fields of such a structure can't be read",
                where=where,
                found=definition.StructureType.name,
                wanted="a structure that is no union and has no subtypes in its fields",
            )
        facts = await self._types.resolve({field.DataType for field in fields})
        made = [await self._field(field, facts, where, depth) for field in fields]
        layout = Layout(tuple(made), definition.StructureType is kinds[1])
        self._known[data_type] = layout
        return layout

    async def _field(
        self, field: ua.StructureField, facts: Mapping[ua.NodeId, TypeFact], where: str, depth: int
    ) -> _Field:
        fact = facts[field.DataType]
        layout = None
        if fact.number is None or fact.number == ua.VariantType.ExtensionObject.value:
            layout = await self._layout(field.DataType, where, depth + 1)
            if layout is None and fact.number is None:
                raise TagError("the type of a field is not known", where=where, found=str(field.Name))
        return _Field(str(field.Name), fact, int(field.ValueRank), layout, bool(field.IsOptional))

    async def _definition(self, data_type: ua.NodeId) -> ua.StructureDefinition | None:
        if data_type.NamespaceIndex == 0 and data_type.Identifier == _STRUCTURE:
            return None
        (told,) = await self._session.read([(data_type, AttributeIds.DataTypeDefinition)])
        found = None if told.Value is None else told.Value.Value
        return found if isinstance(found, ua.StructureDefinition) else None


def _read(field: _Field, data: Buffer) -> Any:
    if field.layout is not None:
        if field.rank == _SCALAR:
            return field.layout.read(data)
        count = Primitives.Int32.unpack(data)
        return [field.layout.read(data) for _ in range(max(0, count))]
    kind = ua.VariantType(field.fact.number or 0)
    return unpack_uatype(kind, data) if field.rank == _SCALAR else unpack_uatype_array(kind, data)
