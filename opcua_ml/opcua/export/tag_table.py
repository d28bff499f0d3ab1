"""A table of tags for SCADA systems and historians: one row per variable that is no property."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.domain.figure import exact
from opcua_ml.domain.spreadsheet import harmless
from opcua_ml.opcua.space.standard import HAS_PROPERTY
from opcua_ml.opcua.texts import leading
from opcua_ml.opcua.values import unit_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opcua_ml.opcua.export.exported_space import ExportedNode, ExportedSpace

_WRITE: Final = 2


@dataclass(frozen=True, slots=True)
class Tag:
    """One variable.

    Attributes:
        path: names from the entry point down, with dots.
        node_id: with the namespace's index, which may be another one after a change of nodesets.
        stable_id: with the namespace's URI, which stays.
        data_type: name of the DataType.
        array: number of dimensions; 0 for a scalar.
        access: `R` or `RW`.
        unit: as displays write it.
        unit_code: UNECE code.
        low, high: EURange; empty where there is none.
        instrument_low, instrument_high: InstrumentRange.
        precision: decimal places that count.
        definition: how the value comes about.
        states: names of a discrete value, by number.
        description: what it means.
    """

    path: str
    node_id: str
    stable_id: str
    data_type: str
    array: int
    access: str
    unit: str
    unit_code: str
    low: str
    high: str
    states: str
    description: str
    instrument_low: str = ""
    instrument_high: str = ""
    precision: str = ""
    definition: str = ""


def tags(space: ExportedSpace) -> Iterator[Tag]:
    """All of a namespace, in the order of the address space."""
    for node in space.nodes.values():
        if node.node_class == ua.NodeClass.Variable and not _is_property(node):
            yield _tag(space, node)


def as_csv(rows: Iterable[Tag]) -> str:
    """With a head, as RFC 4180 has it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Tag)], lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: harmless(value) for key, value in asdict(row).items()})
    return text.getvalue()


def _tag(space: ExportedSpace, node: ExportedNode) -> Tag:
    properties = _properties(space, node)
    units, span = properties.get("EngineeringUnits"), properties.get("EURange")
    instrument, precision = properties.get("InstrumentRange"), properties.get("ValuePrecision")
    states = properties.get("EnumStrings")
    if states is None and "TrueState" in properties:
        states = [properties.get("FalseState"), properties["TrueState"]]
    uri = space.uris[space.index].replace("%", "%25").replace(";", "%3B")
    level = int(node.attributes.get(AttributeIds.AccessLevel, 0))
    data_type = node.attributes.get(AttributeIds.DataType)
    return Tag(
        path=_path(space, node),
        node_id=f"ns={space.index};s={node.node_id.Identifier!s}",
        stable_id=f"nsu={uri};s={node.node_id.Identifier!s}",
        data_type=space.names.get(data_type, "") if data_type is not None else "",
        array=max(int(node.attributes.get(AttributeIds.ValueRank, -1)), 0),
        access="RW" if level & _WRITE else "R",
        unit=leading(units.DisplayName) if units is not None else "",
        unit_code=(unit_of(units) or "") if units is not None else "",
        low=exact(span.Low) if span is not None else "",
        high=exact(span.High) if span is not None else "",
        states="; ".join(
            f"{number}={leading(text)}" for number, text in enumerate(states or ()) if text is not None
        ),
        description=node.text(AttributeIds.Description),
        instrument_low=exact(instrument.Low) if instrument is not None else "",
        instrument_high=exact(instrument.High) if instrument is not None else "",
        precision=exact(precision) if precision is not None else "",
        definition=str(properties.get("Definition") or ""),
    )


def _properties(space: ExportedSpace, node: ExportedNode) -> dict[str, Any]:
    found = {}
    for one in node.references:
        held = space.nodes.get(one.NodeId)
        if one.IsForward and one.ReferenceTypeId == HAS_PROPERTY and held is not None:
            value = held.attributes.get(AttributeIds.Value)
            if value is not None and value.Value is not None:
                found[held.text(AttributeIds.BrowseName)] = value.Value
    return found


def _is_property(node: ExportedNode) -> bool:
    return any(not one.IsForward and one.ReferenceTypeId == HAS_PROPERTY for one in node.references)


def _path(space: ExportedSpace, node: ExportedNode) -> str:
    names: list[str] = []
    here: ExportedNode | None = node
    while here is not None:
        names.append(here.text(AttributeIds.BrowseName))
        here = space.nodes.get(here.parent)
    return ".".join(reversed(names))
