"""DataTypeDefinitions from the `Definition` elements of a file.

Source: OPC UA Part 6, F.12 (DataTypeDefinition), F.13 (DataTypeField); Part 3, 8.47 to 8.52.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from asyncua import ua

from opcua_ml.opcua.nodesets.bounds import INTEGERS, MOST_DIMENSIONS, RANKS, UnfitError, a, within
from opcua_ml.opcua.nodesets.document import NODE_SET
from opcua_ml.opcua.texts import DEFAULT, TranslatedText

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

    from opcua_ml.opcua.nodesets.numbering import Numbering

_STRUCTURE: Final = ua.NodeId(ua.Int32(22))
_UNION: Final = ua.NodeId(ua.Int32(12756))


def enumeration(element: ET.Element) -> ua.EnumDefinition:
    """Of an enumeration or of an option set, whose values are numbers of bits."""
    fields = []
    for place, item in enumerate(element.iterfind(f"{NODE_SET}Field")):
        name = item.get("Name", "")
        fields.append(
            ua.EnumField(
                Value=ua.Int64(number(item, "Value", place, "Int64")),
                DisplayName=localized(item, "DisplayName") or ua.LocalizedText(name),
                Description=localized(item, "Description") or ua.LocalizedText(),
                Name=ua.String(name),
            )
        )
    for kind, given in (("name", [one.Name for one in fields]), ("value", [one.Value for one in fields])):
        twice = next((one for one, count in Counter(given).items() if count > 1), None)
        if twice is not None:
            raise UnfitError(str(twice), f"each {kind} once")
    return ua.EnumDefinition(Fields=fields)


def structure(
    element: ET.Element,
    numbering: Numbering,
    base: ua.NodeId,
    inherited: ua.StructureDefinition | None,
    encoding: ua.NodeId | None,
) -> ua.StructureDefinition:
    """Of a structure or union; a file lists its own fields alone, the attribute has all of them.

    Args:
        element: the `Definition`.
        numbering: of the file.
        base: the supertype.
        inherited: the supertype's definition; None where it has no fields.
        encoding: the type's default binary encoding.
    """
    own = [_field(item, numbering) for item in element.iterfind(f"{NODE_SET}Field")]
    subtyped = [item.get("AllowSubTypes") == "true" for item in element.iterfind(f"{NODE_SET}Field")]
    union = element.get("IsUnion") == "true" or base == _UNION
    kind = ua.StructureType.Union if union else ua.StructureType.Structure
    if any(subtyped):
        kind = (
            ua.StructureType.UnionWithSubtypedValues
            if union
            else ua.StructureType.StructureWithSubtypedValues
        )
        for field, allowed in zip(own, subtyped, strict=True):
            field.IsOptional = allowed
    elif not union and any(field.IsOptional for field in own):
        kind = ua.StructureType.StructureWithOptionalFields
    if inherited is not None:
        own = [*inherited.Fields, *own]
        kind = max(kind, inherited.StructureType)
    return ua.StructureDefinition(
        DefaultEncodingId=encoding or ua.NodeId(), BaseDataType=base, StructureType=kind, Fields=own
    )


def localized(parent: ET.Element, name: str) -> ua.LocalizedText | None:
    """The text of this kind in all languages that the file has; None where there is none.

    Whoever asks for no language gets the English one, or else the first (Part 6, F.3).
    """
    found = parent.findall(f"{NODE_SET}{name}")
    if len(found) == 1:
        return ua.LocalizedText(found[0].text or "", found[0].get("Locale") or None)
    texts = {one.get("Locale") or "": one.text or "" for one in reversed(found)}
    if not texts:
        return None
    leading = next((one for one in reversed(texts) if one.lower().startswith(DEFAULT)), [*texts][-1])
    others = {locale: words for locale, words in reversed(texts.items()) if locale not in {leading, ""}}
    return TranslatedText(texts[leading], leading or None, others)


def shape(element: ET.Element) -> tuple[int, list[int]]:
    """ValueRank, and ArrayDimensions as the file writes them; of any length for an array without them.

    Raises:
        UnfitError: one of them is out of its range.
    """
    rank = within(
        element.get("ValueRank", "-1"), RANKS, f"a ValueRank from {RANKS.start} to {MOST_DIMENSIONS}"
    )
    written = [item for item in element.get("ArrayDimensions", "").split(",") if item.strip()]
    if len(written) > MOST_DIMENSIONS:
        raise UnfitError(f"{len(written)} ArrayDimensions", f"at most {MOST_DIMENSIONS}")
    sizes = [within(item, INTEGERS["UInt32"], "a UInt32 in ArrayDimensions") for item in written]
    return rank, sizes or [0] * max(rank, 0)


def _field(item: ET.Element, numbering: Numbering) -> ua.StructureField:
    rank, sizes = shape(item)
    return ua.StructureField(
        Name=ua.String(item.get("Name", "")),
        Description=localized(item, "Description") or ua.LocalizedText(),
        DataType=numbering.node_id(item.get("DataType", "i=24")),
        ValueRank=ua.Int32(rank),
        ArrayDimensions=[ua.UInt32(size) for size in sizes],
        MaxStringLength=ua.UInt32(number(item, "MaxStringLength", 0, "UInt32")),
        IsOptional=item.get("IsOptional") == "true",
    )


def number(element: ET.Element, name: str, otherwise: int, kind: str) -> int:
    """An attribute of an element as a number of a built-in type.

    Raises:
        UnfitError: it is none, or out of the type's range.
    """
    text = element.get(name)
    return otherwise if text is None else within(text, INTEGERS[kind], f"{a(kind)} as {name}")
