"""What a session reads in its own language: values, attributes and references with the texts chosen for it.

Source: OPC UA Part 4, 5.4 (locale negotiation); Part 3, 8.4 and 8.5.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from asyncua import ua

from opcua_ml.opcua.texts import TranslatedText, in_locales

_TEXTUAL: Final = frozenset({ua.VariantType.LocalizedText, ua.VariantType.ExtensionObject})
"""Types of values that may differ from language to language."""
_FIELDS: Final[dict[type, tuple[str, ...]]] = {
    ua.Argument: ("Description",),
    ua.EUInformation: ("DisplayName", "Description"),
    ua.EnumValueType: ("DisplayName", "Description"),
    ua.EnumField: ("DisplayName", "Description"),
    ua.EnumDefinition: ("Fields",),
    ua.StructureField: ("Description",),
    ua.StructureDefinition: ("Fields",),
}
"""The structures of the standard that bring texts, and where; none of ours has any."""


def localized(value: ua.DataValue, locales: tuple[str, ...]) -> ua.DataValue:
    """The value for somebody who prefers these languages; the same object where that makes no difference."""
    variant = value.Value
    if variant is None or variant.VariantType not in _TEXTUAL:
        return value
    told = localized_variant(variant, locales)
    return value if told is variant else dataclasses.replace(value, Value=told)


def localized_variant(variant: ua.Variant, locales: tuple[str, ...]) -> ua.Variant:
    """The same of a Variant."""
    if variant.VariantType not in _TEXTUAL:
        return variant
    told = localized_content(variant.Value, locales)
    if told is variant.Value:
        return variant
    return ua.Variant(told, variant.VariantType, variant.Dimensions, variant.is_array)


def localized_content(content: Any, locales: tuple[str, ...]) -> Any:
    """A text, a structure, or a list of either; the same object where nothing changes."""
    kind = type(content)
    if kind is TranslatedText:
        return in_locales(content, locales)
    if kind is list:
        told = [localized_content(one, locales) for one in content]
        return told if any(new is not old for new, old in zip(told, content, strict=True)) else content
    fields = _FIELDS.get(kind)
    if fields is None:
        return content
    changed = {
        name: new
        for name in fields
        if (new := localized_content(old := getattr(content, name), locales)) is not old
    }
    return dataclasses.replace(content, **changed) if changed else content


def localized_reference(
    reference: ua.ReferenceDescription, locales: tuple[str, ...]
) -> ua.ReferenceDescription:
    """The reference with its target's DisplayName in the language; a copy where that differs."""
    shown = in_locales(reference.DisplayName, locales)
    if shown is reference.DisplayName:
        return reference
    return dataclasses.replace(reference, DisplayName=shown)
