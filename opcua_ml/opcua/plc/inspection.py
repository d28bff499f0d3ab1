"""Looking at tags before they are used: are they there, what type are they, what may we do with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.errors import TagError, TagUnknown
from opcua_ml.opcua.plc.data_types import DataTypes
from opcua_ml.opcua.plc.description import CURRENT_READ, CURRENT_WRITE, SCALAR, TagDescription
from opcua_ml.opcua.plc.engineering import UNKNOWN, Engineering, read_engineering
from opcua_ml.opcua.plc.failure import code_name
from opcua_ml.opcua.plc.node_ids import node_id
from opcua_ml.opcua.plc.structures import Structures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opcua_ml.opcua.plc.address import TagAddress
    from opcua_ml.opcua.plc.data_types import TypeFact
    from opcua_ml.opcua.plc.session import PlcSession
    from opcua_ml.opcua.plc.structure_layout import FieldPath

_ATTRIBUTES = (
    AttributeIds.DataType,
    AttributeIds.ValueRank,
    AttributeIds.AccessLevel,
    AttributeIds.UserAccessLevel,
    AttributeIds.Value,
)
_UNKNOWN = frozenset({StatusCodes.BadNodeIdUnknown, StatusCodes.BadNodeIdInvalid})
_SHOWN_NAMESPACES = 5


@dataclass(frozen=True, slots=True)
class Found:
    """A tag as it is at the PLC in this session.

    Attributes:
        node: its NodeId.
        index: place of the element, where the tag is one of an array; else empty.
        data_type_node: the DataType attribute, to notice another one later.
        description: of the whole node.
        value: at the time of looking.
        field: the way to the structure's field that is meant; None for the whole value.
        engineering: unit and range, to notice other ones later.
    """

    node: ua.NodeId
    index: tuple[int, ...]
    data_type_node: ua.NodeId
    description: TagDescription
    value: ua.DataValue
    engineering: Engineering = UNKNOWN
    field: FieldPath | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    place: int
    node: ua.NodeId
    index: tuple[int, ...]


class Inspector:
    """Looks at tags in one session."""

    def __init__(self, session: PlcSession) -> None:
        self._session = session
        self._types = DataTypes(session)

    async def inspect(self, addresses: Sequence[TagAddress]) -> list[Found | TagError]:
        """What each address leads to, or why it leads nowhere.

        Raises:
            SessionFailed: the session ended meanwhile.
        """
        results: list[Found | TagError | None] = [None] * len(addresses)
        candidates: list[_Candidate] = []
        for place, address in enumerate(addresses):
            found = list(_candidates(place, address, self._session.namespaces))
            if not found:
                results[place] = _no_namespace(address, self._session.namespaces)
            candidates += found
        read = await self._session.read(
            [(one.node, attribute) for one in candidates for attribute in _ATTRIBUTES]
        )
        rows = [read[start : start + len(_ATTRIBUTES)] for start in range(0, len(read), len(_ATTRIBUTES))]
        chosen: dict[int, tuple[_Candidate, list[ua.DataValue]]] = {}
        for candidate, row in zip(candidates, rows, strict=True):
            if candidate.place in chosen:
                continue
            problem = _problem(addresses[candidate.place], row)
            if problem is None:
                chosen[candidate.place] = (candidate, row)
            results[candidate.place] = problem
        await self._describe(addresses, chosen, results)
        return [
            one if one is not None else _gone(address)
            for one, address in zip(results, addresses, strict=True)
        ]

    async def _describe(
        self,
        addresses: Sequence[TagAddress],
        chosen: dict[int, tuple[_Candidate, list[ua.DataValue]]],
        results: list[Found | TagError | None],
    ) -> None:
        types = await self._types.resolve({_value(row[0]) for _, row in chosen.values()})
        structures = Structures(self._session, self._types)  # read anew: a download may have changed them
        nodes = [candidate.node for candidate, _ in chosen.values()]
        engineering = await read_engineering(self._session, nodes)
        for (place, (candidate, row)), one in zip(chosen.items(), engineering, strict=True):
            type_node = _value(row[0])
            found = Found(
                node=candidate.node,
                index=candidate.index,
                data_type_node=type_node,
                description=_description(candidate.node, types[type_node], row, one),
                value=row[4],
                engineering=one,
            )
            results[place] = await _of_field(structures, addresses[place], found)


async def _of_field(structures: Structures, address: TagAddress, found: Found) -> Found | TagError:
    """The same for a field of the structure that was found, where one is meant."""
    if not address.field:
        return found
    if found.index and found.description.value_rank == SCALAR:
        return TagError("the tag is no array, and has no elements", where=str(address))
    try:
        field = await structures.field(found.data_type_node, address.field, str(address))
    except TagError as problem:
        return problem
    described = replace(
        found.description,
        type_name=field.fact.name,
        data_type=field.fact.data_type,
        is_abstract=False,
        value_rank=field.rank,
        is_enumeration=field.fact.is_enumeration,
        unit=None,
        unit_name="",
        range=None,
    )
    return replace(found, index=(), description=described, field=replace(field, place=found.index))


def _candidates(place: int, address: TagAddress, namespaces: Sequence[str]) -> Iterator[_Candidate]:
    if address.namespace_uri not in namespaces:
        return
    namespace = namespaces.index(address.namespace_uri)
    for identifier, index in address.alternatives:
        yield _Candidate(place, node_id(identifier, namespace), index)


def _no_namespace(address: TagAddress, namespaces: Sequence[str]) -> TagUnknown:
    """With those that it has, beside the standard's own: which one is meant is seen by who knows the PLC."""
    own = namespaces[1 : 1 + _SHOWN_NAMESPACES]
    more = ", …" if len(namespaces) > 1 + _SHOWN_NAMESPACES else ""
    wanted = f"namespace_uri to be one of {', '.join(own)}{more}" if own else None
    return TagUnknown("the PLC has no such namespace", where=str(address), wanted=wanted)


def _gone(address: TagAddress) -> TagUnknown:
    return TagUnknown("the PLC has no such node", where=str(address))


def _problem(address: TagAddress, row: Sequence[ua.DataValue]) -> TagError | None:
    """Why this node can't be a tag; judged by its DataType, which every Variable must have and show."""
    code = 0 if row[0].StatusCode is None else row[0].StatusCode.value
    if code in _UNKNOWN:
        return _gone(address)
    if code == StatusCodes.BadAttributeIdInvalid:
        return TagError("the node is no Variable", where=str(address))
    if not isinstance(_value(row[0]), ua.NodeId):
        return TagError("the PLC does not tell the tag's type", where=str(address), found=code_name(code))
    return None


def _description(
    node: ua.NodeId, fact: TypeFact, row: Sequence[ua.DataValue], engineering: Engineering
) -> TagDescription:
    rank, access, user_access = (_value(one) for one in row[1:4])
    allowed = user_access if isinstance(user_access, int) else access
    allowed = allowed if isinstance(allowed, int) else CURRENT_READ | CURRENT_WRITE
    return TagDescription(
        node=node.to_string(),
        type_name=fact.name,
        data_type=fact.data_type,
        is_abstract=fact.number is None,
        value_rank=rank if isinstance(rank, int) else SCALAR,
        is_enumeration=fact.is_enumeration,
        readable=bool(allowed & CURRENT_READ),
        writable=bool(allowed & CURRENT_WRITE),
        unit=engineering.unit,
        unit_name=engineering.unit_name,
        range=engineering.range,
    )


def _value(data_value: ua.DataValue) -> Any:
    return None if data_value.Value is None else data_value.Value.Value
