"""Types of a file that would have no end: their own supertypes, or structures that contain themselves.

Source: OPC UA Part 3, 4.6 and 7.10 (HasSubtype); Part 6, 5.2.6 to 5.2.8 (structures, optional fields,
unions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asyncua import ua

from opcua_ml.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opcua_ml.opcua.nodesets.structures import Structures

_UNIONS: Final = frozenset({ua.StructureType.Union, ua.StructureType.UnionWithSubtypedValues})


def hold_supertypes(types: Iterable[ua.NodeId], structures: Structures, where: str) -> None:
    """See that no type is its own supertype.

    Raises:
        ConfigurationError: one is.
    """

    def above(node_id: ua.NodeId) -> list[ua.NodeId]:
        found = structures.supertype(node_id)
        return [] if found is None else [found]

    circle = _circle(types, above)
    if circle:
        raise ConfigurationError(
            "a type is its own supertype",
            where=where,
            found=" below ".join(map(structures.name, circle)),
            wanted="HasSubtype references without a circle",
        )


def hold_fields(types: Iterable[ua.NodeId], structures: Structures, where: str) -> None:
    """See that every structure has a value that ends: one may contain itself where it may be left out.

    Raises:
        ConfigurationError: one has none.
    """

    def inside(node_id: ua.NodeId) -> list[ua.NodeId]:
        definition = structures.definition(node_id)
        if definition is None or definition.StructureType in _UNIONS:
            return []
        optional = definition.StructureType == ua.StructureType.StructureWithOptionalFields
        return [
            field.DataType
            for field in definition.Fields
            if field.ValueRank < 1
            and not (optional and field.IsOptional)
            and not structures.is_open(definition, field)
        ]

    circle = _circle(types, inside)
    if circle:
        raise ConfigurationError(
            "a structure contains itself",
            where=where,
            found=" with a field of ".join(map(structures.name, circle)),
            wanted="an array or an optional field of its own type",
        )


def _circle(
    starts: Iterable[ua.NodeId], following: Callable[[ua.NodeId], list[ua.NodeId]]
) -> list[ua.NodeId]:
    """A way from a node back to itself; empty where there is none."""
    done: set[ua.NodeId] = set()
    for start in starts:
        way, open_ends = [start], [iter(following(start))]
        on_way = {start}
        while way:
            reached = next(open_ends[-1], None)
            if reached is None:
                open_ends.pop()
                left = way.pop()
                on_way.discard(left)
                done.add(left)
            elif reached in on_way:
                return [*way[way.index(reached) :], reached]
            elif reached not in done:
                way.append(reached)
                on_way.add(reached)
                open_ends.append(iter(following(reached)))
    return []
