"""Tables for terminals: what one has to copy is there, however narrow they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from opcua_ml.cli.output import print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = ("name", "unit", "told")
ROWS: list[Sequence[str]] = [
    ("a_rather_long_name_of_a_model", "", "what it is for, in words that wrap"),
    ("b", "", "[bold]no markup[/] \x1b[31mnor colour"),
]


def cells(printed: str, place: int) -> str:
    """What stands in a column, over all lines of all rows, without the blanks."""
    lines = [line for line in printed.splitlines() if line.startswith("│")]
    return re.sub(r"\s", "", "".join(line.split("│")[place + 1] for line in lines))


@pytest.mark.parametrize("width", [60, 80, 200])
def test_nothing_is_cut_off_in_a_terminal_of_any_width(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does a line stand out; a column in which nothing stands is not there, and no name is markup."""
    monkeypatch.setenv("COLUMNS", str(width))
    print_table(COLUMNS, ROWS, whole=("name",))
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= width
    assert cells(printed, 0) == "a_rather_long_name_of_a_modelb"
    assert cells(printed, 1) == r"whatitisfor,inwordsthatwrap[bold]nomarkup[/]\x1b[31mnorcolour"


@pytest.mark.parametrize("width", [20, 40])
def test_a_terminal_too_narrow_for_the_names_gets_no_table(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """But a line for each cell, whole, so that a name can be copied; rows are apart."""
    monkeypatch.setenv("COLUMNS", str(width))
    print_table(COLUMNS, ROWS, whole=("name",))
    assert capsys.readouterr().out.splitlines() == [
        "name  a_rather_long_name_of_a_model",
        "told  what it is for, in words that wrap",
        "",
        "name  b",
        r"told  [bold]no markup[/] \x1b[31mnor colour",
    ]


def test_words_are_broken_only_where_nothing_else_helps(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column is as wide as its longest word while the others have room."""
    monkeypatch.setenv("COLUMNS", "60")
    print_table(("name", "what", "why"), [("model", "acceleration " * 9, "words " * 30)], whole=("name",))
    assert capsys.readouterr().out.count("acceleration") == 9


def test_a_name_is_whole_where_there_is_room(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it can be copied in one go; the others are wrapped for it."""
    monkeypatch.setenv("COLUMNS", "50")
    print_table(COLUMNS, ROWS, whole=("name",))
    assert "a_rather_long_name_of_a_model" in capsys.readouterr().out
