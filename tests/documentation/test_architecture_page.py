"""The page that draws the floors draws every room of the house where it is, and no other."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
DRAWING = PAGE.split("```text\n", 1)[1].split("```", 1)[0]
HOUSE = ROOT / "opcua_ml"
STEP = 2


def drawn() -> list[str]:
    """The rooms of the drawing by their paths: two spaces more is a room within the one above."""
    paths: list[str] = []
    above: list[str] = []
    for line in DRAWING.splitlines():
        depth = (len(line) - len(line.lstrip())) // STEP
        above = [*above[:depth], line.split()[0]]
        paths.append("/".join(above))
    return paths


def test_every_room_is_drawn_where_it_is_and_no_other() -> None:
    """So that a reader finds each folder in the drawing, and nothing of the drawing is in vain."""
    rooms = {path.parent.relative_to(HOUSE).as_posix() for path in HOUSE.rglob("__init__.py")} - {"."}
    assert len(rooms) > STEP
    assert sorted(drawn()) == sorted(rooms)


def test_each_room_is_told_in_words() -> None:
    """A name alone tells nobody what is in it."""
    assert [line for line in DRAWING.splitlines() if len(line.split()) < STEP] == []
