"""docs/configuration.md tells every key as it is."""

from __future__ import annotations

from opcua_ml.config import schema
from tests.documentation.reference import PAGE, sections, with_tables


def test_the_page_s_tables_are_those_of_the_sections() -> None:
    """Otherwise: python -m tests.documentation.reference."""
    text = PAGE.read_text(encoding="utf-8")
    assert text == with_tables(text)


def test_every_section_has_its_table() -> None:
    """A plain tag is told in a chapter of its own."""
    definitions = schema()["$defs"]
    with_keys = {name for name, definition in definitions.items() if definition.get("type") == "object"}
    assert set(sections(PAGE.read_text(encoding="utf-8"))) == with_keys | {
        "InputTag",
        "OutputTag",
        "ResultTag",
    }
