"""The page that draws the floors names every room of the house."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
DRAWING = PAGE.split("```text", 1)[1].split("```", 1)[0]
HOUSE = ROOT / "opcua_ml"


def _rooms() -> list[str]:
    """The floors, and what lies behind the two doors."""
    folders = [path for floor in (HOUSE, HOUSE / "opcua", HOUSE / "runtime") for path in floor.iterdir()]
    return sorted({path.name for path in folders if (path / "__init__.py").is_file()})


def test_there_are_rooms() -> None:
    """Else the next test could not fail."""
    assert {"domain", "hot", "packing", "store"} <= set(_rooms())


@pytest.mark.parametrize("room", _rooms())
def test_the_drawing_names_the_room(room: str) -> None:
    """So that a reader finds each folder in the drawing."""
    assert re.search(rf"\b{room}\b", DRAWING), f"docs/architecture.md does not draw {room}"
