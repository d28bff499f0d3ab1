"""The page that draws the floors draws every room of the house where it is, and no other."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.architecture.source import read_project

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
DRAWING = PAGE.split("```text\n", 1)[1].split("```", 1)[0]
HOUSE = ROOT / "opcua_ml"
STEP = 2
NAMES_THE_SERVER = {
    "opcua_ml.opcua.trust.services.channel_opening",
    "opcua_ml.opcua.trust.services.exchange",
    "opcua_ml.opcua.trust.services.known_calls",
    "opcua_ml.opcua.trust.services.known_reads",
    "opcua_ml.opcua.trust.services.processor",
    "opcua_ml.opcua.trust.transport.binary_server",
    "opcua_ml.opcua.trust.transport.protocol",
}
"""Modules that annotate with the server which is made of them. The list may only get shorter."""


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


class Arrow(NamedTuple):
    """An import between rooms: where their paths part, and the rooms there; empty for files of that room."""

    within: str
    here: str
    there: str
    words: str


def arrows() -> Iterator[Arrow]:
    """All imports between rooms, those for types included; of the modules beside the floors see `floors`."""
    project = read_project(ROOT)
    rooms = {module.name for module in project.modules if module.path.name == "__init__.py"}
    for module in project.under(*(f"opcua_ml.{path}" for path in drawn() if "/" not in path)):
        for imported in module.imports:
            target = project.imported_module(imported.target)
            if target is None or not target.startswith("opcua_ml."):
                continue
            if imported.for_types and module.name in NAMES_THE_SERVER and target.endswith(".internal_server"):
                continue
            one, other = (
                (name if name in rooms else name.rpartition(".")[0]).split(".")
                for name in (module.name, target)
            )
            common = [a for a, b in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))]
            at = len(common)
            if at > 1 or (at == 1 and len(other) > 1):
                here, there = ("".join(path[at : at + 1]) for path in (one, other))
                if here != there:
                    words = f"{module.at(imported.line)} imports {target}"
                    yield Arrow("/".join(common[1:]), here, there, words)


def test_imports_run_down_the_drawing() -> None:
    """The drawing is the rule: who stands higher imports what stands lower, within each room too."""
    heights = {path: number for number, path in enumerate(drawn())}
    found = [one for one in arrows() if one.here and one.there]
    assert len(found) > len(heights)
    upward = [
        one.words
        for one in found
        if heights["/".join(filter(None, (one.within, one.here)))]
        > heights["/".join(filter(None, (one.within, one.there)))]
    ]
    assert upward == []


def test_a_rooms_own_files_stand_at_one_height() -> None:
    """They are roof or cellar of the rooms in it, or stand between two of them; never both at once."""
    heights = {path: number for number, path in enumerate(drawn())}
    lowest_above: dict[str, tuple[int, str]] = {}
    highest_below: dict[str, tuple[int, str]] = {}
    for one in arrows():
        if one.within and not one.there:
            told = heights[f"{one.within}/{one.here}"], one.words
            lowest_above[one.within] = max(lowest_above.get(one.within, told), told)
        elif one.within and not one.here:
            told = heights[f"{one.within}/{one.there}"], one.words
            highest_below[one.within] = min(highest_below.get(one.within, told), told)
    torn = [
        f"{lowest_above[room][1]}; but {highest_below[room][1]}"
        for room in lowest_above.keys() & highest_below.keys()
        if lowest_above[room][0] >= highest_below[room][0]
    ]
    assert lowest_above
    assert torn == []
