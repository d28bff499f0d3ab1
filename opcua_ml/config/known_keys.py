"""Which keys a section knows, found by walking the sections' types along a place in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from opcua_ml.config.configuration import Configuration
from opcua_ml.config.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def known_keys(location: Iterable[str | int]) -> list[str]:
    """The keys that the section at this place knows; none where there is no section.

    Args:
        location: as pydantic gives it: keys, names of tables, and the kind of a section of several kinds.
    """
    sections: list[type[Section]] = [Configuration]
    for part in map(str, location):
        fields = [section.model_fields[part] for section in sections if part in section.model_fields]
        if fields:
            sections = [inner for field in fields for inner in _sections(field.annotation)]
        elif any(_has_kind(section, part) for section in sections):
            sections = [section for section in sections if _has_kind(section, part)]
        # Any other part is a table's name, such as the PLC's: its section was reached already.
    return list(dict.fromkeys(key for section in sections for key in section.model_fields))


def _sections(annotation: Any) -> Iterator[type[Section]]:
    """Every section that a field's type speaks of, through mappings, unions and annotations."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for argument in get_args(annotation):
        yield from _sections(argument)


def _has_kind(section: type[Section], kind: str) -> bool:
    field = section.model_fields.get("kind")
    return field is not None and kind in get_args(field.annotation)
