"""Fields of structures: finding out where one lies in a value.

Source: OPC UA Part 3, 5.8.3 and 8.48 (DataTypeDefinition, StructureDefinition).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.domain.errors import TagError
from opcua_ml.opcua.plc.node_ids import bare
from opcua_ml.opcua.plc.structure_layout import ARRAY_FIELD, SCALAR_FIELD, Field, FieldPath, Form, Layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opcua_ml.opcua.plc.data_types import DataTypes, TypeFact
    from opcua_ml.opcua.plc.session import PlcSession

_DEEPEST = 8
_MOST_FIELDS = 1000
_STRUCTURE = int(ObjectIds.Structure)
_FORMS = {
    ua.StructureType.Structure: Form.PLAIN,
    ua.StructureType.StructureWithOptionalFields: Form.OPTIONAL,
    ua.StructureType.Union: Form.UNION,
}


class Structures:
    """The layouts of structures, each read once; another look wants another one of these.

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
        field: Field | None = None
        for name in names:
            if layout is None:
                raise TagError("the field has no fields of its own", where=where, found=name)
            field = next((one for one in layout.fields if one.name == name), None)
            if field is None:
                known = ", ".join(one.name for one in layout.fields)
                raise TagError("the structure has no such field", where=where, found=name, wanted=known)
            layout = field.layout if field.rank == SCALAR_FIELD else None
        if field is None or whole is None:
            raise TagError("the tag is no structure", where=where)
        if field.rank > ARRAY_FIELD:
            raise TagError(
                "the field is a matrix",
                where=where,
                found=f"{field.rank} dimensions",
                wanted="one value or an array of one dimension",
            )
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
        form = _FORMS.get(definition.StructureType)
        if form is None:
            raise TagError(
                "fields of such a structure can't be read",
                where=where,
                found=definition.StructureType.name,
                wanted="a structure or union without subtypes in its fields",
            )
        facts = await self._types.resolve({field.DataType for field in fields})
        made = [await self._field(field, facts, where, depth) for field in fields]
        layout = Layout(tuple(made), form, _type_ids(data_type, definition))
        self._known[data_type] = layout
        return layout

    async def _field(
        self, field: ua.StructureField, facts: Mapping[ua.NodeId, TypeFact], where: str, depth: int
    ) -> Field:
        name, fact, rank = str(field.Name), facts[field.DataType], int(field.ValueRank)
        if rank != SCALAR_FIELD and rank < ARRAY_FIELD:
            # Part 3, 8.51 allows no other: its bytes could be those of one value or of an array.
            raise TagError(
                "the ValueRank of a field does not tell how it is encoded",
                where=where,
                found=f"{rank} for {name}",
                wanted="-1 for one value, or the number of dimensions",
            )
        layout = None
        if fact.number is None or fact.number == ua.VariantType.ExtensionObject.value:
            layout = await self._layout(field.DataType, where, depth + 1)
            if layout is None and not _is_any_structure(field.DataType):
                raise TagError("the type of a field is not known", where=where, found=name)
            if layout is not None and layout.is_empty:
                raise TagError("a field is a structure without fields", where=where, found=name)
        return Field(name, fact, rank, layout, bool(field.IsOptional))

    async def _definition(self, data_type: ua.NodeId) -> ua.StructureDefinition | None:
        if _is_any_structure(data_type):
            return None
        (told,) = await self._session.read([(data_type, AttributeIds.DataTypeDefinition)])
        found = None if told.Value is None else told.Value.Value
        return found if isinstance(found, ua.StructureDefinition) else None


def _is_any_structure(data_type: ua.NodeId) -> bool:
    """Whether its values tell their type themselves, as ExtensionObjects."""
    return data_type.NamespaceIndex == 0 and data_type.Identifier == _STRUCTURE


def _type_ids(data_type: ua.NodeId, definition: ua.StructureDefinition) -> frozenset[ua.NodeId]:
    """By what a value says that it is of this type: some servers take the type's own NodeId for that."""
    encoding = definition.DefaultEncodingId
    return frozenset() if encoding.is_null() else frozenset({bare(encoding), bare(data_type)})
