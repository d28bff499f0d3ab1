"""From a tag's DataType attribute to the built-in type of its values (OPC UA Part 3, 5.8.3; Part 6, 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIdNames, ObjectIds

from opcua_ml.opcua.plc.failure import ServiceFault
from opcua_ml.opcua.plc.node_ids import bare, standard
from opcua_ml.opcua.values import data_type_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opcua_ml.domain.signature import DataType
    from opcua_ml.opcua.plc.session import PlcSession

_LAST_BUILT_IN = ObjectIds.DiagnosticInfo
_ENUMERATION = ObjectIds.Enumeration
_ABSTRACT = frozenset({ObjectIds.BaseDataType, ObjectIds.Number, ObjectIds.Integer, ObjectIds.UInteger})
_DEEPEST = 16


@dataclass(frozen=True, slots=True)
class TypeFact:
    """A data type.

    Attributes:
        name: for sentences.
        number: of its built-in type; None where its values can have several.
    """

    name: str
    number: int | None
    is_enumeration: bool = False

    @property
    def data_type(self) -> DataType | None:
        """The type as models know it; None for abstract types and those of no use to a model."""
        return None if self.number is None else data_type_of(ua.VariantType(self.number))


def name_of(number: int) -> str:
    """Name of a built-in type."""
    try:
        return ua.VariantType(number).name
    except ValueError:
        return f"type {number}"


class DataTypes:
    """The data types of one session, climbed from subtype to supertype once each."""

    def __init__(self, session: PlcSession) -> None:
        self._session = session
        self._known: dict[ua.NodeId, TypeFact] = {}

    async def resolve(self, types: Iterable[ua.NodeId]) -> dict[ua.NodeId, TypeFact]:
        """What each of these types is."""
        wanted = set(types)
        above = {node: node for node in wanted if self._settle(node, node) is None}
        for _ in range(_DEEPEST):
            if not above:
                break
            parents = await self._supertypes(list(set(above.values())))
            above = {
                node: parent
                for node, last in above.items()
                if (parent := parents.get(last)) is not None and self._settle(node, parent) is None
            }
        names = await self._names([node for node in wanted if node.NamespaceIndex != 0])
        return {
            node: _named(self._known.get(node, TypeFact(node.to_string(), None)), names.get(node))
            for node in wanted
        }

    def _settle(self, node: ua.NodeId, above: ua.NodeId) -> TypeFact | None:
        """Keep what `node` is, if its supertype `above` tells it."""
        if above in self._known:
            fact: TypeFact | None = self._known[above]
        else:
            fact = _standard(above)
        if fact is not None:
            self._known[node] = fact
        return fact

    async def _supertypes(self, types: Sequence[ua.NodeId]) -> dict[ua.NodeId, ua.NodeId]:
        async def call(part: Sequence[ua.NodeId]) -> Any:
            request = ua.BrowseRequest()
            request.Parameters.NodesToBrowse = [_upward(node) for node in part]
            return (await self._session.request(request, ua.BrowseResponse)).Results

        try:
            results = await self._session.in_parts("Browse", types, self._session.limits.browse, call)
        except ServiceFault:
            return {}  # a PLC without its type tree: values tell their type themselves
        return {
            node: bare(result.References[0].NodeId)
            for node, result in zip(types, results, strict=True)
            if result.References
        }

    async def _names(self, types: Sequence[ua.NodeId]) -> dict[ua.NodeId, str]:
        read = await self._session.read([(node, AttributeIds.BrowseName) for node in types])
        found = {}
        for node, one in zip(types, read, strict=True):
            name = None if one.Value is None else one.Value.Value
            if isinstance(name, ua.QualifiedName) and name.Name:
                found[node] = str(name.Name)
        return found


def _named(fact: TypeFact, name: str | None) -> TypeFact:
    return TypeFact(f"{name} ({fact.name})", fact.number, fact.is_enumeration) if name else fact


def _standard(node: ua.NodeId) -> TypeFact | None:
    if node.NamespaceIndex != 0 or not isinstance(node.Identifier, int):
        return None
    number = node.Identifier
    if number == _ENUMERATION:
        return TypeFact("Enumeration", ua.VariantType.Int32.value, is_enumeration=True)
    if number in _ABSTRACT:
        return TypeFact(ObjectIdNames.get(number, f"i={number}"), None)
    return TypeFact(name_of(number), number) if 0 < number <= _LAST_BUILT_IN else None


def _upward(node: ua.NodeId) -> ua.BrowseDescription:
    wanted = ua.BrowseDescription()
    wanted.NodeId = node
    wanted.BrowseDirection = ua.BrowseDirection.Inverse
    wanted.ReferenceTypeId = standard(ObjectIds.HasSubtype)
    wanted.IncludeSubtypes = False
    wanted.ResultMask = 0
    return wanted
